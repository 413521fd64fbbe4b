"""prodcli dashboard serve."""

from __future__ import annotations

import ipaddress
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodcli.cli import options
from prodcli.cli.context import Session, current
from prodcli.cli.pages.books import opened_books
from prodcli.cli.pages.html import All

if TYPE_CHECKING:
    from prodcli.pages.served.web_app import WebApp

Host = Annotated[
    str, typer.Option("--host", metavar="ADDRESS", help="Where to listen; other machines reach it only if told here.")
]
Port = Annotated[
    int, typer.Option("--port", min=0, max=65535, metavar="PORT", help="The port to listen at; 0: any that is free.")
]
Keep = Annotated[
    int, typer.Option("--keep", min=1, metavar="SECONDS", help="How long a page is shown before it is made anew.")
]
Names = Annotated[
    list[str] | None,
    typer.Option("--name", metavar="NAME", help="A name by which readers know this site, where it is not the address."),
]
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_THREADS = 8  # half of them may wait for the books; the others answer with what is there
_GRACE = 2  # seconds for the answers that are under way when the server ends
_LIMITS: dict[str, Any] = {
    "connection_limit": 200,
    "channel_timeout": 60,  # seconds without a byte
    "max_request_header_size": 16_384,
    "max_request_body_size": 1_024,  # no request needs one
    "asyncore_use_poll": True,
    "clear_untrusted_proxy_headers": True,
    "ident": None,
}


def serve(
    context: typer.Context,
    tag: options.Tag = None,
    every: All = False,
    host: Host = "127.0.0.1",
    port: Port = 8642,
    keep: Keep = 10,
    name: Names = None,
) -> None:
    """Serve the pages of `dashboard html`, fresh ones.

    A page is made when a reader asks for it. Only the books are read. By itself the server is for this machine alone, and knows no passwords: let a web server with a login
    stand before it for others. Ctrl-C ends the server.
    """
    session = current(context)
    app = _app(session, tag, every, keep, _names(host, name))
    server = _listening(app, host, port)
    try:
        with suppress(KeyboardInterrupt):
            _serve(session, server, host)
    finally:
        server.task_dispatcher.shutdown(timeout=_GRACE)


def _app(session: Session, tag: list[str] | None, every: bool, keep: int, names: list[str]) -> WebApp:
    from prodcli.pages.assets import shared_files
    from prodcli.pages.served.kept_pages import KeptPages
    from prodcli.pages.served.web_app import WebApp

    _require_waitress()
    with opened_books(session, tag, every):
        shared = {f"assets/{name}": content for name, content in shared_files().items()}
    pages = KeptPages(lambda: opened_books(session, tag, every), session.zone, keep, most_waiting=_THREADS // 2)
    return WebApp(pages.page, shared, names)


def _names(host: str, told: list[str] | None) -> list[str]:
    """The names by which readers may ask; none, which allows any, where others may ask and nobody said a name.

    A page of elsewhere that leads its own name to this machine (DNS rebinding) is refused so.
    """
    return [*_LOOPBACK, host, *(told or ())] if _is_loopback(host) or told else []


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listening(app: WebApp, host: str, port: int) -> Any:
    """A server that listens; raises UsageError for an address that cannot be had."""
    import logging

    from waitress import create_server

    from prodcli.errors import UsageError

    logging.getLogger("waitress").setLevel(logging.ERROR)
    try:
        return create_server(app, host=host, port=port, threads=_THREADS, **_LIMITS)
    except (OSError, ValueError) as failure:
        todo = "name another --host or --port"
        raise UsageError(f"nothing can listen there: {failure}", where=f"{host}:{port}", todo=todo) from None


def _serve(session: Session, server: Any, host: str) -> None:
    """Serve in a thread until a signal comes: this thread is the one that hears signals."""
    import threading

    where = f"{_in_address(host)}:{_port_of(server)}"
    if not _is_loopback(host):
        session.warn(f"whoever reaches {where} can read the books")
    session.show_text(f"http://{where}/")
    sys.stdout.flush()  # somebody may wait for the address in a pipe
    thread = threading.Thread(target=server.run, name="server", daemon=True)
    thread.start()
    thread.join()


def _port_of(server: Any) -> int:
    """The port of a server; a name with several addresses has several sockets."""
    return int(server.effective_port if hasattr(server, "effective_port") else server.effective_listen[0][1])


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _require_waitress() -> None:
    """Raise ConfigError if the web server is not installed."""
    from importlib.util import find_spec

    from prodcli.errors import ConfigError

    if find_spec("waitress") is None:
        raise ConfigError("waitress is not installed", where="dashboard serve", todo="pip install 'prodcli[pages]'")
