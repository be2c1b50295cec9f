#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The volunteer's link with curl alone: looking changes nothing, a form sent twice has one
# effect, a link that was passed on asks for digits, late is kind, and what can be answered
# when.
. "$(dirname "$0")/lib.sh"
v=/api/v1
start demo --people 3000
sign_in admin "$(password 1)"
sign_in verifier "$(password 2)"
browser='Mozilla/5.0 (Linux; Android 14) Mobile'

# look LINK [JAR]: the JSON of the page.
look() { curl -sS -m 20 -D "$work/head" -o "$work/body" ${2:+-b "$2" -c "$2"} -H 'Accept: application/json' "$1" || fail "GET $1"; }
# say JAR STATUS LINK BODY: one POST as JSON.
say() {
    status=$(curl -sS -m 20 -D "$work/head" -o "$work/body" -w '%{http_code}' -b "$1" -c "$1" -H 'Accept: application/json' \
        -H 'Content-Type: application/json' --data-binary "$4" "$3")
    [ "$status" = "$2" ] || fail "POST $4: $status instead of $2"
    [ "$status" -lt 400 ] || is_problem || fail "$status is no problem document"
}
fresh() { look "$1"; get .nonce; }
jar() { echo "$work/phone.$(basename "$1")"; }
link() { sed -n "$1p" "$work/links" | cut -d ' ' -f 3; }
alert() { sed -n "$1p" "$work/links" | cut -d ' ' -f 1; }
number() { sed -n "$1p" "$work/links" | cut -d ' ' -f 2; }
events() {
    call admin 200 GET "$v/incidents/$incident/events?limit=1000"
    get '.items|length'
}
# What somebody's answer makes; a message is delivered when it is.
answers() {
    call admin 200 GET "$v/incidents/$incident/events?limit=1000"
    get '[.items[]|select(.kind|test("^(alert.accepted|assignment)"))]|length'
}
phone_of() { call admin 200 GET "$v/people/$1"; get .phone; }

incident '"requester":{"name":"Made-up Person","phone":"10000123456","address":"Test Road 1","consent":true}'
need '{"skills":["first-aid"],"count":3}' '"reserve":1'
callout
[ "$(wc -l <"$work/links")" -ge 6 ] || fail "only $(wc -l <"$work/links") alerts"

# ---- looking
one=$(link 1)
before=$(events)
for agent in 'Mozilla/5.0 (compatible; Microsoft-SafeLinks)' 'facebookexternalhit/1.1' 'curl/8'; do
    for _ in 1 2; do
        curl -sS -A "$agent" -o "$work/page" "$one" || fail "GET"
        curl -sS -A "$agent" -I -o /dev/null "$one" || fail "HEAD"
        look "$one"
        holds '.state=="pending" and (.nonce|length)>8 and (.answers|index("accept")!=null and index("limited")!=null and index("decline")!=null)'
    done
done
fetched() { [ "$(events)" -gt "$before" ]; }
wait_for fetched
[ "$(events)" = $((before + 1)) ] || fail "looking was recorded $(($(events) - before)) times"
holds '[.items[]|select(.alert=='"$(alert 1)"')|.kind]|contains(["alert.fetched"]) and (index("alert.seen")==null)'
alerts
holds '.items[]|select(.id=='"$(alert 1)"')|.state=="pending" and .seen_at==null and .fetched_at!=null and ([.channels[].state]|index("read")==null)'
look "$one"
holds '.exercise==false and .kind=="flood" and (.area|length)>0 and .seconds>=0 and .missing==3 and .needs_digits==false'
holds '.address==null and .requester==null and .check_word==null' "the address is told before the answer"
grep -q -e 'Made-up' -e 'Test Road' -e 10000123456 "$work/page" && fail "the page tells who asked before the answer"
ok "GET and HEAD change nothing; a fetch is recorded once"

