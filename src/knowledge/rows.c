/* Evidence rows: from the YAML to tables, with every check that needs no other row.
 *
 * A row names a finding and says exactly one of counts, shares, says, distribution. A key of the first three
 * names one value, several ("a|b": one of these, not told which) or a range of a number. A value that others
 * refine stands for itself and for those of them that the row does not name. */
#include "knowledge/parts.h"

#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const double share_tolerance = 0.01; /* printed percentages are rounded */
static const char *const form_names[] = {"counts", "shares", "says", "distribution"};

/* ---- keys ---- */

static const char *value_list(const Loader *l, const Finding *f, const char *given)
{
    const char *near = finding_nearest_value(f, given);
    if (near) {
        return arena_printf(l->check.scratch, "; did you mean '%s'?", near);
    }
    AUTO_TEXT text = TEXT_INIT;
    for (size_t i = 0; i < f->value_count; i++) {
        text_addf(&text, "%s%s", i ? ", " : "; its values are ", f->values[i].id);
    }
    return arena_strdup(l->check.scratch, text_string(&text));
}

/* "a" or "a|b" as a mask. */
static bool parse_values(const Loader *l, const Finding *f, Entry *e)
{
    const char *part = e->at->key;
    for (;;) {
        size_t length = strcspn(part, "|");
        const char *id = arena_strndup(l->check.scratch, part, length);
        int value = finding_value(f, id);
        if (value < 0) {
            return check_fail_key(&l->check, e->at, "%s is no value of %s%s", loader_quote(l, id), f->id,
                                  value_list(l, f, id));
        }
        if (e->values >> value & 1) {
            return check_fail_key(&l->check, e->at, "'%s' is named twice in this key", id);
        }
        e->values |= UINT64_C(1) << value;
        if (part[length] == '\0') {
            break;
        }
        part += length + 1;
    }
    if (f->kind == FINDING_SET && (e->values & (e->values - 1)) != 0) {
        return check_fail_key(&l->check, e->at,
                              "the members of a set are yes or no each; name them one by one, not with |");
    }
    return true;
}

/* Reads a number that fills all of the text. */
static bool read_bound(const char *text, double *out)
{
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    return text[0] != '\0' && *end == '\0' && errno == 0 && isfinite(*out) &&
           text[strspn(text, "0123456789.+-eE")] == '\0';
}

static bool parse_range(const Loader *l, const Finding *f, Entry *e)
{
    const char *key = e->at->key;
    const char *dots = strstr(key, "..");
    if (!dots || strlen(key) == 2) {
        return check_fail_key(&l->check, e->at, "%s is no range; write 20..40, ..20 or 40..",
                              loader_quote(l, key));
    }
    const char *from = arena_strndup(l->check.scratch, key, (size_t)(dots - key));
    e->low = f->minimum;
    e->high = f->maximum;
    if ((from[0] && !read_bound(from, &e->low)) || (dots[2] && !read_bound(dots + 2, &e->high))) {
        return check_fail_key(&l->check, e->at, "%s is no range; write 20..40, ..20 or 40..",
                              loader_quote(l, key));
    }
    if (!(e->low < e->high)) {
        return check_fail_key(&l->check, e->at, "the range %s is reversed or empty: from %g to %g", key,
                              e->low, e->high);
    }
    if (e->low < f->minimum || e->high > f->maximum) {
        return check_fail_key(&l->check, e->at, "the range %s leaves the plausible range of %s, %g to %g",
                              key, f->id, f->minimum, f->maximum);
    }
    return true;
}

/* A value that others refine: add those that are not named by a key of their own. */
static void add_refinements(const Finding *f, RowData *data)
{
    uint64_t named = 0;
    for (size_t i = 0; i < data->entry_count; i++) {
        named |= data->entries[i].values;
    }
    for (size_t i = 0; i < data->entry_count; i++) {
        uint64_t values = data->entries[i].values;
        for (size_t v = 0; v < f->value_count; v++) {
            if (values >> v & 1) {
                data->entries[i].values |= finding_closure(f, (int)v) & ~named;
            }
        }
    }
}

/* ---- amounts ---- */

