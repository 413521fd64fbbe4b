"""What a bundle keeps of the files of a job, whatever those are."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from prodcli.reruns.kept_files import keep_inputs, keep_logs


def job(folder: Path, **row: Any) -> Any:
    """A job by what is kept of it."""
    stored = SimpleNamespace(fields={"lists": str(folder / "lists")}, commands={}, run=7)
    return SimpleNamespace(row={"log": None, "out": None, "err": None, **row}, stored=stored)


def test_of_a_huge_log_the_end_is_kept_and_a_pipe_is_left_alone(tmp_path: Path) -> None:
    with (tmp_path / "huge.out").open("wb") as file:
        file.truncate(30_000_000)
        file.seek(0, 2)
        file.write(b"the end")
    os.mkfifo(tmp_path / "pipe.err")
    paths = {"out": str(tmp_path / "huge.out"), "err": str(tmp_path / "pipe.err")}
    assert list(keep_logs(job(tmp_path, **paths), tmp_path)) == [f"its err file cannot be read: {tmp_path}/pipe.err"]
    kept = (tmp_path / "logs" / "huge.out").read_bytes()
    assert (len(kept), kept[-7:]) == (20_000_000, b"the end")


def test_inputs_that_are_gone_are_told(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "here").write_text("")
    rows = [("DST", "0", "a.root", f"{tmp_path}/here"), ("DST", "1", "b.root", "/gone/b.root"), ("DST", "1", "c", "")]
    text = "#prodcli-lists\t1\td\tt\n" + "".join("\t".join((*row, "md5", "1", "host")) + "\n" for row in rows)
    (tmp_path / "lists" / "00000007.tsv").write_text(text)
    assert list(keep_inputs(job(tmp_path), tmp_path)) == [
        "1 of 2 inputs of the run are not there any more, like /gone/b.root"
    ]
    assert (tmp_path / "inputs" / "00000007.tsv").read_text() == text


def test_a_job_without_lists(tmp_path: Path) -> None:
    assert list(keep_inputs(job(tmp_path), tmp_path)) == [
        "the job came without lists of inputs: it asks the catalog again"
    ]
