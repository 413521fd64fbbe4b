"""Claimants: alive or dead, and by what evidence."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from prodcli import claimant
from prodcli.claimant import Claimant, Liveness, myself, process_start

ME = myself()
OVER, RUNS = -1, 400


def of(pid: int) -> Claimant:
    """A process of this host, as it would claim."""
    return replace(ME, pid=pid, process_start=process_start(pid) or "")


def test_another_process_of_this_host_is_alive_whatever_its_lease_says() -> None:
    assert of(os.getppid()).liveness(ME, OVER) == Liveness(True, "the process runs on this host")


def test_what_this_process_still_holds_between_passes_was_left() -> None:
    assert ME.liveness(ME, RUNS) == Liveness(False, "an earlier pass of this process left it")


def test_a_process_that_ended_is_dead_at_once_also_before_its_parent_asks() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    claimed = of(child.pid)
    assert claimed.liveness(ME, RUNS).alive
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, and still in the table of processes
    assert claimed.liveness(ME, RUNS) == Liveness(False, "the process is no more")
    child.communicate()
    assert claimed.liveness(ME, RUNS) == Liveness(False, "the process is no more")


def test_a_pid_that_is_used_again_is_another_process() -> None:
    assert not replace(of(os.getppid()), process_start="1").liveness(ME, RUNS).alive


def test_nothing_survives_a_boot() -> None:
    assert replace(of(os.getppid()), boot_id="x").liveness(ME, RUNS) == Liveness(False, "the host has booted since")


@pytest.mark.parametrize("other", [replace(ME, host="elsewhere"), replace(ME, pid=1, process_start="")])
def test_elsewhere_only_the_lease_tells(other: Claimant) -> None:
    assert other.liveness(ME, RUNS) == Liveness(True, "the lease runs for 400 s")
    assert other.liveness(ME, OVER) == Liveness(False, "the lease is over")


def test_processes_that_proc_hides_are_judged_by_their_lease(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hidden = of(os.getppid())
    monkeypatch.setattr(claimant, "Path", lambda name: tmp_path / name.lstrip("/"))
    assert process_start(os.getppid()) is None
    assert hidden.liveness(replace(ME, pid=1), RUNS).alive
    assert not hidden.liveness(replace(ME, pid=1), OVER).alive
