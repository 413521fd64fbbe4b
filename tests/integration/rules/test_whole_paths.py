"""Folders that prodcli.yaml and rules name: relative ones and ~ mean the same, whoever calls from where."""

from collections.abc import Callable
from typing import Any

import pytest

from prodcli.batch.local.batch import SCHEDD, LocalBatch
from prodcli.batch.open import open_batch
from prodcli.config.settings import load_config
from tests.support.rule_files import STREAMING, rule, write_rules
from tests.support.workspace import Workspace, seeded_catalog

SITE = {kind: "files" for kind in ("outdir", "finaldir", "logdir", "histdir", "condor")}
OWN = {"outdir": "dsts/{leafdir}/{rungroup}", "finaldir": "./dsts/{leafdir}/{rungroup}", "logdir": "~/logs/{rungroup}"}
OWN |= {"histdir": "../hists", "condor": "{logdir}/condor"}
Ready = Callable[..., tuple[Any, ...]]


@pytest.fixture
def ready(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Ready:
    """Prepare a workspace with relative roots, and a rule; each command is given from another folder."""

    def made(roots: dict[str, str], **more: Any) -> tuple[Any, ...]:
        home = workspace.folder / "home"
        for name in ("home", "first", "second", "rules"):
            (workspace.folder / name).mkdir(exist_ok=True)
        monkeypatch.setenv("HOME", str(home))
        workspace.load(seeded_catalog(1))
        workspace.sql("DELETE FROM production_jobs")
        workspace.sql("DELETE FROM datasets WHERE filename LIKE 'DST_TRKR_MVTXME%'", role="filecatalog")
        workspace.settings["roots"] = roots
        workspace.write()
        (home / "run.sh").write_text(
            "#!/bin/sh\necho x > $10/$15.root\n".replace("$10", "${10}").replace("$15", "${15}")
        )
        (home / "run.sh").chmod(0o755)
        write_rules(
            workspace.folder / "rules", {"mine": rule("DST_TRKR_MVTXME", "ana.537", "2025p010", STREAMING, **more)}
        )
        return "-c", workspace.folder / "rules/rules.yaml", "-r", "mine", "--runs", 1, 99999

    return made


@pytest.mark.parametrize("own", [False, True], ids=["roots", "rule"])
def test_every_verb_has_the_same_folders(
    workspace: Workspace, ready: Ready, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    more = {"job_filesystem": OWN, "job_log": "log/{logbase}.log", "job_initialdir": "~/work"} if own else {}
    words = ready(dict.fromkeys(SITE, "/nowhere/at/all") if own else SITE, job_script="~/run.sh", **more)
    monkeypatch.chdir(workspace.folder / "first")
    workspace.ok("submit", *words, "--maxjobs", 3)
    files = [path for path in (workspace.folder / "campaigns").rglob("*.sub")]
    batch = open_batch(load_config(workspace.file, workspace.folder))
    assert isinstance(batch, LocalBatch)
    (text,) = [path.read_text() for path in files]
    rules, home = workspace.folder / "rules", workspace.folder / "home"
    initial = f"{home}/work" if own else f"{workspace.folder}/files/"
    assert f"\ninitialdir = {initial}".replace(" ", "") in text.replace(" ", "")
    if own:
        assert f"{rules}/log/" in text and f"{workspace.folder}/hists" in text and f"{home}/logs/" in text
    monkeypatch.chdir(workspace.folder / "second")
    workspace.ok("local", "run", "--drain", "--slots", 2)
    workspace.ok("harvest")
    assert {row[0] for row in workspace.sql("SELECT CAST(status AS text) FROM production_jobs")} == {"finished"}
    where = rules / "dsts" if own else workspace.folder / "files"
    made = sorted(where.rglob("DST_*.root"))
    assert len(made) == 3
    assert list((workspace.folder / "first").rglob("*")) == list((workspace.folder / "second").rglob("*")) == []
    assert workspace.json("register", *words)[0]["new"] == 3
    paths = workspace.sql("SELECT full_file_path FROM files WHERE lfn LIKE 'DST_TRKR_MVTXME%'", role="filecatalog")
    assert sorted(row[0] for row in paths) == [str(path) for path in made]
    monkeypatch.chdir(workspace.folder / "first")
    workspace.ok("submit", "--force", *words, "--yes", "--maxjobs", 1)
    assert sorted(where.rglob("DST_*.root")) == []
    for path in made:
        path.write_text("again")
    batch.remove(SCHEDD, batch.living(SCHEDD), "over")
    workspace.ok("remove", *words, "--yes")
    assert sorted(where.rglob("DST_*.root")) == []


def test_check_and_lint_look_at_them(workspace: Workspace, ready: Ready) -> None:
    words = ready(SITE | {"histdir": "~/hists"}, job_filesystem={"outdir": "~somebody/dsts"})
    answer = workspace.run("rules", "lint", words[1])
    assert answer.code == 3
    assert "job.filesystem.outdir: '~somebody/dsts': ~ is your own home folder only; write the whole path" in answer.out
    checked = {one["what"]: one for one in workspace.json("config", "check")}
    assert f"outdir, finaldir, logdir, condor: {workspace.folder}/files" in str(checked["roots"])
    assert f"histdir: {workspace.folder}/home/hists (not there yet)" in str(checked["roots"])
    workspace.settings["roots"]["outdir"] = "~nobody_at_all/x"
    workspace.write()
    answer = workspace.run("config", "check")
    assert (answer.code, "~nobody_at_all/x" in answer.out + answer.err) == (3, True)
