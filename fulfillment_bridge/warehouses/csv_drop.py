"""A warehouse that works with files in folders: one folder per merchant code.

The formats are in docs/warehouse-files.md. Order files are handed over in steps that survive a
sudden end at any point; incoming files are read only when they are complete and stay where they
are until what they say is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.domain.fulfillment import FulfillmentOrder
from fulfillment_bridge.errors import (
    BridgeError,
    Misconfigured,
    OutcomeUnknown,
    Retry,
    told_together,
)
from fulfillment_bridge.warehouses import (
    csv_drop_memory,
    csv_drop_orders,
    csv_drop_shipments,
    csv_drop_stock,
)
from fulfillment_bridge.warehouses.base import (
    Capabilities,
    Receipt,
    RowFault,
    ShipmentBatch,
    StockBatch,
    Submission,
    WarehouseCheck,
    WarehouseProfile,
)
from fulfillment_bridge.warehouses.csv_drop_check import check_folders, check_strays
from fulfillment_bridge.warehouses.csv_drop_folders import (
    MerchantFolders,
    disk_faults,
    sync_file,
    sync_folder,
    temporary_name,
    write_new,
    write_whole,
)
from fulfillment_bridge.warehouses.csv_drop_incoming import Unreadable
from fulfillment_bridge.warehouses.csv_drop_waiting import (
    Patience,
    WaitingFile,
    WaitingFiles,
    read_file,
    still_the_same,
)


class CsvDropOptions(BaseModel):
    """What config.yaml says under ``options`` of a csv_drop warehouse.

    ``folder``            holds a folder per merchant code
    ``partner_archives``  the warehouse moves files to archive/ or set_aside/ and deletes none;
                          then a name that is nowhere was never handed over
    ``partner_renames``   the warehouse writes under a temporary name and renames; if not, a file
                          is read once it has not changed for a while
    ``stable_seconds``    how long "a while" is, unless two looks find it unchanged
    ``largest_file_bytes``  bigger files are set aside unread
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path
    partner_archives: bool = True
    partner_renames: bool = True
    stable_seconds: int = Field(default=60, ge=0)
    largest_file_bytes: int = Field(default=50_000_000, gt=0)


