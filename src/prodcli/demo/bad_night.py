"""The bad night: a workspace in which eight hours of production have gone wrong in several ways.

Passes, harvests and spiders are real. What a pool did to the jobs is written into the queue of the local batch, as a pool
would have left it; so the jobs that are left can really be run.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from prodcli.batch.local.batch import LocalBatch
from prodcli.catalogs.empty_catalogs import ROLES, make_empty
from prodcli.db import open_database
from prodcli.demo.night_clock import move_back
from prodcli.demo.night_code import begin_history, commit_bug, require_git
from prodcli.demo.night_fates import CALO, DATABASE, HOUR, NEW_CODE, OUTAGE, PASSES, SEED, TRACKS
from prodcli.demo.night_inputs import arrive, runs_of
from prodcli.demo.night_pool import NightPool
from prodcli.demo.workspace import NIGHT_RULES, Contents, Workspace, make_workspace
from prodcli.resources import shipped
from prodcli.rules.layout import Layout
from prodcli.rules.load import load_rule
from prodcli.services.booked import set_states
from prodcli.services.states import ServiceState, Spell

_FILE = "rules/night.yaml"
PASS = ("control", "-f", "rules/steering.yaml", "--hostname", "night")
_SITE = """\
  output_grace: 3600           # seconds; the night is short
  provenance: allow            # the payload's repository has no remote
  services:
    conditions:                # the conditions database
      needed_by: [all]
      log: "rules/conditions_log.sh {since} {until}"
"""


@dataclass(frozen=True)
class BadNight:
    """A bad night in a workspace; `morning` is its end, in seconds since 1970."""

    workspace: Workspace
    morning: int

    def begin(self, at: int) -> None:
        """What happens before the pass at a time (seconds before the morning, negative): new runs, and once new code."""
        arrive(self.workspace.folder, runs_of(at), self.morning + at)
        if at - HOUR < NEW_CODE <= at:
            commit_bug(self.workspace.folder / "rules", self.morning + NEW_CODE)

    def end(self, at: int, began: float) -> None:
        """What happens after a pass that began just now: it has happened in the night, and the pool has run its jobs."""
        move_back(self.workspace.databases / "production.db", began, -at)
        self._pool.work(at)

    def close(self) -> None:
        """What the site's own monitor knows in the morning: when the conditions database was down, and its log."""
        since, until = (self.morning + at for at in OUTAGE)
        self._write_log(since, until)
        books = open_database(self.workspace.config.url("production"))
        try:
            set_states(books, [Spell(service=DATABASE, state=ServiceState.DOWN, since=since, until=until)])
        finally:
            books.close()

    def _write_log(self, since: int, until: int) -> None:
        """Write the log of the conditions database."""
        lines = [(since, "database system was interrupted"), (until, "database system is ready to accept connections")]
        lines += [(at, f"redo in progress, elapsed time: {at - since} s") for at in range(since + 60, until, 60)]
        told = (f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ} LOG:  {text}\n" for at, text in sorted(lines))
        (self.workspace.folder / "logs" / f"{DATABASE}.log").write_text("".join(told))

    @cached_property
    def _pool(self) -> NightPool:
        folder, site = self.workspace.folder, self.workspace.config.site
        rules = {name: load_rule(folder / _FILE, name, site) for name in (SEED, TRACKS, CALO)}
        queue = self.workspace.config.path(self.workspace.config.get("batch.queue"))
        return NightPool(LocalBatch(queue), {name: Layout(rule) for name, rule in rules.items()}, self.morning)


def make_bad_night(directory: Path, fresh: bool) -> BadNight:
    """Make the workspace before its night; raises as `make_workspace` does, and ProdError without git."""
    require_git()
    workspace = make_workspace(directory, fresh, Contents(_copy_rules, _write_catalogs, _SITE))
    night = BadNight(workspace, int(time.time()))
    begin_history(workspace.folder / "rules", night.morning + PASSES[0] - 24 * HOUR)
    return night


def _copy_rules(target: Path) -> None:
    examples = shipped("prodflow-examples")
    shutil.copytree(examples / NIGHT_RULES, target)
    shutil.copytree(examples / "demo_code", target / "demo_code")


def _write_catalogs(workspace: Workspace) -> None:
    for role in ROLES:
        make_empty(role, workspace.databases / f"{role}.db")
