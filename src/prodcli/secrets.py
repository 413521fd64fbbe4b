"""Hide secrets in texts for people and files: passwords in URLs and connection strings, tokens in queries.

Pure: data in, data out.
"""

import re

_MARK = "***"
_PASSWORDS = "pwd|passwd|password|passphrase"
_NAMES = rf"token|key|secret|sig|signature|auth|credential|{_PASSWORDS}"
_PORT = r"(?!\d{1,5}(?:[^\w@]|$))"
# Without an end that is sure, as in a text that is cut or malformed, all that may belong to the secret goes, up to the end of the line.
_DONE = r"(?!\s*\*\*\*(?:[^\w*]|$))"
_SECRET_KEY = re.compile(rf"(?i){_NAMES}")
_HIDDEN = re.compile(
    rf"(?im)(?P<user>://[^/@:\s\[]*:){_DONE}(?:{_PORT}.*(?=@)|\S*(?=@)|{_PORT}\S+)"
    rf"|(?P<folded>\w:/[^/@:\s]*:){_DONE}\S*(?=@)"  # a URL that was taken for a path
    rf"|(?P<alone>://){_DONE}[^/@:\s]+(?=@)"
    rf"|(?P<query>[?&][\w.%-]*(?:{_NAMES})[\w.%-]*=){_DONE}[^&#\s]+"
    rf"|(?P<odbc>\b(?:{_PASSWORDS})\s*={_DONE}\s*)(?:\{{(?:[^}}\n]|\}}\}})*(?:\}}|$)|[^;\n]+)"
    rf"|(?P<mapping>['\"](?:{_NAMES})['\"]\s*:{_DONE}\s*)(?:'[^'\n]*(?:'|$)|\"[^\"\n]*(?:\"|$)|[^,}}\n]+)"
)


def hide_secrets(text: str) -> str:
    """The text without secrets."""
    if "=" not in text and ":" not in text:
        return text
    return _HIDDEN.sub(lambda found: f"{found[found.lastgroup or 0]}{_MARK}", text)


def hide_value(key: str, value: str) -> str:
    """The value of a key without secrets."""
    return _MARK if _SECRET_KEY.fullmatch(key.rpartition(".")[2]) else hide_secrets(value)


def hide_in(data: object) -> object:
    """Lists, mappings and texts without secrets."""
    if isinstance(data, str):
        return hide_secrets(data)
    if isinstance(data, dict):
        return {key: hide_in(value) for key, value in data.items()}
    return [hide_in(value) for value in data] if isinstance(data, list | tuple) else data
