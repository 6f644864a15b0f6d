/* Drawing cases. The truth is drawn from the prior, then its component and whether the patient is typical;
 * given these the findings are independent, as the inference assumes. */
#include "infer/simulate.h"

#include "base/random.h"
#include "infer/evidence.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CELL_ROOM = 2 * VOCABULARY_MAX_VALUES };

typedef struct {
    const Knowledge *knowledge;
    const Rates *rates;
    SimulateMode mode;
    uint64_t key;
    Random *random;
    size_t truth, component; /* truth = number of diagnoses: none of these */
    double slip;
    bool *sign_taken, *bundle_taken;
    Case *c;
} Drawer;

/* ---- the truth ---- */

static int draw_leaf(const PriorNode *node, Random *random)
{
    while (node->diagnosis < 0) {
        double sum = 0, unit = random_unit(random);
        for (size_t i = 0; i < node->child_count; i++) {
            sum += node->alpha[i];
        }
        size_t child = 0;
        for (double at = node->alpha[0]; at <= unit * sum && child + 1 < node->child_count;) {
            at += node->alpha[++child];
        }
        node = &node->children[child];
    }
    return node->diagnosis;
}

static size_t draw_index(const double *weight, size_t count, Random *random)
{
    double sum = 0, unit = random_unit(random);
    for (size_t i = 0; i < count; i++) {
        sum += weight[i];
    }
    size_t index = 0;
    for (double at = weight[0]; at <= unit * sum && index + 1 < count;) {
        at += weight[++index];
    }
    return index;
}

static void draw_truth(Drawer *d, const Prior *prior)
{
    const InferenceScales *scales = knowledge_scales(d->knowledge);
    d->truth = knowledge_diagnosis_count(d->knowledge);
    if (random_unit(d->random) >= prior->none_of_these) {
        d->truth = (size_t)draw_leaf(prior->root, d->random);
        const Diagnosis *diagnosis = knowledge_diagnosis(d->knowledge, d->truth);
        if (diagnosis->component_count > 0) {
            d->component = draw_index(diagnosis->component_alpha, diagnosis->component_count, d->random);
        }
    }
    bool atypical = random_unit(d->random) < scales->atypical_share;
    d->slip = atypical ? scales->atypical_slip : scales->reader_slip;
}

/* What the truth expects of a finding, slips included. */
static void fill_chances(const Drawer *d, const Finding *f, double *out)
{
    size_t count = cell_components(f);
    if (d->truth == knowledge_diagnosis_count(d->knowledge)) {
        memcpy(out, knowledge_none(d->knowledge, f), count * sizeof *out);
        return;
    }
    const double *mean = knowledge_component_cell(d->knowledge, d->truth, d->component, f)->mean;
    const double *background = knowledge_background(d->knowledge, f);
    for (size_t i = 0; i < count; i++) {
        out[i] = (1 - d->slip) * mean[i] + d->slip * background[i];
    }
}

/* ---- findings ---- */

static double bin_centre(const Finding *f, size_t bin)
{
    return 0.5 * (f->bin_edges[bin] + f->bin_edges[bin + 1]);
}

/* The density of a number runs linearly between the centres of the bins and is flat beyond the outer ones: it
 * is a sum of hats, one for each bin. */
static void hat_of(const Finding *f, size_t bin, double *left, double *right)
{
    *left = bin == 0 ? f->minimum : bin_centre(f, bin - 1);
    *right = bin + 1 == f->bin_count ? f->maximum : bin_centre(f, bin + 1);
}

static double hat_height(const Finding *f, size_t bin, double x)
{
    double centre = bin_centre(f, bin), left, right;
    hat_of(f, bin, &left, &right);
    if (x < centre) {
        return bin == 0 ? 1 : (x - left) / (centre - left);
    }
    return bin + 1 == f->bin_count ? 1 : (right - x) / (right - centre);
}

