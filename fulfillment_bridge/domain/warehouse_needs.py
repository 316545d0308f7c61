"""What one warehouse asks of every order, beyond what no parcel can do without."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WarehouseNeeds:
    """``demands`` names those of our fields that must not be blank, as people or adapters name
    them (``ship_to.phone``, ``Ship-to phone``, ``phone``); ``ship_methods`` are the warehouse's
    own codes, in its order, none where it does not say.
    """

    warehouse: str = ""
    demands: tuple[str, ...] = ()
    ship_methods: tuple[str, ...] = ()


NO_NEEDS = WarehouseNeeds()
