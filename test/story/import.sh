#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every importer from outside: what the interface says of each file, damaged files, a full
# disk, kill -9 in the middle, and imports while a server holds the folder. The road network
# is a generated grid of 20 x 20 nodes about 100 m apart; the real extracts come on top where
# MUSTER_DATA is there.
cd "$(dirname "$0")/../.." || exit 1
. test/story/lib.sh
data=${MUSTER_DATA:-../shared/data}
people=$work/people.csv

# good COMMAND...: runs on the county, must succeed silently on standard error.
good() {
    "$MUSTER" "$@" --dir "$dir" >"$work/body" 2>"$work/err" || fail "muster $*: exit $?: $(cat "$work/err")"
    [ ! -s "$work/err" ] || fail "muster $*: says $(cat "$work/err")"
}
# bad PATTERN COMMAND...: must fail with exit code 1 and say PATTERN as `muster: what: why`.
bad() {
    pattern=$1
    shift
    "$MUSTER" "$@" --dir "$dir" >"$work/body" 2>"$work/err"
    code=$?
    [ $code = 1 ] || fail "muster $*: exit $code instead of 1"
    [ ! -s "$work/body" ] || fail "muster $*: an error on standard output"
    grep -Eqv '^muster: [^:]+: .+' "$work/err" && fail "muster $*: not 'muster: what: why': $(cat "$work/err")"
    grep -Eq -- "$pattern" "$work/err" || fail "muster $*: no '$pattern' in: $(cat "$work/err")"
}
# rows LINE...: the people's file.
rows() { printf '%s\n' "$@" >"$people"; }
# import_is JQ: the people's file imported; what came out.
import_is() {
    expression=$1
    shift
    good import people "$people" --json "$@"
    holds "$expression" "import people: $expression"
}
# near JQ [OPTIONS]: nearest at the corner of the grid, explained.
near() {
    expression=$1
    shift
    good nearest --at 30.7,121.0 --count 100 --explain --json --time 2026-11-23T12:00:00+08:00 "$@"
    holds "$expression" "nearest $*: $expression"
}
numbers='[.people[].number]|sort|join(" ")'

grid() {
    awk -v gr="$1" -v co="$2" 'BEGIN { n = 20
        print "c generated" > gr; print "p sp", n * n, 4 * n * (n - 1) > gr
        print "p aux sp co", n * n > co
        for (i = 0; i < n; i++) for (j = 0; j < n; j++) { id = i * n + j + 1
            print "v", id, 121000000 + j * 1000, 30700000 + i * 1000 > co
            if (j + 1 < n) { print "a", id, id + 1, 60 + (i * 7 + j * 3) % 11 > gr
                             print "a", id + 1, id, 60 + (i * 5 + j) % 7 > gr }
            if (i + 1 < n) { print "a", id, id + n, 70 + (i * 3 + j * 5) % 13 > gr
                             print "a", id + n, id, 70 + (i + j * 2) % 5 > gr } } }' \
        gr="$1" co="$2" </dev/null
}
grid "$work/g.gr" "$work/g.co"
good init
echo '{"at":{"lat":30.7,"lon":121.0},"within_minutes":10,"lines":[{"skills":[],"count":1}]}' >"$work/need.json"
echo 30.7,121 >"$work/at.csv"
for command in 'nearest --at 30.7,121 --count 1' 'circle --at 30.7,121 --minutes 5' coverage "plan $work/need.json" \
    "matrix --from $work/at.csv --to $work/at.csv" 'close-road --at 30.7,121 --reason x'; do
    bad 'roads: none imported yet; `muster import roads FILE --dir ' $command
done
good import roads --dimacs "$work/g.gr" --coords "$work/g.co" --json
holds '.nodes==400 and .edges==760 and .parts==1 and .skipped==0 and .seconds>=0'
if [ "$(id -u)" = 0 ]; then # as root in the folder of a service: what is made is the service's
    chown -R nobody "$dir"
    ln -s "$work/g.gr" "$dir/link"
    good import roads --dimacs "$work/g.gr" --coords "$work/g.co"
    [ "$(stat -c %U "$dir/road.graph" "$dir/link" "$work/g.gr" | xargs)" = 'nobody root root' ] || fail "what root imports belongs to root"
    rm "$dir/link"
    chmod 711 "$work"
    chmod 500 "$dir"
    as_nobody() { setpriv --reuid=nobody --clear-groups "$MUSTER" "$@" >"$work/body" 2>"$work/err"; }
    if as_nobody --version; then
        as_nobody account add x --role viewer --dir "$dir" && fail "a folder that may not be written is"
        grep -q 'county: may not be written: .*; run muster as the user' "$work/err" || fail "not writable: $(cat "$work/err")"
    fi
    chmod 700 "$work" "$dir"
    chown -R root "$dir"
