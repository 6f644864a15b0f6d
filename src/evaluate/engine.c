/* What is read once. */
#include "evaluate/evaluate.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/yaml.h"
#include "infer/draws.h"
#include "knowledge/change.h"
#include "knowledge/compile.h"

#include <stdlib.h>
#include <string.h>

/* ---- loading ---- */

/* Loads from the files; in the region, if there is one. */
static Engine *load(Region *region, const char *folder, const char *version, DensError **err)
{
    Knowledge *knowledge = knowledge_load_into(region, folder, version, err);
    if (!knowledge) {
        return NULL;
    }
    Arena *arena = knowledge_arena_beside(knowledge);
    AUTO(engine_auto) Engine *engine = arena_alloc(arena, sizeof *engine);
    *engine = (Engine){.arena = arena, .knowledge = knowledge};
    bool good = (engine->advice = advice_load(knowledge, err)) != NULL &&
                (engine->next_steps = next_steps_load(knowledge, err)) != NULL &&
                (engine->readings = readings_load(folder, knowledge, err)) != NULL &&
                (engine->scores = scores_load(knowledge, err)) != NULL;
    return good ? TAKE(engine) : NULL;
}

/* From an image of this version in the table; NULL: there is none that can be used. */
static Engine *map_engine(const char *folder, const char *version)
{
    char stamp[TREES_STAMP_BYTES];
    Image *image =
        yaml_table() && image_stamp(version, stamp, sizeof stamp) ? image_map(yaml_table(), stamp) : NULL;
    if (!image) {
        return NULL;
    }
    Engine *engine = image_root(image);
    engine->image = image;
    knowledge_settle(engine->knowledge, folder);
    return engine;
}

Engine *engine_load(const char *knowledge_folder, DensError **err)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    DensError *ignored = NULL; /* loading the files says it better */
    const char *version = yaml_table() ? knowledge_digest(knowledge_folder, scratch, &ignored) : NULL;
    dens_error_free(ignored);
    Engine *engine = version ? map_engine(knowledge_folder, version) : NULL;
    return engine ? engine : load(NULL, knowledge_folder, version, err);
}

static bool write_table(Engine *engine, Region *region, const char *path, DensError **err)
{
    char stamp[TREES_STAMP_BYTES];
    AUTO_TEXT image = TEXT_INIT;
    const char *version = knowledge_version(engine->knowledge);
    TreesBlock blocks[2] = {{.stamp = version}, {.stamp = stamp}};
    if (!image_stamp(version, stamp, sizeof stamp) || !image_make(region, engine, &image, err)) {
        return error_set(*err ? NULL : err, DENS_ERROR_INTERNAL, path, "the program has no build id");
    }
    void *draws = draws_prepare(engine->knowledge, &blocks[0].size);
    blocks[0].bytes = draws;
    blocks[1].bytes = text_string(&image);
    blocks[1].size = image.length;
    bool good = knowledge_compile(engine->knowledge, path, blocks, 2, err);
    free(draws);
    return good;
}

bool engine_compile(const char *knowledge_folder, const char *path, DensError **err)
{
    const Trees *table = yaml_table();
    yaml_use_table(NULL); /* an image holds all that it needs */
    AUTO(region_auto) Region *region = region_new();
    if (!region) {
        error_no_memory(err);
    }
    AUTO(engine_auto) Engine *engine = region ? load(region, knowledge_folder, NULL, err) : NULL;
    if (engine) {
        region_close(region);
    }
    bool good = engine && write_table(engine, region, path, err);
    yaml_use_table(table);
    return good;
}

static void put_overlay(Engine *engine, const Overlay *overlay)
{
    knowledge_put_overlay(engine->knowledge, overlay);
    engine->overlay_version = memory_strdup(overlay_version(overlay));
    engine->overlay_made_with = memory_strdup(overlay_made_with(overlay));
}

Engine *engine_load_learned(const char *knowledge_folder, const Overlay *overlay, DensError **err)
{
    Engine *engine = engine_load(knowledge_folder, err);
    if (engine) {
        put_overlay(engine, overlay);
    }
    return engine;
}

Engine *engine_load_overlay(const char *knowledge_folder, const char *overlay, DensError **err)
{
    AUTO(engine_auto) Engine *engine = engine_load(knowledge_folder, err);
    if (!engine || !overlay) {
        return TAKE(engine);
    }
    AUTO(overlay_auto) Overlay *read = overlay_read(overlay, engine->knowledge, err);
    if (!read) {
        return NULL;
    }
    put_overlay(engine, read);
    return TAKE(engine);
}

