"""What the file catalog is asked about inputs, with more of them than an integer has bits, with and without an index."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import pytest

from prodcli.catalogs.catalogs import Catalogs
from prodcli.catalogs.rows import SegmentInputs
from prodcli.db import Transaction
from prodcli.rules.model import Rule
from tests.support.catalog import Catalog, File
from tests.support.library_rules import load
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, seeded_catalog

INPUTS = [f"DST_MINE_{number}" for number in range(130)]  # in three words
FIRST, MIDDLE, LAST = (1 << bit for bit in (0, 70, 129))
EVERY = FIRST | MIDDLE | LAST
RUNS = [70000, 70001, 70002, 70003, 70004, 70005, 70006, 70007]
FILES = [
    *((run, segment, 0, 1) for run in (70000, 70001) for segment in (0, 1, 2)),
    *((70000, segment, 70, 1) for segment in (2, 0, 1)),
    *((70000, segment, 129, status) for segment, status in ((0, 1), (1, 0), (2, 1))),
    (70002, 0, 62, None),
    (70002, 0, 63, 1),
    *((70004, segment, 0, status) for segment, status in ((7, 0), (3, 1), (7, 1), (3, 1))),  # registered twice
    (70004, 3, 129, 0),
    *((70006, segment, 0, status) for segment, status in ((-1, 1), (-2, 0), (-(2**30), 0), (-(2**30), 1))),
    *((70007, segment, 0, 0) for segment in (-1, 0, 99_999_999)),
    (70007, 99_999_999, 1, 1),
]


@pytest.fixture
def rule() -> Rule:
    return load("seed", input_indsttype=INPUTS)


@pytest.fixture
def stocked(workspace: Workspace, rule: Rule) -> Workspace:
    """A workspace with FILES, and one file of another tag."""
    tag, dataset = rule.intriplet, rule.input.dataset
    files = [
        File(f"{number}", run, segment, 1, dataset, INPUTS[bit], 1, status, tag)
        for number, (run, segment, bit, status) in enumerate(FILES)
    ]
    files.append(File("tag", 70003, 0, 1, dataset, INPUTS[0], 1, 1, "another_tag"))
    files.append(File("dataset", 70005, 0, 1, "another_dataset", INPUTS[0], 1, 1, tag))
    workspace.load(Catalog(files=files))
    return workspace


def found_in(workspace: Workspace, rule: Rule) -> list[tuple[int, list[int], int, int]]:
    with closing(workspace.database("filecatalog")) as database:
        found: list[SegmentInputs] = Catalogs(database, database, database).segment_inputs(rule, RUNS)
    return sorted((row.run, sorted(row.segments), row.present, row.on_disk) for row in found)


@pytest.mark.parametrize("indexed", [True, False])
def test_inputs_beyond_the_bits_of_an_integer_are_found(stocked: Workspace, rule: Rule, indexed: bool) -> None:
    if not indexed:
        with closing(stocked.database("filecatalog")) as database:
            database.write(lambda tx: tx.script("DROP INDEX datasets_type_tag_run"))
    assert found_in(stocked, rule) == [
        (70000, [0, 2], EVERY, EVERY),
        (70000, [1], EVERY, FIRST | MIDDLE),
        (70001, [0, 1, 2], FIRST, FIRST),
        (70002, [0], 3 << 62, 1 << 63),
        (70004, [3], FIRST | LAST, FIRST),
        (70004, [7], FIRST, FIRST),
        (70007, [0], FIRST, 0),
        (70007, [99_999_999], FIRST | 2, 2),
    ]


@pytest.mark.parametrize("indexed", [True, False])
def test_runs_with_any_input_are_found(stocked: Workspace, rule: Rule, indexed: bool) -> None:
    def found(rule: Rule) -> set[int]:
        return Catalogs(database, database, database).with_inputs(rule, RUNS)

    with closing(stocked.database("filecatalog")) as database:
        if not indexed:
            database.write(lambda tx: tx.script("DROP INDEX datasets_type_tag_run"))
        assert found(rule) == {70000, 70001, 70002, 70004, 70007}
        assert found(load("seed", input_indsttype=INPUTS[129:])) == {70000, 70004}
        assert found(
            load("seed", input_indsttype=INPUTS, input_infile_query_constraints="status > 0 AND segment > 2")
        ) == {70004, 70007}


def test_the_files_of_runs_that_were_taken_without_a_host_are_not_read(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    real = Catalogs.segment_inputs

    def noted(self: Catalogs, rule: Rule, runs: Sequence[int]) -> list[SegmentInputs]:
        read.extend(runs)
        return real(self, rule, runs)

    monkeypatch.setattr(Catalogs, "segment_inputs", noted)
    workspace.load(seeded_catalog(2, 60))
    told = workspace.json("submit", "-c", write_rules(workspace.folder / "rules"), "-r", "cluster", "-n")
    runs = {one["reason"]: set(one["runs"]) for one in told["skipped"] if one["level"] == "run"}
    assert runs["few_hosts_raw"]
    assert runs["few_hosts_raw"].isdisjoint(read)
    assert {job["runnumber"] for job in told["jobs"]} <= set(read)


def test_an_index_is_used_where_it_helps(stocked: Workspace) -> None:
    if stocked.cluster is None:
        pytest.skip("SQLite has one way only")
    with closing(stocked.database("filecatalog")) as database:

        def helps(columns: str) -> bool:
            def work(tx: Transaction) -> bool:
                tx.script("DROP INDEX IF EXISTS datasets_type_tag_run")
                tx.script(f"CREATE INDEX datasets_type_tag_run ON datasets {columns}")
                return tx.one("use_index_of_inputs") is not None

            return database.write(work)

        assert helps("(dsttype, tag, runnumber)")
        assert helps("(runnumber, tag, dsttype, status)")
        assert not helps("(dsttype, dataset, tag, runnumber)")
        assert not helps("(dsttype, tag)")
        assert not helps("(dsttype, tag, runnumber) WHERE status > 0")


def test_the_index_is_used_where_the_files_of_a_run_lie_together(stocked: Workspace, rule: Rule) -> None:
    """PostgreSQL would rather go through all files of the run for each of its inputs."""
    if stocked.cluster is None:
        pytest.skip("SQLite has one way only")
    values = {"runs": [60000, 60001], "tag": rule.intriplet, "dataset": rule.input.dataset}
    values |= {"inputs": [{"name": name, "mask": 1 << bit} for bit, name in enumerate(INPUTS[:20])]}
    with closing(stocked.database("filecatalog")) as database:

        def fill(tx: Transaction) -> None:
            tx.script(
                "INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, status, tag)"
                " SELECT r || '-' || s || '-' || i, r, s, 1, d.dataset, 'DST_MINE_' || i, 1, d.tag"
                " FROM generate_series(60000, 60029) r, generate_series(0, 99) s, generate_series(0, 19) i, datasets d"
                " WHERE d.filename = '0' ORDER BY r, s, i"
            )
            tx.script("ANALYZE datasets")

        def plan(tx: Transaction) -> str:
            assert tx.one("use_index_of_inputs") is not None
            query = tx.named("segment_inputs_by_index")
            return "\n".join(line for (line,) in tx.rows(replace(query, sql="EXPLAIN " + query.sql), **values))

        database.write(fill)
        found = database.read(plan)
    assert "datasets_type_tag_run" in found
    assert "datasets_run " not in found
    assert "HashAggregate" in found
