"""Layout: where the files of a job go, and its arguments by position."""

import dataclasses
from types import MappingProxyType
from typing import Any

import pytest

from prodcli.config.profile import DIRECTORIES, Site
from prodcli.errors import RuleError
from prodcli.rules.layout import Job, Layout
from prodcli.rules.model import Overrides
from tests.support.library_rules import load, sphenix

COMBINING = Job(66456, 0, 3, 1000, "ebdc00:1", "ebdc00_1")
DOWNSTREAM = Job(66456, 7, 63, 1000)
OWN_NAMES = {
    **{"tag": "t", "leafdir": "LEAF", "dsttype": "{leafdir}", "dataset": "d", "outbase": "{leafdir}_x"},
    "logbase": "{outbase}-{run8}-{seg5}",
}


def bed() -> Site:
    """The profile with all roots in /bed."""
    roots = dict.fromkeys(DIRECTORIES, "/bed")
    return dataclasses.replace(sphenix(), roots=MappingProxyType(roots), relocate=True)


def test_combining_by_position() -> None:
    layout = Layout(dataclasses.replace(load("streaming", Overrides(nevents=5)), kit="/kit"))
    kit = [entry.replace("{kit}", "/kit") for entry in layout.rule.site.kit]
    assert "/kit/stageout.sh" in kit
    words = layout.value("arguments", layout.fields(COMBINING, 42)).split(" ")
    leaf = "/production/run3auau/physics/ana514_nocdbtag_v001/DST_STREAMING_EVENT_ebdc00_1/run_00066400_00066500"
    base = "DST_STREAMING_EVENT_ebdc00_1_run3auau_ana514_nocdbtag_v001"
    assert words == [
        *("ana.514", "run3auau", "None", ",".join(layout.rule.dsttype.inputs), "66456", "0", "ebdc00:1"),
        *("allsegsfromdb", "5", f"/sphenix/lustre01/sphnxpro{leaf}", f"/sphenix/data/data02/sphnxpro{leaf}/hist"),
        *(base, "1000", "nocdbtag", f"{base}-00066456-00000", f"/sphenix/data/data02/sphnxpro{leaf}/log"),
        *(",".join(["/rules/payload", *kit]), "42"),
    ]
    assert layout.filename(COMBINING) == f"{base}-00066456-00000.root"


def test_downstream_by_position() -> None:
    layout = Layout(load("cluster"))
    words = layout.value("arguments", layout.fields(DOWNSTREAM)).split(" ")
    assert len(words) == 18
    assert words[2] == "ana514_nocdbtag_v001"
    assert words[3].split(",")[0] == "DST_STREAMING_EVENT_intt0"
    assert words[4:9] == ["66456", "7", "dummy", "dbinput", "0"]
    assert words[13] == "2025p010"
    assert words[17] == "-1"


def test_segment_0_only_is_told_to_the_payload() -> None:
    assert Layout(load("streaming_seg0")).constants["inputs"] == "seg0fromdb"


def test_payload_is_relative_to_the_rules_file_and_the_kit_comes_last() -> None:
    site = dataclasses.replace(sphenix(), kit=("/kit/a.sh",))
    rule = load("cluster", site=site, job_payload=["code/*.C", "/abs/x"])
    assert Layout(rule).constants["payload"] == "/rules/code/*.C,/abs/x,/kit/a.sh"


def test_an_empty_argument_keeps_its_position() -> None:
    layout = Layout(load("cluster", job_arguments="{run} {direct_path} {comment} x", job_comment="two words"))
    assert layout.value("arguments", layout.fields(DOWNSTREAM)) == "66456 '' 'two words' x"


def test_places() -> None:
    layout = Layout(load("cluster", job_log="/tmp/{dsttype}/{run8}.condor"))
    fields = layout.fields(DOWNSTREAM)
    assert layout.value("log", fields) == "/tmp/DST_TRKR_CLUSTER/00066456.condor"
    assert layout.value("output", fields) == layout.value("logdir", fields) + "/" + (
        "DST_TRKR_CLUSTER_run3auau_ana537_2025p010_v001-00066456-00007.out"
    )
    assert layout.value("initialdir", fields) == layout.value("logdir", fields)
    assert layout.batch_name == "main.cluster_run3auau_ana537_2025p010_v001"


