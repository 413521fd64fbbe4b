"""A test that hangs ends, and shows where it hung."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.rule_files import REPOSITORY
from tests.support.time_limit import limited

CONFTEST = """
from tests.support import time_limit

time_limit.GRACE = 1.0

def pytest_configure(config):
    config.addinivalue_line("markers", "limit(seconds)")
    config.pluginmanager.register(time_limit.time_limit())
"""
HANGS = """
import subprocess, threading, time
import pytest

def waits_beside():
    time.sleep(60)

@pytest.fixture
def slow_to_make():
    time.sleep(60)

@pytest.fixture
def slow_to_end():
    yield
    time.sleep(60)

@pytest.mark.limit(0.5)
def test_waits_for_a_process():
    threading.Thread(target=waits_beside, name="one beside", daemon=True).start()
    subprocess.run(["sleep", "60"])

@pytest.mark.limit(0.5)
def test_has_a_slow_fixture(slow_to_make):
    pass

@pytest.mark.limit(0.5)
def test_has_a_fixture_that_is_slow_to_end(slow_to_end):
    pass

def test_goes_on():
    pass
"""
DEAF = """
import itertools, pytest

@pytest.mark.limit(0.5)
def test_does_not_hear():
    sum(itertools.repeat(0))  # no signal handler of Python's runs before it ends
"""


def hung(folder: Path, tests: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on a file that hangs."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_hangs.py").write_text(tests)
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(folder)]
    return subprocess.run(
        [*words, str(folder)], cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60
    )


def test_a_test_that_hangs_fails_with_the_stacks_and_the_next_one_runs(tmp_path: Path) -> None:
    done = hung(tmp_path, HANGS)
    assert done.returncode == 1
    assert "1 failed, 2 passed, 2 errors" in done.stdout
    # In the places of failure: pytest's summary at the end repeats each, where CI is set.
    assert done.stdout.count("\nE       Failed: not done in 0.5 s") == 3
    assert 'subprocess.run(["sleep", "60"])' in done.stdout
    assert "Stack of one beside:" in done.stdout
    assert "in waits_beside" in done.stdout
    assert "def slow_to_make():" in done.stdout
    assert "def slow_to_end():" in done.stdout


def test_a_process_that_hears_no_signal_is_ended_with_the_stacks(tmp_path: Path) -> None:
    done = hung(tmp_path, DEAF)
    assert done.returncode == 1
    assert "Timeout (0:00:01.500000)!" in done.stderr
    assert "in test_does_not_hear" in done.stderr


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
