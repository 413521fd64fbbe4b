"""Databases behind one interface: named queries, bound values, transactions, retries.

SQLite and PostgreSQL over ODBC.
"""

from prodcli.db.connect import absent_database, open_database, open_with_standby
from prodcli.db.database import Database, Transaction, chunks_of
from prodcli.db.queries import records
from prodcli.db.row_objects import Row

__all__ = [
    "Database",
    "Row",
    "Transaction",
    "absent_database",
    "chunks_of",
    "open_database",
    "open_with_standby",
    "records",
]
