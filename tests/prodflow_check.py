"""Load every rule of a folder and run every one of its queries on a throw-away PostgreSQL: `make prodflow-check`.

The rules are not part of the project, and neither is the generator of the catalogs: PRODCLI_CATALOG names its folder, which
holds schema.sql and gen_catalog.py.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prodcli.books.claims import Books
from prodcli.catalogs.catalogs import Catalogs
from prodcli.config.profile import overview_rows
from prodcli.db import Database, open_database
from prodcli.db.schema import upgrade
from prodcli.errors import ProdError
from prodcli.planning.by_query import DuplicateRows
from prodcli.planning.plan import make_plan
from prodcli.planning.plan_request import PlanRequest
from prodcli.rules.load import check_rules
from prodcli.rules.model import Rule
from prodcli.runs.selection import RunSelection
from tests.support.catalog import FIELD_NAMES
from tests.support.library_rules import sphenix
from tests.support.postgres_server import Cluster
from tests.support.rule_files import REPOSITORY

# Rules (file:name, separated by blanks) that PostgreSQL refuses for a mistake in their own text.
EXCEPT = set(os.environ.get("EXCEPT", "").split())
CATALOG = Path(os.environ.get("PRODCLI_CATALOG", REPOSITORY.parent / "shared" / "catalog"))
FOLDERS = ("run2pp", "run2auau", "run2cosmics", "run3auau")
EVERY_RUN = RunSelection(((0, 99_999_999),), frozenset())
# What queries of the field read beyond the schema.
MORE = {
    "daq": "CREATE TABLE tpc_sampa_config (lastrun int, zsthr int);",
    "raw": "",
    "filecatalog": "",
    "production": "",
}


@contextmanager
def catalogs(cluster: Cluster, runs: int = 40, segments: int = 20) -> Iterator[tuple[Catalogs, Books]]:
    """Generated catalogs and books on a server of their own."""
    cluster.psql("postgres", (CATALOG / "schema.sql").read_text())
    words = [sys.executable, CATALOG / "gen_catalog.py", "--runs", runs, "--segs", segments, "--port", cluster.port]
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)
    for role, sql in MORE.items():
        if sql:
            cluster.psql(FIELD_NAMES[role], sql)
    opened: dict[str, Database] = {
        role: open_database(cluster.odbc(name), read_only=role != "production") for role, name in FIELD_NAMES.items()
    }
    upgrade(opened["production"], overview_rows(sphenix()))
    try:
        yield (
            Catalogs(*(opened[role] for role in ("daq", "raw", "filecatalog", "production"))),
            Books(opened["production"]),
        )
    finally:
        for database in opened.values():
            database.close()


def rule_files(folder: Path) -> list[Path]:
    """The rule files of a checkout: those of its productions, or every one below a folder that has none of them."""
    places = [folder / name for name in FOLDERS if (folder / name).is_dir()] or [folder]
    return [file for place in places for file in sorted(place.rglob("*.yaml"))]


def check(folder: Path) -> int:
    """Check every rule; returns how many failed."""
    failed = loaded = 0
    with Cluster() as cluster, catalogs(cluster) as (found, books):
        for file in rule_files(folder):
            try:
                checked = check_rules(file, sphenix())
            except ProdError as failure:
                failed += 1
                print(f"FAILED  {failure}")
                continue
            for one in checked:
                words, trouble = jobs_of(one.rule, found, books) if one.rule else ("FAILED", one.errors[0])
                called = f"{file.relative_to(folder)}:{one.name}"
                words = "excepted" if words == "FAILED" and called in EXCEPT else words
                failed, loaded = failed + (words == "FAILED"), loaded + (one.rule is not None)
                print(f"{words:>8}  {called}  {trouble}".rstrip(), flush=True)
    print(f"{loaded} rules are loaded, {failed} failed")
    return failed


def jobs_of(rule: Rule, found: Catalogs, books: Books) -> tuple[str, str]:
    """How many jobs a rule has, or what is wrong: `twice` where the catalogs make its query give an output twice."""
    try:
        return str(len(make_plan(PlanRequest(rule=rule, runs=EVERY_RUN), found, books).jobs)), ""
    except DuplicateRows as failure:
        return "twice", failure.what
    except ProdError as failure:
        return "FAILED", failure.what


def main() -> None:
    """Check the folder that is named; exit code 1 if a rule fails."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("prodflow_check FOLDER: a folder of rule files, as make prodflow-check PRODFLOW=FOLDER")
    if not (CATALOG / "schema.sql").is_file():
        sys.exit(f"{CATALOG} has no schema.sql; PRODCLI_CATALOG names the folder that has")
    with tempfile.TemporaryDirectory() as here:
        folder = Path(sys.argv[1]).resolve()
        os.chdir(here)  # relative scripts count from here, and none of them is looked at
        failed = check(folder)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