# ---- who has opened it
two=$(link 2)
look "$two"; holds '.opened_by_browser==false and .roll_call==false'
curl -s -A 'muster-simulate/1 (synthetic volunteer)' "$two" -o /dev/null
look "$two"; holds '.opened_by_browser==false' "simulated people count as a browser"
curl -s -A "$browser" -I "$two" -o /dev/null
look "$two"; holds '.opened_by_browser==false' "HEAD counts as a browser"
curl -s -A "$browser" "$two" -o "$work/page"
look "$two"; holds '.opened_by_browser==true' "a page given to a browser is not noted"
grep -q '<html lang="zh-CN">' "$work/page" || fail "the page is not in Chinese by default"
curl -s -A "$browser" -H 'Accept-Language: en-GB,en;q=0.9' "$two" | grep -q '<html lang="en">' || fail "no page in English"
grep -q 'name="nonce"' "$work/page" || fail "the page has no nonce"
grep -q 'href="tel:10000000000"' "$work/page" || fail "the page has nobody to call"
curl -s -D - -o /dev/null "$two" | grep -qi '^content-security-policy:' || fail "the page has no content policy"
second_fetched() { events >/dev/null; [ "$(get '[.items[]|select(.kind=="alert.fetched")]|length')" = 2 ]; }
wait_for second_fetched # noted when the writer has time: not among the wrong forms below
ok "opened_by_browser: only a page that a browser got"

# ---- tokens that are none
for token in AAAAAAAAAAAAAAAAAAAAAA x "$(basename "$one")x" "$(basename "$one" | rev)"; do
    status=$(curl -s -o "$work/page" -w '%{http_code}' "$url/r/$token")
    [ "$status" = 404 ] || fail "/r/$token: $status"
    grep -q '<html' "$work/page" || fail "no kind page for a forged token"
    status=$(curl -s -D "$work/head" -o "$work/body" -w '%{http_code}' -H 'Accept: application/json' -H 'Content-Type: application/json' \
        -d '{"nonce":"1234567812345678","answer":"accept"}' "$url/r/$token")
    [ "$status" = 404 ] && is_problem || fail "POST to /r/$token: $status"
done
ok "forged tokens: 404, a page for people, a problem for programs"

# ---- wrong forms change nothing
j=$(jar "$one")
before=$(events)
nonce=$(fresh "$one")
say "$j" 422 "$one" '{"answer":"accept"}'
say "$j" 422 "$one" '{"nonce":"0000000000000000","answer":"accept"}'
say "$j" 422 "$one" "{\"nonce\":\"$(fresh "$two")\",\"answer\":\"accept\"}"
say "$j" 422 "$one" "{\"nonce\":\"$nonce\",\"answer\":\"maybe\"}"
holds '.errors[0].detail|test("seen.*accept.*limited.*decline.*sos")'
say "$j" 422 "$one" "{\"nonce\":\"$nonce\",\"answer\":\"accept\",\"colour\":1}"
say "$j" 400 "$one" "{\"nonce\":\"$nonce\",\"answer\":\"accept\",\"answer\":\"decline\"}"
say "$j" 422 "$one" "{\"nonce\":\"$nonce\",\"answer\":\"limited\",\"ready_in_minutes\":-1}"
say "$j" 422 "$one" "{\"nonce\":\"$nonce\",\"answer\":\"accept\",\"count\":0}"
say "$j" 422 "$one" "{\"nonce\":\"$nonce\",\"answer\":\"accept\",\"from\":\"moon\"}"
say "$j" 409 "$one" "{\"nonce\":\"$nonce\",\"answer\":\"arrive\"}"
holds '.allowed|index("accept")!=null and index("arrive")==null'
say "$j" 409 "$one" "{\"nonce\":\"$nonce\",\"answer\":\"report\",\"text\":\"x\",\"outcome\":\"done\"}"
status=$(curl -s -o /dev/null -w '%{http_code}' -X PUT "$one")
[ "$status" = 405 ] || fail "PUT: $status"
[ "$(events)" = "$before" ] || fail "a wrong form left an event"
ok "wrong forms: 422 and 409 with what is allowed, and nothing happened"

