/* Pictures of a diagnosis: phantoms through the lesion, drawn when they are asked for. They are synthetic and
 * say so where they are shown. */
#include "phantom/phantom.h"
#include "report/sheet.h"
#include "serve/parts.h"

#include <errno.h>
#include <stdlib.h>

enum { MOST_SEED = 1000000 };

static bool read_seed(Call *call, uint64_t *out)
{
    const char *text = http_query(call->request, "seed");
    char *end = NULL;
    errno = 0;
    long long seed = text ? strtoll(text, &end, 10) : 1;
    if (text && (errno || end == text || *end || seed < 0 || seed > MOST_SEED)) {
        return problem(call, 400, "seed must be a whole number from 0 to %d", MOST_SEED);
    }
    *out = (uint64_t)seed;
    return true;
}

static void picture(Call *call)
{
    const char *series = http_query(call->request, "series");
    int index = vocabulary_find_diagnosis(knowledge_vocabulary(call->serve->whole), call->parts[0]);
    uint64_t seed = 0;
    unsigned bits = 0;
    DensError *error = NULL;
    if (index < 0) {
        (void)problem(call, 404, "there is no such diagnosis; GET " API "/knowledge/vocabulary lists them");
        return;
    }
    if (!read_seed(call, &seed)) {
        return;
    }
    PhantomSheet sheet = {0};
    bool good = phantom_parse_series(series ? series : "t2", false, "series", &bits, &error) &&
                phantom_preview(call->parts[0], seed, NULL, bits, &sheet, &error);
    if (good) {
        const ReportPicture drawn = {.role = "",
                                     .plane = PLANE_AXIAL,
                                     .width = sheet.width,
                                     .height = sheet.height,
                                     .pixel_mm = sheet.pixel_mm,
                                     .bare = true,
                                     .grey = sheet.grey};
        good = picture_png(&drawn, &call->reply->body, &error);
    }
    phantom_sheet_clear(&sheet);
    if (!good) {
        (void)problem_error(call, error);
        return;
    }
    call->reply->type = "image/png";
    http_add_header(call->reply, "Cache-Control", "private, max-age=86400");
}

const Route picture_routes[] = {{"GET", "/knowledge/diagnoses/{}/picture", INTAKE_NONE, false, picture}, {0}};
