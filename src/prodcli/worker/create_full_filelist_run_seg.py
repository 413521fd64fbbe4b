#!/usr/bin/env python3
"""`create_full_filelist_run_seg.py DATASET INTRIPLET TYPES RUN SEGMENT` makes infile.list and infile_paths.list."""

import os
import sys

sys.path[:0] = filter(None, map(os.environ.get, ("PRODCLI_KIT", "SPHENIXPROD_SCRIPT_PATH")))
import prodcli_lists as lists  # noqa: E402

if __name__ == "__main__":
    sys.exit(lists.run(lists.lists_of_segment, sys.argv[1:]))
