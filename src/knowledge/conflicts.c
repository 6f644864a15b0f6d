/* Where the evidence disagrees: rows and statements are tied to the written conflicts that they name, and
 * rows of one cell whose counts differ more than chance explains are found, one conflict for each cell.
 *
 * Counts are compared by the G-test of independence (the likelihood-ratio test), distributions by the
 * difference of their means against its standard error, both at P < 0.01; large series differ significantly
 * in what does not matter, so the difference must also have a size. The critical value of chi-squared is that
 * of Wilson and Hilferty's approximation, within 1 % of the exact one. Two rows are compared only on what
 * both tell apart: values that either of them lumps together ("a|b", or "none of the named") are lumped in
 * both. The test finds what deserves a look, and decides nothing. */
#include "knowledge/parts.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

static const double normal_one_sided = 2.326348, normal_two_sided = 2.575829; /* at P = 0.01 */
static const double least_share_difference = 0.15, least_mean_difference_sd = 0.5;

/* ---- comparing two rows ---- */

static double chi_squared_critical(size_t freedom)
{
    double v = (double)freedom, cube = 1 - 2 / (9 * v) + normal_one_sided * sqrt(2 / (9 * v));
    return v * cube * cube * cube;
}

/* Two rows of counts, class by class. */
static bool counts_differ(const double *a, const double *b, size_t count, double fewest)
{
    double sum_a = 0, sum_b = 0, g = 0, largest = 0;
    size_t columns = 0;
    for (size_t i = 0; i < count; i++) {
        sum_a += a[i];
        sum_b += b[i];
    }
    if (sum_a < fewest || sum_b < fewest) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        double column = a[i] + b[i];
        double expected_a = column * sum_a / (sum_a + sum_b), expected_b = column - expected_a;
        columns += column > 0 ? 1 : 0;
        g += a[i] > 0 ? 2 * a[i] * log(a[i] / expected_a) : 0;
        g += b[i] > 0 ? 2 * b[i] * log(b[i] / expected_b) : 0;
        largest = fmax(largest, fabs(a[i] / sum_a - b[i] / sum_b));
    }
    return columns > 1 && largest >= least_share_difference && g > chi_squared_critical(columns - 1);
}

/* Puts all values of a mask into the class of the lowest. */
static void lump(uint64_t mask, size_t *class_of, size_t count)
{
    if (mask == 0) {
        return;
    }
    size_t target = class_of[__builtin_ctzll(mask)];
    for (size_t v = 0; v < count; v++) {
        if (!(mask >> v & 1) || class_of[v] == target) {
            continue;
        }
        size_t old = class_of[v];
        for (size_t i = 0; i < count; i++) {
            class_of[i] = class_of[i] == old ? target : class_of[i];
        }
    }
}

static void lump_row(const RowData *data, size_t *class_of, size_t count)
{
    uint64_t named = 0;
    for (size_t e = 0; e < data->entry_count; e++) {
        lump(data->entries[e].values, class_of, count);
        named |= data->entries[e].values;
    }
    lump(~named & (count < 64 ? (UINT64_C(1) << count) - 1 : ~UINT64_C(0)), class_of, count);
}

static void class_sums(const RowData *data, const size_t *class_of, size_t count, double *out)
{
    memset(out, 0, count * sizeof *out);
    for (size_t v = 0; v < count; v++) {
        out[class_of[v]] += data->mass[v];
    }
    for (size_t v = 0; v < count; v++) {
        out[v] = round(out[v]); /* whole patients again: what was shared out is together in its class */
    }
}

static bool choices_differ(const RowData *a, const RowData *b, double fewest)
{
    size_t count = a->row->finding->value_count, class_of[VOCABULARY_MAX_VALUES];
    double sums_a[VOCABULARY_MAX_VALUES], sums_b[VOCABULARY_MAX_VALUES];
    for (size_t v = 0; v < count; v++) {
        class_of[v] = v;
    }
    lump_row(a, class_of, count);
    lump_row(b, class_of, count);
    class_sums(a, class_of, count, sums_a);
    class_sums(b, class_of, count, sums_b);
    return counts_differ(sums_a, sums_b, count, fewest);
}

static bool means_differ(const RowData *a, const RowData *b)
{
    double error = sqrt(a->sd * a->sd / a->total + b->sd * b->sd / b->total);
    double difference = fabs(a->mean - b->mean);
    return difference > normal_two_sided * error &&
           difference > least_mean_difference_sd * sqrt(0.5 * (a->sd * a->sd + b->sd * b->sd));
}

static bool rows_differ(const Knowledge *k, const RowData *a, const RowData *b)
{
    const Finding *f = a->row->finding;
    double fewest = k->scales[SCALE_CONFLICT_PATIENTS].value;
    if (b->row->finding != f || a->kind != b->kind || a->row->n < fewest || b->row->n < fewest ||
        !(a->row->weight > 0 && b->row->weight > 0) || a->row->source == b->row->source) {
        return false;
    }
    if (a->row->conflict[0] && strcmp(a->row->conflict, b->row->conflict) == 0) {
        return false; /* written already */
    }
    if (a->kind == DATA_DISTRIBUTION) {
        return means_differ(a, b);
    }
    if (a->kind != DATA_COUNTS || f->kind == FINDING_NUMBER) {
        return false;
    }
    if (f->kind == FINDING_CHOICE) {
        return choices_differ(a, b, fewest);
    }
    for (size_t m = 0; m < f->value_count; m++) {
        if (counts_differ(a->mass + 2 * m, b->mass + 2 * m, 2, fewest)) {
            return true;
        }
    }
    return false;
}