fi
ok "roads: 400 nodes of a generated grid"

cat >"$work/areas.csv" <<'X'
code,name,parent,level,lat,lon
v1,Village One,t1,village,30.701,121.001
t1,Town,,town,30.705,121.005
v2,Village Two,t1,village,,
X
good import areas "$work/areas.csv" --json
holds '.added==3 and .changed==0 and .same==0'
holds '[.warnings[]|[.line,.field]]==[[4,"lat"]] and (.warnings[0].text|test("a village without"))' "a village without a middle"
sed -i $'s/Village/\xe2\x80\x8bVillage/' "$work/areas.csv" # what is not seen of a name is not kept
good import areas "$work/areas.csv" --json
holds '.added==0 and .changed==0 and .same==3' "areas twice double"
sed 's/Village Two/Village 2/; s/^v1,\(.*\),t1,/v1,\1,v2,/' "$work/areas.csv" >"$work/areas2.csv"
good import areas "$work/areas2.csv" --json
holds '.added==0 and .changed==2 and .same==1' "areas: a new name and a new parent"
printf 'code,name,parent,level,lat,lon\nv1,Village One,t1,village,12.1,30.7\n' >"$work/far.csv"
good import areas "$work/far.csv" --json
holds '[.warnings[]|[.line,.field]]==[[2,"lat"]]' "the middle of a village far outside the map"
good import areas "$work/areas2.csv"
for level in province city county; do
    sed "s/^t1,Town,,town/t1,Town,,$level/" "$work/areas2.csv" >"$work/level.csv"
    good import areas "$work/level.csv" --json
    holds '.added==0 and .changed==1 and .same==2' "an area may be a $level"
done
good import areas "$work/areas2.csv"
for line in 'x,X,zz,village' 'x,X,,hamlet' ',X,,town' 'x,,,town' 'x,X' 'root,X,,town' 'x,X,x,town'; do
    printf 'code,name,parent,level\ny,Y,,town\n%s\n' "$line" >"$work/bad.csv"
    bad "bad.csv: " import areas "$work/bad.csv"
done
printf 'code,name,parent,level,lat,lon\nx,X,,town,91,121\n' >"$work/bad.csv"
bad 'bad.csv: line 2, column 11: lat' import areas "$work/bad.csv"
cat >"$work/areas.geojson" <<'X'
{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"t1"},"geometry":
{"type":"Polygon","coordinates":[[[120.99,30.69],[121.03,30.69],[121.03,30.73],[120.99,30.73],[120.99,30.69]]]}}]}
X
good import areas "$work/areas.geojson" --json
holds '.changed==1'
good import areas "$work/areas.geojson" --json
holds '.changed==0 and .same==1' "a polygon twice"
{ printf '\xef\xbb\xbf'; cat "$work/areas.geojson"; } >"$work/mark.geojson"
good import areas "$work/mark.geojson" --json
holds '.changed==0 and .same==1' "a polygon behind a byte order mark"
sed 's/t1/nowhere/' "$work/areas.geojson" >"$work/bad.geojson"
bad 'nowhere' import areas "$work/bad.geojson"
head -c 200 "$work/areas.geojson" >"$work/bad.geojson"
bad 'bad.geojson: ' import areas "$work/bad.geojson"
good import areas "$work/areas.csv"
ok "areas: a tree, twice the same, polygons by code, bad rows refused"

