/* Does learning help? Cross-validation on confirmed cases.
 *
 * The folds are stratified: the cases of each diagnosis are put in a fixed random order and dealt out, going
 * on where the diagnosis before it stopped. */
#include "evaluate/learn_cases.h"
#include "evaluate/outcomes.h"

#include "base/memory.h"
#include "base/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *path;
    Case *c;
    size_t truth, fold;
    uint64_t key;
} Item;

static int by_truth_then_key(const void *a, const void *b)
{
    const Item *x = a, *y = b;
    if (x->truth != y->truth) {
        return (x->truth > y->truth) - (x->truth < y->truth);
    }
    return (x->key > y->key) - (x->key < y->key);
}

static bool read_items(const Engine *engine, const char *const *files, size_t file_count,
                       const ValidateOptions *options, Item *items, size_t *count, DensError **err)
{
    for (size_t i = 0; i < file_count; i++) {
        AUTO(case_auto) Case *c = case_read(files[i], knowledge_vocabulary(engine->knowledge), NULL, err);
        int truth = c ? outcomes_truth(engine, c, files[i], options, err) : -2;
        if (truth < -1) {
            return false;
        }
        if (truth >= 0) {
            items[(*count)++] = (Item){.path = files[i],
                                       .c = TAKE(c),
                                       .truth = (size_t)truth,
                                       .key = random_mix(random_key("cross"), i)};
        }
    }
    return true;
}

static Overlay *learn_others(const Engine *engine, const Item *items, size_t count, size_t fold,
                             LearnTally *tally)
{
    Overlay *overlay = overlay_new(engine->knowledge);
    for (size_t i = 0; i < count; i++) {
        if (items[i].fold != fold) {
            learn_case(overlay, engine->knowledge, items[i].c, tally);
        }
    }
    return overlay;
}

/* Ranks the cases of one fold with the knowledge and with the overlay on it. */
static bool run_fold(const Engine *engine, const Item *items, size_t count, size_t fold,
                     const ValidateOptions *options, Outcome *const out[2], size_t *used, LearnTally *tally,
                     Arena *arena, DensError **err)
{
    AUTO(overlay_auto) Overlay *overlay = learn_others(engine, items, count, fold, tally);
    AUTO(engine_auto)
    Engine *learned = engine_load_learned(knowledge_folder(engine->knowledge), overlay, err);
    ValidateOptions own = *options;
    if (!learned || !(own.prior = engine_same_prior(learned, options->prior, err))) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        bool is_used = false;
        if (items[i].fold != fold) {
            continue;
        }
        outcomes_rank(engine, items[i].c, items[i].path, items[i].truth, options, arena, &out[0][*used],
                      &is_used);
        outcomes_rank(learned, items[i].c, items[i].path, items[i].truth, &own, arena, &out[1][*used],
                      &is_used);
        *used += is_used;
    }
    return true;
}

static Value *cross_run(const Engine *engine, Item *items, size_t count, size_t folds,
                        const ValidateOptions *options, Arena *arena, DensError **err)
{
    Outcome *outcomes[2] = {arena_array(arena, count + 1, sizeof(Outcome)),
                            arena_array(arena, count + 1, sizeof(Outcome))};
    LearnTally tally = {0};
    size_t used = 0;
    qsort(items, count, sizeof *items, by_truth_then_key);
    for (size_t i = 0; i < count; i++) {
        items[i].fold = i % folds;
    }
    for (size_t fold = 0; fold < folds; fold++) {
        if (!run_fold(engine, items, count, fold, options, outcomes, &used, &tally, arena, err)) {
            return NULL;
        }
        progress_step(options->progress, "cross-validating", fold + 1, folds);
    }
    Value *result = value_new_map(arena);
    value_set_integer(result, "n", (long long)used);
    value_set_integer(result, "folds", (long long)folds);
    value_set_string(result, "prior", options->prior->id);
    value_set_bool(result, "without_path", options->without_path);
    value_set_string(result, "knowledge", knowledge_version(engine->knowledge));
    value_set_number(result, "counted", (double)tally.outcomes[LEARN_COUNTED] / (double)folds);
    value_set_number(result, "findings", (double)tally.findings / (double)folds);
    value_set_number(result, "open", (double)tally.open / (double)folds);
    outcomes_metrics(value_set_map(result, "without"), outcomes[0], used);
    outcomes_metrics(value_set_map(result, "with"), outcomes[1], used);
    return result;
}

Value *validate_cross(const Engine *engine, const char *const *paths, size_t path_count, size_t folds,
                      const ValidateOptions *options, Arena *arena, DensError **err)
{
    const char **files = NULL;
    size_t file_count = 0, count = 0;
    if (!outcomes_list_cases(paths, path_count, arena, &files, &file_count, err)) {
        return NULL;
    }
    Item *items = arena_array(arena, file_count, sizeof *items);
    Value *result = NULL;
    if (read_items(engine, files, file_count, options, items, &count, err)) {
        if (count < folds) {
            error_input(err, paths[0], "%zu cases with a truth cannot be split into %zu parts", count, folds);
        } else {
            result = cross_run(engine, items, count, folds, options, arena, err);
        }
    }
    for (size_t i = 0; i < count; i++) {
        case_free(items[i].c);
    }
    return result;
}

static void metric_line(const Value *outcome, const char *key, const char *label, double factor, int digits,
                        Text *out)
{
    static const char *const sides[2] = {"without", "with"};
    text_addf(out, "  %-22s", label);
    for (size_t s = 0; s < 2; s++) {
        const Value *metric = value_get(value_get(outcome, sides[s]), key);
        double low = 0, high = 0;
        (void)value_number(value_at(value_get(metric, "interval"), 0), &low);
        (void)value_number(value_at(value_get(metric, "interval"), 1), &high);
        text_addf(out, "  %6.*f (%.*f–%.*f)", digits, factor * value_number_or(metric, "value", 0), digits,
                  factor * low, digits, factor * high);
    }
    text_add(out, "\n");
}

void validate_cross_text(const Value *outcome, Text *out)
{
    text_addf(
        out,
        "%.0f cases in %.0f parts, each ranked after learning from the others; prior %s%s\n"
        "Each time %.0f cases and %.0f of their findings counted; %.0f findings did not, as no examination "
        "that shows them is marked complete.\n"
        "(95 %% bootstrap interval)\n\n                            shipped              with learning\n",
        value_number_or(outcome, "n", 0), value_number_or(outcome, "folds", 0), value_text(outcome, "prior"),
        value_truth(outcome, "without_path") ? ", without pathology" : "",
        value_number_or(outcome, "counted", 0), value_number_or(outcome, "findings", 0),
        value_number_or(outcome, "open", 0));
    metric_line(outcome, "top1", "right first, %", 100, 0, out);
    metric_line(outcome, "top3", "among three, %", 100, 0, out);
    metric_line(outcome, "top5", "among five, %", 100, 0, out);
    metric_line(outcome, "log_loss", "log loss", 1, 2, out);
    metric_line(outcome, "brier", "Brier score", 1, 2, out);
    metric_line(outcome, "calibration_error", "calibration error", 1, 2, out);
    metric_line(outcome, "mean_confidence", "mean confidence, %", 100, 0, out);
}
