"""What our code and tests do without: mocks, patches of ourselves, sleeping, long files."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.house.source import (
    CODE,
    PACKAGE,
    ROOT,
    functions_of,
    parse,
    place,
    plant,
    python_files,
    saying,
)

# Exceptions are listed by file, each with its reason. None is needed so far.
MAY_PATCH_OUR_CODE: dict[str, str] = {}
MAY_SLEEP: dict[str, str] = {}
MAY_BE_LONG: dict[str, str] = {}
MAY_HAVE_LONG_FUNCTIONS: dict[str, str] = {}

MOCKS = ("unittest.mock", "mock", "responses", "pytest_mock")
PATCHES = frozenset({"setattr", "delattr", "setitem", "delitem"})
SLEEPERS = frozenset({"time", "asyncio", "anyio"})
LONGEST_FILE = 400
LONGEST_FUNCTION = 40

# A code, and after it the reason: `# type: ignore[arg-type]  # the stubs know only str`
TYPE_IGNORE = re.compile(r"#\s*type:\s*ignore\b")
WELL_MADE_IGNORE = re.compile(r"#\s*type:\s*ignore\[[a-z][a-z, -]*\]\s*#\s*\S+\s+\S+")


def test_nothing_is_mocked() -> None:
    """No library of mocks or of canned answers is imported."""
    assert list(mocks(ROOT, python_files(ROOT, *CODE))) == []


def test_our_own_code_is_never_patched() -> None:
    """Tests change what is around our code, never our code itself."""
    assert list(patches(ROOT, python_files(ROOT, "tests"))) == []


def test_no_test_sleeps() -> None:
    """Tests wait for events, not for time to pass."""
    assert list(sleeps(ROOT, python_files(ROOT, "tests"))) == []


def test_each_ignored_type_has_a_code_and_a_reason() -> None:
    """Whoever meets a `type: ignore` learns what it hides and why."""
    assert list(bare_ignores(ROOT, python_files(ROOT, *CODE))) == []


def test_no_file_is_long() -> None:
    """A file can be read in one sitting."""
    assert list(long_files(ROOT, python_files(ROOT, *CODE))) == []


def test_no_function_is_long() -> None:
    """A function's body fits on one screen."""
    assert list(long_functions(ROOT, python_files(ROOT, *CODE))) == []


def mocks(root: Path, paths: Iterable[Path]) -> Iterator[str]:
    """One line for each import of a mocking library, or use of its fixture."""
    for path in saying(paths, *MOCKS, "mocker"):
        for node in ast.walk(parse(path)):
            is_fixture = isinstance(node, ast.arg) and node.arg == "mocker"
            if is_fixture or any(_is_mock(name) for name in _imported(node)):
                yield f"{place(root, path, node)}: mocks"


def patches(root: Path, paths: Iterable[Path]) -> Iterator[str]:
    """One line for each patch of something that is not imported from elsewhere."""
    for path in saying(_without(MAY_PATCH_OUR_CODE, root, paths), *PATCHES):
        tree = parse(path)
        foreign = _foreign_names(tree)
        for node in ast.walk(tree):
            if _is_method_call(node, PATCHES) and not _is_foreign(node, foreign):
                yield f"{place(root, path, node)}: patches our own code"


def sleeps(root: Path, paths: Iterable[Path]) -> Iterator[str]:
    """One line for each call or import of a sleep."""
    for path in saying(_without(MAY_SLEEP, root, paths), "sleep"):
        for node in ast.walk(parse(path)):
            if _is_sleep(node):
                yield f"{place(root, path, node)}: sleeps"


def bare_ignores(root: Path, paths: Iterable[Path]) -> Iterator[str]:
    """One line for each `type: ignore` without its code or its reason."""
    for path in saying(paths, "type:"):
        text = path.read_text(encoding="utf-8")
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type != tokenize.COMMENT or not TYPE_IGNORE.search(token.string):
                continue
            if not WELL_MADE_IGNORE.search(token.string):
                yield f"{place(root, path, token.start[0])}: {token.string}"


def long_files(root: Path, paths: Iterable[Path]) -> Iterator[str]:
    """One line for each file that is too long."""
    for path in _without(MAY_BE_LONG, root, paths):
        length = len(path.read_text(encoding="utf-8").splitlines())
        if length > LONGEST_FILE:
            yield f"{path.relative_to(root)}: {length} lines"


