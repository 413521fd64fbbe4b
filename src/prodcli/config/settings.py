"""Configuration: prodcli.yaml over the built-in site profile, with the source of every value.

In a testbed (a marker file, or `testbed` in the path) the section `testbed:` replaces databases, batch system, roots
and campaign folder together. Without the section nothing is done in a testbed.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from prodcli.config.find_config import looks_so
from prodcli.config.option_defaults import require_by_verb
from prodcli.config.profile import DIRECTORIES, OF_KIT, Site, site_from_mapping
from prodcli.config.yaml_files import read_yaml
from prodcli.config.zones import zone_named
from prodcli.errors import ConfigError
from prodcli.names import did_you_mean, is_text
from prodcli.plain_values import as_word, whole_number
from prodcli.resources import profile_file, profile_names
from prodcli.secrets import hide_secrets
from prodcli.sizes import parse_mb

if TYPE_CHECKING:
    from prodcli.db.postgresql import Timeouts
    from prodcli.runs.selector import Source

MARKER = ".testbed"
DATABASES = ("production", "production_read", "filecatalog", "raw", "daq")
_DEFAULTS: dict[str, Any] = {
    "profile": "sphenix",
    "batch": {
        **{"system": "local", "queue": "batch.db", "schedds": [], "collector": "", "condor_config": ""},
        "history": "file",
        "max_memory": "",
    },
    "campaigns": "campaigns",
    "logs": "logs",
    "templates": "",
    "errors": "errors.yaml",
    "notices": {"command": "", "timeout": 20, "failure_percent": 50},
    "timeouts": {"login": 20, "report": 300, "plan": 3600},
    **{"lost_grace": 600, "sweep_every": 600, "time_zone": "UTC"},
}
_CHOICES = {"system": ("local", "htcondor"), "history": ("file", "schedd")}  # of batch
_SECTIONS = {"databases": set(DATABASES)} | {one: set(_DEFAULTS[one]) for one in ("batch", "notices", "timeouts")}
_KEYS = {*_DEFAULTS, *_SECTIONS, "roots", "selectors", "site", "testbed", "defaults"}
_TESTBED_KEYS = {"databases", "batch", "campaigns", "logs", "roots"}
_IN_DATABASE = re.compile(r"databases\.\w+\..*")
_SECONDS = ("lost_grace", "sweep_every", "notices.timeout", *(f"timeouts.{one}" for one in _DEFAULTS["timeouts"]))
_WHOLE = {**{key: "seconds" for key in _SECONDS}, "notices.failure_percent": "percent"}
_TEXTS = re.compile(
    r"profile|campaigns|logs|templates|errors|time_zone|notices\.command|(databases|site\.roots)\.\w+|batch\.(?!schedds)\w+"
)


@dataclass(frozen=True)
class Value:
    """An effective value and its source."""

    value: Any
    origin: str


@dataclass(frozen=True)
class Config:
    """The effective configuration. Paths are absolute; relative paths count from the folder of prodcli.yaml."""

    file: Path
    testbed: str  # why this is a testbed; empty in production
    values: Mapping[str, Value]  # by dotted key; the site profile's own keys start with `site.`

    @property
    def mode(self) -> str:
        """Where the commands act, in words: production, or testbed and why."""
        return f"testbed ({self.testbed})" if self.testbed else "production"

    @cached_property
    def site(self) -> Site:
        """The site profile."""
        data: dict[str, Any] = {}
        for key, value in self.values.items():
            if key.startswith("site."):
                _put(data, _site_keys(key), value.value)
        data |= {"folder": str(self.file.parent), "home": _home(), "relocate": bool(self.testbed)}
        site = site_from_mapping(str(self.values["profile"].value), data)
        roots = {kind: root and os.path.normpath(self.path(root)) for kind, root in site.roots.items()}
        kit = tuple(file if file.startswith(OF_KIT) else str(self.path(file)) for file in site.kit)
        folder = site.kit_folder and str(self.path(site.kit_folder))
        return replace(site, roots=MappingProxyType(roots), kit=kit, kit_folder=folder)

    @cached_property
    def selectors(self) -> "dict[str, Source]":
        """The run selectors of the configuration."""
        from prodcli.runs.selector import read_sources

        data: dict[str, Any] = {}
        for key, value in self.values.items():
            if key.startswith("selectors."):
                _put(data, key.split(".")[1:], value.value)
        return read_sources(data, str(self.file))

    def url(self, database: str) -> str:
        """The URL of a database by its role, or the URL itself; raises ConfigError for a role without a URL."""
        found = self.values.get(f"databases.{database}")
        if found is None and database == "production_read":
            return self.url("production")
        if found is None and database in DATABASES:
            raise ConfigError(f"databases.{database} is missing", where=str(self.file))
        url = str(found.value) if found else database
        if url.startswith("sqlite:///"):
            return f"sqlite:///{self.path(url.removeprefix('sqlite:///'))}"
        return url

    def timeouts(self, database: str) -> "Timeouts":
        """The time limits for the server of a database, in seconds, by its role: short for reports, long for plans."""
        from prodcli.db.postgresql import Timeouts

        statement = "report" if database == "production_read" else "plan"
        return Timeouts(self.get("timeouts.login"), self.get(f"timeouts.{statement}"))

    def path(self, text: str) -> Path:
        """A path of the configuration, from the file's folder; raises ConfigError for an unknown home folder."""
        try:
            return self.file.parent / Path(text).expanduser()
        except RuntimeError as failure:
            raise ConfigError(f"{text!r}: {failure}", where=str(self.file)) from None

    def get(self, key: str) -> Any:
        """A value by dotted key."""
        return self.values[key].value

    @property
    def zone(self) -> tzinfo:
        """The time zone of the times that people see; raises ConfigError for a name that this host does not know."""
        found = self.values["time_zone"]
        try:
            return zone_named(found.value)
        except ValueError as failure:
            raise ConfigError(f"time_zone: {failure}", where=found.origin) from None

    @property
    def max_memory(self) -> int | None:
        """The most memory in MB that a job may request; None without `batch.max_memory`."""
        return parse_mb(self.get("batch.max_memory")) if self.get("batch.max_memory") else None

    @property
    def campaigns(self) -> Path:
        """The folder of rendered submissions and locks."""
        return self.path(self.get("campaigns"))

    @property
    def logs(self) -> Path:
        """The folder of prodcli's own rotated log."""
        return self.path(self.get("logs"))

    @property
    def templates(self) -> Path | None:
        """The folder of the site's own templates, if it has one; raises ConfigError if the folder does not exist."""
        if not self.get("templates"):
            return None
        folder = self.path(self.get("templates"))
        if not folder.is_dir():
            raise ConfigError(f"templates: the folder {folder} does not exist", where=str(self.file))
        return folder


