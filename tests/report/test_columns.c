/* Widths and line breaks of UTF-8 text. */
#include "testing.h"

#include "report/columns.h"

static void character_by_character(void **state)
{
    (void)state;
    const char *text = "a\xC3\xA9\xE9\xA2\x88\xF0\x9F\xA6\xB4";
    assert_int_equal(columns_next(&text), 'a');
    assert_int_equal(columns_next(&text), 0xE9);
    assert_int_equal(columns_next(&text), 0x9888);
    assert_int_equal(columns_next(&text), 0x1F9B4);
    assert_int_equal(columns_next(&text), 0);
    assert_int_equal(columns_next(&text), 0);
}

static void bad_bytes_are_replaced_one_by_one(void **state)
{
    (void)state;
    static const char *const bad[] = {"\xFF",    "\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                      "\xE9\xA2"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *text = bad[i];
        assert_int_equal(columns_next(&text), 0xFFFD);
        assert_ptr_equal(text, bad[i] + 1);
    }
}

static void widths(void **state)
{
    (void)state;
    assert_int_equal(columns_of(""), 0);
    assert_int_equal(columns_of("46.2 ± 1.1 HU"), 13);
    assert_int_equal(columns_of("颈椎"), 4);
    assert_int_equal(columns_of("ｆ１"), 4);
    assert_int_equal(columns_of("e\xCC\x81"), 1); /* e and a combining acute accent */
    assert_int_equal(columns_of("█▓░│"), 4);
    assert_int_equal(columns_of("\xEF\xBB\xBF"), 0);
}

/* The lines of `text` in `columns`, joined by '|'. */
static void check_lines(const char *text, size_t columns, const char *expected)
{
    char lines[512] = "";
    size_t used = 0;
    while (*text) {
        size_t next = 0, length = columns_break(text, columns, &next);
        assert_true(next > 0 && length <= next && used + length + 2 < sizeof lines);
        memcpy(lines + used, text, length);
        used += length;
        text += next;
        if (*text)
            lines[used++] = '|';
    }
    lines[used] = '\0';
    assert_string_equal(lines, expected);
}

static void marks_stay_with_their_words(void **state)
{
    (void)state;
    check_lines("颈椎，颈椎（颈椎）颈椎。", 4, "颈|椎，|颈椎|（颈|椎）|颈|椎。");
    check_lines("颈椎，", 6, "颈椎，");
    check_lines("，，，，", 4, "，，|，，"); /* nowhere else */
}

static void breaks_at_spaces(void **state)
{
    (void)state;
    check_lines("the cord is compressed", 8, "the cord|is|compress|ed");
    check_lines("the cord", 8, "the cord");
    check_lines("the cord   ", 8, "the cord");
    check_lines("a  b", 1, "a|b");
    check_lines("abc", 1, "a|b|c");
    check_lines("", 5, "");
    check_lines("up to 45 %, no", 8, "up to|45 %, no"); /* a number keeps its percent sign */
    check_lines("45 %", 3, "45|%");
}

static void breaks_beside_wide_characters(void **state)
{
    (void)state;
    check_lines("颈椎骨肿瘤", 4, "颈椎|骨肿|瘤");
    check_lines("颈椎骨", 5, "颈椎|骨");
    check_lines("C2椎体 MR", 4, "C2椎|体|MR");
    check_lines("颈", 1, "颈"); /* too wide, but never left out */
}

static void never_splits_a_character(void **state)
{
    (void)state;
    check_lines("éééé", 3, "ééé|é");
    check_lines("e\xCC\x81"
                "e\xCC\x81"
                "e\xCC\x81",
                2,
                "e\xCC\x81"
                "e\xCC\x81|e\xCC\x81");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(character_by_character),
        cmocka_unit_test(bad_bytes_are_replaced_one_by_one),
        cmocka_unit_test(widths),
        cmocka_unit_test(breaks_at_spaces),
        cmocka_unit_test(marks_stay_with_their_words),
        cmocka_unit_test(breaks_beside_wide_characters),
        cmocka_unit_test(never_splits_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
