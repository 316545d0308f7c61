"""Things that are done once in a while, whatever process does them."""

from __future__ import annotations

from datetime import timedelta

from fulfillment_bridge.storage.database import Store
from tests.storage.samples import NOW

DAY = timedelta(days=1)


def test_whoever_asks_first_does_it_and_nobody_else_for_a_while(store: Store) -> None:
    """Each name has a time of its own."""
    with store.begin() as uow:
        assert uow.moments.take("notice", now=NOW, every=DAY)
        assert not uow.moments.take("notice", now=NOW + DAY / 2, every=DAY)
        assert uow.moments.take("other", now=NOW, every=DAY)
        assert uow.moments.take("notice", now=NOW + DAY, every=DAY)
