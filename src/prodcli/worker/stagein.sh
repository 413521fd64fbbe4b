#!/usr/bin/env bash
# Sourced. Copies the files of infile_paths.list into the scratch folder: size, then md5. Or, right after a list maker:
#
#   . "${SPHENIXPROD_SCRIPT_PATH}/stagein.sh" --checkonly
#
# looks at the code of the list maker, and at the files where they lie. The script ends with code 10 if the list maker found
# nothing, 11 if a file is missing or has another size, 20 if one cannot be copied, 21 if one has another md5.

prodcli_code=$? # of the list maker
if [ "${1:-}" = --checkonly ]; then
    "${PRODCLI_PYTHON:-python3}" -E -s -S "${PRODCLI_KIT:-$SPHENIXPROD_SCRIPT_PATH}/prodcli_job.py" stagein --checkonly $prodcli_code
else
    "${PRODCLI_PYTHON:-python3}" -E -s -S "${PRODCLI_KIT:-$SPHENIXPROD_SCRIPT_PATH}/prodcli_job.py" stagein
fi && prodcli_code=0 || prodcli_code=$?
if [ $prodcli_code -ne 0 ]; then
    status_f4a=$prodcli_code
    . "${SPHENIXPROD_SCRIPT_PATH}/common_runscript_finish.sh"
fi
unset prodcli_code
return 0
