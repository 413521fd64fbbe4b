"""A batch system that only has queues, as a question that is asked in a process of its own needs it."""

from dataclasses import dataclass, field

from prodcli.batch import Capabilities, ProcId
from prodcli.errors import BatchError


@dataclass
class Queues:
    """What each schedd has of ours and of others; None for one that is silent."""

    ours: dict[str, set[ProcId] | None]
    others: dict[str, set[ProcId]] = field(default_factory=dict)
    capabilities = Capabilities("queues", may_hang=False, bit_by_bit=False)

    def schedds(self) -> list[str]:
        """Those that there are."""
        return list(self.ours)

    def living(self, schedd: str) -> set[ProcId]:
        """Our jobs."""
        found = self.ours[schedd]
        if found is None:
            raise BatchError("it does not answer", where=f"schedd {schedd}")
        return found

    def in_queue(self, schedd: str) -> set[ProcId]:
        """Every job."""
        return self.living(schedd) | self.others.get(schedd, set())
