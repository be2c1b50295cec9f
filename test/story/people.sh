#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One person: added, moved to another home, renamed, and called where the new home is.
. "$(dirname "$0")/lib.sh"

start demo --people 3000
sign_in admin "$(password 1)"
account trainer trainer
account viewer viewer
call admin 200 GET /api/v1/areas
town=$(get '[.items[]|select(.level=="town")][0].code')
village=$(get "[.items[]|select(.parent==\"$town\")][0].code")
far=$(get "[.items[]|select(.level==\"village\" and .parent!=\"$town\")][0].code")
place() { get ".items[]|select(.code==\"$1\")|{lat:.at.lat,lon:.at.lon}|tojson"; }
near_home=$(place "$village") far_home=$(place "$far")
account town_trainer trainer "$town"
add() { call "$1" "$2" POST /api/v1/people "$3"; }
# nearest PLACE: who is the nearest to it, everybody counted, at any hour.
nearest() { "$MUSTER" nearest --at "$(echo "$1" | jq -r '"\(.lat),\(.lon)"')" --count 1 --skill radio --dir "$dir" --json | jq -r '.people[0].number'; }

# suggests WHO NUMBER WHAT
suggests() {
    call "$1" 200 GET /api/v1/people/new/number
    holds ".=={number:\"$2\"}" "$3: $(get .number)"
}

# ---- a number is suggested
suggests trainer PH003001 "not the next of the county's numbers"
call viewer 403 GET /api/v1/people/new/number

# ---- added
with=(-H 'Idempotency-Key: add-1')
add trainer 201 "{\"number\":\"N1\",\"name\":\"甲\",\"phone\":\"10000009999\",\"home\":$near_home,\"skills\":[\"radio\"],\"quiet\":\"none\"}"
with=(-H 'Idempotency-Key: add-1')
add trainer 201 "{\"number\":\"N1\",\"name\":\"甲\",\"phone\":\"10000009999\",\"home\":$near_home,\"skills\":[\"radio\"],\"quiet\":\"none\"}"
holds '.number=="N1"' "the same request again"
add trainer 409 "{\"number\":\"N1\",\"name\":\"乙\",\"home\":$near_home}"
add trainer 201 "{\"number\":\"N1A\",\"name\":\"乙\",\"phone\":\"10000009999\",\"home\":$near_home}"
holds '.warnings==[{field:"phone",text:"same_telephone",other:"N1"}]' "whose telephone it is: $(get .warnings)"
call trainer 200 GET /api/v1/people/N1A
match="If-Match: $(header etag)"
with=(-H "$match")
call trainer 422 PATCH /api/v1/people/N1A '{"phone":"123"}'
with=(-H "$match")
call trainer 200 PATCH /api/v1/people/N1A '{"phone":""}'
holds '.warnings==[]' "no telephone is nobody's"
with=(-H "If-Match: $(header etag)")
call trainer 200 PATCH /api/v1/people/N1A '{"organisations":["Net & Boat","Kites"]}'
call trainer 200 GET /api/v1/organisations
holds '[.items[].name]|index("Net & Boat")!=null and index("Kites")!=null' "organisations named in the form"
call trainer 200 GET '/api/v1/people?organisation=Kites'
holds '[.items[].number]==["N1A"]' "the people of an organisation that is not their first"
call trainer 200 GET /api/v1/people/N1
holds ".area==\"$village\" and .name==\"甲\" and .mode==\"foot\" and (has(\"home\")|not)" "the village of the home"
[ "$(nearest "$near_home")" = N1 ] || fail "nobody finds the new person: $(nearest "$near_home")"
add trainer 422 "{\"number\":\"N2\",\"name\":\"乙\"}"
holds '.errors[0].pointer=="/home"'
add trainer 422 "{\"number\":\"N2\",\"name\":\"乙\",\"home\":{\"lat\":10,\"lon\":10}}"
add trainer 422 "{\"number\":\" \",\"name\":\"乙\",\"home\":$near_home}"
add trainer 422 "{\"number\":\"N2\",\"name\":\"乙\",\"home\":$near_home,\"area\":\"nowhere\"}"
add trainer 422 "{\"number\":\"N2\",\"name\":\"乙\",\"home\":$near_home,\"skills\":[\"wizard\"]}"
add viewer 403 "{\"number\":\"N2\",\"name\":\"乙\",\"home\":$near_home}"
add town_trainer 404 "{\"number\":\"N2\",\"name\":\"乙\",\"home\":$far_home}"
holds '.detail|test("outside the areas of your account")' "a home elsewhere is only not found"
add town_trainer 201 "{\"number\":\"N2\",\"name\":\"乙\",\"home\":$near_home}"
call admin 404 GET /api/v1/people/N3
suggests town_trainer N3 "not behind their newest"
add trainer 201 "{\"number\":\"F007\",\"name\":\"丙\",\"home\":$far_home}"
suggests trainer F008 "not behind the newest of all"
suggests town_trainer N3 "a number like those of another town"
for number in $(seq 9101 9125); do # more than a look at the newest sees
    add trainer 201 "{\"number\":\"F$number\",\"name\":\"丁\",\"home\":$far_home}"
