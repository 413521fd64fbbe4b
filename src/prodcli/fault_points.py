"""Fault points: at a named step a process can be made to kill, stop or signal itself, so that a test, or a curator on a
testbed, sees what an interruption just there leaves behind.

Nothing happens unless PRODCLI_FAULT names the step: `submit.claimed:kill`, or `submit.claimed:kill:3` for the third time
that it is reached. Actions are signals: kill, stop (until SIGCONT), term, int.
"""

import os
import signal

VARIABLE = "PRODCLI_FAULT"
STEPS = (
    "submit.planned",  # the pass knows its jobs, of many runs those of the newest; nothing is claimed
    "kit.written",  # a copy of the worker kit is written aside, and not yet where jobs look for it
    "submit.claimed",  # the rows are claimed and committed, nothing is rendered
    "provenance.written",  # what the claimed jobs are made from is in files, not in the books
    "submit.rendered",  # description and items are written
    "submit.renewed",  # the lease is checked and renewed, the schedd has nothing yet
    "submit.submitted",  # the schedd has the jobs, the books do not know the cluster
    "submit.recorded",  # the books know the cluster
    "harvest.read",  # a schedd has answered, nothing is booked
    "harvest.booked",  # a chunk of its reports is booked, the cursor is where it was
    "harvest.cursor",  # the cursor has moved
    "reports.read",  # reports of jobs are read from their files, nothing is booked
    "reports.booked",  # a chunk of them is booked
    "failures.read",  # err files of failed jobs are read, nothing is booked
    "failures.booked",  # a chunk of failures is booked with their signatures
    "evidence.found",  # the file catalog is asked about jobs, nothing is booked
    "evidence.booked",  # what it proves of some of them is booked
    "reconcile.taken",  # a dead claim is ours, and its schedd not yet asked
    "reconcile.found",  # its schedd has answered
    "reconcile.recorded",  # the books agree with the schedd
    "recover.intended",  # an action is written down, no schedd has been asked for anything
    "recover.acted",  # a schedd has done it, the books do not know
    "recover.closed",  # the books have what came of it
    "again.removed",  # a job that is to be submitted again is taken from the queue, nothing is claimed
    "park.kept",  # the descriptions of jobs are kept, the jobs are still in the queue
    "erase.intended",  # what is to be erased is written down, nothing is touched
    "erase.removed",  # the schedds were told to remove live jobs
    "erase.deleted",  # a chunk of files is deleted
    "erase.catalogued",  # the file catalog knows the outputs no more
    "erase.booked",  # the books say so, too
    "erase.closed",  # the action is closed
    "staged.examined",  # a chunk of staged files is looked at, nothing is written
    "staged.catalogued",  # the rows of a chunk of staged files are committed, the files have their staged names
    "staged.kept",  # the file that a newer one replaces has a second name, the newer one has its staged name
    "staged.renamed",  # one file of the chunk has its final name
    "staged.settled",  # all files of the chunk have their final names, older files of their outputs have their staged names
)
_times: dict[str, int] = {}


def reached(step: str) -> None:
    """Report that a step of STEPS is reached; raises the exceptions of the signal's handler."""
    fault = os.environ.get(VARIABLE)
    if fault is None:
        return
    wanted, _, action = fault.partition(":")
    if step != wanted:
        return
    action, _, time = action.partition(":")
    _times[step] = _times.get(step, 0) + 1
    if _times[step] == int(time or 1):
        signal.raise_signal(signal.Signals[f"SIG{action.upper()}"])
