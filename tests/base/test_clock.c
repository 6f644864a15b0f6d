/* The time of day, and the time that makes runs repeatable. */
#include "testing.h"

#include "base/clock.h"

static void epoch_is_used(void **state)
{
    (void)state;
    char text[CLOCK_ISO_SIZE];
    (void)setenv("SOURCE_DATE_EPOCH", "0", 1);
    clock_iso(text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    (void)setenv("SOURCE_DATE_EPOCH", "253402300799", 1);
    clock_iso(text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
}

static void what_is_no_epoch_is_ignored(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "-1", "253402300800", "12x", "x", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[CLOCK_ISO_SIZE];
        (void)setenv("SOURCE_DATE_EPOCH", wrong[i], 1);
        clock_iso(text);
        assert_int_equal(strlen(text), 20);
        assert_true(strcmp(text, "2024") > 0 && strcmp(text, "9") < 0);
    }
    (void)unsetenv("SOURCE_DATE_EPOCH");
}

static void seconds_do_not_run_backward(void **state)
{
    (void)state;
    double before = clock_seconds();
    for (int i = 0; i < 1000; i++) {
        double now = clock_seconds();
        assert_true(now >= before);
        before = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(epoch_is_used),
        cmocka_unit_test(what_is_no_epoch_is_ignored),
        cmocka_unit_test(seconds_do_not_run_backward),
    };
    return cmocka_run_group_tests_name("base-clock", tests, NULL, NULL);
}
