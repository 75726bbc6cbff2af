#!/bin/sh
# All tests: installs what they need, builds, runs, sums up in one last line
# "N passed, N failed". `sh tests/run.sh quick` leaves out what takes minutes:
# the second compiler, fuzzing and the tests of the whole program.
set -u
cd "$(dirname "$0")/.." || exit 1
exec </dev/null
. deploy/packages.sh
quick=no
[ "${1:-}" != quick ] || quick=yes
passed=0
failed=0
logs=build/logs
mkdir -p "$logs"

say() {
    echo
    echo "== $*"
}

# add PASSED FAILED
add() {
    passed=$((passed + ${1:-0}))
    failed=$((failed + ${2:-0}))
}

# One check that passes or not; its output is shown when it does not.
check() {
    name=$1
    shift
    say "$name"
    if "$@" >"$logs/check.log" 2>&1; then
        tail -n 1 "$logs/check.log"
        add 1 0
    else
        tail -n 60 "$logs/check.log"
        echo "FAILED: $name"
        add 0 1
    fi
}

finish() {
    echo
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

packages() {
    packages_need build run test || return
    command -v node >/dev/null && command -v npm >/dev/null ||
        packages_need node
}

build_dev() {
    cmake --preset dev && cmake --build build/dev -j "$(nproc)"
}

build_clang() {
    cmake --preset clang -DDUMBWAITER_TESTS=OFF &&
        cmake --build build/clang -j "$(nproc)" --target dumbwaiter
}

# npm only when the lock file is newer than what is installed.
modules() (
    kept=tests/node_modules/.package-lock.json
    [ -f $kept ] && [ -z "$(find tests/package-lock.json -newer $kept)" ] &&
        return 0
    cd tests && npm ci --no-audit --no-fund
)

# cmocka counts sentences; a program that died has counted none.
unit_tests() {
    say "unit tests, under ASan and UBSan"
    ctest --test-dir build/dev -V --timeout 120 -j "$(nproc)" \
        >"$logs/ctest.log" 2>&1
    code=$?
    good=$(sed -n 's/.*\[  PASSED  \] \([0-9]*\) test.*/\1/p' \
        "$logs/ctest.log" | awk '{ n += $1 } END { print n + 0 }')
    bad=$(sed -n 's/.*\[  FAILED  \] \([0-9]*\) test.*/\1/p' \
        "$logs/ctest.log" | awk '{ n += $1 } END { print n + 0 }')
    if [ "$code" -ne 0 ]; then
        [ "$bad" -gt 0 ] || bad=1
        grep -E '\[  (ERROR|FAILED )|: error: Failure|ERROR: |runtime error' \
            "$logs/ctest.log" | head -n 60
        grep -A 40 'The following tests FAILED' "$logs/ctest.log"
    fi
    echo "$good passed, $bad failed"
    add "$good" "$bad"
}

# Seconds that a part of the tests may take: one that hangs is a failure.
PART_S=1800

# Options that not every node has. Browsers have a global `crypto`; Debian's
# node 18 only when asked.
node_flags() {
    help=$(node --help)
    for flag in --test --test-reporter=tap --test-concurrency=1 \
        --experimental-global-webcrypto; do
        case $help in *" ${flag%%=*}"*) echo "$flag" ;; esac
    done
}

