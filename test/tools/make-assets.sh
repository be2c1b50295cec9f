#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# FOLDER OUT.c: a C file with every file of FOLDER as bytes, and the table of src/api/assets.h.
set -eu
folder=$1 out=$2
top=$(cd "$folder" && pwd)
{
    echo '#include "api/assets.h"'
    i=0
    find "$folder" -type f -not -name .done | LC_ALL=C sort | while read -r file; do
        printf '%s\n' "__asm__(\".section .rodata\\n.balign 16\\nasset_$i:\\n.incbin \\\"$top/${file#"$folder"/}\\\"\\nasset_end_$i:\\n.byte 0\\n.previous\\n\");"
        echo "extern const unsigned char asset_$i[], asset_end_$i[];"
        i=$((i + 1))
    done
    echo 'const struct asset *assets(unsigned *ret_count) {'
    echo '    static struct asset table[] = {'
    i=0
    find "$folder" -type f -not -name .done | LC_ALL=C sort | while read -r file; do
        echo "        {\"/${file#"$folder"/}\", asset_$i, 0},"
        i=$((i + 1))
    done
    echo '        {0, 0, 0}};'
    echo '    const unsigned char *ends[] = {'
    i=0
    find "$folder" -type f -not -name .done | LC_ALL=C sort | while read -r file; do
        echo "        asset_end_$i,"
        i=$((i + 1))
    done
    echo '        0};'
    echo '    unsigned count = sizeof table / sizeof table[0] - 1;'
    echo '    for (unsigned i = 0; i < count; i++)'
    echo '        table[i].size = (unsigned long)(ends[i] - table[i].data);'
    echo '    *ret_count = count;'
    echo '    return table;'
    echo '}'
} >"$out.new"
mv "$out.new" "$out"