# ---- seen binds nothing; a yes binds; a form twice
say "$j" 200 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"seen\"}"
holds '.state=="pending"'
grep -qi '^set-cookie:' "$work/head" && fail "seen binds the link"
alerts
holds '.items[]|select(.id=='"$(alert 1)"')|.seen_at!=null' "seen is not noted"
nonce=$(fresh "$one")
form="{\"nonce\":\"$nonce\",\"answer\":\"accept\",\"from\":\"home\"}"
say "$j" 200 "$one" "$form"
holds '.state=="assigned" and (.answers|index("depart")!=null) and .address.lat!=null and .address.text=="Test Road 1" and .requester.name=="Made-up Person"'
grep -qi '^set-cookie: muster-link=.*HttpOnly' "$work/head" || fail "a yes does not bind"
first=$(jq -S 'del(.nonce,.history)' "$work/body")
before=$(events)
say "$j" 200 "$one" "$form"
[ "$(jq -S 'del(.nonce,.history)' "$work/body")" = "$first" ] || fail "the same form has another answer"
say "$j" 200 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"accept\"}"
holds '.state=="assigned"'
status=$(curl -s -D "$work/head" -o "$work/body" -w '%{http_code}' -H 'Accept: application/json' -H 'Content-Type: application/json' -d "$form" "$one")
[ "$status" = 200 ] || fail "the same form before the cookie has come: $status"
grep -qi "^set-cookie: muster-link=$(sed -n 's/.*muster-link[[:space:]]*//p' "$j")" "$work/head" || fail "the same form gets another cookie"
holds '.state=="assigned" and .address!=null'
[ "$(events)" = "$before" ] || fail "a form sent twice had two effects"
board
holds '.lines[0].accepted==1 and ([.assignments[]|select(.number=="'"$(number 1)"'")]|length)==1'
ok "accept twice is 200; a form sent twice has one effect and the same answer"

# ---- passed on
other=$work/other.jar
look "$one" "$other"
holds '.needs_digits==true and .address==null and .requester==null' "the address shows on another device"
phone=$(phone_of "$(number 1)")
say "$other" 403 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"depart\"}"
say "$other" 403 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"depart\",\"digits\":\"$(printf %04d $(((10#${phone: -4} + 1) % 10000)))\"}"
say "$other" 200 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"depart\",\"digits\":\"${phone: -4}\"}"
holds '.state=="en_route"'
say "$other" 200 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"sos\",\"digits\":\"${phone: -4}\"}"
holds '.state=="en_route"' "a call for help changed the state"
for _ in 1 2 3 4 5; do say "$other" 403 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"arrive\",\"digits\":\"0\"}"; done
say "$other" 403 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"arrive\",\"digits\":\"${phone: -4}\"}"
say "$j" 200 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"arrive\",\"position\":{\"lat\":30.7001,\"lon\":121.0201}}"
holds '.state=="on_scene"' "the own device is locked out by another's guesses"
ok "a link passed on needs the last four digits, five tries"

# ---- who looked (a person's data is opened by an account; the person sees it, others do not)
fresh_one=$(link 6)
phone_of "$(number 6)" >/dev/null
seen_by_admin() { look "$fresh_one" && [ "$(get '[.looked[]|select(.account=="admin")]|length')" -ge 1 ]; }
wait_for seen_by_admin
curl -sS -o "$work/page" -A "$browser" -H 'Accept-Language: en' "$fresh_one"
grep -q 'Who looked at my data' "$work/page" || fail "the page does not say who looked"
ok "the person sees who looked at their data"

# ---- the alarm
call admin 200 GET $v/incidents/$incident
holds '.alarms|length==1'
alarmed=$(get '.alarms[0].assignment')
board
holds '[.assignments[]|select(.sos)]|length==1'
call admin 200 POST $v/assignments/$alarmed/alarms '{"step":"acknowledge"}'
call admin 422 POST $v/assignments/$alarmed/alarms '{"step":"acknowledge"}'
call admin 200 GET $v/incidents/$incident
holds '.alarms|length==0'
ok "sos: a red alarm until a dispatcher acknowledges it"

# ---- as a form of a browser
nonce=$(curl -s -A "$browser" "$two" | sed -n 's/.*name="nonce" value="\([^"]*\)".*/\1/p' | head -n 1)
j2=$(jar "$two")
status=$(curl -s -A "$browser" -b "$j2" -c "$j2" -D "$work/head" -o /dev/null -w '%{http_code}' -d "nonce=$nonce&answer=limited&ready_in_minutes=20" "$two")
[ "$status" = 303 ] || fail "a form: $status"
header location | grep -q '/r/' || fail "303 to $(header location)"
look "$two" "$j2"
holds '.state=="limited" and .ready_in_minutes==20 and (.answers|index("accept")!=null)'
status=$(curl -s -A "$browser" -b "$j2" -c "$j2" -o "$work/page" -w '%{http_code}' -d "nonce=wrong&answer=accept" "$two")
[ "$status" = 422 ] && grep -q '<form' "$work/page" || fail "a wrong form shows no page: $status"
alerts
holds '.items[]|select(.id=='"$(alert 2)"')|.ready_in_minutes==20'
ok "a browser's form: 303; limited says in how many minutes"

