#!/usr/bin/env bash
# Sourced with `full_command` set: runs the command and measures it. Sets status_f4a, user_cpu, sys_cpu and max_rss_kb.
# If the command fails, the script ends here with its code.

echo "running: $full_command"
time_file=$(mktemp)
if [ -x /usr/bin/time ]; then
    /usr/bin/time -v -o "$time_file" bash -c "$full_command" && status_f4a=0 || status_f4a=$?
else
    bash -c "$full_command" && status_f4a=0 || status_f4a=$?
fi
user_cpu=$(awk '/User time \(seconds\)/ { print $NF }' "$time_file")
sys_cpu=$(awk '/System time \(seconds\)/ { print $NF }' "$time_file")
max_rss_kb=$(awk '/Maximum resident set size/ { print $NF }' "$time_file")
rm -f "$time_file"
if [ "$status_f4a" -ne 0 ]; then
    echo "the command failed with code $status_f4a" >&2
    . "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_finish.sh"
fi
