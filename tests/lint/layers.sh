#!/bin/sh
# Fails when a source file includes something its layer may not see.
#   rule PATH ALLOWED_QUOTED ALLOWED_ANGLED
#   only HEADER FILES_THAT_MAY
# Run from the root of the tree.
set -eu
status=0
libc='(assert|ctype|errno|float|inttypes|limits|math|stdalign|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|strings)\.h'

report() {
    [ -z "$2" ] || {
        printf '%s:\n%s\n' "$1" "$2"
        status=1
    }
}

rule() {
    set -f # $4 holds a pattern for find, not for the shell.
    report "layering violation in $1" "$(find "$1" -name '*.[ch]' $4 \
        -exec grep -HnE '^ *# *include ' {} + |
        grep -vE "include \"($2)" |
        grep -vE "include <($libc)>" |
        grep -vE "include <($3)" || true)"
    set +f
}

only() {
    report "<$1> outside its home" "$(grep -rlE --include='*.[ch]' \
        "include <$1>" daemon client proto tui |
        grep -vE "^($2)$" || true)"
}

posix='(dirent|fcntl|getopt|grp|langinfo|libgen|locale|netdb|poll|pwd|signal|sysexits|termios|time|unistd|wchar|linux/close_range|netinet/[a-z]+|sys/[a-z]+)\.h>'
json='jansson\.h>|ut(hash|list)\.h>'
low='base/|proto/(bytes|status)\.h'

rule proto         'proto/'                              'msgpack\.h>' ''
rule daemon/base   "$low"                                "malloc\.h>|$posix" ''
rule daemon/core   "core/|$low"                          "$json" ''
rule daemon/io     "io/|$low"                            "(uv|curl/curl|sqlite3|uthash)\.h>|$posix" ''
rule daemon/app    'app/|core/|io/|base/|proto/'         "libconfig\.h>|msgpack\.h>|$json|$posix" ''
rule daemon/main.c 'app/|base/|proto/status\.h'          "$posix" ''
rule client        'aigw/|client/|proto/'                "aigw/|msgpack\.h>|jansson\.h>|$posix" '-not -path *client/ctl* -not -path *client/text*'
rule client/text   'text/'                               "aigw/|$posix" ''
rule client/ctl    'ctl/|text/'                          "aigw/|$posix" ''
rule tui           'tui/|text/'                          "aigw/|ncurses\.h>|term\.h>|$posix" ''

only 'uv\.h'        'daemon/io/[a-z_]+\.[ch]'
only 'curl/curl\.h' 'daemon/io/(curlmulti|http[a-z_]*|poller)\.[ch]'
only 'sqlite3\.h'   'daemon/io/db[a-z_]*\.[ch]'
only 'libconfig\.h' 'daemon/app/config_file\.c'
only 'ncurses\.h'   'tui/term\.c'
only 'term\.h'      'tui/term\.c'

# core/ decides; it neither reads clocks nor opens anything.
report 'core/ must be pure' "$(grep -rnE --include='*.[ch]' \
    '\b(time|clock_gettime|gettimeofday|rand|random|getrandom|fopen|open|socket|getenv|printf)\(' \
    daemon/core | grep -vE '^\S+:[0-9]+: \*' || true)"
exit $status
