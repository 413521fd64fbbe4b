"""Fault points: silent unless asked for, and each named step stands in the source."""

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import prodcli
from prodcli import fault_points

REACH = "from prodcli.fault_points import reached\nfor n in range(3):\n    reached('submit.claimed')\n    print(n, flush=True)"


def calls() -> list[str]:
    """The steps that the source says it has reached, wherever it does."""
    found = []
    for file in Path(prodcli.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "reached":
                found.append(ast.literal_eval(node.args[0]))
    return found


def test_every_named_step_stands_in_the_source_and_no_other() -> None:
    assert set(calls()) == set(fault_points.STEPS)


def test_the_documentation_names_every_step() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs/operations.md").read_text()
    assert [step for step in fault_points.STEPS if f"| `{step}` |" not in text] == []


def reach(monkeypatch: pytest.MonkeyPatch, fault: str | None) -> tuple[int, str]:
    """Reach a step three times in a process of its own: its end, and how far it came."""
    if fault is None:
        monkeypatch.delenv(fault_points.VARIABLE, raising=False)
    else:
        monkeypatch.setenv(fault_points.VARIABLE, fault)
    done = subprocess.run([sys.executable, "-c", REACH], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("fault", [None, "", "submit.rendered:kill", "submit.claimed:kill:4", "submit.claim:kill"])
def test_nothing_happens_unless_the_step_is_named(monkeypatch: pytest.MonkeyPatch, fault: str | None) -> None:
    assert reach(monkeypatch, fault) == (0, "0\n1\n2\n")


@pytest.mark.parametrize(
    ("fault", "number", "printed"),
    [
        ("submit.claimed:kill", signal.SIGKILL, ""),
        ("submit.claimed:kill:3", signal.SIGKILL, "0\n1\n"),
        ("submit.claimed:term:2", signal.SIGTERM, "0\n"),
        ("submit.claimed:int", signal.SIGINT, ""),
    ],
)
def test_the_signal_comes_at_its_time(
    monkeypatch: pytest.MonkeyPatch, fault: str, number: signal.Signals, printed: str
) -> None:
    assert reach(monkeypatch, fault) == (-number, printed)


def test_a_stopped_process_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(fault_points.VARIABLE, "submit.claimed:stop")
    process = subprocess.Popen([sys.executable, "-c", REACH], stdout=subprocess.PIPE, text=True)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    process.send_signal(signal.SIGCONT)
    assert process.communicate(timeout=30)[0] == "0\n1\n2\n"
