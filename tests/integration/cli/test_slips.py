"""Slips of a newcomer, each with the one line that helps: unknown verbs, options at the wrong place, typing errors."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.rule_files import RULES, write_rules
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

TAG = "ana999_2025p010_v001"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with a rule, a mask and a job."""
    made = make_workspace(tmp_path_factory.mktemp("workspace"))
    made.load(seeded_catalog(1, 3))
    made.sql("DELETE FROM production_overview")
    made.sql("DELETE FROM production_jobs")
    insert = "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, runnumber) VALUES (?, ?, 'd', ?, 66478)"
    made.sql(insert, "Full_TRKR_CLUSTER", TAG, "DST_TRKR_CLUSTER")
    write_rules(made.folder, {"Full_TRKR_CLUSTER": RULES["cluster"]})
    made.ok("mask", "add", "MVTX1", "--runs", 1, "--reason", "off")
    yield made
    made.drop()


# What is typed; the exit code; the line on stderr, without what it begins with.
SLIPS = [
    # verbs
    ("stauts", 2, "No such command 'stauts'. Did you mean 'status'? (prodcli --help)"),
    ("list", 2, "No such command 'list'. Try jobs, rules list or files. (prodcli --help)"),
    ("condor_rm 12", 2, "No such command 'condor_rm'. Try kill. (prodcli --help)"),
    ("help qurey", 2, "No such command 'qurey'. Did you mean 'query'? (prodcli --help)"),
    ("rules lst", 2, "No such command 'lst'. Did you mean 'list'? (prodcli rules --help)"),
    ("mask show", 2, "No such command 'show'. There are: add, list, remove, auto. (prodcli mask --help)"),
    ("query progres", 2, "no report is called 'progres'; did you mean 'progress'? (prodcli query --help)"),
    # options
    ("-v", 2, "No such option: -v (options of a verb stand after it: prodcli VERB -v) (prodcli --help)"),
    ("--tag x query", 2, "--tag stands after the verb: prodcli query --tag (prodcli --help)"),
    ("kill --resaon x", 2, "No such option: --resaon. Did you mean --reason? (prodcli kill --help)"),
    ("why 66478", 2, "why: no rule file is named (-c rules.yaml, or --idle for jobs in the queues)"),
    (
        "submit 66478",
        2,
        "Missing option '--config' / '-c'. Like: prodcli submit -c rules.yaml -r Full_TRKR_CLUSTER --runs 69600 72000"
        " --dry-run (prodcli submit --help)",
    ),
    ("release", 2, "release: no jobs are chosen (like --tag, --dsttype, --state, --code or --dbid)"),
    # values with a known set
    ("query --site nowhere.yaml", 3, "nowhere.yaml: --site names a file that does not exist"),
    (
        "query --by runs",
        2,
        "Invalid value for '--by': 'runs' is not one of 'host', 'run', 'segment', 'rule', 'cluster', 'node', 'status',"
        " 'phase'. Did you mean 'run'? (prodcli query --help)",
    ),
    ("release --state hled", 2, "--state: no job in a queue has the state 'hled'; did you mean 'held'?"),
    ("release --code memory", 2, "--code: 'memory' is not understood (like 34 or 34/102)"),
    ("query --since yesterday", 2, "--since: 'yesterday' is not a time (like 2026-01-31, 36h or 7d)"),
    ("mask remove 9", 2, "no mask 9 (`list --all` shows all of them)"),
    (
        "mask add TPC3 --reason off --runs 1",
        2,
        "mask add: no detector or host is called 'TPC3'; did you mean 'TPC03'? (prodcli config detectors lists them)",
    ),
    # runs
    ("query --runs 66500 66400", 2, "--runs: the range 66500-66400 is reversed (write 66400-66500)"),
    (
        "submit -n -c rules.yaml 664xx",
        2,
        "--runs: '664xx' is not a run number or a range (like 69600 or 69600-72000)",
    ),
    ("erase -c rules.yaml", 2, "erase: no runs are named (--runs or --runlist)"),
    ("query 66479", 0, "no job is of run 66479; runs 66478 to 66478 have jobs"),
    # names
    ("submit -n -c rule.yaml", 3, "rule.yaml: the file does not exist"),
    (
        "submit -n -c rules.yaml 66478 -r Full_TRKR_CLUSTR",
        2,
        "rules.yaml: there is no rule 'Full_TRKR_CLUSTR'; did you mean 'Full_TRKR_CLUSTER'?",
    ),
    ("submit -n rules.yaml -c rules.yaml", 2, "'rules.yaml' is no run (a rule file stands after -c: -c rules.yaml)"),
    ("log --verb resubmti", 0, "no action of the verb 'resubmti' is in the log; did you mean 'resubmit'?"),
    ("query --tag ana999_2025p010_v01", 0, f"no job has the tag 'ana999_2025p010_v01'; did you mean '{TAG}'?"),
    (f"query --tag {TAG},foo", 0, f"no job has the tag 'foo'; there are: {TAG}"),
    ("jobs --dsttype DST_TRKR_CLUSTR", 0, "no job has the dsttype 'DST_TRKR_CLUSTR'; did you mean 'DST_TRKR_CLUSTER'?"),
    ("held --rule Full_TRKR_CLUSTR", 0, "no job is of the rule 'Full_TRKR_CLUSTR'; did you mean 'Full_TRKR_CLUSTER'?"),
    ("release 66478 -n", 0, "a number alone is a cluster; rows of the books follow --dbid, runs --runs"),
    (
        f"release {TAG}",
        2,
        f"JOBS: '{TAG}' is not understood (jobs are 12.3, 12.3@schedd or clusters like 12; tags follow --tag, runs --runs)",
    ),
]


