"""Which schedd gets the next cluster."""

import math
from collections.abc import Callable

from prodcli.batch import Batch, Intake
from prodcli.errors import BatchError, UsageError

AUTO = "auto"  # the least loaded one


class ScheddChoice:
    """Picks a schedd for each cluster of a pass: the named one, the first, or with `auto` the one with the fewest jobs.

    What others have queued is asked once; the collector would not show our own clusters for minutes, so they are added.
    """

    def __init__(self, batch: Batch, wanted: str = "", intake: Callable[[str], Intake] | None = None) -> None:
        self._batch = batch
        self._ask_intake = intake or batch.intake
        self._wanted = wanted
        self._intake: dict[str, Intake] = {}
        self._loads: dict[str, float] | None = None
        require_known(batch, wanted)

    def next(self) -> str:
        """The schedd for the next cluster; raises BatchError if `auto` finds none that is fit."""
        if self._wanted != AUTO:
            return self._wanted or self._batch.schedds()[0]
        if self._loads is None:
            self._loads = self._batch.loads()
        name = min(self._loads, key=self._loads.__getitem__)
        if math.isinf(self._loads[name]):
            raise BatchError("no schedd answers and keeps up with its work", todo="name one with --schedd")
        return name

    def took(self, schedd: str, jobs: int) -> None:
        """A schedd has got a cluster of ours."""
        if self._loads is not None:
            self._loads[schedd] += jobs

    def intake(self, schedd: str) -> Intake:
        """How a schedd takes submissions; asked once."""
        if schedd not in self._intake:
            self._intake[schedd] = self._ask_intake(schedd)
        return self._intake[schedd]


def require_known(batch: Batch, wanted: str) -> None:
    """Raise UsageError for a schedd that is not in use."""
    if wanted in ("", AUTO):
        return
    known = batch.schedds()
    if wanted not in known:
        raise UsageError(
            f"{wanted!r} is none of the schedds in use",
            where="--schedd",
            todo=f"{AUTO}, {', '.join(known)}; batch.schedds in prodcli.yaml lists them",
        )
