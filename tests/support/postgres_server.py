"""A throw-away PostgreSQL server made from installed binaries, reached over TCP and ODBC."""

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

DRIVER = "PostgreSQL Unicode"
DRIVER_FILES = ("lib/*/odbc/psqlodbcw.so", "lib64/psqlodbcw.so")
BINARIES = ("initdb", "postgres", "psql", "pg_isready", "pg_basebackup")
ACCOUNTS = ("postgres", "nobody")
PORTS_TRIED = 3
STRATEGIES = 15  # the first version that has a choice of ways to copy a database
START_SECONDS = 60
MEMORY = Path("/dev/shm")  # noqa: S108 - a fresh folder is made there
MEMORY_NEEDED = 6e9  # bytes; a few hundred databases of 8 MB, and what is kept for recovery
STOP_SECONDS = 30
UNCHANGED = """
SELECT 1 FROM pg_stat_database s JOIN pg_database d ON d.oid = s.datid
WHERE d.datname = ? AND s.numbackends = ? AND s.tup_inserted + s.tup_updated + s.tup_deleted = 0
AND d.datallowconn AND d.datacl IS NULL AND NOT EXISTS (SELECT 1 FROM pg_db_role_setting r WHERE r.setdatabase = d.oid)"""
CUT = ("08", "57P0")  # SQLSTATEs of a session that a test, or the end of its server, has ended
# Durable is slow and of no use here; the zone is one that a session which forgets to set its own gets wrong.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "America/New_York",
    "max_connections": "200",
    "dynamic_shared_memory_type": "mmap",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


@cache
def binaries() -> Path | None:
    """Return the newest folder that holds all programs of a PostgreSQL server, or None."""
    places = []
    if found := shutil.which("initdb"):
        places.append(Path(found).resolve().parent)
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        places.append(Path(answer.stdout.strip()))
    usr = Path("/usr")
    installed = [*usr.glob("lib/postgresql/*/bin"), *usr.glob("pgsql-*/bin")]
    places += sorted(installed, key=_version, reverse=True)
    return next((place for place in places if all((place / name).is_file() for name in BINARIES)), None)


def _version(folder: Path) -> int:
    """Return the major version in `.../15/bin` or `.../pgsql-15/bin`."""
    digits = folder.parent.name.rpartition("-")[2].partition(".")[0]
    return int(digits) if digits.isdigit() else 0


@cache
def odbc_driver() -> str | None:
    """Return what to write after `DRIVER=`: the registered name, else the driver's file, else None."""
    import pyodbc

    if DRIVER in pyodbc.drivers():
        return f"{{{DRIVER}}}"
    files = [str(file) for pattern in DRIVER_FILES for file in sorted(Path("/usr").glob(pattern))]
    return files[0] if files else None


@cache
def account() -> pwd.struct_passwd | None:
    """Return the ordinary user that runs the server when we are root, which it refuses to be run by."""
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next((known[name] for name in ACCOUNTS if name in known), None)


def why_missing() -> str | None:
    """Say in one line why PostgreSQL over ODBC cannot be used here, or return None if it can."""
    if binaries() is None:
        return "no PostgreSQL server programs (initdb, postgres, psql) found"
    if os.geteuid() == 0 and account() is None:
        return f"PostgreSQL does not run as root, and there is no user {' or '.join(ACCOUNTS)}"
    try:
        driver = odbc_driver()
    except ImportError as error:
        return f"pyodbc cannot be imported: {error}"
    return None if driver else f"no ODBC driver '{DRIVER}' registered, and no psqlodbcw.so found"


def psql(port: int, database: str, sql: str) -> str:
    """Run SQL or psql commands as the superuser and return the rows, tab-separated."""
    options = ["-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"]
    return _client(port, "psql", *options, text=sql)


def _client(port: int, program: str, *words: str, text: str = "") -> str:
    """Run one of PostgreSQL's client programs; a failure raises with what it said."""
    command = [_program(program), "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", *words]
    done = subprocess.run(command, input=text, capture_output=True, text=True, env=_environment(), check=False)
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stderr.strip()}")
    return done.stdout


def _program(name: str) -> str:
    """Return the full path of a PostgreSQL program."""
    folder = binaries()
    if folder is None:
        raise RuntimeError(why_missing())
    return str(folder / name)


@cache
def _strategy() -> str:
    """How the server copies a database: as files, which costs half as much where they lie in memory."""
    folder = binaries()
    return " STRATEGY file_copy" if folder is not None and _version(folder) >= STRATEGIES else ""


