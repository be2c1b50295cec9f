#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Roads closed for now: a bridge near an incident is closed, the plan asks others and they
# need longer; opened again it is as it was. Who is under way is told. A closure outlives kill -9 and ends by itself.
# Travel-time circles follow.
. "$(dirname "$0")/lib.sh"

start demo --people 3000
sign_in admin "$(password 1)"
account guest auditor
place=30.700,121.020

# Where the bridges are stands in the file the county was made of: the middle of the first
# two nodes of each, the nearest to the incident first.
awk -F'"' '
    /<node / { lat[$2] = $6; lon[$2] = $8 }
    /<way /  { count = 0 }
    /<nd /   { if (count < 2) ref[count++] = $2 }
    /k="bridge"/ {
        y = (lat[ref[0]] + lat[ref[1]]) / 2; x = (lon[ref[0]] + lon[ref[1]]) / 2
        printf "%.9f %.6f,%.6f\n", (y - 30.7) ^ 2 + ((x - 121.02) * 0.86) ^ 2, y, x
    }' "$dir/source/roads.osm" | sort -n | head -n 40 | cut -d' ' -f2 >"$work/bridges"
[ "$(wc -l <"$work/bridges")" = 40 ] || fail "too few bridges"

call admin 201 POST /api/v1/incidents '{"kind":"flood","at":{"lat":30.700,"lon":121.020},"title":"Bridge"}'
incident=$(get .id)
call admin 200 POST "/api/v1/incidents/$incident/steps" '{"step":"confirm"}'
call admin 201 POST "/api/v1/incidents/$incident/needs" '{"at":{"lat":30.700,"lon":121.020},"within_minutes":45,"lines":[{"skills":["first-aid"],"count":3}],"reserve":"auto","target":0.95}'
need=$(get .id)
# plan NAME: who would be alerted, with the seconds, into $work/NAME.
plan() {
    call admin 200 POST "/api/v1/needs/$need/plan" '{"lift":["quiet","duty","cap"],"reason":"test at any hour"}'
    jq -c '[.waves[].people[]|[.number,.seconds]]' "$work/body" >"$work/$1"
}
cli() { "$MUSTER" "$@" --dir "$dir" --json >"$work/body" 2>"$work/cli.err" || fail "$1: $(cat "$work/cli.err")"; }

plan open
[ "$(jq length "$work/open")" -ge 3 ] || fail "the plan is too short"
bridge=
while read -r at; do
    cli close-road --at "$at" --reason "under water"
    id=$(get .id)
    plan closed
    if ! cmp -s "$work/open" "$work/closed"; then bridge=$at && break; fi
    cli open-road "$id"
done <"$work/bridges"
[ -n "$bridge" ] || fail "no bridge matters to this plan"
ok "bridge at $bridge closed by the command line: $(jq -n --slurpfile a "$work/open" --slurpfile b "$work/closed" '[$b[0][]|select(. as $x|$a[0]|index([$x])|not)]|length') of $(jq length "$work/closed") people or their seconds differ"
call guest 200 GET /api/v1/closures
holds ".items|length==1" "one closure"
holds ".items[0]|.id==$id and .reason==\"under water\" and .by==\"system\" and .edges==1 and (.until==null) and (.roads.coordinates|length==1)" "who, why, where"
version=$(get .version)
cli open-road "$id"
plan again
cmp -s "$work/open" "$work/again" || fail "opened again the plan is another one"
call admin 200 GET /api/v1/closures
holds '.items==[]' "none is left"
"$MUSTER" open-road "$id" --dir "$dir" >/dev/null 2>&1 && fail "opened twice"
ok "opened again the plan is as before"

