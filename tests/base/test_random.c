/* Random numbers: published vectors of the generators, and moments of the distributions. Tolerances are five
 * standard errors; the seed is fixed, so a pass is a pass. */
#include "testing.h"

#include "base/random.h"

#include <math.h>

enum { DRAWS = 200000 };

/* Outputs of the authors' C code for the state {1, 2, 3, 4}. */
static void xoshiro_gives_its_reference_numbers(void **state)
{
    (void)state;
    static const uint64_t expected[] = {11520U,
                                        0U,
                                        1509978240U,
                                        1215971899390074240U,
                                        1216172134540287360U,
                                        607988272756665600U,
                                        16172922978634559625U,
                                        8476171486693032832U,
                                        10595114339597558777U,
                                        2904607092377533576U};
    Random random = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_true(random_next(&random) == expected[i]);
    }
}

/* SplitMix64 from the seed 1234567. */
static void splitmix_seeds(void **state)
{
    (void)state;
    static const uint64_t expected[] = {6457827717110365317U, 3203168211198807973U, 9817491932198370423U,
                                        4593380528125082431U};
    Random random;
    random_init(&random, 1234567);
    for (size_t i = 0; i < 4; i++) {
        assert_true(random.state[i] == expected[i]);
    }
}

/* FNV-1a, 64 bit: the test vectors of draft-eastlake-fnv. */
static void keys(void **state)
{
    (void)state;
    assert_true(random_key("") == 0xCBF29CE484222325U);
    assert_true(random_key("a") == 0xAF63DC4C8601EC8CU);
    assert_true(random_key("foobar") == 0x85944171F73967E8U);
    assert_true(random_mix(1, 2) != random_mix(2, 1));
    assert_true(random_mix(0, 0) != 0);
    assert_true(random_mix(5, 5) != random_mix(6, 6));
}

static void same_seed_same_numbers(void **state)
{
    (void)state;
    Random a, b;
    random_init(&a, 42);
    random_init(&b, 42);
    for (int i = 0; i < 100; i++) {
        assert_true(random_next(&a) == random_next(&b));
        assert_near(random_gamma(&a, 0.7), random_gamma(&b, 0.7), 0.0);
    }
}

typedef struct {
    double mean, variance, skewness;
} Moments;

static Moments moments_of(const double *numbers)
{
    Moments m = {0.0, 0.0, 0.0};
    for (size_t i = 0; i < DRAWS; i++) {
        m.mean += numbers[i] / DRAWS;
    }
    for (size_t i = 0; i < DRAWS; i++) {
        double d = numbers[i] - m.mean;
        m.variance += d * d / DRAWS;
        m.skewness += d * d * d / DRAWS;
    }
    m.skewness /= pow(m.variance, 1.5);
    return m;
}

static void uniform_numbers(void **state)
{
    (void)state;
    static double numbers[DRAWS];
    Random random;
    random_init(&random, 1);
    for (size_t i = 0; i < DRAWS; i++) {
        numbers[i] = random_unit(&random);
        assert_true(numbers[i] >= 0.0 && numbers[i] < 1.0);
    }
    Moments m = moments_of(numbers);
    assert_near(m.mean, 0.5, 5.0 * sqrt(1.0 / 12.0 / DRAWS));
    assert_near(m.variance, 1.0 / 12.0, 5.0 * sqrt(1.0 / 180.0 / DRAWS));
}

static void normal_numbers(void **state)
{
    (void)state;
    static double numbers[DRAWS];
    Random random;
    random_init(&random, 2);
    double fourth = 0.0;
    for (size_t i = 0; i < DRAWS; i++) {
        numbers[i] = random_normal(&random);
        fourth += pow(numbers[i], 4.0) / DRAWS;
    }
    Moments m = moments_of(numbers);
    assert_near(m.mean, 0.0, 5.0 * sqrt(1.0 / DRAWS));
    assert_near(m.variance, 1.0, 5.0 * sqrt(2.0 / DRAWS));
    assert_near(m.skewness, 0.0, 5.0 * sqrt(6.0 / DRAWS));
    assert_near(fourth, 3.0, 5.0 * sqrt(96.0 / DRAWS));
}