done
suggests trainer F9126 "not behind the newest of all"
suggests town_trainer N3 "their newest is forgotten"
add trainer 422 "{\"number\":\"B/1\",\"name\":\"戊\",\"home\":$near_home}"
holds '.errors[0].pointer=="/number"' "a number that no address can name"
ok "one person is added where the account may, and found at once"

# ---- listed and looked for, over more rows than are read at once
walk() { # WHO PATH: how many different people the pages of PATH hold
    local path=$2
    : >"$work/seen"
    while [ -n "$path" ]; do
        call "$1" 200 GET "$path"
        get '.items[].number' >>"$work/seen"
        path=$(header link | sed -n 's/^<\([^>]*\)>.*/\1/p')
    done
    [ "$(sort "$work/seen" | uniq -d | wc -l)" = 0 ] || fail "$2: somebody stands on two pages"
    wc -l <"$work/seen"
}
all=$(walk admin '/api/v1/people?limit=999') in_town=$(walk admin "/api/v1/people?limit=999&area=$town")
[ "$all" -ge 3000 ] || fail "the pages hold $all people"
[ "$(walk town_trainer '/api/v1/people?limit=7')" = "$in_town" ] || fail "a town's trainer sees $(wc -l <"$work/seen"), not $in_town"
[ "$(walk town_trainer '/api/v1/people?limit=7&area=root')" = "$in_town" ] || fail "of an area above their own a town's trainer sees $(wc -l <"$work/seen"), not $in_town"
search() { call admin 200 POST /api/v1/people/searches "{\"q\":\"$1\"}"; }
search PH00299
holds '[.items[].number]==["PH002990","PH002991","PH002992","PH002993","PH002994","PH002995","PH002996","PH002997","PH002998","PH002999"]' "numbers far behind the first thousand"
search '+1000 000-9999'
holds '[.items[].number]==["N1"]' "the telephone number"
ok "everybody stands on one page; numbers and telephones are found"

# ---- changed
change() { # WHO STATUS NUMBER MEMBERS
    call admin 200 GET "/api/v1/people/$3"
    with=(-H "If-Match: $(header etag)")
    call "$1" "$2" PATCH "/api/v1/people/$3" "{$4}"
}
change trainer 200 N1 "\"name\":\"丙\",\"phone\":\"10000008888\",\"home\":$far_home,\"area\":\"$far\""
holds ".name==\"丙\" and .phone==\"10000008888\" and .area==\"$far\""
[ "$(nearest "$far_home")" = N1 ] || fail "the person has not moved: $(nearest "$far_home")"
[ "$(nearest "$near_home")" != N1 ] || fail "the person is still where the old home was"
change trainer 200 N1 '"birth":"2015-05-31"'
holds '.birth=="2015-05-31"'
[ "$(nearest "$far_home")" != N1 ] || fail "a minor is called"
change trainer 200 N1 '"birth":null'
holds 'has("birth")|not'
[ "$(nearest "$far_home")" = N1 ] || fail "an adult is not found"
change trainer 422 N1 '"home":{"lat":10,"lon":10}'
change trainer 422 N1 '"number":"N9"'
change town_trainer 404 N1 '"name":"丁"'
kill -9 "$server_pid"; wait "$server_pid" 2>/dev/null
start serve
call admin 200 GET /api/v1/people/N1
holds '.name=="丙"' "after kill -9"
[ "$(nearest "$far_home")" = N1 ] || fail "after kill -9 the home is another one"
grep -q -e 甲 -e 丙 -e 10000009999 "$work/serve.log" && fail "the log names somebody"
strings -n 6 "$dir"/muster.db* | grep -q 10000008888 && fail "a telephone number lies open in the database"
kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"
server_pid=
"$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify"
ok "name, telephone, home and area change; kept sealed, after kill -9 too"
echo "story: $passed passed, 0 failed"
