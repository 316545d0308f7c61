"""Builds the wheel without network and tries it outside the checkout, on every Python >= 3.11.

The Pythons are ``python3.11`` and up on PATH, and those named in ``$PYTHONS`` (full paths, parted
by blanks). One of the same minor version as the running one borrows its installed packages; the
others install ``requirements.lock``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

PACKAGE = "fulfillment_bridge"
NEWEST_MINOR = 20
CHECKOUT = Path(__file__).resolve().parent.parent

READ_EVERYTHING = f"""
import importlib.resources, sys
root = importlib.resources.files({PACKAGE!r})
names = sys.stdin.read().split()
assert names, "nothing to read"
for name in names:
    root.joinpath(name).read_bytes()
print(root)
"""


def main() -> int:
    """Check everything and print one line per Python; 1 when something is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(CHECKOUT, Path(folder))
        missing = missing_files(wheel)
        if missing:
            print("not in the wheel:", *missing, sep="\n  ")
            return 1
        for python in find_pythons():
            try_wheel(wheel, python, Path(folder))
            print(f"{wheel.name} works on Python {minor_version(python)} ({python})")
    return 0


def build_wheel(checkout: Path, folder: Path) -> Path:
    """Build ``dist/…whl``, by way of a source archive, from the clean copy ``source/``; its path.

    From a copy, because a ``build/`` left behind in the checkout hides files that are missing.
    """
    source = folder / "source"
    for name in _files_of(checkout):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(checkout / name, source / name)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist")]
    _run([*command, str(source)], cwd=folder)
    return next((folder / "dist").glob("*.whl"))


def missing_files(wheel: Path) -> list[str]:
    """The package's files that the wheel lacks, and what it has that is none of the package's."""
    source = wheel.parent.parent / "source"
    paths = (source / PACKAGE).rglob("*")
    expected = {str(path.relative_to(source)) for path in paths if path.is_file()}
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    return sorted(expected ^ inside)


def find_pythons() -> list[Path]:
    """One working interpreter per minor version, the running one first."""
    names = [sys.executable, *os.environ.get("PYTHONS", "").split()]
    names += [f"python3.{minor}" for minor in range(11, NEWEST_MINOR)]
    found: dict[str, Path] = {}
    for name in names:
        path = shutil.which(name)
        version = minor_version(Path(path)) if path else ""
        if path and version:
            found.setdefault(version, Path(path))
    return list(found.values())


def minor_version(python: Path) -> str:
    """Such as ``3.12``; empty when it does not run, is too old or cannot make an environment."""
    script = (
        "import sys, venv, ensurepip; assert sys.version_info >= (3, 11); "
        "print('%d.%d' % sys.version_info[:2])"
    )
    answer = subprocess.run([python, "-c", script], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def try_wheel(wheel: Path, python: Path, folder: Path) -> None:
    """Install it into an environment of its own and use it there; raises when it does not work."""
    environment = folder / f"python{minor_version(python)}"
    _run([python, "-m", "venv", environment], cwd=folder)
    _install_requirements(environment, python)
    _run([*_pip(environment), "install", "--no-deps", "--no-index", wheel], cwd=folder)
    with zipfile.ZipFile(wheel) as archive:
        names = [name.removeprefix(f"{PACKAGE}/") for name in archive.namelist()]
    inside = " ".join(name for name in names if ".dist-info/" not in name)
    root = _run([environment / "bin" / "python", "-c", READ_EVERYTHING], cwd=folder, text=inside)
    if not root.strip().startswith(str(environment)):
        raise SystemExit(f"read {root.strip()} instead of what was installed in {environment}")
    _run([environment / "bin" / "fulfillment-bridge", "--help"], cwd=folder)


def _install_requirements(environment: Path, python: Path) -> None:
    site_packages = next((environment / "lib").glob("python3.*/site-packages"))
    if minor_version(python) == minor_version(Path(sys.executable)):
        ours = next((Path(sys.prefix) / "lib").glob("python3.*/site-packages"))
        (site_packages / "borrowed.pth").write_text(f"{ours}\n", encoding="utf-8")
        return
    lock = CHECKOUT / "requirements.lock"
    _run(
        [*_pip(environment), "install", "--require-hashes", "--no-deps", "-r", lock],
        cwd=environment,
    )


def _pip(environment: Path) -> list[str | Path]:
    return [environment / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "-qq"]


def _files_of(checkout: Path) -> Iterable[str]:
    """What git has or would take: neither caches nor earlier builds."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = _run(command, cwd=checkout).splitlines()
    return sorted(name for name in names if (checkout / name).is_file())


def _run(command: Sequence[str | Path], *, cwd: Path, text: str = "") -> str:
    answer = subprocess.run(
        command, cwd=cwd, input=text, capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        words = " ".join(map(str, command[:4]))
        raise SystemExit(f"{words} … failed:\n{answer.stdout}\n{answer.stderr}")
    return answer.stdout


if __name__ == "__main__":
    sys.exit(main())
