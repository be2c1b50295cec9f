#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From a volunteer to one who is called: a course, seats, who signs up on the own page, the
# results once and for all, and a need that finds who passed.
. "$(dirname "$0")/lib.sh"

start demo --people 3000
sign_in admin "$(password 1)"
account trainer trainer
account viewer viewer
account auditor auditor
call admin 200 GET /api/v1/areas
town=$(get '[.items[]|select(.level=="town")][0].code')
other=$(get '[.items[]|select(.level=="town")][1].code')
account town_trainer trainer "$town"

# Three people of the town who cannot dive, with their own pages.
people() { call admin 200 GET "/api/v1/people?area=$1&limit=100" && jq -r '[.items[]|select((.skills|index("diving")|not) and (.suspended|not))][:3][].number' "$work/body"; }
set -- $(people "$town")
one=$1 two=$2 three=$3
stranger=$(people "$other" | head -n 1)
at() { date -d "$1" +%Y-%m-%dT%H:%M:%S+08:00; }
token() { call trainer 200 GET "/api/v1/people/$1" && get .own_page; }
own() { own_page "$1" "$(token "$1")" "${2:-}"; } # NUMBER [MEMBERS]
open_own() { # NUMBER: proves the device to be that person's
    call trainer 200 GET "/api/v1/people/$1"
    own "$1" "\"digits\":\"$(get .phone | tail -c 5)\""
}

# ---- planned
# Within two hours, so that nobody's night keeps a message back, whenever this runs.
plan() { call "$1" "$2" POST /api/v1/courses "{\"title\":\"潜水初训\",\"area\":\"$town\",\"skills\":[\"diving\",\"water-rescue\"],\"starts_at\":\"$(at '+1 hour')\",\"seats\":2,\"place\":\"乍浦港\"${3:+,$3}}"; }
plan viewer 403
plan auditor 403
for bad in '"seats":0' '"minutes":5' '"skills":[]' '"skills":["wizard"]' '"title":" "' '"area":"nowhere"'; do
    key=${bad%%:*}
    call trainer 422 POST /api/v1/courses "$(jq -c ". + {$bad}" <<<"{\"title\":\"x\",\"area\":\"$town\",\"skills\":[\"diving\"],\"starts_at\":\"$(at '+1 day')\",\"seats\":2}")"
done
call trainer 422 POST /api/v1/courses "{\"title\":\"x\",\"area\":\"$town\",\"skills\":[\"diving\"],\"starts_at\":\"$(at '-1 day')\",\"seats\":2}"
call town_trainer 422 POST /api/v1/courses "{\"title\":\"x\",\"area\":\"$other\",\"skills\":[\"diving\"],\"starts_at\":\"$(at '+1 day')\",\"seats\":2}"
open_own "$one" && open_own "$two" && open_own "$three" && open_own "$stranger"
plan town_trainer 201
course=$(get .id)
call trainer 200 GET "/api/v1/courses?area=$town&state=planned"
holds '.items|length==1'
holds '.items[0]|.title=="潜水初训" and .skills==["diving","water-rescue"] and .seats==2 and .minutes==120 and .signed_up==0 and .can==["people","invite","move","cancel"]'
call auditor 200 GET "/api/v1/courses/$course"
holds '.can==[] and .people==[]'
call viewer 403 GET "/api/v1/courses/$course"
ok "a course is planned where the trainer may"

# ---- signing up
own "$one"
holds ".courses|length==1 and .[0].id==$course and .[0].seats_left==2 and (.[0].signed_up|not)"
own "$stranger"
holds '.courses==[]' "a course of another town"
own "$stranger" "\"course\":$course,\"sign_up\":true"
expect 422 "somebody of another town signs up"
own "$one" "\"course\":$course,\"sign_up\":true"
expect 200 "signing up"
holds '.courses[0].signed_up and .courses[0].seats_left==1'
own "$one" "\"course\":$course,\"sign_up\":true"
expect 200 "the same again"
holds '.courses[0].seats_left==1' "a seat is taken twice"
own "$two" "\"course\":$course,\"sign_up\":true"
own "$three" "\"course\":$course,\"sign_up\":true"
expect 409 "a third one in two seats"
own "$two" "\"course\":$course,\"sign_up\":false"
expect 200 "the seat is given back"
own "$three" "\"course\":$course,\"sign_up\":true"
expect 200 "the free seat"
# As the buttons of the page send it: false is no yes.
for word in false true; do
    nonce=$(curl -sS -b "$work/$three.own" "$url/m/$(token "$three")" | sed -n 's/.*name="nonce" value="\([0-9a-f]*\)".*/\1/p' | head -n 1)
    status=$(curl -sS -o "$work/body" -w '%{http_code}' -b "$work/$three.own" -d "nonce=$nonce&course=$course&sign_up=$word" "$url/m/$(token "$three")")
    expect 303 "the form says $word"
    own "$three"
    holds ".courses[0].signed_up==$word" "the form says $word and has no effect"
