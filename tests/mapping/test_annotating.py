"""The marked copy of a workbook: what is wrong stands in the cell, and nothing else changes."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

import openpyxl
import pytest
from openpyxl.styles import PatternFill
from openpyxl.styles.colors import Color

from fulfillment_bridge.mapping.annotating import annotate
from fulfillment_bridge.mapping.findings import Finding, WorkbookFault
from fulfillment_bridge.mapping.layout import LISTS
from fulfillment_bridge.mapping.preflight import check
from fulfillment_bridge.mapping.workbook import read_workbook
from tests.mapping.orgs import changed_file, file_of, place_of, saved, schema_for

RED, YELLOW = "00FF9A98", "00FFE18B"
FAULT = Finding(
    "fault", "Order fields", "B2", "no such field", "PoNumbr", "did you mean 'PoNumber'?"
)
WARNING = Finding("warning", "Rules", "C2", "a formula")


def opened(content: bytes) -> openpyxl.Workbook:
    """As Excel would open it."""
    return openpyxl.load_workbook(BytesIO(content))


def said(book: openpyxl.Workbook, sheet: str, cell: str) -> str:
    """The note on a cell."""
    note = book[sheet][cell].comment
    return note.text if note else ""


def with_parts(content: bytes, parts: dict[str, bytes]) -> bytes:
    """The file with parts added or replaced."""
    file = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as before,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        every = {name: before.read(name) for name in before.namelist()} | parts
        for name, part in every.items():
            after.writestr(name, part)
    return file.getvalue()


def test_every_finding_stands_in_its_cell() -> None:
    """Faults are red and warnings yellow; a cell with both is red and tells both."""
    both = Finding("warning", "Order fields", "B2", "and text is cut")
    book = opened(annotate(file_of("acme"), [FAULT, WARNING, both]).content)
    cell = book["Order fields"]["B2"]
    assert cell.fill.start_color.rgb == RED
    assert book["Rules"]["C2"].fill.start_color.rgb == YELLOW
    text = said(book, "Order fields", "B2")
    assert (
        "Fault: Order fields!B2: no such field; found 'PoNumbr'; did you mean 'PoNumber'?" in text
    )
    assert "Warning: Order fields!B2: and text is cut" in text


def test_what_the_check_finds_is_marked_and_the_rest_is_as_it_was() -> None:
    """Values, fonts, notes, widths, frozen panes and drop-downs."""
    city = place_of("acme", "Order fields", "Ship-to city")
    original = changed_file("acme", {city: "ShippingTown", "Rules!E2": "perhaps"})
    workbook = read_workbook(original)
    findings = check(workbook, schema_for(workbook, "acme"))
    copy = annotate(original, findings)
    assert copy.lost == ()
    assert read_workbook(copy.content) == workbook
    before, after = opened(original), opened(copy.content)
    marked = {one.place for one in findings if one.cell}
    assert {city, "Rules!E2"} <= marked
    for sheet in before.worksheets:
        twin = after[sheet.title]
        assert (twin.freeze_panes, twin.sheet_state) == (sheet.freeze_panes, sheet.sheet_state)
        lists = [
            [(each.formula1, str(each.sqref)) for each in book.data_validations.dataValidation]
            for book in (sheet, twin)
        ]
        assert lists[0] == lists[1]
        for row in sheet.iter_rows():
            for cell in row:
                other = twin[cell.coordinate]
                assert (other.value, other.number_format) == (cell.value, cell.number_format)
                assert repr(other.font) == repr(cell.font)
                if f"{sheet.title}!{cell.coordinate}" not in marked:
                    assert repr(other.fill) == repr(cell.fill)
                    assert (other.comment and other.comment.text) == (
                        cell.comment and cell.comment.text
                    )


def test_marking_again_takes_former_marks_away() -> None:
    """A corrected cell is plain, its own note is what it was, and nothing adds up."""
    book = opened(file_of("acme"))
    book["Order fields"]["B2"].comment = openpyxl.comments.Comment("ask Jane", "me")
    once = annotate(saved(book), [FAULT, WARNING]).content
    twice = opened(annotate(once, [FAULT]).content)
    assert said(twice, "Order fields", "B2").count("no such field") == 1
    assert said(twice, "Order fields", "B2").startswith("ask Jane")
    assert said(twice, "Rules", "C2") == ""
    assert twice["Rules"]["C2"].fill.start_color.rgb != YELLOW
    clean = opened(annotate(once, []).content)
    assert said(clean, "Order fields", "B2") == "ask Jane"


def test_a_corrected_cell_has_its_own_color_again() -> None:
    """Plain, of a theme, or a pattern, also after a second marking; other cells keep theirs."""
    book = opened(file_of("acme"))
    sheet = book["Order fields"]
    fills = {
        "B2": PatternFill("solid", start_color="FFF2CC"),
        "B3": PatternFill("solid", fgColor=Color(theme=4, tint=0.5999), bgColor=Color(indexed=64)),
        "B4": PatternFill("lightGray", fgColor=Color(rgb="00112233")),
        "B5": PatternFill(),
        "B6": PatternFill("solid", start_color="FF0000"),
    }
    for cell, fill in fills.items():
        sheet[cell].fill = fill
    findings = [Finding("fault", "Order fields", cell, "odd") for cell in list(fills)[:4]]
    content = saved(book)
    for _ in range(2):
        content = annotate(content, findings).content
        assert opened(content)["Order fields"]["B3"].fill.start_color.rgb == RED
    clean = opened(annotate(content, []).content)["Order fields"]
    for cell in fills:
        assert repr(clean[cell].fill) == repr(opened(saved(book))["Order fields"][cell].fill)
        assert clean[cell].comment is None


def test_a_mark_whose_note_was_deleted_or_edited_goes_away_too() -> None:
    """The color is ours; a color that somebody gave a marked cell since is theirs."""
    once = opened(annotate(file_of("acme"), [FAULT, WARNING]).content)
    once["Order fields"]["B2"].comment = None
    note = once["Rules"]["C2"].comment
    assert note is not None
    note.text += "--- color before: bogus rgb=ZZ theme=x ---"
    once["Order fields"]["B3"].fill = PatternFill("solid", start_color="00FF00")
    clean = opened(annotate(saved(once), []).content)
    assert clean["Order fields"]["B2"].fill.fill_type is None
    assert clean["Rules"]["C2"].fill.fill_type is None
    assert clean["Order fields"]["B3"].fill.start_color.rgb == "0000FF00"


def test_formulas_stay_and_that_their_results_do_not_is_said() -> None:
    """They are worked out when the copy is opened."""
    content = changed_file("acme", {"Rules!F2": '=HYPERLINK("https://acme.example")'})
    copy = annotate(content, [WARNING])
    assert opened(copy.content)["Rules"]["F2"].value == '=HYPERLINK("https://acme.example")'
    assert len(copy.lost) == 1
    assert "results of formulas" in copy.lost[0]


def test_whatever_would_be_lost_is_named() -> None:
    """Pictures, charts, and what newer Excel versions add to a sheet."""
    sheet = "xl/worksheets/sheet3.xml"
    with zipfile.ZipFile(BytesIO(file_of("acme"))) as package:
        part = package.read(sheet)
    more = b"<extLst><ext uri='x'><x14:sparklineGroups xmlns:x14='y'><x14:sparklineGroup/>"
    more += b"</x14:sparklineGroups></ext></extLst></worksheet>"
    content = with_parts(
        file_of("acme"),
        {
            "xl/media/image1.png": b"x",
            "xl/charts/chart1.xml": b"<c/>",
            sheet: part.replace(b"</worksheet>", more),
        },
    )
    assert annotate(content, []).lost == ("charts", "pictures", "sparklines")


def test_lists_as_newer_excel_versions_write_them_survive() -> None:
    """They stand in an extension of the sheet, where openpyxl does not look."""
    sheet = "xl/worksheets/sheet3.xml"
    with zipfile.ZipFile(BytesIO(file_of("acme"))) as package:
        part = package.read(sheet)
    part = re.sub(rb"<dataValidations.*</dataValidations>", b"", part, flags=re.DOTALL)
    more = (
        b"<extLst><ext uri='{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}' xmlns:x14='x'>"
        b"<x14:dataValidations count='1' xmlns:xm='y'><x14:dataValidation type=\"list\" "
        b'errorStyle="warning" allowBlank="1" showErrorMessage="1"><x14:formula1><xm:f>'
        b"Lists!$A$2:$A$4</xm:f></x14:formula1><xm:sqref>A2:A1000</xm:sqref>"
        b"</x14:dataValidation></x14:dataValidations></ext></extLst></worksheet>"
    )
    content = with_parts(file_of("acme"), {sheet: part.replace(b"</worksheet>", more)})
    book = opened(annotate(content, [WARNING]).content)
    (offer,) = book["Rules"].data_validations.dataValidation
    assert (offer.formula1, str(offer.sqref)) == ("Lists!$A$2:$A$4", "A2:A1000")
    assert (offer.errorStyle, offer.showErrorMessage) == ("warning", True)
    assert book[LISTS].sheet_state == "hidden"


@pytest.mark.parametrize(
    ("sheet", "cell", "marked"),
    [
        ("Rules", "B2:B3", ("Rules", "B2")),
        ("Rules", "5:5", ("Rules", "A5")),
        ("Rules", "", ("Rules", "A1")),
        ("No such sheet", "", ("Read me", "A1")),
        ("", "", ("Read me", "A1")),
    ],
)
def test_findings_without_a_cell_of_their_own_have_a_place(
    sheet: str, cell: str, marked: tuple[str, str]
) -> None:
    """Merged cells, whole rows, whole sheets, the file itself."""
    book = opened(annotate(file_of("acme"), [Finding("fault", sheet, cell, "odd")]).content)
    assert "odd" in said(book, *marked)


def test_merged_cells_are_told_at_the_first_of_them() -> None:
    """The others cannot hold a note."""
    book = opened(file_of("acme"))
    book["Rules"].merge_cells("B2:C3")
    copy = annotate(saved(book), [Finding("fault", "Rules", "C3", "odd")])
    assert "odd" in said(opened(copy.content), "Rules", "B2")


def test_a_hostile_file_is_not_opened() -> None:
    """The same bounds as for reading."""
    with pytest.raises(WorkbookFault, match="macros"):
        annotate(with_parts(file_of("acme"), {"xl/vbaProject.bin": b"x"}), [])


@pytest.mark.parametrize("sheet", ["Rules", "Mine"])
def test_one_cell_far_away_costs_nothing(sheet: str) -> None:
    """Between it and the rest there would be billions; its color stays."""
    book = opened(file_of("acme"))
    here = book[sheet] if sheet in book.sheetnames else book.create_sheet(sheet)
    here["XFD1048576"].fill = PatternFill("solid", start_color="FF0000")
    copy = opened(annotate(saved(book), [FAULT]).content)
    assert copy[sheet]["XFD1048576"].fill.start_color.rgb == "00FF0000"
    assert "no such field" in said(copy, "Order fields", "B2")


def test_of_very_many_findings_the_first_are_marked() -> None:
    """How many are not is told."""
    many = [Finding("fault", "SKU aliases", f"A{row}", "odd") for row in range(2, 2_502)]
    copy = annotate(file_of("acme"), many)
    assert copy.unmarked == 500
    book = opened(copy.content)
    assert "odd" in said(book, "SKU aliases", "A2001")
    assert said(book, "SKU aliases", "A2002") == ""


def test_lists_that_never_end_are_looked_through_once() -> None:
    """A pattern over the whole part would begin anew at each of them."""
    sheet = "xl/worksheets/sheet3.xml"
    with zipfile.ZipFile(BytesIO(file_of("acme"))) as package:
        part = package.read(sheet)
    more = b"<extLst><ext uri='x' xmlns:x14='x'>" + b'<x14:dataValidation type="list">' * 40_000
    more += b"</x14:dataValidation>" * 40_000 + b"</ext></extLst></worksheet>"
    content = with_parts(file_of("acme"), {sheet: part.replace(b"</worksheet>", more)})
    assert opened(annotate(content, []).content)["Rules"]["A1"].value == "Applies to"
