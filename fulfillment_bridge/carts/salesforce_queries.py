"""What a workbook wants to know of its org, as SOQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from fulfillment_bridge.domain.changed import ChangedQuery
from fulfillment_bridge.domain.cursor import Cursor, Window
from fulfillment_bridge.domain.org_schema import (
    ChildQuery,
    Condition,
    InventoryQuery,
    OrderQuery,
    Rule,
    Stretch,
)
from fulfillment_bridge.salesforce import soql
from fulfillment_bridge.salesforce.rest import Query
from fulfillment_bridge.salesforce.soql import EVERYTHING, Term, all_of, any_of, compare

MOST_IDS = 4_000
"""Ids that fit into one query with room for the rest: 21 characters each, of 100,000."""

MOST_NAMESAKES = 50
"""Orders of one number that a person may want to look at."""

MOST_FOUND = 2_000
"""Records that are read to know which values there are."""

STAMP = "SystemModstamp"
CREATED = "CreatedDate"
DELETED = "IsDeleted"
ORDERS, LINES = "orders", "lines"
IN_TURN = (STAMP, "Id")


@dataclass(frozen=True)
class OrderQueries:
    """The queries of one OrderQuery. ``page_size`` is the hint for pages of orders."""

    query: OrderQuery
    page_size: int

    @property
    def has_cancel_rule(self) -> bool:
        return bool(self.query.cancel)

    def changed_among(self, record_ids: Collection[str], since: datetime | None) -> Query:
        """Those of the named orders that changed, ready or not."""
        where = all_of(_ids(record_ids), self._changed(since))
        return Query(soql.select(["Id", STAMP], self.query.order_object, where))

    def canceled_since(self, since: datetime) -> Query:
        """Changed orders that are deleted or match the cancel rule."""
        return self._canceled(all_of(self._changed(since), self._deleted_or_canceled()))

    def canceled_among(self, record_ids: Collection[str]) -> Query:
        """Those of the named orders that are deleted or match the cancel rule."""
        return self._canceled(all_of(_ids(record_ids), self._deleted_or_canceled()))

    def ready_but_canceled(self) -> Query:
        """Orders that match the ready and the cancel rule alike: the cancel rule wins."""
        return self._canceled(all_of(self._ready(), _rule(self.query.cancel)))

    def orders(self, window: Window) -> Query:
        """Ready orders of the window, in turn."""
        where = all_of(
            self._wanted(window.since),
            self._changed(window.since),
            self._after(window.resume_after),
        )
        return self._orders(where, order_by=IN_TURN)

    def ready_sample(self, limit: int) -> Query:
        """The query of the download, without a window, for the first orders in turn."""
        return self._orders(self._ready(), order_by=IN_TURN, limit=limit)

    def lines_sample(self, limit: int) -> Query:
        """Lines of ready orders, as the download reads them."""
        over = self.query.line_parent_relationship
        return self._lines(self._ready(over), limit=limit)

    def children_sample(self, child: ChildQuery, limit: int) -> Query:
        """Other child records of ready orders, as the download reads them."""
        ready = self._ready(child.parent_relationship)
        return self._children(child, all_of(ready, _rule(child.rule)), limit=limit)

    def canceled_sample(self, limit: int) -> Query:
        """Orders that match the cancel rule, the recycle bin included."""
        where = _rule(self.query.cancel)
        text = soql.select(["Id", STAMP, "IsDeleted"], self.query.order_object, where, limit=limit)
        return Query(text, include_deleted=True)

    def orders_by_id(self, record_ids: Collection[str], *, only_ready: bool) -> Query:
        """The named orders, in turn."""
        where = all_of(_ids(record_ids), self._still_ready() if only_ready else EVERYTHING)
        return self._orders(where, order_by=IN_TURN)

    def orders_called(self, path: str, value: str) -> dict[str, Query]:
        """Orders by what people call them, their lines and other child records, by name."""

        def called(over: str = "") -> Term:
            return compare(_via(over, path), "=", value)

        asked = {ORDERS: self._orders(called(), order_by=IN_TURN, limit=MOST_NAMESAKES)}
        if self.query.has_line_records:
            asked[LINES] = self._lines(called(self.query.line_parent_relationship))
        for child in self.query.children:
            where = all_of(called(child.parent_relationship), _rule(child.rule))
            asked[child.name] = self._children(child, where)
        return asked

    def called_among(self, path: str, values: Sequence[str]) -> Query:
        """Orders by what people call them, those in the recycle bin included."""
        columns = ["Id", STAMP, CREATED, DELETED, *self.query.order_paths]
        where = compare(path, "IN", tuple(values))
        text = soql.select(columns, self.query.order_object, where, order_by=IN_TURN)
        return Query(text, include_deleted=True, page_size=self.page_size)

    def belonging_to(self, record_ids: Collection[str]) -> dict[str, Query]:
        """Lines and other child records of the named orders, by name."""
        asked = {LINES: self.lines_of(record_ids)} if self.query.has_line_records else {}
        return asked | {c.name: self.children_of(c, record_ids) for c in self.query.children}

    def ready_ids(self, record_ids: Collection[str] | None = None) -> Query:
        """Ids of the orders that are ready now, of all or of the named ones."""
        ready = self._ready() if record_ids is None else self._still_ready()
        where = all_of(ready, EVERYTHING if record_ids is None else _ids(record_ids))
        return Query(soql.select(["Id"], self.query.order_object, where, order_by=["Id"]))

    def newest(self, count: int) -> Query:
        """Ids of the orders that are ready and changed last."""
        columns = ["Id", STAMP]
        return Query(
            soql.select(
                columns,
                self.query.order_object,
                self._ready(),
                order_by=IN_TURN,
                newest_first=True,
                limit=count,
            )
        )

    def ready_per_day(self, since: datetime, until: datetime) -> Query:
        """How many orders are ready, per day of their stamp."""
        return self._per_day(all_of(self._still_ready(), _stretch(Stretch(since, until))))

    def ready_but_canceled_per_day(self, since: datetime, until: datetime) -> Query:
        """How many of those match the cancel rule too."""
        canceled = _rule(self.query.cancel)
        return self._per_day(all_of(self._still_ready(), canceled, _stretch(Stretch(since, until))))

    def changed_since(self, since: datetime) -> Query:
        """Ids of all orders that changed, whatever they are."""
        where = compare(STAMP, ">=", since)
        return Query(soql.select(["Id"], self.query.order_object, where))

    def ready_stamps(self, stretch: Stretch) -> Query:
        """Ids and stamps of the ready orders of a stretch."""
        where = all_of(self._ready(), _stretch(stretch))
        return Query(soql.select(["Id", STAMP], self.query.order_object, where))

    def _per_day(self, where: Term) -> Query:
        return Query(soql.count_per_day(self.query.order_object, STAMP, where))

    def lines(self, since: datetime | None) -> Query:
        """All lines of the orders that ``orders`` finds in a window without resumption."""
        over = self.query.line_parent_relationship
        return self._lines(all_of(self._wanted(since, over), self._changed(since, over)))

    def lines_and_changes(self, since: datetime) -> Query:
        """The same lines, and those that changed or were deleted in orders that did not change.

        One query for what ``lines`` and ``orders_of_changed_lines`` ask for in two.
        """
        over = self.query.line_parent_relationship
        changed = any_of(self._changed(since, over), compare(STAMP, ">=", since))
        return self._lines(all_of(self._still_ready(over), changed), include_deleted=True)

    def children(self, child: ChildQuery, window: Window) -> Query:
        """Child records of the orders that ``orders`` finds, and those that changed themselves.

        What changed counts whether it is wanted by now or not: one that was wanted before brings
        its order in. Beside records of orders that changed it must not stand, though.
        """
        over, since = child.parent_relationship, window.since
        where = _rule(child.rule)
        if window.resume_after:
            where = _since(window.resume_after.modstamp)
        elif since:
            alone = all_of(_since(since), self._unchanged(since, over))
            where = any_of(all_of(self._changed(since, over), where), alone)
        where = all_of(self._wanted(since, over), where)
        return self._children(child, where, include_deleted=True)

    def children_of(self, child: ChildQuery, record_ids: Collection[str]) -> Query:
        """Child records of the named orders."""
        named = compare(child.parent_field, "IN", tuple(record_ids))
        return self._children(child, all_of(named, _rule(child.rule)))

    def lines_of(self, record_ids: Collection[str]) -> Query:
        """All lines of the named orders."""
        return self._lines(compare(self.query.line_parent_field, "IN", tuple(record_ids)))

    def orders_of_changed_lines(self, window: Window) -> Query | None:
        """Which ready orders have a changed or deleted line although they did not change.

        None where everything is read anyway. A resumed window leaves out the orders before its
        position; a line of theirs that changed since then still counts.
        """
        if not self.query.has_line_records:
            return None
        over = self.query.line_parent_relationship
        changed: list[Term] = []
        if window.since:
            order_did_not = compare(f"{over}.{STAMP}", "<", window.since)
            changed.append(all_of(compare(STAMP, ">=", window.since), order_did_not))
        if window.resume_after:
            changed.append(compare(STAMP, ">=", window.resume_after.modstamp))
        if not changed:
            return None
        parent = self.query.line_parent_field
        where = all_of(any_of(*changed), self._wanted(window.since, over))
        text = soql.select([parent], self.query.line_object, where, order_by=[parent])
        return Query(text, include_deleted=True)

    def _orders(self, where: Term, *, order_by: Sequence[str], limit: int | None = None) -> Query:
        columns = ["Id", STAMP, CREATED, *self.query.order_paths]
        text = soql.select(columns, self.query.order_object, where, order_by=order_by, limit=limit)
        return Query(text, page_size=self.page_size)

    def _lines(
        self, where: Term, *, include_deleted: bool = False, limit: int | None = None
    ) -> Query:
        parent = self.query.line_parent_field
        columns = ["Id", STAMP, parent, *self.query.line_paths]
        columns += [DELETED] if include_deleted else []
        in_turn = [parent, "Id"]
        text = soql.select(columns, self.query.line_object, where, order_by=in_turn, limit=limit)
        return Query(text, include_deleted=include_deleted)

    def _children(
        self,
        child: ChildQuery,
        where: Term,
        *,
        include_deleted: bool = False,
        limit: int | None = None,
    ) -> Query:
        columns = ["Id", STAMP, child.parent_field, *child.paths]
        columns += [DELETED] if include_deleted else []
        order = [child.parent_field, *child.order]
        text = soql.select(columns, child.object_name, where, order_by=order, limit=limit)
        return Query(text, include_deleted=include_deleted)

    def _canceled(self, where: Term) -> Query:
        text = soql.select(["Id", STAMP, DELETED], self.query.order_object, where)
        return Query(text, include_deleted=True)

    def _deleted_or_canceled(self) -> Term:
        deleted = compare(DELETED, "=", True)
        return any_of(deleted, _rule(self.query.cancel)) if self.query.cancel else deleted

    def _ready(self, over: str = "") -> Term:
        return all_of(_rule(self.query.ready, over), self._young_enough(over))

    def _still_ready(self, over: str = "") -> Term:
        """Ready, or ready but for what we have written."""
        rule = self.query.still_ready or self.query.ready
        return all_of(_rule(rule, over), self._young_enough(over))

    def _wanted(self, since: datetime | None, over: str = "") -> Term:
        """From the beginning only what is ready: we have written on nothing that is unknown."""
        return self._still_ready(over) if since else self._ready(over)

    def _young_enough(self, over: str) -> Term:
        earliest = self.query.earliest
        return _term(earliest, over) if earliest else EVERYTHING

    def _changed(self, since: datetime | None, over: str = "") -> Term:
        if since is None:
            return EVERYTHING
        return any_of(*(compare(stamp, ">=", since) for stamp in self._stamps(over)))

    def _unchanged(self, since: datetime, over: str) -> Term:
        """Neither the order nor a parent of it; a parent that is not there has not changed."""
        own, *parents = self._stamps(over)
        return all_of(
            compare(own, "<", since),
            *(any_of(compare(each, "<", since), compare(each, "=", None)) for each in parents),
        )

    def _stamps(self, over: str = "") -> list[str]:
        parents = (f"{parent}.{STAMP}" for parent in self.query.parent_stamps)
        return [_via(over, path) for path in (STAMP, *parents)]

    def _after(self, position: Cursor | None) -> Term:
        """Behind a stored position; a parent that changed since then brings its orders back."""
        if position is None:
            return EVERYTHING
        stamp, *parents = self._stamps()
        same = all_of(
            compare(stamp, "=", position.modstamp), compare("Id", ">", position.record_id)
        )
        late = (compare(parent, ">=", position.modstamp) for parent in parents)
        return any_of(compare(stamp, ">", position.modstamp), same, *late)


def inventory(query: InventoryQuery) -> Query:
    """Existing inventory records, sorted by Id."""
    columns = ["Id", query.key_path, *query.paths]
    if query.warehouse_path:
        columns.append(query.warehouse_path)
    where = _rule(query.rule)
    return Query(soql.select(columns, query.inventory_object, where, order_by=["Id"]))


def records(object_name: str, record_ids: Collection[str], paths: Sequence[str]) -> Query:
    """Single records by id."""
    return Query(soql.select(["Id", *paths], object_name, _ids(record_ids)))


def children_by_key(
    object_name: str, key_field: str, keys: Collection[str], paths: Sequence[str]
) -> Query:
    """Child records by their external id."""
    fields = dict.fromkeys(["Id", key_field, *paths])
    return Query(soql.select(list(fields), object_name, compare(key_field, "IN", tuple(keys))))


def changed_records(asked: ChangedQuery, since: datetime, until: datetime | None) -> Query:
    """Records that changed in that time, in turn, the recycle bin included."""
    where = compare(STAMP, ">=", since)
    if until is not None:
        where = all_of(where, compare(STAMP, "<", until))
    own = [asked.parent_field, asked.key_field, *asked.paths]
    columns = dict.fromkeys(["Id", STAMP, DELETED, *filter(None, own)])
    text = soql.select(list(columns), asked.object_name, where, order_by=IN_TURN)
    return Query(text, include_deleted=True)


def newest_records(object_name: str, paths: Sequence[str], count: int) -> Query:
    """The records of an object that changed last."""
    text = soql.select(
        ["Id", *paths], object_name, order_by=IN_TURN, newest_first=True, limit=count
    )
    return Query(text)


def values(
    object_name: str, field: str, values: Collection[str], beginnings: Collection[str]
) -> Query:
    """A field of the records that hold one of these values, or one that begins so."""
    terms = [compare(field, "IN", tuple(values))] if values else []
    terms += [compare(field, "LIKE", f"{_literally(each)}%") for each in beginnings]
    text = soql.select([field], object_name, any_of(*terms), order_by=[field], limit=MOST_FOUND)
    return Query(text)


def _literally(text: str) -> str:
    """What LIKE takes for nothing but itself."""
    return text.replace("%", r"\%").replace("_", r"\_")


def _since(moment: datetime | None) -> Term:
    return EVERYTHING if moment is None else compare(STAMP, ">=", moment)


def _stretch(stretch: Stretch) -> Term:
    changed = _between(STAMP, stretch.since, stretch.until)
    if stretch.made:
        changed = any_of(changed, _between(CREATED, stretch.since, stretch.until))
    return all_of(changed, _between("Id", stretch.id_from, stretch.id_until))


def _between(column: str, first: datetime | str | None, end: datetime | str | None) -> Term:
    return all_of(
        EVERYTHING if first is None else compare(column, ">=", first),
        EVERYTHING if end is None else compare(column, "<", end),
    )


def _ids(record_ids: Collection[str]) -> Term:
    return compare("Id", "IN", tuple(record_ids))


def _rule(rule: Rule, over: str = "") -> Term:
    return any_of(*(all_of(*(_term(each, over) for each in group)) for group in rule))


def _term(condition: Condition, over: str = "") -> Term:
    return compare(_via(over, condition.path), condition.operator, condition.value)


def _via(over: str, path: str) -> str:
    return f"{over}.{path}" if over else path
