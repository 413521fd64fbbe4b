"""Timing of whole processes, and the tables that `make bench` prints."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Timing:
    """A finished process: wall seconds, peak memory of the process itself in MB, what it printed, and processor seconds.

    Processor seconds are those of the process and of the processes that it waited for: servers are not among them.
    """

    seconds: float
    peak_mb: float
    out: str
    cpu: float


# A process inherits the peak memory of the one that starts it, so a small one of its own has to start it.
_STARTER = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
code = subprocess.call(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as file:
    json.dump([code, time.perf_counter() - began, used.ru_maxrss / 1024, used.ru_utime + used.ru_stime], file)
"""


def timed(words: Sequence[object], cwd: Path | None = None, **variables: str) -> Timing:
    """Run a process, which must succeed, and measure it from its start; its modules are compiled once, as they are on a host.

    `variables` come on top of the environment.
    """
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"} | variables
    with tempfile.NamedTemporaryFile("r") as answer:
        starter = [sys.executable, "-S", "-c", _STARTER, answer.name, *map(str, words)]
        done = subprocess.run(starter, cwd=cwd, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        code, seconds, peak, cpu = json.load(answer)
    assert code == 0, f"{words} ended with {code}"
    return Timing(seconds, peak, done.stdout, cpu)


def prodcli(site: Path, *words: object, **variables: str) -> Timing:
    """Run prodcli as a process of its own; `variables` come on top of the environment."""
    return timed([sys.executable, "-m", "prodcli", "--site", site, "-q", *words], cwd=site.parent, **variables)


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table as Markdown, so that it can go into docs/performance.md as it is."""
    print(f"\n### {title}\n\n{machine()}\n")
    print("| " + " | ".join(columns) + " |")
    print("|" + " --- |" * len(columns))
    for row in rows:
        print("| " + " | ".join(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row) + " |")


def machine() -> str:
    """The machine in one line."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} processors, Python {platform.python_version()}, {platform.system()}, load {load:.1f}"
