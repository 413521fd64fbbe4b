"""Claimants: alive or dead, and by what evidence."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from prodcli.books import claimant
from prodcli.books.claimant import Claimant, Liveness, myself, process_start
from tests.conftest import missing

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
    me, other = replace(ME, host="submit01"), replace(of(os.getppid()), host="submit01", boot_id="x")
    assert other.liveness(me, RUNS) == Liveness(False, "the host has booted since")


CONTAINER = replace(ME, host="submit01/4026532178")


@pytest.mark.parametrize(
    ("me", "other"),
    [
        pytest.param(replace(ME, host="submit01"), CONTAINER, id="seen from the host"),
        pytest.param(
            CONTAINER, replace(ME, host="submit01"), id="of the host, or of a version that noted no namespace"
        ),
        pytest.param(CONTAINER, replace(CONTAINER, host="submit01/4026532200"), id="seen from another container"),
        pytest.param(CONTAINER, replace(CONTAINER, boot_id="x"), id="seen from another host's container"),
        pytest.param(replace(CONTAINER, process_start=""), CONTAINER, id="with the /proc of others"),
    ],
)
def test_pids_of_containers_tell_nothing_elsewhere(me: Claimant, other: Claimant) -> None:
    other = replace(other, pid=999_999_999)
    assert other.liveness(me, RUNS) == Liveness(True, "the lease runs for 400 s")
    assert other.liveness(me, OVER) == Liveness(False, "the lease is over")


def test_within_a_container_pids_tell() -> None:
    assert replace(of(os.getppid()), host=CONTAINER.host).liveness(CONTAINER, OVER).alive
    gone = replace(CONTAINER, pid=999_999_999)
    assert gone.liveness(CONTAINER, RUNS) == Liveness(False, "the process is no more")


def test_jobs_know_the_host_of_a_container_by_its_name() -> None:
    assert CONTAINER.host_name == "submit01"
    assert "/" not in myself().host_name


def in_namespace(*options: str) -> Claimant:
    """A claimant with pids of its own, made by unshare(1)."""
    show = "from dataclasses import astuple; from prodcli.books.claimant import myself; print(*astuple(myself()), sep='\\n')"
    command = ["unshare", "--pid", "--fork", *options, sys.executable, "-c", show]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        missing("unshare", done.stderr.strip())
    host, pid, boot_id, start, *_ = done.stdout.split("\n")
    return Claimant(host, int(pid), boot_id, start)


def test_a_namespace_of_pids_is_part_of_the_claimant() -> None:
    inside = in_namespace("--mount-proc")
    assert inside.host.startswith(f"{ME.host_name}/")
    assert inside.host != ME.host
    assert inside.pid == 1
    assert inside.boot_id == ME.boot_id
    assert inside.process_start
    assert inside.liveness(ME, RUNS) == Liveness(True, "the lease runs for 400 s")


def test_the_proc_of_another_namespace_is_no_evidence() -> None:
    inside = in_namespace()
    assert inside.process_start == ""
    assert of(os.getppid()).liveness(replace(inside, host=ME.host), OVER) == Liveness(False, "the lease is over")


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
