"""What a merchant sees of an order: our news on their own fields, lines and records of parcels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from fulfillment_bridge.domain.changed import ChangedQuery
from fulfillment_bridge.domain.fulfillment import (
    STATUS_LABELS,
    LineNews,
    PackageNews,
    ShipmentNews,
)
from fulfillment_bridge.domain.org_schema import ChildUpsert, OrgField, RecordUpdate, Value
from fulfillment_bridge.mapping.cells import number_text
from fulfillment_bridge.mapping.contents import Overwrite, Workbook
from fulfillment_bridge.mapping.target_values import Getters, Target, TargetValues
from fulfillment_bridge.mapping.tracking_links import tracking_link
from fulfillment_bridge.mapping.transforms import Surroundings

STATUS_FIELDS = (
    "fulfillment_status",
    "status_message",
    "warehouse_reference",
    "sent_to_warehouse_at",
)


@dataclass(frozen=True)
class WriteBack:
    """What to write about one order, and what could not be written as it is.

    ``lines`` are updates of line records, ``packages`` records of parcels. ``guarded`` are fields
    of ``update`` that are written only after a look at what stands there.
    """

    update: RecordUpdate | None
    warnings: tuple[str, ...] = ()
    lines: tuple[RecordUpdate, ...] = ()
    packages: tuple[ChildUpsert, ...] = ()
    guarded: Mapping[str, Overwrite] = field(default_factory=dict)


FieldAt = Callable[[str, str], OrgField]
"""The field at a path of a base."""


class WriteBackMapping:
    """The sheet Shipment fields, ready to be applied.

    Only news is written: a value we do not have yet leaves the merchant's field alone. The
    exception is the status message, which is emptied once there is nothing to say.
    """

    def __init__(self, workbook: Workbook, field_at: FieldAt, around: Surroundings) -> None:
        self._workbook = workbook
        self._object = workbook.setting("order_object")
        self._repeated = workbook.repeated_lines
        self._values = TargetValues(workbook.tracking_separator, around)
        targets = [row for row in workbook.shipment_fields if row.path]
        self._targets: dict[str, list[Target]] = {
            base: [(row, field_at(base, row.path)) for row in targets if row.base == base]
            for base in ("order", "line", "package")
        }

    @property
    def writes_status(self) -> bool:
        """Whether the merchant sees how an order stands, beside its shipments."""
        return any(row.ours.key in STATUS_FIELDS for row, _ in self._targets["order"])

    @property
    def parcel_key(self) -> tuple[str, str] | None:
        """The object that has a record of every parcel, and its key field; None without."""
        name = self._workbook.setting("package_object")
        return (name, self._workbook.setting("package_key_field")) if name else None

    @property
    def writes_lines(self) -> bool:
        """Whether the merchant sees how far each line is."""
        return bool(self._targets["line"])

    def own_values(self) -> dict[str, frozenset[Value] | None]:
        """What may stand on an order by our doing; None where that can be anything."""
        found: dict[str, frozenset[Value] | None] = {}
        for row, target in self._targets["order"]:
            path, values = row.path.lower(), None
            if row.ours.key == "fulfillment_status":
                every = (ShipmentNews(label) for label in STATUS_LABELS.values())
                written = [self._values.of([(row, target)], _NEWS, news, []) for news in every]
                values = frozenset(value for each in written for value in each.values())
            found[path] = values if path not in found else None
        return found

    def write_back(self, record_id: str, news: ShipmentNews) -> WriteBack:
        """The update of one order; without one where nothing of the news is mapped."""
        warnings: list[str] = []
        targets = self._targets["order"]
        values = self._values.of(targets, _NEWS, news, warnings)
        lines = list(self._lines(news, warnings)) if self.writes_lines else []
        if self._repeated:
            for line in lines:
                values.update(line.values)
            lines = []
        guarded = {
            target.name: row.overwrite
            for row, target in targets
            if row.overwrite != "always" and target.name in values
        }
        update = RecordUpdate(self._object, record_id, values) if values else None
        packages = tuple(self._packages(record_id, news, warnings))
        return WriteBack(update, tuple(warnings), tuple(lines), packages, guarded)

    def written_objects(self, marker: str, line_parent: str) -> tuple[ChangedQuery, ...]:
        """Where news is written to, with what we write there; ``marker`` is ours too."""
        fields = {base: [field.name for _, field in own] for base, own in self._targets.items()}
        if self._repeated:
            fields["order"] += [
                row.path.replace("#", str(number))
                for row, _ in self._targets["line"]
                for number in range(1, self._repeated + 1)
            ]
        order = tuple(dict.fromkeys([*fields["order"], *filter(None, [marker])]))
        found = [ChangedQuery(self._object, order)] if order else []
        if fields["line"] and not self._repeated:
            lines = self._workbook.object_of("line")
            found.append(ChangedQuery(lines, tuple(dict.fromkeys(fields["line"])), line_parent))
        if self.parcel_key is not None:
            name, key_field = self.parcel_key
            parent = self._workbook.setting("package_order_field")
            paths = tuple(dict.fromkeys(fields["package"]))
            found.append(ChangedQuery(name, paths, parent, key_field))
        return tuple(found)

    def may_clear(self, object_name: str, name: str) -> bool:
        """Whether a field is one of those that news is written to, and may be empty."""
        return any(
            field.nillable and _is_column(name, row.path, field)
            for base, targets in self._targets.items()
            if self._workbook.object_of(base) == object_name
            for row, field in targets
        )

    def _lines(self, news: ShipmentNews, warnings: list[str]) -> Iterator[RecordUpdate]:
        for line in news.lines:
            record_id, _, number = line.cart_line_id.partition("#")
            values = self._values.of(self._targets["line"], _LINE_NEWS, line, warnings)
            if number:
                values = {self._numbered(name, number): each for name, each in values.items()}
            if values and record_id:
                yield RecordUpdate(self._workbook.object_of("line"), record_id, values)

    def _numbered(self, name: str, number: str) -> str:
        """The column of this line: the field was looked up as that of the first."""
        for row, target in self._targets["line"]:
            if target.name == name:
                return row.path.replace("#", number)
        return name

    def _packages(
        self, record_id: str, news: ShipmentNews, warnings: list[str]
    ) -> Iterator[ChildUpsert]:
        if not self._workbook.setting("package_object"):
            return
        for package in news.packages:
            values = self._values.of(self._targets["package"], _PACKAGE_NEWS, package, warnings)
            yield ChildUpsert(
                object_name=self._workbook.setting("package_object"),
                external_id_field=self._workbook.setting("package_key_field"),
                external_id=package.key,
                parent_field=self._workbook.setting("package_order_field"),
                parent_id=record_id,
                values=values,
            )


def _is_column(name: str, path: str, field: OrgField) -> bool:
    """Whether a field is the one of this row, or one of its repeated columns."""
    pattern = re.escape(path).replace(re.escape("#"), r"\d+")
    return name == field.name or ("#" in path and re.fullmatch(pattern, name) is not None)


def _link(news: ShipmentNews) -> str:
    """The page of the newest parcel that has one."""
    links = [link for package in news.packages if (link := _package_link(package))]
    return links[-1] if links else ""


def _package_link(package: PackageNews) -> str:
    return package.tracking_url or tracking_link(package.carrier, package.tracking_number)


def _contents(package: PackageNews) -> str:
    return ", ".join(f"{number_text(count)} x {sku}" for sku, count in package.contents)


_NEWS: Getters[ShipmentNews] = {
    "tracking_numbers": lambda news: news.tracking_numbers,
    "carrier": lambda news: news.carrier,
    "service": lambda news: news.service,
    "ship_date": lambda news: news.shipped_at or news.ship_on,
    "tracking_link": _link,
    "fulfillment_status": lambda news: news.fulfillment_status,
    "status_message": lambda news: news.status_message,
    "warehouse_reference": lambda news: news.warehouse_reference,
    "sent_to_warehouse_at": lambda news: news.sent_to_warehouse_at,
}
_LINE_NEWS: Getters[LineNews] = {
    "line.shipped": lambda line: line.shipped,
    "line.short": lambda line: line.short,
    "line.canceled": lambda line: line.canceled,
    "line.tracking_numbers": lambda line: line.tracking_numbers,
}
_PACKAGE_NEWS: Getters[PackageNews] = {
    "package.tracking_number": lambda package: package.tracking_number,
    "package.number": lambda package: package.package_number,
    "package.tracking_link": _package_link,
    "package.carrier": lambda package: package.carrier,
    "package.service": lambda package: package.service,
    "package.ship_date": lambda package: package.ship_on,
    "package.contents": _contents,
}
