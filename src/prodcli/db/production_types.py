"""The production types of the site profile in the books: what the trigger of the overview reads, what the overview takes."""

from prodcli.db.database import Transaction


def write_production_types(tx: Transaction, dsttypes: list[dict[str, str]]) -> None:
    """Write the production types of dsttypes for the trigger of the overview; rows are `prefix, production_type`."""
    tx.run("clear_dsttypes")
    tx.run("fill_dsttypes", rows=dsttypes)


def fit_overview(tx: Transaction, dsttypes: list[dict[str, str]]) -> None:
    """Let the overview take the production types of the profile, and register the jobs that are there by them.

    Types that the overview has already stay. All of it is one transaction: a type that the trigger knew before its
    table takes it would stop jobs from being inserted.
    """
    write_production_types(tx, dsttypes)
    for statement in list(tx.column("overview_statements")):
        tx.script(statement)
    for query in ("register_campaigns", "note_unknown_dsttypes", "forget_known_dsttypes"):
        tx.run(query)
