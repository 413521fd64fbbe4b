"""The folder of a site behind real web servers, while the site is written anew."""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from prodcli.pages.site import write_site
from tests.conftest import missing
from tests.integration.pages.test_site_writing import PAGES, look, turn_of
from tests.support.chromium import watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TURNS = 15
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
_CONFIGURATION = """
user {user}; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  types {{ text/html html; text/css css; text/javascript js; image/svg+xml svg; }}
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def words_of(kind: str, root: Path, folder: Path, port: int) -> list[str]:
    """What starts a web server that shows a folder."""
    if kind == "python":
        return [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(root)]
    file = folder / "nginx.conf"
    file.write_text(_CONFIGURATION.format(user=getpass.getuser(), folder=folder, port=port, root=root))
    return [str(NGINX), "-c", str(file)]


@contextmanager
def server(kind: str, root: Path, folder: Path) -> Iterator[str]:
    """A web server that shows a folder; gives its address."""
    port = free_port()
    with subprocess.Popen(
        words_of(kind, root, folder, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as one:
        try:
            while one.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            assert one.poll() is None
            yield f"http://127.0.0.1:{port}"
        finally:
            one.terminate()


def read(address: str) -> str:
    """What a server answers."""
    with urllib.request.urlopen(address, timeout=60) as answer:
        return str(answer.read().decode())


@pytest.fixture(params=["python", "nginx"])
def kind(request: pytest.FixtureRequest) -> str:
    """A web server that is there."""
    if request.param == "nginx" and NGINX is None:
        missing("nginx", "there is no nginx (apt-get install nginx-light)")
    return str(request.param)


def test_readers_get_whole_pages_while_the_site_is_written_anew(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "site"
    write_site(folder, look(1), "now")
    with server(kind, folder, tmp_path) as address:
        for turn in range(2, TURNS):
            write_site(folder, look(turn), "now")
            assert {turn_of(read(f"{address}/{place}.html")) for place in range(PAGES)} == {turn}
        with pytest.raises(urllib.error.HTTPError, match="404"):
            read(f"{address}/absent.html")


@pytest.mark.chromium
def test_a_browser_shows_the_pages(tmp_path: Path, kind: str, chromium: "Browser") -> None:
    folder = tmp_path / "site"
    write_site(folder, look(1), "now")
    with server(kind, folder, tmp_path) as address, watched_page(chromium) as page:
        page.goto(f"{address}/0.html")
        write_site(folder, look(2), "now")
        page.reload()
        assert page.inner_text("h1") == "Turn 2"
        assert page.evaluate("typeof DataTable") == "function"
