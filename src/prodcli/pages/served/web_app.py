"""A site as an application of a web server (WSGI): GET and HEAD of pages and of the files that they share, and nothing else.

No path of a request is ever a path of the disk: a name is looked up among the names of pages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from prodcli.errors import ProdError
from prodcli.pages import links
from prodcli.pages.page import Page
from prodcli.pages.served.kept_pages import Busy
from prodcli.pages.site import POLICY, content_of, page_environment

SECURITY = MappingProxyType(
    {
        "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
)
_KINDS = MappingProxyType(
    {
        "html": "text/html; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
        "csv": "text/csv; charset=utf-8",
    }
)
_RETRY = "10"  # seconds
Headers = Mapping[str, str]
StartResponse = Callable[[str, list[tuple[str, str]]], object]


@dataclass(frozen=True)
class Answer:
    """An answer to a request, with the headers that are its own."""

    status: str
    body: bytes = b""
    headers: Headers = field(default_factory=dict)


class WebApp:
    """The application: `page` gives the bytes of a path, `shared` are files by path, `hosts` names that may ask (none: any)."""

    def __init__(
        self, page: Callable[[str], bytes | None], shared: Mapping[str, bytes], hosts: Collection[str] = ()
    ) -> None:
        self._page = page
        self._shared = shared
        self._hosts = frozenset(one.casefold() for one in hosts)
        self._environment = page_environment()

    def __call__(self, environ: Mapping[str, Any], start: StartResponse) -> Iterable[bytes]:
        """Answer a request as WSGI wants it."""
        answer = self.answer(
            str(environ["REQUEST_METHOD"]),
            str(environ.get("PATH_INFO", "")),
            str(environ.get("HTTP_HOST", "")),
            str(environ.get("HTTP_IF_NONE_MATCH", "")),
        )
        is_new = not answer.status.startswith("304")
        length = {"Content-Length": str(len(answer.body))} if is_new else {}
        start(answer.status, [*{**SECURITY, **answer.headers, **length}.items()])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def answer(self, method: str, path: str, host: str = "", known: str = "") -> Answer:
        """The answer to a request; `known` are the tags of what its reader has (If-None-Match)."""
        if self._hosts and _name_of(host) not in self._hosts:
            return self._told("421 Misdirected Request", "This site is not known by that name.")
        if method not in ("GET", "HEAD"):
            told = self._told("405 Method Not Allowed", "Pages can be read, and nothing else.")
            return Answer(told.status, told.body, {**told.headers, "Allow": "GET, HEAD"})
        try:
            return self._found(path.removeprefix("/") or links.INDEX, known)
        except Busy:
            return self._told("503 Service Unavailable", "Many readers wait for pages. Try again in some seconds.")
        except ProdError:
            return self._told("503 Service Unavailable", "The books do not answer. The pages come back when they do.")

    def _found(self, path: str, known: str) -> Answer:
        content = self._shared[path] if path in self._shared else self._page(path)
        if content is None:
            return self._told("404 Not Found", "There is no such page, or not any more.")
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if _has(known, tag):
            return Answer("304 Not Modified", b"", headers)
        return Answer("200 OK", content, {**headers, "Content-Type": _KINDS[path.rpartition(".")[2]]})

    def _told(self, status: str, text: str) -> Answer:
        """A page that says why there is no other one."""
        page = Page("", "tables.html", status.partition(" ")[2], {"lines": [text], "tables": [], "details": []})
        headers = {"Content-Type": _KINDS["html"], "Cache-Control": "no-store"}
        headers |= {"Retry-After": _RETRY} if status.startswith("503") else {}
        return Answer(status, content_of(page, self._environment, ""), headers)


def _name_of(host: str) -> str:
    """The name of a Host header without its port: `localhost:8642`, `[::1]:8642`."""
    name, _, port = host.rpartition(":")
    return (name if name and port.isdecimal() else host).casefold()


def _has(known: str, tag: str) -> bool:
    """True if a header If-None-Match names a tag."""
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in known.split(","))
