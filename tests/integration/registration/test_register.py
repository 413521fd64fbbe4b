"""Registration on both databases: the rule's files and no others, in bulk, as often as one likes."""

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prodcli.config.profile import Site
from prodcli.registration import register as service
from prodcli.rules.load import load_rule
from prodcli.runs.selection import parse_runs
from tests.support.catalog import Catalog, File
from tests.support.rule_files import RULES, rule, write_rules
from tests.support.workspace import Answer, Workspace

TAG, STREAMS = "ana537_2025p010_v001", "ana514_nocdbtag_v001"
WHEN = 1_760_000_000  # 2025-10-09 08:53:20 UTC
RUNS = ("--runs", "69600", "69800")


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """The rule file of a workspace with empty catalogs."""
    workspace.load(Catalog())
    return write_rules(workspace.folder / "rules")


def output(workspace: Workspace, run: int, segment: int, dsttype: str = "DST_TRKR_CLUSTER", tag: str = TAG) -> Path:
    """Write an output where a job of the rule would."""
    low = run // 100 * 100
    group = f"run_{low:08d}_{low + 100:08d}"
    folder = workspace.folder / "files/production/run3auau/physics" / tag / dsttype / group
    (folder / "log").mkdir(parents=True, exist_ok=True)
    path = folder / f"{dsttype}_run3auau_{tag}-{run:08d}-{segment:05d}.root"
    path.write_text(f"{run} {segment}")
    os.utime(path, (WHEN, WHEN))
    return path


def register(workspace: Workspace, rules: Path, *words: object, name: str = "cluster") -> Any:
    """Register, and return the counts."""
    return workspace.json("register", "-c", rules, "-r", name, *RUNS, *words)[0]


def new_of_found(workspace: Workspace, rules: Path) -> tuple[int, int]:
    """Register; the others must be known."""
    done = register(workspace, rules)
    assert done["known"] == done["found"] - done["new"]
    return done["new"], done["found"]


def spoken(workspace: Workspace, rules: Path, *words: object, name: str = "cluster") -> Answer:
    """Register, and return all that was said."""
    return workspace.run("register", "-c", rules, "-r", name, *RUNS, *words)


def registered(workspace: Workspace) -> list[str]:
    """The file names in the catalog."""
    return [row[0] for row in workspace.sql("SELECT filename FROM datasets ORDER BY filename", role="filecatalog")]


def test_a_file_gets_a_row_in_both_tables(workspace: Workspace, rules: Path) -> None:
    path = output(workspace, 69650, 7)
    assert register(workspace, rules) == {
        "rule": "cluster", "found": 1, "new": 1, "refreshed": 0, "known": 0, "quarantined": 0, "empty": 0, "left_out": 0, "bytes": 7,
    }  # fmt: skip
    columns = "filename, runnumber, segment, size, dataset, dsttype, events, status, tag"
    rows = workspace.sql(f"SELECT {columns} FROM datasets", role="filecatalog")  # noqa: S608
    assert rows == [(path.name, 69650, 7, 7, "run3auau", "DST_TRKR_CLUSTER", None, 1, TAG)]
    ((lfn, host, place, time, size, md5),) = workspace.sql(
        "SELECT lfn, full_host_name, full_file_path, time, size, md5 FROM files", role="filecatalog"
    )
    assert (lfn, host, place, size) == (path.name, "lustre", str(path), 7)
    assert md5 == hashlib.md5(b"69650 7", usedforsecurity=False).hexdigest()
    assert str(time)[:19].replace("T", " ") == "2025-10-09 08:53:20"


def test_a_second_time_changes_nothing(workspace: Workspace, rules: Path) -> None:
    for segment in range(3):
        output(workspace, 69650, segment)
    assert new_of_found(workspace, rules) == (3, 3)
    before = workspace.sql("SELECT * FROM datasets ORDER BY filename", role="filecatalog")
    output(workspace, 69650, 3)
    assert new_of_found(workspace, rules) == (1, 4)
    assert new_of_found(workspace, rules) == (0, 4)
    assert workspace.sql("SELECT * FROM datasets ORDER BY filename", role="filecatalog")[:3] == before
    assert workspace.sql("SELECT COUNT(*) FROM files", role="filecatalog") == [(4,)]


