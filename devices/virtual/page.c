#include "devices/virtual/page.h"

#define REFRESH_S 3

const char page_style[] =
        "html { background: #3a4045; color: #e8e8e4;\n"
        "    font: 15px/1.4 system-ui, sans-serif; }\n"
        "body { margin: 0; padding: 1.5rem; }\n"
        "h1 { margin: 0 0 1.5rem; font-size: 1.1rem; font-weight: 600; }\n"
        "main { display: flex; flex-wrap: wrap; gap: 2rem;\n"
        "    align-items: flex-start; }\n"
        "figure { margin: 0; max-width: 100%; }\n"
        /* The shadow is of what the saw-toothed edge leaves. */
        ".paper { filter: drop-shadow(0 5px 9px rgb(0 0 0 / 45%)); }\n"
        ".paper > div { background: #fdfcf7; padding: 22px 18px 30px;\n"
        "    -webkit-mask: conic-gradient(from -45deg at bottom, #0000,\n"
        "        #000 1deg 89deg, #0000 90deg) 50% / 9px 100%;\n"
        "    mask: conic-gradient(from -45deg at bottom, #0000,\n"
        "        #000 1deg 89deg, #0000 90deg) 50% / 9px 100%; }\n"
        ".torn .paper > div { background: linear-gradient(#fdfcf7 70%,\n"
        "    #e7d9c4); }\n"
        "img { display: block; width: 288px; max-width: 100%; height: auto;\n"
        "    mix-blend-mode: multiply; }\n"
        "img.narrow { width: 192px; }\n"
        "img.middle { width: 256px; }\n"
        "figcaption { margin-top: .7rem; font-size: .85rem; opacity: .85; }\n"
        ".torn figcaption { color: #ffb38a; opacity: 1; }\n"
        "pre { overflow-x: auto; font: 12px/1.35 ui-monospace, monospace; }\n"
        "summary { cursor: pointer; }\n";

const char page_icon[] =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\">"
        "<path fill=\"#777\" d=\"M3 1h10v14l-2-2-1.5 2L8 13l-1.5 2L5 13l-2 "
        "2z\"/></svg>\n";

static void put_escaped(FILE *file, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '&')
            fputs("&amp;", file);
        else if (c == '<')
            fputs("&lt;", file);
        else if (c == '>')
            fputs("&gt;", file);
        else if (c == '"')
            fputs("&quot;", file);
        else if (c == '\'')
            fputs("&#39;", file);
        else
            fputc((c < 0x20 && c != '\n') || c == 0x7F ? '?' : c, file);
    }
}

void page_begin(FILE *file, uint32_t count)
{
    fprintf(file,
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width\">\n"
            "<meta http-equiv=\"refresh\" content=\"%d\">\n"
            "<title>Tickets</title>\n"
            "<link rel=\"stylesheet\" href=\"" PAGE_STYLE_FILE "\">\n"
            "<link rel=\"icon\" href=\"" PAGE_ICON_FILE "\">\n"
            "<h1>The newest %u tickets</h1>\n<main>\n",
            REFRESH_S, count);
}

/* As wide as the paper is, at a scale of a half. */
static const char *size_of(uint32_t width)
{
    return width && width <= 432  ? " class=\"narrow\""
           : width && width < 560 ? " class=\"middle\""
                                  : "";
}

void page_put(FILE *file, const struct page_ticket *ticket)
{
    fprintf(file,
            "<figure%s>\n<div class=\"paper\"><div><img%s loading=\"lazy\" "
            "src=\"%s\" alt=\"",
            ticket->is_whole ? "" : " class=\"torn\"", size_of(ticket->width),
            ticket->picture);
    put_escaped(file, ticket->text);
    fprintf(file,
            "\"></div></div>\n<figcaption>%u, %s%s\n<details><summary>"
            "as text</summary><pre>",
            ticket->number, ticket->time,
            ticket->is_whole ? "" : ", not whole");
    put_escaped(file, ticket->text);
    fputs("</pre></details></figcaption>\n</figure>\n", file);
}

void page_end(FILE *file)
{
    fputs("</main>\n</html>\n", file);
}