def _environment() -> dict[str, str]:
    """Return the environment without the variables by which PostgreSQL's programs may be led elsewhere."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PG")} | {"LC_ALL": "C"}


def _has_room(folder: Path) -> bool:
    """Tell whether a folder has room for a data directory."""
    return folder.is_dir() and shutil.disk_usage(folder).free > MEMORY_NEEDED


def _free_port() -> int:
    """Return a TCP port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """One PostgreSQL server with its own data directory; use it as a context manager."""

    def __init__(self, in_memory: bool = False, **settings: str) -> None:
        """Prepare nothing yet: `start` does. Settings come on top of those that all have.

        `in_memory` keeps its files there if there is room: it makes databases ten times faster.
        """
        self.port = 0
        self._parent = MEMORY if in_memory and _has_room(MEMORY) else None
        self._settings = SETTINGS | settings
        self._folder: Path | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._session: Any = None
        self._was_shut = False

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()

    def start(self) -> None:
        """Make the data directory and wait until the server answers."""
        if reason := why_missing():
            raise RuntimeError(reason)
        atexit.register(self.stop)
        try:
            self._make()
            if not any(self._serve(_free_port()) for _ in range(PORTS_TRIED)):
                raise RuntimeError(f"PostgreSQL did not start: {self._log_tail()}")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server and remove its directory; a second call does nothing."""
        atexit.unregister(self.stop)
        self._forget_session()
        if self._server is not None:
            self._end(self._server)
            self._server = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        self.port = 0

    def shut(self, immediate: bool = False) -> None:
        """Stop the server and keep its data; `immediate` is a crash, after which it has to recover."""
        self._was_shut = True
        self._forget_session()
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
            self._server.wait(STOP_SECONDS)

    def open_again(self) -> None:
        """Start a server that was shut, on the same port."""
        if not self._serve(self.port):
            raise RuntimeError(f"PostgreSQL did not start again: {self._log_tail()}")

    def odbc(self, database: str) -> str:
        """Return the URL of a database for prodcli.yaml."""
        where = f"SERVER=127.0.0.1;PORT={self.port};DATABASE={database};UID=postgres"
        return f"odbc:DRIVER={odbc_driver()};{where}"

    def psql(self, database: str, sql: str) -> str:
        """Run SQL or psql commands as the superuser and return the rows, tab-separated."""
        return psql(self.port, database, sql)

    def create(self, database: str, template: str | None = None) -> None:
        """Make a database, empty or as a copy of another."""
        source = f' TEMPLATE "{template}"' if template else ""
        self._run(f'CREATE DATABASE "{database}"{source}{_strategy()}')

    def drop(self, database: str) -> None:
        """Remove a database if it is there, whoever is still connected."""
        self._run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def is_unchanged(self, database: str, sessions: int) -> bool:
        """True if nothing was written into a database since it was made, and so many sessions are on it.

        The server counts what is written, rolled back or not, and its catalogs, too. A crash would set the counts to 0.
        """
        if self._was_shut or not _strategy():  # servers without a choice of strategies count late, too
            return False
        return self._run(UNCHANGED, database, sessions).fetchone() is not None

    def _run(self, statement: str, *values: object) -> Any:
        """Run a statement that wants no transaction, on a session that stays: a new one costs as much as a database."""
        import pyodbc

        try:
            return self._open_session().execute(statement, *values)
        except pyodbc.Error as error:
            self._forget_session()
            if not str(error.args[0]).startswith(CUT):
                raise
            return self._open_session().execute(statement, *values)

    def _open_session(self) -> Any:
        """The session for statements about databases."""
        import pyodbc

        if self._session is None:
            self._session = pyodbc.connect(self.odbc("postgres").removeprefix("odbc:"), autocommit=True)
        return self._session

    def _forget_session(self) -> None:
        """Close the session, as the server is about to end or has ended it."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _make(self) -> None:
        """Run initdb."""
        self._make_folder()
        options = ["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"]
        server = self._spawn("initdb", *options, "-D", str(self._folder / "data"))
        if server.wait():
            raise RuntimeError(f"initdb failed: {self._log_tail()}")

    def _make_folder(self) -> None:
        """Make a fresh folder that the server's user owns."""
        self._folder = Path(tempfile.mkdtemp(prefix="prodcli-pg-", dir=self._parent))
        user = account() if os.geteuid() == 0 else None
        if user:
            os.chown(self._folder, user.pw_uid, user.pw_gid)

    def _serve(self, port: int) -> bool:
        """Start the server on a port; False if it ended, as when another program took the port."""
        self.port = port
        settings = [word for key, value in self._settings.items() for word in ("-c", f"{key}={value}")]
        data = str(self._folder_in_use() / "data")
        self._server = self._spawn("postgres", "-D", data, "-p", str(self.port), *settings)
        deadline = time.monotonic() + START_SECONDS
        while self._server.poll() is None:
            if self._answers():
                return True
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not answer in {START_SECONDS} s: {self._log_tail()}")
            time.sleep(0.05)
        return False

    def _answers(self) -> bool:
        """Tell whether the server takes connections."""
        try:
            _client(self.port, "pg_isready", "-t", "1")
        except RuntimeError:
            return False
        return True

    def _spawn(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        """Start a server program as an ordinary user, with its output in the log file."""
        folder = self._folder_in_use()
        user = account() if os.geteuid() == 0 else None
        with (folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                [_program(program), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env=_environment() | {"HOME": str(folder)},
                start_new_session=True,
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            )

    def _end(self, server: subprocess.Popen[bytes]) -> None:
        """Ask the server to end at once, then insist."""
        for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if server.poll() is not None:
                return
            server.send_signal(sign)
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue

    def _folder_in_use(self) -> Path:
        """Return the cluster's folder, which must have been made."""
        if self._folder is None:
            raise RuntimeError("the PostgreSQL cluster is not started")
        return self._folder

    def _log_tail(self) -> str:
        """Return the last lines of the server's log."""
        lines = (self._folder_in_use() / "server.log").read_text(errors="replace").splitlines()
        return " | ".join(lines[-5:])


class Replica(Cluster):
    """A streaming replica of a cluster, which shows each change some seconds late."""

    def __init__(self, primary: Cluster, seconds: int) -> None:
        """Prepare nothing yet: `start` does."""
        super().__init__(recovery_min_apply_delay=f"{seconds}s", hot_standby="on")
        self._primary = primary

    def _make(self) -> None:
        """Copy the primary as it is now."""
        self._make_folder()
        data = str(self._folder_in_use() / "data")
        options = [
            "-h",
            "127.0.0.1",
            "-p",
            str(self._primary.port),
            "-U",
            "postgres",
            "-X",
            "stream",
            "-c",
            "fast",
            "-R",
        ]
        if self._spawn("pg_basebackup", *options, "-D", data).wait():
            raise RuntimeError(f"pg_basebackup failed: {self._log_tail()}")
