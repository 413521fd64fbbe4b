"""Lists of steering files."""

from pathlib import Path

import pytest

from prodcli.errors import UsageError
from prodcli.steering.steer_list import read_steer_list


def test_comments_and_empty_lines_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/curator")
    file = tmp_path / "steer.list"
    file.write_text(
        "# all of run 3\n\n/rules/auau.yaml\n  pp.yaml   # beside the list\n~/oo#1.yaml\n/rules/auau.yaml\n"
    )
    assert read_steer_list(file) == [Path("/rules/auau.yaml"), tmp_path / "pp.yaml", Path("/home/curator/oo#1.yaml")]


def test_a_list_without_files_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "steer.list"
    file.write_text("# nothing runs\n")
    assert read_steer_list(file) == []


@pytest.mark.parametrize(
    ("content", "fault"), [(None, "No such file"), (b"\xff\xfe", "not UTF-8"), (b"~bob/x.yaml", "your own home folder")]
)
def test_a_list_that_cannot_be_read_is_one_line(tmp_path: Path, content: bytes | None, fault: str) -> None:
    file = tmp_path / "steer.list"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match=fault):
        read_steer_list(file)
