/* For the benchmark of the inference: what a case costs in process, on one core, over all coded cases, each
 * step beside the reading of the same case file as JSON.
 *   inference KNOWLEDGE TABLE CASES */
#include "base/file.h"
#include "base/json.h"
#include "base/yaml.h"
#include "evaluate/evaluate.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_CASES = 1000, ROUNDS = 5 };

typedef struct {
    const Engine *engine;
    const Prior *prior;
    size_t count;
    const char **paths;
    Case **cases;
} Bench;

static void read_json(const Bench *b, size_t i)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    if (!json_read(arena, b->paths[i], &err)) {
        (void)fprintf(stderr, "%s: %s\n", dens_error_where(err), dens_error_summary(err));
        dens_error_free(err);
    }
}

static void rank(const Bench *b, size_t i)
{
    InferOptions options = {.prior = b->prior, .without_intervals = true};
    AUTO(posterior_auto) Posterior *p = infer_posterior(b->engine->knowledge, b->cases[i], &options);
}

/* The reasons for the first three against their rivals, in words. */
static void explain(const Bench *b, size_t i)
{
    InferOptions options = {.prior = b->prior, .without_intervals = true};
    AUTO(posterior_auto) Posterior *p = infer_posterior(b->engine->knowledge, b->cases[i], &options);
    for (size_t n = 0; n < 3; n++) {
        size_t count, h = p->order[n], rival = posterior_rival(p, h);
        Reason *reasons;
        double prior;
        posterior_reasons(p, h, rival, &reasons, &count, &prior);
        for (size_t r = 0; r < count; r++) {
            (void)reason_text(p, b->cases[i], &reasons[r], h, rival);
        }
    }
}

static void with_intervals(const Bench *b, size_t i)
{
    InferOptions options = {.prior = b->prior};
    AUTO(posterior_auto) Posterior *p = infer_posterior(b->engine->knowledge, b->cases[i], &options);
}

static void next_step(const Bench *b, size_t i)
{
    InferOptions options = {.prior = b->prior, .without_intervals = true};
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(posterior_auto) Posterior *p = infer_posterior(b->engine->knowledge, b->cases[i], &options);
    next_steps_add(b->engine->next_steps, b->cases[i], p, value_new_map(arena), value_new_map(arena));
}

static double processor_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* Seconds of the processor a case: the fastest of some rounds, as other work on the machine only adds. */
static double measure(const Bench *b, void (*step)(const Bench *, size_t))
{
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double start = processor_seconds();
        for (size_t i = 0; i < b->count; i++) {
            step(b, i);
        }
        double took = (processor_seconds() - start) / (double)b->count;
        best = took < best ? took : best;
    }
    return best;
}

static void report(const Bench *b)
{
    static const struct {
        const char *name;
        void (*step)(const Bench *, size_t);
    } steps[] = {{"its file as JSON", read_json},
                 {"posterior", rank},
                 {"posterior, reasons of three in words", explain},
                 {"posterior with intervals", with_intervals},
                 {"next examination", next_step}};
    double json = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        double took = measure(b, steps[i].step);
        json = i == 0 ? took : json;
        (void)printf("%-38s %9.1f µs a case  %8.1f × the file\n", steps[i].name, 1e6 * took, took / json);
    }
}

static bool run(const char *const *argv, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(trees_auto) Trees *table = trees_open(argv[2], err);
    yaml_use_table(table);
    AUTO(engine_auto) Engine *engine = table ? engine_load(argv[1], err) : NULL;
    Bench b = {.engine = engine, .prior = engine ? engine_prior(engine, "uniform", err) : NULL};
    size_t files;
    if (!b.prior || !file_list_tree(arena, argv[3], MOST_CASES, &b.paths, &files, err)) {
        return false;
    }
    b.cases = arena_array(arena, files, sizeof(Case *));
    bool good = true;
    for (size_t i = 0; i < files && good; i++) {
        if (file_has_suffix(b.paths[i], ".json")) {
            b.paths[b.count] = b.paths[i];
            b.cases[b.count] = case_read(b.paths[i], knowledge_vocabulary(engine->knowledge), NULL, err);
            good = b.cases[b.count] != NULL;
            b.count += good;
        }
    }
    if (good) {
        (void)printf("%zu cases\n", b.count);
        report(&b);
    }
    for (size_t i = 0; i < b.count; i++) {
        case_free(b.cases[i]);
    }
    return good;
}

int main(int argc, char **argv)
{
    DensError *err = NULL;
    if (argc != 4 || !run((const char *const *)argv, &err)) {
        (void)fprintf(stderr, "%s: %s\n", err ? dens_error_where(err) : "inference",
                      err ? dens_error_summary(err) : "KNOWLEDGE TABLE CASES");
        dens_error_free(err);
        return 1;
    }
    return 0;
}
