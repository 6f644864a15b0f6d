/* Coded cases with a known truth, as questions for learners: without what would tell it. A file's name tells
 * the diagnosis, so a case is known by a hash of it. */
#include "serve/quiz.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_EXAMPLES = 2000,
    MOST_EXAMPLE_BYTES = 1 << 20,
    LEAST_FINDINGS = 4 /* by convention: fewer tell nothing that could be ranked */
};

typedef struct {
    char id[STORE_ID_SIZE];
    const Value *tree;
} Example;

static bool is_of_pathology(const char *finding)
{
    return strncmp(finding, "path.", 5) == 0;
}

static size_t count_findings(const Value *tree)
{
    size_t count = 0;
    VALUE_EACH(finding, value_get(tree, "findings"))
    {
        count += !is_of_pathology(finding->key);
    }
    return count;
}

/* Fills an example from a file; false if it is no case with a known diagnosis and enough findings. */
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
           value_text(value_get(out->tree, "truth"), "diagnosis") &&
           count_findings(out->tree) >= LEAST_FINDINGS;
}

/* What only the pathologist knows is left out: the quiz is about images. */
static const Value *without_truth(const Value *tree, Arena *arena)
{
    static const char *const shown[] = {"format", "patient", "examinations"};
    Value *map = value_new_map(arena);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        if (value_get(tree, shown[i])) {
            value_set_copy(map, shown[i], value_get(tree, shown[i]));
        }
    }
    value_set_string(map, "id", "quiz");
    Value *findings = value_set_map(map, "findings");
    VALUE_EACH(finding, value_get(tree, "findings"))
    {
        if (!is_of_pathology(finding->key)) {
            value_set_copy(findings, finding->key, finding);
        }
    }
    return map;
}

static const Value *truth_of(const Value *tree, Arena *arena)
{
    static const char *const told[] = {"source", "note"};
    Value *map = value_copy(arena, value_get(tree, "truth"));
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        if (value_get(tree, told[i])) {
            value_set_copy(map, told[i], value_get(tree, told[i]));
        }
    }
    return map;
}

bool quiz_draw_case(Serve *serve, const char *not_this, Question *out, DensError **err)
{
    const char *folder = serve->examples, **paths = NULL;
    AUTO(arena_auto) Arena *arena = arena_new();
    size_t count = 0, left = 0;
    if (!folder) {
        return error_set(err, DENS_ERROR_USAGE, "the quiz", "no cases came with this program");
    }
    if (!file_list_tree(arena, folder, MOST_EXAMPLES, &paths, &count, err)) {
        return false;
    }
    Example *examples = arena_array(arena, count + 1, sizeof *examples);
    for (size_t i = 0; i < count; i++) {
        bool fits = file_has_suffix(paths[i], ".json") &&
                    read_example(paths[i], strlen(folder), arena, &examples[left]) &&
                    strcmp(examples[left].id, not_this) != 0;
        left += fits;
    }
    if (left == 0) {
        return error_set(err, DENS_ERROR_USAGE, "the quiz", "no cases came with this program");
    }
    const Example *drawn = &examples[quiz_chance(left)];
    (void)snprintf(out->key, sizeof out->key, "%s", drawn->id);
    out->document = without_truth(drawn->tree, out->arena);
    out->truth = truth_of(drawn->tree, out->arena);
    return true;
}
