"""Rules whose own SQL finds the inputs, of both dialects: planned, submitted and booked on real databases."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.kept_sessions import close_sessions
from tests.support.older_oracle import RULES, SEED, expected, write
from tests.support.rule_files import rule, write_rules
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

RANGE = ("--runs", "1-99999")


@pytest.fixture
def loaded(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with a random catalog, in which the older tool's relative paths count."""
    workspace.load(seeded_catalog(3))
    monkeypatch.chdir(workspace.folder)
    return workspace


@pytest.fixture
def on_postgresql(loaded: Workspace) -> Workspace:
    """The same; skipped on SQLite, whose SQL the rules do not speak."""
    if loaded.cluster is None:
        pytest.skip("the rule speaks PostgreSQL")
    return loaded


def placed(workspace: Workspace, names: list[str], role: str = "filecatalog") -> None:
    """Give logical names a path in a catalog."""
    for name in names:
        workspace.sql(
            "INSERT INTO files (lfn, full_host_name, full_file_path) VALUES (?, 'lustre', ?)",
            name,
            f"/d/{name}",
            role=role,
        )


def inputs(workspace: Workspace) -> list[str]:
    """What the rule Seed reads."""
    return sorted(name for names in expected("Seed", seeded_catalog(3)).values() for name in names)


def read_only(workspace: Workspace) -> None:
    """Let new sessions of every role read only, as those of a restricted role do."""
    assert workspace.cluster is not None
    for name in workspace.names:
        if not name.endswith("_production"):
            workspace.cluster.psql("postgres", f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
            close_sessions(name)


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("name", RULES)
def test_the_jobs_are_those_of_brute_force(on_postgresql: Workspace, name: str, restricted: bool) -> None:
    workspace, catalog = on_postgresql, seeded_catalog(3)
    if name == "Seed":
        placed(workspace, inputs(workspace))
    if restricted:
        read_only(workspace)
    plan = workspace.json("submit", "-c", write(workspace.folder), "-r", name, "-n", *RANGE)
    wanted = expected(name, catalog)
    there = {file.filename for file in catalog.files} | {job.filename for job in catalog.jobs}
    found = {job["filename"]: frozenset(_inputs(job, wanted)) for job in plan["jobs"]}
    assert found == {output: names for output, names in wanted.items() if output not in there}
    assert len(found) > 5
    assert all(job["n_inputs"] == len(wanted[job["filename"]]) for job in plan["jobs"])
    order = [(-job["runnumber"], job["segment"]) for job in plan["jobs"]]
    assert order == sorted(order)


def _inputs(job: dict[str, Any], wanted: dict[str, frozenset[str]]) -> list[str]:
    """The argument that names the job's inputs."""
    known = {name for names in wanted.values() for name in names}
    (word,) = [word for word in job["arguments"].split(" ") if word.split(",")[0] in known]
    return list(word.split(","))


def test_tables_are_beside_the_query_or_within_it(on_postgresql: Workspace) -> None:
    workspace = on_postgresql
    words = ("submit", "-c", write(workspace.folder), "-r", "Streams", "--print-query", *RANGE)
    assert "CREATE TEMPORARY TABLE picked" in workspace.ok(*words).out
    read_only(workspace)
    shown = workspace.ok(*words).out
    assert "CREATE TEMPORARY TABLE" not in shown
    assert "picked AS MATERIALIZED" in shown
    assert "numbers integer[]" in shown  # columns have the types of their source
    assert "brtimestamp timestamp without time zone" in shown


def test_a_pass_over_an_older_rule_books_as_the_older_tool_does(loaded: Workspace) -> None:
    names = inputs(loaded)
    placed(loaded, names[::2])
    placed(loaded, names[1::4], role="raw")
    file = write(loaded.folder)
    plan = loaded.json("submit", "-c", file, "-r", "Seed", "-n", *RANGE)
    assert sum(one["count"] for one in plan["skipped"] if one["reason"] == "input_off_disk") == len(names[3::4])
    done = loaded.json("submit", "-c", file, "-r", "Seed", *RANGE)
    assert sum(cluster["jobs"] for cluster in done["submitted"]) == len(plan["jobs"]) == len(names) - len(names[3::4])
    rows = loaded.sql(
        "SELECT filename, tag, dataset, dsttype, rulename, eventsinrun, log, status FROM production_jobs"
        " WHERE rulename = 'Seed' ORDER BY procid"
    )
    events = {run.runnumber: run.eventsinrun or 0 for run in seeded_catalog(3).runs}
    tag = "ana537_2025p010"
    for row, job in zip(rows, plan["jobs"], strict=True):
        run, logbase = job["runnumber"], job["filename"].removesuffix(".root")
        assert row[:6] == (job["filename"], tag, tag, "DST_TRKR_SEED_run3auau", "Seed", events.get(run, 0))
        assert Path(row[6]).name == f"{logbase}.condor"
        (read,) = expected("Seed", seeded_catalog(3))[job["filename"]]
        words = job["arguments"].split(" ")
        assert words[:6] == ["5", f"DST_TRKR_SEED_run3auau_{tag}", logbase, str(run), str(job["segment"]), read]
        assert (words[6].startswith(f"{read}:0:"), words[7:]) == (True, ["''"])
    text = (Path(done["submitted"][0]["folder"]) / "job.sub").read_text()
    assert f'My.ProdcliDataset = "{tag}"' in text
    assert 'My.ProdcliDsttype = "$(leafdir)_run3auau"' in text
    again = loaded.json("submit", "-c", file, "-r", "Seed", *RANGE)
    assert again["submitted"] == []
    assert {one["reason"] for one in again["skipped"]} == {"blocked", "input_off_disk"}


def test_runs_and_segments_of_the_command_line_hold(loaded: Workspace) -> None:
    placed(loaded, inputs(loaded))
    file = write(loaded.folder)
    every = loaded.json("submit", "-c", file, "-r", "Seed", "-n", *RANGE)["jobs"]
    run = every[len(every) // 2]["runnumber"]
    few = loaded.json("submit", "-c", file, "-r", "Seed", "-n", "--runs", f"{run},7", "--segments", "0-1")["jobs"]
    assert few == [job for job in every if job["runnumber"] == run and job["segment"] < 2]
    assert loaded.json("submit", "-c", file, "-r", "Seed", "-n", "--maxjobs", 2, *RANGE)["jobs"] == every[:2]


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("filename like '{input}'", "filename like '{inputt}'", 3, "unknown {inputt}; did you mean 'input'? (line 19)"),
        (
            "filename as files,",
            "filename as filess,",
            3,
            "gives no column 'files', which the rule uses; it gives source",
        ),
        ("segment, filename", "0 as segment, filename", 3, "two rows for run"),
        ("select 'file", "delete from datasets; select 'file", 3, "an SQL query is one statement without ;"),
        ("select 'filecatalog/datasets' as source", "update datasets set", 3, "begins with SELECT or WITH"),
        ("from datasets where", "from datasetz where", 4, "datasetz"),
        ("runnumber, segment,", "NULL as runnumber, segment,", 3, "a row has no run or segment"),
    ],
)
def test_what_is_wrong_with_a_query_is_said(loaded: Workspace, old: str, new: str, code: int, says: str) -> None:
    assert old in SEED
    answer = loaded.run("submit", "-c", write(loaded.folder, SEED.replace(old, new)), "-n", *RANGE)
    assert (answer.code, answer.err.count("\n")) == (code, 1), answer.err
    assert says in answer.err
    assert "Traceback" not in answer.err


