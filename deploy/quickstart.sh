#!/bin/sh
# From a fresh clone on a bare Debian 12 to a running demo: installs what is
# missing (as root, or with sudo), builds, starts. Later runs only start.
# Arguments go to `dumbwaiter serve --demo`.
set -eu
cd "$(dirname "$0")/.."
. deploy/packages.sh

echo "1/3 packages"
packages_need build run
echo "2/3 build (a minute or two the first time)"
mkdir -p build
cmake --preset release >build/configure.log 2>&1 || {
    cat build/configure.log
    exit 70
}
cmake --build build/release --target dumbwaiter -j "$(nproc)"
echo "3/3 start"

# Is somebody listening there already? Then take any free port instead.
taken() {
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v port="$(printf ':%04X' "$1")" \
            '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 }
            END { exit !found }'
}
asked() {
    for argument in $arguments; do
        case $argument in "$1" | "$1"=*) return 0 ;; esac
    done
    return 1
}

# The data directory lies at home, also for who comes without a HOME.
[ -n "${HOME:-}" ] || {
    HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
    export HOME
}
arguments=$*
if taken 8080 && ! asked --port; then
    echo "port 8080 is taken; using another"
    set -- --port 0 "$@"
fi
if taken 1883 && ! asked --mqtt-port; then
    echo "port 1883 is taken; using another"
    set -- --mqtt-port 0 "$@"
fi
exec build/release/dumbwaiter serve --demo "$@"