done
call town_trainer 200 POST "/api/v1/courses/$course/people" "{\"number\":\"$two\",\"state\":\"signed_up\"}"
call town_trainer 404 POST "/api/v1/courses/$course/people" '{"number":"nobody","state":"signed_up"}'
call town_trainer 422 POST "/api/v1/courses/$course/people" "{\"number\":\"$two\",\"state\":\"passed\"}"
call trainer 200 GET "/api/v1/courses/$course"
holds '.signed_up==3 and (.people|length==3) and ([.people[]|select(has("name"))]|length==3)' "a seat more is the office's to give"
ok "people sign up and off on their own page; the seats hold, but for the office"

# Whose area nobody has entered is the root's.
printf 'number,name,lat,lon\nNOAREA,无区域,30.700,121.020\n' >"$work/one.csv"
"$MUSTER" import people "$work/one.csv" --dir "$dir" >/dev/null || fail "import people"
call admin 201 POST /api/v1/courses "{\"title\":\"x\",\"area\":\"root\",\"skills\":[\"radio\"],\"starts_at\":\"$(at '+1 day')\",\"seats\":2}"
everybody=$(get .id)
call admin 200 POST "/api/v1/courses/$everybody/people" '{"number":"NOAREA","state":"signed_up"}'
call admin 200 GET "/api/v1/courses/$everybody"
holds '.people==[{"number":"NOAREA","name":"无区域","state":"signed_up"}]' "who has no area"
call admin 200 POST "/api/v1/courses/$everybody/steps" '{"step":"cancel"}'

# ---- waiting: a seat given back goes to who waits, who is told and can give it back
call admin 201 POST /api/v1/courses "{\"title\":\"急救复训\",\"area\":\"$town\",\"skills\":[\"first-aid\"],\"starts_at\":\"$(at '+3 days')\",\"seats\":1,\"place\":\"乍浦港\"}"
full=$(get .id)
mine() { own "$1" "\"course\":$full,$2"; }
seen() { jq -c --argjson id "$full" '[.courses[]|select(.id==$id)|.signed_up,.waiting,.turn]' "$work/body"; }
mine "$one" '"wait":true'
[ "$(seen)" = '[true,false,null]' ] || fail "who waits for a free seat has it: $(seen)"
mine "$two" '"wait":true'
[ "$(seen)" = '[false,true,1]' ] || fail "the first one who waits: $(seen)"
call trainer 200 POST "/api/v1/courses/$full/people" "{\"number\":\"$three\",\"state\":\"waiting\"}"
own "$three"
[ "$(seen)" = '[false,true,2]' ] || fail "who is put on the list by the office: $(seen)"
mine "$three" '"sign_up":true,"wait":true'
expect 422 "signing up and waiting at once"
curl -sS -b "$work/$two.own" "$url/m/$(token "$two")" >"$work/html"
grep -q '排第 1 位' "$work/html" && grep -q '不候补了' "$work/html" || fail "who waits does not see it on the page"
call trainer 200 GET "/api/v1/courses/$full"
holds ".signed_up==1 and .waiting==2 and ([.people[]|select(.state==\"waiting\")|{(.number):.turn}]|add)=={\"$two\":1,\"$three\":2}"
suspend() { call trainer 200 GET "/api/v1/people/$two"; with=(-H "If-Match: $(header etag)"); call trainer 200 PATCH "/api/v1/people/$two" "{\"suspended\":$1}"; }
suspend true
own "$two"
holds ".courses|map(select(.id==$full))[0].passed_over==\"suspended\"" "who waits and is suspended is not told"
curl -sS -b "$work/$two.own" "$url/m/$(token "$two")" >"$work/html"
grep -q '停用期间不会轮到您' "$work/html" || fail "the page does not say that no seat comes"
call trainer 200 GET "/api/v1/courses/$full"
holds "[.people[]|select(.passed_over!=null)|.number,.passed_over]==[\"$two\",\"suspended\"]" "the office is not told who is passed over"
suspend false
mine "$one" '"sign_up":false'
own "$two"
[ "$(seen)" = '[true,false,null]' ] || fail "a seat given back: $(seen)"
mine "$two" '"sign_up":false'
own "$three"
[ "$(seen)" = '[true,false,null]' ] || fail "a seat given back by who had waited: $(seen)"
call trainer 200 GET "/api/v1/courses/$full"
holds ".signed_up==1 and .waiting==0 and ([.people[]|select(.state==\"signed_up\")|.number,.told.kind]==[\"$three\",\"course_seat\"])"
call trainer 200 POST "/api/v1/courses/$full/people" "{\"number\":\"$stranger\",\"state\":\"signed_up\"}"
own "$stranger"
[ "$(seen)" = '[true,false,null]' ] || fail "who lives elsewhere and has a seat: $(seen)"
mine "$stranger" '"sign_up":false'
expect 200 "who lives elsewhere gives the seat back"
call trainer 200 POST "/api/v1/courses/$full/steps" '{"step":"cancel"}'
ok "who waits has the seat that is given back, in turn"

