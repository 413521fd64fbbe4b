"""The main job from rule to books, the same code path on every database and batch system."""

import time
from pathlib import Path

import pytest

from tests.support.rules import write_rules
from tests.support.world import COMBINATIONS, World

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


def settle(world: World, batch: str, ended: int) -> None:
    """Let the batch system run until so many jobs have ended or are held, harvesting as cron would."""
    if batch == "local":
        world.ok("local", "run", "--drain", "--slots", 4)
    deadline = time.monotonic() + PATIENCE
    while True:
        world.ok("harvest")
        (count,) = world.sql(
            "SELECT COUNT(*) FROM production_jobs WHERE schedd IS NOT NULL AND status IN ('held', 'failed', 'finished')"
        )[0]
        if count >= ended:
            return
        assert time.monotonic() < deadline, world.json("query", "--by", "status")
        time.sleep(1)


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_from_rule_to_books(real: World, batch: str) -> None:
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


@pytest.mark.parametrize(("database", "batch"), [COMBINATIONS[3]])
def test_rendered_files_are_valid_by_hand(real: World, batch: str) -> None:
    """A claim whose submit step failed may be submitted from its kept files; the next pass adopts that cluster."""
    import htcondor2

    from prodcli.batch.htcondor import HTCondorBatch

    def killed(*_: object) -> int:
        raise SystemError("killed")

    rules = write_rules(real.folder / "rules")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HTCondorBatch, "submit", killed)
        patch.setattr("prodcli.submit.Submitter._settle", lambda *_: None)
        with pytest.raises(SystemError):
            real.run("submit", "-c", rules, "-r", "mvtxme")
    (description,) = (real.folder / "campaigns").rglob("job.sub")
    name = real.settings["batch"]["schedds"][0]
    schedd = htcondor2.Schedd(htcondor2.Collector().locate(htcondor2.DaemonType.Schedd, name))
    cluster = schedd.submit(htcondor2.Submit(description.read_text())).cluster()
    real.sql("UPDATE production_claims SET boot_id = 'another boot'")
    assert real.json("submit", "-c", rules, "-r", "mvtxme")["submitted"] == []
    rows = real.sql("SELECT clusterid, procid, status FROM production_jobs WHERE schedd IS NOT NULL ORDER BY procid")
    assert rows == [(cluster, proc, "submitted") for proc in range(len(rows))]
    assert len(rows) == 8