printf 'code,zh,en,certificate,months,implies\nparamedic,急救员,Paramedic,paramedic,24,first-aid\n' >"$work/skills.csv"
good import skills "$work/skills.csv" --json
holds '.added==1 and .changed==0'
good import skills "$work/skills.csv" --json
holds '.added==0 and .changed==0'
printf 'code,implies\nnew,unknown\n' >"$work/bad.csv"
bad 'bad.csv: line 2, column 5: implies.*unknown' import skills "$work/bad.csv"
printf 'code,kind,name,lat,lon,capacity,area\ns1,shelter,\xe2\x80\xaeSchool\xe2\x80\xac,30.701,121.001,200,v1\ns2,aed,Bank,30.702,121.002,,\n' >"$work/sites.csv"
good import sites "$work/sites.csv" --json
holds '.added==2'
sed -i $'s/\xe2\x80\xae//; s/\xe2\x80\xac//' "$work/sites.csv"
good import sites "$work/sites.csv" --json
holds '.added==0 and .same==2' "sites twice double"
for line in 's,castle,N,30.7,121,,' 's,aed,N,95,121,,' 's,aed,N,0,0,,' 's,aed,N,30.7,121,-1,' 's,aed,N,30.7,121,,zz' \
    's,aed,,30.7,121,,' ',aed,N,30.7,121,,' 's,aed,N,30.7'; do
    printf 'code,kind,name,lat,lon,capacity,area\nok,aed,N,30.7,121,,\n%s\n' "$line" >"$work/bad.csv"
    bad 'bad.csv: line 3' import sites "$work/bad.csv"
done
good import sites "$work/sites.csv" --json
holds '.same==2' "a bad file left rows behind"
printf 'code,kind,name,lat,lon\ns2,aed,Bank,30.702,121.002\nt2,aed,Swapped,12.1,30.7\n' >"$work/far.csv"
good import sites "$work/far.csv" --json
holds '.added==1 and [.warnings[]|[.line,.field]]==[[3,"lat"]]' "a site far outside the map"
printf 'code,kind,name,lat,lon\ns3,shelter,Offroad,30.74,121.02\n' >"$work/far.csv"
good import sites "$work/far.csv" --json
holds '[.warnings[]|[.line,.text[0:21]]]==[[2,"is farther than 1 km "]]' "a site that no way leads to"
awk 'BEGIN { print "code,kind,name,lat,lon"; for (i = 0; i < 99998; i++) printf "n%d,shelter,S,30.7,121.0\n", i }' >"$work/many.csv"
bad 'many.csv: with those that are there already more than 100000' import sites "$work/many.csv"
good circle --at 30.7,121.0 --mode foot --minutes 5
printf 'number,name,leader,deputies,size,skills,area\nT1,Boats,A1,A2,8,boat;driver,v1\n' >"$work/teams.csv"
good import teams "$work/teams.csv" --json
holds '.added==1'
echo '<osm version="0.6"></osm>' >"$work/none.osm"
bad 'none.osm: holds no road' import roads "$work/none.osm"
printf 'number,name,leader,deputies,size,skills\nT2,Pumps,A1,A1; A2,8,boat\n' >"$work/deputies.csv"
good import teams "$work/deputies.csv" --json
holds '[.warnings[]|[.line,.field]]==[[2,"leader"],[2,"deputies"],[2,"deputies"]]' "who is not on record in a team"
for table in areas sites teams skills; do
    sed '$p' "$work/$table.csv" >"$work/bad.csv"
    bad 'stands on line . too' import $table "$work/bad.csv"
done
good import teams "$work/teams.csv" --json
holds '.same==1' "teams twice double"
holds '[.warnings[]|[.line,.field]]==[[2,"leader"],[2,"deputies"]]' "a leader nobody knows is not warned about"
for line in 'T,N,A1,,0,boat,' 'T,N,A1,,8,levitation,' 'T,N,A1,,8,boat,zz' 'T,,A1,,8,boat,' ',N,A1,,8,boat,' 'T,N,A1'; do
    printf 'number,name,leader,deputies,size,skills,area\n%s\n' "$line" >"$work/bad.csv"
    bad 'bad.csv: line 2' import teams "$work/bad.csv"
done
ok "skills, sites and teams: twice the same, bad rows refused"

