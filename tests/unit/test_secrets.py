"""Secrets are hidden wherever they stand in a text, also in one that is malformed or cut; all else stays."""

import pytest

from prodcli.errors import ConfigError, one_line
from prodcli.secrets import hide_in, hide_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("odbc:DSN=x;PWD=S3cr3t;UID=me", "odbc:DSN=x;PWD=***;UID=me"),
        ("odbc:DSN=x;Password = S3cr3t", "odbc:DSN=x;Password = ***"),
        ("odbc:PWD={S3;c}}r3t};UID=me", "odbc:PWD=***;UID=me"),
        ("odbc:PWD={S3;cr3t", "odbc:PWD=***"),
        ("odbc:PWD=S3 cr3t's;UID=me", "odbc:PWD=***;UID=me"),
        ("http://user:S3cr3t@host/x", "http://user:***@host/x"),
        ("see http://user:S3/c@r3t@host/x.", "see http://user:***@host/x."),
        ("http://user:S3 cr3t@host", "http://user:***@host"),
        ("http://user:12345@host", "http://user:***@host"),
        ("http://user:12/S3cr3t@host", "http://user:***@host"),
        ("'http://user:S3cr3", "'http://user:***"),
        ("http:/user:S3cr3t@host/x", "http:/user:***@host/x"),
        ("https://S3cr3t@host/x", "https://***@host/x"),
        ("postgresql://u:S3cr3t@[::1]:5432/db", "postgresql://u:***@[::1]:5432/db"),
        ("https://h/x?token=S3cr3t&run=5", "https://h/x?token=***&run=5"),
        ("https://h/x?run=5&X-Amz-Signature=S3cr3t", "https://h/x?run=5&X-Amz-Signature=***"),
        ("https://h/x?api_key=S3cr3t#top", "https://h/x?api_key=***#top"),
        ("https://h/x?run=5&sig=S3cr3t", "https://h/x?run=5&sig=***"),
        ("{'DSN': 'x', 'PWD': 'S3cr3t', 'UID': 'me'}", "{'DSN': 'x', 'PWD': ***, 'UID': 'me'}"),
        ("['odbc:PWD=S3cr3t']", "['odbc:PWD=***"),
        ("host=h password=S3cr3t dbname=d", "host=h password=***"),
        ("a\nPWD=S3cr3t\nb", "a\nPWD=***\nb"),
    ],
)
def test_secrets_are_hidden_and_stay_so(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown
    assert hide_secrets(f"{shown}: gone") == f"{shown}: gone"


@pytest.mark.parametrize(
    "text",
    [
        "http://host:8080/x?run=5",
        "root://host:1095//pnfs/x.root",
        "http://[::1]:80/x",
        "http://proxy:3128;http://other:3128",
        "sqlite:////data/books.db",
        "file:///data/runs.txt",
        "12.3@schedd has run 5: password authentication failed",
        "check database, user and password",
        "--older-than=7d tokens = 5",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert hide_secrets(text) == text


def test_a_message_hides_before_it_cuts_and_keeps_its_parts() -> None:
    failure = ConfigError("cannot be read", where=f"{'x' * 980}http://u:{'S3cr3t' * 300}@h", todo="look at it")
    assert "S3cr3t" not in str(failure)
    assert str(failure).endswith("u:***@h: cannot be read (look at it)")
    assert str(ConfigError("it is wrong", where="PWD=S3cr3t", todo="mend it")) == "PWD=***: it is wrong (mend it)"


def test_lines_and_data_hide_too() -> None:
    assert one_line("a\nPWD=S3cr3t;b") == "a PWD=***;b"
    assert hide_in({"a": ["PWD=S3cr3t", 5, {"b": "https://S3cr3t@h"}]}) == {"a": ["PWD=***", 5, {"b": "https://***@h"}]}
