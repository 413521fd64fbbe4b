"""The main job from rule to books, the same code path on every database and batch system."""

import time
from pathlib import Path

import pytest

from tests.support.generated_rules import SITE, generated_rule
from tests.support.pass_processes import killed
from tests.support.rule_files import write_rules
from tests.support.workspace import COMBINATIONS, Workspace

PATIENCE = 90  # seconds until the pool must have run eight jobs
# $5 is the run, $6 the segment, ${10} the output folder, ${15} the name of the output without .root
PAYLOAD = """#!/bin/sh
echo "run $5 segment $6 row ${18}"
case $6 in
1) exit 3 ;;
2) exec awk 'BEGIN { s = "x"; while (length(s) < 160000000) s = s s; system("sleep 60") }' ;;
esac
echo data > "${10}/${15}.root"
"""


ENDED = "status IN ('held', 'failed', 'finished')"


def settle(workspace: Workspace, batch: str, ended: int, final: str = ENDED) -> None:
    """Let the batch system run until so many jobs are in a final state, harvesting as cron would."""
    if batch == "local":
        workspace.ok("local", "run", "--drain", "--slots", 4)
    deadline = time.monotonic() + PATIENCE
    while True:
        workspace.ok("harvest")
        (count,) = workspace.sql(f"SELECT COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL AND ({final})")[0]  # noqa: S608
        if count >= ended:
            return
        assert time.monotonic() < deadline, workspace.json("query", "--by", "status")
        time.sleep(1)


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_from_rule_to_books(real: Workspace, batch: str) -> None:
    rules = write_rules(real.folder / "rules")
    (real.folder / "rules" / "run.sh").write_text(PAYLOAD)
    words = ("submit", "-c", rules, "-r", "mvtxme", "--mem", "64MB")
    planned = real.json(*words, "--dry-run")["jobs"]
    submitted = real.json(*words)["submitted"]
    assert [one["jobs"] for one in submitted] == [len(planned)]
    assert real.json(*words)["submitted"] == []
    settle(real, batch, len(planned))

    wanted = {job["filename"]: {1: "failed", 2: "held"}.get(job["segment"], "finished") for job in planned}
    books = real.sql(
        "SELECT filename, CAST(status AS text), exitcode, clusterid, procid, execution_node, jobstarts, log, out, id"
        " FROM production_jobs WHERE schedd IS NOT NULL ORDER BY procid"
    )
    assert {row[0]: row[1] for row in books} == wanted
    assert [row[0] for row in books] == [job["filename"] for job in planned]
    assert {row[3] for row in books} == {submitted[0]["cluster"]}
    for name, status, code, _, _, node, starts, _, out, dbid in books:
        assert {"finished": 0, "failed": 3, "held": None}[status] == code
        assert node
        assert starts == 1
        assert Path(out).read_text().rstrip().endswith(f"row {dbid}")
        produced = list((real.folder / "files").rglob(name))
        assert len(produced) == (status == "finished")
    held = real.sql(
        "SELECT hold_code, hold_subcode, hold_reason, memory_asked FROM production_attempts WHERE hold_code IS NOT NULL"
    )
    assert len(held) == sum(state == "held" for state in wanted.values()) > 0
    for code, subcode, reason, asked in held:
        assert (code, subcode) in ((34, 102), (21, 102))
        assert "memory" in reason.casefold()
        assert asked == 64

    report = [line for line in real.json("query", "--rule", "mvtxme") if line["tag"] == "ana537_2025p010_v001"][0]
    assert report["held"] >= len(held)
    assert real.json("harvest") == []