# ---- people: the header and the fields
h=number,name,lat,lon
rows 'lon,lat,name,number' '121.0,30.7,Ann,A1'
import_is '.added==1 and .changed==0 and .same==0 and .retired==0'
holds '[.warnings[]|select(.field=="birth")]|length==1' "an absent birth is warned about once"
holds '[.warnings[]|select(.field=="area")]|length==1 and .[0].line==0 and (.[0].text|test("the whole instance find: 1$"))' "an absent area of somebody new"
rows 'lon,lat,name,number' $'121.0,30.7,\xe2\x81\xa6Ann\xe2\x81\xa9,A1'
import_is '.same==1'
import_is '.added==0 and .same==1'
rows "$h,colour" 'A1,Ann,30.7,121.0,red'
bad 'people.csv: line 1, column 21, colour: unknown column' import people "$people"
grep -q 'people.csv: its columns: number,name,lat,lon\[,phone' "$work/err" || fail "no word of the columns there are"
rows number,name,lat 'A1,Ann,30.7'
bad 'line 1, lon: the column is missing' import people "$people"
rows "$h,name" 'A1,Ann,30.7,121.0,x'
bad 'line 1, column 21, name: .*twice' import people "$people"
rows "$h,phone,email,mode,skills,certificates,area,organisations,duty,quiet,birth,paused_until,suspended,places" \
    'A1,Ann,30.7,121.0,139 0000 1111,a@b.c,bike,nurse;juggling,nurse:2030-01-01;balls:2030-01-01,v1,Red Cross;Fire,,,1990-01-02,,0,' \
    'A2,Bob,30.701,121.0,13900001111,,,,,,Red Cross,,,2015-01-01,,,' \
    'A3,Cid,30.702,121.0,,,,,,,,,,1990-01-01,,1,' \
    'A4,Dan,30.703,121.0,,,,,,,,,,1990-01-01,2030-01-01,,' \
    'A5,Eve,30.704,121.0,,,,,,,,Mo 18:00-22:00,,1990-01-01,,,' \
    'A6,Fay,30.705,121.0,,,car,nurse,nurse:2020-01-01,,,,none,1990-01-01,,,' \
    'A7,Gus,30.706,121.0,,,,boat,boat:2030-01-01,,,Mo-Fr 08:00-20:00; Sa-Su 08:00-20:00,11:00-13:00,1990-01-01,,,"30.7,121.001,Mo-Fr 08:00-18:00"'
import_is '.added==6 and .changed==1'
holds '[.warnings[].text]|join("|")|test("juggling") and test("balls") and test("Red Cross") and test("Fire")' \
    "created skills, certificates and organisations are warned about"
holds '[.warnings[]|select(.text|test("same_telephone"))]|length==1' "the same telephone is warned about"
holds '[.warnings[]|select(.field=="birth")]|length==0' "every birth is there"
import_is '.same==7 and .added==0 and .changed==0'
near "($numbers)==\"A1 A6 A7\" and .considered==7"
near '.excluded=={"under_age":1,"suspended":1,"paused":1,"off_duty":1}'
near "($numbers)==\"A1\" and .excluded.certificate==1" --skill nurse
near "($numbers)==\"A1\"" --skill juggling
near "($numbers)==\"A1 A6\"" --skill nurse --time 2019-11-25T12:00:00+08:00
near "($numbers)==\"A1 A5 A6\"" --time 2026-11-23T20:30:00+08:00
near '(.people[]|select(.number=="A7").metres)<200'
near '(.people[]|select(.number=="A7").metres)>500' --time 2026-11-28T12:00:00+08:00
near "($numbers)==\"A1 A4 A6 A7\"" --time 2031-01-06T12:00:00+08:00
bad 'there is no skill levitation' nearest --at 30.7,121 --count 1 --skill levitation
ok "people: header in any order, every column, twice the same"
rows "$h" 'A1,Ann,30.7,121.0'
import_is '.same==1' --json
holds '[.warnings[]|select(.field=="area")]==[]' "an absent area of somebody on record"
near "($numbers)==\"A1\"" --skill nurse --skill juggling
rows "$h,skills" 'A1,Ann,30.7,121.0,frist-aid;yodel;fireman'
import_is '.changed==1' --dry-run
holds '[.warnings[].text]|index("is new and is created, though one like it is known: frist-aid / first-aid")!=null and index("is new and is created: yodel")!=null and index("is new and is created: fireman")!=null' "a slip of the pen"
rows "$h,skills,phone" 'A1,Ann,30.7,121.0,nurse,'
import_is '.changed==1'
near "$numbers==\"\"" --skill juggling
near "($numbers)==\"A1\"" --skill nurse
rows "$h,skills" 'A1,Ann,30.7,121.0,'
import_is '.changed==1'
near '.people==[]' --skill nurse
ok "an absent column leaves the field alone, an empty cell clears it, lists replace"

rows "$h,skills,certificates,birth,area" 'Q1,Ada,30.7,121.0,nurse,nurse:2020-01-01,2015-01-01,v1' 'Q2,Bea,30.7,121.0,boat,,1850-01-01,v1' \
    'Q3,Cyd,30.7,121.0,boat,boat:2099-01-01,1990-01-01,v1'
