"""What `submit -n -v` and `-vv` list: a row for each run, and each job with its arguments."""

from pathlib import Path

import pytest

from tests.integration.exclusions.test_masks import CATALOG, RUNS
from tests.support.rule_files import RULES, write_rules
from tests.support.workspace import ONE_DATABASE, Workspace

TAG = "ana537_2025p010_v001"


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """The rule file of a workspace with three runs of two segments, of which one is whole."""
    workspace.load(CATALOG)
    return write_rules(workspace.folder / "rules", RULES)


@ONE_DATABASE
def test_a_row_for_each_run_and_its_arguments_only_when_asked_for(workspace: Workspace, rules: Path) -> None:
    words = ("submit", "-c", rules, "-r", "cluster", "--runs", RUNS[0], RUNS[-1], "-n")
    jobs = workspace.json(*words)["jobs"]
    (log,) = {str(Path(job["log"]).parent) for job in jobs}
    shown = workspace.run(*words, "-v", quiet=False).out.splitlines()
    heading = next(
        number
        for number, line in enumerate(shown)
        if line.split() == ["run", "jobs", "segments", "inputs", "first", "file"]
    )
    assert shown[heading + 1].split() == [str(RUNS[0]), "2", "0-1", str(jobs[0]["n_inputs"]), jobs[0]["filename"]]
    assert shown[heading + 2 : heading + 4] == [f"logs: {log}", "-vv: arguments and files"]
    assert not any(jobs[0]["arguments"] in line for line in shown)
    every = workspace.run(*words, "-vv", quiet=False).out
    for job in jobs:
        assert all(job[key] in every for key in ("filename", "arguments", "log", "output", "error"))