# The same by the API, and what it refuses.
lat=${bridge%,*} lon=${bridge#*,}
body="{\"at\":{\"lat\":$lat,\"lon\":$lon},\"reason\":\"桥断\"}"
call nobody 401 POST /api/v1/closures "$body"
call guest 403 POST /api/v1/closures "$body"
call admin 422 POST /api/v1/closures "{\"at\":{\"lat\":$lat,\"lon\":$lon}}"
holds '.errors[0].pointer=="/reason"'
call admin 422 POST /api/v1/closures "{\"at\":{\"lat\":$lat,\"lon\":$lon},\"reason\":\"  \"}"
call admin 422 POST /api/v1/closures '{"at":{"lat":40.7,"lon":121.02},"reason":"x"}'
holds '.errors[0].pointer=="/at"' "off the map"
call admin 422 POST /api/v1/closures "{\"at\":{\"lat\":$lat,\"lon\":$lon},\"reason\":\"x\",\"until\":\"2020-01-01T00:00:00Z\"}"
call admin 422 POST /api/v1/closures '{"polygon":{"type":"Point","coordinates":[121,30.7]},"reason":"x"}'
call admin 404 DELETE /api/v1/closures/999999
call admin 200 GET /api/v1/closures
holds '.items==[]' "a refusal changes nothing"
curl -sN -m 600 -b "$work/guest.jar" "$url/api/v1/stream" >"$work/stream" &
stream=$!
wait_for grep -q '^:' "$work/stream" # open
call admin 201 POST /api/v1/closures "$body"
id=$(get .id)
plan closed2
cmp -s "$work/closed" "$work/closed2" || fail "by the API the plan is another one than by the command line"
wait_for grep -q '"kind":"closure.made"' "$work/stream"
kill "$stream"; wait "$stream" 2>/dev/null
ok "by the API as by the command line; refusals; consoles are told"

# A call-out says in its record which closures it knew.
call admin 201 POST "/api/v1/needs/$need/callouts" '{"lift":["quiet","duty","cap"],"reason":"test at any hour"}'
callout=$(get .id)
call admin 200 GET "/api/v1/callouts/$callout/plans"
[ "$(get '.items[0].inputs.closures')" -gt "$version" ] || fail "the plan record has no version of the closures"
ok "plan record: closures version $(get '.items[0].inputs.closures')"
# Whom its next waves alert would be missing among the nearest below.
call admin 200 POST "/api/v1/callouts/$callout/steps" '{"step":"stand_down"}'

# The plug is pulled.
cli nearest --at "$place" --count 200
jq -c .people "$work/body" >"$work/near"
kill -9 "$server_pid"; wait "$server_pid" 2>/dev/null
start serve
call admin 200 GET /api/v1/closures
holds ".items|length==1 and .[0].id==$id and .[0].by==\"admin\"" "kept over kill -9"
cli nearest --at "$place" --count 200
jq -c .people "$work/body" | cmp -s - "$work/near" || fail "after kill -9 others are near"
ok "kill -9: the bridge is still closed"
call admin 204 DELETE "/api/v1/closures/$id"
call admin 404 DELETE "/api/v1/closures/$id"

# It ends by itself.
until=$(date -d '+8 seconds' --iso-8601=seconds)
cli close-road --at "$bridge" --radius 60 --until "$until" --reason "for a moment"
call admin 200 GET /api/v1/closures
holds '.items|length==1 and (.[0].until|type=="string")'
gone() {
    call admin 200 GET /api/v1/closures
    jq -e '.items==[]' "$work/body"
}
wait_for gone
cli nearest --at "$place" --count 200
ok "expired at its time"

# People are under way when the roads are closed: the board and their telephones say so. All
# around the place: whoever is outside has no way any more; opened again they are told, too.
incident
need '{"skills":[],"count":3}' '"reserve":0,"target":0.999'
callout
line=$(awk -v p="$place" 'BEGIN{split(p,a,","); d=0.002; printf "[[[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f]]]",a[2]-d,a[1]-d,a[2]+d,a[1]-d,a[2]+d,a[1]+d,a[2]-d,a[1]+d,a[2]-d,a[1]-d}')
# The farthest: nobody who lives beside the place.
alerts
far=$(get '[.items[]|select(.seconds!=null)]|max_by(.seconds)|.number')
answer "$(mail alert "$far")" accept
holds '.state=="assigned"'
answer "$(mail alert "$far")" depart
holds '.state=="en_route"'
eta() { board; get ".assignments[]|select(.number==\"$far\")|.eta_seconds"; }
before=$(eta)
[ "$before" -gt 0 ] || fail "no eta: $before"
call admin 201 POST /api/v1/closures "{\"polygon\":{\"type\":\"Polygon\",\"coordinates\":$line},\"reason\":\"积水\"}"
id=$(get .id)
has_no_way() { [ "$(eta)" = null ]; }
wait_for has_no_way
detours() { cat "$dir"/mailbox/*.json | jq -es --arg to "$far" --arg text "$2" --argjson n "$1" '[.[]|select(.kind=="detour" and .to==$to)]|length==$n and (max_by(.id)|.text|test($text))'; }
wait_for detours 1 "路断了"
call admin 204 DELETE "/api/v1/closures/$id"
wait_for detours 2 "现在约需 [0-9]+ 分钟"
[ "$(eta)" -gt $((before - 60)) ] || fail "the way is another one than before: $(eta), was $before"
alerts
[ "$(cat "$dir"/mailbox/*.json | jq -s '[.[]|select(.kind=="detour")]|length')" = 2 ] || fail "others were told of the way, too"
ok "under way when the roads close: no time on the board, told to wait; opened, told the minutes"

# Who says where they come from counts from there: roads that close there are before them,
# also after kill -9, whatever is open from their home; no dispatcher sees the place. Whoever
# says yes from where no way leads is told at once.
incident
need '{"skills":[],"count":3}' '"reserve":0,"target":0.999'
callout
alerts
from=$(awk -v p="$place" 'BEGIN{split(p,a,","); printf "{\"lat\":%.4f,\"lon\":%.4f}",a[1]+0.015,a[2]+0.01}')
read -r near next < <(get '[.items[]|select(.seconds!=null)]|sort_by(.seconds)|"\(.[0].number) \(.[1].number)"')
at_home=$(get ".items[]|select(.number==\"$near\")|.seconds")
eta() { board; get ".assignments[]|select(.number==\"$1\")|.eta_seconds"; }
answer "$(mail alert "$near")" accept "\"from\":$from"
before=$(get .seconds)
[ "$before" -gt "$at_home" ] || fail "from there it takes no longer: $before, $at_home from home"
kill -9 "$server_pid"; wait "$server_pid" 2>/dev/null
start serve
call admin 201 POST /api/v1/closures "{\"at\":$from,\"radius\":400,\"reason\":\"积水\"}"
id=$(get .id)
is_cut_off() { [ "$(eta "$1")" = null ]; }
wait_for is_cut_off "$near"
told() { cat "$dir"/mailbox/*.json | jq -es --arg to "$1" --arg text "$2" '[.[]|select(.kind=="detour" and .to==$to)]|max_by(.id|tonumber)|.text|test($text)'; }
wait_for told "$near" "路断了"
answer "$url/r/$(basename "$(mail alert "$next")")" accept "\"from\":$from" # another port since the start
holds '.state=="assigned" and (has("seconds")|not)' "a time where no way is"
wait_for told "$next" "路断了"
board
holds '[.assignments[]|has("position")]==[false,false]' "shown where they said they come from"
call admin 204 DELETE "/api/v1/closures/$id"
for one in "$near" "$next"; do wait_for told "$one" "现在约需 [0-9]+ 分钟"; done
same() { [ "$(eta "$near")" -le $((before + 1)) ] && [ "$(eta "$near")" -gt $((before - 60)) ]; }
wait_for same
"$MUSTER" replay "$incident" --dir "$dir" --json >/dev/null || fail "the events do not make what stands there"
call admin 200 POST "/api/v1/callouts/$callout/steps" '{"step":"stand_down"}'
ok "from where they said they come: no way there, told to wait; opened, told the minutes; nobody sees the place"

# Everybody is found, and the roads close: who was to come may be late, so it is planned anew.
incident
need '{"skills":[],"count":2}' '"target":0.6'
callout
filled() { board; [ "$(get .state)" = filled ]; }
alerts
for one in $(get '[.items[]|select(.seconds!=null)]|sort_by(-.seconds)|.[].number'); do
    filled && break
    answer "$(mail alert "$one")" accept
done
wait_for filled # at once, or when it is planned with those who have said yes
holds '.probability>=0.6'
asked=$(get .funnel.alerted)
call admin 201 POST /api/v1/closures "{\"polygon\":{\"type\":\"Polygon\",\"coordinates\":$line},\"reason\":\"积水\"}"
id=$(get .id)
doubted() { board; jq -e --argjson asked "$asked" '.probability<0.6 or .funnel.alerted>$asked' "$work/body"; }
wait_for doubted
now=$(get '"P = \(.probability), \(.state), \(.funnel.alerted) asked"')
"$MUSTER" replay "$incident" --dir "$dir" --json >/dev/null || fail "the events do not make what stands there"
call admin 204 DELETE "/api/v1/closures/$id"
call admin 200 POST "/api/v1/callouts/$callout/steps" '{"step":"stand_down"}'
ok "filled, and the roads close: planned anew: $asked asked before, now $now"

# Nobody else is asked for the seats of those who will be late: the lists say so, and the level
# above is told, once; open again, all is as it was.
incident
need '{"skills":[],"count":1}' '"reserve":0,"target":0.6'
callout
alerts
far=$(get '[.items[]|select(.seconds!=null)]|max_by(.seconds)|.number')
answer "$(mail alert "$far")" accept
wait_for filled
call admin 201 POST /api/v1/closures "{\"polygon\":{\"type\":\"Polygon\",\"coordinates\":$line},\"reason\":\"积水\"}"
id=$(get .id)
late_is() {
    call admin 200 GET "/api/v1/incidents/$incident" && [ "$(get '.needs[0]|"\(.state) \(.late) \(.escalated_at!=null)"')" = "$1" ] || return 1
    call admin 200 GET "/api/v1/incidents?state=running"
    [ "$(get ".items[]|select(.id==$incident)|.late")" = "$2" ]
}
wait_for late_is "filled 1 true" 1
call admin 200 GET "/api/v1/incidents/$incident/events?limit=1000"
holds '[.items[]|select(.kind=="need.escalated")|[.code,.number]]==[["late",1]]' "not told once"
call admin 204 DELETE "/api/v1/closures/$id"
wait_for late_is "filled null false" null
board
holds '.probability>0.5' "open again, and still improbable"
"$MUSTER" replay "$incident" --dir "$dir" --json >/dev/null || fail "the events do not make what stands there"
call admin 200 POST "/api/v1/callouts/$callout/steps" '{"step":"stand_down"}'
ok "filled by who will be late: told once, to the level above; open again, taken back"

# Slow instead of closed, by the command line and by the API: everybody comes, but later
# the slower it is, and as before when it is over.
people() { cli nearest --at "$place" --count 200 --mode car; jq -c '[.people[].seconds]' "$work/body" >"$work/$1"; }
later='($a[0]|add) as $a|($b[0]|add) as $b|$a>$b'
people free
cli close-road --at "$place" --radius 3000 --limit 30 --reason "fog"
fog=$(get .id)
people fog
cli close-road --at "$place" --radius 3000 --limit 10 --reason "a foot of water"
water=$(get .id)
people water
jq -en --slurpfile a "$work/fog" --slurpfile b "$work/free" "$later" >/dev/null || fail "a limit of 30 km/h costs no time"
jq -en --slurpfile a "$work/water" --slurpfile b "$work/fog" "$later" >/dev/null || fail "10 km/h are as fast as 30"
call admin 200 GET /api/v1/closures
holds '[.items[].limit_kmh]==[30,10] and (.version|type=="number")' "the limits"
cli open-road "$water"
people again
cmp -s "$work/fog" "$work/again" || fail "at 30 km/h again the times are others"
for wrong in 0 251 '"x"' 1.5; do
    call admin 422 POST /api/v1/closures "{\"at\":{\"lat\":$lat,\"lon\":$lon},\"limit_kmh\":$wrong,\"reason\":\"x\"}"
done
"$MUSTER" close-road --dir "$dir" --at "$place" --limit 0 --reason x >/dev/null 2>&1 && fail "--limit 0"
call admin 201 POST /api/v1/closures "{\"at\":{\"lat\":${place%,*},\"lon\":${place#*,}},\"radius\":3000,\"limit_kmh\":10,\"reason\":\"积水\"}"
id=$(get .id)
people water2
cmp -s "$work/water" "$work/water2" || fail "by the API it is another water"
call admin 204 DELETE "/api/v1/closures/$id"
call admin 204 DELETE "/api/v1/closures/$fog"
people again
cmp -s "$work/free" "$work/again" || fail "free again the times are others"
ok "slow roads: the 200 nearest need $(jq "add/length|round" "$work/free") s on average, in fog $(jq "add/length|round" "$work/fog") s, in water $(jq "add/length|round" "$work/water") s"

# An area, and the chain knows all of it.
printf '{"type":"Polygon","coordinates":[[[%s,%s],[%s,%s],[%s,%s],[%s,%s]]]}' \
    121.015 30.695 121.025 30.695 121.02 30.705 121.015 30.695 >"$work/area.geojson"
cli close-road --at "$place" --polygon "$work/area.geojson" --reason "flooded"
[ "$(get .edges)" -gt 3 ] || fail "an area closes $(get .edges) roads"
cli open-road "$(get .id)"

# From where a place is reached in time: the people are those of `nearest`, the areas grow
# with the minutes and shrink with a closed bridge; a viewer is told no number of people.
account watcher viewer
cli circle --at "$place" --mode car --minutes 15,5,10 --people
holds '.type=="FeatureCollection" and ([.features[].properties.minutes]==[5,10,15]) and ([.features[].properties.people]|.==sort and .[0]>0)' "three bands"
holds '[.features[].properties.area_km2]|.==sort and .[0]>0'
holds '(.people|length)==.features[2].properties.people and (.sites|length)==.features[2].properties.sites'
holds '[.features[].properties.households]|.[0]>0 and .[0]<.[1] and .[1]<.[2]' "households are not counted"
holds '[.sites[].kind]|index("homes")|not' "homes are listed one by one"
jq -c '.people' "$work/body" >"$work/inside"
cli nearest --at "$place" --mode car --count 3000 --minutes 15
jq -e --slurpfile inside "$work/inside" '[.people[]|{number,seconds}]-$inside[0]==[] and (.people|length)>0' "$work/body" >/dev/null || fail "nearest knows somebody who is not inside, or another time"
call admin 200 GET "/api/v1/circle?at=$place&mode=car&minutes=5,10,15"
header content-type | grep -q '^application/geo+json' || fail "the circle is no GeoJSON"
jq -c '[.features[].properties]' "$work/body" >"$work/before"
[ "$(jq '.[2].people' "$work/before")" = "$(jq length "$work/inside")" ] || fail "the API counts others than the command line"
call watcher 200 GET "/api/v1/circle?at=$place&mode=car&minutes=5"
holds '.features[0].properties|has("people")|not' "a viewer counts people"
call nobody 401 GET "/api/v1/circle?at=$place"
for wrong in "mode=car" "at=x" "at=$place&mode=plane" "at=$place&minutes=0" "at=$place&minutes=5,,6" "at=$place&minutes=241" "at=$place&direction=up" "at=40.7,121.0"; do
    call admin 422 GET "/api/v1/circle?$wrong"
done
# The other way round: some streets are one-way, so that it is another circle, as large.
call admin 200 GET "/api/v1/circle?at=$place&mode=car&minutes=5,10,15&direction=from"
holds '.direction=="from"'
jq -e --slurpfile to "$work/before" '[.features[].properties.road_km] as $from|[$to[0][].road_km] as $to|$from!=$to and ($from[2]/$to[2]|.>0.7 and .<1.4)' "$work/body" >/dev/null || fail "outwards is as inwards, or quite another"
printf '{"type":"Polygon","coordinates":[[[%s],[%s],[%s],[%s],[%s]]]}' \
    121.005,30.690 121.035,30.690 121.035,30.712 121.005,30.712 121.005,30.690 >"$work/area.geojson"
cli close-road --at "$place" --polygon "$work/area.geojson" --reason "flooded"
id=$(get .id)
call admin 200 GET "/api/v1/circle?at=$place&mode=car&minutes=5,10,15"
jq -e --slurpfile before "$work/before" '.features[2].properties.area_km2*2<$before[0][2].area_km2 and .features[2].properties.people<$before[0][2].people' "$work/body" >/dev/null || fail "closed roads leave the circle as it was"

# The place is cut off: nearest, the preview, the circle say so, and where to gather.
gather='(.isolated.muster.code|type=="string") and .isolated.metres>100'
holds "$gather" "the circle does not say that the place is cut off"
cli nearest --at "$place" --count 5
holds "$gather" "nearest does not say that the place is cut off"
cli nearest --at "$(get '.isolated.muster.at|"\(.lat),\(.lon)"')" --count 1
holds '(.people|length)==1 and (has("isolated")|not)' "nobody comes to the muster point"
call admin 200 POST "/api/v1/needs/$need/plan" '{"lift":["quiet","duty","cap"],"reason":"test at any hour"}'
holds "$gather" "the preview does not say that the place is cut off"
printf '{"at":{"lat":%s,"lon":%s},"within_minutes":45,"lines":[{"skills":[],"count":1}]}' "${place%,*}" "${place#*,}" >"$work/need.json"
cli plan "$work/need.json"
holds "$gather" "plan does not say that the place is cut off"
cli open-road "$id"
cli nearest --at "$place" --count 5
holds 'has("isolated")|not' "cut off with all roads open"
ok "a place cut off: said, with the muster point"
call admin 200 GET "/api/v1/circle?at=$place&mode=car&minutes=5,10,15"
jq -c '[.features[].properties]' "$work/body" | cmp -s - "$work/before" || fail "opened again the circle is another one"
ok "circle: $(jq -c '[.[].people]' "$work/before") people in 5, 10, 15 minutes"

kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"
server_pid=
for wrong in "--minutes x" "--minutes 5 --mode plane" "--minutes 5 --at 40.7,121.0"; do
    "$MUSTER" circle --dir "$dir" --at "$place" $wrong >"$work/body" 2>"$work/cli.err" && fail "circle $wrong"
    [ ! -s "$work/body" ] && grep -q '^muster: ' "$work/cli.err" || fail "circle $wrong: $(cat "$work/cli.err")"
done
cli close-road --at "$bridge" --reason "without a server"
cli open-road "$(get .id)"
"$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify"
ok "areas; without a server; verify: $(cat "$work/body")"
echo "story: $passed passed, 0 failed"
