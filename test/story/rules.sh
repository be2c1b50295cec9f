#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The rules of docs/domain.md with curl alone: response levels, plans and what they may lift, two
# dispatchers at once, silence and deadlines, exercises and what is real, merging, re-opening,
# lost and found, verification and hours, who sees what.
. "$(dirname "$0")/lib.sh"
v=/api/v1
start demo --people 3000
one=$(password 1) two=$(password 2)
kill "$server_pid"; wait "$server_pid"
sed -i 's/^#no_answer_s.*/no_answer_s = 40/; s/^#escalate_s.*/escalate_s = 10/' "$dir/muster.conf"
start serve
sign_in admin "$one"
sign_in verifier "$two"
near=330482001000 far=330482102000
account commander commander
account second commander
account duty dispatcher
account near dispatcher $near
account far dispatcher $far
account viewer viewer
account auditor auditor
account trainer trainer

# number N, link N: of the N-th alert of $callout (as `links` wrote it down).
number() { sed -n "$1p" "$work/links" | cut -d ' ' -f 2; }
link() { sed -n "$1p" "$work/links" | cut -d ' ' -f 3; }
alert() { sed -n "$1p" "$work/links" | cut -d ' ' -f 1; }
# waiting N: which line of $work/links is the Nth alert that still waits for an answer; other
# call-outs replace silent people meanwhile, and what is real voids an exercise.
waiting() {
    alerts
    jq -r '.items[]|select(.state=="pending")|.id' "$work/body" >"$work/waiting"
    awk 'NR == FNR {waits[$1] = 1; next} $1 in waits {print FNR}' "$work/waiting" "$work/links" | sed -n "$1p"
}
keep() { cp "$work/links" "$work/links.$1"; }
resume() { cp "$work/links.$1" "$work/links"; }
incident_is() { call admin 200 GET "$v/incidents/$1"; [ "$(get .state)" = "$2" ]; }
need_is() { call admin 200 GET "$v/incidents/$1"; [ "$(get ".needs[]|select(.id==$2)|.state")" = "$3" ]; }
assignment_of() { board; get ".assignments[]|select(.number==\"$1\")|.id" | tail -n 1; }
assignment_is() { board; [ "$(get ".assignments[]|select(.id==$1)|.state")" = "$2" ]; }
take() { call admin 200 POST "$v/assignments/$1/steps" "{\"step\":\"$2\"${3:+,\"reason\":\"$3\"}}"; }

# ---- what takes its time is begun first
incident
slow=$incident
call admin 201 POST "$v/incidents/$slow/needs" "{\"by\":\"$(date -d '+6 seconds' +%Y-%m-%dT%H:%M:%S%:z)\",\"lines\":[{\"skills\":[],\"count\":1}]}"
missed=$(get .id)
need '{"skills":["first-aid"],"count":2}'
slow_need=$need
callout
slow_callout=$callout
keep slow

