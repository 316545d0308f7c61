"""What the engine's features look like from outside: control address and command line.

Sources: the simulator's own design.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.org import Org
from fulfillment_bridge.simulator.server import OrgHandle, SimulatorServer
from tests.simulator.conftest import small_org
from tests.simulator.web_client import ControlClient, OrgClient


def dump_of_small_org(directory: Path) -> Path:
    """The describes of a small org in a folder."""
    org = Org.from_description(small_org("original"), clock=SimulatedClock())
    admin = org.users["admin@original.example"]
    for name in ("Account", "Parcel__c"):
        body = org.describe(admin, name, "61.0")
        (directory / f"{name}.json").write_text(json.dumps(body))
    org.close()
    return directory


@pytest.fixture
def handle(open_org: Callable[[], OrgHandle]) -> OrgHandle:
    """A small org that answers over HTTP."""
    return open_org()


@pytest.fixture
def client(handle: OrgHandle) -> Iterator[OrgClient]:
    """Its integration user, logged in."""
    with OrgClient(handle) as logged_in:
        logged_in.login()
        yield logged_in


def test_records_are_locked_and_freed_through_the_control_address(
    handle: OrgHandle, client: OrgClient, control: ControlClient
) -> None:
    """UNABLE_TO_LOCK_ROW a number of times; locks count their tries."""
    parcel = client.create("Parcel__c", Code__c="A")
    locks = [{"object": "Parcel__c", "times": 1}]
    shown = control.post(f"/orgs/{handle.name}/settings", {"row_locks": locks})
    assert shown["row_locks"][0]["times"] == 1
    refused = client.patch(f"sobjects/Parcel__c/{parcel}", {"Weight__c": 1})
    assert refused.json()[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"
    assert client.patch(f"sobjects/Parcel__c/{parcel}", {"Weight__c": 1}).status_code == 204
    settings = control.get(f"/orgs/{handle.name}/settings")
    assert (settings["row_locks"][0]["tries"], settings["row_locks"][0]["struck"]) == (2, 1)


def test_an_approval_is_put_on_a_record_through_the_control_address(
    handle: OrgHandle, client: OrgClient, control: ControlClient
) -> None:
    """Until the list is emptied; who may modify all data is not bound by it."""
    parcel = client.create("Parcel__c", Code__c="A")
    user = f"/orgs/{handle.name}/users/{handle.username}"
    control.post(user, {"permissions": ["ApiEnabled"]})
    control.post(f"/orgs/{handle.name}/settings", {"locked_records": [parcel]})
    refused = client.patch(f"sobjects/Parcel__c/{parcel}", {"Weight__c": 1})
    assert refused.json()[0]["errorCode"] == "ENTITY_IS_LOCKED"
    control.post(f"/orgs/{handle.name}/settings", {"locked_records": []})
    assert client.patch(f"sobjects/Parcel__c/{parcel}", {"Weight__c": 1}).status_code == 204


def test_a_folder_of_describes_is_opened_like_any_org(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """By its path, with users of its own."""
    handle = simulator.add_org(str(dump_of_small_org(tmp_path)))
    with OrgClient(handle) as client:
        client.login()
        parcel = client.create("Parcel__c", Code__c="A")
        assert client.get(f"sobjects/Parcel__c/{parcel}").json()["Code__c"] == "A"
    simulator.remove_org(handle.name)


def test_the_command_line_opens_folders_of_describes(tmp_path: Path) -> None:
    """Only them, unless orgs are named too."""
    command = [sys.executable, "-m", "fulfillment_bridge.simulator", "--no-tls", "--describe"]
    process = subprocess.Popen(
        [*command, str(dump_of_small_org(tmp_path))], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        process.terminate()
    assert len(ready["orgs"]) == 1
    assert ready["orgs"][0]["username"].startswith("bridge@")
