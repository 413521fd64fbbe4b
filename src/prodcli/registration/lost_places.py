"""Whether the file of a catalog row is certainly no more."""

import os
from pathlib import Path

from prodcli.config.profile import Site
from prodcli.registration.catalog_changes import Place

_ROOT = 3  # parts of a path that show whether its disk is there: /, sphenix, lustre01


def is_gone(site: Site, row: Place) -> bool:
    """True if a row names one of the site's hosts, the disk is there, and the file is not."""
    if row.host not in {site.file_host, *site.file_hosts.values()} or os.path.lexists(row.path):
        return False
    return Path(*Path(row.path).parts[:_ROOT]).is_dir()
