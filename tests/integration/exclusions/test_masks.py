"""Masks and invalid runs from the command line to the books and the jobs, on every database."""

import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from prodcli.batch.description import parse_description
from prodcli.batch.local.batch import LocalBatch
from prodcli.batch.submit_process import ThisProcess
from prodcli.exclusions import noted
from tests.integration.test_ancestors import Counter
from tests.support.catalog import Catalog, File, Raw, Run
from tests.support.condor_jobs import NEVER, ads
from tests.support.library_rules import changed
from tests.support.oracle import STREAMING_HOSTS, leaf_of
from tests.support.rule_files import RULES, STREAMING, write_rules
from tests.support.snapshots import campaign, one_line
from tests.support.workspace import COMBINATIONS, ONE_DATABASE, Workspace

BEGIN = datetime.fromisoformat("2025-06-01 12:00:00")
RUNS = (70000, 70001, 70002)
GONE = {70001: ("ebdc17", "ebdc17:1"), 70002: ("intt3",)}  # hosts of which a run has raw files, but no DST
MASK = ("mask", "add")


def catalog() -> Catalog:
    """Three runs of two segments: a whole one, one that lacks TPC17, and one that lacks INTT3."""
    made = Catalog()
    for run in RUNS:
        made.runs.append(Run(run, "physics", 500_000, BEGIN, BEGIN.replace(hour=13)))
        for host in ("gl1daq", *STREAMING_HOSTS):
            made.raw.append(Raw(f"{host}-{run}", run, host, 0, 1, "physics"))
            if host != "gl1daq" and host not in GONE.get(run, ()):
                kind = f"DST_STREAMING_EVENT_{leaf_of(host)}"
                for segment in (0, 1):
                    name = f"{kind}_run3auau_{STREAMING}-{run:08d}-{segment:05d}.root"
                    made.files.append(File(name, run, segment, 1, "run3auau", kind, 1, 1, STREAMING))
    return made


CATALOG = catalog()  # one object: workspaces copy what they have loaded before


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """The rule file of a workspace with these runs."""
    workspace.load(CATALOG)
    return write_rules(workspace.folder / "rules", RULES | {"streaming": changed("streaming", params_version=2)})


def submit(workspace: Workspace, rules: Path, *words: object, rule: str = "cluster") -> Any:
    """Submit and return the JSON."""
    return workspace.json("submit", "-c", rules, "-r", rule, "--runs", RUNS[0], RUNS[-1], *words)


def booked(workspace: Workspace) -> list[tuple[Any, ...]]:
    """Run, segment, mask and number of inputs of all rows."""
    rows = workspace.sql("SELECT runnumber, segment, mask, indsttype_str FROM production_jobs ORDER BY id")
    return sorted((run, segment, mask, len(inputs.split(","))) for run, segment, mask, inputs in rows)


def skipped(answer: Any) -> dict[tuple[str, str], list[int]]:
    """The runs by reason and level."""
    return {(one["reason"], one["level"]): one["runs"] for one in answer["skipped"]}


# ---- submit --mask


def test_a_mask_of_one_pass(workspace: Workspace, rules: Path) -> None:
    plain = submit(workspace, rules, "-n")
    assert {job["runnumber"] for job in plain["jobs"]} == {70000}
    assert skipped(plain) == {("few_hosts_produced", "run"): [70001], ("host_not_produced", "run"): [70002]}
    assert plain["masks"] == []

    masked = submit(workspace, rules, "-n", "--mask", "TPC17")
    assert [(job["runnumber"], job["n_inputs"]) for job in masked["jobs"]] == [(70001, 61)] * 2 + [(70000, 61)] * 2
    for job in masked["jobs"]:
        inputs = job["arguments"].split()[3].split(",")
        assert len(inputs) == 61
        assert not {"DST_STREAMING_EVENT_ebdc17_0", "DST_STREAMING_EVENT_ebdc17_1"} & set(inputs)
    assert skipped(masked) == {("host_not_produced", "run"): [70002]}
    assert masked["masks"] == [{"id": None, "hosts": ["ebdc17", "ebdc17:1"], "reason": "", "runs": 3}]

    both = submit(workspace, rules, "--mask", "TPC17", "INTT3")
    assert (both["skipped"], [cluster["jobs"] for cluster in both["submitted"]]) == ([], [6])
    assert booked(workspace) == [(run, segment, "intt3,ebdc17,ebdc17:1", 60) for run in RUNS for segment in (0, 1)]
    assert submit(workspace, rules)["submitted"] == []  # an output made under a mask blocks the full one
    assert skipped(submit(workspace, rules, "-n"))["blocked", "output"] == [70000]


