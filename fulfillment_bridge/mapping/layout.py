"""The layout of a workbook: its sheets, their columns, the labels of the sheet Cart.

The reader, the writer and the check all stand on this one description.
"""

from __future__ import annotations

from dataclasses import dataclass

FORMAT_VERSION = 1
READ_ME = "Read me"
CART = "Cart"
RULES = "Rules"
ORDER_FIELDS = "Order fields"
LINE_FIELDS = "Line fields"
SHIPMENT_FIELDS = "Shipment fields"
INVENTORY_FIELDS = "Inventory fields"
VALUE_MAPS = "Value maps"
SKU_ALIASES = "SKU aliases"
LISTS = "Lists"
VERSION_LABEL = "Format version"

MOST_WORDS = 20_000
"""Rows of the sheets that translate words and SKUs."""
DESCRIBED = " · "
"""What stands between the name of a field and its description in our drop-down lists."""
SHOWN_HEADINGS = ("Example",)
"""Columns of a template that only show something; they are not read."""

BLANK = "(blank)"
ANYTHING_ELSE = "(anything else)"
UNCHANGED = "(unchanged)"
HOLD = "(hold the order)"


@dataclass(frozen=True)
class Column:
    """One column. ``as_text``: Excel must not make a number of what is typed there."""

    key: str
    heading: str
    width: int
    note: str = ""
    needed: bool = True
    as_text: bool = False


@dataclass(frozen=True)
class SheetLayout:
    """One sheet with a heading row, and how many rows may be filled in below it."""

    name: str
    columns: tuple[Column, ...]
    most_rows: int = 2_000

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)


@dataclass(frozen=True)
class Setting:
    """One line of the sheet Cart; ``unless`` is the key of one that makes it needless."""

    key: str
    label: str
    note: str
    required: bool = False
    default: str = ""
    unless: str = ""


_OUR_FIELD = Column("our_field", "Our field", 26, "Choose from the list.")
_SALESFORCE_FIELD = Column(
    "salesforce_field",
    "Salesforce field",
    36,
    "The API name (Ship_Method__c), a path through a lookup (Account__r.ShippingCity), several "
    "joined (FirstName + LastName), constant: TEXT, or a field of a child record; see the sheet "
    "Read me.",
    as_text=True,
)
_ONLY_IF = Column(
    "only_if",
    "Only if",
    30,
    "The row counts only where this holds, such as Gift__c = true; several with and. Where it "
    "does not hold, the default counts.",
    needed=False,
    as_text=True,
)
_TARGET_FIELD = Column(
    "salesforce_field",
    "Salesforce field",
    36,
    "The API name of the merchant's own field. Leave it blank to write nothing.",
    as_text=True,
)
_TRANSFORM = Column(
    "transform",
    "Transform",
    28,
    "What to do with the value; several are separated by semicolons. See the sheet Read me.",
    needed=False,
    as_text=True,
)
_NOTES = Column("notes", "Notes", 60, "For you; not read.", needed=False)

_MAPPED_COLUMNS = (
    _OUR_FIELD,
    _SALESFORCE_FIELD,
    Column("required", "Required", 10, "yes: without a value the order is held.", needed=False),
    _TRANSFORM,
    Column(
        "default", "Default", 20, "Used where Salesforce has nothing.", needed=False, as_text=True
    ),
    _ONLY_IF,
    _NOTES,
)

