/* Random numbers that do not depend on anything but their key: the same on every machine and in every
 * order of evaluation. Seeded by 64-bit keys (SplitMix64 to seed xoshiro256**). Not for secrets. */
#ifndef DENS_BASE_RANDOM_H
#define DENS_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t state[4];
} Random;

void random_init(Random *random, uint64_t seed);
uint64_t random_key(const char *name);       /* FNV-1a of a name, to build a seed from */
uint64_t random_mix(uint64_t a, uint64_t b); /* combines two keys */
uint64_t random_next(Random *random);
double random_unit(Random *random);                /* [0, 1) */
double random_normal(Random *random);              /* mean 0, SD 1 */
double random_gamma(Random *random, double shape); /* scale 1; Marsaglia and Tsang 2000 */
/* Shapes and the elements of alpha are finite and above 0. One that is not counts as 0; where all are 0,
 * each of `out` is 1/count. `out` is never NaN and its sum is 1. */
void random_dirichlet(Random *random, const double *alpha, size_t count, double *out);

#endif
