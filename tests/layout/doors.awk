# One door for each library: which header of others may be included where.

BEGIN {
    door["sqlite3.h"] = "^(hub/journal|devices/port/posix/spool)"
    door["protobuf-c/"] = "^(schemas/|hub/evt/|" \
        "bridge/(dialect|rest|catalogue)/|devices/core/)"
    door["cjson/"] = "^bridge/(dialect|rest|catalogue|wires)/"
    door["cJSON.h"] = "^bridge/(dialect|rest|catalogue|wires)/"
    door["mosquitto.h"] = "^(bridge/mqtt/|devices/port/posix/)"
    door["libwebsockets.h"] = "^bridge/ws/"
    door["uv.h"] = "^bridge/"
    door["curl/"] = "^bridge/hook/"
    door["jwt.h"] = "^bridge/auth"
    door["cyaml/"] = "^bridge/(config|auth_issuers)"
    door["openssl/"] = "^bridge/"
    door["seccomp.h"] = "^bridge/jail/"
    door["linux/landlock.h"] = "^bridge/jail/"
    door["utf8proc.h"] = "^devices/paper/"
    door["qrencode.h"] = "^devices/paper/"
    door["png.h"] = "^devices/virtual/"
    door["ft2build.h"] = "^devices/port/posix/glyphs"
    door["hb.h"] = "^devices/port/posix/glyphs"
    door["hb-ft.h"] = "^devices/port/posix/glyphs"
    door["fribidi.h"] = "^devices/port/posix/glyphs"
    door["fontconfig/"] = "^devices/port/posix/glyphs"
    door["microhttpd.h"] = "^devices/port/posix/pull"
    door["uthash.h"] = "^hub/"
    door["utlist.h"] = "^hub/"
    # No threads anywhere; no clock and no sockets in the hub but for the
    # time in a line of the log; no world at all in a device's core.
    door["pthread.h"] = "^$"
    door["threads.h"] = "^$"
    door["time.h"] = "^(bridge/|devices/port/|hub/base/log\\.c$)"
    door["sys/time.h"] = "^(bridge/|devices/port/)"
    door["sys/socket.h"] = "^(bridge/|devices/port/)"
    door["netinet/"] = "^(bridge/|devices/port/)"
    door["arpa/"] = "^(bridge/|devices/port/)"
    door["stdlib.h"] = "^(schemas|hub|bridge|devices/port|devices/virtual)/"
    door["unistd.h"] = "^(hub|bridge|devices/port)/"
}

/^[ \t]*#[ \t]*include[ \t]*</ {
    header = $0
    sub(/^[^<]*</, "", header)
    sub(/>.*$/, "", header)
    for (name in door)
        if ((header == name || name ~ /\/$/ && index(header, name) == 1) && \
            FILENAME !~ door[name])
            print FILENAME ":" FNR ": <" header "> has its door elsewhere"
}
