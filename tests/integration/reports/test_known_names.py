"""Names that no job has are told where a question finds nothing: tags, dsttypes, rules and runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from prodcli.books.filters import Filters
from prodcli.reports.known_names import unknown_names
from prodcli.runs.selection import ALL_RUNS, parse_runs
from tests.support.postgres_server import Cluster
from tests.support.workspace import DATABASE_KINDS, Workspace, make_workspace

TAGS = ["ana537_2025p010_v001", "new_nocdbtag_v001"]
SITE = ("DST_TRKR_SEED", "DST_STREAMING_EVENT", "DST_CALO")


def empty(folder: Path, cluster: Cluster | None) -> Workspace:
    """A workspace whose books have no jobs."""
    made = make_workspace(folder, cluster)
    if cluster is None:
        url = f"sqlite:///{folder}/production.db"
    else:
        made.names.append(f"t{folder.name.replace('-', '_')}_known".lower())
        cluster.create(made.names[-1])
        url = cluster.odbc(made.names[-1])
    made.settings["databases"] = {"production": url}
    made.write()
    made.ok("db", "init")
    return made


@pytest.fixture(scope="module", params=DATABASE_KINDS)
def books(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Books with jobs of two tags, three dsttypes and two rules, for runs 100 to 200."""
    cluster = request.getfixturevalue("cluster") if request.param == "postgresql" else None
    made = empty(tmp_path_factory.mktemp("books"), cluster)
    insert = "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, runnumber) VALUES (?, ?, 'd', ?, ?)"
    made.sql(insert, "seeds", TAGS[0], "DST_TRKR_SEED", 100)
    made.sql(insert, "seeds", TAGS[1], "DST_STREAMING_EVENT_INTT0_0", 150)
    made.sql(insert, "calo", TAGS[1], "DST_OLD", 200)
    yield made
    made.drop()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Filters(), []),
        (Filters(TAGS, ["DST_TRKR_SEED"], ["seeds"], parse_runs(["100"])), []),
        (Filters(dsttypes=["DST_STREAMING_EVENT"], runs=ALL_RUNS), []),
        (Filters(dsttypes=["DST_STREAMING_EVENT_INTT0"]), []),
        (
            Filters(["ana537_2025p010_v01", TAGS[1]]),
            ["no job has the tag 'ana537_2025p010_v01'; did you mean 'ana537_2025p010_v001'?"],
        ),
        (Filters(["x"]), [f"no job has the tag 'x'; there are: {', '.join(TAGS)}"]),
        (
            Filters(dsttypes=["DST_TRKR_SEDE"]),
            ["no job has the dsttype 'DST_TRKR_SEDE'; did you mean 'DST_TRKR_SEED'?"],
        ),
        (
            Filters(dsttypes=["DST_STREAMING_EVNT"]),
            ["no job has the dsttype 'DST_STREAMING_EVNT'; did you mean 'DST_STREAMING_EVENT'?"],
        ),
        (Filters(rules=["sedes"]), ["no job is of the rule 'sedes'; did you mean 'seeds'?"]),
        (Filters(runs=parse_runs(["300", "400"])), ["no job is of run 300-400; runs 100 to 200 have jobs"]),
        (Filters(runs=parse_runs(["90", "110"])), []),
        (
            Filters(["x"], rules=["y"]),
            [
                f"no job has the tag 'x'; there are: {', '.join(TAGS)}",
                "no job is of the rule 'y'; there are: calo, seeds",
            ],
        ),
    ],
)
def test_names_that_no_job_has(books: Workspace, asked: Filters, says: list[str]) -> None:
    assert unknown_names(books.database(), asked, SITE) == says


def test_books_without_jobs_say_so(tmp_path: Path) -> None:
    workspace = empty(tmp_path, None)
    asked = workspace.run("query", "--tag", "x", quiet=False)
    assert (asked.code, asked.err.splitlines()[-1]) == (
        0,
        "prodcli: the books have no jobs yet (prodcli submit makes jobs)",
    )
    assert workspace.run("query", "--tag", "x").err == ""


@pytest.mark.parametrize(
    "words",
    [
        ("query",),
        ("query", "waste"),
        ("held", "-n"),
        ("rescue", "-n"),
        ("release", "-n"),
        ("parked",),
        ("memory", "report"),
        ("nodes",),
    ],
)
def test_every_question_that_finds_nothing_says_why(books: Workspace, words: tuple[str, ...]) -> None:
    answer = books.run(*words, "--tag", "ana537_2025p010_v02", quiet=False)
    assert answer.code == 0
    hint = "prodcli: no job has the tag 'ana537_2025p010_v02'; did you mean 'ana537_2025p010_v001'?"
    assert answer.err.splitlines()[-1] == hint


def test_a_number_without_an_option_is_a_cluster(books: Workspace) -> None:
    said = books.run("release", 66478, "-n", quiet=False).err.splitlines()[-1]
    assert said == "prodcli: a number alone is a cluster; rows of the books follow --dbid, runs --runs"
