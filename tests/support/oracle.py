"""What a pass must submit and skip: the contract once more, by brute force over plain rows, sharing no code.

Written from docs/matching.md, docs/rules.md and the field's facts alone. Left out: `--maxqueued`, `job.arguments` and raw
SQL constraints of a rule.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.support.catalog import Catalog, File, Raw, Run

GL1 = "gl1daq"
INTT = [f"intt{n}" for n in range(8)]
MVTX = [f"mvtx{n}" for n in range(6)]
TPC = [f"ebdc{n:02d}" for n in range(24)] + [f"ebdc{n:02d}:1" for n in range(24)]
TPOT = ["ebdc39"]
STREAMING_HOSTS = INTT + MVTX + TPC + TPOT
TRIGGERED_HOSTS = [f"seb{n:02d}" for n in range(19)] + ["seb20"]


@cache
def leaf_of(host: str) -> str:
    """Return a raw catalog host as output names write it."""
    if host not in TPC:
        return host
    return host[:-2] + "_1" if host.endswith(":1") else host + "_0"


STREAMING_DSTS = [f"DST_STREAMING_EVENT_{leaf_of(host)}" for host in STREAMING_HOSTS]
TRIGGERED_DSTS = [f"DST_TRIGGERED_EVENT_{leaf_of(host)}" for host in TRIGGERED_HOSTS]

COMBINING = {"DST_STREAMING_EVENT": STREAMING_HOSTS, "DST_TRIGGERED_EVENT": TRIGGERED_HOSTS}
MANY_TO_ONE = {
    "DST_TRKR_CLUSTER": STREAMING_DSTS,
    "DST_TRKR_MVTXME": STREAMING_DSTS,
    "DST_CALOFITTING": TRIGGERED_DSTS,
    "DST_VERNIER": ["DST_TRIGGERED_EVENT_seb18", "DST_TRIGGERED_EVENT_seb20"],
}
ONE_TO_ONE = {
    "DST_TRKR_SEED": ["DST_TRKR_CLUSTER"],
    "DST_TRKR_TRACKS": ["DST_TRKR_SEED"],
    "DST_CALO": ["DST_CALOFITTING"],
    "DST_JETS": ["DST_CALO"],
    "DST_JETCALO": ["DST_CALOFITTING"],
}

ROLLOVER = {"run_rolloverjob0.sh": 10}  # output segments of a job, by its script

DEFAULT_RUNS = range(66456, 90001)
MIN_RUN_EVENTS = 100_000
MIN_RUN_SECONDS = 300
RUN_DIR = "{prodmode}/{period}/{physicsmode}/{outtriplet}/{leafdir}/{rungroup}"
DEFAULT_DIRS = {
    "outdir": f"/sphenix/lustre01/sphnxpro/{RUN_DIR}",
    "finaldir": f"/sphenix/lustre01/sphnxpro/{RUN_DIR}",
    "logdir": f"/sphenix/data/data02/sphnxpro/{RUN_DIR}/log",
    "histdir": f"/sphenix/data/data02/sphnxpro/{RUN_DIR}/hist",
    "condor": f"/tmp/data02/sphnxpro/{RUN_DIR}/log",
}


@dataclass
class Plan:
    """The jobs of a pass in order, and what was skipped by (reason, level)."""

    jobs: list[dict[str, Any]] = field(default_factory=list)
    skipped: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def skip(self, reason: str, level: str, run: int) -> None:
        """Count one run, host, segment or output as skipped."""
        entry = self.skipped.setdefault((reason, level), {"count": 0, "runs": []})
        entry["count"] += 1
        entry["runs"] = sorted({*entry["runs"], run})


@dataclass(frozen=True)
class Masked:
    """Catalog hosts that are masked in a range of runs, for one dsttype that is made or for all."""

    hosts: tuple[str, ...]
    runs: range
    dsttype: str | None = None


@dataclass(frozen=True)
class Marked:
    """Runs that are invalid, or a range of segments of each, for one dsttype that is made or for all."""

    runs: range
    segments: range | None = None
    dsttype: str | None = None


@dataclass
class Setup:
    """The rule and the command line, with the defaults filled in."""

    rule: dict[str, Any]
    rule_name: str
    rule_dir: str
    dsttype: str
    dataset: str
    triplet: str
    mode: str  # runtype of the runs
    path_mode: str  # {physicsmode} in paths
    inputs: list[str]  # catalog hosts or dsttypes, in profile order
    segments: set[int] | None
    cut: int
    per_job: int  # output segments that a job makes
    seg0_only: bool
    masks: list[Masked]
    marks: list[Marked]

    def masked(self, run: int) -> set[str]:
        """Return the hosts that do not count in a run."""
        return {host for mask in self.masks if run in mask.runs for host in mask.hosts}

    def left(self, run: int) -> list[str]:
        """Return the inputs that a job of a run may read."""
        masked = self.masked(run)
        return [name for name in self.inputs if host_behind(name) not in masked]

    def outputs(self, segment: int) -> list[int]:
        """Return the output segments that are made from a segment of the inputs."""
        return [self.per_job * segment + number for number in range(self.per_job)]

    def asked_for(self, segment: int) -> bool:
        """Tell whether anything that is made from a segment was asked for."""
        return self.segments is None or any(output in self.segments for output in self.outputs(segment))

    def is_invalid(self, run: int, segment: int | None = None) -> bool:
        """Tell whether a run is invalid as a whole, or whether something that is made from a segment of it is marked."""
        for mark in self.marks:
            if run in mark.runs and (mark.segments is None) == (segment is None):
                if mark.segments is None or segment is None:
                    return True
                if any(output in mark.segments for output in self.outputs(segment)):
                    return True
        return False


@dataclass
class Candidate:
    """One output that could be made."""

    run: int
    segment: int
    host: str
    n_inputs: int


def plan(
    catalog: Catalog,
    rule: dict[str, Any],
    rule_name: str,
    rule_dir: str,
    runs: Iterable[int] | None,
    segments: Iterable[int] | None = None,
    cut_segment: int | None = None,
    physics_mode: str | None = None,
    onlyseg0: bool | None = None,
    maxjobs: int = 0,
    masks: Iterable[Masked] = (),
    invalid: Iterable[Marked] = (),
) -> Plan:
    """Return what a pass of a rule submits and skips; `runs` is a range, or a set of runs named one by one."""
    setup = read_setup(rule, rule_name, rule_dir, segments, cut_segment, physics_mode, onlyseg0)
    setup.masks = [mask for mask in masks if mask.dsttype in (None, setup.dsttype)]
    setup.marks = [mark for mark in invalid if mark.dsttype in (None, setup.dsttype)]
    result = Plan()
    good = good_runs(catalog, setup, runs, result)
    raw_of: dict[int, list[Raw]] = defaultdict(list)
    for raw in catalog.raw:
        raw_of[raw.runnumber].append(raw)
    files_of: dict[int, list[File]] = defaultdict(list)
    for file in catalog.files:
        if is_input(file, setup):
            files_of[file.runnumber].append(file)
    candidates: list[Candidate] = []
    for run in good:
        if setup.dsttype in COMBINING:
            candidates += combine(run, raw_of[run], setup, result)
        else:
            candidates += downstream(run, raw_of[run], files_of[run], setup, result)
    choose(candidates, catalog, setup, maxjobs, result)
    return result


def read_setup(
    rule: dict[str, Any],
    rule_name: str,
    rule_dir: str,
    segments: Iterable[int] | None,
    cut_segment: int | None,
    physics_mode: str | None,
    onlyseg0: bool | None,
) -> Setup:
    """Return a rule with the command line's wishes and all defaults."""
    params, given = rule["params"], rule.get("input", {})
    if "arguments" in rule["job"]:
        raise ValueError("the oracle knows the default arguments only")
    build = params["build"].replace(".", "")
    seg0_only = given.get("combine_seg0_only", False) if onlyseg0 is None else onlyseg0
    return Setup(
        rule=rule,
        rule_name=rule_name,
        rule_dir=rule_dir,
        dsttype=params["dsttype"],
        dataset=params.get("dataset", params["period"]),
        triplet=f"{build}_{params['dbtag']}_v{int(params['version']):03d}",
        mode=physics_mode or given.get("physicsmode") or params.get("physicsmode") or "physics",
        path_mode=physics_mode or params.get("physicsmode") or "physics",
        inputs=input_list(params["dsttype"], given),
        segments=None if segments is None else set(segments),
        cut=cut_segment or given.get("cut_segment") or 1,
        per_job=rule["job"].get("outputs_per_job") or ROLLOVER.get(rule["job"].get("script", "").split("/")[-1], 1),
        seg0_only=seg0_only,
        masks=[],
        marks=[],
    )


