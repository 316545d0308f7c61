"""Where a parcel can be followed, for carriers whose pages everybody knows."""

from __future__ import annotations

import re
from urllib.parse import quote

_PAGES: tuple[tuple[str, str], ...] = (
    (r"\bups\b|united parcel", "https://www.ups.com/track?tracknum={}"),
    (r"fed\s*ex|federal express", "https://www.fedex.com/fedextrack/?trknbr={}"),
    (r"\busps\b|postal service", "https://tools.usps.com/go/TrackConfirmAction?tLabels={}"),
    (r"\bdhl\b", "https://www.dhl.com/en/express/tracking.html?AWB={}"),
)


def tracking_link(carrier: str, tracking_number: str) -> str:
    """The carrier's page for this parcel; empty where the carrier is not one of these."""
    if not tracking_number:
        return ""
    for pattern, page in _PAGES:
        if re.search(pattern, carrier, re.IGNORECASE):
            return page.format(quote(tracking_number, safe=""))
    return ""
