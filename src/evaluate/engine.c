/* What is read once. */
#include "evaluate/evaluate.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

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
    engine->readings = readings_load(knowledge_folder, knowledge_vocabulary(engine->knowledge), err);
    return engine->readings ? TAKE(engine) : NULL;
}

void engine_free(Engine *engine)
{
    if (engine) {
        readings_free(engine->readings);
        advice_free(engine->advice);
        knowledge_free(engine->knowledge);
        free(engine);
    }
}

const Prior *engine_prior(const Engine *engine, const char *name, DensError **err)
{
    const Prior *prior = knowledge_find_prior(engine->knowledge, name);
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

static bool among_line(const Vocabulary *vocabulary, char *line, const char *file, size_t number, bool *out,
                       DensError **err)
{
    line += strspn(line, " \t\r");
    line[strcspn(line, " \t\r#")] = '\0';
    if (!*line) {
        return true;
    }
    int index = vocabulary_find_diagnosis(vocabulary, line);
    if (index < 0) {
        AUTO_TEXT where = TEXT_INIT;
        text_addf(&where, "%s:%zu", file, number);
        return error_input(err, text_string(&where), "\"%s\" is no diagnosis", line);
    }
    out[index] = true;
    return true;
}

const bool *engine_among(const Engine *engine, const char *among, Arena *arena, DensError **err)
{
    const Vocabulary *vocabulary = knowledge_vocabulary(engine->knowledge);
    size_t count = vocabulary_diagnosis_count(vocabulary);
    bool *out = arena_array(arena, count, sizeof *out);
    if (strcmp(among, "review") == 0) {
        for (size_t i = 0; i < count; i++) {
            out[i] = vocabulary_diagnosis(vocabulary, i)->in_review;
        }
        return out;
    }
    size_t length = 0;
    char *text = file_read(among, (size_t)1 << 20, &length, err);
    if (!text) {
        return NULL;
    }
    bool good = true, any = false;
    char *rest = text;
    for (size_t number = 1; good && rest; number++) {
        char *line = strsep(&rest, "\n");
        good = among_line(vocabulary, line, among, number, out, err);
    }
    for (size_t i = 0; i < count; i++) {
        any = any || out[i];
    }
    free(text);
    if (good && !any) {
        good = error_input(err, among, "names no diagnosis");
    }
    return good ? out : NULL;
}
