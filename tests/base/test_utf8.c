/* UTF-8: the boundaries of table 3-7 of the Unicode Standard, cuts and positions. */
#include "testing.h"

#include "base/utf8.h"

static void accepts_what_is_well_formed(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
    } good[] = {{"a", 1},
                {"\x7F", 1},
                {"\xC2\x80", 2},
                {"\xDF\xBF", 2},
                {"\xE0\xA0\x80", 3},
                {"\xED\x9F\xBF", 3},
                {"\xEF\xBF\xBF", 3},
                {"\xEE\x80\x80", 3},
                {"\xF0\x90\x80\x80", 4},
                {"\xF4\x8F\xBF\xBF", 4}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(utf8_length(good[i].bytes, strlen(good[i].bytes)), good[i].length);
    }
    assert_int_equal(utf8_length("", 1), 1); /* NUL is a character */
}

static void refuses_what_is_not(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",             /* a continuation alone */
        "\xC0\x80",         /* overlong NUL */
        "\xC1\xBF",         /* overlong */
        "\xE0\x9F\xBF",     /* overlong */
        "\xED\xA0\x80",     /* a surrogate */
        "\xF0\x8F\xBF\xBF", /* overlong */
        "\xF4\x90\x80\x80", /* above U+10FFFF */
        "\xF5\x80\x80\x80", /* above U+10FFFF */
        "\xFE",             /* never */
        "\xE2\x82",         /* cut off */
        "\xE2\x82(",        /* broken off */
        "\xF0\x9F\x98",     /* cut off */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(utf8_length(bad[i], strlen(bad[i])), 0);
    }
    assert_int_equal(utf8_length("a", 0), 0);
}

static void utf16_is_recognised(void **state)
{
    (void)state;
    assert_true(utf8_is_utf16("\xFF\xFE{\0", 4));
    assert_true(utf8_is_utf16("\xFE\xFF\0{", 4));
    assert_true(utf8_is_utf16("{\0\"\0", 4));
    assert_true(utf8_is_utf16("\0{\0\"", 4));
    assert_false(utf8_is_utf16("[\0]]", 4));
    assert_false(utf8_is_utf16("\0\0\0\0", 4));
    assert_false(utf8_is_utf16("\xEF\xBB\xBF{", 4));
    assert_false(utf8_is_utf16("{}", 2));
    assert_false(utf8_is_utf16("\xFF\xFE", 2));
}

static void names_the_first_bad_byte(void **state)
{
    (void)state;
    size_t offset = 99;
    assert_true(utf8_valid("na\xC3\xAFve", 6, &offset));
    assert_true(utf8_valid("", 0, &offset));
    assert_int_equal(offset, 99);
    assert_false(utf8_valid("na\xC3\xAFve\xFF!", 8, &offset));
    assert_int_equal(offset, 6);
    assert_false(utf8_valid("abc\xC3", 4, &offset));
    assert_int_equal(offset, 3);
}

static void cleans_lines(void **state)
{
    (void)state;
    char text[] = "a\nb\x01\xC2\x9B"
                  "c\xE2\x80\xA8"
                  "d\xFF\xE2\x82\xAC";
    utf8_clean_line(text);
    assert_string_equal(text, "a b   c   d?\xE2\x82\xAC");
}

static void cuts_between_characters(void **state)
{
    (void)state;
    assert_int_equal(utf8_cut("abc", 5), 3);
    assert_int_equal(utf8_cut("abc", 2), 2);
    assert_int_equal(utf8_cut("a\xE2\x82\xAC", 4), 4);
    assert_int_equal(utf8_cut("a\xE2\x82\xAC", 3), 1);
    assert_int_equal(utf8_cut("a\xE2\x82\xAC", 2), 1);
    assert_int_equal(utf8_cut("\xE2\x82\xAC", 2), 0);
}

static void counts_lines_and_characters(void **state)
{
    (void)state;
    int line, column;
    utf8_position("\xC3\xA9"
                  "a\nbc",
                  0, &line, &column);
    assert_int_equal(line, 1);
    assert_int_equal(column, 1);
    utf8_position("\xC3\xA9"
                  "a\nbc",
                  2, &line, &column);
    assert_int_equal(column, 2);
    utf8_position("\xC3\xA9"
                  "a\nbc",
                  5, &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_is_well_formed),
        cmocka_unit_test(refuses_what_is_not),
        cmocka_unit_test(utf16_is_recognised),
        cmocka_unit_test(names_the_first_bad_byte),
        cmocka_unit_test(cleans_lines),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(counts_lines_and_characters),
    };
    return cmocka_run_group_tests_name("base-utf8", tests, NULL, NULL);
}