SHEETS: tuple[SheetLayout, ...] = (
    SheetLayout(
        CART,
        (
            Column("setting", "Setting", 30, "Do not change these words."),
            Column("value", "Value", 36, "Fill in this column.", as_text=True),
            _NOTES,
        ),
    ),
    SheetLayout(
        RULES,
        (
            Column(
                "applies_to",
                "Applies to",
                14,
                "ready: which orders to take. cancel: which are canceled. hold: which wait for a "
                "person. take lines: which lines to ship, the others are left out. hold lines: "
                "lines that hold their order. inventory: which inventory records to update.",
            ),
            Column(
                "group",
                "Group",
                10,
                "All rows of a group must hold; one group that holds is enough.",
                needed=False,
            ),
            Column("field", "Field", 36, "The API name, or a path.", as_text=True),
            Column("operator", "Operator", 12, "Choose from the list.", as_text=True),
            Column(
                "value",
                "Value",
                36,
                "true or false for a checkbox; 2026-11-22 for a date, or TODAY, TODAY + 3, "
                "TODAY - 7; several with semicolons for IN; (blank) for empty.",
                as_text=True,
            ),
            Column(
                "reason",
                "Reason",
                30,
                "Only for hold and hold lines: what people read on the order.",
                needed=False,
            ),
            _NOTES,
        ),
    ),
    SheetLayout(ORDER_FIELDS, _MAPPED_COLUMNS),
    SheetLayout(LINE_FIELDS, _MAPPED_COLUMNS),
    SheetLayout(
        SHIPMENT_FIELDS,
        (
            _OUR_FIELD,
            _TARGET_FIELD,
            _TRANSFORM,
            Column(
                "write",
                "Write",
                16,
                "Blank: always. only if empty: what stands in Salesforce is kept. only if newer: "
                "a later date is kept.",
                needed=False,
            ),
            _NOTES,
        ),
    ),
    SheetLayout(INVENTORY_FIELDS, (_OUR_FIELD, _TARGET_FIELD, _TRANSFORM, _NOTES)),
    SheetLayout(
        VALUE_MAPS,
        (
            Column("map", "Map", 22, "The name used in map(NAME).", as_text=True),
            Column(
                "from",
                "From",
                32,
                f"What is found. {BLANK} for nothing, {ANYTHING_ELSE} for the rest.",
                as_text=True,
            ),
            Column(
                "from_2",
                "From 2",
                20,
                "Only where the transform joins fields, such as Method__c + Country__c: what the "
                "second one says. Blank fits everything; 0 to 5 or over 30 fits numbers.",
                needed=False,
                as_text=True,
            ),
            Column(
                "from_3",
                "From 3",
                20,
                "The same for a third field, such as a weight.",
                needed=False,
                as_text=True,
            ),
            Column(
                "to",
                "To",
                32,
                f"What it becomes. {BLANK} for nothing, {UNCHANGED} to leave it, {HOLD} where a "
                "person must decide.",
                as_text=True,
            ),
            _NOTES,
        ),
        MOST_WORDS,
    ),
    SheetLayout(
        SKU_ALIASES,
        (
            Column("salesforce_sku", "SKU in Salesforce", 26, as_text=True),
            Column("warehouse_sku", "SKU at the warehouse", 26, as_text=True),
            Column(
                "units",
                "Units",
                10,
                "How many of the warehouse's one of Salesforce's is (a case of 12: 12). "
                "Blank is 1.",
                needed=False,
            ),
            _NOTES,
        ),
        MOST_WORDS,
    ),
)

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "order_object",
        "Order object",
        "The object that is an order: Order, Opportunity, Sales_Order__c …",
        required=True,
    ),
    Setting(
        "line_object",
        "Line object",
        "The object that is a line of an order: OrderItem … Blank only with repeated columns.",
        required=True,
        unless="repeated_lines",
    ),
    Setting(
        "line_order_field",
        "Line's order field",
        "The lookup on a line that names its order: OrderId, Sales_Order__c …",
        required=True,
        unless="repeated_lines",
    ),
    Setting(
        "order_number_field",
        "Order number field",
        "What people call the order by: OrderNumber, Name …",
        required=True,
    ),
    Setting(
        "order_date_field",
        "Order date field",
        "The date or time compared with the earliest order date.",
    ),
    Setting(
        "earliest_order_date", "Earliest order date", "Older orders are left alone. As 2026-11-22."
    ),
    Setting(
        "marker_field",
        "Downloaded-marker field",
        "A field that is set once an order has been taken. Blank is off; the bridge needs none.",
    ),
    Setting(
        "marker_value",
        "Downloaded-marker value",
        "What the marker field is set to: true, or a word.",
    ),
    Setting(
        "inventory_object", "Inventory object", "The object that holds stock levels. Blank is off."
    ),
    Setting(
        "tracking_separator",
        "Tracking number separator",
        "What stands between several tracking numbers. Blank is a comma and a space.",
        default=", ",
    ),
    Setting(
        "time_zone",
        "Time zone",
        "For dates: America/New_York, Europe/Berlin … Blank is UTC.",
        default="UTC",
    ),
    Setting(
        "repeated_lines",
        "Repeated columns",
        "Only where the lines stand on the order itself, as Item_1__c, Item_2__c …: how many "
        "times. On the sheet Line fields # is the number: Item_#__c.",
    ),
    Setting(
        "package_object",
        "Package object",
        "Only where every parcel gets a record of its own: the object. Blank is off.",
    ),
    Setting(
        "package_order_field",
        "Package's order field",
        "The lookup on a package record that names its order.",
    ),
    Setting(
        "package_key_field",
        "Package's key field",
        "A text field on it, External ID and Unique, of 60 characters: it tells parcels apart.",
    ),
)

YES = frozenset({"yes", "y", "true", "x", "1", "required", "\u2713", "\u2714"})
NO = frozenset({"", "no", "n", "false", "0", "optional", "-"})


def names_a_field(sheet: str, key: str) -> bool:
    """Whether a column holds names of the org, which our lists give with a description."""
    return key in ("salesforce_field", "field") or (sheet == CART and key == "value")


def sheet_layout(name: str) -> SheetLayout:
    """The layout of the sheet of that name."""
    return next(sheet for sheet in SHEETS if sheet.name == name)
