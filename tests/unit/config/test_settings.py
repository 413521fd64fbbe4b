"""Configuration: where it is found, where values come from, and a testbed that switches everything or refuses."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from prodcli.config.find_config import FILE, current_folder, find_config
from prodcli.config.profile import DIRECTORIES
from prodcli.config.settings import MARKER, Config, load_config
from prodcli.db.connect import open_database
from prodcli.errors import ConfigError
from prodcli.secrets import hide_secrets
from tests.support.workspace import make_workspace

DATABASES = {"production": "sqlite:///books.db", "filecatalog": "sqlite:////abs/f.db", "daq": "odbc:DSN=daq;PWD=x"}
BED = {"databases": {"production": "sqlite:///bed.db"}, "campaigns": "bed", "roots": "/bed"}


def write(folder: Path, **data: Any) -> Path:
    """Write a prodcli.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / FILE
    file.write_text(yaml.safe_dump(data))
    return file


def load(folder: Path, here: Path | None = None, force_testbed: bool = False, **data: Any) -> Config:
    """Write and load a configuration."""
    return load_config(write(folder, **data), here or folder, force_testbed)


def test_found_in_the_order_of_the_design(tmp_path: Path) -> None:
    given, named, above = write(tmp_path / "given"), write(tmp_path / "named"), write(tmp_path / "work")
    home, xdg = write(tmp_path / "home/.config/prodcli"), write(tmp_path / "xdg/prodcli")
    here, away = tmp_path / "work/deep/er", tmp_path / "away"
    here.mkdir(parents=True)
    away.mkdir()
    every = {"PRODCLI_SITE": str(named), "XDG_CONFIG_HOME": str(tmp_path / "xdg"), "HOME": str(tmp_path / "home")}
    assert find_config(given, every, here) == given
    assert find_config(given.parent, every, here) == given
    assert find_config(None, every, here) == named
    del every["PRODCLI_SITE"]
    assert find_config(None, every, here) == above
    assert find_config(None, every, away) == xdg
    del every["XDG_CONFIG_HOME"]
    assert find_config(None, every, away) == home
    with pytest.raises(ConfigError, match=r"no prodcli\.yaml is found .*prodcli demo DIR makes one"):
        find_config(None, {}, away)
    with pytest.raises(ConfigError, match="--site names a file that does not exist"):
        find_config(tmp_path / "nobody", {}, here)
    with pytest.raises(ConfigError, match="PRODCLI_SITE names a file that does not exist"):
        find_config(None, {"PRODCLI_SITE": "x" * 5000}, here)


def test_every_value_says_where_it_came_from(tmp_path: Path) -> None:
    site = {"kit": ["/kit/x"], "defaults": {"job": {"priority": 1}}, "detectors": {"TPOT": {"hosts": ["ebdc40"]}}}
    config = load(tmp_path, databases=DATABASES, lost_grace=5, roots={"outdir": "/mine"}, site=site)
    origins = {key: value.origin for key, value in config.values.items()}
    file = str(config.file)
    assert origins["databases.daq"] == origins["lost_grace"] == file
    assert origins["batch.system"] == origins["campaigns"] == "built-in default"
    assert origins["site.roots.outdir"] == f"{file}: roots"
    assert origins["site.kit"] == origins["site.defaults.job.priority"] == f"{file}: site"
    assert origins["site.roots.logdir"] == origins["site.defaults.job.getenv"] == "profile sphenix"
    assert config.site.roots["outdir"] == "/mine"
    assert config.site.defaults["job"] | {"priority": 1, "getenv": "False"} == config.site.defaults["job"]
    assert [host.name for host in config.site.hosts if host.detector == "TPOT"] == ["ebdc40"]
    assert config.site.roots["logdir"].startswith("/sphenix/")


def test_roots_and_kit_count_from_the_files_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    roots = {"outdir": "dsts", "finaldir": "../x/./y/", "logdir": "~/log", "histdir": "/", "condor": "~"}
    site = load(tmp_path, databases=DATABASES, roots=roots, site={"kit": ["kit/*", "~/k"]}).site
    assert dict(site.roots) == {
        "outdir": f"{tmp_path}/dsts", "finaldir": f"{tmp_path.parent}/x/y", "logdir": "/home/me/log",
        "histdir": "", "condor": "/home/me",
    }  # fmt: skip
    assert site.kit == (f"{tmp_path}/kit/*", "/home/me/k")
    assert (site.folder, site.home) == (str(tmp_path), "/home/me")
    bed = load(tmp_path, databases=DATABASES, testbed=BED | {"roots": "bed"}, force_testbed=True)
    assert set(bed.site.roots.values()) == {f"{tmp_path}/bed"}


