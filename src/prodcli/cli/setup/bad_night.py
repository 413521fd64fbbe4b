"""prodcli demo --bad-night."""

from __future__ import annotations

import shlex
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodcli.cli.context import Session

_QUESTION = "It is morning: what went wrong, and why?"
_START = """\
prodcli digest --since 12h
prodcli diagnose --since 12h
docs/bad-night.md solves the night with five commands."""


def tell_bad_night(session: Session, directory: Path, fresh: bool) -> None:
    """Make the workspace, let the night pass, and tell where to begin."""
    from prodcli.cli.setup.narrator import Narrator, shown
    from prodcli.demo.bad_night import PASS, make_bad_night
    from prodcli.demo.night_fates import PASSES

    begin = time.monotonic()
    night = make_bad_night(directory, fresh)
    narrator = Narrator(session, night.workspace)
    narrator.say(
        "A night of production: three rules, a pass of cron every hour, and a pool of sixteen nodes. Passes, harvests "
        "and registrations are real; the jobs have been run by a pool that is made up."
    )
    session.summarize(f"\n$ cd {shlex.quote(str(directory))}")
    narrator.run_silently(("db", "init"))
    for at in PASSES:
        clock = datetime.fromtimestamp(night.morning + at, UTC)
        session.summarize(f"{clock:%H:%M} UTC  {shown(('prodcli', *PASS)).removeprefix('$ ')}")
        night.begin(at)
        began = time.time()
        narrator.run_silently(PASS)
        night.end(at, began)
    narrator.run_silently(PASS)
    night.close()
    narrator.close(time.monotonic() - begin, _QUESTION, _START)
