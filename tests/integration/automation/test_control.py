"""control, as cron runs it: silent when all is well, one line for each new trouble, no pass beside another."""

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from prodcli.automation.loops_of_books import LoopBooks
from prodcli.books.claimant import short_host
from tests.support.pass_processes import end, start, stopped
from tests.support.rule_files import RULES, write_rules
from tests.support.steering_files import write_steering
from tests.support.terminal import Terminal
from tests.support.workspace import COMBINATIONS, ONE_DATABASE, Answer, Workspace, seeded_catalog

EVENT: dict[str, Any] = {"config": "rules.yaml", "runs": ["66400 90000"], "submit": True}
ALL_WELL = Answer(0, "", "")


@pytest.fixture
def steered(workspace: Workspace) -> Workspace:
    """A workspace with a catalog, a rule file, and a steering file that submits one of its rules."""
    workspace.load(seeded_catalog(1))
    write_rules(workspace.folder, {"Event": RULES["streaming"], "Cluster": RULES["cluster"]})
    write_steering(workspace.folder, {"Event": EVENT})
    return workspace


def control(workspace: Workspace, *words: object) -> Answer:
    """A pass, without --quiet."""
    return workspace.run("control", "-f", workspace.folder / "steering.yaml", *words, quiet=False)


def jobs(workspace: Workspace) -> int:
    [(count,)] = workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE claim_id IS NOT NULL")
    return int(count)


def said(answer: Answer, workspace: Workspace) -> list[str]:
    """The lines on stderr, without what all of them begin with."""
    assert answer.out == ""
    return [line.removeprefix(f"prodcli: {workspace.folder}/steering.yaml: ") for line in answer.err.splitlines()]


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_a_pass_submits_what_is_due_and_says_nothing(real: Workspace) -> None:
    write_rules(real.folder, {"Event": RULES["streaming"]})
    write_steering(real.folder, {"Event": EVENT})
    due = len(real.json("submit", "-c", real.folder / "rules.yaml", "--runs", 66400, 90000, "-n")["jobs"])
    assert due
    assert control(real) == ALL_WELL
    assert jobs(real) == due
    assert control(real) == ALL_WELL
    assert jobs(real) == due


@ONE_DATABASE
def test_a_host_that_the_file_does_not_name_has_nothing_to_do(steered: Workspace) -> None:
    assert control(steered, "--hostname", "prod01") == ALL_WELL
    assert jobs(steered) == 0
    write_steering(steered.folder, {}, {"prod01": {"Event": EVENT}})
    assert control(steered) == ALL_WELL
    assert jobs(steered) == 0
    assert control(steered, "--hostname", "prod01.example.org") == ALL_WELL
    assert jobs(steered) > 0


def test_trouble_is_one_line_until_it_changes(steered: Workspace) -> None:
    bad = EVENT | {"submit": "perhaps"}
    write_steering(steered.folder, {"Bad": bad, "Event": EVENT, "Evnt": EVENT})
    answer = control(steered)
    assert answer.code == 6
    assert jobs(steered) > 0
    assert said(answer, steered) == [
        "Bad: submit: 'perhaps' is neither on nor off (nor yes, no, true, false, without quotes) (line 10)",
        f"Evnt: {steered.folder}/rules.yaml: there is no rule 'Evnt'; did you mean 'Event'?",
    ]
    assert control(steered) == Answer(6, "", "")
    write_steering(steered.folder, {"Bad": bad | {"submit": "never"}, "Event": EVENT})
    changed = control(steered)
    assert (changed.code, len(said(changed, steered))) == (6, 1)
    assert "'never' is neither" in changed.err
    write_steering(steered.folder, {"Event": EVENT})
    assert control(steered) == ALL_WELL
    write_steering(steered.folder, {"Bad": bad, "Event": EVENT})
    assert len(said(control(steered), steered)) == 1  # it is back
    write_steering(steered.folder, {"Event": EVENT})
    control(steered)
    assert not list((steered.folder / "campaigns" / "locks").glob("*.told"))