def test_a_combining_job_leaves_many_segments_of_a_host(workspace: Workspace, rules: Path) -> None:
    for host in ("ebdc00_0", "ebdc00_1", "intt3"):
        for segment in range(4):
            output(workspace, 69650, segment, f"DST_STREAMING_EVENT_{host}", STREAMS)
    output(workspace, 69650, 0, "DST_STREAMING_EVENT_seb00", STREAMS)  # of no host of this rule
    assert register(workspace, rules, name="streaming")["new"] == 12
    rows = workspace.sql("SELECT DISTINCT dsttype FROM datasets ORDER BY dsttype", role="filecatalog")
    assert [row[0] for row in rows] == [f"DST_STREAMING_EVENT_{leaf}" for leaf in ("ebdc00_0", "ebdc00_1", "intt3")]


def test_only_selected_runs_and_their_groups(workspace: Workspace, rules: Path) -> None:
    wanted = [output(workspace, run, 0).name for run in (69600, 69799, 69800)]
    for run in (69599, 69801, 70000):
        output(workspace, run, 0)
    answer = spoken(workspace, rules)
    assert (answer.code, answer.err) == (0, "")  # runs that were not asked for are no strangers
    assert registered(workspace) == wanted
    assert workspace.json("register", "-c", rules, "-r", "cluster", "--runs", "69801,70000")[0]["new"] == 2


def test_strangers_links_and_empty_files_are_left_out(workspace: Workspace, rules: Path) -> None:
    good = output(workspace, 69650, 0)
    folder = good.parent
    empty = output(workspace, 69650, 1)
    empty.write_text("")
    link = folder / good.name.replace("-00000", "-00002")
    link.symlink_to(good)
    part = folder / f"{good.name}.part"
    older = folder / good.name.replace("_v001", "_v000")
    elsewhere = folder / good.name.replace("00069650", "00069750")  # in the directory of another hundred
    for path in (part, older, elsewhere):
        path.write_text("x")
    answer = spoken(workspace, rules)
    assert answer.code == 0
    assert registered(workspace) == [good.name]
    strange, hollow = sorted(answer.err.splitlines(), key=len, reverse=True)
    assert "4 left out, as they do not belong to the rule" in strange
    assert all(str(path) in strange for path in (link, part, older, elsewhere))
    assert hollow == f"prodcli: 1 left out, as they are empty: {empty}"
    assert register(workspace, rules) == {
        "rule": "cluster", "found": 2, "new": 0, "refreshed": 0, "known": 1, "quarantined": 0, "empty": 1, "left_out": 4, "bytes": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "stray", ["00069650-2147483648", "0000069650-00002", "00069650-99999999999", "00069650-000002", "0006965٠-00002"]
)
def test_a_name_that_the_rule_never_makes_stops_nobody(workspace: Workspace, rules: Path, stray: str) -> None:
    good, last = output(workspace, 69650, 0), output(workspace, 69650, 2**31 - 1)
    path = good.parent / good.name.replace("00069650-00000", stray)
    path.write_text("x")
    answer = spoken(workspace, rules)
    assert (answer.code, registered(workspace)) == (0, [good.name, last.name])
    assert answer.err == f"prodcli: 1 left out, as they do not belong to the rule: {path}\n"
    rows = workspace.sql("SELECT runnumber, segment FROM datasets ORDER BY segment", role="filecatalog")
    assert rows == [(69650, 0), (69650, 2**31 - 1)]


def test_a_dry_run_changes_nothing(workspace: Workspace, rules: Path) -> None:
    path = output(workspace, 69650, 0)
    assert register(workspace, rules, "-n")["new"] == 1
    (listed,) = workspace.json("register", "-c", rules, "-r", "cluster", *RUNS, "-n", "-v")
    assert (listed["filename"], listed["path"], listed["size"], listed["md5"]) == (path.name, str(path), 7, None)
    assert registered(workspace) == []
    assert not (workspace.folder / "logs").exists()


