#!/usr/bin/env bash
# Sourced first by a payload script, with the arguments of that script: reads them into variables, moves to the scratch
# folder of the job, brings the payload there, sets the experiment up, and sees to it that the job reports, whatever way
# the script ends.
#
#   . "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_prep.sh"
#
# A site may say in the environment of its jobs:
#   PRODCLI_SETUP         the set-up script, sourced with `-n BUILD`   (/opt/sphenix/core/bin/sphenix_setup.sh; off: none)
#   PRODCLI_OS            a pattern that the name of the operating system has to match, else exit 3  (*AlmaLinux*; empty: any)
#   PRODCLI_HOME          HOME of the job                              (/sphenix/u/$USER)
#   PRODCLI_LISTS PRODCLI_ATTEMPT PRODCLI_COUNT_EVENTS PRODCLI_RETRY_SECONDS PRODCLI_PYTHON   (docs/payloads.md)

if [ "$#" -lt 17 ]; then
    {
        echo "$0 got $# arguments, and wants 17 or 18:"
        echo "  buildarg dataset intriplet dsttype run seg daqhost inputs nevents outdir histdir outbase neventsper"
        echo "  dbtag logbase logdir condor_rsync [dbid]"
    } >&2
    exit 2
fi
buildarg=$1 dataset=$2 intriplet=$3 dsttype=$4 run=$5 seg=$6 daqhost=$7 inputs=$8 nevents=$9
outdir=${10} histdir=${11} outbase=${12} neventsper=${13} dbtag=${14} logbase=${15} logdir=${16} condor_rsync=${17}
dbid=${18:--1}
export PRODDB_DBID=$dbid

PRODCLI_BEGAN=$(date +%s.%N)
echo "host $(uname -n), $(date -u '+%Y-%m-%d %H:%M:%S UTC'), scratch folder ${_CONDOR_SCRATCH_DIR:-$PWD}"
for prodcli_name in buildarg dataset intriplet dsttype run seg daqhost inputs nevents outdir histdir outbase neventsper \
    dbtag logbase logdir condor_rsync dbid; do
    printf '%-12s %s\n' "$prodcli_name" "${!prodcli_name}"
done

prodcli_source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "${_CONDOR_SCRATCH_DIR:-.}" || exit 3
PRODCLI_PYTHON=${PRODCLI_PYTHON:-$(python3 -E -s -c 'import sys; print(sys.version_info >= (3, 6) and sys.executable or "")')}
if [ -z "$PRODCLI_PYTHON" ]; then
    echo "there is no Python 3.6 or newer on this node" >&2
    exit 3
fi
PRODCLI_NOTES=$PWD/.prodcli                         # what the tools of this job note for its report
PRODCLI_KIT=$PRODCLI_NOTES/kit                      # their own copy of the kit, should its folder go away
PRODCLI_REPORT=${logdir#file:}/$logbase.report.json
PRODCLI_OUTBASE=$outbase
PRODCLI_SHELL=$BASHPID
export PRODCLI_BEGAN PRODCLI_PYTHON PRODCLI_NOTES PRODCLI_KIT PRODCLI_REPORT PRODCLI_OUTBASE PRODCLI_SHELL
rm -rf "$PRODCLI_NOTES"
mkdir -p "$PRODCLI_KIT"
cp "$prodcli_source"/{prodcli_*.py,sphenixdbutils.py,GetEntriesAndEventNr.C} "$PRODCLI_KIT"

# Tools of the kit that payloads, and bash scripts that they start, call by name. None of them fails a payload.
prodcli_job() { "$PRODCLI_PYTHON" -E -s -S "$PRODCLI_KIT/prodcli_job.py" "$@"; }
prodcli_phase() { prodcli_job phase "$@" || true; }
prodcli_message() { prodcli_job message "$@" || true; }
prodcli_events() { prodcli_job events "$@" || true; }
prodcli_quality() { prodcli_job quality "$@" || true; }
prodcli_tell() { "${PRODCLI_ODBC_PYTHON:-python3}" "$PRODCLI_KIT/sphenixdbutils.py" "$@" || true; }
export -f prodcli_job prodcli_phase prodcli_message prodcli_events prodcli_quality

# prodcli_waits: true if the shell waits for a command; what `jobs` lists without a final & is not in the background.
prodcli_waits() {
    jobs -r | awk '/^\[[0-9]+\]/ { waits += text && text !~ end; text = "" } { text = text $0 }
        END { exit !(waits + (text && text !~ end)) }' end='& *(\\(wd: .*\\))?$'
}

# prodcli_end CODE: write the report and exit; the EXIT trap of the script. Bash runs this trap for SIGTERM too, and does
# not say so: then the shell still waits for a command.
prodcli_end() {
    local code=$1 killed="" final
    trap - EXIT
    trap '' HUP INT TERM
    set +eu
    if prodcli_waits; then killed=--killed; fi
    final=$(prodcli_job end "$code" $killed)
    if [ "$PRODCLI_DIRECT_REPORTS" ]; then prodcli_tell jobended --exit-code "${final:-$code}"; fi
    exit "${final:-$code}"
}
trap 'prodcli_end $?' EXIT

prodcli_ifs=$IFS
IFS=, # a list with commas; each entry may be a pattern, and its folder may have a blank in its name
for prodcli_name in $condor_rsync; do
    cp -r "$prodcli_name" . || prodcli_message error "a file of the payload did not come: $prodcli_name"
done
IFS=$prodcli_ifs
condor_rsync=${condor_rsync//,/ }

USER=$(id -u -n 2>/dev/null || id -u)
export USER LOGNAME=$USER HOME=${PRODCLI_HOME:-/sphenix/u/$USER}

prodcli_os=$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\).*/\1/p' /etc/os-release 2>/dev/null)
PRODCLI_OS=${PRODCLI_OS-*AlmaLinux*}
# shellcheck disable=SC2053 # it is a pattern
if [ "$PRODCLI_OS" ] && ! [[ $prodcli_os == $PRODCLI_OS ]]; then
    echo "the experiment's software is not for this operating system: ${prodcli_os:-unknown}" >&2
    exit 3
fi
PRODCLI_SETUP=${PRODCLI_SETUP:-/opt/sphenix/core/bin/sphenix_setup.sh}
if [ "$PRODCLI_SETUP" != off ]; then
    if [ ! -r "$PRODCLI_SETUP" ]; then
        echo "the set-up script is not there: $PRODCLI_SETUP" >&2
        exit 3
    fi
    prodcli_flags=$- # set-up scripts are not made for `set -eu`
    set +eu
    # shellcheck disable=SC1090 # a site names it
    . "$PRODCLI_SETUP" -n "$buildarg"
    case $prodcli_flags in *e*) set -e ;; esac
    case $prodcli_flags in *u*) set -u ;; esac
fi
if [ -e odbc.ini ]; then export ODBCINI=./odbc.ini; fi
if [ -e sPHENIX_newcdb_test.json ]; then export NOPAYLOADCLIENT_CONF=./sPHENIX_newcdb_test.json; fi

prodcli_job begin || true
if [ "${PRODCLI_DIRECT_REPORTS:-}" ]; then prodcli_tell jobstarted; fi
unset prodcli_name prodcli_source prodcli_ifs prodcli_os prodcli_flags
return 0
