/* The text buffer. */
#include "testing.h"

#include "base/text.h"

static void empty_is_a_string(void **state)
{
    (void)state;
    Text text;
    text_init(&text);
    assert_string_equal(text_string(&text), "");
    text_add_bytes(&text, NULL, 0);
    assert_string_equal(text_string(&text), "");
    char *taken = text_take(&text);
    assert_string_equal(taken, "");
    free(taken);
    taken = text_take(&text);
    assert_string_equal(taken, "");
    free(taken);
    text_clear(&text);
    text_clear(&text);
}

static void grows(void **state)
{
    (void)state;
    AUTO_TEXT text = TEXT_INIT;
    for (int i = 0; i < 10000; i++) {
        text_addf(&text, "%04d", i);
    }
    assert_int_equal(text.length, 40000);
    assert_int_equal(strlen(text_string(&text)), 40000);
    assert_memory_equal(text_string(&text) + 4 * 1234, "1234", 4);
    text_add(&text, "!");
    assert_string_equal(text_string(&text) + 39996, "9999!");
}

static void holds_any_bytes(void **state)
{
    (void)state;
    AUTO_TEXT text = TEXT_INIT;
    text_add_bytes(&text, "a\0b", 3);
    text_add(&text, "c");
    assert_int_equal(text.length, 4);
    assert_memory_equal(text_string(&text), "a\0bc", 5);
}

static void take_hands_over(void **state)
{
    (void)state;
    AUTO_TEXT text = TEXT_INIT;
    text_add(&text, "abc");
    char *taken = text_take(&text);
    assert_string_equal(taken, "abc");
    assert_string_equal(text_string(&text), "");
    assert_null(text.bytes);
    free(taken);
}

static void html_is_escaped(void **state)
{
    (void)state;
    AUTO_TEXT text = TEXT_INIT;
    text_add_html(&text, "<a href=\"x\" title='y'>&amp; caf\xC3\xA9</a>");
    assert_string_equal(text_string(&text),
                        "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp; caf\xC3\xA9&lt;/a&gt;");
    text_clear(&text);
    text_add_html(&text, "\xFF<\xC3");
    assert_string_equal(text_string(&text), "\xEF\xBF\xBD&lt;\xEF\xBF\xBD");
}

/* The vectors of RFC 4648, section 10. */
static void base64_is_padded(void **state)
{
    static const char *const vectors[][2] = {{"", ""},
                                             {"f", "Zg=="},
                                             {"fo", "Zm8="},
                                             {"foo", "Zm9v"},
                                             {"foob", "Zm9vYg=="},
                                             {"fooba", "Zm9vYmE="},
                                             {"foobar", "Zm9vYmFy"}};
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        AUTO_TEXT text = TEXT_INIT;
        text_add_base64(&text, vectors[i][0], strlen(vectors[i][0]));
        assert_string_equal(text_string(&text), vectors[i][1]);
    }
}

/* Strings and sizes are copied, the rest is printf's: the seam must not show. */
static void formats_are_printf_s(void **state)
{
    (void)state;
    AUTO_TEXT text = TEXT_INIT;
    text_addf(&text, "%s", "");
    assert_string_equal(text_string(&text), "");
    text_addf(&text, "%s and %zu%s, %zu;", "a", (size_t)0, "%d", SIZE_MAX);
    text_addf(&text, " %s %zu %5.1f|%-4s|%d%% %s", "b", (size_t)120, 2.25, "c", -7, "d");
    text_addf(&text, " %zu%%", (size_t)3);
    text_addf(&text, " 100%%");
    char expected[256];
    (void)snprintf(expected, sizeof expected, "a and 0%%d, %zu; b 120   2.2|c   |-7%% d 3%% 100%%", SIZE_MAX);
    assert_string_equal(text_string(&text), expected);
    assert_int_equal(text.length, strlen(expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_is_a_string),    cmocka_unit_test(grows),
        cmocka_unit_test(holds_any_bytes),      cmocka_unit_test(take_hands_over),
        cmocka_unit_test(html_is_escaped),      cmocka_unit_test(base64_is_padded),
        cmocka_unit_test(formats_are_printf_s),
    };
    return cmocka_run_group_tests_name("base-text", tests, NULL, NULL);
}
