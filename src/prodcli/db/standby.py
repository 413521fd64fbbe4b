"""A database to read from that has a standby: another server with the same data, read while the first does not answer."""

import logging
from typing import Any

from prodcli.db.database import Driver
from prodcli.errors import DatabaseError, TransientDatabaseError

log = logging.getLogger(__name__)


class WithStandby:
    """The driver of a server, and after a connection that fails the driver of its standby; both of one dialect."""

    def __init__(self, first: Driver, standby: Driver) -> None:
        self._driver = first
        self._standby: Driver | None = standby
        self.dialect = first.dialect
        self.where = first.where

    def open(self, read_only: bool) -> Any:
        """Connect, if need be to the standby, with a warning."""
        try:
            return self._driver.open(read_only)
        except Exception as failure:
            error = self._driver.error(failure)
            lost = isinstance(error, TransientDatabaseError) and error.connection_lost
            if self._standby is None or not lost:
                raise
            log.warning("%s does not answer; %s is read instead", self.where, self._standby.where)
            self._driver, self._standby = self._standby, None
            self.where = self._driver.where
            return self._driver.open(read_only)

    def begin(self, connection: Any, read_only: bool) -> None:
        """Start a transaction."""
        self._driver.begin(connection, read_only)

    def begin_scratch(self, connection: Any) -> None:
        """Start a transaction that may make temporary tables."""
        self._driver.begin_scratch(connection)

    def error(self, failure: BaseException) -> DatabaseError | None:
        """Translate a failure of the driver."""
        return self._driver.error(failure)
