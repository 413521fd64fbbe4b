"""The dsttypes of host leaves under one name: that of their dsttype, or with the detector of the host.

Pure: data in, data out.
"""

from __future__ import annotations

from prodcli.config.profile import Dsttype, Host, Match, Site
from prodcli.names import leafdir


class Families:
    """The names of the leaves of a site: `DST_STREAMING_EVENT_ebdc00_0` is DST_STREAMING_EVENT, of the detector TPC."""

    def __init__(self, site: Site) -> None:
        self._leaves: dict[str, tuple[Dsttype, Host]] = {
            leafdir(dsttype.name, host.leaf): (dsttype, host)
            for dsttype in site.dsttypes.values()
            if dsttype.match is Match.COMBINING
            for host in dsttype.hosts
        }

    def of_dsttype(self, name: str) -> str:
        """The dsttype of a leaf; any other name as it is."""
        return self._leaves[name][0].name if name in self._leaves else name

    def of_detector(self, name: str) -> str:
        """The dsttype of a leaf with the detector of its host: `DST_STREAMING_EVENT TPC`; any other name as it is."""
        if name not in self._leaves:
            return name
        dsttype, host = self._leaves[name]
        return f"{dsttype.name} {host.detector}"