# ---- pressed ten times at once
three=$(link 3)
form="{\"nonce\":\"$(fresh "$three")\",\"answer\":\"limited\",\"ready_in_minutes\":9}"
seq 10 | xargs -P 10 -I{} curl -s -o /dev/null -w '%{http_code}\n' -H 'Accept: application/json' -H 'Content-Type: application/json' -d "$form" "$three" |
    sort | uniq -c | tr -s ' ' | grep -qx ' 10 200' || fail "one form ten times at once is not ten times 200"
call admin 200 GET "$v/incidents/$incident/events?limit=1000"
holds '[.items[]|select(.alert=='"$(alert 3)"' and .kind=="alert.limited")]|length==1' "one form ten times had several effects"
say "$(jar "$three")" 200 "$three" "$form"
ok "one form ten times at once: one effect"

# ---- withdrawal opens the seat again
for i in 3 4; do answer "$(link $i)" accept; [ "$(get .state)" = assigned ] || fail "accept: $(get .state)"; done
before=$(wc -l <"$work/links")
answer "$(link 3)" decline
[ "$(get .state)" = declined ] || [ "$(get .state)" = withdrawn ] || fail "a withdrawal is $(get .state)"
board
holds '.lines[0].accepted==2 and .state=="active"'
look "$(link 3)" "$(jar "$(link 3)")"
holds '.address==null' "who withdrew still sees the address"
answer "$(link 4)" withdraw
board
holds '.lines[0].accepted==1'
ok "decline after accept, and withdraw, give the seat back"

# ---- filled, late, and back again
i=5
while board && [ "$(get '.state')" = active ] && [ $i -le $before ]; do
    answer "$(link $i)" accept
    i=$((i + 1))
done
[ "$(get .state)" = filled ] || fail "after $((i - 1)) answers the call-out is $(get .state)"
holds '.lines[0].accepted <= 4' "more accepted than seats"
[ $i -le $before ] || fail "nobody is left to be late"
answer "$(link $i)" accept
holds '.state=="late" or .state=="stood_down"'
holds '(.sentence.zh|length)>3 and (.sentence.en|length)>3'
late=$(link $i) late_number=$(number $i)
answer "$late" accept
holds '.state=="late"'
told() { [ -n "$(mail late "$late_number")" ]; }
wait_for told
look "$two" "$j2"
holds '.state=="stood_down"' "limited is not stood down when filled: $(get .state)"
two_told() { [ -n "$(mail stand_down "$(number 2)")" ]; }
wait_for two_told
silent=$(links | sed -n "$((i + 1))p")
[ -z "$silent" ] || [ -z "$(mail stand_down "$(echo "$silent" | cut -d ' ' -f 2)")" ] || fail "a sleeper was woken by a stand-down"
answer "$(link 5)" withdraw
reopened() { board && [ "$(get .state)" = active ]; }
wait_for reopened
answer "$late" accept
holds '.state=="assigned"' "a late one is not welcome after a seat is free again"
ok "filled: late is 200 and kind, who had read is told, sleepers sleep; a free seat welcomes the late"

# ---- roll call, report
look "$one" "$j"
holds '.roll_call==false and (.answers|index("here")==null)'
call admin 201 POST $v/incidents/$incident/roll-calls '{}'
look "$one" "$j"
holds '.roll_call==true and (.answers|index("here")!=null)'
say "$j" 200 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"here\"}"
holds '.state=="on_scene" and .roll_call==false and (.answers|index("here")==null)'
say "$j" 200 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"work\"}"
say "$j" 200 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"release\"}"
holds '.state=="released" and (.answers|index("report")!=null) and .address==null'
say "$j" 422 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"report\",\"text\":\"done\"}"
say "$j" 422 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"report\",\"text\":\"done\",\"outcome\":\"great\"}"
holds '.errors[0].detail|test("done.*partly.*not_needed.*not_possible")'
say "$j" 200 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"report\",\"text\":\"pumped <b>out</b>\",\"outcome\":\"done\"}"
holds '.state=="reported" and .outcome=="done" and .report=="pumped <b>out</b>"'
curl -s -b "$j" "$one" | grep -q '<b>out' && fail "the page does not escape"
ok "roll call: here is offered only then; report with an outcome"

