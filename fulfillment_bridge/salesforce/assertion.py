"""The signed assertion with which ``jwt`` logs in: who we are, for three minutes, no password."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from fulfillment_bridge.errors import Misconfigured
from fulfillment_bridge.salesforce.credentials import Credentials
from fulfillment_bridge.salesforce.login_faults import KEY

LIFE_SECONDS = 180
PRODUCTION = "https://login.salesforce.com"
SANDBOX = "https://test.salesforce.com"

_HEADER = {"alg": "RS256"}
_KEY_REMEDY = (
    "Make one with: openssl req -x509 -newkey rsa:2048 -nodes -days 730 -keyout bridge.key -out "
    "bridge.crt -subj /CN=fulfillment-bridge; name bridge.key as key_file of the connection, and "
    "upload bridge.crt in Setup > External Client App Manager > the bridge's app > Settings > "
    "OAuth Settings > Use Digital Signatures."
)


def signed_assertion(credentials: Credentials, connection: str, now: datetime) -> str:
    """The assertion in its compact form; Misconfigured where the key is of no use."""
    claims = {
        "iss": credentials.consumer_key,
        "sub": credentials.username,
        "aud": credentials.audience or audience_for(credentials.host),
        "exp": int(now.timestamp()) + LIFE_SECONDS,
    }
    signed = f"{_encoded_json(_HEADER)}.{_encoded_json(claims)}"
    key = _private_key(credentials.private_key, connection)
    return f"{signed}.{_encoded(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def audience_for(host: str) -> str:
    """Salesforce wants the login host named here, of the right kind, whatever host we call.

    A sandbox shows in its My Domain (``acme--uat.sandbox.my.salesforce.com``).
    """
    name = (urlsplit(host if "://" in host else f"https://{host}").hostname or "").lower()
    kinds = name.split(".")
    is_sandbox = name == "test.salesforce.com" or "--" in kinds[0] or "scratch" in kinds
    return SANDBOX if is_sandbox else PRODUCTION


def _private_key(pem: str, connection: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except TypeError:
        raise _unusable(
            connection,
            "is protected by a passphrase, which nobody could type in",
            "Take it off with: openssl rsa -in OLD -out bridge.key",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise _unusable(connection, "is no private key in PEM form", _KEY_REMEDY) from None
    if not isinstance(key, RSAPrivateKey):
        raise _unusable(connection, "is no RSA key; Salesforce takes no other", _KEY_REMEDY)
    return key


def _unusable(connection: str, why: str, remedy: str) -> Misconfigured:
    return Misconfigured(f"{connection}: the key file {why}", remedy=remedy, code=KEY)


def _encoded_json(value: dict[str, Any]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
