"""The verbs that show and move cursors, and runs from a cursor on."""

import threading
from pathlib import Path

import pytest

from prodcli.cursors.positions import Cursor, cursors, move, ratchet
from prodcli.rules.model import Product
from tests.support.rule_files import CLUSTER, RULES, STREAMING, write_rules
from tests.support.workspace import ONE_DATABASE, Answer, Workspace, seeded_catalog

RUNS = sorted(run.runnumber for run in seeded_catalog(1).runs)
CLUSTERS = Product("DST_TRKR_CLUSTER", "run3auau", CLUSTER)


@pytest.fixture
def loaded(workspace: Workspace) -> Workspace:
    """A workspace with catalogs, books and rules."""
    workspace.load(seeded_catalog(1))
    write_rules(workspace.folder / "rules")
    return workspace


def cursor(workspace: Workspace, verb: str, *words: object, rule: str = "cluster") -> Answer:
    """Call a verb for a rule."""
    return workspace.run("cursor", verb, *words, "-c", file(workspace), *(["-r", rule] if rule else []))


def file(workspace: Workspace) -> Path:
    """The rule file of the workspace."""
    return workspace.folder / "rules" / "rules.yaml"


def put(workspace: Workspace, run: int, *words: object, rule: str = "cluster") -> None:
    """Set a cursor."""
    answer = cursor(workspace, "set", run, *words, rule=rule)
    assert answer.code == 0, answer.err


def standing(workspace: Workspace) -> dict[tuple[str, str], int]:
    """The run of each cursor by dsttype and tag."""
    return {(one["dsttype"], one["tag"]): one["run"] for one in workspace.json("cursor", "show")}


def test_a_cursor_is_set_shown_and_logged(loaded: Workspace) -> None:
    put(loaded, RUNS[3], "--moves", "follow", "--reason", "first third is done", "--author", "Ada")
    (one,) = loaded.json("cursor", "show")
    assert (one["dsttype"], one["tag"], one["dataset"]) == ("DST_TRKR_CLUSTER", CLUSTER, "run3auau")
    assert (one["run"], one["moves"], one["author"], one["reason"]) == (
        RUNS[3],
        "follow",
        "Ada",
        "first third is done",
    )
    put(loaded, RUNS[1])
    (one,) = loaded.json("cursor", "show", "-c", file(loaded), "-r", "cluster")
    assert (one["rule"], one["run"], one["moves"]) == ("cluster", RUNS[1], "follow")
    assert [(entry["verb"], entry["result"]) for entry in loaded.json("log")] == [
        ("cursor set", f"none -> {RUNS[3]}, moves: follow (first third is done)"),
        ("cursor set", f"{RUNS[3]} -> {RUNS[1]}"),
    ]


def test_a_preview_changes_nothing(loaded: Workspace) -> None:
    assert cursor(loaded, "set", RUNS[3], "-n").code == 0
    assert standing(loaded) == {}
    put(loaded, RUNS[3])
    for words in (("set", RUNS[4], "-n"), ("advance", "-n"), ("ratchet", RUNS[4], "-n")):
        answer = cursor(loaded, *words)
        assert answer.code == 0, answer.err
    assert standing(loaded) == {("DST_TRKR_CLUSTER", CLUSTER): RUNS[3]}
    assert len(loaded.json("log")) == 1


def test_a_new_tag_starts_where_the_old_one_stands_on_request(loaded: Workspace) -> None:
    put(loaded, RUNS[5])
    spec = {name: {key: dict(part) for key, part in RULES[name].items()} for name in ("cluster", "seed")}
    for one in spec.values():
        one["params"]["version"] = 2
    write_rules(loaded.folder / "rules", spec)
    (missing,) = cursor(loaded, "advance").err.splitlines()
    assert missing.endswith("(prodcli cursor set RUN -c FILE -r RULE makes one)")
    assert cursor(loaded, "set", "--from-tag", CLUSTER).code == 0
    assert standing(loaded)["DST_TRKR_CLUSTER", CLUSTER.replace("v001", "v002")] == RUNS[5]
    answer = cursor(loaded, "set", "--from-tag", CLUSTER.replace("2025p010", "2025p011"))
    assert answer.code == 2
    assert "did you mean" in answer.err
    assert cursor(loaded, "set", "--from-tag", CLUSTER, rule="seed").code == 2


def test_a_ratchet_never_goes_back(loaded: Workspace) -> None:
    put(loaded, RUNS[5])
    for run, wanted in ((RUNS[3], RUNS[5]), (RUNS[7], RUNS[7]), (RUNS[6], RUNS[7])):
        assert cursor(loaded, "ratchet", run).code == 0
        assert standing(loaded)["DST_TRKR_CLUSTER", CLUSTER] == wanted
    assert [entry["verb"] for entry in loaded.json("log")] == ["cursor set", "cursor ratchet"]


def test_a_ratchet_goes_to_the_last_run_of_the_books(loaded: Workspace) -> None:
    put(loaded, 1)
    query = "SELECT MAX(runnumber) FROM production_jobs WHERE dsttype = 'DST_TRKR_CLUSTER' AND tag = ?"
    ((last,),) = loaded.sql(query, CLUSTER)
    assert cursor(loaded, "ratchet").code == 0
    assert standing(loaded)["DST_TRKR_CLUSTER", CLUSTER] == (last or 1)


