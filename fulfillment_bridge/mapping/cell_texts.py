"""What a single cell can say: a field, several, a constant, a child record's field, a condition."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fulfillment_bridge.mapping.cells import Cell
from fulfillment_bridge.mapping.contents import ChildPath, RuleRow, Source
from fulfillment_bridge.mapping.rules import operator_of
from fulfillment_bridge.mapping.sheets import Findings
from fulfillment_bridge.mapping.transforms import split_outside

_NAME = r"[A-Za-z][A-Za-z0-9_]*"
_PATH = re.compile(rf"{_NAME}(\.{_NAME}){{0,5}}")
_CONSTANT = re.compile(r"constant\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
_CHILD = re.compile(rf"({_NAME})(?:\.({_NAME}))?\s*\[(.*)\]\s*\.\s*({_NAME}(?:\.{_NAME}){{0,4}})")
_CONDITION = re.compile(
    rf"({_NAME}(?:\.{_NAME}){{0,5}})\s*"
    r"(\bnot\s+like\b|\blike\b|\bnot\s+in\b|\bin\b|\bis\s+not\s+in\b|\bis\s+in\b|\bis\s+not\b|\bis\b"
    r"|<=|>=|!=|<>|==|=|<|>|\u2260|\u2264|\u2265)\s*(.+)",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = re.compile(r'"[^"]*"')
_OR = re.compile(
    rf"\sor\s+{_NAME}(?:\.{_NAME}){{0,5}}\s*(?:[<>=!\u2260\u2264\u2265]|\b(?:is|in|like|not)\b)",
    re.IGNORECASE,
)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_EXPECTED = (
    "an API name, a path such as Account__r.Name, several joined with +, constant: TEXT, or a "
    "child record's field such as OpportunityContactRole[IsPrimary = true].Contact.Name"
)


def is_path(text: str) -> bool:
    """Whether this may be the name of a field, or a path through lookups."""
    return _PATH.fullmatch(text) is not None


def check_path(cell: Cell, findings: Findings, *, repeated: bool = False) -> None:
    """Note a fault where the cell names no field; with ``repeated`` a # may stand in it."""
    text = cell.name.replace("#", "1") if repeated else cell.name
    if not is_path(text):
        findings.fault(
            cell,
            "not the name of a field" if not cell.is_blank else "no field",
            expected="an API name such as Ship_Method__c, or a path such as Account__r.Name",
        )


def source_of(cell: Cell, findings: Findings, *, repeated: bool = False) -> Source:
    """Where a value comes from; with ``repeated`` a # stands for the number of a line."""
    constant = _CONSTANT.fullmatch(cell.text)
    if constant:
        return Source(cell, constant=constant.group(1).strip())
    if cell.is_blank:
        return Source(cell)
    before = len(findings.all)
    parts = [_part(text, cell, findings, repeated) for text in split_outside(cell.name, "+")]
    found = tuple(part for part in parts if part is not None)
    if len(found) < len(parts) and len(findings.all) == before:
        findings.fault(cell, "not the name of a field", expected=_EXPECTED)
    return Source(cell, found if len(found) == len(parts) else ())


def _part(text: str, cell: Cell, findings: Findings, repeated: bool) -> str | ChildPath | None:
    if is_path(text.replace("#", "1") if repeated else text):
        return text
    child = _CHILD.fullmatch(text)
    if child is None:
        return None
    if repeated:
        findings.fault(
            cell, "a child record's field can stand on the sheet Order fields only", expected=""
        )
        return None
    name, lookup, said, path = child.groups()
    conditions = conditions_in(said, cell, findings) if said.strip() else ()
    return ChildPath(name, lookup or "", conditions, path, cell)


def conditions_in(text: str, cell: Cell, findings: Findings) -> tuple[RuleRow, ...]:
    """``A = x and B > 3`` as comparisons that all must hold; a fault where it is none."""
    rows: list[RuleRow] = []
    for said in _between_and(text):
        match = _CONDITION.fullmatch(said.strip())
        operator = operator_of(" ".join(match.group(2).split())) if match else None
        if match is None or operator is None:
            findings.fault(
                cell,
                f"'{said.strip()}' is not a condition",
                expected="FIELD OPERATOR VALUE, such as Gift__c = true",
            )
            return ()
        if _OR.search(_QUOTED.sub("", match.group(3))):
            findings.fault(
                cell,
                "'or' cannot stand between conditions",
                expected="IN for one of several values (Type IN Web; Phone), or 'and'",
            )
            return ()
        field = Cell(cell.sheet, cell.ref, match.group(1))
        value = Cell(cell.sheet, cell.ref, match.group(3).strip())
        rows.append(RuleRow("ready", "1", field, operator, cell, value))
    return tuple(rows)


def _between_and(text: str) -> Sequence[str]:
    """Split at ``and`` outside quotes."""
    pieces: list[str] = []
    for piece in _AND.split(text):
        if pieces and pieces[-1].count('"') % 2:
            pieces[-1] += f" and {piece}"
        else:
            pieces.append(piece)
    return pieces
