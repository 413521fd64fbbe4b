"""Lists of inputs that come with jobs: every input of a job on disk, none else that the job could take for one."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from prodcli.catalogs import input_lists
from tests.support.catalog import Catalog
from tests.support.held_jobs import failed
from tests.support.library_rules import load
from tests.support.pass_processes import killed
from tests.support.rule_files import write_rules
from tests.support.waiting_jobs import LOCAL, submit_words
from tests.support.workspace import Workspace, seeded_catalog

SITE = {"environment": {"PRODCLI_LISTS": "{lists}"}}
PLACE = (
    "INSERT INTO files (lfn, full_host_name, full_file_path, size, md5)"
    " SELECT filename, ?, '/' || ? || '/' || filename, 17, 'm5' FROM datasets"
)
Line = tuple[str, ...]


@pytest.fixture
def catalog(workspace: Workspace) -> Catalog:
    """A random catalog whose files lie on tape, then on disk."""
    made = seeded_catalog(1)
    workspace.load(made)
    workspace.settings["site"] = SITE
    workspace.write()
    for role in ("raw", "filecatalog"):
        for host in ("hpss", "lustre"):
            workspace.sql(PLACE, host, host, role=role)
    return made


def submitted(workspace: Workspace, rule: str, *words: object) -> list[tuple[int, int, str, str]]:
    """Submit a rule; run, segment, dsttype and claim folder of its jobs."""
    workspace.ok("submit", "-c", write_rules(workspace.folder / "rules"), "-r", rule, *words)
    return workspace.sql(  # type: ignore[return-value]
        "SELECT j.runnumber, j.segment, j.dsttype, c.folder FROM production_jobs j"
        " JOIN production_claims c ON c.id = j.claim_id WHERE j.rulename = ?",
        rule,
    )


def read(folder: str, run: int) -> tuple[str, list[Line]]:
    """The first line of a list, and the others in columns."""
    head, *lines = Path(folder, "lists", f"{run:08d}.tsv").read_text().splitlines()
    return head, [tuple(line.split("\t")) for line in lines]


def on_disk(files: Any, kind: str) -> dict[tuple[int, int], set[Line]]:
    """What a list is to say of the files of a segment."""
    found: dict[tuple[int, int], set[Line]] = defaultdict(set)
    for file in files:
        if (file.status or 0) > 0:
            place = (f"/lustre/{file.filename}", "m5", "17", "lustre")
            found[file.runnumber, file.segment].add((getattr(file, kind), str(file.segment), file.filename, *place))
    return found


@pytest.mark.parametrize("lines", [1, 20_000])  # of one statement: runs one by one, or all at once
@pytest.mark.parametrize(
    ("rule", "tag"),
    [
        ("mvtxme", "ana514_nocdbtag_v001"),
        ("calofitting_min_seb", "ana530_nocdbtag_v001"),
        ("seed", "ana537_2025p010_v001"),
    ],
)
def test_jobs_downstream_find_the_inputs_of_their_segments(
    workspace: Workspace, catalog: Catalog, monkeypatch: pytest.MonkeyPatch, rule: str, tag: str, lines: int
) -> None:
    monkeypatch.setattr(input_lists, "_LINES", lines)
    inputs = load(rule).dsttype.inputs
    jobs = submitted(workspace, rule)
    assert jobs
    wanted = on_disk(
        (file for file in catalog.files if (file.tag, file.dataset) == (tag, "run3auau") and file.dsttype in inputs),
        "dsttype",
    )
    for run, segment, _, folder in jobs:
        head, listed = read(folder, run)
        assert head == f"#prodcli-lists\t1\trun3auau\t{tag}"
        assert {line for line in listed if line[1] == str(segment)} == wanted[run, segment]
        assert len(listed) == len(set(listed))
        assert set(listed) <= {line for (number, _), some in wanted.items() if number == run for line in some}
    lists = {path.name for path in (workspace.folder / "campaigns").rglob("lists/*")}
    assert lists == {f"{run:08d}.tsv" for run, *_ in jobs}


@pytest.mark.parametrize("rule", ["streaming", "streaming_seg0"])
def test_combining_jobs_find_the_raw_files_of_their_host_and_of_the_trigger(
    workspace: Workspace, catalog: Catalog, rule: str
) -> None:
    jobs = submitted(workspace, rule)
    assert jobs
    wanted = on_disk(catalog.raw, "daqhost")
    for run, _, dsttype, folder in jobs:
        head, lines = read(folder, run)
        assert head == "#prodcli-lists\t1\trun3auau\tNone"
        leaf = dsttype.removeprefix("DST_STREAMING_EVENT_")
        host = leaf.replace("_0", "").replace("_1", ":1") if leaf.startswith("ebdc") else leaf
        for name in (host, "gl1daq"):
            segments = {line for line in lines if line[0] == name}
            assert segments == {
                line
                for (number, segment), some in wanted.items()
                for line in some
                if number == run and line[0] == name and (segment == 0 or rule == "streaming")
            }
            assert segments


def test_masked_hosts_are_left_out(workspace: Workspace, catalog: Catalog) -> None:
    jobs = submitted(workspace, "mvtxme", "--mask", "TPC17")
    assert jobs
    for run, _, _, folder in jobs:
        _, lines = read(folder, run)
        assert lines
        assert not [line for line in lines if "ebdc17" in line[0]]


def test_a_file_without_a_place_is_listed_with_empty_columns(workspace: Workspace, catalog: Catalog) -> None:
    workspace.sql("DELETE FROM files", role="filecatalog")
    run, _, _, folder = submitted(workspace, "seed", "--maxjobs", 1)[0]
    assert {line[3:] for line in read(folder, run)[1]} == {("", "", "", "")}


def test_a_name_that_would_break_a_list_is_left_out(workspace: Workspace, catalog: Catalog) -> None:
    workspace.sql("UPDATE files SET full_file_path = ? WHERE lfn LIKE '%ebdc00_0%'", "/a\tb\nc", role="filecatalog")
    for run, _, _, folder in submitted(workspace, "mvtxme"):
        lines = read(folder, run)[1]
        assert {len(line) for line in lines} == {7}
        assert not [line for line in lines if "ebdc00_0" in line[0]]


@pytest.mark.parametrize("site", [{"lists": False, **SITE}, {"environment": {}}])
def test_a_site_whose_workers_need_none_pays_nothing(
    workspace: Workspace, catalog: Catalog, site: dict[str, Any]
) -> None:
    workspace.settings["site"] = site
    workspace.write()
    folder = Path(submitted(workspace, "mvtxme")[0][3])
    assert sorted(path.name for path in folder.iterdir()) == ["items.csv", "job.sub"]
    assert "lists = " not in (folder / "job.sub").read_text()


def test_jobs_get_the_place_of_their_lists(workspace: Workspace, catalog: Catalog) -> None:
    file = write_rules(workspace.folder / "rules")
    (file.parent / "run.sh").write_text('#!/bin/sh\nls "$PRODCLI_LISTS"\n')
    submitted(workspace, "mvtxme")
    workspace.ok("local", "run", "--drain")
    for run, out in workspace.sql("SELECT runnumber, out FROM production_jobs WHERE rulename = 'mvtxme'"):
        assert f"{run:08d}.tsv" in Path(out).read_text().split()


def test_a_pass_killed_after_its_lists_leaves_nothing_that_matters(workspace: Workspace, catalog: Catalog) -> None:
    words = ("submit", "-c", write_rules(workspace.folder / "rules"), "-r", "mvtxme")
    killed(workspace, "submit.rendered", *words)
    ((claim,),) = workspace.sql("SELECT id FROM production_claims")
    for run, _, _, folder in (jobs := submitted(workspace, "mvtxme")):
        assert claim not in folder
        assert read(folder, run)[1]
    assert len(jobs) == len({(run, segment) for run, segment, *_ in jobs})


def test_a_folder_that_takes_no_lists_submits_nothing(workspace: Workspace, catalog: Catalog) -> None:
    (workspace.folder / "campaigns/mvtxme").mkdir(parents=True)
    (workspace.folder / "campaigns/mvtxme/ana537_2025p010_v001").touch()
    answer = workspace.run("submit", "-c", write_rules(workspace.folder / "rules"), "-r", "mvtxme")
    assert (answer.code, "cannot be made" in answer.err) == (1, True)
    assert workspace.sql("SELECT COUNT(*) FROM production_jobs WHERE claim_id IS NOT NULL") == [(0,)]


@pytest.mark.parametrize(("database", "batch"), LOCAL)
def test_jobs_again_find_the_lists_that_they_had(real: Workspace, queue: Any) -> None:
    """Jobs of several claims become one cluster, each with the lists of its own."""
    real.settings["site"] = SITE
    real.write()
    words = submit_words(real)
    real.ok(*words, "--maxjobs", 2)
    real.ok(*words, "--maxjobs", 2)
    before = real.sql("SELECT j.id, c.folder FROM production_jobs j JOIN production_claims c ON c.id = j.claim_id")
    assert len({folder for _, folder in before}) == 2
    failed(real, queue, [dbid for dbid, _ in before])
    real.ok("resubmit", "--clone", "--dsttype", "DST_TRKR_MVTXME", "--yes")
    ads = queue.full_ads("local", queue.in_queue("local"))
    assert {ad["item"]["dbid"]: ad["item"]["lists"] for ad in ads.values()} == {
        str(dbid): f"{folder}/lists" for dbid, folder in before
    }
    assert all("PRODCLI_LISTS='$(lists)'" in ad["commands"]["environment"] for ad in ads.values())
