"""A production of two steps with groups of runs, in files and in the books."""

import re
from pathlib import Path

import pytest

from prodcli.config.settings import load_config
from prodcli.hierarchy.books import declare
from prodcli.hierarchy.declared import declared
from prodcli.productions.lint import ProductionFolder
from tests.support.templates import write_template
from tests.support.workspace import Workspace, seeded_catalog

NAME, TAG = "run3auau_calo_pro001_pcdb001_v001", "pro001_pcdb001_v001"
EVENT, FIT = "pro001_TRIGGERED_EVENT_run3auau", "pro001_CALOFITTING_run3auau"
EARLY, LATE = "66450-66500", [66514, 66527, 66528, 66539]
OF_EVENT = f"{NAME}/{TAG}/{EVENT}"  # addresses of the steps
OF_FIT = f"{NAME}/{TAG}/{FIT}"
_INPUTS = "ana530_nocdbtag_v001"  # the tag of event files in the catalog


def made(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with the production, of which nothing is submitted."""
    workspace.load(seeded_catalog(1))
    return make(workspace, monkeypatch)


def make(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, script: str = "#!/bin/sh\n") -> Workspace:
    """Make the production in a workspace with a catalog; its jobs run the script."""
    monkeypatch.setenv("HOME", str(workspace.folder))
    monkeypatch.chdir(workspace.folder)
    template = write_template(workspace.folder)
    (template / "code" / "run.sh").write_text(script)
    workspace.ok("production", "new", NAME, "--from", template, "--runs", 66400, 66500, "--no-git", "--yes")
    file = steering(workspace)
    file.write_text(re.sub("runlist: .*", f"groups: {{early: {EARLY}, late: {LATE}}}", file.read_text()))
    declare_anew(workspace)
    return workspace


def steering(workspace: Workspace) -> Path:
    """Its steering file."""
    return workspace.folder / NAME / f"dir_{NAME}" / "pilots" / f"autopilot_{TAG}.yaml"


def rules_file(workspace: Workspace) -> Path:
    """Its rule file."""
    return workspace.folder / NAME / f"dir_{NAME}" / "rules" / f"calo_physics_{TAG}.yaml"


def declare_anew(workspace: Workspace) -> None:
    """Write what its files say into the books."""
    site = load_config(workspace.file, workspace.folder).site
    declare(workspace.database(), declared(NAME, ProductionFolder(workspace.folder / NAME, site)), "")


def make_events(workspace: Workspace) -> None:
    """Let the file catalog have the outputs of the first step."""
    workspace.sql(
        "UPDATE datasets SET tag = ? WHERE tag = ? AND dsttype LIKE 'DST_TRIGGERED_EVENT%'",
        *(TAG, _INPUTS),
        role="filecatalog",
    )


def jobs(workspace: Workspace) -> list[tuple[str, int]]:
    """The rule and run of each job, in order of submission."""
    return workspace.sql("SELECT rulename, runnumber FROM production_jobs WHERE tag = ? ORDER BY id", TAG)  # type: ignore[return-value]
