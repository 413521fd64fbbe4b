"""ramenya: loops over rules, reports, and the removal of outputs."""

import json
from collections.abc import Iterator

from prodcli.errors import UsageError
from prodcli.legacy import values
from prodcli.legacy.flags import Command, Flag, Given, NewForm, Words, one_line
from prodcli.legacy.kaedama import CODES

WRITTEN = "# Written by the wrapper of ramenya, and read by prodcli loop: rules, and their options.\n"
_ALL_RUNS = ("0", "999999")
_USUAL = {"--delay": "300", "--maxcondor": "75000", "--watermark": "1.05"}  # what ramenya takes if nothing is said
_REPORTS = ("pending", "started", "clusters", "runs", "failed", "held", "condor", "none")
# options of kaedama that ramenya passes on, unless a file has the options of each rule
_PASSED_ON = ("--nevents", "--runs", "--maxjobs", "--experiment-mode", "--rules", "--rules-file")
_BOTH = (
    Flag(names="--help -h"),
    Flag(names="--verbose -v", how=values.log),
    Flag(names="--html", lacks="results have --format markdown, csv and json"),
)


def _loop(given: Given) -> NewForm:
    """A loop over a file with the options of each rule: the one that is named, or one that is written for the rules."""
    given = _with_file(given)
    words = given.in_new_words("--loop", *_PASSED_ON, "--rules-yaml", *_USUAL)
    bounds = [word for name, usual in _USUAL.items() for word in (name, given.value(name, usual))]
    once = () if given.has("--loop") else ("--once",)
    if given.has("--rules-yaml"):
        for name in _PASSED_ON:
            if given.has(name):
                raise given.refused(
                    f"{name} with --rules-yaml", "the file has the options of each rule; write it there"
                )
        return one_line("loop", given.value("--rules-yaml"), *bounds, *words, *once)
    file, names = _rules(given)
    lines = [f"{json.dumps(name)}: {json.dumps(_options(given))}\n" for name in names]
    return NewForm((("loop", file, *bounds, *words, *once),), file, WRITTEN + "".join(lines))


def _with_file(given: Given) -> Given:
    """The file with the rules; it may stand right behind the words of --rules."""
    rules, places = given.flags.get("--rules", ()), given.places
    if not places and len(rules) > 1:
        rules, places = rules[:-1], rules[-1:]
    if len(places) != 1:
        raise UsageError("the following arguments are required: SLURPFILE", where=given.command.name)
    flags = {**given.flags, "--rules": rules} if rules else given.flags
    return Given(given.command, flags, places, given.read)


def _rules(given: Given) -> tuple[str, Words]:
    """The name of the file that is written, and the rules in it; raises UsageError if no rule is named."""
    if given.has("--rules-file"):
        named = given.value("--rules-file")
        names = tuple(line.strip() for line in given.read(named).splitlines() if line.strip() and "#" not in line)
        called = named.rpartition("/")[2].partition(".")[0]
    else:
        names = given.flags.get("--rules", ())
        called = "_".join(names)
    if not names:
        raise UsageError("no rule is named", where=given.command.name, todo="--rules, --rules-file or --rules-yaml")
    return f"ramenya_{called[:80]}.yaml", names


def _options(given: Given) -> dict[str, str]:
    """The options of kaedama that ramenya gives each rule."""
    return {
        "config": given.places[0],
        "runs": " ".join(given.flags.get("--runs", _ALL_RUNS)),
        "maxjobs": given.value("--maxjobs", "10000"),
        **{name[2:]: given.value(name) for name in ("--nevents", "--experiment-mode") if given.has(name)},
    }


def _query(given: Given) -> NewForm:
    """A report is a command; with --loop it is shown again and again."""
    words = given.in_new_words("--reports", "--loop", "--delay", "--dstname")
    names = [name for name in given.flags.get("--dstname", ()) if name != "all"]
    chosen = ("--dsttype", *names) if names else ()
    reports = [report for report in given.flags.get("--reports", ("started",)) if report != "none"]
    if given.has("--loop") and len(reports) > 1:
        raise given.refused("--loop with several reports", "show each in a pane of its own")
    again = ("--watch", given.value("--delay", "300")) if given.has("--loop") else ()
    return NewForm(tuple(("query", report, *chosen, *words, *again) for report in reports))


def _remove(given: Given) -> NewForm:
    """Outputs are erased by rule, which neither name nor run tells."""
    words = " ".join(["--runs", given.places[1], *given.in_new_words()])
    raise given.refused(f"erasing {given.places[0]} by name", f"name the rule: prodcli erase -c FILE -r RULE {words}")


def _submit_flags() -> Iterator[Flag]:
    yield from _BOTH
    yield Flag(names="--runs", takes="+", now="runs")
    yield Flag(names="--nevents", takes="1", now="nevents")
    yield Flag(names="--maxjobs", takes="1", now="maxjobs")
    yield Flag(names="--experiment-mode", takes="1", now="experiment-mode")
    yield Flag(names="--rules", takes="*", now="a file of rules")
    yield Flag(names="--rules-file", takes="1", now="a file of rules")
    yield Flag(names="--rules-yaml", takes="1", now="FILE")
    yield Flag(names="--loop", now="loop")
    yield Flag(names="--delay", takes="1", now="--delay")
    yield Flag(names="--maxcondor", takes="1", now="--maxcondor")
    yield Flag(names="--watermark", takes="1", now="--watermark")
    yield Flag(names="--watermark-action", takes="1", now="--watermark-action", choices=("cycle", "exit"))
    yield Flag(names="--test")
    yield Flag(names="--dbinput")
    yield Flag(names="--no-dbinput")
    yield Flag(names="--timestart", takes="1", lacks="a loop has no reports; leave it out")
    yield Flag(names="--resubmit", lacks="registered outputs are never written over; see `prodcli submit --force`")


RAMENYA = (
    Command(
        name="ramenya submit",
        now="prodcli loop FILE",
        flags=tuple(_submit_flags()),
        places=("[SLURPFILE]",),
        new=_loop,
        codes=CODES,
    ),
    Command(
        name="ramenya query",
        now="prodcli query REPORT",
        flags=(
            *_BOTH,
            Flag(names="--runs", takes="+", now="--runs", how=values.runs),
            Flag(names="--dstname", takes="+", now="--dsttype"),
            Flag(names="--reports", takes="+", now="REPORT", choices=_REPORTS),
            Flag(names="--timestart", takes="1", now="--since"),
            Flag(names="--loop", now="--watch"),
            Flag(names="--delay", takes="1", now="--watch"),
        ),
        new=_query,
        codes=CODES,
    ),
    Command(
        name="ramenya remove",
        instead="erase by rule: prodcli erase -c FILE -r RULE --runs RUN",
        flags=(
            *_BOTH,
            Flag(names="--segment", takes="1", now="--segments"),
            Flag(names="--ext", takes="1", lacks="`erase` takes all files of an output; leave it out"),
        ),
        places=("DSTNAME", "RUN"),
        new=_remove,
        codes=CODES,
    ),
)