class CsvDropWarehouse:
    """A folder warehouse. ``base_folder`` is what a relative ``folder`` is relative to."""

    Options = CsvDropOptions

    def __init__(
        self,
        options: CsvDropOptions,
        profile: WarehouseProfile,
        *,
        clock: Clock,
        base_folder: Path = Path(),
    ) -> None:
        self._options = options
        self._profile = profile
        self._clock = clock
        self._root = base_folder / options.folder
        patience = Patience(
            partner_renames=options.partner_renames,
            stable_seconds=options.stable_seconds,
            largest_file_bytes=options.largest_file_bytes,
        )
        self._shipment_files = WaitingFiles(
            self._root, "shipments", csv_drop_shipments.NAME, patience, clock
        )
        self._stock_files = WaitingFiles(self._root, "stock", csv_drop_stock.NAME, patience, clock)
        self.capabilities = Capabilities(
            submit_is_idempotent=options.partner_archives,
            can_look_up=options.partner_archives,
            reference_length=csv_drop_orders.REFERENCE_LENGTH,
        )

    def prepare(self, order: FulfillmentOrder, *, created_at: datetime) -> Submission:
        """The order file's name and bytes; Rejected where the format cannot express the order."""
        return csv_drop_orders.prepare(order, created_at=created_at)

    def submit(self, submission: Submission, *, first_attempt: bool) -> Receipt:
        """Write the order file, once.

        The temporary file is a token that exactly one rename can use up: while it is there, the
        file has not been handed over. It is made before the folders are searched for the last
        time, so whoever renames it has seen that nobody did before.
        """
        folders = MerchantFolders(self._root / submission.merchant_code)
        final = folders.root / "orders" / submission.name
        token = temporary_name(final)
        what = f"cannot hand {submission.name} to {self._profile.name}"
        self._require_share(what, code="nothing_sent" if first_attempt else "disk")
        with disk_faults(what, code="nothing_sent" if first_attempt else "disk"):
            folders.create()
            token_was_left = token.exists()
            found = folders.find(submission.name)
            if found is None:
                if not (first_attempt or token_was_left):
                    self._require_archives(submission)
                _make_token(token, submission.body)
                crash_point("csv_drop.after_token")
                found = folders.find(submission.name)
        with disk_faults(what):
            if found is not None:
                token.unlink(missing_ok=True)
                return _already_there(found, submission)
            return _use_token(token, final, submission, folders)

    def fetch_shipments(self) -> Iterator[ShipmentBatch]:
        """Complete shipment files that wait, oldest first, for all merchants."""
        for file in self._complete(self._shipment_files, "shipments"):
            yield _shipment_batch(file)

    def fetch_stock(self) -> Iterator[StockBatch]:
        """Complete stock files that wait, oldest first, for all merchants."""
        for file in self._complete(self._stock_files, "stock"):
            yield _stock_batch(file)

    def acknowledge(self, batch: ShipmentBatch | StockBatch, *, note: str = "") -> None:
        """Archive the batch's file, or set it aside with the reasons where there are any.

        A file that is gone was put away before; one with other content is still to be read.
        """
        folder = "shipments" if isinstance(batch, ShipmentBatch) else "stock"
        folders = MerchantFolders(self._root / batch.merchant_code)
        path = folders.root / folder / batch.source
        with disk_faults(f"cannot put {batch.source} of {self._profile.name} away"):
            folders.create()
            if not still_the_same(path, batch.key):
                return
            reasons = _reasons(batch, note)
            target = folders.put_away(path, "set_aside" if reasons else "archive")
            crash_point("csv_drop.after_putting_away")
            if target is not None and reasons:
                write_whole(target.with_name(f"{target.name}.reason.txt"), reasons)

    def sent_since(self, merchant_code: str, since: datetime) -> dict[str, tuple[str, ...]]:
        """From the order files that are still there; OutcomeUnknown where they are deleted."""
        if not self._options.partner_archives:
            raise OutcomeUnknown(
                f"{self._profile.name} deletes its files, so nobody can tell what it was given",
                code="handed_over_or_not",
            )
        what = f"cannot read the order folders of {self._profile.name}"
        self._require_share(what)
        with disk_faults(what):
            return csv_drop_memory.orders_since(self._root / merchant_code, since)

    def has_as(self, submission: Submission) -> bool:
        """Whether the newest order file with that reference has these bytes."""
        what = f"cannot read the order folders of {self._profile.name}"
        self._require_share(what)
        with disk_faults(what):
            folder = self._root / submission.merchant_code
            return csv_drop_memory.given_as(folder, submission.reference) == submission.body

    def show_again(self, since: datetime) -> int:
        """Put the shipment files, and the newest count, back where they are read."""
        what = f"cannot read the folders of {self._profile.name}"
        self._require_share(what)
        with disk_faults(what):
            return sum(
                csv_drop_memory.shipments_again(self._root / code, since)
                + csv_drop_memory.newest_count_again(self._root / code, since)
                for code in self._profile.merchants.values()
            )

    def strays(self) -> list[str]:
        """Files that lie where the warehouse writes, under names that are never read."""
        until = self._clock.now() - timedelta(seconds=self._options.stable_seconds)
        return [line.what for line in check_strays(self._root, self._profile, until)]

    def check(self) -> list[WarehouseCheck]:
        """Are all folders there, readable and writable? Changes nothing."""
        return check_folders(self._root, self._profile)

    def _require_share(self, what: str, *, code: str = "disk") -> None:
        """A folder outside the state directory is somebody's share: it is never made here.

        Where the share is not mounted, a folder of the same name would swallow the orders.
        """
        if self._options.folder.is_absolute() and not self._root.is_dir():
            raise Misconfigured(
                f"{what}: folder {self._root} is not there",
                remedy=f"Mount the share at {self._root}, or create this folder if there is none.",
                code=code,
            )

    def _complete(self, files: WaitingFiles, folder: str) -> Iterator[WaitingFile]:
        """Complete files of all merchants; a folder that cannot be read comes last, as an error."""
        self._require_share(f"cannot read the files of {self._profile.name}")
        troubles: list[BridgeError] = []
        codes = sorted(set(self._profile.merchants.values()))
        for code in codes:
            try:
                with disk_faults(f"cannot read {self._root / code / folder}"):
                    yield from files.complete(code)
            except BridgeError as error:
                troubles.append(error)
        if troubles:
            raise told_together(troubles, all_concerned=len(troubles) == len(codes))

    def _require_archives(self, submission: Submission) -> None:
        """After a lost answer a missing name proves something only if nobody deletes files."""
        if self._options.partner_archives:
            return
        raise OutcomeUnknown(
            f"{submission.name} may have been handed to {self._profile.name} before, and it is in "
            "none of the folders, which the warehouse empties itself",
            remedy=f"Ask the warehouse whether it has {submission.reference}, then settle the "
            "message by hand.",
            code="handed_over_or_not",
        )


