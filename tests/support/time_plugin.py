"""A pytest plugin that tells where tests wait: `pytest -p tests.support.time_plugin ...` (see docs/testing.md)."""

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

FILE = Path("build/test-times.tsv")
HEAD = "waits s\twall s\town processor s\tchildren's processor s\ttest\n"
TICKS = os.sysconf("SC_CLK_TCK")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Write a line for each test, its fixtures included: the part of its wall time in which neither it nor a child worked."""
    before = time.monotonic(), own(), children()
    try:
        return (yield)
    finally:
        wall, ours, theirs = (b - a for a, b in zip(before, (time.monotonic(), own(), children()), strict=True))
        with FILE.open("a") as file:  # one write: the workers of xdist share the file
            file.write(f"{wall - ours - theirs:.2f}\t{wall:.2f}\t{ours:.2f}\t{theirs:.2f}\t{item.nodeid}\n")


def pytest_configure(config: pytest.Config) -> None:
    """Start the file."""
    if not hasattr(config, "workerinput"):
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(HEAD)


def own() -> float:
    """Processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def children() -> float:
    """Processor seconds of its children that have ended and of those that live, a PostgreSQL server among them.

    The daemons of a pool are nobody's children.
    """
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime + sum(map(_living, _children(os.getpid())))


def _living(pid: int) -> float:
    """Processor seconds of a process and of all below it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS + sum(map(_living, _children(pid)))
    except OSError:  # it has just ended
        return 0.0


def _children(pid: int) -> list[int]:
    return [int(word) for file in Path(f"/proc/{pid}/task").glob("*/children") for word in file.read_text().split()]