/* Mean and variance of a gamma number are its shape; the excess kurtosis is 6/shape. */
static void gamma_numbers(void **state)
{
    (void)state;
    static double numbers[DRAWS];
    static const double shapes[] = {0.1, 0.5, 1.0, 2.5, 30.0, 1000.0};
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        double shape = shapes[s];
        Random random;
        random_init(&random, 3 + s);
        for (size_t i = 0; i < DRAWS; i++) {
            numbers[i] = random_gamma(&random, shape);
            assert_true(numbers[i] >= 0.0 && isfinite(numbers[i]));
        }
        Moments m = moments_of(numbers);
        assert_near(m.mean, shape, 5.0 * sqrt(shape / DRAWS));
        assert_near(m.variance, shape, 5.0 * shape * sqrt((2.0 + 6.0 / shape) / DRAWS));
    }
}

/* Mean a/A, variance a (A − a) / (A² (A + 1)), with A the sum of alpha. */
static void dirichlet_numbers(void **state)
{
    (void)state;
    static const double alpha[] = {0.2, 1.0, 3.0, 5.8};
    const double total = 10.0;
    double mean[4] = {0.0, 0.0, 0.0, 0.0}, square[4] = {0.0, 0.0, 0.0, 0.0};
    Random random;
    random_init(&random, 4);
    for (size_t i = 0; i < DRAWS; i++) {
        double p[4], sum = 0.0;
        random_dirichlet(&random, alpha, 4, p);
        for (size_t k = 0; k < 4; k++) {
            assert_true(p[k] >= 0.0);
            sum += p[k];
            mean[k] += p[k] / DRAWS;
            square[k] += p[k] * p[k] / DRAWS;
        }
        assert_near(sum, 1.0, 1e-12);
    }
    for (size_t k = 0; k < 4; k++) {
        double variance = alpha[k] * (total - alpha[k]) / (total * total * (total + 1.0));
        assert_near(mean[k], alpha[k] / total, 5.0 * sqrt(variance / DRAWS));
        assert_near(square[k] - mean[k] * mean[k], variance, 0.05 * variance);
    }
}

/* Where each gamma number is too small for a double, the draw still is one. */
static void tiny_alphas_give_no_nan(void **state)
{
    (void)state;
    static const double tiny[] = {1e-6, 1e-6, 1e-9};
    Random random;
    random_init(&random, 5);
    size_t first = 0;
    for (size_t i = 0; i < 10000; i++) {
        double p[3];
        random_dirichlet(&random, tiny, 3, p);
        assert_near(p[0] + p[1] + p[2], 1.0, 1e-12);
        first += p[0] > 0.5;
    }
    assert_near((double)first / 10000.0, 0.5, 0.03);
}

static void what_is_no_shape_gives_no_nan(void **state)
{
    (void)state;
    Random random;
    random_init(&random, 6);
    assert_near(random_gamma(&random, 0.0), 0.0, 0.0);
    assert_near(random_gamma(&random, -1.0), 0.0, 0.0);
    assert_near(random_gamma(&random, (double)NAN), 0.0, 0.0);
    assert_near(random_gamma(&random, (double)INFINITY), 0.0, 0.0);
    double p[2];
    random_dirichlet(&random, (const double[]){0.0, 2.0}, 2, p);
    assert_near(p[0], 0.0, 0.0);
    assert_near(p[1], 1.0, 0.0);
    random_dirichlet(&random, (const double[]){0.0, (double)NAN}, 2, p);
    assert_near(p[0], 0.5, 0.0);
    random_dirichlet(&random, NULL, 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xoshiro_gives_its_reference_numbers),
        cmocka_unit_test(splitmix_seeds),
        cmocka_unit_test(keys),
        cmocka_unit_test(same_seed_same_numbers),
        cmocka_unit_test(uniform_numbers),
        cmocka_unit_test(normal_numbers),
        cmocka_unit_test(gamma_numbers),
        cmocka_unit_test(dirichlet_numbers),
        cmocka_unit_test(tiny_alphas_give_no_nan),
        cmocka_unit_test(what_is_no_shape_gives_no_nan),
    };
    return cmocka_run_group_tests_name("base-random", tests, NULL, NULL);
}
