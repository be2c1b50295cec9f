#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The command line from outside, command by command: usage, exit codes, JSON, and the answers
# of nearest and matrix against a plain Dijkstra in awk over the same DIMACS file; plan and
# solve with all that can be wrong in their files; accounts, tokens, heads, erasing and
# merging; a server that holds the folder; what is left of an init or demo cut short.
cd "$(dirname "$0")/../.." || exit 1
. test/story/lib.sh
MUSTER=$(realpath "$MUSTER")
data=${MUSTER_DATA:-../shared/data}
h=number,name,lat,lon

# run COMMAND...: output in $work/body, errors in $work/err, exit code in $code.
run() {
    "$MUSTER" "$@" >"$work/body" 2>"$work/err"
    code=$?
}
# exits CODE COMMAND...: an error is one line or more of `muster: what: why`, none without one.
exits() {
    want=$1
    shift
    run "$@"
    [ $code = "$want" ] || fail "muster $*: exit $code instead of $want: $(cat "$work/err")"
    if [ "$want" = 0 ]; then
        [ ! -s "$work/err" ] || fail "muster $*: says $(cat "$work/err")"
        return
    fi
    [ -s "$work/err" ] || fail "muster $*: no word on standard error"
    grep -Eqv '^muster: [^:]+: .+' "$work/err" && fail "muster $*: not 'muster: what: why': $(cat "$work/err")"
}
good() { exits 0 "$@" --dir "$dir"; }
# bad CODE PATTERN COMMAND...
bad() {
    want=$1 pattern=$2
    shift 2
    exits "$want" "$@" --dir "$dir"
    grep -Eq -- "$pattern" "$work/err" || fail "muster $*: no '$pattern' in: $(cat "$work/err")"
}

# ---- usage
exits 2
exits 2 nonsense
exits 2 nearest
exits 2 --dir "$dir" init
exits 2 init --dir
exits 2 init --dir "$dir" extra
exits 2 init --dir "$dir" --colour red
exits 2 import --dir "$dir"
exits 2 import nonsense --dir "$dir"
exits 2 solve tail 1
# Planted bugs are the simulator's alone.
for command in serve demo verify 'plan x.json' 'heads'; do
    exits 2 $command --plant seat_over --dir "$dir"
done
exits 1 simulate --plant nonsense
exits 1 simulate --without nonsense
exits 1 simulate --only 1,x
exits 1 simulate --seed 3 --seeds 3 --minutes 10 --plant seat_over # they violate, most of them: each line says whose it is
grep -q '^muster: simulate: shortest form: muster simulate --seed [345] ' "$work/err" || fail "the shortest form: $(cat "$work/err")"
exits 0 help
grep -q 'muster nearest --dir DIR --at LAT,LON --count K \[--mode M\]' "$work/body" || fail "help"
for command in init demo serve 'import roads' 'import areas' 'import skills' 'import sites' 'import teams' 'import people' \
    nearest matrix plan 'solve tail' verify 'account add' 'account list' 'account password' 'account close' 'account open' 'desk set' 'desk list' 'desk remove' token try heads hours statistics erase-person erase-requester merge-people; do
    grep -q "muster $command" "$work/body" || fail "help does not know $command"
done
make -s help >"$work/body"
for target in run test check nightly all deps unit fuzz console console-test simulate bench bench-road bench-plan bench-loop \
    fmt fmt-check lint tidy layers headers cov demo-reset clean help; do
    grep -q "^$target " "$work/body" || fail "make help does not list $target"
done
exits 0 --help
exits 0 -h
for asked in 'help verify' 'verify --help' 'verify --dir x -h' 'help verify x'; do
    exits 0 $asked
    [ "$(grep -c '^  muster' "$work/body")" = 1 ] && grep -q '^  muster verify --dir DIR' "$work/body" || fail "muster $asked"
done
for asked in 'help import' 'import --help'; do
    exits 0 $asked
    [ "$(grep -c '^  muster import' "$work/body")" = "$(wc -l <"$work/body" | awk '{ print $1 / 2 }')" ] || fail "muster $asked"
done
exits 0 import people --help
grep -q 'paused_until' "$work/body" || fail "help does not name the columns"
for asked in 'help nonsense' 'nonsense --help'; do
    exits 2 $asked
    grep -q '^muster: nonsense: no such command' "$work/err" || fail "muster $asked: $(cat "$work/err")"
done
bad 2 'which one[?] account add, account list, ' account remove x
exits 0 help --json
holds '.help|length>1000'
exits 0 --version
grep -Eq '^muster [0-9]+\.[0-9]+' "$work/body" || fail "--version"
exits 0 --version --json
holds '.version'
for command in 'verify' 'nearest --at 1,2 --count 1' 'token --account x' 'import areas x.csv' 'import roads x.osm' serve; do
    bad 1 'holds no instance' $command
done
ok "usage: exit code 2, help, version, a folder without an instance"
exits 0 init --dir "$dir" --json
holds '.account=="admin" and (.password|length)>=8' init
password=$(get .password)
bad 1 'instance in it already' init
bad 1 'county: holds an instance that is not the demo county' demo --simulate --listen 127.0.0.1:0
exits 1 init --dir "$work/third" --store postgres://nobody@127.0.0.1:1/none # no server there
exits 0 init --dir "$work/third"
grep -q "^  muster import roads FILE.osm.pbf --dir $work/third$" "$work/body" && grep -q "^  muster serve --dir $work/third$" "$work/body" || fail "init does not say what comes next"
exits 0 verify --dir "$work/third"
good hours --from 2026-01-01 --to 2026-12-31
grep -q 'nothing was credited' "$work/body" || fail "hours of nobody: $(cat "$work/body")"
good hours --from 2026-01-01 --to 2026-12-31 --csv
[ "$(wc -l <"$work/body")" = 1 ] || fail "hours of nobody as a file: $(cat "$work/body")"
touch "$work/file"
exits 1 init --dir "$work/file"
exits 1 init --dir "$work/file/x"
exits 0 verify --dir="$dir" --json
holds '.findings==0'
ok "init: an instance, once"
# Options stand anywhere behind the first word, between the two of a name as well.
for list in 'account --dir DIR list --json' 'account --json --dir=DIR list' 'account list --json --dir DIR'; do
    exits 0 ${list/DIR/$dir}
    holds '.accounts|length==1' "$list"
