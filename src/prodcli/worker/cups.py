#!/usr/bin/env python3
"""`cups.py -r RUN -s SEGMENT -d DSTNAME VERB ...`: what payload scripts of the older dialect tell of their job.

Everything becomes a note for the report of the job; no database is asked. Without prep.sh or jobwrapper.sh the report is
written by `finished`, to $PRODCLI_REPORT. The row in the books is $cupsid, else $PRODDB_DBID.
"""

import argparse
import os
import sys
from typing import Callable, Dict, List

sys.path[:0] = filter(None, map(os.environ.get, ("PRODCLI_KIT", "SPHENIXPROD_SCRIPT_PATH")))
import prodcli_job as job  # noqa: E402
import prodcli_lists as lists  # noqa: E402
import prodcli_notes as notes  # noqa: E402
import prodcli_stageout as stageout  # noqa: E402

_DEPRECATED = ("catalog", "closeout", "execute", "stagein")
Options = argparse.Namespace


def info(options: Options) -> int:
    """Show what is known of the job."""
    for name, value in sorted(vars(options).items()):
        print("%s: %s" % (name, value))
    return 0


def started(options: Options) -> int:
    """The job has started."""
    notes.add("started")
    return 0


def running(options: Options) -> int:
    """The macro starts."""
    return job.phase(["run"])


def finished(options: Options) -> int:
    """The macro has ended: -e CODE [--nevents N]."""
    words = argparse.ArgumentParser(prog="cups.py finished")
    words.add_argument("-e", "--exit", type=int, default=-1)
    words.add_argument("--nevents", type=int, default=0)
    told, _ = words.parse_known_args(options.rest)
    if told.nevents > 0:
        notes.add("events", way="out", count=told.nevents)
    notes.add("ended", exit_code=told.exit)
    return 0


def nevents(options: Options) -> int:
    """Events that were written: --nevents N."""
    words = argparse.ArgumentParser(prog="cups.py nevents")
    words.add_argument("--nevents", type=int, default=0)
    told, _ = words.parse_known_args(options.rest)
    notes.add("events", way="out", count=max(0, told.nevents))
    return 0


def getinputs(options: Options) -> int:
    """Print the inputs, a path or a name a line; code 10 if none came with the job."""
    return _print_inputs(options, "%s")


def getranges(options: Options) -> int:
    """Print `first:last:name` for each input; which events it holds is not known, -1."""
    return _print_inputs(options, "-1:-1:%s")


def _print_inputs(options: Options, form: str) -> int:
    try:
        rows = lists.read(int(options.run))
    except lists.ListsError as failure:
        print(failure, file=sys.stderr)
        notes.add("message", level="error", text=str(failure)[:2000])
        return failure.code
    segment = int(options.segment)
    own = [row for row in rows if row.segment == segment] or rows  # combining reads every segment
    for row in own:
        print(form % (row.filename if ":" in form else row.path or row.filename))
    return 0 if own else lists.NOTHING_FOUND


def inputs(options: Options) -> int:
    """The files that the macro reads: --files NAME ...; they are known already."""
    return 0


def message(options: Options) -> int:
    """A line for the report: TEXT [--flag N] [--error NAME]; a flag or an error makes it a warning."""
    words = argparse.ArgumentParser(prog="cups.py message")
    words.add_argument("message")
    words.add_argument("--flag", default="0")
    words.add_argument("--error")
    told, _ = words.parse_known_args(options.rest)
    text = " ".join(filter(None, (told.error and told.error + ":", told.message)))
    level = "error" if told.error else "info" if told.flag == "0" else "warning"
    notes.add("message", level=level, text=text[:2000])
    return 0


def stage_out(options: Options) -> int:
    """Stage a file out: FILE OUTDIR [--nevents N]; the code is that of stageout.sh."""
    words = argparse.ArgumentParser(prog="cups.py stageout")
    words.add_argument("filename")
    words.add_argument("outdir")
    words.add_argument("--nevents", type=int)
    told, _ = words.parse_known_args(options.rest)
    events = None if told.nevents is None else stageout.Events(told.nevents, -1, -1)
    return stageout.stage_out(told.filename, told.outdir, str(options.dbid), events)


def quality(options: Options) -> int:
    """Values for the report: --qafile FILE."""
    words = argparse.ArgumentParser(prog="cups.py quality")
    words.add_argument("--qafile", required=True)
    told, _ = words.parse_known_args(options.rest)
    return job.quality([told.qafile])


def deprecated(options: Options) -> int:
    """Verbs that did nothing any more."""
    print("cups.py %s does nothing" % options.verb)
    return 0


_TOLD = (info, started, running, finished, nevents, getinputs, getranges, inputs, message, quality)
VERBS: Dict[str, Callable[[Options], int]] = {
    **{verb.__name__: verb for verb in _TOLD},
    **{name: deprecated for name in _DEPRECATED},
    **{"exitcode": finished, "stageout": stage_out},
}


def _options(words: List[str]) -> Options:
    parser = argparse.ArgumentParser(prog="cups.py", description=__doc__)
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--no-update", action="store_true")
    parser.add_argument("-t", "--table", default="production_status")
    parser.add_argument("-d", "--dstname", required=True)
    parser.add_argument("-r", "--run", required=True)
    parser.add_argument("-s", "--segment", required=True)
    parser.add_argument("--timestamp")
    parser.add_argument("verb", choices=sorted(VERBS), metavar="VERB", help=", ".join(sorted(VERBS)))
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    row = os.environ.get("cupsid") or os.environ.get("PRODDB_DBID") or "-1"
    return parser.parse_args(words, Options(dbid=row))


def main(words: List[str]) -> int:
    """The exit code."""
    options = _options(words)
    os.environ["PRODDB_DBID"] = options.dbid
    code = VERBS[options.verb](options)
    if "PRODCLI_BEGAN" not in os.environ:  # nothing else writes a report
        os.environ.setdefault("PRODCLI_SHELL", str(os.getppid()))
        found = notes.read()
        codes = [note["exit_code"] for note in found if note["kind"] == "ended"]
        if codes:
            job.write_report(found, max(0, codes[-1]))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
