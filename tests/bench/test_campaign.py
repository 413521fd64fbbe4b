"""A whole campaign on a realistic catalog of 10.9 million rows: the plan, and the pass from end to end.

The catalog comes from a generator that is not part of this project: PRODCLI_CATALOG names its folder.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from prodcli.batch.htcondor.batch import HTCondorBatch
from tests.bench.measure import Timing, prodcli, show, timed
from tests.bench.test_plan import STATEMENT, psql_seconds
from tests.bench.test_submit import bindings_alone, condor_submit_seconds
from tests.support.condor_jobs import NEVER
from tests.support.condor_pool import Pool, wait_for
from tests.support.postgres_server import Cluster
from tests.support.rule_files import REPOSITORY, RULES, write_rules
from tests.support.workspace import Workspace, make_workspace

GENERATOR = Path(os.environ.get("PRODCLI_CATALOG", REPOSITORY.parent / "shared" / "catalog"))
RUNS, SEGMENTS = int(os.environ.get("PRODCLI_BENCH_RUNS", "2700")), 100
TRIES = 5  # of which the shortest counts: what else a shared machine does only makes them longer
ANCESTOR_PLAN, ANCESTOR_PASS = 122, 279  # seconds of the tool that prodcli replaces, for about as many jobs
ROLES = {"daq": "daq", "raw": "RawdataCatalog", "filecatalog": "FileCatalog"}
# How fast the machine is today: what counting the inputs of each segment takes, which is the least that a plan has to do.
COUNT_ONLY = """
SELECT runnumber, segment, COUNT(*) FROM datasets
WHERE tag = 'ana514_nocdbtag_v001' AND dataset = 'run3auau' AND dsttype LIKE 'DST_STREAMING_EVENT%' GROUP BY 1, 2
"""
# Runs prodcli with clocks around the steps of a pass, and prints what they say. The plan of the older runs, what the schedd
# takes, and the records lie beside other steps; "waiting" is for what the schedd still has to do when all else is done.
STEPS = """
import json, sys, time
began = time.perf_counter()
from prodcli.planning import plan_in_parts
from prodcli.submission import submitter
from prodcli.books import claims
from prodcli.batch import submit_process
spent = {}
def clocked(owner, name, *steps):
    real = getattr(owner, name)
    left = list(steps)
    def work(*args, **kwargs):
        step = left.pop(0) if len(left) > 1 else left[0]
        start = time.perf_counter()
        try:
            return real(*args, **kwargs)
        finally:
            spent[step] = spent.get(step, 0.0) + time.perf_counter() - start
    setattr(owner, name, work)
def taken(real):
    def work(*args):
        spent.setdefault("until the first cluster", time.perf_counter() - began)
        return real(*args)
    return work
clocked(plan_in_parts, "make_plan", "plan", "plan of older runs")
clocked(claims.Books, "claim", "claim")
clocked(claims.Books, "record", "record")
clocked(submitter, "write_submission", "render")
clocked(submit_process.OwnProcess, "count", "count the queue (in claim)")
clocked(submit_process.OwnProcess, "cluster", "waiting")
submit_process.OwnProcess.take = taken(submit_process.Beside.take)
from prodcli.__main__ import main
try:
    main()
finally:
    spent["all"] = time.perf_counter() - began
    sys.stdout.write("\\nSTEPS " + json.dumps(spent) + "\\n")
