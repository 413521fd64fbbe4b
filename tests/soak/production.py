"""The production that soaks: runs come one by one, and five rules make their outputs, from raw files to seeds and fits."""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.catalog import INSERT, Catalog, Raw, Run, insert_rows, leaf, values
from tests.support.rule_files import CALO, CLUSTER, TRIGGERED, rule
from tests.support.rule_files import STREAMING as STREAMING_TAG
from tests.support.small_experiment import PAYLOADS, SEBS, STREAMING, raw_files, run_of, site
from tests.support.workspace import Workspace

HOSTS = HERE, THERE = ("soaka", "soakb")
FIRST_RUN = 75001
DATASET, OUTPUTS = "run3auau", 10  # of a job with a macro that rolls over
# A job is lost now and then with its schedd; it may start again without a person.
JOB: dict[str, Any] = {"job_neventsper": 10_000, "job_recovery": {"memory": True, "retries": 5}}
RULES = {
    "streaming": rule(
        *("DST_STREAMING_EVENT", "ana.514", "nocdbtag"),
        job_script="run_ana514_parallel_streams.sh",
        job_payload=["streaming_code/*"],
        **JOB,
    ),
    "cluster": rule(
        *("DST_TRKR_CLUSTER", "ana.537", "2025p010", STREAMING_TAG),
        job_script="run_rolloverjob0.sh",
        job_payload=["tracking_code/*"],
        **JOB,
    ),
    "seed": rule(
        *("DST_TRKR_SEED", "ana.537", "2025p010", CLUSTER),
        job_script="run_jobA.sh",
        job_payload=["tracking_code/*"],
        **JOB,
    ),
    "triggered": rule(
        *("DST_TRIGGERED_EVENT", "ana.530", "nocdbtag"),
        job_script="run_eventcombine.sh",
        job_payload=["triggered_code/*"],
        **JOB,
    ),
    "fits": rule(
        *("DST_CALOFITTING", "ana.530", "2025p008", TRIGGERED),
        job_script="run_fitting.sh",
        job_payload=["calo_code/*"],
        **JOB,
    ),
}


@dataclass
class Production:
    """Rule and steering files in a workspace, and the runs that have come."""

    workspace: Workspace
    runs: int = 0

    def begin(self) -> None:
        """Make empty catalogs and books, payloads, rule and steering files."""
        self.workspace.settings["site"] = site(self.rules.parent)
        self.workspace.load(Catalog())
        shutil.copytree(PAYLOADS, self.rules.parent)
        self.rules.write_text(yaml.safe_dump(RULES, sort_keys=False))
        locations = {"submitdir": "/nowhere", "prodbase": "/nowhere", "configbase": str(self.rules.parent)}
        steered = {"config": self.rules.name, "runs": [1, 99999], "submit": True, "dstspider": True, "finishmon": True}
        both = {host: {"defaultlocations": locations} | dict.fromkeys(RULES, steered) for host in HOSTS}
        self.steering.write_text(yaml.dump(both, Dumper=_InFull, sort_keys=False))

    @property
    def rules(self) -> Path:
        """The rule file."""
        return self.workspace.folder / "rules" / "rules.yaml"

    @property
    def steering(self) -> Path:
        """The steering file of both hosts."""
        return self.workspace.folder / "steering.yaml"

    def add_run(self) -> None:
        """A run that has ended comes into the catalogs, with all its raw files."""
        number = FIRST_RUN + self.runs
        with closing(self.workspace.connect("raw")) as connection, connection:
            insert_rows(connection, INSERT["raw"], values(Raw, list(raw_files(number, 1))))
            insert_rows(connection, INSERT["daq"], values(Run, [run_of(number, 1)]))  # the same database
        self.runs += 1

    def wanted(self) -> set[str]:
        """The names of all outputs of the runs that have come."""
        return {name for number in range(FIRST_RUN, FIRST_RUN + self.runs) for name in _outputs(number)}

    def registered(self) -> Counter[str]:
        """The outputs that the file catalog says are on disk, and how many times."""
        rows = self.workspace.sql("SELECT filename FROM datasets WHERE status = 1", role="filecatalog")
        return Counter(str(row[0]) for row in rows)

    def jobs(self) -> Counter[str]:
        """How many jobs of the books are in each state."""
        rows = self.workspace.sql("SELECT CAST(status AS text), COUNT(*) FROM production_jobs GROUP BY 1")
        return Counter({str(state): int(count) for state, count in rows})


def _outputs(run: int) -> Iterator[str]:
    for host in STREAMING:
        yield _name(f"DST_STREAMING_EVENT_{leaf(host)}", STREAMING_TAG, run, 0)
    for segment in range(OUTPUTS):
        yield _name("DST_TRKR_CLUSTER", CLUSTER, run, segment)
        yield _name("DST_TRKR_SEED", CLUSTER, run, segment)
    for host in SEBS:
        yield _name(f"DST_TRIGGERED_EVENT_{leaf(host)}", TRIGGERED, run, 0)
    yield _name("DST_CALOFITTING", CALO, run, 0)


def _name(dsttype: str, tag: str, run: int, segment: int) -> str:
    return f"{dsttype}_{DATASET}_{tag}-{run:08d}-{segment:05d}.root"


class _InFull(yaml.SafeDumper):
    """Writes what occurs twice twice, as people do."""

    def ignore_aliases(self, data: object) -> bool:
        return True