# node_tests NAME FILE...
node_tests() {
    say "$1"
    log="$logs/$(echo "$1" | tr -c 'a-z0-9\n' -).log"
    shift
    # shellcheck disable=SC2046 # flags without spaces
    DUMBWAITER=$PWD/build/dev/dumbwaiter SIO_ECHO=$PWD/build/dev/sio_echo \
        timeout -k 30 "$PART_S" node $(node_flags) "$@" >"$log" 2>&1
    code=$?
    [ "$code" -ne 124 ] ||
        echo "stopped after $PART_S s; $(grep -E '^(not )?ok' "$log" | tail -n 1) was the last"
    good=$(awk '/^# pass / { n += $3 } END { print n + 0 }' "$log")
    bad=$(awk '/^# (fail|cancelled) / { n += $3 } END { print n + 0 }' "$log")
    [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    if [ "$bad" -gt 0 ]; then
        grep -A 25 -E '^ *not ok' "$log" | head -n 150
        [ "$good" -gt 0 ] || tail -n 40 "$log"
    fi
    echo "$good passed, $bad failed"
    add "$good" "$bad"
}

layout() {
    say "layout"
    sh tests/layout/check.sh >"$logs/layout.log"
    grep -v '^note: ' "$logs/layout.log"
    # shellcheck disable=SC2046 # two numbers
    add $(sed -n 's/^layout: \([0-9]*\) rules hold, \([0-9]*\) broken.*/\1 \2/p' \
        "$logs/layout.log")
    [ -s "$logs/layout.log" ] || add 0 1
}

fuzzing() {
    say "fuzzing"
    sh tests/fuzz/run.sh >"$logs/fuzz.log" 2>&1
    code=$?
    grep -v '^\[' "$logs/fuzz.log" | tail -n 40
    # shellcheck disable=SC2046 # two numbers
    set -- $(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' \
        "$logs/fuzz.log")
    [ "$code" -eq 0 ] || [ "${2:-0}" -gt 0 ] || set -- "${1:-0}" 1
    add "${1:-0}" "${2:-0}"
}

# part NAME FOLDER: its run.sh ends with "N passed, N failed".
part() {
    say "$1"
    sh "tests/$2/run.sh" short >"$logs/$2-all.log" 2>&1
    code=$?
    cat "$logs/$2-all.log"
    # shellcheck disable=SC2046 # two numbers
    set -- $(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' \
        "$logs/$2-all.log")
    [ "$code" -eq 0 ] || [ "${2:-0}" -gt 0 ] || set -- "${1:-0}" 1
    add "${1:-0}" "${2:-0}"
}

# The firmware for ESP32, against an ESP-IDF that is here already. esp-mqtt and
# network_provisioning are looked for where check.sh says, or where these two say.
esp32() {
    if [ -z "${IDF_PATH:-}" ]; then
        say "the ESP32 port"
        echo "SKIPPED: IDF_PATH names no ESP-IDF to check it against"
        return
    fi
    check "the ESP32 port, against $IDF_PATH" sh devices/port/esp32/check.sh \
        "$IDF_PATH" ${MQTT_PATH:+"$MQTT_PATH"} \
        ${PROVISIONING_PATH:+"$PROVISIONING_PATH"}
}

say "packages"
packages || { add 0 1; finish; }

check "build with gcc, warnings are errors" build_dev
[ "$failed" -eq 0 ] || finish
layout
unit_tests
check "node modules" modules
web=$(find tests/devices/web -name '*.test.js' 2>/dev/null | sort)
# shellcheck disable=SC2086 # names without spaces
[ -z "$web" ] || node_tests "screens and client library" $web
[ "$quick" = no ] || finish

check "build with clang" build_clang
check "hardening of the release build" sh tests/hardened.sh
esp32
# The jail of a release has fewer holes than that of a build with sanitizers.
export DUMBWAITER_BIN="$PWD/build/release/dumbwaiter"
node_tests "the jail of the release build" tests/e2e/jail.test.js
unset DUMBWAITER_BIN
fuzzing
conformance=$(find tests/conformance -name '*.test.js' 2>/dev/null | sort)
# shellcheck disable=SC2086
[ -z "$conformance" ] || node_tests "conformance" $conformance
e2e=$(find tests/e2e -name '*.test.js' 2>/dev/null | sort)
# shellcheck disable=SC2086
[ -z "$e2e" ] || node_tests "the whole program" $e2e
NODE_FLAGS=$(node_flags)
export NODE_FLAGS
part "the device on a 32-bit board" rv32
part "faults" faults
part "simulated evenings" sim
finish