# ---- results
results() { call "$1" "$2" POST "/api/v1/courses/$course/results" "$3"; }
results trainer 409 "{\"passed\":[\"$one\"]}"
holds '.detail|test("not begun")'
call trainer 200 POST "/api/v1/courses/$course/people" "{\"number\":\"$stranger\",\"state\":\"waiting\"}"
call town_trainer 200 POST "/api/v1/courses/$course/steps" "{\"step\":\"move\",\"starts_at\":\"$(at '+3 seconds')\"}"
sleep 4
curl -sS -b "$work/$three.own" "$url/m/$(token "$three")" >"$work/html"
grep -q '已经开始' "$work/html" && grep -q '乍浦港' "$work/html" || fail "who comes a minute late does not find the place any more"
curl -sS -b "$work/$stranger.own" "$url/m/$(token "$stranger")" | grep -q '乍浦港' && fail "who waited is told that they have a seat"
own "$two" "\"course\":$course,\"sign_up\":false"
expect 422 "signing off after it has begun"
results viewer 403 "{\"passed\":[\"$one\"]}"
results trainer 422 "{\"passed\":[\"$one\",\"$stranger\"]}"
holds '.errors[0].pointer=="/passed/1"'
results trainer 422 "{\"passed\":[\"$one\",\"$one\"]}"
holds '.errors[0].pointer=="/passed/1"'
results trainer 422 "{\"passed\":[\"$one\"],\"failed\":[\"$one\"]}"
holds '.errors[0].pointer=="/failed/0"'
call trainer 200 GET "/api/v1/people/$one"
holds '.skills|index("diving")|not' "a refused result has taught somebody"
with=(-H 'Idempotency-Key: results')
results trainer 200 "{\"passed\":[\"$one\"],\"failed\":[\"$two\"]}"
with=(-H 'Idempotency-Key: results')
results trainer 200 "{\"passed\":[\"$one\"],\"failed\":[\"$two\"]}"
holds '.state=="held"'
results trainer 409 "{\"passed\":[\"$two\"]}"
call trainer 200 GET "/api/v1/courses/$course"
holds ".state==\"held\" and .passed==1 and ([.people[]|select(.state!=\"waiting\")|{(.number):.state}]|add)=={\"$one\":\"passed\",\"$two\":\"failed\",\"$three\":\"absent\"} and .can==[]"
until=$(date -d '+24 months' +%F)
call trainer 200 GET "/api/v1/people/$one"
holds "(.skills|index(\"diving\")) and (.skills|index(\"water-rescue\")) and ([.certificates[]|select(.code==\"diving\")][0].until==\"$until\")" "no certificate until $until"
holds '.not_counted|index("diving")|not'
call trainer 200 GET "/api/v1/people/$two"
holds '.skills|index("diving")|not' "who failed can dive"
ok "results once, all or nothing; the skill and the certificate until $until"

