/* What is read once. */
#include "evaluate/evaluate.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "knowledge/change.h"

#include <stdlib.h>
#include <string.h>

Engine *engine_load(const char *knowledge_folder, DensError **err)
{
    AUTO(engine_auto) Engine *engine = memory_alloc(sizeof *engine);
    engine->knowledge = knowledge_load(knowledge_folder, err);
    if (!engine->knowledge) {
        return NULL;
    }
    engine->advice = advice_load(engine->knowledge, err);
    if (!engine->advice) {
        return NULL;
    }
    engine->next_steps = next_steps_load(engine->knowledge, err);
    if (!engine->next_steps) {
        return NULL;
    }
    engine->readings = readings_load(knowledge_folder, engine->knowledge, err);
    if (!engine->readings) {
        return NULL;
    }
    engine->scores = scores_load(engine->knowledge, err);
    return engine->scores ? TAKE(engine) : NULL;
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
        free(engine->overlay_version);
        free(engine->overlay_made_with);
        scores_free(engine->scores);
        readings_free(engine->readings);
        next_steps_free(engine->next_steps);
        advice_free(engine->advice);
        knowledge_free(engine->knowledge);
        free(engine);
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
    size_t length = 0;
    char *text = file_read(path, (size_t)1 << 20, &length, err);
    bool good = text != NULL;
    char *rest = text;
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
