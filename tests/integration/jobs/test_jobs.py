"""`prodcli jobs` on both databases, against the same questions answered job by job."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from prodcli.db import Database
from prodcli.diagnosis.signatures import signature
from prodcli.error_catalog.cluster_key import error_key
from prodcli.jobs.attributes import ATTRIBUTES
from prodcli.jobs.question import JobQuestion
from prodcli.jobs.search import listed
from prodcli.tables.table import Kind
from tests.support.attributed_jobs import BEGIN, DAY, AttributedBooks, attributed_books
from tests.support.catalog import Catalog
from tests.support.snapshots import one_line
from tests.support.workspace import DATABASE_KINDS, Workspace, make_workspace

BOOKS = attributed_books(19)
Row = dict[str, Any]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(kind, marks=pytest.mark.postgresql if kind == "postgresql" else ()) for kind in DATABASE_KINDS
    ],
)
def booked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with the generated books, on each database."""
    server = request.getfixturevalue("cluster") if request.param == "postgresql" else None
    made = make_workspace(tmp_path_factory.mktemp("jobs"), server)
    made.load(Catalog([], [], [], []))
    BOOKS.write(made)
    yield made
    made.drop()


def chosen(meets: Callable[[Row], bool], books: AttributedBooks = BOOKS) -> list[int]:
    """The dbids of the jobs that meet a condition, the newest first."""
    return sorted((dbid for dbid, job in books.jobs.items() if meets(job)), reverse=True)


def dbids(workspace: Workspace, *words: object) -> list[int]:
    """The dbids that `prodcli jobs` lists."""
    return [row["dbid"] for row in workspace.json("jobs", *words, "--columns", "dbid")]


