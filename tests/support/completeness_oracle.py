"""What a check must flag: the field's completeness once more, row by row, sharing no code with prodcli.

Units are the jobs that the oracle of planning makes when no output exists and every input is on disk.
"""

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support import oracle
from tests.support.catalog import Catalog, File
from tests.support.rule_files import read_rules

EVENTS = (None, -1, 0, 899, 949, 950, 951, 1000, 1000, 1000, 1000)
PARTS = (None, 0.0, 0.5, 0.9499, 0.95, 1.0, 1.0)  # of a run's events, how far an output of a combining rule goes


def with_events(catalog: Catalog, seed: int) -> Catalog:
    """The catalog with events at random, mostly equal within a unit, and with second rows of some units."""
    rng = random.Random(seed)
    of_run = {run.runnumber: run.eventsinrun or 0 for run in catalog.runs}
    usual = {(file.runnumber, file.segment): rng.choice(EVENTS) for file in catalog.files}
    files = []
    for file in catalog.files:
        events = usual[file.runnumber, file.segment] if rng.random() < 0.97 else rng.choice(EVENTS)
        if is_combined(file) and (part := rng.choice(PARTS)) is not None and rng.random() < 0.3:
            events = round(part * of_run.get(file.runnumber, 0))
        files.append(replace(file, events=events))  # type: ignore[arg-type]
        if rng.random() < 0.05:
            name = file.filename.replace(".root", "-again.root")
            files.append(replace(file, filename=name, events=rng.choice(EVENTS)))  # type: ignore[arg-type]
    return Catalog(catalog.runs, catalog.raw, files, [])


def is_combined(file: File) -> bool:
    """Tell whether a combining rule makes the file."""
    return file.dsttype.startswith(tuple(oracle.COMBINING))


def flagged(catalog: Catalog, file: Path, name: str, runs: Any, ratio: float, **options: Any) -> tuple[int, list[str]]:
    """The number of units, and the report lines; the last event of a row is its number of events."""
    spec = read_rules(file)[name]
    setup = oracle.read_setup(spec, name, "", None, None, None, None)
    setup.masks = [mask for mask in options.get("masks", ()) if mask.dsttype in (None, setup.dsttype)]
    inputs = [replace(row, status=1) for row in catalog.files if oracle.is_input(row, setup)]
    bare = Catalog(catalog.runs, catalog.raw, [] if setup.dsttype in oracle.COMBINING else inputs, [])
    units = sorted(oracle.plan(bare, spec, name, "", runs, **options).jobs, key=place)
    of_run = {run.runnumber: run.eventsinrun for run in catalog.runs}
    lines = []
    for unit in units:
        run, segment, made = unit["runnumber"], unit["segment"], unit["dsttype"]
        source = segment // setup.per_job
        outputs = [
            row
            for row in catalog.files
            if (row.dsttype, row.tag, row.dataset, row.runnumber) == (made, setup.triplet, setup.dataset, run)
            and (setup.dsttype in oracle.COMBINING or row.segment in setup.outputs(source))
        ]
        if setup.dsttype in oracle.COMBINING:
            reasons, before = [], segment0(catalog, unit) if setup.seg0_only else of_run[run]
        else:
            here = [row for row in inputs if (row.runnumber, row.segment) == (run, source)]
            reasons, before = of_inputs(row for row in here if oracle.host_behind(row.dsttype) not in setup.masked(run))
        after = together(outputs, setup.dsttype in oracle.COMBINING)
        if not outputs:
            reasons.append("missing_output")
        elif before is not None and before > 0 and after is not None and after / before < ratio:
            reasons.append("low_output_events")
        if reasons:
            numbers = f"{-1 if before is None else before} {-1 if after is None else after}"
            last = f" {made}" if setup.dsttype in oracle.COMBINING else ""
            lines.append(f"{run:08d} {segment:05d} {','.join(reasons)} {numbers}{last}")
    return len(units), lines


def together(outputs: list[File], as_one: bool) -> int | None:
    """The most events of each segment, summed, or of all segments `as_one`; None if those of a segment are unknown."""
    most: dict[int, int | None] = {}
    for row in outputs:
        key = 0 if as_one else row.segment
        known = [count for count in (most.get(key), row.events) if count is not None]
        most[key] = max(known, default=None)
    counts = [count for count in most.values() if count is not None]
    return sum(counts) if counts and len(counts) == len(most) else None


def segment0(catalog: Catalog, unit: dict[str, Any]) -> int | None:
    """The events of the raw files of segment 0 that a job reads; None if there are none."""
    host = unit["daqhost"]
    mine = [row for row in catalog.raw if (row.runnumber, row.daqhost, row.segment) == (unit["runnumber"], host, 0)]
    return sum(row.events for row in mine if oracle.on_disk(row.status)) or None


def of_inputs(rows: Iterable[File]) -> tuple[list[str], int | None]:
    """The reasons and the number of events of some inputs."""
    most: dict[str, int] = {}
    for row in rows:
        if row.events is not None:
            most[row.dsttype] = max(row.events, most.get(row.dsttype, row.events))
    if len(set(most.values())) > 1:
        return ["input_mismatch"], None
    return [], next(iter(most.values()), None)


def place(unit: dict[str, Any]) -> tuple[int, int, str]:
    """The order of units: by run, segment, and name of the output."""
    return unit["runnumber"], unit["segment"], unit["dsttype"]
