# Text of others is never code: what makes code of text has one place each,
# where a test looks, and nothing else may. Looks at lines as they stand, for
# it is about strings.

function find(what, why) {
    if ($0 ~ what)
        print FILENAME ":" FNR ": " why
}

FNR == 1 {
    is_web = FILENAME ~ /^devices\/web\//
    is_sql = FILENAME ~ /^hub\/journal/
    # What runs on somebody's terminal, and what it says before it is up.
    speaks = FILENAME ~ "^(bridge/(command|main|demo|loop\\.c|jail/minder)|" \
        "devices/port/posix/|hub/base/log\\.c)"
    heads = FILENAME ~ "^(bridge/ws/(answer|cors|http)|" \
        "devices/port/posix/(claim|out_ipp))\\.c$"
    publishes = FILENAME ~ "^(bridge/mqtt/(uplink|cli)|" \
        "devices/port/posix/link)\\.c$"
}

/^[ \t]*(\*|\/\/|\/\*)/ { next }

# --- SQL: statements are constants, values are bound ---

!is_web {
    find("sqlite3_(v?mprintf|v?snprintf|str_|get_table)", \
        "SQL is not printed, values are bound")
}

is_sql {
    find("(printf|puts|_put[a-z]*)[ \t]*[(].*\"[^\"]*(SELECT|INSERT|UPDATE|" \
        "DELETE|REPLACE|CREATE|DROP|ALTER|ATTACH|PRAGMA|WHERE|VALUES)[ (]", \
        "SQL is not printed, values are bound")
    if ($0 ~ /sqlite3_exec[ \t]*[(]/ && \
        $0 !~ /sqlite3_exec[(][^,]*, (schema|"[^"%]*"),/)
        print FILENAME ":" FNR ": sqlite3_exec wants a constant"
    if ($0 ~ /sqlite3_prepare[_a-z0-9]*[ \t]*[(]/ && \
        $0 !~ /sqlite3_prepare_v3[(][^,]*, sql\[[a-z]+\],/)
        print FILENAME ":" FNR ": statements stand in the table sql[]"
}

# --- the log: one writer, which escapes ---

FILENAME ~ /\.[ch]$/ && !speaks {
    find("(^|[^a-z_])(v?printf|puts|putchar|perror|syslog|v?dprintf)[ \t]*[(]", \
        "only the log speaks, and only it escapes")
    find("(stderr|stdout)[ \t]*[,)]", \
        "only the log speaks, and only it escapes")
}

# --- HTTP: who writes lines of a head ---

FILENAME ~ /\.[ch]$/ && !heads {
    find("\"[^\"]*%[^\"]*\\\\r\\\\n", "heads of HTTP are written in few places")
}

# --- MQTT: who hands a topic to the broker ---

FILENAME ~ /\.[ch]$/ && !publishes {
    find("mosquitto_(publish|subscribe)(_v5)?[ \t]*[(]", \
        "topics are handed on in few places, see topics.h")
}

# --- pages: text becomes text, and code comes from files ---

FILENAME ~ /\.js$/ {
    find("innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|srcdoc|" \
        "document\\.write|createContextualFragment|DOMParser", \
        "markup is not made of text, see ui/dom.js")
    find("(^|[^a-zA-Z_.])(eval|Function)[ \t]*[(]|import[(][^')]", \
        "code is not made of text")
    find("set(Timeout|Interval)[(][ \t]*['\"`]|javascript:", \
        "code is not made of text")
    find("setAttribute[(][ \t]*['\"`](on|style|src|href|action)|\\.cssText|" \
        "\\.(href|src|action|formAction)[ \t]*=[^=]", \
        "addresses and listeners are not made of text")
}

FILENAME ~ /\.html$/ {
    find("[ \"'](on[a-z]+|style|srcdoc)=|^(on[a-z]+|style)=|javascript:", \
        "the policy stops what stands in an attribute")
    find("<(script|style)>|<script [^>]*>[^<]|<base|<iframe|<object|<embed", \
        "scripts and styles have files of their own")
    find("(src|href)=[\"']?(//|[a-z]+:)", "pages ask nobody but the daemon")
}
