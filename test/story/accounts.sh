#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who may sign in: an administrator of a part sees and changes the accounts of that part
# alone; a new password and a closed account end what is signed in; the last one stays.
. "$(dirname "$0")/lib.sh"

start demo --people 3000
sign_in admin "$(password 1)"
account chief admin 330482101000
account town dispatcher 330482101000
account other dispatcher 330482102000
call admin 200 GET /api/v1/accounts
holds '[.items[].account]|contains(["admin","chief","other","town"])' "all of them"
call chief 200 GET /api/v1/accounts
holds '[.items[].account]|sort==["chief","town"]' "those of the part"
holds '.items[]|select(.account=="town")|.roles==[{"role":"dispatcher","area":"330482101000"}] and .closed==false'
call town 403 GET /api/v1/accounts
ok "each administrator sees the accounts of the own areas"

call chief 404 POST /api/v1/accounts/admin/steps '{"step":"close"}'
call chief 404 POST /api/v1/accounts/other/steps '{"step":"password","password":"another good one"}'
call chief 404 POST /api/v1/accounts/nobody/steps '{"step":"close"}'
call town 403 POST /api/v1/accounts/town/steps '{"step":"close"}'
call chief 422 POST /api/v1/accounts/town/steps '{"step":"password"}'
holds '.errors[0].pointer=="/password"'
call chief 422 POST /api/v1/accounts/town/steps '{"step":"password","password":"password"}'
call chief 422 POST /api/v1/accounts/town/steps '{"step":"away"}'
ok "and changes no other"

call town 200 GET /api/v1/sessions/current
call chief 204 POST /api/v1/accounts/town/steps '{"step":"password","password":"a new one by telephone"}'
call town 401 GET /api/v1/sessions/current
sign_in town "a new one by telephone"
call chief 204 POST /api/v1/accounts/town/steps '{"step":"close"}'
call town 401 GET /api/v1/sessions/current
call nobody 401 POST /api/v1/sessions '{"account":"town","password":"a new one by telephone"}'
call chief 200 GET /api/v1/accounts
holds '.items[]|select(.account=="town")|.closed'
call chief 204 POST /api/v1/accounts/town/steps '{"step":"open"}'
sign_in town "a new one by telephone"
ok "a new password, closed and open again: whoever was signed in is out at once"

call admin 409 POST /api/v1/accounts/admin/steps '{"step":"close"}'
call admin 200 GET /api/v1/sessions/current
"$MUSTER" verify --dir "$dir" >"$work/body" 2>&1 || fail "muster verify"
grep -q "by telephone\|password of" "$work/serve.log" && fail "a password is in the log"
ok "the last administrator of the whole stays"
echo "story: $passed passed, 0 failed"
