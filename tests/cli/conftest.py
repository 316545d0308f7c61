"""A world with a round behind it, for commands that look; and one of one's own for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fulfillment_bridge.simulator.merchants import MerchantSummary
from tests.cli.keyboard import Answer, type_command
from tests.flows.world import FlowWorld, open_world


@dataclass(frozen=True)
class Traded:
    """A world, and what its merchants made."""

    world: FlowWorld
    made: dict[str, MerchantSummary]

    def type(self, *words: str) -> Answer:
        """Type a command with this world's configuration."""
        return type_command(*words, config=self.world.config)


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traded]:
    """Two merchants who share order numbers, six orders each, three of them held; one round."""
    folder = tmp_path_factory.mktemp("traded")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CREDENTIALS_DIRECTORY", str(folder / "credentials"))
        with open_world(folder, ["acme", "globex"]) as world:
            world.set_up()
            made = {name: world.trade(name, 6, planted=3) for name in world.orgs}
            with world.bridge() as bridge:
                world.round(bridge)
            yield Traded(world, made)


@pytest.fixture
def new_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlowWorld]:
    """One merchant, nothing loaded yet."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    with open_world(tmp_path, ["acme"]) as world:
        yield world
