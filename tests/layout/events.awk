# Bodies in envelope.proto and rows in catalogue.def are two forms of one list:
# a body's number is 100 more than its row's .wire. Read catalogue.def first.

FNR == 1 {
    file++
}

file == 1 && match($0, /[.]wire = [0-9]+/) {
    rows[substr($0, RSTART + 8, RLENGTH - 8) + 100] = FNR
}

file == 2 && /^ +[A-Z][A-Za-z]+ [a-z_]+ = [0-9]+;/ {
    number = $0
    gsub(/^.*= |;.*$/, "", number)
    if (number > 100 && !(number in rows))
        print FILENAME ":" FNR ": " $2 " has no row in the catalogue"
}
