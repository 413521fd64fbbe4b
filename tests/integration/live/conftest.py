"""What tests of views that live on have in common."""

from collections.abc import Iterator

import pytest

from tests.support.postgres_server import Cluster, why_missing


@pytest.fixture
def server() -> Iterator[Cluster]:
    """A PostgreSQL server of the test's own."""
    if reason := why_missing():
        pytest.skip(reason)
    with Cluster() as up:
        yield up
