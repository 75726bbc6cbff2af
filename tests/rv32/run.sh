#!/bin/sh
# The device on a 32-bit board, in an emulator: sh tests/rv32/run.sh. Plays the
# stories of tests/devices/suite in this process under the sanitizers, on the
# board, and with a real broker between, and compares what was seen byte by
# byte; says what the firmware costs; then a pager on the board talks to a real
# hub. RV32_BUILD is where the tests' build is. Ends with "N passed, N failed".
# Where the firmware cannot be built that is a failure, unless
# DUMBWAITER_NO_RV32=1 says that it is meant. NODE_FLAGS: what this node wants.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${RV32_BUILD:-build/dev}
out=$build/rv32
passed=0
failed=0
# Seconds that one of its programs may take: each needs less than 30 where
# nothing else runs.
PART_S=600

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

# check NAME COMMAND...: one test.
check() {
    name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $name"
    fi
}

[ "${DUMBWAITER_NO_RV32:-}" != 1 ] || {
    echo "SKIPPED, as DUMBWAITER_NO_RV32 says"
    finish
}
mkdir -p "$out"

sh devices/port/rv32/build.sh "$out" >"$out/build.log" 2>&1
case $? in
0) passed=$((passed + 1)) ;;
77)
    cat "$out/build.log"
    echo "SKIPPED: the firmware cannot be built here; DUMBWAITER_NO_RV32=1" \
        "makes that no failure"
    failed=1
    finish
    ;;
*)
    tail -n 40 "$out/build.log"
    echo "FAILED: the firmware does not build"
    failed=1
    finish
    ;;
esac

[ -f "$build/CMakeCache.txt" ] || cmake --preset dev -B "$build" >/dev/null
cmake --build "$build" --target suite dumbwaiter -j "$(nproc)" \
    >"$out/suite-build.log" 2>&1 || {
    tail -n 40 "$out/suite-build.log"
    failed=$((failed + 1))
    finish
}

# stories NAME OPTION...: into $out/NAME.txt; what they say in the end counts.
# In the foreground, so that whoever stops this stops them, and they theirs.
stories() {
    to=$out/$1
    shift
    timeout --foreground -k 10 "$PART_S" "$build/suite" "$@" \
        >"$to.txt" 2>"$to.log"
    code=$?
    # shellcheck disable=SC2046 # two numbers
    set -- $(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' \
        "$to.log")
    good=${1:-0} bad=${2:-0}
    [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    [ "$bad" -eq 0 ] || {
        grep -v '^stack ' "$to.log" | tail -n 40
        grep -B 20 ' WRONG ' "$to.txt" | tail -n 60
    }
    echo "$(basename "$to"): $good stories hold, $bad do not"
    passed=$((passed + good))
    failed=$((failed + bad))
}

# same A B: what was seen.
same() {
    check "$1 and $2 are the same" cmp "$out/$1.txt" "$out/$2.txt"
    check "$1 is not empty" test -s "$out/$1.txt"
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

stories host-cuts --cuts
stories board-cuts --cuts --board "$out/devices.elf"
same host-cuts board-cuts
stories host
stories broker --broker "$folder"
same host broker
stories board-broker --board "$out/devices.elf" --broker "$folder"
same host board-broker
stories host-pager --cuts --kind pager
stories board-pager --cuts --kind pager --board "$out/pager.elf"
same host-pager board-pager

echo
# shellcheck disable=SC2046 # two numbers
check "the budget" sh devices/port/rv32/sizes.sh "$out" \
    $(sed -n 's/^stack \([0-9]*\) state \([0-9]*\)$/\1 \2/p' \
        "$out/board-pager.log")
echo "the largest frames of the stack, in bytes:"
sort -t "$(printf '\t')" -k 2nr "$out"/pager/*.su | head -n 5 |
    awk -F '[:\t]' '{ printf "  %5d %s %s\n", $5, $1, $4 }'
check "a limit that is exceeded is noticed" sh -c "
    echo 'core flash 1' >'$folder/budget'
    ! sh devices/port/rv32/sizes.sh '$out' 1 1 '$folder/budget' >/dev/null"

echo
flags=${NODE_FLAGS:---test --test-reporter=tap --test-concurrency=1}
# shellcheck disable=SC2086 # flags without spaces
DUMBWAITER=${DUMBWAITER_BIN:-$PWD/$build/dumbwaiter} RV32=$PWD/$out \
    timeout -k 10 "$PART_S" node $flags tests/rv32/*.test.js \
    >"$out/node.log" 2>&1
code=$?
good=$(awk '/^# pass / { n += $3 } END { print n + 0 }' "$out/node.log")
bad=$(awk '/^# (fail|cancelled) / { n += $3 } END { print n + 0 }' \
    "$out/node.log")
[ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
[ "$bad" -eq 0 ] || tail -n 80 "$out/node.log"
echo "a pager on the board and a real hub: $good pass, $bad fail"
passed=$((passed + good))
failed=$((failed + bad))
finish
