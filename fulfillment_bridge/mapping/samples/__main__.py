"""Write the workbooks anew: ``python -m fulfillment_bridge.mapping.samples [MAPPINGS_FOLDER]``."""

from __future__ import annotations

import sys
from pathlib import Path

from fulfillment_bridge.mapping.samples import DEMO, SAMPLES
from fulfillment_bridge.mapping.template import blank_workbook, write_workbook

FILE_NAME = "SalesForce_Data_Mapping.xlsx"


def files(package: Path, mappings: Path) -> dict[Path, bytes]:
    """Every file there must be, with its bytes; demo workbooks lie in both folders."""
    written = {name: write_workbook(filling) for name, filling in SAMPLES.items()}
    wanted = {package / f"{name}.xlsx": content for name, content in written.items()}
    wanted |= {mappings / name / FILE_NAME: written[name] for name in DEMO}
    wanted[mappings / FILE_NAME] = blank_workbook()
    wanted[mappings / f"Sample_{_sample_name()}"] = written["example"]
    return wanted


def _sample_name() -> str:
    return FILE_NAME.replace("SalesForce_", "SF_")


def main(arguments: list[str]) -> int:
    """Write all of them and name each."""
    mappings = Path(arguments[0] if arguments else "mappings")
    for path, content in files(Path(__file__).parent, mappings).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
