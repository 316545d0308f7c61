"""Every name in the registry is real and has what its contract asks; the README tells of each."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.jobs.base import RunsPer
from fulfillment_bridge.registry import CARTS, JOBS, WAREHOUSES, load
from fulfillment_bridge.warehouses.base import Warehouse
from tests.house.source import PACKAGE, ROOT, parse, python_files

# What a look at the example configuration needs of it.
Config = Mapping[str, Mapping[str, Mapping[str, Any]]]


def test_each_cart_type_keeps_its_contract() -> None:
    """A class with its own options and everything that a cart can do."""
    assert list(adapter_faults(CARTS, "carts", Cart)) == []


def test_each_warehouse_type_keeps_its_contract() -> None:
    """A class with its own options and everything that a warehouse can do."""
    assert list(adapter_faults(WAREHOUSES, "warehouses", Warehouse)) == []


def test_each_job_keeps_its_contract() -> None:
    """A module of its own name, that says per what and how often it runs, and can be run."""
    assert list(job_faults(JOBS)) == []


def test_no_job_is_forgotten() -> None:
    """A module that says per what it runs is a job, and stands in the registry."""
    assert list(forgotten_jobs(ROOT, JOBS)) == []


def test_the_example_configuration_uses_names_of_the_registry() -> None:
    """What config.yaml shows can be copied."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    assert list(unknown_names(config)) == []