static bool parse_amount(const Loader *l, DataKind kind, Entry *e)
{
    if (kind == DATA_SAYS) {
        size_t word;
        if (!check_one_of(&l->check, e->at, "word", knowledge_words, WORD_COUNT, &word)) {
            return false;
        }
        e->amount = l->k->words[word].probability.value;
        e->size = l->k->words[word].size;
        return true;
    }
    if (!check_kind(&l->check, e->at, VALUE_NUMBER)) {
        return false;
    }
    e->amount = e->at->number;
    if (kind == DATA_SHARES) {
        return (e->amount >= 0 && e->amount <= 1) ||
               check_fail(&l->check, e->at, "%g is no share; it must be 0 to 1", e->amount);
    }
    if (e->amount < 0 || e->amount > 1e9 || floor(e->amount) < e->amount) {
        return check_fail(&l->check, e->at, "%g is no count; it must be a whole number of patients",
                          e->amount);
    }
    return true;
}

static bool parse_entries(const Loader *l, const Finding *f, const Value *map, RowData *data)
{
    if (!check_kind(&l->check, map, VALUE_MAP)) {
        return false;
    }
    if (map->count == 0) {
        return check_fail(&l->check, map, "says nothing; name at least one value");
    }
    data->entries = arena_array(l->k->arena, map->count, sizeof *data->entries);
    VALUE_EACH(at, map)
    {
        Entry *e = &data->entries[data->entry_count++];
        *e = (Entry){.at = at};
        if (!(f->kind == FINDING_NUMBER ? parse_range(l, f, e) : parse_values(l, f, e)) ||
            !parse_amount(l, data->kind, e)) {
            return false;
        }
    }
    if (f->kind == FINDING_CHOICE) {
        add_refinements(f, data);
    }
    return true;
}

/* Ranges that overlap would count patients twice; so would words for the same value. */
static bool check_overlap(const Loader *l, const Finding *f, const RowData *data)
{
    for (size_t i = 1; i < data->entry_count; i++) {
        const Entry *b = &data->entries[i];
        for (size_t j = 0; j < i; j++) {
            const Entry *a = &data->entries[j];
            if (f->kind == FINDING_NUMBER && a->low < b->high && b->low < a->high) {
                return check_fail_key(&l->check, b->at, "the ranges %s and %s overlap", a->at->key,
                                      b->at->key);
            }
            if (data->kind == DATA_SAYS && (a->values & b->values) != 0) {
                return check_fail_key(&l->check, b->at, "'%s' and '%s' speak of the same value", a->at->key,
                                      b->at->key);
            }
        }
    }
    return true;
}

/* Whether the keys leave a value or a part of the range unnamed. */
static bool leaves_rest(const Finding *f, const RowData *data)
{
    uint64_t named = 0;
    double length = 0;
    for (size_t i = 0; i < data->entry_count; i++) {
        named |= data->entries[i].values;
        length += data->entries[i].high - data->entries[i].low;
    }
    if (f->kind == FINDING_NUMBER) {
        return length < (f->maximum - f->minimum) * (1 - 1e-9);
    }
    return (size_t)__builtin_popcountll(named) < f->value_count;
}

static double sum_of(const RowData *data)
{
    double sum = 0;
    for (size_t i = 0; i < data->entry_count; i++) {
        sum += data->entries[i].amount;
    }
    return sum;
}

/* ---- the forms ---- */

static bool finish_counts(const Loader *l, const Finding *f, const Value *row, const Value *map,
                          RowData *data)
{
    double n = 0, sum = sum_of(data);
    bool has_n = value_get(row, "n") != NULL;
    if (!loader_number(l, row, "n", 1, 1e9, &n)) {
        return false;
    }
    if (has_n && floor(n) < n) {
        return check_fail(&l->check, value_get(row, "n"), "must be a whole number of patients");
    }
    if (f->kind == FINDING_SET) {
        if (!has_n) {
            return check_fail(&l->check, row, "counts of a set need n, the patients that were looked at");
        }
        for (size_t i = 0; i < data->entry_count; i++) {
            if (data->entries[i].amount > n) {
                return check_fail(&l->check, data->entries[i].at, "%g is more than n, %g",
                                  data->entries[i].amount, n);
            }
        }
    } else if (has_n && sum > n) {
        return check_fail(&l->check, map, "the counts add up to %g, which is more than n, %g", sum, n);
    } else if (has_n && sum < n && !leaves_rest(f, data)) {
        return check_fail(&l->check, map,
                          "the counts add up to %g and n is %g, but no value is left for the rest", sum, n);
    } else if (sum <= 0 && !has_n) {
        return check_fail(&l->check, map, "no patient is counted; leave the row out or give n");
    }
    data->total = has_n ? n : sum;
    data->row->n = data->total;
    data->row->has_counts = true;
    return true;
}

