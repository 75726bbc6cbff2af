# What an image costs, from the linker's map (-Wl,-Map): bytes of flash (code
# and constants, and the first values of variables) and of memory (variables),
# one line for each part and the sums that budget.txt has limits for:
#
#   NAME FLASH RAM
#
# Parts are told by the object files' names, which build.sh has from the
# sources': see part().

function hex(text,    i, value) {
    text = tolower(substr(text, 3))
    for (i = 1; i <= length(text); i++)
        value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
    return value
}

function part(object) {
    if (object ~ /libc\.a|libgcc\.a|crt0/)
        return "c-library"
    sub(/.*\//, "", object)
    sub(/\.o$/, "", object)
    if (object == "protobuf-c")
        return "protobuf-c"
    if (object ~ /\.pb-c$/ || object == "rooms")
        return "schemas"
    if (object ~ /^(main|board|frame|uart|kinds_[a-z]*)$/)
        return "board"
    if (object ~ /^(pager|waiter|buzzer|button|bumpbar|ladder)$/)
        return "kind"
    if (object == "divide")
        return "c-library"
    return "core"
}

# A variable of main.c that is somebody else's: see there.
function owner(section, object) {
    if (section == ".bss.device")
        return "core"
    if (section ~ /^\.bss\.(message|arena)$/)
        return "receive-buffer"
    if (section == ".bss.state")
        return "" # its size is that of the largest kind: the board says it
    return part(object)
}

/^Linker script and memory map/ { on = 1 }

on && /^ \.[a-z]/ {
    section = $1
    if (NF == 1)
        getline
    else
        $1 = ""
    $0 = $0
    address = $1
    size = hex($2)
    object = $3
    if (address ~ /^0x0+$/ || $2 !~ /^0x/ || size == 0)
        next
    in_flash = section ~ /^\.(text|rodata|srodata|init)/
    has_value = section ~ /^\.(data|sdata)/
    in_memory = section ~ /^\.(bss|sbss)/
    if (!in_flash && !has_value && !in_memory)
        next
    name = owner(section, object)
    if (name == "")
        next
    if (in_flash || has_value)
        flash[name] += size
    if (in_memory || has_value)
        memory[name] += size
}

END {
    count = split("core schemas protobuf-c c-library kind board receive-buffer",
        names, " ")
    for (i = 1; i <= count; i++) {
        print names[i], flash[names[i]] + 0, memory[names[i]] + 0
        whole += flash[names[i]]
    }
    print "core+protobuf-c", \
        flash["core"] + flash["schemas"] + flash["protobuf-c"], \
        memory["core"] + memory["schemas"] + memory["protobuf-c"] + \
        memory["c-library"]
    print "all", whole, 0
}