def input_list(dsttype: str, given: dict[str, Any]) -> list[str]:
    """Return the input hosts of a combining dsttype, else the input dsttypes, a rule's own list first."""
    own = given.get("indsttype")
    if own:
        return [own] if isinstance(own, str) else list(own)
    return (COMBINING | MANY_TO_ONE | ONE_TO_ONE)[dsttype]


@cache
def host_behind(name: str) -> str:
    """Return the catalog host of an input: of a host itself, or of what was combined from its files; else nothing."""
    for kind, hosts in COMBINING.items():
        for host in hosts:
            if name in (host, f"{kind}_{leaf_of(host)}"):
                return host
    return ""


# ---- runs


def good_runs(catalog: Catalog, setup: Setup, runs: Iterable[int] | None, result: Plan) -> list[int]:
    """Return the runs that pass the cuts; an unknown run counts only where it was named by itself."""
    known = {row.runnumber: row for row in catalog.runs}
    named = not isinstance(runs, range) and runs is not None
    good = []
    for run in DEFAULT_RUNS if runs is None else sorted(runs):
        if run not in known:
            if named:
                result.skip("run_unknown", "run", run)
            continue
        reason = run_flaw(known[run], setup)
        if reason:
            result.skip(reason, "run", run)
        else:
            good.append(run)
    return good


