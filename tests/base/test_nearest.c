/* "Did you mean": slips are found, other words are not. */
#include "testing.h"

#include "base/nearest.h"

static const char *const names[] = {"ct.matrix_mineralisation",
                                    "mr.t1",
                                    "mr.t2",
                                    "mr.enhancement",
                                    "age_years",
                                    "pain.at_night",
                                    "sex",
                                    "level"};

static const char *nearest(const char *given)
{
    return nearest_name(given, names, sizeof names / sizeof names[0]);
}

static void finds_slips(void **state)
{
    (void)state;
    assert_string_equal(nearest("mr.t1"), "mr.t1");
    assert_string_equal(nearest("mr_t1"), "mr.t1");
    assert_string_equal(nearest("MR.T2"), "mr.t2");
    assert_string_equal(nearest("age-years"), "age_years");
    assert_string_equal(nearest("ageyears"), "age_years");
    assert_string_equal(nearest("Ct.matrix_mineralization"), "ct.matrix_mineralisation");
    assert_string_equal(nearest("mr.enhancemnet"), "mr.enhancement"); /* a swap is one slip */
    assert_string_equal(nearest("levle"), "level");
    assert_string_equal(nearest("sx"), "sex");
    assert_string_equal(nearest("pain_at_night"), "pain.at_night");
}

static void finds_the_last_part(void **state)
{
    (void)state;
    assert_string_equal(nearest("t1"), "mr.t1");
    assert_string_equal(nearest("matrix_mineralisation"), "ct.matrix_mineralisation");
    assert_string_equal(nearest("at_night"), "pain.at_night");
}

static void does_not_guess(void **state)
{
    (void)state;
    assert_null(nearest("chordoma"));
    assert_null(nearest(""));
    assert_null(nearest("age"));
    assert_null(nearest("mr"));
    assert_null(nearest_name("x", NULL, 0));
    char long_name[500];
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_null(nearest(long_name));
    const char *const long_names[] = {long_name};
    assert_null(nearest_name("aaaa", long_names, 1));
}

static void the_nearest_wins_and_then_the_first(void **state)
{
    (void)state;
    const char *const near[] = {"abcdefgh", "abcdefgx", "abcdefg-"};
    assert_string_equal(nearest_name("abcdefgx", near, 3), "abcdefgx");
    assert_string_equal(nearest_name("abcdefgy", near, 3), "abcdefgh");
    assert_string_equal(nearest_name("abcdefg", near, 3), "abcdefg-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_slips),
        cmocka_unit_test(finds_the_last_part),
        cmocka_unit_test(does_not_guess),
        cmocka_unit_test(the_nearest_wins_and_then_the_first),
    };
    return cmocka_run_group_tests_name("base-nearest", tests, NULL, NULL);
}
