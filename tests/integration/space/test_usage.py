"""`usage`: files and bytes by tag and dsttype, the disks below the roots, and when they will be full."""

from collections import Counter
from pathlib import Path

import pytest

from prodcli.space.usage import Disk
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

FILES = seeded_catalog(1).files
GB = 10**9


@pytest.fixture
def loaded(workspace: Workspace) -> Workspace:
    """A workspace with catalogs."""
    workspace.load(seeded_catalog(1))
    return workspace


def kind(dsttype: str) -> str:
    """A dsttype without the host of the profile."""
    for combining in ("DST_STREAMING_EVENT", "DST_TRIGGERED_EVENT"):
        if dsttype.startswith(combining + "_") and not dsttype.endswith("seb19"):
            return combining
    return dsttype


def test_files_and_bytes_are_added_up_by_tag_and_dsttype(loaded: Workspace) -> None:
    files: Counter[tuple[str, str, bool]] = Counter()
    sizes: Counter[tuple[str, str, bool]] = Counter()
    for file in FILES:
        key = (file.tag, kind(file.dsttype), file.status in (0, None))
        files[key] += 1
        sizes[key] += file.size or 0
    found = loaded.json("usage")["usage"]
    assert len(found) == len({(tag, dsttype) for tag, dsttype, _ in files})
    for one in found:
        key = (one["tag"], one["dsttype"])
        assert (one["files"], one["size"]) == (files[*key, False], sizes[*key, False])
        assert (one["tape_files"], one["tape_size"]) == (files[*key, True], sizes[*key, True])
    assert [one["size"] for one in found] == sorted((one["size"] for one in found), reverse=True)


def test_one_tag_and_one_dsttype(loaded: Workspace) -> None:
    found = loaded.json("usage", "--tag", "ana514_nocdbtag_v001", "--dsttype", "DST_STREAMING_EVENT")["usage"]
    assert [(one["tag"], one["dsttype"]) for one in found] == [("ana514_nocdbtag_v001", "DST_STREAMING_EVENT")]
    assert loaded.json("usage", "--tag", "nobody")["usage"] == []


def register(workspace: Workspace, path: Path | str, size: int, age: str) -> None:
    """Put a file into the catalog that was registered some days ago."""
    when = f"now() - interval '{age}'" if workspace.cluster else f"datetime('now', '-{age}')"
    statement = (
        f"INSERT INTO files (lfn, full_host_name, full_file_path, size, time) VALUES (?, 'lustre', ?, ?, {when})"  # noqa: S608
    )
    workspace.sql(statement, str(path)[-20:], str(path), size, role="filecatalog")


def test_growth_is_what_was_registered_lately_below_the_roots(loaded: Workspace) -> None:
    root = loaded.folder / "files"
    register(loaded, root / "a" / "new.root", 14 * GB, "2 days")
    register(loaded, root / "old.root", 100 * GB, "20 days")
    register(loaded, str(root) + "-else/other.root", 1000 * GB, "1 days")
    (disk,) = loaded.json("usage")["disks"]
    assert sorted(disk["roots"]) == ["condor", "finaldir", "histdir", "logdir", "outdir"]
    assert disk["growth_per_day"] == pytest.approx(2 * GB, rel=0.01)
    assert disk["days_left"] == pytest.approx(disk["free"] / (2 * GB), rel=0.05, abs=0.1)
    (longer,) = loaded.json("usage", "--since", "30d")["disks"]
    assert longer["growth_per_day"] == pytest.approx(114 * GB / 30, rel=0.01)
    assert "full in" in loaded.ok("usage").out


def test_roots_within_roots_count_once(loaded: Workspace) -> None:
    loaded.settings["roots"]["histdir"] = str(loaded.folder / "files" / "hist")
    loaded.write()
    register(loaded, loaded.folder / "files" / "hist" / "x.root", 7 * GB, "1 days")
    (disk,) = loaded.json("usage")["disks"]
    assert disk["growth_per_day"] == pytest.approx(GB, rel=0.01)


def disk(**more: object) -> Disk:
    """A disk of 100 bytes, 90 of them used."""
    values = {"used": 90, "free": 10, "fullness": 0.9, "full_at": None, "growth": 5}
    return Disk(("outdir",), "/x", **(values | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "days"),
    [({}, 2), ({"full_at": 0.95}, 1), ({"full_at": 0.5}, 0), ({"growth": 0}, None), ({"growth": -1}, None)],
)
def test_days_until_a_disk_is_full(more: dict[str, object], days: float | None) -> None:
    left = disk(**more).days_left
    assert left == (None if days is None else pytest.approx(days))


@ONE_DATABASE
@pytest.mark.parametrize("since", ["x", "2999-01-01", "0d"])
def test_bad_times_are_one_line(loaded: Workspace, since: str) -> None:
    answer = loaded.run("usage", "--since", since)
    assert (answer.code, answer.out) == (2, "")
    (line,) = answer.err.splitlines()
    assert "--since" in line


def test_an_empty_catalog_is_no_failure(loaded: Workspace) -> None:
    loaded.sql("DELETE FROM datasets", role="filecatalog")
    answer = loaded.ok("usage")
    assert "no files" in answer.out
    assert "does not fill" in answer.out
