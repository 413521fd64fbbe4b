"""A program of its own that recovers jobs by the services alone, as loops and pages do; prints what came of it as JSON.

Arguments: the site file, its folder, and the ids of rows of eight jobs; the first four are held for memory.
"""

import json
import sys
from pathlib import Path

from prodcli.batch.open import open_batch
from prodcli.books.actions import Author
from prodcli.books.claimant import myself
from prodcli.books.job_filter import JobFilter
from prodcli.config.settings import load_config
from prodcli.db import open_database
from prodcli.memory.requests import Raise
from prodcli.recovery import queue_verbs
from prodcli.recovery.park import Park, parked
from prodcli.recovery.recovery import Recovery
from prodcli.recovery.recovery_plan import JobSelection
from prodcli.recovery.recovery_verb import RecoveryVerb
from prodcli.recovery.rescue import find_groups
from prodcli.recovery.resubmit import Resubmit
from prodcli.recovery.unpark import Unpark


def recovery_of(file: str, folder: str) -> Recovery:
    """What recovers in a workspace."""
    config = load_config(Path(file), Path(folder))
    master, replica = (
        open_database(config.url(role), read_only, config.timeouts(role))
        for role, read_only in (("production", False), ("production_read", True))
    )
    grace, sweep_every = config.get("lost_grace"), config.get("sweep_every")
    return Recovery(master, replica, open_batch(config), myself(), config.campaigns, grace, sweep_every)


def main() -> None:
    """Run every verb once."""
    recovery, dbids = recovery_of(*sys.argv[1:3]), [int(word) for word in sys.argv[3:]]
    author = Author("loop", recovery.me, "nobody is asked")
    told = []

    def run(verb: RecoveryVerb, *numbers: int) -> None:
        plan = verb.plan(JobSelection(JobFilter(dbids=[dbids[number] for number in numbers])))
        outcome = verb.act(plan, author)
        outcome.require_done()
        preview = plan.preview()
        groups = [
            f"{len(one.jobs)} {one.key.dsttype} {one.key.state} {one.key.code}" for one in preview.parts[0].groups
        ]
        told.append([preview.question, groups, {name: one.changed for name, one in outcome.actions.items()}])

    found = find_groups(recovery, JobSelection(JobFilter(dbids=dbids), as_booked=True), 0, None)
    told.append([[one.kind, len(one.jobs), found.verb_for(recovery, one).verb.name] for one in found.groups])
    run(queue_verbs.priority(recovery, 7), 4, 5)
    run(queue_verbs.hold(recovery), 4, 5)
    run(queue_verbs.release(recovery, user_holds=True), 4)
    run(queue_verbs.clear_held(recovery, user_holds=True), 5)
    run(queue_verbs.kill(recovery), 6)
    run(Resubmit(recovery, wanted=Raise(memory=3000)), 0)
    run(Resubmit(recovery, wanted=Raise(memory=3000), states=["held"], clone=True), 1)
    run(Resubmit(recovery, clone=True, states=["removed"]), 5, 6)
    run(Park(recovery), 2, 3)
    told.append([one.account for one in parked(recovery.database, JobFilter())])
    run(Unpark(recovery, memory=4000), 2, 3)
    terminal = {name.partition(".")[0] for name in sys.modules} & {"typer", "rich", "click"}
    json.dump({"told": told, "terminal": sorted(terminal), "cli": "prodcli.cli" in sys.modules}, sys.stdout)


if __name__ == "__main__":
    main()
