#!/usr/bin/env python3
"""`create_filelist_run_daqhost.py RUN HOST allsegsfromdb|seg0fromdb` makes <host>.list and gl1daq.list."""

import os
import sys

sys.path[:0] = filter(None, map(os.environ.get, ("PRODCLI_KIT", "SPHENIXPROD_SCRIPT_PATH")))
import prodcli_lists as lists  # noqa: E402

if __name__ == "__main__":
    sys.exit(lists.run(lists.lists_of_host, sys.argv[1:]))
