"""Runs the simulator from the command line."""

from __future__ import annotations

import sys

from fulfillment_bridge.simulator.main import main

if __name__ == "__main__":
    sys.exit(main())