done
exits 2 account --dir "$dir" --json
exits 2 account --dir list
exits 2 account --colour red list --dir "$dir"
exits 2 account list --dir "$dir" list
ok "options between the words of a command"

# ---- configuration: what is wrong is told with file, line and key; nothing is served
cp "$dir/muster.conf" "$work/muster.conf"
conf() { { cat "$work/muster.conf"; printf "$1\n"; } >"$dir/muster.conf"; }
while IFS='|' read -r pattern text; do
    conf "$text"
    bad 1 "/muster\.conf: line $(wc -l <"$dir/muster.conf")[^:]*: $pattern" verify
done <<'X'
no_such: is no key|no_such = 1
weekly_cap: must be a whole number|weekly_cap = 17
channels: is empty|channels =
channels: is empty|channels = ,
channels: pigeon is none of|channels = file pigeon
channels: file stands there twice|channels = file file
plan_policy: is none of|plan_policy = xyz
smtp_url: is empty, but something is to be sent there: write smtp|channels = email file\nsmtp_url =
smtp_url: is no address|channels = email\nsmtp_url = https://mail.example
smtp_from: is no e-mail address|channels = email\nsmtp_url = smtp://mail.example\nsmtp_from =
smtp_from: is no e-mail address|channels = email\nsmtp_url = smtp://mail.example\nsmtp_from = Muster <m@mail.example>
store: is no address|store = mysql://x
webhook_url: is no address|channels = webhook\nwebhook_url = hook.example
heads_url: is no address|heads_url = http://
public_url: is no address|public_url = foo
public_url: is no address|public_url = https://
public_url: is no address|public_url = ftp://x.example
public_url: is no address|public_url = ///
duty_phone: is no telephone number|duty_phone = call us
zone: there is no time zone Asia/Shangai|zone = Asia/Shangai
zone: there is no time zone Asia;|zone = Asia
zone: there is no time zone ;|zone =
X
conf 'zone = UTC\npublic_url = https://x.example:8443///'
good verify
{ printf '\xef\xbb\xbf'; cat "$work/muster.conf"; printf 'zone = UTC\r\n'; } >"$dir/muster.conf" # as Windows' editor saves it
good verify
conf 'channels = email\nsmtp_url = smtp://127.0.0.1:1\nsmtp_from = m@mail.example\nsmtp_password_file = /nowhere'
bad 1 'smtp_password_file: /nowhere: cannot open' serve --listen 127.0.0.1:0
printf '\nsecret\n' >"$work/secret"
conf "gateway_secret_file = $work/secret"
bad 1 "gateway_secret_file: $work/secret: its first line is empty" serve --listen 127.0.0.1:0
printf 'secret\n' >"$work/secret"
conf "gateway_url = http://127.0.0.1:1\ngateway_secret_file = $work/secret"
bad 1 '^muster: sms: Failed to connect' try sms --to 10000000001
conf 'archive_days = 0'
bad 1 'archive_days: is 0 in muster.conf' archive
conf 'channels = email'
bad 1 '/muster\.conf: smtp_url: is empty, but' verify
conf 'channels = file'
printf 'date,treat-as\nfoo,Mo\n' >"$dir/calendar.csv"
bad 1 '/calendar\.csv: line 2, column 1: date: ' verify
rm "$dir/calendar.csv"
good verify
cp "$work/muster.conf" "$dir"
ok "a wrong configuration or calendar is told with its file, line and key"

# ---- roads: a grid of 20 x 20 and three nodes that can be reached and not left
awk -v gr="$work/g.gr" -v co="$work/g.co" 'BEGIN { n = 20
    print "p sp", n * n + 3, 4 * n * (n - 1) + 3 > gr; print "p aux sp co", n * n + 3 > co
    for (i = 0; i < n; i++) for (j = 0; j < n; j++) { id = i * n + j + 1
        print "v", id, 121000000 + j * 1000, 30700000 + i * 1000 > co
        if (j + 1 < n) { print "a", id, id + 1, 60 + (i * 7 + j * 3) % 11 > gr
                         print "a", id + 1, id, 60 + (i * 5 + j) % 7 > gr }
        if (i + 1 < n) { print "a", id, id + n, 70 + (i * 3 + j * 5) % 13 > gr
                         print "a", id + n, id, 70 + (i + j * 2) % 5 > gr } }
    for (k = 1; k <= 3; k++) { print "v", n * n + k, 121019000 + k * 1000, 30719000 > co
                               print "a", n * n + k - 1, n * n + k, 65 + k > gr } }'
good import roads --dimacs "$work/g.gr" --coords "$work/g.co" --json
holds '.nodes==403'
# dijkstra SOURCE DIRECTION(1 from it, -1 to it): `node weight` of every node reached.
dijkstra() {
    awk -v s="$1" -v way="$2" '$1 == "a" { u = way > 0 ? $2 : $3; v = way > 0 ? $3 : $2
            to[u, ++out[u]] = v; w[u, out[u]] = $4; if (u > n) n = u; if (v > n) n = v }
        END { d[s] = 0
            for (;;) { best = 0
                for (k in d) if (!done[k] && (!best || d[k] < d[best])) best = k
                if (!best) break
                done[best] = 1
                for (e = 1; e <= out[best]; e++) { v = to[best, e]; x = d[best] + w[best, e]
                    if (!(v in d) || x < d[v]) d[v] = x } }
            for (k = 1; k <= n; k++) if (k in d) print k, d[k] }' "$work/g.gr"
}
node() { awk -v id="$1" '$1 == "v" && $2 == id { printf "%.6f,%.6f", $4 / 1e6, $3 / 1e6 }' "$work/g.co"; }
froms='1 57 400 401 188'
{ echo lat,lon; for id in $froms; do echo "$(node "$id")"; done; } >"$work/from.csv"
awk '$1 == "v" { printf "%.6f,%.6f\n", $4 / 1e6, $3 / 1e6 }' "$work/g.co" >"$work/to.csv"
for id in $froms; do
    dijkstra "$id" 1 | awk '{ d[$1] = $2 } END { for (k = 1; k <= 403; k++)
        printf "%s%s", k in d ? d[k] ".000" : "", k < 403 ? "," : "\n" }'
