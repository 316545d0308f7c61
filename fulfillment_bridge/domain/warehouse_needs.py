"""What one warehouse asks of every order, beyond what no parcel can do without."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WarehouseNeeds:
    """What config.yaml says of the warehouse.

    ``demands`` names those of our fields that must not be blank, as people name them
    (``ship_to.phone``, ``Ship-to phone``, ``phone``); ``ship_methods`` are the warehouse's own
    codes, in its order, none where nobody lists them.
    """

    warehouse: str = ""
    demands: tuple[str, ...] = ()
    ship_methods: tuple[str, ...] = ()


NO_NEEDS = WarehouseNeeds()