@ONE_DATABASE
def test_rules_of_which_none_is_well_have_the_code_of_their_trouble(steered: Workspace) -> None:
    write_steering(steered.folder, {"A": EVENT, "B": EVENT | {"submit": "perhaps"}})
    assert control(steered).code == 3


@ONE_DATABASE
def test_trouble_of_all_rules_is_one_line(steered: Workspace) -> None:
    write_steering(steered.folder, {"Event": EVENT, "Cluster": EVENT})
    steered.settings["databases"]["daq"] = "sqlite:////nowhere/daq.db"
    steered.write()
    answer = control(steered)
    assert answer.code == 4
    [line] = said(answer, steered)
    assert line.startswith("Event, Cluster: SQLite /nowhere/daq.db: the file does not exist")


@ONE_DATABASE
def test_a_steering_file_that_cannot_be_read_is_said_once(steered: Workspace) -> None:
    (steered.folder / "steering.yaml").write_text("a:\n\tb: 1\n")
    first, again = control(steered), control(steered)
    assert (first.code, first.err.count("\n"), again) == (3, 1, Answer(3, "", ""))
    assert "not valid YAML" in first.err


@ONE_DATABASE
def test_warnings_of_the_file_are_said_once(steered: Workspace) -> None:
    write_steering(steered.folder, {"Event": EVENT | {"force": True, "sumbit": True}})
    first, again = control(steered), control(steered)
    assert [line.partition(" (line")[0] for line in said(first, steered)] == [
        "Event: sumbit: unknown key, ignored; did you mean 'submit'?",
        "Event: force is ignored: a pass never erases outputs",
    ]
    assert (first.code, again) == (0, ALL_WELL)


@ONE_DATABASE
def test_a_dry_run_shows_what_would_be_done(steered: Workspace) -> None:
    before = sorted(str(path) for path in steered.folder.rglob("*"))
    [row] = steered.json("control", "-f", steered.folder / "steering.yaml", "-n")
    assert row["jobs"] > 0
    assert sorted(str(path) for path in steered.folder.rglob("*")) == before
    assert jobs(steered) == 0
    assert control(steered, "-n", "--hostname", "prod01") == ALL_WELL


@ONE_DATABASE
def test_with_json_each_rule_is_a_line(steered: Workspace) -> None:
    answer = control(steered, "--format", "json")
    assert answer.err == ""
    harvest, event = map(json.loads, answer.out.splitlines())
    assert (harvest["rule"], event["rule"], event["submitted"]) == ("harvest", "Event", jobs(steered))
    assert control(steered, "--format", "csv").code == 2


def test_a_pass_beside_another_of_the_same_file_does_nothing(steered: Workspace) -> None:
    words = ("control", "-f", steered.folder / "steering.yaml")
    with stopped(steered, "submit.planned", *words) as first:
        assert control(steered) == ALL_WELL
        [lock] = (steered.folder / "campaigns" / "locks").glob(f"{short_host()}-steering-*-Event.lock")
        os.utime(lock, (time.time() - 7300,) * 2)
        assert control(steered) == ALL_WELL
        late = control(steered, "--max-age", "2h")
        assert (late.code, said(late, steered)) == (6, [f"Event: a pass has run for 2 h 1 min (pid {first.pid})"])
        assert control(steered, "--max-age", "1h") == Answer(6, "", "")
    assert end(first) == ALL_WELL
    assert jobs(steered) > 0
    assert control(steered) == ALL_WELL


@ONE_DATABASE
def test_rules_that_nobody_works_on_are_passed_over(steered: Workspace) -> None:
    with stopped(steered, "submit.planned", "control", "-f", steered.folder / "steering.yaml") as first:
        write_steering(steered.folder, {"Event": EVENT, "Cluster": EVENT | {"submit": False}})
        answer = control(steered, "--format", "json")
        assert [line.partition('"rule": ')[2].partition(",")[0] for line in answer.out.splitlines()] == [
            '"harvest"',
            '"Cluster"',
        ]
    assert end(first).code == 0


