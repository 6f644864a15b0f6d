/* Errors: what they hold, how texts are cleaned, and that they are set once. */
#include "testing.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void sets_all_parts(void **state)
{
    (void)state;
    DensError *err = NULL;
    assert_false(error_set(&err, DENS_ERROR_USAGE, "case.json:3:4", "the answer is %d", 42));
    assert_int_equal(dens_error_code(err), DENS_ERROR_USAGE);
    assert_string_equal(dens_error_where(err), "case.json:3:4");
    assert_string_equal(dens_error_summary(err), "the answer is 42");
    assert_string_equal(dens_error_detail(err), "");
    dens_error_free(err);
}

static void where_may_be_missing(void **state)
{
    (void)state;
    DensError *err = NULL;
    assert_false(error_input(&err, NULL, "x"));
    assert_int_equal(dens_error_code(err), DENS_ERROR_INPUT);
    assert_string_equal(dens_error_where(err), "");
    dens_error_free(err);
}

static void a_disk_without_room_is_known(void **state)
{
    (void)state;
    static const struct {
        int reason;
        bool no_room;
    } cases[] = {{ENOSPC, true}, {EDQUOT, true}, {EFBIG, true}, {EACCES, false}, {EIO, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        DensError *err = NULL;
        assert_false(error_system(&err, DENS_ERROR_INTERNAL, "x.dcm", "cannot be written", cases[i].reason));
        assert_int_equal(error_is_no_room(err), cases[i].no_room);
        assert_non_null(strstr(dens_error_summary(err), "cannot be written: "));
        assert_false(error_system(&err, DENS_ERROR_INPUT, "y", "second", cases[i].no_room ? EIO : ENOSPC));
        assert_int_equal(error_is_no_room(err), cases[i].no_room); /* the first error stays */
        assert_string_equal(dens_error_where(err), "x.dcm");
        dens_error_free(err);
    }
    assert_false(error_is_no_room(NULL));
    assert_false(error_system(NULL, DENS_ERROR_INTERNAL, "x", "y", ENOSPC));
}

static void nobody_has_to_listen(void **state)
{
    (void)state;
    assert_false(error_set(NULL, DENS_ERROR_INPUT, "a", "b"));
    assert_false(error_no_memory(NULL));
    error_prefix(NULL, "a");
    DensError *none = NULL;
    error_prefix(&none, "a");
    assert_null(none);
    error_add_detail(NULL, "a");
    dens_error_free(NULL);
}

static void first_error_stays(void **state)
{
    (void)state;
    DensError *err = NULL;
    error_input(&err, "a", "first");
    error_input(&err, "b", "second");
    error_no_memory(&err);
    assert_error(&err, DENS_ERROR_INPUT, "a", "first");
}

static void control_characters_become_spaces(void **state)
{
    (void)state;
    DensError *err = NULL;
    error_input(&err, "fi\nle\x1b[31m", "one\r\ntwo\tthree\x7f\xC2\x85.");
    assert_string_equal(dens_error_where(err), "fi le [31m");
    assert_string_equal(dens_error_summary(err), "one  two three   .");
    dens_error_free(err);
}

static void bytes_that_are_not_utf8_become_question_marks(void **state)
{
    (void)state;
    DensError *err = NULL;
    error_input(&err, NULL, "%s", "caf\xC3\xA9 \xFF\xC3");
    assert_string_equal(dens_error_summary(err), "caf\xC3\xA9 ??");
    dens_error_free(err);
}

static void long_summaries_are_cut_between_characters(void **state)
{
    (void)state;
    char text[1401];
    for (size_t i = 0; i < 1400; i += 2) { /* a, then two bytes each from offset 1 on */
        memcpy(text + i, "\xC3\xA9", 2);
    }
    text[1400] = '\0';
    DensError *err = NULL;
    error_input(&err, NULL, "a%s", text);
    assert_int_equal(strlen(dens_error_summary(err)), 999);
    size_t bad;
    assert_true(utf8_valid(dens_error_summary(err), 999, &bad));
    dens_error_free(err);
    err = NULL;
    error_input(&err, NULL, "%s", text);
    assert_int_equal(strlen(dens_error_summary(err)), 1000);
    dens_error_free(err);
}

static void prefix_goes_before_the_place(void **state)
{
    (void)state;
    DensError *err = NULL;
    error_input(&err, NULL, "wrong");
    error_prefix(&err, "3:4");
    assert_string_equal(dens_error_where(err), "3:4");
    error_prefix(&err, "case.json");
    assert_string_equal(dens_error_where(err), "case.json: 3:4");
    error_prefix(&err, "");
    assert_string_equal(dens_error_where(err), "case.json: 3:4");
    dens_error_free(err);
}

static void details_are_lines(void **state)
{
    (void)state;
    DensError *err = NULL;
    error_input(&err, NULL, "wrong");
    error_add_detail(err, "first %d", 1);
    error_add_detail(err, "second");
    assert_string_equal(dens_error_detail(err), "first 1\nsecond");
    dens_error_free(err);
}

static void no_memory_is_an_error_without_memory(void **state)
{
    (void)state;
    DensError *err = NULL, *other = NULL;
    assert_false(error_no_memory(&err));
    error_no_memory(&other);
    error_prefix(&err, "x");
    error_add_detail(err, "y");
    assert_string_equal(dens_error_where(err), "");
    assert_string_equal(dens_error_detail(err), "");
    assert_error(&err, DENS_ERROR_INTERNAL, "", "out of memory");
    assert_error(&other, DENS_ERROR_INTERNAL, "", "out of memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_all_parts),
        cmocka_unit_test(where_may_be_missing),
        cmocka_unit_test(a_disk_without_room_is_known),
        cmocka_unit_test(nobody_has_to_listen),
        cmocka_unit_test(first_error_stays),
        cmocka_unit_test(control_characters_become_spaces),
        cmocka_unit_test(bytes_that_are_not_utf8_become_question_marks),
        cmocka_unit_test(long_summaries_are_cut_between_characters),
        cmocka_unit_test(prefix_goes_before_the_place),
        cmocka_unit_test(details_are_lines),
        cmocka_unit_test(no_memory_is_an_error_without_memory),
    };
    return cmocka_run_group_tests_name("base-error", tests, NULL, NULL);
}
