#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What all sites of a kind cover together: the nine childcare sites of the demo county, by the
# command line and over HTTP; new sites that are proposed cover what is said; a road closed
# takes villages away, opened again they are back.
. "$(dirname "$0")/lib.sh"

start demo --people 500
sign_in admin "$(password 1)"
account watcher viewer
query="kind=childcare&mode=bike&minutes=15&direction=to"

call watcher 200 GET "/api/v1/coverage?$query&propose=3"
cp "$work/body" "$work/before"
holds '.villages.total==136 and (.places|length)==136 and (.sites|length)==9' "all villages, all nine sites"
holds '.villages.covered==([.places[]|select(.seconds)]|length) and .villages.covered>9 and .villages.covered<136' "covered: $(get .villages.covered)"
holds 'all(.places[]|select(.seconds); .seconds<=900 and (.site|startswith("CARE-")))' "each by a site, in time"
holds '[.places[]|.seconds//1e9]|.==(sort|reverse)' "those not reached first, then the farthest"
holds '.households.total>1000 and .households.covered<.households.total' "households"
holds '(.proposed|length)==3 and .optimal and .after.households==.bound.households and .after.households==.households.covered+([.proposed[].households]|add)' "what new sites add"
ok "coverage: $(get .villages.covered) of 136 villages, with three sites more $(get .after.villages)"

"$MUSTER" coverage --dir "$dir" --kind childcare --mode bike --minutes 15 --direction to --propose 3 >"$work/body" 2>"$work/cli.err" || fail "coverage: $(cat "$work/cli.err")"
jq -S . "$work/body" >"$work/cli" && jq -S . "$work/before" | cmp -s - "$work/cli" || fail "the command says something else"
ok "the command line says the same"

# The proposed sites, once they are there, cover what was said.
jq -r '["code","kind","name","lat","lon"],(.proposed|to_entries[]|["NEW-\(.key)","childcare",.value.name,.value.at.lat,.value.at.lon])|@csv' "$work/before" >"$work/new.csv"
"$MUSTER" import sites "$work/new.csv" --dir "$dir" >/dev/null 2>"$work/cli.err" || fail "import sites: $(cat "$work/cli.err")"
call admin 200 GET "/api/v1/coverage?$query"
holds ".villages.covered==$(jq .after.villages "$work/before") and .households.covered==$(jq .after.households "$work/before") and .proposed==[] and .optimal" "built, they cover what was said"
ok "built, the proposed sites cover what was said"

# One town's villages by the sites of the whole county.
town=$(call admin 200 GET /api/v1/areas && jq -r '[.items[]|select(.level=="town")][0].code' "$work/body")
call admin 200 GET "/api/v1/coverage?$query&area=$town"
holds ".area.code==\"$town\" and .villages.total>3 and .villages.total<60 and (.sites|length)==12" "one town"

# Closed roads: everything within two kilometres of a site.
call admin 200 GET "/api/v1/coverage?$query"
cp "$work/body" "$work/before"
at=$(jq -c '.sites[0].at' "$work/before")
call admin 201 POST /api/v1/closures "{\"at\":$at,\"radius\":2000,\"reason\":\"under water\"}"
closure=$(get .id)
call admin 200 GET "/api/v1/coverage?$query"
holds ".villages.covered<$(jq .villages.covered "$work/before")" "closed roads take villages away"
call admin 204 DELETE "/api/v1/closures/$closure"
call admin 200 GET "/api/v1/coverage?$query"
[ "$(jq -c '.places' "$work/body")" = "$(jq -c '.places' "$work/before")" ] || fail "opened again it is another one"
ok "a road closed and opened again"

call nobody 401 GET "/api/v1/coverage?$query"
for wrong in "minutes=0" "minutes=241" "mode=boat" "direction=up" "area=nowhere" "propose=11" "kind=" "kind=a,,b" "kind=unheard-of" "people=1"; do
    call admin 422 GET "/api/v1/coverage?$wrong"
done
for wrong in "--minutes 0" "--mode boat" "--direction up" "--area nowhere" "--propose 11" "--kind ," "--kind bar"; do
    # shellcheck disable=SC2086
    "$MUSTER" coverage --dir "$dir" $wrong >"$work/body" 2>"$work/cli.err" && fail "coverage $wrong"
    [ ! -s "$work/body" ] && grep -q '^muster: ' "$work/cli.err" || fail "coverage $wrong: $(cat "$work/cli.err")"
done
ok "wrong questions"
echo "story: $passed passed, 0 failed"
