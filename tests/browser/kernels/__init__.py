"""Kernels of other versions than the environment's: `make test-browser` gives each a directory."""

import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
PLACE = Path(sys.prefix) / "kernels"
VERSIONS = tuple(sorted(path.stem for path in HERE.glob("*.txt")))


def add_spec(version: str, data_dir: Path) -> str:
    """Let a server offer the kernel of this version; gives the spec's name. A missing one is an error."""
    packages = PLACE / version
    if not (packages / "ipykernel").is_dir():
        raise AssertionError(f"ipykernel {version} is not in {packages}: run `make kernels`")
    name = f"ipykernel-{version}"
    place = data_dir / "kernels" / name
    place.mkdir(parents=True, exist_ok=True)
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": name,
        "language": "python",
        "env": {"PYTHONPATH": os.pathsep.join([str(packages), os.environ.get("PYTHONPATH", "")])},
    }
    (place / "kernel.json").write_text(json.dumps(spec))
    return name