# ---- called: the plan at the door of who passed finds them
call trainer 200 GET "/api/v1/people/$one"
at_grid=$(get '.at_grid|"\(.lat),\(.lon)"')
"$MUSTER" nearest --at "$at_grid" --count 1 --skill diving --dir "$dir" --json | jq -e --arg n "$one" '.people[0].number==$n' >/dev/null || fail "who passed is not found"
ok "who passed is found for what they learned"

# ---- moved: whoever has a seat is told, and the office sees that it came
step() { call "$1" "$2" POST "/api/v1/courses/$course/steps" "$3"; }
told() { # KIND: waits for the message to TWO, and for its receipt
    for i in $(seq 50); do
        call town_trainer 200 GET "/api/v1/courses/$course"
        jq -e --arg kind "$1" '[.people[]|select(.state=="signed_up").told|del(.at)]==[{kind:$kind,state:"delivered",channel:"file"}]' "$work/body" >/dev/null && break
        sleep 0.1
    done
    [ "$i" -lt 50 ] || fail "no receipt of $1: $(cat "$work/body")"
    said=$(jq -rs --arg to "$two" --arg kind "$1" '[.[]|select(.to==$to and .kind==$kind)]|last|.text+" "+.link' "$dir"/mailbox/*.json)
}
plan town_trainer 201
course=$(get .id)
own "$two" "\"course\":$course,\"sign_up\":true"
step viewer 403 '{"step":"move","place":"图书馆"}'
step town_trainer 422 '{"step":"move"}'
step town_trainer 422 "{\"step\":\"move\",\"starts_at\":\"$(at '-1 day')\"}"
step town_trainer 200 "{\"step\":\"move\",\"place\":\"图书馆\",\"starts_at\":\"$(at '+90 minutes')\"}"
told course_moved
[[ $said == *《潜水初训》*图书馆*/m/* ]] || fail "what the message of a move says: $said"
own "$two"
holds '.courses[0].place=="图书馆" and .courses[0].signed_up' "a moved course on the own page"
step town_trainer 200 '{"step":"move","place":""}'
call town_trainer 200 GET "/api/v1/courses/$course"
holds 'has("place")|not' "a place that is not known any more"
step town_trainer 422 '{"step":"move","title":" "}'
step town_trainer 422 '{"step":"move","seats":0}'
call town_trainer 200 POST "/api/v1/courses/$course/people" "{\"number\":\"$three\",\"state\":\"signed_up\"}"
step town_trainer 409 '{"step":"move","seats":1}'
holds '.detail|test("More have signed up: 2")' "fewer seats than have signed up"
call town_trainer 200 POST "/api/v1/courses/$course/people" "{\"number\":\"$three\",\"state\":\"withdrawn\"}"
step town_trainer 200 '{"step":"move","seats":3,"title":"潜水（初级）"}'
call town_trainer 200 GET "/api/v1/courses/$course"
holds '.seats==3 and .title=="潜水（初级）" and ([.people[]|select(.state=="signed_up").told.kind]==["course_moved"])' "seats and title, which nobody is told of"
step town_trainer 200 '{"step":"move","seats":2,"title":"潜水初训"}'
ok "a course is moved, and who has a seat is told where and when"

# ---- invited: as few as fill the seats, and the message leads to where they sign up
invitations() { call "$1" "$2" "$3" "/api/v1/courses/$course/invitations" "${4:-}"; }
invitations viewer 403 GET
invitations town_trainer 200 GET
holds '.could>100 and .invited==0 and .share==0.1 and .proposed==10' "who could be invited"
for bad in '{}' '{"count":0}' '{"count":501}' '{"count":"all"}'; do invitations town_trainer 422 POST "$bad"; done
invitations viewer 403 POST '{"count":1}'
invitations town_trainer 200 POST '{"count":10}'
holds '.invited==10'
call town_trainer 200 GET "/api/v1/courses/$course"
holds '([.people[]|select(.state=="invited")]|length)==10 and .signed_up==1'
guest=$(get '[.people[]|select(.state=="invited")][0].number')
invitations town_trainer 200 GET
holds '.invited==10 and .came==0 and .proposed==0' "invited, and answers still to come"
mail_to() { jq -rs --arg to "$1" '[.[]|select(.to==$to and .kind=="course_invited")]|last|.text+" "+.link' "$dir"/mailbox/*.json; }
for i in $(seq 50); do said=$(mail_to "$guest"); [[ $said == null* ]] || break; sleep 0.1; done
[[ $said == *《潜水初训》*“我要参加”*/m/* ]] || fail "what an invitation says: $said"
open_own "$guest"
own "$guest" "\"course\":$course,\"sign_up\":true"
expect 200 "an invited person signs up"
invitations town_trainer 409 POST '{"count":1}'
holds '.detail|test("seats are taken")' "inviting to a course that is full"
own "$guest" "\"course\":$course,\"sign_up\":false"
ok "few are invited, one of them signs up; nobody is invited to a full course"

# ---- cancelled, and killed
call town_trainer 200 POST "/api/v1/courses/$course/steps" '{"step":"cancel"}'
holds '.state=="cancelled"'
call town_trainer 200 GET "/api/v1/courses/$course"
holds '[.people[]|select(.state=="signed_up")]|length==1 and (.[0].phone|test("^1"))' "who is to be called when a course is off"
call town_trainer 409 POST "/api/v1/courses/$course/steps" '{"step":"cancel"}'
step town_trainer 409 '{"step":"move","place":"图书馆"}'
told course_cancelled
[[ $said == *《潜水初训》*取消了* ]] || fail "what the message of a cancelled course says: $said"
own "$two"
holds '.courses==[]' "a cancelled course is still offered"
curl -sS -b "$work/$two.own" "$url/m/$(token "$two")" | grep -q '这次培训取消了' || fail "who has a seat is not told that the course is off"
curl -sS -b "$work/$one.own" "$url/m/$(token "$one")" | grep -q '这次培训取消了' && fail "who has no seat is told of a course that is off"
call trainer 200 GET "/api/v1/courses?state=held"
holds '.items|length==1'
call trainer 422 GET '/api/v1/courses?state=over'
kill -9 "$server_pid"; wait "$server_pid" 2>/dev/null
start serve
call trainer 200 GET /api/v1/courses
holds '[.items[].state]|sort==["cancelled","cancelled","cancelled","held"]' "after kill -9: $(get '[.items[].state]')"
for day in $(seq 21); do call town_trainer 201 POST /api/v1/courses "{\"title\":\"$day\",\"area\":\"$town\",\"skills\":[\"radio\"],\"starts_at\":\"$(at "+$day days")\",\"seats\":2}"; done
call town_trainer 200 POST "/api/v1/courses/$(get .id)/people" "{\"number\":\"$two\",\"state\":\"signed_up\"}"
own "$two"
holds '(.courses|length)>10 and .courses[0].signed_up and .courses[0].title=="21" and .courses[1].title=="1"' "the seat that a person has is behind those of others"
ok "a year of courses is planned: one's own are on the own page"
own "$two" '"quiet":"none"'
kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"
echo secret >"$work/secret"
sed -i "/^channels =/d" "$dir/muster.conf"
printf 'channels = webhook\nwebhook_url = http://127.0.0.1:9/\nwebhook_secret_file = %s\n' "$work/secret" >>"$dir/muster.conf"
start serve
waiting() { curl -sS "$url/metrics" | grep -qx "muster_messages_queued $1"; }
call admin 201 POST /api/v1/courses "{\"title\":\"x\",\"area\":\"root\",\"skills\":[\"radio\"],\"starts_at\":\"$(at '+3 days')\",\"seats\":2}"
last=$(get .id)
call admin 200 POST "/api/v1/courses/$last/people" "{\"number\":\"$two\",\"state\":\"signed_up\"}"
waiting 0 || fail "a reminder of the day after tomorrow is counted as waiting"
call admin 200 POST "/api/v1/courses/$last/steps" '{"step":"cancel"}'
wait_for waiting 1
ok "what is to be told of a course and does not go out is counted"
kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"
server_pid=
"$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify"
ok "cancelled, kill -9: the courses stand"
echo "story: $passed passed, 0 failed"
