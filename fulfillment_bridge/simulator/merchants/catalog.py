"""What the three merchants of the demo sell, and what of it lies in the warehouse.

MUG-1 is two different things: a merchant's codes are the merchant's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Good:
    """One thing a merchant sells.

    ``in_org`` False: the merchant never made an inventory record for it.
    ``on_hold`` pieces are on hand in a lot of their own, and not available.
    ``sold`` False: in the catalog, in no order.
    """

    sku: str
    name: str
    price: Decimal
    on_hand: int
    on_hold: int = 0
    in_org: bool = True
    sold: bool = True


CATALOG: dict[str, tuple[Good, ...]] = {
    "acme": (
        Good("MUG-1", "Enamel camping mug", Decimal("9.50"), on_hand=1240),
        Good("TENT-2", "Tent for two", Decimal("189.00"), on_hand=310, on_hold=12),
        Good("TENT-4", "Tent for four", Decimal("329.00"), on_hand=145),
        Good("STOVE-1", "Gas stove", Decimal("54.90"), on_hand=620),
        Good("LAMP-3", "Head lamp, three modes", Decimal("24.95"), on_hand=980),
        Good("BAG-20", "Sleeping bag to 20 °F", Decimal("119.00"), on_hand=415),
        Good("ROPE-30", "Rope, 30 m", Decimal("64.00"), on_hand=260, on_hold=40),
        Good("BOTTLE-1", "Steel bottle, 1 l", Decimal("21.00"), on_hand=1530),
        Good("KNIFE-7", 'Folding knife "Seven", small', Decimal("38.50"), on_hand=505),
        Good("SOCK-M", "Wool socks, medium", Decimal("17.00"), on_hand=880, in_org=False),
        Good("MAP-NV", "Map of Nevada", Decimal("12.00"), on_hand=300, in_org=False),
        Good("FLARE-2", "Hand flare", Decimal("8.00"), on_hand=0, sold=False),
    ),
    "globex": (
        Good("MUG-1", "Porcelain mugs, set of six", Decimal("36.00"), on_hand=77),
        Good("DESK-140", "Desk, 140 cm", Decimal("249.00"), on_hand=90),
        Good("CHAIR-A", "Office chair A", Decimal("179.00"), on_hand=204, on_hold=4),
        Good("SHELF-3", "Shelf, three boards", Decimal("74.00"), on_hand=333),
        Good("LAMP-3", "Desk lamp, 3 W", Decimal("31.00"), on_hand=412),
        Good("PAPER-A4", "Paper A4, box of 5 reams", Decimal("27.50"), on_hand=2600),
        Good("PEN-BLK", "Pens, black, dozen", Decimal("11.20"), on_hand=1900),
        Good("BIN-20", "Waste bin, 20 l", Decimal("18.00"), on_hand=260),
        Good("GIFT-BOX", "Gift box", Decimal("4.00"), on_hand=700, in_org=False),
        Good("CLIP-100", "Paper clips, 100", Decimal("1.90"), on_hand=0, sold=False),
    ),
    "initech": (
        Good("PRN-200", "Label printer 200", Decimal("289.00"), on_hand=130),
        Good("PRN-210", "Label printer 210, wireless", Decimal("349.00"), on_hand=85, on_hold=5),
        Good("LBL-4X6", "Labels 4 x 6, roll of 500", Decimal("14.50"), on_hand=3200),
        Good("RIB-110", "Ribbon, 110 mm", Decimal("9.80"), on_hand=1400),
        Good("SCN-1D", "Scanner, 1D", Decimal("99.00"), on_hand=260),
        Good("SCN-2D", "Scanner, 2D", Decimal("159.00"), on_hand=340),
        Good("CRD-80", "Cradle for scanners", Decimal("45.00"), on_hand=190),
        Good("PSU-24", "Power supply, 24 V", Decimal("29.00"), on_hand=510),
        Good("CBL-USB", "USB cable, 2 m", Decimal("6.50"), on_hand=960, in_org=False),
        Good("HUB-4", "Hub, four ports", Decimal("33.00"), on_hand=0, sold=False),
    ),
}


def goods_of(merchant: str) -> tuple[Good, ...]:
    """The goods of a merchant, by name or warehouse code; none for one we do not know."""
    return CATALOG.get(merchant.lower(), ())
