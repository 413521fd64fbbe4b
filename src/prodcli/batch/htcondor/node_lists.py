"""The lists of nodes that jobs in a schedd's queue keep away from.

`Schedd.edit` by a constraint finds jobs, not what stands for their cluster, and so misses jobs that are yet to be
materialized. With a flag that the bindings have no name for it finds cluster ads as well, as condor_qedit does; and a job
has what its cluster has, unless it has a value of its own. So one edit per cluster reaches all of its jobs.
Source: src/condor_includes/condor_qmgr.h, SetAttribute_...
"""

from prodcli.batch.htcondor.ads import CLUSTER_AD, OURS, quote
from prodcli.batch.htcondor.client import Client, ScheddSession
from prodcli.batch.node_list import ATTRIBUTE, node_of

_ONLY_MY_JOBS, _ALSO_CLUSTERS = 1 << 4, 1 << 7


class JobNodeLists:
    """The lists that jobs carry in an attribute."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def nodes(self) -> set[str]:
        """The machines of the pool in the collector."""
        return {node_of(name) for name in self._client.machine_names()}

    def count_unlisted(self, schedd: str) -> int:
        """The number of prodcli's jobs without a list, waiting ones included."""
        with self._client.session(schedd, "looking at jobs") as session:
            return count_jobs(session, f"{OURS} && {ATTRIBUTE} is undefined")

    def count_other_nodes(self, schedd: str, nodes: str) -> int:
        """The number of prodcli's jobs with another list, waiting ones included."""
        with self._client.session(schedd, "looking at jobs") as session:
            return count_jobs(session, _other(nodes))

    def edit_nodes(self, schedd: str, nodes: str) -> int:
        """Give prodcli's jobs a list, waiting ones included.

        Returns how many keep another one, as those of other users do.
        """
        with self._client.session(schedd, f"changing {ATTRIBUTE}") as session:
            _edit(session, f"{_other(nodes)} && {CLUSTER_AD}", nodes)
            if not (left := count_jobs(session, _other(nodes))):
                return 0
            _edit(session, _other(nodes), nodes)  # jobs with a value of their own
            return min(left, count_jobs(session, _other(nodes)))


def _other(nodes: str) -> str:
    return f"{OURS} && {ATTRIBUTE} isnt undefined && {ATTRIBUTE} isnt {quote(nodes)}"


def count_jobs(session: ScheddSession, constraint: str) -> int:
    """Count jobs that are idle, running or held, or yet to be materialized.

    A job made during the count counts twice.
    """
    later = session.factories(constraint)
    by_state = session.summary(constraint)
    there = sum(int(by_state.get(state, 0)) for state in ("Idle", "Running", "Held", "Suspended"))
    return there + sum(one.total - one.following for one in later)


def _edit(session: ScheddSession, constraint: str, nodes: str) -> None:
    """Edit prodcli's jobs; no such job and a refusal are the same error, and the jobs that are left tell which."""
    flags = session.bindings.TransactionFlag(_ONLY_MY_JOBS | _ALSO_CLUSTERS)
    try:
        session.schedd.edit(constraint, ATTRIBUTE, quote(nodes), flags=flags)
    except session.bindings.HTCondorException:
        return
