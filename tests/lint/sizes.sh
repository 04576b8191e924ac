#!/bin/sh
# Fails when a file has more than 600 lines or a function more than 70.  Run
# from the root of the tree.
status=0
for file in $(find proto daemon client tui tests -name '*.[ch]'); do
    lines=$(wc -l <"$file")
    [ "$lines" -le 600 ] || {
        echo "$file: $lines lines"
        status=1
    }
done
long=$(find proto daemon client tui tests -name '*.c' |
    ctags -L - --languages=C --kinds-C=f --fields=+ne -f - |
    awk -F'\t' '{
        line = 0; end = 0
        for (i = 4; i <= NF; i++) {
            if ($i ~ /^line:/) line = substr($i, 6)
            if ($i ~ /^end:/) end = substr($i, 5)
        }
        if (end - line + 1 > 70) print $2 ": " $1 ": " end - line + 1 " lines"
    }')
[ -z "$long" ] || {
    echo "$long"
    status=1
}
exit $status