def test_paths_count_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    config = load(tmp_path, databases=DATABASES, campaigns="c", templates="own")
    assert config.url("production") == f"sqlite:///{tmp_path}/books.db"
    assert config.url("production_read") == config.url("production")
    assert config.url("filecatalog") == "sqlite:////abs/f.db"
    assert config.url("daq") == "odbc:DSN=daq;PWD=x"
    assert (config.campaigns, config.templates) == (tmp_path / "c", tmp_path / "own")
    (tmp_path / "own").rmdir()
    with pytest.raises(ConfigError, match="templates: the folder .* does not exist"):
        _ = config.templates
    with pytest.raises(ConfigError, match=r"databases\.raw is missing"):
        config.url("raw")


def test_an_own_profile_is_a_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("default_runs: [1, 2]\n")
    config = load(tmp_path, profile="mine.yaml")
    assert config.get("site.default_runs") == [1, 2]
    with pytest.raises(ConfigError, match="'detectors' is missing in the site profile 'mine.yaml'"):
        _ = config.site


# ---- testbed (a word that names of these tests avoid: they become paths)


def test_a_bed_by_marker_path_or_flag(tmp_path: Path) -> None:
    assert load(tmp_path / "plain", testbed=BED).testbed == ""
    assert load(tmp_path / "plain", testbed=BED, force_testbed=True).testbed == "asked for by --testbed"
    assert load(tmp_path / "my-testbed/x", testbed=BED).testbed.startswith("path ")
    assert load(tmp_path / "plain", here=tmp_path / "testbed", testbed=BED).testbed.startswith("path ")
    marked = tmp_path / "marked"
    marked.mkdir()
    (marked / MARKER).touch()
    assert load(marked, here=tmp_path, testbed=BED).testbed == f"marker file {marked / MARKER}"
    assert load(tmp_path / "plain", here=marked, testbed=BED).mode == f"testbed (marker file {marked / MARKER})"
    assert load(tmp_path / "plain").mode == "production"


def test_a_bed_takes_nothing_of_production(tmp_path: Path) -> None:
    batch = {"system": "htcondor", "schedds": ["real"]}
    config = load(
        tmp_path, databases=DATABASES, batch=batch, roots={"outdir": "/real"}, testbed=BED, force_testbed=True
    )
    assert [key for key in config.values if key.startswith("databases.")] == ["databases.production"]
    assert (config.get("batch.system"), config.get("batch.schedds")) == ("local", [])
    assert set(config.site.roots.values()) == {"/bed"}
    assert config.site.relocate
    assert config.campaigns == tmp_path / "bed"
    with pytest.raises(ConfigError, match=r"databases\.daq is missing"):
        config.url("daq")
    assert not load(tmp_path, testbed=BED).site.relocate


