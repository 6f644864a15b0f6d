/* Renders a result for the tests: `render text|colour|brief|html|html-pictures|pdf|untranslated WIDTH
 * RESULT.json` writes to standard output, in the language of RENDER_LANGUAGE. Ends with 1 and the error's
 * line if the document is refused. */
#include "base/file.h"
#include "base/json.h"
#include "report/content.h"
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The texts that the language has no words for, one a line. */
static bool untranslated(const Value *result, const Vocabulary *vocabulary, const Messages *messages,
                         Text *out, DensError **err)
{
    AUTO(content_auto) Content *content = content_new(result, vocabulary, messages, err);
    for (size_t i = 0; content && i < content->untranslated.count; i++)
        text_addf(out, "%s\n", content->untranslated.items[i]);
    return content != NULL;
}

static bool render(const char *form, const char *width, const char *path, Text *out, DensError **err)
{
    const char *source = getenv("DENS_SOURCE"), *language = getenv("RENDER_LANGUAGE");
    AUTO(arena_auto) Arena *arena = arena_new();
    const char *knowledge = file_join(arena, source ? source : ".", "knowledge");
    AUTO(vocabulary_auto) Vocabulary *vocabulary = vocabulary_load(knowledge, err);
    AUTO(messages_auto)
    MessageSet *set = vocabulary ? messages_load(knowledge, language ? language : "en", err) : NULL;
    if (!set)
        return false;
    const Messages *messages = messages_of(set);
    const Value *result = json_read(arena, path, err);
    if (!result)
        return false;
    uint8_t grey[48 * 32];
    float outline[4][4] = {{10, 8, 30, 8}, {30, 8, 30, 24}, {30, 24, 10, 24}, {10, 24, 10, 8}};
    for (size_t i = 0; i < sizeof grey; i++)
        grey[i] = (uint8_t)(i % 48 * 5);
    const ReportPicture items[] = {
        {"t2", PLANE_SAGITTAL, 48, 32, 2, grey, 4, (const float(*)[4])outline, false},
        {"ct", PLANE_AXIAL, 48, 32, 2, grey, 0, NULL, false},
    };
    const ReportPictures pictures = {sizeof items / sizeof *items, items};
    if (strcmp(form, "html") == 0)
        return report_html(result, vocabulary, messages, NULL, out, err);
    if (strcmp(form, "html-pictures") == 0)
        return report_html(result, vocabulary, messages, &pictures, out, err);
    if (strcmp(form, "pdf") == 0)
        return report_pdf(result, vocabulary, messages, &pictures, out, err);
    if (strcmp(form, "untranslated") == 0)
        return untranslated(result, vocabulary, messages, out, err);
    ReportOptions options = {.width = strtoul(width, NULL, 10),
                             .colour = strcmp(form, "colour") == 0,
                             .brief = strcmp(form, "brief") == 0};
    return report_text(result, vocabulary, messages, options, out, err);
}

int main(int count, char **arguments)
{
    if (count != 4) {
        (void)fprintf(stderr,
                      "render text|colour|brief|html|html-pictures|pdf|untranslated WIDTH RESULT.json\n");
        return 2;
    }
    AUTO_TEXT out = TEXT_INIT;
    AUTO(error_auto) DensError *err = NULL;
    if (!render(arguments[1], arguments[2], arguments[3], &out, &err)) {
        (void)fprintf(stderr, "%s: %s\n", dens_error_where(err), dens_error_summary(err));
        return 1;
    }
    return fwrite(text_string(&out), 1, out.length, stdout) == out.length ? 0 : 3;
}
