#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A drill played through the server: the same figures as `muster drill --dir`, by a helper
# that holds nothing; who may, what is refused, what happens when it is killed, slow, or
# nobody waits for it.
. "$(dirname "$0")/lib.sh"
runs=${DRILL_RUNS:-40} # fewer under a sanitizer: the server gives a drill 30 s

start demo --people 3000
sign_in admin "$(password 1)"
account trainer trainer
account viewer viewer
account auditor auditor
call admin 200 GET /api/v1/areas
town=$(get '[.items[]|select(.level=="town" and .at)][0].code')
at=$(get "[.items[]|select(.code==\"$town\")][0].at|\"\\\"lat\\\":\(.lat),\\\"lon\\\":\(.lon)\"")
far=$(get '[.items[]|select(.level=="town" and .at)][1].code')
account far_trainer trainer "$far"

play() { # WHO STATUS MEMBERS [AT]
    with=(-m 60)
    call "$1" "$2" POST /api/v1/drills "{\"at\":{${4-$at}},$3}"
}
lines='"within_minutes":20,"lines":[{"skills":["first-aid"],"count":2}]'
when="\"when\":\"$(date -d 'next tuesday 14:00' +%FT%T+08:00)\""

# ---- the answer
verified() { "$MUSTER" verify --dir "$dir" >"$work/verified" 2>&1 || fail "muster verify: $(cat "$work/verified")"; }
verified
cp "$work/verified" "$work/before"
play trainer 200 "$lines,$when,\"runs\":$runs"
holds ".runs==$runs and .runs_asked==$runs"
holds '.exercise and .people=="instance" and .seed==1 and .engine=="fast"'
holds '[.policies[].rule]==["ours","nearest","radius","phased","top-up"]' "the policies, ours first"
holds '[.policies[]|.filled.low<=.filled.value and .filled.value<=.filled.high]|all'
holds '.policies[0].alerts.value>=2 and .policies[0].first_s.p50.value>0'
holds '[.policies[]|.count // .way_s // .phases // 0]|.[1]==8 and .[2]==600 and .[4]==6 and (.[3]|length==5)'
jq -e '[..|strings]|all(test("^PH?[0-9]+$")|not)' "$work/body" >/dev/null || fail "a person's number is in it"
jq -S . "$work/body" >"$work/first"
play trainer 200 "$lines,$when,\"runs\":$runs"
jq -S . "$work/body" | cmp -s - "$work/first" || fail "the same question has another answer"
play admin 200 "$lines,$when,\"runs\":$runs,\"seed\":2"
jq -S . "$work/body" | cmp -s - "$work/first" && fail "another seed, the same answer"
ok "a need is played: ours fills $(jq '.policies[0].filled.value' "$work/first") with $(jq '.policies[0].alerts.value' "$work/first") alerted"

# ---- the same as the command line says of the same instance
cat >"$work/scenario.json" <<JSON
{"name":"question","start":$(jq .start "$work/first"),"people":{"count":1,"radius_m":1000,"speed_m_s":1,
 "middle":{$at},"skills":{"first-aid":0}},
 "incidents":[{"kind":"other","needs":[{"within_minutes":20,"skills":["first-aid"],"count":2}]}],
 "policies":[{"name":"ours","rule":"ours"},{"name":"nearest","rule":"nearest","count":8},
  {"name":"reach","rule":"radius","radius_m":600},
  {"name":"phased","rule":"phased","phases":[{"at_s":0,"count":4},{"at_s":150,"count":4},{"at_s":300,"count":4},{"at_s":450,"count":4},{"at_s":600,"count":4}]},
  {"name":"top-up","rule":"top-up","count":6}]}
JSON
here=$(realpath "$MUSTER") # the file is named from where one is, which is not where the server is
(cd "$work" && "$here" drill scenario.json --seed 1 --runs "$runs" --json --dir "$dir") >"$work/told" || fail "muster drill"
jq -S '.changes=[]' "$work/told" | cmp -s - "$work/first" || { diff <(jq -S '.changes=[]' "$work/told") "$work/first" | head -20; fail "the command line says something else"; }
ok "as muster drill --dir says, to the last digit"

# ---- who may
play nobody 401 "$lines"
play viewer 403 "$lines"
play auditor 403 "$lines"
play far_trainer 404 "$lines"
ok "who may play where"