def test_two_hosts_that_ratchet_at_once_never_go_back(loaded: Workspace) -> None:
    put(loaded, 0)
    runs, barrier = list(range(1, 13)), threading.Barrier(12)
    opened = [loaded.database() for _ in runs]

    def work(number: int) -> None:
        barrier.wait()
        ratchet(opened[number], Cursor(CLUSTERS, runs[number]))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert cursors(opened[0])[CLUSTERS].run == 12


def test_a_move_that_comes_too_late_is_none(loaded: Workspace) -> None:
    put(loaded, 10)
    books = loaded.database()
    assert move(books, Cursor(CLUSTERS, 20), seen=10)
    assert not move(books, Cursor(CLUSTERS, 15), seen=10)
    assert cursors(books)[CLUSTERS].run == 20


def test_runs_from_the_cursor_on(loaded: Workspace) -> None:
    put(loaded, RUNS[4])
    rule = ("-c", file(loaded), "-r", "cluster")
    window = RUNS[7] - RUNS[4]
    for words, wanted in (
        (("cursor",), (f"{RUNS[4]}-99999999",)),
        (("cursor", window), (f"{RUNS[4]}-{RUNS[7]}",)),
    ):
        for verb in (("submit", "-n"), ("why",), ("check",), ("finish", "-n")):
            mine = loaded.run(verb[0], *rule, *verb[1:], "--runs", *words, "--format", "json")
            same = loaded.run(verb[0], *rule, *verb[1:], "--runs", *wanted, "--format", "json")
            assert (mine.code, mine.out) == (same.code, same.out), verb
            assert mine.code in (0, 1), mine.err
    told = loaded.run("submit", *rule, "-n", "--runs", "cursor", quiet=False).err
    assert f"runs from {RUNS[4]} on: there stands the cursor of DST_TRKR_CLUSTER {CLUSTER}" in told


@ONE_DATABASE
def test_bad_words_are_one_line(loaded: Workspace) -> None:
    put(loaded, RUNS[4])
    rule = ("-c", file(loaded), "-r", "cluster")
    for words, says in (
        (("submit", *rule, "-n", "--runs", "cursor", 5, 6), "beside cursor only a number of runs may stand"),
        (("submit", *rule, "-n", "--runs", "cursor", RUNS[9]), "the number after cursor counts runs"),
        (("submit", *rule[:3], "seed", "-n", "--runs", "cursor"), "there is no cursor of DST_TRKR_SEED"),
        (("submit", *rule, "-n", "--exclude", "cursor"), "cursor belongs to one rule"),
        (("query", "--runs", "cursor"), "cursor belongs to one rule"),
        (("jobs", "--runs", "cursor"), "cursor belongs to one rule"),
        (("cursor", "set", *rule), "give a run, or --from-tag"),
        (("cursor", "set", 5, "--from-tag", CLUSTER, *rule), "give a run, or --from-tag"),
        (("cursor", "set", "x", *rule), "x"),
        (("cursor", "set", -5, *rule), "-5"),
        (("cursor", "set", 5, *rule, "--moves", "back"), "back"),
        (("cursor", "set", 5, "-c", file(loaded)), "the file has 18 rules"),
    ):
        answer = loaded.run(*words)
        assert (answer.code, len(answer.err.splitlines())) == (2, 1), f"{words}: {answer.err}"
        assert says in answer.err


def test_cursors_of_another_tool_are_taken_over_once(loaded: Workspace) -> None:
    (absent,) = cursor(loaded, "import").err.splitlines()
    assert "there is no table production_cursor" in absent
    loaded.sql("CREATE TABLE production_cursor (id int, dsttype text, build text, tag text, version int, lastrun int)")
    for row in (
        (1, "DST_STREAMING_EVENT_run3auau", "ana.514", "nocdbtag", 1, RUNS[2]),
        (2, "DST_TRKR_CLUSTER_run3auau", "ana537", "2025p010", 1, RUNS[4]),
        (3, "DST_TRKR_CLUSTER", "ana538", "2025p010", 1, RUNS[6]),
    ):
        loaded.sql("INSERT INTO production_cursor VALUES (?, ?, ?, ?, ?, ?)", *row)
    put(loaded, RUNS[1], rule="streaming")
    preview = cursor(loaded, "import", "-n", rule="")
    assert preview.code == 0
    assert len(standing(loaded)) == 1
    assert cursor(loaded, "import", rule="").code == 0
    assert standing(loaded) == {
        ("DST_STREAMING_EVENT", STREAMING): RUNS[1],
        ("DST_TRKR_CLUSTER", CLUSTER): RUNS[4],
    }
    loaded.sql("UPDATE production_cursor SET lastrun = 1")
    assert cursor(loaded, "import", rule="").code == 0
    assert standing(loaded)["DST_TRKR_CLUSTER", CLUSTER] == RUNS[4]
