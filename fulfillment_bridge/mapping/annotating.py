"""A copy of a workbook in which every faulty cell is colored and says what is wrong with it.

Everything that openpyxl keeps stays as it was. What it does not keep is looked for in the file
first, so that nothing is lost without a word.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import openpyxl
from openpyxl import Workbook as Book
from openpyxl.cell.cell import Cell as BookCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from fulfillment_bridge.mapping.findings import Finding
from fulfillment_bridge.mapping.marks import mark, unmark
from fulfillment_bridge.mapping.package import check_package

_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_LOST_PARTS = (
    ("xl/charts/", "charts"),
    ("xl/media/", "pictures"),
    ("xl/diagrams/", "diagrams"),
    ("xl/pivottables/", "pivot tables"),
    ("xl/slicers/", "slicers"),
    ("xl/ctrlprops/", "form controls"),
    ("xl/threadedcomments/", "threads of comments (their text stays as a note)"),
    ("customxml/", "custom XML data"),
    ("xl/querytables/", "queries of data from elsewhere"),
)
_LOST_EXTENSIONS = (
    (b"x14:sparklineGroup", "sparklines"),
    (b"x14:conditionalFormatting", "conditional formats of newer Excel versions"),
    (b"x14:slicerList", "slicers"),
)
_DRAWING = re.compile(r"xl/drawings/drawing[0-9]+\.xml", re.IGNORECASE)
MOST_MARKS = 2_000
_OFFER, _OFFER_END = "<x14:dataValidation ", "</x14:dataValidation>"
_OFFER_LIST = re.compile(r"<x14:formula1>\s*<xm:f>([^<]*)</xm:f>")
_OFFER_CELLS = re.compile(r"<xm:sqref>([^<]*)</xm:sqref>")
_WARNS = re.compile(r'errorStyle="(?:warning|information)"')


@dataclass(frozen=True)
class Annotated:
    """The copy, in words what of the original it does not have, and how many findings are not
    in it because there are too many.
    """

    content: bytes
    lost: tuple[str, ...]
    unmarked: int = 0


def annotate(content: bytes, findings: Sequence[Finding]) -> Annotated:
    """The copy. WorkbookFault where the file is no good, as when it is read."""
    check_package(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of what it drops; ``lost`` says it
        book = openpyxl.load_workbook(BytesIO(content), rich_text=True)
        parts = _parts(content)
        _keep_newer_lists(book, parts)
        _forget_former(book)
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        marked = findings[:MOST_MARKS]
        for place, found in _by_cell(book, marked).items():
            mark(_own_cell(sheets[place[0]], place[1]), found)
        file = BytesIO()
        book.save(file)
    unmarked = len(findings) - len(marked)
    return Annotated(file.getvalue(), tuple(dict.fromkeys(_lost(parts))), unmarked)


def _parts(content: bytes) -> dict[str, bytes]:
    """Worksheets as they are; of everything else just that it is there."""
    with zipfile.ZipFile(BytesIO(content)) as package:
        return {
            name: package.read(name) if name.startswith("xl/worksheets/sheet") else b""
            for name in package.namelist()
        }


def _lost(parts: Mapping[str, bytes]) -> Iterator[str]:
    names = [name.lower() for name in parts]
    for beginning, what in _LOST_PARTS:
        if any(name.startswith(beginning) for name in names):
            yield what
    if any(_DRAWING.fullmatch(name) for name in names):
        yield "drawings and shapes"
    for sign, what in _LOST_EXTENSIONS:
        if any(sign in part for part in parts.values()):
            yield what
    if any(re.search(rb"<f[ >]", part) for part in parts.values()):
        yield "the results of formulas (the formulas stay, and are worked out when it is opened)"


def _keep_newer_lists(book: Book, parts: Mapping[str, bytes]) -> None:
    """Newer Excel versions keep lists that stand on another sheet where openpyxl does not look."""
    for number, sheet in enumerate(book.worksheets, 1):  # their files are numbered in this order
        part = parts.get(f"xl/worksheets/sheet{number}.xml", b"").decode("utf-8", "replace")
        for text in part.split(_OFFER_END)[:-1]:
            # Not one pattern over the whole part: it may have been made to be slow.
            offer = _offer_of(text[text.rfind(_OFFER) :] if _OFFER in text else "")
            if offer is not None:
                sheet.add_data_validation(offer)


def _offer_of(text: str) -> DataValidation | None:
    attributes = text.partition(">")[0]
    choices, cells = _OFFER_LIST.search(text), _OFFER_CELLS.search(text)
    if choices is None or cells is None:
        return None
    offer = DataValidation(
        type="list",
        formula1=choices.group(1),
        allow_blank=True,
        showErrorMessage='showErrorMessage="1"' in attributes,
        errorStyle="warning" if _WARNS.search(attributes) else None,
    )
    for each in cells.group(1).split():
        offer.add(each)
    return offer


def _forget_former(book: Book) -> None:
    """What an earlier check said in this file is taken away again."""
    for sheet in book.worksheets:
        # Only cells that are there: a sheet with one far away would have millions between.
        for cell in list(sheet._cells.values()):
            if isinstance(cell, BookCell):
                unmark(cell)


Places = dict[tuple[str, str], list[Finding]]


def _by_cell(book: Book, findings: Sequence[Finding]) -> Places:
    """Which cell is to tell which findings; of a whole sheet or file it is a first cell."""
    titles = {sheet.title.strip().lower(): sheet.title for sheet in book.worksheets}
    places: Places = {}
    for finding in findings:
        title = titles.get(finding.sheet.lower())
        cell = _cell_of(finding.cell) if title else "A1"
        places.setdefault((title or book.worksheets[0].title, cell), []).append(finding)
    return places


def _cell_of(ref: str) -> str:
    """``C7``; of several cells the first, of a row its first cell, of a sheet its first one."""
    found = _CELL.search(ref)
    if found:
        return found.group()
    row = re.search(r"[1-9][0-9]{0,6}", ref)
    return f"A{row.group()}" if row else "A1"


def _own_cell(sheet: Worksheet, ref: str) -> BookCell:
    """The cell; of merged ones the first, because only that can hold a note."""
    for merged in sheet.merged_cells.ranges:
        if ref in merged:
            ref = f"{get_column_letter(merged.min_col)}{merged.min_row}"
    cell: BookCell = sheet[ref]
    return cell
