/* How unknown findings may turn out. */
#include "infer/aspects.h"

#include <string.h>

enum { CELL_MAX = 2 * VOCABULARY_MAX_VALUES };

/* site.levels only: what is not listed is free of the lesion. */
static bool lists_all(const Finding *finding)
{
    return strcmp(finding->id, "site.levels") == 0;
}

static void fill_chances(const Knowledge *knowledge, const Finding *finding, Aspect *out, size_t count)
{
    size_t none = knowledge_diagnosis_count(knowledge);
    double p[CELL_MAX] = {0};
    for (size_t h = 0; h <= none; h++) {
        memcpy(p, hypothesis_chances(knowledge, h, finding), cell_components(finding) * sizeof *p);
        if (h < none) {
            mix_slip(knowledge, finding, p);
        }
        for (size_t a = 0; a < count; a++) {
            size_t outcomes = out[a].outcome_count;
            size_t start = out[a].member < 0 ? 0 : 2 * (size_t)out[a].member;
            memcpy(out[a].chance + h * outcomes, p + start, outcomes * sizeof *p);
        }
    }
}

size_t aspects_of(const Knowledge *knowledge, const Finding *finding, Arena *arena, Aspect *out)
{
    size_t components = cell_components(finding);
    if (finding->use != FINDING_FOR_DIFFERENTIAL || components == 0) {
        return 0;
    }
    bool set = finding->kind == FINDING_SET;
    size_t count = 0, members = set ? finding->value_count : 1, outcomes = set ? 2 : components;
    size_t hypotheses = knowledge_diagnosis_count(knowledge) + 1;
    for (size_t m = 0; m < members; m++) {
        if (set && (int)m == finding->none_value) {
            continue; /* it only says that the others are absent */
        }
        out[count++] = (Aspect){.finding = finding,
                                .member = set ? (int)m : -1,
                                .outcome_count = outcomes,
                                .silent_absent = set && !lists_all(finding),
                                .chance = arena_array(arena, hypotheses * outcomes, sizeof(double))};
    }
    fill_chances(knowledge, finding, out, count);
    return count;
}

size_t aspect_draw(const Aspect *aspect, size_t hypothesis, double unit)
{
    const double *chance = aspect->chance + hypothesis * aspect->outcome_count;
    size_t outcome = 0;
    for (double sum = chance[0]; sum <= unit && outcome + 1 < aspect->outcome_count;) {
        sum += chance[++outcome];
    }
    return outcome;
}

static double bin_centre(const Finding *finding, size_t bin)
{
    return 0.5 * (finding->bin_edges[bin] + finding->bin_edges[bin + 1]);
}

bool aspect_evidence(const Aspect *aspect, size_t outcome, Arena *arena, Evidence *out)
{
    const Finding *f = aspect->finding;
    if (aspect->member < 0) {
        CaseFinding known = {.finding = f, .has_read = true};
        if (f->kind == FINDING_NUMBER) {
            known.read_number_count = 1;
            known.read_numbers[0] = bin_centre(f, outcome);
        } else {
            known.read_values = UINT64_C(1) << outcome;
        }
        return evidence_of(out, &known, arena);
    }
    *out = (Evidence){f, cell_components(f), NULL};
    out->weight = arena_array(arena, out->component_count, sizeof *out->weight);
    out->weight[2 * (size_t)aspect->member + outcome] = 1;
    return outcome == 0 || !aspect->silent_absent;
}

void aspect_put(const Aspect *aspect, size_t outcome, Case *c)
{
    if (aspect->member >= 0 && outcome != 0) {
        return; /* absent: not listed */
    }
    CaseFinding *known = case_put(c, aspect->finding);
    known->has_read = true;
    if (aspect->finding->kind == FINDING_NUMBER) {
        known->read_number_count = 1;
        known->read_numbers[0] = bin_centre(aspect->finding, outcome);
    } else {
        known->read_values |= UINT64_C(1) << (aspect->member < 0 ? outcome : (size_t)aspect->member);
    }
}
