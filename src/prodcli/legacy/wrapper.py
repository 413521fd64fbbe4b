"""The text of the wrappers: small shell scripts with the names of today's commands.

Pure: data in, data out.
"""

import shlex
from collections.abc import Sequence

from prodcli.legacy.commands import SOURCED

MARK = "written by `prodcli legacy install`"  # in its second line a wrapper is known


def wrapper(name: str, program: Sequence[str], site: str, folder: str) -> str:
    """The text of a wrapper that calls a program; `site` is the prodcli.yaml that it uses, or empty."""
    if name == SOURCED:
        return f'# To be sourced: puts the commands of today first in PATH.\n# {MARK}\nexport PATH={shlex.quote(folder)}:"$PATH"\n'
    uses = f'[ -n "$PRODCLI_SITE" ] || export PRODCLI_SITE={shlex.quote(site)}\n' if site else ""
    return f'#!/bin/sh\n# {MARK}\n{uses}exec {shlex.join(program)} legacy run -- {name} "$@"\n'