def test_a_pass_says_what_is_masked(workspace: Workspace, rules: Path) -> None:
    words = ("submit", "-c", rules, "-r", "cluster", "--runs", 70000, 70001, "--mask", "TPC17,ebdc05_1", "-n")
    answer = workspace.run(*words, quiet=False)
    assert "prodcli: masked: TPC17, ebdc05_1 in 2 runs\n" in answer.err
    assert workspace.ok(*words).err == ""


def test_a_combining_rule_makes_no_job_of_a_masked_host(workspace: Workspace, rules: Path) -> None:
    answer = submit(workspace, rules, "-n", "--mask", "TPC", rule="streaming")
    assert {job["daqhost"] for job in answer["jobs"]} == {host for host in STREAMING_HOSTS if leaf_of(host) == host}
    assert skipped(answer) == {("masked", "host"): list(RUNS)}
    assert next(one["count"] for one in answer["skipped"]) == 3 * 48
    assert all("ebdc00" not in job["arguments"].split()[3] for job in answer["jobs"])


@ONE_DATABASE  # it ends with the site profile
@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["TPC71"], "--mask: no detector or host is called 'TPC71'; did you mean 'TPC"),
        (["TPC17", "intt9"], "no detector or host is called 'intt9'; did you mean 'intt"),
        (["GL1"], "--mask: gl1daq cannot be masked"),
    ],
)
def test_names_that_cannot_be_masked(workspace: Workspace, rules: Path, names: list[str], says: str) -> None:
    one_line(workspace.run("submit", "-c", rules, "-r", "cluster", "-n", "--runs", 1, "--mask", *names), 2, says)


# ---- masks in the books


def test_runs_of_one_pass_have_masks_of_their_own(workspace: Workspace, rules: Path) -> None:
    workspace.ok(*MASK, "TPC17", "--runs", 70001, "--reason", "HV off")
    workspace.ok(*MASK, "INTT3", "--runs", 70002, 99999, "--reason", "tripped", "--dsttype", "DST_TRKR_CLUSTER")
    workspace.ok(*MASK, "MVTX1", "--runs", 1, 99999, "--reason", "other", "--dsttype", "DST_TRKR_MVTXME")
    workspace.ok(*MASK, "SEB05", "--runs", 1, 99999, "--reason", "no host of the rule")
    answer = workspace.run("submit", "-c", rules, "-r", "cluster", "--runs", *RUNS, "--format", "json", quiet=False)
    assert "prodcli: masked: TPC17 in 1 run (mask 1: HV off); INTT3 in 1 run (mask 2: tripped)\n" in answer.err
    assert [(one["id"], one["runs"], one["hosts"]) for one in answer.data["masks"]] == [
        *((1, 1, ["ebdc17", "ebdc17:1"]), (2, 1, ["intt3"]))
    ]
    assert answer.data["skipped"] == []
    wanted = {70002: ("intt3", 62), 70001: ("ebdc17,ebdc17:1", 61), 70000: (None, 63)}
    assert booked(workspace) == sorted((run, segment, *wanted[run]) for run in RUNS for segment in (0, 1))
    clusters = answer.data["submitted"]
    assert [(one["first_run"], one["last_run"], one["jobs"]) for one in clusters] == [(r, r, 2) for r in wanted]
    for one in clusters:
        said = parse_description(Path(one["folder"], "job.sub").read_text(), "job.sub").commands
        mask, inputs = wanted[one["first_run"]]
        assert said.get("my.prodclimask") == (f'"{mask}"' if mask else None)
        assert said["arguments"].split()[3].count(",") == inputs - 1
    (log,) = (workspace.folder / "logs").glob("*.log")
    assert "masked: TPC17 in 1 run (mask 1: HV off)" in log.read_text()


