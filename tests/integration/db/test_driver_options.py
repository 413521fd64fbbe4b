"""Options of psqlodbc that a data source may set: none changes what prodcli does or shows."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import missing
from tests.faults.test_killed import rule, run_jobs
from tests.support.postgres_server import Cluster
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

pytestmark = pytest.mark.postgresql
# All that psqlodbc's list of keywords has, but for who connects where; some by their short names.
OPTIONS = (
    "ReadOnly=1;UseDeclareFetch=1;Fetch=1",
    "A0=1;B6=1;A7=7",
    "CX=1c00a9be",
    "BoolsAsChar=0;TrueIsMinus1=1;LFConversion=1",
    "BI=4;NumericAs=12",
    "BI=12;NumericAs=8",
    "BI=-1;NumericAs=-1",
    "Protocol=7.4-1",
    "Protocol=7.4-2",
    "TextAsLongVarchar=0;UnknownsAsLongVarchar=1;MaxVarcharSize=10;MaxLongVarcharSize=10;UnknownSizes=2",
    "MaxLongVarcharSize=-4;ByteaAsLongVarBinary=1;UnknownSizes=1;Socket=1",
    "Parse=1;UseServerSidePrepare=0;UpdatableCursors=1;DisallowPremature=1;BatchSize=1;Optimizer=0;Ksqo=0",
    "UseServerSidePrepare=1;RowVersioning=1;ShowOidColumn=1;FakeOidIndex=1;UniqueIndex=0;ShowSystemTables=1",
    "LowerCaseIdentifier=1;OptionalErrors=1;IgnoreTimeout=1;KeepaliveTime=-1;XaOpt=0;AB=4;ExtraSysTablePrefixes=dd_",
    "ConnSettings=SET datestyle TO german;SSLmode=prefer",
    "A6=SET standard_conforming_strings TO off;SSLmode=disable",
)
ONCE = r"\d{4}-\d\d-\d\d[T ][\d:.+]+|\bw?[0-9a-f]{10,}_\w+"
REPORTS = (
    ("query",),
    ("query", "--by", "run"),
    ("mark-held",),
    ("db", "check"),
    ("why", "--runs", "66456-90000"),
)


def lived(workspace: Workspace) -> list[Any]:
    """What a campaign of all verbs leaves behind and shows."""
    planned = workspace.json("submit", *rule(workspace), "--dry-run")
    workspace.ok("submit", *rule(workspace))
    run_jobs(workspace)
    workspace.ok("harvest")
    workspace.sql("UPDATE production_jobs SET status = 'failed', exitcode = 1 WHERE segment = 0")
    again = workspace.json("submit", *rule(workspace), "--unblock", "failed", "--dry-run")
    rows = "SELECT filename, CAST(status AS text), attempt, substatus, tag, neventsper FROM production_jobs"
    shown = [workspace.json(*words, *(rule(workspace) if words[0] == "why" else ())) for words in REPORTS]
    return [planned, again, sorted(map(str, workspace.sql(rows))), shown]


def comparable(seen: list[Any], workspace: Workspace) -> list[str]:
    """As lines, without what differs from campaign to campaign: folder, databases and times."""
    text = json.dumps(seen, indent=1, default=str).replace(str(workspace.folder), "W")
    return re.sub(ONCE, "-", text).splitlines()


def campaign(folder: Path, cluster: Cluster, options: str) -> list[str]:
    """The same in a fresh workspace whose URLs have the options."""
    folder.mkdir()
    workspace = make_workspace(folder, cluster)
    workspace.load(seeded_catalog(1))
    write_rules(folder / "rules")
    plain = dict(workspace.settings["databases"])
    workspace.settings["databases"] = {role: f"{url};{options}" for role, url in plain.items()}
    workspace.write()
    workspace.settings["databases"] = plain  # what the test itself asks
    try:
        return comparable(lived(workspace), workspace)
    finally:
        workspace.drop()


@pytest.fixture(scope="module")
def usual(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What comes of a campaign without any option."""
    return campaign(tmp_path_factory.mktemp("usual") / "w", cluster, "")


@pytest.mark.parametrize("options", OPTIONS)
def test_options_change_nothing(cluster: Cluster, tmp_path: Path, usual: list[str], options: str) -> None:
    assert campaign(tmp_path / "w", cluster, options) == usual


@pytest.fixture
def workspace(cluster: Cluster, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace whose data sources are named in an odbc.ini."""
    made = make_workspace(tmp_path, cluster)
    made.load(seeded_catalog(1))
    yield made
    made.drop()


def check(workspace: Workspace, driver: str, *lines: str) -> subprocess.CompletedProcess[str]:
    """`config check` with data sources of an odbc.ini that has these lines."""
    plain, text = dict(workspace.settings["databases"]), ""
    for role, url in plain.items():
        own = url.replace("SERVER=", "Servername=").replace("UID=", "Username=").split(";")[1:]
        text += "\n".join((f"[{role}]", f"Driver={driver}", *own, *lines, "\n"))
        workspace.settings["databases"][role] = f"odbc:DSN={role}"
    (workspace.folder / "odbc.ini").write_text(text)
    workspace.write()
    workspace.settings["databases"] = plain
    command = [sys.executable, "-m", "prodcli", "--site", str(workspace.file), "config", "check"]
    environment = os.environ | {"ODBCINI": str(workspace.folder / "odbc.ini")}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_a_data_source_cannot_change_it_either(workspace: Workspace) -> None:
    done = check(workspace, "PostgreSQL Unicode", "ReadOnly=1", "UseDeclareFetch=1", "BoolsAsChar=0", "Protocol=7.4-2")
    assert done.returncode == 0, done


def test_the_ansi_driver_is_named(workspace: Workspace) -> None:
    import pyodbc

    if "PostgreSQL ANSI" not in pyodbc.drivers():
        missing("postgresql", "there is no ANSI driver")
    done = check(workspace, "PostgreSQL ANSI")
    assert done.returncode == 4
    assert "this is the ANSI driver, which garbles texts" in done.stdout
    assert "name the driver PostgreSQL Unicode" in done.stdout
