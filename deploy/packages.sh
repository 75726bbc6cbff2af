# Sourced by the scripts: packages_need SECTION... installs what is missing of
# these sections of packages.txt. Nothing missing: no network, no root.

packages_list() {
    for section in "$@"; do
        awk -v section="[$section]" '/^\[/ { on = $0 == section; next }
            on && NF && !/^#/ { print $1 }' deploy/packages.txt
    done
}

packages_missing() {
    for package in $(packages_list "$@"); do
        status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
        [ "$status" = "install ok installed" ] || echo "$package"
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "this needs root: run it as root, or install sudo" >&2
        return 77
    fi
}

# Our daemon starts a broker of its own. Installing the package would start
# the system's, on the same port; where it was not there before, it stays off.
mosquitto_hold() {
    [ -d /run/systemd/system ] && as_root systemctl mask mosquitto.service
}

mosquitto_release() {
    as_root systemctl unmask mosquitto.service
    as_root systemctl disable mosquitto.service
}

packages_need() {
    command -v dpkg-query >/dev/null || {
        echo "this script knows Debian 12 only; install by hand what" \
            "deploy/packages.txt lists" >&2
        return 69
    }
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086 # names without spaces
    echo "installing:" $missing
    held=no
    case " $(echo "$missing" | tr '\n' ' ') " in
    *" mosquitto "*) mosquitto_hold >/dev/null 2>&1 && held=yes ;;
    esac
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update \
        </dev/null || return
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y \
        --no-install-recommends $missing </dev/null || return
    [ "$held" = no ] || mosquitto_release >/dev/null 2>&1 || true
}
