#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Calls that have one home: the heap in base/mem.c, clocks in base/clock.c, exit in main/.
set -u
bad=0
deny() { # pattern, home (regular expression of paths), what
    hits=$(grep -nE "$1" src/*/*.[ch] demo/*.[ch] 2>/dev/null | grep -vE "^($2):" | grep -vE '^[^:]*:[0-9]+: *(/\*|\*)')
    [ -z "$hits" ] || { echo "$3:"; echo "$hits"; bad=1; }
}
deny '\b(malloc|calloc|realloc|strdup|strndup|free)\(' 'src/base/mem\.[ch]' 'use base/mem.h'
deny '\b(time|gettimeofday|clock_gettime|timespec_get)\(' 'src/base/clock\.c' 'use base/clock.h'
deny '[^_a-z]exit\(' 'src/main/[a-z_]*\.c' 'only main/ may exit'
deny 'TODO|FIXME|XXX' 'none' 'say it in an issue: TODO(#n)' 
# A planted bug can be switched on by the simulator's own command and by nothing else.
deny 'SIM_PLANT|sim_plant|sim_run|sim_shorten' 'src/sim/[a-z_]*\.[ch]|src/main/command_simulate\.c' 'only muster simulate plants bugs'
[ $bad = 0 ] && echo "lint ok"
exit $bad
