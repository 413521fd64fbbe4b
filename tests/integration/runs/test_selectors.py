"""Selectors from end to end: where their runs come from, and what every verb that takes runs does with them."""

import http.server
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.rule_files import write_rules
from tests.support.workspace import ONE_DATABASE, Answer, Workspace, seeded_catalog


@pytest.fixture
def loaded(workspace: Workspace) -> Workspace:
    """A workspace with runs, and what the daq database has of their raw files."""
    workspace.load(seeded_catalog(1))
    write_rules(workspace.folder / "rules")
    return workspace


@pytest.fixture
def runs() -> list[int]:
    """The runs of the catalog."""
    return sorted(run.runnumber for run in seeded_catalog(1).runs)


def define(workspace: Workspace, **selectors: object) -> None:
    """Define selectors in prodcli.yaml."""
    workspace.settings["selectors"] = selectors
    workspace.write()


def planned(workspace: Workspace, *words: object) -> set[int]:
    """The runs that a plan looks at: each of them is skipped for some reason by a rule that no run fits."""
    rule = ("-c", workspace.folder / "rules" / "rules.yaml", "-r", "streaming", "--physics-mode", "nobody")
    data = workspace.json("submit", *rule, "-n", *words)
    return {run for one in data["skipped"] for run in one["runs"]}


def refused(workspace: Workspace, *words: object) -> Answer:
    """A plan that is not made."""
    return workspace.run("submit", "-c", workspace.folder / "rules" / "rules.yaml", "-r", "streaming", "-n", *words)


def test_fully_transferred_runs_have_every_file(loaded: Workspace, runs: list[int]) -> None:
    insert = "INSERT INTO filelist (filename, runnumber, transferred_to_sdcc) VALUES (?, ?, ?)"
    for run in runs:
        for part in range(3):
            arrived = {runs[0]: part < 2, runs[1]: None}.get(run, True)
            loaded.sql(insert, f"{run}-{part}", run, arrived, role="daq")
    assert planned(loaded, "--runs", "fully-transferred") == set(runs[2:])
    assert planned(loaded, "--runs", f"fully-transferred({runs[0]}-{runs[4]})") == set(runs[2:5])
    assert planned(loaded, "--runs", f"fully-transferred({runs[4]}),{runs[1]}") == {runs[1], runs[4]}


def test_new_runs_are_those_that_ended_last(loaded: Workspace) -> None:
    ended = {run.runnumber: run.ertimestamp for run in seeded_catalog(1).runs if run.ertimestamp is not None}
    newest = max(ended.values())
    for minutes in (1, 60, 90, 60 * 24):
        wanted = {run for run, end in ended.items() if (newest - end).total_seconds() <= minutes * 60}
        assert planned(loaded, "--runs", f"new(window={minutes}m)") == wanted


def test_defined_selectors_of_every_kind(loaded: Workspace, runs: list[int]) -> None:
    loaded.sql("CREATE TABLE good (run int)", role="production")
    for run in (*runs[:3], runs[0]):
        loaded.sql("INSERT INTO good VALUES (?)", run)
    (loaded.folder / "list.txt").write_text(f"{runs[0]} # the first\n{runs[5]}-{runs[6]}\n")
    sql = "SELECT runnumber FROM run WHERE runtype <> 'physics;' AND runnumber > 0 ORDER BY 1;"
    define(
        loaded,
        table={"database": "production", "table": "good", "column": "run"},
        sql={"database": "daq", "sql": sql},
        url_of_database={"database": loaded.settings["databases"]["daq"], "sql": sql},
        list={"file": "list.txt"},
        local_url={"url": (loaded.folder / "list.txt").as_uri()},
    )
    listed = {runs[0], *(run for run in runs if runs[5] <= run <= runs[6])}
    assert planned(loaded, "--runs", "table") == set(runs[:3])
    assert planned(loaded, "--runs", "sql") == planned(loaded, "--runs", "url_of_database") == set(runs)
    assert planned(loaded, "--runs", "list") == planned(loaded, "--runs", "local_url") == listed
    assert planned(loaded, "--runs", f"sql({runs[2]}-{runs[3]})", runs[0]) == {runs[0], runs[2], runs[3]}
    assert planned(loaded, "--runs", f"list({runs[5]}-{runs[9]})") == {runs[5], runs[6]}
    assert planned(loaded, "--runs", "sql", "--exclude", "table", f"{runs[4]}-{runs[5]}") == set(runs[3:4] + runs[6:])


