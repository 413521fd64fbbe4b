#!/usr/bin/env bash
# condor_pool.sh install|up|down|status|tool WORD...: a throw-away HTCondor pool for the tests, on loopback only.
#
# Daemons and jobs run as one ordinary user: the caller or, when root calls, POOL_UID. HTCondor comes from this machine
# if it has the daemons, else from a Debian tree which `install` (root, once) makes. The tree sees this machine's /tmp and
# no other folder of it: whatever a job reads or writes must lie there and be accessible to the pool's user.
#
#   PRODCLI_POOL_TREE  the Debian tree                /var/tmp/prodcli-pool-tree
#   MIRROR             where it comes from            the Debian mirror that apt uses here
#   POOL               configuration, queue and logs  /tmp/prodcli-pool
#   POOL_UID           its user if root calls         as before, else 1000
#   PORT               its port                       as before if still free, else any free one
#   SCHEDDS            1: a@pool.prodcli.test, 2: also b@pool.prodcli.test
# shellcheck disable=SC2016    # single quotes: for inner shells
set -euo pipefail

TREE=${PRODCLI_POOL_TREE:-/var/tmp/prodcli-pool-tree} POOL=${POOL:-/tmp/prodcli-pool} SCHEDDS=${SCHEDDS:-1}
DOMAIN=prodcli.test HOST=pool.prodcli.test     # the same on every machine, and never looked up
export CONDOR_CONFIG=$POOL/condor_config PATH=$PATH:/usr/sbin:/sbin

die() { echo "condor_pool.sh: $*" >&2; exit 1; }
native() { command -v condor_master >/dev/null; }
have_tree() { [[ -x $TREE/usr/sbin/condor_master ]]; }

# ---- commands as the pool's user, in the tree if there is one

owner() {                          # prints UID:GID
    local uid=$EUID
    ((uid)) || uid=${POOL_UID:-$(stat -c %u "$POOL" 2>/dev/null || echo 0)}     # whose the pool is already
    ((uid)) || uid=1000
    ! native || id "$uid" &>/dev/null || uid=$(id -u condor)                   # a bare container has that user only
    echo "$uid:$(id -g "$uid" 2>/dev/null || echo "$uid")"
}

# Bind mounts live in a namespace of the command's own: none is left behind or missing after a reboot, and `rm -r TREE` is safe.
with_mounts() {                    # with_mounts TREE [unshare option...] -- COMMAND...
    local tree=$1 options=(); shift
    while [[ $1 != -- ]]; do options+=("$1"); shift; done
    unshare --mount --propagation slave "${options[@]}" sh -ec '
        tree=$1; shift 2; for d in proc sys dev tmp; do mount --rbind "/$d" "$tree/$d"; done; exec "$@"' sh "$tree" "$@"
}

as_owner() {
    local ids names=(sh -ec 'mount --bind "$1" "$2"; shift 2; exec "$@"' sh "$POOL/passwd" "$TREE/etc/passwd")
    ids=$(owner)
    if native && ((EUID)); then "$@"
    elif native; then chroot --userspec="$ids" / "$@"
    elif ((EUID == 0)); then with_mounts "$TREE" -- "${names[@]}" chroot --userspec="$ids" "$TREE" "$@"
    else                           # the root of a user namespace may mount; a second namespace gives the own uid back
        with_mounts "$TREE" --map-root-user -- "${names[@]}" \
            unshare --map-user="${ids%:*}" --map-group="${ids#*:}" --root="$TREE" "$@"
    fi
}

# ---- install

install() {
    if native || have_tree; then return; fi
    ((EUID == 0)) || die "install needs root: no HTCondor daemons on this machine and no tree at $TREE"
    command -v debootstrap >/dev/null || die "install needs debootstrap (apt-get install debootstrap)"
    local mirror=${MIRROR:-} part=$TREE.part   # renamed when complete, so that an interrupted install passes for nothing
    [[ $mirror ]] || mirror=$(apt-get indextargets --format "\$(ORIGIN) \$(REPO_URI)" 'Created-By: Packages' |
        awk '$1 == "Debian" && $2 !~ /security/ && !found++ { print $2 }') || true
    [[ $mirror ]] || die "apt knows no Debian mirror here: run apt-get update, or set MIRROR"
    rm -rf --one-file-system "$part"
    unshare --mount debootstrap --force-check-gpg --variant=minbase trixie "$part" "$mirror" >&2 ||
        die "debootstrap from $mirror failed, see above"
    printf '#!/bin/sh\nexit 101\n' >"$part/usr/sbin/policy-rc.d"   # packages must not start services
    chmod 755 "$part/usr/sbin/policy-rc.d"
    with_mounts "$part" -- env -u CONDOR_CONFIG HOME=/root DEBIAN_FRONTEND=noninteractive chroot "$part" sh -ec '
        apt-get -q update; apt-get -qy --no-install-recommends install minicondor; apt-get clean' >&2 ||
        die "minicondor could not be installed in $part, see above"
    mv "$part" "$TREE"
}