def run_flaw(run: Run, setup: Setup) -> str | None:
    """Return why a run is not used."""
    given = setup.rule.get("input", {})
    if run.brtimestamp is None or run.ertimestamp is None:
        return "run_not_ended"
    if run.runtype != setup.mode:
        return "runtype"
    if run.eventsinrun is None or run.eventsinrun < given.get("min_run_events", MIN_RUN_EVENTS):
        return "few_events"
    if (run.ertimestamp - run.brtimestamp).total_seconds() < given.get("min_run_time", MIN_RUN_SECONDS):
        return "too_short"
    if setup.is_invalid(run.runnumber):
        return "invalid"
    return None


def on_disk(status: int | None) -> bool:
    """Tell whether a status means: on disk."""
    return status is not None and status > 0


# ---- combining


def combine(run: int, rows: list[Raw], setup: Setup, result: Plan) -> list[Candidate]:
    """Return one candidate for each listed host of a run whose raw files, and those of GL1, are on disk."""
    wanted = setup.segments is None or 0 in setup.segments
    if wanted and setup.is_invalid(run, 0):
        result.skip("invalid", "segment", run)
        return []
    gl1 = [row for row in rows if row.daqhost == GL1]
    if not gl1:
        result.skip("no_gl1", "run", run)
        return []
    if not takes_part(gl1, setup):
        result.skip("gl1_off_disk", "run", run)
        return []
    if not any(row.daqhost in setup.inputs for row in rows):
        result.skip("no_inputs", "run", run)
        return []
    if not wanted:
        return []
    candidates = []
    for host in setup.inputs:
        mine = [row for row in rows if row.daqhost == host]
        if not mine:
            result.skip("no_inputs", "host", run)
        elif not takes_part(mine, setup):
            result.skip("host_off_disk", "host", run)
        elif host in setup.masked(run):
            result.skip("masked", "host", run)
        else:
            used = [row for row in mine if row.segment == 0 and on_disk(row.status)] if setup.seg0_only else mine
            candidates.append(Candidate(run, 0, host, len(used)))
    return candidates


