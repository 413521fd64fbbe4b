"""The spider on both databases: it takes the rule's staged files of selected runs, in any number, and passes over others."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prodcli.registration import spider as service
from tests.support.catalog import Catalog, Job
from tests.support.hostile_names import hostile_names
from tests.support.rule_files import rule, write_rules
from tests.support.staged_files import DATASET, TAG, WHEN, base, datasets, folder_of, names, places, stage
from tests.support.workspace import ONE_DATABASE, Answer, Workspace

NAME = base()
NONE = {
    "found": 0,
    "new": 0,
    "refreshed": 0,
    "known": 0,
    "quarantined": 0,
    "superseded": 0,
    "left_out": 0,
    "failed": 0,
    "bytes": 0,
}


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """The rule file of a workspace with empty catalogs."""
    workspace.load(Catalog())
    return write_rules(workspace.folder / "rules")


def said(rules: Path, kind: str, *words: object, name: str = "cluster") -> tuple[object, ...]:
    """A command line."""
    return "spider", kind, "-c", rules, "-r", name, "--runs", "69600-69800", *words


def spider(workspace: Workspace, rules: Path, kind: str, *words: object, name: str = "cluster") -> Any:
    """Run a spider, and return its counts that are not zero."""
    (line,) = workspace.json(*said(rules, kind, *words, name=name))
    assert line.pop("rule") == name
    return {key: value for key, value in line.items() if value != NONE[key]}


def answer(workspace: Workspace, rules: Path, *words: object) -> Answer:
    """Run a spider for outputs, and return all that was said."""
    return workspace.run(*said(rules, "dst", *words))


def test_outputs_of_the_rule_and_of_selected_runs_are_taken(workspace: Workspace, rules: Path) -> None:
    wanted = [stage(folder_of(workspace, run), base(run)) for run in (69600, 69700, 69800)]
    beside = stage(folder_of(workspace), base(dsttype="DST_Jet"))  # another output of the same job
    for run in (69599, 69801, 70000):
        stage(folder_of(workspace, run), base(run))
    stage(folder_of(workspace, dsttype="DST_TRKR_SEED"), base(dsttype="DST_TRKR_SEED"))  # another rule's folder
    assert spider(workspace, rules, "dst") == {"found": 4, "new": 4, "bytes": 28}
    assert [row[0] for row in datasets(workspace)] == [base(dsttype="DST_Jet"), base(69600), base(69700), base(69800)]
    assert not any(path.exists() for path in (*wanted, beside))
    assert spider(workspace, rules, "dst") == {}


def test_histograms_and_calibrations_have_a_spider_of_their_own(workspace: Workspace, rules: Path) -> None:
    folder = folder_of(workspace)
    output = stage(folder, NAME)
    for kind in ("HIST_JETQA", "CALIB_HOTMAP", "QA_X"):
        stage(folder / "hist", base(dsttype=kind))
    (folder / "hist" / base(dsttype="CALIB_OLD")).write_text("registered long ago")
    assert spider(workspace, rules, "hist") == {"found": 2, "new": 2, "bytes": 14}
    assert [row[5] for row in datasets(workspace)] == ["CALIB_HOTMAP", "HIST_JETQA"]
    assert output.exists()


def test_a_combining_rule_has_a_folder_for_each_host(workspace: Workspace, rules: Path) -> None:
    tag = "ana514_nocdbtag_v001"
    for leaf in ("ebdc00_0", "intt3", "seb00"):  # the last is no host of the rule
        dsttype = f"DST_STREAMING_EVENT_{leaf}"
        folder = Path(str(folder_of(workspace, dsttype=dsttype)).replace(TAG, tag))
        stage(folder, base(dsttype=dsttype).replace(TAG, tag))
    assert spider(workspace, rules, "dst", name="streaming") == {"found": 2, "new": 2, "bytes": 14}


@pytest.mark.parametrize(
    "outdir", ["{root}/{leafdir}/{run}", "{root}/all/x{seg}y", "{root}/{rungroup}/{run8}_{leafdir}"]
)
@ONE_DATABASE
def test_directories_by_any_field(workspace: Workspace, outdir: str) -> None:
    workspace.load(Catalog())
    own = rule("DST_TRKR_CLUSTER", "ana.537", "2025p010", "ana514_nocdbtag_v001")
    own["job"]["filesystem"] = {"outdir": outdir, "finaldir": outdir}
    rules = write_rules(workspace.folder / "rules", {"cluster": own})
    for run in (69650, 69651, 69900):
        fields = {"root": workspace.folder / "files", "leafdir": "DST_TRKR_CLUSTER", "run": run, "run8": f"{run:08d}"}
        group = f"run_{run // 100 * 100:08d}_{run // 100 * 100 + 100:08d}"
        stage(Path(outdir.format_map(fields | {"seg": 0, "rungroup": group})), base(run))
    assert spider(workspace, rules, "dst") == {"found": 2, "new": 2, "bytes": 14}


@ONE_DATABASE
def test_finaldir_is_looked_through_too(workspace: Workspace) -> None:
    workspace.load(Catalog())
    own = rule("DST_TRKR_CLUSTER", "ana.537", "2025p010", "ana514_nocdbtag_v001")
    own["job"]["filesystem"] = {"finaldir": "{root}/final/{leafdir}"}
    rules = write_rules(workspace.folder / "rules", {"cluster": own})
    stage(folder_of(workspace), NAME)
    stage(workspace.folder / "files/final/DST_TRKR_CLUSTER", base(segment=1))
    assert spider(workspace, rules, "dst") == {"found": 2, "new": 2, "bytes": 14}


def test_a_dry_run_changes_nothing(workspace: Workspace, rules: Path) -> None:
    path = stage(folder_of(workspace), NAME)
    assert spider(workspace, rules, "dst", "-n") == {"found": 1, "new": 1, "bytes": 7}
    (line,) = workspace.json(*said(rules, "dst", "-n", "-v"))
    assert line == {"filename": NAME, "path": str(path.parent / NAME), "state": "new", "reason": ""}
    assert (datasets(workspace), names(path.parent)) == ([], [path.name])
    assert not (workspace.folder / "logs").exists()


def test_bad_names_are_said_in_one_line_and_passed_over(workspace: Workspace, rules: Path) -> None:
    folder = folder_of(workspace)
    good = stage(folder, NAME)
    shown = [name for name in hostile_names(1100) if not name.startswith(".")]
    bad = [folder / f"{name}:{number}:x" for number, name in enumerate(shown[:1000])]
    bad += [folder / f"{NAME}:\x1b[31m\n{number}" for number in range(5)]
    bad += [good.with_name(good.name.replace("dbid:1", f"dbid:{dbid}")) for dbid in (0, -1)]
    bad += [good.with_name(good.name.replace(TAG, "ana000_x_v001"))]
    for path in bad:
        path.write_text("x")
    done = answer(workspace, rules)
    assert done.code == 0
    assert done.err.startswith("prodcli: 1008 staged files are left out: ")
    assert done.err.endswith("and 1003 more\n")
    assert done.err.count("\n") == 1
    assert "\x1b" not in done.err
    assert [row[0] for row in datasets(workspace)] == [NAME]
    assert all(path.exists() for path in bad)
    listed = {line["path"]: line["reason"] for line in workspace.json(*said(rules, "dst", "-v", "-n"))}
    assert listed[str(bad[-1])] == f"is no output of {DATASET} {TAG}"
    assert listed[str(bad[-2])] == "dbid -1 is no row of the books"
    assert len(listed) == 1008


def test_a_file_of_a_job_of_another_tag_is_left_out(workspace: Workspace) -> None:
    jobs = [
        Job("other", "ana999_x_v001", DATASET, "DST_X", "x.root", 69650, 0, "finished"),
        Job("cluster", TAG, DATASET, "DST_TRKR_CLUSTER", NAME, 69650, 0, "finished"),
    ]
    workspace.load(Catalog(jobs=jobs))
    rules = write_rules(workspace.folder / "rules")
    ids = dict(workspace.sql("SELECT tag, id FROM production_jobs"))
    stage(folder_of(workspace), NAME, dbid=ids[TAG])
    stage(folder_of(workspace), base(segment=1), dbid=ids["ana999_x_v001"])
    stage(folder_of(workspace), base(segment=2), dbid=4711)  # its row was erased
    assert spider(workspace, rules, "dst") == {"found": 3, "new": 2, "left_out": 1, "bytes": 14}
    assert [row[2] for row in datasets(workspace)] == [0, 2]


def test_files_that_come_in_other_chunks_are_compared_as_well(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CHUNK", 1)
    folder = folder_of(workspace)
    for second in range(5):
        stage(folder, NAME, f"made {second}".encode(), ctime=1_760_000_000 + second)
    stage(folder, base(segment=1))
    done = spider(workspace, rules, "dst")
    assert (done["found"], done["superseded"], done["new"] + done.get("refreshed", 0) >= 2) == (6, 4, True)
    assert (folder / NAME).read_bytes() == b"made 4"
    assert len([name for name in names(folder) if name.startswith("superseded-")]) == 4
    assert [row[3] for row in datasets(workspace)] == [6, 7]


def test_parts_take_everything_once(workspace: Workspace, rules: Path) -> None:
    for run in range(69600, 69801, 100):
        stage(folder_of(workspace, run), base(run))
    assert sum(spider(workspace, rules, "dst", "--part", f"{k}/3").get("new", 0) for k in (1, 2, 3)) == 3


@ONE_DATABASE
@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "a/b", "1/2/3"])
def test_a_part_that_is_none_is_one_line(workspace: Workspace, rules: Path, part: str) -> None:
    done = answer(workspace, rules, "--part", part)
    assert (done.code, done.err.count("\n")) == (2, 1)


@ONE_DATABASE
def test_a_folder_that_cannot_be_read_ends_nothing(workspace: Workspace, rules: Path) -> None:
    good = stage(folder_of(workspace), NAME)
    shut = good.parent.parent / "run_00069700_00069800"
    shut.symlink_to(shut)  # a circle
    done = answer(workspace, rules)
    assert (done.code, len(datasets(workspace))) == (6, 1)
    assert f"{shut} cannot be read" in done.err


def test_nothing_there_is_no_error(workspace: Workspace, rules: Path) -> None:
    for kind in ("dst", "hist"):
        assert spider(workspace, rules, kind) == {}


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda workspace: workspace.settings["databases"].pop("filecatalog"), 3),
        (lambda workspace: workspace.settings["databases"].update(filecatalog="sqlite:////nowhere/filecatalog.db"), 4),
        (lambda workspace: workspace.settings["databases"].update(production="sqlite:////nowhere/production.db"), 4),
    ],
)
@ONE_DATABASE
def test_a_database_that_is_not_there_is_one_line(
    workspace: Workspace, rules: Path, spoil: Callable[[Workspace], object], code: int
) -> None:
    path = stage(folder_of(workspace), NAME)
    spoil(workspace)
    workspace.write()
    done = answer(workspace, rules)
    assert (done.code, done.err.count("\n"), path.exists()) == (code, 1, True)


def test_times_are_written_in_the_zone_of_the_catalog(workspace: Workspace, rules: Path) -> None:
    workspace.settings["site"] = {"catalog_zone": "America/New_York"}
    workspace.write()
    folder = folder_of(workspace)
    stage(folder, NAME)
    assert spider(workspace, rules, "dst") == {"found": 1, "new": 1, "bytes": 7}
    assert [place[4] for place in places(workspace)] == ["2025-10-09 04:53:20"]
    assert (folder / NAME).stat().st_mtime == WHEN
    done = workspace.json("register", "-c", rules, "-r", "cluster", "--runs", 69650)[0]
    assert (done["found"], done["known"], done["refreshed"]) == (1, 1, 0)
    stage(folder, NAME, b"older", ctime=WHEN - 1)
    assert spider(workspace, rules, "dst") == {"found": 1, "superseded": 1}
    stage(folder, NAME, b"newer content", ctime=WHEN + 1)
    assert spider(workspace, rules, "dst") == {"found": 1, "refreshed": 1, "superseded": 1, "bytes": 13}
    (folder / base(segment=1)).write_bytes(b"plain")
    os.utime(folder / base(segment=1), (WHEN, WHEN))
    assert workspace.json("register", "-c", rules, "-r", "cluster", "--runs", 69650)[0]["new"] == 1
    assert [place[4] for place in places(workspace)] == ["2025-10-09 04:53:21", "2025-10-09 04:53:20"]