import_is '.added==3' --dry-run
holds '[.warnings[]|[.field,.text]]==[["age","people under 18, who are not called: 1"],["age","people older than 110 years: 1"],
    ["certificates","people with a skill that does not count, for want of a valid certificate: 2"]]' "who is not called as the file says"
ok "who is too young, too old, or without the certificate is told as one line each"

# ---- dry run, retiring
rows "$h" 'A1,Ann,30.7,121.0' 'N1,New,30.7,121.0'
import_is '.added==1 and .same==1 and .retired==6' --dry-run --retire-missing
near '.considered==7'
import_is '.added==1 and .retired==6' --retire-missing
near '.considered==2'
rows "$h" 'A1,Ann,30.7,121.0'
import_is '.retired==0 and .same==1'
near '.considered==2'
seq 240 | sed 's/.*/W&,Way & Li,30.7,121.0/' >"$work/many"
{ echo "$h"; echo 'A1,Ann,30.7,121.0'; cat "$work/many"; } >"$people"
import_is '.added==240 and .same==1'
{ echo "$h"; head -n 100 "$work/many"; } >"$people"
bad '142 of the 242 people on record are not in the file.*--retire-most' import people "$people" --retire-missing
near '.considered==242'
import_is '.retired==142' --retire-missing --dry-run
import_is '.retired==142' --retire-missing --retire-most
rows "$h" 'A1,Ann,30.7,121.0' 'N1,New,30.7,121.0'
import_is '.changed==2 and .retired==100' --retire-missing --retire-most
rows "$h,birth" 'A2,Bob,30.701,121.0,1990-01-01'
import_is '.changed==1 and .added==0'
near '.considered==3'
ok "dry run changes nothing; the missing retire only when asked, most of them only when asked twice, and come back"

# ---- bad rows: all are named, nothing is imported
rows "$h,area,phone,mode,birth,suspended,duty,quiet,certificates,places" \
    'G1,good,30.7,121.0,,,,,,,,,' \
    'B1,x,0,0,,,,,,,,,' 'B2,x,95,121,,,,,,,,,' 'B3,x,abc,121,,,,,,,,,' 'B4,x,121.0,30.7,,,,,,,,,' 'B5,x,31.9,121,,,,,,,,,' \
    'B6,,30.7,121,,,,,,,,,' ',x,30.7,121,,,,,,,,,' 'G1,x,30.7,121,,,,,,,,,' 'B9,x,30.7' 'B10,x,30.7,121,zz,,,,,,,,' \
    'B11,x,30.7,121,,abc,,,,,,,' 'B12,x,30.7,121,,,train,,,,,,' 'B13,x,30.7,121,,,,1990-13-01,,,,,' \
    'B14,x,30.7,121,,,,,2,,,,' 'B15,x,30.7,121,,,,,,25:00-26:00,,,' 'B16,x,30.7,121,,,,,,,noon,,' \
    'B17,x,30.7,121,,,,,,,,nurse,' 'B18,x,30.7,121,,,,,,,,,home' 'B19,x,nan,121,,,,,,,,,' 'B20,x,,,,,,,,,,,' 'B21,x,1e999,121,,,,,,,,,'
bad 'people.csv: 21 of its lines are wrong; nothing was imported' import people "$people" --json
for line in $(seq 3 23); do
    grep -Eq "people.csv: line $line(, column [0-9]+, [a-z]+)?: " "$work/err" || fail "line $line is not named"
done
grep -q 'line 3, column 6, lat: .*(0,0)' "$work/err" && grep -q 'line 4, .*out of range' "$work/err" &&
    grep -q 'line 6, .*swapped' "$work/err" && grep -q 'line 7, .*20 km outside' "$work/err" || fail "reasons: $(cat "$work/err")"
near '.considered==3'
ok "bad rows: every one named with line, column and reason; nothing imported"
rows "$h" 'F1,Far,30.730,121.0' 'F2,Edge,30.7240,121.0' 'A9,Ann,30.7003,121.0'
import_is '.added==3'
holds '[.warnings[]|select(.text|test("off_network"))]|length==1 and .[0].line==2' "off_network"
holds '[.warnings[]|select(.text|test("same_name"))]|length==1' "the same name within 50 m"
near '.excluded.off_network==1'
near '.people[]|select(.number=="F2").seconds>300' # the walk to the road counts
ok "farther than 1 km: imported, warned about, off_network; nearer: the walk counts"

