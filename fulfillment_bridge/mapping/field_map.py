"""A cart's workbook at work: what to read, what an order means, what to write back.

Pure: it never reads, writes or logs. The cart carries out its queries and updates.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from fulfillment_bridge.domain.changed import ChangedQuery
from fulfillment_bridge.domain.counting import counted
from fulfillment_bridge.domain.fulfillment import ShipmentNews
from fulfillment_bridge.domain.inventory import PublishedLevel
from fulfillment_bridge.domain.org_schema import (
    ChildQuery,
    Condition,
    InventoryQuery,
    OrderQuery,
    OrgField,
    OrgSchema,
    PathFault,
    RawOrder,
    Record,
    RecordUpdate,
    ResolvedPath,
)
from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS, WarehouseNeeds
from fulfillment_bridge.mapping.cells import Cell
from fulfillment_bridge.mapping.contents import ChildPath, Workbook
from fulfillment_bridge.mapping.explain import RuleFinding, explain
from fulfillment_bridge.mapping.explain_rows import LineSeen, RowFinding
from fulfillment_bridge.mapping.findings import WorkbookFault, faults_of
from fulfillment_bridge.mapping.order_mapping import MappingResult, OrderMapping
from fulfillment_bridge.mapping.own_marks import OwnValues, still_ready
from fulfillment_bridge.mapping.paths import lookup_of, resolve
from fulfillment_bridge.mapping.preflight import check
from fulfillment_bridge.mapping.row_rules import as_of, has_relative_days, row_rules
from fulfillment_bridge.mapping.rules import (
    DATE_TYPES,
    condition_holds,
    condition_of,
    conditions_of,
    typed_value,
)
from fulfillment_bridge.mapping.stock_mapping import StockKey, StockMapping
from fulfillment_bridge.mapping.touched import PlacedPath, child_paths, touched_paths
from fulfillment_bridge.mapping.transforms import Surroundings
from fulfillment_bridge.mapping.write_back import WriteBack, WriteBackMapping

__all__ = ["FieldMap", "MappingResult", "RuleFinding", "StockKey", "WriteBack"]

_NEVER_ASKED = frozenset({"id", "systemmodstamp"})


class FieldMap:
    """A workbook joined with what its org looks like.

    Raises WorkbookFault, with every fault, where the two do not fit together. ``without`` names
    columns, as (base, path in lower case), that are not read: the org has lost them since.
    ``now`` is what TODAY in a rule is counted from, in the time zone of the workbook. Orders that
    lack what their warehouse ``needs`` are held; that is no fault of the workbook here, because
    it was loaded and the warehouse may have become stricter since.
    """

    def __init__(
        self,
        workbook: Workbook,
        schema: OrgSchema,
        *,
        without: Collection[tuple[str, str]] = (),
        now: datetime | None = None,
        needs: WarehouseNeeds = NO_NEEDS,
    ) -> None:
        faults = faults_of(check(workbook, schema))
        if faults:
            raise WorkbookFault(f"the workbook has {counted(len(faults), 'fault')}", faults)
        self._zone = ZoneInfo(workbook.setting("time_zone"))
        self._schema = schema
        self._workbook = workbook
        self._counts_days = has_relative_days(workbook, self._is_day)
        if self._counts_days:
            if now is None:
                raise ValueError("the workbook counts days from today, so the day must be given")
            workbook = as_of(workbook, now.astimezone(self._zone).date(), self._is_day)
        self._workbook = workbook
        self._paths = touched_paths(workbook)
        self._read = [
            placed for placed in self._paths if (placed.base, placed.path.lower()) not in without
        ]
        self._order_object = workbook.setting("order_object")
        around = Surroundings(time_zone=self._zone, value_maps=workbook.value_maps)
        rules = row_rules(workbook, self._order_field, self._line_field, self._zone)
        self._orders = OrderMapping(workbook, around, rules, needs)
        self._news = WriteBackMapping(workbook, self._field_at, around)
        self._stock = StockMapping(
            workbook,
            self._inventory_field,
            conditions_of(workbook.rules, "inventory", self._inventory_field, self._zone),
            around,
        )
        self._query = self._order_query()
        self._cells = dict(self._cell_names())

    @property
    def schema(self) -> OrgSchema:
        """What of the org the workbook touches, as it was when it was loaded."""
        return self._schema

    @property
    def order_number_path(self) -> str:
        """The field that people know an order by."""
        return self._workbook.setting("order_number_field")

    @property
    def writes_status(self) -> bool:
        """Whether the merchant sees on the order how it stands."""
        return self._news.writes_status

    @property
    def writes_lines(self) -> bool:
        """Whether the merchant sees how far each line of an order is."""
        return self._news.writes_lines

    def order_query(self) -> OrderQuery:
        """What to read to know this cart's orders."""
        return self._query

    def inventory_query(self) -> InventoryQuery | None:
        """Which inventory records to read; None where stock is left alone."""
        return self._stock.query()

    def apply(self, raw: RawOrder, *, default_currency: str | None) -> MappingResult:
        """The order, and all of its faults at once. Never raises for what a record holds."""
        return self._orders.apply(raw, default_currency=default_currency)

    def write_back(self, record_id: str, news: ShipmentNews) -> WriteBack:
        """What to write onto one order, and what could not be written as it is."""
        return self._news.write_back(record_id, news)

    @property
    def parcel_key(self) -> tuple[str, str] | None:
        """The object that has a record of every parcel, and its key field; None without."""
        return self._news.parcel_key

    def written_objects(self) -> tuple[ChangedQuery, ...]:
        """Where news is written to, with what we write there."""
        marker = self._query.marker
        return self._news.written_objects(
            marker.path if marker else "", self._query.line_parent_field
        )

    def may_clear(self, object_name: str, name: str) -> bool:
        """Whether a field is one of those that news is written to, and may be empty."""
        return self._news.may_clear(object_name, name)

    def marker_update(self, record_id: str) -> RecordUpdate | None:
        """The update that marks an order as downloaded; None where the workbook has no marker."""
        marker = self._query.marker
        if marker is None or isinstance(marker.value, tuple):
            return None
        return RecordUpdate(self._order_object, record_id, {marker.path: marker.value})

    def is_marked(self, record: Record) -> bool:
        """Whether the order was marked as downloaded."""
        marker = self._query.marker
        return marker is not None and condition_holds(marker, record)

    def is_ready(self, record: Record) -> bool:
        """Whether the ready rule itself holds, as far as its columns were read."""
        return any(
            all(condition_holds(condition, record) for condition in group)
            for group in self._query.ready
        )

    def stock_key(self, record: Record) -> StockKey | None:
        """Whose level an inventory record shows; None where it does not say."""
        return self._stock.key(record)

    def inventory_update(self, record: Record, level: PublishedLevel) -> RecordUpdate | None:
        """What to write so that the record shows the level; None where it does already."""
        return self._stock.update(record, level)

    def explain(self, record: Record, lines: Sequence[Record]) -> list[RuleFinding]:
        """Every condition between the record and the warehouse, with the value found."""
        if self._workbook.repeated_lines:
            lines = self._orders.repeated_lines(record)
        return explain(self._workbook, self._query, record, lines)

    def explain_rows(self, raw: RawOrder) -> list[RowFinding]:
        """Every rule that holds orders or lines, or leaves lines out, with the value found."""
        return self._orders.explain_rows(raw)

    def lines_seen(self, raw: RawOrder) -> list[LineSeen]:
        """The lines of the order as they are numbered, those that are left out among them."""
        return self._orders.lines_seen(raw)

    def cell_for(self, path: str) -> str | None:
        """The workbook cell (``Order fields!C7``) that names a column, path or Object.Field."""
        return self._cells.get(path.lower())

    def cell_for_object(self, name: str) -> str | None:
        """The workbook cell that names an object of the org."""
        for base in ("order", "line", "inventory", "package"):
            if name and self._workbook.setting(f"{base}_object").lower() == name.lower():
                return self._workbook.setting_cell(f"{base}_object").place
        for child in child_paths(self._workbook):
            if child.object_name.lower() == name.lower():
                return child.cell.place
        return None

    def _order_query(self) -> OrderQuery:
        rules = self._workbook.rules
        ready = conditions_of(rules, "ready", self._order_field, self._zone)
        cancel = conditions_of(rules, "cancel", self._order_field, self._zone)
        has_records = not self._workbook.repeated_lines
        line_object = self._workbook.setting("line_object") if has_records else ""
        line_field = self._workbook.setting("line_order_field")
        parent = self._resolved(line_object, line_field).field if has_records else None
        return OrderQuery(
            order_object=self._order_object,
            order_paths=self._read_paths("order"),
            line_object=line_object,
            line_paths=self._read_paths("line"),
            line_parent_field=parent.name if parent else "",
            line_parent_relationship=(parent.relationship_name if parent else "") or "",
            ready=ready,
            cancel=cancel,
            still_ready=still_ready(ready, self._own_values()),
            earliest=self._earliest(),
            parent_stamps=self._parent_stamps(),
            rests_on_formula=self._rests_on_formula(),
            marker=self._marker(),
            children=tuple(self._children()),
        )

    def _children(self) -> Iterator[ChildQuery]:
        """One query for each child record that values come from, whatever is read of it."""
        wanted: dict[str, list[ChildPath]] = {}
        for child in child_paths(self._workbook):
            wanted.setdefault(child.key, []).append(child)
        read = {(placed.base, placed.path.lower()) for placed in self._read}
        for key, same in wanted.items():
            first = same[0]
            lookup = lookup_of(self._schema, first, self._order_object)
            paths = [each.path for each in same if (each.base, each.path.lower()) in read]
            conditions = tuple(
                condition_of(row, self._resolved(first.object_name, row.path).field, self._zone)
                for row in first.conditions
            )
            yield ChildQuery(
                name=key,
                object_name=first.object_name,
                parent_field=lookup.name,
                parent_relationship=lookup.relationship_name or "",
                paths=tuple(dict.fromkeys(paths)),
                rule=(conditions,) if conditions else (),
            )

    def _read_paths(self, base: str) -> tuple[str, ...]:
        unique: dict[str, str] = {}
        for placed in self._read:
            if placed.base == base and placed.is_read and placed.path.lower() not in _NEVER_ASKED:
                unique.setdefault(placed.path.lower(), placed.path)
        return tuple(unique.values())

    def _earliest(self) -> Condition | None:
        path = self._workbook.setting("order_date_field")
        text = self._workbook.setting("earliest_order_date")
        if not path or not text:
            return None
        return Condition(path, ">=", typed_value(text, self._order_field(path), self._zone))

    def _own_values(self) -> OwnValues:
        """What we write onto orders: the mark, and our news."""
        found = self._news.own_values()
        marker = self._marker()
        if marker is not None and not isinstance(marker.value, tuple):
            path = marker.path.lower()
            others = found.get(path, frozenset())
            found[path] = None if others is None else others | {marker.value}
        return found

    def _marker(self) -> Condition | None:
        path = self._workbook.setting("marker_field")
        if not path:
            return None
        field = self._order_field(path)
        text = self._workbook.setting("marker_value")
        return Condition(field.name, "=", typed_value(text, field, self._zone))

    def _parent_stamps(self) -> tuple[str, ...]:
        """Relationships on the way to an order's values; a parent without a stamp cannot count."""
        stamps: dict[str, str] = {}
        for placed in self._read:
            if placed.base == "order" and placed.is_read:
                names = placed.path.split(".")[:-1]
                for depth in range(1, len(names) + 1):
                    relationship = ".".join(names[:depth])
                    stamps.setdefault(relationship.lower(), relationship)
        return tuple(
            relationship
            for relationship in stamps.values()
            if isinstance(
                resolve(self._schema, self._order_object, f"{relationship}.SystemModstamp"),
                ResolvedPath,
            )
        )

    def _rests_on_formula(self) -> bool:
        return self._counts_days or any(
            self._order_field(placed.path).calculated
            for placed in self._paths
            if placed.base == "order" and placed.is_rule
        )

    def _resolved(self, object_name: str, path: str) -> ResolvedPath:
        found = resolve(self._schema, object_name, path)
        if isinstance(found, PathFault):  # the check in __init__ has looked at every path
            raise WorkbookFault(f"{object_name} has no {path}", ())
        return found

    def _order_field(self, path: str) -> OrgField:
        return self._resolved(self._order_object, path).field

    def _field_at(self, base: str, path: str) -> OrgField:
        return self._resolved(self._workbook.object_of(base), path.replace("#", "1")).field

    def _is_day(self, base: str, path: str) -> bool:
        found = resolve(self._schema, self._workbook.object_of(base), path.replace("#", "1"))
        return isinstance(found, ResolvedPath) and found.field.type.lower() in DATE_TYPES

    def _line_field(self, path: str) -> OrgField:
        return self._field_at("line", path)

    def _inventory_field(self, path: str) -> OrgField:
        return self._resolved(self._workbook.setting("inventory_object"), path).field

    def _cell_names(self) -> Iterator[tuple[str, str]]:
        """Every way the org may name a column, the least exact first, each with its cell."""
        named: list[tuple[int, str, Cell]] = []
        for placed in self._paths:
            named.extend(self._names_of(placed))
        for _, name, cell in sorted(named, key=lambda item: item[0]):
            yield name.lower(), cell.place

    def _names_of(self, placed: PlacedPath) -> Iterator[tuple[int, str, Cell]]:
        object_name = self._workbook.object_of(placed.base)
        found = self._resolved(object_name, placed.path)
        for relationship in found.relationships:
            yield 0, relationship, placed.cell
        yield 1, found.field.name, placed.cell
        yield 2, f"{found.object_name}.{found.field.name}", placed.cell
        yield 3, placed.path, placed.cell
        yield 3, f"{object_name}.{placed.path}", placed.cell
