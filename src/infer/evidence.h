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
/* The aspects of a finding: one, or of a set its known members. */
size_t evidence_aspects(const Evidence *evidence);
/* The part of a cell that an aspect looks at. `at` is below evidence_aspects(). */
void evidence_aspect_block(const Evidence *evidence, size_t at, size_t *out_start, size_t *out_count);
/* P(aspect | probabilities); `p` is laid out as a cell's alpha and normalised (per member for a set). */
double evidence_aspect_chance(const Evidence *evidence, size_t at, const double *p);
/* The same from the aspect's part of the cell. */
double evidence_block_chance(const Evidence *evidence, size_t start, size_t count, const double *p);
/* A chance that is never 0, through rounding or a draw at the edge; and its logarithm. */
double evidence_clamp(double chance);
double evidence_log(double chance);
/* ln P(evidence | probabilities), over all aspects. */
double evidence_log_likelihood(const Evidence *evidence, const double *p);

/* An examination that shows the finding is marked complete: what it shows was looked for and stated. */
bool case_vouches(const Case *c, const Finding *finding);
/* The case reads only that a thing is not there ("absent", "none", "normal", …), and nothing vouches for it:
 * a report says so of what its writer had in mind, not of all that is missing. */
bool evidence_unasked_negative(const Case *c, const CaseFinding *known);

/* What a hypothesis expects of a finding, without slips, laid out as a cell; the one after the last diagnosis
 * is "none of these". */
const double *hypothesis_chances(const Knowledge *knowledge, size_t hypothesis, const Finding *finding);
/* The share of findings that follow the background instead of the diagnosis, over typical and atypical
 * patients. */
double mean_slip(const Knowledge *knowledge);
/* What one finding alone is expected to show: mixes the mean slip into `p`. */
void mix_slip(const Knowledge *knowledge, const Finding *finding, double *p);

#endif
