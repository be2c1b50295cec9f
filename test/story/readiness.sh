#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The quiet times: the index is counted from what is on record and moves as it moves; what
# was found wrong is followed up and checked by a second person; targets by year.
. "$(dirname "$0")/lib.sh"

start demo --people 3000
sign_in admin "$(password 1)"
sign_in verifier "$(password 2)"
account trainer trainer
account viewer viewer
account auditor auditor
call admin 200 GET /api/v1/areas
holds '.items|length>140'
city=$(get '.items[]|select(.level=="city" and .parent!=null)|.code')
town=$(get '[.items[]|select(.level=="town")][0].code')
other=$(get '[.items[]|select(.level=="town")][1].code')
village=$(get "[.items[]|select(.parent==\"$town\")][0].code")
account town_trainer trainer "$town"

ready() { call admin 200 GET "/api/v1/readiness${1:+?area=$1}"; }
indicator() { get ".indicators[]|select(.code==\"$1\")|$2"; }

# ---- counted
took() { curl -sS -m 20 -o "$work/body" -w '%{time_total}' -b "$work/admin.jar" "$url/api/v1/readiness"; }
counted=$(took) kept=$(took)
ready
holds '.indicators|map(.code)==["people.callable","people.certified","reach.first-aid","loop.answered","loop.in-time","loop.verified","drills.held","findings.solved"]'
[ "$(get .area.code)" = "$city" ] || fail "the area of whoever asks without one"
[ "$(indicator people.callable .of)" = 3000 ] || fail "people on record"
[ "$(indicator reach.first-aid .of)" = 136 ] || fail "villages"
[ "$(indicator drills.held '"\(.have)/\(.of)"')" = 0/9 ] || fail "drills"
[ "$(indicator loop.in-time .of)" = 0 ] || fail "no need yet"
holds '.indicators[]|select(.code=="loop.in-time")|has("share") or has("score")|not' "a share of nothing"
holds '.index>0 and .index<100'
holds '[.indicators[]|select(.of>0)]|(map(.weight*.score)|add)/(map(.weight)|add)*100' "no scores"
[ "$(get '(([.indicators[]|select(.of>0)|.weight*.score]|add)/([.indicators[]|select(.of>0)|.weight]|add)*100-.index)|fabs<0.01')" = true ] || fail "the index is not the mean of its scores"
[ "$(get '.areas|length')" = 9 ] || fail "towns"
whole=$(indicator people.callable .have)
sum=0
for code in $(get '.areas[].area.code'); do
    ready "$code"
    sum=$((sum + $(indicator people.callable .have)))
done
[ $sum -le "$whole" ] || fail "the towns hold $sum of $whole"
# Against the people themselves.
people() { # QUERY: every page of the list, a person a line
    next="/api/v1/people?limit=1000$1"
    while [ -n "$next" ]; do
        call admin 200 GET "$next"
        jq -c '.items[]' "$work/body"
        next=$(header link | sed -n 's/^<\([^>]*\)>; rel="next".*/\1/p')
    done
}
called=$(people '' | jq -c 'select((.suspended or has("paused_until"))|not)' | wc -l)
[ "$whole" = "$called" ] || fail "callable: $whole, on the list $called"
lapsing=$(people '&lapses_within=30' | wc -l)
ready
[ $(($(indicator people.certified .of) - $(indicator people.certified .have))) = "$lapsing" ] || fail "certificates: $lapsing lapse, $(indicator people.certified '"\(.have)/\(.of)"')"
# Against the crowd: a village is reached exactly when `nearest` finds three in time.
call admin 200 GET /api/v1/areas
jq -r '.items[]|select(.level=="village")|"\(.at.lat),\(.at.lon)"' "$work/body" >"$work/villages"
reached=0
while read -r at; do
    count=$("$MUSTER" nearest --at "$at" --count 3 --skill first-aid --minutes 15 --json --dir "$dir" 2>/dev/null | jq '.people|length')
    [ "${count:-0}" = 3 ] && reached=$((reached + 1))
done <"$work/villages"
ready
[ "$(indicator reach.first-aid .have)" -ge "$reached" ] || fail "reached: $(indicator reach.first-aid .have), nearest says $reached on duty alone"
ok "eight indicators, index $(get .index): people, certificates and reach as the lists say; counted in $counted s, then told in $kept s"

# ---- who may
call nobody 401 GET /api/v1/readiness
call viewer 403 GET /api/v1/readiness
call auditor 200 GET /api/v1/readiness
call town_trainer 200 GET /api/v1/readiness
[ "$(get .area.code)" = "$town" ] || fail "whose role covers a town sees $(get .area.code)"
call town_trainer 404 GET "/api/v1/readiness?area=$other"
call admin 422 GET '/api/v1/readiness?area=nowhere'
call admin 422 GET '/api/v1/readiness?year=2027'
ok "who may see which area"