def test_excluded_runs_are_left_out_silently(loaded: Workspace, runs: list[int]) -> None:
    two = ("--runs", runs[0], runs[-1])
    assert planned(loaded, *two, "--exclude", runs[0], runs[3]) == set(runs[4:])  # two numbers are a range
    assert planned(loaded, *two, "--exclude", f"{runs[0]},{runs[3]}") == set(runs) - {runs[0], runs[3]}
    assert planned(loaded, "--runs", runs[0], runs[1], runs[2], "--exclude", runs[1]) == {runs[0], runs[2]}
    assert planned(loaded, "--runs", runs[0], "--exclude", runs[0]) == set()


def test_every_verb_with_runs_takes_them(loaded: Workspace, runs: list[int]) -> None:
    (loaded.folder / "list.txt").write_text(f"{runs[0]}\n")
    define(loaded, mine={"file": "list.txt"})
    rule = ("-c", loaded.folder / "rules" / "rules.yaml", "-r", "cluster")
    loaded.ok("register", *rule, "-n", "--runs", "mine", "--exclude", runs[1])
    (why,) = loaded.json("why", *rule, "--runs", "mine")
    assert why["run"] == runs[0]
    everything, some, rest = (
        {line["key"]: line["jobs"] for line in _lines(loaded, *words)}
        for words in ((), ("--runs", "mine"), ("--exclude", "mine"))
    )
    assert everything == some | rest and set(some) <= {str(runs[0])} and str(runs[0]) not in rest


def _lines(workspace: Workspace, *words: object) -> list[dict[str, object]]:
    lines = workspace.json("query", "--by", "run", *words)
    counted: dict[str, int] = {}
    for line in lines:
        counted[str(line["run"])] = counted.get(str(line["run"]), 0) + line["jobs"]
    return [{"key": key, "jobs": number} for key, number in counted.items()]


def test_a_selector_that_finds_nothing_is_said(loaded: Workspace) -> None:
    define(loaded, nothing={"database": "daq", "sql": "SELECT runnumber FROM run WHERE 1 = 0"})
    rule = ("-c", loaded.folder / "rules" / "rules.yaml", "-r", "streaming")
    answer = loaded.run("submit", *rule, "-n", "--runs", "nothing", quiet=False)
    assert answer.code == 0
    assert "--runs: nothing finds no run" in answer.err
    assert "of runs none, 0 runs pass the cuts" in answer.out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--runs", "goodrun"], 2, "'goodrun' is not a run number, a range or a selector; did you mean 'goodruns'?"),
        (["--runs", "1", "--exclude", "goodrun"], 2, "'goodrun' is not a run number"),
        (["--runs", "1", "--exclude", "1-"], 2, "--exclude: '1-' is not a run number"),
        (["--runs", "1", "--exclude", "9-1"], 2, "--exclude: the range 9-1 is reversed"),
        (["--runs", "goodruns(x=1)"], 2, "selector goodruns has no argument 'x'"),
        (["--runs", "new"], 2, "window must be an age"),
        (["--runs", "fully-transferred(window=6h)"], 2, "has no argument 'window'"),
        (["--runs", "goodruns"], 4, "selector selectors.goodruns"),
        (["--runs", "words"], 1, "the selector gives physics instead of run numbers"),
        (["--runs", "writes"], 4, "selector selectors.writes"),
        (["--runs", "lost"], 3, "selectors.lost cannot be read"),
        (["--runs", "refused"], 3, "selectors.refused cannot be read"),
        (["--runs", "endless"], 3, "/dev/zero: selectors.endless cannot be read: it is larger than 10 MB"),
        (["--runs", "far"], 3, "/dev/zero: selectors.far cannot be read: it is larger than 10 MB"),
    ],
)
def test_what_goes_wrong_is_one_line(loaded: Workspace, words: list[str], code: int, says: str) -> None:
    define(
        loaded,
        goodruns={"database": "daq", "sql": "SELECT runnumber FROM nowhere"},
        words={"database": "daq", "sql": "SELECT DISTINCT runtype FROM run WHERE runtype = 'physics'"},
        writes={"database": "daq", "sql": "DELETE FROM run"},
        lost={"file": "lost.txt"},
        endless={"file": "/dev/zero"},
        far={"url": "file:///dev/zero"},
        refused={"url": "http://127.0.0.1:9/runs"},
    )
    answer = refused(loaded, *words)
    assert answer.code == code, answer.err
    assert len(answer.err.splitlines()) == 1
    assert says in answer.err
    assert loaded.sql("SELECT COUNT(*) FROM run", role="daq") == [(len(seeded_catalog(1).runs),)]


