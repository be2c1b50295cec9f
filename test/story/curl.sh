#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The whole story with curl alone: a flood is reported, three people with first aid are wanted,
# the fewest are alerted, they answer through their links, go, arrive, finish and report, a
# second person verifies, the incident is closed; in between the server is killed.
. "$(dirname "$0")/lib.sh"

start demo --people 3000
admin_password=$(sed -n 's/^password *//p' "$work/out" | sed -n 1p)
verifier_password=$(sed -n 's/^password *//p' "$work/out" | sed -n 2p)
sign_in admin "$admin_password"
sign_in verifier "$verifier_password"
ok "demo county, two accounts"

# A flood, reported with two clicks; a requester who is not to be seen in messages.
call admin 201 POST /api/v1/incidents '{"kind":"flood","at":{"lat":30.700,"lon":121.020},"title":"Water in the cellar","requester":{"name":"Made-up Person","phone":"10000123456","address":"Test Road 1","consent":true}}'
incident=$(get .id) case=$(get .case)
call admin 200 POST "/api/v1/incidents/$incident/steps" '{"step":"confirm"}'
[ "$(get .state)" = confirmed ] || fail "not confirmed"
ok "incident $case in $(curl -s -b "$work/admin.jar" "$url/api/v1/incidents/$incident" | jq -r .area.name)"

# The need, and the plan before anybody is disturbed.
call admin 201 POST "/api/v1/incidents/$incident/needs" '{"at":{"lat":30.700,"lon":121.020},"within_minutes":45,"lines":[{"skills":["first-aid"],"count":3}],"reserve":"auto","target":0.95}'
need=$(get .id)
call admin 200 POST "/api/v1/needs/$need/plan" '{"lift":["quiet","duty"],"reason":"test at any hour"}'
planned=$(get '.waves[0].people|length') probability=$(get .probability)
[ "$planned" -ge 3 ] || fail "the plan alerts $planned people"
ls "$dir"/mailbox/*.json >/dev/null 2>&1 && fail "a plan alerted somebody"
ok "plan: $planned people, P = $probability, nobody alerted yet"

# Wrong requests change nothing.
call admin 409 POST "/api/v1/incidents/$incident/steps" '{"step":"review"}'
call admin 422 POST "/api/v1/incidents/$incident/needs" '{"at":{"lat":30.7,"lon":121.02},"within_minutes":10,"lines":[{"skills":["wizard"],"count":1}],"target":0.95}'
call admin 400 POST "/api/v1/incidents/$incident/needs" '{"at":{"lat":30.7,"lon":121.02},"within_minutes":10,"within_minutes":11,"lines":[{"skills":[],"count":1}],"target":0.95}'
call nobody 401 GET "/api/v1/incidents/$incident"
ok "wrong requests are refused"

# The call-out.
call admin 201 POST "/api/v1/needs/$need/callouts" '{"lift":["quiet","duty"],"reason":"test at any hour"}'
callout=$(get .id)
board() { call admin 200 GET "/api/v1/callouts/$callout"; }
messages() { ls "$dir"/mailbox/*.json 2>/dev/null | wc -l; }
enough_messages() { [ "$(messages)" -ge "$planned" ]; }
wait_for enough_messages
grep -l -e 'Made-up' -e 'Test Road' "$dir"/mailbox/*.json && fail "a message tells who asked or where"
ok "$(messages) messages in the mailbox, none with a name or an address"

links=$(jq -r 'select(.kind == "alert") | .link' "$dir"/mailbox/*.json)
accepted=0 takers= late=0
for link in $links; do
    answer "$link" accept
    case $(get .state) in
    assigned | accepted) accepted=$((accepted + 1)) takers="$takers $link" ;;
    late | stood_down) late=$((late + 1)) && break ;;
    *) fail "a yes is '$(get .state)'" ;;
    esac
done
# With everybody who was asked on the way the next plan finds the reserve large enough.
filled() { board; [ "$(get .state)" = filled ]; }
wait_for filled
[ "$(get '[.lines[].accepted]|add')" = "$accepted" ] || fail "the board does not show $accepted accepted"
[ "$accepted" -ge 3 ] || fail "only $accepted accepted"
ok "$accepted accepted, then the call-out is $(get .state); $late yes too late was told so kindly"

# The plug is pulled. What was answered stands as it stood.
cp "$work/body" "$work/before"
kill -9 "$server_pid"; wait "$server_pid" 2>/dev/null
start serve
board
jq -S '{state,lines,funnel:.funnel.accepted}' "$work/before" >"$work/a"
jq -S '{state,lines,funnel:.funnel.accepted}' "$work/body" >"$work/b"
cmp -s "$work/a" "$work/b" || fail "after kill -9 the board is another one: $(diff "$work/a" "$work/b")"
ok "kill -9: the board stands as it stood"
# The links moved to another port with the server.
port=$(echo "$url" | sed 's/.*://')
takers=$(echo "$takers" | sed -E "s#(http://[0-9.]+):[0-9]+#\1:$port#g")

# may LINK WORD: whether the page offers that answer now.
may() {
    jar=$work/phone.$(basename "$1")
    curl -sS -o "$work/body" -b "$jar" -H 'Accept: application/json' "$1"
    [ "$(jq "[.answers[]|select(.==\"$2\")]|length" <"$work/body")" = 1 ]
}
there=
for link in $takers; do may "$link" depart && answer "$link" depart; done
for link in $takers; do
    # As soon as three are there, those still under way are asked to turn back.
    if may "$link" arrive; then
        answer "$link" arrive
        may "$link" work && answer "$link" work
        there="$there $link"
    elif may "$link" turned_back; then
        answer "$link" turned_back
    fi
done
board
[ "$(get '[.lines[].on_scene]|add')" = 3 ] || fail "on scene: $(get '[.lines[].on_scene]|add')"
ok "three on scene; the reserve turned back"
call admin 201 POST "/api/v1/incidents/$incident/roll-calls" '{}'
for link in $there; do answer "$link" here; done
ok "roll call answered"
call admin 200 POST "/api/v1/incidents/$incident/steps" '{"step":"stand_down"}'
for link in $there; do
    may "$link" release && answer "$link" release
    answer "$link" report '"text":"pumped out, all well","outcome":"done"'
done
ok "all reported"
call admin 200 POST "/api/v1/incidents/$incident/steps" '{"step":"review"}'
call admin 422 POST "/api/v1/incidents/$incident/steps" '{"step":"close"}'
ok "no close while an outcome is unverified"
board
for assignment in $(get '.assignments[]|select(.state=="reported")|.id'); do
    call verifier 200 POST "/api/v1/assignments/$assignment/verifications" '{"ok":true}'
done
board
[ "$(get '[.assignments[]|select(.state=="reported")]|length')" = 0 ] || fail "not all verified"
ok "a second person verified $(get '[.assignments[]|select(.state=="verified")]|length')"
call admin 200 POST "/api/v1/incidents/$incident/steps" '{"step":"close"}'
[ "$(get .state)" = closed ] || fail "not closed"
call admin 200 GET "/api/v1/incidents/$incident/events"
ok "closed; $(get '.items|length') events tell how"
call admin 200 GET "/api/v1/incidents/$incident/report"
[ "$(get .funnel.on_scene)" = 3 ] && [ "$(get '.needs[0].reached')" = true ] || fail "the report: $(get .funnel)"
for lang in zh en; do
    call admin 200 GET "/api/v1/incidents/$incident/report.pdf?lang=$lang"
    [ "$(head -c 5 "$work/body")" = %PDF- ] || fail "the report in $lang is no PDF"
    ! command -v pdftotext >/dev/null || pdftotext "$work/body" - | grep -q "$(date +%Y)-[01][0-9]-[0-3][0-9] " || fail "the report in $lang does not say of which year it is"
done
call admin 422 GET "/api/v1/incidents/$incident/report.pdf?lang=fr"
# Many at once are drawn in turn: plans and sign-ins use the same threads.
readers=
for i in 1 2 3 4 5 6; do
    curl -sS -m 60 -b "$work/admin.jar" -o "$work/report$i" "$url/api/v1/incidents/$incident/report.pdf?lang=zh" &
    readers="$readers $!"
done
# A look reads one thread after the other: who is in two looks was there between them.
children() { cat /proc/"$server_pid"/task/*/children 2>/dev/null | tr ' ' '\n' | grep . | sort; }
while [ -n "$(jobs -r | grep 'report.pdf')" ]; do
    children >"$work/first"
    children >"$work/second"
    comm -12 "$work/first" "$work/second" | tr '\n' ' '
    echo