@ONE_DATABASE
def test_no_crash_leaves_a_lock_behind(steered: Workspace) -> None:
    with stopped(steered, "submit.planned", "control", "-f", steered.folder / "steering.yaml") as first:
        first.kill()
        end(first)
    assert control(steered) == ALL_WELL
    assert jobs(steered) > 0


@ONE_DATABASE
def test_sigterm_ends_a_pass_cleanly(steered: Workspace) -> None:
    with stopped(steered, "submit.planned", "control", "-f", steered.folder / "steering.yaml") as first:
        first.send_signal(signal.SIGTERM)
    answer = end(first)
    assert (answer.code, answer.err) == (143, "prodcli: terminated; submitted jobs are in the books\n")
    assert control(steered) == ALL_WELL


@ONE_DATABASE
def test_people_at_a_terminal_see_each_rule(steered: Workspace) -> None:
    code, shown = Terminal(steered, "control -f steering.yaml", quiet=False).end()
    assert code == 0
    assert shown.splitlines() == ["harvest: nothing to do", f"Event: {jobs(steered)} submitted"]
    assert Terminal(steered, "control -f steering.yaml").end() == (0, "")  # with --quiet


@ONE_DATABASE
def test_logs_are_kept_for_each_rule_and_day(steered: Workspace) -> None:
    folder = steered.folder / "logs" / "steering" / "steering"
    (folder / "Event").mkdir(parents=True)
    for name in ("2026-01-01.log", "2026-01-01.log.1", "notes.txt"):
        (folder / "Event" / name).write_text("")
    write_steering(steered.folder, {"Event": EVENT, "Gone": EVENT})
    control(steered)
    today = f"{time.strftime('%Y-%m-%d')}.log"
    kept = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert kept == [f"Event/{today}", "Event/notes.txt", f"Gone/{today}", f"harvest/{today}"]
    assert f"Event: {jobs(steered)} submitted" in (folder / "Event" / today).read_text()
    assert "there is no rule 'Gone'" in (folder / "Gone" / today).read_text()


@pytest.mark.parametrize("streams", ["", "<&- >&- 2>&-"], ids=["streams", "closed streams"])
def test_cron_gives_hardly_an_environment(steered: Workspace, streams: str) -> None:
    """Neither HOME nor TERM, no stdin, and the PATH of cron."""
    command = (
        f"env -i PATH=/usr/bin:/bin PRODCLI_SITE={steered.file} {sys.executable} -m prodcli"
        f" control -f {steered.folder}/steering.yaml {streams}"
    )
    done = subprocess.run(["sh", "-c", command], cwd="/", capture_output=True, stdin=subprocess.DEVNULL, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert jobs(steered) > 0


def listed(workspace: Workspace, *words: object) -> Answer:
    """A pass over the files of steer.list."""
    return end(start(workspace, "control", "--steer-list", workspace.folder / "steer.list", *words))


@ONE_DATABASE
def test_a_list_of_files_is_passed_over(steered: Workspace) -> None:
    write_steering(steered.folder, {}, {"prod01": {}}, name="elsewhere.yaml")
    (steered.folder / "elsewhere.yaml").write_text("prod01:\n  defaultlocations: {}\n")
    (steered.folder / "steer.list").write_text("# all\nelsewhere.yaml\ngone.yaml\nsteering.yaml # the last\n")
    began = time.monotonic()
    answer = listed(steered, "--stagger", 60)
    assert time.monotonic() - began < 50  # no time passes after files that are not for this host
    assert (answer.code, answer.out) == (0, "")
    assert (
        answer.err
        == f"prodcli: {steered.folder}/gone.yaml: the steering file does not exist; the others of the list go on\n"
    )
    assert jobs(steered) > 0
    assert listed(steered) == ALL_WELL


@ONE_DATABASE
def test_files_of_a_list_begin_one_after_another(steered: Workspace) -> None:
    write_steering(steered.folder, {"Bad": EVENT}, name="bad.yaml")
    (steered.folder / "steer.list").write_text("bad.yaml\nsteering.yaml\n")
    began = time.monotonic()
    answer = listed(steered, "--stagger", 3)
    assert time.monotonic() - began > 3
    assert (answer.code, answer.err.count("\n")) == (6, 1)
    assert jobs(steered) > 0


@ONE_DATABASE
@pytest.mark.parametrize("when", ["claims", "ended"])
def test_sigterm_ends_the_passes_of_a_list(steered: Workspace, when: str) -> None:
    """Claims of a pass that is ended are given back."""
    write_steering(steered.folder, {"Event": EVENT}, name="other.yaml")
    (steered.folder / "steer.list").write_text("steering.yaml\nother.yaml\n")
    log = steered.folder / "logs" / "steering" / "steering" / "Event" / f"{time.strftime('%Y-%m-%d')}.log"
    process = start(steered, "control", "--steer-list", steered.folder / "steer.list", "--stagger", 600)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if jobs(steered) and (when == "claims" or " submitted" in log.read_text()):
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert end(process).code == 143
    assert not (steered.folder / "logs" / "steering" / "other").exists()
    assert control(steered) == ALL_WELL
    assert jobs(steered) > 0


@ONE_DATABASE
@pytest.mark.parametrize(
    "words",
    [(), ("-f", "a", "--steer-list", "b"), ("--steer-list", "/nowhere/list"), ("-f", "a", "--max-age", "long")],
    ids=["nothing", "both", "no list", "age"],
)
def test_command_lines_that_are_wrong_are_one_line(steered: Workspace, words: tuple[str, ...]) -> None:
    answer = steered.run("control", *words)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)