static bool finish_shares(const Loader *l, const Finding *f, const Value *row, const Value *map,
                          RowData *data)
{
    double sum = sum_of(data);
    data->total = l->k->scales[SCALE_SHARE_SIZE].value;
    if (value_get(row, "n")) {
        if (!loader_number(l, row, "n", 1, 1e9, &data->total)) {
            return false;
        }
        data->row->n = data->total;
        data->row->has_counts = true;
    }
    if (f->kind == FINDING_SET) {
        return true;
    }
    if (sum > 1 + share_tolerance) {
        return check_fail(&l->check, map, "the shares add up to %g, which is more than 1", sum);
    }
    if (sum < 1 - share_tolerance && !leaves_rest(f, data)) {
        return check_fail(&l->check, map, "the shares add up to %g, but no value is left for the rest", sum);
    }
    return true;
}

static bool parse_distribution(const Loader *l, const Finding *f, const Value *map, RowData *data)
{
    static const char *const keys[] = {"mean", "sd", "n", "min", "max"};
    if (f->kind != FINDING_NUMBER) {
        return check_fail_key(&l->check, map, "%s is no number; a distribution is for numbers only", f->id);
    }
    if (!check_kind(&l->check, map, VALUE_MAP) || !check_keys(&l->check, map, keys, CHECK_COUNT(keys))) {
        return false;
    }
    data->minimum = f->minimum;
    data->maximum = f->maximum;
    for (size_t i = 0; i < 3; i++) {
        if (!check_required(&l->check, map, keys[i], VALUE_NUMBER)) {
            return false;
        }
    }
    if (!loader_number(l, map, "sd", 0, 1e9, &data->sd) ||
        !loader_number(l, map, "n", 1, 1e9, &data->total) ||
        !loader_number(l, map, "min", f->minimum, f->maximum, &data->minimum) ||
        !loader_number(l, map, "max", f->minimum, f->maximum, &data->maximum)) {
        return false;
    }
    if (!(data->sd > 0)) {
        return check_fail(&l->check, value_get(map, "sd"), "a standard deviation is more than 0");
    }
    if (!(data->minimum < data->maximum)) {
        return check_fail(&l->check, map, "min %g is not below max %g", data->minimum, data->maximum);
    }
    if (!loader_number(l, map, "mean", data->minimum, data->maximum, &data->mean)) {
        return false;
    }
    data->row->n = data->total;
    data->row->has_counts = true;
    return true;
}

/* ---- a row ---- */

/* What the rows of a list may speak of. */
typedef struct {
    const Finding *components; /* NULL if there are none */
    bool of_shares;            /* the rows say how the diagnosis splits into them */
} RowContext;

static bool parse_form(const Loader *l, const Value *node, RowData *data)
{
    const Finding *f = data->row->finding;
    const Value *form = NULL;
    for (size_t i = 0; i < CHECK_COUNT(form_names); i++) {
        const Value *given = value_get(node, form_names[i]);
        if (given && form) {
            return check_fail_key(&l->check, given, "a row says one thing: either '%s' or '%s'", form->key,
                                  given->key);
        }
        if (given) {
            form = given;
            data->kind = (DataKind)i;
        }
    }
    if (!form) {
        return check_fail(&l->check, node, "needs one of counts, shares, says or distribution");
    }
    if (data->kind == DATA_DISTRIBUTION) {
        return parse_distribution(l, f, form, data);
    }
    if (!parse_entries(l, f, form, data) || !check_overlap(l, f, data)) {
        return false;
    }
    if (data->kind == DATA_COUNTS) {
        return finish_counts(l, f, node, form, data);
    }
    if (data->kind == DATA_SHARES) {
        return finish_shares(l, f, node, form, data);
    }
    return !value_get(node, "n") ||
           check_fail_key(&l->check, value_get(node, "n"), "words have no n; give counts or shares");
}

