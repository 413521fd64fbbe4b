"""resubmit_to_condor.py of sphenixprod: held jobs get more memory.

Pure: data in, data out.
"""

from dataclasses import replace

from prodcli.errors import UsageError
from prodcli.legacy import values
from prodcli.legacy.flags import Command, Flag, Given, NewForm, one_line, without
from prodcli.legacy.sphenixprod import BASE, FILE, LATE, LEVEL_NAMES, RULE

_ALL_HELD = ("--any-hold", "--user-holds", "--in-place")  # whatever they are held for; and no failed jobs
_SCALE, _MOST = "1.5", "13000"  # what today's command takes if nothing is said; MB


def _resubmit(given: Given) -> NewForm:
    """A memory that is named wins over a factor, and has no bound; without --resubmit the jobs are only shown."""
    if not given.has("--config"):
        raise UsageError("no rule is named", where=given.command.name, todo="--config FILE --rulename RULE")
    flags = dict(given.flags)
    for name, usual in (("--scale-memory", _SCALE), ("--max-memory", _MOST)):
        if given.has("--memory"):
            flags.pop(name, None)
        else:
            flags.setdefault(name, (usual,))
    words = replace(given, flags=flags).in_new_words("--resubmit", "--dryrun")
    acts = given.has("--resubmit") and not given.has("--dryrun")
    return one_line("resubmit", *words, *_ALL_HELD, "--yes" if acts else "--dry-run")


COMMANDS = (
    Command(
        name="resubmit_to_condor.py",
        now="prodcli resubmit",
        flags=(
            replace(FILE, required=False),
            replace(RULE, required=False),
            *without(BASE, "give --runs, or leave it out", but=("--runs", "--dryrun", *LEVEL_NAMES)),
            Flag(
                names="--base_batchname",
                takes="1",
                lacks="jobs are chosen by --config and --rulename, or by `prodcli resubmit --tag T --dsttype D`",
            ),
            Flag(names="--plot -p", lacks="see `prodcli memory` for requested and used memory"),
            Flag(names="--memory", takes="1", now="--mem", how=values.megabytes),
            Flag(names="--scale-memory", takes="1", now="--scale-memory"),
            Flag(names="--max-memory", takes="1", now="--max-mem", how=values.megabytes),
            Flag(names="--resubmit -r", now="--resubmit"),
            Flag(names="--kill -k"),  # jobs above --max-mem are parked: they leave the queue, and are kept
        ),
        new=_resubmit,
        codes=LATE,
    ),
)