@ONE_DATABASE
def test_a_folder_that_cannot_hold_locks_is_one_line(steered: Workspace) -> None:
    (steered.folder / "campaigns").write_text("a file")
    answer = control(steered)
    assert (answer.code, answer.err.count("\n")) == (1, 1)


def test_passes_of_cron_are_booked(steered: Workspace) -> None:
    """Other hosts see when a pass stays out, and what passes did before."""
    file = steered.folder / "steering.yaml"
    write_steering(steered.folder, {"Event": EVENT, "Evnt": EVENT})
    control(steered)
    control(steered)
    [(kind, of, state, rules)] = steered.sql(
        "SELECT kind, file, state, rules FROM production_loops WHERE ended IS NULL"
    )
    assert (kind, of, state) == ("control", str(file), "waiting")
    assert {one["rule"]: bool(one["error"]) for one in json.loads(rules)} == {
        "harvest": False,
        "Event": False,
        "Evnt": True,
    }
    passes = steered.sql(
        "SELECT rulename, submitted FROM production_passes WHERE file = ? ORDER BY submitted DESC, rulename", str(file)
    )
    assert passes == [("Event", jobs(steered)), ("Event", 0), ("Evnt", 0), ("Evnt", 0)]


def test_a_loop_that_has_gone_silent_is_one_line(steered: Workspace) -> None:
    loop = LoopBooks(steered.database(), "/rules/other.yaml")
    loop.begin()
    steered.sql("UPDATE production_loops SET pid = 999999999, process_start = 'x'")
    first, again = control(steered), control(steered)
    assert first.code == 0
    [line] = first.err.splitlines()
    assert line.startswith(f"prodcli: loop {loop.id} of other.yaml on {short_host()}")
    assert "is silent" in line
    assert again == ALL_WELL
    loop.end("stopped")
    assert control(steered) == ALL_WELL


@pytest.mark.postgresql
@ONE_DATABASE
def test_books_that_do_not_answer_are_waited_for_a_few_times_only(steered: Workspace) -> None:
    nobody = "odbc:DRIVER={PostgreSQL Unicode};SERVER=127.0.0.1;PORT=1;DATABASE=books"
    steered.settings["databases"] |= {"production": nobody, "production_read": nobody}
    steered.write()
    rules = [f"Rule{number}" for number in range(20)]
    write_steering(steered.folder, dict.fromkeys(rules, EVENT))
    began = time.monotonic()
    answer = control(steered)
    assert time.monotonic() - began < 60  # each wait lasts 4 to 8 s
    assert answer.code == 4
    [line] = said(answer, steered)
    assert line.startswith("harvest, Rule0, Rule1 and 18 more: PostgreSQL ")
