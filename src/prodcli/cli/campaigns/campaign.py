"""prodcli campaign."""

import typer

from prodcli.cli.campaigns import changing, creating, levels, listing
from prodcli.cli.campaigns.close import CLOSE_EXAMPLE, close
from prodcli.cli.campaigns.diff import DIFF_EXAMPLE, diff
from prodcli.cli.campaigns.launch import LAUNCH_EXAMPLE, launch
from prodcli.cli.campaigns.requests import (
    APPROVE_EXAMPLE,
    REQUEST_EXAMPLE,
    REQUESTS_EXAMPLE,
    approve,
    request,
    requests,
)
from prodcli.cli.campaigns.retry import RETRY_EXAMPLE, retry
from prodcli.cli.campaigns.states import INVALIDATE_EXAMPLE, VALIDATE_EXAMPLE, invalidate, validate

app = typer.Typer(help="Show campaigns, activate, order, compare and close them.", no_args_is_help=True)
app.command("list", epilog=listing.LIST_EXAMPLE)(listing.list_)
app.command("show", epilog=listing.SHOW_EXAMPLE)(listing.show)
app.command("check", epilog=levels.CHECK_EXAMPLE)(levels.check)
app.command("create", epilog=creating.CREATE_EXAMPLE)(creating.create)
app.command("forget", epilog=creating.FORGET_EXAMPLE)(creating.forget)
app.command("activate", epilog=changing.ACTIVATE_EXAMPLE)(changing.activate)
app.command("deactivate", epilog=changing.DEACTIVATE_EXAMPLE)(changing.deactivate)
app.command("set", epilog=changing.SET_EXAMPLE)(changing.set_)
app.command("unknown", epilog=listing.UNKNOWN_EXAMPLE)(listing.unknown)
app.command("diff", epilog=DIFF_EXAMPLE)(diff)
app.command("close", epilog=CLOSE_EXAMPLE)(close)
app.command("request", epilog=REQUEST_EXAMPLE)(request)
app.command("requests", epilog=REQUESTS_EXAMPLE)(requests)
app.command("approve", epilog=APPROVE_EXAMPLE)(approve)
app.command("launch", epilog=LAUNCH_EXAMPLE)(launch)
app.command("retry", epilog=RETRY_EXAMPLE)(retry)
app.command("validate", epilog=VALIDATE_EXAMPLE)(validate)
app.command("invalidate", epilog=INVALIDATE_EXAMPLE)(invalidate)
