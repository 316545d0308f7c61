"""Several carts, several workers, and a process that is asked to stop."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from tests.jobs.world import START, World, change_filling


def test_two_carts_on_one_org_take_an_order_in_once(world: World) -> None:
    """The ledger knows the record; the second cart says whose it is."""
    world.acme.sell("1001")
    world.pass_time(minutes=5)
    world.run("order_download")
    other = replace(world.acme, name="globex", profile=replace(world.acme.profile, name="globex"))
    world.merchants["globex"] = other
    world.load_workbook("globex", change_filling())
    ctx = world.run("order_download", "globex")
    assert (ctx.counts["new"], ctx.counts["known"]) == (0, 1)
    assert "belongs to cart acme" in ctx.attention[0]


def test_two_downloads_at_once_take_each_order_in_once(world: World) -> None:
    """Two processes poll the same cart; the store tells them apart."""
    for number in range(60):
        world.acme.sell(f"{number:08}")
    world.pass_time(minutes=5)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(world.run, "order_download", worker=name) for name in ("one", "two")]
    assert sum(run.result().counts["new"] for run in runs) == 60
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(world.run, "order_delivery", worker=name) for name in ("one", "two")]
    assert sum(run.result().counts["sent"] for run in runs) == 60
    assert sorted(world.references()) == [f"{number:08}" for number in range(60)]


def test_stopping_leaves_the_window_open_for_the_next_run(world: World) -> None:
    """The page in hand is stored; the cursor has not moved on."""
    globex = world.add_merchant("globex", page_size=200, settle_seconds=0)
    for number in range(250):
        globex.sell(f"{number:08}", stamp=START)
    stopping = threading.Event()
    stopping.set()
    ctx = world.run("order_download", "globex", stopping=stopping)
    assert ctx.counts["new"] == 200
    with world.store.read() as uow:
        assert uow.cursors.get("globex").open_window is not None
    assert world.run("order_download", "globex").counts["new"] == 50