void engine_free(Engine *engine)
{
    if (engine) {
        Arena *arena = engine->arena;
        Image *image = engine->image;
        free(engine->overlay_version);
        free(engine->overlay_made_with);
        scores_free(engine->scores);
        readings_free(engine->readings);
        next_steps_free(engine->next_steps);
        advice_free(engine->advice);
        knowledge_free(engine->knowledge);
        arena_free(arena);
        image_free(image);
    }
}

const Prior *engine_prior(const Engine *engine, const char *name, DensError **err)
{
    const Prior *prior = knowledge_find_prior(engine->knowledge, name);
    if (!prior && file_has_suffix(name, ".yaml")) {
        return knowledge_add_prior(engine->knowledge, name, err);
    }
    if (!prior) {
        AUTO_TEXT names = TEXT_INIT;
        for (size_t i = 0; i < knowledge_prior_count(engine->knowledge); i++) {
            text_addf(&names, "%s%s", i ? ", " : "", knowledge_prior(engine->knowledge, i)->id);
        }
        error_set(err, DENS_ERROR_USAGE, "--prior", "there is no prior \"%s\"; there are %s", name,
                  text_string(&names));
    }
    return prior;
}

const Prior *engine_same_prior(const Engine *engine, const Prior *prior, DensError **err)
{
    return engine_prior(engine, prior->path ? prior->path : prior->id, err);
}

static bool node_holds(const PriorNode *node, int diagnosis)
{
    bool holds = node->diagnosis == diagnosis;
    for (size_t i = 0; !holds && i < node->child_count; i++) {
        holds = node_holds(&node->children[i], diagnosis);
    }
    return holds;
}

bool engine_prior_holds(const Prior *prior, size_t diagnosis)
{
    return node_holds(prior->root, (int)diagnosis);
}

static bool among_line(const Vocabulary *vocabulary, char *line, const char *file, size_t number, bool *out,
                       DensError **err)
{
    line[strcspn(line, "#")] = '\0';
    line += strspn(line, " \t\r");
    size_t length = strlen(line);
    while (length > 0 && strchr(" \t\r", line[length - 1])) {
        line[--length] = '\0';
    }
    if (length == 0) {
        return true;
    }
    int index = vocabulary_find_diagnosis(vocabulary, line);
    if (index < 0) {
        AUTO_TEXT where = TEXT_INIT;
        text_addf(&where, "%s:%zu", file, number);
        return error_input(err, text_string(&where), "\"%s\" is no diagnosis; one id a line is expected",
                           line);
    }
    out[index] = true;
    return true;
}

static bool read_among(const Vocabulary *vocabulary, const char *path, bool *out, DensError **err)
{
    size_t length = 0, bad = 0;
    char *text = file_read(path, (size_t)1 << 20, &length, err);
    bool good = text != NULL;
    if (good && (memchr(text, '\0', length) || !utf8_valid(text, length, &bad))) {
        good = error_input(err, path, "is no text in UTF-8; one id a line is expected");
    }
    char *rest = text;
    if (good && strncmp(text, "\xEF\xBB\xBF", 3) == 0) {
        rest += 3; /* the mark with which some editors begin */
    }
    for (size_t number = 1; good && rest; number++) {
        good = among_line(vocabulary, strsep(&rest, "\n"), path, number, out, err);
    }
    free(text);
    return good;
}

const bool *engine_among(const Engine *engine, const char *among, const Prior *prior, Arena *arena,
                         DensError **err)
{
    const Vocabulary *vocabulary = knowledge_vocabulary(engine->knowledge);
    size_t count = vocabulary_diagnosis_count(vocabulary);
    bool *out = arena_array(arena, count, sizeof *out);
    bool review = strcmp(among, "review") == 0, any = false, any_held = false;
    if (!review && !read_among(vocabulary, among, out, err)) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        out[i] = review ? vocabulary_diagnosis(vocabulary, i)->in_review : out[i];
        any = any || out[i];
        any_held = any_held || (out[i] && engine_prior_holds(prior, i));
    }
    if (!any) {
        error_input(err, among, "names no diagnosis");
    } else if (!any_held) {
        error_input(err, among, "the prior \"%s\" leaves out all diagnoses that are named", prior->id);
    }
    return any_held ? out : NULL;
}
