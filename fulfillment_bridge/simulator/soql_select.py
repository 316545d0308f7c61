"""SELECT of columns, parents and children: the SQL, and rows turned into records."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.model import QueryResult
from fulfillment_bridge.simulator.soql_errors import located, unexpected_token
from fulfillment_bridge.simulator.soql_functions import (
    AGGREGATES,
    PASSING,
    function_resolver,
    path_of,
    sort_keys,
)
from fulfillment_bridge.simulator.soql_scope import Column, Frame, Scope
from fulfillment_bridge.simulator.soql_shapes import (
    Address,
    Children,
    Leaf,
    OneOf,
    Record,
    Shape,
    converter,
)
from fulfillment_bridge.simulator.soql_syntax import Call, Item, Order, Path, Query, TypeOf
from fulfillment_bridge.simulator.soql_where import Where, column_resolver

_MOST_FIELDS_ROWS = 200
_MOST_OFFSET = 2000
_MOST_CHILDREN = 20
_MOST_PARENTS = 55
_MOST_NESTED = 5
_OWN_SCOPES = ("mine", "mine_and_my_groups")  # nobody is in a group here
_SCOPES = ("everything", *_OWN_SCOPES)


class Select:
    """One SELECT over one scope: collects SQL columns while it builds the shape."""

    def __init__(self, scope: Scope, query: Query, depth: int = 1) -> None:
        self._scope = scope
        self._query = query
        self._depth = depth
        self._text = scope.frame.text
        self._columns: list[str] = [f'{scope.alias}."Id"']
        self.shape = Shape(scope.sobject.name, id_index=0)
        self._children: list[Children] = []
        for item in self._items():
            if isinstance(item, Query):
                self._add_children(item)
            elif isinstance(item, TypeOf):
                self._add_typeof(item)
            else:
                self._add(item)
        self._check_limits()

    def run(self, parents: tuple[str, list[str]] | None = None) -> Iterator[tuple[str, Record]]:
        """The records with the id of the parent each hangs on (its own without parents)."""
        sql, parameters = self._sql(parents)
        rows = self._scope.frame.store.read(sql, parameters)
        for children in self._children:
            _fill(self._scope.frame, children, [row[0] for row in rows], self._depth + 1)
        owner = 0 if parents is None else len(self._columns)
        for row in rows:
            record = self.shape.of(row)
            if record is not None:
                yield row[owner], record

    # Columns

    def _items(self) -> Iterator[Item | TypeOf | Query]:
        for item in self._query.items:
            call = item.operand if isinstance(item, Item) else None
            if isinstance(call, Call) and call.name == "FIELDS":
                yield from self._fields(call)
            else:
                yield item

    def _fields(self, call: Call) -> Iterator[Item]:
        which = call.arguments[0] if call.arguments else call
        kind = which.text.upper() if isinstance(which, Path) else ""
        if kind not in ("ALL", "STANDARD", "CUSTOM"):
            raise unexpected_token(self._text, which.position)
        limit = self._query.limit
        if kind != "STANDARD" and (limit is None or limit > _MOST_FIELDS_ROWS):
            message = "The SOQL FIELDS function must have a LIMIT of at most 200"
            raise SalesforceError("MALFORMED_QUERY", message)
        for each in self._scope.sobject.fields.values():
            wanted = kind == "ALL" or each.custom == (kind == "CUSTOM")
            if wanted and self._scope.frame.viewer.sees(self._scope.sobject, each):
                yield Item(Path(each.name, call.position), None)

    def _add(self, item: Item) -> None:
        if isinstance(item.operand, Call):
            self._add_function(item, item.operand)
            return
        if item.alias:
            message = "only aggregate expressions use field aliasing"
            raise located("MALFORMED_QUERY", self._text, item.alias_position, message)
        self._place(self._scope.column(item.operand), item.operand)

    def _place(self, column: Column, path: Path, root: Shape | None = None, depth: int = 0) -> None:
        """Put the column where its relationships lead, the first ``depth`` of them done."""
        shape = self._parent_shape(column.relationships, root, depth)
        self._check_new(shape, column, path)
        shape.parts[column.field.name] = self._leaf(column)

    def _check_new(self, shape: Shape, column: Column, path: Path) -> None:
        if column.field.name in shape.parts:
            message = f"duplicate field selected: {path.text}"
            raise located("MALFORMED_QUERY", self._text, path.position, message)

    def _add_function(self, item: Item, call: Call) -> None:
        """A function that keeps its column's place, unless an alias gives it one of its own."""
        path = path_of(call)
        if call.name not in PASSING or path is None:
            name = path.text if path else call.name
            message = f"Field must be grouped or aggregated: {name}"
            raise located("MALFORMED_QUERY", self._text, call.position, message)
        sql, result, _ = function_resolver(self._scope)(call)
        convert = None if call.name == "FORMAT" else converter(result)
        if item.alias:
            self.shape.parts[item.alias] = Leaf(self._select(sql), convert)
            return
        column = self._scope.column(path)
        shape = self._parent_shape(column.relationships)
        self._check_new(shape, column, path)
        shape.parts[column.field.name] = Leaf(self._select(sql), convert)

    def _add_typeof(self, typeof: TypeOf) -> None:
        """A parent whose columns depend on the object it is of."""
        targets = self._scope.targets(typeof.relationship)
        named: set[str] = set()
        for name, _ in typeof.branches:
            if name.text.lower() in named:
                message = f"WHEN clause operand [{name.text}] is not unique"
                raise located("MALFORMED_QUERY", self._text, name.position, message)
            named.add(name.text.lower())
        branches = list(typeof.branches)
        if typeof.otherwise:
            others = (each for each in targets if each.lower() not in named)
            branches += [(Path(each, typeof.position), typeof.otherwise) for each in others]
        shapes = []
        for name, columns in branches:
            way = self._scope.typed(typeof.relationship, name)
            parent = self._scope.parent(way)
            shape = Shape(parent.name, self._select(self._scope.parent_id(way)))
            for path in columns:
                self._place(self._scope.column(path, way), path, shape, len(way))
            shapes.append(shape)
        self._parent_shape(way[:-2]).parts[way[-2]] = OneOf(tuple(shapes))

    def _leaf(self, column: Column) -> Leaf | Address:
        if column.field.kind != "address":
            return Leaf(self._select(column.sql), converter(column.field))
        table = column.sql.split(".")[0]
        parts = tuple(
            (name, self._select(f'{table}."{part}"')) for name, part in column.field.components
        )
        return Address(parts)

    def _parent_shape(
        self, relationships: tuple[str, ...], root: Shape | None = None, done: int = 0
    ) -> Shape:
        shape = root or self.shape
        for depth, name in enumerate(relationships[done:], start=done + 1):
            part = shape.parts.get(name)
            if not isinstance(part, Shape):
                sql = self._scope.parent_id(relationships[:depth])
                part = Shape(self._scope.parent(relationships[:depth]).name, self._select(sql))
                shape.parts[name] = part
            shape = part
        return shape

    def _select(self, sql: str) -> int:
        self._columns.append(sql)
        return len(self._columns) - 1

    def _check_limits(self) -> None:
        """As many parents and child queries as Salesforce bears."""
        for count, most, what in (
            (len(self._children), _MOST_CHILDREN, "child"),
            (len(self._scope.joins), _MOST_PARENTS, "parent"),
        ):
            if count > most:
                message = f"SOQL statements cannot reference more than {most} {what} relationships"
                raise located("MALFORMED_QUERY", self._text, self._query.position, message)

    def _check_children(self, query: Query) -> None:
        """A child query is plain: no groups, and not nested without end."""
        if query.group or query.having or _has_aggregates(query):
            message = "only root queries support aggregate expressions"
            raise located("MALFORMED_QUERY", self._text, query.position, message)
        if query.offset and self._query.limit != 1:
            message = "OFFSET in a child query needs LIMIT 1 in its parent query"
            raise located("MALFORMED_QUERY", self._text, query.place("OFFSET"), message)
        if self._depth >= _MOST_NESTED:
            message = f"SOQL statements cannot query aggregate relationships more than {_MOST_NESTED} levels away from the root entity object."  # noqa: E501 - one sentence of Salesforce's
            raise located("MALFORMED_QUERY", self._text, query.position, message)

    def _add_children(self, query: Query) -> None:
        self._check_children(query)
        frame, wanted = self._scope.frame, query.object_name
        name = ".".join(self._scope.without_own_name(wanted.names)).lower()
        for each in self._scope.sobject.children:
            child = frame.schema.get(each.object_name)
            if child is None or (each.name or "").lower() != name:
                continue
            link = child.field(each.field_name)
            if link and frame.viewer.reads(child) and frame.viewer.sees(child, link):
                if each.name in self.shape.parts:
                    message = f"duplicate relationship selected: {wanted.text}"
                    raise located("MALFORMED_QUERY", self._text, wanted.position, message)
                children = Children(query, child, each.field_name, parent_index=0)
                self.shape.parts[each.name or ""] = children
                self._children.append(children)
                return
        raise located("INVALID_TYPE", self._text, wanted.position, _unknown_children(wanted.text))

    # The statement

    def _sql(self, parents: tuple[str, list[str]] | None) -> tuple[str, list[Any]]:
        conditions, parameters = conditions_of(self._scope, self._query)
        order = order_by(self._scope, self._query)
        columns = list(self._columns)
        if parents is not None:
            foreign_key = f'{self._scope.alias}."{parents[0]}"'
            columns.append(foreign_key)
            conditions.append(f"{foreign_key} IN (SELECT value FROM json_each(?))")  # noqa: S608
            parameters.append(json.dumps(parents[1]))
            if self._query.limit is not None or self._query.offset:
                return self._ranked(columns, conditions, order, foreign_key), parameters
        statement = self._statement(columns, conditions)
        statement += f" ORDER BY {order}" if order else ""
        return statement + ("" if parents else limits(self._query, self._text)), parameters

    def _statement(self, columns: list[str], conditions: list[str]) -> str:
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"SELECT {', '.join(columns)} FROM {self._scope.table()}{where}"  # noqa: S608

    def _ranked(
        self, columns: list[str], conditions: list[str], order: str, foreign_key: str
    ) -> str:
        """LIMIT and OFFSET of a child subquery hold for each parent by itself."""
        order = order or f'{self._scope.alias}."Id"'
        within = f"PARTITION BY {foreign_key} ORDER BY {order}"
        rank = f'ROW_NUMBER() OVER ({within}) AS "#rank"'
        first = self._query.offset or 0
        named = [f'{column} AS "#{index}"' for index, column in enumerate(columns)]
        limit = self._query.limit
        last = "" if limit is None else f' AND "#rank" <= {first + limit}'
        inner = self._statement([*named, rank], conditions)
        return f'SELECT * FROM ({inner}) WHERE "#rank" > {first}{last} ORDER BY "#rank"'  # noqa: S608