static bool parse_finding(const Loader *l, const RowContext *context, const Value *node, Row *row)
{
    if (context->of_shares) {
        row->finding = context->components;
        return true;
    }
    const Value *at = check_required(&l->check, node, "finding", VALUE_STRING);
    if (!at) {
        return false;
    }
    row->finding = vocabulary_find(l->k->vocabulary, at->string);
    if (!row->finding) {
        const char *near = vocabulary_nearest(l->k->vocabulary, at->string);
        return check_fail(&l->check, at, "unknown finding %s%s%s%s", loader_quote(l, at->string),
                          near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    if (row->finding->use == FINDING_FOR_SCORES) {
        return check_fail(&l->check, at, "%s is for the scores only; the differential does not look at it",
                          row->finding->id);
    }
    return true;
}

static bool parse_component(const Loader *l, const Finding *components, const Value *at, uint64_t *out)
{
    if (!check_kind(&l->check, at, VALUE_STRING)) {
        return false;
    }
    int value = finding_value(components, at->string);
    if (value < 0) {
        return check_fail(&l->check, at, "%s is no component of this diagnosis%s",
                          loader_quote(l, at->string), value_list(l, components, at->string));
    }
    if (*out >> value & 1) {
        return check_fail(&l->check, at, "'%s' is named twice", at->string);
    }
    *out |= UINT64_C(1) << value;
    return true;
}

/* `component`: one id or a list of them. */
static bool parse_row_components(const Loader *l, const RowContext *context, const Value *node, Row *row)
{
    const Value *given = value_get(node, "component");
    if (!given) {
        return true;
    }
    if (!context->components) {
        return check_fail_key(&l->check, given, "the file describes no 'components'");
    }
    if (given->kind != VALUE_LIST) {
        return parse_component(l, context->components, given, &row->components);
    }
    VALUE_EACH(item, given)
    {
        if (!parse_component(l, context->components, item, &row->components)) {
            return false;
        }
    }
    return given->count > 0 || check_fail(&l->check, given, "names no component");
}

static bool parse_row(const Loader *l, const RowContext *context, const Value *node, RowData *data)
{
    static const char *const all_keys[] = {
        "component", "finding", "counts", "shares",   "says",     "distribution",    "n", "scope", "source",
        "where",     "note",    "weight", "conflict", "selected", "same_patients_as"};
    const char *const *keys = all_keys + (context->of_shares ? 2 : 0);
    size_t key_count = CHECK_COUNT(all_keys) - (context->of_shares ? 2 : 0);
    static const char *const scopes[] = {"cervical", "spinal", "general"};
    Row *row = data->row;
    const Value *selected;
    size_t scope;
    row->data = node;
    row->weight = 1;
    data->same_patients_as = "";
    if (!check_kind(&l->check, node, VALUE_MAP) || !check_keys(&l->check, node, keys, key_count) ||
        !parse_finding(l, context, node, row) || !parse_row_components(l, context, node, row) ||
        !(row->source = loader_source(l, node, "source")) ||
        !(row->where = loader_text(l, node, "where", NULL)) ||
        !(row->note = loader_text(l, node, "note", "")) ||
        !check_required(&l->check, node, "scope", VALUE_STRING) ||
        !check_one_of(&l->check, value_get(node, "scope"), "scope", scopes, CHECK_COUNT(scopes), &scope) ||
        !check_optional(&l->check, node, "selected", VALUE_BOOL, &selected) ||
        !loader_number(l, node, "weight", 0, 1, &row->weight) ||
        !(row->conflict = loader_conflict(l, node))) {
        return false;
    }
    row->scope = (Scope)scope;
    row->selected = value_truth(node, "selected");
    if (value_get(node, "same_patients_as")) {
        const Source *same = loader_source(l, node, "same_patients_as");
        if (!same) {
            return false;
        }
        if (same == row->source) {
            return check_fail(&l->check, value_get(node, "same_patients_as"), "is the row's own source");
        }
        data->same_patients_as = same->id;
    }
    return parse_form(l, node, data);
}

bool knowledge_load_rows(const Loader *l, const Value *list, const char *owner, const Finding *components,
                         bool of_shares, RowTable *out)
{
    Arena *arena = l->k->arena;
    RowContext context = {components, of_shares};
    *out = (RowTable){0, arena_array(arena, list->count + 1, sizeof *out->rows),
                      arena_array(arena, list->count + 1, sizeof *out->data)};
    size_t *ordinals =
        arena_array(l->check.scratch, vocabulary_count(l->k->vocabulary) + 1, sizeof *ordinals);
    VALUE_EACH(node, list)
    {
        RowData *data = &out->data[out->count];
        *data = (RowData){.row = &out->rows[out->count]};
        if (!parse_row(l, &context, node, data)) {
            return false;
        }
        const Finding *f = data->row->finding;
        data->row->id = arena_printf(arena, "%s.%s.%zu", owner, f->id, ++ordinals[f->index]);
        data->mass = arena_array(arena, cell_components(f), sizeof *data->mass);
        data->row->mass = data->mass;
        out->count++;
    }
    return true;
}
