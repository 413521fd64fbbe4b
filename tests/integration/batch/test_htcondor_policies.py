"""The policies of rules on a real pool: jobs that a node gave up, and jobs that run too long."""

from pathlib import Path

import pytest

from prodcli.batch import JobEvent
from prodcli.batch.hold_codes import meaning_of
from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.rules.layout import Job, Layout
from prodcli.states import Queue
from prodcli.submission.context import make_items, render_context
from tests.support.condor_jobs import A, ads, jobs, remove_all, submit, wait_until
from tests.support.condor_pool import Pool, wait_for
from tests.support.library_rules import load

POLICIES = (
    ("expressions", "periodic_hold"),
    ("expressions", "periodic_hold_reason"),
    ("optional", "allowed_job_duration"),
)
pytestmark = pytest.mark.htcondor


@pytest.fixture
def batch(condor_pool: Pool) -> HTCondorBatch:
    return HTCondorBatch([A], condor_config=condor_pool.config)


def policies(**job: object) -> dict[str, str]:
    """The commands of a rule that say when its jobs are held."""
    layout = Layout(load("cluster", **{f"job_{key}": value for key, value in job.items()}))
    context = render_context(layout, make_items([layout.fields(Job(1, 0, 1, 1))]), "claim", "/c/items.csv")
    return {key: str(context[kind][key]) for kind, key in POLICIES if key in context[kind]}


def evict(batch: HTCondorBatch, cluster: int) -> None:
    """Take the node away from a job, as a machine does that is shut down."""
    with batch._client.session(A, "test") as session:
        session.schedd.act(session.bindings.JobAction.VacateFast, [f"{cluster}.0"])


def evicted_until_held(batch: HTCondorBatch, cluster: int) -> JobEvent | None:
    """A held job; one that runs loses its node.

    A schedd looks at policies every two seconds here, and jobs are matched every second: some that lose their node run on.
    """
    job = jobs(batch, cluster)[0]
    if job.queue is Queue.RUNNING and job.num_starts:
        evict(batch, cluster)
    return job if job.queue is Queue.HELD else None


def test_an_evicted_job_is_held_and_runs_when_it_is_released(batch: HTCondorBatch, condor_pool: Pool) -> None:
    cluster = submit(batch, condor_pool, "sleep 300", **policies())
    held = wait_for(lambda: evicted_until_held(batch, cluster))
    assert held.hold_code == 3
    meaning = meaning_of(held.hold_code, held.hold_subcode, held.hold_reason)
    assert meaning is not None and meaning.meaning == "its node was lost while it ran (3/0)"
    batch.release(A, [(cluster, 0)], "try again")
    assert wait_for(lambda: jobs(batch, cluster)[0].num_starts == (held.num_starts or 0) + 1)
    assert jobs(batch, cluster)[0].queue is Queue.RUNNING
    remove_all(batch, cluster, [0])


def test_a_rule_may_let_evicted_jobs_start_again(batch: HTCondorBatch, condor_pool: Pool) -> None:
    cluster = submit(batch, condor_pool, "sleep 300", **policies(on_evict="restart"))
    wait_until(batch, cluster, Queue.RUNNING)
    evict(batch, cluster)
    assert wait_for(lambda: (jobs(batch, cluster)[0].num_starts or 0) >= 2)
    remove_all(batch, cluster, [0])


def test_a_job_that_starts_again_by_its_own_policy_is_not_held(batch: HTCondorBatch, condor_pool: Pool) -> None:
    marks = Path(condor_pool.folder())
    script = f"echo >> {marks}/starts; test $(wc -l < {marks}/starts) -ge 3"
    cluster = submit(batch, condor_pool, script, max_retries="3", **policies())
    assert wait_for(lambda: not ads(batch, cluster))  # it has left the queue
    assert (marks / "starts").read_text().count("\n") == 3


def test_a_job_that_runs_too_long_is_held(batch: HTCondorBatch, condor_pool: Pool) -> None:
    cluster = submit(batch, condor_pool, "sleep 300", **policies(max_runtime=5))
    held = wait_until(batch, cluster, Queue.HELD)
    meaning = meaning_of(held.hold_code, held.hold_subcode, held.hold_reason)
    assert meaning is not None and meaning.meaning == "it ran longer than allowed (46/0)"
    remove_all(batch, cluster, [0])