def long_functions(root: Path, paths: Iterable[Path]) -> Iterator[str]:
    """One line for each function whose body, without its docstring, is too long."""
    for path in _without(MAY_HAVE_LONG_FUNCTIONS, root, paths):
        for function in functions_of(parse(path)):
            body = function.body[1:] if ast.get_docstring(function) else function.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            if length > LONGEST_FUNCTION:
                yield f"{place(root, path, function)}: {function.name} has {length} lines"


Check = Callable[[Path, Iterable[Path]], Iterator[str]]


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (mocks, "from unittest.mock import Mock"),
        (mocks, "from unittest import mock"),
        (mocks, "import responses"),
        (mocks, "def test_it(mocker: object) -> None: ..."),
        (patches, f"from {PACKAGE} import clock\nmonkeypatch.setattr(clock, 'SystemClock', None)"),
        (patches, f"monkeypatch.setattr('{PACKAGE}.clock.SystemClock', None)"),
        (patches, "monkeypatch.setattr(job, 'run', None)"),
        (patches, f"from {PACKAGE} import registry\npatch.setitem(registry.JOBS, 'x', 'y')"),
        (sleeps, "import time\ntime.sleep(1)"),
        (sleeps, "from time import sleep"),
        (sleeps, "import asyncio\nasyncio.run(asyncio.sleep(1))"),
        (bare_ignores, "x: int = 'a'  # type: ignore"),
        (bare_ignores, "x: int = 'a'  # type: ignore[assignment]"),
        (bare_ignores, "x: int = 'a'  # type: ignore[assignment]  # why"),
        (long_files, "x = 1\n" * 400),
        (long_functions, "def long() -> None:\n" + "    x = 1\n" * 41),
    ],
)
def test_each_breach_is_found(tmp_path: Path, check: Check, text: str) -> None:
    """Planted into a file, each thing that is banned is named once."""
    path = plant(tmp_path, "tests/test_planted.py", text)
    found = list(check(tmp_path, [path]))
    assert len(found) == 1
    assert found[0].startswith("tests/test_planted.py")


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (patches, "import sys\nmonkeypatch.setattr(sys, 'argv', [])"),
        (patches, "import os\nmonkeypatch.setitem(os.environ, 'A', 'b')"),
        (patches, "monkeypatch.setattr('sys.argv', [])"),
        (sleeps, "import threading\nthreading.Event().wait(1)"),
        (bare_ignores, "x: int = 'a'  # type: ignore[assignment]  # the stubs are wrong"),
        (long_files, "x = 1\n" * 398),
        (long_functions, "def long() -> None:\n" + "    x = 1\n" * 40),
    ],
)
def test_what_is_allowed_is_not_named(tmp_path: Path, check: Check, text: str) -> None:
    """The checks leave alone what only looks alike."""
    path = plant(tmp_path, "tests/test_planted.py", text)
    assert list(check(tmp_path, [path])) == []


def _without(listed: dict[str, str], root: Path, paths: Iterable[Path]) -> Iterator[Path]:
    return (path for path in paths if str(path.relative_to(root)) not in listed)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def _is_mock(name: str) -> bool:
    return any(name == mock or name.startswith(f"{mock}.") for mock in MOCKS)


def _foreign_names(tree: ast.Module) -> set[str]:
    """The names of whole modules of others (``import sys``), which tests may bend."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return names - {PACKAGE, "tests"}


def _is_method_call(node: ast.AST, names: frozenset[str]) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in names
    )


def _is_foreign(node: ast.AST, foreign: set[str]) -> bool:
    target = node.args[0] if isinstance(node, ast.Call) and node.args else node
    if isinstance(target, ast.Constant):
        return not str(target.value).startswith((f"{PACKAGE}.", "tests."))
    while isinstance(target, ast.Attribute):
        target = target.value
    return isinstance(target, ast.Name) and target.id in foreign


def _is_sleep(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module in SLEEPERS and any(alias.name == "sleep" for alias in node.names)
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "sleep"
        and isinstance(node.value, ast.Name)
        and node.value.id in SLEEPERS
    )