done >"$work/want"
for mode in foot bike car; do
    good matrix --mode $mode --from "$work/from.csv" --to "$work/to.csv"
    cmp -s "$work/body" "$work/want" || fail "matrix --mode $mode differs from Dijkstra: $(diff "$work/body" "$work/want" | cut -c1-200 | head -4)"
done
good matrix --mode foot --from "$work/from.csv" --to "$work/to.csv" --json
holds '(.seconds|length)==5 and (.seconds[0]|length)==403 and .seconds[3][0]==null and .seconds[0][0]==0'
good import roads --scale 0.25 --coords "$work/g.co" --dimacs "$work/g.gr"
good matrix --mode car --from "$work/from.csv" --to "$work/to.csv"
awk -F, -v OFS=, '{ for (i = 1; i <= NF; i++) if ($i != "") $i = sprintf("%.3f", $i / 4); print }' "$work/want" >"$work/quarter"
cmp -s "$work/body" "$work/quarter" || fail "--scale 0.25"
good import roads --dimacs "$work/g.gr" --coords "$work/g.co"
for line in '91,121' 'x,y' '30.7' '30.7,121,1' ''; do
    printf 'lat,lon\n30.7,121\n%s\n' "$line" >"$work/bad.csv"
    [ -z "$line" ] && { good matrix --mode foot --from "$work/bad.csv" --to "$work/bad.csv"; continue; }
    bad 1 'bad.csv: line 3' matrix --mode foot --from "$work/bad.csv" --to "$work/to.csv"
done
echo '30.7;121' >"$work/bad.csv" # no header
bad 1 'bad.csv: line 1' matrix --mode foot --from "$work/bad.csv" --to "$work/bad.csv"
bad 2 'give one file of OpenStreetMap, or --dimacs' import roads
printf 'lat,lon\n31.7,121\n30.7,121\n' >"$work/far.csv"
good matrix --mode foot --from "$work/far.csv" --to "$work/far.csv"
[ "$(cat "$work/body")" = $',\n,0.000' ] || fail "a point far from the roads: $(cat "$work/body")"
bad 2 '--to is missing' matrix --mode foot --from "$work/from.csv"
bad 1 'cannot open' matrix --mode foot --from "$work/nothere" --to "$work/to.csv"
bad 1 'mode' matrix --mode train --from "$work/from.csv" --to "$work/to.csv"
ok "matrix: as Dijkstra says, with --scale, no way is empty"

# ---- a damaged graph file: cut off anywhere, a byte turned anywhere. A word, and exit 1.
graph=$dir/road.graph
cp "$graph" "$work/whole.graph"
size=$(stat -c %s "$graph")
spoilt() { # WHAT: nearest and serve refuse the graph, naming it, and change nothing
    bad 1 '^muster: [^:]*road\.graph: ' nearest --at 30.7,121 --count 1
    [ ! -s "$work/body" ] || fail "$1: nearest answers"
    case $turn in 1 | 4 | 8 | 12) ;; *) return ;; esac
    timeout 20 "$MUSTER" serve --dir "$dir" --listen 127.0.0.1:0 >"$work/body" 2>"$work/err" && fail "$1: serve serves"
    grep -q '^muster: [^:]*road\.graph: ' "$work/err" || fail "$1: serve says: $(cat "$work/err")"
}
turn=0
for length in 0 1 7 8 63 64 383 384 1000 $((size / 3)) $((size / 2)) $((size - 8)) $((size - 1)); do
    turn=$((turn + 1))
    head -c "$length" "$work/whole.graph" >"$graph"
    spoilt "cut off after $length bytes"
done
{ cat "$work/whole.graph"; printf x; } >"$graph"
spoilt "a byte too many"
# What stands in the rows needs neither roads nor people, and reads neither.
good account list
good heads
good verify
for at in 0 9 13 20 40 70 200 $((size / 4)) $((size / 2)) $((size * 3 / 4)) $((size - 2)); do
    turn=$((turn + 1))
    cp "$work/whole.graph" "$graph"
    byte=$(od -An -tu1 -j "$at" -N 1 "$graph")
    printf "\\$(printf %o $((byte ^ 16)))" | dd of="$graph" bs=1 seek="$at" conv=notrunc status=none
    spoilt "byte $at turned"
done
cp "$work/whole.graph" "$graph"
good matrix --mode foot --from "$work/from.csv" --to "$work/to.csv"
cmp -s "$work/body" "$work/want" || fail "whole again the graph is another one"
ok "a damaged graph file: $turn ways, refused each time"
exits 0 bench road "$work/whole.graph" --questions 3 --json
holds '.graphs[0]|.nodes==403 and .recall==1 and .straight_line_recall<=1 and .questions==3'
exits 1 bench road "$work/nothere.graph"
exits 1 bench road "$work/whole.graph" --questions 0
exits 1 bench plan
grep -q 'make bench-plan' "$work/err" || fail "bench plan does not say how"
exits 1 bench loop
grep -q 'make bench-loop' "$work/err" || fail "bench loop does not say how"
ok "bench road: the nearest are the nearest; the others are made"

