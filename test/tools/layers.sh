#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The layers, top of the list first: a file may include its own layer and those before it.
set -eu
bad=0
allowed=
for layer in "$@"; do
    allowed="$allowed $layer"
    for file in src/"$layer"/*.[ch]; do
        [ -f "$file" ] || continue
        for used in $(sed -n 's|^#include "\([a-z]*\)/.*|\1|p' "$file" | sort -u); do
            case " $allowed demo " in
            *" $used "*) ;;
            *) echo "$file includes $used/, which lies below $layer/"; bad=1 ;;
            esac
            if [ "$used" = demo ] && [ "$layer" != main ]; then
                echo "$file includes demo/, which only main/ may"; bad=1
            fi
        done
    done
done
[ $bad = 0 ] && echo "layers ok"
exit $bad
