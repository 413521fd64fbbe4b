"""The local batch: a durable queue in one SQLite file, for trying out, testbeds and tests.

`local_runner` executes the jobs. Of a description these commands count: executable, arguments, initialdir, output,
error, environment, getenv, request_memory, retry_request_memory, allowed_job_duration, priority, batch_name, hold and the `My.`
attributes by which jobs are known.
ClassAd expressions (requirements, periodic_*, on_exit_*) are not evaluated; there are no other retries, no file transfer, no
log and no limits but memory and time. Queue and runner belong on one host, as SQLite's write-ahead log does.
"""

from contextlib import AbstractContextManager

from prodcli.batch import Capabilities, SubmitProcess
from prodcli.batch.local.act import ActOnQueue
from prodcli.batch.local.ask import AskQueue
from prodcli.batch.local.schedd import SCHEDD
from prodcli.batch.local.submit import SubmitToQueue
from prodcli.batch.submit_process import ThisProcess

__all__ = ["SCHEDD", "LocalBatch"]


class LocalBatch(SubmitToQueue, AskQueue, ActOnQueue):
    """A queue in a file."""

    node_lists = None  # jobs run on this host alone
    idle_jobs = None  # the runner takes whatever there is room for

    @property
    def capabilities(self) -> Capabilities:
        """A file always answers, and has all jobs at once."""
        return Capabilities("local", may_hang=False, bit_by_bit=False)

    def submit_process(self) -> AbstractContextManager[SubmitProcess]:
        """Submissions in this process."""
        return ThisProcess(self)
