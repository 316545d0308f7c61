"""A secret among a warehouse's own options may stand in the store, and change while we run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import Field, SecretStr

from fulfillment_bridge.registry import WAREHOUSES
from fulfillment_bridge.warehouses.csv_drop import CsvDropOptions, CsvDropWarehouse
from tests.flows.world import WAREHOUSE, FlowWorld, change_config

TOKEN = "reno_token"


class VaultedOptions(CsvDropOptions):
    """With something that nobody may know."""

    token: SecretStr = Field(min_length=3)


class VaultedWarehouse(CsvDropWarehouse):
    """A folder warehouse that wants a token."""

    Options = VaultedOptions  # type: ignore[assignment]  # its constructor wants more

    @property
    def token(self) -> str:
        """What it was made with."""
        assert isinstance(self._options, VaultedOptions)
        return self._options.token.get_secret_value()


@pytest.fixture
def vaulted(acme_world: FlowWorld) -> Iterator[FlowWorld]:
    """A world whose one warehouse is of a kind of our own."""
    WAREHOUSES["vaulted"] = f"{__name__}:{VaultedWarehouse.__name__}"
    warehouses = yaml.safe_load(Path(acme_world.config).read_text())["warehouses"]
    warehouses[WAREHOUSE]["type"] = "vaulted"
    warehouses[WAREHOUSE]["options"]["token"] = {"secret": TOKEN}
    change_config(acme_world, warehouses=warehouses)
    yield acme_world
    del WAREHOUSES["vaulted"]


def test_options_are_read_when_the_adapter_is_made_and_anew_when_they_changed(
    vaulted: FlowWorld,
) -> None:
    """Nobody has to start the service again; what did not change stays as it is."""
    with vaulted.bridge() as bridge:
        bridge.secrets.set(TOKEN, "first", by="ann")
        made = bridge.warehouse(WAREHOUSE)
        assert isinstance(made, VaultedWarehouse)
        assert (made.token, bridge.warehouse(WAREHOUSE) is made) == ("first", True)
        bridge.secrets.set(TOKEN, "second", by="ann")
        again = bridge.warehouse(WAREHOUSE)
        assert isinstance(again, VaultedWarehouse)
        assert again.token == "second"


def test_a_missing_or_useless_secret_stops_that_warehouse_alone(vaulted: FlowWorld) -> None:
    """Until somebody types it in; the cart goes on."""
    vaulted.set_up()
    with vaulted.bridge() as bridge:
        missing = bridge.run("order_delivery", WAREHOUSE)
        assert bridge.run("order_download", "acme").outcome == "ok"
        bridge.secrets.set(TOKEN, "x", by="ann")
        useless = bridge.run("order_delivery", WAREHOUSE)
        bridge.secrets.set(TOKEN, "long enough", by="ann")
        assert bridge.run("order_delivery", WAREHOUSE).outcome == "ok"
    assert missing.error is not None
    assert useless.error is not None
    assert (missing.outcome, missing.error["code"]) == ("failed", "SECRET_MISSING")
    assert f"fulfillment-bridge secrets set {TOKEN}" in missing.error["remedy"]
    assert (useless.outcome, useless.error["code"]) == ("failed", "CONFIG")
    assert f"warehouses.{WAREHOUSE}.options.token" in useless.error["problems"][0]
