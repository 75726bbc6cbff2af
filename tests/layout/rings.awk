# Which of our own headers a file may include, by where it lies. The rings go
# from the words inside to the program outside; a file may include inwards.

# The patterns of what `file` may include, as one regular expression.
function allowed(file) {
    if (file ~ /^schemas\//)
        return "^schemas/"
    if (file ~ /^hub\/base\//)
        return "^hub/base/"
    if (file ~ /^hub\/evt\//)
        return "^(schemas|hub/base|hub/evt)/"
    if (file ~ /^hub\/(hub|outlet)[^\/]*$/)
        return "^(schemas|hub)/"
    if (file ~ /^hub\//) {
        # A stage: not the other stages, but some read the picture.
        stage = file
        sub(/^hub\//, "", stage)
        sub(/[_.].*$/, "", stage)
        if (stage ~ /^(validate|derive|escalate|route)$/)
            return "^((schemas|hub/base|hub/evt)/|hub/state\\.h$|hub/" \
                stage "[_.]" (stage == "escalate" ? "|hub/ladder\\.def$" : "") \
                ")"
        return "^((schemas|hub/base|hub/evt)/|hub/" stage "[_.])"
    }
    if (file ~ /^bridge\/(auth|tls|wire)[^\/]*$/ || \
        file ~ /^bridge\/(dialect|rest|catalogue|wires)\//)
        return "^((schemas|hub/base|hub/evt|" \
            "bridge/(dialect|rest|catalogue|wires))/|" \
            "bridge/(auth|tls|wire)[^/]*$)"
    if (file ~ /^bridge\/jail\//)
        return "^(hub/base|bridge/jail)/"
    if (file ~ /^bridge\/(mqtt|ws|hook|submit)\//) {
        # Transports, not each other, and what they submit with.
        folder = file
        sub(/^bridge\//, "", folder)
        sub(/\/.*$/, "", folder)
        return "^((schemas|hub/base|hub/evt|" \
            "bridge/(dialect|rest|wires|submit|" folder "))/|" \
            "hub/(hub|outlet)\\.h$|bridge/(auth|tls|wire)[^/]*$" \
            (folder == "mqtt" ? "|bridge/jail/minder\\.h$" : "") ")"
    }
    if (file ~ /^bridge\//)
        return "^(schemas|hub|bridge|devices)/"
    if (file ~ /^devices\/core\//)
        return "^(schemas|devices/core)/"
    if (file ~ /^devices\/paper\//)
        return "^(schemas|devices/core|devices/paper)/"
    if (file ~ /^devices\/ticket\//)
        return "^(schemas|devices/core|devices/paper|devices/ticket)/"
    if (file ~ /^devices\/virtual\//)
        return "^(schemas|devices/core|devices/paper|devices/virtual)/"
    if (file ~ /^devices\/kinds\//)
        return "^(schemas|devices/(core|paper|ticket|kinds))/"
    return "^(schemas|devices)/"
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, part, "\"")
    if (part[2] !~ /\//)
        print FILENAME ":" FNR ": \"" part[2] "\" is not from the root"
    else if (part[2] !~ allowed(FILENAME))
        print FILENAME ":" FNR ": may not include \"" part[2] "\""
}
