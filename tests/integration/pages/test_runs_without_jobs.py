"""Runs of which no job was ever submitted, on both databases: they are missing, for the reasons of a dry run."""

import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prodcli.catalogs.catalogs import Catalogs
from prodcli.config.settings import load_config
from prodcli.db import absent_database
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.errors import ConfigError
from prodcli.pages.books_of_pages import BooksOfPages
from prodcli.pages.datasets.dataset_page import dataset_page
from prodcli.tables.screen import Screen
from tests.integration.pages.test_failure_pages import linked, rows_behind, tables_of, texts
from tests.support.rule_files import RULES, write_rules
from tests.support.site import NOW
from tests.support.workspace import Workspace, seeded_catalog

NAMES = (
    "cluster",
    "seed",
    "calofitting",
)  # a rule that lacks hosts of some runs, one that lacks inputs, and one of calo
CATALOG = seeded_catalog(2)
TAG = "ana537_2025p010_v001"
NEVER, READY = "never submitted", "can be submitted now"
REQUEST = """
tag: {tag}
dataset: run3auau
dsttypes: [DST_TRKR_CLUSTER, DST_TRKR_SEED]
runs: {runs}
requester: the jet group
contact: jets@example.org
purpose: jet energy scale
"""
NO_LACK = {"runtype", "few_events", "too_short", "invalid", "segment_cut", "produced"}


def books_of(workspace: Workspace) -> BooksOfPages:
    """The books as pages read them, with the catalogs that tell of runs without jobs."""
    site = load_config(workspace.file, workspace.folder).site
    databases = [workspace.database(role) for role in ("daq", "raw", "filecatalog", "production")]
    books, catalog = databases[3], databases[2]
    return BooksOfPages(books, catalog, Screen(NOW), site, ErrorCatalog(()), catalogs=Catalogs(*databases))


def never_submitted(books: BooksOfPages) -> dict[tuple[str, int], str]:
    """The runs without jobs on the page of datasets, with the reasons, by dsttype and run."""
    page = dataset_page(books, books.campaigns())
    tables = tables_of(page)
    for count, address in linked(tables["datasets"], "missing"):
        assert rows_behind(address, [page]) == int(count), address
    keys = ("dsttype", "run", "states", "why")
    rows = zip(*(texts(tables["missing"], key) for key in keys), strict=True)
    return {(dsttype, int(run)): why for dsttype, run, states, why in rows if states == NEVER}


def lacking(plan: dict[str, Any], booked: set[int]) -> dict[int, set[str]]:
    """The reasons of a dry run by run, of runs that lack something and have no job."""
    found: dict[int, set[str]] = defaultdict(set)
    for one in plan["skipped"]:
        for run in one["runs"]:
            if one["reason"] not in NO_LACK and run not in booked:
                found[run].add(one["reason"].replace("_", " "))
    for job in plan["jobs"]:
        if job["runnumber"] not in booked:
            found[job["runnumber"]].add(READY)
    return found


@pytest.fixture
def rules(workspace: Workspace) -> Path:
    """The file of rules whose jobs are submitted of some runs, the first and the last among them."""
    workspace.load(CATALOG)
    workspace.sql("DELETE FROM production_jobs")
    file = write_rules(workspace.folder / "rules")
    for name in NAMES:
        workspace.ok("submit", "-c", file, "-r", name)
        made = sorted(booked_runs(workspace, name))
        for run in made[1:-1:2]:
            workspace.sql("DELETE FROM production_jobs WHERE rulename = ? AND runnumber = ?", name, run)
    return file


def booked_runs(workspace: Workspace, name: str) -> set[int]:
    """The runs with jobs of a rule."""
    return {run for (run,) in workspace.sql("SELECT DISTINCT runnumber FROM production_jobs WHERE rulename = ?", name)}


def test_runs_without_jobs_are_missing_for_the_reasons_of_a_dry_run(workspace: Workspace, rules: Path) -> None:
    wanted = {}
    for name in NAMES:
        ends = workspace.sql(
            "SELECT MIN(runnumber), MAX(runnumber) FROM production_jobs "
            "WHERE tag IN (SELECT tag FROM production_jobs WHERE rulename = ?)",
            name,
        )
        plan = workspace.json("submit", "-c", rules, "-r", name, "-n", "--runs", *ends[0])
        for run, reasons in lacking(plan, booked_runs(workspace, name)).items():
            wanted[RULES[name]["params"]["dsttype"], run] = reasons
    found = never_submitted(books_of(workspace))
    assert {key: reasons_in(why) for key, why in found.items()} == wanted
    assert len({reason for reasons in wanted.values() for reason in reasons}) > 3


def reasons_in(why: str) -> set[str]:
    """The reasons in words, without what they name."""
    said = {part.partition(":")[0].strip() for part in why.split(";")}
    return {READY if one.endswith(READY) else re.sub(" and [0-9]+ more$", "", one) for one in said}


def test_the_runs_of_an_approved_request_are_expected(workspace: Workspace, rules: Path) -> None:
    first, last = CATALOG.runs[0].runnumber, CATALOG.runs[-1].runnumber
    request = Path(workspace.folder / "request.yaml")
    request.write_text(REQUEST.format(runs=f"{first}-{last}", tag=TAG))
    workspace.ok("campaign", "request", request)
    before = never_submitted(books_of(workspace))
    workspace.ok("campaign", "approve", TAG, "--priority", 1)
    after = never_submitted(books_of(workspace))
    plan = workspace.json("submit", "-c", rules, "-r", "cluster", "-n", "--runs", first, last)
    wanted = set(lacking(plan, booked_runs(workspace, "cluster")))
    assert {run for dsttype, run in after if dsttype == "DST_TRKR_CLUSTER"} == wanted
    assert before.items() <= after.items()


def test_a_catalog_that_does_not_answer_is_told(workspace: Workspace, rules: Path) -> None:
    books = books_of(workspace)
    assert books.catalogs is not None
    absent = absent_database(ConfigError("databases.daq is not set"))
    page = dataset_page(replace(books, catalogs=replace(books.catalogs, daq=absent)), books.campaigns())
    assert page.context["lines"][-1] == "Runs without any job are not known: databases.daq is not set."  # type: ignore[index]
    assert NEVER not in texts(tables_of(page)["missing"], "states")
