"""What benchmarks need: a PostgreSQL server on disk, as it is where people work."""

from collections.abc import Iterator

import pytest

from tests.conftest import missing
from tests.support import postgres_server
from tests.support.postgres_server import Cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server."""
    if reason := postgres_server.why_missing():
        missing("postgresql", reason)
    with Cluster() as server:
        yield server
