"""Files that are no mapping workbook, or mean harm: refused with a clear message, within bounds."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment_bridge.mapping.samples import sample_bytes
from fulfillment_bridge.mapping.workbook import WorkbookFault, read_workbook
from tests.mapping.orgs import saved

ACME = sample_bytes("acme")
RULES = "xl/worksheets/sheet3.xml"
ALIASES = "xl/worksheets/sheet9.xml"


def repacked(changes: dict[str, bytes | None]) -> bytes:
    """Acme's workbook with parts added, replaced or (None) left out."""
    file = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(ACME)) as before,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        parts = {name: before.read(name) for name in before.namelist()}
        for name, content in {**parts, **changes}.items():
            if content is not None:
                after.writestr(name, content)
    return file.getvalue()


def part(name: str) -> bytes:
    """One part of Acme's workbook."""
    with zipfile.ZipFile(BytesIO(ACME)) as package:
        return package.read(name)


def rows(sheet_rows: bytes, *, sheet: str = RULES, dimension: str = "A1:F3") -> bytes:
    """Acme's workbook where one sheet has these rows instead of its own."""
    content = re.sub(
        rb'<dimension ref="[^"]*"', b'<dimension ref="%s"' % dimension.encode(), part(sheet)
    )
    content = re.sub(
        rb"<sheetData>.*</sheetData>",
        b"<sheetData>%s</sheetData>" % sheet_rows,
        content,
        flags=re.DOTALL,
    )
    return repacked({sheet: content})


def row(number: int, *texts: str) -> bytes:
    """One row of texts."""
    cells = "".join(f'<c t="str"><v>{text}</v></c>' for text in texts)
    return f'<row r="{number}">{cells}</row>'.encode()


