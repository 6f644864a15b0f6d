/* Changing a loaded knowledge. Where a diagnosis is taken out, the cells are built anew from the rows that
 * are left, as the background of a finding hangs on all diagnoses. Where cells change, the cell of a
 * diagnosis with components stays their mixture. */
#include "knowledge/change.h"

#include "base/file.h"
#include "base/random.h"
#include "base/yaml.h"
#include "knowledge/overlay.h"
#include "knowledge/parts.h"

#include <string.h>

/* Parameters of a drawn cell add up to this: they do not spread. */
static const double certain = 1e6;
enum { RUN_BINS = 5 };

void knowledge_leave_out(Knowledge *knowledge, size_t diagnosis)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    knowledge->diagnoses[diagnosis].known = false;
    knowledge->tables[diagnosis].count = 0;
    knowledge_build_cells(knowledge, scratch);
}

/* ---- cells ---- */

static size_t components_of(const Knowledge *k, size_t diagnosis)
{
    return k->diagnoses[diagnosis].component_count;
}

static Cell *cell_at(Knowledge *k, size_t diagnosis, const Finding *f)
{
    return &k->cells[diagnosis * vocabulary_count(k->vocabulary) + f->index];
}

static Cell *component_at(Knowledge *k, size_t diagnosis, size_t component, const Finding *f)
{
    return &k->component_cells[diagnosis][component * vocabulary_count(k->vocabulary) + f->index];
}

static double block_sum(const double *alpha, size_t start, size_t block)
{
    double sum = 0;
    for (size_t i = start; i < start + block; i++) {
        sum += alpha[i];
    }
    return sum;
}

/* Gives a cell other parameters; `alpha` is copied. The rows stay. */
static void set_alpha(const Knowledge *k, Cell *cell, const Finding *f, const double *alpha)
{
    size_t count = cell_components(f), block = row_block(f);
    double *own = arena_array(k->arena, count, sizeof *own),
           *mean = arena_array(k->arena, count, sizeof *mean);
    memcpy(own, alpha, count * sizeof *own);
    for (size_t start = 0; start < count; start += block) {
        double sum = block_sum(alpha, start, block);
        for (size_t i = start; i < start + block; i++) {
            mean[i] = alpha[i] / sum;
        }
    }
    cell->alpha = own;
    cell->mean = mean;
}

static double share_of(const Knowledge *k, size_t diagnosis, size_t component)
{
    const Diagnosis *d = &k->diagnoses[diagnosis];
    return d->component_alpha[component] / block_sum(d->component_alpha, 0, d->component_count);
}

/* The cell of a diagnosis with components, from theirs: mean and size by their shares. */
static void mix_components(Knowledge *k, size_t diagnosis, const Finding *f)
{
    size_t count = cell_components(f), block = row_block(f);
    double mean[CELL_MAX] = {0}, size[CELL_MAX] = {0};
    for (size_t c = 0; c < components_of(k, diagnosis); c++) {
        const Cell *cell = component_at(k, diagnosis, c, f);
        double share = share_of(k, diagnosis, c);
        for (size_t i = 0; i < count; i++) {
            mean[i] += share * cell->mean[i];
            size[i] += share * block_sum(cell->alpha, i / block * block, block);
        }
    }
    for (size_t i = 0; i < count; i++) {
        mean[i] *= size[i];
    }
    set_alpha(k, cell_at(k, diagnosis, f), f, mean);
}

/* ---- an overlay ---- */