"""


@pytest.fixture(scope="module")
def campaign(cluster: Cluster, condor_pool: Pool) -> Iterator[Workspace]:
    """A workspace on the generated catalogs, its jobs on one schedd."""
    if not (GENERATOR / "gen_catalog.py").is_file():
        pytest.skip(f"no catalog generator in {GENERATOR}; PRODCLI_CATALOG names its folder")
    server = ["-h", "127.0.0.1", "-p", str(cluster.port), "-U", "postgres"]
    subprocess.run(["psql", "-q", *server, "-f", str(GENERATOR / "schema.sql")], check=True, capture_output=True)
    words = ["--runs", str(RUNS), "--segs", str(SEGMENTS), "--no-files", "--port", str(cluster.port)]
    subprocess.run([sys.executable, str(GENERATOR / "gen_catalog.py"), *words], check=True, capture_output=True)
    batch = {"system": "htcondor", "schedds": [condor_pool.schedds[0]], "condor_config": condor_pool.config}
    workspace = make_workspace(condor_pool.folder(), cluster, batch)
    workspace.settings["databases"] = {role: cluster.odbc(name) for role, name in ROLES.items()}
    workspace.settings["databases"]["production"] = cluster.odbc("Production")
    workspace.write()
    workspace.ok("db", "upgrade")
    job = RULES["cluster"]["job"] | {"requirements": NEVER}
    rules = {"cluster": {**RULES["cluster"], "job": job}}
    rules["at_once"] = {**rules["cluster"], "job": job | {"max_idle": 0}}
    write_rules(workspace.folder / "rules", rules)
    yield workspace


def start_afresh(workspace: Workspace) -> None:
    """The books as the generator left them, in a database of their own, and an empty queue."""
    assert workspace.cluster is not None
    batch = HTCondorBatch(
        workspace.settings["batch"]["schedds"], condor_config=workspace.settings["batch"]["condor_config"]
    )
    (schedd,) = batch.schedds()
    batch.remove(schedd, batch.living(schedd), "the next measurement")
    wait_for(lambda: not batch.in_queue(schedd), seconds=300)
    workspace.cluster.drop("campaign")
    workspace.cluster.create("campaign", template="Production")
    workspace.settings["databases"]["production"] = workspace.cluster.odbc("campaign")
    workspace.write()


def words(workspace: Workspace, rule: str) -> tuple[object, ...]:
    return "submit", "-c", workspace.folder / "rules" / "rules.yaml", "-r", rule, "--maxqueued", 10**6


def test_plan_of_a_campaign(campaign: Workspace, cluster: Cluster) -> None:
    """From process start, beside its own statements in psql and the tool that prodcli replaces."""
    start_afresh(campaign)
    plans = [prodcli(campaign.file, *words(campaign, "cluster"), "-n") for _ in range(TRIES)]
    plan = min(plans, key=lambda one: one.seconds)
    found = re.search(r"would submit (\d+) jobs", prodcli_says(campaign))
    assert found is not None
    statements = STATEMENT.split(prodcli(campaign.file, *words(campaign, "cluster"), "--print-query").out)[1:]
    pairs = list(zip(statements[1::3], statements[2::3], strict=True))
    bare = sum(min(psql_seconds(cluster, campaign, role, sql) for _ in range(2)) for role, sql in pairs)
    show(
        f"Plan of DST_TRKR_CLUSTER, generated catalog of {RUNS} runs (tries: {in_words(plans)} s)",
        (
            *("jobs", "plan s", "its statements in psql s", "ratio", "counting alone s", "ratio"),
            *("predecessor s", "times faster", "peak MB"),
        ),
        [
            (
                found[1],
                plan.seconds,
                bare,
                plan.seconds / bare,
                (counting := count_seconds(cluster, campaign)),
                plan.seconds / counting,
                ANCESTOR_PLAN,
                ANCESTOR_PLAN / plan.seconds,
                plan.peak_mb,
            )
        ],
    )


def in_words(tries: Iterable[Timing]) -> str:
    """How long each took."""
    return ", ".join(f"{one.seconds:.1f}" for one in tries)


def prodcli_says(workspace: Workspace) -> str:
    """What a dry run prints to people."""
    command = [sys.executable, "-m", "prodcli", "--site", workspace.file, *words(workspace, "cluster"), "-n"]
    return timed(command, cwd=workspace.folder).out


def count_seconds(cluster: Cluster, workspace: Workspace) -> float:
    """The shortest of three times that psql takes to count the inputs of each segment."""
    return min(psql_seconds(cluster, workspace, "filecatalog", COUNT_ONLY) for _ in range(3))


def one_pass(workspace: Workspace, rule: str) -> Timing:
    """A pass over the books as they were."""
    start_afresh(workspace)
    return timed([sys.executable, "-c", STEPS, "--site", workspace.file, *words(workspace, rule), "--format", "json"])


@pytest.mark.parametrize(("rule", "tries"), [("cluster", TRIES), ("at_once", 1)])
def test_pass_of_a_campaign(campaign: Workspace, cluster: Cluster, condor_pool: Pool, rule: str, tries: int) -> None:
    """From process start to the last job in the books, with what each step took; the shortest of some tries."""
    counting = count_seconds(cluster, campaign)
    passes = [one_pass(campaign, rule) for _ in range(tries)]
    timing = min(passes, key=lambda one: one.seconds)
    answer, _, steps = timing.out.rpartition("\nSTEPS ")
    spent = json.loads(steps)
    submitted = json.loads(answer)["submitted"]
    jobs = sum(one["jobs"] for one in submitted)
    assert campaign.sql("SELECT COUNT(*) FROM production_jobs WHERE status = 'submitted' AND schedd IS NOT NULL") == [
        (jobs,)
    ]
    row: tuple[object, ...] = (jobs, len(submitted), timing.seconds, counting, timing.seconds / counting)
    row = (*row, ANCESTOR_PASS, timing.peak_mb)
    columns = ["jobs", "clusters", "whole pass s", "counting alone s", "ratio", "predecessor s", "peak MB"]
    columns += [f"{step} s" for step in spent]
    values = [*row, *spent.values()]
    if rule == "at_once":
        folders = [one["folder"] for one in submitted]
        bare, bindings = condor_submit_seconds(condor_pool, folders), bindings_alone(campaign, folders).seconds
        columns += ["condor_submit alone s", "ratio", "bindings alone s", "ratio to these"]
        values += [bare, timing.seconds / bare, bindings, timing.seconds / bindings]
    how = "jobs made bit by bit" if rule == "cluster" else "all jobs made at once"
    show(f"Pass of DST_TRKR_CLUSTER, {how} (tries: {in_words(passes)} s)", columns, [values])


@pytest.mark.parametrize("size", [1_000, 5_000, 10_000, 20_000, 50_000])
def test_chunk_size(campaign: Workspace, size: int) -> None:
    """What the size of a cluster costs: the whole pass, and the time until the first jobs are with the schedd."""
    start_afresh(campaign)
    timing = timed(
        [sys.executable, "-c", STEPS, "--site", campaign.file, *words(campaign, "cluster"), "--chunk-size", size]
    )
    spent = json.loads(timing.out.rpartition("\nSTEPS ")[2])
    first = campaign.sql(
        "SELECT EXTRACT(EPOCH FROM MIN(j.submitted) - MIN(c.started)) FROM production_jobs j"
        " JOIN production_claims c ON c.id = j.claim_id WHERE j.schedd IS NOT NULL"
    )[0][0]
    show(
        f"Clusters of {size} jobs",
        ("whole pass s", "plan s", "first cluster after the plan s"),
        [(timing.seconds, spent["plan"], float(first))],
    )
