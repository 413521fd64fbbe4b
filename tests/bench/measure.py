"""Timing of whole processes, and the tables that `make bench` prints."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Timing:
    """A finished process: wall seconds, peak memory of the process itself in MB, and what it printed."""

    seconds: float
    peak_mb: float
    out: str


def timed(words: Sequence[object], cwd: Path | None = None) -> Timing:
    """Run a process, which must succeed, and measure it from its start."""
    began = time.perf_counter()
    process = subprocess.Popen(list(map(str, words)), cwd=cwd, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    out = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    assert process.returncode == 0, f"{words} ended with {process.returncode}"
    return Timing(seconds, used.ru_maxrss / 1024, out)


def prodcli(site: Path, *words: object) -> Timing:
    """Run prodcli as a process of its own."""
    return timed([sys.executable, "-m", "prodcli", "--site", site, "-q", *words], cwd=site.parent)


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
