"""The applications that may ask an org for tokens, and what its administrator lets them do."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from fulfillment_bridge.simulator.oauth_errors import OAuthError, refused_grant
from fulfillment_bridge.simulator.org import Org, User

FLOWS = frozenset({"client_credentials", "jwt_bearer", "refresh_token", "password"})
POLICIES = frozenset({"admin_approved", "self_authorized"})
DEFAULT_FLOWS = FLOWS - {"password"}


@dataclass
class Consumer:
    """An application. Its secrets, unless given, follow from the org's name and id.

    Everybody may use it while ``approved_users`` is None; otherwise those, and ``policy``
    says whether the others lack an administrator's approval or just their own.
    """

    consumer_key: str
    consumer_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    run_as: str
    certificate: str | None = field(default=None, repr=False)
    flows: frozenset[str] = DEFAULT_FLOWS
    policy: str = "admin_approved"
    approved_users: frozenset[str] | None = None
    blocked: bool = False
    rotates_refresh_tokens: bool = False
    scope: str = "api refresh_token"

    @classmethod
    def of(cls, org: Org, entry: Mapping[str, Any], run_as: str) -> Consumer:
        """The consumer that an entry of a description declares; ValueError when it can't be."""
        known = {each.name for each in fields(cls)}
        if unknown := sorted(set(entry) - known - {"name"}):
            raise ValueError(f"unknown for a consumer: {', '.join(unknown)}")
        name = str(entry.get("name", ""))
        made: dict[str, Any] = {
            "consumer_key": f"3MVG9{_derived(org, name, 'consumer key', 40)}"
            f".{_derived(org, name, 'app', 30)}",
            "consumer_secret": _derived(org, name, "consumer secret", 64).upper(),
            "refresh_token": f"5Aep861{_derived(org, name, 'refresh token', 60)}",
            "run_as": run_as,
        }
        given = {key: value for key, value in entry.items() if key != "name"}
        consumer = cls(**made | given)
        consumer.change({})
        return consumer

    def change(self, changes: Mapping[str, Any]) -> None:
        """Set what is named; ValueError, before anything changes, when something can't be."""
        values = {each.name: getattr(self, each.name) for each in fields(self)} | dict(changes)
        if unknown := sorted(set(values) - {each.name for each in fields(self)}):
            raise ValueError(f"unknown for a consumer: {', '.join(unknown)}")
        values["flows"] = _words("flows", values["flows"], FLOWS)
        _words("policy", [values["policy"]], POLICIES)
        if values["approved_users"] is not None:
            values["approved_users"] = frozenset(name.lower() for name in values["approved_users"])
        if values["certificate"]:
            _public_key(str(values["certificate"]))
        for name, value in values.items():
            setattr(self, name, value)

    def check_open(self) -> None:
        """Raise OAuthError when the administrator blocked the application."""
        if self.blocked:
            raise OAuthError("OAUTH_APP_BLOCKED", "this app is blocked by admin")

    def check_secret(self, given: str) -> None:
        """Raise OAuthError unless this is the secret."""
        if not same(given, self.consumer_secret):
            raise OAuthError("invalid_client", "invalid client credentials")

    def check_approved(self, user: User) -> None:
        """Raise OAuthError unless the user may use the application."""
        if self.approved_users is None or user.username.lower() in self.approved_users:
            return
        if self.policy == "self_authorized":
            raise refused_grant("user hasn't approved this consumer")
        description = "user is not admin approved to access this app"
        raise OAuthError("invalid_app_access", description)

    def public_key(self) -> RSAPublicKey | None:
        """The key that verifies the application's assertions, if it registered a certificate."""
        return _public_key(self.certificate) if self.certificate else None


@dataclass
class Consumers:
    """All applications of an org and their live refresh tokens. Safe in any thread."""

    all: list[Consumer] = field(default_factory=list)
    _refresh_tokens: dict[str, tuple[Consumer, str]] = field(default_factory=dict, repr=False)
    _issued: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, org: Org, entries: Iterable[Mapping[str, Any]], run_as: str) -> Consumers:
        """Those of a description; an org that declares none has one all the same."""
        consumers = cls()
        for entry in entries or [{}]:
            consumers.add(Consumer.of(org, entry, run_as))
        return consumers

    def add(self, consumer: Consumer) -> None:
        """Let another application in, with its refresh token."""
        with self._lock:
            self.all.append(consumer)
            self._refresh_tokens[consumer.refresh_token] = (consumer, consumer.run_as)

    def find(self, key: str) -> Consumer:
        """The application of this key; raises OAuthError."""
        for consumer in self.all:
            if same(key, consumer.consumer_key):
                consumer.check_open()
                return consumer
        raise OAuthError("invalid_client_id", "client identifier invalid")

    def refresh_owner(self, token: str) -> tuple[Consumer, str] | None:
        """The application and the user name that a live refresh token belongs to."""
        with self._lock:
            return self._refresh_tokens.get(token)

    def rotate(self, token: str) -> str:
        """A refresh token in place of this one, which is dead from then on."""
        with self._lock:
            self._issued += 1
            fresh = hashlib.sha256(f"{token}/{self._issued}".encode()).hexdigest()
            renewed = f"5Aep861{fresh[:60]}"
            self._refresh_tokens[renewed] = self._refresh_tokens.pop(token)
            return renewed

    def forget(self, token: str) -> tuple[Consumer, str] | None:
        """Revoke a refresh token; whose it was."""
        with self._lock:
            return self._refresh_tokens.pop(token, None)


def same(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(), expected.encode())


def _words(name: str, given: Iterable[str], known: frozenset[str]) -> frozenset[str]:
    if unknown := sorted(set(given) - known):
        raise ValueError(f"{name}: {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return frozenset(given)


def _public_key(certificate: str) -> RSAPublicKey:
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the certificate of a consumer must hold an RSA key")
    return key


def _derived(org: Org, name: str, purpose: str, length: int) -> str:
    seed = f"{org.name}/{org.organization_id}/{purpose}{'/' + name if name else ''}"
    return hashlib.sha256(seed.encode()).hexdigest()[:length]
