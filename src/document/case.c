/* The case as a table of what is known, kept in the vocabulary's order. Room for every finding is made at
 * once, so that putting one in only moves those behind it. */
#include "document/case.h"

#include "document/case_parts.h"

#include <string.h>

const char *const examination_state_names[EXAMINATION_STATE_COUNT] = {"complete", "partial", "not_done"};

Case *case_new(const Vocabulary *vocabulary)
{
    Arena *arena = arena_new();
    Case *c = arena_alloc(arena, sizeof *c);
    c->arena = arena;
    c->vocabulary = vocabulary;
    c->examinations = arena_array(arena, vocabulary_examination_count(vocabulary), sizeof *c->examinations);
    c->findings = arena_array(arena, vocabulary_count(vocabulary), sizeof *c->findings);
    return c;
}

void case_free(Case *c)
{
    if (c) {
        arena_free(c->arena);
    }
}

/* Where the finding stands, or would stand. */
static size_t position_of(const Case *c, const Finding *finding)
{
    size_t at = 0;
    while (at < c->finding_count && c->findings[at].finding->index < finding->index) {
        at++;
    }
    return at;
}

const CaseFinding *case_find(const Case *c, const char *finding_id)
{
    for (size_t i = 0; i < c->finding_count; i++) {
        if (strcmp(c->findings[i].finding->id, finding_id) == 0) {
            return &c->findings[i];
        }
    }
    return NULL;
}

CaseFinding *case_put(Case *c, const Finding *finding)
{
    size_t at = position_of(c, finding);
    CaseFinding *place = &c->findings[at];
    if (at < c->finding_count && place->finding->index == finding->index) {
        return place;
    }
    memmove(place + 1, place, (c->finding_count - at) * sizeof *place);
    c->finding_count++;
    *place = (CaseFinding){.finding = finding, .measured_value = -1};
    return place;
}

void case_drop(Case *c, const Finding *finding)
{
    size_t at = position_of(c, finding);
    if (at < c->finding_count && c->findings[at].finding->index == finding->index) {
        c->finding_count--;
        memmove(&c->findings[at], &c->findings[at + 1], (c->finding_count - at) * sizeof *c->findings);
    }
}

static bool implied_vertebrae(const Case *c, CaseFinding *out)
{
    const CaseFinding *levels = case_find(c, "site.levels");
    size_t most = out->finding->value_count;
    if (case_find(c, out->finding->id) || !levels || !levels->has_read || !levels->read_values) {
        return false;
    }
    size_t count = (size_t)__builtin_popcountll(levels->read_values);
    out->read_values = case_bit((int)((count < most ? count : most) - 1));
    return true;
}

bool case_implied(const Case *c, const Finding *finding, CaseFinding *out)
{
    *out = (CaseFinding){.finding = finding, .has_read = true, .measured_value = -1};
    if (strcmp(finding->id, "patient.age") == 0) {
        out->read_number_count = 1;
        out->read_numbers[0] = c->age_years;
        return c->has_age;
    }
    if (strcmp(finding->id, "patient.sex") == 0 && c->sex != SEX_UNKNOWN) {
        int value = finding_value(finding, c->sex == SEX_MALE ? "male" : "female");
        out->read_values = value >= 0 ? case_bit(value) : 0;
        return value >= 0;
    }
    return strcmp(finding->id, "site.vertebrae") == 0 && implied_vertebrae(c, out);
}

bool case_is_closed_set(const Finding *finding)
{
    return strcmp(finding->id, "site.levels") == 0;
}

const char *examination_state_name(ExaminationState state)
{
    return state == EXAMINATION_UNKNOWN ? "unknown" : examination_state_names[state - 1];
}
