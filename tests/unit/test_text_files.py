"""Files that people name: whatever they are, reading them ends, in little memory and time."""

import os
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest

from prodcli import text_files
from prodcli.text_files import read_text, why_unreadable


def why(path: Path) -> str:
    """Why it cannot be read."""
    with pytest.raises((OSError, UnicodeDecodeError)) as failure:
        read_text(path)
    return why_unreadable(failure.value)


def test_text_is_read_without_its_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_bytes(b"\xef\xbb\xbf66456\r\n\xc3\xa4\n")
    assert read_text(file) == "66456\r\nä\n"
    file.write_bytes(b"")
    assert read_text(file) == read_text(Path("/dev/null")) == ""


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert why(tmp_path) == "Is a directory"
    assert why(tmp_path / "none") == "No such file or directory"
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert why(tmp_path / "binary") == "it is not UTF-8 text"


def test_a_device_without_end_and_a_large_file_take_no_memory(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(2**36)
    tracemalloc.start()
    assert [why(path) for path in (Path("/dev/zero"), large)] == ["it is larger than 10 MB"] * 2
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()


def test_what_comes_through_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    code = "from prodcli.text_files import read_text as r; from pathlib import Path as P; import sys; print(r(P(sys.argv[1])))"
    slow = f"{sys.executable} -c '{code}' <(sleep 0.2; echo 66456; sleep 0.2; echo 66457)"
    done = subprocess.run(["bash", "-c", slow], capture_output=True, text=True, check=True)
    assert done.stdout == "66456\n66457\n\n"
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Timer(0.1, fifo.write_text, ("66458\n" * 50_000,))
    writer.start()
    assert read_text(fifo) == "66458\n" * 50_000
    writer.join()


def test_a_pipe_that_does_not_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "_SECONDS", 0.2)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert why(fifo) == "it does not end within 0 seconds"  # nobody writes
    held = os.open(fifo, os.O_RDWR)
    os.write(held, b"66456\n")
    assert why(fifo) == "it does not end within 0 seconds"  # somebody goes on
    os.close(held)
