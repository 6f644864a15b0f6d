/* Coded cases with a known truth, for learners: the case without what would tell it, and the truth apart. A
 * case is named by a hash of its file's name, as the names tell the diagnosis. */
#include "serve/parts.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_EXAMPLES = 2000, MOST_EXAMPLE_BYTES = 1 << 20 };

typedef struct {
    char id[STORE_ID_SIZE];
    const Value *tree;
} Example;

/* Fills an example from a file; false if it is no case with a known diagnosis. */
static bool read_example(const char *path, size_t folder_length, Arena *arena, Example *out)
{
    AUTO(error_auto) DensError *error = NULL;
    char hash[65];
    size_t length = 0;
    char *bytes = file_read(path, MOST_EXAMPLE_BYTES, &length, &error);
    if (!bytes) {
        return false;
    }
    hash_bytes(path + folder_length, strlen(path + folder_length), hash);
    (void)snprintf(out->id, sizeof out->id, "%.32s", hash);
    out->tree = json_parse(arena, bytes, length, "an example", &error);
    free(bytes);
    const char *format = value_text(out->tree, "format");
    return format && strcmp(format, "dens-case/1") == 0 &&
           value_text(value_get(out->tree, "truth"), "diagnosis");
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const Example *)a)->id, ((const Example *)b)->id);
}

/* All examples by id; their number in *out_count. False after a problem. */
static bool read_examples(Call *call, Example **out, size_t *out_count)
{
    const char *folder = call->serve->examples, **paths = NULL;
    size_t count = 0;
    DensError *error = NULL;
    *out_count = 0;
    if (!folder) {
        return problem(call, 404, "no cases came with this program");
    }
    if (!file_list_tree(call->arena, folder, MOST_EXAMPLES, &paths, &count, &error)) {
        return problem_error(call, error);
    }
    *out = arena_array(call->arena, count + 1, sizeof **out);
    for (size_t i = 0; i < count; i++) {
        bool json = file_has_suffix(paths[i], ".json");
        *out_count += json && read_example(paths[i], strlen(folder), call->arena, &(*out)[*out_count]);
    }
    qsort(*out, *out_count, sizeof **out, by_id);
    return true;
}

/* NULL after a problem. */
static const Example *find_example(Call *call)
{
    Example *examples = NULL;
    size_t count = 0;
    if (!read_examples(call, &examples, &count)) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(examples[i].id, call->parts[0]) == 0) {
            return &examples[i];
        }
    }
    (void)problem(call, 404, "there is no such example");
    return NULL;
}

static void list_examples(Call *call)
{
    Example *examples = NULL;
    size_t count = 0;
    if (!read_examples(call, &examples, &count)) {
        return;
    }
    Value *list = value_new_list(call->arena);
    for (size_t i = 0; i < count; i++) {
        Value *map = value_add_map(list);
        const Value *findings = value_get(examples[i].tree, "findings"),
                    *patient = value_get(examples[i].tree, "patient");
        value_set_string(map, "id", examples[i].id);
        value_set_integer(map, "findings", findings ? (long long)findings->count : 0);
        if (patient) {
            value_set_copy(map, "patient", patient);
        }
    }
    reply_json(call, 200, list);
}

static void get_example(Call *call)
{
    static const char *const shown[] = {"format", "patient", "examinations", "findings"};
    const Example *example = find_example(call);
    if (!example) {
        return;
    }
    Value *map = value_new_map(call->arena);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        if (value_get(example->tree, shown[i])) {
            value_set_copy(map, shown[i], value_get(example->tree, shown[i]));
        }
    }
    value_set_string(map, "id", example->id);
    reply_json(call, 200, map);
}

static void get_truth(Call *call)
{
    static const char *const told[] = {"source", "note"};
    const Vocabulary *vocabulary = knowledge_vocabulary(call->serve->engine->knowledge);
    const Example *example = find_example(call);
    if (!example) {
        return;
    }
    const Value *truth = value_get(example->tree, "truth");
    Value *map = value_copy(call->arena, truth);
    int diagnosis = vocabulary_find_diagnosis(vocabulary, value_text(truth, "diagnosis"));
    value_set_string(map, "id", example->id);
    if (diagnosis >= 0) {
        value_set_string(map, "name", vocabulary_diagnosis(vocabulary, (size_t)diagnosis)->name);
    }
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        if (value_get(example->tree, told[i])) {
            value_set_copy(map, told[i], value_get(example->tree, told[i]));
        }
    }
    reply_json(call, 200, map);
}

const Route example_routes[] = {{"GET", "/examples", INTAKE_NONE, false, list_examples},
                                {"GET", "/examples/{}", INTAKE_NONE, false, get_example},
                                {"GET", "/examples/{}/truth", INTAKE_NONE, false, get_truth},
                                {0}};
