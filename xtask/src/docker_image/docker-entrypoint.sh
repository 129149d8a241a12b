#!/bin/sh
# Does for tests what the entrypoint of the official image does: makes a cluster unless there is one, in which a first
# server makes the database, and then runs the server.
set -eu

initialise() {
    if [ -z "${POSTGRES_PASSWORD:-}" ]; then
        echo "set POSTGRES_PASSWORD" >&2
        exit 1
    fi
    password=$(mktemp)
    echo "$POSTGRES_PASSWORD" >"$password"
    # The arguments are words of their own.
    # shellcheck disable=SC2086
    initdb --pgdata="$PGDATA" --username=postgres --pwfile="$password" ${POSTGRES_INITDB_ARGS:-}
    rm "$password"
    echo "host all all all ${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"

    # Without a log file, this server writes to standard output; nobody outside can connect to it.
    pg_ctl --pgdata="$PGDATA" --wait --options="-c listen_addresses=''" start
    database=${POSTGRES_DB:-postgres}
    if [ "$database" != postgres ]; then
        PGPASSWORD=$POSTGRES_PASSWORD createdb --username=postgres "$database"
    fi
    pg_ctl --pgdata="$PGDATA" --wait --mode=fast stop
    echo "PostgreSQL init process complete; ready for start up."
}

if [ "$1" != postgres ]; then
    exec "$@"
fi
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown postgres "$PGDATA"
    chmod 700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$0" "$@"
fi
[ -s "$PGDATA/PG_VERSION" ] || initialise
exec "$@"