def test_a_query_cannot_write(on_postgresql: Workspace) -> None:
    sneaky = SEED.replace("select 'filecatalog", "with gone as (delete from datasets returning 1) select 'filecatalog")
    answer = on_postgresql.run("submit", "-c", write(on_postgresql.folder, sneaky), "-n", *RANGE)
    assert answer.code == 4
    assert "read-only transaction" in answer.err
    assert on_postgresql.sql("SELECT COUNT(*) FROM datasets", role="filecatalog") == [(len(seeded_catalog(3).files),)]


def test_a_newer_rule_may_bring_its_own_query(loaded: Workspace) -> None:
    sql = (
        "SELECT 'fc' AS source, runnumber, segment, filename AS files, tag AS intag FROM datasets"
        " WHERE tag = {{ input.intriplet | bind }} AND dsttype = {{ 'DST_TRKR_CLUSTER' | bind }} AND status > {{ 0 }}"
        " AND dataset = 'run3auau' AND filename NOT LIKE '%?' {{ run_condition }}"
    )
    own = rule("DST_OWN", "ana.1", "x", "ana537_2025p010_v001", input_query=sql, input_columns=["intag", "inputs"])
    own["job"]["arguments"] = "{run} {intag} {inputs} {nevents} {colour}"
    own["job"]["values"] = {"colour": "red"}
    file = write_rules(loaded.folder / "rules", {"Own": own})
    jobs = loaded.json("submit", "-c", file, "-n", *RANGE)["jobs"]
    files = [
        f for f in seeded_catalog(3).files if f.tag == own["input"]["intriplet"] and f.dsttype == "DST_TRKR_CLUSTER"
    ]
    wanted = sorted(
        (f for f in files if (f.status or 0) > 0 and f.dataset == "run3auau"), key=lambda f: (-f.runnumber, f.segment)
    )
    assert [job["arguments"] for job in jobs] == [f"{f.runnumber} {f.tag} {f.filename} 0 red" for f in wanted]
    assert jobs[0]["filename"].startswith("DST_OWN_run3auau_ana1_x_v001-000")
    assert "'ana537_2025p010_v001'" in loaded.ok("submit", "-c", file, "--print-query", *RANGE).out