@pytest.mark.parametrize(
    ("section", "says"),
    [
        (None, "this is a testbed .*, but there is no testbed section; nothing is done with production's databases"),
        ({}, "there is no testbed section"),
        ({"roots": "/bed", "campaigns": "c"}, r"testbed\.databases is missing; a testbed switches all of it"),
        ({"databases": {}, "campaigns": "c"}, r"testbed\.roots is missing"),
        ({"databases": {}, "roots": "/bed"}, r"testbed\.campaigns is missing"),
        (BED | {"roots": {"outdir": "/bed"}}, r"testbed\.roots lacks condor, finaldir, histdir, logdir"),
        (BED | {"roots": dict.fromkeys(DIRECTORIES, "/b") | {"outdri": "/"}}, r"unknown key 'testbed\.roots\.outdri'"),
        (BED | {"batch": {"system": "slurm"}}, r"testbed\.batch\.system is 'slurm'; allowed: local, htcondor"),
        (BED | {"lost_grace": 1}, r"unknown key 'testbed\.lost_grace'"),
    ],
)
def test_half_a_bed_is_refused(tmp_path: Path, section: Any, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load(tmp_path, databases=DATABASES, testbed=section, force_testbed=True)


# ---- what is wrong


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"databses": {}}, "unknown key 'databses'; did you mean 'databases'"),
        ({"databases": {"producton": "x"}}, r"unknown key 'databases\.producton'; did you mean 'production'"),
        ({"batch": {"sytem": "local"}}, r"unknown key 'batch\.sytem'; did you mean 'system'"),
        ({"roots": {"outdri": "/x"}}, r"unknown key 'roots\.outdri'; did you mean 'outdir'"),
        ({"site": {"detektors": {}}}, r"unknown key 'site\.detektors'; did you mean 'detectors'"),
        ({"batch": {"system": "slurm"}}, "batch.system is 'slurm'; allowed: local, htcondor"),
        ({"batch": {"history": "both"}}, "batch.history is 'both'; allowed: file, schedd"),
        ({"profile": "sphenx"}, "there is no site profile 'sphenx'; did you mean 'sphenix'"),
        ({"profile": "mine.yaml"}, "mine.yaml: the file does not exist"),
        ({"databases": "x"}, "databases must be a mapping"),
        ({"batch": []}, None),
        ({"batch": ["x"]}, "batch must be a mapping"),
        ({"site": "x"}, "site must be a mapping"),
        ({"testbed": "x"}, "testbed must be a mapping"),
        ({"databases": {"production": [5]}}, "databases.production must be a text .it says ..5"),
        ({"databases": {"production": ["a"]}}, "databases.production must be a text"),
        ({"campaigns": None}, "campaigns must be a text .it says None"),
        ({"batch": {"queue": [1.5]}}, "batch.queue must be a text"),
        ({"batch": {"schedds": "sub1"}}, "batch.schedds must be a list of names"),
        ({"batch": {"schedds": [None]}}, "batch.schedds must be a list of names"),
        ({"lost_grace": "10 min"}, "lost_grace must be a number of seconds"),
        ({"lost_grace": -1}, "lost_grace must be a number of seconds"),
        ({"sweep_every": 1.5}, "sweep_every must be a number of seconds"),
        ({"roots": {"outdir": None}}, "site.roots.outdir must be a text"),
    ],
)
def test_a_bad_key_is_one_line_with_what_is_allowed(tmp_path: Path, data: dict[str, Any], says: str | None) -> None:
    if says is None:
        assert load(tmp_path, **data).get("batch.system") == "local"
        return
    with pytest.raises(ConfigError, match=says):
        load(tmp_path, **data)


def test_a_key_of_the_site_may_have_dots(tmp_path: Path) -> None:
    site = {"outputs_per_job": {"run_x.sh": "4"}, "defaults": {"job": {"priority": 7}}}
    config = load(tmp_path, site=site)
    assert config.site.outputs_per_job["run_x.sh"] == 4
    assert config.site.defaults["job"]["priority"] == 7


def test_a_bad_profile_override_is_said_when_it_is_used(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="site profile 'sphenix' is malformed"):
        _ = load(tmp_path, site={"default_runs": "all"}).site
    with pytest.raises(ConfigError, match="~nobody_is_called_so"):
        load(tmp_path, campaigns="~nobody_is_called_so/x").path("~nobody_is_called_so/x")


def test_the_working_directory_is_as_people_typed_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, link = tmp_path / "real", tmp_path / "testbed"
    real.mkdir()
    link.symlink_to(real)
    monkeypatch.chdir(link)
    assert current_folder({"PWD": str(link)}) == link
    assert current_folder({"PWD": str(tmp_path)}) == real
    assert current_folder({"PWD": "relative"}) == current_folder({}) == real
    real.rmdir()
    with pytest.raises(ConfigError, match="does not exist any more"):
        current_folder({})


# ---- passwords


@pytest.mark.parametrize(
    "url",
    [
        "odbc:DSN=x;PWD=secret",
        "odbc:DSN=x;pwd = secret;UID=me",
        "odbc:PASSWORD={se;secret}}x};UID=me",
        "odbc:Pwd={secret",
        "postgresql://me:sec/secret@host/db",
    ],
)
def test_passwords_are_hidden(url: str) -> None:
    assert "secret" not in hide_secrets(url)
    assert "***" in hide_secrets(url)
    assert ("UID=me" in url) == ("UID=me" in hide_secrets(url))


def test_what_is_no_url_is_refused_without_its_password() -> None:
    with pytest.raises(ConfigError, match="is not a database URL") as caught:
        open_database("postgresql://me:secret@host/db")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("style", ["table", "json", "csv"])
def test_config_show_hides_passwords_and_names_origins(tmp_path: Path, style: str) -> None:
    workspace = make_workspace(tmp_path)
    workspace.settings["databases"]["daq"] = "odbc:DSN=x;PWD=secret;UID=me"
    workspace.write()
    answer = workspace.run("config", "show", "--format", style, quiet=False)
    assert answer.code == 0
    assert "secret" not in answer.out + answer.err
    assert "odbc:DSN=x;PWD=***;UID=me" in answer.out
    assert "built-in default" in answer.out
