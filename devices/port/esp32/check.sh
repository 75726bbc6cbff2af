#!/bin/sh
# Does the port compile against ESP-IDF? Every source of the firmware is read by
# the RISC-V compiler, as for an ESP32-C3, with the public headers of a
# checked-out ESP-IDF; nothing of ESP-IDF is compiled, and nothing is linked.
#
#   sh devices/port/esp32/check.sh IDF_DIR [MQTT_DIR [PROVISIONING_DIR]]
#
# MQTT_DIR: a checkout of esp-mqtt, which ESP-IDF up to 5.x has as a submodule.
# PROVISIONING_DIR: the component network_provisioning. Without them, what
# idf.py has fetched for this project. A source whose headers are not there (of
# these two, lwip or mbedtls) is named as skipped. The C library's headers are
# the compiler's; sdkconfig.h is made of sdkconfig.defaults, Kconfig.projbuild
# and check.defaults. The last line sums up; it fails if a source does not
# compile, or none could be read.
set -eu
if [ $# -lt 1 ] || [ $# -gt 3 ]; then
    echo "usage: $0 IDF_DIR [MQTT_DIR [PROVISIONING_DIR]]" >&2
    exit 64
fi
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
idf=$(cd "$1" && pwd)
chip=esp32c3
cc=${CC_ESP32:-riscv64-unknown-elf-gcc}
[ -d "$idf/components" ] || {
    echo "$idf: no ESP-IDF" >&2
    exit 66
}
mqtt=$idf/components/mqtt/esp-mqtt
[ -d "$mqtt/include" ] || mqtt=$here/managed_components/espressif__mqtt
[ $# -lt 2 ] || mqtt=$(cd "$2" && pwd)
provisioning=$here/managed_components/espressif__network_provisioning
[ $# -lt 3 ] || provisioning=$(cd "$3" && pwd)

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# --- what a build would make ---

# NAME=value lines of a defaults file -> #define; n is not defined.
defines() {
    sed -n -e 's/^\(CONFIG_[A-Z0-9_]*\)=y$/#define \1 1/p' \
        -e '/=n$/d' -e '/=y$/d' \
        -e 's/^\(CONFIG_[A-Z0-9_]*\)=\(.*\)$/#define \1 \2/p' "$1"
}

# Our own menu as it is by default on this chip: of each option the first
# default without a condition, of the choice its default.
menu() {
    awk '
        $1 == "choice" { choice = 1; next }
        $1 == "endchoice" { choice = 0; next }
        $1 == "config" { name = $2; done = choice; next }
        $1 == "default" && choice && name == "" {
            print "#define CONFIG_" $2 " 1"; next
        }
        $1 == "default" && NF == 2 && !done && name != "" {
            value = $2 == "y" ? 1 : $2
            if (value != "n")
                print "#define CONFIG_" name " " value
            done = 1
        }' "$here/main/Kconfig.projbuild"
}

{
    echo '#pragma once'
    defines "$here/sdkconfig.defaults"
    defines "$here/check.defaults"
    menu
} >"$tmp/sdkconfig.h"

# ESP-IDF 5.x comes with newlib. With another C library this is all of it that
# its headers ask for.
mkdir -p "$tmp/libc/sys"
cat >"$tmp/libc/sys/reent.h" <<'END'
#pragma once
struct _reent {
    int _errno;
};
END
echo '#include <sys/reent.h>' >"$tmp/libc/reent.h"

(cd "$root" && protoc-c -I. --c_out="$tmp" schemas/*.proto)

# --- where the headers are ---

for dir in "$idf"/components/*/include "$idf"/components/*/"$chip"/include \
    "$idf"/components/*/include/"$chip" "$idf"/components/*/"$chip" \
    "$idf"/components/*/"$chip"/register "$idf"/components/*/interface \
    "$idf"/components/esp_hw_support/*/include \
    "$idf"/components/*/platform_include "$idf"/components/*/platform_port/include \
    "$idf"/components/freertos/config/include \
    "$idf"/components/freertos/config/include/freertos \
    "$idf"/components/freertos/config/riscv/include \
    "$idf"/components/freertos/FreeRTOS-Kernel/include \
    "$idf"/components/freertos/FreeRTOS-Kernel/portable/riscv/include \
    "$idf"/components/freertos/FreeRTOS-Kernel/portable/riscv/include/freertos \
    "$idf"/components/freertos/esp_additions/include \
    "$idf"/components/esp_hw_support/include/soc \
    "$idf"/components/esp_hw_support/include/soc/$chip \
    "$idf"/components/esp_hw_support/port/$chip/include \
    "$idf"/components/hal/platform_port/include \
    "$idf"/components/lwip/port/include \
    "$idf"/components/lwip/port/freertos/include \
    "$idf"/components/lwip/port/esp32xx/include \
    "$idf"/components/lwip/include/apps \
    "$idf"/components/lwip/lwip/src/include \
    "$idf"/components/mbedtls/mbedtls/include \
    "$idf"/components/mbedtls/port/include \
    "$idf"/components/protocomm/include/common \
    "$idf"/components/protocomm/include/security \
    "$idf"/components/protocomm/include/transports \
    "$idf"/components/protocomm/include/crypto/srp6a \
    "$mqtt/include" "$provisioning/include"; do
    case $dir in
    */components/linux/*) ;; # ESP-IDF on a PC
    *) [ ! -d "$dir" ] || echo "$dir" ;;
    esac
done >"$tmp/dirs"

# protobuf-c is ESP-IDF's, or where its submodule is missing the same of here.
ours=$idf/components/protobuf-c/protobuf-c
[ -f "$ours/protobuf-c/protobuf-c.h" ] || {
    ours=$tmp/protobuf
    mkdir -p "$ours/protobuf-c"
    cp /usr/include/protobuf-c/protobuf-c.h "$ours/protobuf-c/"
}

set -- -march=rv32imc -mabi=ilp32 -std=gnu11 -fsyntax-only -Wall -Wextra \
    -Werror -D_GNU_SOURCE -DESP_PLATFORM -DIDF_VER=\"check\" \
    -DDEVICE_MESSAGE_BYTES=CONFIG_DW_MESSAGE_BYTES \
    -DDEVICE_ARENA_BYTES=CONFIG_DW_ARENA_BYTES \
    -idirafter "$tmp/libc" -include "$tmp/sdkconfig.h" -include sys/types.h "-I$root" "-isystem$tmp" "-isystem$ours"
libc=/usr/lib/picolibc/riscv64-unknown-elf/include
[ ! -d "$libc" ] || set -- "$@" "-idirafter" "$libc"
while read -r dir; do
    set -- "$@" "-isystem$dir"
done <"$tmp/dirs"

# Limits and kinds stand in the component's own list.
component=$here/components/dumbwaiter/CMakeLists.txt
# shellcheck disable=SC2013 # words without spaces
for limit in $(grep -o 'DEVICE_[A-Z_]*=[0-9][0-9]*' "$component"); do
    set -- "$@" "-D$limit"
done

# --- each source ---

read_ok=0
read_bad=0
skipped=0

# read_source FILE WHAT OPTION...
read_source() {
    name="${1#"$root"/}$2"
    file=$1
    shift 2
    if "$cc" "$@" "$file" >"$tmp/said" 2>&1; then
        read_ok=$((read_ok + 1))
        return
    fi
    missing=$(sed -n 's/.*fatal error: \(.*\): No such file or directory$/\1/p' \
        "$tmp/said" | head -n 1)
    case $missing in
    lwip/* | mbedtls/* | mqtt_client.h | network_provisioning/*)
        echo "skipped: $name: there is no <$missing>"
        skipped=$((skipped + 1))
        ;;
    *)
        cat "$tmp/said"
        read_bad=$((read_bad + 1))
        ;;
    esac
}

for source in "$here"/main/*.c "$here"/logic/*.c "$root"/devices/core/*.c \
    "$root"/schemas/rooms.c "$root"/devices/port/posix/credential.c; do
    read_source "$source" "" "$@"
done
# shellcheck disable=SC2013
for kind in $(sed -n 's/^set(kinds \(.*\))$/\1/p' "$component"); do
    read_source "$root/devices/kinds/$kind.c" "" "$@"
done

# Once more for a board on which there is nothing but a key.
{
    sed -n 's/^#define \(CONFIG_DW_GPIO_[A-Z]*\) .*/#undef \1\n#define \1 -1/p' \
        "$tmp/sdkconfig.h"
    printf '#undef CONFIG_DW_GPIO_KEY\n#define CONFIG_DW_GPIO_KEY 4\n'
    printf '#undef CONFIG_DW_DISPLAY\n#undef CONFIG_DW_BROKER_TLS\n'
    printf '#undef CONFIG_DW_KIND_PAGER\n#define CONFIG_DW_KIND_BUTTON 1\n'
} >"$tmp/bare.h"
for source in "$here"/main/*.c; do
    read_source "$source" " (bare)" "$@" -include "$tmp/bare.h"
done

echo "esp32: $read_ok sources compile, $read_bad do not, $skipped skipped"
[ "$read_bad" -eq 0 ] && [ "$read_ok" -gt 0 ]
