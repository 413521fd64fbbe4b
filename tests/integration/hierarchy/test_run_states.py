"""The states of runs, by one statement over random books, against a count job by job."""

import random
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from prodcli.hierarchy.address import Address, address_of
from prodcli.hierarchy.roll_up import LevelLine, level_lines, run_lines
from prodcli.hierarchy.run_states import RunState, run_states
from prodcli.hierarchy.status import level_status
from prodcli.hierarchy.step_runs import nodes_of, run_counts
from prodcli.hierarchy.tree import ProductionStep, ProductionTree
from prodcli.rules.model import Product
from prodcli.runs.run_groups import run_groups
from prodcli.runs.selection import RunSelection, parse_runs
from tests.support.catalog import insert_rows
from tests.support.workspace import Workspace, seeded_catalog

OLD, NEW = "ana514_nocdbtag_v001", "ana537_2025p010_v001"
DATASET = "run3auau"
RAW, EVENT, CLUSTER, SEED, TRACKS, CALO = (
    Product(dsttype, DATASET, tag)
    for dsttype, tag in (
        ("DST_TRIGGERED_EVENT", "pro001_nocdbtag_v001"),  # made by another production
        ("DST_STREAMING_EVENT", OLD),
        ("DST_TRKR_CLUSTER", NEW),
        ("DST_TRKR_SEED", NEW),
        ("DST_TRKR_TRACKS", NEW),
        ("DST_CALO", NEW),
    )
)
RUNS = range(100, 130)
GROUPS = run_groups({"early": parse_runs(["100-109"]), "golden": parse_runs(["112", "113", "117"])})
TREE = ProductionTree(
    "auau",
    "/auau",
    (
        ProductionStep("event", "r.yaml", EVENT, (), False, GROUPS),
        ProductionStep("cluster", "r.yaml", CLUSTER, (EVENT,), True, GROUPS),
        ProductionStep("seed", "r.yaml", SEED, (CLUSTER,), True),
        ProductionStep("tracks", "r.yaml", TRACKS, (CLUSTER, SEED), True, GROUPS[:1]),
        ProductionStep("calo", "r.yaml", CALO, (RAW, EVENT), False, GROUPS),
    ),
)
TREES = {"auau": TREE}
STATUSES = ("finished",) * 12 + ("failed", "held", "running", "submitted", "evicted", "submitting")


class BookedJob(NamedTuple):
    """A row of the books."""

    dsttype: str
    tag: str
    run: int
    segment: int
    status: str


def random_jobs(seed: int) -> Iterator[BookedJob]:
    """Jobs of some steps, runs and segments; of combining and from outside one for each host."""
    rng = random.Random(seed)
    for product in (RAW, EVENT, CLUSTER, SEED, TRACKS, CALO):
        for run in RUNS:
            if rng.random() < 0.7:
                for number in range(rng.randint(1, 4)):
                    if rng.random() < 0.8:
                        hosted = product in (RAW, EVENT)
                        dsttype = f"{product.dsttype}_ebdc{number:02d}_0" if hosted else product.dsttype
                        status = "finished" if rng.random() < 0.5 else rng.choice(STATUSES)
                        yield BookedJob(dsttype, product.tag, run, 0 if hosted else number, status)


def write(workspace: Workspace, jobs: list[BookedJob]) -> None:
    workspace.sql("DELETE FROM production_jobs")
    rows = [
        ("r", one.tag, DATASET, one.dsttype, f"f{i}", one.run, one.segment, one.status) for i, one in enumerate(jobs)
    ]
    connection = workspace.connect()
    status = "?" if workspace.cluster is None else "CAST(? AS prodstate)"
    columns = "rulename, tag, dataset, dsttype, filename, runnumber, segment, status"
    insert_rows(connection, f"INSERT INTO production_jobs ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, {status})", rows)  # noqa: S608
    connection.commit()
    connection.close()


