"""One seed's history: what people and programs do, in the order that chance gives it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.faults.building import SKUS, Building
from tests.faults.clocks import SharedTime
from tests.faults.merchants import Merchants
from tests.faults.orgs import MERCHANTS, PRODUCT, OrgProcess
from tests.faults.scenes import SCENES
from tests.faults.themes import Theme
from tests.faults.troubles import Troubles
from tests.faults.workers import WorkerProcess, Workers

PER_CART = ("order_download", "shipment_upload", "inventory_sync")
OF_CARTS = (*PER_CART, "reconciliation", "schema_check")
PER_WAREHOUSE = ("order_delivery", "shipment_collection", "stock_collection")
MOST_ROUNDS = 6
BETWEEN_ROUNDS = 4200
CALM = frozenset({"unchanged", "older", "not_ours", "without_stock", "without_record", "not_live"})
WAITS = "order_delivery requests_open"
"""About an order whose fate only a person can tell this is rest; nowhere else it is."""
CALM_CALLS = 4
"""A poll, a look at held orders, their lines and the stock: of one cart in a calm round."""


MOST_WHEN_USED_UP = 2
"""The org says in its answers how its calls stand, so one is made; and a login is one too."""


class Story:
    """Tells the history of one seed. ``log`` says what happened, for people."""

    def __init__(
        self,
        orgs: OrgProcess,
        time: SharedTime,
        building: Building,
        workers: Workers,
        chance: random.Random,
        theme: Theme,
    ) -> None:
        self._orgs, self.time, self.building = orgs, time, building
        self._idle, self.chance, self._theme = workers, chance, theme
        self._names = MERCHANTS[: theme.merchants]
        self.merchants = Merchants(orgs, time, chance, self._names, lags=theme.lags)
        self._troubles = Troubles(orgs, time, chance, theme)
        self._workers: dict[str, WorkerProcess] = {}
        self._busy: set[str] = set()
        self._samples: list[dict[str, Any]] = []
        self._unrest: list[str] = []
        self._starved: list[str] = []
        self._slept_long = False
        self._spent: list[dict[str, int]] = []
        self._begun = 0
        self._counted_before, self._restored = 0, False
        self.deaths = 0
        self.log: list[str] = [f"theme: {theme.name}"]

    def tell(self) -> dict[str, Any]:
        """The whole story; the history for the checker."""
        self.open()
        if scene := SCENES.get(self._theme.name):
            scene(self)
        for _ in range(self._theme.jobs_told):
            self._people_act()
            self._pass(self.chance.choice(self._theme.gaps))
            self._troubles.jump_clock()
            job, target = self._some_job()
            self.run(job, target, plan=self._troubles.plan(job))
        return self.end()

    def open(self) -> None:
        """The merchants sell these goods, one of them without an inventory record."""
        for name in self._names:
            rows = [{"Name": sku, "ProductCode": sku, "IsActive": True} for sku in SKUS[:-1]]
            self._orgs("insert", name, PRODUCT, rows, 0)
        self._counted_before = self._uncounted()
        self._sample()

    def run(self, job: str, target: str, *, plan: dict[str, Any], trouble: bool = True) -> None:
        """One job in some worker that is free, which may die of it or be overtaken."""
        name = self.chance.choice([each for each in ("one", "two") if each not in self._busy])
        worker = self._worker(name)
        self.note(f"{name} runs {job} {target} {plan or ''}")
        if trouble:
            self.note(self._troubles.strike(self._names, self.merchants.orders))
        used_up = self._troubles.used_up if trouble else ""
        before, begun = self._orgs("charged", used_up) if used_up else 0, self._begun
        self._begun += 1
        answer = worker.start(job, target, plan)
        while answer is not None and answer[0] == "paused":
            answer = self._while_paused(name, worker, answer[1])
        if used_up:
            calls = self._orgs("charged", used_up) - before
            allowed = MOST_WHEN_USED_UP * (self._begun - begun)
            self._spent.append({"calls": calls, "allowed": allowed})
        self._troubles.cease()
        if answer is None:
            self.note(f"{name} is dead")
            self.deaths += 1
            del self._workers[name]
        else:
            told = answer[1]
            self.note(f"{name}: {told['outcome']} {told['counts']} {told['error'] or ''}")
            self._judge(job, target, told)
        self._sample()

    def end(self) -> dict[str, Any]:
        """The faults stop; after a few rounds all is at rest, or it never comes to rest."""
        self.note("the faults stop")
        self._troubles.heal()
        self._told("resume", "")
        self.building.mend()
        self.building.finish_files()
        self.building.release_late_files()
        faulty = self._uncounted()
        calls = self._come_to_rest()
        if unknown := self._unknown():
            self._told("settle", json.dumps(unknown))
            calls = self._come_to_rest()
        calm = self._uncounted() - faulty
        return {
            **self._history(calls),
            "uncounted": calm,
            "unexplained": 0 if self._restored else self._unexplained(faulty),
        }

    def _uncounted(self) -> int:
        """By how many calls the orgs' count is ahead of what the bridge says it has made."""
        charged: int = self._orgs("charged")
        return charged - int(self._told("counted", "")["calls"])

    def _unexplained(self, faulty: int) -> int:
        """Who dies in a call has not counted it; of one that broke off nobody knows whether the
        org did."""
        more = faulty - self._counted_before
        return max(0, more - self.deaths) + max(0, -more - self._troubles.requests)

    def _come_to_rest(self) -> int:
        """Rounds until nothing happens any more; how many calls the last one cost."""
        last: dict[str, int] = {}
        for number in range(MOST_ROUNDS):
            self.time.advance(BETWEEN_ROUNDS)
            before = self._orgs("charged")
            last = self._round(count_stock=number == 0)
            if not last or (last.keys() == {WAITS} and self._unknown()):
                calls: int = self._orgs("charged") - before
                return calls
        self._unrest.append(f"after {MOST_ROUNDS} rounds it is not at rest: {last}")
        return 0

    def _unknown(self) -> dict[str, dict[str, bool]]:
        """Orders whose fate only a person can tell, by merchant, and whether they are there."""
        received = {(each["merchant"], each["number"]) for each in self.building.received}
        unknown: dict[str, dict[str, bool]] = {}
        for merchant, orders in self._told("report", "")["listed"].items():
            for number, listed in orders.items():
                if listed["state"] == "outcome_unknown":
                    unknown.setdefault(merchant, {})[number] = (merchant, number) in received
        return unknown

    @contextmanager
    def without_calls(self, merchant: str) -> Iterator[None]:
        """For less than a quarter of an hour others have used up the org's API calls."""
        self._orgs("use_up", merchant, 95)
        before = self._orgs("charged", merchant)
        yield
        calls = self._orgs("charged", merchant) - before
        self._spent.append({"calls": calls, "allowed": 2 * MOST_WHEN_USED_UP})
        self._troubles.cease()

    def care(self, what: str, *, plan: dict[str, Any] | None = None) -> None:
        """An operator backs the store up, or puts the backup in its place, or recovers.

        The service is stopped for it; a recovery that broke off is begun again.
        """
        self.close()
        self._restored |= what == "restore"
        self.run(what, "", plan=plan or {}, trouble=False)
        self.close()

    def close(self) -> None:
        """No worker is left: those that stand still are killed, the others may serve again."""
        for name, worker in self._workers.items():
            if name in self._busy:
                worker.kill()
            else:
                self._idle.give_back(worker)
        self._workers.clear()

    def _worker(self, name: str) -> WorkerProcess:
        if name not in self._workers:
            self._workers[name] = self._idle.take(self._theme.kind)
        return self._workers[name]

    def _round(self, *, count_stock: bool) -> dict[str, int]:
        """Every job once, with the warehouse's work between them; what was done."""
        done: dict[str, int] = {}
        for job in ("order_download", *PER_WAREHOUSE, "shipment_upload", "inventory_sync"):
            for target in self._names if job in PER_CART else ("reno",):
                for word, many in self._told(job, target)["counts"].items():
                    if word not in CALM:
                        done[f"{job} {word}"] = done.get(f"{job} {word}", 0) + many
            if job == "order_delivery":
                new = self.building.answer()
                self.time.advance(1)
                for name in self._names if new or count_stock else ():
                    self.building.count_stock(name, how="whole")
        return done

    def _told(self, job: str, target: str) -> dict[str, Any]:
        answer = self._worker("one").start(job, target, {})
        if answer is None:
            raise RuntimeError(f"{job} of {target} died by itself")
        told: dict[str, Any] = answer[1]
        self.note(f"{job} {target}: {told['outcome']} {told['counts']} {told['error'] or ''}")
        if told["outcome"] not in ("ok", "attention"):
            self._unrest.append(f"{job} of {target} ends {told['outcome']}: {told['error']}")
        self._sample()
        return told

    def _while_paused(self, name: str, worker: WorkerProcess, where: str) -> Any:
        self.note(f"{name} stands still at {where}")
        self._busy.add(name)
        began_at = self.time.truth
        if self.chance.random() < self._theme.corrected_meanwhile:
            self.note(self.building.correct_one(how="whole"))
        for job in self._theme.chain or [""] * self.chance.randrange(1, 4):
            self._people_act()
            self._pass(self.chance.choice(self._theme.pauses))
            if len(self._busy) == 1:
                self.run(*self._some_job(job), plan={}, trouble=False)
        self._busy.discard(name)
        if self.chance.random() < 0.3:
            worker.kill()
            return None
        self.note(f"{name} goes on")
        self._slept_long |= self.time.truth - began_at > self._theme.sleeps_at_most
        theme = self._theme
        dies = bool(theme.dies_awake) and self.chance.random() < 0.5
        return worker.go_on({"act": "kill", "at": 1, "point": theme.dies_awake} if dies else {})

    def _people_act(self) -> None:
        theme, chance = self._theme, self.chance
        acts: list[tuple[float, Callable[[], str | None]]] = [
            (1.0, self.merchants.create),
            (0.3, self.merchants.create_three),
            (theme.lines, self.merchants.add_line),
            (theme.edits, self.merchants.edit),
            (theme.edits / 2, lambda: self.merchants.set_status("Cancelled")),
            (theme.edits / 2, lambda: self.merchants.set_status("On Hold")),
            (theme.edits, lambda: self.merchants.set_status("Approved")),
            (theme.edits / 4, self.merchants.delete),
            (1.0, self.building.take),
            (theme.answers, self.building.answer),
            (0.8, self.building.ship_one),
            (theme.corrections, self.building.correct_one),
            (0.1, self.building.say_again),
            (0.3, self.building.release_late_files),
            (theme.stock, self._count_stock),
            (theme.spoils, self._spoil_or_mend),
        ]
        for _ in range(chance.randrange(1, 4)):
            act = chance.choices([each for _, each in acts], [weight for weight, _ in acts])[0]
            self.note(act() or "")

    def _spoil_or_mend(self) -> str:
        return self.building.mend() or self.building.spoil(self.chance.choice(self._names))

    def _count_stock(self) -> None:
        kind = self.chance.choices(("good", "old", "bad"), (6, 1, 1))[0]
        self.building.count_stock(self.chance.choice(self._names), kind=kind)

    def _some_job(self, job: str = "") -> tuple[str, str]:
        often = dict(self._theme.jobs)
        jobs = [*PER_CART, *PER_WAREHOUSE]
        jobs += often.keys() - set(jobs)
        job = job or self.chance.choices(jobs, [often.get(each, 1) for each in jobs])[0]
        return job, self.chance.choice(self._names) if job in OF_CARTS else "reno"

    def _pass(self, seconds: float) -> None:
        self.building.finish_files()
        self.time.advance(seconds)

    def _judge(self, job: str, target: str, told: dict[str, Any]) -> None:
        """A fault of ours must not hide among those that were planted."""
        if told["outcome"] == "failed" and told["kind"] not in self._bearable():
            self._unrest.append(f"{job} of {target} broke off: {told['kind']} {told['error']}")

    def _bearable(self) -> tuple[str, ...]:
        return ("Misconfigured", "Suspended", *["PartlyMisconfigured"] * bool(self.building.broken))

    def wants_served(self, merchant: str) -> None:
        """Whatever is ready of this merchant is at the warehouse by now, or it had to wait."""
        there = {(each["merchant"], each["number"]) for each in self.building.received}
        for order in self.merchants.orders:
            if order["merchant"] == merchant and (merchant, order["number"]) not in there:
                self._starved.append(f"{merchant} {order['number']} is not at the warehouse")

    def wants_shown(self, merchant: str) -> None:
        """What was shipped of this merchant is shown in its org by now, or it had to wait."""
        shown = self._orgs("shown")[merchant]["orders"]
        for shipment in self.building.shipments:
            if shipment["merchant"] == merchant and not shown[shipment["number"]][0]:
                self._starved.append(f"{merchant} {shipment['number']} shows no tracking")

    def _sample(self) -> None:
        self._samples.append(self._orgs("shown"))

    def note(self, text: str) -> None:
        """For people who read the history."""
        if text:
            self.log.append(f"{self.time.at_the_org():%d %H:%M:%S} {text}")

    def _history(self, calm_calls: int) -> dict[str, Any]:
        listed = self._told("report", "")["listed"]
        return {
            "orders": self.merchants.orders,
            "received": self.building.received,
            "shipments": self.building.shipments,
            "counts": self.building.counts,
            "requests": self.building.requests,
            "archives": self.building.archives,
            "asks": self._theme.kind == "asks",
            "shown": {name: self._samples[-1][name] for name in self._names},
            "samples": [{name: one[name] for name in self._names} for one in self._samples],
            "listed": {name: listed.get(name, {}) for name in self._names},
            "slept_long": self._slept_long,
            "unrest": self._unrest,
            "starved": self._starved,
            "spent": self._spent,
            "calm_calls": calm_calls,
            "most_calm_calls": CALM_CALLS * len(self._names),
        }
