"""The status table and lists of jobs on ten million rows, from process start, what the rollup costs, and the start of every command."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from tests.bench.measure import prodcli, show, timed
from tests.support.catalog import Catalog
from tests.support.snapshots import without_rollup
from tests.support.workspace import Workspace

ROWS = 10_000_000
STEP = 1_000_000
BULK = 50_000
CHUNK = 5_000  # rows a statement, as a claim has them
SINGLE = 2_000  # rows updated one by one, as older workers do
COMPLETION = {"_PRODCLI_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "prodcli sub"}
REPORTS = (
    "weekly",
    "throughput",
    "failed",
    "pending",
    "held",
    "started",
    "progress",
)  # by what they read: few rows, many, all
LAST_WEEK = ("--since", "2026-02-22")  # 1.2 million attempts of ROWS jobs ended since
OF_ATTEMPTS = (
    ("jobs", "--tag", "ana10_x_v001"),
    ("jobs", "--tag", "ana10_x_v001", "--summary"),
    ("job", ROWS // 2),
    *(("query", word, *LAST_WEEK) for word in ("waste", "efficiency", "restarts")),
    ("query", "held"),
    ("query", "estimates"),
)
ALL_RUNS = ("--runs", 0, 99_999_999)  # leaves out nothing, but makes the report count
_COLUMNS = "(rulename, tag, dataset, dsttype, filename, runnumber, segment, status, submitted)"
# 7,000 jobs an hour, of ten dsttypes; a tag is worked on for three days: 20 tags, 1,430 hours, 70,000 groups.
_FILL = {
    "postgresql": """
INSERT INTO production_jobs {columns}
SELECT 'r', 'ana' || n / 500000 || '_x_v001', 'run3auau', 'DST_STREAMING_EVENT_ebdc0' || n % 10, 'f' || lpad(CAST(n AS text), 9, '0'),
       66456 + n / 500, n % 500,
       CAST((ARRAY['finished','finished','finished','failed','held','running','submitted'])[1 + n % 7] AS prodstate),
       CAST('2026-01-01 00:00:00Z' AS timestamptz) + n / 7000 * interval '1 hour'
FROM generate_series({first}, {last}) n""",
    "sqlite": """