@pytest.mark.parametrize(("line", "code", "says"), SLIPS, ids=[line for line, *_ in SLIPS])
def test_a_slip_ends_in_one_line_that_helps(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, line: str, code: int, says: str
) -> None:
    monkeypatch.chdir(workspace.folder)
    monkeypatch.setenv("PWD", str(workspace.folder))
    answer = workspace.run(*line.split(), quiet=False)
    told = [one for one in answer.err.splitlines() if not one.startswith("prodcli: production, ")]
    assert (answer.code, [one.replace("(root", "(prodcli") for one in told]) == (code, [f"prodcli: {says}"])


@pytest.mark.parametrize(
    ("line", "means"),
    [
        ("status", "query"),
        ("QUERY", "query"),
        ("query 66478", "query --runs 66478"),
        ("query 66400:66500", "query --runs 66400 66500"),
        (f"query --tag {TAG} 66478", f"query --runs 66478 --tag {TAG}"),
        (f"query --tag foo,{TAG}", f"query --tag foo --tag {TAG}"),
        ("why -c rules.yaml 66478", "why -c rules.yaml --runs 66478"),
        ("mark-held -n", "held --dry-run"),
        ("kill --state idle -n", "kill --state submitted evicted -n"),
        ("kill 4.217,5 -n", "kill --cluster 4.217 5 -n"),
        ("nodes exclude list --expired", "nodes exclude list --all"),
        ("remove -c rules.yaml 66478 -n", "erase -c rules.yaml --runs 66478 -n"),
    ],
)
def test_other_words_mean_the_same(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, line: str, means: str
) -> None:
    monkeypatch.chdir(workspace.folder)
    monkeypatch.setenv("PWD", str(workspace.folder))
    answer, other = workspace.ok(*line.split()), workspace.ok(*means.split())
    assert (_undated(answer.out), answer.err) == (_undated(other.out), other.err)


def _undated(shown: str) -> list[str]:
    """What is shown without the time at which it was."""
    return [line for line in shown.splitlines() if not line.startswith("as of ")]


def test_there_are_more_than_twenty_slips() -> None:
    assert len(SLIPS) > 20


def test_root_options_may_follow_any_verb(workspace: Workspace, tmp_path: Path) -> None:
    answer = workspace.run("query", "-q", "--site", workspace.file, quiet=False)
    assert (answer.code, answer.err) == (0, "")
