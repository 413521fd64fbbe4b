"""The keeper of a command: what its submissions are made from goes into the books."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.provenance.keeper import Keeper
    from prodcli.provenance.record import Invocation


def keeper_of(session: Session) -> Keeper:
    """The keeper with the books of the session; in a testbed every payload is allowed."""
    from prodcli.config.payload_policy import PayloadPolicy
    from prodcli.provenance.keeper import Keeper

    config = session.config
    policy = PayloadPolicy.ALLOW if config.testbed else session.site.provenance
    return Keeper(session.database("production"), config.campaigns, _invocation, policy)


def _invocation() -> Invocation:
    """This command."""
    from prodcli import __version__
    from prodcli.books.claimant import account, short_host
    from prodcli.provenance.actor import actor
    from prodcli.provenance.record import Invocation
    from prodcli.secrets import hide_secrets

    command = shlex.join(["prodcli", *map(hide_secrets, sys.argv[1:])])
    return Invocation(command, actor(), account(), short_host(), __version__)
