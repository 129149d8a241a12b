# Runs PgBouncer, and removes its directory when the owner is gone.
#
# Standard input is a pipe whose other end the owner holds: it ends when the owner closes it or dies, however it dies.
# Arguments: the directory, and the command line.
directory=$1
shift

exec 3<&0 </dev/null >>"$directory/pgbouncer.log" 2>&1

"$@" 3<&- &
pooler=$!
{ cat <&3 >/dev/null; kill -s TERM "$pooler" 2>/dev/null; } &
wait "$pooler"
: >"$directory/ended"
wait

cd /
rm -rf "$directory"
