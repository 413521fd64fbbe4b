"""prodcli as real processes, which can be killed, stopped and started again."""

import os
import signal
import subprocess
from pathlib import Path

import prodcli
from prodcli.fault_points import VARIABLE
from tests.support.warm_process import COMMAND, WarmProcess
from tests.support.workspace import Answer, Workspace

PATIENCE = 300  # seconds until a process must have ended
_SOURCE = str(Path(prodcli.__file__).parents[1])


def hear_in_children() -> None:
    """Let commands that tests start have the default handlers, though `nohup` or `&` made this process ignore signals.

    What a process handles, if only by doing nothing, is at its default in a program that it starts; what it ignores stays so.
    """
    for sign in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(sign) is signal.SIG_IGN:
            signal.signal(sign, lambda *_: None)


class Process:
    """A command that runs in a workspace; `fault` is what PRODCLI_FAULT is to be, and `new` loads all modules anew."""

    def __init__(
        self, workspace: Workspace, *words: object, fault: str = "", site: Path | None = None, new: bool = False
    ) -> None:
        environment = {**os.environ, "PYTHONPATH": _SOURCE, VARIABLE: fault}
        common = [*COMMAND, "--site", str(site or workspace.file), "-q"]
        self._process = (subprocess.Popen if new else WarmProcess)(
            [*common, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=workspace.folder,
            env=environment,
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def send(self, sign: signal.Signals) -> None:
        """Send it a signal; nothing if it has ended."""
        self._process.send_signal(sign)

    def wait_until_stopped(self) -> None:
        """Wait until it has stopped itself; raises AssertionError with what it said if it ended instead."""
        # its end is left to be collected by `end`
        state = os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        assert state is not None
        if state.si_code != os.CLD_STOPPED:
            raise AssertionError(f"it did not stop: {self.end()}")

    def wait(self, seconds: float) -> bool:
        """True if it ends within so many seconds."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self) -> Answer:
        """Wait for its end; the code is negative if a signal ended it."""
        try:
            out, err = self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            out, err = self._process.communicate()
            raise AssertionError(f"it did not end in {PATIENCE} s: {out}\n{err}") from None
        except BaseException:  # as when the limit of the test has come
            self._process.kill()
            raise
        return Answer(self._process.returncode, out, err)


def run(workspace: Workspace, *words: object, fault: str = "") -> Answer:
    """Run a command to its end, whatever that is."""
    return Process(workspace, *words, fault=fault).end()


def killed(workspace: Workspace, *words: object, fault: str) -> None:
    """Run a command that kills itself; raises AssertionError if it never came to that step."""
    answer = run(workspace, *words, fault=f"{fault}:kill")
    assert answer.code == -signal.SIGKILL, f"{words} did not reach {fault}: {answer}"


def ok(workspace: Workspace, *words: object) -> Answer:
    """Run a command that must succeed."""
    answer = run(workspace, *words)
    assert answer.code == 0, f"{words}: {answer}"
    return answer
