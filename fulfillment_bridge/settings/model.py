"""What may stand in config.yaml, block by block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from fulfillment_bridge.errors import BridgeError
from fulfillment_bridge.secrets import NAME as SECRET_NAME
from fulfillment_bridge.secrets import Secret, SecretSource

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _duration(value: object) -> object:
    match = re.fullmatch(r"(\d{1,7})([smhd])", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be a time such as 90s, 5m or 1h")
    return int(match[1]) * _SECONDS[match[2]]


def _secret(value: object, info: ValidationInfo) -> object:
    name = secret_name(value)
    if name is None:
        raise ValueError(
            "must be {secret: NAME}; the secret itself never stands in this file, "
            "and NAME is made of small letters, digits and _"
        )
    source = info.context if isinstance(info.context, SecretSource) else SecretSource()
    return Secret(name, source)


def secret_name(value: object) -> str | None:
    """The NAME of ``{secret: NAME}``; None for anything else."""
    if not isinstance(value, dict) or set(value) != {"secret"}:
        return None
    name = value["secret"]
    return name if isinstance(name, str) and SECRET_NAME.fullmatch(name) else None


Duration = Annotated[int, BeforeValidator(_duration)]
SecretHere = Annotated[Secret, BeforeValidator(_secret)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+(/.*)?$")]


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class LogSettings(_Block):
    """How much is logged, and how it looks; ``auto`` is readable on a terminal, else JSON."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"


class MerchantSettings(_Block):
    """The company whose orders and goods these are."""

    name: Text


class BudgetSettings(_Block):
    """How much of the org's daily API calls may be used, by everybody together, in percent.

    At ``pause_non_urgent_at`` all but orders, shipments and stock wait; ``reserve_percent`` of
    the calls is left to the org's other programs; what waits goes on below ``resume_at``.
    """

    reserve_percent: Annotated[int, Field(ge=0, le=90)] = 10
    pause_non_urgent_at: Annotated[int, Field(ge=1, le=100)] = 80
    resume_at: Annotated[int, Field(ge=1, le=99)] = 70

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.resume_at < self.pause_non_urgent_at <= 100 - self.reserve_percent:
            raise ValueError(
                "resume_at must be less than pause_non_urgent_at, and that at most "
                f"100 - reserve_percent, which is {100 - self.reserve_percent}"
            )
        return self


class ConnectionSettings(_Block):
    """One login to one org.

    ``key_file``, or ``private_key`` as a secret, signs the assertions of ``login: jwt``;
    ``audience`` is whom they are for where the host does not tell.
    """

    type: str
    login: Literal["soap", "client_credentials", "jwt"] = "soap"
    host: Url = "https://login.salesforce.com"
    username: Text | None = None
    password: SecretHere | None = None
    security_token: SecretHere | None = None
    consumer_key: SecretHere | None = None
    consumer_secret: SecretHere | None = None
    key_file: Path | None = None
    private_key: SecretHere | None = None
    audience: Url | None = None
    budget: BudgetSettings = BudgetSettings()
    ca_file: Path | None = None
    proxy: Url | None = None
    api_version: Annotated[str, StringConstraints(pattern=r"^\d{2}\.0$")] | None = None


class AgeSettings(_Block):
    """How long something may stand still before somebody is told."""

    new: Annotated[Duration, Field(ge=1)] = 30 * 60
    at_warehouse: Annotated[Duration, Field(ge=1)] = 48 * 3600
    unconfirmed: Annotated[Duration, Field(ge=1)] = 2 * 3600
    held: Annotated[Duration, Field(ge=1)] = 24 * 3600


class CartSettings(_Block):
    """One order stream. ``adapter_options`` is what the cart type's own Options made of it."""

    merchant: str
    connection: str
    warehouses: list[str] = Field(min_length=1)
    settle_seconds: Annotated[int, Field(ge=0)] = 30
    overlap_seconds: Annotated[int, Field(ge=0)] = 600
    safety_stock: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    page_size: Annotated[int, Field(ge=200, le=2000)] | None = None
    alarms: AgeSettings = AgeSettings()
    options: dict[str, Any] = Field(default_factory=dict)
    adapter_options: Any = Field(default=None, exclude=True)


class WarehouseSettings(_Block):
    """One WMS or 3PL. ``merchants`` maps our merchant names to the warehouse's own codes.

    ``demands`` names those of our fields that it cannot take an order without, ``ship_methods``
    its codes for ways to ship.
    """

    type: str
    merchants: dict[str, Text] = Field(min_length=1)
    options: dict[str, Any] = Field(default_factory=dict)
    accepts_test_orders: bool = False
    short_means: Literal["backorder", "closed", "ask"] = "backorder"
    stock_floor: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.5")
    demands: list[Text] = Field(default_factory=list)
    ship_methods: list[Text] = Field(default_factory=list)
    adapter_options: Any = Field(default=None, exclude=True)


class JobSettings(_Block):
    """How often a job runs; without ``every`` as often as the job itself says."""

    every: Annotated[Duration, Field(ge=1)] | None = None
    enabled: bool = True


class ConfigFile(_Block):
    """The whole file, as it stands there."""

    database: Text = "sqlite:///bridge.db"
    state_directory: Path | None = None
    log: LogSettings = LogSettings()
    workers: Annotated[int, Field(ge=1, le=64)] = 4
    outgoing_addresses: list[Text] = Field(default_factory=list)
    merchants: dict[Name, MerchantSettings] = Field(default_factory=dict)
    connections: dict[Name, ConnectionSettings] = Field(default_factory=dict)
    carts: dict[Name, CartSettings] = Field(default_factory=dict)
    warehouses: dict[Name, WarehouseSettings] = Field(default_factory=dict)
    jobs: dict[str, JobSettings] = Field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """A checked config.yaml.

    ``database`` is a full URL. Relative paths of warehouses are relative to ``state_directory``,
    those of CA files and key files to the folder of ``path``. ``outgoing_addresses`` are those
    that the other side sees us call from: they stand in remedies.
    """

    path: Path
    state_directory: Path
    database: str
    log: LogSettings
    workers: int
    merchants: Mapping[str, MerchantSettings]
    connections: Mapping[str, ConnectionSettings]
    carts: Mapping[str, CartSettings]
    warehouses: Mapping[str, WarehouseSettings]
    jobs: Mapping[str, JobSettings]
    outgoing_addresses: tuple[str, ...] = ()
    secret_source: SecretSource = field(default_factory=SecretSource)

    def secrets(self) -> Iterator[tuple[str, Secret]]:
        """Every secret that the file names, with its place."""
        for name, connection in self.connections.items():
            for key in type(connection).model_fields:
                value = getattr(connection, key)
                if isinstance(value, Secret):
                    yield f"connections.{name}.{key}", value
        adapters = {**_named("carts", self.carts), **_named("warehouses", self.warehouses)}
        for place, adapter in adapters.items():
            for path, name in secrets_in(adapter.options):
                yield ".".join((place, "options", *path)), Secret(name, self.secret_source)

    def known_secrets(self) -> list[str]:
        """The texts of all secrets that can be read, for the redaction of logs."""
        found = []
        for _, secret in self.secrets():
            with suppress(BridgeError):  # told to whoever needs this secret
                found.append(secret.reveal())
        return found


def secrets_in(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each ``{secret: NAME}`` in a block: its place there, and the name."""
    name = secret_name(value)
    if name is not None:
        yield place, name
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from secrets_in(inner, (*place, str(key)))


def _named(kind: str, blocks: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{kind}.{name}": block for name, block in blocks.items()}
