"""prodcli demo."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from prodcli.cli.context import current

EXAMPLE = "Example: prodcli demo /tmp/demo"
_NEXT = """\
prodcli query --by run
prodcli why -c rules/demo.yaml -r Demo_TRKR_CLUSTER --runs 69611
prodcli held
prodcli rescue --dry-run
prodcli rules show -c rules/demo.yaml -r Demo_TRKR_CLUSTER
prodcli config show
Write `version: 2` into a rule of rules/demo.yaml: a new tag, made anew.
What you submit waits until somebody runs it, as your pool would:
prodcli local run --slots 4 --drain
"""


def demo(
    context: typer.Context,
    directory: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder to make: ./demo, or ./bad-night.", show_default=False)
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over in the folder of an earlier demo.")] = False,
    bad_night: Annotated[
        bool, typer.Option("--bad-night", help="Make a night of production that went wrong, to find out why.")
    ] = False,
) -> None:
    """Make a small workspace and run a chain of productions in it.

    The workspace has SQLite catalogs, example rules and the local batch: no server is needed. The demo shows each
    command before running it. A folder that holds other files stays as it is. With --bad-night eight hours of
    production have gone wrong there, in several ways.
    """
    from prodcli.cli.setup.narrator import Narrator
    from prodcli.demo import workspace as service

    if bad_night:
        from prodcli.cli.setup.bad_night import tell_bad_night

        tell_bad_night(current(context), directory or Path("bad-night"), fresh)
        return
    directory = directory or Path("demo")
    begin = time.monotonic()
    narrator = Narrator(current(context), service.make_workspace(directory, fresh))
    narrator.open(directory)
    for chapter in service.story():
        narrator.heading(chapter.title)
        for step in chapter.steps:
            narrator.run(step.text, step.command)
            service.check(narrator.workspace, step)
            if step.held:
                narrator.say(f"The batch system says: {service.hold_reason(narrator.workspace)}")
    narrator.close(time.monotonic() - begin, "To try next, in the same folder:", _NEXT)
