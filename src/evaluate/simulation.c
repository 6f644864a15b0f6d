/* Simulation: does the inference mean what it says, if its assumptions hold?
 *
 * Calibration: of cases drawn from the knowledge the first diagnosis is right as often as its probability
 * says. Coverage: parameters are drawn from all Dirichlets and taken for the true ones; cases are drawn from
 * those, and the posterior under them is compared with the interval that the knowledge gives. A draw of the
 * parameters serves CASES_A_DRAW cases. */
#include "evaluate/simulation.h"

#include "base/file.h"
#include "base/json.h"
#include "base/random.h"

#include "evaluate/outcomes.h"
#include "infer/simulate.h"
#include "knowledge/change.h"
#include <math.h>

#include <math.h>
#include <string.h>

enum { CASES_A_DRAW = 10, COVERAGE_CASES = 1000 };
/* Hypotheses below this are no part of the answer. */
static const double least_covered = 0.01;

bool simulation_write(const Engine *engine, const SimulationOptions *options, const char *folder,
                      DensError **err)
{
    AUTO(rates_auto) Rates *rates = rates_load(engine->knowledge, err);
    if (!rates || !file_make_folder(folder, err)) {
        return false;
    }
    for (size_t i = 0; i < options->count; i++) {
        AUTO(arena_auto) Arena *arena = arena_new();
        AUTO(case_auto)
        Case *c = simulate_case(engine->knowledge, options->prior, rates, SIMULATE_REPORTED,
                                random_mix(options->seed, i));
        c->id = arena_printf(c->arena, "sim-%06zu", i + 1);
        AUTO_TEXT text = TEXT_INIT;
        json_write(case_to_value(c, NULL, NULL, arena), JSON_PRETTY, &text);
        const char *path = file_join(arena, folder, arena_printf(arena, "%s.json", c->id));
        if (!file_write(path, text_string(&text), text.length, err)) {
            return false;
        }
        progress_step(options->progress, "simulating", i + 1, options->count);
    }
    return true;
}

static size_t truth_of(const Knowledge *knowledge, const Case *c)
{
    int index = vocabulary_find_diagnosis(knowledge_vocabulary(knowledge), c->truth_diagnosis);
    return index < 0 ? knowledge_diagnosis_count(knowledge) : (size_t)index;
}

/* ---- calibration ---- */

static void add_calibration(const Engine *engine, const SimulationOptions *options, const Rates *rates,
                            SimulateMode mode, Value *map, Arena *arena)
{
    ValidateOptions validate = {.prior = options->prior};
    Outcome *outcomes = arena_array(arena, options->count, sizeof *outcomes);
    size_t used = 0;
    double findings = 0;
    for (size_t i = 0; i < options->count; i++) {
        bool is_used = false;
        AUTO(case_auto)
        Case *c = simulate_case(engine->knowledge, options->prior, rates, mode, random_mix(options->seed, i));
        outcomes_rank(engine, c, "", truth_of(engine->knowledge, c), &validate, arena, &outcomes[used],
                      &is_used);
        used += is_used;
        findings += (double)c->finding_count;
        progress_step(options->progress, "ranking", i + 1, options->count);
    }
    value_set_integer(map, "n", (long long)used);
    value_set_number(map, "findings", findings / (double)options->count);
    outcomes_metrics(map, outcomes, used);
}

/* ---- coverage ---- */

typedef struct {
    size_t inside, n;
} Share;

typedef struct {
    Share first, truth, all;
    double effective, least_effective; /* draws: their sum and the fewest */
} Coverage;

static void count(Share *share, const Posterior *p, const Posterior *real, size_t h)
{
    share->inside += real->probability[h] >= p->low[h] && real->probability[h] <= p->high[h];
    share->n++;
}

/* The case is drawn from the knowledge, or from the parameters that are taken for the true ones. */
static void cover_case(const Engine *engine, const Engine *real, const SimulationOptions *options,
                       const Prior *prior, const Rates *rates, uint64_t key, bool from_real, Coverage *out)
{
    AUTO(case_auto)
    Case *c = simulate_case((from_real ? real : engine)->knowledge, from_real ? prior : options->prior, rates,
                            SIMULATE_ASSUMED, key);
    InferOptions asked = {.prior = options->prior}, known = {.prior = prior, .without_intervals = true};
    AUTO(posterior_auto) Posterior *p = infer_posterior(engine->knowledge, c, &asked);
    AUTO(posterior_auto) Posterior *truth = infer_posterior(real->knowledge, c, &known);
    size_t none = p->hypothesis_count - 1;
    bool is_first = out->first.n == 0;
    out->effective += p->effective_draws;
    out->least_effective = is_first ? p->effective_draws : fmin(out->least_effective, p->effective_draws);
    count(&out->first, p, truth, p->order[0]);
    count(&out->truth, p, truth, truth_of(engine->knowledge, c));
    for (size_t h = 0; h <= none; h++) {
        if (p->probability[h] >= least_covered) {
            count(&out->all, p, truth, h);
        }
    }
}

