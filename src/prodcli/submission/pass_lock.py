"""One pass of a rule at a time on a host: a lock that ends with its process; its file is never deleted."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prodcli.errors import ProdError

log = logging.getLogger(__name__)


class PassRuns(ProdError):
    """Another pass of this rule runs: no fault, and nothing to do."""

    exit_code = 0


@contextmanager
def pass_lock(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock of a rule; raises PassRuns with the holder's pid if another pass has the lock, ProdError without a file.

    The lock only saves work, as claims are exact without any. A file system that cannot lock is a warning.
    """
    path = folder / f"{name}.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as failure:
        raise ProdError(f"the lock cannot be made: {failure.strerror}", where=str(path)) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 40).decode(errors="replace").strip() or "unknown"
            raise PassRuns(
                f"a pass of {name} runs already (pid {holder}); this pass does nothing", where=str(path)
            ) from None
        except OSError as failure:
            log.warning("%s: %s; this pass goes on without a lock", path, failure.strerror)
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(handle)
