/* Backgrounds and cells.
 *
 * The background of a finding is what holds in "any bone lesion of the cervical spine": where background.yaml
 * has rows on it, the mean of their Dirichlet with a flat base; otherwise the mean over the diagnoses that
 * have rows on it, one flat distribution among them. A positive sign of which only some diagnoses speak would
 * so look common, as texts name what is there; therefore a diagnosis that is silent on a present/absent sign
 * or on a member of a set counts in that mean as if it had said "rare". The cell of a diagnosis is the
 * background, at its strength, and the masses of its rows, each with its discount; the rows of one source
 * together count for no more than the cap.
 *
 * A diagnosis with components has cells for each of them: a component that has rows of its own on a finding
 * takes those, otherwise the rows of the diagnosis as a whole. The cell of the diagnosis is then the mixture
 * of these cells by the mean shares of the components, with the mean of their sizes. */
#include "knowledge/parts.h"

#include <math.h>
#include <string.h>

/* ---- adding rows ---- */

/* The rows of a table on one finding, into `out`; their number is returned. */
static size_t rows_on(const RowTable *table, const Finding *finding, RowData **out)
{
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].finding == finding) {
            out[count++] = &table->data[i];
        }
    }
    return count;
}

static bool is_own(const RowData *data, size_t component)
{
    return data->row->components >> component & 1 && data->row->weight > 0;
}

/* Of the rows on one finding, those that a component takes, in place; their number is returned. */
static size_t rows_of_component(RowData **rows, size_t count, size_t component)
{
    bool any_own = false;
    size_t kept = 0;
    for (size_t r = 0; r < count; r++) {
        any_own = any_own || is_own(rows[r], component);
    }
    for (size_t r = 0; r < count; r++) {
        if (any_own ? is_own(rows[r], component) : rows[r]->row->components == 0) {
            rows[kept++] = rows[r];
        }
    }
    return kept;
}

/* How many patients a source counts for in a cell before the cap: the largest over the blocks, as the members
 * of a set are looked at in the same patients. */
static double source_size(const Knowledge *k, RowData *const *rows, size_t count, const Source *source)
{
    const Finding *f = rows[0]->row->finding;
    size_t components = cell_components(f), block = row_block(f);
    double largest = 0;
    for (size_t start = 0; start < components; start += block) {
        double sum = 0;
        for (size_t r = 0; r < count; r++) {
            for (size_t i = start; rows[r]->row->source == source && i < start + block; i++) {
                sum += rows[r]->mass[i] * row_discount(k, rows[r]->row);
            }
        }
        largest = fmax(largest, sum);
    }
    return largest;
}

static void fill_discounts(const Knowledge *k, RowData *const *rows, size_t count)
{
    for (size_t r = 0; r < count; r++) {
        Row *row = rows[r]->row;
        double cap =
            k->scales[finding_is_of_tissue(row->finding) ? SCALE_TISSUE_CAP : SCALE_SOURCE_CAP].value;
        double size = source_size(k, rows, count, row->source);
        rows[r]->discount = row_discount(k, row) * (size > cap ? cap / size : 1);
        row->discount = fmax(row->discount, rows[r]->discount);
    }
}

static void add_rows(RowData *const *rows, size_t count, double *out)
{
    for (size_t r = 0; r < count; r++) {
        for (size_t i = 0; i < cell_components(rows[r]->row->finding); i++) {
            out[i] += rows[r]->discount * rows[r]->mass[i];
        }
    }
}

/* ---- backgrounds ---- */

static void flat(const Finding *f, double *out)
{
    for (size_t i = 0; i < cell_components(f); i++) {
        out[i] = 1.0 / (double)row_block(f);
    }
}

static void normalise(const Finding *f, double *values)
{
    size_t block = row_block(f);
    for (size_t start = 0; start < cell_components(f); start += block) {
        double sum = 0;
        for (size_t i = start; i < start + block; i++) {
            sum += values[i];
        }
        for (size_t i = start; i < start + block; i++) {
            values[i] /= sum;
        }
    }
}

/* Index of the component "present" of a block if its silence means "rare"; −1 if silence means nothing. */
static int silent_present(const Finding *f, size_t start)
{
    if (f->kind == FINDING_SET) {
        return (int)start;
    }
    bool is_sign = f->kind == FINDING_CHOICE && f->value_count == 2 && finding_value(f, "absent") >= 0;
    return is_sign ? finding_value(f, "present") : -1;
}

