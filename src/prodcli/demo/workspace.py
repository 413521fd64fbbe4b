"""The demo: a workspace with SQLite catalogs and the local batch, and the chain of commands that runs in it.

A marker file marks a workspace; nothing outside of it, and nothing in a folder without marker, is ever changed.
"""

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from prodcli.batch import whole
from prodcli.batch.open import open_batch
from prodcli.books.filters import Filters
from prodcli.config.find_config import FILE
from prodcli.config.settings import Config, load_config
from prodcli.db import open_database
from prodcli.demo.catalogs import write_catalogs
from prodcli.errors import ProdError, UsageError
from prodcli.registration.register import register
from prodcli.reports.status import status_lines
from prodcli.reports.status_lines import COLUMNS, total
from prodcli.resources import shipped
from prodcli.rules.load import load_rule
from prodcli.runs.selection import parse_runs
from prodcli.states import Queue

MARKER = ".prodcli-demo"
RULES = "rules/demo.yaml"
NIGHT_RULES = "bad_night"  # a folder among the examples
_OWN = (FILE, "rules", "databases", "dst", "data", "campaigns", "logs", MARKER)  # and the queue's files; marker last
_QUEUE = "batch.db"
_ALL, _GOOD = ("69600", "69620"), ("69610", "69617")
# What paths in submit descriptions, argument lists and templates cannot hold.
_FORBIDDEN = frozenset("'\"\\$,%{}")
_CONFIG = """\
# A playground, made by `prodcli demo`. Relative paths count from this folder.
profile: sphenix
databases: &databases
  production:  sqlite:///databases/production.db
  filecatalog: sqlite:///databases/filecatalog.db
  raw:         sqlite:///databases/raw.db
  daq:         sqlite:///databases/daq.db
batch: &batch
  system: local                # prodcli local run executes the jobs
  queue:  {queue}
roots: &roots                  # absolute, as jobs run elsewhere
  outdir:   "{folder}/dst"
  finaldir: "{folder}/dst"
  logdir:   "{folder}/data"
  histdir:  "{folder}/data"
  condor:   "{folder}/data"
campaigns: campaigns           # what was submitted, as rendered
logs: logs
site:
  builds: ""                   # there are no builds to look for
{site}  environment:                 # of jobs: what stands in for the experiment's software
    PRODCLI_SETUP: "off"
    PRODCLI_OS: ""
    PRODCLI_COUNT_EVENTS: awk -f count_events.awk
    PRODCLI_PYTHON: "{python}"
testbed:                       # the same again, should `testbed` be in the path of this folder
  databases: *databases
  batch: *batch
  roots: *roots
  campaigns: campaigns
"""


@dataclass(frozen=True)
class Workspace:
    """The paths of a demo."""

    folder: Path

    @property
    def databases(self) -> Path:
        """The folder of its databases."""
        return self.folder / "databases"

    @cached_property
    def config(self) -> Config:
        """The path of its configuration."""
        return load_config(self.folder / FILE, self.folder)


@dataclass(frozen=True, slots=True)
class DemoStep:
    """A command of the demo (without `prodcli`), the text before it, and the expected state after it.

    `jobs`: by rule, the expected number of jobs in the books by state; `files`: the expected number of registered files
    of the command's rule.
    """

    text: str
    command: tuple[str, ...]
    jobs: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    files: int | None = None
    held: bool = False  # one job is held then, and it is told why


