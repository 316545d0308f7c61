"""Handing over an order file: once, whatever happens in between."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread

import pytest

from fulfillment_bridge.clock import ManualClock
from fulfillment_bridge.errors import Misconfigured, OutcomeUnknown, Retry
from fulfillment_bridge.warehouses.base import WarehouseProfile
from fulfillment_bridge.warehouses.csv_drop import CsvDropOptions, CsvDropWarehouse
from fulfillment_bridge.warehouses.csv_drop_folders import disk_fault
from fulfillment_bridge.warehouses.csv_drop_orders import prepare
from tests.warehouses.samples import NOON, a_part, csv_drop

SUBMISSION = prepare(a_part(), created_at=NOON)
TOKEN = f".{SUBMISSION.name}.tmp"
STEPS = range(1, 5)


def orders(folder: Path) -> Path:
    return folder / "ACME" / "orders"


def handed_over(folder: Path) -> list[str]:
    """Every order file the warehouse could have seen, wherever it lies."""
    return sorted(path.name for path in folder.rglob("ord_*.csv"))


def test_an_order_file_is_written_whole_under_its_name(tmp_path: Path) -> None:
    """Nothing else is left in the folder."""
    receipt = csv_drop(tmp_path).submit(SUBMISSION, first_attempt=True)
    assert not receipt.already_there
    assert (orders(tmp_path) / SUBMISSION.name).read_bytes() == SUBMISSION.body
    assert [path.name for path in orders(tmp_path).iterdir()] == [SUBMISSION.name]


@pytest.mark.parametrize("folder", ["orders", "archive", "set_aside"])
@pytest.mark.parametrize("partner_archives", [True, False])
def test_a_file_that_is_anywhere_is_not_written_again(
    tmp_path: Path, folder: str, partner_archives: bool
) -> None:
    """After a lost answer the name in any folder proves that it was handed over."""
    warehouse = csv_drop(tmp_path, partner_archives=partner_archives)
    warehouse.submit(SUBMISSION, first_attempt=True)
    (orders(tmp_path) / SUBMISSION.name).rename(tmp_path / "ACME" / folder / SUBMISSION.name)
    receipt = warehouse.submit(SUBMISSION, first_attempt=False)
    assert receipt.already_there
    assert handed_over(tmp_path) == [SUBMISSION.name]


def test_a_name_in_no_folder_is_written_where_nobody_deletes_files(tmp_path: Path) -> None:
    """The warehouse only moves files: absent everywhere means never handed over."""
    csv_drop(tmp_path).submit(SUBMISSION, first_attempt=False)
    assert handed_over(tmp_path) == [SUBMISSION.name]


def test_a_name_in_no_folder_proves_nothing_where_files_are_deleted(tmp_path: Path) -> None:
    """Then a person decides, and nothing is written, however often it is tried."""
    warehouse = csv_drop(tmp_path, partner_archives=False)
    for _ in range(3):
        with pytest.raises(OutcomeUnknown) as caught:
            warehouse.submit(SUBMISSION, first_attempt=False)
    assert "SO-2001" in caught.value.remedy
    assert list(orders(tmp_path).iterdir()) == []


@pytest.mark.parametrize("left", [SUBMISSION.body, SUBMISSION.body[:40], b""])
def test_a_temporary_file_that_was_left_proves_that_nothing_was_handed_over(
    tmp_path: Path, left: bytes
) -> None:
    """The rename uses it up, so it is safe to go on, even where files are deleted."""
    orders(tmp_path).mkdir(parents=True)
    (orders(tmp_path) / TOKEN).write_bytes(left)
    csv_drop(tmp_path, partner_archives=False).submit(SUBMISSION, first_attempt=False)
    assert [path.name for path in orders(tmp_path).iterdir()] == [SUBMISSION.name]
    assert (orders(tmp_path) / SUBMISSION.name).read_bytes() == SUBMISSION.body


def test_a_file_of_this_name_with_other_content_is_not_taken_for_ours(tmp_path: Path) -> None:
    """Another bridge writes there: a person must look, nothing is overwritten."""
    orders(tmp_path).mkdir(parents=True)
    (orders(tmp_path) / SUBMISSION.name).write_bytes(b"somebody else's")
    with pytest.raises(OutcomeUnknown, match="other content"):
        csv_drop(tmp_path).submit(SUBMISSION, first_attempt=True)
    assert (orders(tmp_path) / SUBMISSION.name).read_bytes() == b"somebody else's"


def test_eight_workers_at_once_hand_it_over_once(tmp_path: Path) -> None:
    """Leases can lapse: those who come late find the file, or are told to come again."""
    together = Barrier(8)
    outcomes: list[str] = []

    def work() -> None:
        warehouse = csv_drop(tmp_path)
        together.wait()
        try:
            outcomes.append(str(warehouse.submit(SUBMISSION, first_attempt=False).already_there))
        except Retry:
            outcomes.append("again")

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("False") == 1
    assert handed_over(tmp_path) == [SUBMISSION.name]


def die_at(folder: Path, step: int, *options: str) -> int:
    """Run one attempt in a process of its own that dies at a step; its exit code."""
    command = [sys.executable, "-m", "tests.warehouses.die_at_disk_event", str(folder), str(step)]
    return subprocess.run([*command, *options], timeout=60, check=False).returncode


@pytest.mark.parametrize("step", STEPS)
def test_a_process_that_dies_at_any_step_hands_over_once(tmp_path: Path, step: int) -> None:
    """The warehouse may take the file in between; the next attempt never makes a second one."""
    died = die_at(tmp_path, step)
    assert died in (9, 0)
    taken = [path.rename(tmp_path / "ACME/archive" / path.name)
             for path in orders(tmp_path).glob("ord_*.csv")]  # fmt: skip
    receipt = csv_drop(tmp_path).submit(SUBMISSION, first_attempt=False)
    assert receipt.already_there == bool(taken)
    assert handed_over(tmp_path) == [SUBMISSION.name]


@pytest.mark.parametrize("step", STEPS)
def test_where_files_are_deleted_a_death_ends_sent_once_or_unknown(
    tmp_path: Path, step: int
) -> None:
    """Never twice: either this attempt sends it, or it says that nobody can know."""
    die_at(tmp_path, step, "no-archives")
    taken = list(orders(tmp_path).glob("ord_*.csv"))
    for path in taken:
        path.unlink()
    try:
        csv_drop(tmp_path, partner_archives=False).submit(SUBMISSION, first_attempt=False)
    except OutcomeUnknown:
        assert handed_over(tmp_path) == []
    else:
        assert not taken
        assert handed_over(tmp_path) == [SUBMISSION.name]


def test_the_steps_cover_every_thing_done_to_the_disk(tmp_path: Path) -> None:
    """A process allowed more steps than there are comes to its end."""
    assert die_at(tmp_path, STEPS[-1] + 1) == 0


def test_a_share_that_is_not_mounted_is_never_made_up(tmp_path: Path) -> None:
    """A local folder of its name would swallow orders, and hide what the warehouse sends."""
    warehouse = csv_drop(tmp_path / "share")
    attempts: list[Callable[[], object]] = [
        lambda: warehouse.submit(SUBMISSION, first_attempt=True),
        lambda: list(warehouse.fetch_shipments()),
        lambda: list(warehouse.fetch_stock()),
        lambda: warehouse.sent_since("ACME", NOON),
    ]
    for attempt in attempts:
        with pytest.raises(Misconfigured, match="share is not there") as caught:
            attempt()
        assert f"Mount the share at {tmp_path / 'share'}" in caught.value.remedy
    assert not (tmp_path / "share").exists()


def test_a_folder_inside_the_state_directory_is_made(tmp_path: Path) -> None:
    """A relative one is ours: a new installation needs nobody to prepare it."""
    warehouse = CsvDropWarehouse(
        CsvDropOptions(folder=Path("warehouses/reno")),
        WarehouseProfile("reno", merchants={"acme": "ACME"}),
        clock=ManualClock(NOON),
        base_folder=tmp_path,
    )
    assert list(warehouse.fetch_shipments()) == []
    warehouse.submit(SUBMISSION, first_attempt=True)
    assert handed_over(tmp_path / "warehouses/reno") == [SUBMISSION.name]


def test_a_folder_that_cannot_be_made_stops_this_warehouse(tmp_path: Path) -> None:
    """A file stands where the folder should be: a person must act."""
    (tmp_path / "ACME").write_text("not a folder")
    with pytest.raises((Misconfigured, Retry), match="cannot hand"):
        csv_drop(tmp_path).submit(SUBMISSION, first_attempt=True)


def test_refused_rights_need_a_person_and_a_full_disk_needs_time() -> None:
    """The class of the error says what happens next."""
    assert isinstance(disk_fault("x", PermissionError(13, "denied")), Misconfigured)
    assert isinstance(disk_fault("x", OSError(28, "no space left")), Retry)
