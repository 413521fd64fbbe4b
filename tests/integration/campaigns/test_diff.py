"""campaign diff: two tags on the runs that both have, counted by hand."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.generated_books import LEAVES, TAGS, BookedRow, GeneratedBooks, generated_books, write_books
from tests.support.workspace import Workspace, seeded_catalog

FIRST, SECOND = TAGS[:2]
RUNS = {"runs of both", "runs of the first alone", "runs of the second alone"}
BYTES = 1000  # of the outputs of a job, times its dbid


@pytest.fixture
def books(workspace: Workspace) -> GeneratedBooks:
    """Books with jobs of three tags in every state; a run of each of two is of one tag alone."""
    workspace.load(seeded_catalog(1))
    found = generated_books(22, jobs=400)
    alone = {FIRST: 66_456, SECOND: 66_457}
    others = {tag: set(alone.values()) - {run} for tag, run in alone.items()}
    jobs = [job for job in found.jobs if job.status and job.runnumber not in others.get(job.tag, ())]
    kept = GeneratedBooks(jobs, found.attempts, found.reports)
    workspace.sql("DELETE FROM production_jobs")
    write_books(workspace, kept)
    workspace.sql("UPDATE production_reports SET bytes_out = dbid * CAST(? AS int)", BYTES)
    return kept


def family(job: BookedRow) -> tuple[str, str]:
    """The dsttype of a job without its host, and the dataset."""
    hosts = [f"_{leaf}" for leaf in LEAVES if job.dsttype.endswith(f"_{leaf}")]
    return (job.dsttype.removesuffix(hosts[0]) if hosts else job.dsttype), job.dataset


def measured(books: GeneratedBooks, jobs: Sequence[BookedRow]) -> dict[str, Any]:
    """What jobs did, one by one."""
    done = [job for job in jobs if job.status == "finished"]
    reports = {job.id: books.report(job.id, job.attempt) for job in jobs}
    cpu: list[float] = []
    for job in done:
        report = reports[job.id]
        if report is not None and report.user_cpu is not None and report.sys_cpu is not None:
            cpu.append(report.user_cpu + report.sys_cpu)
        elif job.remoteusercpu is not None and job.remotesyscpu is not None:
            cpu.append(job.remoteusercpu + job.remotesyscpu)
    events = [found.events_out for job in done if (found := reports[job.id]) and found.events_out is not None]
    return {
        "jobs": len(jobs),
        "finished": len(done),
        "failed": sum(job.status == "failed" for job in jobs),
        "open": sum(job.status not in ("failed", "finished") for job in jobs),
        "CPU per job": sum(cpu) / len(cpu) if cpu else None,
        "peak memory": max((job.memoryusage for job in jobs if job.memoryusage is not None), default=None),
        "size of outputs": sum(job.id for job in done if reports[job.id]) * BYTES or None,
        "events": sum(events) if events else None,
    }


def by_hand(books: GeneratedBooks, of: tuple[str, str] | None) -> dict[str, tuple[Any, Any]]:
    """The figures of two tags on the runs that both have; a leaf of a dsttype has a run or not."""
    jobs = {tag: [job for job in books.jobs if job.tag == tag and of in (None, family(job))] for tag in (FIRST, SECOND)}
    units = {tag: {(job.dsttype, job.dataset, job.runnumber) for job in jobs[tag]} for tag in jobs}
    shared = units[FIRST] & units[SECOND]
    first, second = (
        measured(books, [job for job in jobs[tag] if (job.dsttype, job.dataset, job.runnumber) in shared])
        for tag in jobs
    )
    alone = [len({run for *_, run in units[tag] - shared}) for tag in jobs]
    runs = len({run for *_, run in shared})
    found = {
        "runs of both": (runs, runs),
        "runs of the first alone": (alone[0], 0),
        "runs of the second alone": (0, alone[1]),
    }
    return found | ({name: (first[name], second[name]) for name in first} if runs else {})


def shown(workspace: Workspace, *words: object) -> dict[tuple[str, str], dict[str, tuple[Any, Any]]]:
    """What the verb says, by dsttype and dataset."""
    found: dict[tuple[str, str], dict[str, tuple[Any, Any]]] = {}
    for row in workspace.json("campaign", "diff", FIRST, SECOND, *words):
        found.setdefault((row["dsttype"], row["dataset"]), {})[row["measure"]] = (row["first"], row["second"])
    return found


def test_each_dsttype_and_the_total_are_as_counted_by_hand(workspace: Workspace, books: GeneratedBooks) -> None:
    found = shown(workspace)
    products = {family(job) for job in books.jobs if job.tag in (FIRST, SECOND)}
    assert set(found) == products | {("total", "")}
    for key, measures in found.items():
        expected = by_hand(books, None if key[0] == "total" else key)
        assert measures == {name: pytest.approx(figures) for name, figures in expected.items()}, key


def test_runs_that_one_tag_has_alone_are_named(workspace: Workspace, books: GeneratedBooks) -> None:
    rows = workspace.json("campaign", "diff", FIRST, SECOND, "--runs", 66456, 66457)
    found = {row["measure"]: (row["first"], row["second"], row["runs"]) for row in rows if row["dsttype"] == "total"}
    assert found == {
        "runs of both": (0, 0, None),
        "runs of the first alone": (1, 0, "66456"),
        "runs of the second alone": (0, 1, "66457"),
    }
    answer = workspace.ok("campaign", "diff", FIRST, SECOND, "--runs", 66456, 66457)
    assert "the tags have no run of the same dsttype and dataset in common" in answer.out


def test_people_see_what_differs(workspace: Workspace, books: GeneratedBooks) -> None:
    workspace.sql("UPDATE production_jobs SET dsttype = 'DST_CALO', dataset = 'run3auau', tag = ?", FIRST)
    workspace.sql("DELETE FROM production_jobs WHERE id > (SELECT MIN(id) FROM production_jobs)")
    columns = (
        "rulename, dataset, dsttype, runnumber, segment, status, memoryusage, remoteusercpu, remotesyscpu, filename"
    )
    workspace.sql(
        f"INSERT INTO production_jobs (tag, {columns}) SELECT ?, {columns.removesuffix('filename')} 'other'"  # noqa: S608
        " FROM production_jobs",
        SECOND,
    )
    workspace.sql("UPDATE production_jobs SET status = 'finished', memoryusage = 1000")
    workspace.sql("UPDATE production_jobs SET memoryusage = 1500 WHERE tag = ?", SECOND)
    answer = workspace.ok("campaign", "diff", FIRST, SECOND)
    assert "peak memory" in answer.out
    assert "50" in answer.out
    assert "finished" not in answer.out
    assert "what is equal is left out" in answer.out
    every = workspace.ok("campaign", "diff", FIRST, SECOND, "--all").out
    assert "finished" in every
    assert "left out" not in every


def test_a_tag_without_jobs_is_named(workspace: Workspace, books: GeneratedBooks) -> None:
    answer = workspace.run("campaign", "diff", FIRST, "ana541_2025p014_v003")
    assert answer.code == 2
    assert "no job has the tag 'ana541_2025p014_v003'; did you mean" in answer.err
    answer = workspace.run("campaign", "diff", FIRST, FIRST)
    assert answer.code == 2
    assert "is compared with itself" in answer.err
