/* The public C API over the rooms. */
#include "dens/dens.h"

#include "base/json.h"
#include "evaluate/evaluate.h"

#include <stdlib.h>

struct DensEngine {
    Engine engine;
};

const char *dens_version(void)
{
    return DENS_VERSION;
}

DensEngine *dens_engine_new(const char *knowledge_folder, DensError **err)
{
    if (!knowledge_folder) {
        error_set(err, DENS_ERROR_USAGE, "dens_engine_new", "the folder of the knowledge is NULL");
        return NULL;
    }
    return (DensEngine *)engine_load(knowledge_folder, err);
}

void dens_engine_free(DensEngine *engine)
{
    engine_free((Engine *)engine);
}

const char *dens_engine_knowledge(const DensEngine *engine)
{
    return engine ? knowledge_version(engine->engine.knowledge) : "";
}

char *dens_differential(const DensEngine *engine, const char *case_json, size_t length, const char *prior,
                        DensError **err)
{
    if (!engine || !case_json || !prior) {
        error_set(err, DENS_ERROR_USAGE, "dens_differential", "the engine, the case or the prior is NULL");
        return NULL;
    }
    AUTO(arena_auto) Arena *arena = arena_new();
    const Value *root = json_parse(arena, case_json, length, "case", err);
    ResultOptions wanted = {.rival = -1};
    if (!root || !(wanted.prior = engine_prior(&engine->engine, prior, err))) {
        return NULL;
    }
    AUTO(case_auto)
    Case *c = case_from_value(root, "case", knowledge_vocabulary(engine->engine.knowledge), NULL, err);
    if (!c || !knowledge_check_case(engine->engine.knowledge, c, "case", err)) {
        return NULL;
    }
    AUTO_TEXT text = TEXT_INIT;
    json_write(evaluate_case(&engine->engine, c, &wanted, arena), JSON_PRETTY, &text);
    return text_take(&text);
}

void dens_text_free(char *text)
{
    free(text);
}
