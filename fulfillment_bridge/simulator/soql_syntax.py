"""The syntax of SOQL: text in, a tree of small frozen things out, each knowing its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.soql_errors import located, unexpected_token

_AFTER_IN = re.compile(r"\bin\s*\Z", re.I)
_BIND_VARIABLE = "Bind variables only allowed in Apex code"
_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'", re.S)


@dataclass(frozen=True)
class Path:
    """A column, maybe through relationships: ``Account.Owner.Name``."""

    text: str
    position: int

    @property
    def names(self) -> list[str]:
        """The parts between the dots."""
        return self.text.split(".")


@dataclass(frozen=True)
class Call:
    """A function of columns: ``COUNT(Id)``, ``CALENDAR_YEAR(CreatedDate)``, ``FIELDS(ALL)``."""

    name: str
    arguments: tuple[Path | Call, ...]
    position: int


Operand = Path | Call


@dataclass(frozen=True)
class Literal:
    """A value as written; kind is the name of its terminal, like STRING or DATE_LITERAL."""

    kind: str
    text: str
    position: int


@dataclass(frozen=True)
class Item:
    """A column or function of the select list, with its alias."""

    operand: Operand
    alias: str | None
    alias_position: int = 0


@dataclass(frozen=True)
class TypeOf:
    """``TYPEOF relationship WHEN Type THEN columns … [ELSE columns] END`` in a select list."""

    relationship: Path
    branches: tuple[tuple[Path, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...]
    position: int


@dataclass(frozen=True)
class Comparison:
    """``operand operator value``; the operator in upper case."""

    operand: Operand
    operator: str
    value: Literal
    position: int


@dataclass(frozen=True)
class Membership:
    """``operand [NOT] IN (…)``, ``INCLUDES (…)`` or ``EXCLUDES (…)``."""

    operand: Operand
    operator: str
    values: tuple[Literal, ...] | Query
    position: int


@dataclass(frozen=True)
class Logic:
    """AND or OR of several conditions, or NOT of one."""

    operator: str
    conditions: tuple[Condition, ...]


Condition = Comparison | Membership | Logic


@dataclass(frozen=True)
class Order:
    """One term of ORDER BY; ``nulls`` is FIRST or LAST as written or by default."""

    operand: Operand
    descending: bool
    nulls: str


@dataclass(frozen=True)
class Query:
    """A whole query, or one in parentheses."""

    items: tuple[Item | TypeOf | Query, ...]
    object_name: Path
    alias: str | None = None
    further: tuple[tuple[Path, str], ...] = ()  # FROM Contact c, c.Account a
    scope: str | None = None
    where: Condition | None = None
    group: tuple[Operand, ...] = ()
    subtotals: str | None = None  # ROLLUP or CUBE
    having: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int | None = None
    position: int = 0
    places: tuple[tuple[str, int], ...] = ()

    def place(self, clause: str) -> int:
        """Where a clause of this name stands, as errors point at it."""
        return dict(self.places).get(clause, self.position)


def parse(text: str) -> Query:
    """The query; MALFORMED_QUERY with the place of the first token that makes no sense."""
    if not text.strip():
        raise SalesforceError("MALFORMED_QUERY", "A query string has to be specified")
    if len(text) > 100_000:
        raise SalesforceError("QUERY_TOO_COMPLICATED", "SOQL statement is too long")
    return _parse(text)


@lru_cache(maxsize=512)
def _parse(text: str) -> Query:
    try:
        tree: Any = _parser().parse(text)
    except UnexpectedInput as error:
        raise _unexpected(text, error) from None
    query: Query = tree
    return query


def _unexpected(text: str, error: UnexpectedInput) -> SalesforceError:
    at_end = getattr(getattr(error, "token", None), "type", "") == "$END"
    position = len(text) if at_end else error.pos_in_stream or 0
    is_bare_list = _AFTER_IN.search(text, 0, position) and text[position : position + 1] not in "("
    if text[position : position + 1] == ":" or is_bare_list:
        return located("MALFORMED_QUERY", text, position, _BIND_VARIABLE)
    return unexpected_token(text, position)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = resources.files(__package__).joinpath("soql.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", transformer=_ToTree())


@dataclass(frozen=True)
class _Clause:
    """A clause of a query on its way into it: what it sets there, its name and place."""

    sets: dict[str, Any]
    name: str
    position: int

    @classmethod
    def at(cls, token: Token, **sets: Any) -> _Clause:
        """The clause that begins with this token."""
        return cls(sets, str(token).upper(), token.start_pos or 0)


class _Else(tuple[Path, ...]):
    """The columns of the ELSE of a TYPEOF."""


class _ToTree(Transformer[Token, Any]):
    """Turns parser rules into the classes above, bottom up."""

    def start(self, children: list[Any]) -> Query:
        query: Query = children[0]
        return query

    def query(self, children: list[Any]) -> Query:
        clauses = [each for each in children if isinstance(each, _Clause)]
        items = tuple(each for each in children if isinstance(each, Item | TypeOf | Query))
        sets: dict[str, Any] = {}
        for clause in clauses:
            sets |= clause.sets
        places = tuple((clause.name, clause.position) for clause in clauses)
        return Query(items=items, position=children[0].start_pos, places=places, **sets)

    def from_(self, children: list[Any]) -> _Clause:
        name, *rest = children
        alias = str(rest.pop(0)) if rest and isinstance(rest[0], Token) else None
        return _Clause.at(name, object_name=_path(name), alias=alias, further=tuple(rest))

    def further(self, children: list[Token]) -> tuple[Path, str]:
        return _path(children[0]), str(children[1])

    def field_item(self, children: list[Any]) -> Item:
        return self.function_item([_operand(children[0]), *children[1:]])

    def function_item(self, children: list[Any]) -> Item:
        if len(children) == 1:
            return Item(children[0], None)
        return Item(children[0], str(children[1]), children[1].start_pos or 0)

    def typeof_item(self, children: list[Any]) -> TypeOf:
        start, relationship, *branches, _ = children
        otherwise: tuple[Path, ...] = ()
        if isinstance(branches[-1], _Else):
            otherwise = tuple(branches.pop())
        return TypeOf(_path(relationship), tuple(branches), otherwise, start.start_pos)

    def typeof_when(self, children: list[Token]) -> tuple[Path, tuple[Path, ...]]:
        _, name, _, *columns = children
        return _path(name), tuple(map(_path, columns))

    def typeof_else(self, children: list[Token]) -> _Else:
        return _Else(map(_path, children[1:]))

    def subquery_item(self, children: list[Query]) -> Query:
        return children[0]

    def function(self, children: list[Any]) -> Call:
        name, *arguments = children
        return Call(name.upper(), tuple(map(_operand, arguments)), name.start_pos)

    def using(self, children: list[Token]) -> _Clause:
        word = children[0]
        return _Clause({"scope": word.lower()}, "SCOPE", word.start_pos or 0)

    def where(self, children: list[Any]) -> _Clause:
        return _Clause.at(children[0], where=children[-1])

    def having(self, children: list[Any]) -> _Clause:
        return _Clause.at(children[0], having=children[-1])

    def group(self, children: list[Any]) -> _Clause:
        subtotals = None
        if isinstance(children[2], Token) and children[2].type in ("ROLLUP", "CUBE"):
            subtotals = str(children.pop(2)).upper()
        operands = tuple(map(_operand, children[2:]))
        return _Clause.at(children[0], group=operands, subtotals=subtotals)

    def order(self, children: list[Any]) -> _Clause:
        return _Clause.at(children[0], order=tuple(children[2:]))

    def order_item(self, children: list[Any]) -> Order:
        words = {child.upper() for child in children[1:]}
        nulls = "LAST" if "LAST" in words else "FIRST"
        return Order(_operand(children[0]), "DESC" in words, nulls)

    def limit(self, children: list[Token]) -> _Clause:
        return _Clause.at(children[0], limit=int(children[1]))

    def offset(self, children: list[Token]) -> _Clause:
        return _Clause.at(children[0], offset=int(children[1]))

    def and_(self, children: list[Any]) -> Logic:
        return Logic("AND", tuple(children[::2]))

    def or_(self, children: list[Any]) -> Logic:
        return Logic("OR", tuple(children[::2]))

    def not_(self, children: list[Any]) -> Logic:
        return Logic("NOT", (children[1],))

    def group_(self, children: list[Any]) -> Any:
        return children[0]

    def comparison(self, children: list[Any]) -> Comparison:
        operand, operator, value = children
        symbol = {"<>": "!="}.get(operator, operator.upper())
        return Comparison(_operand(operand), symbol, _literal(value), operator.start_pos)

    def membership(self, children: list[Any]) -> Membership:
        operand, *operators, values = children
        if isinstance(values, Token):
            values = tuple(_strings(values))
        operator = " ".join(each.upper() for each in operators)
        return Membership(_operand(operand), operator, values, operators[0].start_pos)

    def values(self, children: list[Token]) -> tuple[Literal, ...]:
        return tuple(map(_literal, children))

    def subselect(self, children: list[Query]) -> Query:
        return children[0]


def _path(token: Token) -> Path:
    return Path(str(token), token.start_pos or 0)


def _operand(token: Token | Operand) -> Operand:
    return _path(token) if isinstance(token, Token) else token


def _literal(token: Token) -> Literal:
    return Literal(token.type, str(token), token.start_pos or 0)


def _strings(token: Token) -> list[Literal]:
    """The literals of a list of strings, which is one token so that long lists parse fast."""
    base = token.start_pos or 0
    return [
        Literal("STRING", match.group(), base + match.start()) for match in _LITERAL.finditer(token)
    ]


def walk(condition: Condition | None, visit: Callable[[Comparison | Membership], None]) -> None:
    """Visit every comparison and membership inside the condition."""
    if isinstance(condition, Logic):
        for each in condition.conditions:
            walk(each, visit)
    elif condition is not None:
        visit(condition)
