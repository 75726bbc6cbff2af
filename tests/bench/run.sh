#!/bin/sh
# Benchmarks of the release build: `sh tests/bench/run.sh [NAME]` with
# fanout, commit, idle or socketio; all of them without. Not part of tests/run.sh: figures are no verdict.
set -eu
cd "$(dirname "$0")/../.."
out=build/bench
program=build/release/dumbwaiter
mkdir -p "$out"
PATH=$PATH:/usr/sbin # mosquitto
export PATH

[ -x "$program" ] || {
    cmake --preset release >"$out/build.log"
    cmake --build build/release --target dumbwaiter >>"$out/build.log"
}

# compile NAME FILE...: libraries by what the files need
compile() {
    name=$1
    libraries=
    sources=
    for file in "$@" base child daemon; do
        sources="$sources tests/bench/$file.c"
        case $file in
        producer) libraries="$libraries libmosquitto" ;;
        bare) libraries="$libraries sqlite3" ;;
        esac
    done
    # shellcheck disable=SC2046,SC2086 # flags and names without spaces
    cc -std=c11 -D_GNU_SOURCE -O2 -g1 -Wall -Wextra -Werror -Wshadow \
        -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wvla \
        -Wwrite-strings -Wconversion -Wno-sign-conversion -I. \
        -o "$out/$name" $sources \
        ${libraries:+$(pkg-config --cflags --libs $libraries)}
}

# run NAME ARGUMENT...: in a folder of its own, on the disk of the build
run() {
    name=$1
    shift
    folder=$(mktemp -d "$PWD/$out/run.XXXXXX")
    trap 'rm -rf "$folder"' EXIT
    "$out/$name" "$program" "$folder" "$@"
    rm -rf "$folder"
    trap - EXIT
    echo
}

fanout() {
    compile fanout load crowd producer floor trace
    run fanout 200 200
    run fanout 1000 100
}

commit() {
    compile commit load crowd producer bare trace
    run commit 4000
}

idle() {
    compile idle crowd
    run idle 1000 4000
}

socketio() {
    [ -d tests/node_modules/socket.io ] || (cd tests && npm ci >/dev/null)
    compile socketio load crowd pollers producer reference
    run socketio 500 2500 1000 100
}

for name in ${1:-fanout commit idle socketio}; do
    "$name"
done
