"""The program with every logger at DEBUG, whatever sets it otherwise, and with a job that crashes.

python -m tests.cli.loud --config FILE serve
"""

from __future__ import annotations

import logging
import runpy
from importlib import import_module


class Loud(logging.Logger):
    """Tells everything."""

    def setLevel(self, level: int | str) -> None:
        super().setLevel(logging.DEBUG)


if __name__ == "__main__":
    logging.setLoggerClass(Loud)  # before any library makes a logger
    import_module("fulfillment_bridge.registry").JOBS["crash"] = "tests.cli.crashing_job"
    runpy.run_module("fulfillment_bridge", run_name="__main__")
