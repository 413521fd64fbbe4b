"""A rule whose jobs write elsewhere: every path, the names of outputs, and the description without a row."""

from pathlib import Path

import pytest

from prodcli.config.settings import built_in_site
from prodcli.reruns.elsewhere import elsewhere, still_named, without_row
from prodcli.rules.layout import Job, Layout
from prodcli.rules.load import load_rule
from prodcli.rules.model import Rule
from tests.support.rule_files import RULES, rule, write_rules

PLACE = "/campaigns/debug/{braces} 4711"
OWN = rule(
    "DST_TRKR_SEED",
    "ana.537",
    "2025p010",
    "ana537_2025p010_v001",
    job_filesystem={"outdir": "/sphenix/lustre01/own/{rungroup}"},
    job_log="/tmp/own/{logbase}.log",
    job_initialdir="/sphenix/own",
    job_environment={"CALIB": "{outdir}/calib", "FIXED": "/sphenix/lustre01/sphnxpro/x"},
)


def moved(folder: Path, name: str, spec: dict[str, object]) -> tuple[Rule, Layout, dict[str, str]]:
    """A rule moved elsewhere, its layout and the fields of a job."""
    was = load_rule(write_rules(folder, {name: spec}), name, built_in_site())
    layout = Layout(elsewhere(was, PLACE, "/bundle/debug.sh", "mvtxme.4711"))
    return was, layout, Layout(was).fields(Job(66500, 1, 1, 1, leaf="TPC"))


@pytest.mark.parametrize(("name", "spec"), [*RULES.items(), ("own", OWN)])
def test_all_that_is_written_lies_below_the_folder(tmp_path: Path, name: str, spec: dict[str, object]) -> None:
    was, layout, fields = moved(tmp_path, name, spec)
    for key in ("outdir", "finaldir", "logdir", "histdir", "condor", "log", "output", "error", "initialdir"):
        assert layout.value(key, fields).startswith(PLACE + "/")
    assert layout.value("outbase", fields).startswith("debug-")
    assert layout.rule.outtriplet == was.outtriplet
    assert layout.batch_name == "debug.mvtxme.4711"
    assert layout.rule.path(layout.rule.job.script) == "/bundle/debug.sh"


def test_arguments_and_environment_follow(tmp_path: Path) -> None:
    _, layout, fields = moved(tmp_path, "own", OWN)
    assert f"{PLACE}/outdir/calib" in layout.value("environment", fields)
    assert f"'{PLACE}/outdir'" in layout.value("arguments", fields)
    own = (PLACE,)
    assert still_named(layout.value("environment", fields), ["/sphenix/lustre01/sphnxpro"], own) == [
        "/sphenix/lustre01/sphnxpro"
    ]
    assert still_named(layout.value("arguments", fields), ["/sphenix/lustre01/sphnxpro", PLACE], own) == []


def test_the_script_comes_along_where_files_do(tmp_path: Path) -> None:
    spec = rule("DST_TRKR_SEED", "ana.537", "2025p010", "ana537_2025p010_v001", job_transfer_input_files="{kit}/a")
    _, layout, fields = moved(tmp_path, "own", spec)
    assert layout.value("transfer_input_files", {**fields, "kit": "/kit"}) == f"/kit/a,{tmp_path}/run.sh"
    _, layout, fields = moved(tmp_path, "seed", RULES["seed"])
    assert layout.value("transfer_input_files", fields) == ""


def test_no_harvest_knows_the_job() -> None:
    text = (
        'executable = x\nMy.ProdcliDbid = $(dbid)\nMy.ProdcliBadNodes = "a"\nmy.prodclitag = "t"\nqueue dbid from f\n'
    )
    assert without_row(text) == 'executable = x\nMy.ProdcliBadNodes = "a"\nqueue dbid from f\n'
