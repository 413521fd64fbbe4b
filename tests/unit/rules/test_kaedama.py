"""The older dialect: what its words become, and what is said of those that cannot."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from prodcli.config.profile import Match
from prodcli.errors import RuleError
from prodcli.rules.check import Checked
from prodcli.rules.convert import convert
from prodcli.rules.layout import Job, Layout
from prodcli.rules.load import check_rules, load_rule
from prodcli.rules.model import Overrides, Rule
from tests.support.library_rules import sphenix
from tests.support.older_oracle import CLUSTER, REAL, RULES, SEED, STREAMS, write


@pytest.fixture(autouse=True)
def in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative paths of rules count from the working directory."""
    monkeypatch.chdir(tmp_path)


def load(tmp_path: Path, text: str, **more: Any) -> Rule:
    """The only rule of a text."""
    return load_rule(write(tmp_path, text), None, sphenix(), **more)


def check(tmp_path: Path, text: str, **more: Any) -> Checked:
    """The only rule of a text, checked."""
    (checked,) = check_rules(write(tmp_path, text), sphenix(), **more)
    return checked


def test_every_rule_loads_without_a_warning_but_of_the_batch_name(tmp_path: Path) -> None:
    for name, text in RULES.items():
        checked = check(tmp_path, text)
        assert (checked.errors, checked.rule is not None) == ((), True), name
        said = [warning for warning in checked.warnings if not warning.startswith("job.batch_name")]
        assert said == (["params.rsync: missing, so that {rsync} is empty"] if name == "Seed" else []), name


def test_names_are_those_of_the_older_tool(tmp_path: Path) -> None:
    rule = load(tmp_path, STREAMS)
    assert (rule.outtriplet, rule.booked_dataset, rule.dsttype.match) == ("ana514_nocdbtag_v007",) * 2 + (
        Match.BY_QUERY,
    )
    layout = Layout(rule)
    assert rule.input.columns == ("streamname", "inputs", "ranges", "nfiles")
    job = Job(66456, 3, 2, 0, "ebdc00_0", "ebdc00_0", columns=("ebdc00_0", "a,b", "na", "2"))
    outbase = "DST_STREAMING_EVENT_ebdc00_0_run3auau_ana514_nocdbtag_v007"
    assert layout.filename(job) == f"{outbase}-00066456-00003.root"
    assert layout.booked_dsttype(job) == "DST_STREAMING_EVENT_ebdc00_0_run3auau"
    assert layout.leafdir(job) == "DST_STREAMING_EVENT_ebdc00_0"
    assert layout.batch_name == "main.DST_STREAMING_EVENT_run3auau_ana514_nocdbtag_v007-single"
    words = ["0", outbase, f"{outbase}-00066456-00003", "66456", "3", "ana.514", "nocdbtag", "a,b", "na", "10000"]
    found = layout.value("arguments", layout.fields(job)).split(" ")
    assert found == [*words, "---", "2", "./code/*,cups.py"]
    assert "$INT(run,%08d)-$INT(seg,%05d)" in layout.macro("logbase")
    assert layout.macro("arguments").split(" ")[7:9] == ["$(inputs)", "$(ranges)"]
    assert "/run3auau/physics/ana514_nocdbtag_v007/DST_STREAMING_EVENT_ebdc00_0/run_00066400_00066500" in layout.value(
        "outdir", layout.fields(job)
    )


def test_paths_count_from_the_working_directory(tmp_path: Path) -> None:
    rule = load(tmp_path, CLUSTER)
    assert (rule.job.script, rule.job.payload) == (f"{tmp_path}/code/run.sh", (f"{tmp_path}/code",))
    job = Job(1, 0, 1, 0, columns=("x",))
    assert Layout(rule).value("arguments", Layout(rule).fields(job)).split(" ")[-1] == str(tmp_path)
    other = CLUSTER.replace("  job:\n", "  job:\n    executable: '{payload}/other.sh'\n")
    assert load(tmp_path, other).job.script == f"{tmp_path}/code/other.sh"


