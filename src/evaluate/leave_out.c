/* Is a lesion that the knowledge does not hold flagged as "none of these"?
 *
 * Each diagnosis is taken out of the knowledge in turn, and the cases of which it is the truth are ranked
 * without it: there "none of these" is right. The same cases ranked with the whole knowledge are those where
 * it is wrong. What is looked at is the probability of "none of these"; the curve runs over its threshold.
 * The bootstrap draws cases, each with both of its probabilities. */
#include "evaluate/outcomes.h"

#include "base/memory.h"
#include "base/random.h"
#include "knowledge/change.h"

#include <math.h>
#include <stdlib.h>

enum { RESAMPLES = 2000, RATE_COUNT = 3 };
static const double false_alarm_rates[RATE_COUNT] = {0.05, 0.10, 0.20};

typedef struct {
    size_t truth;
    Case *c;
    double none[2]; /* probability of "none of these": with the diagnosis known, and without it */
    bool first[2];  /* does it come first? */
    size_t instead; /* the first diagnosis where its own is missing */
} LeftOut;

/* One of the two probabilities of a case, for walking over thresholds. */
typedef struct {
    double score;
    size_t item;
    bool missing; /* the diagnosis was taken out */
} Scored;

static int by_score_falling(const void *a, const void *b)
{
    const Scored *x = a, *y = b;
    return x->score != y->score ? (x->score < y->score) - (x->score > y->score)
                                : (x->item > y->item) - (x->item < y->item);
}

static void rank_case(const Engine *engine, const ValidateOptions *options, LeftOut *item, bool missing)
{
    InferOptions infer = {
        .prior = options->prior, .without_path = options->without_path, .without_intervals = true};
    AUTO(posterior_auto) Posterior *p = infer_posterior(engine->knowledge, item->c, &infer);
    size_t none = p->hypothesis_count - 1;
    item->none[missing] = p->probability[none];
    item->first[missing] = p->order[0] == none;
    if (missing) {
        item->instead = p->order[p->order[0] == none ? 1 : 0];
    }
}

/* Reads the cases and ranks each with the whole knowledge. */
static bool read_items(const Engine *engine, const char *const *files, size_t file_count,
                       const ValidateOptions *options, LeftOut *items, size_t *count, DensError **err)
{
    size_t none = knowledge_diagnosis_count(engine->knowledge);
    for (size_t i = 0; i < file_count; i++) {
        AUTO(case_auto) Case *c = case_read(files[i], knowledge_vocabulary(engine->knowledge), NULL, err);
        int truth = c ? outcomes_truth(engine, c, files[i], options, err) : -2;
        if (truth < -1) {
            return false;
        }
        if (truth >= 0 && (size_t)truth != none && engine_prior_holds(options->prior, (size_t)truth)) {
            items[*count] = (LeftOut){.truth = (size_t)truth, .c = TAKE(c)};
            rank_case(engine, options, &items[(*count)++], false);
        }
    }
    return true;
}

/* Ranks the cases of one diagnosis without it; nothing to do if there are none. */
static bool rank_without(const Engine *engine, size_t diagnosis, const ValidateOptions *options,
                         LeftOut *items, size_t count, DensError **err)
{
    size_t own = 0;
    for (size_t i = 0; i < count; i++) {
        own += items[i].truth == diagnosis;
    }
    if (own == 0) {
        return true;
    }
    AUTO(engine_auto) Engine *without = engine_load(knowledge_folder(engine->knowledge), err);
    if (!without) {
        return false;
    }
    knowledge_leave_out(without->knowledge, diagnosis);
    ValidateOptions own_options = *options;
    own_options.prior = engine_same_prior(without, options->prior, err);
    for (size_t i = 0; i < count && own_options.prior; i++) {
        if (items[i].truth == diagnosis) {
            rank_case(without, &own_options, &items[i], true);
        }
    }
    return own_options.prior != NULL;
}

