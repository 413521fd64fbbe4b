"""Commands of sphenixprod that take a rule, and those that take steering files.

Pure: data in, data out.
"""

from dataclasses import replace

from prodcli.legacy.flags import Command, Flag, Given, NewForm, one_line, without
from prodcli.legacy.sphenixprod import CHECKS, CODES, HELP, LATE, LEVEL_NAMES, LEVELS, PROFILE, SUBMISSION

_RUNS = ("--config", "--rulename", "--runs", "--runlist", "--dryrun", *LEVEL_NAMES)
_NOTHING = "today's command does nothing with it either; leave it out"
_STAGGER = "180"  # seconds, of master_production_control.sh


def _submit(given: Given) -> NewForm:
    """Without --andgo, jobs are rendered and not submitted; a dry run and a query do neither."""
    words = given.in_new_words("--andgo")
    only_files = not any(given.has(name) for name in ("--andgo", "--dryrun", "--print-query"))
    return one_line("submit", *words, *(["--no-submit"] if only_files else []))


def _control(given: Given) -> NewForm:
    return one_line("control", *given.in_new_words())


def _control_of_list(given: Given) -> NewForm:
    """`master_production_control.sh LIST [SECONDS]`."""
    stagger = given.places[1] if len(given.places) > 1 else _STAGGER
    return one_line("control", "--steer-list", given.places[0], "--stagger", stagger, *given.in_new_words())


_WITHOUT_MODE = tuple(
    replace(flag, now="", lacks="`physicsmode` stands in the rule") if flag.name == "--physics-mode" else flag
    for flag in SUBMISSION
)
_SPIDER = without(_WITHOUT_MODE, _NOTHING, but=_RUNS)
# a check changes nothing, also without --dryrun
_IN_CHECKS = {
    "--dryrun": Flag(names="--dryrun --no-submit -n"),
    "--ratio-cut": Flag(names="--ratio-cut", takes="1", now="--ratio-cut"),
    "--example-limit": Flag(names="--example-limit", takes="1", now="--example-limit"),
    "--report": Flag(names="--report", takes="1", now="--report"),
    "--output": Flag(names="--output", takes="1", now="--output"),
    "--delete": Flag(names="--delete", lacks="`prodcli check --fix` proposes what helps, and asks before it deletes"),
}
_CHECK = tuple(_IN_CHECKS[flag.name] if flag.name in _IN_CHECKS else flag for flag in _SPIDER)

COMMANDS = (
    Command(name="create_submission.py", now="prodcli submit", flags=SUBMISSION, new=_submit, codes=CODES),
    Command(
        name="dstspider.py",
        now="prodcli spider dst",
        flags=_SPIDER,
        new=lambda given: one_line("spider", "dst", *given.in_new_words()),
        codes=LATE,
    ),
    Command(
        name="histspider.py",
        now="prodcli spider hist",
        flags=_SPIDER,
        new=lambda given: one_line("spider", "hist", *given.in_new_words()),
        codes=LATE,
    ),
    Command(
        name="monitor_finish.py",
        now="prodcli finish",
        flags=_SPIDER,
        new=lambda given: one_line("finish", *given.in_new_words(), "--yes"),
        codes=LATE,
    ),
    *(
        Command(
            name=name,
            now="prodcli check",
            flags=_CHECK,
            new=lambda given: one_line("check", *given.in_new_words()),
            codes=CHECKS,
        )
        for name in ("check_downstream.py", "check_eventcombiner.py")
    ),
    Command(
        name="production_control.py",
        now="prodcli control -f FILE",
        flags=(
            HELP,
            Flag(names="--steerfile -f", takes="1", now="-f", required=True),
            Flag(names="--dryrun -n", now="--dry-run"),
            Flag(names="--hostname", takes="1", now="--hostname"),
            *LEVELS,
            PROFILE,
        ),
        new=_control,
        codes=CODES,
    ),
    Command(
        name="dispatch_productions.py",
        now="prodcli control --steer-list LIST",
        flags=(
            HELP,
            Flag(names="--steer-list", takes="1", now="--steer-list", required=True),
            Flag(names="--stagger", takes="1", now="--stagger"),
            *LEVELS,
        ),
        new=_control,
        codes=CODES,
    ),
    Command(
        name="master_production_control.sh",
        now="prodcli control --steer-list LIST",
        flags=(HELP,),
        places=("LIST", "[SECONDS]"),
        new=_control_of_list,
        codes=CODES,
    ),
)