# ---- nearest, against the same Dijkstra
awk -v h="$h" 'BEGIN { srand(7); print h ",skills,certificates,birth,suspended,quiet" }
    $1 == "v" { id[++n] = sprintf("%.6f,%.6f", $4 / 1e6, $3 / 1e6) }
    END { for (i = 1; i <= 600; i++) { k = 1 + int(rand() * n); r = int(rand() * 4)
        printf "P%03d,name %d,%s,%s,%s,%s,%d,none\n", i, i, id[k], r == 0 ? "boat" : r == 1 ? "boat;nurse" : r == 2 ? "nurse" : "",
            r == 1 ? "boat:2099-12-31;nurse:2020-01-01" : "boat:2020-01-01;nurse:2099-12-31",
            i % 37 == 0 ? "2020-01-01" : "1980-01-01", i % 29 == 0 } }' "$work/g.co" >"$work/people.csv"
good import people "$work/people.csv" --json
holds '.added==600'
# want AT COUNT SKILL: the answer of nearest by hand; people are `number lat,lon skills certificates birth suspended`.
want() {
    dijkstra "$1" -1 >"$work/times"
    awk -F, -v count="$2" -v skill="$3" 'FILENAME ~ /times$/ { split($0, t, " "); time[t[1]] = t[2]; next }
        FILENAME ~ /co$/ { split($0, t, " "); if (t[1] == "v") at[sprintf("%.6f,%.6f", t[4] / 1e6, t[3] / 1e6)] = t[2]; next }
        FNR > 1 { node = at[$3 "," $4]; if (!(node in time)) next
            why = "ok"
            if (skill != "" && index(";" $5 ";", ";" skill ";") == 0) why = "no_skill"
            else if (skill != "" && index($6, skill ":2099") == 0) why = "certificate"
            else if ($8 == 1) why = "suspended"
            else if ($7 == "2020-01-01") why = "under_age"
            print time[node], $1, why }' "$work/times" "$work/g.co" "$work/people.csv" | sort -n -s -k1,1 >"$work/met"
    awk -v count="$2" '$3 == "ok" && ++n <= count { last = $1; print > "/dev/stderr" }
        { line[NR] = $0 } END { for (i = 1; i <= NR; i++) { split(line[i], t, " "); if (t[1] <= last) print line[i] } }' \
        "$work/met" 2>"$work/taken" >"$work/near"
    awk 'FILENAME ~ /taken$/ { taken[$2] = 1; list = list sep "{\"number\":\"" $2 "\",\"seconds\":" $1 "}"; sep = ","; next }
        { n++; if (!($2 in taken)) excluded[$3 == "ok" ? "too_far" : $3]++ }
        END { printf "{\"people\":[%s],\"considered\":%d,\"excluded\":{", list, n; sep = ""
            for (r in excluded) { printf "%s\"%s\":%d", sep, r, excluded[r]; sep = "," }; print "}}" }' "$work/taken" "$work/near"
}
noon=2026-11-23T12:00:00+08:00
for place in 1 211 390 403; do
    for query in '1 ' '7 boat' '40 nurse' '600 boat'; do
        count=${query% *} skill=${query#* }
        want "$place" "$count" "$skill" | jq -S . >"$work/want"
        good nearest --at "$(node "$place")" --count "$count" ${skill:+--skill "$skill"} --time $noon --mode bike
        jq -S '.people|=map(del(.metres))' "$work/body" >"$work/have"
        cmp -s "$work/have" "$work/want" || fail "nearest at $place, $query: $(diff "$work/have" "$work/want" | head -5)"
    done
done
ok "nearest: the people, seconds, considered and excluded of Dijkstra"
good nearest --at "$(node 1)" --count 3 --explain --time $noon
holds '.considered==600 and ((.people|length)+([.excluded[]]|add))==600 and .excluded.unreachable>=1' "--explain counts everybody"
holds '[.people[]|keys]|all(.==["metres","number","seconds"])'
good nearest --at "$(node 1)" --count 600 --minutes 5 --time $noon
holds '[.people[].seconds]|max<=300' --minutes
people=$(get '.people|length')
good nearest --at "$(node 1)" --count 600 --minutes 5 --time $noon --explain
holds ".excluded.too_far>0 and (.people|length)==$people and .considered==600"
for wrong in '--count 0' '--count -1' '--count x' '--minutes -1' '--mode train' '--skill levitation' '--time yesterday' '--time 2026-11-23T12:00:00'; do
    option=${wrong%% *}
    bad 1 "^muster: ${option#--}: " nearest --at "$(node 1)" --count 1 $wrong
done
for at in x 1 91,0 0,181 30.7 30.7,121,1 ,; do bad 1 '^muster: at: ' nearest --count 1 --at "$at"; done
bad 1 'at: .*1000 m from any road' nearest --at 31.5,121 --count 1
bad 2 '--at is missing' nearest --count 1
bad 2 '--count is missing' nearest --at 30.7,121
ok "nearest: explain, minutes, and everything that can be wrong"

# ---- plan
need() { printf '%s' "$1" >"$work/need.json"; }
at='"at":{"lat":30.705,"lon":121.005}'
good nearest --at 30.7,121.0 --count 600 --explain --time $noon
cp "$work/body" "$work/before"
need "{$at,\"within_minutes\":60,\"lines\":[{\"skills\":[\"nurse\"],\"count\":3}],\"reserve\":\"auto\",\"target\":0.95}"
good plan "$work/need.json"
holds 'keys|contains(["curve","excluded","expected_alerts","expected_messages","probability","shortfall","target_reached","waves"])'
holds '.waves[0].after_s==0 and (.waves[0].people[0]|.number and .line==0 and .seconds>=0 and .p_accept>0 and .p_in_time>0 and .reason)'
holds '.expected_alerts<=(([.waves[].people[]]|length)+0.001) and ([.curve[].probability]|.==sort)'
need "{$at,\"within_minutes\":60,\"lines\":[{\"skills\":[\"diving\"],\"count\":2}],\"reserve\":0}"
good plan "$work/need.json"
holds '.target_reached==false and .probability==0 and .shortfall==[{"line":0,"have":0,"want":2}] and .excluded.no_skill==600' \
    "a need nobody can fill says how many there are and why"
need "{$at,\"within_minutes\":60,\"lines\":[{\"skills\":[\"boat\",\"nurse\"],\"count\":1}]}"
good plan "$work/need.json"
holds '.excluded.certificate>0 and .shortfall[0].have==0'
line='"lines":[{"skills":[],"count":2}]' soon='"within_minutes":30'
while IFS='|' read -r pattern text; do
    need "$text"
    bad 1 "need.json: .*$pattern" plan "$work/need.json"
done <<X
lines|{$at,$soon,"lines":[]}
lines|{$at,$soon}
count|{$at,$soon,"lines":[{"skills":[],"count":0}]}
count|{$at,$soon,"lines":[{"skills":[],"count":-5}]}
count|{$at,$soon,"lines":[{"skills":[],"count":5001}]}
no skill levitation|{$at,$soon,"lines":[{"skills":["levitation"],"count":1}]}
within_minutes|{$at,"within_minutes":0,$line}
within_minutes|{$at,"within_minutes":4321,$line}
by: |{$at,"by":"2020-01-01T00:00:00Z",$line}
by: |{$at,"by":"2020-01-01T00:00:00",$line}
by: is missing|{$at,$line}
by: |{$at,$soon,"by":"2099-01-01T00:00:00Z",$line}
colour|{$at,$soon,$line,"colour":1}
twice|{$at,$soon,"lines":[{"skills":[],"count":2,"count":3}]}
target|{$at,$soon,$line,"target":1.5}
reserve|{$at,$soon,$line,"reserve":-1}
reserve|{$at,$soon,$line,"reserve":"many"}
mode|{$at,$soon,$line,"mode":"train"}
any road|{"at":{"lat":40,"lon":121},$soon,$line}
at|{"at":{"lat":0,"lon":0},$soon,$line}
at|{"at":{"lat":30.7},$soon,$line}
line 1|{"at":
.|[]
.|{$at,$soon,$line} x
X
bad 1 'nothere.json: cannot open' plan "$work/nothere.json"
bad 1 'is not a file' plan "$work"
good nearest --at 30.7,121.0 --count 600 --explain --time $noon
cmp -s "$work/body" "$work/before" || fail "a plan changed something"
ok "plan: alerts nobody, a need nobody can fill, and everything that can be wrong"

# ---- drills: of drawn people, and of those of the folder; nothing is written there
cat >"$work/drill.json" <<X
{"name":"grid","start":"2026-11-24T12:00:00+08:00","runs":4,"people":{"count":60,"radius_m":900,"speed_m_s":2,
"middle":{"lat":30.705,"lon":121.005},"skills":{"nurse":0.3}},"incidents":[{"kind":"flood","needs":[{"within_minutes":60,
"lines":[{"skills":["nurse"],"count":1},{"count":2}]}]}],"closures":[{"at":{"east_m":100,"north_m":0},"radius_m":200,
"limit_kmh":3,"from_minute":2}],"policies":[{"name":"ours","rule":"ours"},{"name":"near","rule":"nearest","count":6}]}
X
exits 0 drill "$work/drill.json" --seed 1 --json
holds '.people=="drawn" and (.policies|length)==2 and .policies[0].needs[0].lines==[{"count":1,"skills":["nurse"]},{"count":2,"skills":[]}]'
sum() { sha256sum "$dir/muster.db" "$dir/keys.db"; }
sum >"$work/sum"
good drill "$work/drill.json" --seed 1 --html "$work/drill.html" --json
holds '.people=="instance" and .exercise and .policies[0].alerts.value>0'
cp "$work/body" "$work/drilled"
sum | cmp -s - "$work/sum" || fail "a drill wrote to the folder"
grep -q 'V000\|Nobody' "$work/drill.html" "$work/drilled" && fail "a drill's report names people"
grep -q 'EXERCISE' "$work/drill.html" || fail "the drill's page is not marked"
good drill "$work/drill.json" --seed 1 --json
cmp -s "$work/body" "$work/drilled" || fail "the same seed gives another report"
good drill "$work/drill.json" --seed 1 --full --json
jq -S 'del(.engine)' "$work/body" >"$work/full"
jq -S 'del(.engine)' "$work/drilled" | cmp -s - "$work/full" || fail "the full engine says something else"
echo mine >"$work/mine"
bad 1 'mine: is there already and is something else' drill "$work/drill.json" --seed 1 --html "$work/mine"
[ "$(cat "$work/mine")" = mine ] || fail "a drill's page is written over what is none"
good drill "$work/drill.json" --seed 1 --html "$work/drill.html"
: >"$work/empty.html"
good drill "$work/drill.json" --seed 1 --html "$work/empty.html"
sed -i 's/"lat":30.705/"lat":40/' "$work/drill.json"
bad 1 "drill.json: incidents\[0\].at: .*roads" drill "$work/drill.json" --seed 1
sed -i 's/"limit_kmh":3/"limit_kmh":0/' "$work/drill.json"
bad 1 "drill.json: closures\[0\].limit_kmh" drill "$work/drill.json" --seed 1
exits 0 drill demo/scenarios/night-few.json --seed 1 --runs 20 --policy all
grep -q '^than ours: nearest-12 .*filled [-+]' "$work/body" && ! grep -q '^than ours: ours' "$work/body" || fail "the rules beside ours: $(cat "$work/body")"
sed 's/"radius_m": 6000/"radius_m": 50000/' demo/scenarios/night-few.json >"$work/far.json"
exits 0 drill "$work/far.json" --seed 1 --runs 20
grep -q '^ours .* -$' "$work/body" && ! grep -q nan "$work/body" || fail "nobody ever on scene: $(cat "$work/body")"
ok "drill: several lines, slow roads, the people of the folder, the same twice and by both engines"

# ---- solve
printf '0.5\n0.5\n0.25\n' >"$work/q"
for pair in 0=1 1=0.8125 2=0.375 3=0.0625 4=0; do
    exits 0 solve tail ${pair%=*} "$work/q"
    [ "$(cat "$work/body")" = "${pair#*=}" ] || fail "solve tail $pair: $(cat "$work/body")"
done
exits 0 solve tail 1 "$work/q" --json
holds '.tail==0.8125'
exits 1 solve tail -1 "$work/q"
exits 1 solve tail x "$work/q"
exits 1 solve tail 1 "$work/nothere"
for line in 1.5 -0.1 abc nan 0.5,0.5; do
    printf '0.5\n%s\n' "$line" >"$work/q"
    exits 1 solve tail 1 "$work/q"
    grep -q 'line 2' "$work/err" || fail "solve tail: $(cat "$work/err")"
done
ok "solve tail"

# ---- heads, erasing, merging, accounts, tokens; a server may hold the folder or not
everything() {
    good heads
    cp "$work/body" "$work/heads"
    good verify --heads "$work/heads" --json
    holds '.findings==0 and .signatures>0'
    sed 's/"hash":"../"hash":"zz/' "$work/heads" >"$work/forged"
    bad 1 'verify: [0-9]+ findings' verify --heads "$work/forged"
    good heads --json
    holds '.heads|length>0'
    bad 2 '--role is missing' account add x
    bad 1 'none of admin' account add x --role king
    bad 1 'no area nowhere' account add x --role viewer --area nowhere
    bad 2 'account add: NAME is missing; usage' account add --role viewer
    bad 1 'no account nobody' token --account nobody
    good account add "$1" --role dispatcher --json
    holds ".account==\"$1\" and (.password|length)>=8"
    password=$(get .password)
    bad 1 'taken' account add "$1" --role dispatcher
    good token --json --account "$1"
    token=$(get .token)
    bad 1 'no account nobody' account password nobody
    bad 1 'no account nobody' account close nobody
    good account password "$1" --json
    holds ".account==\"$1\" and (.password|length)>=8 and .password!=\"$password\""
    password=$(get .password)
    bad 1 'account: is the last one that administers .*muster account add NAME --role admin' account close admin
    good account add "$1-admin" --role admin
    good account close admin
    bad 1 'is the last one that administers' account close "$1-admin"
    good account open admin
    good account close "$1-admin"
    good account add "$1-gone" --role viewer
    good account close "$1-gone" --json
    holds '.closed'
    bad 1 'closed already' account close "$1-gone"
    good account list --json
    holds ".accounts|any(.account==\"$1\" and (.closed|not) and (.roles|map({role}))==[{role:\"dispatcher\"}])" "list"
    holds ".accounts|any(.account==\"$1-gone\" and .closed)" "list: closed"
    good account list
    grep -Eq "^$1-gone +closed +viewer in " "$work/body" || fail "list"
    bad 1 'no area nowhere' desk set nowhere
    bad 1 'email: is no e-mail address' desk set root --email duty
    good desk set root
    good desk list --json
    holds '.desks==[{area:"root"}]' "a desk by the mailbox"
    good desk set root --email duty@county.example --json
    holds '.=={area:"root",email:"duty@county.example"}'
    good desk list
    grep -Eq '^root +duty@county.example' "$work/body" || fail "desk list"
    good desk remove root --json
    bad 1 'root: has no desk' desk remove root
    good desk list --json
    holds '.desks==[]' "no desk is left"
    good hours --from 2026-01-01 --to 2026-12-31 --json
    holds '.items==[]' "hours of an instance without any"
    good hours --from 2026-01-01 --to 2026-01-01 --organisation Nobody --csv
    grep -q '^number,minutes,assignments' "$work/body" || fail "hours: no header"
    bad 1 'must be a day' hours --from 2026-02-30 --to 2026-12-31
    bad 1 'before the first day' hours --from 2026-02-03 --to 2026-02-02
    good statistics --from 2026-01-01 --to 2026-12-31 --json
    holds '(.months|length)==12 and .kinds==[] and .total.actual.incidents==0 and .area.code!=null' "the year of an instance without incidents"
    good statistics --from 2026-01-01 --to 2026-12-31 --csv
    grep -q '^of,name,incidents,' "$work/body" && grep -q '^month,2026-12,0,' "$work/body" || fail "statistics as a file: $(cat "$work/body")"
    good statistics --from 2026-01-01 --to 2026-12-31 --area root
    bad 1 'no area nowhere' statistics --from 2026-01-01 --to 2026-12-31 --area nowhere
    bad 1 'more than ten years' statistics --from 2016-01-01 --to 2026-12-31
    bad 1 'before the first day' statistics --from 2026-02-03 --to 2026-02-02
    good erase-person "$2" --json
    good erase-person "$2"
    bad 1 'no such person' erase-person nobody
    good merge-people "$3" "$4" --json
    good merge-people "$3" "$4"
    bad 1 'already' merge-people "$4" "$3"
    bad 1 "$4: stands for $3: muster erase-person $3 erases both" erase-person "$4"
    bad 1 'one person' merge-people "$3" "$3"
    bad 1 'no such person' merge-people "$3" nobody
    good nearest --at 30.7,121.0 --count 1 --explain --time $noon
    holds ".considered==$5" "after an erasure and a merge"
    good verify
}
everything before P001 P002 P003 598
ok "heads, accounts, tokens, erase-person, merge-people without a server"
good account add 'we"ird' --role viewer
good token --account 'we"ird' --json
holds '.account=="we\"ird" and (.token|length)>20' "a token for a name with a quote"
: >"$work/nothing"
bad 1 '/nothing: holds no head' verify --heads "$work/nothing"
pids=
for n in 1 2 3; do "$MUSTER" account add "twin$n" --role viewer --dir "$dir" >"$work/twin$n" 2>&1 & pids="$pids $!"; done
for pid in $pids; do wait "$pid" || fail "commands at once: $(cat "$work"/twin?)"; done
good verify
if [ "${STORE:-sqlite}" = sqlite ]; then # a long command, a drill say, holds it too
    flock "$dir/lock" timeout 10 "$MUSTER" serve --dir "$dir" --listen 127.0.0.1:0 2>"$work/err" && fail "two hold one folder"
    grep -q 'holds this folder already: a server, or a command' "$work/err" || fail "serve beside a command: $(cat "$work/err")"
fi
ok "commands at once wait for each other"
start serve
[ "$(stat -c %a "$dir/admin.sock")" = 600 ] || fail "the mode of admin.sock"
everything during P004 P005 P006 596
# Ctrl-C ends a drill in the server too: the next command does not wait for its 20,000 rounds.
timeout -s INT 1 "$MUSTER" drill demo/scenarios/medical-auckland-5.json --seed 1 --dir "$dir" >"$work/body" 2>&1 && fail "the drill was over before it was stopped"
timeout 10 "$MUSTER" account list --dir "$dir" >"$work/body" || fail "a drill that nobody waits for holds up the next command"
# While one is played everything else goes on, a backup too; the next drill says at once what it waits for.
drill=(drill demo/scenarios/medical-auckland-5.json --seed 1 --dir "$dir")
timeout 60 "$MUSTER" "${drill[@]}" >"$work/plays" 2>&1 &
plays=$!
waits_for_a_drill() { timeout -s INT 1 "$MUSTER" "${drill[@]}" >"$work/drill" 2>&1; grep -q "^muster: drill: waits until 'drill' is over, which runs in the server since [0-9]* s" "$work/drill"; }
wait_for waits_for_a_drill
kill -0 "$plays" || fail "the drill was over before anything else ran"
timeout 10 "$MUSTER" account list --dir "$dir" >"$work/body" || fail "account list waits for a drill"
if [ "${STORE:-sqlite}" = sqlite ]; then
    timeout 10 "$MUSTER" backup "$work/beside" --keys "$work/beside-keys" --dir "$dir" >"$work/body" || fail "a backup waits for a drill"
fi
kill -0 "$plays" || fail "the drill was over before the backup"
kill "$plays"
wait "$plays" && fail "the drill was not stopped"
# Nor do clients that connect and say nothing, more of them than it takes at once.
node -e 'for (let i = 0; i < 20; i++) require("net").connect(process.argv[1]).on("error", () => {});
    setTimeout(() => process.exit(), 5000)' "$dir/admin.sock" &
sleep 0.5
timeout 8 "$MUSTER" account list --dir "$dir" >"$work/body" || fail "clients that say nothing hold up the next command"
wait $!
ok "in a server no command waits for a drill or a silent client"
good nearest --at 30.7,121.0 --count 5 --time $noon
cp "$work/body" "$work/live"
(cd "$work" && "$MUSTER" matrix --mode foot --from from.csv --to=from.csv --dir county >body) || fail "relative paths"
exits 2 nearest --dir "$dir"
good matrix --mode foot --from "$work/from.csv" --to "$work/from.csv"
[ "$(head -n 1 "$work/body" | cut -d, -f1)" = 0.000 ] || fail "matrix through the server"
exits 0 init --dir "$work/second" --tls-name localhost
timeout 3 "$MUSTER" serve --dir "$work/second" --listen "${url#http://}" >"$work/body" 2>"$work/err"
grep -q "\"what\":\"the port asked for is taken, another one is served\",\"asked\":\"${url##*:}\"" "$work/err" || fail "a port that is taken: $(cat "$work/err")"
renewed() { # DAYS: as docs/operating.md says
    (cd "$work/second" && printf 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n' >ext &&
        openssl req -new -key tls-key.pem -subj /CN=localhost | openssl x509 -req -CA tls-ca.pem -CAkey tls-ca-key.pem \
            -CAcreateserial -days "$1" -extfile ext -out tls-cert.pem) 2>"$work/err" || fail "renew: $(cat "$work/err")"
    timeout 3 "$MUSTER" serve --dir "$work/second" --listen 127.0.0.1:0 --tls-cert "$work/second/tls-cert.pem" \
        --tls-key "$work/second/tls-key.pem" >"$work/body" 2>"$work/err"
    grep -q '"what":"serving"' "$work/err" || fail "a renewed certificate is not served: $(cat "$work/err")"
}
if command -v openssl >/dev/null; then
    renewed 20
    grep -Eq '"what":"the certificate ends soon: .*"days":(19|20)' "$work/err" || fail "nobody says that the certificate ends"
    renewed 825
    grep -q certificate "$work/err" && fail "a new certificate is said to end"
fi
bad 2 '^muster: close-road: say where: --at' close-road --reason flood
bad 2 'not both' close-road --at 30.7,121.0 --radius 5 --polygon "$work/nothing" --reason flood
bad 1 '^muster: reason: must say why' close-road --at 30.7,121.0 --reason "" --json # an empty value stays one
bad 1 'stop it' import roads --dimacs "$work/g.gr" --coords "$work/g.co"
sign_in during "$password"
call during 200 GET /api/v1/sessions/current
curl -sN -b "$work/during.jar" "$url/api/v1/stream" >"$work/stream.0" 2>&1 &
listens=$!
wait_for grep -q '^:' "$work/stream.0" # open
good account password during --json # whoever had the old one is out
password=$(get .password)
call during 401 GET /api/v1/sessions/current
wait "$listens" # its stream ends
sign_in during "$password"
good account close during
call during 401 GET /api/v1/sessions/current
status=$(curl -s -o "$work/body" -w '%{http_code}' -H "Authorization: Bearer $token" "$url/api/v1/areas")
[ "$status" = 401 ] || fail "the token of a closed account: $status"
good account open during
sign_in during "$password"
status=$(curl -s -o "$work/body" -w '%{http_code}' -H "Authorization: Bearer $token" "$url/api/v1/areas")
[ "$status" = 200 ] || fail "the token: $status"
curl -sN -m 60 -H "Authorization: Bearer $token" "$url/api/v1/stream" >"$work/stream.0" &
listens=$!
wait_for grep -q '^:' "$work/stream.0" # open
good token --account during --revoke --json
holds '.account=="during" and .revoked==1' "how many tokens: $(cat "$work/body")"
wait "$listens" || fail "the stream of a token that was taken back goes on"
status=$(curl -s -o "$work/body" -w '%{http_code}' -H "Authorization: Bearer $token" "$url/api/v1/areas")
[ "$status" = 401 ] || fail "a token that was taken back: $status"
good token --account during --revoke
good token --account during --json
token=$(get .token)
# Whoever sits at a terminal is told what is waited for.
if command -v script >/dev/null; then
    kill -STOP "$server_pid"
    { sleep 4; kill -CONT "$server_pid"; } &
    script -qec "'$MUSTER' account list --dir '$dir'" /dev/null >"$work/body" || fail "account list on a terminal: $(cat "$work/body")"
    grep -q 'the server works on it;' "$work/body" && grep -q '^during' "$work/body" || fail "a silent wait: $(cat "$work/body")"
fi
ok "the same commands through the server; the account signs in, the token opens the API until it is taken back"
for i in 1 2 3 4 5; do
    curl -sN -H "Authorization: Bearer $token" "$url/api/v1/stream" >"$work/stream.$i" 2>&1 &
    wait_for grep -q '^:' "$work/stream.$i" # open
done
begun=$(date +%s%N)
kill "$server_pid"
wait "$server_pid" || fail "SIGTERM: exit $?"
server_pid=
took=$((($(date +%s%N) - begun) / 1000000))
[ $took -lt 5000 ] || fail "SIGTERM took $took ms"
wait
[ ! -e "$dir/admin.sock" ] || fail "admin.sock stays behind"
good nearest --at 30.7,121.0 --count 5 --time $noon
cmp -s "$work/body" "$work/live" || fail "another answer after the stop"
good verify
ok "SIGTERM with open streams: exit 0 after $took ms"
exits 1 serve --dir "$dir" --listen nonsense
exits 1 serve --dir "$dir" --listen 0.0.0.0:0
bad 1 'tls-cert: .*nothere cannot be read: No such file' serve --listen 127.0.0.1:0 --tls-cert "$work/nothere" --tls-key "$work/nothere"
start serve
kill -9 "$server_pid"; wait "$server_pid" 2>/dev/null
good verify
touch -d '25 hours ago' "$dir/mailbox/1.json"
touch -d '23 hours ago' "$dir/mailbox/2.json"
start serve
wait_for test ! -e "$dir/mailbox/1.json"
[ -e "$dir/mailbox/2.json" ] || fail "a message of 23 hours is gone"
kill -INT "$server_pid"; wait "$server_pid" || fail "SIGINT: exit $?"
server_pid=
good verify
ok "serve: wrong options, kill -9, SIGINT"

# ---- cut short
for ms in 005 015 030 060; do
    rm -rf "$dir"
    "$MUSTER" init --dir "$dir" >"$work/body" 2>&1 &
    pid=$!
    sleep 0.$ms
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    run verify --dir "$dir"
    [ $code = 0 ] && continue
    grep -q 'holds no instance' "$work/err" || fail "a cut init: $(cat "$work/err")"
    good init
    good verify
done
rm -rf "$dir"
mkdir "$dir"
touch "$dir/muster.db" "$dir/init.unfinished" # cut as the database was made
bad 1 'holds no instance' verify
good init
rm -rf "$dir"
for s in 0.2 0.6; do
    "$MUSTER" demo --dir "$dir" --people 300 --listen 127.0.0.1:0 >"$work/body" 2>&1 &
    pid=$!
    sleep $s
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
done
: >"$work/out"
"$MUSTER" demo --dir "$dir" --people 300 --listen 127.0.0.1:0 --json >"$work/out" 2>"$work/serve.log" &
server_pid=$!
wait_for grep -q url "$work/out"
cp "$work/out" "$work/body"
holds '.url' && url=$(get .url)
holds '(.accounts|map(.account))==["admin","verifier"] and .accounts[0].password==.password and .account=="admin"' "demo --json"
sign_in verifier "$(jq -r '.accounts[1].password' "$work/out")"
good nearest --at 30.70,121.02 --count 1 --explain
holds '.considered==300' "a demo that was cut short and made again"
kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"
: >"$work/out"
"$MUSTER" demo --dir "$dir" --listen 127.0.0.1:0 >"$work/out" 2>"$work/serve.log" &
server_pid=$!
wait_for grep -qF "Forgotten? $MUSTER account password admin --dir" "$work/out"
kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"
server_pid=
ok "init and demo that were cut short start again"

# ---- a real city
if [ -d "$data/roads" ]; then
    rm -rf "$dir"
    good init
    good import roads --dimacs "$data/roads/Haikou.gr.gz" --coords "$data/roads/Haikou.co.gz" --scale 0.001 --json
    holds '.nodes==45948 and .parts==1'
    gzip -dc "$data/roads/Haikou.gr.gz" >"$work/g.gr"
    gzip -dc "$data/roads/Haikou.co.gz" >"$work/g.co"
    awk '$1 == "a" && $2 <= 400 { printf "%s %s %d\n", $2, $3, $4 }' "$work/g.gr" | head -200 >"$work/arcs"
    # Neighbours: never farther than the arc between them.
    awk 'FILENAME ~ /co$/ { if ($1 == "v") at[$2] = sprintf("%.6f,%.6f", $4 / 1e6, $3 / 1e6); next }
        { print at[$1] > a; print at[$2] > b }' a="$work/from.csv" b="$work/to.csv" "$work/g.co" "$work/arcs"
    good matrix --mode car --from "$work/from.csv" --to "$work/to.csv"
    awk -F, '{ print $NR }' "$work/body" | paste -d' ' - "$work/arcs" |
        awk '$1 == "" || $1 * 1000 > $4 + 0.5 { exit 1 }' || fail "an arc of Haikou is longer than its weight"
    ok "Haikou: 45,948 nodes"
else
    echo "absent: $data/roads (the generated grid was used)"
fi
echo "story: $passed passed, 0 failed"
