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
PRODCLI_REPORT=${logdir#file:}/$logbase.report.json PRODCLI_OUTBASE=$outbase
export PRODCLI_REPORT PRODCLI_OUTBASE

printf 'host %s, %(%Y-%m-%d %H:%M:%S %Z)T, scratch folder %s\n' "$HOSTNAME" -1 "${_CONDOR_SCRATCH_DIR:-$PWD}"
for prodcli_name in buildarg dataset intriplet dsttype run seg daqhost inputs nevents outdir histdir outbase neventsper \
    dbtag logbase logdir condor_rsync dbid; do
    printf '%-12s %s\n' "$prodcli_name" "${!prodcli_name}"
done

prodcli_source=${BASH_SOURCE[0]}
case $prodcli_source in */*) ;; *) prodcli_source=./$prodcli_source ;; esac
prodcli_source=$(CDPATH="" cd "${prodcli_source%/*}" && pwd)
cd "${_CONDOR_SCRATCH_DIR:-.}" || exit 3
. "$prodcli_source/prodcli_reporting.sh"

prodcli_ifs=$IFS
IFS=, # a list with commas; each entry may be a pattern, and its folder may have a blank in its name
prodcli_bring $condor_rsync
IFS=$prodcli_ifs
condor_rsync=${condor_rsync//,/ }

USER=$(id -u -n 2>/dev/null || id -u)
export USER LOGNAME=$USER HOME=${PRODCLI_HOME:-/sphenix/u/$USER}

. "$prodcli_source/prodcli_setup.sh"

prodcli_prepared
unset prodcli_name prodcli_source prodcli_ifs
return 0
