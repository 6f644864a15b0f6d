/* What stands at / until a page is built in: the name of the interface, and that there is no page. */
#include "serve/parts.h"

static const char page[] = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta "
                           "charset=\"utf-8\"><title>dens</title></head>\n<body>\n<h1>dens</h1>\n"
                           "<p>The server runs. It has no page yet; programs speak to it under <a "
                           "href=\"/api/v1/\">/api/v1/</a>, as "
                           "<code>schema/openapi.yaml</code> tells.</p>\n"
                           "<p>Decision support for professionals and for research; not a certified medical "
                           "device.</p>\n</body>\n</html>\n";

void index_page(Call *call)
{
    call->reply->type = "text/html; charset=utf-8";
    text_add(&call->reply->body, page);
}