WITH RECURSIVE c(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM c WHERE n < {last})
INSERT INTO production_jobs {columns}
SELECT 'r', 'ana' || (n / 500000) || '_x_v001', 'run3auau', 'DST_STREAMING_EVENT_ebdc0' || (n % 10), 'f' || printf('%09d', n),
       66456 + n / 500, n % 500,
       json_extract('["finished","finished","finished","failed","held","running","submitted"]', '$[' || (n % 7) || ']'),
       strftime('%Y-%m-%dT%H:%M:%fZ', '2026-01-01', (n / 7000) || ' hours') FROM c""",
}
_ATTEMPTS = """
INSERT INTO production_attempts (dbid, attempt, step, memory_asked, memory_used, started, finished, hold_code, hold_subcode, status, entered)
SELECT id, 1, 0, 2000, 1500, submitted, CASE WHEN status IN ('finished', 'failed') THEN submitted END,
       CASE WHEN status = 'held' THEN 34 END, CASE WHEN status = 'held' THEN 102 END, status, submitted FROM production_jobs"""
_RUNNING = "UPDATE production_jobs SET status = 'running', execution_node = 'n' WHERE id BETWEEN ? AND ?"


def test_query(workspace: Workspace) -> None:
    """The default report, from the rollup and counted; then what the rollup costs."""
    workspace.load(Catalog())
    kind = "sqlite" if workspace.cluster is None else "postgresql"
    without_rollup(workspace)
    fill(workspace, kind, 0, ROWS)
    counted = best(workspace, "query", "--format", "csv", times=2)
    upgrade = seconds(lambda: workspace.ok("db", "upgrade"))
    settle(workspace)
    rolled = best(workspace, "query", "--format", "csv", times=10)
    assert rolled.out == counted.out
    assert len(rolled.out.splitlines()) == 1 + 200
    day = best(workspace, "query", "--format", "csv", "--since", "2026-02-20", times=10)
    typer = min(timed([sys.executable, "-c", "import typer"]).seconds for _ in range(10))
    figures = (rolled.seconds, rolled.peak_mb, counted.seconds, counted.peak_mb, counted.seconds / rolled.seconds)
    show(
        f"query on {ROWS} rows, {kind}",
        ("rollup s", "peak MB", "counted s", "peak MB", "counted / rollup", "with --since DATE s", "import typer s"),
        [(*figures, day.seconds, typer)],
    )
    chosen = [best(workspace, "jobs", *words, times=5) for words in (("--limit", 10), (70000,), ("--dbid", ROWS // 2))]
    show(
        f"jobs on {ROWS} rows, {kind}",
        ("the newest ten s", "500 of a run, with counts s", "one by its row s"),
        [[one.seconds for one in chosen]],
    )
    reports = [(word, best(workspace, "query", word, "--format", "csv", times=2)) for word in REPORTS]
    show(
        f"Reports on {ROWS} rows, {kind}",
        ("query", "s", "peak MB", "lines"),
        [(word, one.seconds, one.peak_mb, len(one.out.splitlines()) - 1) for word, one in reports],
    )
    costs = [(what, *pair(workspace, work)) for what, work in WRITES.items()]
    show(
        f"What the rollup's triggers cost, {kind}",
        ("write", "with s", "without s", "with / without"),
        [(what, with_, without, with_ / without) for what, with_, without in costs],
    )
    rebuild = seconds(lambda: workspace.ok("db", "rebuild-rollup"))
    check = seconds(lambda: workspace.ok("db", "check"))
    fill(workspace, kind, 2 * ROWS, 2 * ROWS + BULK)
    lines = workspace.sql("SELECT COUNT(*) FROM production_rollup")[0][0]
    fold = seconds(lambda: workspace.ok("harvest"))
    show(
        f"Upkeep of the rollup of {ROWS} rows, {kind}",
        ("lines", "db upgrade s", "db rebuild-rollup s", "db check s", "harvest of nothing, with fold s"),
        [(lines, upgrade, rebuild, check, fold)],
    )
    assert workspace.json("query") == workspace.json("query", *ALL_RUNS)


def test_attempts(workspace: Workspace) -> None:
    """Lists and reports that look at the attempts of jobs."""
    workspace.load(Catalog())
    kind = "sqlite" if workspace.cluster is None else "postgresql"
    fill(workspace, kind, 0, ROWS)
    workspace.sql(_ATTEMPTS)
    settle(workspace)
    workspace.ok("harvest")
    took = [(" ".join(map(str, words)), best(workspace, *words, times=2)) for words in OF_ATTEMPTS]
    show(
        f"{ROWS} jobs with an attempt each, {kind}",
        ("command", "s", "peak MB"),
        [(words, one.seconds, one.peak_mb) for words, one in took],
    )


def fill(workspace: Workspace, kind: str, first: int, end: int) -> None:
    """Put rows first ... end - 1 into the books."""
    for low in range(first, end, STEP):
        workspace.sql(_FILL[kind].format(columns=_COLUMNS, first=low, last=min(low + STEP, end) - 1))
    settle(workspace)


def settle(workspace: Workspace) -> None:
    """Let the server look at what has come."""
    if workspace.cluster is not None:
        books = next(name for name in workspace.names if name.endswith("_production"))
        workspace.cluster.psql(books, "VACUUM ANALYZE")


def best(workspace: Workspace, *words: object, times: int) -> Any:
    """The fastest of some runs."""
    return min((prodcli(workspace.file, *words) for _ in range(times)), key=lambda timing: timing.seconds)


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def insert_bulk(workspace: Workspace, cursor: Any, first: int) -> None:
    """New rows by the thousand."""
    kind = "sqlite" if workspace.cluster is None else "postgresql"
    for low in range(first, first + BULK, CHUNK):
        number = ROWS + low
        cursor.execute(_FILL[kind].format(columns=_COLUMNS, first=number, last=number + CHUNK - 1))


def update_bulk(_workspace: Workspace, cursor: Any, first: int) -> None:
    """A new state by the thousand."""
    for low in range(first, first + BULK, CHUNK):
        cursor.execute(_RUNNING, (low, low + CHUNK - 1))


def update_single(_workspace: Workspace, cursor: Any, first: int) -> None:
    """A new state, row by row."""
    for dbid in range(first, first + SINGLE):
        cursor.execute(_RUNNING, (dbid, dbid))


WRITES = {
    f"insert {BULK} rows, {CHUNK} a statement": insert_bulk,
    f"update {BULK} rows, {CHUNK} a statement": update_bulk,
    f"update {SINGLE} rows, one a statement": update_single,
}


def pair(workspace: Workspace, work: Callable[[Workspace, Any, int], None]) -> tuple[float, float]:
    """Seconds of a transaction with the triggers and without, each the better of three in turns, on rows of their own."""
    spent: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(6):
        with closing(workspace.connect()) as connection:
            first = 1 + (turn + 6 * list(WRITES.values()).index(work)) * BULK

            def write(connection: Any = connection, first: int = first) -> None:
                work(workspace, connection.cursor(), first)
                connection.commit()

            if turn % 2:
                with no_triggers(workspace):
                    spent[False].append(seconds(write))
            else:
                spent[True].append(seconds(write))
    return min(spent[True]), min(spent[False])


@contextmanager
def no_triggers(workspace: Workspace) -> Iterator[None]:
    """Write without telling the rollup."""
    if workspace.cluster is not None:
        off = [f"ALTER TABLE production_jobs DISABLE TRIGGER prodcli_rollup_{verb}" for verb in ("insert", "update")]
        on = [statement.replace("DISABLE", "ENABLE") for statement in off]
    else:
        made = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'prodcli_rollup%'"
        off, on = (
            list(words)
            for words in zip(*((f"DROP TRIGGER {name}", sql) for name, sql in workspace.sql(made)), strict=True)
        )
    for statement in off:
        workspace.sql(statement)
    try:
        yield
    finally:
        for statement in on:
            workspace.sql(statement)


def test_start() -> None:
    """How long every command takes before it does anything."""
    python, ours = [sys.executable, "-c"], [sys.executable, "-m", "prodcli"]
    complete = ["env", *(f"{name}={value}" for name, value in COMPLETION.items()), *ours]
    lines = {
        "bare": [*python, "pass"],
        "typer": [*python, "import typer"],
        "version": [*ours, "--version"],
        "help": [*ours, "--help"],
        "complete": complete,
    }
    took = dict.fromkeys(lines, 9.9)
    for _ in range(20):  # in turns, so that a busy moment hits all of them
        for name, words in lines.items():
            took[name] = min(took[name], timed(words).seconds)
    ms = {name: round(1000 * best) for name, best in took.items()}
    show(
        "Start",
        (
            "python -c pass ms",
            "import typer ms",
            "--version ms",
            "/ pass",
            "--help ms",
            "/ typer",
            "completion ms",
            "/ typer",
        ),
        [
            (ms["bare"], ms["typer"], ms["version"], took["version"] / took["bare"])
            + (ms["help"], took["help"] / took["typer"], ms["complete"], took["complete"] / took["typer"])
        ],
    )
