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
from tests.support.workspace import World, seeded_catalog


@pytest.fixture
def queue(world: World) -> LocalBatch:
    """The queue of a workspace in which 21 jobs are submitted."""
    world.load(seeded_catalog(1))
    world.sql("DELETE FROM production_jobs")
    world.sql("DELETE FROM datasets WHERE filename LIKE 'DST_TRKR_MVTXME%'", role="filecatalog")
    write_rules(world.folder / "rules")
    batch = open_batch(load_config(world.file, world.folder))
    assert isinstance(batch, LocalBatch)
    world.ok("submit", *words(world))
    return batch


def ended(world: World, queue: LocalBatch) -> list[str]:
    """All jobs have ended well; the names of their outputs."""
    queue.remove(SCHEDD, queue.living(SCHEDD), "ended")
    world.ok("harvest")
    return finish(world)


def everything(world: World, queue: LocalBatch) -> list[Any]:
    """All that a dry run might touch."""
    tables = ("production_jobs", "production_attempts", "production_actions", "production_action_outputs")
    books = [world.sql(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608
    return [books, queue.living(SCHEDD), tree(world.folder / "files"), catalogued(world)]


@pytest.mark.parametrize("verb", [("remove",), ("submit", "--force")], ids=["remove", "force"])
def test_a_dry_run_and_no_word_change_nothing(world: World, queue: LocalBatch, verb: tuple[str, ...]) -> None:
    names = ended(world, queue)
    before = everything(world, queue)
    asked = (*verb, *words(world), "--logs", "--histograms")
    shown = world.json(*asked, "--dry-run")
    kinds = {kind["what"]: (kind["count"], kind["bytes"]) for kind in shown["kinds"]}
    count = len(names)
    assert kinds == {
        "outputs on disk": (count, 11 * count),
        "logs on disk": (3 * count, 9 * count),
        "histograms on disk": (count, 9 * count),
        "in the file catalog": (count, 11 * count),
        "in the books": (count, None),
    }
    refused = world.run(*asked)
    assert refused.code == 2
    assert f": {', '.join(sorted(names)[:3])}{f' and {count - 3} more' if count > 3 else ''}?: nobody" in refused.err
    assert everything(world, queue) == before
    assert world.run(*verb, "-c", world.folder / "rules/rules.yaml", "-r", "mvtxme", "--yes").code == 2


def test_remove_erases_all_of_it_and_keeps_what_was(world: World, queue: LocalBatch) -> None:
    names = ended(world, queue)
    last = max(row[0] for row in rows(world).values())
    answer = world.json("remove", *words(world), "--yes", "--reason", "wrong geometry")
    assert answer["action"]["outputs"] == len(names)
    assert rows(world) == {}
    assert not catalogued(world)
    assert [name for name in names if place(world, name).exists()] == []
    assert place(world, names[0].replace(".root", ".out"), "log").exists()  # only --logs takes them
    kept = world.sql("SELECT filename, CAST(status AS text) FROM production_attempts ORDER BY filename")
    assert kept == [(name, "finished") for name in names]
    (line,) = world.json("log", "--verb", "remove")
    assert (line["jobs"], line["state"], line["reason"]) == (len(names), "done", "wrong geometry")
    assert line["result"] == f"{len(names)} of {len(names)} outputs changed"
    (listing,) = (world.folder / "campaigns").rglob("erased-*.txt")
    assert len(listing.read_text().splitlines()) == len(names)
    assert "there is nothing of these runs" in world.run("remove", *words(world), "--yes", quiet=False).out
    # a row that goes never gives its number to another: its attempts would be that one's
    world.ok("submit", *words(world))
    assert min(row[0] for row in rows(world).values()) > last
    world.ok("db", "check")


def test_force_makes_the_same_rows_anew(world: World, queue: LocalBatch) -> None:
    names = ended(world, queue)
    before = rows(world)
    answer = world.json("submit", "--force", *words(world), "--yes", "--logs", "--histograms")
    assert sum(one["jobs"] for one in answer["submitted"]) == len(names)
    assert rows(world) == {name: (row[0], "submitted", "", 2) for name, row in before.items()}
    assert not catalogued(world)
    assert [path for path in (world.folder / "files").rglob("*") if path.is_file()] == []
    assert len(queue.living(SCHEDD)) == len(names)
    (line,) = world.json("log", "--verb", "submit --force")
    assert line["result"] == f"{len(names)} of {len(names)} outputs changed"
    olds = world.sql("SELECT DISTINCT CAST(status AS text) FROM production_attempts WHERE attempt = 1")
    assert olds == [("finished",)]


def test_live_jobs_go_first(world: World, queue: LocalBatch) -> None:
    assert len(queue.living(SCHEDD)) == 21
    shown = world.json("submit", "--force", *words(world), "--dry-run")
    assert shown["kinds"][0]["what"] == "jobs in queues"
    assert shown["kinds"][0]["count"] == 21
    write(world, next(iter(rows(world))))
    world.ok("submit", "--force", *words(world), "--yes")
    assert {(row[1], row[3]) for row in rows(world).values()} == {("submitted", 2)}
    assert len(queue.living(SCHEDD)) == 21
    old = world.sql("SELECT DISTINCT CAST(status AS text), substatus FROM production_attempts WHERE attempt = 1")
    assert old == [("failed", "removed")]
    assert not place(world, next(iter(rows(world)))).exists()


def test_a_silent_schedd_and_jobs_that_stay_delete_nothing(
    world: World, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(world, next(iter(rows(world))))
    before = everything(world, queue)[1:]
    monkeypatch.setattr(LocalBatch, "remove", lambda *_: None)
    answer = world.run("remove", *words(world), "--yes", "--wait", 0)
    assert (answer.code, "21 removed jobs are still in a queue" in answer.err) == (6, True)
    assert everything(world, queue)[1:] == before
    (line,) = world.json("log", "--verb", "remove")
    assert (line["state"], "still in a queue" in line["result"]) == ("done", True)

    def living(*_: object) -> Any:
        raise BatchError("it does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(LocalBatch, "living", living)
        answer = world.run("remove", *words(world), "--yes")
    assert (answer.code, "it does not answer" in answer.err) == (5, True)
    assert everything(world, queue)[1:] == before
    assert len(world.json("log", "--verb", "remove")) == 1


def test_outputs_of_older_tools(world: World, queue: LocalBatch) -> None:
    """A catalog row without a row of the books, and rows of the books that call their columns otherwise."""
    names = ended(world, queue)
    world.sql("DELETE FROM production_attempts")
    world.sql("DELETE FROM production_jobs WHERE filename = ?", names[0])
    world.sql(
        "UPDATE production_jobs SET dataset = tag, tag = '', dsttype = dsttype || '_run3auau', schedd = NULL, claim_id = NULL"
    )
    world.sql("UPDATE datasets SET dataset = tag WHERE filename = ?", names[1], role="filecatalog")
    world.ok("submit", "--force", *words(world), "--yes")
    assert {name: (row[1], row[3]) for name, row in rows(world).items()} == {
        name: ("submitted", 1 if name == names[0] else 2) for name in names
    }
    assert not catalogued(world)
    kept = world.sql("SELECT COUNT(*) FROM production_attempts WHERE attempt = 1 AND status = 'finished'")
    assert kept == [(len(names) - 1,)]


def test_runs_and_segments_choose(world: World, queue: LocalBatch) -> None:
    names = ended(world, queue)
    segment = int(names[0].removesuffix(".root").rpartition("-")[2])
    world.ok("remove", *words(world), "--segments", segment, "--yes")
    assert set(rows(world)) == {name for name in names if not name.endswith(f"-{segment:05d}.root")}


def test_names_that_the_rule_never_makes_stay(world: World, queue: LocalBatch) -> None:
    name = ended(world, queue)[0]
    stem, run, segment = name.removesuffix(".root").rsplit("-", 2)
    ends = (f"00{run}-{segment}", f"{run}-0{segment}", f"{run}-99999999999", f"{run}-2147483648")
    strays = [write(world, f"{stem}-{end}.root") for end in ends[1:]]
    strays.append(place(world, name).with_name(f"{stem}-{ends[0]}.root"))
    strays[-1].write_text("another's")
    around = [path for path in strays[0].parent.rglob("*") if path.name.startswith(tuple(one.stem for one in strays))]
    assert len(around) == 3 * 4 + 1
    for verb in (("remove", "--segments", int(segment)), ("submit", "--force"), ("remove",)):
        world.ok(*verb[:1], *words(world), *verb[1:], "--logs", "--histograms", "--yes")
        assert [path for path in around if not path.exists()] == []


def test_keep_files_keeps_them(world: World, queue: LocalBatch) -> None:
    names = ended(world, queue)
    world.ok("remove", *words(world), "--keep-files", "--yes")
    assert all(place(world, name).exists() for name in names)
    assert (rows(world), bool(catalogued(world))) == ({}, False)


def test_links_and_files_elsewhere_stay(world: World, queue: LocalBatch) -> None:
    names = ended(world, queue)
    outside = world.folder / "outside"
    outside.mkdir()
    precious = outside / names[0]
    precious.write_text("precious")
    place(world, names[0]).unlink()
    place(world, names[0]).symlink_to(precious)
    world.sql(
        "UPDATE files SET full_file_path = ? WHERE lfn = ?", str(outside / names[1]), names[1], role="filecatalog"
    )
    (outside / names[1]).write_text("precious")
    up = f"{place(world, names[2]).parent}/../../../../../../../outside/{names[2]}"
    world.sql("UPDATE files SET full_file_path = ? WHERE lfn = ?", up, names[2], role="filecatalog")
    (outside / names[2]).write_text("precious")
    answer = world.run("remove", *words(world), "--yes", quiet=False)
    assert "2 files are left alone, outside of the rule's output roots" in answer.out
    assert sorted(path.name for path in outside.iterdir()) == sorted(names[:3])
    assert place(world, names[0]).is_symlink()


def test_what_was_made_from_them_is_listed_and_can_go_too(world: World, queue: LocalBatch) -> None:
    """Outputs that say that these were their inputs, and one of another run."""
    names = ended(world, queue)
    seed = names[0].replace("DST_TRKR_MVTXME", "DST_TRKR_CLUSTER")
    run, number = (int(part) for part in names[0].removesuffix(".root").rsplit("-", 2)[1:])
    streaming = (
        names[0].replace("DST_TRKR_MVTXME", "DST_STREAMING_EVENT_intt0").replace("ana537_2025p010", "ana514_nocdbtag")
    )
    insert = (
        "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, schedd,"
        " clusterid, procid, intriplet) VALUES ('r', ?, 'run3auau', ?, ?, ?, ?, 'finished', 'local', 77, ?, ?)"
    )
    world.sql(insert, "ana514_nocdbtag_v001", "DST_STREAMING_EVENT_intt0", streaming, run, 0, 1, "N/A")
    world.sql(insert, "ana537_2025p010_v001", "DST_TRKR_CLUSTER", seed, run, number, 2, "ana514_nocdbtag_v001")
    third = [seed.replace("CLUSTER", "SEED"), seed.replace("CLUSTER", "SEED").replace("v001", "v002")]
    world.sql(insert, "ana537_2025p010_v001", "DST_TRKR_SEED", third[0], run, number, 3, "ana537_2025p010_v001")
    world.sql(insert, "ana537_2025p010_v002", "DST_TRKR_SEED", third[1], run, number, 4, "ana514_nocdbtag_v001")
    rule = ("-c", world.folder / "rules/rules.yaml", "-r", "streaming", "--runs", run)
    shown = world.json("remove", *rule, "--dry-run")
    kinds = {kind["what"]: kind["count"] for kind in shown["kinds"]}
    of_run = [name for name in names if f"-{run:08d}-" in name]
    assert kinds["made from these, and stay"] == len(of_run) + 2
    world.ok("remove", *rule, "--downstream", "--yes")
    assert set(rows(world)) == set(names) - set(of_run)
    left = world.sql("SELECT COUNT(*) FROM production_jobs WHERE filename IN (?, ?)", seed, streaming)
    assert left == [(0,)]
    # a seed of another chain is none of theirs, although it names a tag of this one
    assert world.sql("SELECT filename FROM production_jobs WHERE dsttype = 'DST_TRKR_SEED'") == [(third[1],)]
    assert not [name for name in of_run if place(world, name).exists()]


def test_a_file_that_cannot_be_deleted_stops_before_the_catalog(
    world: World, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ended(world, queue)

    def refuse(root: str, path: str) -> bool:
        if path.endswith(names[3]):
            raise PermissionError(13, "Permission denied")
        return delete(root, path)

    with monkeypatch.context() as patch:
        patch.setattr("prodcli.outputs.erase.delete", refuse)
        answer = world.run("remove", *words(world), "--yes")
    assert (answer.code, "1 of 21 files cannot be deleted" in answer.err) == (6, True)
    assert (len(rows(world)), len(catalogued(world))) == (21, 21)
    world.ok("remove", *words(world), "--yes")
    assert (len(rows(world)), len(catalogued(world)), place(world, names[3]).exists()) == (0, 0, False)


def test_a_folder_that_cannot_be_read_is_told(world: World, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    ended(world, queue)
    before = everything(world, queue)

    def refuse(root: str, folder: str) -> dict[str, int]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("prodcli.outputs.inventory.sizes", refuse)
    answer = world.run("remove", *words(world), "--yes")
    assert (answer.code, "cannot be read: Permission denied (nothing is deleted)" in answer.err) == (1, True)
    assert everything(world, queue) == before


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