@ONE_DATABASE  # the configuration names a database of its own
@pytest.mark.parametrize("data", ["- 1", "goodruns: 7", "goodruns: {sql: SELECT 1}"])
def test_a_bad_definition_stops_every_command(workspace: Workspace, data: str) -> None:
    workspace.file.write_text(f"databases: {{production: 'sqlite:///x.db'}}\nselectors:\n  {data}\n")
    answer = workspace.run("query")
    assert (answer.code, len(answer.err.splitlines())) == (3, 1)
    assert "selectors" in answer.err


# ---- URLs


class _Site(http.server.BaseHTTPRequestHandler):
    """A web site with a run list, and with everything that may be wrong with one."""

    def do_GET(self) -> None:
        """Answer."""
        bodies = {"/runs": b"66457 66468-66470\n", "/huge": b"1 " * 6_000_000, "/binary": b"\xff\xfe", "/html": b"<p>"}
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", {"ftp": "ftp://127.0.0.1/x", "runs": "/runs"}[self.path[4:]])
            self.end_headers()
            return
        self.send_response(200 if self.path in bodies else 404)
        self.end_headers()
        try:
            self.wfile.write(bodies.get(self.path, b""))
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def site() -> Iterator[str]:
    """The site's URL."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_url_of_runs(loaded: Workspace, site: str) -> None:
    (loaded.folder / "good runs").write_text("66457 66468")
    here = (loaded.folder / "good runs").as_uri()
    define(loaded, runs={"url": f"{site}/runs"}, moved={"url": f"{site}/to/runs"}, local={"url": here})
    for name in ("runs", "moved", "local"):
        assert planned(loaded, "--runs", name) == {66457, 66468}


@ONE_DATABASE  # it ends with the page
@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("nobody", "Not Found"),
        ("huge", "more than 10 MB"),
        ("binary", "codec"),
        ("html", "is not a run number"),
        ("to/ftp", "ftp"),
    ],
)
def test_a_bad_url_is_one_line(loaded: Workspace, site: str, page: str, says: str) -> None:
    define(loaded, runs={"url": f"{site}/{page}"})
    answer = refused(loaded, "--runs", "runs")
    assert answer.code in (2, 3)
    assert len(answer.err.splitlines()) == 1
    assert says in answer.err


# ---- plugins

PLUGIN = """
def lucky(times="1"):
    return [7 * int(times)]

def broken():
    raise KeyError("no\\nluck")

def odd():
    return ["x"]
"""
ENTRY_POINTS = (
    "[prodcli.selectors]\nlucky = lucky_runs:lucky\nbroken = lucky_runs:broken\nodd = lucky_runs:odd\ngone = nobody:x\n"
)


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package that adds selectors."""
    folder = tmp_path / "site-packages"
    about = folder / "lucky_runs-1.0.dist-info"
    about.mkdir(parents=True)
    (folder / "lucky_runs.py").write_text(PLUGIN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lucky-runs\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(folder)
    yield
    sys.modules.pop("lucky_runs", None)


@pytest.mark.usefixtures("plugin")
def test_a_plugin_selects_runs(loaded: Workspace) -> None:
    assert planned(loaded, "--runs", "lucky") == {7}
    assert planned(loaded, "--runs", "lucky(times=3)", 8) == {8, 21}
    assert planned(loaded, "--runs", "lucky(1-6)") == set()


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("broken", "the plugin failed: KeyError: 'no"),
        ("lucky(x=1)", "unexpected keyword argument"),
        ("lucky(times=z)", "the plugin failed: ValueError"),
        ("odd", "the selector gives x instead of run numbers"),
        ("gone", "the plugin cannot be loaded: ModuleNotFoundError"),
        ("luky", "did you mean 'lucky'"),
    ],
)
def test_a_plugin_that_fails_is_one_line(loaded: Workspace, word: str, says: str) -> None:
    answer = refused(loaded, "--runs", word)
    assert answer.code in (1, 2)
    assert len(answer.err.splitlines()) == 1
    assert says in answer.err