/* A row that says how many of the department's own patients stand in the cell. */
static const Row *overlay_row(const Knowledge *k, const Overlay *overlay, size_t diagnosis, const Finding *f,
                              const double *mass)
{
    Row *row = arena_alloc(k->arena, sizeof *row);
    const char *id = k->diagnoses[diagnosis].name->id;
    Value *data = value_new_map(k->arena);
    value_set_number(data, "n", overlay_patients(overlay, diagnosis, f));
    *row = (Row){.id = arena_printf(k->arena, "%s.%s.own", id, f->id),
                 .finding = f,
                 .source = knowledge_find_source(k, "own_cases"),
                 .where = "overlay",
                 .note = "",
                 .conflict = "",
                 .scope = SCOPE_CERVICAL,
                 .weight = 1,
                 .data = data,
                 .has_counts = true,
                 .n = overlay_patients(overlay, diagnosis, f),
                 .mass = mass,
                 .discount = overlay_discount(overlay, diagnosis, f)};
    return row;
}

static void add_row(const Knowledge *k, Cell *cell, const Row *row)
{
    if (!row->source) {
        return; /* a register without the department's own cases: the counts stand, unnamed */
    }
    const Row **rows = arena_array(k->arena, cell->row_count + 1, sizeof(const Row *));
    for (size_t i = 0; i < cell->row_count; i++) {
        rows[i] = cell->rows[i];
    }
    rows[cell->row_count] = row;
    cell->rows = rows;
    cell->row_count++;
}

/* Adds to a cell the part of the mass that is its own: of a component by how likely it shows such a value. */
static void add_mass(const Knowledge *k, Cell *cell, const Finding *f, const double *mass, double discount,
                     const double *part)
{
    double alpha[CELL_MAX] = {0};
    for (size_t i = 0; i < cell_components(f); i++) {
        alpha[i] = cell->alpha[i] + discount * mass[i] * (part ? part[i] : 1);
    }
    set_alpha(k, cell, f, alpha);
}

static void put_on_components(Knowledge *k, size_t diagnosis, const Finding *f, const double *mass,
                              double discount)
{
    const double *mixed = cell_at(k, diagnosis, f)->mean;
    for (size_t c = 0; c < components_of(k, diagnosis); c++) {
        Cell *cell = component_at(k, diagnosis, c, f);
        double part[CELL_MAX] = {0};
        for (size_t i = 0; i < cell_components(f); i++) {
            part[i] = share_of(k, diagnosis, c) * cell->mean[i] / mixed[i];
        }
        add_mass(k, cell, f, mass, discount, part);
    }
    mix_components(k, diagnosis, f);
}

void knowledge_put_overlay(Knowledge *knowledge, const Overlay *overlay)
{
    knowledge->prepared = NULL; /* it is of the shipped counts */
    for (size_t d = 0; d < knowledge_diagnosis_count(knowledge); d++) {
        for (size_t i = 0; i < vocabulary_count(knowledge->vocabulary); i++) {
            const Finding *f = vocabulary_finding(knowledge->vocabulary, i);
            const double *mass = overlay_mass(overlay, d, f);
            if (!mass) {
                continue;
            }
            double *own = arena_array(knowledge->arena, cell_components(f), sizeof *own);
            memcpy(own, mass, cell_components(f) * sizeof *own);
            const Row *row = overlay_row(knowledge, overlay, d, f, own);
            if (components_of(knowledge, d) > 0) {
                put_on_components(knowledge, d, f, own, row->discount);
            } else {
                add_mass(knowledge, cell_at(knowledge, d, f), f, own, row->discount, NULL);
            }
            add_row(knowledge, cell_at(knowledge, d, f), row);
        }
    }
}

/* ---- a draw ---- */

/* Neighbouring bins are uncertain together, as the intervals have it: the shares of runs of five bins are
 * drawn, and the means inside a run are scaled with its share. Where the runs begin is drawn, too. */
static void draw_number(const Cell *from, const Finding *f, Random *random, double *alpha)
{
    double run[CELL_MAX] = {0}, drawn[CELL_MAX] = {0};
    size_t offset = (size_t)(random_unit(random) * RUN_BINS), last = (f->bin_count - 1 + offset) / RUN_BINS;
    for (size_t i = 0; i < f->bin_count; i++) {
        run[(i + offset) / RUN_BINS] += from->alpha[i];
    }
    random_dirichlet(random, run, last + 1, drawn);
    for (size_t i = 0; i < f->bin_count; i++) {
        size_t at = (i + offset) / RUN_BINS;
        alpha[i] = certain * from->alpha[i] * drawn[at] / run[at];
    }
}