def test_masks_are_added_listed_and_removed(workspace: Workspace, rules: Path) -> None:
    (one,) = workspace.json(*MASK, "TPC17", "--runs", 70000, 70005, "--reason", "HV  off\nall day", "--author", "anna")
    assert {key: one[key] for key in ("id", "masked", "hosts", "runs", "dsttype", "reason", "author", "until")} == {
        **{"id": 1, "masked": "TPC17", "hosts": "ebdc17,ebdc17:1", "runs": "70000-70005", "dsttype": "all"},
        **{"reason": "HV off all day", "author": "anna", "until": None},
    }
    again = workspace.json(*MASK, "ebdc17", "--runs", 70000, 70005, "--reason", "HV off all day")
    assert [note["id"] for note in again] == [1]  # nothing new
    three = workspace.json(*MASK, "INTT3", "--runs", 70000, 70005, 70009, "--reason", "x", "--dsttype", "DST_CALO")
    assert [(note["id"], note["runs"], note["dsttype"]) for note in three] == [
        *((2, "70000", "DST_CALO"), (3, "70005", "DST_CALO"), (4, "70009", "DST_CALO"))
    ]
    assert workspace.json("mask", "list") == [one, *three]
    assert (
        workspace.ok("mask", "list", "--format", "csv").out.splitlines()[0].startswith("id,masked,hosts,runs,dsttype")
    )
    assert "TPC17" in workspace.ok("mask", "list").out

    assert [note["id"] for note in workspace.json("mask", "remove", 2, 4, "-n")] == [2, 4]
    one_line(workspace.run("mask", "remove", 2, 9, "-n"), 2, "no mask 9")
    refused = workspace.run("mask", "remove", 2, 4)
    assert (refused.code, len(workspace.json("mask", "list"))) == (2, 4)
    two, four = "mask 2 (INTT3, run 70000, DST_CALO, x)", "mask 4 (INTT3, run 70009, DST_CALO, x)"
    assert f"Remove {two}, {four}: needs a terminal or --yes" in refused.err
    workspace.ok("mask", "remove", 4, 2, "--yes")
    assert workspace.json("mask", "list") == [one, three[1]]
    (new,) = workspace.json(*MASK, "INTT3", "--runs", 70000, "--reason", "x")
    assert new["id"] == 5  # a number is never used again


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["TPC17", "--runs", 1, "--reason", " "], "give a reason in one line"),
        (["TPC17", "--runs", 1], "Missing option '--reason'"),
        (["TPC17", "--reason", "x"], "--runs: no runs are named"),
        (["TPC71", "--runs", 1, "--reason", "x"], "did you mean 'TPC"),
        (["gl1daq", "--runs", 1, "--reason", "x"], "gl1daq cannot be masked"),
        (["TPC17", "--runs", 1, "--reason", "x", "--dsttype", "DST_TRKR"], "did you mean 'DST_TRKR_"),
        (["TPC17", "--runs", 1, "--reason", "x", "--until", "soon"], "--until: 'soon' is not a time"),
        (["TPC17", "--runs", 1, "--reason", "x", "--until", "2020-01-31"], "--until: this time has passed"),
        (["TPC17", "--runs", 1, "--reason", "x", "--until", "0d"], "--until: this time has passed"),
    ],
)
def test_masks_that_are_refused(workspace: Workspace, rules: Path, words: list[object], says: str) -> None:
    one_line(workspace.run(*MASK, *words), 2, says)
    assert workspace.sql("SELECT COUNT(*) FROM production_masks") == [(0,)]


