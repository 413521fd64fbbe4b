"""Who acts: several people share an account, and the log of actions is to tell them apart.

A name is what somebody says of themselves, no proof: whoever has the account can give any name.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from functools import cache

from prodcli.books.claimant import account
from prodcli.errors import one_line

VARIABLE = "PRODCLI_ACTOR"
_AGENT = "SSH_AUTH_SOCK"
_SECONDS = 2.0  # for the agent, which may be at the other end of a connection that hangs
_LONGEST = 100  # letters of a name
_NAMELESS = "no comment"  # what OpenSSH says of a key without one


def actor(environment: Mapping[str, str] = os.environ) -> str:
    """The person who acts: by $PRODCLI_ACTOR, else by the comment of the first ssh key in the agent, else the account."""
    said = _name(environment.get(VARIABLE, ""))
    if not said and environment.get(_AGENT):
        said = _name(_comment(environment[_AGENT]))
    return said or account()


def _name(text: str) -> str:
    return one_line(text)[:_LONGEST].strip()


@cache
def _comment(socket: str) -> str:
    """The comment of the first key of an agent; empty if the agent has none or does not answer. Source: ssh-add(1)."""
    try:
        done = subprocess.run(
            ["ssh-add", "-l"],
            env={**os.environ, _AGENT: socket},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    first = done.stdout.decode("utf-8", "replace").partition("\n")[0] if done.returncode == 0 else ""
    _, _, rest = (*first.split(" ", 2), "", "", "")[:3]  # bits, fingerprint, comment and (kind)
    comment = rest.rpartition(" (")[0].strip()
    return "" if comment == _NAMELESS else comment
