/* The impression: what it is and where, what it most likely is, and what must be thought of. */
#include "evaluate/impression.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

/* The label of a choice's only possible value that is not a negative one, or NULL. */
static const char *certain_value(const Case *c, const char *finding_id)
{
    const Finding *f = vocabulary_find(c->vocabulary, finding_id);
    if (!f || !case_find(c, finding_id)) {
        return NULL;
    }
    uint64_t possible = case_possible(c, f, 0.1);
    if (__builtin_popcountll(possible) != 1) {
        return NULL;
    }
    const FindingValue *value = &f->values[__builtin_ctzll(possible)];
    bool negative = strcmp(value->id, "none") == 0 || strcmp(value->id, "absent") == 0 ||
                    strcmp(value->id, "normal") == 0;
    return negative ? NULL : value->label;
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

static void describe_lesion(Text *text, const Case *c)
{
    const char *density = certain_value(c, "ct.density");
    const char *element = certain_value(c, "site.element");
    if (density) {
        text_addf(text, "%c%s lesion", density[0] & ~0x20, density + 1);
    } else {
        text_add(text, "Lesion");
    }
    add_levels(text, c);
    if (element) {
        text_addf(text, " (%s)", element);
    }
    add_size(text, c);
    if (certain_value(c, "extent.soft_tissue_mass")) {
        text_add(text, ", with a soft-tissue mass");
    }
    const char *canal = certain_value(c, "extent.canal");
    if (canal) {
        text_addf(text, "; spinal canal: %s", canal);
    }
    text_add(text, ".");
}

static const char *hypothesis_term(const Posterior *p, size_t h)
{
    return h + 1 == p->hypothesis_count ? "none of these" : knowledge_diagnosis(p->knowledge, h)->name->term;
}

static void describe_ranking(Text *text, const Posterior *p)
{
    size_t first = p->order[0];
    if (p->sign_count == 0) {
        text_addf(text, "No finding was reported: the figures are those of the prior (%s).", p->prior->label);
        return;
    }
    if (first + 1 == p->hypothesis_count) {
        text_add(text, "The findings fit none of the ranked diagnoses well");
    } else {
        text_addf(text, "Most likely %s", hypothesis_term(p, first));
    }
    text_addf(text, " (%.0f %%, 90 %% interval %s%.0f–%s%.0f %%)", 100 * p->probability[first],
              p->low[first] < 0.005 ? "<" : "", fmax(100 * p->low[first], 1),
              p->high[first] > 0.995 ? ">" : "", fmin(100 * p->high[first], 99));
    size_t shown = 0;
    for (size_t i = 1; i < 3 && i < p->hypothesis_count; i++) {
        size_t h = p->order[i];
        if (p->probability[h] >= 0.05) {
            text_addf(text, "%s%s (%.0f %%)", shown++ ? " and " : ", then ", hypothesis_term(p, h),
                      100 * p->probability[h]);
        }
    }
    text_addf(text, "; prior: %s.", p->prior->label);
}

static void describe_dangers(Text *text, const Value *result)
{
    const Value *alerts = value_get(result, "alerts");
    const Value *open = value_get(result, "not_assessed");
    if (alerts && alerts->count) {
        size_t shown = 0;
        VALUE_EACH(alert, alerts)
        {
            if (shown < 3) {
                text_addf(text, "%s%s", shown++ ? "; " : "Alerts: ", value_text(alert, "label"));
            }
        }
        if (alerts->count > 3) {
            text_addf(text, "; and %zu more", alerts->count - 3);
        }
        text_add(text, ".");
    } else {
        text_add(text, "No alert from what was reported.");
    }
    size_t shown = 0;
    VALUE_EACH(item, open)
    {
        if (shown < 3) {
            text_addf(text, "%s%s", shown++ ? ", " : " Not assessed: ", value_string(item));
        }
    }
    if (open && open->count > 3) {
        text_addf(text, " and %zu more", open->count - 3);
    }
    if (shown) {
        text_add(text, ".");
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
    describe_dangers(&text, result);
    value_add_string(list, text_string(&text));
    text_clear(&text);
}
