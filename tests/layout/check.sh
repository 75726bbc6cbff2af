#!/bin/sh
# Does the source keep to its layout? Rings (who may include whom), doors (who
# may use which library), banned functions, tests for every source, rights for
# every event, paths that the README names. Prints each violation; the last line
# sums up. With a folder as argument it checks that one instead of the project's
# own.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/../..}"

rules=0
violations=0

# run NAME FILE: one rule; FILE holds its violations, one a line.
rule() {
    rules=$((rules + 1))
    if [ -s "$2" ]; then
        sed "s/^/$1: /" "$2"
        violations=$((violations + $(wc -l <"$2")))
        broken=$((broken + 1))
    fi
}
broken=0
found=$(mktemp)
trap 'rm -f "$found"' EXIT

sources() {
    find "$@" \( -name '*.c' -o -name '*.h' \) 2>/dev/null | sort
}
all=$(sources schemas hub bridge devices)
tests=$(sources tests | grep -v node_modules || true)
pages=$(find devices/web \( -name '*.js' -o -name '*.html' \) 2>/dev/null |
    sort)

# shellcheck disable=SC2086 # lists of our own file names, without spaces
{
    awk -f "$here/rings.awk" $all >"$found"
    rule ring "$found"
    awk -f "$here/doors.awk" $all >"$found"
    rule door "$found"
    awk -f "$here/banned.awk" $all $tests >"$found"
    rule banned "$found"
    awk -f "$here/sinks.awk" $all $pages >"$found"
    rule sink "$found"
}

# A header stands alone: its own source includes it first.
for file in $all; do
    header=${file%.c}.h
    case $file in *.h) continue ;; esac
    [ -f "$header" ] || continue
    first=$(awk '/^#include/ { print $2; exit }' "$file")
    [ "$first" = "\"$header\"" ] ||
        echo "$file: its own header comes first, not $first"
done >"$found"
rule header "$found"

# Each source of the hub and the bridge has its test, or a reason why not.
# tests/hub/test_state.c counts for hub/state_order.c too, and the test named
# for a folder for all of it.
test_of() {
    dir=tests/$(dirname "$1")
    stem=$(basename "$1" .c)
    until [ -f "$dir/test_$stem.c" ]; do
        case $stem in
        *_*) stem=${stem%_*} ;;
        "$(basename "$dir")") return 1 ;;
        *) stem=$(basename "$dir") ;;
        esac
    done
    echo "$dir/test_$stem.c"
}
excused() {
    awk -v file="$1" '$1 == file && NF > 1 { found = 1 }
        END { exit !found }' "$here/untested.txt"
}
for file in $all; do
    case $file in hub/*.c | bridge/*.c) ;; *) continue ;; esac
    own=tests/$(dirname "$file")/test_$(basename "$file")
    if excused "$file"; then
        [ ! -f "$own" ] || echo "$file: has a test; take it out of untested.txt"
    elif ! test_of "$file" >/dev/null; then
        echo "$file: has no $own, no excuse either"
    fi
done >"$found"
awk '/^[^#]/ && NF { print $1 }' "$here/untested.txt" | while read -r file; do
    [ -f "$file" ] || echo "untested.txt: there is no $file"
done >>"$found"
rule test "$found"

# One name, one function: in a static library the linker takes the first of
# two without a word.
# shellcheck disable=SC2046 # names without spaces
awk '/^[a-z].*[(]/ && !/^(static|typedef)/ {
        name = $0
        sub(/[(].*$/, "", name)
        sub(/^.*[ *]/, "", name)
        if (name in first && first[name] != FILENAME)
            print FILENAME ": " name " is also in " first[name]
        first[name] = FILENAME
    }' $(echo "$all" | grep '\.h$') >"$found"
rule name "$found"

# No event, room or role without its rights, and no body without an event. The
# rules are tried first on a row that says nothing.
if [ -f schemas/catalogue.def ]; then
    {
        [ "$(echo 'EVT(ANY, .name = "any")' | awk -f "$here/rights.awk" |
            wc -l)" -eq 3 ] || echo "rights.awk lets a row without rights pass"
        for table in catalogue rooms roles; do
            awk -f "$here/rights.awk" "schemas/$table.def"
        done
        awk -f "$here/events.awk" schemas/catalogue.def schemas/envelope.proto
    } >"$found"
    rule rights "$found"
fi

# What the documents name in backquotes or links is there; a module may be
# named without its .c or .h.
for doc in CHANGELOG.md CONTRIBUTING.md README.md SECURITY.md */README.md */*/README.md; do
    [ -f "$doc" ] || continue
    grep -oE '[`(](schemas|hub|bridge|devices|tests|deploy)/[A-Za-z0-9_./-]*[`)]' \
        "$doc" | tr -d '`()' | sort -u | while read -r path; do
        [ -e "$path" ] || [ -e "$path.c" ] || [ -e "$path.h" ] ||
            echo "$doc: there is no $path"
    done
done >"$found"
rule path "$found"

# Not a rule: long files want a look.
for file in $all; do
    lines=$(wc -l <"$file")
    [ "$lines" -le 400 ] || echo "note: $file has $lines lines"
done

echo "layout: $((rules - broken)) rules hold, $broken broken" \
    "($violations violations)"
[ "$broken" -eq 0 ]
