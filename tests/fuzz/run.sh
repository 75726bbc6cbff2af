#!/bin/sh
# Run every fuzz target with RUNS inputs each (default 100000) under ASan and
# UBSan. Inputs that found something new stay in build/fuzz/corpus; one that
# fails is named and kept in build/fuzz. Ends with "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."
runs=${RUNS:-100000}
passed=0
failed=0

mkdir -p build
cmake --preset fuzz >build/fuzz.log 2>&1 || { cat build/fuzz.log; exit 1; }
targets=
for source in tests/fuzz/fuzz_*.c; do
    [ -f "$source" ] && targets="$targets $(basename "$source" .c)"
done
# shellcheck disable=SC2086 # names without spaces
[ -z "$targets" ] || cmake --build build/fuzz -j "$(nproc)" --target $targets

for target in $targets; do
    corpus=build/fuzz/corpus/$target
    mkdir -p "$corpus"
    seeds=tests/fuzz/seeds/${target#fuzz_}
    [ -d "$seeds" ] || seeds=
    # shellcheck disable=SC2086 # one folder or none
    if build/fuzz/"$target" -runs="$runs" -max_len=16384 -timeout=10 \
        -rss_limit_mb=2048 -artifact_prefix="build/fuzz/$target-" \
        "$corpus" $seeds >"build/fuzz/$target.log" 2>&1; then
        echo "$target: $(tail -n 1 "build/fuzz/$target.log")"
        passed=$((passed + 1))
    else
        tail -n 40 "build/fuzz/$target.log"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
