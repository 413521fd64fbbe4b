"""The production of the screens: books and catalog of their own, in which some outputs are registered and reported."""

import shutil
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import yaml

from tests.support.request_forms import write_form
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace

SITE = "levels/prodcli.yaml"
# What levels have of their own; all else they share with the world.
_COPIES = ("production.db", "filecatalog.db", "batch.db")
_STEERING = """\
prod02:
  defaultlocations:
    configbase: ../rules
  Full_STREAMING_EVENT:
    config: rules.yaml
    submit: on
    groups:
      early: 66461-66465
      late: 66466-66472
  Full_TRKR_CLUSTER: &track
    config: rules.yaml
    submit: on
    groups:
      early: 66461-66465
      golden: [66466, 66468, 66470]
      late: [66467, 66469, 66471, 66472]
  Full_TRKR_SEED: *track
prod03:
  defaultlocations:
    configbase: ../rules
  Full_CALOFITTING:
    config: rules.yaml
    runs: 66461-66472
    submit: on
"""
_REPORTED = """
INSERT INTO production_reports (dbid, attempt, start, events_in, events_out, messages, outputs, staged, read)
SELECT id, attempt, 1, 1000, 1000 - runnumber * segment % 97, 0, 1, 1, finished FROM production_jobs WHERE status = 'finished'
"""
_DONE = "SELECT filename, runnumber, segment, dataset, dsttype, tag FROM production_jobs WHERE status = 'finished'"
_REGISTERED = """
INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, events, status, tag)
VALUES (?, ?, ?, 900000, ?, ?, 1000, 1, ?)
"""


def declare(folder: Path, rules: dict[str, dict[str, object]], well: Collection[int]) -> None:
    """Copy the world, let all jobs of the runs `well` be finished, and declare and request the production."""
    levels = folder / "levels"
    levels.mkdir()
    for name in _COPIES:
        shutil.copy(folder / name, levels)
    settings = yaml.safe_load((folder / "prodcli.yaml").read_text())
    settings["databases"] |= {
        "production": f"sqlite:///{levels}/production.db",
        "filecatalog": f"sqlite:///{levels}/filecatalog.db",
    }
    settings["campaigns"] = str(folder / "campaigns")
    workspace = Workspace(levels, settings)
    workspace.write()
    _finish(levels / "batch.db", _jobs_of(levels / "production.db", well))
    workspace.ok("harvest")
    _register(levels)
    write_rules(levels / "auau" / "rules", rules)
    (levels / "auau" / "pilots").mkdir()
    (levels / "auau" / "pilots" / "autopilot.yaml").write_text(_STEERING)
    workspace.ok("campaign", "create", "auau", "--from", levels / "auau")
    workspace.ok(
        "campaign",
        "request",
        write_form(levels, tag="ana541_2025p014_v001", dsttypes=["DST_TRKR_CLUSTER", "DST_TRKR_SEED"]),
    )


def _jobs_of(books: Path, runs: Collection[int]) -> list[int]:
    """The rows of the jobs of some runs."""
    with closing(sqlite3.connect(books)) as connection:
        rows = connection.execute("SELECT id, runnumber FROM production_jobs").fetchall()
    return [dbid for dbid, run in rows if run in runs]


def _finish(queue: Path, jobs: Collection[int]) -> None:
    """Let jobs be finished in the queue of the local batch."""
    with closing(sqlite3.connect(queue)) as connection, connection:
        connection.execute("UPDATE queue SET change = change + 1")
        connection.executemany(
            "UPDATE jobs SET status = 4, exit_code = 0, num_starts = 1, memory_used = 180, user_cpu = 2900, sys_cpu = 40,"
            " started = since - 3000, finished = since, change = (SELECT change FROM queue) WHERE dbid = ?",
            [(dbid,) for dbid in jobs],
        )


def _register(levels: Path) -> None:
    """Let the finished jobs have reported, and their outputs be in the catalog."""
    with closing(sqlite3.connect(levels / "production.db")) as books, books:
        books.execute(_REPORTED)
        done = books.execute(_DONE).fetchall()
    with closing(sqlite3.connect(levels / "filecatalog.db")) as catalog, catalog:
        catalog.executemany(_REGISTERED, done)
