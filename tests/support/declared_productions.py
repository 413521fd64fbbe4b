"""A production of two steps in a workspace, whose steering file says groups of runs."""

import re
from pathlib import Path

from tests.support.templates import write_template
from tests.support.workspace import Workspace, seeded_catalog

NAME = "run3auau_calo_pro001_pcdb001_v001"
TAG = "pro001_pcdb001_v001"
EVENT, FIT = "pro001_TRIGGERED_EVENT_run3auau", "pro001_CALOFITTING_run3auau"
GROUPS = "groups: {early: 66400-66405, late: [66407, 66409, 66410]}"


def start_production(workspace: Workspace) -> None:
    """Start the production from a template, with the runs 66400 to 66600."""
    workspace.load(seeded_catalog(1))
    template = write_template(workspace.folder)
    workspace.ok("production", "new", NAME, "--from", template, "--runs", 66400, 66600, "--no-git", "--yes")


def pilot(workspace: Workspace) -> Path:
    """The steering file of the production."""
    return workspace.folder / NAME / f"dir_{NAME}" / "pilots" / f"autopilot_{TAG}.yaml"


def say_groups(workspace: Workspace, groups: str = GROUPS) -> None:
    """Give the rules of the steering file groups in the place of their run list."""
    file = pilot(workspace)
    file.write_text(re.sub("(runlist|groups): .*", groups, file.read_text()))
