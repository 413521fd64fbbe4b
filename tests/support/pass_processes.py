"""Passes in processes of their own, stopped or killed at a named step, and what another host would do meanwhile."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from prodcli.fault_points import VARIABLE
from tests.support.warm_process import COMMAND, WarmProcess
from tests.support.workspace import Answer, Workspace

LONG_AGO = "2026-01-01T00:00:00.000Z"


def start(workspace: Workspace, *words: object, fault: str = "") -> subprocess.Popen[str]:
    """Start a command."""
    command = [*COMMAND, "--site", str(workspace.file), *map(str, words)]
    environment = {key: value for key, value in os.environ.items() if key != VARIABLE}
    if fault:
        environment[VARIABLE] = fault
    pipe = subprocess.PIPE
    return WarmProcess(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, env=environment)


def end(process: subprocess.Popen[str]) -> Answer:
    """Let a command end, and return what it answered."""
    out, err = process.communicate(timeout=120)
    return Answer(process.returncode, out, err)


def killed(workspace: Workspace, step: str, *words: object) -> None:
    """Run a command that is killed at a step."""
    answer = end(start(workspace, *words, fault=f"{step}:kill"))
    assert answer.code == -signal.SIGKILL, answer


@contextmanager
def stopped(workspace: Workspace, step: str, *words: object) -> Iterator[subprocess.Popen[str]]:
    """A command that stands still at a step; goes on, if it is still there, when the context ends."""
    process = start(workspace, *words, fault=f"{step}:stop")
    try:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), process.communicate()
        yield process
    finally:
        process.send_signal(signal.SIGCONT)


def elsewhere(workspace: Workspace, *words: object) -> Answer:
    """Run a command as on another host, after the leases of all claims have run out."""
    workspace.sql("UPDATE production_claims SET lease_until = ? WHERE state = 'claimed'", LONG_AGO)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("prodcli.books.claimant.short_host", lambda: "elsewhere")
        return workspace.run(*words)
