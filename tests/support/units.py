"""Catalogs for checks: runs with inputs and outputs, each with its events."""

from dataclasses import dataclass, field
from datetime import datetime

from tests.support.catalog import Catalog, File, Raw, Run
from tests.support.rule_files import CALO, CLUSTER, TRIGGERED

BEGIN, END = datetime.fromisoformat("2025-06-01 00:00:00"), datetime.fromisoformat("2025-06-01 01:00:00")
DATASET = "run3auau"
SEBS = ("seb18", "seb20")


@dataclass
class Chain:
    """A catalog that grows by runs, inputs and outputs."""

    catalog: Catalog = field(default_factory=Catalog)

    def run(self, number: int, events: int = 1_000_000, hosts: tuple[str, ...] = SEBS) -> None:
        """Add a run, whose hosts have one raw file each."""
        self.catalog.runs.append(Run(number, "physics", events, BEGIN, END))
        for host in ("gl1daq", *hosts):
            name = f"{host.replace(':', '_')}-{number:08d}-0000.evt"
            self.catalog.raw.append(Raw(name, number, host, 0, 1, "physics"))

    def file(self, dsttype: str, tag: str, run: int, segment: int, events: int | None, again: str = "") -> str:
        """Add a file to the file catalog, and return its name; `again` makes another row of the same unit."""
        name = f"{dsttype}_{DATASET}_{tag}-{run:08d}-{segment:05d}{again}.root"
        row = File(name, run, segment, 1, DATASET, dsttype, events, 1, tag)  # type: ignore[arg-type]
        self.catalog.files.append(row)
        return name

    def pair(self, run: int, segment: int, *events: int | None) -> None:
        """Add the inputs of the rule `vernier`, with the events of each host."""
        for host, count in zip(SEBS, events, strict=True):
            self.file(f"DST_TRIGGERED_EVENT_{host}", TRIGGERED, run, segment, count)

    def vernier(self, run: int, segment: int, events: int | None, again: str = "") -> str:
        """Add an output of the rule `vernier`."""
        return self.file("DST_VERNIER", CALO, run, segment, events, again)

    def cluster(self, run: int, segment: int, events: int | None) -> str:
        """Add an input of the rule `seed`."""
        return self.file("DST_TRKR_CLUSTER", CLUSTER, run, segment, events)

    def seed(self, run: int, segment: int, events: int | None) -> str:
        """Add an output of the rule `seed`."""
        return self.file("DST_TRKR_SEED", CLUSTER, run, segment, events)
