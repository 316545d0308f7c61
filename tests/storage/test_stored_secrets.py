"""Secrets in the store: encrypted, under keys that can be exchanged at any moment."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fulfillment_bridge.clock import SystemClock
from fulfillment_bridge.errors import Misconfigured, UserError
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.secret_keys import SecretKeys, new_key
from fulfillment_bridge.storage.stored_secrets import StoredSecrets

TEXT = "p4ss&<word>"
STEPS = range(1, 14)


def kept_in(store: Store, folder: Path, given: str | None = None) -> StoredSecrets:
    return StoredSecrets(store, SecretKeys(folder / "store_key", lambda: given), SystemClock())


def test_a_secret_comes_back_and_stands_nowhere_in_clear(store: Store, tmp_path: Path) -> None:
    """The key is made when it is first needed, for its owner alone."""
    kept = kept_in(store, tmp_path)
    assert kept.find("acme_password") is None
    assert not kept.keys.file.exists()
    kept.set("acme_password", TEXT, by="ann")
    assert kept_in(store, tmp_path).find("acme_password") == TEXT
    assert stat.S_IMODE(kept.keys.file.stat().st_mode) == 0o600
    [row] = kept.every()
    assert (row.name, row.set_by) == ("acme_password", "ann")
    assert TEXT not in repr(row)
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert TEXT.encode() not in everything


def test_what_is_set_again_replaces_and_what_is_removed_is_gone(
    store: Store, tmp_path: Path
) -> None:
    """Who did it is kept in the audit."""
    kept = kept_in(store, tmp_path)
    kept.set("token", "old", by="ann")
    kept.set("token", "new", by="bob")
    assert kept.find("token") == "new"
    assert kept.remove("token", by="cid")
    assert not kept.remove("token", by="cid")
    assert kept.find("token") is None


def test_a_given_key_goes_first_and_no_file_is_made(store: Store, tmp_path: Path) -> None:
    """The credential store_key of systemd, for example."""
    key = new_key()
    kept_in(store, tmp_path, key).set("token", TEXT, by="ann")
    assert not (tmp_path / "store_key").exists()
    assert kept_in(store, tmp_path, key).find("token") == TEXT
    with pytest.raises(Misconfigured, match="no key decrypts what the store keeps as token"):
        kept_in(store, tmp_path).find("token")


def test_keys_are_exchanged_and_the_old_one_opens_nothing_more(
    store: Store, tmp_path: Path
) -> None:
    """Whoever copied the old key file has nothing."""
    kept = kept_in(store, tmp_path)
    kept.set("token", TEXT, by="ann")
    old = kept.keys.file.read_text()
    assert kept.rotate(by="ann") == 1
    assert kept.find("token") == TEXT
    assert kept.keys.file.read_text() != old
    assert len(kept.keys.filed()) == 1
    kept.keys.file.write_text(old)
    with pytest.raises(Misconfigured):
        kept.find("token")


def test_a_given_key_is_exchanged_in_two_steps(store: Store, tmp_path: Path) -> None:
    """The new one before the old one, rotate, and the old one may go."""
    old, new = new_key(), new_key()
    kept_in(store, tmp_path, old).set("token", TEXT, by="ann")
    with pytest.raises(UserError, match="given from outside") as caught:
        kept_in(store, tmp_path, old).rotate(by="ann")
    assert "Put it into store_key in a line before the present one" in caught.value.remedy
    kept_in(store, tmp_path, f"{new}\n{old}").rotate(by="ann")
    assert kept_in(store, tmp_path, new).find("token") == TEXT


def test_secrets_move_from_the_key_file_to_a_given_key(store: Store, tmp_path: Path) -> None:
    """The file is needed no more after that."""
    kept_in(store, tmp_path).set("token", TEXT, by="ann")
    key = new_key()
    kept_in(store, tmp_path, key).rotate(by="ann")
    (tmp_path / "store_key").unlink()
    assert kept_in(store, tmp_path, key).find("token") == TEXT


@pytest.mark.parametrize("step", STEPS)
def test_an_exchange_that_dies_at_any_step_loses_nothing(
    store: Store, tmp_path: Path, step: int
) -> None:
    """The secret can be read right after, and the exchange be done again."""
    kept = kept_in(store, tmp_path)
    kept.set("token", TEXT, by="ann")
    command = [sys.executable, "-m", "tests.storage.die_at_key_event", str(tmp_path), str(step)]
    ended = subprocess.run(command, timeout=60, check=False).returncode
    assert ended == (0 if step == STEPS[-1] else 9), "the steps no longer cover the exchange"
    assert kept.find("token") == TEXT
    assert kept.rotate(by="ann") == 1
    assert kept.find("token") == TEXT
    assert len(kept.keys.filed()) == 1


def test_a_key_file_that_others_may_read_is_refused(store: Store, tmp_path: Path) -> None:
    """It says how to mend it."""
    kept = kept_in(store, tmp_path)
    kept.set("token", TEXT, by="ann")
    kept.keys.file.chmod(0o644)
    with pytest.raises(Misconfigured, match="may be used by others") as caught:
        kept.find("token")
    assert f"chmod 600 {kept.keys.file}" in caught.value.remedy


@pytest.mark.parametrize("text", ["", "hunter2", "not base64 at all!", "AAAA\n"])
def test_what_is_no_key_is_never_quoted(store: Store, tmp_path: Path, text: str) -> None:
    """A part of a real key may stand in it."""
    kept = kept_in(store, tmp_path)
    kept.set("token", TEXT, by="ann")
    kept.keys.file.write_text(text)
    with pytest.raises(Misconfigured, match="holds no key") as caught:
        kept.find("token")
    assert "hunter2" not in caught.value.text()


def test_a_key_is_made_at_the_first_start_and_never_again(store: Store, tmp_path: Path) -> None:
    """Not where one is given, nor where the one that is needed was lost."""
    kept_in(store, tmp_path, new_key()).make_key()
    assert not (tmp_path / "store_key").exists()
    kept = kept_in(store, tmp_path)
    kept.make_key()
    first = kept.keys.filed()
    kept.make_key()
    assert (kept.keys.filed(), len(first)) == (first, 1)
    kept.set("token", TEXT, by="ann")
    kept.keys.file.unlink()
    kept.make_key()
    assert not kept.keys.file.exists()


def test_without_the_key_nothing_is_set_or_rotated(store: Store, tmp_path: Path) -> None:
    """A second key that somebody makes by mistake would be one more to lose."""
    kept_in(store, tmp_path, new_key()).set("token", TEXT, by="ann")
    kept = kept_in(store, tmp_path)
    for change in (lambda: kept.set("other", "x", by="ann"), lambda: kept.rotate(by="ann")):
        with pytest.raises(Misconfigured, match=r"no key decrypts .* token") as caught:
            change()
        assert "secrets remove token" in caught.value.remedy
    assert [each.name for each in kept.every()] == ["token"]
    assert not kept.keys.file.exists()
    assert kept.remove("token", by="ann")
    kept.set("token", "anew", by="ann")
    assert kept.find("token") == "anew"


def test_a_given_key_that_is_in_use_already_is_no_new_one(store: Store, tmp_path: Path) -> None:
    """Not even where an old file still lies about: nobody shall believe that it was exchanged."""
    kept_in(store, tmp_path).set("token", TEXT, by="ann")
    kept = kept_in(store, tmp_path, new_key())
    assert kept.rotate(by="ann") == 1
    with pytest.raises(UserError, match="given from outside"):
        kept.rotate(by="ann")


def test_the_key_belongs_to_whom_its_folder_belongs_to(store: Store, tmp_path: Path) -> None:
    """Root types commands too; the account of the service must be able to read it after that."""
    folder = tmp_path / "state"
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, 4711, 4712)
    kept = kept_in(store, folder)
    kept.set("token", TEXT, by="root")
    kept.rotate(by="root")
    owner, file = folder.stat(), kept.keys.file.stat()
    assert (file.st_uid, file.st_gid) == (owner.st_uid, owner.st_gid)


def test_a_folder_that_cannot_be_written_is_told(store: Store) -> None:
    """With the way to do without."""
    with pytest.raises(Misconfigured, match="cannot be written") as caught:
        kept_in(store, Path("/proc/no-such-folder")).set("token", TEXT, by="ann")
    assert "store_key" in caught.value.remedy
