"""The screen of a loop, at 80x24 and wider, and the lines about what is new."""

from dataclasses import replace

import pytest

from prodcli.automation.rule_result import RulePass
from prodcli.loops.loop_view import LoopView, OtherLoop, changes, screen

NOW = 1_800_000_000
LONG = "Full_TRKR_SEED_run3physics_of_a_production_with_a_long_name"
RESULTS = {
    one.rule: one
    for one in (
        RulePass(rule="harvest", started=NOW - 40, seconds=9, finished=312),
        RulePass(
            rule="Full_TRKR_CLUSTER_run3physics",
            started=NOW - 30,
            seconds=18.4,
            submitted=190,
            registered=244,
            recovered=4,
        ),
        RulePass(rule=LONG, started=NOW - 300, seconds=61, error="the file catalog does not answer " * 9),
        RulePass(rule="jets", started=NOW - 300, note="the queues are full: 8 of 4 jobs in the queues, 8 idle"),
    )
}
VIEW = LoopView(
    "loop 3f9a01 of steering.yaml on sphnxprod02",
    "running",
    doing="Full_TRKR_CLUSTER_run3physics: submit",
    since=NOW - 12,
    queue="19212 of 20000 jobs in the queues, 2810 of 3000 idle",
    results=RESULTS,
    faults=("the last good version is in use: /rules/steering.yaml, line 7: not valid YAML",),
    alarms=("seed: no job since 2026-11-29 02:02 UTC: input_off_disk 0 -> 312, only ebdc13",),
    others=(OtherLoop("loop 9ab3f1 of cron.yaml on sphnxprod01: waiting", False), OtherLoop("loop 77 is silent", True)),
)


def test_a_screen_of_80_columns() -> None:
    lines = screen(VIEW, NOW, 80, 24)
    assert [text for text, _ in lines] == [
        "loop 3f9a01 of steering.yaml on sphnxprod02                         08:00:00 UTC",
        "now: Full_TRKR_CLUSTER_run3physics: submit, for 12s",
        "queue: 19212 of 20000 jobs in the queues, 2810 of 3000 idle",
        "the last good version is in use: /rules/steering.yaml, line 7: not valid YAML",
        "rule                                last   took    jobs   files    ends   again",
        "harvest                          40s ago     9s       -       -     312       -",
        "Full_TRKR_CLUSTER_run3physics    30s ago    18s     190     244       -       4",
        "Full_TRKR_SEED_run3physics_of_…   5m ago     1m       -       -       -       -",
        "  the file catalog does not answer the file catalog does not answer the file ca…",
        "jets                              5m ago     0s       -       -       -       -",
        "  the queues are full: 8 of 4 jobs in the queues, 8 idle",
        "seed: no job since 2026-11-29 02:02 UTC: input_off_disk 0 -> 312, only ebdc13",
        "loop 9ab3f1 of cron.yaml on sphnxprod01: waiting",
        "loop 77 is silent",
        "Ctrl-C pauses; prodcli loop status shows the loops of all hosts",
    ]
    styles = {text[:9]: style for text, style in lines}
    assert (styles["the last "], styles["loop 77 i"], styles["Full_TRKR"]) == ("bold red", "bold red", "red")


@pytest.mark.parametrize(("width", "height"), [(80, 24), (200, 50), (40, 10), (20, 5), (300, 8)])
def test_a_screen_fits_whatever_a_loop_has_to_say(width: int, height: int) -> None:
    many = {f"rule{number}": RulePass(rule=f"rule{number}", started=NOW, error="x" * 400) for number in range(60)}
    for view in (VIEW, replace(VIEW, results=many, alarms=("y" * 400,) * 30, faults=("z" * 400,) * 3)):
        lines = screen(view, NOW, width, height)
        assert len(lines) < height
        assert max(len(text) for text, _ in lines) <= width


def test_names_are_whole_where_there_is_room() -> None:
    assert any(text.startswith(f"{LONG} ") for text, _ in screen(VIEW, NOW, 200, 50))


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ("waiting", "next pass in 3m"),
        ("paused", "PAUSED until 08:03 UTC, 3m left (by curator@sphnxprod01)"),
        ("stopping", "stopping (by curator@sphnxprod01): seed: submit"),
    ],
)
def test_the_headline_says_what_comes_next(state: str, line: str) -> None:
    view = LoopView("loop", state, "seed: submit", NOW, NOW + 190, "by curator@sphnxprod01")
    assert view.headline(NOW).text == line


def test_what_is_new_is_said_once() -> None:
    first = LoopView("loop", "running", results={"seed": RulePass(rule="seed", error="no answer for 3 s")})
    assert list(changes(LoopView("loop", "starting"), first)) == ["seed: no answer for 3 s"]
    same = replace(first, results={"seed": RulePass(rule="seed", error="no answer for 5 s")})
    assert list(changes(first, same)) == []
    full = replace(
        same, results={"seed": RulePass(rule="seed", submitted=3, seconds=2, note="9 of 8 jobs")}, faults=("bad",)
    )
    assert list(changes(same, full)) == ["seed: well again", "seed: 3 submitted (2s)", "seed: 9 of 8 jobs", "bad"]
    fuller = replace(full, results={"seed": RulePass(rule="seed", note="10 of 8 jobs")}, alarms=("seed: 1 -> 2",))
    assert list(changes(full, fuller)) == ["seed: 1 -> 2"]
    assert list(changes(fuller, replace(fuller, alarms=("seed: 1 -> 7",), faults=()))) == ["mended: bad"]


def test_announcements_stand_below_the_headline_and_are_said_once() -> None:
    told = replace(VIEW, announced=["no submissions tonight (anna)"])
    assert screen(told, NOW, 80, 24)[2] == ("! no submissions tonight (anna)", "bold yellow")
    assert list(changes(VIEW, told)) == ["announced: no submissions tonight (anna)"]
    assert list(changes(told, told)) == []


def test_pauses_and_ends_are_said() -> None:
    running = LoopView("loop", "running")
    paused = LoopView("loop", "paused", since=NOW, until=NOW + 60, why="Ctrl-C")
    assert list(changes(running, paused)) == ["PAUSED until 08:01 UTC, 1m left (Ctrl-C)"]
    assert list(changes(paused, replace(paused, until=NOW + 120))) == []
    assert list(changes(paused, running)) == ["resumed"]
    assert list(changes(running, LoopView("loop", "ended", why="Ctrl-C"))) == ["ended (Ctrl-C)"]
