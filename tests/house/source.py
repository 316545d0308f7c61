"""Reads our own source, for the tests that keep the house in order.

Every check takes the folder to look at, so that its twin can plant a breach in a copy.
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "fulfillment_bridge"
CODE = (PACKAGE, "tests", "tools", "benchmarks")

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(root: Path, *folders: str) -> Iterator[Path]:
    """Our Python files below these folders of ``root``, in order."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            if "__pycache__" not in path.parts:
                yield path


def parse(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def saying(paths: Iterable[Path], *words: str) -> Iterator[Path]:
    """Those with one of the words in their text: to search a text takes no time, to parse does."""
    for path in paths:
        text = path.read_text(encoding="utf-8")
        if any(word in text for word in words):
            yield path


def place(root: Path, path: Path, node: ast.AST | int = 0) -> str:
    """Such as ``tests/house/source.py:12``."""
    line = node if isinstance(node, int) else getattr(node, "lineno", 0)
    return f"{path.relative_to(root)}:{line}"


def module_of(root: Path, path: Path) -> str:
    """The dotted name of a file."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def functions_of(tree: ast.Module) -> Iterator[FunctionNode]:
    """Every function and method, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def copy_to(root: Path, *names: str) -> Path:
    """Copy these files and folders of the checkout into ``root``; ``root`` comes back."""
    for name in names:
        if (ROOT / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "*.db*")
            shutil.copytree(ROOT / name, root / name, ignore=ignore, dirs_exist_ok=True)
        else:
            shutil.copy2(ROOT / name, root / name)
    return root


def plant(root: Path, name: str, text: str) -> Path:
    """Add text at the end of a file, which is created where it is missing; its path comes back."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")
    return path


def crash_points(root: Path) -> Iterator[tuple[str, str]]:
    """Every crash point of the package: its name, empty where it is no literal, and its place."""
    for path in saying(python_files(root, PACKAGE), "crash_point"):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Call) and _is_crash_point(node.func):
                values = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                yield "".join(map(str, values)), place(root, path, node)


def _is_crash_point(called: ast.expr) -> bool:
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name == "crash_point"
