#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A private PostgreSQL cluster on a Unix socket, with everything durable switched on.
#   postgres.sh start DIR [LINE...]  makes and starts it in the new folder DIR (LINE: into
#                                    postgresql.conf) and prints its address
#   postgres.sh stop DIR             stops it and drops DIR
#   postgres.sh clone DIR NEW        a standby of it, named `standby`;  promote DIR  makes it a primary
#   postgres.sh kill DIR             SIGKILL to its server;  postgres.sh again DIR  starts it again
# The server refuses to run as root: then an ordinary user runs it.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || { echo "postgres.sh: PostgreSQL is not installed" >&2; exit 1; }
what=$1 dir=$2
shift 2
if [ "$(id -u)" = 0 ]; then
    as() { setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=/tmp "$@"; }
else
    as() { "$@"; }
fi
begin() { # fork, so that nobody waits for the server's output
    as "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start >"$dir/ctl" 2>&1 </dev/null || {
        cat "$dir/ctl" "$dir/log" >&2; exit 1; }
}
case $what in
start)
    mkdir -p "$dir"
    chmod 755 "$dir"
    [ "$(id -u)" != 0 ] || chown nobody:nogroup "$dir"
    cd "$dir"
    as "$bin/initdb" -D "$dir/data" -U muster -A trust -E UTF8 --locale=C -N >"$dir/initdb" 2>&1 || {
        cat "$dir/initdb" >&2; exit 1; }
    {
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$dir'"
        echo "max_connections = 200"
        echo "shared_buffers = 64MB"
        echo "dynamic_shared_memory_type = mmap" # in DIR, so that a killed server leaves nothing behind
        for line in "$@"; do echo "$line"; done
    } >>"$dir/data/postgresql.conf"
    begin
    echo "postgres:///postgres?host=$dir&user=muster"
    ;;
stop)
    cd /
    as "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$dir"
    ;;
clone)
    from=$dir dir=$1
    mkdir -p "$dir"
    chmod 755 "$dir"
    [ "$(id -u)" != 0 ] || chown nobody:nogroup "$dir"
    cd "$dir"
    as "$bin/pg_basebackup" -R -X stream -c fast -D "$dir/data" \
        -d "host=$from user=muster application_name=standby" >"$dir/initdb" 2>&1 || {
        cat "$dir/initdb" >&2; exit 1; }
    echo "unix_socket_directories = '$dir'" >>"$dir/data/postgresql.conf"
    begin
    ;;
promote) as "$bin/pg_ctl" -D "$dir/data" -w promote >/dev/null ;;
kill) kill -9 "$(head -n 1 "$dir/data/postmaster.pid")" ;;
restart) as "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -m fast -w restart >/dev/null 2>&1 ;;
again) # the one that was killed may still be ending, or wait for a parent as a zombie: that counts for the next
    cd "$dir"
    pid=$(head -n 1 data/postmaster.pid)
    for i in 1 2 3 4 5 6 7 8 9 10; do
        grep -q '^State:.[^Z]' "/proc/$pid/status" 2>/dev/null || break
        sleep 0.5
    done
    rm -f data/postmaster.pid
    begin
    ;;
*) echo "postgres.sh: start, clone, promote, stop, kill, restart or again" >&2; exit 2 ;;
esac
