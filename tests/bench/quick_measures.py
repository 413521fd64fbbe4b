"""The works of `make bench-quick`: each a small one of tests/bench, by every checkout in turns and beside what it is held against."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from prodcli.batch.htcondor.batch import HTCondorBatch
from tests.bench.big import FIRST_RUN
from tests.bench.checkouts import Checkout
from tests.bench.measure import Timing, timed
from tests.bench.test_harvest import aged, append, bare, ended_ads, enqueue, fill, run_jobs
from tests.bench.test_plan import STATEMENT, psql_seconds
from tests.bench.test_query import COMPLETION
from tests.bench.test_query import fill as fill_report
from tests.bench.test_recovery import BARE, hold
from tests.bench.test_submit import bindings_alone, rendered_folders
from tests.bench.turns import Measurement, both, in_turns
from tests.support.booked_jobs import submitted_rows
from tests.support.condor_jobs import NEVER, A
from tests.support.condor_pool import Pool
from tests.support.postgres_server import Cluster
from tests.support.rule_files import STREAMING, rule, write_rules
from tests.support.workspace import Workspace, make_workspace

RUNS, SEGMENTS = 100, 100  # of the catalog
SUBMITTED = 50  # runs whose jobs are submitted
ENDED, QUEUED, HELD, ROWS = 5_000, 1_000, 1_000, 500_000
LAST = FIRST_RUN + RUNS - 1


@dataclass(frozen=True)
class Side:
    """A checkout, and the HTCondor pool of its own whose one schedd has its jobs."""

    checkout: Checkout
    pool: Pool
    cluster: Cluster
    urls: dict[str, str]  # of the catalogs, which all sides read

    @property
    def name(self) -> str:
        """The name of its column."""
        return self.checkout.name

    @property
    def batch(self) -> HTCondorBatch:
        """Its batch system, for what is made ready before something is measured."""
        return HTCondorBatch([A], condor_config=self.pool.config)

    def workspace(self, what: str) -> Workspace:
        """A workspace with empty books, which the checkout itself has made."""
        settings = {"system": "htcondor", "schedds": [A], "condor_config": self.pool.config}
        made = make_workspace(self.pool.folder(), self.cluster, settings)
        name = f"{what}_{self.name}"
        made.names.append(name)
        self.cluster.create(name)
        made.settings["databases"] = self.urls | {"production": self.cluster.odbc(name)}
        made.write()
        self.checkout.run(made.file, "db", "init")
        return made


def start(sides: list[Side], times: int) -> list[Measurement]:
    """What every command does before anything else."""
    works = {
        "--version": (["-c", "pass"], lambda side: side.checkout.start("--version")),
        "--help": (["-c", "import typer"], lambda side: side.checkout.start("--help")),
        "completion": (["-c", "import typer"], lambda side: side.checkout.start(**COMPLETION)),
    }
    return [
        in_turns(what, f"python {' '.join(beside)}", 15 * times, python(beside) | each(sides, work))
        for what, (beside, work) in works.items()
    ]


def python(words: list[str]) -> dict[str, Callable[[int], Timing]]:
    """A process of Python as what all are held against."""
    return {"beside": lambda _turn: timed([sys.executable, *words])}


def each(sides: list[Side], work: Callable[[Side], Timing]) -> dict[str, Callable[[int], Timing]]:
    """The same work for every side."""
    return {side.name: lambda _turn, side=side: work(side) for side in sides}  # type: ignore[misc]


def plan(sides: list[Side], times: int) -> list[Measurement]:
    """A dry run."""
    made = {side.name: side.workspace("plan") for side in sides}
    words = ("submit", "-c", write_rules(sides[0].pool.folder()), "-r", "cluster", "--maxqueued", 10**6)
    words = (*words, "--runs", f"{FIRST_RUN}-{LAST}")
    printed = sides[0].checkout.run(made[sides[0].name].file, *words, "--print-query").out
    statements = STATEMENT.split(printed)[1:]
    pairs = list(zip(statements[1::3], statements[2::3], strict=True))
    alone = partial(psql, sides[0].cluster, made[sides[0].name], pairs)
    works = each(sides, lambda side: side.checkout.run(made[side.name].file, *words, "-n"))
    return [
        in_turns(f"plan of {RUNS * SEGMENTS:,} jobs", "its statements in psql", 6 * times, {"beside": alone} | works)
    ]


def psql(cluster: Cluster, workspace: Workspace, pairs: list[tuple[str, str]], _turn: int) -> Timing:
    """psql runs the statements of a plan, each by its database, one after the other."""
    return Timing(sum(psql_seconds(cluster, workspace, role, sql) for role, sql in pairs), 0, "", 0)


def submission(sides: list[Side], times: int) -> list[Measurement]:
    """A whole pass, jobs made bit by bit; each turn has a version of its own, so outputs of its own."""
    made = {side.name: side.workspace("submission") for side in sides}

    def one_pass(side: Side, turn: int) -> Timing:
        rules = versioned_rules(made[side.name].folder / f"rules{turn}", turn + 2)
        words = ("-c", rules, "--maxqueued", 10**6, "--runs", f"{FIRST_RUN}-{FIRST_RUN + SUBMITTED - 1}")
        return side.checkout.run(made[side.name].file, "submit", *words, "--format", "json")

    folders = {side.name: rendered_folders(one_pass(side, -1)) for side in sides}
    first = sides[0].name
    works = {side.name: partial(one_pass, side) for side in sides}
    alone = {"beside": lambda _turn: bindings_alone(made[first], folders[first])}
    return [in_turns(f"submission of {SUBMITTED * SEGMENTS:,} jobs", "bindings alone", 5 * times, alone | works)]


def versioned_rules(folder: Path, version: int) -> Path:
    """A rule whose jobs never start, and whose outputs are those of a version."""
    never = rule("DST_TRKR_MVTXME", "ana.537", "2025p010", STREAMING, job_requirements=NEVER, params_version=version)
    return write_rules(folder, {"mvtxme": never})


def harvest(sides: list[Side], times: int) -> list[Measurement]:
    """Jobs that ended since the last harvest, clones of some that ran; then polls of a queue without news."""
    made = {side.name: side.workspace("harvest") for side in sides}
    for side in sides:
        run_jobs(made[side.name], side.pool, 20)
        side.checkout.run(made[side.name].file, "harvest")
    ads = {side.name: ended_ads(side.pool) for side in sides}

    def ended(side: Side, turn: int) -> Timing:
        first = 1_000 + turn * ENDED
        fill(made[side.name], 100_000 + turn, ENDED, first)
        append(side.pool, ads[side.name], 100_000 + turn, ENDED, first)
        return side.checkout.run(made[side.name].file, "harvest")

    first = sides[0]
    alone = {"beside": lambda _turn: bare(ENDED, CONDOR_CONFIG=first.pool.config)}
    works = {side.name: partial(ended, side) for side in sides}
    return [
        in_turns(f"harvest of {ENDED:,} ended jobs", "bindings alone", 5 * times, works | alone),
        polls(sides, times, made),
    ]


def polls(sides: list[Side], times: int, made: dict[str, Workspace]) -> Measurement:
    """Harvests that have no news of the jobs in the queue."""
    for side in sides:
        enqueue(made[side.name], side.pool, side.batch, QUEUED, 100_000)
    now = {side.name: aged(side.batch) for side in sides}
    for side in sides:
        side.checkout.run(made[side.name].file, "harvest", "--sweep")
    first = sides[0]
    alone = {"beside": lambda _turn: bare(0, now[first.name], CONDOR_CONFIG=first.pool.config)}
    works = each(sides, lambda side: side.checkout.run(made[side.name].file, "harvest"))
    return in_turns(f"poll of {QUEUED:,} queued jobs", "bindings alone", 10 * times, alone | works)


def query(sides: list[Side], times: int) -> list[Measurement]:
    """The default report, from the rollup."""
    made = {side.name: side.workspace("query") for side in sides}
    for workspace in made.values():
        fill_report(workspace, "postgresql", 0, ROWS)
    works = each(sides, lambda side: side.checkout.run(made[side.name].file, "query"))
    typer = python(["-c", "import typer"])
    return [in_turns(f"query of {ROWS:,} rows", "python -c import typer", 10 * times, typer | works)]


def recovery(sides: list[Side], times: int) -> list[Measurement]:
    """Jobs held for memory, marked and resubmitted with more."""
    made = {side.name: side.workspace("recovery") for side in sides}

    def marked_and_resubmitted(side: Side, _turn: int) -> Timing:
        site, cluster = made[side.name].file, held(side, made[side.name])
        marked = side.checkout.run(site, "mark-held", "--cluster", cluster)
        words = ("--cluster", cluster, "--mem", "1500MB", "--yes")
        return both(marked, side.checkout.run(site, "resubmit", *words))

    def alone(_turn: int) -> Timing:
        words = [sys.executable, "-c", BARE, A, held(first, made[first.name]), HELD]
        return timed(words, CONDOR_CONFIG=first.pool.config)

    first = sides[0]
    works = {"beside": alone} | {side.name: partial(marked_and_resubmitted, side) for side in sides}
    return [in_turns(f"mark-held and resubmit of {HELD:,} held jobs", "bindings alone", 4 * times, works)]


def held(side: Side, workspace: Workspace) -> int:
    """A new cluster of jobs that look as if they were held for memory."""
    cluster = submitted_rows(workspace, side.batch, side.pool, HELD, requirements=NEVER)
    hold(side.batch, cluster, HELD)
    return cluster


# harvest comes first: it has to find nothing of the others in the history
MEASURES = (start, plan, harvest, query, recovery, submission)
