"""The schedds that a configuration names, and how to reach them."""

from prodcli.batch.htcondor.client import Client


class Schedds:
    """Schedds by name, or the local one; nothing is contacted before it is asked for.

    `history_file`: a schedd whose history can be read here is not asked for it.
    """

    def __init__(
        self, schedds: list[str], collector: str = "", condor_config: str = "", history_file: bool = True
    ) -> None:
        self._schedds = list(dict.fromkeys(schedds))
        self._history_file = history_file
        self._client = Client(collector, condor_config)

    def schedds(self) -> list[str]:
        """The configured ones, else the local one."""
        if not self._schedds:
            self._schedds = [self._client.local_schedd()]
        return list(self._schedds)
