/* The four files of advice, and the order in which a result gets what they say. */
#include "advice/advice.h"

#include "advice/parts.h"

Advice *advice_load(const Knowledge *knowledge, DensError **err)
{
    Arena *arena = knowledge_arena_beside(knowledge);
    Advice *a = arena_alloc(arena, sizeof *a);
    *a = (Advice){.arena = arena, .knowledge = knowledge};
    if (alerts_load(a, err) && mimics_load(a, err) && pathology_load(a, err) && management_load(a, err)) {
        return a;
    }
    arena_free(arena);
    return NULL;
}

void advice_free(Advice *advice)
{
    if (advice) {
        arena_free(advice->arena);
    }
}

void advice_add(const Advice *advice, const AdviceInput *input, Value *result, Value *cited)
{
    View view = {.c = input->c,
                 .posterior = input->posterior,
                 .without_path = input->without_path,
                 .scores = value_get(result, "scores")};
    alerts_add(advice, &view, result, cited);
    mimics_add(advice, &view, result, cited);
    pathology_add(advice, &view, result, cited);
    management_add(advice, &view, result, cited);
}