def test_the_readme_tells_of_each_name() -> None:
    """Whoever looks for what there is finds it on the first page."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert list(untold_names(text)) == []


@pytest.mark.parametrize(
    ("dotted", "expected"),
    [
        (f"{PACKAGE}.warehouses.no_such:Warehouse", "cannot be loaded"),
        (f"{PACKAGE}.warehouses.csv_drop:NoSuch", "cannot be loaded"),
        (f"{PACKAGE}.warehouses.csv_drop", "is no class"),
        (f"{PACKAGE}.jobs.base:JobContext", "does not stand in"),
        (f"{PACKAGE}.warehouses.base:Receipt", "has no submit"),
        (f"{PACKAGE}.warehouses.base:Receipt", "has no capabilities"),
        (f"{PACKAGE}.warehouses.base:Receipt", "has no Options"),
    ],
)
def test_a_bad_adapter_is_found(dotted: str, expected: str) -> None:
    """Planted into a registry, each kind of fault is named."""
    found = list(adapter_faults({"planted": dotted}, "warehouses", Warehouse))
    assert any(expected in fault for fault in found)


def test_an_adapter_with_other_parameters_is_found() -> None:
    """A method that is called by name has to take what it is given."""

    class Planted:
        def acknowledge(self, batch: object) -> None: ...

    assert any("acknowledge(self, batch" in fault for fault in _missing(Planted, Warehouse))


@pytest.mark.parametrize(
    ("dotted", "expected"),
    [
        (f"{PACKAGE}.jobs.no_such", "cannot be loaded"),
        (f"{PACKAGE}.jobs.order_download", "is called order_download"),
        (f"{PACKAGE}.jobs.base", "has no RUNS_PER"),
        (f"{PACKAGE}.jobs.base", "has no EVERY_SECONDS"),
        (f"{PACKAGE}.jobs.base", "has no run(ctx)"),
    ],
)
def test_a_bad_job_is_found(dotted: str, expected: str) -> None:
    """Planted into a registry, each kind of fault is named."""
    assert any(expected in fault for fault in job_faults({"planted": dotted}))


def test_a_job_that_was_not_registered_is_found(tmp_path: Path) -> None:
    """A file that is written and never run would be found missing by nobody."""
    (tmp_path / PACKAGE / "jobs").mkdir(parents=True)
    planted = tmp_path / PACKAGE / "jobs" / "planted.py"
    planted.write_text("RUNS_PER = 'cart'\n", encoding="utf-8")
    assert list(forgotten_jobs(tmp_path, JOBS)) == ["planted"]


def test_a_name_unknown_to_the_registry_is_found_in_a_configuration() -> None:
    """Planted into a configuration, each kind of name is named."""
    config = {
        "connections": {"a": {"type": "magento"}},
        "warehouses": {"b": {"type": "fax"}},
        "jobs": {"order_upload": {"every": "5m"}},
    }
    assert list(unknown_names(config)) == ["magento", "fax", "order_upload"]


def test_a_name_that_the_readme_leaves_out_is_found() -> None:
    """An empty page tells of nothing."""
    assert list(untold_names("")) == [*CARTS, *WAREHOUSES, *JOBS]


def adapter_faults(names: Mapping[str, str], folder: str, contract: type) -> Iterator[str]:
    """One line for each way in which an adapter falls short of its contract."""
    for name, dotted in names.items():
        if not dotted.startswith(f"{PACKAGE}.{folder}."):
            yield f"{name}: {dotted} does not stand in {folder}/"
        adapter = _loaded(dotted)
        if adapter is None:
            yield f"{name}: {dotted} cannot be loaded"
        elif not inspect.isclass(adapter):
            yield f"{name}: {dotted} is no class"
        else:
            yield from (f"{name} has no {member}" for member in _missing(adapter, contract))


def job_faults(names: Mapping[str, str]) -> Iterator[str]:
    """One line for each way in which a job falls short of its contract."""
    for name, dotted in names.items():
        if dotted != f"{PACKAGE}.jobs.{name}":
            yield f"{name}: the file is called {dotted.rpartition('.')[2]}"
        job = _loaded(dotted)
        if job is None:
            yield f"{name}: {dotted} cannot be loaded"
            continue
        if getattr(job, "RUNS_PER", None) not in get_args(RunsPer):
            yield f"{name} has no RUNS_PER"
        if not isinstance(getattr(job, "EVERY_SECONDS", None), int):
            yield f"{name} has no EVERY_SECONDS"
        run = getattr(job, "run", None)
        if not inspect.isfunction(run) or [*inspect.signature(run).parameters] != ["ctx"]:
            yield f"{name} has no run(ctx)"


def forgotten_jobs(root: Path, names: Mapping[str, str]) -> Iterator[str]:
    """The job modules that no registry line names."""
    for path in python_files(root, f"{PACKAGE}/jobs"):
        targets = [
            target.id
            for node in parse(path).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        ]
        if "RUNS_PER" in targets and path.stem not in names:
            yield path.stem


def unknown_names(config: Config) -> Iterator[str]:
    """The types and jobs of a configuration that the registry does not know."""
    for section, known in (("connections", CARTS), ("warehouses", WAREHOUSES)):
        for part in config[section].values():
            if part["type"] not in known:
                yield part["type"]
    yield from (name for name in config.get("jobs", {}) if name not in JOBS)


def untold_names(text: str) -> Iterator[str]:
    """The names of the registry that a text does not hold as code."""
    yield from (name for name in (*CARTS, *WAREHOUSES, *JOBS) if f"`{name}`" not in text)


def _loaded(dotted: str) -> Any:
    try:
        return load(dotted)
    except (ImportError, AttributeError):
        return None


def _missing(adapter: type, contract: type) -> Iterator[str]:
    """What the contract asks for and the adapter has not, or with other parameters."""
    for name, method in inspect.getmembers(contract, inspect.isfunction):
        if not name.startswith("_"):
            ours = getattr(adapter, name, None)
            if not callable(ours):
                yield name
            elif [*inspect.signature(ours).parameters] != [*inspect.signature(method).parameters]:
                yield f"{name}{inspect.signature(method)}"
    for name in inspect.get_annotations(contract):
        # Set on the class, declared there, or set by its own methods.
        if not hasattr(adapter, name) and not re.search(
            rf"^    {name}:|^        self\.{name} = ", inspect.getsource(adapter), re.MULTILINE
        ):
            yield name
    options = getattr(adapter, "Options", None)
    if not (inspect.isclass(options) and issubclass(options, BaseModel)):
        yield "Options"
