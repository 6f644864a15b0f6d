/* Random numbers. Generator: xoshiro256** 1.0 (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", ACM Trans. Math. Softw. 47(4), 2021), seeded by SplitMix64 as its authors advise. Integers and
 * uniform numbers are the same to the bit everywhere; normal, gamma and Dirichlet numbers go through log(),
 * exp() and pow() and so may differ in the last bit between C libraries. */
#include "base/random.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

static uint64_t rotate_left(uint64_t x, unsigned by)
{
    return (x << by) | (x >> (64U - by));
}

/* SplitMix64's output function: each bit of the result depends on each bit of `z`. */
static uint64_t scramble(uint64_t z)
{
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

static const uint64_t golden_gamma = 0x9E3779B97F4A7C15U;

void random_init(Random *random, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        seed += golden_gamma;
        random->state[i] = scramble(seed);
    }
}

uint64_t random_key(const char *name)
{
    uint64_t key = 0xCBF29CE484222325U; /* FNV-1a, 64 bit */
    for (; *name; name++) {
        key = (key ^ (unsigned char)*name) * 0x100000001B3U;
    }
    return key;
}

uint64_t random_mix(uint64_t a, uint64_t b)
{
    /* Two rounds, so that neither order nor a pair of equal keys cancels out. */
    return scramble(scramble(a + golden_gamma) + b + golden_gamma);
}

uint64_t random_next(Random *random)
{
    uint64_t *s = random->state;
    const uint64_t result = rotate_left(s[1] * 5U, 7) * 9U;
    const uint64_t t = s[1] << 17U;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double random_unit(Random *random)
{
    return (double)(random_next(random) >> 11U) * 0x1p-53;
}

/* (0, 1): never 0, so that its logarithm is finite. */
static double open_unit(Random *random)
{
    return ((double)(random_next(random) >> 12U) + 0.5) * 0x1p-52;
}

double random_normal(Random *random)
{
    /* Box and Muller; the second number of the pair is not kept, as that would be hidden state. */
    double radius = sqrt(-2.0 * log(open_unit(random)));
    return radius * cos(2.0 * pi * random_unit(random));
}

/* Marsaglia and Tsang, "A simple method for generating gamma variables", ACM Trans. Math. Softw. 26(3), 2000;
 * for shapes of at least 1. */
static double gamma_from_one(Random *random, double shape)
{
    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        double x = random_normal(random);
        double root = 1.0 + c * x;
        if (root <= 0.0) {
            continue;
        }
        double v = root * root * root, u = open_unit(random);
        /* the first test, the paper's squeeze, is passed by most and only where the second is, too */
        if (u < 1.0 - 0.0331 * (x * x) * (x * x) || log(u) < 0.5 * x * x + d - d * v + d * log(v)) {
            return d * v;
        }
    }
}

/* The logarithm of a gamma number: for small shapes the number itself is often too small for a double.
 * Below 1: if G has shape + 1 and U is uniform, G U^(1/shape) has `shape` (section 6 of the paper). */
static double log_gamma_number(Random *random, double shape)
{
    if (!(shape > 0.0) || isinf(shape)) {
        return -INFINITY;
    }
    if (shape >= 1.0) {
        return log(gamma_from_one(random, shape));
    }
    double log_number = log(gamma_from_one(random, shape + 1.0));
    return log_number + log(open_unit(random)) / shape;
}

double random_gamma(Random *random, double shape)
{
    return exp(log_gamma_number(random, shape));
}

void random_dirichlet(Random *random, const double *alpha, size_t count, double *out)
{
    double largest = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        out[i] = log_gamma_number(random, alpha[i]);
        largest = out[i] > largest ? out[i] : largest;
    }
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) { /* relative to the largest, so that the sum is at least 1 */
        out[i] = isinf(largest) ? 1.0 : exp(out[i] - largest);
        sum += out[i];
    }
    for (size_t i = 0; i < count; i++) {
        out[i] /= sum;
    }
}
