"""The report of the queues: a count by hand on queues that are made up, and real queues."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from prodcli.batch import Factory, QueuedJob
from prodcli.books.filters import Filters
from prodcli.errors import BatchError
from prodcli.reports.books_report import Question
from prodcli.reports.live_queue import condor
from prodcli.states import Queue
from tests.support.catalog import Catalog
from tests.support.generated_books import TAGS, BookedRow, GeneratedBooks, generated_books, write_books
from tests.support.report_rows import PRODUCT, by_key, family, passes
from tests.support.waiting_jobs import JOBS, schedd_of, submit_words
from tests.support.workspace import COMBINATIONS, Workspace

STATES = {"running": Queue.RUNNING, "submitted": Queue.IDLE, "held": Queue.HELD, "evicted": Queue.IDLE}
WORDS = {Queue.RUNNING: "running", Queue.IDLE: "idle", Queue.HELD: "held"}
STRANGER = QueuedJob(9000, 0, 99_999, 1, "of nobody", Queue.IDLE, "anna")


@dataclass
class MadeUpQueues:
    """Queues with the live jobs of generated books, in which waiting jobs are yet to be made."""

    books: GeneratedBooks
    silent: Sequence[str] = ()
    capabilities = SimpleNamespace(may_hang=False)

    def schedds(self) -> list[str]:
        """The schedds of the books."""
        return ["a@pool", "b@pool"]

    def jobs(self, schedd: str) -> list[BookedRow]:
        """The live jobs of a schedd."""
        return [
            job
            for job in self.books.jobs
            if job.schedd == schedd and job.status in STATES and job.substatus != "parked"
        ]

    def ours(self, schedd: str) -> tuple[list[QueuedJob], list[Factory]]:
        """The jobs in a queue, and clusters of one waiting job each; one job is in no books."""
        if schedd in self.silent:
            raise BatchError("no answer", where=schedd)
        jobs = self.jobs(schedd)
        there = [
            QueuedJob(job.clusterid or 0, job.procid or 0, job.id, job.attempt, "", STATES[str(job.status)], "anna")
            for job in jobs
            if job.substatus != "waiting"
        ]
        late = [
            Factory(job.clusterid or 0, "", job.procid or 0, (job.procid or 0) + 1, "anna")
            for job in jobs
            if job.substatus == "waiting"
        ]
        return [*there, *([STRANGER] if schedd == "a@pool" else [])], late


@pytest.mark.parametrize("filters", [Filters(), Filters((TAGS[0],), ["DST_STREAMING_EVENT"])], ids=["all", "some"])
def test_the_queues_are_counted(workspace: Workspace, filters: Filters) -> None:
    books = generated_books(22)
    workspace.load(Catalog([], [], [], []))
    write_books(workspace, books)
    queues: Any = MadeUpQueues(books)
    table = condor(workspace.database(), Question(filters, name=family), queues)
    expected: Counter[tuple[Any, ...]] = Counter()
    for schedd in queues.schedds():
        for job in queues.jobs(schedd):
            if passes(job, filters):
                word = "waiting" if job.substatus == "waiting" else WORDS[STATES[str(job.status)]]
                key = (schedd, "anna", job.rulename, job.tag, family(job.dsttype), job.dataset)
                # rules of leaves have names of their own
                expected[*key, word] += 1
                expected[*key, "jobs"] += 1
    if filters == Filters():
        unknown = ("a@pool", "anna", None, None, "", None)
        expected[*unknown, "idle"] = expected[*unknown, "jobs"] = 1
    keys = ("schedd", "owner", "rule", *PRODUCT)
    found = by_key(table, keys)
    assert {
        (*key, word): row[word]
        for key, row in found.items()
        for word in (*WORDS.values(), "waiting", "jobs")
        if row[word]
    } == expected
    assert ("prodcli reconcile" in table.note) == (filters == Filters())


def test_a_silent_schedd_is_named_and_several_are_an_error(workspace: Workspace) -> None:
    books = generated_books(22, jobs=60)
    workspace.load(Catalog([], [], [], []))
    write_books(workspace, books)
    one: Any = MadeUpQueues(books, ["b@pool"])
    table = condor(workspace.database(), Question(), one)
    assert {schedd for (schedd,) in by_key(table, ("schedd",))} == {"a@pool"}
    assert "not in the table: b@pool: no answer" in table.note
    none: Any = MadeUpQueues(books, ["a@pool", "b@pool"])
    with pytest.raises(BatchError, match="no answer"):
        condor(workspace.database(), Question(), none)


@pytest.mark.parametrize(("database", "batch"), [COMBINATIONS[0], COMBINATIONS[3]])
def test_real_queues(real: Workspace, queue: Any) -> None:
    real.ok(*submit_words(real))
    rows = [row for row in real.json("query", "condor", "--dsttype", "DST_TRKR_MVTXME")]
    assert sum(row["jobs"] for row in rows) == JOBS
    assert {row["schedd"] for row in rows} == {schedd_of(real)}
    assert {row["rule"] for row in rows} == {"mvtxme"}
