"""`prodcli plot`: as text, as a picture and as data, on both databases; what is wrong is told in one line."""

import csv
import io
import os
import pty
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.support.catalog import Catalog
from tests.support.generated_books import TAGS, generated_books, write_books
from tests.support.workspace import Workspace

KINDS = ("progress", "throughput", "memory", "slots", "durations", "events")
SINCE = ("--since", "30d")


@pytest.fixture
def booked(workspace: Workspace) -> Workspace:
    """Books with jobs of the last days."""
    workspace.load(Catalog([], [], [], []))
    write_books(workspace, generated_books(31, jobs=300, now=int(time.time()) - 600))
    return workspace


def test_off_a_terminal_it_is_text_of_80_columns(booked: Workspace) -> None:
    for kind in KINDS:
        lines = booked.ok("plot", kind, *SINCE).out.splitlines()
        assert len(lines) > 20, kind
        assert max(map(len, lines)) <= 80
        assert "\x1b" not in "".join(lines)


def test_pictures_are_drawn_into_files(booked: Workspace) -> None:
    for kind in KINDS:
        png, svg = booked.folder / f"{kind}.png", booked.folder / f"{kind}.svg"
        told = booked.run("plot", kind, *SINCE, "--out", png, quiet=False).out
        assert told.startswith(f"{png}: ")
        booked.ok("plot", kind, *SINCE, "--out", svg, "--dark")
        assert png.read_bytes().startswith(b"\x89PNG") and len(png.read_bytes()) > 10_000
        assert b"#16191d" in svg.read_bytes()


def test_the_points_are_data(booked: Workspace) -> None:
    for kind in KINDS:
        points = booked.json("plot", kind, *SINCE)
        assert points and set(points[0]) == {"series", "x", "y", "low", "high", "jobs"}
        lines = list(csv.DictReader(io.StringIO(booked.ok("plot", kind, *SINCE, "--format", "csv").out)))
        assert [line["series"] for line in lines] == [point["series"] for point in points]
    done = [point for point in booked.json("plot", "progress", *SINCE) if point["series"] == "done"]
    assert done[-1]["y"] == int(booked.sql("SELECT COUNT(*) FROM production_jobs WHERE status = 'finished'")[0][0])


def test_jobs_are_chosen_as_elsewhere(booked: Workspace) -> None:
    def finished(*words: object) -> float:
        return max(point["y"] or 0 for point in booked.json("plot", "progress", *words) if point["series"] == "done")

    of_tag = "SELECT COUNT(*) FROM production_jobs WHERE status = 'finished' AND tag = ?"
    assert finished("--tag", TAGS[0]) == int(booked.sql(of_tag, TAGS[0])[0][0])
    of_run = "SELECT COUNT(*) FROM production_jobs WHERE status = 'finished' AND runnumber = 66457"
    assert finished("--runs", 66457) == int(booked.sql(of_run)[0][0])
    groups = {point["series"].partition("% ")[2] for point in booked.json("plot", "slots", "--by", "tag", *SINCE)}
    assert groups == set(TAGS)


def test_without_jobs_nothing_is_drawn(booked: Workspace) -> None:
    for kind in KINDS:
        file = booked.folder / "none.svg"
        answer = booked.run("plot", kind, "--tag", "none", "--out", file, quiet=False)
        assert answer.code == 0 and len(answer.out.splitlines()) == 1, answer.out
        assert not file.exists()
        assert booked.json("plot", kind, "--tag", "none") == []


@pytest.mark.parametrize("no_colour", ["", "1"])
def test_on_a_terminal_it_fits_and_has_colours(booked: Workspace, no_colour: str) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    command = [sys.executable, "-m", "prodcli", "-q", "--site", str(booked.file), "plot", "throughput", *SINCE]
    environment = os.environ | {"TERM": "xterm-256color", "NO_COLOR": no_colour}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65_536):
            shown += part
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(ours)
    assert process.wait(30) == 0, shown
    text = shown.decode()
    assert text.count("\n") <= 23
    assert ("\x1b[38;5;2m" in text) == (not no_colour)
    assert "finished" in text and "failed" in text


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["progress", "--out", "a.pdf"], 2, "--out a.pdf: a picture is a .png or .svg file"),
        (["progress", "--since", "x"], 2, "--since: 'x' is not a time"),
        (["slots", "--until", "x"], 2, "--until: 'x' is not a time"),
        (["slots", "--since", "1d", "--until", "2d"], 2, "--until"),
        (["slots", "--by", "x"], 2, "--by"),
        (["events", "--by", "tag"], 2, "--by"),
        (["nothing"], 2, "nothing"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(booked: Workspace, words: list[str], code: int, says: str) -> None:
    answer = booked.run("plot", *words)
    assert (answer.code, answer.out) == (code, ""), answer.err
    assert len(answer.err.splitlines()) == 1 and says in answer.err


def test_a_file_that_cannot_be_written_is_told(booked: Workspace, tmp_path: Path) -> None:
    answer = booked.run("plot", "memory", "--out", tmp_path / "none" / "a.png")
    assert (answer.code, len(answer.err.splitlines())) == (1, 1)
    assert "the picture cannot be written: No such file" in answer.err


def test_without_the_libraries_it_is_told_what_to_install(booked: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotext", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    for words in ([], ["--out", booked.folder / "a.png"]):
        answer = booked.run("plot", "memory", *words)
        assert (answer.code, len(answer.err.splitlines())) == (1, 1)
        assert "pip install 'prodcli[plot]'" in answer.err
    assert booked.json("plot", "memory")