def test_tables_of_other_databases_on_either_kind(loaded: Workspace) -> None:
    """What SQLite and PostgreSQL both understand; percent signs and question marks in texts go through."""
    sql = (
        "WITH mine AS (SELECT * FROM datasets WHERE tag = 'ana530_2025p008_v001' AND dataset = 'run3auau')"
        " SELECT mine.runnumber, segment, filename AS files, good.kind FROM mine JOIN good ON good.runnumber = mine.runnumber"
        " WHERE dsttype LIKE 'DST_CALOFIT%'"
    )
    table = (
        "SELECT runnumber, runtype || '%?' AS kind FROM run WHERE runtype = {{ 'physics' | bind }} {{ run_condition }}"
    )
    own = rule("DST_OWN", "ana.1", "x", input_query=sql, input_columns=["kind"])
    own["input"]["tables"] = [{"name": "good", "database": "daq", "query": table}]
    own["job"]["arguments"] = "{run} {kind}"
    jobs = loaded.json("submit", "-c", write_rules(loaded.folder / "rules", {"Own": own}), "-n", *RANGE)["jobs"]
    catalog = seeded_catalog(3)
    good = {run.runnumber for run in catalog.runs if run.runtype == "physics"}
    wanted = {
        (f.runnumber, f.segment)
        for f in catalog.files
        if (f.dsttype, f.dataset, f.tag) == ("DST_CALOFITTING", "run3auau", "ana530_2025p008_v001")
        and f.runnumber in good
    }
    assert {(job["runnumber"], job["segment"]) for job in jobs} == wanted
    assert {job["arguments"].split(" ")[1] for job in jobs} == {"physics%?"}


def test_a_name_that_no_file_system_takes_stops_no_other_job(loaded: Workspace) -> None:
    """One row of each run makes a name that is one letter too long with all that is added to it."""
    most = 255 - 141 - len("DST_OWN_-00066456-00000.root")
    values = " UNION ALL ".join(f"SELECT {n} AS segment, '{'k' * (most + n)}' AS kind" for n in range(2))  # noqa: S608
    sql = f"SELECT r.runnumber, v.segment, 'f' AS files, v.kind FROM run r CROSS JOIN ({values}) v"  # noqa: S608
    names = {
        "tag": "x",
        "dataset": "x",
        "leafdir": "DST_OWN_{kind}",
        "dsttype": "{leafdir}",
        "outbase": "{leafdir}",
        "logbase": "{leafdir}-{run8}-{seg5}",
    }
    own = rule(
        "DST_OWN", "ana.1", "x", input_query=sql, input_columns=["kind"], input_database="daq", params_names=names
    )
    words = ("submit", "-c", write_rules(loaded.folder / "rules", {"Own": own}), *RANGE)
    plan, done = loaded.json(*words, "-n"), loaded.json(*words)
    runs = sorted(run.runnumber for run in seeded_catalog(3).runs)
    assert sorted((job["runnumber"], job["segment"]) for job in plan["jobs"]) == [(run, 0) for run in runs]
    assert sum(cluster["jobs"] for cluster in done["submitted"]) == len(runs)
    left = [{"reason": "bad_catalog_row", "level": "output", "count": len(runs), "runs": runs}]
    assert plan["skipped"] == done["skipped"] == left