# ---- thirty answers a minute
slow=$(link 2)
seen() { curl -s -D "$work/head" -w '%{http_code}\n' -H 'Accept: application/json' -H 'Content-Type: application/json' -d '{"nonce":"0000000000000000","answer":"seen"}' "$@"; }
# shellcheck disable=SC2046 # in one process: a slow machine would let the minute go on
seen $(for _ in $(seq 30); do printf '%s -o /dev/null ' "$slow"; done) >/dev/null
status=$(seen "$slow" -o "$work/body")
[ "$status" = 429 ] && is_problem || fail "the 31st answer in a minute: $status"
[ "$(header retry-after)" -ge 1 ] || fail "429 without Retry-After"
look "$slow"; holds '.state!=null' "looking is limited too"
ok "30 answers a minute, then 429 with Retry-After"

# ---- who did not agree to be named
incident '"requester":{"name":"Made-up Person","phone":"10000123456","address":"Test Road 1","consent":false}'
need '{"skills":[],"count":2}'
callout
for i in 1 2 3 4; do
    answer "$(link $i)" accept
    [ "$(get .state)" = assigned ] && break
done
holds '.address.text=="Test Road 1" and .requester==null'
curl -s -b "$(jar "$(link $i)")" "$(link $i)" | grep -q -e 'Made-up' -e 10000123456 && fail "the page names who did not agree to it"
ok "a requester who did not agree is not named to helpers"

# ---- a yes by telephone, and a link that is opened on two devices
incident '"requester":{"phone":"10000123456","address":"Test Road 1","consent":true}'
need '{"skills":[],"count":2}'
callout
one=$(link 1)
call admin 200 POST $v/alerts/"$(alert 1)"/replies '{"answer":"accept","reason":"by telephone"}'
holds '.state=="accepted"'
# browse JAR: the page. press JAR STATUS FIELDS: a form of it.
browse() { curl -sS -A "$browser" -b "$1" -c "$1" -o "$work/page" "$one"; }
press() {
    browse "$1"
    nonce=$(sed -n 's/.*name="nonce" value="\([^"]*\)".*/\1/p' "$work/page" | head -n 1)
    status=$(curl -sS -A "$browser" -b "$1" -c "$1" -o "$work/page" -w '%{http_code}' -d "nonce=$nonce&$3" "$one")
    [ "$status" = "$2" ] || fail "the form $3: $status instead of $2"
}
browse "$work/first.jar"
grep -q 'Test Road 1' "$work/page" && fail "whoever fetches the link sees where to go"
grep -q 'value="accept" class="primary"' "$work/page" || fail "after a yes by telephone the page has no way to the address"
before=$(answers)
press "$work/first.jar" 303 answer=accept
browse "$work/first.jar"
grep -q 'Test Road 1' "$work/page" || fail "the first press does not show where to go"
[ "$(answers)" = "$before" ] || fail "showing where to go left an event"
press "$work/second.jar" 403 answer=accept
grep -q 'Test Road 1' "$work/page" && fail "another device sees where to go"
press "$work/second.jar" 303 answer=sos
call admin 200 GET $v/incidents/"$incident"
holds '.alarms|length==1' "a call for help is asked for digits"
phone=$(phone_of "$(number 1)")
press "$work/second.jar" 303 "answer=accept&digits=${phone: -4}"
browse "$work/second.jar"
grep -q 'Test Road 1' "$work/page" || fail "who said the digits does not see where to go"
grep -q 'name="digits"' "$work/page" && fail "the digits are asked for again"
for _ in 1 2 3 4 5; do press "$work/third.jar" 403 'answer=depart&digits=0'; done
press "$work/second.jar" 303 answer=depart
press "$work/first.jar" 303 answer=arrive
board
holds '.assignments[0].state=="on_scene"'
ok "a yes by telephone: one press shows where to go; the digits are asked for once on a device, never for help"

