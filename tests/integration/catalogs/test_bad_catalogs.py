"""Catalogs with values that cannot be right: their run has a reason, and all other runs go on."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.catalog import CREATE, Catalog, Run
from tests.support.catalog import Raw as RawFile
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace

BEGIN = datetime.fromisoformat("2025-06-01 12:00:00")
RUNS = range(70000, 70010)
BAD = 70004
HOSTS = ("gl1daq", "ebdc00", "ebdc00:1", "intt0")
STREAMING = ("-r", "streaming", "--runs", f"{RUNS[0]}-{RUNS[-1]}")


@pytest.fixture
def stocked(workspace: Workspace) -> Workspace:
    """Ten good runs that were taken hour by hour, with the raw files of three hosts and the trigger."""
    runs = [
        Run(
            run,
            "physics",
            1_000_000,
            BEGIN + timedelta(hours=run - RUNS[0]),
            BEGIN + timedelta(hours=run - RUNS[0] + 0.9),
        )
        for run in RUNS
    ]
    raw = [RawFile(f"{host}-{run}", run, host, 0, 1, "physics") for run in RUNS for host in HOSTS]
    workspace.load(Catalog(runs=runs, raw=raw))
    write_rules(workspace.folder / "rules")
    return workspace


def submitted(workspace: Workspace) -> dict[str, set[int]]:
    """What a plan, why and a pass, which must agree, leave out: the runs of each reason."""
    rule = ("-c", workspace.folder / "rules" / "rules.yaml", *STREAMING)
    planned, (why,) = workspace.json("submit", *rule, "-n"), workspace.json("why", *rule)
    done = workspace.json("submit", *rule)
    assert len(planned["jobs"]) == sum(cluster["jobs"] for cluster in done["submitted"])
    found, *others = (by_reason(skipped) for skipped in (planned["skipped"], why["groups"], done["skipped"]))
    assert all(other == found for other in others)
    return found


def by_reason(skipped: list[dict[str, Any]]) -> dict[str, set[int]]:
    """The runs of each reason that is about whole runs."""
    found: dict[str, set[int]] = defaultdict(set)
    for one in skipped:
        if one["level"] == "run":
            found[one["reason"]].update(one["runs"])
    return dict(found)


def booked(workspace: Workspace) -> list[int]:
    """The runs of the booked jobs."""
    return [run for (run,) in workspace.sql("SELECT runnumber FROM production_jobs ORDER BY 1")]


OTHERS = sorted(run for run in RUNS if run != BAD for _ in HOSTS[1:])


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("eventsinrun", 4_294_967_295, "eventsinrun 4294967295"),
        ("eventsinrun", 2**63 - 1, "eventsinrun 9223372036854775807"),
        ("ertimestamp", "infinity", "ertimestamp infinity"),
        ("ertimestamp", "-infinity", "ertimestamp -infinity"),
        ("brtimestamp", "-infinity", "brtimestamp -infinity"),
        ("ertimestamp", "9999-12-31 00:00:00", "ertimestamp 2912655 days after brtimestamp"),
        ("brtimestamp", "0001-01-01 00:00:00", "ertimestamp 739403 days after brtimestamp"),
    ],
)
def test_a_run_with_a_value_that_cannot_be_right_stops_no_other(
    stocked: Workspace, column: str, value: object, says: str
) -> None:
    stocked.sql(f"UPDATE run SET {column} = ? WHERE runnumber = {BAD}", value, role="daq")  # noqa: S608
    assert submitted(stocked) == {"bad_catalog_row": {BAD}}
    assert booked(stocked) == OTHERS
    rule = ("-c", stocked.folder / "rules" / "rules.yaml", "-r", "streaming")
    assert says in stocked.run("submit", *rule, *STREAMING[2:], "-n", "-v", quiet=False).out
    assert says in stocked.run("why", *rule, *STREAMING[2:], quiet=False).out
    assert f"cannot be right: {says}" in stocked.run("why", *rule, "--runs", BAD, quiet=False).out


@pytest.mark.parametrize("column", ["brtimestamp", "ertimestamp"])
def test_a_run_without_an_end_has_not_ended(stocked: Workspace, column: str) -> None:
    stocked.sql(f"UPDATE run SET {column} = NULL, eventsinrun = 4294967295 WHERE runnumber = {BAD}", role="daq")  # noqa: S608
    assert submitted(stocked) == {"run_not_ended": {BAD}}
    assert booked(stocked) == OTHERS


@pytest.mark.parametrize("value", ["many", 12.5, 1e300, b"\xff\xfe", ""])
@pytest.mark.parametrize("workspace", ["sqlite"], indirect=True)
def test_text_where_a_number_belongs_stops_no_other_run(stocked: Workspace, value: object) -> None:
    stocked.sql("UPDATE run SET eventsinrun = ? WHERE runnumber = ?", value, BAD, role="daq")
    assert submitted(stocked) == {"bad_catalog_row": {BAD}}
    assert booked(stocked) == OTHERS


@pytest.mark.parametrize("column", ["brtimestamp", "ertimestamp"])
@pytest.mark.parametrize("value", ["soon", "", "2025-13-45", b"\xff\xfe"])
@pytest.mark.parametrize("workspace", ["sqlite"], indirect=True)
def test_text_where_a_time_belongs_stops_no_other_run(stocked: Workspace, column: str, value: object) -> None:
    stocked.sql(f"UPDATE run SET {column} = ? WHERE runnumber = ?", value, BAD, role="daq")  # noqa: S608
    assert submitted(stocked) == {"bad_catalog_row": {BAD}}
    assert booked(stocked) == OTHERS


@pytest.mark.parametrize("value", ["many", 70003.5, -1, 2**40])
@pytest.mark.parametrize("workspace", ["sqlite"], indirect=True)
def test_a_row_of_no_run_is_no_run(stocked: Workspace, value: object) -> None:
    without_key(stocked)
    stocked.sql(
        "INSERT INTO run SELECT ?, runtype, brtimestamp, ertimestamp, NULL, 5, 0 FROM run LIMIT 1", value, role="daq"
    )
    assert submitted(stocked) == {}
    assert booked(stocked) == sorted([*OTHERS, BAD, BAD, BAD])


def without_key(workspace: Workspace) -> None:
    """Let daq.run hold several rows of a run."""
    for statement in (
        "CREATE TABLE rows AS SELECT * FROM run",
        "DROP TABLE run",
        "ALTER TABLE rows RENAME TO run",
    ):
        workspace.sql(statement, role="daq")


def test_several_rows_of_a_run_count_once(stocked: Workspace) -> None:
    without_key(stocked)
    again = (
        "INSERT INTO run SELECT runnumber, runtype, brtimestamp, {end}, NULL, {events}, 0 FROM run WHERE runnumber = ?"
    )
    stocked.sql(again.format(end="ertimestamp", events="eventsinrun"), BAD, role="daq")
    stocked.sql(again.format(end="NULL", events="7"), 70000, role="daq")
    stocked.sql(again.format(end="ertimestamp", events="4294967295"), 70001, role="daq")
    stocked.sql(again.format(end="ertimestamp", events="NULL"), 70002, role="daq")
    assert submitted(stocked) == {}
    assert booked(stocked) == sorted([*OTHERS, BAD, BAD, BAD])
    events = stocked.sql("SELECT DISTINCT eventsinrun FROM production_jobs")
    assert events == [(1_000_000,)]


def new(workspace: Workspace, hours: int) -> list[int]:
    """The runs of `new(window=...)`."""
    rule = ("-c", workspace.folder / "rules/rules.yaml", "-r", "streaming", "--physics-mode", "nobody")
    data = workspace.json("submit", *rule, "-n", "--runs", f"new(window={hours}h)")
    return sorted(run for one in data["skipped"] for run in one["runs"])


@pytest.mark.parametrize("end", ["infinity", "-infinity", "9999-12-31 00:00:00", "2099-01-01 00:00:00", None])
def test_one_absurd_end_moves_no_window(stocked: Workspace, end: str | None) -> None:
    stocked.sql("UPDATE run SET ertimestamp = ? WHERE runnumber = ?", end, BAD, role="daq")
    assert new(stocked, 3) == [70006, 70007, 70008, 70009]
    assert new(stocked, 24) == [run for run in RUNS if run != BAD]


@pytest.mark.parametrize("workspace", ["sqlite"], indirect=True)
def test_an_end_that_is_no_time_moves_no_window(stocked: Workspace) -> None:
    stocked.sql("UPDATE run SET ertimestamp = 'soon' WHERE runnumber = ?", BAD, role="daq")
    assert new(stocked, 3) == [70006, 70007, 70008, 70009]


@pytest.fixture
def unencoded(stocked: Workspace) -> Workspace:
    """The same, with a daq database that knows no encoding, and a run of a type that is no UTF-8."""
    if stocked.cluster is None:
        stocked.sql("UPDATE run SET runtype = CAST(? AS text) WHERE runnumber = ?", b"f\xfcr", BAD, role="daq")
        return stocked
    name = stocked.names[0] + "_ascii"
    stocked.cluster.psql("postgres", f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    stocked.names.append(name)
    rows = stocked.sql("SELECT runnumber, runtype, brtimestamp, ertimestamp, eventsinrun FROM run", role="daq")
    stocked.settings["databases"]["daq"] = stocked.cluster.odbc(name)
    stocked.write()
    for statement in filter(str.strip, CREATE["daq"].split(";")):
        stocked.sql(statement, role="daq")
    for row in rows:
        insert = "INSERT INTO run (runnumber, runtype, brtimestamp, ertimestamp, eventsinrun) VALUES (?, ?, ?, ?, ?)"
        stocked.sql(insert, *row, role="daq")
    stocked.cluster.psql(name, f"UPDATE run SET runtype = E'f\\374r' WHERE runnumber = {BAD}")  # noqa: S608
    return stocked


def test_a_text_of_no_encoding_stops_no_other_run(unencoded: Workspace) -> None:
    assert submitted(unencoded) == {"runtype": {BAD}}
    assert booked(unencoded) == OTHERS
    rule = ("-c", unencoded.folder / "rules" / "rules.yaml", "-r", "streaming")
    shown = "f\\374r" if unencoded.cluster else "f\\xfcr"
    assert f"runtype is {shown}" in unencoded.run("why", *rule, "--runs", BAD, quiet=False).out


def inputs_of(workspace: Workspace) -> list[int]:
    """The segments of the run that a later step would be made from."""
    rule = ("-c", workspace.folder / "rules/rules.yaml", "-r", "seed", "--runs", BAD)
    return [job["segment"] for job in workspace.json("submit", *rule, "-n")["jobs"]]


@pytest.fixture
def clustered(stocked: Workspace) -> Workspace:
    """The same with five input files of a later step in one run, in a file catalog of wide numbers."""
    insert = (
        "INSERT INTO datasets (filename, runnumber, segment, dataset, dsttype, status, tag)"
        " VALUES (?, ?, ?, 'run3auau', 'DST_TRKR_CLUSTER', 1, 'ana537_2025p010_v001')"
    )
    if stocked.cluster is not None:
        stocked.sql("ALTER TABLE datasets ALTER COLUMN segment TYPE bigint", role="filecatalog")
    for segment in range(5):
        stocked.sql(insert, f"cluster-{segment}", BAD, segment, role="filecatalog")
    assert inputs_of(stocked) == [0, 1, 2, 3, 4]
    return stocked


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize("segment", [-1, 2**30, 2**31, 5_000_000_000, None])
def test_a_segment_out_of_range_stops_no_other(clustered: Workspace, segment: int | None, indexed: bool) -> None:
    if not indexed:
        clustered.sql("DROP INDEX datasets_type_tag_run", role="filecatalog")
    clustered.sql("UPDATE datasets SET segment = ? WHERE filename = 'cluster-2'", segment, role="filecatalog")
    assert inputs_of(clustered) == [0, 1, 3, 4]


@pytest.mark.parametrize("segment", ["two", "1,3", 1.5, b"\xff"])
@pytest.mark.parametrize("workspace", ["sqlite"], indirect=True)
def test_a_segment_that_is_no_number_stops_no_other(clustered: Workspace, segment: object) -> None:
    clustered.sql("UPDATE datasets SET segment = ? WHERE filename = 'cluster-2'", segment, role="filecatalog")
    assert inputs_of(clustered) == [0, 1, 3, 4]


@pytest.mark.parametrize("workspace", ["sqlite"], indirect=True)
def test_a_status_that_is_no_number_is_not_on_disk(clustered: Workspace) -> None:
    clustered.sql("UPDATE datasets SET status = 'lost' WHERE filename = 'cluster-2'", role="filecatalog")
    assert inputs_of(clustered) == [0, 1, 3, 4]
    clustered.sql("UPDATE datasets SET status = 'lost', segment = 'one' WHERE runnumber = ?", BAD, role="raw")
    rule = ("-c", clustered.folder / "rules/rules.yaml", "-r", "streaming", "--runs", BAD)
    (skipped,) = clustered.json("submit", *rule, "-n")["skipped"]
    assert (skipped["reason"], skipped["runs"]) == ("gl1_off_disk", [BAD])
    assert "gl1daq has 0 of 1 segments on disk" in clustered.run("why", *rule, quiet=False).out


@pytest.mark.parametrize("time", ["infinity", "-infinity", "9999-12-31 00:00:00", "0001-01-01 00:00:00", None])
def test_why_bears_any_time_of_a_file(clustered: Workspace, time: str | None) -> None:
    name = f"DST_TRKR_SEED_run3auau_ana537_2025p010_v001-{BAD:08d}-00003.root"
    insert = "INSERT INTO datasets (filename, runnumber, segment, dataset) VALUES (?, ?, 3, 'run3auau')"
    clustered.sql(insert, name, BAD, role="filecatalog")
    insert = "INSERT INTO files (lfn, full_host_name, full_file_path, time) VALUES (?, 'h', '/d/f', ?)"
    clustered.sql(insert, name, time, role="filecatalog")
    rule = ("-c", clustered.folder / "rules/rules.yaml", "-r", "seed", "--runs", BAD)
    assert "1 of 5 outputs are produced" in clustered.run("why", *rule, quiet=False).out


def test_why_names_hosts_that_the_profile_does_not_know(stocked: Workspace) -> None:
    rule = ("-c", stocked.folder / "rules/rules.yaml", "-r", "streaming", "--runs", BAD)
    jobs = stocked.json("submit", *rule, "-n")["jobs"]
    assert "does not know" not in stocked.run("why", *rule, quiet=False).out
    for host in ("ebdc99", "seb19"):
        insert = "INSERT INTO datasets (filename, runnumber, daqhost, segment, dataset) VALUES (?, ?, ?, 0, 'physics')"
        stocked.sql(insert, host, BAD, host, role="raw")
    (why,) = stocked.json("why", *rule)
    (link,) = [link for link in why["chain"] if link["step"] == "unknown"]
    assert link["text"] == "raw files of hosts that the site profile does not know: ebdc99, seb19"
    assert (link["state"], link["reason"]) == ("-", None)
    assert stocked.json("submit", *rule, "-n")["jobs"] == jobs
