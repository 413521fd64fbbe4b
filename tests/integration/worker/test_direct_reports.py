"""Word from jobs straight to the books, where a site wants it; elsewhere no worker opens a database."""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.payload_job import PayloadJob
from tests.support.workspace import Workspace, seeded_catalog

ONE_SERVER = pytest.mark.parametrize("workspace", ["postgresql"], indirect=True)
ROW = (
    "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, attempt)"
    " VALUES ('r', 't', 'd', 'x', 'a-file-of-this-test', 1, 1, 'submitted', ?) RETURNING id"
)


def target(workspace: Workspace) -> str:
    return str(workspace.settings["databases"]["production"].removeprefix("odbc:"))


def row(workspace: Workspace, dbid: int) -> tuple[Any, ...]:
    columns = "status::text, substatus, started AT TIME ZONE 'UTC', finished AT TIME ZONE 'UTC', exitcode, remoteusercpu, memoryusage, diskusage, execution_node"
    return workspace.sql(f"SELECT {columns} FROM production_jobs WHERE id = ?", dbid)[0]  # noqa: S608


def job(workspace: Workspace, folder: Path) -> PayloadJob:
    return PayloadJob(
        folder, environment={"PRODCLI_DIRECT_REPORTS": target(workspace), "PRODCLI_ODBC_PYTHON": sys.executable}
    )


@pytest.mark.postgresql
@ONE_SERVER
def test_a_job_tells_the_books_what_a_harvest_would(workspace: Workspace, tmp_path: Path) -> None:
    workspace.load(seeded_catalog(1))
    dbid = workspace.sql(ROW, 2)[0][0]
    during = "echo dst > x.root; ./stageout.sh x.root $outdir; for i in {1..100000}; do :; done; while [ ! -s .prodcli/memory ]; do sleep 0.05; done\nexit 4\n"
    done = job(workspace, tmp_path / "job").run(during, dbid=dbid)
    assert done.code == 4, done.err
    status, substatus, started, finished, code, cpu, memory, disk, node = row(workspace, dbid)
    assert (status, substatus, code, node) == ("failed", "", 4, os.uname().nodename)
    report = done.report
    assert (
        cpu == report["user_cpu"] > 0
        and memory == -(-report["memory_kb"] // 1024) > 0
        and disk == report["disk_kb"] > 0
    )
    assert abs(finished - datetime.now(UTC).replace(tzinfo=None)) < timedelta(minutes=5) and started <= finished
    assert report["messages"] == []


@pytest.mark.postgresql
@ONE_SERVER
def test_an_earlier_attempt_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    workspace.load(seeded_catalog(1))
    dbid = workspace.sql(ROW, 3)[0][0]
    assert job(workspace, tmp_path / "job").run("exit 0\n", dbid=dbid).code == 0
    assert row(workspace, dbid)[:5] == ("submitted", "", None, None, None)


@pytest.mark.parametrize("connection", ["DSN=NoSuchSource", "DRIVER={No such driver};SERVER=127.0.0.1"])
def test_books_that_do_not_answer_fail_no_job(tmp_path: Path, connection: str) -> None:
    environment = {"PRODCLI_DIRECT_REPORTS": connection, "PRODCLI_ODBC_PYTHON": sys.executable}
    done = PayloadJob(tmp_path / "job", environment=environment).run("exit 0\n")
    assert done.code == 0 and done.texts[0].startswith("the books were not told: ")


def test_a_node_without_odbc_fails_no_job(tmp_path: Path) -> None:
    environment = {"PRODCLI_DIRECT_REPORTS": "DSN=x", "PRODCLI_ODBC_PYTHON": "/usr/bin/python3"}
    done = PayloadJob(tmp_path / "job", environment=environment).run("exit 0\n")
    assert done.code == 0 and done.texts[0].startswith("the books were not told: ")


def test_words_of_a_payload_are_noted(tmp_path: Path) -> None:
    tell = '"${SPHENIXPROD_SCRIPT_PATH}/sphenixdbutils.py"'
    done = PayloadJob(tmp_path / "job").run(f"""{tell} -v jobstarted || exit 1
{tell} jobended --exit-code 0 --user-cpu 3.5 --sys-cpu 1 --memory-kb 99000000 --disk-kb 12 || exit 2
{tell} jobended --memory-kb 990000000 --dryrun || exit 3
{tell} jobended --dbid -1; [ $? -eq 2 ] || exit 4
exit 0
""")
    assert (done.code, done.report["memory_kb"]) == (0, 99000000), done.err
