"""stageout.sh is killed right before and right after each thing that it does to a disk."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.worker.test_stageout import Stager
from tests.support.payload_job import KIT

STEPS = ["makedirs", "open", "fsync", "rename", "unlink", "write"]
# The tool, with one call of `os` that ends the process before it works, or after.
KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
step, number, when = sys.argv[2], int(sys.argv[3]), sys.argv[4]
real, calls, me = getattr(os, step), [], os.getpid()
def killed(*words, **named):
    calls.append(words)
    if os.getpid() != me:
        return real(*words, **named)
    if len(calls) == number and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    answer = real(*words, **named)
    if len(calls) == number:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
setattr(os, step, killed)
import prodcli_job
sys.exit(prodcli_job.main(["stageout", *sys.argv[5:]]))
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_file_is_never_lost_and_never_half_there(tmp_path: Path, step: str, when: str) -> None:
    killed = 0
    for number in range(1, 6):
        stager = Stager(tmp_path / f"{number}", PRODCLI_COUNT_EVENTS="printf '100\\n1\\n99\\n%.0s'")
        words = [str(KIT), step, str(number), when, stager.file.name, str(stager.target)]
        done = subprocess.run(
            [sys.executable, "-c", KILLED, *words],
            env=stager.job.variables(),
            cwd=stager.job.scratch,
            capture_output=True,
        )
        killed += done.returncode == -9
        before = stager.whole()
        assert before in ([], [stager.name])
        assert before or stager.file.exists()
        if stager.file.exists():
            stager.job.environment["PRODCLI_ATTEMPT"] = "3"
            assert stager.run()[0] == 0
        assert stager.whole() == [stager.name]
        if done.returncode == 0:
            break
    assert killed
