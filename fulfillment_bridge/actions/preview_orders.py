"""Map the newest real orders without storing anything: what would the warehouse get?"""

from __future__ import annotations

from fulfillment_bridge.actions.check_workbook import check_workbook
from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.clock import Clock, SystemClock
from fulfillment_bridge.domain.counting import counted
from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS, WarehouseNeeds
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.findings import WorkbookFault, faults_of
from fulfillment_bridge.mapping.side_by_side import Preview, side_by_side

MOST = 200


def preview_orders(
    content: bytes,
    cart: Cart,
    *,
    count: int = 10,
    number: str = "",
    clock: Clock | None = None,
    needs: WarehouseNeeds = NO_NEEDS,
) -> list[Preview]:
    """The newest orders that the rules would take, or those of one number, the newest first.

    WorkbookFault where the workbook does not fit the org.
    """
    if not 1 <= count <= MOST:
        raise UserError(f"{count} orders cannot be previewed", remedy=f"Ask for 1 to {MOST}.")
    checked = check_workbook(content, cart=cart, clock=clock, needs=needs)
    faults = faults_of(checked.findings)
    if faults or checked.schema is None:
        raise WorkbookFault(f"the workbook has {counted(len(faults), 'fault')}", faults)
    now = (clock or SystemClock()).now()
    field_map = FieldMap(checked.workbook, checked.schema, now=now, needs=needs)
    query = field_map.order_query()
    if number:
        found = cart.find_orders(query, field_map.order_number_path, number)
    else:
        found = cart.find_newest_orders(query, count)
    currency = cart.identity().default_currency
    return [
        side_by_side(
            checked.workbook,
            raw,
            field_map.apply(raw, default_currency=currency),
            field_map.lines_seen(raw),
        )
        for raw in found
    ]
