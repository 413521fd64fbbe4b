"""stageout.sh: a file gets to its target whole or not at all, whatever happens meanwhile."""

import hashlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from prodcli.names import TOKEN
from prodcli.registration.staged_names import parse_staged
from tests.support.hostile_names import hostile_names
from tests.support.payload_job import KIT, ROW, PayloadJob
from tests.support.staged_files import staged_name

DATA = os.urandom(3_000_000)
MD5 = hashlib.md5(DATA).hexdigest()


class Stager:
    """A file in a scratch folder, and the command that stages it out."""

    def __init__(self, folder: Path, name: str = "DST_X-00066500-00003.root", **environment: str) -> None:
        self.job = PayloadJob(folder, environment={"PRODDB_DBID": str(ROW), **environment})
        self.target = folder / "out"
        self.file = self.job.scratch / name
        self.file.write_bytes(DATA)
        os.utime(self.file, (1, 1_700_000_000))

    def command(self, *arguments: str) -> list[str]:
        return [str(KIT / "stageout.sh"), *(arguments or (self.file.name, str(self.target)))]

    def start(self, *arguments: str, before: Callable[[], None] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            env=self.job.variables(),
            cwd=self.job.scratch,
            preexec_fn=before,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, before: Callable[[], None] | None = None) -> tuple[int, str]:
        process = self.start(*arguments, before=before)
        out, _ = process.communicate(timeout=60)
        return process.returncode, out

    def whole(self) -> list[str]:
        """The staged files; each has all of its bytes."""
        files = [path for path in self.target.iterdir() if not path.name.startswith(".")]
        assert all(hashlib.md5(path.read_bytes()).hexdigest() == MD5 for path in files)
        return sorted(path.name for path in files)

    @property
    def name(self) -> str:
        """The name that spiders read."""
        numbers = f":nevents:100:first:1:last:99:md5:{MD5}:size:{len(DATA)}:ctime:1700000000:dbid:{ROW}"
        return self.file.name + numbers


def test_the_name_and_the_bytes(tmp_path: Path) -> None:
    stager = Stager(tmp_path / "job")
    assert stager.run()[0] == 0
    assert stager.job.staged() == stager.whole() == [stager.name]
    assert not stager.file.exists()


@pytest.mark.parametrize("row", ["", "-1", "0", "x"])
def test_a_row_that_stands_for_none_is_that_of_the_job(tmp_path: Path, row: str) -> None:
    stager = Stager(tmp_path / "job")
    assert stager.run(stager.file.name, str(stager.target), row)[0] == 0
    assert stager.whole() == [stager.name]


def test_without_any_row_the_name_says_so(tmp_path: Path) -> None:
    stager = Stager(tmp_path / "job", PRODDB_DBID="")
    assert stager.run()[0] == 0
    assert stager.whole() == [stager.name.replace(f"dbid:{ROW}", "dbid:-1")]


@pytest.mark.parametrize("arguments", [("one",), ("one", ""), ("", "out"), ("one", "two", "3", "four")])
def test_wrong_arguments_are_code_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, out = Stager(tmp_path / "job").run(*arguments)
    assert code == 2 and out.startswith("stageout.sh wants FILE DESTINATION [DBID]")


def test_no_file_is_code_30_and_a_pattern_that_nothing_matches_is_none(tmp_path: Path) -> None:
    stager = Stager(tmp_path / "job")
    assert stager.run("gone.root", str(stager.target))[0] == 30
    assert stager.run(".", str(stager.target))[0] == 30
    assert stager.run("HIST_*.root", str(stager.target))[0] == 0
    assert stager.job.staged() == []


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("off", "-1:first:-1:last:-1"),
        ("/nowhere/counter", "-1:first:-1:last:-1"),
        ("printf 'entries 7\\nfirst 3\\nlast 9 %s'", "-1:first:-1:last:-1"),
        ("printf 'some words\\nentries 7\\nfirst 3\\nlast 9\\n%.0s'", "7:first:3:last:9"),
        ("printf 'entries -2\\nfirst -1\\nlast -1\\n%.0s'", "-2:first:-1:last:-1"),
        ("false", "-1:first:-1:last:-1"),
    ],
)
def test_events_are_counted_by_the_command_of_the_site(tmp_path: Path, command: str, expected: str) -> None:
    stager = Stager(tmp_path / "job", PRODCLI_COUNT_EVENTS=command)
    assert stager.run()[0] == 0
    assert f":nevents:{expected}:md5:" in stager.whole()[0]


def test_a_copy_that_differs_is_made_again(tmp_path: Path) -> None:
    """A file grows while it is copied, and is whole when it is copied again."""
    stager = Stager(tmp_path / "job", PRODCLI_COUNT_EVENTS=f"{tmp_path}/grow")
    grow = tmp_path / "grow"
    grow.write_text(
        f'#!/bin/sh\n( for i in 1 2 3 4 5 6 7 8; do echo more >> "$1"; sleep 0.01; done; echo end > {tmp_path}/grown ) &\n'
    )
    grow.chmod(0o755)
    code, _ = stager.run()
    while not (tmp_path / "grown").exists():
        time.sleep(0.02)
    staged = [path for path in stager.target.iterdir()]
    assert code in (0, 31) and len(staged) == (code == 0)
    for path in staged:
        assert f":md5:{hashlib.md5(path.read_bytes()).hexdigest()}:size:{path.stat().st_size}:" in path.name