def one_by_one(jobs: list[BookedJob], eligible: dict[str, set[int]] | None) -> dict[str, dict[int, str]]:
    """The state of each run in each step, by rule: every job is looked at for every run."""
    anywhere = {one.run for one in jobs}
    found: dict[Product, dict[int, str]] = {RAW: {}}
    for run in RUNS:
        own = [one for one in jobs if one.run == run and one.dsttype.startswith(RAW.dsttype)]
        if own:
            found[RAW][run] = by_jobs(own) or "done"
    for step in TREE.steps:
        states: dict[int, str] = {}
        for run in RUNS:
            in_group = any(run in group.runs for group in step.groups)
            known = anywhere if eligible is None else eligible[step.rule]
            wanted = (in_group and run in known) if step.groups else any(run in found[one] for one in step.inputs)
            state = state_of(step, run, jobs, found, wanted)
            if state:
                states[run] = state
        found[step.product] = states
    return {step.rule: found[step.product] for step in TREE.steps}


def state_of(
    step: ProductionStep, run: int, jobs: list[BookedJob], found: dict[Product, dict[int, str]], wanted: bool
) -> str | None:
    own = [one for one in jobs if one.run == run and made_by(one, step.product)]
    lacking = [what_lacks(step, run, segment, jobs) for segment in range(5)] if step.by_segment else []
    for state in (by_jobs(own), *(one for one in ("upstream", "missing", "waits") if one in lacking)):
        if state:
            return state
    if own:
        return "done"
    if not wanted or any(run not in found[one] for one in step.inputs if one != RAW):
        return None
    before = [found[one][run] for one in step.inputs if run in found[one]]
    if any(one in ("failed", "held", "upstream") for one in before):
        return "upstream"
    return "missing" if all(one == "done" for one in before) else "waits"


def made_by(job: BookedJob, product: Product) -> bool:
    return job.tag == product.tag and (job.dsttype == product.dsttype or job.dsttype.startswith(f"{product.dsttype}_"))


def by_jobs(jobs: list[BookedJob]) -> str | None:
    states = {one.status for one in jobs}
    for state in ("failed", "held"):
        if state in states:
            return state
    return "running" if states - {"finished"} else None


def what_lacks(step: ProductionStep, run: int, segment: int, jobs: list[BookedJob]) -> str | None:
    """Why a segment has no job: None if it has one, or no step before has it."""
    by_product = {one.product: one for one in TREE.steps}

    def of(product: Product) -> list[str]:
        return [one.status for one in jobs if (one.run, one.segment) == (run, segment) and made_by(one, product)]

    def before(one: ProductionStep) -> set[Product]:
        direct = {made for made in one.inputs if made in by_product and by_product[made].by_segment}
        return direct | {far for made in direct for far in before(by_product[made])}

    earlier = [status for product in before(step) for status in of(product)]
    if of(step.product) or not earlier:
        return None
    if "failed" in earlier or "held" in earlier:
        return "upstream"
    direct = [made for made in step.inputs if made in by_product and by_product[made].by_segment]
    all_made = all(of(product) for product in direct)
    return "missing" if all_made and set(earlier) == {"finished"} else "waits"


@pytest.fixture
def books(workspace: Workspace) -> Workspace:
    workspace.load(seeded_catalog(1))
    return workspace


def states_by_rule(books: Workspace, eligible: dict[str, set[int]] | None = None) -> dict[str, dict[int, str]]:
    nodes = nodes_of(TREES, [("auau", step) for step in TREE.steps])
    known = None if eligible is None else {("auau", rule): frozenset(runs) for rule, runs in eligible.items()}
    states = run_states(nodes, run_counts(books.database(), nodes), known)
    return {node.step.rule: {run: str(one) for run, one in states[node.number].items()} for node in nodes if node.step}