def test_a_rules_own_directories_and_run_groups() -> None:
    own = {"outdir": "{root}/{rungroup}/{{x}}/{dbtag}"}
    layout = Layout(load("cluster", job_filesystem=own, job_rungroup_tmpl="g{a:08d}"))
    assert layout.value("outdir", layout.fields(DOWNSTREAM)) == "/sphenix/lustre01/sphnxpro/g00066400/{x}/2025p010"


@pytest.mark.parametrize(
    ("own", "becomes"),
    [
        ("/sphenix/lustre01/mine", "/bed/sphenix/lustre01/mine"),
        ("{root}/mine", "/bed/mine"),
        ("/bedroom/mine", "/bed/bedroom/mine"),
        ("/bed/mine", "/bed/mine"),
        ("mine", "/bed/mine"),
        ("/bed/../mine", "/bed/mine"),
        ("{root}/../../mine", "/bed/mine"),
    ],
)
def test_a_testbed_keeps_a_rules_own_paths_below_its_roots(own: str, becomes: str) -> None:
    layout = Layout(load("cluster", site=bed(), job_filesystem={"outdir": own}))
    assert layout.value("outdir", layout.fields(DOWNSTREAM)) == becomes


@pytest.mark.parametrize(
    ("own", "becomes"),
    [
        ("mine/{rungroup}", "/rules/mine/run_00066400_00066500"),
        ("./a/../mine", "/rules/mine"),
        ("../mine", "/mine"),
        ("{dsttype}/x", "/rules/DST_TRKR_CLUSTER/x"),
        ("{leafdir}/{rule_name}", "/rules/DST_TRKR_CLUSTER/cluster"),
        ("{root}/x", "/sphenix/lustre01/sphnxpro/x"),
        ("{base}/x", "/data/x"),
        ("{near}/x", "/rules/near/x"),
        ("{{x}}/y", "/rules/{x}/y"),
        ("~/dsts", "/home/{u}/dsts"),
        ("~", "/home/{u}"),
        ("{far}/x", "/home/{u}/far/x"),
        ("/a/./~b", "/a/./~b"),
        ("./~b", "/rules/~b"),
    ],
)
def test_a_relative_folder_counts_from_the_rules_file(own: str, becomes: str) -> None:
    site, values = dataclasses.replace(sphenix(), home="/home/{u}"), {"base": "/data", "near": "near", "far": "~/far"}
    rule = load("cluster", site=site, job_filesystem={"outdir": own}, job_values=values)
    assert Layout(rule).value("outdir", Layout(rule).fields(DOWNSTREAM)) == becomes


def test_log_and_working_directory_count_from_the_rules_file() -> None:
    site = dataclasses.replace(sphenix(), home="/home/me")
    layout = Layout(load("cluster", site=site, job_log="log/{run}.log", job_initialdir="~/jobs/{seg}"))
    fields = layout.fields(DOWNSTREAM)
    assert [layout.value(key, fields) for key in ("log", "initialdir")] == ["/rules/log/66456.log", "/home/me/jobs/7"]


def test_what_the_site_says_counts_from_its_own_folder() -> None:
    filesystem = dict(sphenix().filesystem) | {"outdir": "mine", "logdir": "~/log"}
    site = dataclasses.replace(sphenix(), filesystem=filesystem, folder="/site", home="/home/me")
    layout = Layout(load("cluster", site=site))
    assert [layout.formats[key] for key in ("outdir", "logdir")] == ["/site/mine", "/home/me/log"]


@pytest.mark.parametrize("key", ["filesystem", "log", "initialdir", "script"])
@pytest.mark.parametrize("home", ["", "/home/me"])
def test_the_home_of_others_is_refused(key: str, home: str) -> None:
    path = "~other/x" if home else "~/x"
    own: dict[str, Any] = {f"job_{key}": {"histdir": path} if key == "filesystem" else path}
    with pytest.raises(RuleError, match="~ is your own home folder only; write the whole path"):
        load("cluster", site=dataclasses.replace(sphenix(), home=home), **own)


def test_a_testbed_keeps_the_log_and_the_working_directory_below_its_roots() -> None:
    rule = load("cluster", site=bed(), job_log="/tmp/x/{logbase}.condor", job_initialdir="/sphenix/user/x")
    layout = Layout(rule)
    fields = layout.fields(DOWNSTREAM)
    assert layout.value("log", fields).startswith("/bed/tmp/x/DST_")
    assert layout.value("initialdir", fields) == "/bed/sphenix/user/x"


