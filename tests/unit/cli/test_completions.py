"""Shell completion: the scripts are current, words come from rule file, books and profile, also after *many* options."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from prodcli.cli.commands.remembered import place_of, remember
from tests.support.rule_files import REPOSITORY, RULES, write_rules
from tests.support.workspace import Workspace, make_workspace

START = [sys.executable, "-m", "prodcli"]


TAGS = ["ana537_2025p010_v001", "new_nocdbtag_v001"]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with rules and with tags in the books."""
    made = make_workspace(tmp_path_factory.mktemp("workspace"))
    made.settings["databases"] = {"production": f"sqlite:///{made.folder}/production.db"}
    made.write()
    made.ok("db", "init")
    insert = "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, runnumber) VALUES ('r', ?, 'd', ?, 1)"
    made.sql(insert, "ana537_2025p010_v001", "DST_TRKR_SEED")
    made.sql(insert, "new_nocdbtag_v001", "DST_CALO")
    held = (
        "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, runnumber, status) VALUES ('q', ?, 'd', ?, ?, ?)"
    )
    made.sql(held, "new_nocdbtag_v001", "DST_CALO", 66478, "held")
    made.sql(held, "new_nocdbtag_v001", "DST_CALO", 66499, "failed")
    made.ok("mask", "add", "TPC17", "--runs", 1, "--reason", "off")
    made.ok("runs", "invalid", "add", "--runs", 1, "--reason", "off")
    made.ok("runs", "invalid", "add", "--runs", 2, "--reason", "off")
    for label in ("silver", "golden"):
        made.sql("INSERT INTO production_run_labels VALUES (?, 1, '', 'a', '2026-01-31')", label)
    made.sql("INSERT INTO production_productions VALUES ('auau', '/auau', 'open', '', 'a', '2026-01-31', '2026-01-31')")
    made.sql(
        "INSERT INTO production_production_rules VALUES ('auau', 'R', '/r.yaml', 'DST_TRKR_SEED', 'd', ?)", TAGS[0]
    )
    made.sql("INSERT INTO production_steps VALUES ('auau', 'R', 0, 0)")
    made.sql("INSERT INTO production_groups VALUES ('auau', 'R', 'early', 1, 2, '')")
    begin = (
        "INSERT INTO production_loops (id, kind, host, file, account, pid, boot_id, process_start, started, heartbeat, "
        "silent_after, state, doing) VALUES (?, ?, ?, ?, 'a', 1, '', '', '2026-01-31', '2026-01-31', 120, 'waiting', '')"
    )
    made.sql(begin, "3f9a01", "loop", "farm1", "/data/steering.yaml")
    made.sql(begin, "c0ffee", "control", "farm2", "/data/night.yaml")
    write_rules(made.folder, {name: RULES[name] for name in ("cluster", "cluster_cut", "seed")})
    return made


