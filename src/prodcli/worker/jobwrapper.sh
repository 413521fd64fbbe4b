#!/usr/bin/env bash
# jobwrapper.sh SCRIPT ARGUMENTS... SUBDIR PAYLOAD ROW: runs a payload script of the older dialect. Brings the payload (names
# with commas, below SUBDIR) and cups.py into the scratch folder, sets the experiment up by the seventh argument of the
# script, and reports when the script has ended. PRODCLI_CONTAINER names an image, if the script is to run in singularity.

if [ "$#" -lt 4 ]; then
    echo "jobwrapper.sh wants SCRIPT ARGUMENTS... SUBDIR PAYLOAD ROW, and got: $*" >&2
    exit 2
fi
prodcli_source=${BASH_SOURCE[0]}
case $prodcli_source in */*) ;; *) prodcli_source=./$prodcli_source ;; esac
prodcli_source=$(CDPATH="" cd "${prodcli_source%/*}" && pwd)
export userscript=$1
shift
export cupsid=${*: -1:1} subdir=${*: -3:1}
export PRODDB_DBID=$cupsid
buildarg=${7:-}

cd "${_CONDOR_SCRATCH_DIR:-.}" || exit 3
. "$prodcli_source/prodcli_reporting.sh"
IFS=, read -r -a payload <<<"${*: -2:1}"
prodcli_bring "${payload[@]/#/$subdir/}"
cp "$prodcli_source/cups.py" .
. "$prodcli_source/prodcli_setup.sh"
prodcli_prepared
if [ ! -f "$userscript" ]; then
    prodcli_message error "payload-stagein-failed: there is no $userscript"
    exit 1
fi
chmod u+x "$userscript"
if [ "${PRODCLI_CONTAINER:-}" ]; then
    singularity exec "$PRODCLI_CONTAINER" "./$userscript" "$@"
else
    "./$userscript" "$@"
fi
