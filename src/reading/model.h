/* Inside reading/: what a rule is, and the probability of a measurement under each value of its finding. */
#ifndef DENS_READING_MODEL_H
#define DENS_READING_MODEL_H

#include "reading/reading.h"

enum { READING_MAX_CLASSES = 8, READING_MAX_AXES = 4 };
/* No measured finding weighs more than this until more was shown on real images (design, "Inference"). */
#define READING_RATIO_LIMIT 10.0
/* Values whose likelihoods differ by less are a tie, and nothing is read: naming one of them would say more
 * than was measured. Ours. */
#define READING_LEAST_RATIO 1.5
/* Below this best product of its axes' shares a rule's measurements contradict each other. */
#define READING_LEAST_AGREEMENT 0.01

/* A measurement's axis, cut into classes; each value of the finding lies in at least one class. */
typedef struct {
    const char *measurement;
    bool logarithmic; /* distances are ratios: classes and blur in ln x */
    double blur; /* SD of where a reader draws the line: in units of x; as a factor above 1 if logarithmic */
    size_t class_count;
    uint64_t classes[READING_MAX_CLASSES]; /* values of the finding */
    double edges[READING_MAX_CLASSES - 1]; /* ascending, between the classes */
} Axis;

/* Measurements that are used together. */
typedef struct {
    size_t axis_count;
    const Axis *axes;
} Way;

/* A rule: the first way whose measurements are all there is used. A number has ways of one axis without
 * classes. */
typedef struct {
    const Finding *finding;
    double ratio_limit;  /* largest ratio of two values' likelihoods, 1 < limit ≤ READING_RATIO_LIMIT */
    uint64_t speaks_for; /* values that it may name as the likeliest; if it is another, nothing is read */
    size_t way_count;
    const Way *ways;
} Rule;

struct Readings {
    Arena *arena;
    size_t rule_count;
    Rule *rules;
};

/* Share of a class at x, measured with this sd (below 0: not known, taken as 0); the shares add up to 1. */
double axis_share(const Axis *axis, size_t class_index, double x, double sd);

/* The likelihood of each value, the largest 1, none below 1 / ratio_limit. x and sd: one for each axis.
 * False if the measurements contradict each other. */
bool way_likelihood(const Rule *rule, const Way *way, const double *x, const double *sd, double *out);

#endif
