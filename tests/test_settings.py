"""config.yaml: what it may say, and how its faults are told."""

from __future__ import annotations

import copy
import pickle
import textwrap
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from fulfillment_bridge.errors import Misconfigured, UserError
from fulfillment_bridge.secrets import Secret, SecretSource
from fulfillment_bridge.settings import Settings, find_config, load_settings

ROOT = Path(__file__).resolve().parents[1]
GOOD = """
merchants: {acme: {name: Acme Outdoor}, globex: {name: Globex}}
connections:
  acme_org:
    type: salesforce
    username: bridge@acme.example
    password: {secret: acme_password}
carts:
  acme: {merchant: acme, connection: acme_org, warehouses: [reno]}
warehouses:
  reno: {type: csv_drop, options: {folder: files}, merchants: {acme: ACME}}
"""


@pytest.fixture(autouse=True)
def _no_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATE_DIRECTORY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


def load(folder: Path, text: str) -> Settings:
    """The settings of a file with this text."""
    path = folder / "config.yaml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return load_settings(path)


def faults(folder: Path, text: str) -> list[str]:
    """What is wrong with it."""
    with pytest.raises(UserError) as caught:
        load(folder, text)
    return list(caught.value.problems)


def with_change(path: str, value: Any) -> str:
    """GOOD with one value set, or taken out if it is ``...``; as YAML."""
    document = yaml.load(GOOD, Loader=yaml.BaseLoader)  # noqa: S506 - our own text, read plain
    *parents, last = path.split("/")
    block = document
    for name in parents:
        block = block.setdefault(name, {})
    if value is ...:
        del block[last]
    else:
        block[last] = value
    return yaml.safe_dump(document)


def test_the_example_configuration_is_valid() -> None:
    """The file at the top can be used as it is."""
    settings = load_settings(ROOT / "config.yaml")
    assert list(settings.carts) == ["acme"]
    assert settings.database == f"sqlite:///{ROOT}/bridge.db"


def test_what_the_example_leaves_commented_out_is_valid_too(tmp_path: Path) -> None:
    """Without its #+ marks it is a bridge of three merchants."""
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    settings = load(tmp_path, text.replace("#+", ""))
    assert list(settings.carts) == ["acme", "globex", "initech"]
    assert settings.carts["globex"].safety_stock == Decimal(2)


def test_little_needs_to_be_said(tmp_path: Path) -> None:
    """Everything else has a value that suits most."""
    settings = load(tmp_path, GOOD)
    cart, warehouse = settings.carts["acme"], settings.warehouses["reno"]
    assert (settings.workers, settings.log.level, dict(settings.jobs)) == (4, "info", {})
    assert (cart.settle_seconds, cart.overlap_seconds) == (30, 600)
    assert cart.safety_stock == Decimal(0)
    assert (warehouse.short_means, warehouse.accepts_test_orders) == ("backorder", False)
    assert warehouse.adapter_options.folder == Path("files")
    assert settings.connections["acme_org"].login == "soap"


def test_an_empty_file_is_a_bridge_without_carts(tmp_path: Path) -> None:
    """The first command works before anything is configured."""
    assert dict(load(tmp_path, "").carts) == {}


@pytest.mark.parametrize("code", ["NO", "01234", "12:30", "1e3", "0x10", "2026-01-02", "yes", "~x"])
def test_text_stays_text(tmp_path: Path, code: str) -> None:
    """What YAML alone would make a truth value, a number or a date."""
    text = GOOD.replace("ACME}", f"{code}}}")
    assert load(tmp_path, text).warehouses["reno"].merchants == {"acme": code}


