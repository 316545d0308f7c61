"""What stops single merchants of a warehouse while the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fulfillment_bridge.errors import BridgeError, Misconfigured, Retry, told_together
from fulfillment_bridge.warehouses.base import WarehouseProfile


class MerchantTroubles:
    """The first trouble of each merchant code in one run; told when the others are served."""

    def __init__(self, profile: WarehouseProfile) -> None:
        self._codes = set(profile.merchants.values())
        self._found: dict[str, BridgeError] = {}

    @property
    def codes(self) -> frozenset[str]:
        """Merchants who are passed over for the rest of the run."""
        return frozenset(self._found)

    def note(self, code: str, error: BridgeError) -> None:
        """Remember it; of one merchant the first trouble counts."""
        self._found.setdefault(code, error)

    @contextmanager
    def of(self, code: str) -> Iterator[None]:
        """Note what a merchant's folder, or whatever stands for it, refuses."""
        try:
            yield
        except (Misconfigured, Retry) as error:
            self.note(code, error)

    def tell(self) -> None:
        """Raise what there was, with every merchant's trouble in it."""
        if self._found:
            everybody = not self._codes - self.codes
            raise told_together(list(self._found.values()), all_concerned=everybody)
