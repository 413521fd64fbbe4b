"""Flags that commands of sphenixprod share.

Pure: data in, data out.
"""

from types import MappingProxyType

from prodcli.legacy import values
from prodcli.legacy.flags import Flag

# exit codes of sphenixprod: 2 configuration, 41 database, 50 batch system
CODES = MappingProxyType({3: 2, 4: 41, 5: 50, 6: 1})
LATE = MappingProxyType({**CODES, 3: 1})  # of commands that end with 1 for a rule that is wrong
CHECKS = MappingProxyType({**LATE, 1: 0})  # of commands that end with 0 also if something is flagged

HELP = Flag(names="--help -h")
LEVELS = (
    Flag(names="--verbose -v", takes="count", how=values.log, group="level"),
    Flag(names="--debug -d", how=values.log, group="level"),
    Flag(names="--chatty -c", how=values.log, group="level"),
    Flag(names="--loglevel", takes="1", how=values.log, group="level", choices=values.LEVELS),
)
LEVEL_NAMES = tuple(flag.name for flag in LEVELS)
PROFILE = Flag(names="--profile", lacks="prodcli does not time itself; leave the flag out")
FILE = Flag(names="--config", takes="1", now="-c", required=True)
RULE = Flag(names="--rulename", takes="1", now="-r", required=True)

BASE = (
    HELP,
    Flag(names="--runs", takes="*", now="--runs", how=values.runs, group="runs"),
    Flag(names="--runlist", takes="1", now="--runlist", group="runs"),
    Flag(names="--physics-mode --experiment-mode", former="--physicsmode", takes="1", now="--physics-mode"),
    Flag(names="--dryrun --no-submit -n", now="--dry-run"),
    *LEVELS,
    PROFILE,
    Flag(
        names="--mangle-dirpath",
        takes="1",
        lacks="folders of outputs stand in rule and site profile; --testbed of prodcli keeps tests apart",
    ),
    Flag(
        names="--submitdir",
        takes="1",
        lacks="submit files lie below the folder `campaigns` of prodcli.yaml; leave the flag out",
    ),
    Flag(names="--sublogdir", takes="1", lacks="prodcli has no log folder of its own; send stderr of --log to a file"),
)

_CHECKERS = "only check_downstream.py and check_eventcombiner.py use it"
SUBMISSION = (
    FILE,
    RULE,
    *BASE,
    Flag(names="--print-query", now="--print-query"),
    Flag(names="--andgo", now="--andgo"),
    Flag(names="--nevents -N", takes="1", now="--nevents"),
    Flag(names="--append-to-rsync", takes="1", lacks="name the file under `payload` in the rule"),
    Flag(names="--onlyseg0", takes="bool", how=values.onlyseg0),
    Flag(names="--choose20", lacks="prodcli submits all that can be made; choose runs by --runs or --runlist"),
    Flag(names="--cut-segment", takes="1", now="--cut-segment"),
    Flag(names="--no-check-legacy"),
    Flag(names="--check-legacy", lacks="the books do not know the old table production_status"),
    Flag(names="--mem", takes="1", now="--mem"),
    Flag(names="--priority", takes="1", now="--priority"),
    Flag(names="--maxjobs", takes="1", now="--maxjobs"),
    Flag(names="--maxqueued", takes="1", now="--maxqueued", how=values.no_bound_at_zero),
    Flag(
        names="--chunk-size",
        takes="1",
        lacks="it counts runs; prodcli plans runs in parts, newest first, of itself (its own --chunk-size counts jobs); leave the flag out",
    ),
    Flag(names="--docstring", takes="1", now="--reason"),
    Flag(names="--force -f", now="--force"),  # of older versions
    Flag(names="--ratio-cut", takes="1", lacks=_CHECKERS),
    Flag(names="--example-limit", takes="1", lacks=_CHECKERS),
    Flag(names="--report", takes="1", lacks=_CHECKERS),
    Flag(names="--output", takes="1", lacks=_CHECKERS),
    Flag(names="--delete", lacks=_CHECKERS),
)
