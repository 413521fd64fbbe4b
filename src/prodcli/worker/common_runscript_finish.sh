#!/usr/bin/env bash
# Sourced: notes how the job ended, and ends the script with `status_f4a` (1 if unset). The EXIT trap tells the books.

status_f4a=${status_f4a:-1}
ls -la
PRODCLI_DIRECT_REPORTS="" "${PRODCLI_PYTHON:-python3}" "${SPHENIXPROD_SCRIPT_PATH}/sphenixdbutils.py" jobended --exit-code "$status_f4a" \
    ${user_cpu:+--user-cpu "$user_cpu"} ${sys_cpu:+--sys-cpu "$sys_cpu"} ${max_rss_kb:+--memory-kb "$max_rss_kb"} || true
echo "the job ends with code $status_f4a"
exit "$status_f4a"
