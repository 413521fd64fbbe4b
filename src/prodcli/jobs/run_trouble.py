"""Jobs of a run that are in trouble alike.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import dataclass

from prodcli.diagnosis.signatures import signature


@dataclass(frozen=True, slots=True)
class RunTrouble:
    """A number of jobs of a run; `error` is what their signature is called, `reason` why jobs without one are held."""

    tag: str
    dsttype: str
    dataset: str
    run: int
    state: str
    code: str
    error: str
    reason: str | None
    jobs: int

    @property
    def why(self) -> str:
        """The error, else the masked reason, else the state with its code."""
        return self.error or signature(self.reason) or f"{self.state} {self.code}".rstrip()
