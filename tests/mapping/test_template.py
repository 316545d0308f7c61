"""Workbooks that we write: the same bytes every time, complete, and what the package carries."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from fulfillment_bridge.mapping.layout import LISTS, READ_ME, SETTINGS, SHEETS, SheetLayout
from fulfillment_bridge.mapping.our_fields import (
    INVENTORY_FIELDS,
    LINE_FIELDS,
    ORDER_FIELDS,
    SHIPMENT_FIELDS,
)
from fulfillment_bridge.mapping.samples import DEMO, SAMPLES, sample_bytes
from fulfillment_bridge.mapping.samples.__main__ import files
from fulfillment_bridge.mapping.template import blank_workbook, write_workbook
from fulfillment_bridge.mapping.transforms import TRANSFORMS
from fulfillment_bridge.mapping.workbook import read_workbook

CHECKOUT = Path(__file__).parents[2]
MAPPINGS = CHECKOUT / "mappings"


@pytest.fixture(scope="module")
def book() -> openpyxl.Workbook:
    """The blank workbook as Excel would open it."""
    return openpyxl.load_workbook(BytesIO(blank_workbook()))


def test_the_same_content_gives_the_same_bytes() -> None:
    """No moment of writing is in the file."""
    assert blank_workbook() == blank_workbook()


def test_a_blank_workbook_has_every_sheet_setting_and_field(book: openpyxl.Workbook) -> None:
    """People find everything they may fill in."""
    assert book.sheetnames == [READ_ME, *(layout.name for layout in SHEETS), LISTS]
    assert book[LISTS].sheet_state == "hidden"
    for sheet, labels in (
        ("Cart", [setting.label for setting in SETTINGS]),
        ("Order fields", [ours.label for ours in ORDER_FIELDS]),
        ("Line fields", [ours.label for ours in LINE_FIELDS]),
        ("Shipment fields", [ours.label for ours in SHIPMENT_FIELDS]),
        ("Inventory fields", [ours.label for ours in INVENTORY_FIELDS]),
    ):
        assert [cell.value for cell in book[sheet]["A"]][1:] == labels


def test_a_blank_workbook_lacks_only_what_people_must_fill_in() -> None:
    """Reading it finds the four settings that must be there and nothing else."""
    faults = read_workbook(blank_workbook()).faults

    assert [finding.place for finding in faults] == ["Cart!B2", "Cart!B3", "Cart!B4", "Cart!B5"]


def test_every_transform_is_told_on_the_first_sheet(book: openpyxl.Workbook) -> None:
    """By the code itself."""
    told = {row[0].value: row[1].value for row in book[READ_ME].iter_rows(max_col=2)}

    for transform in TRANSFORMS.values():
        assert told[transform.usage] == transform.meaning
    assert told["Format version"] == "1"


@pytest.mark.parametrize("layout", SHEETS, ids=lambda layout: layout.name)
def test_sheets_are_frozen_styled_and_explained(
    book: openpyxl.Workbook, layout: SheetLayout
) -> None:
    """Headings stay in sight, say what they are for, and codes are text from the start."""
    sheet = book[layout.name]

    assert sheet.freeze_panes == "B2"
    for place, column in enumerate(layout.columns):
        heading = sheet[1][place]
        assert heading.value == column.heading
        assert heading.font.bold
        assert (heading.comment is not None) == bool(column.note)
        dimension = sheet.column_dimensions[heading.column_letter]
        assert dimension.width == column.width
        assert (dimension.number_format == "@") == column.as_text


def test_lists_help_and_never_forbid(book: openpyxl.Workbook) -> None:
    """Our fields, yes and no and the operators can be chosen; anything else is checked later."""
    validations = book["Order fields"].data_validations.dataValidation
    choices = {str(each.sqref): each.formula1 for each in validations}
    rules = book["Rules"].data_validations.dataValidation

    assert set(choices) == {"A2:A1000", "C2:C1000", "D2:D1000"}
    assert all(formula.startswith(f"'{LISTS}'!$") for formula in choices.values())
    assert {str(each.sqref) for each in rules} == {"A2:A1000", "D2:D1000"}
    assert not any(each.showErrorMessage for each in rules)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_what_is_written_is_what_is_read(name: str) -> None:
    """The package's file says what its module says."""
    read = read_workbook(sample_bytes(name))

    assert read.faults == ()
    assert read == read_workbook(write_workbook(SAMPLES[name]))


@pytest.mark.parametrize("name", sorted(DEMO))
def test_the_checkout_and_the_package_carry_the_same_demo_workbook(name: str) -> None:
    """There is one truth, byte for byte."""
    lying = MAPPINGS / name / "SalesForce_Data_Mapping.xlsx"

    assert lying.read_bytes() == sample_bytes(name)


def test_the_blank_and_the_sample_workbook_are_up_to_date() -> None:
    """Who changes a field or a transform writes them anew: python -m …mapping.samples."""
    blank = (MAPPINGS / "SalesForce_Data_Mapping.xlsx").read_bytes()
    sample = (MAPPINGS / "Sample_SF_Data_Mapping.xlsx").read_bytes()

    assert sample == sample_bytes("example")
    assert contents(blank) == contents(blank_workbook())
    for name in SAMPLES:
        assert contents(sample_bytes(name)) == contents(write_workbook(SAMPLES[name]))


def test_all_files_can_be_written_anew(tmp_path: Path) -> None:
    """Each has its place in the package or in the folder mappings."""
    wanted = files(tmp_path / "package", tmp_path / "mappings")
    names = sorted(str(path.relative_to(tmp_path)) for path in wanted)

    assert names == [
        "mappings/SalesForce_Data_Mapping.xlsx",
        "mappings/Sample_SF_Data_Mapping.xlsx",
        "mappings/acme/SalesForce_Data_Mapping.xlsx",
        "mappings/globex/SalesForce_Data_Mapping.xlsx",
        "mappings/initech/SalesForce_Data_Mapping.xlsx",
        "package/acme.xlsx",
        "package/example.xlsx",
        "package/globex.xlsx",
        "package/initech.xlsx",
    ]


def contents(content: bytes) -> dict[str, list[list[object]]]:
    """All values of a workbook, by sheet."""
    book = openpyxl.load_workbook(BytesIO(content))
    return {
        sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book
    }