@pytest.fixture(autouse=True)
def nothing_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of each test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def ask(workspace: Workspace, shell: str, line: str, **more: str) -> subprocess.CompletedProcess[str]:
    """What prodcli answers a shell whose line ends where the cursor is."""
    line = line.replace("FILE", str(workspace.folder / "rules.yaml"))
    words = line.split(" ")
    protocol = {
        "bash": {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }
    environment = (
        os.environ | protocol[shell] | {"_PRODCLI_COMPLETE": f"complete_{shell}", "PWD": str(workspace.folder)} | more
    )
    return subprocess.run(START, capture_output=True, text=True, env=environment, cwd=workspace.folder, check=False)


def completed(workspace: Workspace, shell: str, line: str, **more: str) -> list[str]:
    """The words that are offered; nothing else is said."""
    done = ask(workspace, shell, line, **more)
    assert (done.returncode, done.stderr) == (0, "")
    if shell == "zsh":
        listed = done.stdout.partition("((")[2].partition("))")[0]
        return [row.split('"')[1] for row in listed.splitlines()]
    return [row.partition("\t")[0] for row in done.stdout.split("\n") if row]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("prodcli submit -c FILE -r ", ["cluster", "cluster_cut", "seed"]),
        ("prodcli submit --config FILE --rule cl", ["cluster", "cluster_cut"]),
        ("prodcli submit -c FILE --runs 1 2 -r ", ["cluster", "cluster_cut", "seed"]),
        ("prodcli submit -c FILE --runs 1 2 3 --segments 0 5 -r se", ["seed"]),
        ("prodcli rules show -c FILE -r clu", ["cluster", "cluster_cut"]),
        ("prodcli submit -r ", []),
        ("prodcli submit -c nobody -r ", []),
        ("prodcli submit -c /dev/null -r ", []),
        ("prodcli query --tag ", TAGS),
        ("prodcli query --tag ana", TAGS[:1]),
        ("prodcli query --runs 1 2 --tag new", TAGS[1:]),
        ("prodcli --site nobody query --tag ", []),
        ("prodcli query --runs 1 2 --dsttype DST_TRKR_S", ["DST_TRKR_SEED"]),
        ("prodcli submit --runs 1 2 --mask INTT", ["INTT", *(f"INTT{n}" for n in range(8))]),
        ("prodcli mask add INTT0 mvtx", [f"mvtx{n}" for n in range(6)]),
        ("prodcli mask add TPC17 --dsttype DST_TRKR_S", ["DST_TRKR_SEED"]),
        ("prodcli query --runs la", ["label:"]),
        ("prodcli query --runs label:", ["label:golden", "label:silver"]),
        ("prodcli query --runs label:go", ["label:golden"]),
        ("prodcli query --runs 1 2 --by r", ["run", "rule"]),
        ("prodcli query -r ", ["q", "r"]),
        ("prodcli query --tag A n", TAGS[1:]),
        ("prodcli query --runs 66", ["66478", "66499"]),
        ("prodcli why -c FILE 664", ["66478", "66499"]),
        ("prodcli query prog", ["progress"]),
        ("prodcli release --state h", ["held"]),
        ("prodcli release --state held i", ["idle"]),
        ("prodcli release --state f", []),
        ("prodcli resubmit --state f", ["failed"]),
        ("prodcli release --code 34", ["34/0", "34/102", "34/104"]),
        ("prodcli submit -c FILE --unblock lo", ["lost"]),
        ("prodcli why -c FILE --ignore-state he", ["held"]),
        ("prodcli log --verb un", ["unpark"]),
        ("prodcli mask remove ", ["1"]),
        ("prodcli runs invalid remove ", ["1", "2"]),
        ("prodcli runs label remove g", ["golden"]),
        ("prodcli config detectors TPC1", [f"TPC1{n}" for n in range(10)]),
        ("prodcli --zone Europe/Ber", ["Europe/Berlin"]),
        ("prodcli query --zone Europe/Ber", ["Europe/Berlin"]),
        ("prodcli jobs --columns dbid exit", ["exit_code"]),
        ("prodcli query --sort exit", []),
        ("prodcli help qu", ["quality", "quarantine", "query"]),
        ("prodcli query --site pr", ["pr@files"]),
        ("prodcli submit -c ", ["@files"]),
        ("prodcli submit -c FILE --runlist ", ["@files"]),
        ("prodcli rules lint ", ["@files"]),
        ("prodcli query --since ", []),
        ("prodcli release 1", []),
        ("prodcli sub", ["submit"]),
        ("prodcli campaign check a", ["auau", f"auau/{TAGS[0]}"]),
        (f"prodcli campaign check auau/{TAGS[0]}/", [f"auau/{TAGS[0]}/R", f"auau/{TAGS[0]}/R/early"]),
        ("prodcli loop ", ["run", "status", "pause", "resume", "stop"]),
        ("prodcli loop st", ["status", "stop"]),
        ("prodcli loop ru", ["run"]),
        ("prodcli loop rul", ["rul@files"]),
        ("prodcli loop FILE --on", ["--once"]),
        ("prodcli loop pause ", ["3f9a01", "c0ffee", "farm1", "farm2", "night.yaml", "steering.yaml"]),
        ("prodcli loop stop 3f9a01 n", ["night.yaml"]),
        ("prodcli loop FILE --hostname cl", ["cluster", "cluster_cut"]),
        ("prodcli control -f FILE --hostname s", ["seed"]),
        ("prodcli steer show FILE --hostname s", ["seed"]),
        ("prodcli steer show --hostname ", []),
        ("prodcli cron show FILE --hostname s", ["seed"]),
        ("prodcli control -f ", ["@files"]),
        ("prodcli cursor set 1 -c FILE -r clu", ["cluster", "cluster_cut"]),
        ("prodcli cursor set --from-tag new", TAGS[1:]),
        ("prodcli campaign activate ", TAGS),
        ("prodcli campaign set --type ", ["all", "calo", "tracking"]),
        ("prodcli campaign list --type ", ["calo", "tracking"]),
        ("prodcli provenance diff", ["diff"]),
        ("prodcli provenance DST", ["DST@files"]),
        ("prodcli rules s", ["show", "schema"]),
        ("prodcli submit --runs 1 2 --runl", ["--runlist"]),
    ],
)
def test_words_at_the_cursor(workspace: Workspace, line: str, words: list[str]) -> None:
    assert completed(workspace, "bash", line) == words


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_ask_in_their_own_way(workspace: Workspace, shell: str) -> None:
    assert completed(workspace, shell, "prodcli submit -c FILE -r cl") == ["cluster", "cluster_cut"]
    assert completed(workspace, shell, "prodcli submit -c FILE --runs 1 2 -r ") == ["cluster", "cluster_cut", "seed"]
    assert completed(workspace, shell, "prodcli query --tag ") == TAGS
    assert completed(workspace, shell, "prodcli query --runs 1 2 --by n") == ["node"]