def takes_part(rows: list[Raw], setup: Setup) -> bool:
    """Tell whether a host's files that are needed are on disk: all of them, or those of segment 0."""
    if setup.seg0_only:
        return any(row.segment == 0 and on_disk(row.status) for row in rows)
    return all(on_disk(row.status) for row in rows)


# ---- downstream


def is_input(file: File, setup: Setup) -> bool:
    """Tell whether a row of the file catalog is an input of the rule, on disk or not."""
    given = setup.rule.get("input", {})
    dataset = given.get("dataset", setup.dataset)
    return file.tag == given.get("intriplet") and file.dataset == dataset and file.dsttype in setup.inputs


def downstream(run: int, raw: list[Raw], files: list[File], setup: Setup, result: Plan) -> list[Candidate]:
    """Return one candidate for each segment of a run that has every input on disk."""
    if not files:
        result.skip("no_inputs", "run", run)
        return []
    left = setup.left(run)
    produced = {file.dsttype for file in files if file.dsttype in left}
    flaw = requirement_flaw({row.daqhost for row in raw}, produced, setup, run)
    if flaw:
        result.skip(flaw, "run", run)
        return []
    if not produced:
        result.skip("masked", "run", run)
        return []
    candidates = []
    for segment in sorted({file.segment for file in files}):
        if not setup.asked_for(segment):
            continue
        here = [file for file in files if file.segment == segment and file.dsttype in left]
        flaw = segment_flaw(run, segment, here, produced, setup)
        if flaw:
            result.skip(flaw, "segment", run)
        else:
            candidates.append(Candidate(run, segment, "", len(produced)))
    return candidates


def segment_flaw(run: int, segment: int, here: list[File], produced: set[str], setup: Setup) -> str | None:
    """Return why nothing is made of a segment; `here` are its inputs that are not masked, on disk or not."""
    if setup.is_invalid(run, segment):
        return "invalid"
    if here and {file.dsttype for file in here} != produced:
        return "segment_incomplete"
    if here and {file.dsttype for file in here if on_disk(file.status)} != produced:
        return "input_off_disk"
    if segment % setup.cut != 0:
        return "segment_cut"
    return None if here else "masked"


def requirement_flaw(raw_hosts: set[str], produced: set[str], setup: Setup, run: int) -> str | None:
    """Return why the hosts of a run do not do for a many-to-one dsttype."""
    if setup.mode == "cosmics" or setup.dsttype in ONE_TO_ONE:
        return None
    if setup.dsttype == "DST_TRKR_CLUSTER":
        return cluster_flaw(raw_hosts, produced, setup.masked(run))
    if all(name in TRIGGERED_DSTS for name in setup.inputs):
        left = setup.left(run)
        need = setup.rule.get("input", {}).get("min_seb", len(left))
        need = min(need, len(left))
        if sum(name.removeprefix("DST_TRIGGERED_EVENT_") in raw_hosts for name in left) < need:
            return "few_hosts_raw"
        if sum(name in produced for name in left) < need:
            return "few_hosts_produced"
    return None


def cluster_flaw(raw_hosts: set[str], produced: set[str], masked: set[str]) -> str | None:
    """Return why the hosts of a run do not do for DST_TRKR_CLUSTER; masked ones are not asked for."""
    for host in TPC:
        if host not in raw_hosts and host not in masked:
            return "few_hosts_raw"
    for host in TPC:
        if f"DST_STREAMING_EVENT_{leaf_of(host)}" not in produced and host not in masked:
            return "few_hosts_produced"
    for host in INTT + MVTX + TPOT:
        if host in raw_hosts and f"DST_STREAMING_EVENT_{host}" not in produced and host not in masked:
            return "host_not_produced"
    return None


