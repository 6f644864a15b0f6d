/* What a row adds to its cell: its patients, or what its words are worth, spread over the values or bins.
 *
 * Choices and numbers are treated alike: an entry covers each component by a fraction (a value wholly or not
 * at all, a bin by its overlap with the range) and what is not told apart is shared out in proportion to base
 * × coverage. */
#include "knowledge/parts.h"

#include <math.h>
#include <string.h>

bool finding_is_of_tissue(const Finding *finding)
{
    return strcmp(finding->section, "path") == 0;
}

double row_discount(const Knowledge *k, const Row *row)
{
    /* what a tumour is made of does not depend on where it stands: no discount for other sites */
    size_t beyond = finding_is_of_tissue(row->finding) ? 0 : (size_t)row->scope;
    double scope = k->scales[SCALE_SCOPE_CERVICAL + beyond].value;
    return scope * row->weight * (row->selected ? k->scales[SCALE_SELECTED].value : 1);
}

/* The fraction of each component that an entry names. */
static void entry_coverage(const Finding *f, const Entry *e, double *out)
{
    for (size_t i = 0; i < cell_components(f); i++) {
        if (f->kind == FINDING_NUMBER) {
            double low = fmax(e->low, f->bin_edges[i]), high = fmin(e->high, f->bin_edges[i + 1]);
            out[i] = fmax(0, high - low) / (f->bin_edges[i + 1] - f->bin_edges[i]);
        } else {
            out[i] = e->values >> i & 1 ? 1 : 0;
        }
    }
}

/* Adds `amount`, shared out by base × coverage. */
static void share_out(const double *base, const double *coverage, size_t count, double amount, double *mass)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += base[i] * coverage[i];
    }
    for (size_t i = 0; i < count && sum > 0; i++) {
        mass[i] += amount * base[i] * coverage[i] / sum;
    }
}

/* What no entry names; false if that is nothing. */
static bool rest_coverage(const RowData *data, double *out)
{
    const Finding *f = data->row->finding;
    size_t count = cell_components(f);
    double coverage[CELL_MAX] = {0};
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        out[i] = 1;
    }
    for (size_t e = 0; e < data->entry_count; e++) {
        entry_coverage(f, &data->entries[e], coverage);
        for (size_t i = 0; i < count; i++) {
            out[i] -= fmin(out[i], coverage[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        out[i] = out[i] > 1e-9 ? out[i] : 0;
        any = any || out[i] > 0;
    }
    return any;
}

/* A coarse count is shared in proportion to the background, at its strength, and to the row's certain counts.
 */
static void fill_counts(const Knowledge *k, RowData *data, const double *base)
{
    const Finding *f = data->row->finding;
    size_t count = cell_components(f);
    double coverage[CELL_MAX] = {0}, certain[CELL_MAX] = {0}, weight[CELL_MAX] = {0};
    double left = data->total;
    for (size_t e = 0; e < data->entry_count; e++) {
        const Entry *entry = &data->entries[e];
        left -= entry->amount;
        if (f->kind == FINDING_CHOICE && __builtin_popcountll(entry->values) == 1) {
            certain[__builtin_ctzll(entry->values)] += entry->amount;
        }
    }
    for (size_t i = 0; i < count; i++) {
        weight[i] = k->scales[SCALE_BACKGROUND_STRENGTH].value * base[i] + certain[i];
    }
    for (size_t e = 0; e < data->entry_count; e++) {
        entry_coverage(f, &data->entries[e], coverage);
        share_out(weight, coverage, count, data->entries[e].amount, data->mass);
    }
    if (left > 0 && rest_coverage(data, coverage)) {
        share_out(weight, coverage, count, left, data->mass);
    }
}

/* Shares and words: probabilities of the entries, the rest for what is not named, times a size. */
static void fill_probabilities(const Knowledge *k, RowData *data, const double *base)
{
    const Finding *f = data->row->finding;
    size_t count = cell_components(f);
    double rest[CELL_MAX] = {0}, coverage[CELL_MAX] = {0}, sum = 0, size = data->total;
    for (size_t e = 0; e < data->entry_count; e++) {
        sum += data->entries[e].amount;
        size = fmax(size, data->entries[e].size);
    }
    bool has_rest = rest_coverage(data, rest);
    double most = !has_rest ? 1 : data->kind == DATA_SAYS ? 1 - k->scales[SCALE_NAMED_REST].value : 1;
    double scale = sum > most || !has_rest ? most / sum : 1;
    for (size_t e = 0; e < data->entry_count; e++) {
        entry_coverage(f, &data->entries[e], coverage);
        share_out(base, coverage, count, data->entries[e].amount * scale * size, data->mass);
    }
    if (has_rest) {
        share_out(base, rest, count, fmax(0, 1 - sum * scale) * size, data->mass);
    }
}

static double normal_below(double x, double mean, double sd)
{
    return 0.5 * erfc((mean - x) / (sd * sqrt(2.0)));
}

/* A normal distribution, cut off at its limits. */
static void fill_distribution(RowData *data)
{
    const Finding *f = data->row->finding;
    double sum = 0;
    for (size_t i = 0; i < f->bin_count; i++) {
        double low = fmax(f->bin_edges[i], data->minimum), high = fmin(f->bin_edges[i + 1], data->maximum);
        data->mass[i] =
            high > low
                ? fmax(0, normal_below(high, data->mean, data->sd) - normal_below(low, data->mean, data->sd))
                : 0;
        sum += data->mass[i];
    }
    if (!(sum > 0)) { /* so narrow that no difference is left: all of it lies in the bin of its mean */
        data->mass[finding_bin(f, data->mean)] = 1;
        sum = 1;
    }
    for (size_t i = 0; i < f->bin_count; i++) {
        data->mass[i] *= data->total / sum;
    }
}

/* Each member that is named is a yes/no of its own. */
static void fill_set(RowData *data)
{
    for (size_t e = 0; e < data->entry_count; e++) {
        const Entry *entry = &data->entries[e];
        size_t member = (size_t)__builtin_ctzll(entry->values);
        double size = data->kind == DATA_SAYS ? entry->size : data->total;
        double present = data->kind == DATA_COUNTS ? entry->amount : entry->amount * size;
        data->mass[2 * member] = present;
        data->mass[2 * member + 1] = size - present;
    }
}

void row_fill_mass(const Knowledge *k, RowData *data, const double *base)
{
    memset(data->mass, 0, cell_components(data->row->finding) * sizeof *data->mass);
    data->row->discount = 0; /* until a cell takes it */
    if (data->kind == DATA_DISTRIBUTION) {
        fill_distribution(data);
    } else if (data->row->finding->kind == FINDING_SET) {
        fill_set(data);
    } else if (data->kind == DATA_COUNTS) {
        fill_counts(k, data, base);
    } else {
        fill_probabilities(k, data, base);
    }
}
