#!/bin/sh
# Is the release program built as it is meant to be? Looks at the binary, not
# at flags: `sh tests/hardened.sh [PROGRAM]`; without one it builds it. The last
# line sums up.
set -eu
cd "$(dirname "$0")/.."
program=${1:-build/release/dumbwaiter}
if [ $# -eq 0 ]; then
    cmake --preset release
    cmake --build build/release --target dumbwaiter -j "$(nproc)"
fi >/dev/null
found=$(mktemp)
trap 'rm -f "$found"' EXIT
readelf -hldnW --dyn-syms "$program" >"$found"
holds=0
broken=0

judge() {
    if [ "$2" -eq 0 ]; then
        holds=$((holds + 1))
    else
        broken=$((broken + 1))
        echo "hardened: not so: $1"
    fi
}
# has WHAT PATTERN; lacks WHAT PATTERN
has() {
    grep -qE "$2" "$found" && judge "$1" 0 || judge "$1" 1
}
lacks() {
    grep -qE "$2" "$found" && judge "$1" 1 || judge "$1" 0
}

has "it can lie anywhere (PIE)" '^ *Type: +DYN'
has "it can lie anywhere (PIE)" 'FLAGS_1.*PIE'
has "its tables are read-only (RELRO)" '^ *GNU_RELRO '
has "its tables are filled at the start (BIND_NOW)" 'FLAGS.*NOW'
has "the stack does not run" '^ *GNU_STACK .* RW '
lacks "nothing is both written and run" '^ *[A-Z_]+ +0x.* RWE '
lacks "libraries come from the system" '\((RPATH|RUNPATH)\)'
has "the stack is guarded" '__stack_chk_fail'
has "lengths are checked (FORTIFY)" '__(memcpy|snprintf|vsnprintf|read|recv)_chk'
# Debian's own start-up code has no such landing places, so no note says so.
case $(uname -m) in
x86_64)
    objdump -d --no-show-raw-insn "$program" | grep -w endbr64 >"$found" || true
    [ "$(wc -l <"$found")" -gt 500 ] && judge "jumps land where they may" 0 ||
        judge "jumps land where they may" 1
    ;;
esac
echo "hardened: $holds hold, $broken broken"
[ "$broken" -eq 0 ]