static double draw_number(const Finding *f, const double *chance, Random *random)
{
    double weight[CELL_ROOM] = {0}, left, right;
    for (size_t b = 0; b < f->bin_count; b++) {
        hat_of(f, b, &left, &right);
        double centre = bin_centre(f, b);
        double area =
            (b == 0 ? 1 : 0.5) * (centre - left) + (b + 1 == f->bin_count ? 1 : 0.5) * (right - centre);
        weight[b] = chance[b] * area / (f->bin_edges[b + 1] - f->bin_edges[b]);
    }
    size_t bin = draw_index(weight, f->bin_count, random);
    hat_of(f, bin, &left, &right);
    double x = left + (right - left) * random_unit(random);
    while (random_unit(random) >= hat_height(f, bin, x)) {
        x = left + (right - left) * random_unit(random);
    }
    return x;
}

static void put_patient(const Drawer *d, const Finding *f, const double *chance)
{
    if (f->kind == FINDING_NUMBER) {
        double age = draw_number(f, chance, d->random);
        d->c->has_age = true;
        d->c->age_years = d->mode == SIMULATE_REPORTED && age >= 2 ? floor(age) : age;
    } else {
        size_t value = draw_index(chance, f->value_count, d->random);
        d->c->sex = strcmp(f->values[value].id, "male") == 0 ? SEX_MALE : SEX_FEMALE;
    }
}

/* Neighbouring levels: as many as the truth expects vertebrae, the first of them by how often it is touched.
 */
static uint64_t draw_levels(const Drawer *d, const Finding *levels, const Finding *vertebrae,
                            const double *chance)
{
    double number[CELL_ROOM] = {0}, first[CELL_ROOM] = {0};
    fill_chances(d, vertebrae, number);
    size_t count = draw_index(number, vertebrae->value_count, d->random) + 1;
    for (size_t m = 0; m + count <= levels->value_count; m++) {
        first[m] = chance[2 * m];
    }
    return ((UINT64_C(1) << count) - 1) << draw_index(first, levels->value_count, d->random);
}

/* The members that are present; a stain is not negative where it is positive. */
static uint64_t draw_members(const Drawer *d, const Finding *f, const double *chance)
{
    uint64_t members = 0;
    const CaseFinding *positive =
        strcmp(f->id, "path.negative") == 0 ? case_find(d->c, "path.positive") : NULL;
    for (size_t m = 0; m < f->value_count; m++) {
        bool present = random_unit(d->random) < chance[2 * m] && (int)m != f->none_value;
        members |= present && !(positive && (positive->read_values >> m & 1)) ? UINT64_C(1) << m : 0;
    }
    return members;
}

static void put_finding(const Drawer *d, const Finding *f, const double *chance)
{
    uint64_t values = 0;
    double number = 0;
    if (f->kind == FINDING_NUMBER) {
        number = draw_number(f, chance, d->random);
    } else if (f->kind == FINDING_SET) {
        const Finding *vertebrae = vocabulary_find(d->c->vocabulary, "site.vertebrae");
        bool levels = vertebrae && strcmp(f->id, "site.levels") == 0;
        values = levels ? draw_levels(d, f, vertebrae, chance) : draw_members(d, f, chance);
    } else {
        values = UINT64_C(1) << draw_index(chance, f->value_count, d->random);
    }
    if (f->kind != FINDING_NUMBER && values == 0) {
        return; /* a set of which nothing is present: a report does not speak of it */
    }
    CaseFinding *known = case_put(d->c, f);
    known->has_read = true;
    known->read_values = values;
    known->read_number_count = f->kind == FINDING_NUMBER ? 1 : 0;
    known->read_numbers[0] = number;
}