/* Adds one diagnosis' distribution of a block to the sum, if it says anything on it. */
static bool pool_said(const Finding *f, size_t start, const double *said, double *sum)
{
    size_t end = start + row_block(f);
    double total = 0;
    for (size_t i = start; i < end; i++) {
        total += said[i];
    }
    for (size_t i = start; i < end && total > 0; i++) {
        sum[i] += said[i] / total;
    }
    return total > 0;
}

/* The silent ones: only if somebody speaks of the sign, as what nobody looks for is not therefore rare. */
static void pool_silent(const Knowledge *k, const Finding *f, size_t start, size_t silent, double *sum)
{
    int present = silent_present(f, start);
    double silence = k->scales[SCALE_SILENCE].value;
    for (size_t i = start; i < start + row_block(f) && present >= 0; i++) {
        sum[i] += (double)silent * (i == (size_t)present ? silence : 1 - silence);
    }
}

/* ---- components ---- */

static size_t component_count(const Knowledge *k, size_t diagnosis)
{
    size_t count = k->diagnoses[diagnosis].component_count;
    return count > 0 ? count : 1;
}

/* The mean share of a component; 1 of a diagnosis without them. */
static double component_share(const Knowledge *k, size_t diagnosis, size_t component)
{
    const Diagnosis *d = &k->diagnoses[diagnosis];
    double sum = 0;
    for (size_t c = 0; c < d->component_count; c++) {
        sum += d->component_alpha[c];
    }
    return sum > 0 ? d->component_alpha[component] / sum : 1;
}

/* The rows that a component takes; of a diagnosis without components, all. */
static size_t component_rows(const Knowledge *k, size_t diagnosis, size_t component, const Finding *f,
                             RowData **room)
{
    size_t count = rows_on(&k->tables[diagnosis], f, room);
    return k->diagnoses[diagnosis].component_count > 0 ? rows_of_component(room, count, component) : count;
}

/* How the diagnoses split: one patient spread evenly over the components, and the rows on their shares. */
static void build_shares(Knowledge *k, size_t diagnosis, RowData **room)
{
    Diagnosis *d = &k->diagnoses[diagnosis];
    RowTable *table = &k->share_tables[diagnosis];
    double flat_share[VOCABULARY_MAX_VALUES];
    if (d->component_count == 0) {
        return;
    }
    double *alpha = arena_array(k->arena, d->component_count, sizeof *alpha);
    for (size_t c = 0; c < d->component_count; c++) {
        flat_share[c] = 1.0 / (double)d->component_count;
        alpha[c] = k->scales[SCALE_PRIOR_FLAT].value * flat_share[c];
    }
    for (size_t r = 0; r < table->count; r++) {
        room[r] = &table->data[r];
        row_fill_mass(k, room[r], flat_share);
    }
    fill_discounts(k, room, table->count);
    add_rows(room, table->count, alpha);
    d->component_alpha = alpha;
}

/* What the rows of a diagnosis add to a cell, over its components by their shares. */
static void add_diagnosis(const Knowledge *k, size_t diagnosis, const Finding *f, RowData **room, double *out)
{
    for (size_t c = 0; c < component_count(k, diagnosis); c++) {
        double said[CELL_MAX] = {0}, share = component_share(k, diagnosis, c);
        size_t count = component_rows(k, diagnosis, c, f, room);
        fill_discounts(k, room, count);
        add_rows(room, count, said);
        for (size_t i = 0; i < cell_components(f); i++) {
            out[i] += share * said[i];
        }
    }
}

/* The mean over the diagnoses, each with its own masses, and a flat one. */
static void pool(const Knowledge *k, const Finding *f, RowData **room, double *out)
{
    size_t components = cell_components(f), known = 0;
    size_t speaking[CELL_MAX] = {0}; /* for each block, at its start */
    flat(f, out);
    for (size_t i = 0; i < components; i++) {
        out[i] *= k->scales[SCALE_BACKGROUND_FLAT].value;
    }
    for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
        double said[CELL_MAX] = {0};
        known += k->diagnoses[d].known ? 1 : 0;
        add_diagnosis(k, d, f, room, said);
        for (size_t start = 0; start < components; start += row_block(f)) {
            speaking[start] += pool_said(f, start, said, out) ? 1 : 0;
        }
    }
    for (size_t start = 0; start < components; start += row_block(f)) {
        if (speaking[start] > 0) {
            pool_silent(k, f, start, known - speaking[start], out);
        }
    }
    normalise(f, out);
}

