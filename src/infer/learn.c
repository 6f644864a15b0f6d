/* Learning from confirmed cases.
 *
 * A finding counts only if one of its examinations is marked complete: a report tells what is there more
 * readily than what is missing, so what was looked at and stated is all that can be counted. Age and sex are
 * always complete; the rest of the history has no examination and never counts. A hedge is shared out in
 * proportion to what the knowledge expects of the diagnosis. Of a set, a member that is not listed counts as
 * absent only where listing is complete (the levels, and sets that are described exhaustively); stains count
 * where both lists are there, the positive and the negative ones. A set whose absent members nobody told is
 * not counted at all. */
#include "infer/learn.h"

#include "infer/evidence.h"

#include <string.h>

enum { MASS_MAX = 2 * VOCABULARY_MAX_VALUES };

/* One patient over the values that were stated, by what is expected of them. */
static bool count_choice(const Knowledge *knowledge, size_t diagnosis, const CaseFinding *known, double *mass)
{
    const Finding *f = known->finding;
    const double *mean = knowledge_cell(knowledge, diagnosis, f)->mean;
    double sum = 0;
    if (!case_evidence(known, mass)) {
        return false;
    }
    for (size_t v = 0; v < f->value_count; v++) {
        mass[v] *= mean[v];
        sum += mass[v];
    }
    for (size_t v = 0; v < f->value_count; v++) {
        mass[v] /= sum;
    }
    return sum > 0;
}

/* The finding whose members are what this one's are not: a stain is positive or negative. */
static const CaseFinding *opposite_of(const Case *c, const Finding *finding)
{
    if (strcmp(finding->id, "path.positive") == 0) {
        return case_find(c, "path.negative");
    }
    return strcmp(finding->id, "path.negative") == 0 ? case_find(c, "path.positive") : NULL;
}

static bool count_set(const Case *c, const CaseFinding *known, double *mass)
{
    const Finding *f = known->finding;
    const CaseFinding *opposite = opposite_of(c, f);
    bool all = f->exhaustive || known->read_none || strcmp(f->id, "site.levels") == 0;
    bool any = false;
    for (size_t m = 0; m < f->value_count && (all || opposite) && known->has_read; m++) {
        if ((int)m == f->none_value) {
            continue;
        }
        bool present = known->read_values >> m & 1;
        bool absent = all || (opposite->read_values >> m & 1);
        mass[2 * m] = present ? 1 : 0;
        mass[2 * m + 1] = !present && absent ? 1 : 0;
        any = any || present || absent;
    }
    return any;
}

static void count_finding(Overlay *overlay, const Knowledge *knowledge, size_t diagnosis, const Case *c,
                          const CaseFinding *known, LearnTally *tally)
{
    const Finding *f = known->finding;
    double mass[MASS_MAX] = {0};
    bool counted = false;
    if (f->use != FINDING_FOR_DIFFERENTIAL || cell_components(f) == 0) {
        return;
    }
    if (strcmp(f->section, "patient") != 0 && !case_vouches(c, f)) {
        tally->open++;
        return;
    }
    switch (f->kind) {
    case FINDING_CHOICE:
        counted = count_choice(knowledge, diagnosis, known, mass);
        break;
    case FINDING_NUMBER:
        counted = case_evidence(known, mass);
        break;
    case FINDING_SET:
        counted = count_set(c, known, mass);
        break;
    }
    if (counted) {
        overlay_add(overlay, diagnosis, f, mass);
        tally->findings++;
    }
}

static LearnOutcome outcome_of(const Knowledge *knowledge, const Case *c, int *out_diagnosis)
{
    *out_diagnosis = c->truth_diagnosis
                         ? vocabulary_find_diagnosis(knowledge_vocabulary(knowledge), c->truth_diagnosis)
                         : -1;
    if (*out_diagnosis < 0) {
        return LEARN_NO_TRUTH;
    }
    const char *basis = c->truth_basis ? c->truth_basis : "";
    return strcmp(basis, "histology") == 0 || strcmp(basis, "follow_up") == 0 ? LEARN_COUNTED
                                                                              : LEARN_UNCONFIRMED;
}

void learn_case(Overlay *overlay, const Knowledge *knowledge, const Case *c, LearnTally *tally)
{
    int diagnosis;
    LearnOutcome outcome = outcome_of(knowledge, c, &diagnosis);
    tally->outcomes[outcome]++;
    if (outcome != LEARN_COUNTED) {
        return;
    }
    overlay_count_case(overlay, (size_t)diagnosis);
    static const char *const implied[] = {"patient.age", "patient.sex", "site.vertebrae"};
    for (size_t i = 0; i < sizeof implied / sizeof *implied; i++) {
        const Finding *f = vocabulary_find(c->vocabulary, implied[i]);
        CaseFinding known;
        if (f && case_implied(c, f, &known)) {
            count_finding(overlay, knowledge, (size_t)diagnosis, c, &known, tally);
        }
    }
    for (size_t i = 0; i < c->finding_count; i++) {
        count_finding(overlay, knowledge, (size_t)diagnosis, c, &c->findings[i], tally);
    }
}
