"""Lists of inputs that come with jobs: what they cost a submission of 20,000 jobs, with 63 inputs each and with one."""

from pathlib import Path

import pytest

from tests.bench.big import FIRST_RUN, big_catalog, place_files
from tests.bench.measure import prodcli, show
from tests.support.postgres_server import Cluster
from tests.support.rule_files import STREAMING, rule, write_rules
from tests.support.workspace import Workspace, make_workspace

RUNS, SEGMENTS = 200, 100
RULES = {
    "63 inputs": rule("DST_TRKR_MVTXME", "ana.537", "2025p010", STREAMING),
    "one input": rule(
        "DST_TRKR_SEED", "ana.537", "2025p010", STREAMING, input_indsttype=["DST_STREAMING_EVENT_ebdc39"]
    ),
}


@pytest.fixture(scope="module")
def urls(cluster: Cluster) -> dict[str, str]:
    """A catalog of complete runs, with the places of all files."""
    made = big_catalog(cluster, "lists", RUNS, SEGMENTS)
    place_files(cluster, "lists")
    return made


def with_books(cluster: Cluster, urls: dict[str, str], folder: Path, lists: bool) -> Workspace:
    """A workspace with empty books, whose jobs get the place of their lists."""
    workspace = make_workspace(folder, cluster)
    cluster.drop("lists_production")
    cluster.create("lists_production")
    workspace.settings["databases"] = urls | {"production": cluster.odbc("lists_production")}
    workspace.settings["site"] = {"environment": {"PRODCLI_LISTS": "{lists}"}, "lists": lists}
    workspace.write()
    workspace.ok("db", "init")
    return workspace


@pytest.mark.parametrize("name", RULES)
def test_lists(cluster: Cluster, urls: dict[str, str], tmp_path: Path, name: str) -> None:
    """The same pass without and with lists, in turns."""
    rows: list[tuple[object, ...]] = []
    for turn in (1, 2):
        for lists in (False, True):
            folder = tmp_path / f"{turn}-{lists}"
            folder.mkdir()
            workspace = with_books(cluster, urls, folder, lists)
            words = ("submit", "-c", write_rules(folder / "rules", {"rule": RULES[name]}), "--maxqueued", 10**6)
            timing = prodcli(workspace.file, *words, "--runs", f"{FIRST_RUN}-{FIRST_RUN + RUNS - 1}")
            assert workspace.sql("SELECT COUNT(*) FROM production_jobs") == [(RUNS * SEGMENTS,)]
            written = list((folder / "campaigns").rglob("lists/*.tsv"))
            size = sum(path.stat().st_size for path in written) / 1e6
            rows.append(
                ("with" if lists else "without", timing.seconds, timing.cpu, timing.peak_mb, len(written), size)
            )
    columns = ("lists", "whole pass s", "processor s", "peak MB", "files", "MB")
    show(f"20,000 jobs with {name}, local batch", columns, rows)
