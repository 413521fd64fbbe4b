"""Runs as people name them on the command line."""

from pathlib import Path

from prodcli.cli.context import Session
from prodcli.errors import UsageError
from prodcli.runs import RunSelection, parse_runlist, parse_runs


def read_selection(session: Session, runs: list[str] | None, runlist: Path | None) -> RunSelection:
    """The runs of --runs or --runlist, else the site's default range, which is said; raises UsageError."""
    if runs and runlist:
        raise UsageError("give --runs or --runlist, not both")
    if runs:
        return parse_runs(runs)
    if runlist:
        try:
            text = runlist.read_text()
        except (OSError, UnicodeDecodeError) as failure:
            words = failure.strerror if isinstance(failure, OSError) else "it is not text"
            raise UsageError(f"the run list cannot be read: {words}", where=str(runlist)) from None
        return parse_runlist(text, str(runlist))
    low, high = session.site.default_runs
    session.say(f"no runs are named: taking the site's default range {low}-{high}")
    return RunSelection(((low, high),), frozenset())