# ---- asked in two places: the page and the message say why a yes is too late
incident
need '{"skills":["first-aid"],"count":2}'
callout
here=$(link 1) both=$(number 1)
answer "$here" limited '"ready_in_minutes":20'
incident
need '{"skills":["first-aid"],"count":2}'
callout "$any_hour,\"force\":[\"$both\"]"
there=$(awk -v n="$both" '$2 == n {print $3}' "$work/links")
answer "$there" accept
holds '.state=="assigned"'
answer "$here" accept
holds '.state=="late" and (.sentence.zh|test("另一处")) and (.sentence.en|test("elsewhere"))'
told() { jq -r --arg to "$both" 'select(.kind=="late" and .to==$to)|.text' "$dir"/mailbox/*.json | grep -q '先顾那边'; }
wait_for told
answer "$here" decline
curl -s -b "$(jar "$here")" "$here" >"$work/page"
grep -q '谢谢您告诉我们' "$work/page" || fail "a no to a stand-down is not heard"
grep -q '<button' "$work/page" && fail "who is told to rest is asked to press something"
ok "a yes while another call has one: it says so, and a no is heard"

# ---- asked now
incident
need '{"skills":["diving"],"count":2}'
callout
one=$(link 1) first=$(number 1)
answer "$one" limited '"ready_in_minutes":5'
asked_now() {
    links >"$work/links"
    while read -r id who there; do
        [ "$who" = "$first" ] || [ "$(alert_state "$id")" != pending ] || answer "$there" decline
    done <"$work/links"
    [ -n "$(mail ask_limited "$first")" ]
}
wait_for asked_now
curl -s -b "$(jar "$one")" "$one" >"$work/page"
grep -q '现在需要您' "$work/page" && grep -q 'value="accept" class="primary"' "$work/page" || fail "the page does not say what the message says"
ok "we need you now: the page says so as the message does"

# ---- a hundred at once on the last seat
incident
need '{"skills":[],"count":60}' '"reserve":0'
call admin 200 POST $v/needs/$need/plan "{$any_hour}"
crowd=$(jq -c '[.waves[].people[].number][0:120]' "$work/body")
need '{"skills":[],"count":1}' '"reserve":0'
callout "\"force\":$crowd,$any_hour"
[ "$(wc -l <"$work/links")" -ge 100 ] || fail "forced $(wc -l <"$work/links")"
head -n 100 "$work/links" | cut -d ' ' -f 3 >"$work/hundred"
while read -r one; do echo "$one $(fresh "$one")"; done <"$work/hundred" >"$work/nonces"
xargs -P 50 -L 1 sh -c 'curl -s -H "Accept: application/json" -H "Content-Type: application/json" -d "{\"nonce\":\"$1\",\"answer\":\"accept\"}" "$0"; echo' \
    <"$work/nonces" | jq -r .state | sort | uniq -c | tr -s ' ' >"$work/states"
grep -qx ' 1 assigned' "$work/states" && grep -qx ' 99 late' "$work/states" || fail "a hundred at once: $(tr '\n' ';' <"$work/states")"
board
holds '.lines[0].accepted==1 and .funnel.accepted==1 and .state=="filled"'
ok "a hundred at once on the last seat: one accepted, 99 late"
# ---- a deadline on another day
incident
call admin 201 POST "$v/incidents/$incident/needs" '{"within_minutes":4320,"lines":[{"skills":[],"count":2}]}'
need=$(get .id)
callout
look "$(link 1)"
by=$(get '.by[0:16]' | tr T ' ')
curl -s -A "$browser" "$(link 1)" | grep -q "$by 前" || fail "no date by which to be there: $by"
jq -r --arg link "$(link 1)" 'select(.link==$link)|.text' "$dir"/mailbox/*.json >"$work/body"
grep -q "请在 $by 前到场" "$work/body" && grep -q "we need you by $by, " "$work/body" || fail "no date in the message: $by"
ok "a deadline in three days has its date, in the message and on the page"
# ---- who leads a team says how many come, and whom they brought
incident
need '{"skills":[],"count":3}'
callout
leader=$(number 1) leading=$(link 1)
printf 'number,name,leader,deputies,size,skills\nT1,Boats,%s,,4,\n' "$leader" >"$work/teams.csv"
"$MUSTER" import teams "$work/teams.csv" --dir "$dir" >"$work/body" 2>&1 || fail "import teams: $(cat "$work/body")"
page() { curl -s -A "$browser" -b "$work/team.jar" -c "$work/team.jar" "$leading" >"$work/page"; }
press() { # ANSWER [FIELDS]: the form of the page
    page
    nonce=$(sed -n 's/.*data-nonce="\([0-9a-f]*\)".*/\1/p' "$work/page")
    curl -s -A "$browser" -b "$work/team.jar" -c "$work/team.jar" -o "$work/body" -w '%{http_code}' -H 'Accept: text/html' \
        --data-urlencode "nonce=$nonce" --data-urlencode "answer=$1" "${@:2}" "$leading" | grep -qx 303 || fail "$1: $(cat "$work/body")"
}
curl -s -A "$browser" "$(link 2)" | grep -q 'name="count"' && fail "who leads no team is asked how many come"
page && grep -q 'name="count" type="number" inputmode="numeric" min="1" max="4"' "$work/page" || fail "who leads a team is not asked how many come"
press accept --data-urlencode count=3 --data-urlencode from=
page && grep -q '连您一共 3 人' "$work/page" && grep -q 'name="names"' "$work/page" || fail "three are not said to come, or their names have no place"
press depart --data-urlencode names=
press arrive --data-urlencode 'names=甲、乙'
board
holds '.lines[0].accepted==3 and .lines[0].on_scene==3 and .need_state=="met"'
ok "a team's leader says on the page how many come, and who they are"

