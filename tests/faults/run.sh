#!/bin/sh
# Faults: sh tests/faults/run.sh [short|long] [name]. Prints what each command
# counts, and at the end "N passed, N failed". FAULT_SEED and POWERCUT_SEED
# repeat a run; DUMBWAITER is the program, FAULT_BUILD where the C tests are, and
# the program of the short form. The long one builds and takes a release.
set -u
cd "$(dirname "$0")/../.." || exit 1
form=${1:-short}
name=${2:-}
build=${FAULT_BUILD:-build/dev}
logs=build/logs
tools="judge wire" # what the others rely on
commands="failpoints crowd kill pagers virtual broker links printer clock"
commands="$commands limits ladder"
# In the short form tests/run.sh plays these among the unit tests.
units="powerloss faults powercut"
AT_ONCE=3 # they wait more than they work
mkdir -p "$logs"

case $form in
short | long) ;;
*)
    echo "usage: run.sh [short|long] [$tools $commands $units]" >&2
    exit 64
    ;;
esac
case " $tools $commands $units all " in
*" ${name:-all} "*) ;;
*)
    echo "run.sh: there is no $name" >&2
    exit 64
    ;;
esac

# The figures of the long form are those of the program as it is sold.
if [ -z "${DUMBWAITER:-}" ] && [ "$form" = long ]; then
    DUMBWAITER=$PWD/build/release/dumbwaiter
    {
        cmake --preset release &&
            cmake --build build/release -j "$(nproc)" --target dumbwaiter
    } >"$logs/faults-release.log" 2>&1 || {
        tail -n 40 "$logs/faults-release.log"
        echo "0 passed, 1 failed"
        exit 1
    }
fi
export DUMBWAITER="${DUMBWAITER:-$PWD/$build/dumbwaiter}"

# One of them, its words into its log; started below by xargs.
if [ "${FAULT_ALONE:-}" = yes ]; then
    case $name in
    judge | wire) node --test "tests/faults/$name.test.js" ;;
    powerloss | faults | powercut)
        [ "$form" = short ] || export POWERCUT_LONG=1
        "$build/test_powercut_$name"
        ;;
    *) node "tests/faults/$name.js" "$form" ;;
    esac >"$logs/faults-$name.log" 2>&1
    echo $? >"$logs/faults-$name.code"
    exit 0
fi

# Two numbers; whoever died without a word has failed once.
count() {
    awk -v code="$(cat "$logs/faults-$1.code")" '
        /^[0-9]+ passed, [0-9]+ failed$/ { good += $1; bad += $3 }
        /^# pass / { good += $3 }
        /^# fail / { bad += $3 }
        /\[  PASSED  \]/ { good += $4 }
        /\[  FAILED  \] [0-9]+ test/ { bad += $4 }
        END { print good + 0, code && !bad ? 1 : bad + 0 }
    ' "$logs/faults-$1.log"
}

names="$tools $commands"
[ "$form" = short ] || names="$names $units"
names=${name:-$names}
at_once=1
[ "$form" = long ] || at_once=$AT_ONCE
# shellcheck disable=SC2086 # names without spaces
printf '%s\n' $names | FAULT_ALONE=yes xargs -n 1 -P "$at_once" \
    sh tests/faults/run.sh "$form"
for one in $names; do
    grep -vE '^(# |ok |TAP|  ---|  \.\.\.|  duration|  type|1\.\.)' \
        "$logs/faults-$one.log"
    # shellcheck disable=SC2046 # two numbers
    set -- $(count "$one")
    echo "$one: $1 passed, $2 failed"
done | tee "$logs/faults.log"
set -- $(awk '/^[a-z]+: [0-9]+ passed, [0-9]+ failed$/ {
    good += $2; bad += $4 } END { print good + 0, bad + 0 }' "$logs/faults.log")
echo "$1 passed, $2 failed"
[ "$2" -eq 0 ]
