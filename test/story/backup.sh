#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A backup of a server that runs, in the middle of a call-out; a person is erased after it; the
# folder is lost; the backup becomes an instance again, on which the board stands as it stood and
# the erased person, and who had asked for help, stay erased. And the board of any second, by replay.
. "$(dirname "$0")/lib.sh"
[ "${STORE:-sqlite}" = sqlite ] || { echo "absent: a PostgreSQL store is backed up by its own tools"; echo "story: 0 passed, 0 failed"; exit 0; }

start demo --people 400
admin_password=$(password 1)
sign_in admin "$admin_password"
run() { "$MUSTER" "$@" >"$work/body" 2>"$work/err"; }
# refused WHAT COMMAND...: exits 1 and says so.
refused() { local what=$1; shift; run "$@" && fail "not refused: $*"; grep -q "$what" "$work/err" || fail "$*: $(cat "$work/err")"; }

incident
need '{"skills":["first-aid"],"count":2}'
sleep 1.1; before=$(date -u +%Y-%m-%dT%H:%M:%SZ); sleep 1.1
callout
read -r _ taker link <"$work/links"
answer "$link" accept
# Somebody asks for help, and does not need it after all.
call admin 201 POST /api/v1/incidents '{"kind":"household","at":{"lat":30.7012345,"lon":121.0212345},"title":"At Made-up Wang","requester":{"name":"Made-up Wang","phone":"10000888001","address":"Lane 9","consent":true}}'
asked=$(get .id) asked_case=$(get .case)
refused 'is not over: close or cancel it' erase-requester "$asked_case" --dir "$dir"
call admin 200 POST "/api/v1/incidents/$asked/steps" '{"step":"cancel"}'
# The reserve is what the newest plan wants, and it plans again whenever it likes.
board; jq -S '{state,lines:[.lines[]|del(.reserve)],assignments:[.assignments[]|{number,state}]}' "$work/body" >"$work/then"
sleep 1.1; moment=$(date -u +%Y-%m-%dT%H:%M:%SZ); sleep 1.1

