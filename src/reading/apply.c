/* Putting what was measured into a case. */
#include "reading/model.h"

#include <math.h>
#include <string.h>

void readings_free(Readings *readings)
{
    if (readings) {
        arena_free(readings->arena); /* holds the Readings as well */
    }
}

/* The way's measurements, if all of them are there. */
static bool gather(const Way *way, const MeasurementList *measurements, double *out_x, double *out_sd)
{
    for (size_t a = 0; a < way->axis_count; a++) {
        const Measurement *measured = measurements_find(measurements, way->axes[a].measurement);
        if (!measured || measured->missing) {
            return false;
        }
        out_x[a] = measured->value;
        out_sd[a] = measured->sd;
    }
    return true;
}

static void put_measured(CaseFinding *out, const Axis *axis, Arena *arena)
{
    out->has_measured = true;
    out->measurement = arena_strdup(arena, axis->measurement);
}

/* A number outside the range that the vocabulary holds for plausible is not put into the case. */
static void apply_number(const Rule *rule, const Axis *axis, double x, double sd, Case *c)
{
    if (x < rule->finding->minimum || x > rule->finding->maximum) {
        return;
    }
    CaseFinding *out = case_put(c, rule->finding);
    put_measured(out, axis, c->arena);
    out->measured_number = x;
    out->measured_sd = hypot(axis->blur, fmax(sd, 0));
}

static void apply_choice(const Rule *rule, const Way *way, const double *x, const double *sd, Case *c)
{
    double likelihood[VOCABULARY_MAX_VALUES];
    if (!way_likelihood(rule, way, x, sd, likelihood)) {
        return;
    }
    size_t best = 0;
    double least = likelihood[0];
    for (size_t v = 1; v < rule->finding->value_count; v++) {
        best = likelihood[v] > likelihood[best] ? v : best;
        least = fmin(least, likelihood[v]);
    }
    if (!(rule->speaks_for & UINT64_C(1) << best) || likelihood[best] < READING_LEAST_RATIO * least) {
        return;
    }
    CaseFinding *out = case_put(c, rule->finding);
    put_measured(out, &way->axes[0], c->arena);
    out->measured_value = (int)best;
    memcpy(out->likelihood, likelihood, rule->finding->value_count * sizeof *likelihood);
}

static void apply_rule(const Rule *rule, const MeasurementList *measurements, Case *c)
{
    for (size_t w = 0; w < rule->way_count; w++) {
        const Way *way = &rule->ways[w];
        double x[READING_MAX_AXES] = {0}, sd[READING_MAX_AXES] = {0};
        if (!gather(way, measurements, x, sd)) {
            continue;
        }
        if (rule->finding->kind == FINDING_NUMBER) {
            apply_number(rule, &way->axes[0], x[0], sd[0], c);
        } else {
            apply_choice(rule, way, x, sd, c);
        }
        return;
    }
}

void readings_apply(const Readings *readings, const MeasurementList *measurements, Case *c)
{
    for (size_t r = 0; r < readings->rule_count; r++) {
        apply_rule(&readings->rules[r], measurements, c);
    }
}
