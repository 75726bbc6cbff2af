#!/bin/sh
# Build the firmware of the 32-bit board: FOLDER/pager.elf, which is a pager and
# nothing else, and FOLDER/devices.elf with every kind that needs no paper.
# Ends with 77 where something that is needed is not there.
#
#   sh devices/port/rv32/build.sh FOLDER
set -eu
[ $# -eq 1 ] || {
    echo "usage: build.sh FOLDER" >&2
    exit 64
}
cd "$(dirname "$0")/../../.."
out=$1
here=devices/port/rv32
cross=riscv64-unknown-elf-
specs=$(find /usr/lib/picolibc/riscv64-unknown-elf -name picolibc.specs \
    2>/dev/null | head -n 1)

for tool in "${cross}gcc" protoc-c; do
    command -v "$tool" >/dev/null || {
        echo "there is no $tool" >&2
        exit 77
    }
done
[ -n "$specs" ] || {
    echo "there is no picolibc" >&2
    exit 77
}
mkdir -p "$out"
protobuf_c=$(sh $here/protobuf_c.sh "$out") || exit $?

# What the vocabulary has that a pager neither hears nor reads. It passes over
# what it does not know, as it does with a newer hub's.
PAGER_LACKS="order_created service_call_created service_call_handled \
print_requested print_released escalation_raised escalation_stepped \
escalation_resolved"

# schemas FOLDER [NAME...]: the bodies, without the names of their fields, which
# nobody reads there; and without these of the notification, nor whole orders.
schemas() {
    to=$1
    shift
    mkdir -p "$to/proto/schemas"
    for proto in schemas/*.proto; do
        sed '/^package dw;/a option optimize_for = CODE_SIZE;' "$proto" \
            >"$to/proto/$proto"
    done
    [ $# -eq 0 ] || sed -i '/optional Order order = /d' \
        "$to/proto/schemas/order.proto"
    for name in "$@"; do
        sed -i "/ $name = /d" "$to/proto/schemas/notification.proto"
    done
    # It warns of imports that nothing is taken from any more.
    protoc-c -I"$to/proto" --c_out="$to" "$to"/proto/schemas/*.proto \
        2>"$to/protoc.log" || {
        cat "$to/protoc.log" >&2
        exit 1
    }
}

# Plain rv32imc: with an extension more in its name the C library's files for
# another machine are taken.
flags="-march=rv32imc -mabi=ilp32 -std=c11 -D_GNU_SOURCE -Os -g \
-ffunction-sections -fdata-sections -fstack-usage --specs=$specs \
-DPICOLIBC_INTEGER_PRINTF_SCANF -I$here/system -I. -include $here/limits.h"
strict="-Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wstrict-prototypes \
-Wmissing-prototypes -Wvla -Wwrite-strings -Wconversion -Wno-sign-conversion"

# image NAME SOURCE...: the board with these kinds.
image() {
    name=$1
    shift
    to=$out/$name
    rm -f "$to"/*.o "$to"/*.su
    for source in "$@" devices/core/*.c schemas/rooms.c \
        $here/main.c $here/board.c $here/frame.c $here/uart.c \
        $here/divide.c; do
        # shellcheck disable=SC2086 # lists of flags
        "${cross}gcc" $flags $strict -isystem "$to" -isystem "$protobuf_c" \
            -c "$source" -o "$to/$(basename "$source" .c).o"
    done
    for source in "$protobuf_c/protobuf-c/protobuf-c.c" "$to"/schemas/*.c; do
        case $source in */envelope.pb-c.c) continue ;; esac
        # shellcheck disable=SC2086
        "${cross}gcc" $flags -I"$to" -I"$protobuf_c" -c "$source" \
            -o "$to/$(basename "$source" .c).o"
    done
    # shellcheck disable=SC2086
    "${cross}gcc" $flags "$to"/*.o --crt0=minimal -o "$out/$name.elf" \
        -Wl,--gc-sections,-Map="$out/$name.map" \
        -Wl,--defsym=__flash=0x80000000,--defsym=__flash_size=0x20000 \
        -Wl,--defsym=__ram=0x80200000,--defsym=__ram_size=0x10000
}

# shellcheck disable=SC2086 # names without spaces
schemas "$out/pager" $PAGER_LACKS
schemas "$out/devices"
image pager devices/kinds/pager.c $here/kinds_pager.c
image devices devices/kinds/pager.c devices/kinds/waiter.c \
    devices/kinds/buzzer.c devices/kinds/button.c devices/kinds/bumpbar.c \
    devices/kinds/ladder.c \
    $here/kinds_all.c
