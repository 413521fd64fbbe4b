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


def bed() -> Site:
    """The profile with all roots in /bed."""
    roots = dict.fromkeys(DIRECTORIES, "/bed")
    return dataclasses.replace(sphenix(), roots=MappingProxyType(roots), relocate=True)


def test_combining_by_position() -> None:
    layout = Layout(load("streaming", Overrides(nevents=5)))
    words = layout.value("arguments", layout.fields(COMBINING, 42)).split(" ")
    leaf = "/production/run3auau/physics/ana514_nocdbtag_v001/DST_STREAMING_EVENT_ebdc00_1/run_00066400_00066500"
    base = "DST_STREAMING_EVENT_ebdc00_1_run3auau_ana514_nocdbtag_v001"
    assert words == [
        *("ana.514", "run3auau", "None", ",".join(layout.rule.dsttype.inputs), "66456", "0", "ebdc00:1"),
        *("allsegsfromdb", "5", f"/sphenix/lustre01/sphnxpro{leaf}", f"/sphenix/data/data02/sphnxpro{leaf}/hist"),
        *(base, "1000", "nocdbtag", f"{base}-00066456-00000", f"/sphenix/data/data02/sphnxpro{leaf}/log"),
        *("/rules/payload", "42"),
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
