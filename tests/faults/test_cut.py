"""Connections that are cut at every place of a transaction: work is done again, or one failure says so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from prodcli.db import Database, Transaction, open_database
from prodcli.db.queries import Query
from tests.support.database_proxy import Proxy
from tests.support.postgres_server import Cluster

pytestmark = pytest.mark.postgresql
Cut = Callable[[], None]
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'prodcli'"
PLACES = ("before the first statement", "in the middle", "before the last statement", "before the commit")


@pytest.fixture
def name(cluster: Cluster) -> Iterator[str]:
    """A database with a table `t`."""
    cluster.create("cut")
    cluster.psql("cut", "CREATE TABLE t (a int)")
    yield "cut"
    cluster.drop("cut")


@contextmanager
def cuttable(cluster: Cluster, name: str, way: str) -> Iterator[tuple[Database, Cut]]:
    """A database, and what cuts its connections: an administrator or the network."""
    if way == "administrator":
        yield open_database(cluster.odbc(name)), lambda: _terminate(cluster, name)
        return
    with Proxy(cluster.port) as proxy:
        yield open_database(cluster.odbc(name).replace(f"PORT={cluster.port}", f"PORT={proxy.port}")), proxy.cut


def _terminate(cluster: Cluster, name: str) -> None:
    cluster.psql(name, f"{CUT}; SELECT pg_sleep(0.1)")


def insert(tx: Transaction, value: int) -> None:
    """Write a row."""
    tx.run(Query("insert", "INSERT INTO t VALUES (?)", ("value",), frozenset()), value=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("way", ["administrator", "network"])
@pytest.mark.parametrize("place", range(len(PLACES)), ids=PLACES)
def test_a_transaction_that_is_cut_is_done_again(cluster: Cluster, name: str, way: str, place: int) -> None:
    with cuttable(cluster, name, way) as (database, cut):
        attempts: list[int] = []

        def work(tx: Transaction) -> int:
            attempts.append(1)
            for number in range(len(PLACES)):
                if number == place and len(attempts) == 1:
                    cut()
                if number < len(PLACES) - 1:
                    insert(tx, number)
            return len(attempts)

        assert database.write(work) == 2
        database.close()
    assert cluster.psql(name, "SELECT a FROM t ORDER BY a") == "0\n1\n2\n"


@pytest.mark.parametrize("way", ["administrator", "network"])
def test_a_session_that_is_cut_while_idle_is_opened_again(cluster: Cluster, name: str, way: str) -> None:
    with cuttable(cluster, name, way) as (database, cut):
        database.write(lambda tx: insert(tx, 1))
        cut()
        database.write(lambda tx: insert(tx, 2))
        database.close()
    assert cluster.psql(name, "SELECT a FROM t ORDER BY a") == "1\n2\n"
