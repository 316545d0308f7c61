"""The signed assertion (a JSON web token) with which an application speaks for a user."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from fulfillment_bridge.simulator.oauth_errors import refused_grant

LOGIN_AUDIENCE = "https://login.salesforce.com"
SANDBOX_AUDIENCE = "https://test.salesforce.com"
LONGEST_LIFE_SECONDS = 300
UNREADABLE = "invalid assertion"


@dataclass(frozen=True)
class Assertion:
    """A parsed assertion. Nothing in it may be believed before its signature is checked."""

    claims: dict[str, Any]
    signed: bytes
    signature: bytes

    @classmethod
    def read(cls, text: str) -> Assertion:
        """The assertion in its compact form; raises OAuthError unless it is RS256."""
        parts = text.split(".")
        if len(parts) != 3:
            raise refused_grant(UNREADABLE)
        header, claims = _json(parts[0]), _json(parts[1])
        if header.get("alg") != "RS256":
            raise refused_grant(UNREADABLE)
        return cls(claims, f"{parts[0]}.{parts[1]}".encode(), _decoded(parts[2]))

    @property
    def issuer(self) -> str:
        """The key of the application that made it."""
        return str(self.claims.get("iss", ""))

    @property
    def subject(self) -> str:
        """The user name it speaks for."""
        return str(self.claims.get("sub") or self.claims.get("prn") or "")

    def check_signature(self, key: RSAPublicKey | None) -> None:
        """Raise OAuthError unless the holder of this key signed it."""
        if key is None:
            raise refused_grant(UNREADABLE)
        try:
            key.verify(self.signature, self.signed, PKCS1v15(), SHA256())
        except InvalidSignature:
            raise refused_grant(UNREADABLE) from None

    def check_audience(self, *, is_sandbox: bool) -> None:
        """Raise OAuthError unless it is for the login host, named as one text, to the letter."""
        if self.claims.get("aud") != (SANDBOX_AUDIENCE if is_sandbox else LOGIN_AUDIENCE):
            raise refused_grant("audience is invalid")

    def check_expiry(self, now: datetime) -> None:
        """Raise OAuthError when it has expired, or would live too long."""
        left = _number(self.claims.get("exp")) - now.timestamp()
        if not left > 0:
            raise refused_grant("expired authorization code")
        if left > LONGEST_LIFE_SECONDS:
            raise refused_grant(UNREADABLE)


def _json(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_decoded(part))
    except (ValueError, RecursionError):
        raise refused_grant(UNREADABLE) from None
    if not isinstance(found, dict):
        raise refused_grant(UNREADABLE)
    return found


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise refused_grant(UNREADABLE) from None


def _number(value: Any) -> float:
    """The time as seconds; clients send it as a number or as digits."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise refused_grant(UNREADABLE)
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise refused_grant(UNREADABLE) from None
