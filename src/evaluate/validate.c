/* Validation on cases with a known truth.
 *
 * Log loss is −ln P(truth), the Brier score Σ (P − truth)² over all hypotheses, the calibration error the
 * mean gap between the first diagnosis' probability and how often it was right, over ten equal bins weighted
 * by their cases. */
#include "evaluate/outcomes.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CASE_FILES = 200000, RESAMPLES = 2000, BIN_COUNT = 10, METRIC_COUNT = 7 };
static const char *const metric_names[METRIC_COUNT] = {
    "top1", "top3", "top5", "log_loss", "brier", "calibration_error", "mean_confidence"};

static Outcome outcome_of(const Posterior *p, const char *id, size_t truth)
{
    Outcome o = {.id = id, .truth = truth, .first = p->order[0], .truth_probability = p->probability[truth]};
    for (size_t i = 0; i < p->hypothesis_count; i++) {
        double gap = p->probability[i] - (i == truth ? 1 : 0);
        o.brier += gap * gap;
        if (p->order[i] == truth) {
            o.rank = i + 1;
        }
    }
    o.confidence = p->probability[o.first];
    return o;
}

static double calibration_error(const Outcome *const *items, size_t n)
{
    double confidence[BIN_COUNT] = {0}, right[BIN_COUNT] = {0};
    for (size_t i = 0; i < n; i++) {
        size_t bin = (size_t)fmin(items[i]->confidence * BIN_COUNT, BIN_COUNT - 1);
        confidence[bin] += items[i]->confidence;
        right[bin] += items[i]->rank == 1;
    }
    double sum = 0;
    for (size_t b = 0; b < BIN_COUNT; b++) {
        sum += fabs(confidence[b] - right[b]);
    }
    return sum / (double)n;
}

