"""Functions of columns: dates taken apart, labels, formats, currencies, and aggregates."""

from __future__ import annotations

from collections.abc import Callable

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.soql_dates import DATE_FUNCTIONS
from fulfillment_bridge.simulator.soql_errors import located, unexpected_token
from fulfillment_bridge.simulator.soql_scope import Scope
from fulfillment_bridge.simulator.soql_syntax import Call, Path

AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
# Functions whose result takes the place of the column in the answer.
PASSING = frozenset({"TOLABEL", "FORMAT", "CONVERTCURRENCY"})
_NUMBER = Field("expr", "expr", "double")
_INTEGER = Field("expr", "expr", "int")
_EXACT_DIGITS = 10
_DAY = Field("expr", "expr", "date")

_DAYS = ("date", "datetime")
# These take a moment apart, not a day.
_TAKEN_APART = {"HOUR_IN_DAY": ("datetime",), "DAY_ONLY": ("datetime",)}

Resolved = tuple[str, Field, bool]


def path_of(call: Call) -> Path | None:
    """The column that the innermost function is about."""
    argument = call.arguments[0] if call.arguments else None
    return path_of(argument) if isinstance(argument, Call) else argument


def function_resolver(scope: Scope) -> Callable[[Call], Resolved]:
    """Resolves a function of a column that is not an aggregate."""

    def resolve(call: Call) -> Resolved:
        argument = _only_argument(scope, call)
        if isinstance(argument, Call):
            resolved = resolve(argument)
        else:
            column = scope.column(argument)
            resolved = column.sql, column.field, column.of_parent
        return _applied(scope, call, resolved)

    return resolve


def _applied(scope: Scope, call: Call, resolved: Resolved) -> Resolved:
    """The function over what its argument came to."""
    sql, field, of_parent = resolved
    if call.name == "TOLABEL":
        return _label(sql, field), field, of_parent
    if call.name == "FORMAT":
        return format_sql(scope, call, resolved), field, of_parent
    if call.name == "CONVERTCURRENCY":
        return _converted(scope, call, resolved), field, of_parent
    if call.name == "CONVERTTIMEZONE" and field.kind == "datetime":
        zone = scope.frame.viewer.user.time_zone
        return f"in_zone({sql}, {_quoted(zone)})", field, of_parent
    if call.name not in DATE_FUNCTIONS or field.kind not in _TAKEN_APART.get(call.name, _DAYS):
        raise unexpected_token(scope.frame.text, call.position)
    result = _DAY if call.name == "DAY_ONLY" else _INTEGER
    fiscal = scope.frame.schema.fiscal_year
    expression = DATE_FUNCTIONS[call.name].format(sql, before=fiscal.months, later=fiscal.later)
    return f"({expression})", result, of_parent


def _label(sql: str, field: Field) -> str:
    """The label of a picklist's value where it differs from the value."""
    labels = [each for each in field.picklist if each.label != each.value]
    if not labels:
        return sql
    cases = " ".join(f"WHEN {_quoted(each.value)} THEN {_quoted(each.label)}" for each in labels)
    return f"(CASE {sql} {cases} ELSE {sql} END) COLLATE NOCASE"


def format_sql(scope: Scope, call: Call, resolved: Resolved) -> str:
    """FORMAT of what its argument came to, which may be an aggregate."""
    sql, field, _ = resolved
    currency = _currency(scope, call) if field.type == "currency" else "''"
    zone = _quoted(scope.frame.viewer.user.time_zone)
    return f"formatted({sql}, '{field.type}', {field.scale}, {currency}, {zone})"


def _currency(scope: Scope, call: Call) -> str:
    """The SQL of the code of the currency that the function's value is in."""
    argument, currencies = call.arguments[0], scope.frame.schema.currencies
    if not currencies.rates:
        return "''"
    if isinstance(argument, Path):
        return _code_of(scope, argument)
    converted = argument.name == "CONVERTCURRENCY"
    own = scope.frame.viewer.user.currency if converted else None
    return _quoted(own or currencies.corporate)


def _converted(scope: Scope, call: Call, resolved: Resolved) -> str:
    """The amount in the user's own currency."""
    sql, field, _ = resolved
    currencies, path = scope.frame.schema.currencies, path_of(call)
    if not currencies.rates or field.type != "currency" or path is None:
        raise unexpected_token(scope.frame.text, call.position)
    own = scope.frame.viewer.user.currency or currencies.corporate
    return f"({in_corporate(scope, sql, path)} * {currencies.rates[own]})"


