"""`remove` and `submit --force`: outputs are erased whole, or nothing of them is touched."""

from pathlib import Path
from typing import Any

import pytest

from prodcli.batch.local.batch import SCHEDD, LocalBatch
from prodcli.batch.open import open_batch
from prodcli.config.settings import load_config
from prodcli.errors import BatchError
from prodcli.outputs.safe_files import delete, inside, sizes
from tests.support.finished_outputs import catalogued, finish, place, rows, words, write
from tests.support.rule_files import write_rules
from tests.support.snapshots import tree
from tests.support.workspace import Workspace, seeded_catalog


@pytest.fixture
def queue(workspace: Workspace) -> LocalBatch:
    """The queue of a workspace in which 21 jobs are submitted."""
    workspace.load(seeded_catalog(1))
    workspace.sql("DELETE FROM production_jobs")
    workspace.sql("DELETE FROM datasets WHERE filename LIKE 'DST_TRKR_MVTXME%'", role="filecatalog")
    write_rules(workspace.folder / "rules")
    batch = open_batch(load_config(workspace.file, workspace.folder))
    assert isinstance(batch, LocalBatch)
    workspace.ok("submit", *words(workspace))
    return batch


def ended(workspace: Workspace, queue: LocalBatch) -> list[str]:
    """All jobs have ended well; the names of their outputs."""
    queue.remove(SCHEDD, queue.living(SCHEDD), "ended")
    workspace.ok("harvest")
    return finish(workspace)