# ---- damaged files, for every importer
rows "$h" 'A1,Ann,30.7,121.0'
good nearest --at 30.7,121.0 --count 100 --explain
cp "$work/body" "$work/before"
mkdir "$work/folder"
printf 'number,name,lat,lon\nX1,\xff\xfe,30.7,121\n' >"$work/latin.csv"
printf 'number,name,lat,lon\nX1,a\0b,30.7,121\n' >"$work/nul.csv"
printf 'number,name,lat,lon\nX1,"open,30.7,121\n' >"$work/quote.csv"
printf 'number;name;lat;lon\nX1;a;30.7;121\n' >"$work/semicolons.csv"
printf 'number\tname\tlat\tlon\nX1\ta\t30.7\t121\n' >"$work/tabs.csv"
printf '\xff\xfen\0u\0m\0' >"$work/wide.csv"
printf 'PK\x03\x04x' >"$work/book.csv"
for file in latin semicolons tabs wide book; do
    for table in people areas sites teams skills; do
        bad "$file.csv: .*save it as 'CSV UTF-8" import $table "$work/$file.csv"
    done
done
{ printf 'number,name,lat,lon\nX1,'; head -c 70000 /dev/zero | tr '\0' x; printf ',30.7,121\n'; } >"$work/huge.csv"
iconv -f UTF-8 -t UTF-16 "$people" >"$work/utf16.csv"
: >"$work/empty.csv"
for what in people areas skills sites teams; do
    bad "nothere.csv: cannot open" import $what "$work/nothere.csv"
    bad "folder: is not a file" import $what "$work/folder"
    bad "empty.csv: .*empty" import $what "$work/empty.csv"
    for file in latin nul quote huge utf16; do
        bad "$file.csv: " import $what "$work/$file.csv"
        [ "$(wc -l <"$work/err")" -le 3 ] || fail "$what $file: many errors"
    done
done
bad 'nothere.pbf: cannot open' import roads "$work/nothere.pbf"
bad 'folder' import roads "$work/folder"
bad 'empty.csv' import roads "$work/empty.csv"
bad 'g.gr' import roads "$work/g.gr"
for n in 10 100 1000 5000; do
    head -c $n "$work/g.gr" >"$work/cut.gr"
    bad 'cut.gr: ' import roads --dimacs "$work/cut.gr" --coords "$work/g.co"
    head -c $n "$work/g.co" >"$work/cut.co"
    bad 'cut.co: ' import roads --dimacs "$work/g.gr" --coords "$work/cut.co"
done
sed 's/^a 5 6 .*/a 5 6 -3/' "$work/g.gr" >"$work/bad.gr"
bad 'bad.gr: line [0-9]+' import roads --dimacs "$work/bad.gr" --coords "$work/g.co"
sed 's/^a 5 6 .*/a 5 999 3/' "$work/g.gr" >"$work/bad.gr"
bad 'bad.gr: line [0-9]+' import roads --dimacs "$work/bad.gr" --coords "$work/g.co"
sed 's/^v 5 .*/v 5 999999999999 30/' "$work/g.co" >"$work/bad.co"
bad 'bad.co: line [0-9]+' import roads --dimacs "$work/g.gr" --coords "$work/bad.co"
bad 'scale: ' import roads --dimacs "$work/g.gr" --coords "$work/g.co" --scale 0
bad 'scale: ' import roads --dimacs "$work/g.gr" --coords "$work/g.co" --scale=-1
good nearest --at 30.7,121.0 --count 100 --explain
cmp -s "$work/body" "$work/before" || fail "a damaged file changed something"
good verify
ok "damaged, missing, empty, huge, wrongly encoded files: one clear error, nothing changed"

# ---- no room on the disk: these people alone take 1.1 MB of the log
many=6000
awk -v many=$many 'BEGIN { print "number,name,lat,lon"; for (i = 0; i < many; i++)
    printf "M%d,name %d,%.4f,%.4f\n", i, i, 30.7 + i % 20 / 1000, 121 + i % 17 / 1000 }' >"$work/many.csv"