def in_corporate(scope: Scope, sql: str, path: Path) -> str:
    """The amount in the org's corporate currency, or as it is where there is just one."""
    rates = scope.frame.schema.currencies.rates
    if not rates:
        return sql
    cases = " ".join(f"WHEN {_quoted(code)} THEN {rate}" for code, rate in rates.items())
    return f"({sql} / (CASE {_code_of(scope, path)} {cases} ELSE 1.0 END))"


def _code_of(scope: Scope, path: Path) -> str:
    """The SQL of the currency of the record that the path's field belongs to."""
    names = [*path.names[:-1], "CurrencyIsoCode"]
    return scope.column(Path(".".join(names), path.position)).sql


def aggregate(scope: Scope, call: Call) -> Resolved:
    """The SQL of COUNT, SUM and the like, and the type of what it yields."""
    if call.name == "COUNT" and not call.arguments:
        return "COUNT(*)", _INTEGER, False
    argument = _only_argument(scope, call)
    if isinstance(argument, Call):
        message = (
            "nested functional syntax can only be used in the following manner: "
            f"date_function(convertTimezone(columnName)): {call.name}"
        )
        raise located("MALFORMED_QUERY", scope.frame.text, argument.position, message)
    column = scope.column(argument)
    if not _takes(call.name, column.field):
        raise _unsupported(scope, call, column.field)
    if call.name == "COUNT_DISTINCT":
        return f"COUNT(DISTINCT {column.sql})", _INTEGER, False
    if call.name == "COUNT":
        return f"COUNT({column.sql})", _INTEGER, False
    sql = column.sql
    if column.field.type == "picklist":
        return _extreme(call.name, sql, column.field), column.field, False
    if column.field.type == "currency":
        sql = in_corporate(scope, sql, argument)
    summed = call.name in ("SUM", "AVG") and column.field.type != "currency"
    result = f"{call.name}({sql})"
    if call.name == "SUM" and column.field.kind == "number":
        # Salesforce adds decimals up exactly; a sum of binary fractions has to be tidied.
        result = f"ROUND({result}, {_EXACT_DIGITS})"
    return result, _NUMBER if summed else column.field, False


def _takes(name: str, field: Field) -> bool:
    """Whether the aggregate makes sense of such a field; yes or no, time and tags make none."""
    if field.kind in ("boolean", "time", "address") or field.type == "multipicklist":
        return False
    if not field.filterable:
        return False
    return name not in ("SUM", "AVG") or field.kind in ("number", "int")


def place_in_picklist(sql: str, field: Field) -> str:
    """The SQL of where a picklist's value stands in its list; unknown ones come last."""
    places = " ".join(
        f"WHEN {sql} = {_quoted(each.value)} THEN {place}"
        for place, each in enumerate(field.picklist)
    )
    return f"(CASE WHEN {sql} IS NULL THEN NULL {places} ELSE {len(field.picklist)} END)"


def sort_keys(sql: str, field: Field, operand: Path | Call) -> list[str]:
    """What to order by: of a picklist the place in its list, then the value."""
    if field.type != "picklist" or not field.picklist or isinstance(operand, Call):
        return [sql]
    return [place_in_picklist(sql, field), sql]


def _extreme(name: str, sql: str, field: Field) -> str:
    """MIN and MAX of a picklist go by the order of its values."""
    if not field.picklist:
        return f"{name}({sql})"
    values = " ".join(
        f"WHEN {place} THEN {_quoted(each.value)}" for place, each in enumerate(field.picklist)
    )
    return f"(CASE {name}({place_in_picklist(sql, field)}) {values} ELSE {name}({sql}) END)"


def _only_argument(scope: Scope, call: Call) -> Path | Call:
    if len(call.arguments) != 1:
        raise unexpected_token(scope.frame.text, call.position)
    return call.arguments[0]


def _unsupported(scope: Scope, call: Call, field: Field) -> SalesforceError:
    return located(
        "MALFORMED_QUERY",
        scope.frame.text,
        call.position,
        f"field {field.name} does not support aggregate operator {call.name}",
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
