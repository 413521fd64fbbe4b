"""dashboard serve as a process: readers, signals, hostile requests, books that are down."""

import re
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from prodcli.pages import links
from tests.support.chromium import watched_page
from tests.support.processes import run
from tests.support.served_site import served
from tests.support.site import books_of_failures
from tests.support.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CONFIGURATION = Path(__file__).resolve().parents[3] / "docs/configuration.md"
GRANT = re.findall(r"```sql\n(CREATE ROLE prodcli_read .*?)```", CONFIGURATION.read_text(), re.DOTALL)[0]
HOSTILE = (
    b"\x00" * 2000,
    b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"GET /../../../etc/passwd HTTP/1.0\r\nHost: localhost\r\n\r\n",
    b"GET /assets/..%2f..%2f..%2fetc/passwd HTTP/1.0\r\nHost: localhost\r\n\r\n",
    b"GET http://localhost/index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n" + b"a" * 100_000,
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /\xff\xfe.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: " + b'"x",' * 2000 + b"\r\nConnection: close\r\n\r\n",
)


@pytest.fixture
def books(workspace: Workspace) -> Workspace:
    """Books with jobs and failures."""
    books_of_failures(workspace, 60)
    return workspace


def asked(address: str) -> tuple[int, str]:
    """The status and the page of an answer."""
    try:
        with urllib.request.urlopen(address, timeout=100) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def said(address: str, request: bytes) -> bytes:
    """What comes back for the bytes of a request, until the server says no more."""
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((host, int(port)), 100) as one:
        with suppress(OSError):  # the server may have heard enough
            one.sendall(request)
        with suppress(OSError):
            one.shutdown(socket.SHUT_WR)
        found = b""
        with suppress(OSError):
            while part := one.recv(65536):
                found += part
        return found


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 0)])
def test_it_serves_until_a_signal_and_ends_clean(books: Workspace, sign: signal.Signals, code: int) -> None:
    with served(books) as (address, process):
        assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/", address)
        status, page = asked(address)
        assert (status, "<h1>Campaigns</h1>" in page) == (200, True)
        process.send_signal(sign)
        out, err = process.communicate(timeout=100)
        assert (process.returncode, out) == (code, "")
        assert "Traceback" not in err
        assert len(err.splitlines()) <= 2, err


def test_every_link_of_the_first_pages_leads_to_a_page(books: Workspace) -> None:
    with served(books, "--keep", 600) as (address, _):
        todo, seen = ["index.html"], set[str]()
        while todo:
            name = todo.pop()
            seen.add(name)
            status, page = asked(address + name)
            assert status == 200, name
            if name.startswith(("index", "campaign-", "failures")):
                found = set(re.findall(r'(?:href|src)="(?!data:)([^"#]+)', page))
                todo += sorted(found - seen - set(todo))
        kinds = {one.partition("-")[0].partition(".")[0] for one in seen}
        assert kinds >= {"index", "campaign", "step", "trouble", "failures", "nodes", "assets/pages"}


def test_hostile_requests_get_nothing_and_hurt_nobody(books: Workspace) -> None:
    with served(books) as (address, process):
        waiting = [
            socket.create_connection(("127.0.0.1", int(address.rstrip("/").rpartition(":")[2]))) for _ in range(50)
        ]
        for one in waiting:
            one.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")  # and never more
        for request in HOSTILE:
            answer = said(address, request)
            assert b"root:" not in answer
            assert b"Traceback" not in answer
            assert not re.search(rb"(?i)^server:", answer, re.M)
        assert asked(address)[0] == 200
        for one in waiting:
            one.close()
        process.send_signal(signal.SIGTERM)
        assert "Traceback" not in process.communicate(timeout=100)[1]


def test_a_port_that_is_taken_is_named(books: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = run(books, "dashboard", "serve", "--port", port)
    assert (answer.code, len(answer.err.splitlines())) == (2, 1), answer
    assert f"127.0.0.1:{port}" in answer.err


def test_books_that_are_down_have_a_page_that_says_so_until_they_are_up(books: Workspace) -> None:
    with served(books, "--keep", 1) as (address, process):
        assert asked(address)[0] == 200
        with books_down(books):
            status, page = asked(address + "nodes.html")
            assert (status, "The books do not answer." in page) == (503, True)
        while asked(address + "nodes.html")[0] != 200:
            pass
        process.send_signal(signal.SIGTERM)
        err = process.communicate(timeout=100)[1]
        assert ("no page nodes.html" in err, "Traceback" in err) == (True, False)


@contextmanager
def books_down(books: Workspace) -> Iterator[None]:
    """Books that cannot be reached."""
    if books.cluster is None:
        file = books.folder / "production.db"
        file.rename(books.folder / "away.db")
        yield
        (books.folder / "away.db").rename(file)
        return
    name = str(books.sql("SELECT current_database()")[0][0])
    books.cluster.psql("postgres", f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    yield
    books.cluster.psql("postgres", f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def test_the_role_that_reads_is_enough(books: Workspace) -> None:
    if books.cluster is None:
        return  # which has no roles
    urls = dict(books.settings["databases"])
    names = {role: url.partition("DATABASE=")[2].partition(";")[0] for role, url in urls.items()}
    try:
        books.cluster.psql(names["production"], GRANT)
        for role in ("daq", "raw", "filecatalog"):
            books.cluster.psql(names[role], "GRANT SELECT ON ALL TABLES IN SCHEMA public TO prodcli_read")
        books.settings["databases"] = {
            role: url.replace("UID=postgres", "UID=prodcli_read") for role, url in urls.items()
        }
        books.write()
        with served(books, "--keep", 600) as (address, _):
            campaign = re.findall(r'href="(campaign-[^"#]+)', asked(address)[1])[0]
            step, trouble = re.findall(r'href="((?:step|trouble)-[^"#]+)', asked(address + campaign)[1])[:2]
            jobs = re.findall(r'href="(jobs-[^"#]+)', asked(address + step)[1])[0]
            for name in (*(link.address for link in links.TOP), campaign, step, trouble, jobs):
                assert asked(address + name)[0] == 200, name
    finally:
        for name in names.values():
            books.cluster.psql(name, "DROP OWNED BY prodcli_read")
        books.cluster.psql("postgres", "DROP ROLE prodcli_read")


@pytest.mark.chromium
def test_a_browser_follows_links_and_gets_pages_it_has_once(books: Workspace, chromium: "Browser") -> None:
    with served(books, "--keep", 600) as (address, _), watched_page(chromium) as page:
        answers: list[tuple[int, str]] = []
        page.on("response", lambda one: answers.append((one.status, one.url.rpartition("/")[2])))
        page.goto(address)
        page.get_by_role("link", name="In trouble now").click()
        assert page.inner_text("h1") == "In trouble now"
        page.locator("#errors tbody a").first.click()
        page.wait_for_url("**/trouble.html#jobs.error=*")
        assert page.locator("#jobs tbody tr").count() > 0
        page.get_by_role("link", name="Campaigns").click()
        page.locator("#campaigns tbody a").first.click()
        page.locator("#steps tbody a").first.click()
        page.locator("#runs tbody a").first.click()
        assert page.locator("#jobs tbody tr").count() > 0
        assert {status for status, _ in answers} <= {200, 304}