def test_rules_come_from_the_file_of_the_variable(workspace: Workspace) -> None:
    words = completed(workspace, "bash", "prodcli submit -r cl", PRODCLI_RULES="rules.yaml")
    assert words == ["cluster", "cluster_cut"]


def test_books_that_do_not_answer_are_silence(workspace: Workspace, tmp_path: Path) -> None:
    """Never a message, never a retry."""
    for url in (f"sqlite:///{tmp_path}/nobody.db", "odbc:DSN=nobody", "nonsense", f"sqlite:///{sys.executable}"):
        (tmp_path / "prodcli.yaml").write_text(f"databases: {{production: '{url}'}}\n")
        assert completed(workspace, "bash", f"prodcli --site {tmp_path} query --tag ") == []


def test_a_server_that_hangs_is_given_up(workspace: Workspace, tmp_path: Path) -> None:
    """A driver that never returns."""
    code = "import prodcli.db.connect as c, threading; c.SQLite.open = lambda *_: threading.Event().wait()\n"
    code += "import prodcli.cli.complete as m; m._PATIENCE = 0.1; from prodcli.__main__ import main; main()"
    environment = os.environ | {"_PRODCLI_COMPLETE": "complete_bash", "COMP_CWORD": "3", "PWD": str(workspace.folder)}
    environment["COMP_WORDS"] = "prodcli\nquery\n--tag\n"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=workspace.folder, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_are_current(shell: str) -> None:
    environment = os.environ | {"_PRODCLI_COMPLETE": f"source_{shell}"}
    done = subprocess.run(START, capture_output=True, text=True, env=environment, check=True)
    script = (REPOSITORY / "completions" / f"prodcli.{shell}").read_text()
    assert script == done.stdout.lstrip("\n"), "make completions"


