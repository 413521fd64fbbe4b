#!/usr/bin/env bash
# Sourced in the scratch folder of a job, with `prodcli_source` set to the folder of the kit: from here on the tools of the
# kit can be called, and the script reports when it ends, whatever way it ends.

export PATH # a job without `getenv` has none: bash then takes one of its own, which Python and ROOT do not see

prodcli_now() { # into the variable that $1 names; newer bash needs no process for it
    local prodcli_time=${EPOCHREALTIME:-$(date +%s.%N)}
    printf -v "$1" %s "${prodcli_time/,/.}"
}
prodcli_now PRODCLI_BEGAN
PRODCLI_PYTHON=${PRODCLI_PYTHON:-$(python3 -E -s -c 'import sys; print(sys.version_info >= (3, 6) and sys.executable or "")')}
if [ -z "$PRODCLI_PYTHON" ]; then
    echo "there is no Python 3.6 or newer on this node" >&2
    exit 3
fi
PRODCLI_NOTES=$PWD/.prodcli    # what the tools of this job note for its report
PRODCLI_KIT=$PRODCLI_NOTES/kit # their own copy of the kit, should its folder go away
PRODCLI_SHELL=$BASHPID
PRODCLI_PROGRESS=$PRODCLI_NOTES/progress # a line `N TOTAL`: the events so far, and those in all
export PRODCLI_BEGAN PRODCLI_PYTHON PRODCLI_NOTES PRODCLI_KIT PRODCLI_SHELL PRODCLI_PROGRESS
if [ -e "$PRODCLI_NOTES" ]; then rm -rf "$PRODCLI_NOTES"; fi
mkdir -p "$PRODCLI_KIT"
cp "$prodcli_source"/{prodcli_*.py,sphenixdbutils.py,GetEntriesAndEventNr.C} "$PRODCLI_KIT" || PRODCLI_KIT=$prodcli_source

# Tools of the kit that payloads, and bash scripts that they start, call by name. Only prodcli_stageout can fail a payload:
# it does what stageout.sh does, `prodcli_stageout DESTINATION FILE...`, with one start for many files.
prodcli_job() { "$PRODCLI_PYTHON" -E -s -S "$PRODCLI_KIT/prodcli_job.py" "$@"; }
prodcli_phase() { prodcli_job phase "$@" || true; }
prodcli_message() { prodcli_job message "$@" || true; }
prodcli_events() { prodcli_job events "$@" || true; }
prodcli_progress() { printf '%s %s\n' "${1:-}" "${2:-}" >"$PRODCLI_PROGRESS" || true; }
prodcli_quality() { prodcli_job quality "$@" || true; }
prodcli_stageout() { prodcli_job stageout-all "$@"; }
prodcli_tell() { "${PRODCLI_ODBC_PYTHON:-python3}" "$PRODCLI_KIT/sphenixdbutils.py" "$@" || true; }
export -f prodcli_job prodcli_phase prodcli_message prodcli_events prodcli_progress prodcli_quality prodcli_stageout

# prodcli_bring FILE...: copy files and folders of the payload here; of two with one name the later counts.
prodcli_bring() {
    local file
    if cp -r "$@" . 2>/dev/null; then return; fi
    for file; do cp -rf "$file" . || prodcli_message error "a file of the payload did not come: $file"; done
}

# prodcli_prepared: the phase `prep` ends here. The CPU of this script and of what it has run comes in hundredths of a second.
prodcli_prepared() {
    local line words user system now
    prodcli_now now
    IFS= read -r line <"/proc/$BASHPID/stat"
    read -r -a words <<<"${line##*) }"
    user=$((words[11] + words[13])) system=$((words[12] + words[14]))
    printf '\n{"kind": "phase", "name": "prep", "at": %s, "user_cpu": 0, "sys_cpu": 0}' "$PRODCLI_BEGAN" >>"$PRODCLI_NOTES/notes"
    printf '\n{"kind": "phase", "name": "run", "at": %s, "user_cpu": %d.%02d, "sys_cpu": %d.%02d}' "$now" \
        $((user / 100)) $((user % 100)) $((system / 100)) $((system % 100)) >>"$PRODCLI_NOTES/notes"
    if [ "${PRODCLI_DIRECT_REPORTS:-}" ]; then prodcli_tell jobstarted; fi
}

# prodcli_resident NAME PID...: put the pages of memory of these processes and their descendants into a variable. Processes
# end while it looks: one that is gone has neither memory nor children.
prodcli_resident() {
    local family=("${@:2}") children resident total=0 at
    for ((at = 0; at < ${#family[@]}; at++)); do
        children=() resident=0
        read -r _ resident _ <"/proc/${family[at]}/statm"
        read -r -a children <"/proc/${family[at]}/task/${family[at]}/children"
        total=$((total + resident))
        family+=("${children[@]}")
    done
    printf -v "$1" '%d' "$total"
}

# prodcli_watch: note the memory of the script and its descendants, `TIME KB` a line, as long as the script runs; looks become
# rarer with time, up to one in 15 seconds. Every PRODCLI_SIGNS_SECONDS (300; 0: never) the batch system is told of progress.
prodcli_watch() {
    local pages at never seconds pause=250 page every=${PRODCLI_SIGNS_SECONDS:-300} told=0
    SECONDS=0
    set +eu
    page=$(getconf PAGESIZE)
    exec {never}<> <(:) # nothing ever comes from there
    while [ -e "/proc/$PRODCLI_SHELL" ]; do
        prodcli_resident pages "$PRODCLI_SHELL"
        prodcli_now at
        echo "$at $((pages * page / 1024))" >>"$PRODCLI_NOTES/memory"
        if ((every > 0 && SECONDS - told >= every)); then
            told=$SECONDS
            prodcli_job signs
        fi
        printf -v seconds '%d.%03d' $((pause / 1000)) $((pause % 1000))
        read -r -t "$seconds" -u "$never"
        pause=$((pause < 12000 ? pause * 5 / 4 : 15000))
    done
}

# prodcli_waits: true if the shell waits for a command; what `jobs` lists without a final & is not in the background.
prodcli_waits() {
    local running
    running=$(jobs -r)
    [ "$running" ] && awk '/^\[[0-9]+\]/ { waits += text && text !~ end; text = "" } { text = text $0 }
        END { exit !(waits + (text && text !~ end)) }' end='& *(\\(wd: .*\\))?$' <<<"$running"
}

# prodcli_end CODE: write the report and exit; the EXIT trap of the script. Bash runs this trap for SIGTERM too, and does
# not say so: then the shell still waits for a command.
prodcli_end() {
    local code=$1 killed="" final
    trap - EXIT
    trap '' HUP INT TERM
    set +eu
    if prodcli_waits; then killed=--killed; fi
    final=$(exec "$PRODCLI_PYTHON" -E -s -S "$PRODCLI_KIT/prodcli_job.py" end "$code" $killed)
    if [ "$PRODCLI_DIRECT_REPORTS" ]; then prodcli_tell jobended --exit-code "${final:-$code}"; fi
    exit "${final:-$code}"
}
trap 'prodcli_end $?' EXIT
(prodcli_watch &) </dev/null >/dev/null 2>&1 # no job of this shell, so that a `wait` of the payload does not wait for it
