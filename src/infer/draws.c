/* Draws of the Dirichlets. A value or several of a choice are one Beta distribution of its Dirichlet, and a
 * member of a set has its own. A density is smooth, and neighbouring bins are uncertain together: of a number
 * the share of the five bins around it is drawn, and the means are scaled with it.
 *
 * The table: a checksum for each slot of each finding (its values, members or bins), then for each slot its
 * codes: a column for each component of each diagnosis, in order, and in it the draws. A probability is kept
 * in 16 bits as t of p = t²(3 − 2t), which is fine at both ends: the error is below 2·10⁻⁵ and, of a small p
 * or 1 − p, below one part in 500 down to 10⁻⁵. */
#include "infer/draws.h"

#include "base/hash.h"
#include "base/memory.h"
#include "infer/model.h"

#include <math.h>
#include <string.h>

static const double code_count = 65536;

static uint16_t code_of(double p)
{
    /* the root of p = t²(3 − 2t) in [0, 1] */
    double t = 0.5 - sin(asin(fmin(fmax(1 - 2 * p, -1), 1)) / 3);
    return (uint16_t)fmin(fmax(floor(t * code_count), 0), code_count - 1);
}

static double chance_of(uint16_t code)
{
    double t = (code + 0.5) / code_count;
    return t * t * (3 - 2 * t);
}

/* ---- making them ---- */

static double beta(Random *random, double a, double b)
{
    double shapes[2] = {a, b}, drawn[2];
    random_dirichlet(random, shapes, 2, drawn);
    return chance_of(code_of(drawn[0]));
}

static uint64_t draw_key(const Knowledge *k, size_t diagnosis, size_t component, const Finding *f,
                         size_t member)
{
    uint64_t key = random_mix(random_key(knowledge_diagnosis(k, diagnosis)->name->id), random_key(f->id));
    key = component ? random_mix(key, component) : key;
    return member ? random_mix(key, member + (UINT64_C(1) << 32)) : key;
}

/* The bins around a number that its density hangs on: two to each side. */
static void bins_around(const Finding *f, size_t heaviest, size_t *out_first, size_t *out_last)
{
    *out_first = heaviest < 2 ? 0 : heaviest - 2;
    *out_last = heaviest + 2 < f->bin_count ? heaviest + 2 : f->bin_count - 1;
}

/* The two shapes of the Beta distribution of a slot. */
static void slot_shapes(const Finding *f, size_t slot, const double *alpha, double out[2])
{
    size_t first = slot, last = slot, start = 0, count = cell_components(f);
    if (f->kind == FINDING_SET) {
        start = first = last = 2 * slot;
        count = 2;
    } else if (f->kind == FINDING_NUMBER) {
        bins_around(f, slot, &first, &last);
    }
    out[0] = out[1] = 0;
    for (size_t i = start; i < start + count; i++) {
        out[i < first || i > last] += alpha[i];
    }
}

static uint16_t draw_code(const double shapes[2], uint64_t key, size_t draw)
{
    double drawn[2];
    Random random;
    random_init(&random, random_mix(key, draw));
    random_dirichlet(&random, shapes, 2, drawn);
    return code_of(drawn[0]);
}

/* ---- the table ---- */

static size_t slot_count(const Finding *f)
{
    if (f->use != FINDING_FOR_DIFFERENTIAL) {
        return 0;
    }
    return f->kind == FINDING_NUMBER ? f->bin_count : f->value_count;
}

/* All slots before a finding's; with the vocabulary's count: all there are. */
static size_t slots_before(const Vocabulary *vocabulary, size_t finding)
{
    size_t sum = 0;
    for (size_t i = 0; i < finding; i++) {
        sum += slot_count(vocabulary_finding(vocabulary, i));
    }
    return sum;
}

static size_t columns_before(const Knowledge *k, size_t diagnosis)
{
    size_t sum = 0;
    for (size_t d = 0; d < diagnosis; d++) {
        sum += model_components(k, d);
    }
    return sum;
}

/* The numbers of one slot, rounded up so that checksums take eight bytes at a time. */
static size_t slot_bytes(const Knowledge *k)
{
    size_t codes = columns_before(k, knowledge_diagnosis_count(k)) * knowledge_scales(k)->draws;
    return (codes * sizeof(uint16_t) + 7) / 8 * 8;
}

static size_t all_slots(const Knowledge *k)
{
    const Vocabulary *vocabulary = knowledge_vocabulary(k);
    return slots_before(vocabulary, vocabulary_count(vocabulary));
}

static size_t table_bytes(const Knowledge *k)
{
    return all_slots(k) * (sizeof(uint64_t) + slot_bytes(k));
}

static void fill_slot(const Knowledge *k, const Finding *f, size_t slot, uint16_t *out)
{
    size_t draws = knowledge_scales(k)->draws;
    size_t member = f->kind == FINDING_SET ? slot + 1 : 0;
    for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
        for (size_t c = 0; c < model_components(k, d); c++) {
            double shapes[2];
            slot_shapes(f, slot, knowledge_component_cell(k, d, c, f)->alpha, shapes);
            uint64_t key = draw_key(k, d, c, f, member);
            for (size_t s = 0; s < draws; s++) {
                *out++ = draw_code(shapes, key, s);
            }
        }
    }
}