# ---- targets
year=$(date +%Y)
set_targets() { call "$1" "$2" PUT /api/v1/readiness/targets "{\"targets\":[$3]}"; }
set_targets admin 204 "{\"indicator\":\"people.callable\",\"year\":$year,\"target\":0.5,\"lead\":\"应急管理局\"},{\"indicator\":\"people.callable\",\"year\":$((year + 1)),\"target\":1},{\"indicator\":\"reach.first-aid\",\"year\":$((year + 2)),\"target\":0.2}"
ready
[ "$(indicator people.callable '"\(.target) \(.lead) \(.score)"')" = "0.5 应急管理局 1" ] || fail "the target of this year"
[ "$(indicator reach.first-aid .target)" = 0.9 ] || fail "a target of later counts already"
[ "$(get '.targets|length')" = 3 ] || fail "targets kept"
set_targets admin 422 "{\"indicator\":\"people.callable\",\"year\":2026,\"target\":0.5},{\"indicator\":\"people.callable\",\"year\":2026,\"target\":0.6}"
set_targets admin 422 '{"indicator":"people.shoes","year":2026,"target":0.5}'
set_targets admin 422 '{"indicator":"people.callable","year":2026,"target":1.5}'
set_targets admin 422 '{"indicator":"people.callable","year":2026,"target":0}'
set_targets trainer 403 ''
ready
[ "$(get '.targets|length')" = 3 ] || fail "a refused change of targets"
set_targets admin 204 ''
ready
[ "$(get '.targets|length')" = 0 ] || fail "targets taken away"
ok "targets by year"

# ---- findings
yesterday=$(date -d yesterday +%F)
note() { call "$1" "$2" POST /api/v1/findings "$3"; }
take() { call "$1" "$2" POST "/api/v1/findings/$finding/steps" "$3"; }
note trainer 201 "{\"title\":\"no boat within 15 minutes\",\"area\":\"$town\",\"lead\":\"水利局\",\"due\":\"$yesterday\",\"indicator\":\"reach.first-aid\"}"
finding=$(get .id)
holds '.state=="open"'
ready
[ "$(indicator findings.solved '"\(.have)/\(.of)"')" = 0/1 ] && [ "$(indicator reach.first-aid .findings)" = 1 ] || fail "an overdue finding is not counted: $(indicator findings.solved .of)"
call admin 200 GET "/api/v1/findings?area=$town&state=open"
holds '.items|length==1'
holds ".items[0]|.overdue and .due==\"$yesterday\" and .made_by==\"trainer\" and .lead==\"水利局\" and .can==[\"start\",\"solve\",\"drop\"]"
call auditor 200 GET /api/v1/findings
holds '.items[0].can==[]' "an auditor changes nothing"
call viewer 403 GET /api/v1/findings
call town_trainer 200 GET /api/v1/findings
holds '.items|length==1'
call admin 200 GET "/api/v1/findings?area=$other"
holds '.items|length==0'
take trainer 200 '{"step":"start"}'
holds '.state=="working"'
take trainer 409 '{"step":"check"}'
holds '.detail|test("solve drop")'
take trainer 422 '{"step":"solve"}'
holds '.errors[0].pointer=="/reason"'
take trainer 422 '{"step":"solve","reason":"  "}'
with=(-H 'Idempotency-Key: solve-1')
take trainer 200 '{"step":"solve","reason":"two boats were bought"}'
with=(-H 'Idempotency-Key: solve-1')
take trainer 200 '{"step":"solve","reason":"two boats were bought"}'
holds '.state=="solved"' "the same request again"
take trainer 403 '{"step":"check"}'
call trainer 200 GET "/api/v1/findings?state=solved"
holds '.items[0].can==["reopen"] and .items[0].note=="two boats were bought" and (.items[0].overdue|not)'
take verifier 200 '{"step":"check"}'
holds '.state=="checked"'
ready
[ "$(indicator findings.solved '"\(.have)/\(.of)"')" = 1/1 ] || fail "a checked finding"
take verifier 422 '{"step":"reopen"}'
take verifier 200 '{"step":"reopen","reason":"one boat leaks"}'
call admin 200 GET "/api/v1/findings"
holds '.items[0]|.state=="open" and (has("solved_by") or has("checked_by")|not) and .note=="one boat leaks"'
take admin 200 '{"step":"drop","reason":"the river is dry"}'
take admin 409 '{"step":"start"}'
ready
[ "$(indicator findings.solved '"\(.have)/\(.of)"')" = 0/1 ] || fail "what was overdue is gone from the figure once it is dropped"
call admin 200 GET "/api/v1/findings?state=dropped"
holds '.items[0]|.dropped_by=="admin" and .dropped_at!=null and (has("checked_by")|not) and (.overdue|not)'
note trainer 201 "{\"title\":\"no map in the car\",\"area\":\"$town\"}"
finding=$(get .id)
call admin 200 GET "/api/v1/findings?state=open"
holds ".items[0]|(has(\"due\")|not) and .due_counted==\"$(date -d '+90 days' +%F)\" and (.overdue|not)" "a finding without a day"
take trainer 200 '{"step":"drop","reason":"it has one"}'
ready
[ "$(indicator findings.solved .of)" = 1 ] || fail "what was dropped before its day counts"
note viewer 403 "{\"title\":\"x\",\"area\":\"$town\"}"
note auditor 403 "{\"title\":\"x\",\"area\":\"$town\"}"
note town_trainer 422 "{\"title\":\"x\",\"area\":\"$other\"}"
note admin 422 '{"title":"x","area":"nowhere"}'
note admin 422 "{\"title\":\"  \",\"area\":\"$town\"}"
note admin 422 "{\"title\":\"x\",\"area\":\"$town\",\"due\":\"2026-02-30\"}"
note admin 422 "{\"title\":\"x\",\"area\":\"$town\",\"incident\":999999999}"
note admin 422 "{\"title\":\"x\",\"area\":\"$town\",\"indicator\":\"people.shoes\"}"
finding=999999999
take admin 404 '{"step":"start"}'
ok "findings: overdue, solved, checked by a second person, opened again, dropped"

