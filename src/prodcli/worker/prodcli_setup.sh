#!/usr/bin/env bash
# Sourced with `buildarg` set: looks whether the node suits (else exit 3), and sets the experiment up.

PRODCLI_OS=${PRODCLI_OS-*AlmaLinux*}
if [ "$PRODCLI_OS" ]; then
    prodcli_os=$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\).*/\1/p' /etc/os-release 2>/dev/null)
    # shellcheck disable=SC2053 # it is a pattern
    if ! [[ $prodcli_os == $PRODCLI_OS ]]; then
        echo "the experiment's software is not for this operating system: ${prodcli_os:-unknown}" >&2
        exit 3
    fi
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
unset prodcli_os prodcli_flags
