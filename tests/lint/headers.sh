#!/bin/sh
# Fails when a header does not compile alone.  Run from the root of the tree:
# headers.sh COMPILER [FLAG]...
set -u
status=0
for header in $(find proto daemon client tui -name '*.h'); do
    printf '#include "%s"\n' "$PWD/$header" |
        "$@" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror \
            -Wno-unused-function -I. -Idaemon -Iclient -Iclient/include \
            -fsyntax-only -x c - || {
        printf '%s does not compile alone\n' "$header"
        status=1
    }
done
exit $status
