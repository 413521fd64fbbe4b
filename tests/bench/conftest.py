"""What benchmarks need: a PostgreSQL server on disk, as it is where people work."""

from collections.abc import Iterator

import pytest

from tests.conftest import missing
from tests.support import postgres_server
from tests.support.postgres_server import Cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server."""
    yield from _server()


@pytest.fixture(scope="session")
def durable_cluster() -> Iterator[Cluster]:
    """A PostgreSQL server whose commits wait for the disk: where commits themselves are measured."""
    yield from _server(fsync="on", synchronous_commit="on", full_page_writes="on")


def _server(**settings: str) -> Iterator[Cluster]:
    if reason := postgres_server.why_missing():
        missing("postgresql", reason)
    with Cluster(**settings) as server:
        yield server
