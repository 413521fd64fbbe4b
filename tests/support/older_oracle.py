"""Rules of the older dialect for tests, and what they must find: by brute force over plain rows, sharing no code."""

import os
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from prodcli.rules.load import load_rule
from prodcli.rules.model import Rule
from tests.support.catalog import Catalog
from tests.support.library_rules import sphenix

STREAMS = """
Streams:
  params:
    name: DST_STREAMING_EVENT_$(streamname)_run3auau
    build: ana.514
    build_name: ana514
    dbtag: nocdbtag
    version: 7
    logbase: $(name)_$(build)_$(tag)_$(version)-$INT(run,{RUNFMT})-$INT(seg,{SEGFMT})
    outbase: $(name)_$(build)_$(tag)_$(version)
    script: run.sh
    payload: ./code/
    rsync: "./code/*,cups.py"
    neventsper: 10000
    mem: 4000MB
    comment: "---"
    mnrun: 1
    mxrun: 99999
  import_tables:
    - picked:
        db: daq
        query: |-
          select runnumber, runtype, eventsinrun, brtimestamp, array[runnumber] as numbers from run
          where runnumber >= {mnrun} and runnumber <= {mxrun} and runtype in ('physics', 'beam') -- why not?
          {run_condition};
  input:
    db: raw
    lfn2pfn: lfn2lfn
    query: |-
      with ondisk as (
        select d.* from datasets d join picked on picked.runnumber = d.runnumber
        where d.status > 0 and picked.numbers[1] = d.runnumber and picked.brtimestamp > '2000-01-01'
      ),
      trigger as (
        select runnumber, string_agg(filename, ' ' order by filename) as names from ondisk
        where daqhost = 'gl1daq' group by runnumber
      )
      select 'raw/datasets' as source, ondisk.runnumber, 0 as segment,
             string_agg(filename, ' ' order by filename) || ' ' || trigger.names as files, 'na' as fileranges,
             replace(regexp_replace(daqhost, '^(intt|mvtx|ebdc)(\\d+)$', '\\1\\2:0'), ':', '_') as streamname,
             count(*) as nfiles
      from ondisk join trigger on trigger.runnumber = ondisk.runnumber
      where daqhost like 'ebdc%' or daqhost like 'intt%' or daqhost like 'mvtx%'
      group by ondisk.runnumber, daqhost, trigger.names
  job:
    batch_name: $(name)_$(build)_$(tag)_$(version)-single
    arguments: $(nevents) {outbase} {logbase} $(run) $(seg) $(buildarg) $(tag) $(inputs) $(ranges) {neventsper} {comment} $(nfiles) {rsync}
    output_destination: '{logdir}'
    log: '{condor}/{logbase}.condor'
    priority: '4000'
    request_xferslots: '0'
"""

CLUSTER = """
Cluster:
  params:
    name: DST_TRKR_CLUSTER_run3auau
    build: ana.537
    build_name: ana537
    dbtag: 2025p010
    version: 7
    logbase: $(name)_$(build)_$(tag)_$(version)-$INT(run,%08i)-$INT(seg,%05i)
    outbase: $(name)_$(build)_$(tag)_$(version)
    script: run.sh
    payload: ./code/
    mem: 2 GB
    dstin: 'DST_STREAMING_EVENT_%'
    intag: ana514_nocdbtag_v001
    least: 30
  input:
    db: fc
    lfn2pfn: lfn2lfn
    query: |-
      with found as (
        select 'filecatalog/datasets' as source, runnumber, segment, string_agg(distinct filename, ' ') as files,
               'NA' as fileranges, count(distinct dsttype) as ninputs
        from datasets where dsttype like '{dstin}' and tag = '{intag}' and dataset = 'run3auau' and status > 0
        {run_condition} {seg_condition}
        group by runnumber, segment {limit_condition}
      )
      select * from found where ninputs >= {least}
  job:
    arguments: "{nevents} {outbase} {logbase} $(run) $(seg) {outdir} $(inputs) {PWD}"
"""

SEED = """
Seed:
  params:
    name: DST_TRKR_SEED_run3auau
    build: ana.537
    build_name: ana537
    dbtag: 2025p010
    logbase: $(name)_$(build)_$(tag)-$INT(run,{RUNFMT})-$INT(seg,{SEGFMT})
    outbase: $(name)_$(build)_$(tag)
    script: run.sh
    payload: ./code/
    mem: 2 GB
    nevents: 5
    input: DST_TRKR_CLUSTER_run3auau_ana537_2025p010_v001%
  input:
    db: fc
    query: |-
      select 'filecatalog/datasets' as source, runnumber, segment, filename as files, filename || ':0:' || events as fileranges
      from datasets where filename like '{input}' {run_condition}
  job:
    arguments: "{nevents} {outbase} {logbase} $(run) $(seg) $(inputs) $(ranges) {rsync}"
    priority: '3800'
"""