@dataclass(frozen=True, slots=True)
class Chapter:
    """Steps under a heading."""

    title: str
    steps: tuple[DemoStep, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a workspace is filled with: what copies its rules into a folder, and what writes its catalogs.

    `site` are more lines of the site's settings.
    """

    copy_rules: Callable[[Path], None]
    write_catalogs: Callable[[Workspace], None]
    site: str = ""


def demo_contents() -> Contents:
    """The rules and the catalogs of the chain."""
    return Contents(_copy_examples, lambda workspace: write_catalogs(workspace.databases, workspace.config.site.hosts))


def _copy_examples(target: Path) -> None:
    shutil.copytree(shipped("prodflow-examples"), target, ignore=shutil.ignore_patterns(NIGHT_RULES))


def make_workspace(directory: Path, fresh: bool = False, contents: Contents | None = None) -> Workspace:
    """Make a workspace, of the demo if no other contents are given; `fresh` first removes an earlier demo.

    Raises UsageError, with nothing changed, for a folder that is in use, and ProdError if the workspace cannot be made.
    """
    folder, contents = directory.resolve(), contents or demo_contents()
    if not str(folder).isprintable() or _FORBIDDEN & set(str(folder)):
        raise UsageError(f"a path with one of {' '.join(sorted(_FORBIDDEN))} does not suit jobs", where=str(folder))
    try:
        _require_free(folder, fresh)
        _clear(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKER).touch()
        settings = _CONFIG.format(folder=folder, queue=_QUEUE, python=sys.executable, site=contents.site)
        (folder / FILE).write_text(settings)
        (folder / "databases").mkdir()
        contents.copy_rules(folder / "rules")
        for script in (folder / "rules").glob("*.sh"):
            script.chmod(0o755)
        workspace = Workspace(folder)
        contents.write_catalogs(workspace)
    except (OSError, shutil.Error) as failure:
        words = getattr(failure, "strerror", None) or str(failure)
        raise ProdError(f"the workspace cannot be made: {words}", where=str(folder)) from None
    return workspace


def _require_free(folder: Path, fresh: bool) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError("this is a file", where=str(folder), todo="name a folder: prodcli demo DIR")
    if (folder / MARKER).exists():
        if not fresh:
            raise UsageError(
                "a demo is there already; nothing was changed",
                where=str(folder),
                todo="start over with --fresh, or name another folder",
            )
    elif any(folder.iterdir()):
        raise UsageError(
            "the folder is not empty; nothing was changed", where=str(folder), todo="name another: prodcli demo DIR"
        )


def _clear(folder: Path) -> None:
    """Remove the files of a demo, and leave files that people added."""
    for path in [*folder.glob(f"{_QUEUE}*"), *(folder / name for name in _OWN)]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def check(workspace: Workspace, step: DemoStep) -> None:
    """Raise ProdError if books or file catalog differ from the expected state after a step."""
    for rule, expected in step.jobs.items():
        found = _jobs(workspace.config, rule)
        if found != dict(expected):
            raise ProdError(
                f"{rule} should have {_counts(expected)}, and has {_counts(found)}", where=str(workspace.folder)
            )
    if step.files is not None:
        name = step.command[step.command.index("-r") + 1]
        found_files = _files(workspace, name)
        if found_files != step.files:
            raise ProdError(
                f"{name} should have {step.files} registered files, and has {found_files}", where=str(workspace.folder)
            )


def hold_reason(workspace: Workspace) -> str:
    """The hold reason of the held job; raises ProdError unless exactly one job is held, for its memory."""
    told = whole(open_batch(workspace.config).changes("local", ""))
    held = [event for event in told.events if event.queue is Queue.HELD]
    if len(held) != 1 or held[0].hold_code != 34:
        raise ProdError(
            f"one job should be held for its memory (code 34); {len(held)} are held", where=str(workspace.folder)
        )
    return f"{held[0].hold_reason} (code {held[0].hold_code})"


def _jobs(config: Config, rule: str) -> dict[str, int]:
    database = open_database(config.url("production_read"), read_only=True)
    try:
        counts = total(status_lines(database, Filters(rules=[rule]))).counts
    finally:
        database.close()
    return {status: counts[status] for status in COLUMNS if counts[status]}


def _files(workspace: Workspace, rule_name: str) -> int:
    config = workspace.config
    rule = load_rule(workspace.folder / RULES, rule_name, config.site)
    database = open_database(config.url("filecatalog"), read_only=True)
    try:
        return register(rule, parse_runs(_ALL), database, dry_run=True).known
    finally:
        database.close()


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {status}" for status, count in counts.items()) or "no jobs"


def story() -> tuple[Chapter, ...]:
    """The chain, from raw files to seeds and calorimeter clusters."""
    return (_combining(), _clustering(), _held(), _one_to_one(), _again())


def _submit(rule: str, *options: str, runs: tuple[str, ...] = _GOOD) -> tuple[str, ...]:
    return ("submit", "-c", RULES, "-r", rule, "--runs", *runs, *options)


def _register(rule: str, files: int, text: str = "") -> DemoStep:
    return DemoStep(text, ("spider", "dst", "-c", RULES, "-r", rule, "--runs", *_GOOD), files=files)


def _run(text: str = "") -> DemoStep:
    return DemoStep(text, ("local", "run", "--drain"))


def _combining() -> Chapter:
    # 63 hosts of five runs, two of which lack one, and 20 seb hosts; four segments from each
    streaming, triggered = "Demo_STREAMING_EVENT", "Demo_TRIGGERED_EVENT"
    return Chapter(
        "1. Combining: the raw files of a run and host, one job",
        (
            DemoStep(
                "What could be submitted, and why the rest not (-n changes nothing):",
                _submit(streaming, "-n", runs=_ALL),
            ),
            DemoStep(
                "Submit the runs that can be used, tracker and calorimeters:",
                _submit(streaming),
                {streaming: {"submitted": 313}},
            ),
            DemoStep("", _submit(triggered), {triggered: {"submitted": 100}}),
            _run("Jobs are run by the local batch here, and by HTCondor at the lab:"),
            DemoStep(
                "Learn what became of them:", ("harvest",), {streaming: {"finished": 313}, triggered: {"finished": 100}}
            ),
            _register(streaming, 1252, "Put the files into the catalog, where the next step looks for them:"),
            _register(triggered, 400),
        ),
    )


def _clustering() -> Chapter:
    cluster, fitting = "Demo_TRKR_CLUSTER", "Demo_CALOFITTING"
    return Chapter(
        "2. Many to one: a segment of all hosts, one job",
        (
            DemoStep(
                "The tracker with its newest run first, the calorimeters with all:",
                _submit(cluster, runs=("69617",)),
                {cluster: {"submitted": 4}},
            ),
            DemoStep("", _submit(fitting), {fitting: {"submitted": 20}}),
            _run(),
            DemoStep("", ("harvest",), {cluster: {"held": 1, "finished": 3}, fitting: {"finished": 20}}),
            DemoStep("One job is held. Which?", ("query", "-r", cluster, "--by", "segment"), held=True),
        ),
    )


def _held() -> Chapter:
    cluster = "Demo_TRKR_CLUSTER"
    return Chapter(
        "3. A job that is held, and a run that is left out",
        (
            DemoStep(
                "More memory helps: --mem, or request_memory in the rule. It counts for what is\n"
                "submitted from now on. The held job stays held, and blocks its output, so that\n"
                "no two jobs ever write one file:",
                _submit(cluster, "--mem", "128MB"),
                {cluster: {"submitted": 8, "held": 1, "finished": 3}},
            ),
            DemoStep(
                "Two runs are left out, as a host is missing. Which host?",
                _submit(cluster, "-n", "-v", runs=("69611,69614",)),
            ),
            _run(
                "TPC17 wrote no raw file in 69611; that of INTT3 is on tape in 69614. What a run\n"
                "must have is data of the site profile (prodcli config show). The others run:"
            ),
            DemoStep("", ("harvest",), {cluster: {"held": 1, "finished": 11}}),
            _register(cluster, 11),
            _register("Demo_CALOFITTING", 20),
        ),
    )


def _one_to_one() -> Chapter:
    seed, calo = "Demo_TRKR_SEED", "Demo_CALO"
    return Chapter(
        "4. One to one: a file, one job",
        (
            DemoStep("", _submit(seed), {seed: {"submitted": 11}}),
            DemoStep("", _submit(calo), {calo: {"submitted": 20}}),
            _run(),
            DemoStep("", ("harvest",), {seed: {"finished": 11}, calo: {"finished": 20}}),
            _register(seed, 11),
            _register(calo, 20),
        ),
    )


def _again() -> Chapter:
    return Chapter(
        "5. How far is it?",
        (
            DemoStep(
                "Nothing is submitted twice:",
                _submit("Demo_STREAMING_EVENT"),
                {"Demo_STREAMING_EVENT": {"finished": 313}},
            ),
            DemoStep("The status of a tag (without --tag: of all):", ("query", "--tag", "ana540_2025p012_v001")),
        ),
    )
