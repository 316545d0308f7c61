"""What an adapter's own ``Options`` make of the block ``options`` in config.yaml.

Secrets in it are read when the adapter is made, not when the file is: the store that may keep
them is not open before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import SecretStr, TypeAdapter, ValidationError

from fulfillment_bridge.errors import Misconfigured
from fulfillment_bridge.secrets import Secret, SecretSource
from fulfillment_bridge.settings.faults import Fault, Place, told
from fulfillment_bridge.settings.model import secret_name, secrets_in

_NOT_READ_YET = SecretStr("not read yet")
_FORM = frozenset(
    {
        "assertion_error", "string_pattern_mismatch", "string_too_long", "string_too_short",
        "too_long", "too_short", "value_error",
    }
)  # fmt: skip


def checked_options(
    adapter: Any, options: Mapping[str, Any], place: Place, faults: list[Fault]
) -> Any:
    """The options, with something else in place of each secret; None where ``faults`` grew."""
    unread = {(*place, *path) for path, _ in secrets_in(options)}
    values = _replaced(options, lambda _: _NOT_READ_YET)
    try:
        return TypeAdapter(adapter.Options).validate_python(values)
    except ValidationError as error:
        known = _option_names(adapter.Options)
        not_yet = unread & _about_the_text(error, place)
        faults += [each for each in told(error, place, lambda _: known) if each[0] not in not_yet]
        return None


def options_with_secrets(
    adapter: Any, options: Mapping[str, Any], source: SecretSource, place: Place
) -> Any:
    """The options with every secret read now; Misconfigured where one is missing or wrong."""
    values = _replaced(options, lambda name: SecretStr(Secret(name, source).reveal()))
    try:
        return TypeAdapter(adapter.Options).validate_python(values)
    except ValidationError as error:
        problems = [_line(where, what) for where, what in told(error, place, lambda _: ())]
    raise Misconfigured(
        f"{'.'.join(map(str, place))} cannot be used with the secrets that were found",
        remedy="fulfillment-bridge secrets list shows where each of them comes from.",
        code="CONFIG",
        problems=problems,
    )


def _about_the_text(error: ValidationError, place: Place) -> set[Place]:
    """Where it is the form of a text that is wrong: a secret that was not read has none yet."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return {(*place, *each["loc"]) for each in found if each["type"] in _FORM}


def _replaced(value: Any, text: Callable[[str], SecretStr]) -> Any:
    name = secret_name(value)
    if name is not None:
        return text(name)
    if isinstance(value, Mapping):
        return {key: _replaced(inner, text) for key, inner in value.items()}
    return value


def _line(place: Place, what: str) -> str:
    return f"{'.'.join(map(str, place))}: {what}"


def _option_names(options: Any) -> Iterable[str]:
    return list(getattr(options, "model_fields", getattr(options, "__dataclass_fields__", ())))