static void add_share(Value *map, const char *key, Share share)
{
    value_set_number(map, key, share.n > 0 ? (double)share.inside / (double)share.n : 0);
}

static void add_covered(Value *result, const char *key, const Coverage *coverage, size_t n)
{
    Value *map = value_set_map(result, key);
    value_set_integer(map, "n", (long long)n);
    add_share(map, "first", coverage->first);
    add_share(map, "truth", coverage->truth);
    add_share(map, "all", coverage->all);
    value_set_number(map, "effective_draws", n > 0 ? coverage->effective / (double)n : 0);
    value_set_number(map, "least_effective_draws", coverage->least_effective);
}

static bool add_coverage(const Engine *engine, const SimulationOptions *options, const Rates *rates,
                         Value *result, DensError **err)
{
    AUTO(engine_auto) Engine *real = engine_load(knowledge_folder(engine->knowledge), err);
    size_t n = options->count < COVERAGE_CASES ? options->count : COVERAGE_CASES;
    Coverage coverage[2] = {0};
    const Prior *prior = real ? engine_same_prior(real, options->prior, err) : NULL;
    if (!prior) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t key = random_mix(options->seed, i);
        if (i % CASES_A_DRAW == 0) {
            knowledge_draw(real->knowledge, engine->knowledge, key);
        }
        cover_case(engine, real, options, prior, rates, key, false, &coverage[0]);
        cover_case(engine, real, options, prior, rates, key, true, &coverage[1]);
        progress_step(options->progress, "covering", i + 1, n);
    }
    add_covered(result, "coverage", &coverage[0], n);
    add_covered(result, "coverage_drawn", &coverage[1], n);
    return true;
}

Value *simulation_check(const Engine *engine, const SimulationOptions *options, Arena *arena, DensError **err)
{
    AUTO(rates_auto) Rates *rates = rates_load(engine->knowledge, err);
    if (!rates) {
        return NULL;
    }
    Value *result = value_new_map(arena);
    value_set_integer(result, "n", (long long)options->count);
    value_set_integer(result, "seed", (long long)options->seed);
    value_set_string(result, "prior", options->prior->id);
    value_set_string(result, "knowledge", knowledge_version(engine->knowledge));
    add_calibration(engine, options, rates, SIMULATE_ASSUMED, value_set_map(result, "assumed"), arena);
    add_calibration(engine, options, rates, SIMULATE_REPORTED, value_set_map(result, "reported"), arena);
    return add_coverage(engine, options, rates, result, err) ? result : NULL;
}

static void add_side(const Value *outcome, const char *key, const char *label, Text *out)
{
    const Value *side = value_get(outcome, key);
    const Value *error = value_get(side, "calibration_error");
    double low = 0, high = 0;
    (void)value_number(value_at(value_get(error, "interval"), 0), &low);
    (void)value_number(value_at(value_get(error, "interval"), 1), &high);
    text_addf(out, "  %-34s %8.1f %8.0f %%   %8.0f %%        %.3f (%.3f–%.3f)\n", label,
              value_number_or(side, "findings", 0),
              100 * value_number_or(value_get(side, "top1"), "value", 0),
              100 * value_number_or(value_get(side, "mean_confidence"), "value", 0),
              value_number_or(error, "value", 0), low, high);
}

void simulation_check_text(const Value *outcome, Text *out)
{
    const Value *coverage = value_get(outcome, "coverage"), *drawn = value_get(outcome, "coverage_drawn");
    text_addf(out, "%.0f cases drawn from the knowledge, prior %s\n\nCalibration\n",
              value_number_or(outcome, "n", 0), value_text(outcome, "prior"));
    text_add(
        out,
        "                                     findings  right first  mean confidence  calibration error\n");
    add_side(outcome, "assumed", "as the inference assumes", out);
    add_side(outcome, "reported", "as cases are reported", out);
    text_addf(out,
              "\nThe 90 %% intervals, on %.0f cases as the inference assumes: how often they hold the "
              "posterior under "
              "parameters drawn from the evidence\n"
              "                         cases drawn from the knowledge   from the drawn parameters\n",
              value_number_or(coverage, "n", 0));
    static const char *const keys[] = {"first", "truth", "all"};
    static const char *const labels[] = {"first diagnosis", "the truth", "every hypothesis from 1 %"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        text_addf(out, "  %-26s %27.1f %% %25.1f %%\n", labels[i],
                  100 * value_number_or(coverage, keys[i], 0), 100 * value_number_or(drawn, keys[i], 0));
    }
    text_addf(out, "  %-26s %19.0f (from %3.0f) %17.0f (from %3.0f)\n", "effective draws",
              value_number_or(coverage, "effective_draws", 0),
              value_number_or(coverage, "least_effective_draws", 0),
              value_number_or(drawn, "effective_draws", 0),
              value_number_or(drawn, "least_effective_draws", 0));
}