def _make_token(token: Path, body: bytes) -> None:
    """Make sure that the whole temporary file is there, whoever wrote it.

    A half-written one is made anew, never overwritten: an earlier worker that is still alive
    might be renaming it at this moment.
    """
    if write_new(token, body):
        return
    if read_file(token) == body:
        sync_file(token)
        return
    token.unlink(missing_ok=True)
    if not write_new(token, body):
        raise Retry(f"{token.name} is being written by somebody else at this moment")


def _use_token(
    token: Path, final: Path, submission: Submission, folders: MerchantFolders
) -> Receipt:
    try:
        token.rename(final)
    except FileNotFoundError as error:
        found = folders.find(submission.name)
        if found is None:
            raise Retry(f"{final.name} was taken over by somebody else") from error
        return _already_there(found, submission)
    crash_point("csv_drop.after_rename")
    sync_folder(final.parent)
    return Receipt()


def _already_there(found: Path, submission: Submission) -> Receipt:
    content = read_file(found)
    if content is not None and content != submission.body:
        raise OutcomeUnknown(
            f"{found} exists with other content than order {submission.reference} has",
            remedy=f"See whether another bridge writes into {found.parent.parent}; compare the "
            "file with the order, then settle the message by hand.",
            code="name_taken",
        )
    return Receipt(already_there=True)


def _shipment_batch(file: WaitingFile) -> ShipmentBatch:
    batch = ShipmentBatch(file.merchant_code, file.path.name, file.key)
    try:
        shipments, faults = csv_drop_shipments.read_shipments(
            _content(file), shipment_id=file.name["shipment"], sequence=file.stamp
        )
    except Unreadable as error:
        return replace(batch, faults=(RowFault(0, str(error)),))
    return replace(batch, shipments=shipments, faults=faults)


def _stock_batch(file: WaitingFile) -> StockBatch:
    batch = StockBatch(file.merchant_code, file.path.name, file.key)
    try:
        snapshot, faults = csv_drop_stock.read_stock(
            _content(file), merchant_code=file.merchant_code, source=file.path.name
        )
    except Unreadable as error:
        return replace(batch, faults=(RowFault(0, str(error)),))
    return replace(batch, snapshot=snapshot, faults=faults)


def _content(file: WaitingFile) -> bytes:
    if file.content is None:
        raise Unreadable("the file is larger than largest_file_bytes allows")
    return file.content


def _reasons(batch: ShipmentBatch | StockBatch, note: str) -> str:
    lines = [_fault_text(fault) for fault in batch.faults]
    return "".join(f"{line}\n" for line in (*lines, *note.splitlines()))


def _fault_text(fault: RowFault) -> str:
    return f"row {fault.row}: {fault.message}" if fault.row else fault.message
