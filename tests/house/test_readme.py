"""What the README says can be done, can be done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fulfillment_bridge.cli.main import cli
from fulfillment_bridge.simulator.main import argument_parser
from tests.house.source import PACKAGE, ROOT

# "Follow one order", in the order in which a newcomer reads.
SEVEN_FILES = (
    "jobs/order_download.py",
    "carts/salesforce.py",
    "mapping/field_map.py",
    "domain/order.py",
    "jobs/order_delivery.py",
    "warehouses/csv_drop.py",
    "jobs/shipment_upload.py",
)
# `-u fulfillment-bridge` is the account and not the command.
COMMAND = re.compile(r"(?:^|(?<!-[gu])[`\s/])fulfillment-bridge((?: +[^\s`|>&;)]+)+)", re.MULTILINE)
TARGET = re.compile(r"(?:`|^\s*(?:\$ )?)make ([a-z][a-z-]*)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def pages() -> list[Path]:
    """The README and everything in docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_exists(page: Path) -> None:
    """Its commands, options, make targets and links."""
    assert list(faults(page, page.read_text(encoding="utf-8"))) == []


def test_the_seven_files_to_follow_one_order_exist_and_stand_in_their_order() -> None:
    """A newcomer who reads them has understood the product."""
    assert list(faults_of_the_path(ROOT, (ROOT / "README.md").read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("`fulfillment-bridge demmo`", "no command demmo"),
        ("    fulfillment-bridge orders wy 1001", "no command orders wy"),
        ("`fulfillment-bridge demo --orders 20 --jsn`", "no option --jsn of demo"),
        ("`fulfillment-bridge simulator --orgs acme --emty`", "no option --emty of simulator"),
        ("`fulfillment-bridge --confg x status`", "no option --confg"),
        ("`/opt/bin/fulfillment-bridge sreve`", "no command sreve"),
        ("`make demmo`", "no make target demmo"),
        ("    make tset", "no make target tset"),
        ("[a](docs/no-such.md)", "no file docs/no-such.md"),
        ("[a](#no-such)", "no heading #no-such"),
        ("[a](LICENSE#no-such)", "no heading LICENSE#no-such"),
    ],
)
def test_what_does_not_exist_is_found(line: str, expected: str) -> None:
    """Planted into the README, each kind of fault is named."""
    assert list(faults(ROOT / "README.md", f"# Title\n\n{line}\n")) == [expected]


def test_a_file_missing_on_the_path_is_found(tmp_path: Path) -> None:
    """A file that was renamed, or a page that does not name it, breaks the path."""
    for name in SEVEN_FILES[:-1]:
        (tmp_path / PACKAGE / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / PACKAGE / name).touch()
    assert list(faults_of_the_path(tmp_path, " ".join(SEVEN_FILES))) == [
        f"no file {SEVEN_FILES[-1]}"
    ]
    for name in SEVEN_FILES:
        (tmp_path / PACKAGE / name).touch()
    assert list(faults_of_the_path(tmp_path, " ".join(SEVEN_FILES))) == []
    assert list(faults_of_the_path(tmp_path, " ".join(reversed(SEVEN_FILES)))) != []
    assert list(faults_of_the_path(tmp_path, " ".join(SEVEN_FILES[1:]))) != []


def faults(page: Path, text: str) -> Iterator[str]:
    """One line for each command, target and link that leads nowhere."""
    code = "\n".join(CODE.findall(text)) + "\n" + _indented(text)
    for words in dict.fromkeys(COMMAND.findall(code)):
        yield from _command_faults(words.split())
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in dict.fromkeys(TARGET.findall(code)):
        if not re.search(rf"^{target}:", makefile, re.MULTILINE):
            yield f"no make target {target}"
    for link in dict.fromkeys(LINK.findall(text)):
        yield from _link_faults(page, text, link)


def faults_of_the_path(root: Path, text: str) -> Iterator[str]:
    """One line for each of the seven files that is missing, or named out of its order."""
    last = -1
    for name in SEVEN_FILES:
        if not (root / PACKAGE / name).is_file():
            yield f"no file {name}"
        place = text.find(name, last + 1)
        if place < 0:
            yield f"{name} is not named where it should be"
        last = max(place, last)


def _indented(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.startswith("    "))


def _command_faults(words: list[str]) -> Iterator[str]:
    """Walk down the groups; each word is a command, an option or an argument."""
    command: click.Command = cli
    path: list[str] = []
    for word in words:
        if word.startswith("-"):
            if word.partition("=")[0] not in _options(command):
                yield " ".join([f"no option {word}", *(["of", *path] if path else [])])
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z][a-z-]*", word):
            path.append(word)
            found = command.get_command(click.Context(command), word)
            if found is None:
                if not _is_value(words, word):
                    yield f"no command {' '.join(path)}"
                    return
                path.pop()
                continue
            command = found


def _is_value(words: list[str], word: str) -> bool:
    """The word after an option of a group may be its value."""
    place = words.index(word)
    return place > 0 and words[place - 1].startswith("--")


def _options(command: click.Command) -> set[str]:
    if command.name == "simulator":  # hands its arguments on
        return set(re.findall(r"--[a-z-]+", argument_parser().format_usage()))
    parameters = command.get_params(click.Context(command))
    return {
        name for parameter in parameters for name in (*parameter.opts, *parameter.secondary_opts)
    }


def _link_faults(page: Path, text: str, link: str) -> Iterator[str]:
    if "://" in link or link.startswith("mailto:"):
        return
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    if not target.exists():
        yield f"no file {link}"
    elif anchor:
        body = target.read_text(encoding="utf-8") if name else text
        if anchor not in {_anchor(line) for line in body.splitlines() if line.startswith("#")}:
            yield f"no heading {link}"


def _anchor(heading: str) -> str:
    words = heading.lstrip("#").strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
