"""Submit jobs to the queue of a schedd."""

import logging
import math
import warnings
from pathlib import Path

from prodcli.batch import Intake
from prodcli.batch.htcondor.act import act_on
from prodcli.batch.htcondor.ads import LOAD, load, version
from prodcli.batch.htcondor.rendered import read_submission
from prodcli.batch.htcondor.schedds import Schedds
from prodcli.errors import BatchError

log = logging.getLogger(__name__)
_MAX_PROCS = 20_000  # MAX_JOBS_PER_SUBMISSION, as HTCondor has it by default
# Jobs that a cluster keeps idle: one for every core of the pool, whatever a job asks for, and some more, since held
# jobs count as idle there. Each costs its schedd half a millisecond when it is made, and time in every negotiation.
_MORE_THAN_CORES, _MANY_IDLE = 250, 20_000
_RETRIES_MEMORY = (25, 2, 1)  # an older schedd ignores retry_request_memory without a word


class SubmitToSchedds(Schedds):
    """Submissions to schedds."""

    def loads(self) -> dict[str, float]:
        """The jobs of each schedd by the collector (up to some minutes old), materialized or not."""
        known = self._client.schedd_ads((*LOAD, "RecentDaemonCoreDutyCycle"))
        return {
            name: load(known[name]) if name in known and self._answers(name) else math.inf for name in self.schedds()
        }

    def intake(self, schedd: str) -> Intake:
        """The capabilities in the schedd's configuration; if it cannot be read, those of any schedd."""
        with self._client.session(schedd, "submission") as session:
            limit = session.setting("MAX_JOBS_PER_SUBMISSION")
            bit_by_bit = session.setting("SCHEDD_ALLOW_LATE_MATERIALIZE").casefold() == "true"
            retries_memory = version(session.place) >= _RETRIES_MEMORY
        max_procs = int(limit) if limit.isdigit() else _MAX_PROCS
        if not bit_by_bit:
            return Intake(max_procs, retries_memory=retries_memory)
        return Intake(max_procs, min(self._client.cores() + _MORE_THAN_CORES, _MANY_IDLE), retries_memory)

    def submit(self, schedd: str, description: Path) -> int:
        """Submit a rendered description in one transaction of the schedd, and return its cluster.

        Raises BatchError if the schedd refuses the description, or does not answer.
        """
        text, parsed, rows = read_submission(description)
        items = (description.parent / parsed.items_file).absolute()
        with self._client.session(schedd, "submission") as session, warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                submit = session.bindings.Submit(text)
                result = session.schedd.submit(submit, queue=f"{','.join(parsed.fields)} from {items}")
            except ValueError as err:
                todo = f"condor_submit -dry-run - {description} may say where"
                raise BatchError(
                    f"HTCondor cannot read the submit description: {err}", where=str(description), todo=todo
                ) from err
        for warning in warned:
            log.warning("%s: %s", description, warning.message)
        cluster, procs = int(result.cluster()), int(result.num_procs())
        if (int(result.first_proc()), procs) != (0, rows):
            self._remove_cluster(schedd, cluster)
            raise BatchError(f"HTCondor made {procs} jobs of {rows} items; they were removed", where=str(description))
        return cluster

    def _answers(self, schedd: str) -> bool:
        try:
            with self._client.session(schedd, "looking at its load"):
                return True
        except BatchError as err:
            log.info("%s", err)
            return False

    def _remove_cluster(self, schedd: str, cluster: int) -> None:
        with self._client.session(schedd, "remove") as session:
            act_on(session, "Remove", f"ClusterId == {cluster}", "prodcli: not as many jobs as items")
