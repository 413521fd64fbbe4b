"""A failure of a job that the error catalog does not know, in the books, and a file of entries of a site."""

from tests.support.workspace import Workspace

MASKED = "TpcDoor: door N is shut"
ENTRY = """window-open:
  name: a window is open
  category: user
  action: ask
  advice: shut it
  text: window [0-9]+ is open
"""


def unknown_error(workspace: Workspace) -> None:
    """Write the failure of a job that does not exist, and the file of entries."""
    (workspace.folder / "errors.yaml").write_text(ENTRY)
    now = "2026-11-29T20:00:00.000Z"
    workspace.sql(
        "INSERT INTO production_signatures (hash, state, code, text, entry, name, category, first_seen)"
        " VALUES ('x', 'failed', 'exit 7', ?, '', '', 'unknown', ?)",
        *(MASKED, now),
    )
    workspace.sql(
        "INSERT INTO production_failures (dbid, attempt, step, entered, signature_id, retried, won, runnumber, segment, rulename, tag,"
        " dataset, dsttype) SELECT 999999, 1, 0, ?, id, 0, 0, 1, 0, '', '', '', '' FROM production_signatures WHERE hash = 'x'",
        now,
    )