/* The area under the curve and the sensitivities, of cases that count `weight` times each. `scored` falls. */
static void curve_of(const Scored *scored, size_t count, const double *weight, double out[1 + RATE_COUNT])
{
    double total = 0, hits = 0, alarms = 0, area = 0;
    for (size_t i = 0; i < count; i++) {
        total += scored[i].missing ? weight[scored[i].item] : 0;
    }
    for (size_t r = 0; r <= RATE_COUNT; r++) {
        out[r] = 0;
    }
    for (size_t i = 0; i < count;) {
        double hit = 0, alarm = 0; /* all that have the same score: one step of the curve */
        double score = scored[i].score;
        for (; i < count && !(scored[i].score < score); i++) {
            *(scored[i].missing ? &hit : &alarm) += weight[scored[i].item];
        }
        area += alarm * (hits + hit / 2);
        hits += hit;
        alarms += alarm;
        for (size_t r = 0; r < RATE_COUNT; r++) {
            if (alarms <= false_alarm_rates[r] * total) {
                out[1 + r] = hits / total;
            }
        }
    }
    out[0] = area / (total * total);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void add_with_interval(Value *map, double value, double *draws)
{
    qsort(draws, RESAMPLES, sizeof *draws, compare_doubles);
    value_set_number(map, "value", value);
    Value *interval = value_set_list(map, "interval");
    value_add_number(interval, draws[RESAMPLES / 40]);
    value_add_number(interval, draws[RESAMPLES - 1 - RESAMPLES / 40]);
}

static void add_curve(Value *result, const LeftOut *items, size_t count)
{
    Scored *scored = memory_array(2 * count, sizeof *scored);
    double *weight = memory_array(count, sizeof *weight);
    double *draws = memory_array((size_t)(1 + RATE_COUNT) * RESAMPLES, sizeof *draws);
    double point[1 + RATE_COUNT], one[1 + RATE_COUNT];
    for (size_t i = 0; i < count; i++) {
        scored[2 * i] = (Scored){items[i].none[0], i, false};
        scored[2 * i + 1] = (Scored){items[i].none[1], i, true};
        weight[i] = 1;
    }
    qsort(scored, 2 * count, sizeof *scored, by_score_falling);
    curve_of(scored, 2 * count, weight, point);
    Random random;
    random_init(&random, random_key("leave out"));
    for (size_t r = 0; r < RESAMPLES; r++) {
        for (size_t i = 0; i < count; i++) {
            weight[i] = 0;
        }
        for (size_t i = 0; i < count; i++) {
            weight[(size_t)(random_unit(&random) * (double)count)]++;
        }
        curve_of(scored, 2 * count, weight, one);
        for (size_t m = 0; m <= RATE_COUNT; m++) {
            draws[m * RESAMPLES + r] = one[m];
        }
    }
    add_with_interval(value_set_map(result, "auc"), point[0], draws);
    Value *list = value_set_list(result, "sensitivity");
    for (size_t r = 0; r < RATE_COUNT; r++) {
        Value *at = value_add_map(list);
        value_set_number(at, "false_alarms", false_alarm_rates[r]);
        add_with_interval(at, point[1 + r], draws + (1 + r) * RESAMPLES);
    }
    free(draws);
    free(weight);
    free(scored);
}

/* The diagnosis that most often came first in place of the one that was taken out. */
static size_t most_often(const LeftOut *items, size_t count, size_t truth, size_t hypotheses)
{
    size_t best = 0, most = 0;
    for (size_t h = 0; h < hypotheses; h++) {
        size_t times = 0;
        for (size_t i = 0; i < count; i++) {
            times += items[i].truth == truth && items[i].instead == h;
        }
        best = times > most ? h : best;
        most = times > most ? times : most;
    }
    return best;
}

static void add_diagnoses(const Engine *engine, Value *result, const LeftOut *items, size_t count)
{
    Value *list = value_set_list(result, "diagnoses");
    for (size_t d = 0; d < knowledge_diagnosis_count(engine->knowledge); d++) {
        size_t n = 0, first = 0;
        double sums[2] = {0, 0};
        for (size_t i = 0; i < count; i++) {
            if (items[i].truth == d) {
                n++;
                first += items[i].first[1];
                sums[0] += items[i].none[0];
                sums[1] += items[i].none[1];
            }
        }
        if (n > 0) {
            Value *map = value_add_map(list);
            size_t instead = most_often(items, count, d, knowledge_diagnosis_count(engine->knowledge));
            value_set_string(map, "diagnosis", knowledge_diagnosis(engine->knowledge, d)->name->id);
            value_set_integer(map, "n", (long long)n);
            value_set_integer(map, "none_first", (long long)first);
            value_set_number(map, "mean_known", sums[0] / (double)n);
            value_set_number(map, "mean_left_out", sums[1] / (double)n);
            value_set_string(map, "instead", knowledge_diagnosis(engine->knowledge, instead)->name->id);
        }
    }
}

static Value *result_of(const Engine *engine, const ValidateOptions *options, const LeftOut *items,
                        size_t count, Arena *arena)
{
    Value *result = value_new_map(arena);
    size_t first[2] = {0, 0};
    for (size_t i = 0; i < count; i++) {
        first[0] += items[i].first[0];
        first[1] += items[i].first[1];
    }
    value_set_integer(result, "n", (long long)count);
    value_set_string(result, "prior", options->prior->id);
    value_set_bool(result, "without_path", options->without_path);
    value_set_string(result, "knowledge", knowledge_version(engine->knowledge));
    value_set_integer(result, "none_first_known", (long long)first[0]);
    value_set_integer(result, "none_first_left_out", (long long)first[1]);
    add_curve(result, items, count);
    add_diagnoses(engine, result, items, count);
    return result;
}

Value *validate_leave_out(const Engine *engine, const char *const *paths, size_t path_count,
                          const ValidateOptions *options, Arena *arena, DensError **err)
{
    const char **files = NULL;
    size_t file_count = 0, count = 0;
    if (!outcomes_list_cases(paths, path_count, arena, &files, &file_count, err)) {
        return NULL;
    }
    LeftOut *items = arena_array(arena, file_count, sizeof *items);
    size_t diagnoses = knowledge_diagnosis_count(engine->knowledge);
    bool good = read_items(engine, files, file_count, options, items, &count, err);
    for (size_t d = 0; d < diagnoses && good; d++) {
        good = rank_without(engine, d, options, items, count, err);
        progress_step(options->progress, "leaving out", d + 1, diagnoses);
    }
    for (size_t i = 0; i < count; i++) {
        case_free(items[i].c);
    }
    if (good && count == 0) {
        good = error_input(err, paths[0], "no case has a truth that can be left out");
    }
    return good ? result_of(engine, options, items, count, arena) : NULL;
}

static void share_line(const Value *at, const char *label, bool percent, Text *out)
{
    const Value *interval = value_get(at, "interval");
    double low = 0, high = 0, factor = percent ? 100 : 1;
    (void)value_number(value_at(interval, 0), &low);
    (void)value_number(value_at(interval, 1), &high);
    int digits = percent ? 0 : 2;
    text_addf(out, "  %-46s %6.*f%s   (%.*f–%.*f%s)\n", label, digits,
              factor * value_number_or(at, "value", 0), percent ? " %" : "", digits, factor * low, digits,
              factor * high, percent ? " %" : "");
}

void validate_leave_out_text(const Value *outcome, Text *out)
{
    double n = value_number_or(outcome, "n", 0);
    text_addf(
        out,
        "Each diagnosis left out in turn: %.0f cases that then are none of these, against the same cases "
        "with their diagnosis known; prior %s%s\n(95 %% bootstrap interval)\n\n",
        n, value_text(outcome, "prior"), value_truth(outcome, "without_path") ? ", without pathology" : "");
    share_line(value_get(outcome, "auc"), "area under the ROC curve", false, out);
    VALUE_EACH(at, value_get(outcome, "sensitivity"))
    {
        AUTO_TEXT label = TEXT_INIT;
        text_addf(&label, "recognised at %.0f %% false alarms", 100 * value_number_or(at, "false_alarms", 0));
        share_line(at, text_string(&label), true, out);
    }
    text_addf(out,
              "  \"none of these\" came first in %.0f of %.0f; wrongly, with the diagnosis known, in %.0f\n",
              value_number_or(outcome, "none_first_left_out", 0), n,
              value_number_or(outcome, "none_first_known", 0));
    text_add(out, "\nProbability of none of these           n  known  left out  first  taken for\n");
    VALUE_EACH(row, value_get(outcome, "diagnoses"))
    {
        text_addf(out, "  %-34s %3.0f  %3.0f %%     %3.0f %%    %3.0f  %s\n", value_text(row, "diagnosis"),
                  value_number_or(row, "n", 0), 100 * value_number_or(row, "mean_known", 0),
                  100 * value_number_or(row, "mean_left_out", 0), value_number_or(row, "none_first", 0),
                  value_text(row, "instead"));
    }
}
