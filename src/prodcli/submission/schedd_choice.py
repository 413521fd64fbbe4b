"""Choose the schedd of the next cluster."""

import math
from collections.abc import Callable

from prodcli.batch import Batch, Intake
from prodcli.errors import BatchError, UsageError

AUTO = "auto"  # the least loaded one


class ScheddChoice:
    """Chooses a schedd for each cluster of a pass.

    The named one, the first, or with `auto` the one with the fewest jobs.

    The queues of others are read once. The collector would show the pass's own clusters only minutes later, so they are
    added here.
    """

    def __init__(self, batch: Batch, wanted: str = "", intake: Callable[[str], Intake] | None = None) -> None:
        self._batch = batch
        self._ask_intake = intake or batch.intake
        self._wanted = wanted
        self._intake: dict[str, Intake] = {}
        self._loads: dict[str, float] | None = None
        require_known(batch, wanted)

    def next(self) -> str:
        """The schedd for the next cluster; raises BatchError if `auto` finds no fit schedd."""
        if self._wanted != AUTO:
            return self._wanted or self._batch.schedds()[0]
        if self._loads is None:
            self._loads = self._batch.loads()
        name = min(self._loads, key=self._loads.__getitem__)
        if math.isinf(self._loads[name]):
            raise BatchError("no schedd answers and keeps up with its work", todo="name one with --schedd")
        return name

    def took(self, schedd: str, jobs: int) -> None:
        """Count a cluster that a schedd got from this pass."""
        if self._loads is not None:
            self._loads[schedd] += jobs

    def intake(self, schedd: str) -> Intake:
        """The capabilities of a schedd for submissions; asked once."""
        if schedd not in self._intake:
            self._intake[schedd] = self._ask_intake(schedd)
        return self._intake[schedd]


def require_known(batch: Batch, wanted: str) -> None:
    """Raise UsageError for a schedd outside of the configuration."""
    if wanted in ("", AUTO):
        return
    known = batch.schedds()
    if wanted not in known:
        raise UsageError(
            f"{wanted!r} is none of the schedds in use",
            where="--schedd",
            todo=f"{AUTO}, {', '.join(known)}; batch.schedds in prodcli.yaml lists them",
        )
