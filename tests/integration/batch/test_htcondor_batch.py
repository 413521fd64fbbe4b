"""The HTCondor batch on a real pool: what is submitted, and what becomes of it."""

import time
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from prodcli.batch import Batch, ClaimedCluster, whole
from prodcli.batch.description import expand, split_arguments
from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.batch.htcondor.client import ScheddSession
from prodcli.books.claims import Seen
from prodcli.books.queue_presence import IN_QUEUE, ask_for
from prodcli.errors import BatchError
from prodcli.rules.layout import Job, Layout
from prodcli.states import Queue, Status, Substatus
from prodcli.submission.context import escalation, make_items, render_context
from prodcli.submission.render import SUBMIT_TEMPLATE, render
from tests.support.condor_jobs import NEVER, A, B, ads, jobs, remove_all, submit, submit_rows, wait_until
from tests.support.condor_pool import Pool, wait_for
from tests.support.library_rules import load as load_rule
from tests.support.local_jobs import write_description
from tests.support.older_oracle import STREAMS, load_older, older_rule

pytestmark = pytest.mark.htcondor


@pytest.fixture
def batch(condor_pool: Pool) -> HTCondorBatch:
    return HTCondorBatch([A, B], condor_config=condor_pool.config)


def test_it_is_a_batch_and_says_what_is_wrong_with_the_pool(batch: HTCondorBatch) -> None:
    port: Batch = batch
    assert (port.capabilities.name, port.schedds()) == ("htcondor", [A, B])
    assert port.check() == []