def in_bash(script: str, folder: Path, programs: Path) -> "subprocess.CompletedProcess[str]":
    """What a real bash says that has our script, and a `prodcli` on its path."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash")
    program = programs / "prodcli"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m prodcli "$@"\n')
    program.chmod(0o755)
    script = f"PATH={programs}:$PATH\n. {REPOSITORY}/completions/prodcli.bash\n{script}"
    return subprocess.run([bash, "--norc", "-c", script], capture_output=True, text=True, cwd=folder, check=False)


def test_bash_completes_with_the_script(workspace: Workspace, tmp_path: Path) -> None:
    """A real bash, and the real script."""
    script = """
        COMP_WORDS=(prodcli submit -c rules.yaml --runs 1 2 -r cl)
        COMP_CWORD=8
        _prodcli_completion prodcli
        printf '%s\\n' "${COMPREPLY[@]}"
        complete -p prodcli
    """
    done = in_bash(script, workspace.folder, tmp_path)
    assert done.stdout.splitlines() == ["cluster", "cluster_cut", "complete -F _prodcli_completion prodcli"]
    assert done.stderr == ""


def test_bash_offers_files_only_where_a_file_is_meant(workspace: Workspace, tmp_path: Path) -> None:
    """A real bash; `compopt` tells what it is asked for."""
    script = """
        compopt() { echo compopt "$@"; }
        for line in "submit -c" "query --since"; do
            COMP_WORDS=(prodcli $line ru)
            COMP_CWORD=3
            _prodcli_completion prodcli
            echo "${#COMPREPLY[@]} words"
        done
    """
    done = in_bash(script, workspace.folder, tmp_path)
    assert (done.stdout.splitlines(), done.stderr) == (["compopt -o default", "0 words", "0 words"], "")


def cache_of(tmp_path: Path) -> Path:
    """The file of the tags."""
    (file,) = (tmp_path / "cache" / "prodcli").glob("tags-*")
    return file


def age(file: Path, seconds: int) -> None:
    """Make a file older."""
    then = file.stat().st_mtime - seconds
    os.utime(file, (then, then))


def test_words_of_the_last_minute_are_answered_without_a_database(workspace: Workspace, tmp_path: Path) -> None:
    line = "prodcli query --tag "
    assert completed(workspace, "bash", line) == TAGS
    file = cache_of(tmp_path)
    assert file.parent.stat().st_mode & 0o777 == 0o700
    file.write_text(file.read_text() + "\nzz_x_v001")
    assert completed(workspace, "bash", line) == [*TAGS, "zz_x_v001"]
    assert completed(workspace, "bash", f"prodcli --site {workspace.file} query --tag ") == TAGS  # another place


def test_older_words_are_answered_and_found_anew_behind(workspace: Workspace, tmp_path: Path) -> None:
    line = "prodcli query --tag "
    completed(workspace, "bash", line)
    file = cache_of(tmp_path)
    known = file.read_text()
    file.write_text(f"{known}\nzz_x_v001")
    age(file, 600)
    assert completed(workspace, "bash", line) == [*TAGS, "zz_x_v001"]
    until = time.monotonic() + 20
    while file.read_text() != known and time.monotonic() < until:
        time.sleep(0.05)
    assert completed(workspace, "bash", line) == TAGS


def test_words_of_another_day_are_forgotten(workspace: Workspace, tmp_path: Path) -> None:
    line = "prodcli query --tag "
    completed(workspace, "bash", line)
    file = cache_of(tmp_path)
    file.write_text(f"{file.read_text()}\nzz_x_v001")
    age(file, 90_000)
    assert completed(workspace, "bash", line) == TAGS


def test_a_cache_that_cannot_be_written_is_no_trouble(workspace: Workspace) -> None:
    assert completed(workspace, "bash", "prodcli query --tag ", XDG_CACHE_HOME="/proc/nowhere") == TAGS


def test_the_rows_of_rescue_are_those_that_it_has_shown(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PWD", str(workspace.folder))
    monkeypatch.delenv("PRODCLI_SITE", raising=False)
    remember("rows", place_of(None, testbed=False), ["all", "1", "2", "cf8a1"])
    assert completed(workspace, "bash", "prodcli rescue --apply ") == ["1", "2", "all", "cf8a1"]
    assert completed(workspace, "bash", "prodcli rescue --apply 1 c") == ["cf8a1"]
