# The texts of templates/*.receipt as a table in C: cmake -DOUT=... -DTEMPLATES=...
set(rows "")
set(arrays "")
foreach(file ${TEMPLATES})
    get_filename_component(name ${file} NAME_WE)
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "(..)" "'\\\\x\\1', " bytes "${hex}")
    string(APPEND arrays "static const char ${name}_text[] = { ${bytes}0 };\n")
    string(APPEND rows "    { \"${name}\", ${name}_text },\n")
endforeach()
file(WRITE ${OUT} "#include \"devices/ticket/templates.h\"\n\n${arrays}
const struct template_source ticket_builtin[] = {\n${rows}    { 0, 0 },\n};\n")