CALOFITTING = """
Calofitting:
  params:
    name: DST_CALOFITTING_run3auau
    build: ana.530
    build_name: ana530
    dbtag: 2025p008
    version: 7
    logbase: $(name)_$(build)_$(tag)_$(version)-$INT(run,{RUNFMT})-$INT(seg,{SEGFMT})
    outbase: $(name)_$(build)_$(tag)_$(version)
    script: run.sh
    payload: ./code/
    mem: 2 GB
    tag: ana530_nocdbtag_v001
  import_tables:
    - hosts:
        db: raw
        query: select runnumber, count(distinct daqhost) as nhosts from datasets where daqhost like 'seb%' group by runnumber
    - good:
        db: daq
        query: select runnumber from run where runtype = 'physics'
  input:
    db: filecatalog
    lfn2pfn: lfn2lfn
    query: |-
      with here as (
        select runnumber, segment, string_agg(filename, ' ') as files, count(*) as ninputs from datasets
        where dsttype like 'DST_TRIGGERED_EVENT_seb%' and tag = '{tag}' and dataset = 'run3auau' and status > 0
        group by runnumber, segment
      )
      select 'fc' as source, here.runnumber, segment, files, 'na' as fileranges from here
      join hosts on hosts.runnumber = here.runnumber and ninputs = nhosts
      where here.runnumber in (select runnumber from good)
  job:
    arguments: "{nevents} {outbase} {logbase} $(run) $(seg) $(inputs)"
"""

# A checkout of real rules of this dialect; they are data of that experiment and not part of the project.
REAL = Path(os.environ.get("PRODCLI_OLDER_RULES", "/nowhere"))
RULES = {"Streams": STREAMS, "Cluster": CLUSTER, "Seed": SEED, "Calofitting": CALOFITTING}


def write(folder: Path, text: str = "".join(RULES.values())) -> Path:
    """Write rules into a folder; the scripts that they name are below it, too."""
    (folder / "code").mkdir(parents=True, exist_ok=True)
    script = folder / "code" / "run.sh"
    script.write_text('#!/bin/sh\necho "$@"\n')
    script.chmod(0o755)
    file = folder / "older.yaml"
    file.write_text(text)
    return file


def older_rule(text: str) -> dict[str, Any]:
    """The only rule of a text, yours to change."""
    (spec,) = yaml.safe_load(text).values()
    return dict(spec)


def load_older(spec: dict[str, Any], folder: Path) -> Rule:
    """A rule as the library has it."""
    return load_rule(write(folder, yaml.safe_dump({"Older": spec})), None, sphenix())


def expected(name: str, catalog: Catalog) -> dict[str, frozenset[str]]:
    """What a rule must ask for, whatever is there already: output by output, the names of the inputs."""
    return {"Streams": _streams, "Cluster": _cluster, "Seed": _seed, "Calofitting": _calofitting}[name](catalog)


def _streams(catalog: Catalog) -> dict[str, frozenset[str]]:
    runs = {run.runnumber for run in catalog.runs if run.runtype in ("physics", "beam") and run.brtimestamp}
    by_host: dict[tuple[int, str], set[str]] = defaultdict(set)
    for file in catalog.raw:
        if file.runnumber in runs and file.status is not None and file.status > 0:
            by_host[file.runnumber, file.daqhost].add(file.filename)
    outputs = {}
    for (run, host), names in by_host.items():
        trigger = by_host.get((run, "gl1daq"))
        if trigger and re.match("ebdc|intt|mvtx", host):
            stream = host.replace(":", "_") if ":" in host else f"{host}_0"
            outputs[f"DST_STREAMING_EVENT_{stream}_run3auau_ana514_nocdbtag_v007-{run:08d}-00000.root"] = (
                names | trigger
            )
    return {output: frozenset(names) for output, names in outputs.items()}


def _cluster(catalog: Catalog) -> dict[str, frozenset[str]]:
    found: dict[tuple[int, int], list[tuple[str, str]]] = defaultdict(list)
    for file in catalog.files:
        if file.dsttype.startswith("DST_STREAMING_EVENT_") and (file.tag, file.dataset) == (
            "ana514_nocdbtag_v001",
            "run3auau",
        ):
            if file.status is not None and file.status > 0:
                found[file.runnumber, file.segment].append((file.dsttype, file.filename))
    return {
        f"DST_TRKR_CLUSTER_run3auau_ana537_2025p010_v007-{run:08d}-{segment:05d}.root": frozenset(n for _, n in files)
        for (run, segment), files in found.items()
        if len({dsttype for dsttype, _ in files}) >= 30
    }


def _seed(catalog: Catalog) -> dict[str, frozenset[str]]:
    return {
        f"DST_TRKR_SEED_run3auau_ana537_2025p010-{file.runnumber:08d}-{file.segment:05d}.root": frozenset(
            {file.filename}
        )
        for file in catalog.files
        if re.match("DST.TRKR.CLUSTER.run3auau.ana537.2025p010.v001", file.filename)  # LIKE takes _ for any letter
    }


def _calofitting(catalog: Catalog) -> dict[str, frozenset[str]]:
    good = {run.runnumber for run in catalog.runs if run.runtype == "physics"}
    hosts: dict[int, set[str]] = defaultdict(set)
    for raw in catalog.raw:
        if raw.daqhost.startswith("seb"):
            hosts[raw.runnumber].add(raw.daqhost)
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for file in catalog.files:
        wanted = file.dsttype.startswith("DST_TRIGGERED_EVENT_seb") and file.tag == "ana530_nocdbtag_v001"
        if wanted and file.dataset == "run3auau" and (file.status or 0) > 0:
            found[file.runnumber, file.segment].append(file.filename)
    return {
        f"DST_CALOFITTING_run3auau_ana530_2025p008_v007-{run:08d}-{segment:05d}.root": frozenset(names)
        for (run, segment), names in found.items()
        if run in good and len(names) == len(hosts[run])
    }
