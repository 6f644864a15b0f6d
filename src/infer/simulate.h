/* Cases drawn from the knowledge: docs/inference.md. The same key gives the same case. */
#ifndef DENS_INFER_SIMULATE_H
#define DENS_INFER_SIMULATE_H

#include "infer/infer.h"
#include "infer/rates.h"

typedef enum {
    /* As cases are reported: examinations done and findings named as often as in the coded cases, several
     * aspects of one sign, of a set only what is present. */
    SIMULATE_REPORTED,
    /* What the inference takes for independent: at most one finding of a sign and one sign of a bundle, no
     * sets. */
    SIMULATE_ASSUMED
} SimulateMode;

/* A case with its truth: a diagnosis, or none_of_these, drawn from the prior; its findings from the truth's
 * distributions. The caller frees it. */
Case *simulate_case(const Knowledge *knowledge, const Prior *prior, const Rates *rates, SimulateMode mode,
                    uint64_t key);

#endif
