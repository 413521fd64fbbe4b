"""The site as an application of a web server: methods, names of hosts, tags, headers, and what is not there."""

from typing import Any

import pytest

from prodcli.errors import DatabaseError
from prodcli.pages.served.kept_pages import Busy
from prodcli.pages.served.web_app import SECURITY, WebApp

INDEX = b"<!doctype html><p>Campaigns</p>"
SHARED = {"assets/pages.js": b"const x = 1;"}
HERE = ("localhost", "127.0.0.1", "[::1]", "pages.example.org")


def page(path: str) -> bytes | None:
    """A site of one page, and of pages that cannot be made."""
    if path == "nodes.html":
        raise DatabaseError("server of bob:secret@db1 is down", where="production")
    if path == "trouble.html":
        raise Busy
    return {"index.html": INDEX, "plot.jobs.index.svg": b"<svg/>", "plot.jobs.index.csv": b"x"}.get(path)


def asked(method: str = "GET", path: str = "/", **headers: str) -> tuple[str, dict[str, str], bytes]:
    """The status, the headers and the body of an answer."""
    told: list[Any] = []
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_HOST": "localhost:8642", **headers}
    body = b"".join(WebApp(page, SHARED, HERE)(environ, lambda status, said: told.extend((status, dict(said)))))
    return told[0], told[1], body


def test_the_index_is_what_no_name_leads_to() -> None:
    for path in ("", "/", "/index.html"):
        status, headers, body = asked(path=path)
        assert (status, body, headers["Content-Type"]) == ("200 OK", INDEX, "text/html; charset=utf-8")
        assert headers["Content-Length"] == str(len(INDEX))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/assets/pages.js", "text/javascript; charset=utf-8"),
        ("/plot.jobs.index.svg", "image/svg+xml"),
        ("/plot.jobs.index.csv", "text/csv; charset=utf-8"),
    ],
)
def test_files_have_their_kind(path: str, kind: str) -> None:
    status, headers, _ = asked(path=path)
    assert (status, headers["Content-Type"]) == ("200 OK", kind)


@pytest.mark.parametrize("path", ["/", "/absent.html", "/nodes.html", "/trouble.html", "/assets/pages.js"])
def test_head_says_what_get_says_without_a_body(path: str) -> None:
    status, headers, _ = asked(path=path)
    assert asked("HEAD", path) == (status, headers, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "", "get", "\x00"])
@pytest.mark.parametrize("path", ["/", "/absent.html", "/nodes.html", "/trouble.html"])
def test_each_answer_has_the_headers_that_protect_readers(method: str, path: str) -> None:
    _, headers, _ = asked(method, path)
    assert headers.items() >= SECURITY.items()
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "OPTIONS", "", "get", "\x00"])
def test_pages_are_only_read(method: str) -> None:
    status, headers, _ = asked(method)
    assert (status, headers["Allow"]) == ("405 Method Not Allowed", "GET, HEAD")


def test_what_a_reader_has_is_not_sent_again() -> None:
    tag = asked()[1]["ETag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        status, headers, body = asked(HTTP_IF_NONE_MATCH=known)
        assert (status, headers["ETag"], body) == ("304 Not Modified", tag, b"")
    for known in ("", '"other"', tag.strip('"'), tag[:-2]):
        assert asked(HTTP_IF_NONE_MATCH=known)[0] == "200 OK"


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/absent.html",
            "/../etc/passwd",
            "/assets/../../etc/passwd",
            "/assets/",
            "/assets",
            "//index.html",
            "/%2e%2e/x",
        ),
        *(
            "/index.html\x00.js",
            "/\x00",
            "/" + "a" * 100_000,
            "/index.html/",
            "/é.html",
            "/assets/pages.js/../../x",
            "/INDEX.HTML",
        ),
    ],
)
def test_other_paths_lead_nowhere(path: str) -> None:
    status, headers, body = asked(path=path)
    assert (status, headers["Content-Type"]) == ("404 Not Found", "text/html; charset=utf-8")
    assert path not in body.decode() or path == "/"


def test_the_page_about_books_that_are_down_tells_no_secrets() -> None:
    status, headers, body = asked(path="/nodes.html")
    assert (status, headers["Retry-After"], headers["Cache-Control"]) == ("503 Service Unavailable", "10", "no-store")
    assert b"The books do not answer." in body
    assert not any(word in body for word in (b"bob", b"secret", b"db1", b"Traceback"))


def test_readers_who_are_too_many_are_told_to_come_back() -> None:
    status, headers, body = asked(path="/trouble.html")
    assert (status, headers["Retry-After"]) == ("503 Service Unavailable", "10")
    assert b"Many readers wait" in body


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:8642", "[::1]:8642", "[::1]", "pages.example.org"]
)
def test_known_names_of_the_site_are_answered(host: str) -> None:
    assert asked(HTTP_HOST=host)[0] == "200 OK"


@pytest.mark.parametrize(
    "host", ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8642", "::1", "x:y"]
)
def test_a_page_of_elsewhere_cannot_lead_its_own_name_here(host: str) -> None:
    status, _, body = asked(HTTP_HOST=host)
    assert status == "421 Misdirected Request"
    assert INDEX not in body


def test_without_known_names_any_name_will_do() -> None:
    assert WebApp(page, SHARED).answer("GET", "/", "any.example").status == "200 OK"
