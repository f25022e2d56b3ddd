#include "routes/html.h"

void html_add(struct buf *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': buf_add_str(out, "&amp;"); break;
        case '<': buf_add_str(out, "&lt;"); break;
        case '>': buf_add_str(out, "&gt;"); break;
        case '"': buf_add_str(out, "&quot;"); break;
        case '\'': buf_add_str(out, "&#39;"); break;
        default: buf_add_char(out, *text);
        }
    }
}
