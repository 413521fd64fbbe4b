"""The HTCondor batch: schedds reached through the Python bindings, `htcondor2`."""

from contextlib import AbstractContextManager

from prodcli.batch import Capabilities, NodeLists, SubmitProcess
from prodcli.batch.htcondor.act import ActOnSchedds
from prodcli.batch.htcondor.ask import AskSchedds
from prodcli.batch.htcondor.idle_ads import IdleAds
from prodcli.batch.htcondor.node_lists import JobNodeLists
from prodcli.batch.htcondor.running_output import ReadRunningOutput
from prodcli.batch.htcondor.submit import SubmitToSchedds
from prodcli.batch.submit_process import OwnProcess


class HTCondorBatch(SubmitToSchedds, AskSchedds, ReadRunningOutput, ActOnSchedds):
    """The schedds of a pool."""

    @property
    def capabilities(self) -> Capabilities:
        """A schedd may hang, and materializes jobs late."""
        return Capabilities("htcondor", may_hang=True, bit_by_bit=True)

    @property
    def node_lists(self) -> NodeLists:
        """Each job carries its list in an attribute, which its requirements read."""
        return JobNodeLists(self._client)

    @property
    def idle_jobs(self) -> IdleAds:
        """The collector and the schedds tell why jobs do not start."""
        return IdleAds(self._client)

    def submit_process(self) -> AbstractContextManager[SubmitProcess]:
        """A separate process, which loads the bindings first."""
        return OwnProcess(self, HTCondorBatch.load)

    def load(self) -> None:
        """Load the bindings; raises BatchError."""
        _ = self._client.bindings
