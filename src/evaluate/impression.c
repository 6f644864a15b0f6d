/* The impression, read in ten seconds: what it is and where; what it most likely is; what must not wait.
 *
 *   Lytic lesion of C3 (vertebral body), 36 mm, with a soft-tissue mass that reaches into the spinal canal.
 *   Most likely chordoma, 83 % (90 % interval 70–91 %), then metastasis, 6 %. Prior: all comers.
 *   Within hours: spinal cord compression. 4 points were not assessed. */
#include "evaluate/impression.h"

#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* The id of a choice's only possible value, or NULL. */
static const FindingValue *certain_value(const Case *c, const char *finding_id)
{
    const Finding *f = vocabulary_find(c->vocabulary, finding_id);
    if (!f || !case_find(c, finding_id)) {
        return NULL;
    }
    uint64_t possible = case_possible(c, f, 0.1);
    return __builtin_popcountll(possible) == 1 ? &f->values[__builtin_ctzll(possible)] : NULL;
}

static bool is_certain(const Case *c, const char *finding_id, const char *value_id)
{
    const FindingValue *value = certain_value(c, finding_id);
    return value && strcmp(value->id, value_id) == 0;
}

/* "C3", "C3 and C4", "C2 to C5". */
static void add_levels(Text *text, const Case *c)
{
    const Finding *f = vocabulary_find(c->vocabulary, "site.levels");
    const CaseFinding *known = f ? case_find(c, "site.levels") : NULL;
    uint64_t levels = known ? case_possible(c, f, 0.1) : 0;
    if (!levels) {
        text_add(text, " of the cervical spine (level not stated)");
        return;
    }
    size_t first = (size_t)__builtin_ctzll(levels), last = 63 - (size_t)__builtin_clzll(levels);
    size_t count = (size_t)__builtin_popcountll(levels);
    const char *joint = count == 1 ? "" : count == last - first + 1 && count > 2 ? " to " : " and ";
    text_addf(text, " of %s", f->values[first].label);
    if (count > 1 && count != last - first + 1) {
        for (size_t v = first + 1; v < last; v++) {
            if (levels >> v & 1) {
                text_addf(text, ", %s", f->values[v].label);
            }
        }
    }
    if (count > 1) {
        text_addf(text, "%s%s", joint, f->values[last].label);
    }
}

static void add_size(Text *text, const Case *c)
{
    const CaseFinding *size = case_find(c, "site.size_mm");
    if (size && (size->has_measured || size->read_number_count == 1)) {
        text_addf(text, ", %.0f mm", size->has_read ? size->read_numbers[0] : size->measured_number);
    }
}

/* The soft-tissue mass and the canal, in one phrase each. */
static void add_extent(Text *text, const Case *c)
{
    static const char *const canal[][2] = {{"narrowed", "narrowing the spinal canal"},
                                           {"epidural", "reaching into the epidural space"},
                                           {"cord_compression", "compressing the spinal cord"}};
    text_add(text, is_certain(c, "extent.soft_tissue_mass", "present") ? ", with a soft-tissue mass" : "");
    for (size_t i = 0; i < sizeof canal / sizeof *canal; i++) {
        if (is_certain(c, "extent.canal", canal[i][0])) {
            text_addf(text, ", %s", canal[i][1]);
        }
    }
}

static void describe_lesion(Text *text, const Case *c)
{
    const FindingValue *density = certain_value(c, "ct.density");
    const FindingValue *element = certain_value(c, "site.element");
    if (density && strcmp(density->id, "normal") != 0) {
        text_addf(text, "%c%s lesion", toupper((unsigned char)density->label[0]), density->label + 1);
    } else {
        text_add(text, "Lesion");
    }
    add_levels(text, c);
    if (element) {
        text_addf(text, " (%s)", element->label);
    }
    add_size(text, c);
    add_extent(text, c);
    text_add(text, ".");
}

static const char *hypothesis_term(const Posterior *p, size_t h)
{
    return h + 1 == p->hypothesis_count ? "none of these" : knowledge_diagnosis(p->knowledge, h)->name->term;
}

static bool is_of_patient(const SignEvidence *sign)
{
    for (size_t i = 0; i < sign->finding_count; i++) {
        if (strncmp(sign->findings[i]->id, "patient.", 8) != 0) {
            return false;
        }
    }
    return true;
}

/* Of what the figures are if no finding was reported; NULL if one was. */
static const char *only_prior(const Posterior *p)
{
    for (size_t s = 0; s < p->sign_count; s++) {
        if (!is_of_patient(&p->signs[s])) {
            return NULL;
        }
    }
    if (p->sign_count != 1) {
        return p->sign_count ? "the prior, adjusted for age and sex alone" : "the prior alone";
    }
    bool age = strcmp(p->signs[0].findings[0]->id, "patient.age") == 0;
    return age ? "the prior, adjusted for age alone" : "the prior, adjusted for sex alone";
}

