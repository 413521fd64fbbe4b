"""Python starts with this module where its folder is in PYTHONPATH: the process takes itself for one of another host."""

import os
import socket

if _name := os.environ.get("SOAK_HOST"):
    socket.gethostname = lambda: _name
