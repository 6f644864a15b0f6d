/* Which states of a variable are still possible in a case. */
#include "score/parts.h"

#include <math.h>
#include <string.h>

/* A value counts as possible from this share of the measured likelihood on (docs/formats.md). */
static const double possible_share = 0.10;
/* A measured number may lie this many standard deviations off: the central 80 % of a normal distribution, so
 * that 10 % lie beyond it on either side. */
static const double possible_deviations = 1.2816;

static uint64_t all_states(const Variable *v)
{
    return v->state_count >= SCORE_MAX_STATES ? UINT64_MAX : ((uint64_t)1 << v->state_count) - 1;
}

/* The age and the sex of the patient are findings like any other, but stand apart. */
static bool patient_states(const Variable *v, const Case *c, uint64_t *out)
{
    const Finding *finding = v->alternates[0];
    if (strcmp(finding->id, "patient.sex") == 0 && c->sex != SEX_UNKNOWN) {
        int value = finding_value(finding, c->sex == SEX_MALE ? "male" : "female");
        *out = value >= 0 ? (uint64_t)1 << value : 0;
        return value >= 0;
    }
    return false;
}

/* The states that an interval meets: below, at and above each cut. */
static uint64_t states_between(const Variable *v, double low, double high)
{
    uint64_t mask = 0;
    for (size_t i = 0; i <= v->cut_count; i++) {
        double from = i == 0 ? -INFINITY : v->cuts[i - 1];
        double to = i == v->cut_count ? INFINITY : v->cuts[i];
        bool meets = low == high ? low > from && low < to : low < to && high > from;
        mask |= meets ? (uint64_t)1 << (2 * i) : 0;
        if (i < v->cut_count && v->cuts[i] >= low && v->cuts[i] <= high) {
            mask |= (uint64_t)1 << (2 * i + 1);
        }
    }
    return mask;
}

static uint64_t number_states(const Variable *v, const CaseFinding *known)
{
    uint64_t mask = 0;
    for (size_t i = 0; known->has_read && i < known->read_number_count; i++) {
        mask |= states_between(v, known->read_numbers[i], known->read_numbers[i]);
    }
    if (!known->has_read) {
        const Finding *finding = known->finding;
        double half = possible_deviations * known->measured_sd;
        mask = states_between(v, fmax(known->measured_number - half, finding->minimum),
                              fmin(known->measured_number + half, finding->maximum));
    }
    return mask;
}

/* A member is present, absent (closed or empty set), or either. */
static uint64_t member_states(const Variable *v, const CaseFinding *known)
{
    double evidence[VOCABULARY_MAX_VALUES];
    if (!case_evidence(known, evidence)) {
        return all_states(v);
    }
    double present = evidence[v->member];
    return present < 0 ? all_states(v) : present > 0 ? 2 : 1;
}

static uint64_t finding_states(const Variable *v, const Known *known, bool *out_known)
{
    uint64_t mask = 0;
    if (v->kind == VARIABLE_CHOICE && patient_states(v, known->c, &mask)) {
        *out_known = true;
        return mask;
    }
    for (size_t i = 0; i < v->alternate_count; i++) {
        const CaseFinding *finding = case_find(known->c, v->alternates[i]->id);
        if (!finding || (!finding->has_read && !finding->has_measured)) {
            continue;
        }
        mask = v->kind == VARIABLE_MEMBER   ? member_states(v, finding)
               : v->kind == VARIABLE_NUMBER ? number_states(v, finding)
                                            : case_possible(known->c, v->alternates[i], possible_share);
        *out_known = v->kind != VARIABLE_MEMBER || mask != all_states(v);
        return mask ? mask : all_states(v);
    }
    *out_known = false;
    if (v->kind == VARIABLE_NUMBER) {
        return states_between(v, v->alternates[0]->minimum, v->alternates[0]->maximum);
    }
    return all_states(v);
}

static uint64_t diagnosis_states(const Variable *v, const Known *known, bool *out_known)
{
    *out_known = true;
    const ScoreFacts *facts = known->facts;
    if (facts->assumed >= 0) {
        return (uint64_t)1 << facts->assumed;
    }
    uint64_t mask = 0;
    for (size_t i = 0; facts->plausible && i < v->state_count; i++) {
        mask |= facts->plausible[i] ? (uint64_t)1 << i : 0;
    }
    return mask ? mask : all_states(v);
}

/* An age, as a number that is known exactly. */
static uint64_t age_states(const Variable *v, const Case *c)
{
    return states_between(v, c->age_years, c->age_years);
}

uint64_t variable_possible(const Variable *variable, const Known *known, bool *out_known)
{
    uint64_t mask;
    switch (variable->kind) {
    case VARIABLE_DIAGNOSIS:
        return diagnosis_states(variable, known, out_known);
    case VARIABLE_KNOWN:
        *out_known = true;
        return case_find(known->c, variable->alternates[0]->id) ? 2 : 1;
    case VARIABLE_ITEM:
        mask = known->item_outcomes[variable->item - known->score->items];
        *out_known = (mask & (mask - 1)) == 0;
        return mask;
    case VARIABLE_BAND:
        mask = known->score_bands[variable->score - known->scores->items];
        *out_known = mask && (mask & (mask - 1)) == 0;
        return mask ? mask : all_states(variable);
    case VARIABLE_NUMBER:
        if (strcmp(variable->alternates[0]->id, "patient.age") == 0 && known->c->has_age) {
            *out_known = true;
            return age_states(variable, known->c);
        }
        return finding_states(variable, known, out_known);
    case VARIABLE_CHOICE:
    case VARIABLE_MEMBER:
        break;
    }
    return finding_states(variable, known, out_known);
}
