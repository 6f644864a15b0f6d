/* The model behind a posterior: inside infer/ only.
 *
 * A hypothesis shows itself in one of several **modes**: a component of its diagnosis, typically or
 * atypically. Inside a mode the findings are independent up to the tempering of signs and bundles; the
 * hypothesis is the mixture of its modes. "None of these" is a single mode. */
#ifndef DENS_INFER_MODEL_H
#define DENS_INFER_MODEL_H

#include "infer/evidence.h"
#include "infer/infer.h"

enum { CELL_MAX = 2 * VOCABULARY_MAX_VALUES, STATES_MAX = 2 };

/* Typical and atypical: how often, and how many findings then are slips. */
typedef struct {
    size_t count;
    double share[STATES_MAX], slip[STATES_MAX];
} States;

typedef struct {
    size_t component;
    size_t state;
    double log_share, share;
} Mode;

/* One known finding. */
typedef struct {
    Evidence evidence;
    double slip;       /* beside that of the state: of a negative that nobody looked for */
    double factor;     /* of its sign and bundle */
    double *said;      /* its row of the sign's log_likelihood; set with the factor */
    double *log_modes; /* ln P(finding | mode), one for each mode */
    size_t aspect_count;
    double *log_aspects; /* aspect × diagnosis: ln P(aspect | diagnosis), over its modes */
} Known;

typedef struct Model {
    const Knowledge *knowledge;
    States states;
    size_t hypothesis_count, mode_count;
    Mode *modes;
    size_t *first; /* of each hypothesis its first mode; one more at the end */
    size_t known_count;
    Known *known;
    double *sums; /* of each mode: Σ factor · ln P(finding | mode) */
} Model;

/* The modes, and what every known finding says in each of them; all in `arena`. Factors are 1. */
void model_build(Model *out, const Knowledge *knowledge, const Case *c, const InferOptions *options,
                 Arena *arena);
/* The share of a finding that follows the background in a state. */
double model_slip(const Model *model, const Known *known, size_t state);
/* Fills what a finding says, from its evidence and its slip. */
void model_say(const Model *model, Known *known, Arena *arena);
/* The standard deviation of what the diagnoses say: how much it tells them apart. */
double model_spread(const double *said, size_t count);
/* m^(−exponent) for m = sum² / squares; 1 if nothing tells anything apart. */
double model_tempering(double sum, double squares, double exponent);
/* The logarithm of Σ exp(log_share + sum) over the modes of a hypothesis; `sums` has one for each mode. */
double model_mix(const Model *model, size_t hypothesis, const double *sums);
/* For each mode of a hypothesis its part in what the findings say: the Aumann–Shapley average of its
 * probability while all findings come in together, from nothing to full weight. Σ part·sum = model_mix. */
void model_parts(const Model *model, size_t hypothesis, const double *sums, double *parts);
/* Number of components of a hypothesis, at least 1. */
size_t model_components(const Knowledge *knowledge, size_t hypothesis);

/* The ends of the intervals of p->probability over draws of all Dirichlets. */
void intervals_fill(Posterior *p, const Model *model);
/* ln prior of every hypothesis; with `random`, from a draw of the prior's Dirichlets. */
void prior_logs(const Posterior *p, Random *random, double *out);
/* Probabilities from unnormalised logarithms; at least one is finite ("none of these"). Returns the logarithm
 * of their sum. */
double normalise_logs(const double *log_prior, const double *log_likelihood, size_t count, double *out);

#endif