static void metrics_of(const Outcome *const *items, size_t n, double out[METRIC_COUNT])
{
    double sums[METRIC_COUNT] = {0};
    for (size_t i = 0; i < n; i++) {
        const Outcome *o = items[i];
        sums[0] += o->rank <= 1;
        sums[1] += o->rank <= 3;
        sums[2] += o->rank <= 5;
        sums[3] += -log(fmax(o->truth_probability, 1e-12));
        sums[4] += o->brier;
        sums[6] += o->confidence;
    }
    for (size_t m = 0; m < METRIC_COUNT; m++) {
        out[m] = sums[m] / (double)n;
    }
    out[5] = calibration_error(items, n);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void outcomes_metrics(Value *map, const Outcome *outcomes, size_t n)
{
    const Outcome **sample = memory_array(n, sizeof *sample);
    double *draws = memory_array((size_t)METRIC_COUNT * RESAMPLES, sizeof *draws);
    double point[METRIC_COUNT], one[METRIC_COUNT];
    for (size_t i = 0; i < n; i++) {
        sample[i] = &outcomes[i];
    }
    metrics_of(sample, n, point);
    Random random;
    random_init(&random, random_key("validate"));
    for (size_t r = 0; r < RESAMPLES; r++) {
        for (size_t i = 0; i < n; i++) {
            sample[i] = &outcomes[(size_t)(random_unit(&random) * (double)n)];
        }
        metrics_of(sample, n, one);
        for (size_t m = 0; m < METRIC_COUNT; m++) {
            draws[m * RESAMPLES + r] = one[m];
        }
    }
    for (size_t m = 0; m < METRIC_COUNT; m++) {
        qsort(draws + m * RESAMPLES, RESAMPLES, sizeof *draws, compare_doubles);
        Value *metric = value_set_map(map, metric_names[m]);
        value_set_number(metric, "value", point[m]);
        Value *interval = value_set_list(metric, "interval");
        value_add_number(interval, draws[m * RESAMPLES + RESAMPLES / 40]);
        value_add_number(interval, draws[m * RESAMPLES + RESAMPLES - 1 - RESAMPLES / 40]);
    }
    free(draws);
    free(sample);
}

static const char *name_of(const Engine *engine, size_t hypothesis)
{
    size_t count = knowledge_diagnosis_count(engine->knowledge);
    return hypothesis == count ? "none_of_these"
                               : knowledge_diagnosis(engine->knowledge, hypothesis)->name->id;
}

static void add_reliability(Value *result, const Outcome *outcomes, size_t n)
{
    Value *list = value_set_list(result, "reliability");
    for (size_t b = 0; b < BIN_COUNT; b++) {
        double confidence = 0;
        size_t count = 0, right = 0;
        for (size_t i = 0; i < n; i++) {
            if ((size_t)fmin(outcomes[i].confidence * BIN_COUNT, BIN_COUNT - 1) == b) {
                confidence += outcomes[i].confidence;
                right += outcomes[i].rank == 1;
                count++;
            }
        }
        if (count > 0) {
            Value *bin = value_add_map(list);
            value_set_number(bin, "from", (double)b / BIN_COUNT);
            value_set_number(bin, "to", (double)(b + 1) / BIN_COUNT);
            value_set_integer(bin, "n", (long long)count);
            value_set_number(bin, "mean_confidence", confidence / (double)count);
            value_set_number(bin, "right", (double)right / (double)count);
        }
    }
}

static void add_diagnoses(const Engine *engine, Value *result, const Outcome *outcomes, size_t n)
{
    Value *list = value_set_list(result, "diagnoses");
    for (size_t d = 0; d <= knowledge_diagnosis_count(engine->knowledge); d++) {
        size_t count = 0, first = 0, three = 0, five = 0;
        double loss = 0;
        for (size_t i = 0; i < n; i++) {
            if (outcomes[i].truth == d) {
                count++;
                first += outcomes[i].rank <= 1;
                three += outcomes[i].rank <= 3;
                five += outcomes[i].rank <= 5;
                loss += -log(fmax(outcomes[i].truth_probability, 1e-12));
            }
        }
        if (count > 0) {
            Value *map = value_add_map(list);
            value_set_string(map, "diagnosis", name_of(engine, d));
            value_set_integer(map, "n", (long long)count);
            value_set_integer(map, "top1", (long long)first);
            value_set_integer(map, "top3", (long long)three);
            value_set_integer(map, "top5", (long long)five);
            value_set_number(map, "log_loss", loss / (double)count);
        }
    }
}

static int by_truth_probability(const void *a, const void *b)
{
    const Outcome *x = *(const Outcome *const *)a, *y = *(const Outcome *const *)b;
    return x->truth_probability != y->truth_probability
               ? (x->truth_probability > y->truth_probability) - (x->truth_probability < y->truth_probability)
               : strcmp(x->id, y->id);
}

/* What was not right first, the worst at the top. */
static void add_misses(const Engine *engine, Value *result, const Outcome *outcomes, size_t n)
{
    Value *list = value_set_list(result, "misses");
    const Outcome **sorted = memory_array(n, sizeof *sorted);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = &outcomes[i];
    }
    qsort(sorted, n, sizeof *sorted, by_truth_probability);
    for (size_t i = 0; i < n; i++) {
        const Outcome *o = sorted[i];
        if (o->rank > 1) {
            Value *map = value_add_map(list);
            value_set_string(map, "id", o->id);
            value_set_string(map, "truth", name_of(engine, o->truth));
            value_set_integer(map, "rank", (long long)o->rank);
            value_set_number(map, "probability", o->truth_probability);
            value_set_string(map, "first", name_of(engine, o->first));
            value_set_string(map, "because", o->because);
        }
    }
    free(sorted);
}

/* How often each diagnosis came first where another, or itself, was true. */
static void add_confusion(const Engine *engine, Value *result, const Outcome *outcomes, size_t n)
{
    size_t hypotheses = knowledge_diagnosis_count(engine->knowledge) + 1;
    Value *list = value_set_list(result, "confusion");
    for (size_t truth = 0; truth < hypotheses; truth++) {
        for (size_t first = 0; first < hypotheses; first++) {
            size_t count = 0;
            for (size_t i = 0; i < n; i++) {
                count += outcomes[i].truth == truth && outcomes[i].first == first;
            }
            if (count > 0) {
                Value *map = value_add_map(list);
                value_set_string(map, "truth", name_of(engine, truth));
                value_set_string(map, "first", name_of(engine, first));
                value_set_integer(map, "n", (long long)count);
            }
        }
    }
}

bool outcomes_list_cases(const char *const *paths, size_t path_count, Arena *arena, const char ***out,
                         size_t *out_count, DensError **err)
{
    const char **all = arena_array(arena, MAX_CASE_FILES, sizeof *all);
    size_t count = 0;
    for (size_t p = 0; p < path_count; p++) {
        const char **found = NULL;
        size_t found_count = 0;
        bool single = file_kind(paths[p]) != FILE_FOLDER;
        if (!file_list_tree(arena, paths[p], MAX_CASE_FILES, &found, &found_count, err)) {
            return false;
        }
        for (size_t i = 0; i < found_count; i++) {
            if (single || file_has_suffix(found[i], ".json")) {
                if (count == MAX_CASE_FILES) {
                    return error_input(err, paths[p], "more than %d case files", MAX_CASE_FILES);
                }
                all[count++] = found[i];
            }
        }
    }
    *out = all;
    *out_count = file_leave_out_repeated(all, count); /* a case counts once, however often it is named */
    return count > 0 || error_input(err, paths[0], "holds no case file (*.json)");
}