def said(seconds: int | None) -> str | None:
    """A time as JSON has it."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_every_attribute_of_every_job(booked: Workspace) -> None:
    rows = booked.json("jobs", "--columns", "all")
    assert [row["dbid"] for row in rows] == chosen(lambda _: True)
    for row in rows:
        assert list(row) == list(ATTRIBUTES)
        job = BOOKS.jobs[row["dbid"]]
        expected = {key: said(job[key]) if about.kind is Kind.TIME else job[key] for key, about in ATTRIBUTES.items()}
        assert row == pytest.approx(expected), row["dbid"]


NOBODY = ("--where reason~a%b", "--where error=nobody")
FIRST, *_, LAST = [job for job in BOOKS.jobs.values() if job["job"]]
CHOICES: dict[str, Callable[[Row], bool]] = {
    "--tag a_b_v001": lambda job: job["tag"] == "a_b_v001",
    "--dsttype DST_A": lambda job: job["dsttype"] in ("DST_A", "DST_A_x0"),
    "--dsttype DST_A_x0 --rule rule2": lambda job: job["dsttype"] == "DST_A_x0" and job["rule"] == "rule2",
    "--runs 101 103": lambda job: 101 <= job["run"] <= 103,
    "101-102 104": lambda job: job["run"] in (101, 102, 104),
    "--runs 101,104 --state held": lambda job: job["run"] in (101, 104) and job["status"] == "held",
    "--segments 3 4": lambda job: any(job["segment"] <= one < job["segment"] + job["outputs"] for one in (3, 4)),
    "--state failed": lambda job: job["status"] == "failed",
    "--state lost parked": lambda job: job["state"] in ("lost", "parked"),
    "--state finished submitting": lambda job: job["state"] in ("finished", "submitting"),
    "--code 34": lambda job: (job["hold_code"] or "").startswith("34/"),
    "--code 34/0 3/0": lambda job: job["hold_code"] in ("34/0", "3/0"),
    "--cluster 8": lambda job: job["cluster"] == 8,
    f"{FIRST['job']} {LAST['job']}@{LAST['schedd']}": lambda job: job["dbid"] in (FIRST["dbid"], LAST["dbid"]),
    "--dbid 5 9 9999": lambda job: job["dbid"] in (5, 9),
    "out-00000004.root /elsewhere/out-00000007.root": lambda job: job["dbid"] in (4, 7),
    "--node n1": lambda job: job["node"] in ("n1", "n1.pool"),
    "--node n1,n2": lambda job: job["node"] in ("n1", "n1.pool", "n2"),
    "--node n2 nobody --rule rule1 rule2 101": lambda job: (
        job["node"] == "n2" and job["rule"] in ("rule1", "rule2") and job["run"] == 101
    ),
    "--dsttype DST_A_x0 DST_B --rule rule2,rule3": lambda job: (
        job["dsttype"] in ("DST_A_x0", "DST_B") and job["rule"] in ("rule2", "rule3")
    ),
    "--hold-reason 'over memory'": lambda job: "over memory" in (job["reason"] or ""),
    "--where site=BNL cores=64": lambda job: job["site"] == "BNL" and job["cores"] == 64,
    "--where site=": lambda job: job["site"] is None,
    "--where cpu_model='Slow\\, 1'": lambda job: job["cpu_model"] == "Slow, 1",
    "--where exit_code=1,139": lambda job: job["exit_code"] in (1, 139),
    "--where exit_code=1.. exit_code=..100": lambda job: job["exit_code"] == 1,
    "--where exit_code=1..": lambda job: job["exit_code"] is not None and job["exit_code"] >= 1,
    "--where memory_used=..699,2000..2500": lambda job: (
        job["memory_used"] is not None and (job["memory_used"] <= 699 or 2000 <= job["memory_used"] <= 2500)
    ),
    "--where exit_code!=0": lambda job: job["exit_code"] != 0,
    "--where exit_code!=0, state=failed,finished": lambda job: (
        job["exit_code"] not in (0, None) and job["state"] in ("failed", "finished")
    ),
    "--where 'reason~50% FULL! [a_b]'": lambda job: "50% full! [a_b]" in (job["reason"] or ""),
    "--where reason~a%b": lambda _: False,
    "--where reason~memory 'reason~usage: 4'": lambda job: (
        "memory" in (job["reason"] or "") and "usage: 4" in (job["reason"] or "").lower()
    ),
    f"--where day_submitted={'2026-05-29'}": lambda job: job["day_submitted"] == BEGIN + DAY,
    "--where submitted=2026-05-28..2026-05-29": lambda job: BEGIN <= job["submitted"] < BEGIN + 2 * DAY,
    "--where submitted=2026-05-28T12:00..": lambda job: job["submitted"] >= BEGIN + DAY // 2,
    "--where wall_time=1h..2h": lambda job: job["wall_time"] is not None and 3600 <= job["wall_time"] <= 7200,
    "--where schedd= reported=no": lambda job: job["schedd"] is None and job["reported"] == "no",
    f"--where error={error_key(signature('Job has gone over memory limit of 5 megabytes. Peak usage: 7 megabytes.'))}": (
        lambda job: "over memory limit" in (job["reason"] or "")
    ),
    "--where error!=": lambda job: bool(job["reason"]),
    "--where error=nobody": lambda _: False,
    "--since 2026-05-30": lambda job: job["since"] >= BEGIN + 2 * DAY,
}


@pytest.mark.parametrize("words", CHOICES)
def test_choices_against_brute_force(booked: Workspace, words: str) -> None:
    assert dbids(booked, *shlex.split(words)) == chosen(CHOICES[words])


def test_choices_tell_jobs_apart() -> None:
    assert [words for words, meets in CHOICES.items() if not 0 < len(chosen(meets)) < len(BOOKS.jobs)] == [*NOBODY]


@pytest.mark.parametrize("key", [key for key, about in ATTRIBUTES.items() if about.kind is not Kind.PERCENT])
def test_choosing_by_any_attribute(booked: Workspace, key: str) -> None:
    value = next(job[key] for job in BOOKS.jobs.values() if job[key] is not None)
    word = said(value) if ATTRIBUTES[key].kind is Kind.TIME else str(value).replace(",", "\\,")
    expected = chosen(lambda job: job[key] == value)
    if key.startswith("day_"):
        word = str(word)[:10]
    assert dbids(booked, "--where", f"{key}={word}") == expected
    assert dbids(booked, "--where", f"{key}!={word}") == [
        dbid for dbid in chosen(lambda _: True) if dbid not in expected
    ]


@pytest.fixture(scope="module")
def books(booked: Workspace) -> Database:
    """The books of the workspace, opened once."""
    return booked.database()


@pytest.mark.parametrize("key", ATTRIBUTES)
def test_sorting_by_any_attribute(books: Database, key: str) -> None:
    having = [job for job in BOOKS.jobs.values() if job[key] is not None]
    lacking = sorted((job["dbid"] for job in BOOKS.jobs.values() if job[key] is None), reverse=True)
    newest = sorted(having, key=lambda job: job["dbid"], reverse=True)
    for word, reverse in ((key, False), (f"-{key}", True)):
        expected = [job["dbid"] for job in sorted(newest, key=lambda job: job[key], reverse=reverse)] + lacking
        for most in (None, 7):
            found = listed(books, JobQuestion(), ["dbid"], [word], most)
            assert [job["dbid"] for job in found] == expected[:most]


def test_sorting_by_several_attributes(booked: Workspace) -> None:
    expected = sorted(BOOKS.jobs.values(), key=lambda job: (job["tag"], -job["run"], job["segment"], -job["dbid"]))
    assert dbids(booked, "--sort", "tag,-run,segment") == [job["dbid"] for job in expected]


def counted(jobs: list[Row], key: str) -> Counter[Any]:
    """The number of jobs by value, as a summary counts."""
    steps = {"memory_used": 512, "wall_time": 3600, "waited": 3600}
    if key == "family":
        return Counter(job["dsttype"] for job in jobs)
    if key == "error":
        return Counter(signature(job["reason"]) or None for job in jobs)
    step = steps.get(key)
    return Counter(job[key] if job[key] is None or not step else job[key] // step for job in jobs)


@pytest.mark.parametrize("words", ["", "--state held failed", "--tag a_b_v002 --where memory_used=500..", "--runs 99"])
def test_the_summary_counts_and_narrows(booked: Workspace, words: str) -> None:
    lines = booked.json("jobs", "--summary", *shlex.split(words))
    jobs = [BOOKS.jobs[dbid] for dbid in dbids(booked, *shlex.split(words))]
    found: dict[str, list[int]] = {}
    for line in lines:
        found.setdefault(line["attribute"], []).append(line["jobs"])
        assert line["percent"] == round(100 * line["jobs"] / len(jobs), 1)
    assert len(found) >= 26 or not jobs
    for key, counts in found.items():
        assert counts == sorted(counted(jobs, key).values(), reverse=True), key
    for line in lines[:: 1 if len(lines) < 60 else 5]:
        narrowed = dbids(booked, *shlex.split(words), *shlex.split(line["option"]))
        assert len(narrowed) == line["jobs"], line


def test_errors_by_kind(booked: Workspace) -> None:
    lines = booked.json("jobs", "--errors")
    troubled = [job for job in BOOKS.jobs.values() if job["status"] in ("held", "failed", "evicted")]
    kinds = Counter((job["state"], job["hold_code"], job["exit_code"], signature(job["reason"])) for job in troubled)
    assert [line["jobs"] for line in lines] == sorted(kinds.values(), reverse=True)
    assert sum(line["jobs"] for line in lines) == len(troubled)
    for line in lines:
        chosen_by = set(dbids(booked, *shlex.split(line["options"])))
        same = [job for job in troubled if job["dbid"] in chosen_by]
        assert len(same) == len(chosen_by) == line["jobs"]
        assert {signature(job["reason"]) for job in same} == {line["reason"]}
        assert line["example"] == max(job["dbid"] for job in same)
        assert line["first"] == said(min(job["since"] for job in same))
        assert line["last"] == said(max(job["since"] for job in same))


def test_people_see_three_blocks(booked: Workspace) -> None:
    """What tells the chosen jobs apart, what is wrong with them, and the newest ten."""
    jobs = [job for job in BOOKS.jobs.values() if job["status"] in ("held", "failed")]
    shown = booked.ok("jobs", "--state", "held", "failed").out
    assert f"{len(jobs)} jobs" in shown.splitlines()[0]
    for key in ("state", "tag", "run", "hold_code"):
        (line,) = [line for line in shown.splitlines() if line.startswith(f"{key} ")]
        said = {
            value: int(count)
            for value, count in (one.rsplit(" ", 1) for one in line.removeprefix(key).strip().split(", "))
        }
        exact = Counter(str(job[key] or "none") for job in jobs)
        assert {value: count for value, count in said.items() if value in exact}.items() <= exact.items()
        assert sum(said.values()) == len(jobs)
    assert shown.index("attribute") < shown.index("error") < shown.rindex("dbid")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--where", "--where"),
        ("--where site", "'site' is no condition"),
        ("--where sit=1", "'sit' is no attribute of a job; did you mean 'site'?"),
        ("--where memory_used=much", "'much' is no memory for memory_used"),
        ("--where memory_used=inf", "'inf' is no memory for memory_used"),
        ("--where run=1e999..", "'1e999' is no number for run"),
        ("--where started=noon", "'noon' is no time for started"),
        ("--sort nod", "did you mean 'node'?"),
        ("--columns tagg", "did you mean 'tag'?"),
        ("--state nowhere", "there is no state 'nowhere'"),
        ("tag", "'tag' is not a run number"),
    ],
)
def test_bad_words_are_one_line(booked: Workspace, words: str, says: str) -> None:
    one_line(booked.run("jobs", *shlex.split(words)), 2, says)


def test_the_jobs_are_watched_until_ctrl_c(booked: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter(range(2))

    def wait(seconds: float) -> None:
        if seconds != 7 or next(looks, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr("prodcli.cli.tables.watch.time.sleep", wait)
    shown = booked.ok("jobs", "--dbid", 5, "--watch", 7).out
    assert shown.count("1 job") == 3