# ---- configuration; grouped by subject here, one setting a line for HTCondor

client_config() { sed 's/; */\n/g' <<END       # client_config PORT
CONDOR_HOST=127.0.0.1; COLLECTOR_HOST=127.0.0.1:$1; NETWORK_INTERFACE=127.0.0.1; ENABLE_IPV6=False
UID_DOMAIN=$DOMAIN; FILESYSTEM_DOMAIN=$DOMAIN
SEC_CLIENT_AUTHENTICATION_METHODS=IDTOKENS; SEC_TOKEN_DIRECTORY=$POOL/client.d
END
}

pool_config() { sed 's/; */\n/g' <<END         # pool_config PORT USER
RELEASE_DIR=/usr; LIBEXEC=/usr/libexec/condor; LIB=/usr/lib/condor; LOCAL_DIR=$POOL
DAEMON_LIST=MASTER,COLLECTOR,NEGOTIATOR,SCHEDD,STARTD; SCHEDD_NAME=a@$HOST; MAIL=; CONDOR_FSYNC=False
CONDOR_HOST=127.0.0.1; COLLECTOR_HOST=127.0.0.1:$1; SHARED_PORT_PORT=$1; NETWORK_INTERFACE=127.0.0.1; ENABLE_IPV6=False
BIND_ALL_INTERFACES=False; NETWORK_HOSTNAME=$HOST; UID_DOMAIN=$DOMAIN; FILESYSTEM_DOMAIN=$DOMAIN; TRUST_DOMAIN=$DOMAIN
# The daemons know each other as the pool's user (FS), the client brings a token. Anyone else on this machine may only read.
SEC_DEFAULT_AUTHENTICATION=REQUIRED; SEC_READ_AUTHENTICATION=OPTIONAL; SEC_DEFAULT_AUTHENTICATION_METHODS=FS,IDTOKENS
SEC_PASSWORD_DIRECTORY=$POOL/keys; SEC_TOKEN_POOL_SIGNING_KEY_FILE=$POOL/keys/POOL
SEC_TOKEN_SYSTEM_DIRECTORY=$POOL/tokens; SEC_TOKEN_DIRECTORY=$POOL/tokens
POOL_USER=$2@$DOMAIN,condor@$DOMAIN; ALLOW_READ=*; ALLOW_WRITE=\$(POOL_USER),prodcli@$DOMAIN
ALLOW_DAEMON=\$(POOL_USER); ALLOW_NEGOTIATOR=\$(POOL_USER); ALLOW_ADMINISTRATOR=\$(POOL_USER)
# One slot, cut to measure and larger than the machine, as test jobs mostly sleep.
NUM_CPUS=64; MEMORY=262144; SLOT_TYPE_1=100%; NUM_SLOTS_TYPE_1=1; SLOT_TYPE_1_PARTITIONABLE=True
MACHINE_RESOURCE_xferslots=1000; use POLICY:ALWAYS_RUN_JOBS; use POLICY:HOLD_IF_MEMORY_EXCEEDED
# What takes minutes in production takes a second or two here.
NEGOTIATOR_INTERVAL=1; NEGOTIATOR_MIN_INTERVAL=1; NEGOTIATOR_CYCLE_DELAY=1; SCHEDD_INTERVAL=2; SCHEDD_MIN_INTERVAL=1
PERIODIC_EXPR_INTERVAL=2; JOB_START_COUNT=50; SHADOW_QUEUE_UPDATE_INTERVAL=2; UPDATE_INTERVAL=5; POLLING_INTERVAL=2
PID_SNAPSHOT_INTERVAL=2; MASTER_BACKOFF_CEILING=1; STARTER_INITIAL_UPDATE_INTERVAL=1; STARTER_UPDATE_INTERVAL=2; RUNBENCHMARKS=0
# MAX_JOBS_PER_SUBMISSION stays at its default: prodcli must cope with it.
MAX_JOBS_PER_OWNER=1000000; MAX_HISTORY_LOG=2000000000; HISTORY_HELPER_MAX_HISTORY=2000000000
JOB_EPOCH_HISTORY=$POOL/spool/epoch_history
END
    ((SCHEDDS < 2)) || sed 's/; */\n/g' <<END
# The second schedd needs files of its own. Its prefix is the local name alone: with "SCHEDD." before it, it is ignored.
# Its shadows do not know that name, they learn of theirs by environment.
SCHEDD_B=\$(SCHEDD); SCHEDD_B_ARGS=-f -local-name SCHEDD_B; DAEMON_LIST=\$(DAEMON_LIST),SCHEDD_B; DC_DAEMON_LIST=+SCHEDD_B
SCHEDD_B.SCHEDD_NAME=b@$HOST; SCHEDD_B.SCHEDD_LOG=$POOL/log/SchedLog.b
SCHEDD_B_ENVIRONMENT="_CONDOR_JOB_EPOCH_HISTORY=$POOL/b/epoch_history _CONDOR_SHADOW_LOG=$POOL/log/ShadowLog.b"
SCHEDD_B.SPOOL=$POOL/b; SCHEDD_B.HISTORY=$POOL/b/history; SCHEDD_B.JOB_EPOCH_HISTORY=$POOL/b/epoch_history
SCHEDD_B.SCHEDD_DAEMON_AD_FILE=$POOL/b/.schedd_classad; SCHEDD_B.SCHEDD_ADDRESS_FILE=$POOL/b/.schedd_address
SCHEDD_B.SCHEDD_SUPER_ADDRESS_FILE=$POOL/b/.schedd_address.super
END
}