def test_a_remade_file_refreshes_its_row(workspace: Workspace, rules: Path) -> None:
    path, other = output(workspace, 69650, 7), output(workspace, 69650, 8)
    register(workspace, rules)
    workspace.sql("UPDATE datasets SET events = 1000, firstevent = 0, lastevent = 999", role="filecatalog")
    path.write_text("made again")
    os.utime(path, (WHEN + 60, WHEN + 60))
    assert register(workspace, rules, "-n")["refreshed"] == 1
    done = register(workspace, rules)
    assert (done["new"], done["refreshed"], done["known"]) == (0, 1, 1)
    rows = workspace.sql("SELECT size, events, lastevent, status FROM datasets ORDER BY filename", role="filecatalog")
    assert rows == [(10, None, None, 1), (7, 1000, 999, 1)]
    files = workspace.sql("SELECT full_file_path, size, md5, time FROM files ORDER BY lfn", role="filecatalog")
    md5 = hashlib.md5(b"made again", usedforsecurity=False).hexdigest()
    assert [(*row[:3], str(row[3])[14:19]) for row in files[:1]] == [(str(path), 10, md5, "54:20")]
    assert files[1][0] == str(other)
    done = register(workspace, rules)
    assert (done["refreshed"], done["known"]) == (0, 2)


def test_a_file_that_only_has_another_time_keeps_its_events(workspace: Workspace, rules: Path) -> None:
    path = output(workspace, 69650, 7)
    register(workspace, rules)
    workspace.sql("UPDATE datasets SET events = 1000, status = 0", role="filecatalog")
    os.utime(path, (WHEN + 60, WHEN + 60))
    assert register(workspace, rules)["refreshed"] == 1
    assert workspace.sql("SELECT events, status FROM datasets", role="filecatalog") == [(1000, 1)]
    os.utime(path, (WHEN + 90, WHEN + 90))
    assert register(workspace, rules, "--no-md5")["refreshed"] == 0  # of the same size


def test_content_of_the_same_size_is_seen_by_its_checksum(workspace: Workspace, rules: Path) -> None:
    path = output(workspace, 69650, 7)
    register(workspace, rules)
    path.write_text("69650 X")
    os.utime(path, (WHEN + 60, WHEN + 60))
    assert register(workspace, rules)["refreshed"] == 1
    md5 = hashlib.md5(b"69650 X", usedforsecurity=False).hexdigest()
    assert workspace.sql("SELECT md5 FROM files", role="filecatalog") == [(md5,)]


def test_the_old_place_of_a_moved_file_goes(workspace: Workspace, rules: Path) -> None:
    path = output(workspace, 69650, 7)
    register(workspace, rules)
    old = str(workspace.folder / "old" / path.name)
    workspace.sql("UPDATE files SET full_file_path = ?", old, role="filecatalog")
    assert register(workspace, rules)["refreshed"] == 1
    assert workspace.sql("SELECT full_file_path FROM files", role="filecatalog") == [(str(path),)]
    workspace.sql("UPDATE files SET full_file_path = '/tape/x', full_host_name = 'hpss'", role="filecatalog")
    assert register(workspace, rules)["known"] == 1
    assert workspace.sql("SELECT full_file_path FROM files", role="filecatalog") == [("/tape/x",)]


@pytest.mark.parametrize("remade", [False, True])
def test_events_are_counted_with_uproot(workspace: Workspace, rules: Path, remade: bool) -> None:
    uproot = pytest.importorskip("uproot")
    path, other = output(workspace, 69650, 7), output(workspace, 69650, 8)
    if remade:
        register(workspace, rules)
    with uproot.recreate(path) as file:
        file["T"] = {"event": list(range(12))}
        file["longer"] = {"hit": list(range(1000))}
    answer = spoken(workspace, rules, "--count-events")
    assert answer.code == 0
    rows = workspace.sql("SELECT events FROM datasets ORDER BY filename", role="filecatalog")
    assert rows == [(12,), (None,)]
    words = f"prodcli: 1 registered without events, as they have no tree T that can be read: {other}\n"
    assert answer.err == ("" if remade else words)