def everything(workspace: Workspace, queue: LocalBatch) -> list[Any]:
    """All that a dry run might touch."""
    tables = ("production_jobs", "production_attempts", "production_actions", "production_action_outputs")
    books = [workspace.sql(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608
    return [books, queue.living(SCHEDD), tree(workspace.folder / "files"), catalogued(workspace)]


@pytest.mark.parametrize("verb", [("remove",), ("submit", "--force")], ids=["remove", "force"])
def test_a_dry_run_and_no_word_change_nothing(workspace: Workspace, queue: LocalBatch, verb: tuple[str, ...]) -> None:
    names = ended(workspace, queue)
    before = everything(workspace, queue)
    asked = (*verb, *words(workspace), "--logs", "--histograms")
    shown = workspace.json(*asked, "--dry-run")
    kinds = {kind["what"]: (kind["count"], kind["bytes"]) for kind in shown["kinds"]}
    count = len(names)
    assert kinds == {
        "outputs on disk": (count, 11 * count),
        "logs on disk": (3 * count, 9 * count),
        "histograms on disk": (count, 9 * count),
        "in the file catalog": (count, 11 * count),
        "in the books": (count, None),
    }
    refused = workspace.run(*asked)
    assert refused.code == 2
    assert (
        f": {', '.join(sorted(names)[:3])}{f' and {count - 3} more' if count > 3 else ''}: needs a terminal"
        in refused.err
    )
    assert everything(workspace, queue) == before
    assert workspace.run(*verb, "-c", workspace.folder / "rules/rules.yaml", "-r", "mvtxme", "--yes").code == 2


def test_remove_erases_all_of_it_and_keeps_what_was(workspace: Workspace, queue: LocalBatch) -> None:
    names = ended(workspace, queue)
    last = max(row[0] for row in rows(workspace).values())
    answer = workspace.json("remove", *words(workspace), "--yes", "--reason", "wrong geometry")
    assert answer["action"]["outputs"] == len(names)
    assert rows(workspace) == {}
    assert not catalogued(workspace)
    assert [name for name in names if place(workspace, name).exists()] == []
    assert place(workspace, names[0].replace(".root", ".out"), "log").exists()  # only --logs takes them
    kept = workspace.sql("SELECT filename, CAST(status AS text) FROM production_attempts ORDER BY filename")
    assert kept == [(name, "finished") for name in names]
    (line,) = workspace.json("log", "--verb", "remove")
    assert (line["jobs"], line["state"], line["reason"]) == (len(names), "done", "wrong geometry")
    assert line["result"] == f"{len(names)} of {len(names)} outputs changed"
    (listing,) = (workspace.folder / "campaigns").rglob("erased-*.txt")
    assert len(listing.read_text().splitlines()) == len(names)
    assert "no outputs of these runs" in workspace.run("remove", *words(workspace), "--yes", quiet=False).out
    # a row that goes never gives its number to another: its attempts would be that one's
    workspace.ok("submit", *words(workspace))
    assert min(row[0] for row in rows(workspace).values()) > last
    workspace.ok("db", "check")


def test_force_makes_the_same_rows_anew(workspace: Workspace, queue: LocalBatch) -> None:
    names = ended(workspace, queue)
    before = rows(workspace)
    answer = workspace.json("submit", "--force", *words(workspace), "--yes", "--logs", "--histograms")
    assert sum(one["jobs"] for one in answer["submitted"]) == len(names)
    assert rows(workspace) == {name: (row[0], "submitted", "", 2) for name, row in before.items()}
    assert not catalogued(workspace)
    assert [path for path in (workspace.folder / "files").rglob("*") if path.is_file()] == []
    assert len(queue.living(SCHEDD)) == len(names)
    (line,) = workspace.json("log", "--verb", "submit --force")
    assert line["result"] == f"{len(names)} of {len(names)} outputs changed"
    olds = workspace.sql("SELECT DISTINCT CAST(status AS text) FROM production_attempts WHERE attempt = 1")
    assert olds == [("finished",)]


def test_live_jobs_go_first(workspace: Workspace, queue: LocalBatch) -> None:
    assert len(queue.living(SCHEDD)) == 21
    shown = workspace.json("submit", "--force", *words(workspace), "--dry-run")
    assert shown["kinds"][0]["what"] == "jobs in queues"
    assert shown["kinds"][0]["count"] == 21
    write(workspace, next(iter(rows(workspace))))
    workspace.ok("submit", "--force", *words(workspace), "--yes")
    assert {(row[1], row[3]) for row in rows(workspace).values()} == {("submitted", 2)}
    assert len(queue.living(SCHEDD)) == 21
    old = workspace.sql("SELECT DISTINCT CAST(status AS text), substatus FROM production_attempts WHERE attempt = 1")
    assert old == [("failed", "removed")]
    assert not place(workspace, next(iter(rows(workspace)))).exists()


def test_a_silent_schedd_and_jobs_that_stay_delete_nothing(
    workspace: Workspace, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(workspace, next(iter(rows(workspace))))
    before = everything(workspace, queue)[1:]
    monkeypatch.setattr(LocalBatch, "remove", lambda *_: None)
    answer = workspace.run("remove", *words(workspace), "--yes", "--wait", 0)
    assert (answer.code, "21 removed jobs are still in a queue" in answer.err) == (6, True)
    assert everything(workspace, queue)[1:] == before
    (line,) = workspace.json("log", "--verb", "remove")
    assert (line["state"], "still in a queue" in line["result"]) == ("done", True)

    def living(*_: object) -> Any:
        raise BatchError("it does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(LocalBatch, "living", living)
        answer = workspace.run("remove", *words(workspace), "--yes")
    assert (answer.code, "it does not answer" in answer.err) == (5, True)
    assert everything(workspace, queue)[1:] == before
    assert len(workspace.json("log", "--verb", "remove")) == 1


def test_outputs_of_older_tools(workspace: Workspace, queue: LocalBatch) -> None:
    """A catalog row without a row of the books, and rows of the books that call their columns otherwise."""
    names = ended(workspace, queue)
    workspace.sql("DELETE FROM production_attempts")
    workspace.sql("DELETE FROM production_jobs WHERE filename = ?", names[0])
    workspace.sql(
        "UPDATE production_jobs SET dataset = tag, tag = '', dsttype = dsttype || '_run3auau', schedd = NULL, claim_id = NULL"
    )
    workspace.sql("UPDATE datasets SET dataset = tag WHERE filename = ?", names[1], role="filecatalog")
    workspace.ok("submit", "--force", *words(workspace), "--yes")
    assert {name: (row[1], row[3]) for name, row in rows(workspace).items()} == {
        name: ("submitted", 1 if name == names[0] else 2) for name in names
    }
    assert not catalogued(workspace)
    kept = workspace.sql("SELECT COUNT(*) FROM production_attempts WHERE attempt = 1 AND status = 'finished'")
    assert kept == [(len(names) - 1,)]


def test_runs_and_segments_choose(workspace: Workspace, queue: LocalBatch) -> None:
    names = ended(workspace, queue)
    segment = int(names[0].removesuffix(".root").rpartition("-")[2])
    workspace.ok("remove", *words(workspace), "--segments", segment, "--yes")
    assert set(rows(workspace)) == {name for name in names if not name.endswith(f"-{segment:05d}.root")}


def test_names_that_the_rule_never_makes_stay(workspace: Workspace, queue: LocalBatch) -> None:
    name = ended(workspace, queue)[0]
    stem, run, segment = name.removesuffix(".root").rsplit("-", 2)
    ends = (f"00{run}-{segment}", f"{run}-0{segment}", f"{run}-99999999999", f"{run}-2147483648")
    strays = [write(workspace, f"{stem}-{end}.root") for end in ends[1:]]
    strays.append(place(workspace, name).with_name(f"{stem}-{ends[0]}.root"))
    strays[-1].write_text("another's")
    around = [path for path in strays[0].parent.rglob("*") if path.name.startswith(tuple(one.stem for one in strays))]
    assert len(around) == 3 * 4 + 1
    for verb in (("remove", "--segments", int(segment)), ("submit", "--force"), ("remove",)):
        workspace.ok(*verb[:1], *words(workspace), *verb[1:], "--logs", "--histograms", "--yes")
        assert [path for path in around if not path.exists()] == []


def test_keep_files_keeps_them(workspace: Workspace, queue: LocalBatch) -> None:
    names = ended(workspace, queue)
    workspace.ok("remove", *words(workspace), "--keep-files", "--yes")
    assert all(place(workspace, name).exists() for name in names)
    assert (rows(workspace), bool(catalogued(workspace))) == ({}, False)


def test_links_and_files_elsewhere_stay(workspace: Workspace, queue: LocalBatch) -> None:
    names = ended(workspace, queue)
    outside = workspace.folder / "outside"
    outside.mkdir()
    precious = outside / names[0]
    precious.write_text("precious")
    place(workspace, names[0]).unlink()
    place(workspace, names[0]).symlink_to(precious)
    workspace.sql(
        "UPDATE files SET full_file_path = ? WHERE lfn = ?", str(outside / names[1]), names[1], role="filecatalog"
    )
    (outside / names[1]).write_text("precious")
    up = f"{place(workspace, names[2]).parent}/../../../../../../../outside/{names[2]}"
    workspace.sql("UPDATE files SET full_file_path = ? WHERE lfn = ?", up, names[2], role="filecatalog")
    (outside / names[2]).write_text("precious")
    answer = workspace.run("remove", *words(workspace), "--yes", quiet=False)
    assert "2 files left out: outside of the rule's output roots" in answer.out
    assert sorted(path.name for path in outside.iterdir()) == sorted(names[:3])
    assert place(workspace, names[0]).is_symlink()


def test_what_was_made_from_them_is_listed_and_can_go_too(workspace: Workspace, queue: LocalBatch) -> None:
    """Outputs that say that these were their inputs, and one of another run."""
    names = ended(workspace, queue)
    seed = names[0].replace("DST_TRKR_MVTXME", "DST_TRKR_CLUSTER")
    run, number = (int(part) for part in names[0].removesuffix(".root").rsplit("-", 2)[1:])
    streaming = (
        names[0].replace("DST_TRKR_MVTXME", "DST_STREAMING_EVENT_intt0").replace("ana537_2025p010", "ana514_nocdbtag")
    )
    insert = (
        "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, schedd,"
        " clusterid, procid, intriplet) VALUES ('r', ?, 'run3auau', ?, ?, ?, ?, 'finished', 'local', 77, ?, ?)"
    )
    workspace.sql(insert, "ana514_nocdbtag_v001", "DST_STREAMING_EVENT_intt0", streaming, run, 0, 1, "N/A")
    workspace.sql(insert, "ana537_2025p010_v001", "DST_TRKR_CLUSTER", seed, run, number, 2, "ana514_nocdbtag_v001")
    third = [seed.replace("CLUSTER", "SEED"), seed.replace("CLUSTER", "SEED").replace("v001", "v002")]
    workspace.sql(insert, "ana537_2025p010_v001", "DST_TRKR_SEED", third[0], run, number, 3, "ana537_2025p010_v001")
    workspace.sql(insert, "ana537_2025p010_v002", "DST_TRKR_SEED", third[1], run, number, 4, "ana514_nocdbtag_v001")
    rule = ("-c", workspace.folder / "rules/rules.yaml", "-r", "streaming", "--runs", run)
    shown = workspace.json("remove", *rule, "--dry-run")
    kinds = {kind["what"]: kind["count"] for kind in shown["kinds"]}
    of_run = [name for name in names if f"-{run:08d}-" in name]
    assert kinds["made from these, and stay"] == len(of_run) + 2
    workspace.ok("remove", *rule, "--downstream", "--yes")
    assert set(rows(workspace)) == set(names) - set(of_run)
    left = workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE filename IN (?, ?)", seed, streaming)
    assert left == [(0,)]
    # a seed of another chain is none of theirs, although it names a tag of this one
    assert workspace.sql("SELECT filename FROM production_jobs WHERE dsttype = 'DST_TRKR_SEED'") == [(third[1],)]
    assert not [name for name in of_run if place(workspace, name).exists()]


def test_a_file_that_cannot_be_deleted_stops_before_the_catalog(
    workspace: Workspace, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ended(workspace, queue)

    def refuse(root: str, path: str) -> bool:
        if path.endswith(names[3]):
            raise PermissionError(13, "Permission denied")
        return delete(root, path)

    with monkeypatch.context() as patch:
        patch.setattr("prodcli.outputs.erase.delete", refuse)
        answer = workspace.run("remove", *words(workspace), "--yes")
    assert (answer.code, "1 of 21 files cannot be deleted" in answer.err) == (6, True)
    assert (len(rows(workspace)), len(catalogued(workspace))) == (21, 21)
    workspace.ok("remove", *words(workspace), "--yes")
    assert (len(rows(workspace)), len(catalogued(workspace)), place(workspace, names[3]).exists()) == (0, 0, False)


def test_a_folder_that_cannot_be_read_is_told(
    workspace: Workspace, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(workspace, queue)
    before = everything(workspace, queue)

    def refuse(root: str, folder: str) -> dict[str, int]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("prodcli.outputs.inventory.sizes", refuse)
    answer = workspace.run("remove", *words(workspace), "--yes")
    assert (answer.code, "cannot be read: Permission denied (nothing is deleted)" in answer.err) == (1, True)
    assert everything(workspace, queue) == before


def test_a_link_on_the_way_is_no_way(tmp_path: Path) -> None:
    root, real = tmp_path / "root", tmp_path / "real"
    (root / "a").mkdir(parents=True)
    (real / "b").mkdir(parents=True)
    (real / "b/f").write_text("x")
    (root / "a/link").symlink_to(real)
    (root / "a/f").write_text("xyz")
    assert sizes(str(root), f"{root}/a") == {"f": 3}
    assert sizes(str(root), f"{root}/a/link/b") == {}
    assert not delete(str(root), f"{root}/a/link/b/f")
    assert not delete(str(root), f"{root}/a/link")
    assert not delete(str(root), f"{root}/../real/b/f")
    assert delete(str(root), f"{root}/a/f")
    assert not delete(str(root), f"{root}/a/f")
    assert ((real / "b/f").exists(), inside("/", "/x"), inside("/a", "/ab")) == (True, False, False)
