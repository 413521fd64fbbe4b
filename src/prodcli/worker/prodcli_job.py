#!/usr/bin/env python3
"""What payload scripts and the other files of the kit call on a worker node: `prodcli_job.py VERB ...`.

end CODE [--killed] | phase NAME | message info|warning|error TEXT | events in|out N | quality FILE | signs |
stageout FILE DESTINATION [DBID] | stageout-all DESTINATION FILE... | stagein [--checkonly CODE]
"""

import io
import os
import sys
import time

import prodcli_notes as notes

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to load than many a tool to work
    from typing import Callable, Dict, List, Optional

USAGE = 2
_TERM = 15
_MOST_QUALITY = 256 * 1024


def end(words: "List[str]") -> int:
    """Write the report, and print the code that the script is to end with."""
    import prodcli_report as report
    import prodcli_usage as usage

    killed = "--killed" in words
    if killed:
        usage.end_family(usage.shell())
    found = notes.read()
    code = 128 + _TERM if killed else report.final_code(int(words[0]), found)
    print(code)
    write_report(found, code, _TERM if killed else None)
    return 0


def write_report(found: "List[notes.Note]", code: int, killed_by: "Optional[int]" = None) -> None:
    """Write the report where the job wants it, and tell HTCondor of it."""
    import prodcli_chirp as chirp
    import prodcli_report as report

    told = report.build(found, code, killed_by, _began(found), time.time())
    path = os.environ.get("PRODCLI_REPORT")
    try:
        if path:
            report.write(told, path)
    except OSError as failure:
        print("prodcli: the report cannot be written:", failure, file=sys.stderr)
    keys = ("events_in", "events_out", "bytes_out", "exit_code")
    chirp.tell({"".join(word.title() for word in key.split("_")): told[key] for key in keys})


def _began(found: "List[notes.Note]") -> float:
    """When the script began, or the first of its tools."""
    try:
        return float(os.environ["PRODCLI_BEGAN"])
    except (KeyError, ValueError):
        return min((note["at"] for note in found), default=time.time())


def phase(words: "List[str]") -> int:
    """From here on time, CPU and memory count for a phase of that name."""
    if len(words) != 1 or not words[0]:
        return _usage("prodcli_phase NAME")
    import prodcli_usage as usage

    spent = usage.cpu(usage.shell())
    notes.add("phase", name=words[0][:100], user_cpu=spent and spent.user, sys_cpu=spent and spent.system)
    return 0


def message(words: "List[str]") -> int:
    """A line for the report."""
    if len(words) < 2 or words[0] not in ("info", "warning", "error"):
        return _usage("prodcli_message info|warning|error TEXT")
    notes.add("message", level=words[0], text=" ".join(words[1:])[:2000])
    return 0


def events(words: "List[str]") -> int:
    """Events that were read or written; what is told twice adds up."""
    if len(words) != 2 or words[0] not in ("in", "out") or not words[1].isdigit():
        return _usage("prodcli_events in|out N")
    notes.add("events", way=words[0], count=int(words[1]))
    return 0


def quality(words: "List[str]") -> int:
    """The values of a JSON object go into the report; NaN and infinities become null."""
    import json

    if len(words) != 1:
        return _usage("prodcli_quality FILE")
    try:
        with open(words[0], encoding="utf-8") as file:
            text = file.read(_MOST_QUALITY + 1)
        values = json.loads(text, parse_constant=lambda _: None)
    except (OSError, ValueError) as failure:
        return _usage("prodcli_quality: %s: %s" % (words[0], failure))
    if not isinstance(values, dict) or len(text) > _MOST_QUALITY:
        return _usage("prodcli_quality: %s is to hold one JSON object of at most 256 kB" % words[0])
    notes.add("quality", values=values)
    return 0


def signs(_: "List[str]") -> int:
    """Tell the batch system how far the job is, and when it wrote something last."""
    import prodcli_chirp as chirp
    import prodcli_signs

    chirp.tell(prodcli_signs.signs())
    return 0


def stageout(words: "List[str]") -> int:
    """Copy a file to its target."""
    import prodcli_stageout

    return prodcli_stageout.run(words)


def stageout_all(words: "List[str]") -> int:
    """Copy many files to one target."""
    import prodcli_stageout

    return prodcli_stageout.run_all(words)


def stagein(words: "List[str]") -> int:
    """Look at the inputs, or copy them."""
    import prodcli_stagein

    return prodcli_stagein.run(words)


_VERBS = (end, phase, message, events, quality, signs, stageout, stageout_all, stagein)
VERBS: "Dict[str, Callable[[List[str]], int]]" = {verb.__name__.replace("_", "-"): verb for verb in _VERBS}


def _usage(text: str) -> int:
    print(text, file=sys.stderr)
    notes.add("message", level="warning", text="wrong call: " + text[:1000])
    return USAGE


def main(words: "List[str]") -> int:
    """The exit code of a verb. Names that the terminal cannot show are shown as escapes."""
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, errors="backslashreplace", line_buffering=True)
    if not words or words[0] not in VERBS:
        print(__doc__, file=sys.stderr)
        return USAGE
    return VERBS[words[0]](words[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