/* ---- one conflict for each cell ---- */

static void add_data(Text *text, const RowData *data)
{
    text_addf(text, "%s ", data->row->source->short_name);
    if (data->kind == DATA_DISTRIBUTION) {
        text_addf(text, "mean %g, SD %g", data->mean, data->sd);
    }
    for (size_t e = 0; e < data->entry_count; e++) {
        text_addf(text, "%s%s %g", e ? ", " : "", data->entries[e].at->key, data->entries[e].amount);
    }
    text_addf(text, " of %g", data->total);
}

/* Whether the row differs from any other row of its table. */
static bool is_disputed(const Knowledge *k, const RowTable *table, size_t row)
{
    for (size_t i = 0; i < table->count; i++) {
        const RowData *a = &table->data[i < row ? i : row], *b = &table->data[i < row ? row : i];
        /* subtypes that look different are no conflict */
        if (i != row && a->row->components == b->row->components && rows_differ(k, a, b)) {
            return true;
        }
    }
    return false;
}

/* The disputed rows of one finding; false if there are none. */
static bool describe_cell(const Knowledge *k, const Diagnosis *d, const RowTable *table, const Finding *f,
                          const bool *disputed, Conflict *out)
{
    AUTO_TEXT question = TEXT_INIT;
    const Row **rows = arena_array(k->arena, table->count, sizeof(const Row *));
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].finding != f || !disputed[i]) {
            continue;
        }
        text_add(&question, count ? "; " : "");
        add_data(&question, &table->data[i]);
        rows[count++] = &table->rows[i];
    }
    if (count == 0) {
        return false;
    }
    *out = (Conflict){
        .id = arena_printf(k->arena, "%s.%s", d->name->id, f->id),
        .diagnosis = d->name->id,
        .question = arena_printf(k->arena, "%s in %s: %s", f->label, d->name->term, text_string(&question)),
        .resolution = "",
        .row_count = count,
        .rows = rows};
    return true;
}

static size_t compare_table(const Knowledge *k, size_t diagnosis, Arena *scratch, Conflict *out)
{
    const RowTable *table = &k->tables[diagnosis];
    bool *disputed = arena_array(scratch, table->count + 1, sizeof *disputed);
    for (size_t i = 0; i < table->count; i++) {
        disputed[i] = is_disputed(k, table, i);
    }
    size_t count = 0;
    for (size_t i = 0; i < vocabulary_count(k->vocabulary) && table->count > 0; i++) {
        count += describe_cell(k, &k->diagnoses[diagnosis], table, vocabulary_finding(k->vocabulary, i),
                               disputed, &out[count])
                     ? 1
                     : 0;
    }
    return count;
}

static size_t add_rows_of(const RowTable *table, const char *conflict, const Row **out)
{
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].conflict, conflict) == 0) {
            out[count++] = &table->rows[i];
        }
    }
    return count;
}

static void tie_rows(Knowledge *k, Conflict *c, const Row **room)
{
    size_t count = 0;
    for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
        count += add_rows_of(&k->tables[d], c->id, room + count);
        count += add_rows_of(&k->share_tables[d], c->id, room + count);
    }
    const Row **rows = arena_array(k->arena, count + 1, sizeof(const Row *));
    memcpy(rows, room, count * sizeof(const Row *));
    c->rows = rows;
    c->row_count = count;
}

static size_t add_statements(const Statement *statements, size_t statement_count, const char *conflict,
                             const Statement **out)
{
    size_t count = 0;
    for (size_t i = 0; i < statement_count; i++) {
        if (strcmp(statements[i].conflict, conflict) == 0) {
            out[count++] = &statements[i];
        }
    }
    return count;
}

static void tie_statements(Knowledge *k, Conflict *c, const Statement **room)
{
    size_t count = add_statements(k->general, k->general_count, c->id, room);
    for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
        const Diagnosis *diagnosis = &k->diagnoses[d];
        count += add_statements(diagnosis->statements, diagnosis->statement_count, c->id, room + count);
    }
    const Statement **statements = arena_array(k->arena, count + 1, sizeof(const Statement *));
    memcpy(statements, room, count * sizeof(const Statement *));
    c->statements = statements;
    c->statement_count = count;
}

/* What names the written conflicts; `row_count` rows are in the tables. */
static void tie_written(Knowledge *k, size_t row_count, Arena *scratch)
{
    size_t statement_count = k->general_count;
    for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
        statement_count += k->diagnoses[d].statement_count;
    }
    const Row **rows = arena_array(scratch, row_count + 1, sizeof(const Row *));
    const Statement **statements = arena_array(scratch, statement_count + 1, sizeof(const Statement *));
    for (size_t i = 0; i < k->conflict_count; i++) {
        tie_rows(k, &k->conflicts[i], rows);
        tie_statements(k, &k->conflicts[i], statements);
    }
}

void knowledge_find_conflicts(Knowledge *k, Arena *scratch)
{
    size_t row_count = 0;
    for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
        row_count += k->tables[d].count + k->share_tables[d].count;
    }
    tie_written(k, row_count, scratch);
    Conflict *all = arena_array(k->arena, k->conflict_count + row_count + 1, sizeof *all);
    memcpy(all, k->conflicts, k->conflict_count * sizeof *all);
    k->conflicts = all;
    for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
        k->conflict_count += compare_table(k, d, scratch, all + k->conflict_count);
    }
}