def built_in_site() -> Site:
    """The built-in site profile, for reading rule files without a configuration."""
    name = _DEFAULTS["profile"]
    return site_from_mapping(name, _built_in_profile(name) | {"home": _home()})


def load_config(file: Path, here: Path, force_testbed: bool = False) -> Config:
    """Read a configuration, which the working directory `here` may make a testbed; raises ConfigError for a wrong value."""
    for path in (file, here):
        if not is_text(str(path)):
            raise ConfigError("the path is not UTF-8 text, which books and batch systems take", where=str(path))
    data = read_yaml(file, ConfigError)
    _check(data, file)
    testbed = "asked for by --testbed" if force_testbed else _testbed(file, here)
    values = _flatten(_DEFAULTS, "", "built-in default")
    profile = str(data.get("profile", _DEFAULTS["profile"]))
    built_in = _profile(profile, file)
    _known(data.get("site") or {}, set(built_in), "site.", file)
    values |= _flatten(built_in, "site.", f"profile {profile}")
    values |= _flatten(data.get("site") or {}, "site.", f"{file}: site")
    own = {key: value for key, value in data.items() if key not in ("site", "testbed", "roots")}
    values |= _flatten(own, "", str(file))
    values |= _flatten(data.get("roots") or {}, "site.roots.", f"{file}: roots")
    if testbed:
        section = data.get("testbed")
        if not section:
            raise ConfigError(
                f"this is a testbed ({testbed}), but there is no testbed section; nothing is done with production's databases",
                where=str(file),
                todo="add testbed: with databases, batch, roots, campaigns",
            )
        values = _switch(values, section, f"{file}: testbed")
    return Config(file, testbed, _typed(values))


def _testbed(file: Path, here: Path) -> str:
    for folder in (here, file.parent):
        for above in (folder, *folder.parents):
            if looks_so(Path.exists, above / MARKER):
                return f"marker file {above / MARKER}"
        if "testbed" in str(folder):
            return f"path {folder}"
    return ""


def _switch(values: dict[str, Value], section: Mapping[str, Any], origin: str) -> dict[str, Value]:
    """Replace production's databases, batch system, roots and folders by the testbed's."""
    for key in ("databases", "roots", "campaigns"):
        if key not in section:
            raise ConfigError(f"testbed.{key} is missing; a testbed switches all of it", where=origin)
    kept = {key: value for key, value in values.items() if not key.startswith(("databases.", "batch."))}
    kept |= _flatten(_DEFAULTS["batch"], "batch.", "built-in default")
    roots = section["roots"]
    if isinstance(roots, str):
        roots = dict.fromkeys(DIRECTORIES, roots)
    missing = set(DIRECTORIES) - set(roots)
    if missing:
        raise ConfigError(f"testbed.roots lacks {', '.join(sorted(missing))}", where=origin)
    own = {key: value for key, value in section.items() if key != "roots"}
    return kept | _flatten(own, "", origin) | _flatten(roots, "site.roots.", origin)