def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path: Path) -> None:
    stager = Stager(tmp_path / "job")

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    code, out = stager.run(before=small)
    assert (code, stager.job.staged(), stager.file.exists()) == (31, [], True)
    assert "2 tries left" in out and "0 tries left" in out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_leaves_nothing_behind(tmp_path: Path) -> None:
    stager = Stager(tmp_path / "job")
    stager.target.chmod(0o555)
    assert stager.run()[0] == 31
    stager.target.chmod(0o755)
    assert (stager.job.staged(), stager.file.exists()) == ([], True)


def test_a_target_that_is_a_file_is_code_31(tmp_path: Path) -> None:
    stager = Stager(tmp_path / "job")
    blocked = tmp_path / "blocked"
    blocked.touch()
    assert stager.run(stager.file.name, str(blocked))[0] == 31
    assert stager.file.exists()


def test_a_file_that_goes_away_meanwhile_is_code_30(tmp_path: Path) -> None:
    stager = Stager(tmp_path / "job", PRODCLI_COUNT_EVENTS="rm")
    assert stager.run()[0] == 30
    assert stager.job.staged() == []


@pytest.mark.parametrize("delay", [0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15])
def test_killed_at_any_moment_the_next_attempt_puts_one_whole_file_there(tmp_path: Path, delay: float) -> None:
    stager = Stager(tmp_path / "job")
    process = stager.start()
    time.sleep(delay)
    subprocess.run(["pkill", "-KILL", "-P", str(process.pid)], check=False)
    process.kill()
    process.communicate()
    before = stager.whole()
    assert before in ([], [stager.name])
    assert before or stager.file.exists()
    if stager.file.exists():
        stager.job.environment["PRODCLI_ATTEMPT"] = "3"
        assert stager.run()[0] == 0
    assert stager.whole() == [stager.name]


def test_two_attempts_at_once_do_not_mix(tmp_path: Path) -> None:
    one = Stager(tmp_path / "one", PRODCLI_ATTEMPT="1")
    other = Stager(tmp_path / "two", PRODCLI_ATTEMPT="2")
    processes = [stager.start(stager.file.name, str(one.target)) for stager in (one, other)]
    assert [process.communicate(timeout=60) and process.returncode for process in processes] == [0, 0]
    assert one.whole() == one.job.staged() == [one.name]


@pytest.mark.parametrize(
    "name",
    [
        "a blank.root",
        "quote'\".root",
        "-n.root",
        "$(touch x).root",
        "`id`.root",
        "a;b.root",
        "ünï.root",
        "a\\b.root",
        "%d.root",
        "[x].root",
        "*.root",
    ],
)
def test_names_that_are_unusual_arrive(tmp_path: Path, name: str) -> None:
    stager = Stager(tmp_path / "job", name)
    assert stager.run()[0] == 0
    assert stager.whole() == [stager.name]
    assert [path.name for path in stager.job.scratch.iterdir()] == [".prodcli"]


@pytest.mark.parametrize(
    "name",
    [".hidden.root", "a:b.root", "line\nfeed.root", "tab\t.root", "x" * 200 + ".root", os.fsdecode(b"\xff.root")],
)
def test_names_that_spiders_cannot_read_are_code_31(tmp_path: Path, name: str) -> None:
    stager = Stager(tmp_path / "job", name)
    assert stager.run()[0] == 31
    assert (stager.job.staged(), stager.file.exists()) == ([], True)


def test_a_thousand_names_arrive_whole_or_stay_and_spiders_read_none_as_another(tmp_path: Path) -> None:
    job = PayloadJob(tmp_path / "job", environment={"PRODDB_DBID": str(ROW), "PRODCLI_COUNT_EVENTS": "off"})
    arrive, stay = {}, set()
    for number, name in enumerate(hostile_names(1000)):
        data = f"{number}".encode()
        (job.scratch / name).write_bytes(data)
        os.utime(job.scratch / name, (1, 1_700_000_000))
        staged = staged_name(name, data, nevents=-1, first=-1, last=-1, ctime=1_700_000_000, dbid=ROW)
        if name.isprintable() and ":" not in name and name[0] != "." and len(os.fsencode(staged)) <= 255:
            arrive[staged] = (name, data)
        else:
            stay.add(name)
    assert min(len(arrive), len(stay)) > 200
    tool = [sys.executable, "-E", "-s", "-S", KIT / "prodcli_job.py", "stageout-all", tmp_path / "job/out"]
    every = sorted(path.name for path in job.scratch.iterdir())
    variables = {**job.variables(), "PRODCLI_RETRY_SECONDS": "0"}
    done = subprocess.run([*tool, *every], cwd=job.scratch, env=variables, capture_output=True, timeout=120)
    assert done.returncode == 31
    assert {path.name for path in job.scratch.iterdir()} - {".prodcli"} == stay
    assert {path.name: path.read_bytes() for path in (tmp_path / "job/out").iterdir()} == {
        staged: data for staged, (_, data) in arrive.items()
    }
    for staged, (name, _) in arrive.items():
        if TOKEN.fullmatch(name):
            assert parse_staged(staged).filename == name
        else:
            with pytest.raises(ValueError, match="does not begin with the file name of an output"):
                parse_staged(staged)


def test_a_scratch_disk_without_room_for_notes_loses_no_file(tmp_path: Path) -> None:
    stager = Stager(tmp_path / "job", PRODCLI_NOTES="/dev/null/nowhere")
    code, out = stager.run()
    assert (code, stager.whole()) == (0, [stager.name])
    assert "a note is lost" in out