for kib in 300 600 900; do
    (ulimit -f $kib; trap '' XFSZ; exec "$MUSTER" import people "$work/many.csv" --dir "$dir") >"$work/body" 2>"$work/err" &&
        fail "$kib KiB were enough"
    grep -Eq '^muster: [^:]+: .+' "$work/err" || fail "no room: says $(cat "$work/err")"
    good nearest --at 30.7,121.0 --count 100 --explain
    cmp -s "$work/body" "$work/before" || fail "no room on the disk, and something changed"
done
good verify
ok "no room on the disk: said so, nothing changed, verify holds"

# ---- kill -9 in the middle: all or nothing
for ms in 020 080 150 250 400; do
    "$MUSTER" import people "$work/many.csv" --dir "$dir" >"$work/body" 2>&1 &
    pid=$!
    sleep 0.$ms
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    good nearest --at 30.7,121.0 --count 1 --explain
    count=$(get .considered)
    before=$(jq .considered "$work/before")
    [ "$count" = "$before" ] || [ "$count" = $((before + many)) ] || fail "kill -9 after $ms ms: $count people"
done
good verify
good import people "$work/many.csv" --json
holds ".added+.same==$many"
ok "kill -9 during an import: all or nothing, and the next one goes through"

# ---- while a server holds the folder
start serve
rows "$h,skills" 'L1,Live,30.7,121.0,yodelling'
import_is '.added==1'
good nearest --at 30.7,121.0 --count 3 --skill yodelling
holds '.people==[{"number":"L1","seconds":0,"metres":0}]' "imported while serving"
printf 'code,name,parent,level,lat,lon\nlive,Live,t1,village,30.71,121.01\n' >"$work/areas3.csv"
muster=$(realpath "$MUSTER")
(cd "$work" && "$muster" import areas areas3.csv --dir "$dir" >/dev/null) || fail "a relative path"
rows "$h,area,skills,certificates" 'L2,Live Two,30.7,121.0,live,nurse,nurse:2020-01-01'
import_is '.added==1'
rows "$h" 'L3,,30.7,121.0'
bad 'people.csv: line 2, column 4, name' import people "$people"
bad 'nothere.csv: cannot open' import people "$work/nothere.csv"
bad 'stop it.*put its road.graph' import roads --dimacs "$work/g.gr" --coords "$work/g.co"
"$MUSTER" init --dir "$work/map" >/dev/null && "$MUSTER" import roads --dimacs "$work/g.gr" --coords "$work/g.co" --scale 2 --dir "$work/map" >/dev/null || fail "roads into another folder"
bad 'already' serve --listen 127.0.0.1:0
good import people "$work/many.csv" --dry-run --json
holds ".same==$many"
good import sites "$work/sites.csv"
good import teams "$work/teams.csv"
good import skills "$work/skills.csv"
good account add looker --role auditor --json
password=$(get .password)
sign_in looker "$password"
call looker 200 GET /api/v1/areas
holds '[.items[].code]|index("live")!=null' "an area imported while serving is not in the list"
call looker 200 POST /api/v1/people/searches '{"q":"L2"}'
holds '.items[0].number=="L2" and .items[0].area=="live"'
call looker 200 GET '/api/v1/people?lapses_within=60&area=live'
holds '.items|length==1 and (.[0]|.number=="L2" and .not_counted==["nurse"] and .certificates==[{"code":"nurse","until":"2020-01-01"}])'
call looker 200 GET '/api/v1/people?lapses_within=0&limit=1000'
holds '[.items[]|select(.not_counted==[])]==[]' "somebody is listed whose certificates all hold"
call looker 422 GET '/api/v1/people?lapses_within=367'
call looker 200 GET /api/v1/organisations
holds '[.items[].name]|index("Red Cross")!=null and index("Fire")!=null' "the organisations of the files"
call looker 200 GET '/api/v1/people?organisation=Red%20Cross&limit=1000'
holds '(.items|length)>0 and ([.items[]|select(.organisations|index("Red Cross")|not)]==[])' "the people of an organisation"
call looker 200 GET '/api/v1/people?organisation=Red'
holds '.items==[]' "people of an organisation by a part of its name"
call looker 200 GET /api/v1/skills
holds '[.items[].code]|index("yodelling")!=null'
good verify
kill "$server_pid"; wait "$server_pid" || fail "SIGTERM: exit $?"
server_pid=
good nearest --at 30.7,121.0 --count 3 --skill yodelling
holds '.people[0].number=="L1"'
apart() { # seconds between two corners of the grid
    printf '30.7,121.0\n' >"$work/from.csv"; printf '30.71,121.01\n' >"$work/to.csv"
    good matrix --mode foot --from "$work/from.csv" --to "$work/to.csv"
    cat "$work/body"
}
before=$(apart)
mv "$work/map/road.graph" "$dir/"
[ "$(awk -v a="$(apart)" -v b="$before" 'BEGIN { print int(a / b * 1000 + 0.5) }')" = 2000 ] || fail "the roads put there: $before, then $(apart)"
good nearest --at 30.7,121.0 --count 3 --skill yodelling
holds '.people[0].number=="L1"' "the people on the roads put there"
good verify
awk 'BEGIN { print "number,name,lat,lon"; for (i = 0; i < 30000; i++)
    printf "S%d,name %d,%.4f,%.4f\n", i, i, 30.7 + i % 20 / 1000, 121 + i % 17 / 1000 }' >"$work/stop.csv"