def _check(data: Mapping[str, Any], file: Path) -> None:
    """Raise ConfigError for unknown keys, and for sections that are no mapping."""
    _known(data, _KEYS, "", file)
    require_by_verb(data.get("defaults") or {}, file)
    for section in ("roots", "site", "testbed"):
        if not isinstance(data.get(section) or {}, Mapping):
            raise ConfigError(f"{section} must be a mapping", where=str(file))
    if data.get("selectors"):
        from prodcli.runs.selector import read_sources

        read_sources(data["selectors"], str(file))
    testbed = data.get("testbed") or {}
    _known(testbed, _TESTBED_KEYS, "testbed.", file)
    _known(data.get("roots") or {}, set(DIRECTORIES), "roots.", file)
    if not isinstance(testbed.get("roots"), str):
        _known(testbed.get("roots") or {}, set(DIRECTORIES), "testbed.roots.", file)
    for layer, prefix in ((data, ""), (testbed, "testbed.")):
        for section, known in _SECTIONS.items():
            _known(layer.get(section) or {}, known, f"{prefix}{section}.", file)
        for key, allowed in _CHOICES.items():
            value = (layer.get("batch") or {}).get(key, allowed[0])
            if value not in allowed:
                words = ", ".join(allowed)
                raise ConfigError(f"{prefix}batch.{key} is {value!r}; allowed: {words}", where=str(file))


def _typed(values: Mapping[str, Value]) -> dict[str, Value]:
    """Check words and numbers by their type; raises ConfigError for any other value."""
    return {key: Value(_of_kind(key, value), value.origin) for key, value in values.items()}


def _of_kind(key: str, found: Value) -> Any:
    value = found.value
    if _IN_DATABASE.fullmatch(key):
        raise ConfigError(f"{key.rpartition('.')[0]} must be a URL, not a mapping", where=found.origin)
    if _TEXTS.fullmatch(key):
        if not isinstance(as_word(value), str):
            raise ConfigError(f"{key} must be a text (it says {_shown(value)})", where=found.origin)
        if key == "batch.max_memory" and value:
            _require_memory(key, found)
        return as_word(value)
    if key == "batch.schedds":
        names = [as_word(name) for name in value] if isinstance(value, list) else [None]
        if not all(isinstance(name, str) for name in names):
            raise ConfigError(f"{key} must be a list of names (it says {_shown(value)})", where=found.origin)
        return names
    return _whole(key, found) if key in _WHOLE else value


def _require_memory(key: str, found: Value) -> None:
    try:
        parse_mb(found.value)
    except ValueError as failure:
        raise ConfigError(f"{key}: {failure}", where=found.origin) from None


def _whole(key: str, found: Value) -> int:
    try:
        number, fault = whole_number(found.value), f" (it says {_shown(found.value)})"
    except ValueError as err:
        number, fault = -1, f": {hide_secrets(str(err))}"
    if number < 0:
        raise ConfigError(f"{key} must be a number of {_WHOLE[key]}{fault}", where=found.origin)
    return number


def _shown(value: object) -> str:
    """A value for a message; secrets are hidden before the value is cut."""
    return f"{hide_secrets(str(value))!r:.60}" if isinstance(value, str | list | dict) else f"{value!r:.60}"


def _known(values: object, known: set[str], prefix: str, file: Path) -> None:
    if not isinstance(values, Mapping):
        raise ConfigError(f"{prefix.rstrip('.')} must be a mapping", where=str(file))
    for key in values:
        if key not in known:
            raise ConfigError(f"unknown key '{prefix}{key}'{did_you_mean(str(key), known)}", where=str(file))


def _profile(name: str, file: Path) -> dict[str, Any]:
    own = file.parent / name
    if name.endswith((".yaml", ".yml")):
        return read_yaml(own, ConfigError)
    if name not in profile_names():
        raise ConfigError(f"there is no site profile {name!r}{did_you_mean(name, profile_names())}", where=str(file))
    return _built_in_profile(name)


@cache
def _built_in_profile(name: str) -> dict[str, Any]:
    """A profile that is shipped, read once: a loop reads its configuration at each pass."""
    return read_yaml(profile_file(name), ConfigError)


def _flatten(data: Mapping[str, Any], prefix: str, origin: str) -> dict[str, Value]:
    """Turn sections into dotted keys, so that one key can be overridden; deeper mappings stay values."""
    flat: dict[str, Value] = {}
    depth = 3 if prefix.startswith("site.defaults.") else 2
    for key, value in data.items():
        if isinstance(value, Mapping) and prefix.count(".") < depth and value:
            flat |= _flatten(value, f"{prefix}{key}.", origin)
        else:
            flat[prefix + str(key)] = Value(value, origin)
    return flat


def _site_keys(key: str) -> list[str]:
    """The keys of a site's value, as _flatten has joined them; the last of them may have dots."""
    return key.split(".", 3 if key.startswith("site.defaults.") else 2)[1:]


def _put(data: dict[str, Any], keys: list[str], value: Any) -> None:
    """Put a value where its keys lead; a mapping is copied, as further keys may lead into it."""
    for key in keys[:-1]:
        data = data.setdefault(key, {})
    data[keys[-1]] = dict(value) if isinstance(value, Mapping) else value


def _home() -> str:
    """The home folder of the user; empty if unknown."""
    home = os.path.expanduser("~")  # noqa: PTH111 - Path raises an error where there is none
    return home if home.startswith("/") else ""
