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
planned=$(get '[.waves[].people[]]|length') probability=$(get .probability)
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
wait_for 10 enough_messages
grep -l -e 'Made-up' -e 'Test Road' "$dir"/mailbox/*.json && fail "a message tells who asked or where"
ok "$(messages) messages in the mailbox, none with a name or an address"

links=$(jq -r 'select(.kind == "alert") | .link' "$dir"/mailbox/*.json)
seats=$(board; get '[.lines[]|.count+.reserve]|add')
accepted=0
takers=
for link in $links; do
    [ "$accepted" -lt "$seats" ] || break
    answer "$link" accept
    accepted=$((accepted + 1)) takers="$takers $link"
done
board
[ "$(get '[.lines[].accepted]|add')" = "$accepted" ] || fail "the board does not show $accepted accepted"
[ "$(get .state)" = filled ] || [ "$accepted" -lt "$seats" ] || fail "not filled: $(get .state)"
ok "$accepted accepted of $seats seats; the call-out is $(get .state)"
late=$(echo "$links" | tail -n 1)
case "$takers" in *"$late"*) ;; *)
    answer "$late" accept
    [ "$(get .state)" = late ] || fail "a yes too late is '$(get .state)'"
    ok "one too late was told so" ;;
esac

# The plug is pulled. What was answered stands as it stood.
board; cp "$work/body" "$work/before"
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

for link in $takers; do
    answer "$link" depart
    answer "$link" arrive
    answer "$link" work
done
board
[ "$(get '[.lines[].on_scene]|add')" -ge 3 ] || fail "not on scene"
ok "on scene: $(get '[.lines[].on_scene]|add')"
call admin 201 POST "/api/v1/incidents/$incident/roll-calls" '{}'
for link in $takers; do answer "$link" here; done
ok "roll call answered"
call admin 200 POST "/api/v1/incidents/$incident/steps" '{"step":"stand_down"}'
call admin 422 POST "/api/v1/incidents/$incident/steps" '{"step":"close"}' 2>/dev/null || true
for link in $takers; do
    curl -sS -o "$work/body" -b "$work/phone.$(basename "$link")" -H 'Accept: application/json' "$link"
    case " $(get '.answers|join(" ")') " in *" release "*) answer "$link" release ;; esac
    answer "$link" report '"text":"pumped out, all well","outcome":"done"'
done
ok "all reported"
board
for assignment in $(get '.assignments[]|select(.state=="reported")|.id'); do
    call verifier 200 POST "/api/v1/assignments/$assignment/verifications" '{"ok":true}'
done
board
[ "$(get '[.assignments[]|select(.state=="reported")]|length')" = 0 ] || fail "not all verified"
ok "a second person verified $(get '[.assignments[]|select(.state=="verified")]|length')"
call admin 200 POST "/api/v1/incidents/$incident/steps" '{"step":"review"}'
call admin 200 POST "/api/v1/incidents/$incident/steps" '{"step":"close"}'
[ "$(get .state)" = closed ] || fail "not closed"
call admin 200 GET "/api/v1/incidents/$incident/events"
ok "closed; $(get '.items|length') events tell how"
"$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify (live)"
kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"
server_pid=
"$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify"
ok "muster verify: $(cat "$work/body")"
echo "story: $passed passed, 0 failed"