# ---- what happened counts: an exercise and an incident that was answered
counts() { ready && [ "$(indicator "$1" '"\(.have)/\(.of)"')" = "$2" ]; }
incident '"exercise":true'
need '{"skills":["first-aid"],"count":1}'
call admin 201 POST "/api/v1/needs/$need/callouts" '{}'
wait_for counts drills.held 1/9
counts loop.answered 0/0 || fail "an exercise counts as a call-out"
incident
need '{"skills":["first-aid"],"count":1}'
callout
read -r _ _ link <"$work/links"
answer "$link" decline
counts loop.answered 0/0 || fail "who answers at once counts before those who are silent can"
this_year="from=$(date +%Y)-01-01&to=$(date +%Y)-12-31"
call admin 200 GET "/api/v1/statistics?$this_year"
holds '.total|.actual.incidents==1 and .actual.alerts>=1 and .actual.answered==1 and .exercise.incidents==1 and .exercise.alerts>0 and .noted==2 and .checked==0' "the year in figures"
holds '([.areas[].actual.incidents]|add)==1 and ([.months[].exercise.incidents]|add)==1 and (.kinds|length)==1' "the same by area, month and kind"
call town_trainer 404 GET "/api/v1/statistics?$this_year&area=$other"
call town_trainer 200 GET "/api/v1/statistics?$this_year"
[ "$(get .area.code)" = "$town" ] || fail "the year of whoever has one town"
call viewer 403 GET "/api/v1/statistics?$this_year"
call admin 422 GET "/api/v1/statistics?from=2016-01-01&to=2026-12-31"
call admin 422 GET "/api/v1/statistics?from=2026-01-01"
note admin 201 "{\"title\":\"nobody with a pump\",\"area\":\"$village\",\"incident\":$incident}"
call admin 200 GET "/api/v1/findings?incident=$incident"
holds '.items|length==1'
holds ".items[0].incident.id==$incident and (.items[0].incident.case|test(\"^P\")) and (.items[0]|has(\"indicator\")|not)"
ok "an exercise and an answer are counted; what an incident showed stays with it"

# ---- killed, and a day before that was counted
kill -9 "$server_pid"; wait "$server_pid" 2>/dev/null
if [ ${#store[@]} = 0 ]; then
    sqlite3 "$dir/muster.db" "INSERT INTO readiness_day SELECT 20000, id, 'people.callable', 9, 20 FROM area WHERE code = '$city'"
    start serve
    ready
    holds '.history==[{"day":"2024-10-04","index":50}]' "the day before: $(get .history)"
else
    start serve
fi
call admin 200 GET /api/v1/findings
holds '.items|length==3' "after kill -9"
kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"
server_pid=
"$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify"
ok "kill -9: the findings stand; muster verify: $(cat "$work/body")"
echo "story: $passed passed, 0 failed"
