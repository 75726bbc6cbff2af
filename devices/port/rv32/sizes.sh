#!/bin/sh
# What the image of a pager costs, part by part, and whether that is within
# budget.txt. STACK and STATE are what the board says of its stack and of the
# kind's state (tests/devices/suite/play.c prints them). Fails when a limit is
# exceeded, or one of its parts is not there any more.
#
#   sh devices/port/rv32/sizes.sh FOLDER STACK STATE [BUDGET]
set -eu
[ $# -ge 3 ] || {
    echo "usage: sizes.sh FOLDER STACK STATE [BUDGET]" >&2
    exit 64
}
here=$(cd "$(dirname "$0")" && pwd)
budget=${4:-$here/budget.txt}
sizes=$(awk -f "$here/sizes.awk" "$1/pager.map")

printf '%s\n' "$sizes" | awk -v stack="$2" -v state="$3" '
    BEGIN { print "part              flash    ram  (bytes)" }
    $1 == "kind" { $3 += state }
    { printf "%-16s %6d %6d\n", $1, $2, $3 }
    END { printf "%-16s %6s %6d\n", "stack", "-", stack }
' | tee "$1/sizes.txt"

awk '
    FNR == 1 { file++ }
    file == 1 && FNR > 1 { size[$1, "flash"] = $2; size[$1, "ram"] = $3 }
    file == 2 && !/^#/ && NF == 3 {
        checked++
        if (!(($1, $2) in size) || size[$1, $2] + 0 == 0) {
            print "FAILED: there is no " $1 " " $2
            failed++
        } else if (size[$1, $2] > $3) {
            print "FAILED: " $1 " " $2 " is " size[$1, $2] ", the budget is " $3
            failed++
        }
    }
    END {
        print checked + 0 " limits, " failed + 0 " exceeded"
        exit failed > 0 || checked == 0
    }
' "$1/sizes.txt" "$budget"