done >"$work/helpers"
wait $readers || fail "reports at once"
grep -q . "$work/helpers" || fail "no helper was seen"
awk 'NF > 1 {exit 1}' "$work/helpers" || fail "helpers at once: $(awk 'NF > 1' "$work/helpers" | head -n 1)"
call nobody 401 GET "/api/v1/incidents/$incident/report"
for again in 1 2; do
    "$MUSTER" report "$case" --dir "$dir" --pdf "$work/report.pdf" >/dev/null || fail "muster report (live)"
done
echo mine >"$work/mine"
"$MUSTER" report "$case" --dir "$dir" --pdf "$work/mine" 2>/dev/null && fail "a report is written over what is no report"
[ "$(cat "$work/mine")" = mine ] || fail "what is no report is written over"
ok "the report afterwards, on paper in two languages"
# Two needs at once: nobody stands in both plans, and nobody is alerted.
before=$(messages)
call admin 201 POST /api/v1/incidents '{"kind":"flood","at":{"lat":30.700,"lon":121.020}}'
both=$(get .id)
for place in 30.700 30.705; do
    call admin 201 POST "/api/v1/incidents/$both/needs" "{\"at\":{\"lat\":$place,\"lon\":121.020},\"within_minutes\":45,\"lines\":[{\"skills\":[\"first-aid\"],\"count\":3}],\"target\":0.95}"
done
call admin 422 POST "/api/v1/incidents/$both/plan" '{"lift":["quiet","duty"]}'
call admin 200 POST "/api/v1/incidents/$both/plan" '{"lift":["quiet","duty"],"reason":"a dam may break"}'
[ "$(get '.needs|length')" = 2 ] && [ "$(get '.needs[1].people|length')" -ge 3 ] || fail "the needs are not both planned"
[ "$(get '[.needs[].people[].number]|length')" = "$(get '[.needs[].people[].number]|unique|length')" ] || fail "somebody is in both plans"
[ "$(get .shared)" -gt 0 ] && [ "$(get .proved)" = true ] || fail "shared $(get .shared), proved $(get .proved)"
call admin 422 POST "/api/v1/incidents/$both/plan" '{"needs":[{"need":1,"priority":1}]}'
call nobody 401 POST "/api/v1/incidents/$both/plan" '{}'
# How true the forecasts were: whoever was alerted and has answered is in it.
call admin 200 GET /api/v1/model
[ "$(get '.actual.asked')" -ge 1 ] && [ "$(get '[.actual.reliability[].asked]|add')" = "$(get .actual.asked)" ] || fail "the model has no answers"
call nobody 401 GET /api/v1/model
[ "$(messages)" = "$before" ] || fail "a plan alerted somebody"
ok "two needs planned together, nobody twice"
"$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify (live)"
kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"
server_pid=
"$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify"
ok "muster verify: $(cat "$work/body")"
echo "story: $passed passed, 0 failed"