def test_without_uproot_nothing_is_counted(workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uproot", None)
    output(workspace, 69650, 7)
    answer = spoken(workspace, rules, "--count-events")
    assert (answer.code, registered(workspace)) == (1, [])
    assert "pip install 'prodcli[root]'" in answer.err


def test_without_checksums(workspace: Workspace, rules: Path) -> None:
    output(workspace, 69650, 0)
    assert register(workspace, rules, "--no-md5")["new"] == 1
    assert workspace.sql("SELECT md5 FROM files", role="filecatalog") == [(None,)]


def test_a_row_of_the_older_dialect_is_the_same_file(workspace: Workspace) -> None:
    name = f"DST_TRKR_CLUSTER_run3auau_{TAG}-00069650-00000.root"
    workspace.load(Catalog(files=[File(name, 69650, 0, 1, TAG, "DST_TRKR_CLUSTER_run3auau", 1, 0, "old")]))
    output(workspace, 69650, 0)
    done = register(workspace, write_rules(workspace.folder / "rules"))
    assert (done["found"], done["new"], done["known"]) == (1, 0, 1)
    assert registered(workspace) == [name]


def test_in_bulk(workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for segment in range(25):
        output(workspace, 69650, segment)
    chosen, statements = load_rule(rules, "cluster", site(workspace)), []
    database = workspace.database("filecatalog")
    database.trace = lambda name, sql: statements.append(name)
    assert service.register(chosen, parse_runs(["69600-69700"]), database).new == 25
    assert statements == ["produced_files", "register_datasets", "register_files"]
    monkeypatch.setattr(service, "_ROWS", 10)
    for segment in range(25, 50):
        output(workspace, 69650, segment)
    done = service.register(chosen, parse_runs(["69600-69700"]), database)
    database.close()
    assert (done.found, done.new, done.known) == (50, 25, 25)


def test_another_pass_that_is_quicker_makes_no_second_row(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output(workspace, 69650, 0)
    register(workspace, rules)
    monkeypatch.setattr(service, "_known", lambda database, names: set())
    done = register(workspace, rules)
    assert (done["new"], done["known"]) == (0, 1)
    assert workspace.sql("SELECT COUNT(*) FROM files", role="filecatalog") == [(1,)]


@pytest.mark.parametrize("what", ["row", "file"])
def test_what_another_process_changes_while_a_file_is_measured_stays(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    path, checksum = output(workspace, 69650, 7), service._md5
    register(workspace, rules)
    path.write_text("made again")
    os.utime(path, (WHEN + 60, WHEN + 60))
    measured = service._measured

    def overtaken(*given: Any) -> Any:
        found = measured(*given)
        if what == "row":
            workspace.sql("UPDATE files SET md5 = 'newer'", role="filecatalog")
        else:
            path.write_text("the newest content")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(service, "_measured", overtaken)
        assert register(workspace, rules)["refreshed"] == 0
    (kept,) = workspace.sql("SELECT md5 FROM files", role="filecatalog")
    assert kept == ("newer" if what == "row" else hashlib.md5(b"69650 7", usedforsecurity=False).hexdigest(),)
    assert register(workspace, rules)["refreshed"] == 1
    assert workspace.sql("SELECT md5 FROM files", role="filecatalog") == [(checksum(path),)]


def test_a_file_that_is_being_written_waits(workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, checksum = output(workspace, 69650, 0), service._md5

    def slow(content: Path) -> str:
        found = checksum(content)
        with content.open("a") as file:
            file.write("more")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(service, "_md5", slow)
        answer = spoken(workspace, rules)
    assert answer.err == f"prodcli: 1 left out, as they are being written: {path}\n"
    assert registered(workspace) == []
    assert register(workspace, rules)["new"] == 1


def test_a_place_that_cannot_be_read_ends_nothing(workspace: Workspace, rules: Path) -> None:
    good = output(workspace, 69650, 0)
    shut = good.parent.parent / "run_00069700_00069800"
    shut.symlink_to(shut)  # a circle
    answer = spoken(workspace, rules)
    assert answer.code == 6
    assert str(shut) in answer.err
    assert registered(workspace) == [good.name]


def test_directories_by_run(workspace: Workspace) -> None:
    workspace.load(Catalog())
    own = rule("DST_TRKR_CLUSTER", "ana.537", "2025p010", STREAMS)
    own["job"]["filesystem"] = {"outdir": "{root}/{leafdir}/{run}"}
    rules = write_rules(workspace.folder / "rules", {"cluster": own})
    for run in (69650, 69651, 69900):
        path = workspace.folder / f"files/DST_TRKR_CLUSTER/{run}/DST_TRKR_CLUSTER_run3auau_{TAG}-{run:08d}-00000.root"
        path.parent.mkdir(parents=True)
        path.write_text("x")
    assert register(workspace, rules)["new"] == 2


def test_directories_by_segment_cannot_be_listed(workspace: Workspace) -> None:
    workspace.load(Catalog())
    own = rule("DST_TRKR_CLUSTER", "ana.537", "2025p010", STREAMS)
    own["job"]["filesystem"] = {"outdir": "{root}/{leafdir}/{seg}"}
    answer = spoken(workspace, write_rules(workspace.folder / "rules", {"cluster": own}))
    assert answer.code == 3
    assert "job.filesystem.outdir: a directory by {seg}" in answer.err
    assert answer.err.count("\n") == 1


def test_nothing_there_is_no_error(workspace: Workspace, rules: Path) -> None:
    for name in RULES:
        assert register(workspace, rules, name=name)["found"] == 0


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda workspace: workspace.settings["databases"].pop("filecatalog"), 3),
        (lambda workspace: workspace.settings["databases"].update(filecatalog="sqlite:////nowhere/filecatalog.db"), 4),
    ],
)
def test_a_catalog_that_is_not_there_is_one_line(
    workspace: Workspace, rules: Path, spoil: Callable[[Workspace], object], code: int
) -> None:
    output(workspace, 69650, 0)
    spoil(workspace)
    workspace.write()
    answer = spoken(workspace, rules)
    assert (answer.code, answer.err.count("\n")) == (code, 1)


def site(workspace: Workspace) -> Site:
    """The workspace's site."""
    from prodcli.config.settings import load_config

    return load_config(workspace.file, workspace.folder).site


def test_each_kind_of_output_gets_its_own_dsttype(workspace: Workspace) -> None:
    """`DST_Jet` beside `DST_JETCALO`, as its payload names it; what other rules make stays theirs."""
    tag = "ana530_2025p008_v001"
    workspace.load(Catalog())
    rules = write_rules(workspace.folder / "rules")
    path = output(workspace, 69650, 7, "DST_JETCALO", tag)
    for kind in ("DST_Jet", "HIST_JETQA", "CALIB_HOTMAP_x", "DST_CALO", "DST_TRIGGERED_EVENT_seb05"):
        (path.parent / path.name.replace("DST_JETCALO", kind)).write_text(kind)
    for stray in ("DST_Jet_run3auau_ana530_2025p008_v002-00069650-00007.root", "DST_Jet-00069650-00007.root"):
        (path.parent / stray).write_text("x")
    (path.parent / path.name.replace("DST_JETCALO", "DST_Jet").replace("69650", "69701")).write_text("x")
    done = register(workspace, rules, name="jetcalo")
    assert (done["found"], done["new"], done["left_out"]) == (4, 4, 5)
    rows = workspace.sql("SELECT dsttype, runnumber, segment, tag FROM datasets ORDER BY dsttype", role="filecatalog")
    kinds = ["CALIB_HOTMAP_x", "DST_JETCALO", "DST_Jet", "HIST_JETQA"]
    assert sorted(rows) == [(kind, 69650, 7, tag) for kind in kinds]


def test_all_outputs_of_a_job_are_registered(workspace: Workspace, rules: Path) -> None:
    paths = [output(workspace, 69650, segment) for segment in (0, 3, 4, 5, 119)]
    assert register(workspace, rules, name="rollover")["new"] == 5
    rows = workspace.sql("SELECT filename, segment FROM datasets ORDER BY segment", role="filecatalog")
    assert rows == [(path.name, segment) for path, segment in zip(paths, (0, 3, 4, 5, 119), strict=True)]
