"""The text of a new prodcli.yaml.

Pure: data in, data out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prodcli.config.profile import DIRECTORIES
from prodcli.names import TOKEN

LOCAL, HTCONDOR = "local", "htcondor"
LOCAL_ROOT = "output"  # where jobs of the local batch write, unless somebody says otherwise
# The databases of a new configuration with what each holds.
DATABASES = {
    "production": "the books",
    "production_read": "the replica of the books, for reports",
    "filecatalog": "the file catalog: produced files",
    "raw": "the raw catalog: raw files",
    "daq": "the run catalog",
}
_SQLITE_ENDS = (".db", ".sqlite", ".sqlite3")


@dataclass(frozen=True)
class NewConfig:
    """What a new configuration says: URLs of databases by role, batch system, and one root for all that jobs write.

    Without `root` the roots are those of the profile; without `schedds` the schedd of the host is asked.
    """

    databases: Mapping[str, str] = field(default_factory=dict)
    system: str = LOCAL
    schedds: Sequence[str] = ()
    collector: str = ""
    root: str = ""
    profile: str = "sphenix"

    @property
    def text(self) -> str:
        """The file."""
        return "\n".join(_lines(self)) + "\n"


def sqlite_databases() -> dict[str, str]:
    """The databases of a configuration that needs no server, from the folder of prodcli.yaml."""
    return {role: f"sqlite:///databases/{role}.db" for role in DATABASES if role != "production_read"}


def database_url(said: str) -> str:
    """The URL that people mean: a URL, the words of an ODBC connection, a SQLite file, or a data source of odbc.ini."""
    if said.startswith(("sqlite:", "odbc:")):
        return said
    if "=" in said:
        return f"odbc:{said}"
    return f"sqlite:///{said}" if "/" in said or said.endswith(_SQLITE_ENDS) else f"odbc:DSN={said}"


def _lines(new: NewConfig) -> Iterator[str]:
    yield "# The configuration of prodcli. Relative paths count from this folder; docs/configuration.md has every key."
    yield f"profile: {_quoted(new.profile)}"
    yield "databases:"
    urls = {role: _quoted(url) for role, url in new.databases.items()}
    role_width, url_width = max(map(len, urls)) + 1, max(map(len, urls.values()))
    for role, holds in DATABASES.items():
        if role in urls:
            yield f"  {role + ':':<{role_width}} {urls[role]:<{url_width}}  # {holds}"
    yield "batch:"
    yield f"  system: {new.system}" + ("  # prodcli local run executes the jobs" if new.system == LOCAL else "")
    if new.schedds:
        yield f"  schedds: [{', '.join(map(_quoted, new.schedds))}]  # new jobs go to the first"
    if new.collector:
        yield f"  collector: {_quoted(new.collector)}"
    if new.root:
        yield "roots:  # below which jobs write"
        yield from (f"  {kind + ':':<9} {_quoted(new.root)}" for kind in DIRECTORIES)


def _quoted(text: str) -> str:
    """A text as YAML reads it, in quotes if it is more than a word."""
    if TOKEN.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