@pytest.mark.parametrize(("database", "batch"), [COMBINATIONS[0], COMBINATIONS[3]])
def test_jobs_without_inputs_get_their_seeds(real: Workspace, batch: str) -> None:
    real.settings["site"] = SITE
    real.write()
    spec = generated_rule(
        2, [7, 12], job_outputs_per_job=2, job_arguments="{run} {seg} {outseg} {seed} {indsttype} {inputs}"
    )
    real.ok("submit", "-c", write_rules(real.folder / "rules", {"Sim": spec}))
    settle(real, batch, 4)
    rows = real.sql("SELECT runnumber, segment, CAST(status AS text), out FROM production_jobs WHERE rulename = 'Sim'")
    assert {(run, segment, status, Path(out).read_text()) for run, segment, status, out in rows} == {
        (run, 2 * segment, "finished", f"{run} {segment} {2 * segment} {run * 100000 + segment}  none\n")
        for run in (7, 12)
        for segment in (0, 1)
    }


@pytest.mark.parametrize(("database", "batch"), [COMBINATIONS[3]])
def test_rendered_files_are_valid_by_hand(real: Workspace, batch: str) -> None:
    """A claim whose submit step failed may be submitted from its kept files; the next pass adopts that cluster."""
    import htcondor2

    from prodcli.batch.htcondor.batch import HTCondorBatch

    rules = write_rules(real.folder / "rules")
    killed(real, "submit.renewed", "submit", "-c", rules, "-r", "mvtxme")
    (description,) = (real.folder / "campaigns").rglob("job.sub")
    name = real.settings["batch"]["schedds"][0]
    HTCondorBatch([name], condor_config=real.settings["batch"]["condor_config"]).load()
    schedd = htcondor2.Schedd(htcondor2.Collector().locate(htcondor2.DaemonType.Schedd, name))
    cluster = schedd.submit(htcondor2.Submit(description.read_text())).cluster()
    assert real.json("submit", "-c", rules, "-r", "mvtxme")["submitted"] == []
    rows = real.sql("SELECT clusterid, procid, status FROM production_jobs WHERE schedd IS NOT NULL ORDER BY procid")
    assert [row[:2] for row in rows] == [(cluster, proc) for proc in range(len(rows))]
    assert {row[2] for row in rows} <= {"submitted", "running", "finished"}  # some may have started meanwhile
    assert len(rows) == 8


# Kept in memory: 300 MB in segment 1, 170 MB in segment 2, which ends by itself at its third start.
HUNGRY = """#!/bin/sh
starts="${10}/starts.$5.$6"
echo >> "$starts"
size=1000 rest=0
case $6 in
1) size=300000000 rest=300 ;;
2) size=170000000 rest=300; [ "$(wc -l < "$starts")" -lt 3 ] || rest=1 ;;
esac
{ head -c $size /dev/zero; sleep $rest; } | dd of=/dev/null bs=$size count=2 iflag=fullblock 2>/dev/null
echo data > "${10}/${15}.root"
"""


@pytest.mark.parametrize(("database", "batch"), [COMBINATIONS[0], COMBINATIONS[3]])
def test_a_job_that_exceeds_its_memory_climbs_the_ladder(real: Workspace, batch: str) -> None:
    rules = write_rules(real.folder / "rules")
    (real.folder / "rules" / "run.sh").write_text(HUNGRY)
    submitted = real.json("submit", "-c", rules, "-r", "mvtxme", "--mem", "64MB, 128MB, 256MB")["submitted"]
    settle(real, batch, submitted[0]["jobs"], final="jobstarts = 3 AND status = 'held' OR status = 'finished'")
    books = real.sql(
        "SELECT j.segment, CAST(j.status AS text), j.jobstarts, a.memory_asked, a.hold_subcode,"
        " CASE WHEN a.memory_used > 128 THEN 1 ELSE 0 END"
        " FROM production_jobs j JOIN production_attempts a ON a.dbid = j.id WHERE j.schedd IS NOT NULL"
    )
    by_segment = {segment: facts for segment, *facts in books}
    assert by_segment.pop(1) == ["held", 3, 256, 102, 1]
    status, starts, asked, _, over = by_segment.pop(2)
    assert (status, starts, asked, over) == ("finished", 3, 256, 1)
    assert {tuple(facts[:3]) for facts in by_segment.values()} == {("finished", 1, 64)}