@pytest.mark.parametrize(
    ("written", "seconds"), [("90s", 90), ("5m", 300), ("1h", 3600), ("1d", 86_400)]
)
def test_times_are_written_with_their_unit(tmp_path: Path, written: str, seconds: int) -> None:
    """Seconds, minutes, hours, days."""
    settings = load(tmp_path, with_change("jobs/order_download/every", written))
    assert settings.jobs["order_download"].every == seconds


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("carts/acme/connection", "acme_orgg", "not under connections; did you mean 'acme_org'?"),
        ("carts/acme/merchant", "acne", "not under merchants; did you mean 'acme'?"),
        ("carts/acme/warehouses", ["rene"], "not under warehouses; did you mean 'reno'?"),
        ("carts/acme/warehouses", "reno", "must be a list such as [reno]"),
        ("carts/acme/warehouses", [], "must not be empty"),
        ("carts/acme/merchant", "globex", "does not list the merchant globex"),
        ("carts/acme/settle_seconds", "soon", "must be a whole number"),
        ("carts/acme/safety_stock", "-1", "must be at least 0"),
        ("carts/acme/page_size", "20", "must be at least 200"),
        ("carts/acme", "reno", "must be a block of keys and values"),
        ("carts/acme/merchant", ..., "is missing"),
        ("connections/acme_org/type", "magento", "not a known type; there is salesforce"),
        ("connections/acme_org/login", "guess", "must be 'soap', 'client_credentials'"),
        ("connections/acme_org/login", "client_credentials", "is missing, and this way"),
        ("connections/acme_org/login", "client_credentials", "must be the org's own My Domain"),
        ("connections/acme_org/login", "jwt", "give either key_file or private_key"),
        ("connections/acme_org/budget", {"resume_at": "85"}, "resume_at must be less than"),
        ("connections/acme_org/budget", {"reserve_percent": "30"}, "which is 70"),
        ("connections/acme_org/budget", {"resme_at": "60"}, "did you mean 'resume_at'?"),
        ("connections/acme_org/password", ..., "is missing, and this way of logging in"),
        ("connections/acme_org/password", "hunter2", "must be {secret: NAME}"),
        ("connections/acme_org/password", {"secret": "A-b"}, "must be {secret: NAME}"),
        ("connections/acme_org/host", "login.salesforce.com", "does not look like it should"),
        ("connections/acme_org/pasword", "hunter2", "not known here; did you mean 'password'?"),
        ("warehouses/reno/type", "csv_dropp", "did you mean 'csv_drop'?"),
        ("warehouses/reno/options", {"foldr": "x"}, "not known here; did you mean 'folder'?"),
        ("warehouses/reno/merchants/globex", "ACME", "has the code of acme"),
        ("warehouses/reno/merchants/initech", "I", "'initech' is not under merchants"),
        ("warehouses/reno/accepts_test_orders", "perhaps", "must be true or false"),
        ("warehouses/reno/stock_floor", "50", "must be at most 1"),
        ("warehouses/reno/short_means", "wait", "must be 'backorder', 'closed' or 'ask'"),
        ("jobs/order_downlod/every", "5m", "not a job; did you mean 'order_download'?"),
        ("jobs/order_download/every", "5", "must be a time such as 90s, 5m or 1h"),
        ("jobs/order_download/every", "0s", "must be at least 1"),
        ("warehuses", {}, "not known here; did you mean 'warehouses'?"),
        ("merchants/Acme Inc/name", "x", "does not look like it should"),
        ("log/level", "loud", "must be 'debug', 'info', 'warning' or 'error'"),
    ],
)
def test_each_fault_is_told_in_plain_words(
    tmp_path: Path, path: str, value: Any, told: str
) -> None:
    """With its line and its place, and never with what may be a secret."""
    found = faults(tmp_path, with_change(path, value))
    assert any(told in fault for fault in found), found
    assert all(fault.startswith("line ") for fault in found)
    assert "hunter2" not in "".join(found)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    """In the order of the file, those of types beside those of names."""
    text = """\
    workers: many
    merchants: {acme: {name: Acme}}
    carts:
      acme:
        merchant: acm
        connection: none
        warehouses: [reno]
    warehouses:
      reno:
        type: csv_drop
        options: {stable_seconds: x}
        merchants: {acme: A}
    """
    assert faults(tmp_path, text) == [
        "line 1: workers: must be a whole number",
        "line 5: carts.acme.merchant: 'acm' is not under merchants; did you mean 'acme'?",
        "line 6: carts.acme.connection: 'none' is not under connections",
        "line 7: carts.acme.warehouses: the warehouse reno does not list the merchant acm",
        "line 11: warehouses.reno.options.folder: is missing",
        "line 11: warehouses.reno.options.stable_seconds: must be a whole number",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\npassword: {secret: hunter2", "line 2: expected"),
        ("password: 'hunter2\n", "line 2: found unexpected end"),
        ("password: \0hunter2\n", "not readable"),
        ("- a\n- b\n", "must hold keys and values"),
        ("workers: 1\nworkers: 2\n", "workers stands here twice"),
    ],
)
def test_what_is_no_configuration_is_refused(tmp_path: Path, text: str, told: str) -> None:
    """With the reason."""
    with pytest.raises(UserError) as caught:
        load(tmp_path, text)
    assert told in caught.value.text()
    assert "hunter2" not in caught.value.text()


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """Better than names that were read wrongly."""
    (tmp_path / "config.yaml").write_bytes("merchants: {a: {name: Café}}".encode("latin-1"))
    with pytest.raises(UserError, match="UTF-8"):
        load_settings(tmp_path / "config.yaml")


