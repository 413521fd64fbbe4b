#!/bin/sh
# The log of the bad night's conditions database between two times, for `site.services` in prodcli.yaml.
exec awk -v since="$1" -v until="$2" '$1 >= since && $1 <= until' "$(dirname "$0")/../logs/conditions.log"