def _has_aggregates(query: Query) -> bool:
    """Whether a column of the query counts or sums."""
    calls = (item.operand for item in query.items if isinstance(item, Item))
    return any(isinstance(call, Call) and call.name in AGGREGATES for call in calls)


def _fill(frame: Frame, children: Children, parent_ids: list[str], depth: int) -> None:
    """Ask the subquery once for all parents."""
    scope = Scope.of(frame, children.sobject, children.query)
    select = Select(scope, children.query, depth)
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for parent_id, record in select.run((children.foreign_key, parent_ids)):
        found[parent_id].append(record)
    for parent_id, records in found.items():
        children.results[parent_id] = QueryResult(children.sobject.name, len(records), records)


def conditions_of(scope: Scope, query: Query) -> tuple[list[str], list[Any]]:
    """The conditions of a query on its rows, deleted ones left out unless asked for."""
    conditions = scope.alive()
    parameters: list[Any] = []
    if query.scope and query.scope not in _SCOPES:
        raise unexpected_token(scope.frame.text, query.place("SCOPE"))
    if query.scope in _OWN_SCOPES and scope.sobject.field("OwnerId"):
        conditions.append(f'{scope.alias}."OwnerId" = ?')
        parameters.append(scope.frame.viewer.user.user_id)
    if query.where:
        sql, values = Where(scope, column_resolver(scope)).compile(query.where)
        conditions.append(f"({sql})")
        parameters += values
    return conditions, parameters