choose_port() {                    # own choices lie below the ports that the kernel hands out
    local port=${PORT:-$(cat "$POOL/port" 2>/dev/null)}
    while [[ -z $port ]] || (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        [[ -z ${PORT:-} ]] || die "port $PORT is in use"
        port=$((20000 + RANDOM % 12000))
    done
    echo "$port"
}

# ---- up, down, status

master_pid() {                     # of this pool's master; another process with a recycled pid does not count
    local pid; pid=$(cat "$POOL/pid" 2>/dev/null) && [[ $pid ]] || return 1
    { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qF -- "-pidfile $POOL/pid " && echo "$pid"
}

answers() {                        # every daemon has reported to the collector
    local seen; seen=$(as_owner condor_status -any -af MyType 2>/dev/null) || return 1
    (($(grep -cx Scheduler <<<"$seen") >= SCHEDDS)) && grep -qx Negotiator <<<"$seen" && grep -qx Machine <<<"$seen"
}

start() {
    local ids port dirs=("$POOL"/{log,run,lock,spool,b,execute,keys,tokens})
    ids=$(owner); port=$(choose_port)
    mkdir -p "${dirs[@]}" "$POOL/client.d"; chmod 700 "$POOL"/{keys,tokens,client.d}
    [[ -s $POOL/keys/POOL ]] || (umask 077; head -c 64 /dev/urandom >"$POOL/keys/POOL")
    ((EUID)) || chown "$ids" "$POOL" "${dirs[@]}" "$POOL/keys/POOL"
    printf '%s\n' root:x:0:0::/:/bin/sh "pool:x:$ids::$POOL:/bin/sh" >"$POOL/passwd"   # the tree's: HTCondor wants names
    echo "$port" >"$POOL/port"
    pool_config "$port" "$(as_owner id -un)" >"$CONDOR_CONFIG"
    client_config "$port" >"$POOL/client"
    rm -f "$POOL/pid" "$POOL/client.d/prodcli"
    as_owner condor_master -pidfile "$POOL/pid" 8<&- || die "condor_master did not start, see above"
    for _ in {1..100}; do answers && break; sleep 0.2; done
    answers || { tail -n 20 "$POOL/log/MasterLog" >&2; die "not all daemons came up, see above and $POOL/log"; }
    # Written by the caller, not by the pool's user: a client reads only tokens in files of its own.
    (umask 077; as_owner condor_token_create -identity "prodcli@$DOMAIN" >"$POOL/client.d/prodcli")
}

up() {
    native || have_tree || die "no HTCondor here and no tree at $TREE: run '$0 install' as root"
    native || [[ $POOL == /tmp/* ]] || die "POOL must lie under /tmp, which the tree shares, unlike $POOL"
    mkdir -p "$POOL"; exec 8<"$POOL"; flock 8      # one at a time
    if ! master_pid >/dev/null; then start
    elif ! answers; then die "the pool at $POOL is up, but not with all of $SCHEDDS schedd(s): run '$0 down' first"; fi
    echo "CONDOR_CONFIG=$POOL/client"
}

down() {                           # kills what runs; jobs stay in the queue
    local pid; pid=$(master_pid) || return 0
    # The startd goes first, so that its jobs become idle. Else the schedd would come back trying for 40 minutes to reconnect.
    as_owner condor_off -fast -startd &>/dev/null || true
    for _ in {1..25}; do [[ $(as_owner condor_status -af Name 2>/dev/null) ]] || break; sleep 0.2; done
    kill -QUIT "$pid"
    for _ in {1..100}; do master_pid >/dev/null || return 0; sleep 0.2; done
    die "the master, process $pid, is still there after 20 s"
}

status() {
    local pid; pid=$(master_pid) || die "no pool is up at $POOL"
    as_owner condor_status -any -af MyType Name
    echo "up: process $pid, port $(<"$POOL/port"), CONDOR_CONFIG=$POOL/client"
}

tool() {                           # a program of HTCondor, as a client
    export CONDOR_CONFIG=$POOL/client
    if native; then "$@"; elif ((EUID)); then as_owner "$@"; else with_mounts "$TREE" -- chroot "$TREE" "$@"; fi
}

case ${1:-} in
    install | up | down | status) "$1" ;;
    tool) shift; tool "$@" ;;
    *) die "usage: $0 install|up|down|status|tool WORD..." ;;
esac