run backup "$work/backup" --keys "$work/keys" --dir "$dir" --json || fail "backup: $(cat "$work/err")"
holds '.events>0 and (.sha256|length)==64 and .erased==0'
[ -f "$work/backup/backup.json" ] && [ -f "$work/keys/master.key" ] || fail "files are missing"
[ -z "$(find "$work/backup" -name '*key*')" ] || fail "keys lie beside the data"
run verify --dir "$dir" || fail "verify of the running instance: $(cat "$work/err")"
ok "a verified backup while the server runs"
refused 'holds a backup already' backup "$work/backup" --dir "$dir"
refused 'must not lie in' backup "$work/other" --keys "$work/other/keys" --dir "$dir"
# A target that is somebody's: neither this instance nor another, nor the keys of another.
run init --dir "$work/neighbour" --tls-name muster.example || fail "init"
sum() { cat "$1"/*.db "$1"/*.key "$1"/muster.conf | sha256sum; }
sum "$work/neighbour" >"$work/neighbour.sum"
refused "own folder; choose one elsewhere" backup "$dir" --dir "$dir"
refused "own folder; choose one elsewhere" backup "$dir/backups/today" --dir "$dir"
refused "own folder; choose one elsewhere" backup "$work/third" --keys "$dir/keys" --dir "$dir"
[ ! -e "$dir/backups" ] && [ ! -e "$dir/keys" ] || fail "a refused backup left a folder"
refused 'is not empty' backup "$work/neighbour" --dir "$dir"
refused 'something else than keys of this instance' backup "$work/third" --keys "$work/neighbour" --dir "$dir"
run backup "$work/neighbours" --keys "$work/neighbours-keys" --dir "$work/neighbour" || fail "backup: $(cat "$work/err")"
refused 'something else than keys of this instance' backup "$work/third" --keys "$work/neighbours-keys" --dir "$dir"
sum "$work/neighbour" | cmp -s - "$work/neighbour.sum" || fail "a backup changed another instance"
run backup "$work/third" --keys "$work/keys" --dir "$dir" || fail "newer keys over those of before: $(cat "$work/err")"
ok "a backup is made over nothing that is somebody's"
# A disk that has no room (a file may grow to 64 KiB), or not enough (a file of 4 TB is there).
for size in 64 0; do
    (ulimit -f $size; "$MUSTER" backup "$work/short" --keys "$work/short-keys" --dir "$work/neighbour" >/dev/null 2>&1) && fail "a backup without room"
    [ ! -e "$work/short" ] && [ ! -e "$work/short-keys" ] || fail "a failed backup left $(ls "$work/short" "$work/short-keys")"
done
mkdir "$work/short" && (ulimit -f 64; "$MUSTER" backup "$work/short" --dir "$work/neighbour" >/dev/null 2>&1) && fail "a backup without room"
[ -d "$work/short" ] && [ -z "$(ls -A "$work/short")" ] || fail "a failed backup left something, or took somebody's folder"
truncate -s 4T "$work/neighbour/backdrop.geojson" || fail "no sparse file"
refused 'a backup takes 4398[0-9]* MB, and [0-9]* MB are free there' backup "$work/roomless" --dir "$work/neighbour"
[ ! -e "$work/roomless" ] || fail "a refused backup left a folder"
rm "$work/neighbour/backdrop.geojson"
ok "a backup without room says so, and leaves nothing"

# What happens afterwards: the taker goes, somebody is erased; the next backup tells whom.
answer "$link" depart
call admin 200 GET '/api/v1/people?limit=50'
erased=$(get "[.items[].number|select(. != \"$taker\")][0]")
refused 'open assignment' erase-person "$taker" --dir "$dir"
run erase-person "$erased" --dir "$dir" || fail "erase-person: $(cat "$work/err")"
refused 'no such incident' erase-requester nowhere --dir "$dir"
call admin 200 GET "/api/v1/incidents/$asked"
holds '.requester.phone=="10000888001" and .title=="At Made-up Wang" and .at.lat==30.7012345' "before the erasure"
run erase-requester "$asked_case" --dir "$dir" --json || fail "erase-requester: $(cat "$work/err")"
holds '.erased'
run erase-requester "$asked_case" --dir "$dir" && grep -q 'erased before' "$work/body" || fail "erase-requester again: $(cat "$work/err")"
gone='(has("requester") or has("title")|not) and .state=="cancelled" and .at.lat!=30.7012345'
call admin 200 GET "/api/v1/incidents/$asked"
holds "$gone" "who asked for help is erased"
call admin 409 POST "/api/v1/incidents/$asked/steps" '{"step":"reopen","reason":"again"}'
holds '.detail|test("is erased")' "what is erased is not opened again"
run backup "$work/newer" --dir "$dir" --json || fail "second backup: $(cat "$work/err")"
holds '.erased==2'
call nobody 200 GET /metrics
made=$(sed -n 's/^muster_backup_seconds //p' "$work/body")
[ $(($(date +%s) - made)) -lt 60 ] || fail "a monitor sees no new backup: '$made'"

# The board of any second.
run replay "$incident" --at "$moment" --dir "$dir" --json || fail "replay: $(cat "$work/err")"
holds '.state=="active" and .assignments[0].state=="assigned"' "replay at $moment"
jq -S '{state:.callouts[0].state,lines:.needs[0].lines,assignments:[.assignments[]|{number,state}]}' "$work/body" >"$work/replayed"
jq -S '{state,lines:[.lines[]|{count,accepted,on_scene}],assignments}' "$work/then" >"$work/a"
jq -S '.lines|=[.[]|{count,accepted,on_scene}]' "$work/replayed" >"$work/b"
cmp -s "$work/a" "$work/b" || fail "replay shows another board: $(diff "$work/a" "$work/b")"
run replay "$incident" --dir "$dir" --json || fail "replay now"
holds '.assignments[0].state=="en_route"' "replay now"
run replay "$incident" --at "$before" --dir "$dir" --json || fail "replay before"
holds '.callouts==[] and .needs[0].state=="open"' "replay before the call-out"
refused 'nothing had happened yet' replay "$incident" --at 2020-01-01T00:00:00Z --dir "$dir"
refused 'no incident' replay P000000-0000 --dir "$dir"
refused 'is no time' replay "$incident" --at yesterday --dir "$dir"
ok "replay: the board before, then and now"

# The disk is gone.
kill -9 "$server_pid"; wait "$server_pid" 2>/dev/null; server_pid=
rm -rf "$dir"
cp -r "$work/backup" "$work/damaged"
printf x | dd of="$work/damaged/muster.db" bs=1 seek=5000 conv=notrunc 2>/dev/null
refused 'is not what was backed up' restore "$work/damaged" --keys "$work/keys" --dir "$dir"
refused 'holds no keys' restore "$work/backup" --keys "$work/newer" --dir "$dir"
refused 'no finished backup' restore "$work/keys" --keys "$work/keys" --dir "$dir"
[ ! -e "$dir" ] || fail "a refused restore left a folder"
echo zzz >"$work/no-ids"
refused "'zzz' is no id" restore "$work/backup" --keys "$work/keys" --erased "$work/no-ids" --dir "$dir"
refused 'holds no instance' verify --dir "$dir"
refused 'neighbours-keys: does not open what is in .*/backup: perhaps the keys of another' restore "$work/backup" --keys "$work/neighbours-keys" --erased "$work/newer/erased.txt" --dir "$dir"
refused 'holds no instance' verify --dir "$dir"
run restore "$work/backup" --keys "$work/keys" --erased "$work/newer/erased.txt" --dir "$dir" --json || fail "restore: $(cat "$work/err")"
holds '.erased_again==2'
refused 'holds an instance' restore "$work/backup" --keys "$work/keys" --dir "$dir"
run verify --dir "$dir" || fail "verify after the restore: $(cat "$work/err")"
ok "restored; damaged bytes, missing keys and a second restore are refused"

start serve
sign_in admin "$admin_password"
board; jq -S '{state,lines:[.lines[]|del(.reserve)],assignments:[.assignments[]|{number,state}]}' "$work/body" >"$work/now"
cmp -s "$work/then" "$work/now" || fail "the board is another one: $(diff "$work/then" "$work/now")"
call admin 404 GET "/api/v1/people/$erased"
call admin 200 GET "/api/v1/incidents/$asked"
holds "$gone" "who asked for help stays erased"
ok "the board stands as at the backup; who was erased afterwards stays erased"

# A database that is gone, or empty: the keys are worth more than a new instance.
rm "$work/neighbour/muster.db"
refused 'no muster.db; .muster restore' verify --dir "$work/neighbour"
refused 'holds the keys of an instance' init --dir "$work/neighbour"
: >"$work/neighbour/muster.db"
refused 'muster.db: is empty' serve --dir "$work/neighbour" --listen 127.0.0.1:0
run restore "$work/neighbours" --keys "$work/neighbour" --dir "$work/anew" || fail "restore with the keys that were left: $(cat "$work/err")"
for file in "$work"/neighbour/tls-*.pem; do
    cmp -s "$file" "$work/neighbours-keys/${file##*/}" && cmp -s "$file" "$work/anew/${file##*/}" || fail "${file##*/} is not in the backup, or did not come back"
done
run verify --dir "$work/anew" || fail "verify of what was made anew"
ok "a lost database: its keys are kept, and make it anew from a backup"
echo "story: $passed passed, 0 failed"