# ---- outputs


def choose(candidates: list[Candidate], catalog: Catalog, setup: Setup, maxjobs: int, result: Plan) -> None:
    """Make jobs, newest run first, of the candidates whose output neither exists nor is under way."""
    produced = {file.filename for file in catalog.files}
    blocked = {job.filename for job in catalog.jobs if job.filename is not None}

    def order(candidate: Candidate) -> tuple[int, int, int]:
        place = setup.inputs.index(candidate.host) if candidate.host else 0
        return -candidate.run, candidate.segment, place

    for candidate in sorted(candidates, key=order):
        job = describe(candidate, setup)
        start = job["filename"][: -len("00000.root")]
        owned = {f"{start}{output:05d}.root" for output in setup.outputs(candidate.segment)}
        if owned & produced:
            result.skip("produced", "output", candidate.run)
        elif owned & blocked:
            result.skip("blocked", "output", candidate.run)
        elif maxjobs and len(result.jobs) >= maxjobs:
            result.skip("limit", "output", candidate.run)
        else:
            result.jobs.append(job)


def describe(candidate: Candidate, setup: Setup) -> dict[str, Any]:
    """Return names, paths and arguments of a job."""
    params, job = setup.rule["params"], setup.rule["job"]
    run, segment, host = candidate.run, candidate.segment, candidate.host
    leafdir = f"{setup.dsttype}_{leaf_of(host)}" if host else setup.dsttype
    outbase = f"{leafdir}_{setup.dataset}_{setup.triplet}"
    first = setup.outputs(segment)[0]
    logbase = f"{outbase}-{run:08d}-{first:05d}"
    hundred = run // 100 * 100
    words = {
        "rule_name": setup.rule_name, "dsttype": setup.dsttype, "dataset": setup.dataset, "period": params["period"],
        "physicsmode": setup.path_mode, "build": params["build"], "tag": params["dbtag"], "outtriplet": setup.triplet,
        "prodmode": "production", "leafdir": leafdir, "rungroup": f"run_{hundred:08d}_{hundred + 100:08d}",
        "outbase": outbase, "logbase": logbase,
    }  # fmt: skip
    templates = DEFAULT_DIRS | job.get("filesystem", {})
    words |= {name: template.format(**words) for name, template in templates.items()}
    return {
        "filename": f"{logbase}.root",
        "runnumber": run,
        "segment": first,
        "daqhost": host or "dummy",
        "dsttype": leafdir,
        "arguments": " ".join(arguments(candidate, setup, words)),
        "log": job.get("log", "{condor}/{logbase}.condor").format(**words),
        "output": f"{words['logdir']}/{logbase}.out",
        "error": f"{words['logdir']}/{logbase}.err",
        "n_inputs": candidate.n_inputs,
    }


def arguments(candidate: Candidate, setup: Setup, words: dict[str, str]) -> list[str]:
    """Return the 18 arguments of a payload script."""
    params, job = setup.rule["params"], setup.rule["job"]
    combining = setup.dsttype in COMBINING
    raw_inputs = "seg0fromdb" if setup.seg0_only else "allsegsfromdb"
    return [
        params["build"],
        setup.dataset,
        "None" if combining else setup.rule["input"]["intriplet"],
        ",".join(setup.left(candidate.run)),
        str(candidate.run),
        str(candidate.segment),
        candidate.host or "dummy",
        raw_inputs if combining else "dbinput",
        "0",
        words["outdir"],
        words["histdir"],
        words["outbase"],
        str(job["neventsper"]),
        params["dbtag"],
        words["logbase"],
        words["logdir"],
        ",".join(entry if entry.startswith("/") else f"{setup.rule_dir}/{entry}" for entry in job["payload"]),
        "-1",
    ]
