"""campaign validate, invalidate: the states of the data below a level."""

import pytest

from tests.support import levels
from tests.support.levels import EVENT, FIT, NAME, OF_EVENT, OF_FIT, TAG
from tests.support.workspace import ONE_DATABASE, Workspace

BECAUSE = ("--reason", "QA")
Key = tuple[str, int]  # a dsttype and a run


@pytest.fixture
def production(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with a production: the outputs of its first step are made, and its second step is launched."""
    made = levels.made(workspace, monkeypatch)
    levels.make_events(made)
    made.ok("campaign", "launch", OF_FIT, "--yes")
    return made


def states(workspace: Workspace) -> dict[Key, str]:
    """The current states by dsttype and run."""
    query = "SELECT dsttype, runnumber, state FROM production_data_states WHERE replaced IS NULL AND tag = ?"
    return {(dsttype, run): state for dsttype, run, state in workspace.sql(query, TAG)}


def files(workspace: Workspace, dsttype: str) -> set[Key]:
    """The data of which the file catalog has files, by dsttype and run; seb19 is no calorimeter's."""
    query = "SELECT DISTINCT dsttype, runnumber FROM datasets WHERE tag = ? AND dataset = 'run3auau' AND dsttype LIKE ?"
    found = workspace.sql(query, TAG, f"{dsttype}%", role="filecatalog")
    return {(name, run) for name, run in found if not name.endswith("seb19")}


def make_fits(workspace: Workspace) -> set[Key]:
    """Let the file catalog have the outputs of the second step's jobs."""
    jobs = workspace.sql("SELECT filename, runnumber, segment FROM production_jobs WHERE rulename = ?", FIT)
    for filename, run, segment in jobs:
        workspace.sql(
            "INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, events, status, tag)"
            " VALUES (?, ?, ?, 7, 'run3auau', 'DST_CALOFITTING', 1, 1, ?)",
            *(filename, run, segment, TAG),
            role="filecatalog",
        )
    return {("DST_CALOFITTING", run) for _, run, _ in jobs}


def of_group(data: set[Key], late: bool) -> set[Key]:
    wanted = set(levels.LATE) if late else set(range(66450, 66501))
    return {(dsttype, run) for dsttype, run in data if run in wanted}


def test_the_data_of_each_level_gets_the_state(production: Workspace) -> None:
    events, fits = files(production, "DST_TRIGGERED_EVENT_"), make_fits(production)
    early, late = of_group(events, late=False), of_group(events, late=True)
    assert early
    assert late
    production.ok("campaign", "validate", NAME, *BECAUSE, "-n")
    assert states(production) == {}
    production.ok("campaign", "validate", f"{OF_EVENT}/late", *BECAUSE, "--yes")
    assert states(production) == dict.fromkeys(late, "validated")
    production.ok("campaign", "validate", OF_FIT, *BECAUSE, "--yes")
    assert states(production) == dict.fromkeys(late | fits, "validated")
    production.ok("campaign", "invalidate", f"{NAME}/{TAG}", *BECAUSE, "--yes")
    assert states(production) == dict.fromkeys(early | late | fits, "invalidated")
    line = production.json("log")[-1]
    assert (line["verb"], line["reason"]) == ("campaign invalidate", "QA")
    assert line["parameters"] == {"address": f"{NAME}/{TAG}"}


def test_data_of_a_cluster_is_that_of_its_jobs(production: Workspace) -> None:
    fits = make_fits(production)
    ((cluster,),) = production.sql("SELECT DISTINCT clusterid FROM production_jobs WHERE rulename = ?", FIT)
    production.ok("campaign", "launch", f"{OF_EVENT}/early", "--yes")
    jobs = production.sql(
        "SELECT DISTINCT dsttype, runnumber, clusterid FROM production_jobs WHERE rulename = ?", EVENT
    )
    production.ok("campaign", "validate", f"{OF_EVENT}/early/{jobs[0][2]}@local", *BECAUSE, "--yes")
    expected = {(dsttype, run) for dsttype, run, _ in jobs} & files(production, "DST_TRIGGERED_EVENT_")
    assert states(production) == dict.fromkeys(expected, "validated")
    production.ok("campaign", "validate", f"{OF_FIT}/late/{cluster}", *BECAUSE, "--yes")
    assert set(states(production)) == expected | of_group(fits, late=True)


def test_what_was_made_from_unfit_data_is_told(production: Workspace) -> None:
    fits = make_fits(production)
    answer = production.run("campaign", "invalidate", OF_EVENT, *BECAUSE, "-n", quiet=False)
    assert f"made from this data: {len(fits)} of DST_CALOFITTING; they keep their state" in answer.out
    assert "made from" not in production.run("campaign", "invalidate", NAME, *BECAUSE, "-n", quiet=False).out
    production.ok("campaign", "invalidate", OF_EVENT, *BECAUSE, "--yes", "--downstream")
    assert {key for key, state in states(production).items() if state == "invalidated"} >= fits


@ONE_DATABASE
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["validate", NAME], 2, "Missing option '--reason'"),
        (["validate", NAME, *BECAUSE], 2, "needs a terminal or --yes"),
        (["invalidate", f"{NAME}/nothing", *BECAUSE], 2, "has no campaign 'nothing'"),
        (["invalidate", "", *BECAUSE], 2, "no production is named"),
        (["validate", NAME, *BECAUSE, "--downstream"], 2, "No such option"),
    ],
)
def test_bad_input_changes_nothing(production: Workspace, words: list[str], code: int, says: str) -> None:
    answer = production.run("campaign", *words)
    assert (answer.code, says in answer.err) == (code, True), answer.err
    assert states(production) == {}