/* Does the report speak of it? Findings that were counted together share the draw of their examination. */
static bool is_stated(const Drawer *d, const Finding *f)
{
    double done = rates_done(d->rates, f);
    uint64_t group = random_mix(random_key(f->section), (uint64_t)(1e6 * done));
    Random own;
    random_init(&own, random_mix(d->key, group));
    if (random_unit(&own) >= done) {
        return false;
    }
    if (f->examinations[0] && !f->examinations[1]) {
        int index = vocabulary_find_examination(d->c->vocabulary, f->examinations[0]);
        d->c->examinations[index] = EXAMINATION_COMPLETE;
    }
    random_init(&own, random_mix(random_mix(d->key, random_key(f->id)), 1));
    return random_unit(&own) < rates_of(d->rates, f);
}

/* In the assumed mode a sign and a bundle speak once; a report does not say again what its levels say. */
static bool is_free(const Drawer *d, const Finding *f)
{
    if (d->mode == SIMULATE_REPORTED) {
        CaseFinding implied;
        if (case_implied(d->c, f, &implied)) {
            return false;
        }
        const CaseFinding *primary = case_find(d->c, "clinical.known_primary");
        bool known = primary && (primary->read_values & 1U << finding_value(primary->finding, "present"));
        return strcmp(f->id, "clinical.primary_site") != 0 || known;
    }
    int bundle = knowledge_bundle_of(d->knowledge, f->sign);
    if (f->kind == FINDING_SET || d->sign_taken[f->sign] || (bundle >= 0 && d->bundle_taken[bundle])) {
        return false;
    }
    d->sign_taken[f->sign] = true;
    if (bundle >= 0) {
        d->bundle_taken[bundle] = true;
    }
    return true;
}

static void draw_findings(const Drawer *d)
{
    const Vocabulary *vocabulary = knowledge_vocabulary(d->knowledge);
    size_t count = vocabulary_count(vocabulary), start = 0;
    if (d->mode == SIMULATE_ASSUMED) { /* so that it is not always the first of a sign that speaks */
        start = (size_t)(random_unit(d->random) * (double)count);
    }
    for (size_t i = 0; i < count; i++) {
        const Finding *f = vocabulary_finding(vocabulary, (start + i) % count);
        double chance[CELL_ROOM] = {0};
        if (f->use != FINDING_FOR_DIFFERENTIAL || cell_components(f) == 0 || !is_stated(d, f) ||
            !is_free(d, f)) {
            continue;
        }
        fill_chances(d, f, chance);
        if (strcmp(f->section, "patient") == 0) {
            put_patient(d, f, chance);
        } else {
            put_finding(d, f, chance);
            /* findings are drawn one by one: no report says what cannot hold together */
            if (d->mode == SIMULATE_REPORTED && !knowledge_check_case(d->knowledge, d->c, "", NULL)) {
                case_drop(d->c, f);
            }
        }
    }
}

static void name_case(const Drawer *d)
{
    Case *c = d->c;
    bool none = d->truth == knowledge_diagnosis_count(d->knowledge);
    c->truth_diagnosis = arena_strdup(c->arena, none ? "none_of_these"
                                                     : knowledge_diagnosis(d->knowledge, d->truth)->name->id);
    c->truth_basis = arena_strdup(c->arena, "histology");
    for (size_t i = 0; i < vocabulary_examination_count(c->vocabulary); i++) {
        if (c->examinations[i] == EXAMINATION_UNKNOWN) {
            c->examinations[i] = EXAMINATION_NOT_DONE;
        }
    }
}

Case *simulate_case(const Knowledge *knowledge, const Prior *prior, const Rates *rates, SimulateMode mode,
                    uint64_t key)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    Random random;
    random_init(&random, random_mix(random_key("simulate"), key));
    Drawer d = {.knowledge = knowledge,
                .rates = rates,
                .mode = mode,
                .key = key,
                .random = &random,
                .c = case_new(knowledge_vocabulary(knowledge))};
    d.sign_taken =
        arena_array(scratch, vocabulary_sign_count(knowledge_vocabulary(knowledge)) + 1, sizeof(bool));
    d.bundle_taken = arena_array(scratch, knowledge_bundle_count(knowledge) + 1, sizeof(bool));
    draw_truth(&d, prior);
    draw_findings(&d);
    name_case(&d);
    return d.c;
}
