"""Who may import whom, as a table."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.house.source import (
    PACKAGE,
    ROOT,
    copy_to,
    functions_of,
    module_of,
    parse,
    place,
    plant,
    python_files,
)

BELOW_JOBS = frozenset(
    {
        "carts.base",
        "warehouses.base",
        "clock",
        "crash_points",
        "domain",
        "errors",
        "mapping",
        "storage",
    }
)
BELOW_APP = frozenset(
    {
        "actions",
        "carts",
        "clock",
        "crash_points",
        "domain",
        "errors",
        "jobs",
        "later",
        "logs",
        "mapping",
        "registry",
        "runtime",
        "salesforce",
        "secrets",
        "settings",
        "storage",
        "warehouses",
    }
)

# A file may import its own layer and what stands here, nothing else of ours.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "errors": frozenset(),
    "clock": frozenset(),
    "crash_points": frozenset(),
    "later": frozenset(),
    "logs": frozenset(),
    "domain": frozenset({"errors"}),
    "registry": frozenset({"errors"}),
    "settings": frozenset({"errors", "registry", "secrets"}),
    "secrets": frozenset({"errors", "registry"}),
    "salesforce": frozenset({"clock", "crash_points", "errors"}),
    "mapping": frozenset({"domain", "errors"}),
    "storage": frozenset({"clock", "domain", "errors", "later"}),
    "carts": frozenset({"clock", "crash_points", "domain", "errors", "salesforce"}),
    "warehouses": frozenset({"clock", "crash_points", "domain", "errors"}),
    "jobs": BELOW_JOBS,
    "actions": BELOW_JOBS | {"jobs"},
    "runtime": frozenset(
        {"clock", "crash_points", "errors", "jobs.base", "logs", "registry", "storage"}
    ),
    "app_parts": BELOW_APP,
    "app_profiles": BELOW_APP,
    "app": BELOW_APP | {"app_parts", "app_profiles"},
    "simulator": frozenset(),
    "web": frozenset({"app", "actions", "domain", "errors", "settings"}),
    "cli": BELOW_APP | {"app", "app_profiles", "simulator", "web"},
    "__main__": frozenset({"cli"}),
}

# These are layers of their own inside another: the checker trusts nothing that it checks.
INNER_LAYERS: dict[str, frozenset[str]] = {"simulator.checker": frozenset()}

# The checker also does without our libraries, but for HTTP.
CHECKER_MAY_IMPORT = frozenset({*sys.stdlib_module_names, "requests", PACKAGE})

# The package itself holds the version and no more; the simulator does without even that.
WITHOUT_VERSION = frozenset({"simulator", "simulator.checker", "errors", "clock", "crash_points"})

# Only these may load a module by its name, or import inside a function.
MAY_LOAD_BY_NAME = (
    f"{PACKAGE}/registry.py",
    f"{PACKAGE}/later.py",
    f"{PACKAGE}/cli/",
    f"{PACKAGE}/simulator/main.py",
)


def test_every_file_imports_only_what_its_layer_may() -> None:
    """The layer table holds for every import of every file."""
    assert list(breaches(ROOT, python_files(ROOT, PACKAGE))) == []


def test_no_file_stands_outside_the_table() -> None:
    """A new file or folder at the top of the package has to be given a row."""
    names = {path.stem for path in (ROOT / PACKAGE).iterdir() if not path.name.startswith("__")}
    assert names - {"py"} <= set(MAY_IMPORT)


def test_modules_are_loaded_by_name_in_few_places() -> None:
    """Imports stand at the top of a file, except where parts are plugged in."""
    assert list(late_imports(ROOT, python_files(ROOT, PACKAGE))) == []


def test_the_checker_needs_only_the_standard_library_and_requests() -> None:
    """What judges the bridge stands on as little as possible."""
    paths = list(python_files(ROOT, f"{PACKAGE}/simulator/checker"))
    assert paths
    assert list(heavy_imports(ROOT, paths)) == []


def test_a_library_in_the_checker_is_found(tmp_path: Path) -> None:
    """Planted into a copy, it is named."""
    path = plant(tmp_path, f"{PACKAGE}/simulator/checker/planted.py", "import zeep.client")
    assert list(heavy_imports(tmp_path, [path])) == [f"{place(tmp_path, path, 2)}: zeep"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("domain/order.py", "from fulfillment_bridge.storage import database"),
        ("domain/planted.py", "import fulfillment_bridge.clock"),
        ("mapping/planted.py", "from fulfillment_bridge.salesforce.rest import get"),
        ("jobs/planted.py", "from fulfillment_bridge.carts.salesforce import SalesforceCart"),
        ("jobs/planted.py", "from fulfillment_bridge.carts import salesforce"),
        ("runtime/planted.py", "from fulfillment_bridge.jobs import order_download"),
        ("simulator/planted.py", "from fulfillment_bridge import errors"),
        ("simulator/planted.py", "from fulfillment_bridge import __version__"),
        ("simulator/checker/planted.py", "from fulfillment_bridge.simulator import org"),
        ("simulator/checker/planted.py", "from fulfillment_bridge.simulator.soql import parse"),
        ("app.py", "from fulfillment_bridge.cli import main"),
        ("settings.py", "from fulfillment_bridge.domain.order import Order"),
    ],
)
def test_a_breach_of_the_layers_is_found(tmp_path: Path, name: str, line: str) -> None:
    """Planted into a copy, each forbidden import is named with its line."""
    root = copy_to(tmp_path, PACKAGE)
    path = plant(root, f"{PACKAGE}/{name}", line)
    last_line = len(path.read_text(encoding="utf-8").splitlines())
    found = list(breaches(root, [path]))
    assert [line.rpartition(": ")[0] for line in found] == [f"{PACKAGE}/{name}:{last_line}"]


@pytest.mark.parametrize(
    "text",
    [
        "def late() -> None:\n    import csv",
        "def late() -> None:\n    from fulfillment_bridge import errors",
        "from importlib import import_module",
        "import importlib\nimportlib.import_module('csv')",
        "__import__('csv')",
    ],
)
def test_a_late_import_is_found(tmp_path: Path, text: str) -> None:
    """Planted into a copy, an import inside a function or by name is named."""
    root = copy_to(tmp_path, PACKAGE)
    path = plant(root, f"{PACKAGE}/storage/planted.py", text)
    found = list(late_imports(root, [path]))
    assert len(found) == 1
    assert found[0].startswith(f"{PACKAGE}/storage/planted.py:")


def breaches(root: Path, paths: Iterable[Path]) -> Iterator[str]:
    """One line for each import in these files that the table does not allow."""
    for path in paths:
        ours = module_of(root, path).removeprefix(PACKAGE).removeprefix(".")
        for node, imported in _imports_of_ours(root, path):
            if not _allowed(ours, imported):
                what = imported or "the package itself"
                yield f"{place(root, path, node)}: {ours} may not import {what}"


def late_imports(root: Path, paths: Iterable[Path]) -> Iterator[str]:
    """One line for each import inside a function and each loading by name."""
    for path in paths:
        name = str(path.relative_to(root))
        if name.startswith(MAY_LOAD_BY_NAME):
            continue
        tree = parse(path)
        for line in sorted({node.lineno for node in _late_nodes(tree)}):
            yield f"{place(root, path, line)}: import at the top of the file"


def heavy_imports(root: Path, paths: Iterable[Path]) -> Iterator[str]:
    """One line for each import of a library that the checker does without."""
    for path in paths:
        for node, name in _imports(root, path):
            if name.partition(".")[0] not in CHECKER_MAY_IMPORT:
                yield f"{place(root, path, node)}: {name.partition('.')[0]}"


def _allowed(ours: str, imported: str) -> bool:
    layer, rows = _layer_of(ours)
    if imported == "":
        return layer not in WITHOUT_VERSION
    if imported == layer or imported.startswith(f"{layer}."):
        # An outer layer may use an inner one only through its row.
        return layer == _layer_of(imported)[0] or layer not in INNER_LAYERS
    return any(imported == row or imported.startswith(f"{row}.") for row in rows)


def _layer_of(module: str) -> tuple[str, frozenset[str]]:
    for inner, rows in INNER_LAYERS.items():
        if module == inner or module.startswith(f"{inner}."):
            return inner, rows
    layer = module.partition(".")[0]
    return layer, MAY_IMPORT.get(layer, frozenset())


def _imports_of_ours(root: Path, path: Path) -> Iterator[tuple[ast.stmt, str]]:
    """Each import of ours, without the package's name."""
    for node, name in _imports(root, path):
        if name == PACKAGE or name.startswith(f"{PACKAGE}."):
            yield node, name.removeprefix(PACKAGE).removeprefix(".")


def _imports(root: Path, path: Path) -> Iterator[tuple[ast.stmt, str]]:
    """Each import with the module it really names."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, _named(root, node.module or "", a.name)) for a in node.names)


def _named(root: Path, module: str, name: str) -> str:
    """``from a import b`` names the module ``a.b`` where there is one, else ``a``."""
    longer = root.joinpath(*module.split("."), name)
    is_module = longer.is_dir() or longer.with_suffix(".py").is_file()
    return f"{module}.{name}" if is_module else module


def _late_nodes(tree: ast.Module) -> Iterator[ast.stmt | ast.expr]:
    for function in functions_of(tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(name.name == "importlib" for name in node.names):
            yield node
        if isinstance(node, ast.ImportFrom) and node.module == "importlib":
            if any(name.name == "import_module" for name in node.names):
                yield node
        elif isinstance(node, ast.Name) and node.id == "__import__":
            yield node
