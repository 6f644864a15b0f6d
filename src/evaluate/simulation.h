/* Simulated cases as files, and what they tell of the inference. */
#ifndef DENS_EVALUATE_SIMULATION_H
#define DENS_EVALUATE_SIMULATION_H

#include "evaluate/validate.h"

typedef struct {
    const Prior *prior;
    size_t count;
    uint64_t seed;
    Progress *progress;
} SimulationOptions;

/* Writes the cases, as they are reported, into a folder: sim-000001.json and so on. */
bool simulation_write(const Engine *engine, const SimulationOptions *options, const char *folder,
                      DensError **err) DENS_MUST_USE;
/* Ranks simulated cases. The tree holds n, seed, assumed and reported (metrics as of validate_cases, for
 * cases as the inference assumes them and as they are reported), and coverage: how often the true posterior
 * (under parameters drawn from all Dirichlets) lies in the interval, for the first diagnosis, for the truth
 * and for every hypothesis of at least 1 %. Errors: what loading the knowledge again can meet. */
Value *simulation_check(const Engine *engine, const SimulationOptions *options, Arena *arena,
                        DensError **err) DENS_MUST_USE;
void simulation_check_text(const Value *outcome, Text *out);

#endif
