/* Noise of a magnitude image: told from air alone. What is no air has in each case one sign of air too much:
 * its coefficient of variation. */
#include "solids.h"

#include "base/random.h"
#include "measure/noise.h"
#include "measure/region.h"

enum { SIDE = 40, CORNER = 5 };
static const double millimetre[3] = {1, 1, 1}, sigma = 7, tissue = 100;

static Volume *flat(void)
{
    const Geometry grid = solid_grid(SIDE, millimetre, 0, solid_order, vec3(0, 0, 0));
    return flat_volume(&grid, UNIT_ARBITRARY, tissue);
}

typedef double VoxelValue(Random *random, size_t i);

/* The first corner gets other values. */
static double sigma_with(VoxelValue *value)
{
    Volume *volume = flat();
    Random random;
    random_init(&random, 5);
    for (size_t k = 0; k < CORNER; k++) {
        for (size_t j = 0; j < CORNER; j++) {
            for (size_t i = 0; i < CORNER; i++) {
                volume->voxels[voxel_index(&volume->geometry, i, j, k)] = (float)value(&random, i);
            }
        }
    }
    double out = noise_sigma(volume);
    volume_free(volume);
    return out;
}

static double air(Random *random, size_t i)
{
    (void)i;
    return hypot(sigma * random_normal(random), sigma * random_normal(random));
}

static double one_of_two(Random *random, size_t i)
{
    (void)i;
    return tissue * (random_unit(random) < 0.5 ? 1 - 0.523 : 1 + 0.523);
}

/* Planes that are each of one value: together they have the values of air. */
static double planes(Random *random, size_t i)
{
    (void)random;
    return tissue * sqrt(-2 * log(1 - ((double)i + 0.5) / CORNER));
}

static void air_tells_the_noise(void **state)
{
    (void)state;
    assert_near(sigma_with(air), sigma, 0.15 * sigma);
}

static void tissue_is_no_air(void **state)
{
    (void)state;
    Volume *volume = flat();
    assert_near(noise_sigma(volume), 0, 0);
    volume_free(volume);
    assert_near(sigma_with(one_of_two), 0, 0); /* by the quartiles */
    assert_near(sigma_with(planes), 0, 0);     /* by its neighbours */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(air_tells_the_noise),
        cmocka_unit_test(tissue_is_no_air),
    };
    return cmocka_run_group_tests_name("measure/noise", tests, NULL, NULL);
}
