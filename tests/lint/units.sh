#!/bin/sh
# Fails when systemd finds fault with the units as they are installed:
# units.sh BUILD_DIR
set -eu
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/etc/systemd/system" "$root/usr/bin"
cp "$1"/etc/systemd/aigwd.service "$1"/etc/systemd/aigwd.socket \
    "$root/etc/systemd/system/"
# The service is looked at where it stands, so its program must be there.
program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$1/etc/systemd/aigwd.service")
mkdir -p "$root/$(dirname "$program")"
cp /bin/true "$root/$program"
cp /bin/true "$root/usr/bin/kill"
mkdir -p "$root/bin"
cp /bin/true "$root/bin/kill"
for unit in sysinit basic network-online multi-user sockets shutdown; do
    printf '[Unit]\nDescription=%s\n' "$unit" \
        >"$root/etc/systemd/system/$unit.target"
done
printf '[Unit]\nDescription=slice\n[Slice]\n' \
    >"$root/etc/systemd/system/system.slice"
out=$(systemd-analyze verify --man=no --root="$root" \
    aigwd.service aigwd.socket 2>&1) || {
    echo "$out"
    exit 1
}
[ -z "$out" ] || {
    echo "$out"
    exit 1
}