static void draw_cell(const Knowledge *k, Cell *cell, const Cell *from, const Finding *f, Random *random)
{
    size_t block = row_block(f);
    double alpha[CELL_MAX] = {0};
    if (f->kind == FINDING_NUMBER) {
        draw_number(from, f, random, alpha);
        set_alpha(k, cell, f, alpha);
        return;
    }
    for (size_t start = 0; start < cell_components(f); start += block) {
        random_dirichlet(random, from->alpha + start, block, alpha + start);
        for (size_t i = start; i < start + block; i++) {
            alpha[i] *= certain;
        }
    }
    set_alpha(k, cell, f, alpha);
}

static void draw_shares(Knowledge *k, const Knowledge *from, size_t diagnosis, Random *random)
{
    size_t count = components_of(k, diagnosis);
    double *alpha = arena_array(k->arena, count + 1, sizeof *alpha);
    random_dirichlet(random, from->diagnoses[diagnosis].component_alpha, count, alpha);
    for (size_t c = 0; c < count; c++) {
        alpha[c] *= certain;
    }
    k->diagnoses[diagnosis].component_alpha = alpha;
}

static void draw_node(const PriorNode *node, const PriorNode *from, Random *random)
{
    if (node->diagnosis >= 0) {
        return;
    }
    random_dirichlet(random, from->alpha, node->child_count, node->alpha);
    for (size_t i = 0; i < node->child_count; i++) {
        node->alpha[i] *= certain;
        draw_node(&node->children[i], &from->children[i], random);
    }
}

void knowledge_draw(Knowledge *knowledge, const Knowledge *from, uint64_t seed)
{
    Random random;
    random_init(&random, random_mix(random_key("knowledge_draw"), seed));
    knowledge->prepared = NULL;
    for (size_t d = 0; d < knowledge_diagnosis_count(knowledge); d++) {
        if (components_of(knowledge, d) > 0) {
            draw_shares(knowledge, from, d, &random);
        }
        for (size_t i = 0; i < vocabulary_count(knowledge->vocabulary); i++) {
            const Finding *f = vocabulary_finding(knowledge->vocabulary, i);
            for (size_t c = 0; c < components_of(knowledge, d); c++) {
                draw_cell(knowledge, component_at(knowledge, d, c, f),
                          knowledge_component_cell(from, d, c, f), f, &random);
            }
            if (components_of(knowledge, d) > 0) {
                mix_components(knowledge, d, f);
            } else {
                draw_cell(knowledge, cell_at(knowledge, d, f), knowledge_cell(from, d, f), f, &random);
            }
        }
    }
    for (size_t i = 0; i < knowledge->prior_count; i++) {
        draw_node(knowledge->priors[i].root, from->priors[i].root, &random);
    }
}

const Prior *knowledge_add_prior(Knowledge *knowledge, const char *path, DensError **err)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    Loader l = {knowledge, {scratch, path, err}};
    const Value *root = yaml_read(knowledge->arena, path, err);
    if (!root || !check_kind(&l.check, root, VALUE_MAP)) {
        return NULL;
    }
    if (root->count != 1) {
        check_fail(&l.check, root, "a file for --prior holds exactly one prior, this one has %zu",
                   root->count);
        return NULL;
    }
    Prior *all = arena_array(knowledge->arena, knowledge->prior_count + 1, sizeof *all);
    for (size_t i = 0; i < knowledge->prior_count; i++) {
        all[i] = knowledge->priors[i];
    }
    knowledge->priors = all;
    if (!knowledge_load_prior(&l, root->first)) {
        return NULL;
    }
    Prior *added = &all[knowledge->prior_count - 1];
    added->path = arena_strdup(knowledge->arena, path);
    added->id = file_name(added->path);
    return added;
}
