"""An org that refuses a query because of a name in it: which cell wrote it, and what is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from fulfillment_bridge.domain.org_schema import OrgSchema
from fulfillment_bridge.errors import BridgeError
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.known_drift import KnownDrift, look_again
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.findings import did_you_mean, nearest

NAMES_REFUSED = ("INVALID_FIELD", "INVALID_TYPE")
LOOKED_AT_LATELY = timedelta(minutes=15)


@contextmanager
def naming_cells(ctx: JobContext, field_map: FieldMap) -> Iterator[None]:
    """Take apart an error of the org that names a column or an object.

    The message gets the place in the query, the workbook cell that asked for it, whether the
    name is there at all, and the nearest names. The schema check is brought forward, so that
    an optional field is left out before long.
    """
    try:
        yield
    except BridgeError as error:
        if _name_in(error):
            error.message = ". ".join([error.message, *_sentences(ctx, field_map, error)])
            error.args = (error.message,)
            if error.code in NAMES_REFUSED:
                _have_schema_checked(ctx)
        raise


def cell_named_by(field_map: FieldMap, error: BridgeError) -> str | None:
    """The workbook cell that asked for what an error of the org names; None where it names none."""
    if not _name_in(error):
        return None
    return _cell_of(field_map, getattr(error, "entity", ""), getattr(error, "column", ""))


def _name_in(error: BridgeError) -> str:
    return str(getattr(error, "column", "") or getattr(error, "entity", ""))


def _sentences(ctx: JobContext, field_map: FieldMap, error: BridgeError) -> Iterator[str]:
    entity, column = getattr(error, "entity", ""), getattr(error, "column", "")
    row, position = getattr(error, "row", None), getattr(error, "position", None)
    if row is not None:
        yield f"It stands in row {row}, column {position} of the query"
    cell = _cell_of(field_map, entity, column)
    if cell:
        yield f"It was asked for by workbook cell {cell}"
    if error.code in NAMES_REFUSED:
        yield from _what_is_there(ctx, field_map, entity, column)


def _cell_of(field_map: FieldMap, entity: str, column: str) -> str | None:
    if column:
        return field_map.cell_for(f"{entity}.{column}") or field_map.cell_for(column)
    return field_map.cell_for_object(entity)


def _what_is_there(ctx: JobContext, field_map: FieldMap, entity: str, column: str) -> Iterator[str]:
    """By the org's describe, which shows just what our user may see."""
    query = field_map.order_query()
    names = [entity] if entity else [query.order_object, query.line_object or query.order_object]
    try:
        now = ctx.need_cart()[0].describe(names)
    except BridgeError:
        return  # the refusal itself is the news
    if entity and now.object(entity) is None:
        yield f"Our user sees no object {entity}: it is not there, or access to it is missing"
    elif column and _is_there(now, column):
        yield (
            f"The org's describe does show {column} to our user, so it exists: look at its "
            "field-level security, which may have changed just now, and whether it may be "
            "filtered by"
        )
    elif column:
        yield _not_there(field_map.schema, now, column)


def _not_there(before: OrgSchema, now: OrgSchema, column: str) -> str:
    hint = did_you_mean(nearest(column, _names(now)))
    if _is_there(before, column):
        said = (
            f"{column} was there when the workbook was loaded; since then it was deleted or "
            "renamed, or it is hidden from our user (read access, field-level security)"
        )
    else:
        said = f"{column} is not there, or hidden from our user (field-level security)"
    return f"{said}; {hint}" if hint else said


def _is_there(schema: OrgSchema, column: str) -> bool:
    return column.lower() in (name.lower() for name in _names(schema))


def _names(schema: OrgSchema) -> list[str]:
    """Fields and relationships of these objects; a query may be refused for either."""
    fields = [field for known in schema.objects.values() for field in known.fields.values()]
    relationships = [field.relationship_name for field in fields if field.relationship_name]
    return [*(field.name for field in fields), *relationships]


def _have_schema_checked(ctx: JobContext) -> None:
    _, profile = ctx.need_cart()
    with ctx.store.begin() as uow:
        drift = KnownDrift.of(uow, profile.name, uow.mappings.active(profile.name))
        if drift.checked_at and ctx.now() - drift.checked_at < LOOKED_AT_LATELY:
            return
        # What was cached may hide it: a change of permissions need not count as one of metadata.
        uow.object_schemas.forget(profile.connection)
    look_again(ctx)
