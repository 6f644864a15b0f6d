/* From a case to the posterior over the diagnoses and "none of these", with intervals and an additive
 * explanation. Method: docs/inference.md. Nothing here is random: the draws behind the intervals have fixed
 * keys. */
#ifndef DENS_INFER_INFER_H
#define DENS_INFER_INFER_H

#include "document/case.h"
#include "knowledge/knowledge.h"

#include <stdbool.h>
#include <stddef.h>

/* What one sign (a group of findings that are aspects of one thing) says. */
typedef struct {
    const Sign *sign;
    size_t finding_count;
    const Finding **findings;
    /* How much each finding tells the diagnoses apart: the standard deviation over the diagnoses of what each
     * of its aspects says (a choice or a number is one aspect, a set has one for each known member), summed
     * and squared. */
    double *spread, *spread_squares;
    double factor; /* m^(−t) times that of its bundle: what each finding's log likelihood counts for */
    double bundle_factor; /* of the signs that go together with this one; 1 without a bundle */
    double
        *log_likelihood; /* finding_count × (diagnosis_count + 1), untempered; the last column is "none of
                            these". Over the modes of a hypothesis, so that all add up to its likelihood. */
} SignEvidence;

/* The factor of a subset of a sign's findings (bits of `set`): m^(−exponent), m = (Σ s)² / Σ s² over their
 * aspects; 1 for one aspect, or when none tells anything apart. */
double sign_factor(const SignEvidence *sign, uint64_t set, double exponent);

typedef struct {
    Arena *arena;
    const Knowledge *knowledge;
    const Prior *prior;
    size_t hypothesis_count; /* diagnosis_count + 1; the last is "none of these" */
    double *log_prior;
    double *log_likelihood; /* summed over signs, tempered */
    double *probability, *low, *high;
    double effective_draws; /* behind low and high: how many equally likely ones they are worth; 0 without */
    int *component;         /* per hypothesis: the component that is most probable in this case, or -1 */
    double *component_probability; /* given the hypothesis */
    size_t *order;                 /* hypotheses, most probable first; ties by index */
    size_t sign_count;
    SignEvidence *signs;       /* in the vocabulary's order; only signs with a known finding */
    const struct Model *model; /* what the findings say in each mode: for this room */
    bool *considered;          /* per hypothesis: false if left out by `among` or by the prior */
} Posterior;

typedef struct {
    const Prior *prior;
    const bool
        *among; /* per diagnosis, or NULL for all: others get probability 0 and "none of these" stays */
    bool without_path;      /* leave path.* out */
    bool without_intervals; /* low = high = probability */
} InferOptions;

Posterior *infer_posterior(const Knowledge *knowledge, const Case *c, const InferOptions *options);
void posterior_free(Posterior *posterior);

/* One reason for or against a hypothesis: ln of P(sign | this) / P(sign | rival), and the share of each of
 * its findings (Shapley values inside the sign). Positive is for. Sorted by size. */
typedef struct {
    const SignEvidence *sign;
    double weight;
    double *shares; /* one for each of sign->findings */
} Reason;
/* The first other diagnosis (never "none of these"): the usual rival. */
size_t posterior_rival(const Posterior *posterior, size_t hypothesis);
/* All signs, largest |weight| first; together with *out_prior they add up to the log odds of the two. */
void posterior_reasons(const Posterior *posterior, size_t hypothesis, size_t rival, Reason **out_reasons,
                       size_t *out_count, double *out_prior);
/* A reason as a sentence for a radiologist, with the counts behind it; in the posterior's arena. */
const char *reason_text(const Posterior *posterior, const Case *c, const Reason *reason, size_t hypothesis,
                        size_t rival);

/* The finding of a reason's sign that speaks most in its direction: the one whose figures the sentence gives.
 */
size_t reason_leading(const Reason *reason);
/* The row whose patients or words the sentence names for the hypothesis, or for the rival: where nobody
 * studied it there, one on other lesions; NULL if there is none. */
const Row *reason_row(const Posterior *posterior, const Case *c, const Reason *reason, size_t hypothesis,
                      size_t rival, bool of_rival);

AUTO_DEFINE(Posterior, posterior, posterior_free)

#endif