@pytest.mark.parametrize(
    ("segment", "kind", "says"),
    [
        ("-1", "'good'", "a row has no run or segment"),
        ("2147483648", "'good'", "a row has no run or segment"),
        ("NULL", "'good'", "a row has no run or segment"),
        ("1.5", "'good'", "a row has no run or segment"),
        ("0", "'two words'", "'kind' must be a word, not 'two words'"),
        ("0", "'$(dbid)'", "'kind' must be a word, not '$(dbid)'"),
    ],
)
def test_a_row_that_is_no_candidate_stops_no_other(loaded: Workspace, segment: str, kind: str, says: str) -> None:
    runs = sorted(run.runnumber for run in seeded_catalog(3).runs)
    bad = f"CASE WHEN runnumber = {runs[0]} THEN {{}} ELSE {{}} END"
    sql = f"SELECT runnumber, {bad.format(segment, 0)} AS segment, 'f' AS files, {bad.format(kind, chr(39) + 'x' + chr(39))} AS kind FROM run"  # noqa: S608
    own = rule("DST_OWN", "ana.1", "x", input_query=sql, input_columns=["kind"], input_database="daq")
    words = ("submit", "-c", write_rules(loaded.folder / "rules", {"Own": own}), *RANGE)
    plan, done = loaded.json(*words, "-n"), loaded.json(*words)
    assert sorted(job["runnumber"] for job in plan["jobs"]) == runs[1:]
    assert sum(cluster["jobs"] for cluster in done["submitted"]) == len(runs) - 1
    left = [{"reason": "bad_catalog_row", "level": "output", "count": 1, "runs": runs[:1]}]
    assert plan["skipped"] == done["skipped"] == left
    assert says in loaded.run(*words, "-n", "-v", quiet=False).out
    assert loaded.json(*words, "-n", "--exclude", runs[0])["skipped"] != left


def test_events_that_cannot_be_right_are_booked_as_none(loaded: Workspace) -> None:
    runs = sorted(run.runnumber for run in seeded_catalog(3).runs if run.ertimestamp is not None)
    loaded.sql("UPDATE run SET eventsinrun = 4294967295 WHERE runnumber = ?", runs[0], role="daq")
    sql = "SELECT runnumber, 0 AS segment, 'f' AS files FROM run"
    own = rule("DST_OWN", "ana.1", "x", input_query=sql, input_database="daq")
    answer = loaded.run("submit", "-c", write_rules(loaded.folder / "rules", {"Own": own}), *RANGE)
    assert answer.code == 0
    assert (
        answer.err.count(
            f"the event count of 1 run cannot be right and is taken as none, like run {runs[0]}: eventsinrun 4294967295"
        )
        == 1
    )
    booked = "SELECT eventsinrun FROM production_jobs WHERE rulename = 'Own' AND runnumber = ?"
    assert loaded.sql(booked, runs[0]) == [(0,)]


def test_values_must_be_bound(loaded: Workspace) -> None:
    own = rule("DST_OWN", "ana.1", "x", "t_t_v001", input_query="SELECT {{ input.intriplet }} AS files")
    answer = loaded.run("submit", "-c", write_rules(loaded.folder / "rules", {"Own": own}), "-n")
    assert (answer.code, "must go through the filter `bind`" in answer.err) == (3, True), answer.err


def test_a_template_of_the_sites_own(loaded: Workspace) -> None:
    folder = loaded.folder / "templates" / "query"
    folder.mkdir(parents=True)
    (folder / "mine.sql.j2").write_text(
        "SELECT runnumber, segment, filename AS files FROM datasets WHERE dsttype = {{ values.kind | bind }}"
        " AND dataset = 'run3auau' AND tag = 'ana530_2025p008_v001' {{ run_condition }}"
    )
    loaded.settings["templates"] = str(folder.parent)
    loaded.write()
    own = rule("DST_OWN", "ana.1", "x", input_query="mine.sql.j2", job_values={"kind": "DST_CALOFITTING"})
    jobs = loaded.json("submit", "-c", write_rules(loaded.folder / "rules", {"Own": own}), "-n", *RANGE)["jobs"]
    wanted = {
        (f.runnumber, f.segment)
        for f in seeded_catalog(3).files
        if (f.dsttype, f.dataset, f.tag) == ("DST_CALOFITTING", "run3auau", "ana530_2025p008_v001")
    }
    assert {(job["runnumber"], job["segment"]) for job in jobs} == wanted
    own["input"]["query"] = "nobody.sql.j2"
    answer = loaded.run("submit", "-c", write_rules(loaded.folder / "rules", {"Own": own}), "-n", *RANGE)
    assert (answer.code, "there is no template nobody.sql.j2" in answer.err) == (3, True)


