"""Temporary: the pool's fixture, until tests/conftest.py has it."""

from collections.abc import Iterator

import pytest

from tests.conftest import missing
from tests.support import condor


@pytest.fixture(scope="session")
def condor_pool() -> Iterator[condor.Pool]:
    """An HTCondor pool with two schedds."""
    if reason := condor.why_missing():
        missing("htcondor", reason)
    with condor.pool() as up:
        yield up
