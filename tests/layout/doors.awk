# One door for each library: which header of others may be included where.

BEGIN {
    door["sqlite3.h"] = "^hub/journal"
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
    door["stdlib.h"] = "^(schemas|hub|bridge|devices/port)/"
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