def test_notes_end_by_the_clock_of_the_database(
    workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = workspace.database().read(lambda tx: tx.one("database_clock"))
    assert clock is not None
    workspace.ok(*MASK, "TPC17", "--runs", 70001, "--reason", "for an hour", "--until", "60m")
    workspace.ok(*MASK, "INTT3", "--runs", 70002, "--reason", "for long", "--until", "2199-01-31")
    workspace.ok("runs", "invalid", "add", "--runs", 70000, "--reason", "for an hour", "--until", "60m")
    (mask, other), (invalid,) = (noted.notes(workspace.database(), kind) for kind in noted.NoteKind)
    assert mask.expires is not None
    assert 3600 <= mask.expires - clock[0] < 3700
    assert other.expires == int(datetime(2199, 1, 31, tzinfo=UTC).timestamp())
    assert invalid.expires is not None
    assert {job["runnumber"] for job in submit(workspace, rules, "-n")["jobs"]} == {70001, 70002}

    workspace.sql("UPDATE production_masks SET expires = ? WHERE id = 1", "2026-01-01T00:00:00.000Z")
    workspace.sql("UPDATE production_invalid_runs SET expires = ?", "2026-01-01T00:00:00.000Z")
    assert {job["runnumber"] for job in submit(workspace, rules, "-n")["jobs"]} == {70000, 70002}
    assert [note["id"] for note in workspace.json("mask", "list")] == [2]
    assert [(n["id"], n["state"], n["until"]) for n in workspace.json("mask", "list", "--all")] == [
        *((1, "expired", "2026-01-01T00:00:00Z"), (2, "", "2199-01-31T00:00:00Z"))
    ]
    assert workspace.json("runs", "invalid", "list") == []
    assert len(workspace.json("runs", "invalid", "list", "--all")) == 1
    workspace.ok("mask", "remove", 1, "--yes")  # an expired one can be taken away, too


# ---- invalid runs


def test_nothing_is_made_of_invalid_runs(workspace: Workspace, rules: Path) -> None:
    workspace.ok("runs", "invalid", "add", "--runs", 70000, "--segments", "1-3", "--reason", "beam lost")
    workspace.ok(
        "runs", "invalid", "add", "--runs", 70001, 70001, "--reason", "test", "--dsttype", "DST_STREAMING_EVENT"
    )
    answer = submit(workspace, rules, "-n", "--mask", "TPC17", "INTT3")
    assert [(job["runnumber"], job["segment"]) for job in answer["jobs"]] == [
        *((70002, 0), (70002, 1), (70001, 0), (70001, 1), (70000, 0))
    ]
    assert skipped(answer) == {("invalid", "segment"): [70000]}
    assert skipped(submit(workspace, rules, "-n", rule="streaming")) == {("invalid", "run"): [70001]}
    (added,) = workspace.json("runs", "invalid", "add", "--runs", 70002, "--reason", "again", "--author", "ben")
    assert (added["id"], added["runs"], added["segments"], added["author"]) == (3, "70002", "all", "ben")
    assert {job["runnumber"] for job in submit(workspace, rules, "-n", rule="streaming")["jobs"]} == {70000}
    assert [(n["runs"], n["segments"], n["dsttype"]) for n in workspace.json("runs", "invalid", "list")] == [
        *(("70000", "1-3", "all"), ("70001", "all", "DST_STREAMING_EVENT"), ("70002", "all", "all"))
    ]
    refused = workspace.run("runs", "invalid", "remove", 1, 3).err
    assert "Remove invalid 1 (run 70000, segments 1-3, " in refused
    assert ", invalid 3 (run 70002, again): needs a terminal or --yes" in refused
    workspace.ok("runs", "invalid", "remove", 3, "--yes")
    assert {job["runnumber"] for job in submit(workspace, rules, "-n", rule="streaming")["jobs"]} == {70000, 70002}


def test_a_marked_run_says_why(workspace: Workspace, rules: Path) -> None:
    workspace.ok("runs", "invalid", "add", "--runs", 70000, "--reason", "magnet ramping")
    table = workspace.run("submit", "-c", rules, "-r", "cluster", "--runs", 70000, "-n", "-v", quiet=False).out
    assert "magnet ramping" in table


# ---- proposals


def hostinfo(workspace: Workspace, *gone: tuple[int, str]) -> None:
    """All hosts in runs 70000 to 70004 but these, as (run, host of the raw catalog)."""

    def insert(statement: str, rows: list[tuple[Any, ...]]) -> None:
        with closing(workspace.connect("daq")) as connection:
            connection.cursor().executemany(statement, rows)
            connection.commit()

    runs = range(70000, 70005)
    more = [(run, "physics", "2025-06-01 12:00:00", "2025-06-01 13:00:00") for run in runs if run not in RUNS]
    insert("INSERT INTO run (runnumber, runtype, brtimestamp, ertimestamp) VALUES (?, ?, ?, ?)", more)
    there = [
        (run, *host.split(":")) for run in runs for host in ("gl1daq", *STREAMING_HOSTS) if (run, host) not in gone
    ]
    rows = [(run, name, int(server[0]) if server else 0) for run, name, *server in there]
    insert("INSERT INTO hostinfo (runnumber, hostname, serverid) VALUES (?, ?, ?)", rows)


def proposed(workspace: Workspace, *words: object) -> list[tuple[Any, ...]]:
    """What `mask auto` says."""
    found = workspace.json("mask", "auto", "--runs", 70000, 70004, *words)
    return [(one["run"], one["absent"], one["fate"]) for one in found]


def test_absent_hosts_are_proposed(workspace: Workspace, rules: Path) -> None:
    gone = [(70001, "ebdc17"), (70001, "ebdc17:1"), (70003, "intt3"), (70003, "gl1daq"), (70000, "mvtx1")]
    hostinfo(workspace, *gone, (70002, "ebdc05:1"), (70003, "ebdc05:1"))
    # run 70000 has no neighbour before it, and ebdc05_1 is gone for two runs
    assert proposed(workspace) == [(70001, "TPC17", "proposed"), (70003, "INTT3", "proposed")]
    assert proposed(workspace, "--neighbours", 2) == []
    assert proposed(workspace, "-n") == proposed(workspace)
    assert "INTT3" in workspace.ok("mask", "auto", "--runs", 70003).out
    assert workspace.ok("mask", "auto", "--runs", 70002).out == ""  # nobody needs to look
    assert workspace.json("mask", "list") == []
    workspace.sql("UPDATE run SET runtype = 'cosmics' WHERE runnumber = 70002", role="daq")
    # then 70003 stands beside 70001, where ebdc05_1 is, and TPC17 is gone
    assert proposed(workspace) == [(70001, "TPC17", "proposed"), (70003, "INTT3, ebdc05_1", "proposed")]


def test_what_the_site_allows_is_masked(workspace: Workspace, rules: Path) -> None:
    hostinfo(workspace, (70001, "ebdc17"), (70001, "ebdc17:1"), (70001, "intt0"), (70003, "intt3"), (70003, "intt4"))
    workspace.settings["site"] = {"auto_mask": {"detectors": ["TPC"], "max_hosts": 2}}
    workspace.write()
    both = [(70001, "INTT0, TPC17", "proposed"), (70003, "INTT3, INTT4", "proposed")]
    assert proposed(workspace) == both  # three hosts are more than usual in run 70001, and INTT is not allowed
    workspace.settings["site"] = {"auto_mask": {"detectors": ["TPC"], "max_hosts": 3}}
    workspace.write()
    allowed = [(70001, "TPC17", "allowed"), (70001, "INTT0", "proposed"), both[1]]
    assert proposed(workspace, "-n") == allowed
    assert workspace.json("mask", "list") == []
    assert proposed(workspace, "--until", "7d") == allowed
    (mask,) = workspace.json("mask", "list")
    assert (mask["masked"], mask["runs"], mask["dsttype"]) == ("TPC17", "70001", "all")
    assert mask["reason"] == "not in hostinfo, though runs 70000 and 70002 have it"
    assert mask["author"].startswith("auto (")
    assert mask["until"]
    assert proposed(workspace) == [allowed[1], (70001, "TPC17", "masked already"), both[1]]
    assert len(workspace.json("mask", "list")) == 1
    assert {job["runnumber"] for job in submit(workspace, rules, "-n")["jobs"]} == {70000, 70001}
    workspace.ok(*MASK, "INTT3", "--runs", 70003, "--reason", "seen")
    assert (70003, "INTT4", "proposed") in proposed(workspace)


@ONE_DATABASE  # it ends with the configuration
def test_a_site_can_only_allow_its_own_detectors(workspace: Workspace, rules: Path) -> None:
    workspace.settings["site"] = {"auto_mask": {"detectors": ["TCP"], "max_hosts": 2}}
    workspace.write()
    one_line(workspace.run("mask", "auto", "--runs", 1), 3, "auto_mask.detectors: TCP")


# ---- passes


def test_passes_at_once_under_different_masks_make_each_output_once(workspace: Workspace, rules: Path) -> None:
    """Who wins an output makes it under his mask, and the books say which."""
    from prodcli.books.claimant import myself
    from prodcli.books.claims import Books
    from prodcli.catalogs.catalogs import Catalogs
    from prodcli.config.settings import load_config
    from prodcli.exclusions.masks import Mask
    from prodcli.exclusions.noted import Exclusions
    from prodcli.planning.plan import make_plan
    from prodcli.planning.plan_request import PlanRequest
    from prodcli.rules.load import load_rule
    from prodcli.runs.selection import RunSelection
    from prodcli.submission.pass_request import SubmitLimits
    from prodcli.submission.submitter import Submitter

    config = load_config(workspace.file, workspace.folder)
    rule = load_rule(rules, "cluster", config.site)
    ready, outcomes = threading.Barrier(3), []
    hosts = [("ebdc17", "ebdc17:1"), ("intt3",), ("intt3", "ebdc17", "ebdc17:1")]

    def one_pass(number: int) -> None:
        databases = [workspace.database(role) for role in ("production", "daq", "raw", "filecatalog")]
        books = Books(databases[0])
        masks = Exclusions((Mask(hosts[number]),))
        everything = RunSelection(((0, 99999999),), frozenset())
        wanted = PlanRequest(rule=rule, runs=everything, exclusions=masks)
        plan = make_plan(wanted, Catalogs(*databases[1:]), books)
        batch, limits = LocalBatch(workspace.folder / "batch.db"), SubmitLimits(maxqueued=1000)
        submitter = Submitter(books, batch, myself(), workspace.folder / f"c{number}", None, limits=limits)
        ready.wait()
        outcomes.append(submitter.submit(plan, ThisProcess(batch)).jobs)
        for database in databases:
            database.close()  # SQLite wants it done by the thread that opened it

    threads = [threading.Thread(target=one_pass, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(outcomes), sum(outcomes)) == (3, 6)
    rows = workspace.sql(
        "SELECT j.filename, j.mask, c.folder FROM production_jobs j JOIN production_claims c ON c.id = j.claim_id"
    )
    assert len({row[0] for row in rows}) == len(rows) == 6
    for _, mask, folder in rows:
        said = parse_description(Path(folder, "job.sub").read_text(), "job.sub").commands
        assert said["my.prodclimask"] == f'"{mask}"'
        assert mask == ",".join(hosts[int(Path(folder).parents[2].name[1:])])


def test_rendering_for_inspection_has_a_description_for_each_mask(workspace: Workspace, rules: Path) -> None:
    workspace.ok(*MASK, "TPC17", "--runs", 70001, "--reason", "HV off")
    submit(workspace, rules, "--no-submit")
    said = [parse_description(Path(f).read_text(), f).commands for f in campaign(workspace) if f.endswith("job.sub")]
    assert sorted(one.get("my.prodclimask", "") for one in said) == ["", '"ebdc17,ebdc17:1"']
    assert workspace.sql("SELECT COUNT(*) FROM production_jobs") == [(0,)]


def test_a_limit_takes_the_newest_whatever_their_masks(workspace: Workspace, rules: Path) -> None:
    workspace.ok(*MASK, "TPC17", "--runs", 70001, "--reason", "HV off")
    planned = submit(workspace, rules, "-n", "--mask", "INTT3")["jobs"]
    assert sum(one["jobs"] for one in submit(workspace, rules, "--mask", "INTT3", "--maxjobs", 3)["submitted"]) == 3
    rows = workspace.sql("SELECT filename FROM production_jobs ORDER BY clusterid, procid")
    assert [row[0] for row in rows] == [job["filename"] for job in planned[:3]]


def test_masks_cost_no_statement(workspace: Workspace, rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def statements(*words: object) -> int:
        with monkeypatch.context() as patch:
            counter = Counter(patch)
            submit(workspace, rules, "-n", *words)
        return int(counter.statements)

    plain = statements()
    assert plain > 0
    for run in RUNS:
        workspace.ok(*MASK, "TPC17", "--runs", run, "--reason", "HV off")
        workspace.ok("runs", "invalid", "add", "--runs", run, "--segments", 1, "--reason", "beam lost")
    assert statements("--mask", "INTT3", "MVTX1") == plain


def test_a_plan_without_masks_is_the_plan_before_there_were_any(workspace: Workspace, rules: Path) -> None:
    """Books of older tools have no such tables; a dry run looks at them all the same."""
    planned = submit(workspace, rules, "-n")
    for table in ("production_masks", "production_invalid_runs"):
        workspace.sql(f"DROP TABLE {table}")
    workspace.sql("ALTER TABLE production_jobs DROP COLUMN mask")
    workspace.sql("DELETE FROM prodcli_schema WHERE version = 5")
    assert submit(workspace, rules, "-n") == planned
    for words in (("mask", "list"), (*MASK, "TPC17", "--runs", 1, "--reason", "x")):
        one_line(workspace.run(*words), 4, "the schema lacks 0005_masks (run prodcli db upgrade)")
    workspace.ok("db", "upgrade")
    assert sum(one["jobs"] for one in submit(workspace, rules)["submitted"]) == 2


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_a_job_carries_its_mask_and_takes_it_back_to_the_books(real: Workspace, batch: str) -> None:
    """On a real schedd as in the local queue, also when its row was lost and is adopted again."""
    (real.folder / "production.db").unlink(missing_ok=True)  # of the catalog that was there
    real.load(CATALOG)
    rules = write_rules(real.folder / "rules", {"cluster": changed("cluster", job_requirements=NEVER)})
    real.ok(*MASK, "TPC17", "--runs", 70001, "--reason", "HV off")
    clusters = submit(real, rules, "--runs", "70000,70001")["submitted"]
    before = real.sql("SELECT filename, mask FROM production_jobs ORDER BY filename")
    assert [mask for _, mask in before] == [None, None, "ebdc17,ebdc17:1", "ebdc17,ebdc17:1"]
    if batch == "htcondor":
        from prodcli.batch.htcondor.batch import HTCondorBatch

        settings = real.settings["batch"]
        pool = HTCondorBatch(settings["schedds"], condor_config=settings["condor_config"])
        found = [ads(pool, one["cluster"], "ProdcliMask", "ProdcliRun") for one in clusters]
        masks = {ad["ProdcliRun"]: ad.get("ProdcliMask") for cluster in found for ad in cluster}
        assert masks == {70000: None, 70001: "ebdc17,ebdc17:1"}
    real.sql("DELETE FROM production_jobs")
    for one in clusters:
        real.ok("reconcile", "--adopt", one["cluster"])
    assert real.sql("SELECT filename, mask FROM production_jobs ORDER BY filename") == before