static void add_share(Text *text, double share)
{
    if (share < 0.01) {
        text_add(text, "<1");
    } else if (share > 0.99) {
        text_add(text, ">99");
    } else {
        text_addf(text, "%.0f", 100 * share);
    }
}

static void add_interval(Text *text, const Posterior *p, size_t h)
{
    text_add(text, " % (90 % interval ");
    add_share(text, p->low[h]);
    text_add(text, "–");
    add_share(text, p->high[h]);
    text_add(text, " %)");
}

/* The first with its interval, and up to two others of at least 5 %. */
static void add_candidates(Text *text, const Posterior *p)
{
    size_t first = p->order[0];
    text_addf(text, "%s, ", hypothesis_term(p, first));
    add_share(text, p->probability[first]);
    add_interval(text, p, first);
    for (size_t i = 1; i < 3 && i < p->hypothesis_count; i++) {
        size_t h = p->order[i];
        if (p->probability[h] >= 0.05) {
            text_addf(text, "%s%s, %.0f %%", i == 1 ? "; then " : "; ", hypothesis_term(p, h),
                      100 * p->probability[h]);
        }
    }
    text_add(text, ".");
}

static void add_prior(Text *text, const Posterior *p)
{
    const char *label = p->prior->label;
    bool word = islower((unsigned char)label[1]);
    text_addf(text, " Prior: %c%s.", word ? tolower((unsigned char)label[0]) : label[0], label + 1);
}

static void describe_ranking(Text *text, const Posterior *p)
{
    size_t first = p->order[0];
    const char *prior_only = only_prior(p);
    if (prior_only) {
        text_addf(text, "No finding was reported: the figures are those of %s: ", prior_only);
    } else if (first + 1 == p->hypothesis_count) {
        text_add(text, "The findings fit no diagnosis of the list well: ");
    } else if (p->probability[first] < 0.5) {
        text_add(text, "No diagnosis leads clearly: ");
    } else {
        text_add(text, "Most likely ");
    }
    add_candidates(text, p);
    add_prior(text, p);
}

/* "Spinal cord compression" as "spinal cord compression". */
static void add_inside_sentence(Text *text, const char *label)
{
    bool word = islower((unsigned char)label[0]) || islower((unsigned char)label[1]);
    char first[2] = {word ? (char)tolower((unsigned char)label[0]) : label[0], '\0'};
    text_add(text, first);
    text_add(text, label + (label[0] != '\0'));
}

/* "Within hours: A; B. Within days: C." */
static void describe_alerts(Text *text, const Value *alerts)
{
    static const char *const urgencies[][2] = {
        {"hours", "Within hours"}, {"days", "Within days"}, {"planned", "Before treatment"}};
    for (size_t i = 0; i < sizeof urgencies / sizeof *urgencies; i++) {
        size_t shown = 0;
        VALUE_EACH(alert, alerts)
        {
            if (strcmp(value_text(alert, "urgency"), urgencies[i][0]) == 0) {
                text_addf(text, "%s%s", shown || !text->length ? "" : " ", shown ? "; " : urgencies[i][1]);
                text_add(text, shown++ ? "" : ": ");
                add_inside_sentence(text, value_text(alert, "label"));
                const char *certainty = value_text(alert, "certainty");
                text_add(text, certainty && strcmp(certainty, "possible") == 0 ? " (possible)" : "");
            }
        }
        text_add(text, shown ? "." : "");
    }
}

static void describe_dangers(Text *text, const Case *c, const Value *result)
{
    const Value *alerts = value_get(result, "alerts"), *open = value_get(result, "not_assessed");
    describe_alerts(text, alerts);
    if (!text->length) {
        text_add(text, c->finding_count ? "No alert from what was reported."
                                        : "Nothing was reported that could raise an alert.");
    }
    if (open && open->count == 1) {
        text_addf(text, " Not assessed: %s.", value_string(open->first));
    } else if (open && open->count) {
        text_addf(text, " %zu points were not assessed.", open->count);
    }
}

void impression_add(const Case *c, const Posterior *posterior, Value *result)
{
    Value *list = value_set_list(result, "impression");
    Text text = TEXT_INIT;
    describe_lesion(&text, c);
    value_add_string(list, text_string(&text));
    text_clear(&text);
    describe_ranking(&text, posterior);
    value_add_string(list, text_string(&text));
    text_clear(&text);
    describe_dangers(&text, c, result);
    value_add_string(list, text_string(&text));
    text_clear(&text);
}