int outcomes_truth(const Engine *engine, const Case *c, const char *path, const ValidateOptions *options,
                   DensError **err)
{
    if (!c->truth_diagnosis) {
        return -1;
    }
    int none = (int)knowledge_diagnosis_count(engine->knowledge);
    bool is_none = strcmp(c->truth_diagnosis, "none_of_these") == 0;
    int truth = is_none
                    ? none
                    : vocabulary_find_diagnosis(knowledge_vocabulary(engine->knowledge), c->truth_diagnosis);
    if (truth >= 0 && options->among && (is_none || !options->among[truth])) {
        return -1;
    }
    if (truth < 0 || (!is_none && !knowledge_diagnosis(engine->knowledge, (size_t)truth)->known)) {
        error_input(err, path, "the truth \"%s\" is no diagnosis of the knowledge", c->truth_diagnosis);
        return -2;
    }
    return truth;
}

/* The three signs that speak most for the first against the truth, with their weights. */
static const char *why_missed(const Posterior *p, size_t first, size_t truth, Arena *arena)
{
    enum { NAMED_MAX = 3 };
    AUTO_TEXT text = TEXT_INIT;
    Reason *reasons = NULL;
    size_t count = 0, named = 0;
    double prior = 0;
    posterior_reasons(p, first, truth, &reasons, &count, &prior);
    for (size_t i = 0; i < count && named < NAMED_MAX; i++) {
        if (reasons[i].weight > 0.1) {
            text_addf(&text, "%s%s %.1f", named++ ? "; " : "", reasons[i].sign->sign->label,
                      reasons[i].weight);
        }
    }
    return arena_strdup(arena, text_string(&text));
}

void outcomes_rank(const Engine *engine, const Case *c, const char *path, size_t truth,
                   const ValidateOptions *options, Arena *arena, Outcome *out, bool *used)
{
    InferOptions infer = {.prior = options->prior,
                          .among = options->among,
                          .without_path = options->without_path,
                          .without_intervals = true};
    AUTO(posterior_auto) Posterior *p = infer_posterior(engine->knowledge, c, &infer);
    *used = p->considered[truth];
    if (*used) {
        *out = outcome_of(p, arena_strdup(arena, c->id ? c->id : file_name(path)), truth);
        out->because = out->rank > 1 ? why_missed(p, out->first, truth, arena) : "";
    }
}

static bool run_file(const Engine *engine, const char *path, const ValidateOptions *options, Arena *arena,
                     Outcome *out, bool *used, DensError **err)
{
    *used = false;
    AUTO(case_auto) Case *c = case_read(path, knowledge_vocabulary(engine->knowledge), NULL, err);
    int truth = c ? outcomes_truth(engine, c, path, options, err) : -2;
    if (truth >= 0) {
        outcomes_rank(engine, c, path, (size_t)truth, options, arena, out, used);
    }
    return truth >= -1;
}

Value *validate_cases(const Engine *engine, const char *const *paths, size_t path_count,
                      const ValidateOptions *options, Arena *arena, DensError **err)
{
    const char **files = NULL;
    size_t file_count = 0, n = 0;
    if (!outcomes_list_cases(paths, path_count, arena, &files, &file_count, err)) {
        return NULL;
    }
    Outcome *outcomes = arena_array(arena, file_count, sizeof *outcomes);
    for (size_t i = 0; i < file_count; i++) {
        bool used = false;
        if (!run_file(engine, files[i], options, arena, &outcomes[n], &used, err)) {
            return NULL;
        }
        n += used;
        progress_step(options->progress, "validating", i + 1, file_count);
    }
    if (n == 0) {
        error_input(err, paths[0], "no case has a truth that can be checked");
        return NULL;
    }
    Value *result = value_new_map(arena);
    value_set_integer(result, "n", (long long)n);
    value_set_integer(result, "skipped", (long long)(file_count - n));
    value_set_string(result, "prior", options->prior->id);
    value_set_bool(result, "without_path", options->without_path);
    value_set_string(result, "knowledge", knowledge_version(engine->knowledge));
    if (engine->overlay_version) {
        value_set_string(result, "overlay", engine->overlay_version);
    }
    outcomes_metrics(result, outcomes, n);
    add_reliability(result, outcomes, n);
    add_diagnoses(engine, result, outcomes, n);
    add_confusion(engine, result, outcomes, n);
    add_misses(engine, result, outcomes, n);
    return result;
}

