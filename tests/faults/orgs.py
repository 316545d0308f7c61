"""The merchants' orgs in a process of their own, and what their people and their trouble do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any

from fulfillment_bridge.simulator.changes import Numbers
from fulfillment_bridge.simulator.descriptions import load_description
from fulfillment_bridge.simulator.ids import IdSource
from fulfillment_bridge.simulator.model import CommitLag, Operation, OrgSettings, RowLock
from fulfillment_bridge.simulator.server import OrgHandle, SimulatorServer
from fulfillment_bridge.simulator.usage import ApiUsage
from tests.faults.clocks import OrgClock, SharedTime
from tests.faults.forks import Child

MERCHANTS = ("acme", "globex")
ORDER, LINE, PRODUCT = "Sales_Order__c", "Sales_Order_Line__c", "Product2"
REFUSED = "NO TRACKING PLEASE"
BUSY = "BUSY"
ADDRESS = {
    "ShippingStreet": "1 Market St",
    "ShippingCity": "Reno",
    "ShippingState": "NV",
    "ShippingPostalCode": "89501",
    "ShippingCountry": "US",
}
_SHOWN = (
    f"SELECT Order_No__c, Tracking_No__c, WMS_Status__c FROM {ORDER} "  # noqa: S608 - names of ours
    "WHERE NOT IsDeleted ORDER BY Id"
)
_STOCK = f"SELECT ProductCode, Warehouse_Stock__c FROM {PRODUCT} ORDER BY Id"  # noqa: S608 - the same


def description(merchant: str) -> dict[str, Any]:
    """An org whose automation edits orders that we write to, or refuses them."""
    described = load_description("globex")
    order = described["objects"][ORDER]
    order["fields"]["Touched__c"] = {"type": "text", "length": 40, "label": "Touched"}
    order["automation"] = {
        "Echo": {"on": ["update"], "set": {"Touched__c": '"last: " & WMS_Status__c'}},
        "Busy": {
            "kind": "trigger",
            "on": ["update"],
            "when": f"Attention__c = '{BUSY}'",
            "most_rows": 1,
            "throws": "cpu",
        },
    }
    order["validation_rules"] = {
        "Refuse": {
            "when": f"Attention__c = '{REFUSED}' && NOT(ISBLANK(Tracking_No__c))",
            "message": "We want no tracking here",
            "field": "Tracking_No__c",
        }
    }
    return {**described, "name": merchant}


class OrgProcess:
    """Stands for the orgs in the process that tells the history."""

    def __init__(self, time: SharedTime) -> None:
        self._child = Child(lambda connection: _serve(connection, time))

    def __call__(self, what: str, *arguments: Any) -> Any:
        """Have the orgs do something; what comes back."""
        self._child.connection.send((what, arguments))
        answer = self._child.receive()
        if answer is None:
            raise RuntimeError(f"the orgs died of {what}")
        if not answer[0]:
            raise RuntimeError(f"{what}{arguments}: {answer[1]}")
        return answer[1]

    def close(self) -> None:
        self._child.kill()


def _serve(connection: Connection, time: SharedTime) -> None:
    with SimulatorServer(tls=False, clock=OrgClock(time)) as server:
        orgs = Orgs(server)
        while True:
            what, arguments = connection.recv()
            try:
                connection.send((True, getattr(orgs, what)(*arguments)))
            except Exception as error:  # noqa: BLE001 - told to the other process
                connection.send((False, repr(error)))


class Orgs:
    """What the orgs' people do, and what goes wrong there. Runs in their process."""

    def __init__(self, server: SimulatorServer) -> None:
        self._server = server
        self._orgs: dict[str, OrgHandle] = {
            name: server.add_org(description(name)) for name in MERCHANTS
        }
        self._accounts: dict[str, str] = {}
        self.reset()

    def endpoints(self) -> dict[str, dict[str, Any]]:
        """Where the orgs are and who may log in."""
        return {name: handle.endpoint() for name, handle in self._orgs.items()}

    def reset(self) -> None:
        """Empty orgs, in which nothing has happened yet."""
        self._server.faults.remove()
        self._server.log.clear()
        for name, handle in self._orgs.items():
            engine, tenant = handle.org, handle.tenant
            engine.settings = OrgSettings()
            tenant.usage = ApiUsage()
            tenant.sessions.expire()
            tenant.locators.forget_all()
            connection = engine._store._connection
            for table in (ORDER, LINE, PRODUCT, "Account"):
                for kind in (table, f"{table}#old"):
                    connection.execute(f'DELETE FROM "{kind}"')  # noqa: S608 - a name of ours
            connection.execute('DELETE FROM "#lag"')
            connection.execute('DELETE FROM "#purged"')
            engine._ids, engine._numbers = IdSource(f"{name}/laboratory"), Numbers()
            [self._accounts[name]] = engine.insert_raw("Account", [{"Name": "Buyer", **ADDRESS}])

    def insert(self, merchant: str, table: str, rows: Sequence[dict[str, Any]], lag: float) -> Any:
        """New records, stamped now and seen ``lag`` seconds later; their ids."""
        engine = self._orgs[merchant].org
        owned = {"Account__c": self._accounts[merchant]} if table == ORDER else {}
        engine.settings.commit_lag = [CommitLag(lag)] if lag else []
        try:
            return engine.insert_raw(
                table, [{**owned, **row} for row in rows], stamp=engine.clock.now()
            )
        finally:
            engine.settings.commit_lag = []

    def change(
        self, merchant: str, table: str, record_id: str, values: Mapping[str, Any], lag: float
    ) -> None:
        """An edit, stamped now and seen ``lag`` seconds later."""
        engine = self._orgs[merchant].org
        engine.settings.commit_lag = [CommitLag(lag)] if lag else []
        try:
            engine.update_raw(table, record_id, dict(values), stamp=engine.clock.now())
        finally:
            engine.settings.commit_lag = []

    def delete(self, merchant: str, table: str, record_id: str) -> bool:
        """Somebody deletes a record; False where it is locked."""
        handle = self._orgs[merchant]
        admin = handle.org.users[handle.admin_username.lower()]
        operation = Operation("delete", table, record_id, {})
        [result] = handle.org.save(admin, [operation], all_or_none=True)
        return result.success

    def shown(self) -> dict[str, Any]:
        """What people see now: tracking and status of orders, stock of products."""
        found: dict[str, Any] = {}
        for name, handle in self._orgs.items():
            read = handle.org._store.read
            orders = {number: [tracking or "", status or ""] for number, tracking, status
                      in read(_SHOWN)}  # fmt: skip
            found[name] = {"orders": orders, "stock": [list(row) for row in read(_STOCK)]}
        return found

    def fail(self, rule: Mapping[str, Any]) -> None:
        """Requests that fit go wrong from now on."""
        self._server.faults.add(rule)

    def expire(self, merchant: str) -> None:
        """All sessions are over."""
        self._orgs[merchant].tenant.sessions.expire()

    def use_up(self, merchant: str, percent: int) -> None:
        """The org's other programs have used so much of its API calls."""
        settings = self._orgs[merchant].org.settings
        settings.api_usage_by_others = settings.daily_api_limit * percent // 100

    def lock(self, merchant: str, record_ids: Sequence[str], times: int) -> None:
        """Orders under approval, and rows that others hold for so many tries."""
        settings = self._orgs[merchant].org.settings
        settings.locked_records = set(record_ids)
        settings.row_locks = [RowLock(object_name=ORDER, times=times)] if times else []

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self._server.faults.remove()
        for handle in self._orgs.values():
            settings = handle.org.settings
            settings.api_usage_by_others = 0
            settings.locked_records, settings.row_locks = set(), []

    def charged(self, merchant: str = "") -> int:
        """How many API calls our user has been charged, by one org or by all."""
        log = self._server.log
        return sum(
            int(log.usage(org=name, user=handle.username)["charged"])
            for name, handle in self._orgs.items()
            if merchant in ("", name)
        )
