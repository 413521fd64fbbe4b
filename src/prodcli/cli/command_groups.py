"""The commands as `prodcli --help` lists them, in groups by what people do."""

from types import MappingProxyType
from typing import NamedTuple

PLAN, WATCH = "Plan (make jobs, see why not)", "Watch (how far, what is wrong)"
AUTOMATE = "Automate (loops, cron, chains)"
REPAIR, REDO = "Repair (jobs in the queues, failed jobs)", "Redo (deletes files, asks first)"
SHOW = "Show others (campaigns, boards, pages, plots)"
UPKEEP = "Upkeep (books, catalog, set-up)"


class Entry(NamedTuple):
    """A command: its file is `cli/<room>/<name>.py`, its line the first line of its own help, at most 64 characters."""

    group: str
    room: str
    line: str


ENTRIES = MappingProxyType(
    {
        "submit": Entry(PLAN, "submission", "Submit the jobs of a rule; say why others are not submitted."),
        "scout": Entry(PLAN, "scouts", "Compare the scouts of a rule with its limits and an earlier tag."),
        "why": Entry(PLAN, "why", "Show why runs are not submitted."),
        "preflight": Entry(PLAN, "health", "Check in one table whether submissions can go."),
        "shadow": Entry(PLAN, "productions", "Compare plans with what another tool has submitted."),
        "rules": Entry(PLAN, "setup", "Make, list, show, check, compare and convert rule files."),
        "mask": Entry(PLAN, "exclusions", "Mask detector hosts that were off in a range of runs."),
        "runs": Entry(PLAN, "exclusions", "Mark runs as invalid, so that they get no jobs; label runs."),
        "query": Entry(WATCH, "reports", "Show how far productions are, or another report of jobs."),
        "top": Entry(WATCH, "live", "Watch campaigns, rules, runs, jobs and logs on a full screen."),
        "prompt": Entry(WATCH, "live", "Say in a word what is wrong, for the prompt of a shell."),
        "jobs": Entry(WATCH, "jobs", "List jobs by any attribute, and count them by value."),
        "job": Entry(WATCH, "jobs", "Show one job: attempts, resources, outputs, and what to do next."),
        "logs": Entry(WATCH, "jobs", "Show the ends of log, out and err files of jobs."),
        "held": Entry(WATCH, "diagnosis", "Harvest, then show held jobs by hold reason, and what helps."),
        "diagnose": Entry(WATCH, "diagnosis", "Show failures by signature: whose fault, what stands out."),
        "errors": Entry(WATCH, "error_catalog", "Known errors: what they mean, and what helps; name unknown ones."),
        "parked": Entry(WATCH, "recovery", "Show parked jobs, and how to submit them again."),
        "check": Entry(WATCH, "completeness", "Check that a production is complete: outputs and events."),
        "memory": Entry(WATCH, "memory", "Compare requested and used memory; advise request_memory."),
        "quality": Entry(WATCH, "quality", "Show quality results that jobs reported, against limits."),
        "nodes": Entry(WATCH, "exclusions", "Find nodes that fail too many jobs, and exclude nodes."),
        "files": Entry(WATCH, "catalogs", "Find files in the file catalog."),
        "tape": Entry(WATCH, "catalogs", "List raw files that are on tape only, one a line."),
        "usage": Entry(WATCH, "space", "Show what productions take on disk, and when disks will be full."),
        "digest": Entry(WATCH, "shifts", "Sum up a shift: progress, trouble, who did what, what changed."),
        "log": Entry(WATCH, "reports", "Show what people did to jobs, outputs, masks and nodes."),
        "services": Entry(WATCH, "services", "Show, set and import the states of services that jobs need."),
        "announce": Entry(WATCH, "services", "Announce a text that stands on every view."),
        "campaign": Entry(SHOW, "campaigns", "Show campaigns, activate, order, compare and close them."),
        "dashboard": Entry(SHOW, "dashboards", "Write pages for others, and a board for Grafana."),
        "plot": Entry(SHOW, "plots", "Plot progress, throughput, memory, slots, durations, events."),
        "loop": Entry(AUTOMATE, "loops", "Pass over the rules of a file again and again; steer loops."),
        "control": Entry(AUTOMATE, "automation", "Pass once over the rules of steering files (for cron)."),
        "cron": Entry(AUTOMATE, "steering", "Write crontab lines that pass over steering files."),
        "steer": Entry(AUTOMATE, "steering", "Check steering files; show what they do on each host."),
        "graph": Entry(AUTOMATE, "chains", "Draw which rules read the outputs of which, and how far each is."),
        "cursor": Entry(AUTOMATE, "cursors", "Show and move cursors: the run from which on a rule has work."),
        "provenance": Entry(AUTOMATE, "provenance", "Say how a file was made, down to each macro; compare two."),
        "production": Entry(AUTOMATE, "productions", "Start named productions from a template; check, stop, remove."),
        "legacy": Entry(AUTOMATE, "legacy", "Go on with the commands of today, by wrappers."),
        "rescue": Entry(REPAIR, "recovery", "Group held and failed jobs by cause, and apply what helps."),
        "resubmit": Entry(REPAIR, "recovery", "Give held jobs more memory; submit failed jobs again."),
        "release": Entry(REPAIR, "recovery", "Release held jobs."),
        "hold": Entry(REPAIR, "recovery", "Put jobs on hold."),
        "kill": Entry(REPAIR, "recovery", "Remove jobs from the queues."),
        "clear-held": Entry(REPAIR, "recovery", "Remove held jobs from the queues; the jobs become failed."),
        "abort": Entry(REPAIR, "abort", "Stop a tag over all its rules, and remove its jobs."),
        "park": Entry(REPAIR, "recovery", "Remove jobs from the queues, and keep them for later."),
        "unpark": Entry(REPAIR, "recovery", "Submit parked jobs again, with other resources if needed."),
        "priority": Entry(REPAIR, "recovery", "Change which jobs start first."),
        "finish": Entry(REPAIR, "evidence", "Finish jobs whose outputs are registered."),
        "erase": Entry(REDO, "outputs", "Erase outputs: jobs, files, and rows of catalog and books."),
        "cleanup": Entry(REDO, "space", "Take away what the policy of the site says may go."),
        "harvest": Entry(UPKEEP, "books", "Ask the schedds what became of jobs, and update the books."),
        "reconcile": Entry(UPKEEP, "books", "Settle the claims of killed passes, and list orphaned jobs."),
        "register": Entry(UPKEEP, "registration", "Register output files on disk in the file catalog."),
        "spider": Entry(UPKEEP, "registration", "Register staged files, and give them their final names."),
        "unregister": Entry(UPKEEP, "registration", "Take files that are gone out of the file catalog."),
        "quarantine": Entry(UPKEEP, "registration", "Decide about staged files that are far from the usual."),
        "validate": Entry(UPKEEP, "data_states", "Call data validated: somebody looked at it, and found it good."),
        "invalidate": Entry(UPKEEP, "data_states", "Call data invalidated: it is made, and must not be used."),
        "data": Entry(UPKEEP, "data_states", "Show and set the states of data: finalized, validated ..."),
        "init": Entry(UPKEEP, "setup", "Write a prodcli.yaml, make the books, and check both."),
        "config": Entry(UPKEEP, "setup", "Show and check the configuration."),
        "db": Entry(UPKEEP, "books", "Create, upgrade and check the production database."),
        "local": Entry(UPKEEP, "setup", "Run the jobs of the local batch (try-outs, testbeds, tests)."),
        "demo": Entry(UPKEEP, "setup", "Make a small workspace and run a chain of productions in it."),
        "completion": Entry(UPKEEP, "setup", "Install completion of words for your shell; show its script."),
        "help": Entry(UPKEEP, "setup", "Show this list, the help of a verb, or the words."),
        "version": Entry(UPKEEP, "setup", "Show the version."),
    }
)