def test_the_command_line_overrides_an_older_rule(tmp_path: Path) -> None:
    rule = load(tmp_path, SEED, overrides=Overrides(nevents=9, request_memory="8 GB", priority=1, cut_segment=2))
    assert (rule.nevents, rule.job.request_memory, rule.job.priority, rule.input.cut_segment) == (9, (8192,), 1, 2)
    assert load(tmp_path, SEED).nevents == 5


def test_queries_keep_their_text(tmp_path: Path) -> None:
    rule = load(tmp_path, STREAMS)
    assert "'^(intt|mvtx|ebdc)(\\d+)$', '\\1\\2:0'" in str(rule.input.query)
    (table,) = rule.input.tables
    assert (table.name, table.database, rule.input.database) == ("picked", "daq", "raw")
    assert "runnumber >= 1 and runnumber <= 99999" in table.query
    assert table.query.endswith("{{ run_condition }}")
    assert "--" not in table.query
    braces = SEED.replace("{run_condition}", "and '{{{{' <> '{{% if %}}' and array[1] <@ '{{1,2}}' {run_condition}")
    assert "'{{' <> '{% if %}'" in str(load(tmp_path, braces).input.query)


def test_lookup_follows_lfn2pfn_and_direct_path(tmp_path: Path) -> None:
    assert load(tmp_path, SEED).input.lookup
    assert not load(tmp_path, CLUSTER).input.lookup
    direct = check(tmp_path, SEED.replace("    db: fc\n", "    db: fc\n    direct_path: /data/{mode}\n"))
    assert direct.rule is not None
    assert not direct.rule.input.lookup
    assert any("input.direct_path: not looked at" in warning for warning in direct.warnings)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    name: DST", "    nam: DST", "params.name: missing"),
        ("    db: fc", "    db: fcc", "input.db: 'fcc' is no database of this dialect; did you mean 'fc'?"),
        ("{input}", "{inpt}", "input.query: unknown {inpt}; did you mean 'input'? (line 19)"),
        ("{input}", "{input.x}", "only plain {name} placeholders are allowed"),
        ("v001%", "v001' or true --", "input.query: unknown {input}"),
        ("{rsync}", "{rsinc}", "job.arguments: unknown {rsinc}; did you mean 'rsync'?"),
        ("{RUNFMT}", "%d", "params.logbase: $INT(run,%d) is not supported; $INT(run,%08i) and"),
        ("$(ranges)", "$(ranges) $(rungroup)", "$(rungroup) is supported as run_$(rungroup) only"),
        ("mem: 2 GB", "mem: much", "job.request_memory: 'much' is not a size"),
        ("\n  input:\n", "\n  inputs: 1\n  input:\n", "inputs: unknown section; did you mean 'input'?"),
        ("    db: fc", "    db: fc\n    querry: x", "input.querry: unknown key; did you mean 'query'?"),
        ("    db: fc", "    db: fc\n    lfn2pfn: maybe", "lfn2pfn and lfn2lfn are allowed"),
        ("\n  input:\n", "\n  import_tables: {a: b}\n  input:\n", "import_tables: must be a list"),
        ("\n  input:\n", "\n  import_tables: [{a: b}]\n  input:\n", "import_tables.0.a: must have db and query"),
        (
            "\n  input:\n",
            "\n  import_tables: [{a b: {db: fc, query: select 1}}]\n  input:\n",
            "must be a name of letters",
        ),
        ("-$INT(seg,{SEGFMT})", "", "params.names.logbase: needs {run8} and {seg5}"),
        ("$(name)_", "$(log)_", "input.columns: 'log' is taken"),
        ("select 'file", "create 'file", "an SQL query begins with SELECT or WITH"),
        ("':0:'", "':0:", "a ' is not closed"),
        ("filename as files", "filename ? 'x' as files", "the drivers take a ? for a bound value"),
    ],
)
def test_mistakes_are_said(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in SEED
    checked = check(tmp_path, SEED.replace(old, new))
    assert checked.rule is None
    assert any(says in error for error in checked.errors), checked.errors


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "    priority: '3800'",
            "    should_transfer_files: YES",
            "job.should_transfer_files: not supported, and left out",
        ),
        ("\n  input:\n", "\n  presubmit: make\n  input:\n", "presubmit: not supported"),
        ("    priority: '3800'", "    output_destination: /elsewhere", "job.output_destination: not supported"),
        ("    mem: 2 GB\n", "", "params.mem: missing; 2048MB is taken"),
        ("$(tag)-", "$(tag)_$(version)-", "params.version: missing"),
        ("name: DST_TRKR_SEED_run3auau", "name: DST_OTHER", "params.name: does not end in a period"),
        (
            "\n  input:\n",
            "\n  filesystem: {outdir: /x, finaldir: /y}\n  input:\n",
            "filesystem.finaldir: not supported",
        ),
    ],
)
def test_what_cannot_be_carried_over_is_said(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in SEED
    text = SEED.replace(old, new)
    if "version" in new:
        text = text.replace("outbase: $(name)_$(build)_$(tag)", "outbase: $(name)_$(build)_$(tag)_$(version)")
    checked = check(tmp_path, text)
    assert checked.rule is not None, checked.errors
    assert any(warning.startswith(says) for warning in checked.warnings), checked.warnings


def test_a_filesystem_of_its_own(tmp_path: Path) -> None:
    places = (
        "  filesystem: {outdir: '/o/$(build)_$(tag)/run_$(rungroup)', logdir: 'file:///l/run_$(rungroup)'}\n  input:"
    )
    layout = Layout(load(tmp_path, SEED.replace("  input:\n", places + "\n")))
    fields = layout.fields(Job(66456, 0, 1, 0, columns=("x", "y")))
    assert layout.value("outdir", fields) == "/o/ana537_2025p010/run_00066400_00066500"
    assert layout.value("output", fields).startswith("/l/run_00066400_00066500/DST_TRKR_SEED_run3auau_ana537_2025p010-")


def test_relative_folders_count_from_the_file_wherever_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = "  filesystem: {outdir: 'out/run_$(rungroup)', logdir: '{PWD}/log', condor: './condor'}\n  input:\n"
    (tmp_path / "rules").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("PWD", str(tmp_path / "here"))
    layout = Layout(load(tmp_path / "rules", SEED.replace("  input:\n", places)))
    fields = layout.fields(Job(66456, 0, 1, 0, columns=("x", "y")))
    kinds = ("outdir", "logdir", "condor", "initialdir")
    rules, here = tmp_path / "rules", tmp_path / "here"
    assert [layout.value(key, fields) for key in kinds] == [
        f"{rules}/out/run_00066400_00066500", f"{here}/log", f"{rules}/condor", f"{here}/log",
    ]  # fmt: skip


def test_an_error_names_rule_and_file(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"older\.yaml: rule Seed: input\.query: unknown \{x\}"):
        load(tmp_path, SEED.replace("{run_condition}", "{x}"))


def test_what_is_no_rule_of_either_dialect_is_said(tmp_path: Path) -> None:
    data = {"a": {"params": {"name": ["x"]}}, "b": {"params": {"name": "x"}, "job": 3}, "c": 4}
    assert [one.rule for one in check_rules(write(tmp_path, yaml.safe_dump(data)), sphenix())] == [None] * 3


def test_every_real_rule_loads_and_converts_to_itself(tmp_path: Path) -> None:
    files = sorted(REAL.rglob("*.yaml"))
    if not files:
        pytest.skip("PRODCLI_OLDER_RULES names no folder with rules of the older dialect")
    count = 0
    for file in files:
        checked = [one for one in check_rules(file, sphenix()) if one.older]
        assert [one.errors for one in checked if one.rule is None] == [], file
        if not checked:
            continue
        (tmp_path / "converted.yaml").write_text(convert(checked))
        for one, again in zip(checked, check_rules(tmp_path / "converted.yaml", sphenix()), strict=True):
            assert one.rule is not None
            assert again.rule is not None
            assert (one.rule.params, one.rule.input) == (again.rule.params, again.rule.input), file
            assert one.rule.job == again.rule.job, file
            count += 1
    assert count
