"""The keys that secrets in the store are encrypted with.

They are given from outside, or stand in a file beside the database that only its owner may read.
The first key encrypts; all of them decrypt, so that a key can be exchanged at any moment.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet

from fulfillment_bridge.errors import Misconfigured

OTHERS = stat.S_IRWXG | stat.S_IRWXO
LARGEST_BYTES = 16 * 1024
MAKE_A_KEY = "head -c 32 /dev/urandom | base64 | tr '+/' '-_'"


class SecretKeys:
    """The given keys first, then those of the file; newest first in either.

    ``given`` answers the text of the secret ``store_key``: a key, or several one a line.
    """

    def __init__(self, file: Path, given: Callable[[], str | None]) -> None:
        self.file = file
        self._given = given

    def ring(self) -> MultiFernet | None:
        """What decrypts; None where there is no key at all."""
        keys = [*self.given(), *self.filed()]
        return _ring(keys) if keys else None

    def made_ring(self) -> MultiFernet:
        """The same, with a key made and kept where there was none."""
        if not self.given() and not self.filed():
            self._make_file()
        return _ring([*self.given(), *self.filed()])

    def given(self) -> list[str]:
        """The keys given from outside; Misconfigured where they are none."""
        keys = (self._given() or "").replace(",", " ").split()
        _check(keys, "the secret store_key")
        return keys

    def filed(self) -> list[str]:
        """The keys in the file; Misconfigured where others may read it, or it is none."""
        try:
            text = _read_private(self.file)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Misconfigured(
                f"the key file {self.file} cannot be read: {error.strerror}",
                remedy="It belongs to the user who runs the bridge; run this command as that user.",
                code="STORE_KEY",
            ) from error
        keys = text.split()
        if not keys:
            raise _no_key(str(self.file))
        _check(keys, str(self.file))
        return keys

    def add_to_file(self) -> None:
        """Put a new key in front; those of before go on decrypting."""
        _replace(self.file, [new_key(), *self.filed()])

    def newest_given(self) -> MultiFernet | None:
        """What decrypts with the newest given key alone; None where none is given."""
        given = self.given()
        return _ring(given[:1]) if given else None

    def newest_of_file(self) -> MultiFernet:
        """What decrypts with the file's newest key alone."""
        return _ring(self.filed()[:1])

    def keep_newest_in_file(self) -> None:
        """Forget all keys of the file but the newest."""
        _replace(self.file, self.filed()[:1])

    def _make_file(self) -> None:
        """Whoever comes second uses the key of the first: a key is never overwritten here."""
        with _written(self.file, [new_key()]) as made:
            try:
                os.link(made, self.file)
            except FileExistsError:
                return


def new_key() -> str:
    """A key of 256 random bits."""
    return Fernet.generate_key().decode("ascii")


def _ring(keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _check(keys: Sequence[str], where: str) -> None:
    try:
        for key in keys:
            Fernet(key)
    except (ValueError, UnicodeEncodeError):
        raise _no_key(where) from None  # the error quotes what may be a part of a key


def _no_key(where: str) -> Misconfigured:
    return Misconfigured(
        f"{where} holds no key",
        remedy=f"A key is 32 random bytes in base64, one a line; this makes one: {MAKE_A_KEY}",
        code="STORE_KEY",
    )


def _read_private(path: Path) -> str:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as opened:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        if mode & OTHERS:
            raise Misconfigured(
                f"the key file {path} may be used by others (its mode is {mode:04o}), so it is "
                "not used",
                remedy=f"chmod 600 {path}\nIf somebody may have read it: fulfillment-bridge "
                "secrets rotate-key",
                code="STORE_KEY",
            )
        return opened.read(LARGEST_BYTES).decode("ascii", "replace")


def _replace(path: Path, keys: Sequence[str]) -> None:
    with _written(path, keys) as made:
        os.replace(made, path)


@contextmanager
def _written(path: Path, keys: Sequence[str]) -> Iterator[Path]:
    """The keys in a file beside ``path``, safely on disk; gone at the end if it is still there."""
    made, descriptor = _new_beside(path)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.writelines(f"{key}\n" for key in keys)
            _give_to_the_owner_of(path, descriptor)
            opened.flush()
            os.fsync(descriptor)
        yield made
        _sync_folder(path.parent)
    finally:
        made.unlink(missing_ok=True)


def _new_beside(path: Path) -> tuple[Path, int]:
    made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return made, os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Misconfigured(
            f"the key file {path} cannot be written: {error.strerror}",
            remedy="Its folder is the state directory: let the user who runs the bridge write "
            "there, or give a key from outside as the secret store_key.",
            code="STORE_KEY",
        ) from error


def _give_to_the_owner_of(path: Path, descriptor: int) -> None:
    """What root does by hand must not take the key away from the account of the service."""
    if os.geteuid() != 0:
        return
    owner = (path if path.exists() else path.parent).stat()
    os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
