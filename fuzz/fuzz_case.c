/* Any bytes as a case file: read, refused with one line, or written and read again to the same case.
 * DENS_SOURCE names the source tree, whose vocabulary is used. */
#include "base/json.h"
#include "base/text.h"
#include "document/case.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Vocabulary *vocabulary; /* loaded once: a fuzz target is its own process */

#define REQUIRE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            (void)fprintf(stderr, "does not hold: %s\n", #condition);                                        \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    const char *source = getenv("DENS_SOURCE");
    AUTO_TEXT folder = TEXT_INIT;
    text_addf(&folder, "%s/knowledge", source ? source : ".");
    DensError *err = NULL;
    vocabulary = vocabulary_load(text_string(&folder), &err);
    if (!vocabulary) {
        (void)fprintf(stderr, "%s: %s\n", dens_error_where(err), dens_error_summary(err));
        exit(1);
    }
    return 0;
}

static void check_evidence(const Case *c)
{
    for (size_t i = 0; i < c->finding_count; i++) {
        double out[VOCABULARY_MAX_VALUES];
        const Finding *finding = c->findings[i].finding;
        REQUIRE(case_evidence(&c->findings[i], out));
        size_t count = finding->kind == FINDING_NUMBER ? finding->bin_count : finding->value_count;
        for (size_t v = 0; v < count; v++) {
            REQUIRE(out[v] >= (finding->kind == FINDING_SET ? -1 : 0) && out[v] <= 1 + 1e-9);
        }
        (void)case_finding_conflicts(&c->findings[i]);
        (void)case_possible(c, finding, 0.1);
    }
}

/* A case as its text; equal texts are equal cases. */
static char *written(const Case *c)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO_TEXT text = TEXT_INIT;
    json_write(case_to_value(c, NULL, NULL, arena), JSON_COMPACT, &text);
    return text_take(&text);
}

static Case *read_text(const char *text, size_t length, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *root = json_parse(arena, text, length, "fuzz.json", err);
    return root ? case_from_value(root, "fuzz.json", vocabulary, value_new_list(arena), err) : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(error_auto) DensError *err = NULL;
    AUTO(case_auto) Case *c = read_text((const char *)data, size, &err);
    REQUIRE(!c == !!err);
    if (!c) {
        REQUIRE(dens_error_code(err) == DENS_ERROR_INPUT);
        REQUIRE(strstr(dens_error_where(err), "fuzz.json"));
        REQUIRE(dens_error_summary(err)[0] != '\0' && !strchr(dens_error_summary(err), '\n'));
        return 0;
    }
    check_evidence(c);
    char *first = written(c);
    AUTO(case_auto) Case *again = read_text(first, strlen(first), NULL);
    REQUIRE(again);
    char *second = written(again);
    REQUIRE(strcmp(first, second) == 0);
    free(first);
    free(second);
    return 0;
}