# ---- whoever has not enough people asks the level above, and need not wait for the timer
incident
need '{"skills":["first-aid"],"count":2}'
call admin 422 POST "$v/needs/$need/steps" '{"step":"escalate"}'
call viewer 403 POST "$v/needs/$need/steps" '{"step":"escalate","reason":"nobody is near"}'
call admin 200 POST "$v/needs/$need/steps" '{"step":"escalate","reason":"nobody is near"}'
holds '.state=="open"'
call admin 200 GET "$v/incidents/$incident"
holds '.needs[0].escalated_at!=null' "not told to the level above"
reads_why() { jq -es --arg i "/incidents/$incident" '[.[]|select(.kind=="desk_escalated" and (.link|endswith($i)) and (.text|test("写道：“nobody is near”")))]|length==1' "$dir"/mailbox/*.json >/dev/null 2>&1; }
wait_for reads_why
call admin 200 POST "$v/needs/$need/steps" '{"step":"cancel","reason":"test"}'
call admin 409 POST "$v/needs/$need/steps" '{"step":"escalate","reason":"nobody is near"}'
ok "the level above is asked by hand"

# ---- a wrong place is put right: the incident is another office's then
account there dispatcher 330482003000
listen() { curl -sN -m 60 -b "$work/$1.jar" "$url$v/stream" >"$work/$1.stream" & wait_for grep -q '^:' "$work/$1.stream"; }
listen near
listen there
incident
call admin 422 POST "$v/incidents/$incident/steps" '{"step":"move"}'
call admin 422 POST "$v/incidents/$incident/steps" '{"step":"confirm","at":{"lat":30.7,"lon":121.02}}'
call admin 422 POST "$v/incidents/$incident/steps" '{"step":"move","at":{"lat":40.7,"lon":121.02}}'
call near 422 POST "$v/incidents/$incident/steps" '{"step":"move","at":{"lat":30.66,"lon":120.95}}'
call admin 200 POST "$v/incidents/$incident/steps" '{"step":"move","at":{"lat":30.66,"lon":120.95}}'
holds '.state=="confirmed"'
call admin 200 GET "$v/incidents/$incident"
holds '.at.lat==30.66 and .at.lon==120.95' "it did not move"
call near 404 GET "$v/incidents/$incident"
call admin 200 POST "$v/incidents/$incident/steps" '{"step":"cancel","reason":"test"}'
heard() { grep -q "\"incident\":$incident,\"kind\":\"incident.$2\"" "$work/$1.stream"; }
wait_for heard there cancelled
heard near moved || fail "the stream of whose it was says nothing"
heard near cancelled && fail "the stream goes on about another office's incident"
call admin 409 POST "$v/incidents/$incident/steps" '{"step":"move","at":{"lat":30.7,"lon":121.02}}'
ok "a wrong place put right, by whoever may act at both"

# ---- response levels
call duty 403 POST $v/responses '{"area":"root","hazard":"typhoon","level":"II"}'
call near 422 POST $v/responses '{"area":"330482102000","hazard":"typhoon","level":"III"}'
holds '.errors[0].pointer=="/area" and .errors[0].detail=="that lies outside the areas of your account"' "an area that is another town's"
call near 422 POST $v/responses '{"area":"nowhere","hazard":"typhoon","level":"III"}'
holds '.errors[0].detail=="there is no such area"'
call commander 422 POST $v/responses '{"area":"root","hazard":"typhoon","level":"V"}'
holds '.errors[0].detail|test("IV, III, II, I")'
call commander 422 POST $v/responses '{"area":"root","hazard":"party","level":"II"}'
holds '.errors[0].detail|test("flood.*other")'
call duty 201 POST $v/responses "{\"area\":\"$near\",\"hazard\":\"typhoon\",\"level\":\"III\"}"
holds '.state=="running"'
third=$(get .id)
call commander 201 POST $v/responses '{"area":"root","hazard":"typhoon","level":"II"}'
holds '.state=="proposed"'
response=$(get .id)
call admin 200 GET $v/incidents/$slow
holds '.response=="III"' "a proposed level counts already: $(get .response)"
call commander 403 POST $v/responses/$response/steps '{"step":"confirm"}'
call duty 403 POST $v/responses/$response/steps '{"step":"confirm"}'
call second 200 POST $v/responses/$response/steps '{"step":"confirm"}'
holds '.state=="running"'
call second 409 POST $v/responses/$response/steps '{"step":"confirm"}'
holds '.allowed==["end"]'
call admin 200 GET $v/incidents/$slow
holds '.response=="II"' "the highest running one counts"
incident
need '{"skills":["first-aid"],"count":2}'
call admin 200 POST $v/needs/$need/plan '{}'
holds '(.excluded.quiet//0)==0 and (.excluded.off_duty//0)==0' "level II does not lift quiet hours and duty: $(get -c .excluded)"
call second 200 POST $v/responses/$response/steps '{"step":"end"}'
call second 409 POST $v/responses/$response/steps '{"step":"end"}'
holds '.allowed==[]' "as with any step of what is over"
call duty 200 POST $v/responses/$third/steps '{"step":"end"}'
call admin 200 GET $v/incidents/$slow
holds '.response=="ordinary"'
call admin 200 GET $v/responses
holds '.items|length==2 and all(.state=="ended")'
ok "levels I and II: a commander proposes, another account confirms; the highest counts"

# ---- plans
plan() { call admin "$1" POST "$v/needs/$need/plan" "$2"; }
plan 422 '{"lift":["quiet"]}'
plan 422 '{"lift":["quiet"],"reason":"  "}' # blanks say nothing
plan 422 '{"force":["PH000005"]}'
plan 422 '{"lift":["certificate"],"reason":"x"}'
holds '.errors[0].detail|test("quiet, duty, cap")'
plan 422 '{"exclude":["NOBODY"]}'
plan 422 '{"exclude":"PH000005"}'
plan 200 "{$any_hour}"
holds '.probability>=0.95 and .target_reached==true and .expected_alerts>=2 and .expected_messages>=.expected_alerts and (.shortfall==[])'
holds '.waves[0].after_s==0 and (.waves[0].people|length)<=.expected_alerts and ([.waves[].people[]]|length)>=.expected_alerts' "first wave: $(get -c '[.expected_alerts,(.waves|length)]')"
holds '(.waves|length)==1 or (.waves[1]|.after_s>0 and .chance>0 and .chance<=1 and .expected>0 and .likely>0)'
holds '.at_once>=(.waves[0].people|length) and .most>=.probability'
holds '.waves[0].people|all(.number and .line==0 and .seconds>=0 and .p_accept>0 and .p_accept<1 and .p_in_time>=0 and .p_in_time<=1 and .reason)'
holds '.curve|length>2 and (.[-1].probability>=.[0].probability) and .[-1].alerts>0'
holds '[.waves[].people[].number]|length==(unique|length)' "somebody is alerted twice"
jq -r '.waves[].people[].number' "$work/body" >"$work/planned"
without=$(head -n 1 "$work/planned")
planned=$(wc -l <"$work/planned")
plan 200 "{\"exclude\":[\"$without\"],$any_hour}"
holds "[.waves[].people[].number]|index(\"$without\")==null" "an excluded person is alerted"
plan 200 "{\"reserve\":0,\"target\":0.6,$any_hour}"
[ "$(get '.expected_alerts|floor')" -lt "$planned" ] || fail "a lower target alerts as many"
holds '.seats[0].reserve==0'
plan 422 "{\"target\":1,$any_hour}"
holds '.errors[0].pointer=="/target" and (.errors[0].detail|test("cannot be promised; the most these people can reach is 0[.]9"))'
plan 422 '{"target":0}'
plan 422 '{"target":1.5}'
plan 422 '{"target":-0.1}'
call admin 422 POST $v/incidents/$incident/needs '{"within_minutes":60,"target":1,"lines":[{"skills":[],"count":1}]}'
holds '.errors[0].pointer=="/target"'
plan 200 "{\"within_minutes\":1,$any_hour}"
holds '.target_reached==false and .probability<0.5' "one minute is enough: $(get .probability)"
call admin 201 POST $v/incidents/$incident/needs '{"within_minutes":60,"lines":[{"skills":["diving","doctor","boat","chainsaw"],"count":50}]}'
call admin 200 POST "$v/needs/$(get .id)/plan" "{$any_hour}"
holds '.target_reached==false and .shortfall[0].line==0 and .shortfall[0].want>=50 and .shortfall[0].have<50'
# Whom nothing lifts, and who may be forced.
call admin 200 GET $v/people/PH000005
name=$(get .name) # chance may let this one be erased below
with=(-H "If-Match: $(header etag)")
call admin 200 PATCH $v/people/PH000005 '{"suspended":true,"skills":["first-aid"]}'
with=(-H "If-Match: $(header etag)")
call admin 200 PATCH $v/people/PH000005 '{"suspended":false,"paused_until":"2099-01-01T00:00:00+08:00"}'
plan 422 '{"force":["PH000005"],"reason":"the mayor wants it"}'
holds '.detail|test("paused")'
with=(-H "If-Match: $(call admin 200 GET $v/people/PH000005; header etag)")
call admin 200 PATCH $v/people/PH000005 '{"suspended":true,"paused_until":null}'
plan 422 '{"force":["PH000005"],"reason":"the mayor wants it"}'
with=(-H "If-Match: $(call admin 200 GET $v/people/PH000005; header etag)")
call admin 200 PATCH $v/people/PH000005 '{"suspended":false,"duty":"Mo 00:00-00:01","quiet":"00:00-23:59","skills":["first-aid"]}'
plan 200 '{"force":["PH000005"],"reason":"lives next door"}'
holds '[.waves[].people[].number]|index("PH000005")!=null' "force does not alert"
plan 200 '{}'
holds '.lifts|has("quiet") and has("duty") and has("cap")'
call admin 200 GET "$v/incidents/$incident"
holds '[.needs[].callouts[]]|length==0' "a plan started a call-out"
ok "plans: honest, reserve and target, exclude, force and lift with a reason, and whom nothing lifts"

# ---- two dispatchers at once
race=0
for who in admin duty commander second admin duty commander second; do
    race=$((race + 1))
    curl -s -o /dev/null -w '%{http_code}\n' -b "$work/$who.jar" -H "X-Muster-Csrf: $(cat "$work/$who.csrf")" \
        -H 'Content-Type: application/json' -d "{$any_hour}" "$url$v/needs/$need/callouts" >"$work/race.$race" &
    racers="${racers:-} $!"
done
wait $racers
[ "$(sort "$work"/race.* | uniq -c | tr -s ' \n' ' ')" = ' 1 201 7 409 ' ] || fail "two at once: $(sort "$work"/race.* | uniq -c | tr '\n' ';')"
call admin 200 GET "$v/incidents/$incident"
callout=$(get ".needs[]|select(.id==$need)|.callouts[0].id")
holds ".needs[]|select(.id==$need)|.callouts|length==1"
wait_for links_are_there
keep first; first=$callout first_incident=$incident first_need=$need
ok "eight dispatchers press at once: one call-out, seven times 409"

# ---- steps of the call-out
call admin 409 POST $v/callouts/$callout/steps '{"step":"resume"}'
holds '.allowed|index("stand_down")!=null'
curl -s -H 'Accept: application/json' -o "$work/body" "$(link 1)"
status=$(curl -s -o /dev/null -w '%{http_code}' -H 'Accept: application/json' -H 'Content-Type: application/json' -d "{\"nonce\":\"$(get .nonce)\",\"answer\":\"seen\"}" "$(link 1)")
[ "$status" = 200 ] || fail "seen: $status"
call admin 200 POST $v/callouts/$callout/steps '{"step":"stand_down"}'
alerts
holds '[.items[].state]|all(.=="stood_down" or .=="no_answer")'
read_told() { [ -n "$(mail stand_down "$(number 1)")" ]; }
wait_for read_told
[ -z "$(mail stand_down "$(number 2)")" ] || fail "who had not read the alert is woken by the stand-down"
answer "$(link 3)" accept
holds '.state=="late"'
board
holds '.state=="ended" or .state=="standing_down"'
ok "stand-down: who had read it is told, the others silently; a yes after it is late"

# ---- re-opened: first those who had said yes
incident
need '{"skills":["first-aid"],"count":1}' '"reserve":0'
callout
yes=$(number 2)
answer "$(link 2)" accept
call admin 422 POST $v/needs/$need/steps '{"step":"cancel","reason":" "}'
call admin 200 POST $v/needs/$need/steps '{"step":"cancel","reason":"not wanted"}'
need_is $incident $need cancelled || fail "a cancelled need is $(get -c .needs)"
call admin 409 POST $v/needs/$need/steps '{"step":"reopen","reason":"after all"}'
holds '.allowed==[]' "409 in a last state: $(get -c .allowed)"
need '{"skills":["first-aid"],"count":1}' '"reserve":0'
callout
for i in 1 2 3; do
    answer "$(link $i)" accept
    [ "$(get .state)" = assigned ] && break
done
[ "$(get .state)" = assigned ] || fail "nobody is free: $(get .state)"
yes=$(number $i)
for step in depart arrive work release; do answer "$(link $i)" $step; done
need_is $incident $need met || fail "arrived, but not met: $(get -c .needs)"
call admin 422 POST $v/needs/$need/steps '{"step":"reopen"}'
call admin 200 POST $v/needs/$need/steps '{"step":"reopen","reason":"the water comes back"}'
holds '.state=="open"'
call admin 200 POST $v/needs/$need/plan "{$any_hour}"
holds "[.waves[].people[].number][0:3]|index(\"$yes\")!=null" "the one who had said yes is not asked first: $yes in $(get -c '[.waves[].people[].number][0:5]')"
call admin 200 GET $v/incidents/$incident
holds ".needs[]|select(.id==$need)|.lines[0]|.accepted==0 and .on_scene==0" "who has gone home fills a seat wanted anew"
answer "$(link $i)" report '"text":"done","outcome":"done"'
callout
answer "$(grep " $yes " "$work/links" | cut -d ' ' -f 3)" accept
holds '.state=="assigned"' "the second time: $(get .state)"
board
holds '.lines[0].accepted==1 and .state=="filled"'
answer "$(grep " $yes " "$work/links" | cut -d ' ' -f 3)" arrive '"position":{"lat":30.7001,"lon":121.0199}'
board
holds '.lines[0].on_scene==1 and .need_state=="met"'
# The position is written behind the answer, which does not wait for it.
is_on_the_board() { board; jq -e '.assignments[]|select(.state=="on_scene")|.position.lat==30.7001' "$work/body"; }
wait_for is_on_the_board
"$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify after a re-opened need"
ok "a need re-opened asks first who had said yes, and is met again"

# ---- assignments: on behalf, no show, lost and found, turned back
incident
need '{"skills":[],"count":4}' '"reserve":0'
callout "\"exclude\":[\"$without\"],$any_hour"
plan 200 "{$any_hour}"
holds "[.waves[].people[].number]|index(\"$without\")==null" "a preview alerts whom the call-out leaves out"
board
holds '.left_out==1'
call admin 422 POST $v/alerts/$(alert 1)/replies '{"answer":"accept"}'
holds '.errors[0].pointer=="/reason"'
call admin 422 POST $v/alerts/$(alert 1)/replies '{"answer":"perhaps","reason":"x"}'
for i in 1 2 3; do call admin 200 POST $v/alerts/$(alert $i)/replies '{"answer":"accept","from":"work","reason":"by telephone"}'; done
call admin 200 POST $v/alerts/$(alert 5)/replies '{"answer":"limited","ready_in_minutes":15,"reason":"by telephone"}'
holds '.state=="limited"'
call admin 200 POST $v/alerts/$(alert 6)/replies '{"answer":"decline","reason":"by telephone"}'
holds '.state=="declined"'
a=$(assignment_of "$(number 1)") b=$(assignment_of "$(number 2)") c=$(assignment_of "$(number 3)")
call admin 422 POST $v/assignments/$a/steps '{"step":"fly"}'
call admin 409 POST $v/assignments/$a/steps '{"step":"release"}'
holds '.allowed|(index("depart")!=null and index("release")==null)'
take $a no_show "nobody came"
holds '.state=="no_show"'
board
holds '.lines[0].accepted==2 and .state=="active"'
take $b depart; take $b lost "no answer to calls"
holds '.state=="lost_contact"'
board
holds '.lines[0].accepted==1'
take $b found
holds '.state=="en_route"' "found goes back to $(get .state)"
take $c arrive; take $c work
board
holds '.lines[0].accepted==2 and .lines[0].on_scene==1'
call admin 409 POST $v/incidents/$incident/steps '{"step":"close"}'
call admin 200 POST $v/incidents/$incident/steps '{"step":"stand_down"}'
assignment_is $b stood_down || fail "en_route after the stand-down: $(get -c '.assignments[].state')"
assignment_is $c released || fail "working after the stand-down: $(get -c '.assignments[].state')"
call admin 200 POST $v/incidents/$incident/steps '{"step":"review"}'
call admin 422 POST $v/incidents/$incident/steps '{"step":"close"}'
holds '.detail|test("1 people")'
take $b turned_back
holds '.state=="turned_back"'
call admin 422 POST $v/assignments/$c/reports '{"text":"all dry","outcome":"done"}'
call admin 422 POST $v/assignments/$c/reports '{"text":"all dry","outcome":"superb"}'
holds '.errors[0].detail|test("done, partly, not_needed, not_possible")'
answer "$(link 3)" report '"text":"all dry","outcome":"done"'
call admin 422 POST $v/incidents/$incident/steps '{"step":"close"}'
call verifier 422 POST $v/assignments/$c/verifications '{"ok":false}'
call verifier 200 POST $v/assignments/$c/verifications '{"ok":false,"reason":"what about the garage?"}'
holds '.state=="disputed"'
to=$(number 3)
asked_again() { jq -es --arg to "$to" '[.[]|select(.kind=="report" and .to==$to and (.text|test("再确认")))]|length==1' "$dir"/mailbox/*.json; }
wait_for asked_again
answer "$(link 3)" report '"text":"the garage too","outcome":"done"'
call verifier 200 POST $v/assignments/$c/verifications '{"ok":true,"minutes":0}'
holds '.state=="verified"'
call verifier 409 POST $v/assignments/$c/verifications '{"ok":true}' # put right only with a reason
call verifier 422 POST $v/assignments/$c/verifications '{"ok":true,"reason":"left later"}'
call verifier 409 POST $v/assignments/$c/verifications '{"ok":true,"minutes":0,"reason":" "}'
call admin 200 POST $v/incidents/$incident/steps '{"step":"close"}'
call verifier 409 POST $v/assignments/$c/verifications '{"ok":true,"minutes":1,"reason":"left later"}'
holds '.allowed==["reopen"] and .detail=="not possible in the present state of the incident; allowed: reopen"' "who corrects what is closed is not told that the incident is"
call admin 422 POST $v/assignments/$a/steps '{"step":"arrive"}'
call admin 422 POST $v/incidents/$incident/steps '{"step":"reopen","reason":" "}'
call admin 200 POST $v/incidents/$incident/steps '{"step":"reopen","reason":"the dyke broke"}'
holds '.state=="active"'
ok "on behalf with a reason; no show, lost and found, turned back; disputed, verified, closed, re-opened"

# ---- whoever was erased since reports no more: a dispatcher does, and need not wait for a day
again=$incident kept=$callout
keep again
incident
need '{"skills":[],"count":1}' '"reserve":0'
callout "\"exclude\":$(cut -d ' ' -f 2 "$work/links.again" | jq -Rsc 'split("\n")|map(select(.!=""))'),$any_hour" # they are wanted again below
answer "$(link 1)" accept
for step in arrive release; do answer "$(link 1)" $step; done
holds '.state=="released"'
gone=$(assignment_of "$(number 1)")
may_report() { board; [ "$(get ".assignments[]|select(.id==$gone)|.can|index(\"report\")!=null")" = "$1" ]; }
may_report false || fail "a report on behalf is offered at once"
call admin 422 POST $v/assignments/$gone/reports '{"text":"all dry","outcome":"done"}'
"$MUSTER" erase-person "$(number 1)" --dir "$dir" >/dev/null || fail "erase-person"
may_report true || fail "nobody can report for who was erased"
call admin 200 POST $v/assignments/$gone/reports '{"text":"all dry","outcome":"done"}'
call verifier 200 POST $v/assignments/$gone/verifications '{"ok":true}'
for step in stand_down review close; do call admin 200 POST $v/incidents/$incident/steps "{\"step\":\"$step\"}"; done
ok "an incident of somebody who was erased is closed the same day"
incident=$again callout=$kept
resume again

# ---- who was there all the same is credited, also when it is cancelled over their heads
curl -sS -m 20 -H 'Accept: application/json' "$(link 1)" >"$work/body"
holds '.state=="no_show" and (.answers|index("arrive")!=null) and (.sentence.zh|test("在现场"))' "who did not come cannot say that they did"
answer "$(link 1)" arrive
holds '.state=="released"' "nobody is needed any more: $(get .state)"
call admin 200 POST $v/incidents/$incident/steps '{"step":"cancel","reason":"the dyke holds"}'
# A call for help after the cancellation is among what runs, and can be seen to after the report.
answer "$(link 1)" sos
calls() { call admin 200 GET "$v/incidents?state=running"; get "[.items[]|select(.id==$incident)|.alarms[].assignment]|tostring"; }
[ "$(calls)" = "[$a]" ] || fail "nobody sees who calls for help after the cancellation: $(calls)"
answer "$(link 1)" report '"text":"nobody told me","outcome":"not_needed"'
call admin 200 POST $v/assignments/$a/alarms '{"step":"acknowledge"}'
[ "$(calls)" = "[]" ] || fail "a cancelled incident runs on: $(calls)"
call verifier 200 POST $v/assignments/$a/verifications '{"ok":true}'
holds '.state=="verified"'
ok "there after all; cancelled, and checked"

# ---- exercises and what is real
incident '"exercise":true'
need '{"skills":["first-aid"],"count":2}'
for what in plan callouts; do
    call admin 422 POST $v/needs/$need/$what "{$any_hour}"
    holds '.errors[0].pointer=="/lift"' "something is lifted for an exercise"
done
plan=$(call admin 200 POST "$v/needs/$first_need/plan" "{$any_hour}"; jq -c '[.waves[].people[].number][0:8]' "$work/body")
callout "\"force\":$plan,\"reason\":\"exercise at any hour\""
jq -es '[.[]|select(.kind=="alert" and .exercise)]|length>=4 and all(.text|test("演练|[Ee]xercise"))' "$dir"/mailbox/*.json >/dev/null || fail "exercise messages without their label"
call admin 200 GET $v/incidents/$incident/events
holds '[.items[]|select(.kind=="incident.reported")|.code]==["exercise"]' "the record of an exercise does not say so"
call admin 200 GET $v/incidents/$incident/report
holds '.incident.exercise==true' "the report of an exercise does not say so"
call admin 200 GET $v/incidents/$incident
holds '.exercise==true' "the incident does not say that it is an exercise"
call nobody 200 GET "/s/$(get .case)"
grep -q '演练\|Exercise' "$work/body" || fail "the requester's page of an exercise is not marked"
# The slow call-out may alert somebody for real at this very moment: then the next one.
for first in $(waiting 1) $(waiting 2) $(waiting 3); do
    answer "$(link "$first")" accept
    [ "$(get .state)" = late ] || break
done
holds '.state=="assigned" and .exercise==true'
second=$(waiting 1)
[ -n "$second" ] || fail "nobody else of the exercise still waits: $(cat "$work/waiting")"
curl -sS -m 20 "$(link "$first")" | grep -q '演练\|Exercise' || fail "the volunteer's page of an exercise is not marked"
e1=$(number "$first") e2=$(number "$second") exercise=$callout
keep exercise
incident
need '{"skills":["first-aid"],"count":3}'
callout "\"force\":[\"$e1\",\"$e2\"],$any_hour"
jq -es --arg to "$e1" '[.[]|select(.kind=="alert" and .to==$to)|.exercise]|contains([true,false])' "$dir"/mailbox/*.json >/dev/null || fail "no actual alert"
real=$callout
callout=$exercise
alerts
holds ".items[]|select(.number==\"$e2\")|.state==\"void\"" "the exercise alert stands beside the real one"
board
holds ".assignments[]|select(.number==\"$e1\")|.state==\"stood_down\" or .state==\"released\"" "the exercise assignment stands beside the real alert"
curl -sS -m 20 -H 'Accept: application/json' "$(sed -n "${first}p" "$work/links.exercise" | cut -d ' ' -f 3)" |
    jq -e '.answers|index("turned_back")==null and index("accept")==null' >/dev/null || fail "who was let go for what is real is still asked about the exercise"
voided() { [ -n "$(mail voided "$e1")" ]; }
wait_for voided
jq -es '[.[]|select(.exercise)]|(map(.kind)|unique|length)>=2 and all((.text|test("演练")) and (.subject|test("演练")))' "$dir"/mailbox/*.json >/dev/null ||
    fail "not marked in text and subject: $(jq -cs '[.[]|select(.exercise)|[.kind,.subject]]|unique' "$dir"/mailbox/*.json)"
call admin 200 POST "$v/needs/$first_need/plan" "{$any_hour}" # an actual plan leaves out who is committed for real
holds "[.waves[].people[].number]|index(\"$e1\")==null" "a person alerted for real is planned again"
callout=$real
resume exercise
ok "what is real voids the exercise: alert void, assignment released, and told so"

# ---- a yes to one voids the other, which is replaced at once
links >"$work/links"
real_link=$(grep " $e1 " "$work/links" | cut -d ' ' -f 3)
incident
need '{"skills":["first-aid"],"count":2}'
callout
other=$callout chosen=$(number 1) chosen_link=$(link 1) before=$(wc -l <"$work/links")
board; promised=$(get .probability)
incident
need '{"skills":[],"count":1}'
callout "\"exclude\":[\"$chosen\"],$any_hour"
alerts
holds "[.items[]|select(.number==\"$chosen\")]|length==0"
call admin 200 POST "$v/needs/$need/plan" "{$any_hour}"
holds "[.waves[].people[].number]|index(\"$chosen\")==null" "a person with a pending alert is planned for a second one"
incident
need '{"skills":[],"count":1}'
callout "\"force\":[\"$chosen\"],$any_hour"
forced=$callout
alerts
holds "[.items[]|select(.number==\"$chosen\")]|length==1" "a forced second alert is not there"
answer "$(grep " $chosen " "$work/links" | cut -d ' ' -f 3)" accept
holds '.state=="assigned"'
callout=$other
alerts
holds ".items[]|select(.number==\"$chosen\")|.state==\"void\"" "a yes leaves another alert pending"
# Somebody else is alerted at once, or the plan says anew that the rest are enough.
replaced_or_needless() {
    [ "$(links | wc -l)" -gt "$before" ] && return
    board
    jq -e ".probability!=$promised and .probability>=.target" "$work/body" >/dev/null
}
wait_for replaced_or_needless
answer "$chosen_link" accept
holds '.state=="late"' "a yes to the second one is $(get .state)"
answer "$real_link" accept
holds '.state=="assigned" and .exercise==false'
ok "one alert at a time unless forced; a yes to one voids the other, which is replaced at once"

# ---- limited people are asked when nobody else is left
incident
need '{"skills":["boat"],"count":25}'
callout
call admin 200 GET "$v/callouts/$callout"
answer "$(link 2)" limited '"ready_in_minutes":5'
asked() { [ -n "$(mail ask_limited "$(number 2)")" ]; }
wait_for asked
answer "$(link 2)" accept
holds '.state=="assigned"'
# Stood down, and resumed with those who are still on their way.
answer "$(link 2)" depart
call admin 200 POST $v/callouts/$callout/steps '{"step":"stand_down"}'
assignment_is "$(assignment_of "$(number 2)")" en_route || fail "standing the call-out down sends home who is on the way"
call admin 200 POST $v/callouts/$callout/steps '{"step":"resume"}'
holds '.state=="active"'
answer "$(link 3)" accept
holds '.state=="assigned"' "a yes after the call-out was resumed is $(get .state)"
ok "limited people are asked when nobody else is left; a call-out stood down and resumed"

# ---- who was late is asked first
incident
need '{"skills":[],"count":1}' '"reserve":0,"target":0.999'
callout
last=$(alert '$') late=$(number 2) old=$(link 2)
answer "$(link 1)" accept
holds '.state=="assigned"'
answer "$old" accept
holds '.state=="late"'
answer "$(link 1)" withdraw
asked_anew() { [ "$(mail alert "$late")" != "$old" ]; }
wait_for asked_anew
alerts
holds "[.items[]|select(.id>$last)]|min_by(.id)|.number==\"$late\"" "somebody new is asked before who had said yes"
[ -z "$(mail stand_down "$late")" ] || fail "who is asked anew was sent to rest first"
answer "$(mail alert "$late")" accept
holds '.state=="assigned"'
ok "a seat comes free: who had said yes too late is asked first, and has it"

# ---- a reserve who called for help is not sent to rest with the others
incident
need '{"skills":[],"count":1}' '"reserve":2,"target":0.999'
callout
for n in 1 2 3; do answer "$(link $n)" accept; holds '.state=="assigned"'; done
answer "$(link 2)" sos
call admin 200 POST "$v/assignments/$(assignment_of "$(number 2)")/alarms" '{"step":"acknowledge"}'
answer "$(link 1)" arrive
assignment_is "$(assignment_of "$(number 3)")" stood_down || fail "a reserve is not released once the counts are there"
assignment_is "$(assignment_of "$(number 2)")" assigned || fail "who called for help was stood down by the way"
call admin 200 POST $v/incidents/$incident/steps '{"step":"stand_down"}'
assignment_is "$(assignment_of "$(number 2)")" stood_down || fail "the stand-down of a dispatcher is not for everybody"
page=$(curl -sS -b "$work/phone.$(basename "$(link 2)")" -H 'Accept: text/html' "$(link 2)")
echo "$page" | grep -q '我们还在跟进' && ! echo "$page" | grep -q '安心休息' || fail "who called for help is told to rest"
ok "a reserve who called for help is not sent to rest with the others"

# ---- merging
incident; into=$incident
call admin 201 POST $v/incidents '{"kind":"flood","at":{"lat":30.7,"lon":121.02},"requester":{"name":"Old Li","consent":true,"phone":"13800000009","address":"Mao river road 18"}}'
incident=$(get .id)
call admin 200 POST $v/incidents/$incident/steps '{"step":"confirm"}'
need '{"skills":["boat"],"count":2}'
call admin 422 POST $v/incidents/$incident/steps "{\"step\":\"merge\",\"into\":$incident}"
call admin 422 POST $v/incidents/$incident/steps '{"step":"merge","into":999999}'
call admin 422 POST $v/incidents/$incident/steps '{"step":"merge"}'
holds '.errors[0]|.pointer=="/into" and (.detail|test("required"))'
call admin 422 POST $v/incidents/$incident/steps '{"step":"review","into":999999}'
holds '.errors[0]|.pointer=="/into" and (.detail|test("does not go"))'
exercise_made=$(call admin 201 POST $v/incidents '{"kind":"flood","exercise":true,"at":{"lat":30.7,"lon":121.02}}'; get .id)
call admin 422 POST $v/incidents/$incident/steps "{\"step\":\"merge\",\"into\":$exercise_made}"
call admin 422 POST $v/incidents/$incident/steps "{\"step\":\"merge\",\"into\":$slow,\"colour\":1}"
call admin 200 POST $v/incidents/$incident/steps "{\"step\":\"merge\",\"into\":$into,\"reason\":\"the same water\"}"
holds '.state=="merged"'
call admin 200 GET $v/incidents/$incident
holds ".merged_into==$into and .needs[0].state==\"cancelled\""
call nobody 200 GET "/s/$(get .case)"
grep -q '已经办完' "$work/body" && fail "who asked is told that it is finished, while help comes by another incident"
call admin 200 GET $v/incidents/$into
holds '.needs|length==1 and .[0].state=="open" and .[0].lines[0].skills==["boat"]' "the open need did not move"
holds '.requester.address=="Mao river road 18"' "nobody knows any more who asked"
call admin 409 POST $v/incidents/$incident/steps '{"step":"reopen","reason":"x"}'
call admin 200 POST $v/incidents/$into/steps '{"step":"cancel","reason":"false alarm"}'
incident
need '{"skills":["boat"],"count":2}'
call admin 422 POST $v/incidents/$incident/steps "{\"step\":\"merge\",\"into\":$into}"
need_is $incident $need open || fail "a refused merge touched the need"
incident; report=$incident
call admin 201 POST $v/incidents '{"kind":"flood","at":{"lat":30.701,"lon":121.021}}'
holds ".similar|map(.id)|index($report)!=null" "a report next door is not offered"
ok "merging moves open needs, never into what is over, never an exercise into what is real"

# ---- who sees what
callout=$real
board
accepted=$(get ".assignments[]|select(.number==\"$e1\")|.id")
real_incident=$(get .incident)
holds ".assignments[]|select(.id==$accepted)|.name and .phone" "the dispatcher sees no name after a yes"
for who in viewer; do
    call $who 200 GET $v/callouts/$real
    holds '[.. | objects | has("name") or has("phone") or has("number") or has("position") or has("at_grid")] | any | not' "$who sees people"
    call $who 200 GET $v/incidents/$slow
    holds 'has("requester")|not'
    for path in callouts/$real/alerts callouts/$real/plans incidents/$slow/events people teams; do call $who 403 GET $v/$path; done
    call $who 403 POST $v/incidents '{"kind":"flood","at":{"lat":30.7,"lon":121.02}}'
    call $who 403 POST $v/incidents/$slow/steps '{"step":"cancel"}'
    call $who 403 POST $v/needs/$slow_need/plan '{}'
done
for path in callouts/$real incidents/$slow incidents/$slow/events callouts/$real/alerts; do call far 404 GET $v/$path; done
call far 404 POST $v/incidents/$slow/steps '{"step":"cancel"}'
call far 404 POST $v/needs/$slow_need/plan '{}'
call far 404 POST $v/assignments/$accepted/steps '{"step":"depart"}'
holds '.detail=="not found"' "a row of another area is no secret"
call far 404 POST $v/incidents '{"kind":"flood","at":{"lat":30.7,"lon":121.02}}'
elsewhere() { holds '.detail=="that lies outside the areas of your account"' "who names a place elsewhere is not told"; }
elsewhere
call far 404 POST $v/closures '{"at":{"lat":30.7,"lon":121.02},"reason":"under water"}' && elsewhere
call far 200 GET "$v/people?limit=500"
holds "[.items[].area]|all(startswith(\"330482102\"))" "people of another town in the list"
call far 200 GET "$v/incidents?state=all"
holds ".items|length==0"
call near 200 GET "$v/callouts/$slow_callout/alerts"
holds '[.items[].number]|all(.!=null)' "no numbers for the incident's dispatcher"
call near 200 GET "$v/people?limit=1000"
jq -r '.items[].number' "$work/body" | sort >"$work/own"
call near 200 GET "$v/callouts/$slow_callout/alerts"
jq -r '.items[]|select(.state!="accepted")|select(.name!=null)|.number' "$work/body" | sort >"$work/named"
[ -z "$(comm -13 "$work/own" "$work/named")" ] || fail "names of people of other towns: $(comm -13 "$work/own" "$work/named" | tr '\n' ' ')"
call auditor 200 GET $v/incidents/$slow/events
call auditor 200 GET $v/callouts/$real
call auditor 403 POST $v/incidents/$slow/steps '{"step":"cancel"}'
call trainer 403 POST $v/incidents '{"kind":"flood","at":{"lat":30.7,"lon":121.02}}'
call trainer 201 POST $v/incidents '{"kind":"flood","exercise":true,"at":{"lat":30.7,"lon":121.02}}'
call verifier 403 POST $v/incidents/$slow/steps '{"step":"cancel"}'
call verifier 403 GET $v/people
call admin 200 GET "$v/people?limit=1000"
holds '[.items[].at_grid|[.lat,.lon]]|(unique|length) < (length*0.97)' "places are not on a grid"
for who in viewer auditor far; do call $who 403 PATCH $v/people/PH000001 '{"mode":"foot"}'; done
ok "who sees what: viewer, another town, own town, auditor, trainer, verifier"

# ---- what took its time
need_is $slow $missed short || fail "the deadline has passed, but: $(get -c .needs)"
call admin 422 POST $v/needs/$missed/callouts "{$any_hour}"
holds '.detail|test("new deadline")'
call admin 200 POST $v/needs/$missed/plan "{\"within_minutes\":30,$any_hour}"
call admin 201 POST $v/needs/$missed/callouts "{\"within_minutes\":30,$any_hour}"
need_is $slow $missed open || fail "started with a new deadline, but: $(get -c .needs)"
escalated() { call admin 200 GET "$v/incidents/$slow/events?limit=1000" && holds_quietly '[.items[].kind]|index("need.escalated")!=null'; }
holds_quietly() { jq -e "$1" "$work/body" >/dev/null; }
wait_for escalated
call admin 200 GET "$v/incidents/$slow"
holds '[.needs[].escalated_at]|any(.!=null)'
call admin 200 GET "$v/incidents?state=running&limit=500"
holds ".items[]|select(.id==$slow)|.missing>0 and .escalated_at!=null" "the list does not say who is missing"
callout=$slow_callout
silent() { alerts; holds_quietly '[.items[]|select(.state=="no_answer")]|length>0'; }
wait_for silent
replaced() { board; holds_quietly '.waves>=2'; }
wait_for replaced
resume slow
for i in $(seq 8); do # some of them are busy with other incidents by now
    [ "$(alert_state "$(alert $i)")" = no_answer ] || continue
    answer "$(link $i)" accept
    [ "$(get .state)" = assigned ] && break
done
holds '.state=="assigned"' "a yes after the silence is not welcome while a seat is free: $(get .state)"
ok "short at the deadline, escalated, silence is replaced, a later yes is welcome"
"$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify"
grep -q -e 'Made-up' -e "$name" "$work/serve.log" && fail "the log names somebody"
echo "story: $passed passed, 0 failed"
