"""The time zone of the site."""

from pathlib import Path

import pytest

from prodcli.config.settings import load_config
from prodcli.errors import ConfigError


@pytest.mark.parametrize(("said", "zone"), [("{}", "UTC"), ("time_zone: America/New_York\n", "America/New_York")])
def test_the_zone_is_utc_or_the_sites(tmp_path: Path, said: str, zone: str) -> None:
    (tmp_path / "prodcli.yaml").write_text(said)
    assert str(load_config(tmp_path / "prodcli.yaml", tmp_path).zone) == zone


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "''"])
def test_an_unknown_zone_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "prodcli.yaml").write_text(f"time_zone: {name}\n")
    with pytest.raises(ConfigError, match="time_zone: no time zone is called"):
        _ = load_config(tmp_path / "prodcli.yaml", tmp_path).zone