# ---- a page that stays open because no reply to its first answer came: the next one is another form
incident
need '{"skills":[],"count":2}'
callout
one=$(link 1)
nonce=$(fresh "$one")
lost() { say "$work/lost.jar" 200 "$one" "{\"nonce\":\"$nonce\",\"answer\":$1}" && rm -f "$work/lost.jar"; }
lost '"accept"'
lost '"decline"'
holds '.state=="withdrawn"' "who said no after a yes without a reply is waited for"
lost '"decline"'
one=$(link 2) j=$(jar "$(link 2)")
say "$j" 200 "$one" "{\"nonce\":\"$(fresh "$one")\",\"answer\":\"accept\"}"
nonce=$(get .nonce)
for answer in depart sos sos depart; do say "$j" 200 "$one" "{\"nonce\":\"$nonce\",\"answer\":\"$answer\"}"; done
holds '.state=="en_route" and .sos' "a call for help from a page whose last answer got no reply is lost"
call admin 200 GET "$v/incidents/$incident/events?limit=1000"
holds '[.items[].kind|select(.=="assignment.sos" or .=="assignment.en_route")]|sort==["assignment.en_route","assignment.sos"]' "a form sent twice had two effects"
ok "another answer from a page that got no reply is another form"

# ---- erased while asked: nobody answers for them any more
incident
need '{"skills":[],"count":2}'
callout
nonce=$(fresh "$(link 1)")
"$MUSTER" erase-person "$(number 1)" --dir "$dir" >"$work/body" 2>&1 || fail "erase-person"
say "$(jar "$(link 1)")" 404 "$(link 1)" "{\"nonce\":\"$nonce\",\"answer\":\"accept\"}"
[ "$(curl -s -A "$browser" -o "$work/page" -w '%{http_code}' "$(link 1)")" = 404 ] && grep -q '<html' "$work/page" || fail "an erased person's link"
call admin 404 POST "$v/alerts/$(alert 1)/replies" '{"answer":"accept","reason":"said so"}'
look "$(link 2)" && holds '.state=="pending"'
[ "$(alert_state "$(alert 1)")" = void ] || fail "who was erased is still waited for"
call admin 200 GET "$v/incidents/$incident/events?limit=1000"
holds '[.items[]|select(.kind=="alert.void")|.data.code // .code]==["erased"]' "why the alert is void"
ok "the link of who was erased leads nowhere, nobody waits for them, and nobody says yes for them"
"$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify"
echo "story: $passed passed, 0 failed"