def order_by(scope: Scope, query: Query) -> str:
    """The ORDER BY of a query; blanks come first unless told otherwise."""
    resolve = column_resolver(scope)
    terms = []
    for each in query.order:
        sql, found, of_parent = resolve(each.operand)
        if not found.sortable:
            message = f"field '{found.name}' can not be sorted in a query call"
            raise located("INVALID_FIELD", scope.frame.text, each.operand.position, message)
        nullable = found.nillable or of_parent
        terms += [
            key + direction(each, nullable=nullable) for key in sort_keys(sql, found, each.operand)
        ]
    return ", ".join(terms)


def direction(order: Order, *, nullable: bool) -> str:
    """DESC and NULLS; left out where SQLite does the same, so that indexes serve."""
    words = " DESC" if order.descending else ""
    if nullable and (order.descending or order.nulls == "LAST"):
        words += f" NULLS {order.nulls}"
    return words


def limits(query: Query, text: str) -> str:
    """LIMIT and OFFSET as SQLite wants them."""
    if query.offset and query.offset > _MOST_OFFSET:
        message = f"Maximum SOQL offset allowed is {_MOST_OFFSET}"
        raise located("NUMBER_OUTSIDE_VALID_RANGE", text, query.place("OFFSET"), message)
    if query.limit is None and query.offset is None:
        return ""
    limit = -1 if query.limit is None else query.limit
    return f" LIMIT {limit} OFFSET {query.offset or 0}"


def _unknown_children(name: str) -> str:
    return (
        f"Didn't understand relationship '{name}' in FROM part of query call. If you are "
        "attempting to use a custom relationship, be sure to append the '__r' after the custom "
        "relationship name. Please reference your WSDL or the describe call for the appropriate "
        "names."
    )
