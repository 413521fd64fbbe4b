"""The books of a rule whose code, kit, memory and nodes change: what is found against a count by hand."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from random import Random

import pytest

from prodcli.bisection.bisect_signature import bisect_signature, systems_of_nodes
from prodcli.bisection.bisected import bisected as bisected_signatures
from prodcli.bisection.changes import Bisection, Value
from prodcli.books.filters import Filters
from prodcli.diagnosis.failure_question import FailureQuestion
from prodcli.provenance.keep import keep
from prodcli.provenance.payload import Payload
from prodcli.provenance.record import Invocation, Provenance
from prodcli.provenance.repository import Code
from tests.support.catalog import insert_rows
from tests.support.generated_books import NOW, time_of
from tests.support.workspace import Workspace, seeded_catalog

BY = Invocation("prodcli submit", "ada", "sphnxpro", "host", "1.0")
HOURS = 300  # of the production; a claim of four jobs each
SIGNATURE, OTHER = 1, 2
FIRST = NOW - HOURS * 3600


@dataclass(frozen=True)
class Job:
    """A job by what may have changed, and how it ended: `signature` 0 for one that finished."""

    dbid: int
    hour: int
    run: int
    commit: str
    dbtag: str
    kit: str
    memory: int
    node: str
    system: str
    mask: str
    nevents: str
    signature: int = 0
    reported: bool = True

    @property
    def tag(self) -> str:
        """The tag of the output."""
        return f"ana537_{self.dbtag}_v001"

    @property
    def entered(self) -> int:
        """When the job ended."""
        return FIRST + self.hour * 3600 + 1800


Broken = Callable[[Job], bool]


def production(seed: int, broken: Broken) -> list[Job]:
    """Jobs over some time in which one thing after the other changes; those that are broken mostly fail."""
    luck = Random(seed)
    jobs = []
    for hour in range(HOURS):
        for _ in range(4):
            node = luck.choice(("n1", "n2", "n3"))
            job = Job(
                dbid=len(jobs) + 1,
                hour=hour,
                run=66_000 + luck.randrange(60),
                commit=f"{hour // 90:x}".ljust(40, "0"),
                dbtag="2025p001" if hour < 120 else "2025p002",
                kit=f"{hour // 75:x}".ljust(16, "0"),
                memory=luck.choice((2000, 4000)),
                node=node,
                system="9.5" if node == "n1" and hour >= 210 else "9.4",
                mask=luck.choice(("", "mvtx1:0")),
                nevents="0" if hour < 240 else "100",
                reported=luck.random() < 0.7,
            )
            dead = luck.random() < (0.6 if broken(job) else 0.01)
            jobs.append(Job(**{**vars(job), "signature": SIGNATURE if dead else OTHER if luck.random() < 0.05 else 0}))
    return jobs


def booked(workspace: Workspace, jobs: list[Job]) -> None:
    """Write books with these jobs."""
    workspace.load(seeded_catalog(1))
    claims = {job.hour: job for job in jobs}
    database = workspace.database()
    for hour, job in claims.items():
        code = (Code("/prod/macros", "git@host:e/macros.git", "main", job.commit, "origin/main"),)
        rule = f"r:\n  params: {{build: ana.537, dbtag: {job.dbtag}}}\n  job: {{nevents: {job.nevents}}}\n"
        record = Provenance(f"{hour:032x}", "r", job.tag, "r.yaml", rule, rule, Payload((), code), job.kit)
        keep(database, workspace.folder / "campaigns", record, BY)
    with closing(workspace.connect()) as connection:
        clock = lambda seconds: time_of(workspace, seconds)  # noqa: E731
        insert_rows(
            connection,
            "INSERT INTO production_claims (id, host, pid, boot_id, process_start, started, lease_until, schedd, batch_name,"
            " memory_asked, rule, n, state, folder, kit, provenance) VALUES (?, 'h', 1, 'b', 's', ?, ?, 'a', 'n', 0, 'r', 4,"
            " 'submitted', '', ?, ?)",
            [
                (f"c{hour}", clock(FIRST + hour * 3600), clock(NOW), job.kit, f"{hour:032x}")
                for hour, job in claims.items()
            ],
        )
        insert_rows(
            connection,
            "INSERT INTO production_jobs (id, rulename, tag, dataset, dsttype, filename, runnumber, segment, status,"
            " submitted, claim_id, mask) VALUES (?, 'r', ?, 'd', 'DST_CALO', ?, ?, 0, ?, ?, ?, ?)",
            [
                (
                    *(10_000 + job.dbid, job.tag, f"f{job.dbid}", job.run, "failed" if job.signature else "finished"),
                    *(clock(FIRST + job.hour * 3600), f"c{job.hour}", job.mask or None),
                )
                for job in jobs
            ],
        )
        insert_rows(
            connection,
            "INSERT INTO production_attempts (dbid, attempt, step, claim_id, memory_asked, node, started, finished, status,"
            " substatus, entered) VALUES (?, 1, 0, ?, ?, ?, ?, ?, ?, '', ?)",
            [
                (
                    *(
                        10_000 + job.dbid,
                        f"c{job.hour}",
                        job.memory,
                        f"slot1_{job.dbid % 4}@{job.node}",
                        clock(job.entered - 600),
                    ),
                    *(clock(job.entered), "failed" if job.signature else "finished", clock(job.entered)),
                )
                for job in jobs
            ],
        )
        insert_rows(
            connection,
            "INSERT INTO production_reports (dbid, attempt, os, messages, outputs, staged, read) VALUES (?, 1, ?, 0, 0, 0, ?)",
            [(10_000 + job.dbid, job.system, clock(job.entered)) for job in jobs if job.reported],
        )
        insert_rows(
            connection,
            "INSERT INTO production_signatures (hash, state, code, text, entry, name, category, first_seen)"
            " VALUES (?, 'failed', '1', 'error N', '', 'error', 'unknown', ?)",
            [(f"h{number}", clock(FIRST)) for number in (SIGNATURE, OTHER)],
        )
        insert_rows(
            connection,
            "INSERT INTO production_failures (dbid, attempt, step, entered, signature_id, retried, won, runnumber, rulename,"
            " tag, dataset, dsttype) VALUES (?, 1, 0, ?, ?, 0, 0, ?, 'r', ?, 'd', 'DST_CALO')",
            [(10_000 + job.dbid, clock(job.entered), job.signature, job.run, job.tag) for job in jobs if job.signature],
        )
        connection.commit()


def bisected(workspace: Workspace, filters: Filters | None = None) -> Bisection:
    """What changed with the signature."""
    books, since = workspace.database(), FIRST - 86_400
    systems = partial(systems_of_nodes, books, since)
    found, _ = bisect_signature(books, SIGNATURE, filters or Filters(), since, NOW + 86_400, systems)
    return found


def by_hand(jobs: list[Job], value: Callable[[Job], Value], span: tuple[Value, ...]) -> tuple[tuple[int, int], ...]:
    """Failed and passed jobs with a value in the span, and with another one."""
    counted = [job for job in jobs if job.signature != OTHER]
    inside = [job.signature == SIGNATURE for job in counted if value(job) in span]
    outside = [job.signature == SIGNATURE for job in counted if value(job) not in span]
    return (sum(inside), len(inside) - sum(inside)), (sum(outside), len(outside) - sum(outside))


CAUSES: list[tuple[str, Broken, Callable[[Job], Value], tuple[Value, ...]]] = [
    (
        "commit macros",
        lambda job: job.hour >= 180,
        lambda job: job.commit[:12],
        tuple(f"{number:x}".ljust(12, "0") for number in (2, 3)),
    ),
    ("dbtag", lambda job: job.hour >= 120, lambda job: job.dbtag, ("2025p002",)),
    ("kit", lambda job: 75 <= job.hour < 150, lambda job: job.kit[:12], ("1".ljust(12, "0"),)),
    ("memory", lambda job: job.memory == 2000, lambda job: job.memory, (2000,)),
    ("mask", lambda job: job.mask == "mvtx1:0", lambda job: job.mask or "none", ("mvtx1:0",)),
    ("run", lambda job: job.run >= 66_040, lambda job: job.run, tuple(range(66_040, 66_060))),
    ("rule job.nevents", lambda job: job.hour >= 240, lambda job: job.nevents, ("100",)),
]


@pytest.mark.parametrize(("what", "broken", "value", "span"), CAUSES, ids=[cause[0] for cause in CAUSES])
def test_what_was_broken_is_found_with_its_numbers(
    workspace: Workspace, what: str, broken: Broken, value: Callable[[Job], Value], span: tuple[Value, ...]
) -> None:
    jobs = production(7, broken)
    booked(workspace, jobs)
    found = bisected(workspace)
    (change,) = found.suspects
    assert (change.what, change.span) == (what, span)
    assert (change.within, change.outside) == by_hand(jobs, value, span)
    submitted = FIRST + 3600 * min(job.hour for job in jobs if value(job) in span)
    assert change.since == (submitted + 1800 if what == "run" else submitted)
    assert found.ended == tuple(map(sum, zip(*by_hand(jobs, value, span), strict=True)))


def test_the_system_of_nodes_counts_where_jobs_report_none(workspace: Workspace) -> None:
    jobs = production(8, lambda job: job.system == "9.5")
    booked(workspace, [Job(**{**vars(job), "reported": job.reported and not job.signature}) for job in jobs])
    (change,) = bisected(workspace).suspects
    assert (change.what, change.span, change.was) == ("system", ("9.5",), "9.4")


def test_the_records_of_two_jobs_tell_what_else_changed(workspace: Workspace) -> None:
    booked(workspace, production(7, lambda job: 75 <= job.hour < 150))
    (row,) = [
        row for row in workspace.json("diagnose", SIGNATURE, "--bisect", "--since", "2026-01-01") if row["together"]
    ]
    assert row["changed"] == "kit"
    program, *words = row["command"].split()
    assert (program, words[:2]) == ("prodcli", ["provenance", "diff"])
    assert "kit" in {one["part"] for one in workspace.json(*words)}


def test_nothing_changed(workspace: Workspace) -> None:
    booked(workspace, production(9, lambda _: True))
    found = bisected(workspace)
    assert found.suspects == ()
    assert "commit macros" in found.varied


def test_the_question_chooses_the_attempts(workspace: Workspace) -> None:
    jobs = production(7, lambda job: job.hour >= 120)
    booked(workspace, jobs)
    assert [one.what for one in bisected(workspace).suspects] == ["dbtag"]
    chosen = bisected(workspace, Filters(tags=["ana537_2025p002_v001"]))
    assert chosen.suspects == ()
    assert chosen.ended.total == sum(job.dbtag == "2025p002" and job.signature != OTHER for job in jobs)


def test_the_most_frequent_signatures_of_a_question(workspace: Workspace) -> None:
    jobs = production(7, lambda job: job.hour >= 180)
    booked(workspace, jobs)
    first, second = bisected_signatures(workspace.database(), FailureQuestion(), NOW)
    assert (first.signature.id, first.signature.failures) == (
        SIGNATURE,
        sum(job.signature == SIGNATURE for job in jobs),
    )
    assert first.signature.first == min(job.entered for job in jobs if job.signature == SIGNATURE)
    assert [one.what for one in first.found.suspects] == ["commit macros"]
    assert first.folders == {"macros": "/prod/macros"}
    assert (second.signature.id, second.found.suspects) == (OTHER, ())
    (only,) = bisected_signatures(workspace.database(), FailureQuestion(signatures=[OTHER]), NOW)
    assert only == second


def test_the_verb_shows_what_changed(workspace: Workspace) -> None:
    jobs = production(7, lambda job: job.hour >= 180)
    booked(workspace, jobs)
    told = ("diagnose", "--bisect", "--since", "2026-01-01")
    rows = workspace.json(*told)
    best = next(row for row in rows if row["key"] == SIGNATURE)
    inside, outside = by_hand(jobs, lambda job: job.hour >= 180, (True,))
    assert (best["changed"], best["was"], best["became"]) == ("commit macros", "1".ljust(12, "0"), "2".ljust(12, "0"))
    assert (best["failed_with"], best["ended_with"]) == (inside[0], sum(inside))
    assert (best["failed_before"], best["ended_before"]) == (outside[0], sum(outside))
    assert (best["together"], best["failed_after"]) == (1, 0)
    text = workspace.ok(*told).out
    assert f"commit macros {'1'.ljust(12, '0')} -> {'2'.ljust(12, '0')} on 2026-05-" in text
    assert f"git -C /prod/macros log --stat {'1'.ljust(12, '0')}..{'2'.ljust(12, '0')}" in text
    assert best["command"].startswith("git -C")
    (only,) = workspace.json("diagnose", OTHER, "--bisect", "--since", "2026-01-01")
    assert (only["key"], only["changed"]) == (OTHER, None)
    assert only["verdict"].startswith("nothing that changed goes with it")
    assert "no failures in the books match" in workspace.ok("diagnose", "--bisect", "--tag", "ana1_x_v001").out
