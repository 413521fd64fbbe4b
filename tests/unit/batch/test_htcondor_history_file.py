"""A schedd's history from its file: from one job to another, or not at all."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from prodcli.batch.htcondor.history_file import UnknownHistory, left_between

pytest.importorskip("classad2")
NAMES = ("ClusterId", "ProdcliDbid", "RemoveReason", "MemoryUsage", "ResidentSetSize", "RemoteUserCpu", "ExitBySignal")


def record(cluster: int, *lines: str, end: bool = True) -> str:
    """A record; `end` if the line that ends it is written already."""
    text = "".join(f"{line}\n" for line in ("Args = 1", f'GlobalJobId = "s#{cluster}.0#1"', *lines))
    return f"{text}ClusterId = {cluster}\n" + (f"*** Offset = 0 ClusterId = {cluster}\n" if end else "")


def ours(*clusters: int) -> str:
    return "".join(record(cluster, "ProdcliDbid = 1") for cluster in clusters)


def ads_between(file: Path, mark: int, newest: int) -> list[dict[str, object]]:
    return list(left_between(str(file), f"s#{mark}.0#1", f"s#{newest}.0#1", "ProdcliDbid", NAMES))


def clusters_between(file: Path, mark: int, newest: int) -> list[object] | None:
    try:
        return [ad["ClusterId"] for ad in ads_between(file, mark, newest)]
    except UnknownHistory:
        return None


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["", "", ours(1, 2, 3, 4, 5)], [3, 4]),
        (["", ours(1, 2, 3), ours(4, 5)], [3, 4]),
        ([ours(1, 2), ours(3), ours(4, 5)], [3, 4]),
        ([ours(2), ours(3, 4), ""], [3, 4]),  # rotated just now
        ([ours(1, 2), ours(3), ours(4) + record(5, "ProdcliDbid = 1", end=False)], [3, 4]),
        (["", "", ours(2) + record(3) + ours(4)], [4]),  # another tool's
        (["", "", ours(1, 2, 3)], None),  # another host's: it lacks the newest
        (["", "", ours(3, 4, 5)], None),
        (["", "", ours(4, 3, 2)], None),  # not in this order
        (["", "", ours(2, 3) + record(4, "ProdcliDbid = 1", end=False)], None),
        (["", "", ""], None),
    ],
)
def test_all_between_two_jobs_or_nothing(tmp_path: Path, files: Sequence[str], expected: list[int] | None) -> None:
    file = tmp_path / "history"
    for name, text in zip(("history.20260101T000000", "history.20260102T000000", "history"), files, strict=True):
        (tmp_path / name).write_text(text)
    assert clusters_between(file, 2, 4) == expected


def test_nothing_new(tmp_path: Path) -> None:
    (tmp_path / "history").write_text(ours(3, 4, 5))
    assert clusters_between(tmp_path / "history", 4, 4) == []


def test_no_file_is_no_answer(tmp_path: Path) -> None:
    assert clusters_between(tmp_path / "history", 2, 4) is None
    assert clusters_between(tmp_path, 2, 4) is None


def test_values_are_what_htcondor_reads(tmp_path: Path) -> None:
    file = tmp_path / "history"
    values = (
        *('RemoveReason = "C:\\dir, \\"why\\" \u00e4"', "MemoryUsage = ((ResidentSetSize + 1023) / 1024)"),
        *("ResidentSetSize = 4750", "RemoteUserCpu = 1.5", "ExitBySignal = FALSE", "ProdcliDbid = -7"),
        *('Iwd = [ GlobalJobId = "s#2.0#1"; ]', 'OldGlobalJobId = "s#2.0#1"'),  # fmt: skip
    )
    file.write_text(ours(1) + record(2, *values))
    (ad,) = ads_between(file, 1, 2)
    assert ad == {
        **{"ClusterId": 2, "ProdcliDbid": -7, "RemoveReason": 'C:\\dir, "why" \u00e4', "MemoryUsage": 5},
        **{"ResidentSetSize": 4750, "RemoteUserCpu": 1.5, "ExitBySignal": False},
    }
    file.write_bytes((ours(1) + record(2, 'RemoveReason = "x"', "ProdcliDbid = 1")).encode().replace(b'"x"', b'"\xff"'))
    (ad,) = ads_between(file, 1, 2)
    assert ad["RemoveReason"] == "\ufffd"


def test_what_cannot_be_understood_is_no_answer(tmp_path: Path) -> None:
    file = tmp_path / "history"
    file.write_text(ours(1) + record(2, "ProdcliDbid = 1", "MemoryUsage = (((") + ours(3))
    assert clusters_between(file, 1, 3) is None
    assert clusters_between(file, 2, 3) == [3]
