"""`prodcli rules new`: a rule that lint accepts and that is planned, for each dsttype of the profile."""

import os
from pathlib import Path

import pytest

from prodcli.config.profile import Match
from prodcli.config.settings import built_in_site
from tests.support.rule_files import STREAMING
from tests.support.workspace import ONE_DATABASE, Workspace, seeded_catalog

pytestmark = ONE_DATABASE
SITE = built_in_site()
# What can be made of the raw files and of the inputs of one tag.
OF_THE_CATALOG = {"DST_STREAMING_EVENT", "DST_TRIGGERED_EVENT", "DST_TRKR_CLUSTER", "DST_TRKR_MVTXME"}
TAGS = ("--period", "run3auau", "--build", "ana.541", "--dbtag", "2025p014")


def new(workspace: Workspace, *words: object) -> str:
    """Make a rule; what is said of it."""
    return workspace.run("rules", "new", *words, "-c", workspace.folder / "rules.yaml", quiet=False).out


def planned(workspace: Workspace, rule: str) -> int:
    """How many jobs a pass of a rule would submit."""
    file = workspace.folder / "rules.yaml"
    return len(workspace.json("submit", "-c", file, "-r", rule, "--runs", 66400, 66700, "-n")["jobs"])


@pytest.mark.parametrize("dsttype", SITE.dsttypes)
def test_lint_accepts_it_and_submit_plans_it(workspace: Workspace, dsttype: str) -> None:
    workspace.load(seeded_catalog(1))
    inputs = () if SITE.dsttypes[dsttype].match is Match.COMBINING else ("--inputs", STREAMING)
    said = new(workspace, dsttype, *TAGS, *inputs)
    name, short = dsttype.replace("DST", "Full", 1), dsttype.removeprefix("DST_").lower()
    script = workspace.folder / f"run_{short}.sh"
    assert said.splitlines() == [
        f"{workspace.folder}/rules.yaml: rule {name}, for tag ana541_2025p014_v001",
        f"{script}: its script, which says where your macro goes",
        f"Next: prodcli submit -c {workspace.folder}/rules.yaml -r {name} --dry-run",
    ]
    assert os.access(script, os.X_OK)
    assert workspace.json("rules", "lint", workspace.folder / "rules.yaml", "--deep") == []
    assert (planned(workspace, name) > 0) == (dsttype in OF_THE_CATALOG)


def test_jobs_without_inputs(workspace: Workspace) -> None:
    workspace.settings["site"] = {"dsttypes": {"DST_SIM": {"match": "generate"}}}
    workspace.load(seeded_catalog(1))
    assert "for tag ana541_nocdbtag_v001" in new(workspace, "DST_SIM", "--period", "mdc3", "--build", "ana.541")
    assert len(workspace.json("submit", "-c", workspace.folder / "rules.yaml", "-n")["jobs"]) == 10


def test_a_rule_is_added_and_nothing_is_overwritten(workspace: Workspace) -> None:
    file, script = workspace.folder / "rules.yaml", workspace.folder / "mine.sh"
    script.write_text("mine")
    new(workspace, "DST_STREAMING_EVENT", *TAGS, "--script", "mine.sh")
    first = file.read_text()
    new(workspace, "DST_STREAMING_EVENT", *TAGS, "--rule", "Other", "--version", 2, "--mem", "512MB")
    second = file.read_text()
    assert second.startswith(first)
    assert [one["rule"] for one in workspace.json("rules", "list", "-c", file)] == ["Full_STREAMING_EVENT", "Other"]
    assert script.read_text() == "mine"
    answer = workspace.run("rules", "new", "DST_STREAMING_EVENT", *TAGS, "--rule", "Other", "-c", file)
    assert (answer.code, "rule Other is there already; nothing was changed" in answer.err) == (2, True)
    assert file.read_text() == second


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("DST_TRKR_CLUSTER",), 2, "needs --period, --build, --dbtag and --inputs (like --period run3auau --build ana"),
        (("DST_STREAMING_EVENT", "--build", "new"), 2, "needs --period (like --period run3auau)"),
        (("DST_TRKR_CLUSTERS",), 3, "did you mean 'DST_TRKR_CLUSTER'?"),
        (("DST_STREAMING_EVENT", "--period", "a b", "--build", "new"), 3, "params.period: 'a b' must be one word"),
        (("DST_STREAMING_EVENT", *TAGS, "--mem", "much"), 3, "much"),
    ],
)
def test_a_value_that_cannot_be_leaves_no_file(
    workspace: Workspace, words: tuple[str, ...], code: int, said: str
) -> None:
    workspace.load(seeded_catalog(1))
    before = {file.name for file in workspace.folder.iterdir()}
    answer = workspace.run("rules", "new", *words, "-c", workspace.folder / "rules.yaml")
    assert (answer.code, answer.err.count("\n"), said in answer.err) == (code, 1, True), answer
    assert {file.name for file in workspace.folder.iterdir()} == before


def test_what_the_site_says_need_not_be_said(workspace: Workspace, tmp_path: Path) -> None:
    workspace.settings["site"] = {"defaults": {"params": {"period": "run3pp", "dbtag": "2025p014"}}}
    workspace.write()
    new(workspace, "DST_CALO", "--build", "ana.541", "--inputs", "ana540_nocdbtag_v001")
    text = (workspace.folder / "rules.yaml").read_text()
    assert "period" not in text
    assert "for tag" not in text
    assert workspace.json("rules", "list", "-c", workspace.folder / "rules.yaml")[0]["tag"] == "ana541_2025p014_v001"
