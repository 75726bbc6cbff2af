#!/bin/sh
# The simulator: sh tests/sim/run.sh [short|long]. Prints counts, and at the end
# "N passed, N failed". SIM_SEED=N plays that one world and shows its trace.
# SIM_BUILD is where it is built; SIM_SEEDS how many worlds.
set -u
cd "$(dirname "$0")/../.." || exit 1
form=${1:-short}
jobs=2
case $form in
short) preset=dev seeds=${SIM_SEEDS:-40} twice=2 ;;
long) preset=release seeds=${SIM_SEEDS:-10000} twice=100 ;;
*)
    echo "usage: run.sh [short|long]" >&2
    exit 64
    ;;
esac
build=${SIM_BUILD:-build/$preset}
sim=$build/sim
passed=0
failed=0

# As it is in the tests' build already, if there is one.
[ -f "$build/CMakeCache.txt" ] || cmake --preset "$preset" -B "$build" >/dev/null
cmake --build "$build" --target sim -j "$jobs" >"$build/sim.log" 2>&1 || {
    tail -n 40 "$build/sim.log"
    echo "0 passed, 1 failed"
    exit 1
}

[ -z "${SIM_SEED:-}" ] || exec "$sim" --seed "$SIM_SEED" --trace

# check COMMAND...: one test.
check() {
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $*"
    fi
}

check "$sim" --same "1..$twice"
for plant in $("$sim" --plants); do
    check "$sim" --plant "$plant"
done
check "$sim" --seeds "1..$seeds" --jobs "$jobs"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