start serve
good nearest --at 30.7,121.0 --count 1 --explain
count=$(get .considered)
"$MUSTER" import people "$work/stop.csv" --dir "$dir" >"$work/body" 2>"$work/err" &
pid=$!
sleep 1
begun=$(date +%s)
kill "$server_pid"; wait "$server_pid" || fail "SIGTERM during an import: exit $?"
server_pid=
[ $(($(date +%s) - begun)) -le 5 ] || fail "SIGTERM during an import took $(($(date +%s) - begun)) s"
wait $pid && count=$((count + 30000))
good nearest --at 30.7,121.0 --count 1 --explain
holds ".considered==$count" "an import that the stop cut short: $(cat "$work/err")"
good verify
ok "imports while serving: through the server, at once for crowd, lists and console"

# ---- a team whose leader is somebody's second row
rows "$h" 'V1,Vic,30.7,121.0' 'V2,Vic,30.7,121.0' 'V3,Una,30.7,121.0'
import_is '.added==3'
t=number,name,leader,deputies,size,skills
printf '%s\n' $t 'U1,Pumps,V2,V3,8,boat' 'U2,Tents,V3,V3; V2,5,' >"$work/doubles.csv"
good import teams "$work/doubles.csv"
good merge-people V1 V2
printf '%s\n' $t 'U1,Pumps,V1,V3,8,boat' 'U2,Tents,V3,V3;V1,5,' >"$work/merged.csv"
good import teams "$work/merged.csv" --json
holds '.same==2 and .warnings==[]' "the teams of somebody's second row are lost with a merge"
good import teams "$work/doubles.csv" --json
holds '[.warnings[]|[.line,.field]]==[[2,"leader"],[3,"deputies"]]' "a team of a number that was merged"
count=$((count + 2))
import_is '.retired>1000' --retire-missing --retire-most --dry-run
holds '[.warnings[]|select(.field=="teams").text]==["teams whose leader has left: 2"]' "a leader who leaves with a file"
ok "a merge takes the teams along"

# ---- the roads of another region
awk '/^v/ { $3 -= 10000000 } 1' "$work/g.co" >"$work/far.co"
good import roads --dimacs "$work/g.gr" --coords "$work/far.co"
grep -Eq "^warning: $count of $count people, ([0-9]+) of \1 sites and ([0-9]+) of \2 areas .*another region" "$work/body" || fail "the roads of another region: $(cat "$work/body")"
good import roads --dimacs "$work/g.gr" --coords "$work/g.co" --json
holds '.nodes==400 and .off_network.people<20 and .off_network.areas<3'
ok "roads that nobody on record lives near are told"

# ---- the real extracts
if [ -d "$data/osm" ]; then
    for file in "$data"/osm/*.osm.*; do
        rm -rf "$dir"
        good init
        good import roads "$file" --json
        holds '.nodes>1000 and .edges>=.nodes and .parts>=1 and .skipped>=0' "$file"
        size=$(stat -c %s "$file")
        road=$(sha256sum "$dir/road.graph")
        for part in 7 3; do
            name=$(basename "$file")
            head -c $((size / 10 * part)) "$file" >"$work/cut.${name#*.}"
            bad 'cut.osm' import roads "$work/cut.${name#*.}"
        done
        [ "$(sha256sum "$dir/road.graph")" = "$road" ] || fail "$file: a cut file changed the roads"
    done
    ok "five extracts of OpenStreetMap; cut ones are refused and change nothing"
else
    echo "absent: $data/osm (the generated grid was imported)"
fi
echo "story: $passed passed, 0 failed"