@pytest.mark.parametrize(
    ("key", "template", "says"),
    [
        ("log", "{condr}/x", "job.log: .*unknown {condr}; did you mean 'condor'"),
        ("log", "{condor", "a brace that is meant is written twice"),
        ("log", "{condor!r}", "only plain {name}"),
        ("batch_name", "{run}", "job.batch_name: .*unknown {run}"),
        ("arguments", "{run} {nevnts}", "did you mean 'nevents'"),
        ("filesystem", {"outdir": "{rot}/x"}, "job.filesystem.outdir: .*did you mean 'root'"),
        ("rungroup_tmpl", "{a}/{b}", "job.rungroup_tmpl: one word"),
        ("rungroup_tmpl", "{c}", "job.rungroup_tmpl: one word"),
        ("rungroup_tmpl", "{a:0999999999d}", "job.rungroup_tmpl: one word"),
        ("rungroup_tmpl", "x y", "job.rungroup_tmpl: one word"),
    ],
)
def test_a_template_that_cannot_be_filled_is_an_error_of_the_rule(key: str, template: Any, says: str) -> None:
    with pytest.raises(RuleError, match=f"^/rules/rules.yaml: rule cluster: .*{says}"):
        load("cluster", **{f"job_{key}": template})


@pytest.mark.parametrize("folder", ["it's", "$(run)", 'a"b', "a\nb"])
def test_a_folder_that_a_description_cannot_name_is_an_error_of_the_rule(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.library_rules.FILE", f"/{folder}/rules.yaml")
    with pytest.raises(RuleError, match="folder"):
        load("cluster")


def test_a_job_of_several_outputs_is_known_by_its_first() -> None:
    layout = Layout(load("cluster", job_outputs_per_job="10"))
    fields, base = layout.fields(DOWNSTREAM), "DST_TRKR_CLUSTER_run3auau_ana537_2025p010_v001-00066456"
    assert layout.filename(DOWNSTREAM) == f"{base}-00070.root"
    assert layout.filenames(DOWNSTREAM) == tuple(f"{base}-{segment:05d}.root" for segment in range(70, 80))
    words = layout.value("arguments", fields).split(" ")
    assert (words[5], words[14]) == ("7", f"{base}-00070")
    assert layout.value("output", fields).endswith(f"/{base}-00070.out")
    assert (fields["seg5"], fields["outseg"], layout.called(DOWNSTREAM)) == ("00007", "70", 70)
    assert "$INT(outseg,%05d)" in layout.macro("output")


def test_a_job_of_one_output_has_no_field_for_it() -> None:
    layout = Layout(load("cluster", job_log="/x/{outseg}-{outseg5}"))
    assert layout.filenames(DOWNSTREAM) == (layout.filename(DOWNSTREAM),)
    assert layout.macro("log") == "/x/$(seg)-$INT(seg,%05d)"
    assert "outseg" not in layout.fields(DOWNSTREAM)


def test_a_site_says_how_many_outputs_the_jobs_of_a_script_make() -> None:
    site = dataclasses.replace(sphenix(), outputs_per_job={"run_x.sh": 4})
    counts = {
        script: load("cluster", site=site, job_script=script).outputs_per_job
        for script in ("run_x.sh", "/code/run_x.sh", "run_xx.sh")
    }
    assert counts == {"run_x.sh": 4, "/code/run_x.sh": 4, "run_xx.sh": 1}
    assert load("cluster", site=site, job_script="run_x.sh", job_outputs_per_job="2").outputs_per_job == 2


@pytest.mark.parametrize(
    ("rule", "more", "fault"),
    [
        ("streaming", {}, "outputs_per_job: has no meaning for combining"),
        ("cluster", {"params_names": OWN_NAMES}, r"logbase: needs {run8} and {outseg5}"),
    ],
)
def test_outputs_per_job_where_it_cannot_be(rule: str, more: dict[str, Any], fault: str) -> None:
    with pytest.raises(RuleError, match=fault):
        load(rule, job_outputs_per_job="10", **more)


def test_names_of_the_rules_own_have_the_segments_of_the_outputs() -> None:
    names = OWN_NAMES | {"logbase": "{outbase}_{run}_{outseg}"}
    layout = Layout(load("cluster", job_outputs_per_job="2", params_names=names))
    assert layout.filenames(DOWNSTREAM) == ("LEAF_x_66456_14.root", "LEAF_x_66456_15.root")
