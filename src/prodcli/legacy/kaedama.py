"""kaedama: one pass of a rule, and what may come before and after.

Pure: data in, data out.
"""

from types import MappingProxyType

from prodcli.errors import UsageError
from prodcli.legacy import values
from prodcli.legacy.flags import Command, Flag, Given, NewForm, Words

CODES = MappingProxyType({3: 1, 4: 1, 5: 1, 6: 1})
_STATES = ("submitting", "submitted", "started", "running", "held", "evicted", "failed", "finished")
_FOLDERS = "names and folders of outputs stand in rule and site profile; --test-mode keeps tests apart"
_IN_RULE = "a rule says it; write a rule of its own"
_APART = ("--mark-held-jobs", "--clear-held-jobs", "--set-cursor", "--advance-cursor", "--ratchet-cursor")


def _limit(given: Given) -> Words:
    """The smaller one of --limit and --maxjobs; 0 is no bound."""
    said = [given.value(name) for name in ("--limit", "--maxjobs") if given.value(name, "0") != "0"]
    for word in said:
        if not word.isdigit():
            raise UsageError(f"{word!r:.40} is no number of jobs", where=given.command.name)
    return ("--maxjobs", min(said, key=int)) if said else ()


def _new(given: Given) -> NewForm:
    """Held jobs and a cursor that is set come before the pass, a cursor that is moved comes after it."""
    if given.places not in ((), ("submit",)):
        raise UsageError(f"unrecognized arguments: {' '.join(given.places)}", where=given.command.name)
    if not given.has("--config"):
        raise UsageError("the following arguments are required: --config", where=given.command.name)
    words = given.in_new_words(*_APART, "--config", "--rule", "--limit", "--maxjobs")
    rule = ("-c", given.value("--config"), "-r", given.value("--rule", "DST_EVENT"))
    runs = () if given.has("--runs") or given.has("--runlist") else ("--runs", "cursor")
    dry = ("--dry-run",) if "--dry-run" in words else ()
    lines: list[Words] = []
    if given.has("--mark-held-jobs") and not dry:
        lines.append(("harvest",))
    if given.has("--clear-held-jobs"):
        lines.append(("clear-held", *rule, *(dry or ("--yes",))))
    if given.has("--set-cursor"):
        lines.append(("cursor", "set", given.value("--set-cursor"), *rule, *dry))
    lines.append(("submit", *rule, *runs, *words, *_limit(given)))
    lines += [("cursor", move, *rule, *dry) for move in ("advance", "ratchet") if given.has(f"--{move}-cursor")]
    return NewForm(tuple(lines))


KAEDAMA = Command(
    name="kaedama",
    now="prodcli submit",
    flags=(
        Flag(names="--help -h"),
        Flag(names="--config", takes="1", now="-c"),
        Flag(names="--rule", takes="1", now="-r"),
        Flag(names="--runs", takes="+", now="--runs", how=values.runs),
        Flag(names="--runlist", takes="1", now="--runlist"),
        Flag(names="--segments", takes="+", now="--segments"),
        Flag(names="--nevents -n", takes="1", now="--nevents"),
        Flag(names="--maxjobs", takes="1", now="--maxjobs"),
        Flag(names="--limit", takes="1", now="--maxjobs"),
        Flag(names="--submit"),
        Flag(names="--no-submit", now="--dry-run"),
        Flag(names="--print-query", now="--print-query"),
        Flag(names="--unblock-state -u", takes="*", now="--unblock", choices=_STATES),
        Flag(
            names="--resubmit -r",
            lacks="registered outputs are never written over; `prodcli submit --force` erases them first, and asks",
        ),
        Flag(names="--mark-held-jobs", now="harvest"),
        Flag(names="--clear-held-jobs", now="clear-held"),
        Flag(names="--set-cursor", takes="1", now="cursor set"),
        Flag(names="--advance-cursor", now="cursor advance"),
        Flag(names="--ratchet-cursor", now="cursor ratchet"),
        Flag(names="--mask", takes="*", now="--mask"),
        Flag(names="--mem", takes="1", now="--mem"),
        Flag(names="--docstring", takes="1", now="--reason"),
        Flag(names="--experiment-mode", takes="1", now="--physics-mode"),
        Flag(names="--test-mode", now="--testbed"),
        Flag(names="--batch"),
        Flag(names="--dbinput"),
        Flag(names="--no-dbinput"),
        Flag(names="--dbtag", takes="1", lacks=_IN_RULE),
        Flag(names="--input-dataset --dataset", takes="1", lacks=_IN_RULE),
        Flag(names="--batch-name", takes="1", lacks=_IN_RULE),
        Flag(names="--append-to-rsync", takes="1", lacks="name the file under `payload` in the rule"),
        Flag(names="--mangle-dstname", takes="1", lacks=_FOLDERS),
        Flag(names="--mangle-dirpath", takes="1", lacks=_FOLDERS),
        Flag(names="--logdir", takes="1", lacks="prodcli has no log folder of its own; leave the flag out"),
        Flag(
            names="--doit", lacks="`provenance` in the site profile says what a pass does with a payload that git lacks"
        ),
    ),
    places=("[submit]",),
    new=_new,
    codes=CODES,
)