def rendered(pool: Pool, claim: str) -> tuple[Layout, list[dict[str, str]], Path]:
    """What prodcli renders for 300 jobs of a combining rule, in folders that jobs may write to."""
    folder = pool.folder()
    root = {"root": str(folder)}
    places = {kind: "{root}/{rungroup}" for kind in ("outdir", "finaldir", "logdir", "histdir", "condor")}
    rule = load_rule(
        "streaming",
        job_filesystem={kind: text.format(**root, rungroup="{rungroup}") for kind, text in places.items()},
        job_log=f"{folder}/{{rungroup}}.log",
        job_initialdir=str(folder),
        job_requirements=NEVER,
        job_comment="two words",
    )
    layout = Layout(rule)
    hosts = rule.dsttype.hosts[:30]
    claimed = [Job(66450 + row // 30, 0, 1, 1, host.name, host.leaf) for row in range(0, 300, 30) for host in hosts]
    fields = [layout.fields(job, 5000 - row, 1 + row % 2) for row, job in enumerate(claimed)]
    items = make_items(fields)
    (folder / "items.csv").write_text(items.text())
    context = render_context(layout, items, claim, str(folder / "items.csv"))
    (folder / "job.sub").write_text(render(SUBMIT_TEMPLATE, context))
    return layout, fields, folder / "job.sub"


def test_what_is_rendered_is_what_the_schedd_has(batch: HTCondorBatch, condor_pool: Pool) -> None:
    claim = str(uuid4())
    layout, fields, description = rendered(condor_pool, claim)
    cluster = batch.submit(A, description)
    own = ("Dbid", "Attempt", "Claim", "Rule", "Tag", "Dataset", "Dsttype", "Run", "Segment", "Comment")
    attributes = [*(f"Prodcli{key}" for key in own), "Out", "Err", "Iwd", "UserLog", "Cmd", "JobBatchName", "JobPrio"]
    found = ads(batch, cluster, *attributes, "Arguments", "RequestMemory", "RequestDisk", "JobStatus")
    assert [ad["ProcId"] for ad in found] == list(range(300))
    rule = layout.rule
    for ad, row in zip(found, fields, strict=True):
        assert (ad["ProdcliDbid"], ad["ProdcliAttempt"]) == (int(row["dbid"]), int(row["attempt"]))
        assert (ad["ProdcliRun"], ad["ProdcliSegment"]) == (int(row["run"]), int(row["seg"]))
        assert (ad["ProdcliClaim"], ad["ProdcliDsttype"], ad["ProdcliComment"]) == (claim, row["leafdir"], "two words")
        assert (ad["ProdcliTag"], ad["ProdcliDataset"], ad["ProdcliRule"]) == (rule.outtriplet, "run3auau", rule.name)
        assert ad["Arguments"].split(" ") == split_arguments(f'"{layout.value("arguments", row)}"')
        places = [ad[key] for key in ("Out", "Err", "Iwd", "UserLog")]
        assert places == [layout.value(key, row) for key in ("output", "error", "initialdir", "log")]
        assert (ad["Cmd"], ad["JobBatchName"]) == (str(rule.folder / rule.job.script), layout.batch_name)
        assert (ad["RequestMemory"], ad["RequestDisk"]) == (rule.job.request_memory[0], rule.job.request_disk)
        assert ad["JobPrio"] == rule.job.priority
    assert batch.count(layout.batch_name).jobs == 300
    assert batch.living(A) >= {(cluster, proc) for proc in range(300)}
    assert batch.find_claims(A, [claim])[claim] == [ClaimedCluster(cluster, 300, living=True)]
    remove_all(batch, cluster, range(300))
    assert batch.count(layout.batch_name).jobs == 0


def test_columns_of_a_query_reach_the_schedd(batch: HTCondorBatch, condor_pool: Pool) -> None:
    """Lists have commas, which would cut an item in two."""
    folder, claim = condor_pool.folder(), str(uuid4())
    spec = older_rule(STREAMS)
    spec["job"] |= {"requirements": NEVER, "initialdir": str(folder)}
    spec["job"]["filesystem"] = {kind: f"{folder}/{kind}" for kind in ("outdir", "logdir", "histdir", "condor")}
    rule = load_older(spec, folder)
    layout = Layout(rule)
    lists = [("TPC00", "a.evt,b.evt", "a:0:9,b:0:9", "2"), ("TPC01", "c.evt", "NA", "1")]
    made = [Job(66456, 0, 1, 0, columns[0], columns[0], columns=columns) for columns in lists]
    fields = [layout.fields(job, 7000 + row) for row, job in enumerate(made)]
    items = make_items(fields, layout.item_fields)
    (folder / "items.csv").write_text(items.text())
    context = render_context(layout, items, claim, str(folder / "items.csv"))
    (folder / "job.sub").write_text(render(SUBMIT_TEMPLATE, context))
    cluster = batch.submit(A, folder / "job.sub")
    found = ads(batch, cluster, "Arguments", "Out", "ProdcliDsttype", "ProdcliDataset", "ProdcliRun")
    assert [ad["Arguments"] for ad in found] == [layout.value("arguments", row) for row in fields]
    assert [ad["Out"] for ad in found] == [layout.value("output", row) for row in fields]
    assert [ad["ProdcliDsttype"] for ad in found] == [layout.booked_dsttype(job) for job in made]
    assert {ad["ProdcliDataset"] for ad in found} == {"ana514_nocdbtag_v007"}
    remove_all(batch, cluster, range(2))


def test_our_own_reading_of_a_description_agrees_with_htcondor(batch: HTCondorBatch, condor_pool: Pool) -> None:
    words = "\"$INT(number,%03d) '' 'two words' {x} a=$(number)\""
    cluster = submit(batch, condor_pool, "true", arguments=words, requirements=NEVER)
    (ad,) = ads(batch, cluster, "Arguments")
    assert split_arguments(expand(words, {"number": "0"})) == ["000", "", "two words", "{x}", "a=0"]
    assert ad["Arguments"] == "000 '' two' 'words {x} a=0"
    remove_all(batch, cluster, [0])


def test_only_holds_for_memory_climb_the_ladder(batch: HTCondorBatch, condor_pool: Pool) -> None:
    ladder = escalation(load_rule("seed", job_request_memory="1 GB, 2 GB, 4 GB").job, retries_memory=False)
    cluster = submit(batch, condor_pool, *["true"] * 4, requirements=NEVER, **ladder)
    codes = {0: (1, 102), 1: (34, 104), 2: (21, 102), 3: (34, 102)}  # by a person, for disk, twice for memory
    with batch._client.session(A, "test") as session:
        for proc, (code, subcode) in codes.items():
            job = [f"{cluster}.{proc}"]
            session.schedd.act(session.bindings.JobAction.Hold, job, reason=("test", subcode))
            session.schedd.edit(job, "HoldReasonCode", str(code))
    for proc in (2, 3):
        wait_until(batch, cluster, Queue.IDLE, proc)
    found = jobs(batch, cluster)
    assert [found[proc].queue for proc in range(4)] == [Queue.HELD, Queue.HELD, Queue.IDLE, Queue.IDLE]
    assert [found[proc].memory_asked for proc in (0, 2, 3)] == [1024, 2048, 2048]
    remove_all(batch, cluster, range(4))


def test_changes_tell_what_became_of_jobs(batch: HTCondorBatch, condor_pool: Pool) -> None:
    claim = str(uuid4())
    before = whole(batch.changes(A, "")).cursor
    cluster = submit(batch, condor_pool, "true", "exit 3", "kill -9 $$", "sleep 0.5; echo done", claim=claim, dbid=40)
    changes = whole(batch.changes(A, before))
    begun, cursor = changes.events, changes.cursor
    assert {event.proc for event in begun if event.cluster == cluster} == {0, 1, 2, 3}
    wait_for(lambda: not {job for job in batch.living(A) if job[0] == cluster})
    changes = whole(batch.changes(A, cursor))
    events, after = changes.events, changes.cursor
    ended = {event.proc: event for event in events if event.cluster == cluster and event.queue is Queue.COMPLETED}
    assert [ended[proc].exit_code for proc in range(4)] == [0, 3, 137, 0]
    assert [ended[proc].state.status for proc in range(4)] == ["finished", "failed", "failed", "finished"]
    for proc, event in ended.items():
        assert (event.dbid, event.attempt, event.claim) == (40 + proc, 2, claim)
        assert (event.node, event.num_starts, event.memory_asked) == ("pool.prodcli.test", 1, 1000)
        assert event.finished is not None and event.started is not None
        assert 0 <= event.finished - event.started < 60
        assert 0 <= event.finished - event.since <= 2
        assert event.memory_provisioned is not None and event.memory_provisioned >= 1000
        assert event.user_cpu is not None and event.sys_cpu is not None
    assert {event.proc for event in batch.history(A, {cluster})} == {0, 1, 2, 3}
    assert batch.history(A, [cluster + 999]) == batch.history(A, []) == []
    assert batch.find_claims(A, [claim])[claim] == [ClaimedCluster(cluster, 4, living=False)]
    again = whole(batch.changes(A, after)).events
    assert not [event for event in again if event.cluster == cluster]  # history is not read twice


def test_a_history_file_says_what_its_schedd_would(
    batch: HTCondorBatch, condor_pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for_all(batch, submit(batch, condor_pool, "true"))
    asking = HTCondorBatch([A], condor_config=condor_pool.config, history_file=False)
    cursor = whole(asking.changes(A, "")).cursor
    description = write_description(condor_pool.folder(), ["true"])
    lines = description.read_text().splitlines()
    description.write_text("\n".join(line for line in lines if "My." not in line) + "\n")
    wait_for_all(batch, batch.submit(A, description))
    cluster = submit(batch, condor_pool, "true", "exit 3", "kill -9 $$", "sleep 300", "sleep 300", dbid=70)
    with batch._client.session(A, "test") as session:
        for proc, reason in ((3, 'say "no" to C:\\dir\\, \u00e4 $(X)\nand 2'), (4, "x\\")):
            session.schedd.act(session.bindings.JobAction.Remove, [f"{cluster}.{proc}"], reason)
    wait_for_all(batch, cluster)
    answer = whole(asking.changes(A, cursor)).events
    assert [event.cluster for event in answer] == [cluster] * 5
    monkeypatch.setattr(ScheddSession, "history", lambda *_: pytest.fail("the schedd was asked"))
    assert whole(batch.changes(A, cursor)).events == answer


def wait_for_all(batch: HTCondorBatch, cluster: int) -> None:
    """Wait until no job of a cluster is in the queue."""
    wait_for(lambda: not {job for job in batch.in_queue(A) if job[0] == cluster})


def test_changes_come_in_order_and_only_ours(batch: HTCondorBatch, condor_pool: Pool) -> None:
    description = write_description(condor_pool.folder(), ["true"])
    lines = description.read_text().splitlines()
    description.write_text("\n".join(line for line in lines if "My." not in line) + "\n")
    strange = batch.submit(A, description)
    cluster = submit(batch, condor_pool, "true", "sleep 1", "true")
    wait_for(lambda: not {job for job in batch.in_queue(A) if job[0] in (cluster, strange)})
    events = whole(batch.changes(A, "")).events
    assert strange not in {event.cluster for event in events}
    assert strange not in {event.cluster for event in batch.history(A, {strange, cluster})}
    assert [event.proc for event in events if event.cluster == cluster][-1] == 1


def test_in_queue_has_the_jobs_of_others_and_living_has_not(batch: HTCondorBatch, condor_pool: Pool) -> None:
    description = write_description(condor_pool.folder(), ["true"], requirements=NEVER)
    lines = description.read_text().splitlines()
    description.write_text("\n".join(line for line in lines if "My." not in line) + "\n")
    strange = batch.submit(A, description)
    assert (strange, 0) in batch.in_queue(A)
    assert (strange, 0) not in batch.living(A)
    remove_all(batch, strange, [0])


def test_too_much_memory_holds_and_more_memory_helps(batch: HTCondorBatch, condor_pool: Pool) -> None:
    mark = condor_pool.folder() / "mark"
    script = f"test -e {mark} && exit 0; touch {mark}; (head -c 400000000 /dev/zero; sleep 120) | tail -c 400000000"
    cluster = submit(batch, condor_pool, script, request_memory="100MB")
    held = wait_until(batch, cluster, Queue.HELD)
    assert (held.hold_code, held.hold_subcode) == (21, 102)
    assert "memory" in (held.hold_reason or "").casefold()
    assert held.memory_used is not None and held.memory_used > 100
    assert (held.memory_asked, held.exit_code) == (100, None)
    assert held.node == "pool.prodcli.test"
    batch.edit_memory(A, {(cluster, 0)}, 1500)
    batch.release(A, {(cluster, 0)}, "more memory")
    done = wait_until(batch, cluster, Queue.COMPLETED)
    assert (done.exit_code, done.memory_asked, done.num_starts, done.hold_code) == (0, 1500, 2, None)
    assert done.memory_provisioned is not None and done.memory_provisioned >= 1500


def test_hold_release_and_remove(batch: HTCondorBatch, condor_pool: Pool) -> None:
    cluster = submit(batch, condor_pool, "sleep 300", "sleep 300", "sleep 300")
    wait_until(batch, cluster, Queue.RUNNING, 1)
    cursor = whole(batch.changes(A, "")).cursor
    batch.hold(A, {(cluster, 0), (cluster, 1)}, 'why "not", C:\\x')
    changes = whole(batch.changes(A, cursor))
    events, cursor = changes.events, changes.cursor
    held = [event for event in events if event.queue is Queue.HELD and event.cluster == cluster]
    assert [(event.proc, event.hold_code, event.hold_subcode) for event in held] == [(0, 1, 0), (1, 1, 0)]
    assert {event.hold_reason for event in held} == {"why 'not', C:/x (by user prodcli)"}
    batch.release(A, {(cluster, 0), (cluster, 2)}, "enough")  # 2 is not held, and stays as it is
    assert jobs(batch, cluster)[0].queue is not Queue.HELD
    batch.remove(A, {(cluster, proc) for proc in range(9)}, 'row "5" is not ours')
    wait_for(lambda: not {job for job in batch.living(A) if job[0] == cluster})
    changes = whole(batch.changes(A, cursor))
    events, cursor = changes.events, changes.cursor
    removed = [event for event in events if event.cluster == cluster and event.queue is Queue.REMOVED]
    assert {event.proc for event in removed} == {0, 1, 2}
    assert {event.hold_reason for event in removed} == {"row '5' is not ours (by user prodcli)"}
    assert {(event.state.status, event.state.substatus) for event in removed} == {(Status.FAILED, Substatus.REMOVED)}
    batch.remove(A, {(cluster, 0)}, "again")  # no error: it has left


def test_memory_of_jobs_that_left_is_passed_over(batch: HTCondorBatch, condor_pool: Pool) -> None:
    cluster = submit(batch, condor_pool, "true", "true", requirements=NEVER)
    batch.edit_memory(A, {(cluster, 0), (cluster, 7), (cluster + 500, 0)}, 3333)
    assert [ad["RequestMemory"] for ad in ads(batch, cluster, "RequestMemory")] == [3333, 1000]
    batch.edit_memory(A, {(cluster, 7)}, 3333)
    batch.edit_memory(A, (), 3333)
    remove_all(batch, cluster, [0, 1])


def test_an_idle_job_counts_under_its_batch_name_only(batch: HTCondorBatch, condor_pool: Pool) -> None:
    name = "main.é \\ $(x)'s"
    cluster = submit_rows(batch, condor_pool, 2, batch_name="main.Test")
    other = submit(batch, condor_pool, "true", requirements=NEVER, batch_name="main.Test", schedd=B)
    assert batch.count("main.Test").jobs == 3  # on all schedds
    assert batch.count("main.test_").jobs == batch.count(name).jobs == batch.count('"').jobs == 0
    batch.hold(A, {(cluster, 0)}, "x")
    assert batch.count("main.Test").jobs == 3
    remove_all(batch, cluster, [0, 1])
    batch.remove(B, {(other, 0)}, "x")


def test_a_second_cluster_of_a_claim_is_found(batch: HTCondorBatch, condor_pool: Pool) -> None:
    claim = str(uuid4())
    first = submit(batch, condor_pool, "true", claim=claim)
    wait_for(lambda: (first, 0) not in batch.living(A))
    second = submit(batch, condor_pool, "true", "true", claim=claim, requirements=NEVER)
    found = batch.find_claims(A, [claim])[claim]
    assert found == [ClaimedCluster(first, 1, living=False), ClaimedCluster(second, 2, living=True)]
    assert batch.find_claims(B, [claim]) == {claim: []}
    assert batch.find_claims(A, [claim, 'no "such"']) == {claim: found, 'no "such"': []}
    remove_all(batch, second, [0, 1])


def test_late_materialization(batch: HTCondorBatch, condor_pool: Pool) -> None:
    claim, name = str(uuid4()), f"main.{uuid4()}"
    cluster = submit_rows(batch, condor_pool, 30_000, max_idle="5", batch_name=name, claim=claim)
    everyone = {(cluster, proc) for proc in range(30_000)}
    wait_for(lambda: len(ads(batch, cluster)) >= 5)
    assert len(ads(batch, cluster)) < 100
    assert batch.count(name).jobs == 30_000
    assert {job for job in batch.living(A) if job[0] == cluster} == everyone
    assert everyone <= batch.in_queue(A)
    assert batch.find_claims(A, [claim])[claim] == [ClaimedCluster(cluster, 30_000, living=True)]
    with pytest.raises(BatchError, match=r"cannot remove 2 of the 29\d+ jobs .* has yet to materialize"):
        batch.remove(A, {(cluster, 29_998), (cluster, 29_999)}, "x")
    batch.hold(A, everyone, "x")
    made = len(ads(batch, cluster))
    assert {event.queue for event in jobs(batch, cluster).values()} == {Queue.HELD}
    time.sleep(3)
    assert len(ads(batch, cluster)) == made  # the factory pauses
    batch.remove(A, everyone, "x")
    wait_for(lambda: not {job for job in batch.in_queue(A) if job[0] == cluster})
    assert batch.count(name).jobs == 0
    assert {event.proc for event in batch.history(A, {cluster})} == set(range(made))


def test_a_factory_makes_nothing_while_its_jobs_are_removed(batch: HTCondorBatch, condor_pool: Pool) -> None:
    """Removing what it has made would make room for what it has not, and the last of it would slip through."""
    cluster = submit_rows(batch, condor_pool, 60, max_idle="40")
    wait_for(lambda: len(ads(batch, cluster)) == 40)
    batch.remove(A, {(cluster, proc) for proc in range(60)}, "x")
    wait_for(lambda: not {job for job in batch.in_queue(A) if job[0] == cluster}, seconds=10)


def test_a_completed_job_that_stays_in_the_queue_is_gone_and_a_removed_one_is_not(
    batch: HTCondorBatch, condor_pool: Pool
) -> None:
    cluster = submit(batch, condor_pool, "true", "sleep 600", leave_in_queue="true")
    wait_until(batch, cluster, Queue.COMPLETED)
    wait_until(batch, cluster, Queue.RUNNING, 1)
    batch.remove(A, {(cluster, 1)}, "it stays removed in the queue, as one that still runs does")
    assert [ad["JobStatus"] for ad in ads(batch, cluster, "JobStatus")] == [Queue.COMPLETED, Queue.REMOVED]
    rows = [Seen("f", 1 + proc, "failed", "", 1, A, cluster, proc) for proc in range(2)]
    found = ask_for(batch, rows)
    assert (found.rows, found.left) == ((rows[0],), {2: IN_QUEUE})
    unplaced = ask_for(batch, [replace(row, schedd=None) for row in rows])
    assert [row.dbid for row in unplaced.rows] == [1]
    with batch._client.session(A, "test") as session:
        session.schedd.edit(f"ClusterId == {cluster}", "LeaveJobInQueue", "false")
    wait_for(lambda: not ads(batch, cluster))