@pytest.mark.parametrize("seed", range(6))
def test_states_are_those_of_a_look_at_every_job(books: Workspace, seed: int) -> None:
    jobs = list(random_jobs(seed))
    write(books, jobs)
    assert states_by_rule(books) == one_by_one(jobs, None)
    rng = random.Random(seed)
    eligible = {step.rule: {run for run in range(95, 135) if rng.random() < 0.8} for step in TREE.steps}
    assert states_by_rule(books, eligible) == one_by_one(jobs, eligible)


def test_every_state_is_met(books: Workspace) -> None:
    met = set()
    for seed in range(6):
        met |= {
            (rule, state) for rule, runs in one_by_one(list(random_jobs(seed)), None).items() for state in runs.values()
        }
    assert {state for _, state in met} == set(RunState)
    assert {("tracks", "upstream"), ("seed", "waits"), ("cluster", "missing"), ("calo", "upstream")} <= met


def lines(books: Workspace, asked: str, runs: RunSelection | None = None) -> dict[str, LevelLine]:
    address = address_of(asked)
    steps = [step for step in TREE.steps if address.rule in ("", step.rule) and address.tag in ("", step.product.tag)]
    nodes = nodes_of(TREES, [("auau", step) for step in steps])
    counts = run_counts(books.database(), nodes, runs)
    found = run_lines(nodes, run_states(nodes, counts), counts)
    declared = [Address("auau", one.product.tag, one.rule, group.name) for one in steps for group in one.groups]
    return {str(one.address): one for one in level_lines(found, address, declared)}


def test_levels_sum_up_what_is_below(books: Workspace) -> None:
    jobs = list(random_jobs(3))
    write(books, jobs)
    expected, found = one_by_one(jobs, None), lines(books, "")
    for step in TREE.steps:
        path = f"auau/{step.product.tag}/{step.rule}"
        states = list(expected[step.rule].values())
        assert {str(state): n for state, n in found[path].states.items() if n} == {s: states.count(s) for s in states}
        own = [one for one in jobs if made_by(one, step.product)]
        assert found[path].jobs.get("jobs", 0) == len(own)
        assert found[path].jobs.get("failed", 0) == sum(one.status == "failed" for one in own)
        groups = [one for address, one in found.items() if address.startswith(f"{path}/")]
        assert sum(one.runs for one in groups) == found[path].runs
        for group in step.groups:
            in_group = [state for run, state in expected[step.rule].items() if run in group.runs]
            line = found[f"{path}/{group.name}"]
            assert {str(state): n for state, n in line.states.items() if n} == {s: in_group.count(s) for s in in_group}
    for level in ("", "auau"):
        assert found[level].runs == sum(len(one) for one in expected.values())
    assert found[f"auau/{NEW}"].runs == found["auau"].runs - len(expected["event"])
    assert list(found)[:4] == ["", "auau", f"auau/{OLD}", f"auau/{OLD}/event"]


@pytest.mark.parametrize("asked", [f"auau/{NEW}", f"auau/{NEW}/tracks", f"auau/{NEW}/tracks/early"])
def test_a_part_is_as_in_the_whole(books: Workspace, asked: str) -> None:
    """Of a group its runs alone are read, of a step those that it comes from."""
    write(books, list(random_jobs(4)))
    runs = GROUPS[0].runs if asked.endswith("early") else None
    part, whole = lines(books, asked, runs), lines(books, "")
    below = {name: line for name, line in part.items() if name.startswith(asked)}
    assert below
    assert list(part)[0] == asked
    for name, line in below.items():
        assert {s: n for s, n in line.states.items() if n} == {s: n for s, n in whole[name].states.items() if n}


def test_a_level_costs_one_statement_however_many_runs(books: Workspace) -> None:
    database = books.database()
    asked: list[str] = []
    database.trace = lambda name, _: asked.append(name)
    jobs = list(random_jobs(5))
    for some in (jobs[::20], jobs):
        write(books, some)
        asked.clear()
        found = level_status(database, TREES, Address("auau"))
        assert found.lines[0].jobs["jobs"] == sum(made_by(job, step.product) for job in some for step in TREE.steps) > 0
        assert asked == ["runs_of_steps"]