def with_strings(strings: bytes) -> bytes:
    """Acme's workbook with a table of shared strings, as Excel would have it."""
    override = (
        b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxml'
        b'formats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
    )
    types = part("[Content_Types].xml").replace(b"</Types>", override)
    return repacked({"[Content_Types].xml": types, "xl/sharedStrings.xml": strings})


ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">'
    b"]><worksheet><sheetData/></worksheet>"
)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"Order,Line\n1,2\n", "not an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel format"),
        (b"PK\x03\x04 not a zip at all", "damaged"),
        (ACME[: len(ACME) // 2], "damaged"),
        (b"x" * 10_000_001, "larger than 10 MB"),
        (repacked({"xl/workbook.xml": None}), "another kind of document"),
        (repacked({"xl/vbaProject.bin": b"\0"}), "macros"),
        (repacked({"xl/macrosheets/sheet1.xml": b"<x/>"}), "macros"),
        (repacked({"xl/externalLinks/externalLink1.xml": b"<x/>"}), "links to other files"),
        (repacked({"xl/embeddings/oleObject1.bin": b"\0"}), "embedded"),
        (repacked({RULES: ENTITY}), "entities"),
        (repacked({RULES: ENTITY.decode().encode("utf-16")}), "not written the way"),
        (repacked({RULES: b'<?xml version="1.0" encoding="UTF-7"?><x/>'}), "not written the way"),
        (repacked({"xl/workbook.xml": b"<workbook"}), "damaged"),
        (repacked({RULES: b"<worksheet><sheetData><row r='x'>"}), "damaged"),
        (with_strings(b"<sst><si><t>a</t></si>"), "damaged"),
        (repacked({RULES: b" " * 41_000_000}), "unpacks to"),
        (repacked({RULES: b"<a>" + b" " * 9_000_000 + b"</a>"}), "unpacks to"),
        (rows(b'<row r="2"/>' * 1_048_576), "too many rows"),
        (rows(b"<row><c/></row>" * 260_000), "too many rows"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_mapping_is_refused_and_says_why(content: bytes, says: str) -> None:
    """A message for people, a remedy, and never anybody else's exception."""
    with pytest.raises(WorkbookFault, match=says) as raised:
        read_workbook(content)

    assert raised.value.remedy
    assert raised.value.findings


def test_a_workbook_of_somebody_else_is_refused() -> None:
    """The wrong file altogether: its sheets are named."""
    book = openpyxl.Workbook()
    book["Sheet"].append(["Budget", 2026])

    with pytest.raises(WorkbookFault, match=r"none of its sheets.*Sheet"):
        read_workbook(saved(book))


@pytest.mark.parametrize(
    "content",
    [
        rows(b"", dimension="A1:XFD1048576"),
        rows(b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'),
        rows(b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>'),
        rows(b'<row r="2"><c r="XFD2"><v>1</v></c></row>' * 2_000),
    ],
    ids=["a lying dimension", "a last row", "a row beyond all rows", "a last column"],
)
def test_a_sheet_that_claims_to_be_huge_is_read_as_small_as_it_is(content: bytes) -> None:
    """Only what is there counts, and one fault tells that there are no headings."""
    workbook = read_workbook(content)

    assert workbook.rules == ()
    assert any(finding.sheet == "Rules" for finding in workbook.faults)


def test_too_many_filled_rows_are_a_fault() -> None:
    """A list of products is no mapping."""
    headings = row(1, "SKU in Salesforce", "SKU at the warehouse", "Units")
    aliases = b"".join(row(number, f"A{number}", f"B{number}") for number in range(2, 20_003))

    faults = read_workbook(rows(headings + aliases, sheet=ALIASES)).faults

    assert any(f.sheet == "SKU aliases" and "more than" in f.message for f in faults)


@pytest.mark.parametrize(
    "content",
    [
        rows(b'<row r="2"/>' * 480_000),
        rows(b"<row><c/></row>" * 150_000),
        rows(b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>' * 100_000),
        with_strings(b"<sst>" + b"<si/>" * 900_000 + b"</sst>"),
    ],
    ids=["empty rows", "empty cells", "repeated last rows", "empty strings"],
)
def test_the_worst_that_is_read_at_all_stays_within_memory(content: bytes, tmp_path: Path) -> None:
    """Read by a process that may have no more than 400 MB of address space."""
    path = tmp_path / "worst.xlsx"
    path.write_bytes(content)
    code = (
        "import sys, pathlib, resource\n"
        "resource.setrlimit(resource.RLIMIT_AS, (400_000_000, 400_000_000))\n"
        "from fulfillment_bridge.mapping.workbook import read_workbook, WorkbookFault\n"
        "try:\n    read_workbook(pathlib.Path(sys.argv[1]))\n"
        "except WorkbookFault as fault:\n    print(fault.message)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
def test_a_sheet_that_openpyxl_would_leave_out_makes_the_file_damaged() -> None:
    """It only warns, and goes on without the sheet and all that stood there."""
    book = part("xl/workbook.xml")
    damaged = re.sub(rb'r:id="rId9"', b'r:id=""', book)
    assert damaged != book
    with pytest.raises(WorkbookFault, match="damaged"):
        read_workbook(repacked({"xl/workbook.xml": damaged}))


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")  # told by our own refusal
@settings(max_examples=60)
@given(st.data())
def test_any_damage_to_a_file_is_either_read_or_refused(data: st.DataObject) -> None:
    """Whatever bytes are changed, nothing but our own error comes out."""
    content = bytearray(ACME)
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(WorkbookFault):
        read_workbook(bytes(content))


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")  # told by our own refusal
@settings(max_examples=60)
@given(st.data())
def test_any_damage_to_a_part_is_either_read_or_refused(data: st.DataObject) -> None:
    """The same within the zip, where no checksum notices."""
    name = data.draw(
        st.sampled_from(
            [
                "xl/workbook.xml",
                RULES,
                "xl/styles.xml",
                "[Content_Types].xml",
                "xl/_rels/workbook.xml.rels",
                "xl/worksheets/sheet2.xml",
                "docProps/core.xml",
            ]
        )
    )
    content = bytearray(part(name))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    with suppress(WorkbookFault):
        read_workbook(repacked({name: bytes(content)}))


def names(count: int, *cells: str) -> bytes:
    """So many rows of the sheet Order fields, each with a name of its own that is none of ours."""
    headings = row(1, "Our field", "Salesforce field", "Required", "Transform", "Notes")
    texts = [row(number, f"Ship-too citty {number}", *cells) for number in range(2, count + 2)]
    return rows(headings + b"".join(texts), sheet="xl/worksheets/sheet4.xml")


def test_a_table_that_no_mapping_has_is_cut_short_and_told() -> None:
    """Thousands of faults with a suggestion for each would take minutes."""
    workbook = read_workbook(names(6_000, "ShippingCity"))
    assert any("more than 1,999 rows" in fault.message for fault in workbook.faults)
    unknown = [one for one in workbook.faults if one.message == "not one of our fields"]
    assert 1_900 < len(unknown) < 2_001
    assert unknown[0].expected == "did you mean 'Ship-to city'?"
    assert unknown[-1].expected == "a field from the list"


def test_suggestions_end_for_one_file_and_begin_again_for_the_next() -> None:
    """However many faults the one before had."""
    read_workbook(names(1_900, "ShippingCity"))
    first, *_ = read_workbook(names(1, "ShippingCity")).faults
    assert "did you mean 'Ship-to city'?" in first.text()


@pytest.mark.parametrize("text", ["x" * 32_000, "(" * 32_000, "A + " * 8_000, "first; " * 4_500])
def test_a_cell_that_holds_a_book_is_a_fault_told_in_one_line(text: str) -> None:
    """Nothing of it is read, and little of it is shown."""
    faults = read_workbook(names(1, "ShippingCity", "", text)).faults
    (fault,) = [one for one in faults if one.cell == "D2"]
    assert fault.message == "more than 8,000 characters stand here"
    assert len(fault.text()) < 200
    assert all(len(one.text()) < 1_000 for one in faults)
