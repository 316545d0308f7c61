"""Filled-in workbooks: one for each merchant of the demo, one as an example for everybody.

Their content stands here as Python; ``python -m fulfillment_bridge.mapping.samples`` writes the
.xlsx files beside these modules and into the folder ``mappings`` of a checkout.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from fulfillment_bridge.mapping.filling import Filling
from fulfillment_bridge.mapping.samples.acme import ACME
from fulfillment_bridge.mapping.samples.example import EXAMPLE
from fulfillment_bridge.mapping.samples.globex import GLOBEX
from fulfillment_bridge.mapping.samples.initech import INITECH

DEMO: Mapping[str, Filling] = {"acme": ACME, "globex": GLOBEX, "initech": INITECH}
SAMPLES: Mapping[str, Filling] = {**DEMO, "example": EXAMPLE}


def sample_bytes(name: str) -> bytes:
    """The workbook file of one of SAMPLES, as it lies in the package."""
    return (resources.files(__name__) / f"{name}.xlsx").read_bytes()