/* Masses with a flat base first: the background is needed to share them out, and follows from them. */
static void fill_masses(const Knowledge *k, const Finding *f, RowData **room, const double *base)
{
    for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
        size_t count = rows_on(&k->tables[d], f, room);
        for (size_t r = 0; r < count; r++) {
            row_fill_mass(k, room[r], base);
        }
    }
}

static void build_background(Knowledge *k, const Finding *f, RowData **room, double *out)
{
    double base[CELL_MAX] = {0};
    flat(f, base);
    size_t count = rows_on(&k->background, f, room);
    if (count == 0) {
        fill_masses(k, f, room, base);
        pool(k, f, room, out);
        return;
    }
    for (size_t r = 0; r < count; r++) {
        row_fill_mass(k, room[r], base);
    }
    fill_discounts(k, room, count);
    for (size_t i = 0; i < cell_components(f); i++) {
        out[i] = base[i] * k->scales[SCALE_BACKGROUND_FLAT].value;
    }
    add_rows(room, count, out);
    normalise(f, out);
}

/* ---- cells ---- */

/* What holds in a cell before its rows: the background, but where a diagnosis describes an exhaustive set
 * (the cells of its histology) and is silent on a member, silence means "rare" there as well. */
static void fill_base(const Knowledge *k, const Finding *f, RowData *const *rows, size_t count, double *alpha)
{
    double strength = k->scales[SCALE_BACKGROUND_STRENGTH].value, silence = k->scales[SCALE_SILENCE].value;
    const double *background = k->background_p[f->index];
    for (size_t i = 0; i < cell_components(f); i++) {
        alpha[i] = strength * background[i];
    }
    for (size_t start = 0; f->exhaustive && count > 0 && start < cell_components(f); start += 2) {
        double said = 0;
        for (size_t r = 0; r < count; r++) {
            said += rows[r]->mass[start] + rows[r]->mass[start + 1];
        }
        if (said <= 0 && background[start] > silence) {
            alpha[start] = strength * silence;
            alpha[start + 1] = strength * (1 - silence);
        }
    }
}

/* The Dirichlet parameters of one component's cell, from the rows that it takes. */
static double *component_alpha(const Knowledge *k, const Finding *f, RowData **rows, size_t count)
{
    double *alpha = arena_array(k->arena, cell_components(f), sizeof *alpha);
    fill_discounts(k, rows, count);
    fill_base(k, f, rows, count, alpha);
    add_rows(rows, count, alpha);
    return alpha;
}

/* A cell from its Dirichlet parameters, which it keeps. */
static Cell make_cell(const Knowledge *k, const Finding *f, const double *alpha, size_t row_count,
                      const Row *const *rows)
{
    double *mean = arena_array(k->arena, cell_components(f), sizeof *mean);
    memcpy(mean, alpha, cell_components(f) * sizeof *mean);
    normalise(f, mean);
    return (Cell){alpha, mean, row_count, rows};
}

/* What "none of these" expects: the equal mixture over the diagnoses, flattened; of a number its density, not
 * the probability of a bin, whose width is arbitrary. Histology defines diagnoses: there, the mixture is
 * without the one that knows the value best, as a lesion outside the list is not that one, and it is
 * flattened only as far as no diagnosis expects the value. */
static double *build_none(const Knowledge *k, const Finding *f)
{
    size_t count = cell_components(f), diagnoses = knowledge_diagnosis_count(k);
    double *out = arena_array(k->arena, count, sizeof *out), tempering = k->inference.none_tempering;
    bool defining = finding_is_of_tissue(f) && f->kind != FINDING_NUMBER && diagnoses > 1;
    for (size_t i = 0; i < count; i++) {
        double width = f->kind == FINDING_NUMBER ? f->bin_edges[i + 1] - f->bin_edges[i] : 1, sum = 0,
               most = 0;
        for (size_t d = 0; d < diagnoses; d++) {
            double chance = knowledge_cell(k, d, f)->mean[i];
            sum += chance;
            most = fmax(most, chance);
        }
        out[i] = defining ? pow((sum - most) / (double)(diagnoses - 1), tempering + (1 - tempering) * most)
                          : pow(sum / (double)diagnoses / width, tempering) * width;
    }
    normalise(f, out);
    return out;
}