static void metric_line(const Value *outcome, const char *key, const char *label, bool percent, Text *out)
{
    const Value *metric = value_get(outcome, key);
    const Value *interval = value_get(metric, "interval");
    double low = 0, high = 0;
    (void)value_number(value_at(interval, 0), &low);
    (void)value_number(value_at(interval, 1), &high);
    char number[3][24];
    double values[3] = {value_number_or(metric, "value", 0), low, high};
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(number[i], sizeof number[i], "%.*f", percent ? 0 : 2, (percent ? 100 : 1) * values[i]);
    }
    const char *unit = percent ? " %" : "";
    text_addf(out, "  %-28s %6s%s   (%s–%s%s)\n", label, number[0], unit, number[1], number[2], unit);
}

static void table_text(const Value *outcome, Text *out)
{
    text_add(out, "\nBy truth                              n  first  top 3  top 5  log loss\n");
    VALUE_EACH(row, value_get(outcome, "diagnoses"))
    {
        text_addf(out, "  %-34s %3.0f  %5.0f  %5.0f  %5.0f  %8.2f\n", value_text(row, "diagnosis"),
                  value_number_or(row, "n", 0), value_number_or(row, "top1", 0),
                  value_number_or(row, "top3", 0), value_number_or(row, "top5", 0),
                  value_number_or(row, "log_loss", 0));
    }
    text_add(out, "\nReliability of the first diagnosis\n  said          n   mean  right\n");
    VALUE_EACH(bin, value_get(outcome, "reliability"))
    {
        text_addf(out, "  %3.0f–%3.0f %%  %4.0f  %3.0f %%  %3.0f %%\n", 100 * value_number_or(bin, "from", 0),
                  100 * value_number_or(bin, "to", 0), value_number_or(bin, "n", 0),
                  100 * value_number_or(bin, "mean_confidence", 0), 100 * value_number_or(bin, "right", 0));
    }
}

void validate_text(const Value *outcome, Text *out)
{
    text_addf(out, "%.0f cases with a known truth%s; prior %s", value_number_or(outcome, "n", 0),
              value_truth(outcome, "without_path") ? ", without pathology" : "",
              value_text(outcome, "prior"));
    double skipped = value_number_or(outcome, "skipped", 0);
    if (skipped > 0) {
        text_addf(
            out,
            "; %.0f files passed over (no truth, or one that was not asked for or that the prior leaves out)",
            skipped);
    }
    text_add(out, "\n(95 % bootstrap interval)\n\n");
    metric_line(outcome, "top1", "right first", true, out);
    metric_line(outcome, "top3", "among the first three", true, out);
    metric_line(outcome, "top5", "among the first five", true, out);
    metric_line(outcome, "log_loss", "log loss", false, out);
    metric_line(outcome, "brier", "Brier score", false, out);
    metric_line(outcome, "calibration_error", "calibration error", false, out);
    metric_line(outcome, "mean_confidence", "mean confidence", true, out);
    table_text(outcome, out);
    text_add(out, "\nTaken for another, at least twice\n");
    VALUE_EACH(pair, value_get(outcome, "confusion"))
    {
        double count = value_number_or(pair, "n", 0);
        if (count > 1 && strcmp(value_text(pair, "truth"), value_text(pair, "first")) != 0) {
            text_addf(out, "  %-34s %2.0f as %s\n", value_text(pair, "truth"), count,
                      value_text(pair, "first"));
        }
    }
    text_add(out, "\nNot first, the worst at the top; what speaks for the first against the truth, as "
                  "logarithms of likelihood ratios\n");
    VALUE_EACH(miss, value_get(outcome, "misses"))
    {
        text_addf(out, "  %-36s rank %2.0f (%4.1f %%), first: %s\n", value_text(miss, "id"),
                  value_number_or(miss, "rank", 0), 100 * value_number_or(miss, "probability", 0),
                  value_text(miss, "first"));
        text_addf(out, "      %s\n", value_text(miss, "because"));
    }
}
