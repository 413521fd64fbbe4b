"""The schedds of a configuration, and their client."""

from prodcli.batch.htcondor.client import Client


class Schedds:
    """Schedds by name, or the local one; contacted at the first question.

    With `history_file` a history that can be read on this host comes from its file.
    """

    def __init__(
        self, schedds: list[str], collector: str = "", condor_config: str = "", history_file: bool = True
    ) -> None:
        self._schedds = list(dict.fromkeys(schedds))
        self._history_file = history_file
        self._client = Client(collector, condor_config)

    def schedds(self) -> list[str]:
        """The configured schedds, else the local one."""
        if not self._schedds:
            self._schedds = [self._client.local_schedd()]
        return list(self._schedds)
