"""Where the files of jobs are looked for, and which of their lines are wanted."""

from pathlib import Path

import pytest

from prodcli.batch import ProcId
from prodcli.jobs.log_files import JobFile, read_files
from prodcli.jobs.log_lines import Severity, Wanted, parse_pattern, severity_of


def ask(schedd: str, job: ProcId, stderr: bool, most: int) -> bytes | None:
    """A schedd that knows the output of one job."""
    assert most > 50 * 100
    return f"{schedd} {job[0]}.{job[1]} {'err' if stderr else 'out'}\nlast\n".encode() if job == (4, 2) else None


def running(kind: str, proc: int = 2, runs: bool = True, path: str | None = "/nowhere/1.err") -> JobFile:
    """A file of a job on a schedd."""
    return JobFile(1, kind, path, "a@pool", 4, proc, runs)


@pytest.mark.parametrize(
    ("file", "lines", "place", "trouble"),
    [
        (running("err"), ["a@pool 4.2 err", "last"], "4.2@a@pool", ""),
        (running("out"), ["a@pool 4.2 out", "last"], "4.2@a@pool", ""),
        (running("log"), [], "/nowhere/1.err", "there is no such file"),
        (running("err", proc=3), [], "/nowhere/1.err", "there is no such file"),
        (running("err", runs=False), [], "/nowhere/1.err", "there is no such file"),
        (running("err", path=None), [], "", "the books have no path of its err file"),
    ],
)
def test_the_schedd_is_asked_for_the_output_of_running_jobs(
    file: JobFile, lines: list[str], place: str, trouble: str
) -> None:
    (found,) = read_files([file], Wanted(), ask=ask)
    assert ([line.text for line in found.lines], found.place, found.trouble) == (lines, place, trouble)


def test_a_file_comes_before_its_schedd(tmp_path: Path) -> None:
    path = tmp_path / "1.err"
    path.write_text("from disk\n")
    (found,) = read_files([running("err", path=str(path))], Wanted(), ask=ask)
    assert [line.text for line in found.lines] == ["from disk"]


@pytest.mark.parametrize("lines", [1, 3, 400, 5000])
@pytest.mark.parametrize("width", [1, 80, 3000])
def test_the_end_of_a_file_is_that_of_the_whole(tmp_path: Path, lines: int, width: int) -> None:
    texts = [f"{number} " + "x" * width for number in range(lines)]
    (tmp_path / "file").write_text("\n".join(texts))
    (found,) = read_files([running("err", path=str(tmp_path / "file"))], Wanted(tail=100))
    assert [line.text for line in found.lines] == texts[-100:]


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("all is well", Severity.INFO),
        ("Warning: cannot find few hits", Severity.WARNING),
        ("psql: Connection refused", Severity.ERROR),
        ("Traceback: KeyError", Severity.ERROR),
    ],
)
def test_the_severity_of_a_line(text: str, severity: Severity) -> None:
    assert severity_of(text) is severity


def test_small_letters_find_large_ones() -> None:
    assert parse_pattern("refused").search("REFUSED")
    assert not parse_pattern("Refused").search("REFUSED")