def test_the_file_is_looked_for_where_people_put_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one named, else the environment's, else the one in this folder."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="no configuration"):
        find_config()
    for name in ("config.yaml", "other.yaml", "third.yaml"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    assert find_config().name == "config.yaml"
    monkeypatch.setenv("FULFILLMENT_BRIDGE_CONFIG", "other.yaml")
    assert find_config().name == "other.yaml"
    assert find_config("third.yaml") == tmp_path / "third.yaml"


def test_the_state_stands_where_the_service_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key, else systemd's directory, else the file's own folder."""
    assert load(tmp_path, GOOD).state_directory == tmp_path
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/bridge:/var/lib/other")
    settings = load(tmp_path, GOOD)
    assert settings.database == "sqlite:////var/lib/bridge/bridge.db"
    chosen = load(tmp_path, GOOD + "state_directory: state\ndatabase: sqlite:///x.db\n")
    assert chosen.database == f"sqlite:///{tmp_path}/state/x.db"
    absolute = load(tmp_path, GOOD + "database: sqlite:////srv/x.db\n")
    assert absolute.database == "sqlite:////srv/x.db"
    other = load(tmp_path, GOOD + "database: postgresql://db/bridge\n")
    assert other.database == "postgresql://db/bridge"


def test_a_secret_comes_from_the_environment_or_from_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked up when it is needed; a missing one stops no other connection."""
    settings = load(tmp_path, GOOD)
    ((place, secret),) = settings.secrets()
    assert place == "connections.acme_org.password"
    with pytest.raises(Misconfigured) as missing:
        secret.reveal()
    assert "FULFILLMENT_BRIDGE_SECRET_ACME_PASSWORD" in missing.value.remedy
    assert settings.known_secrets() == []
    (tmp_path / "acme_password").write_text("from a file \n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert secret.reveal() == "from a file "
    monkeypatch.setenv("FULFILLMENT_BRIDGE_SECRET_ACME_PASSWORD", "from outside")
    assert (secret.reveal(), settings.known_secrets()) == ("from outside", ["from outside"])


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{!r}".format])
def test_a_secret_never_shows_itself(show: Callable[[object], str]) -> None:
    """However it is printed."""
    secret = Secret("token", SecretSource({"FULFILLMENT_BRIDGE_SECRET_TOKEN": "hunter2"}))
    assert secret.reveal() == "hunter2"
    assert show(secret) == "Secret('token')"
    assert show([secret]) == "[Secret('token')]"


def test_a_secret_does_not_leave_the_process() -> None:
    """It cannot be pickled or copied into something that can."""
    secret = Secret("token", SecretSource({}))
    for leave in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError):
            leave(secret)
    assert not secret.is_set()
    assert {secret: 1}[Secret("token", SecretSource({}))] == 1
