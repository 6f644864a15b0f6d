/* What one known finding of a case says of each diagnosis: inside infer/ only. */
#ifndef DENS_INFER_EVIDENCE_H
#define DENS_INFER_EVIDENCE_H

#include "base/random.h"
#include "document/case.h"
#include "knowledge/knowledge.h"

/* A finding's evidence as a weight per component of a cell: P(evidence | cell probabilities p) is
 * Σ weight·p for a choice or a number, and for a set the product over its known members of
 * weight[2m]·p(present) + weight[2m + 1]·p(absent). */
typedef struct {
    const Finding *finding;
    size_t component_count; /* as a cell's alpha */
    double *weight;
} Evidence;

/* False if the case says nothing that the differential may use. `weight` lies in `arena`. */
bool evidence_of(Evidence *out, const CaseFinding *known, Arena *arena);
/* ln P(evidence | probabilities); `p` is laid out as a cell's alpha and normalised (per member for a set). */
double evidence_log_likelihood(const Evidence *evidence, const double *p);
/* The aspects of a finding: one, or of a set its known members. What aspect `at` says; its number is below
 * evidence_aspects(). */
size_t evidence_aspects(const Evidence *evidence);
double evidence_aspect_log_likelihood(const Evidence *evidence, size_t at, const double *p);

/* Means of the Dirichlet (of each Beta for a set). */
void cell_means(const Finding *finding, const double *alpha, double *out);
/* One draw of the cell's probabilities, as far as the evidence needs them. `means` are its means. */
void cell_draw(const Evidence *evidence, const double *alpha, const double *means, Random *random,
               double *out);
/* A finding is a slip with this probability, and then says what the background says: mixes it into `p`. */
void mix_slip(const Knowledge *knowledge, const Finding *finding, double *p);
/* The distribution behind "none of these": the mean over the diagnoses, flattened by `exponent`. */
void flattened_mixture(const Knowledge *knowledge, const Finding *finding, double exponent, double *out);

#endif
