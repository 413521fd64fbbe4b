"""Processes of tests: they hear signals wherever tests run, and nothing is waited for without an end."""

import subprocess
import sys

import pytest

from tests.support.processes import limited
from tests.support.rule_files import REPOSITORY

CHILD = "import signal; print(*(signal.getsignal(s) is signal.SIG_IGN for s in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)))"
TESTS = f"""
import subprocess, sys
from tests.support.processes import hear_in_children
for mend in (lambda: None, hear_in_children):
    mend()
    subprocess.run([sys.executable, "-c", {CHILD!r}], check=True)
"""


def test_children_hear_what_nohup_and_the_background_ignore() -> None:
    line = ["sh", "-c", 'trap "" INT HUP QUIT; exec "$@"', "sh", sys.executable, "-c", TESTS]
    done = subprocess.run(line, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == ["True True True", "False False False"]


def test_a_wait_has_an_end() -> None:
    with subprocess.Popen(["sleep", "600"]) as process:
        with pytest.raises(pytest.fail.Exception, match=r"not done in 0\.1 s"), limited(0.1):
            process.wait()
        process.kill()


def test_a_limit_within_a_limit_leaves_the_outer_one() -> None:
    with (
        pytest.raises(pytest.fail.Exception, match=r"not done in 0\.3 s"),
        limited(0.3),
        subprocess.Popen(["sleep", "1"]) as one,
    ):
        with limited(60):
            pass
        one.wait()
