"""How the parts of the bridge are made from its settings."""

from __future__ import annotations

import ssl
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.errors import Misconfigured, UserError
from fulfillment_bridge.registry import JOBS
from fulfillment_bridge.runtime.schedule import load_job
from fulfillment_bridge.salesforce.budget import Budget, Urgency
from fulfillment_bridge.salesforce.login import Credentials
from fulfillment_bridge.secrets import STORE_KEY, Secret
from fulfillment_bridge.settings import (
    CartSettings,
    ConnectionSettings,
    Settings,
    WarehouseSettings,
)
from fulfillment_bridge.settings.adapter_options import options_with_secrets
from fulfillment_bridge.settings.model import secrets_in
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.secret_keys import SecretKeys
from fulfillment_bridge.storage.stored_secrets import StoredSecrets

KEY_FILE = "store_key"
"""In the state directory, where store_key is not given from outside."""


def opened_store(url: str) -> Store:
    """The store, or UserError: whatever keeps a database from opening is for a person to mend."""
    try:
        return Store.open(url)
    except (ArgumentError, ImportError) as error:
        raise UserError(
            "database: this address cannot be used",
            remedy="Write sqlite:///bridge.db, or postgresql://USER@HOST/NAME with psycopg "
            "installed.",
            raw=str(error),
        ) from error
    except Misconfigured as error:
        raise Misconfigured(
            f"{error.message}: {_shown(url)}", remedy=error.remedy, code=error.code, raw=error.raw
        ) from error
    except DBAPIError as error:
        raise UserError(
            f"the database {_shown(url)} cannot be opened",
            remedy="Check that the file and its folder may be read and written by the user who "
            "runs this, and that it is a database of ours.",
            raw=str(error.orig),
        ) from error
    except OSError as error:
        raise UserError(
            f"the folder of the database {_shown(url)} cannot be made",
            remedy="Set state_directory in the configuration to a folder that may be written.",
            raw=str(error),
        ) from error


def database_password(url: str) -> str:
    """What must not show of the database's address; empty where nothing does."""
    try:
        return make_url(url).password or ""
    except ArgumentError:
        return ""  # told when the store is opened


def _shown(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)


def budget_of(settings: ConnectionSettings) -> Budget:
    return Budget(**settings.budget.model_dump())


def urgencies() -> dict[str, Urgency]:
    """How urgent each job's calls are; what a person asks for is no job, and never waits."""
    return {name: getattr(load_job(name), "URGENCY", "rest") for name in JOBS}


def credentials_of(every: Settings, connection: str) -> Credentials:
    settings = every.connections[connection]
    return Credentials(
        login=settings.login,
        host=settings.host,
        username=settings.username or "",
        password=_revealed(settings.password),
        security_token=_revealed(settings.security_token),
        consumer_key=_revealed(settings.consumer_key),
        consumer_secret=_revealed(settings.consumer_secret),
        private_key=_key_text(every, connection) or _revealed(settings.private_key),
        audience=settings.audience or "",
    )


def _key_text(settings: Settings, connection: str) -> str:
    """The connection's key file; empty where it names none, Misconfigured where it is none."""
    name = settings.connections[connection].key_file
    if name is None:
        return ""
    path = settings.path.parent / name
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(
            f"connection {connection}: key_file {path} cannot be read as a key",
            remedy="Name a file in PEM form in the configuration that the user who runs this may "
            "read; the path counts from the configuration's own folder.",
            code="KEY",
            raw=str(error),
        ) from error
    settings.secret_source.found(text)
    return text


def _revealed(secret: Secret | None) -> str:
    return secret.reveal() if secret is not None else ""


def ca_file_of(settings: Settings, connection: str) -> str | None:
    """The connection's certificate authority; Misconfigured where it is none."""
    name = settings.connections[connection].ca_file
    if name is None:
        return None
    path = settings.path.parent / name
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:
        raise Misconfigured(
            f"connection {connection}: ca_file {path} cannot be read as certificates",
            remedy="Name a file in PEM form in the configuration; the path counts from the "
            "configuration's own folder.",
            code="CA_FILE",
            raw=str(error),
        ) from error
    return str(path)


def stored_secrets(settings: Settings, store: Store, clock: Clock) -> StoredSecrets:
    """The secrets that the store keeps, with the keys that open them."""
    file = settings.state_directory / KEY_FILE
    keys = SecretKeys(file, lambda: settings.secret_source.find(STORE_KEY))
    return StoredSecrets(store, keys, clock)


def adapter_options(
    settings: Settings,
    adapter: Any,
    block: CartSettings | WarehouseSettings,
    place: tuple[str, ...],
) -> Any:
    """The adapter's own options, secrets read now; Misconfigured where one is missing."""
    if not any(secrets_in(block.options)):
        return block.adapter_options
    options = dict(block.options)
    if isinstance(block, CartSettings) and block.page_size is not None:
        options["page_size"] = block.page_size
    return options_with_secrets(adapter, options, settings.secret_source, place)
