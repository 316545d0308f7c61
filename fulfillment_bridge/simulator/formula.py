"""Salesforce formulas, turned into SQL expressions.

Formula fields and validation rules are written as in Salesforce: operators ``&& || ! = <> <
<= > >= & + - * /``, paths through parents, and the functions below. The caller says what a
path means; text that is empty counts as blank.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import resources

from lark import Lark, LarkError, Token, Tree
from lark.visitors import Interpreter

from fulfillment_bridge.simulator.fields import Field

Resolve = Callable[[list[str]], tuple[str, Field]]

_CONSTANTS = {"true": "1", "false": "0", "null": "NULL"}
# Functions that are one SQL expression over their arguments: name: (arguments, template).
_SIMPLE = {
    "ISBLANK": (1, "(COALESCE({0}, '') = '')"),
    "ISNULL": (1, "({0} IS NULL)"),
    "ISPICKVAL": (2, "(COALESCE({0}, '') = {1})"),
    "NOT": (1, "(NOT COALESCE({0}, 0))"),
    "IF": (3, "(CASE WHEN {0} THEN {1} ELSE {2} END)"),
    "BLANKVALUE": (2, "COALESCE(NULLIF({0}, ''), {1})"),
    "NULLVALUE": (2, "COALESCE({0}, {1})"),
    "TEXT": (1, "COALESCE(CAST({0} AS TEXT), '')"),
    "VALUE": (1, "CAST({0} AS REAL)"),
    "LEN": (1, "LENGTH(COALESCE({0}, ''))"),
    "LEFT": (2, "SUBSTR({0}, 1, {1})"),
    "RIGHT": (2, "SUBSTR({0}, -({1}))"),
    "MID": (3, "SUBSTR({0}, {1}, {2})"),
    "UPPER": (1, "UPPER({0})"),
    "LOWER": (1, "LOWER({0})"),
    "TRIM": (1, "TRIM({0})"),
    "SUBSTITUTE": (3, "REPLACE({0}, {1}, {2})"),
    "CONTAINS": (2, "(INSTR(COALESCE({0}, ''), {1}) > 0)"),
    "BEGINS": (2, "(INSTR(COALESCE({0}, ''), {1}) = 1)"),
    "ABS": (1, "ABS({0})"),
    "ROUND": (2, "ROUND({0}, {1})"),
}
_JOINED = {"AND": " AND ", "OR": " OR "}


def compile_formula(
    text: str, resolve: Resolve, extras: dict[str, Callable[[list[str]], str]] | None = None
) -> str:
    """The SQL of the formula; ``extras`` are functions over paths, like ISCHANGED.

    ValueError when the formula makes no sense: that is a fault of the org's description.
    """
    try:
        sql: str = _ToSql(resolve, extras or {}).visit(_parse(text))
    except LarkError as error:
        raise ValueError(f"formula {text!r}: {error}") from error
    return sql


@lru_cache(maxsize=512)
def _parse(text: str) -> Tree[Token]:
    return _parser().parse(text)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = resources.files(__package__).joinpath("formula.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr")


class _ToSql(Interpreter[Token, str]):
    def __init__(self, resolve: Resolve, extras: dict[str, Callable[[list[str]], str]]) -> None:
        self._resolve = resolve
        self._extras = extras

    def _all(self, tree: Tree[Token]) -> list[str]:
        return [self.visit(each) for each in tree.children if isinstance(each, Tree)]

    def either(self, tree: Tree[Token]) -> str:
        return f"({' OR '.join(self._all(tree))})"

    def both(self, tree: Tree[Token]) -> str:
        return f"({' AND '.join(self._all(tree))})"

    def negated(self, tree: Tree[Token]) -> str:
        return f"(NOT COALESCE({self._all(tree)[0]}, 0))"

    def minus(self, tree: Tree[Token]) -> str:
        return f"(-{self._all(tree)[0]})"

    def joined(self, tree: Tree[Token]) -> str:
        parts = [f"COALESCE({each}, '')" for each in self._all(tree)]
        return f"({' || '.join(parts)})"

    def compared(self, tree: Tree[Token]) -> str:
        left, right = self._all(tree)
        operator = {"==": "IS", "=": "IS", "<>": "IS NOT", "!=": "IS NOT"}.get(
            str(tree.children[1]), str(tree.children[1])
        )
        return f"({left} {operator} {right})"

    def arithmetic(self, tree: Tree[Token]) -> str:
        left, right = self._all(tree)
        operator = str(tree.children[1])
        return f"({left} * 1.0 / {right})" if operator == "/" else f"({left} {operator} {right})"

    def number(self, tree: Tree[Token]) -> str:
        return str(tree.children[0])

    def text(self, tree: Tree[Token]) -> str:
        raw = str(tree.children[0])[1:-1].replace('\\"', '"').replace("\\'", "'")
        return "'" + raw.replace("'", "''") + "'"

    def path(self, tree: Tree[Token]) -> str:
        name = str(tree.children[0])
        constant = _CONSTANTS.get(name.lower())
        return constant or self._resolve(name.split("."))[0]

    def call(self, tree: Tree[Token]) -> str:
        name = str(tree.children[0]).upper()
        arguments = [each for each in tree.children[1:] if isinstance(each, Tree)]
        if name in self._extras:
            return self._extras[name](_paths(arguments))
        values = [self.visit(each) for each in arguments]
        if name in _JOINED:
            return f"({_JOINED[name].join(values)})"
        if name == "CASE":
            return _case(values)
        if name not in _SIMPLE or _SIMPLE[name][0] != len(values):
            raise ValueError(f"formula function {name} with {len(values)} arguments")
        return _SIMPLE[name][1].format(*values)


def _paths(arguments: list[Tree[Token]]) -> list[str]:
    return [str(each.children[0]) for each in arguments if each.data == "path"]


def _case(values: list[str]) -> str:
    """CASE(what, value, result, value, result, …, otherwise)."""
    what, *pairs, otherwise = values
    branches = zip(pairs[::2], pairs[1::2], strict=True)
    cases = " ".join(f"WHEN {value} THEN {result}" for value, result in branches)
    return f"(CASE {what} {cases} ELSE {otherwise} END)"
