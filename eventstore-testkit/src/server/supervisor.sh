# Makes a cluster, runs its server, and removes both when the owner is gone.
#
# Standard input is a pipe whose other end the owner holds: it ends when the owner closes it or dies, however it dies.
# Arguments: the cluster's directory, the path of initdb, or of pg_basebackup, and the port of the server to copy, if there
# is one, else nothing, and the server's command line.
directory=$1
creator=$2
source_port=$3
shift 3

exec 3<&0 </dev/null >>"$directory/server.log" 2>&1

# A shell starts background commands with SIGINT ignored, and a server that just started has not replaced that yet.
# So the signal is repeated until the server is gone, and made stronger if it does not go.
stop() {
    tries=0
    signal=INT
    while [ ! -e "$directory/ended" ] && kill -s "$signal" "$1" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || signal=QUIT
        [ "$tries" -lt 150 ] || signal=KILL
        sleep 0.1
    done
}

wait_for_owner() {
    cat <&3 >/dev/null
}

create() {
    if [ -n "$source_port" ]; then
        PGPASSWORD=$(cat "$directory/password") "$creator" --pgdata="$directory/data" --host=127.0.0.1 \
            --port="$source_port" --username=postgres --write-recovery-conf --checkpoint=fast --no-sync
    else
        "$creator" --pgdata="$directory/data" --username=postgres --pwfile="$directory/password" \
            --auth=md5 --encoding=UTF8 --locale=C --no-sync
    fi
}

# A password that is hashed thousands of times costs more than the rest of a connect; this one is random and short-lived.
if create 3<&-; then
    "$@" 3<&- &
    server=$!
    { wait_for_owner; stop "$server"; } &
    wait "$server"
    : >"$directory/ended"
    wait
else
    : >"$directory/ended"
    wait_for_owner
fi

cd /
rm -rf "$directory"