# ---- what is refused
wrong() { # POINTER MEMBERS [AT]
    play admin 422 "$2" "${3-$at}"
    holds ".errors[0].pointer==\"$1\"" "$1: $(get '.errors[0].pointer')"
}
call admin 422 POST /api/v1/drills '{}'
holds '[.errors[].pointer]|sort==["/at","/lines","/within_minutes"]'
wrong /lines '"within_minutes":20,"lines":[]'
wrong /lines/0/count '"within_minutes":20,"lines":[{"count":0}]'
wrong /lines/0/skills/0 '"within_minutes":20,"lines":[{"skills":["magic"],"count":1}]'
wrong /within_minutes '"within_minutes":241,"lines":[{"count":1}]'
wrong /runs "$lines,\"runs\":2001"
wrong /target "$lines,\"target\":1"
wrong /when "$lines,\"when\":\"2001-01-01T00:00:00+08:00\""
wrong /people "$lines,\"people\":1"
wrong /at "$lines" '"lat":10,"lon":10'
wrong /lines '"within_minutes":20,"lines":[{"skills":["nurse","doctor","driver"],"count":1},{"skills":["boat","diving","drone"],"count":1},{"skills":["radio","cooking","shelter"],"count":1}]'
wrong /lines/1/skills "\"within_minutes\":20,\"lines\":[{\"count\":1},{\"skills\":[\"doctor\",\"diving\",\"drone\",\"excavator\",\"chainsaw\"],\"count\":1}]"
holds '.errors[0].detail=="nobody has all of these skills"'
call admin 200 GET /api/v1/instance
off=$(get '.box|"\"lat\":\(.[1]-0.1),\"lon\":\(.[0]-0.1)"')
wrong /at "$lines" "$off"
holds '.errors[0].detail=="there is no road"'
ok "bad questions are refused with their place"

# ---- one at a time, killed, gone
helper() { cat /proc/"$server_pid"/task/*/children | grep -oE '[0-9]+' | grep -m 1 .; }
is_modest() { [ "$(cut -d ' ' -f 19 "/proc/$1/stat")" = 10 ]; }
long="\"within_minutes\":120,\"lines\":[{\"skills\":[\"first-aid\"],\"count\":40},{\"count\":60}],\"runs\":2000"
ask() { # in the background; its status lands in $work/status
    curl -sS -m 60 -D "$work/head2" -o "$work/body2" -w '%{http_code}' -X POST -b "$work/admin.jar" \
        -H "X-Muster-Csrf: $(cat "$work/admin.csrf")" -H 'Content-Type: application/json' \
        --data-binary "{\"at\":{$at},$1}" "$url/api/v1/drills" >"$work/status" 2>/dev/null &
    asker=$!
    wait_for helper
}
ask "$long"
pid=$(helper)
tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qx 'muster drill-helper ' || fail "what ps shows: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
wait_for is_modest "$pid"
ls -l "/proc/$pid/fd" | grep -qE 'muster\.db|keys\.db' && fail "the helper has the database open"
play trainer 503 "$lines"
holds '.detail|test("another drill")'
[ "$(header retry-after)" -ge 1 ] || fail "no Retry-After"
kill -9 "$pid"
wait "$asker"
[ "$(cat "$work/status")" = 503 ] || fail "killed: $(cat "$work/status")"
jq -e '.detail|test("ended from outside")' "$work/body2" >/dev/null || fail "killed: $(cat "$work/body2")"
play admin 503 "$lines"
holds '.detail|test("has the next turn")' "who has just played takes the turn of who was told to wait"
play trainer 200 "$lines,$when,\"runs\":$runs"
jq -S . "$work/body" | cmp -s - "$work/first" || fail "after a kill"
play admin 200 "$lines,\"runs\":2"
ok "one at a time, in turn; a helper that is killed is told of; the next one plays"

ask "$long"
pid=$(helper)
kill "$asker"; wait "$asker" 2>/dev/null
wait_for test ! -e "/proc/$pid"
play trainer 200 "$lines,$when,\"runs\":$runs"
ok "nobody waits for it: it is ended"

# ---- more than there is time for
play trainer 200 '"within_minutes":60,"lines":[{"skills":["first-aid"],"count":10},{"count":10}],"runs":2000'
holds '.runs>=1 and .runs<2000 and .runs_asked==2000' "no part of a long drill is told"
ok "what was played by the time is told: $(get .runs) of 2,000 runs"

# ---- nothing written, nothing told
[ -z "$(ls "$dir/mailbox")" ] || fail "somebody was alerted"
grep -qE '121\.[0-9]|first-aid' "$work/serve.log" && fail "the place or what is needed is in the log"
verified
cmp -s "$work/verified" "$work/before" || fail "something was written: $(cat "$work/before") / $(cat "$work/verified")"
ok "nobody was alerted, nothing is in the log"

# ---- it ends with the server, however that ends
ask "$long"
pid=$(helper)
begun=$(date +%s)
kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"
server_pid=
[ $(($(date +%s) - begun)) -le 5 ] || fail "the end took $(($(date +%s) - begun)) s"
wait_for test ! -e "/proc/$pid"
wait "$asker" 2>/dev/null
start serve
ask "$long"
pid=$(helper)
kill -9 "$server_pid"; wait "$server_pid" 2>/dev/null
server_pid=
wait_for test ! -e "/proc/$pid"
wait "$asker" 2>/dev/null
"$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify"
ok "the helper ends with the server, also after kill -9"

# ---- no roads
if [ "${STORE:-sqlite}" != sqlite ]; then # the schema is taken
    echo "story: $passed passed, 0 failed"
    exit 0
fi
dir=$work/bare
"$MUSTER" init --dir "$dir" >"$work/init" || fail "init"
start serve
sign_in admin "$(sed -n 's/^password *//p' "$work/init")"
play admin 422 "$lines" '"lat":30.7,"lon":121.02'
holds '.errors[0].detail=="no roads are imported yet"'
ok "without roads it says so"
echo "story: $passed passed, 0 failed"
