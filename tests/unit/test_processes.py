"""Processes of tests hear signals wherever tests run."""

import subprocess
import sys

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
