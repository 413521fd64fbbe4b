"""The commands as `prodcli --help` lists them, in groups by what people do."""

from types import MappingProxyType
from typing import NamedTuple


class Entry(NamedTuple):
    """A command: its file is `cli/<room>/<name>.py`, its line the first line of its own help, at most 64 characters."""

    group: str
    room: str
    line: str


ENTRIES = MappingProxyType(
    {
        "submit": Entry("Produce", "submission", "Submit the jobs of a rule; say why others are not submitted."),
        "harvest": Entry("Produce", "books", "Ask the schedds what became of jobs, and update the books."),
        "reconcile": Entry("Produce", "books", "Settle the claims of killed passes, and list orphaned jobs."),
        "register": Entry("Produce", "registration", "Register output files on disk in the file catalog."),
        "spider": Entry("Produce", "registration", "Register staged files, and give them their final names."),
        "unregister": Entry("Produce", "registration", "Take files that are gone out of the file catalog."),
        "quarantine": Entry("Produce", "registration", "Decide about staged files that are far from the usual."),
        "mask": Entry("Produce", "exclusions", "Mask detector hosts that were off in a range of runs."),
        "runs": Entry("Produce", "exclusions", "Mark runs as invalid, so that they get no jobs; label runs."),
        "validate": Entry("Produce", "data_states", "Call data validated: somebody looked at it, and found it good."),
        "invalidate": Entry("Produce", "data_states", "Call data invalidated: it is made, and must not be used."),
        "data": Entry("Produce", "data_states", "Show and set the states of data: finalized, validated, broken ..."),
        "query": Entry("Look", "reports", "Show how far productions are, by tag, dsttype and dataset."),
        "files": Entry("Look", "catalogs", "Find files in the file catalog."),
        "tape": Entry("Look", "catalogs", "List raw files that are on tape only, one a line."),
        "usage": Entry("Look", "space", "Show what productions take on disk, and when disks will be full."),
        "why": Entry("Look", "why", "Show why runs are not submitted."),
        "check": Entry("Look", "completeness", "Check that a production is complete: outputs and events."),
        "mark-held": Entry("Look", "diagnosis", "Harvest, then show held jobs by hold reason, and what helps."),
        "parked": Entry("Look", "recovery", "List parked jobs: memory, hold reason, and who parked them."),
        "memory": Entry("Look", "memory", "Compare requested and used memory; advise request_memory."),
        "nodes": Entry("Look", "exclusions", "Find nodes that fail too many jobs, and exclude nodes."),
        "log": Entry("Look", "reports", "Show what people did to jobs in the queues."),
        "rescue": Entry("Recover", "recovery", "Group held and failed jobs by cause, and apply what helps."),
        "resubmit": Entry("Recover", "recovery", "Give held jobs more memory; submit failed jobs again."),
        "finish": Entry("Recover", "evidence", "Finish jobs whose outputs are registered."),
        "release": Entry("Recover", "recovery", "Release held jobs."),
        "hold": Entry("Recover", "recovery", "Put jobs on hold."),
        "kill": Entry("Recover", "recovery", "Remove jobs from the queues."),
        "clear-held": Entry("Recover", "recovery", "Remove held jobs from the queues; the jobs become failed."),
        "park": Entry("Recover", "recovery", "Remove jobs from the queues, and keep them for later."),
        "unpark": Entry("Recover", "recovery", "Submit parked jobs again, with other resources if needed."),
        "priority": Entry("Recover", "recovery", "Change which jobs start first."),
        "remove": Entry("Recover", "outputs", "Erase outputs: jobs, files, and rows of catalog and books."),
        "cleanup": Entry("Recover", "space", "Take away what the policy of the site says may go."),
        "demo": Entry("Set up", "setup", "Make a small workspace and run a chain of productions in it."),
        "config": Entry("Set up", "setup", "Show and check the configuration."),
        "db": Entry("Set up", "books", "Create, upgrade and check the production database."),
        "rules": Entry("Set up", "setup", "List, show, check, compare and convert rule files."),
        "local": Entry("Set up", "setup", "Run the jobs of the local batch (try-outs, testbeds, tests)."),
    }
)
