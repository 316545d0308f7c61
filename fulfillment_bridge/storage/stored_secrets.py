"""Secrets that are kept in the store, encrypted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cryptography.fernet import InvalidToken, MultiFernet

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.errors import Misconfigured, UserError
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.secret_keys import MAKE_A_KEY, SecretKeys
from fulfillment_bridge.storage.secrets import StoredSecret
from fulfillment_bridge.storage.unit_of_work import UnitOfWork


class StoredSecrets:
    """Sets and finds secrets in the store; each call is a transaction of its own.

    Whoever writes reads the keys inside its transaction, so that an exchange of keys never leaves
    a secret behind under a key that is forgotten.
    """

    def __init__(self, store: Store, keys: SecretKeys, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.keys = keys

    def find(self, name: str) -> str | None:
        """The secret's text; Misconfigured where it is there but no key fits."""
        for _ in range(2):  # the keys may be exchanged while we read first the row, then the keys
            with self._store.read() as uow:
                stored = uow.secrets.get(name)
            if stored is None:
                return None
            text = _decrypted(self.keys.ring(), stored)
            if text is not None:
                return text
        raise self._no_key_fits([name])

    def every(self) -> list[StoredSecret]:
        """Which secrets there are, by name."""
        with self._store.read() as uow:
            return uow.secrets.every()

    def is_readable(self, stored: StoredSecret) -> bool:
        """Whether a key fits; Misconfigured where a key itself is of no use."""
        return _decrypted(self.keys.ring(), stored) is not None

    def make_key(self) -> None:
        """Make a key where there is none yet and nothing was encrypted with one that is lost."""
        with self._changing() as uow:
            if not uow.secrets.every() and self.keys.ring() is None:
                self.keys.made_ring()

    def set(self, name: str, text: str, *, by: str) -> None:
        """Keep the secret, encrypted; makes a key if there is none yet."""
        with self._changing() as uow:
            ring = self.keys.ring() or self._first_ring(uow)
            encrypted = ring.encrypt(text.encode()).decode("ascii")
            now = self._clock.now()
            uow.secrets.put(name, encrypted=encrypted, at=now, by=by)
            uow.audit.add(now, by, "secrets set", f"secret:{name}")

    def remove(self, name: str, *, by: str) -> bool:
        """Forget it; whether there was one."""
        with self._changing() as uow:
            removed = uow.secrets.remove(name)
            if removed:
                uow.audit.add(self._clock.now(), by, "secrets remove", f"secret:{name}")
        return removed

    def rotate(self, *, by: str) -> int:
        """Encrypt all secrets with a new key, or the first of the given ones; how many they are.

        Interrupted at any moment it leaves every secret readable, and may be done again.
        """
        with self._changing() as uow:
            stored = uow.secrets.every()
            self._refuse_lost_keys(stored)
            is_given = self._refuse_the_same_key(stored)
            if not is_given:
                self.keys.add_to_file()
            ring = self.keys.made_ring()
            for each in stored:
                again = ring.rotate(each.encrypted).decode("ascii")
                uow.secrets.encrypt_again(each.name, again)
            count = len(stored)
            uow.audit.add(self._clock.now(), by, "secrets rotate-key", "secrets", count=count)
        if not is_given:
            self._forget_old_keys()
        return count

    @contextmanager
    def _changing(self) -> Iterator[UnitOfWork]:
        with self._store.begin() as uow:
            uow.secrets.lock()
            yield uow

    def _first_ring(self, uow: UnitOfWork) -> MultiFernet:
        """A new key, unless the one that the store's secrets need is just not at hand."""
        stored = uow.secrets.every()
        if stored:
            raise self._no_key_fits([each.name for each in stored])
        return self.keys.made_ring()

    def _refuse_lost_keys(self, stored: Sequence[StoredSecret]) -> None:
        ring = self.keys.ring()
        lost = [each.name for each in stored if _decrypted(ring, each) is None]
        if lost:
            raise self._no_key_fits(lost)

    def _refuse_the_same_key(self, stored: Sequence[StoredSecret]) -> bool:
        """Whether the key is given from outside."""
        ring = self.keys.newest_given()
        if ring and all(_decrypted(ring, each) is not None for each in stored):
            raise UserError(
                "the key is given from outside as store_key, so the new one must come from there",
                remedy=f"Make a key: {MAKE_A_KEY}\nPut it into store_key in a line before the "
                "present one, type fulfillment-bridge secrets rotate-key again, then take the old "
                "line away. Under systemd store_key is a file of credentials, and a service reads "
                "it when it starts: restart it after each change of the file, and give it to this "
                "command too (systemd-run --pipe --property=LoadCredential=store_key:FILE).",
            )
        return ring is not None

    def _forget_old_keys(self) -> None:
        """In a transaction of its own, because somebody else may be exchanging keys as well."""
        with self._changing() as uow:
            newest = self.keys.newest_of_file()
            if all(_decrypted(newest, each) is not None for each in uow.secrets.every()):
                self.keys.keep_newest_in_file()

    def _no_key_fits(self, names: list[str]) -> Misconfigured:
        which = ", ".join(names)
        return Misconfigured(
            f"no key decrypts what the store keeps as {which}",
            remedy=f"Bring back the key it was encrypted with (the secret store_key, or the file "
            f"{self.keys.file}). If that is lost: fulfillment-bridge secrets remove {names[0]}, "
            f"and then fulfillment-bridge secrets set {names[0]}",
            code="STORE_KEY",
        )


def _decrypted(ring: MultiFernet | None, stored: StoredSecret) -> str | None:
    try:
        return ring.decrypt(stored.encrypted).decode() if ring else None
    except InvalidToken:
        return None
