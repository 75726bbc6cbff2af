# Functions that nobody calls here: without a bound, without an end, with a
# thread, or known to be wrong in the packaged library. Looks at code only,
# not at comments and strings.

BEGIN {
    banned = "(^|[^A-Za-z0-9_])(strcpy|strcat|sprintf|vsprintf|gets|atoi|" \
        "atol|atoll|strtok|strtok_r|alloca|system|popen|cJSON_Duplicate|" \
        "cJSON_GetObjectItem|cJSON_SetValuestring|lws_hdr_custom_[a-z_]+|" \
        "mosquitto_loop_forever|mosquitto_loop_start|pthread_[a-z_]+|" \
        "thrd_create|gethostbyname|mktemp|tmpnam)[ \t]*[(]"
    # How long these take tells how much of a guess was right.
    telling = "(^|[^A-Za-z0-9_])(mem|str|strn|strcase|strncase|b)cmp[ \t]*" \
        "[(][^;]*(password|passwd|secret|token|hash|digest|signature|" \
        "credential|[^a-z]mac[^a-z]|[^a-z]sid[^a-z])"
}

FNR == 1 { inside = 0 }

{
    code = ""
    line = $0
    while (line != "") {
        if (inside) {
            at = index(line, "*/")
            if (!at)
                break
            line = substr(line, at + 2)
            inside = 0
        } else if (match(line, /\/\*|\/\/|"([^"\\]|\\.)*"|'([^'\\]|\\.)*'/)) {
            what = substr(line, RSTART, 2)
            code = code substr(line, 1, RSTART - 1) " "
            rest = substr(line, RSTART + RLENGTH)
            if (what == "//")
                break
            inside = what == "/*"
            line = rest
        } else {
            code = code line
            break
        }
    }
    if (FILENAME !~ /^tests\// && code ~ telling)
        print FILENAME ":" FNR ": a secret is compared by CRYPTO_memcmp"
    if (match(code, banned)) {
        name = substr(code, RSTART, RLENGTH)
        gsub(/[^A-Za-z0-9_]/, "", name)
        # One reader of such headers; the comment there says why it is safe.
        if (name ~ /^lws_hdr_custom_(length|copy)$/ &&
            FILENAME == "bridge/ws/head.c")
            next
        print FILENAME ":" FNR ": " name " is banned"
    }
}