static const Row **row_list(const Knowledge *k, RowData *const *rows, size_t count)
{
    const Row **list = arena_array(k->arena, count + 1, sizeof(const Row *));
    for (size_t r = 0; r < count; r++) {
        list[r] = rows[r]->row;
    }
    return list;
}

/* Adds a component's cell to the mixture: its mean goes into `mean`, its size into `size`, both by its share.
 */
static void mix_component(const Finding *f, const double *alpha, double share, double *mean, double *size)
{
    size_t block = row_block(f);
    for (size_t start = 0; start < cell_components(f); start += block) {
        double sum = 0;
        for (size_t i = start; i < start + block; i++) {
            sum += alpha[i];
        }
        for (size_t i = start; i < start + block; i++) {
            mean[i] += share * alpha[i] / sum;
            size[i] += share * sum;
        }
    }
}

static double *build_mixture(Knowledge *k, size_t diagnosis, const Finding *f, RowData **room)
{
    size_t components = component_count(k, diagnosis), findings = vocabulary_count(k->vocabulary);
    double *mean = arena_array(k->arena, cell_components(f), sizeof *mean), size[CELL_MAX] = {0};
    for (size_t c = 0; c < components; c++) {
        size_t count = component_rows(k, diagnosis, c, f, room);
        double *alpha = component_alpha(k, f, room, count);
        k->component_cells[diagnosis][c * findings + f->index] =
            make_cell(k, f, alpha, count, row_list(k, room, count));
        mix_component(f, alpha, component_share(k, diagnosis, c), mean, size);
    }
    for (size_t i = 0; i < cell_components(f); i++) {
        mean[i] *= size[i];
    }
    return mean;
}

static void build_cell(Knowledge *k, size_t diagnosis, const Finding *f, RowData **room)
{
    bool mixed = k->diagnoses[diagnosis].component_count > 0;
    double *alpha = mixed ? build_mixture(k, diagnosis, f, room) : NULL;
    size_t count = rows_on(&k->tables[diagnosis], f, room);
    alpha = alpha ? alpha : component_alpha(k, f, room, count);
    k->cells[diagnosis * vocabulary_count(k->vocabulary) + f->index] =
        make_cell(k, f, alpha, count, row_list(k, room, count));
}

static void make_room(Knowledge *k, size_t most, Arena *scratch, RowData ***out_room)
{
    size_t findings = vocabulary_count(k->vocabulary), diagnoses = knowledge_diagnosis_count(k);
    for (size_t d = 0; d < diagnoses; d++) {
        most = k->tables[d].count > most ? k->tables[d].count : most;
        most = k->share_tables[d].count > most ? k->share_tables[d].count : most;
    }
    *out_room = arena_array(scratch, most + 1, sizeof(RowData *));
    k->cells = arena_array(k->arena, diagnoses * findings, sizeof *k->cells);
    k->component_cells = arena_array(k->arena, diagnoses, sizeof(Cell *));
    for (size_t d = 0; d < diagnoses; d++) {
        size_t components = k->diagnoses[d].component_count;
        k->component_cells[d] =
            components ? arena_array(k->arena, components * findings, sizeof(Cell)) : NULL;
        build_shares(k, d, *out_room);
    }
    k->background_p = arena_array(k->arena, findings, sizeof *k->background_p);
    k->none_p = arena_array(k->arena, findings, sizeof *k->none_p);
}

void knowledge_build_cells(Knowledge *k, Arena *scratch)
{
    size_t findings = vocabulary_count(k->vocabulary), diagnoses = knowledge_diagnosis_count(k);
    RowData **room;
    make_room(k, k->background.count, scratch, &room);
    for (size_t i = 0; i < findings; i++) {
        const Finding *f = vocabulary_finding(k->vocabulary, i);
        k->background_p[i] = arena_array(k->arena, cell_components(f), sizeof **k->background_p);
        build_background(k, f, room, k->background_p[i]);
        fill_masses(k, f, room, k->background_p[i]);
        for (size_t d = 0; d < diagnoses; d++) {
            build_cell(k, d, f, room);
        }
        k->none_p[i] = build_none(k, f);
    }
}
