#!/bin/sh
# Where protobuf-c's own C file is: prints a folder that has
# protobuf-c/protobuf-c.c, of the version of the headers that are installed.
# PROTOBUF_C_SOURCE_DIR names one; else it is fetched into FOLDER, once, from
# where this machine has its packages from, checked by apt's own signatures.
# Nothing of the machine is changed and no root is needed. Ends with 77 when
# there is none to be had.
#
#   sh devices/port/rv32/protobuf_c.sh FOLDER
set -eu
[ $# -eq 1 ] || {
    echo "usage: protobuf_c.sh FOLDER" >&2
    exit 64
}
name=protobuf-c/protobuf-c.c

if [ -n "${PROTOBUF_C_SOURCE_DIR:-}" ]; then
    [ -f "$PROTOBUF_C_SOURCE_DIR/$name" ] || {
        echo "PROTOBUF_C_SOURCE_DIR: no $name in it" >&2
        exit 77
    }
    echo "$PROTOBUF_C_SOURCE_DIR"
    exit 0
fi

version=$(dpkg-query -W -f '${source:Version}' libprotobuf-c-dev) || exit 77
folder=$1/protobuf-c-$version
if [ -f "$folder/$name" ]; then
    echo "$folder"
    exit 0
fi

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
mkdir -p "$made/parts" "$made/lists/partial" "$made/cache/archives/partial" \
    "$made/source" "$1"
: >"$made/sources.list"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -f "$file" ] || sed -n 's/^[ \t]*deb[ \t]/deb-src /p' "$file" \
        >"$made/parts/$(basename "$file" .list).list"
done
for file in /etc/apt/sources.list.d/*.sources; do
    [ ! -f "$file" ] || sed 's/^[Tt]ypes:.*/Types: deb-src/' "$file" \
        >"$made/parts/$(basename "$file")"
done

# apt COMMAND...: with its files in $made; it may take two minutes.
apt() {
    timeout 120 apt-get -q -o APT::Sandbox::User=root \
        -o Dir::Etc::sourcelist="$made/sources.list" \
        -o Dir::Etc::sourceparts="$made/parts" \
        -o Dir::State::lists="$made/lists" -o Dir::Cache="$made/cache" "$@" \
        >>"$made/apt.log" 2>&1
}
apt update || true # one source of several may be down
(cd "$made/source" && apt source --download-only "protobuf-c=$version") || {
    tail -n 5 "$made/apt.log" >&2
    echo "the source of protobuf-c $version cannot be had; set" \
        "PROTOBUF_C_SOURCE_DIR" >&2
    exit 77
}
mkdir "$made/unpacked"
tar -C "$made/unpacked" --strip-components=1 -xf \
    "$(find "$made/source" -name '*.orig.tar.*' ! -name '*.asc')"
[ -f "$made/unpacked/$name" ]
mkdir -p "$folder/protobuf-c"
cp "$made"/unpacked/protobuf-c/protobuf-c.[ch] "$made/unpacked/LICENSE" \
    "$folder/protobuf-c/"
echo "$folder"