def test_register_says_that_it_cannot_find_the_outputs(loaded: Workspace) -> None:
    answer = loaded.run("register", "-c", write(loaded.folder), "-r", "Streams", "--runs", "66456")
    assert (answer.code, "cannot be found from the runs alone" in answer.err) == (3, True), answer.err


def test_why_says_that_the_query_decides(loaded: Workspace) -> None:
    file = write(loaded.folder)
    for words in (("-r", "Streams"), ()):
        answer = loaded.run("why", "-c", file, "--runs", "66456", *words)
        assert (answer.code, "its own query decides" in answer.err) == (3, True), answer.err


def test_invalid_runs_and_segments_are_left_out(loaded: Workspace) -> None:
    placed(loaded, inputs(loaded))
    file = write(loaded.folder)
    before = loaded.json("submit", "-c", file, "-r", "Seed", "-n", *RANGE)["jobs"]
    whole, part = before[0]["runnumber"], before[-1]["runnumber"]
    assert whole != part
    loaded.ok("runs", "invalid", "add", "--runs", whole, "--reason", "magnet off")
    loaded.ok("runs", "invalid", "add", "--runs", part, "--segments", before[-1]["segment"], "--reason", "noise")
    after = loaded.json("submit", "-c", file, "-r", "Seed", "-n", *RANGE)
    gone = [(part, before[-1]["segment"])]
    wanted = [j for j in before if j["runnumber"] != whole and (j["runnumber"], j["segment"]) not in gone]
    assert after["jobs"] == wanted
    assert {one["level"] for one in after["skipped"] if one["reason"] == "invalid"} == {"run", "segment"}


def test_a_file_may_mix_the_dialects(loaded: Workspace) -> None:
    mixed = {**yaml.safe_load(SEED), "New": rule("DST_CALO", "ana.530", "2025p008", "ana530_2025p008_v001")}
    file = write_rules(loaded.folder, mixed)
    listed = loaded.json("rules", "list", "-c", file)
    assert [(one["rule"], one["match"], one["check"]) for one in listed] == [
        ("Seed", "by query", "ok"),
        ("New", "one-to-one", "ok"),
    ]


def test_the_rules_can_be_tried_without_a_database(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    assert [one["check"] for one in workspace.json("rules", "list", "-c", write(tmp_path))] == ["ok"] * 4


def test_orphans_of_an_older_rule_have_their_own_rows_again(loaded: Workspace) -> None:
    """Its outputs are not named from the columns of the books, as those of other rules are."""
    placed(loaded, inputs(loaded))
    words = ("submit", "-c", write(loaded.folder), "-r", "Seed", *RANGE)
    ((cluster,),) = ([one["cluster"] for one in loaded.json(*words)["submitted"]],)
    rows = (
        "SELECT id, filename, tag, dataset, dsttype, log, out FROM production_jobs WHERE rulename = 'Seed' ORDER BY id"
    )
    before = loaded.sql(rows)
    loaded.sql("DELETE FROM production_attempts")
    loaded.sql("DELETE FROM production_jobs WHERE rulename = 'Seed'")
    loaded.sql("UPDATE production_claims SET state = 'released'")
    loaded.ok("reconcile", "--adopt", cluster)
    assert loaded.sql(rows) == before
    assert loaded.json(*words)["submitted"] == []


def test_a_check_compares_the_jobs_of_an_older_rule(loaded: Workspace) -> None:
    """Names, tag and dataset are those of the older tool; the query says which outputs should be there."""
    placed(loaded, inputs(loaded))
    words = ("-c", write(loaded.folder), "-r", "Seed", *RANGE)
    jobs = loaded.json("submit", *words, "-n")["jobs"]
    loaded.ok("submit", *words)
    for job in jobs[1:]:
        loaded.sql(
            "INSERT INTO datasets (filename, runnumber, segment, dataset, status) VALUES (?, ?, ?, 'run3auau', 1)",
            *(job["filename"], job["runnumber"], job["segment"]),
            role="filecatalog",
        )
    found = loaded.run("check", *words, "--no-disk", "--format", "json").data
    missing = [(one["run"], one["segment"], one["dsttype"]) for one in found["units_flagged"]]
    assert (jobs[0]["runnumber"], jobs[0]["segment"], "DST_TRKR_SEED_run3auau") in missing
    assert found["units"] == len(expected("Seed", seeded_catalog(3)))
    assert {one["kind"] for one in found["findings"]} == {"unfinished_with_file"}
    assert {one["filename"] for one in found["findings"]} >= {job["filename"] for job in jobs[1:]}
