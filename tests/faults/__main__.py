"""Runs seeds of the fault laboratory: ``python -m tests.faults SEEDS``; see ``--help``."""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from tests.faults.forks import Child
from tests.faults.laboratory import Laboratory

MEMORY = Path("/dev/shm")  # noqa: S108 - only folders of our own making, with names nobody guesses


def main(words: Sequence[str]) -> int:
    """Exit code 1 where a promise was broken."""
    asked = _arguments(words)
    seeds = list(seeds_in(asked.seeds))
    began_at = time.perf_counter()
    children = [
        Child(partial(_run, seeds=seeds[place :: asked.runners])) for place in range(asked.runners)
    ]
    failed, ran = 0, 0
    while children:
        for child in list(children):
            answer = child.receive()
            if answer is None:
                children.remove(child)
                continue
            ran += 1
            if ran % 50 == 0:
                print(f"{ran} of {len(seeds)} seeds", flush=True)
            failed += _tell(*answer, verbose=asked.verbose)
            if failed and asked.first:
                for other in children:
                    other.kill()
                children.clear()
                break
    seconds = time.perf_counter() - began_at
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{ran} seeds, {failed} failed, {seconds:.1f} seconds, "
        f"{used.ru_utime + used.ru_stime:.1f} of one core"
    )
    return 1 if failed or (ran < len(seeds) and not asked.first) else 0


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("seeds", help="such as 17, 0-199 or 3,5,100-120")
    parser.add_argument("--runners", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--first", action="store_true", help="stop at the first failure")
    parser.add_argument("--verbose", action="store_true", help="tell each history")
    return parser.parse_args(words)


def seeds_in(text: str) -> Iterator[int]:
    """Each seed that such a text names."""
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _run(connection: Connection, seeds: Sequence[int]) -> None:
    base = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="faults-", dir=base) as folder:
        laboratory = Laboratory(Path(folder))
        try:
            for seed in seeds:
                problems, log = laboratory.run(seed)
                connection.send((seed, problems, log))
        finally:
            laboratory.close()


def _tell(seed: int, problems: list[str], log: list[str], *, verbose: bool) -> bool:
    if problems or verbose:
        print("\n".join([f"--- seed {seed}", *log]))
    for problem in problems:
        print(f"SEED {seed} FAILED: {problem}")
    if problems:
        print(f"To replay it: make faults SEEDS={seed}", flush=True)
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
