"""The lock of a pass: one pass of a rule at a time, and none is stopped where the file system cannot lock."""

import errno
import fcntl
import logging
import os
from pathlib import Path

import pytest

from prodcli.batch.local.left_over import sole_runner
from prodcli.errors import BatchError
from prodcli.submission.pass_lock import PassRuns, pass_lock


def refuse(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let flock fail, as on network disks."""

    def flock(_file: object, _operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)


def test_a_second_pass_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    with pass_lock(tmp_path, "seed"), pytest.raises(PassRuns, match=f"pid {os.getpid()}"), pass_lock(tmp_path, "seed"):
        pytest.fail("two passes hold one lock")


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EIO, errno.ESTALE])
def test_a_pass_goes_on_where_the_file_system_cannot_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    refuse(monkeypatch, number)
    warnings: list[str] = []
    monkeypatch.setattr(
        logging.getLogger("prodcli.submission.pass_lock"),
        "warning",
        lambda words, *values: warnings.append(words % values),
    )
    passed = []
    with pass_lock(tmp_path, "seed"):
        passed.append("seed")
    assert passed == ["seed"]
    assert warnings == [f"{tmp_path}/seed.lock: {os.strerror(number)}; this pass goes on without a lock"]


def test_a_runner_does_not_start_jobs_that_another_runner_may_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, errno.ENOLCK)
    with pytest.raises(BatchError, match="put batch.queue on a local disk"), sole_runner(tmp_path / "batch.db"):
        pytest.fail("a runner starts jobs without a lock")
