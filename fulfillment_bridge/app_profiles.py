"""What jobs and people's commands need to know of configured carts and warehouses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fulfillment_bridge.domain.ageing import AgeLimits
from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS, WarehouseNeeds
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.jobs.base import CartProfile
from fulfillment_bridge.later import Later
from fulfillment_bridge.settings import Settings
from fulfillment_bridge.warehouses.base import WarehouseProfile

if TYPE_CHECKING:
    from fulfillment_bridge.jobs import releasing
    from fulfillment_bridge.mapping import demanded, findings
else:
    demanded = Later("mapping.demanded")
    findings = Later("mapping.findings")
    releasing = Later("jobs.releasing")


def cart_profile(settings: Settings, name: str) -> CartProfile:
    """What jobs need to know of a cart, but for what its warehouse asks."""
    cart = settings.carts[name]
    return CartProfile(
        name=name,
        merchant=cart.merchant,
        connection=cart.connection,
        warehouses=tuple(warehouse_profile(settings, each) for each in cart.warehouses),
        settle_seconds=cart.settle_seconds,
        overlap_seconds=cart.overlap_seconds,
        safety_stock=cart.safety_stock,
        age_limits=AgeLimits(**cart.alarms.model_dump()),
    )


def warehouse_profile(settings: Settings, name: str) -> WarehouseProfile:
    """What jobs need to know of a warehouse."""
    warehouse = settings.warehouses[name]
    return WarehouseProfile(
        name=name,
        merchants=dict(warehouse.merchants),
        accepts_test_orders=warehouse.accepts_test_orders,
        short_means=warehouse.short_means,
        stock_floor=warehouse.stock_floor,
    )


def needs_of(settings: Settings, cart: str) -> WarehouseNeeds:
    """What the warehouse asks that the cart's orders go to."""
    profile = cart_profile(settings, cart)
    if not profile.warehouses:
        return NO_NEEDS
    return needs_of_warehouse(settings, releasing.choose_warehouse(profile).name)


def needs_of_warehouse(settings: Settings, name: str) -> WarehouseNeeds:
    """What config.yaml says that a warehouse asks."""
    configured = settings.warehouses[name]
    return WarehouseNeeds(
        name,
        demands=tuple(dict.fromkeys(configured.demands)),
        ship_methods=tuple(dict.fromkeys(configured.ship_methods)),
    )


def refuse_unknown_demands(settings: Settings) -> None:
    """UserError naming every demand of config.yaml that is none of our fields."""
    problems = [
        f"warehouses.{warehouse}.demands: '{name}' is none of our fields"
        + (f"; {findings.did_you_mean(near)}" if near else "")
        for warehouse, configured in settings.warehouses.items()
        if configured.demands
        for name, near in demanded.unknown_demands(configured.demands)
    ]
    if problems:
        raise UserError(
            f"{settings.path} cannot be used",
            problems=problems,
            remedy="The sheets Order fields and Line fields of a workbook list our fields: "
            "fulfillment-bridge mapping template.",
        )
