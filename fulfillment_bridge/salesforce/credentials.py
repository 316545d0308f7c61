"""How to log in and as whom, and what a login gives."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from functools import lru_cache

DEFAULT_SESSION_SECONDS = 7200


@dataclass(frozen=True)
class Credentials:
    """How to log in and as whom. Secrets never show in a repr.

    ``private_key``  PEM text of the key that signs the assertions of ``jwt``
    ``audience``     whom an assertion is for; empty to tell by the host
    """

    login: str = "soap"
    host: str = "https://login.salesforce.com"
    username: str = ""
    password: str = field(default="", repr=False)
    security_token: str = field(default="", repr=False)
    consumer_key: str = field(default="", repr=False)
    consumer_secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    audience: str = ""

    def fingerprint(self, connection: str) -> str:
        """Differs whenever any part differs. Slow on purpose: it is kept, the secrets are not."""
        parts = (str(getattr(self, each.name)) for each in fields(self))
        secret = "".join(f"{len(part)}:{part}" for part in parts).encode()
        salt = f"fulfillment_bridge connection {connection}".encode()
        return _derived(secret, salt)


@lru_cache(maxsize=32)
def _derived(secret: bytes, salt: bytes) -> str:
    """It takes a moment to work out, so this process does it once for each of its connections."""
    return hashlib.scrypt(secret, salt=salt, n=2**13, r=8, p=1, dklen=32).hex()


@dataclass(frozen=True)
class LoginResult:
    """A session and where it leads. ``default_currency`` is None where the org has several."""

    session_id: str = field(repr=False)
    instance_url: str
    organization_id: str
    user_id: str
    organization_name: str
    is_sandbox: bool
    username: str
    default_currency: str | None
    session_seconds: int = DEFAULT_SESSION_SECONDS
    password_expired: bool = False
    charged_calls: int = 1