void *draws_prepare(const Knowledge *knowledge, size_t *out_bytes)
{
    size_t slots = all_slots(knowledge), each = slot_bytes(knowledge);
    *out_bytes = table_bytes(knowledge);
    unsigned char *table = memory_array(*out_bytes + 1, 1);
    size_t at = 0;
    const Vocabulary *vocabulary = knowledge_vocabulary(knowledge);
    for (size_t i = 0; i < vocabulary_count(vocabulary); i++) {
        const Finding *f = vocabulary_finding(vocabulary, i);
        for (size_t slot = 0; slot < slot_count(f); slot++, at++) {
            unsigned char *codes = table + slots * sizeof(uint64_t) + at * each;
            fill_slot(knowledge, f, slot, (uint16_t *)codes);
            uint64_t sum = hash_checksum(codes, each, 0);
            memcpy(table + at * sizeof sum, &sum, sizeof sum);
        }
    }
    return table;
}

/* The codes of a slot, or NULL if there are none or they are damaged. */
static const uint16_t *find_slot(const Knowledge *k, const Finding *f, size_t slot)
{
    size_t bytes;
    const unsigned char *table = knowledge_prepared(k, &bytes);
    if (!table) {
        return NULL;
    }
    if (bytes != table_bytes(k)) {
        knowledge_tell_damage(k);
        return NULL;
    }
    size_t at = slots_before(knowledge_vocabulary(k), f->index) + slot, each = slot_bytes(k);
    const unsigned char *codes = table + all_slots(k) * sizeof(uint64_t) + at * each;
    uint64_t sum;
    memcpy(&sum, table + at * sizeof sum, sizeof sum);
    if (sum != hash_checksum(codes, each, 0)) {
        knowledge_tell_damage(k);
        return NULL;
    }
    return (const uint16_t *)codes;
}

/* ---- asking ---- */

static size_t heaviest_of(const double *weight, size_t count)
{
    size_t heaviest = 0;
    for (size_t i = 1; i < count; i++) {
        heaviest = weight[i] > weight[heaviest] ? i : heaviest;
    }
    return heaviest;
}

void draw_aspect_init(DrawAspect *out, const Knowledge *knowledge, const Evidence *evidence, size_t aspect)
{
    const Finding *f = evidence->finding;
    *out = (DrawAspect){.knowledge = knowledge, .evidence = evidence};
    evidence_aspect_block(evidence, aspect, &out->start, &out->count);
    const double *weight = evidence->weight + out->start;
    if (f->kind == FINDING_SET) {
        out->slot = out->start / 2;
        out->simple = true;
    } else {
        out->slot = heaviest_of(weight, out->count);
        size_t others = 0;
        for (size_t i = 0; i < out->count; i++) {
            others += i != out->slot && weight[i] > 0;
        }
        out->simple = f->kind == FINDING_NUMBER || others == 0;
    }
    out->prepared = out->simple ? find_slot(knowledge, f, out->slot) : NULL;
}

/* What P(aspect) is for a drawn p of the slot: low + p·slope. */
static void slot_line(const DrawAspect *aspect, const Cell *cell, double *out_low, double *out_slope)
{
    const Evidence *e = aspect->evidence;
    const double *weight = e->weight + aspect->start;
    if (e->finding->kind != FINDING_NUMBER) {
        double rest = e->finding->kind == FINDING_SET ? weight[1] : 0;
        double named = e->finding->kind == FINDING_SET ? weight[0] : weight[aspect->slot];
        *out_low = rest;
        *out_slope = named - rest;
        return;
    }
    size_t first, last;
    bins_around(e->finding, aspect->slot, &first, &last);
    double share = 0, said[2] = {0, 0};
    for (size_t i = 0; i < e->component_count; i++) {
        bool far = i < first || i > last;
        said[far] += weight[i] * cell->mean[i];
        share += far ? 0 : cell->mean[i];
    }
    *out_low = said[1] / fmax(1 - share, 1e-12);
    *out_slope = said[0] / share - *out_low;
}

/* Several values of a choice, or a likelihood of each. */
static double draw_several(const DrawAspect *aspect, const double *alpha, Random *random)
{
    const double *weight = aspect->evidence->weight;
    double named = 0, rest = 0, chance = 0, drawn[CELL_MAX];
    bool graded = false;
    for (size_t i = 0; i < aspect->count; i++) {
        graded = graded || (weight[i] > 0 && weight[i] < 1);
        named += weight[i] > 0 ? alpha[i] : 0;
        rest += weight[i] > 0 ? 0 : alpha[i];
    }
    if (!graded) {
        return beta(random, named, rest);
    }
    random_dirichlet(random, alpha, aspect->count, drawn);
    for (size_t i = 0; i < aspect->count; i++) {
        chance += weight[i] * drawn[i];
    }
    return chance;
}

void draw_aspect_chances(const DrawAspect *aspect, size_t diagnosis, size_t component, size_t draws,
                         double *out)
{
    const Knowledge *k = aspect->knowledge;
    const Finding *f = aspect->evidence->finding;
    const Cell *cell = knowledge_component_cell(k, diagnosis, component, f);
    uint64_t key = draw_key(k, diagnosis, component, f, f->kind == FINDING_SET ? aspect->slot + 1 : 0);
    if (!aspect->simple) {
        for (size_t s = 0; s < draws; s++) {
            Random random;
            random_init(&random, random_mix(key, s));
            out[s] = draw_several(aspect, cell->alpha, &random);
        }
        return;
    }
    double low, slope, shapes[2];
    slot_line(aspect, cell, &low, &slope);
    const uint16_t *codes =
        aspect->prepared ? aspect->prepared + (columns_before(k, diagnosis) + component) * draws : NULL;
    slot_shapes(f, aspect->slot, cell->alpha, shapes);
    for (size_t s = 0; s < draws; s++) {
        out[s] = low + slope * chance_of(codes ? codes[s] : draw_code(shapes, key, s));
    }
}
