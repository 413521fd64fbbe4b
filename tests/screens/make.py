"""Write the screens of prodcli into a folder: `make screens`. Each step has a clock that stands, so that each run writes the same."""

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from tests.screens.world import NOW, STEPS

# Time-outs go by a clock that runs; the fix is for programs that wait by the clock that stands, and costs ten times more.
CLOCK = {"TZ": "UTC", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0"}
PREFIX = "prodcli-screens-"


def why_missing() -> str | None:
    """Say in one line why no screens can be made here, or return None."""
    return None if shutil.which("faketime") else "no faketime here (apt-get install faketime)"


def make(target: Path, *names: str) -> None:
    """Make the world, and write a page for each screen, or for some; raises CalledProcessError if a step fails."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))  # noqa: S108 - pages show the path, the same everywhere
    try:
        for number, (moment, _) in enumerate(STEPS):
            _at(moment, "step", str(number), str(folder))
        _at(NOW, "capture", str(folder), str(target), *names)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _at(moment: datetime, *words: str) -> None:
    """Run a part of the work in a process whose clock stands."""
    command = ["faketime", "-f", f"{moment:%Y-%m-%d %H:%M:%S}", sys.executable, "-m", "tests.screens.part", *words]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    subprocess.run(command, check=True, env=environment | CLOCK)


if __name__ == "__main__":
    make(Path(sys.argv[1]), *sys.argv[2:])
