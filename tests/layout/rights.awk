# Every row of the tables of rights says who may: an event who states it, where
# it goes and who sees it, a room who listens there, a role which view it has.
# What is not said would be nobody, and compile. Rows end where their brackets
# do; comments are none of them.

function complain(what) {
    print FILENAME ":" begun ": " name " does not say " what
}

function has(column) {
    return row ~ ("[.]" column "[ ]*=")
}

function check() {
    if (kind == "EVT") {
        if (!has("from") && !has("from_own"))
            complain("who may state it (.from or .from_own)")
        if (!has("to") && !has("transient"))
            complain("where it goes (.to or .transient)")
        if (!has("transient") && !has("full"))
            complain("who sees all of it (.full)")
    } else if (kind == "ROOM") {
        if (!has("join") && !has("join_own"))
            complain("who may listen (.join or .join_own)")
    } else if (!has("view")) {
        complain("its view of pictures (.view)")
    }
}

FNR == 1 {
    depth = 0
    comment = 0
}

{
    line = $0
    gsub(/\/[*][^*]*[*]\//, "", line)
    if (comment && line !~ /[*]\//)
        next
    sub(/^.*[*]\//, "", line)
    comment = line ~ /\/[*]/
    sub(/\/[*].*$/, "", line)
}

depth == 0 && line ~ /^(EVT|ROOM|ROLE)[(]/ {
    begun = FNR
    row = ""
    kind = name = line
    sub(/[(].*$/, "", kind)
    sub(/^[A-Z]*[(]/, "", name)
    sub(/[,)].*$/, "", name)
    open = 1
}

open {
    row = row " " line
    depth += gsub(/[(]/, "(", line) - gsub(/[)]/, ")", line)
    if (depth == 0) {
        check()
        open = 0
    }
}
