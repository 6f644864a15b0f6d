/* Numbers, units and names as people read them, and the catalogue. */
#include "testing.h"

#include "report/messages.h"
#include "report/words.h"

static Arena *arena;

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void percents(void **state)
{
    (void)state;
    assert_string_equal(words_percent(arena, 0.83), "83 %");
    assert_string_equal(words_percent(arena, 0.0099), "<1 %");
    assert_string_equal(words_percent(arena, 0.01), "1 %");
    assert_string_equal(words_percent(arena, 0), "<1 %");
    assert_string_equal(words_percent(arena, 0.99), "99 %");
    assert_string_equal(words_percent(arena, 0.9951), ">99 %");
    assert_string_equal(words_percent(arena, 1), ">99 %");
    assert_string_equal(words_interval(arena, 0.70, 0.91), "70–91 %");
    assert_string_equal(words_interval(arena, 0.002, 0.04), "<1–4 %");
    assert_string_equal(words_interval(arena, 0.002, 0.004), "<1 %");
}

static void numbers(void **state)
{
    (void)state;
    assert_string_equal(words_number(arena, 46.23), "46.2");
    assert_string_equal(words_number(arena, 14321.7), "14322");
    assert_string_equal(words_number(arena, 0.8512), "0.851");
    assert_string_equal(words_number(arena, 12), "12");
    assert_string_equal(words_number(arena, -30.5), "−30.5");
    assert_string_equal(words_number(arena, 1.6249e-5), "1.62 × 10⁻⁵");
    assert_string_equal(words_number(arena, -2e12), "−2.00 × 10¹²");
    assert_string_equal(words_number(arena, 0), "0");
    assert_string_equal(words_number(arena, -0.0), "0");
    assert_string_equal(words_number_sd(arena, 46.23, 1.08), "46.2 ± 1.1");
    assert_string_equal(words_number_sd(arena, 1234.4, 56.7), "1234 ± 57");
    assert_string_equal(words_number_sd(arena, 1.62, 0.09), "1.62 ± 0.09");
    assert_string_equal(words_number_sd(arena, 61.3, 4.4), "61 ± 4");
    assert_string_equal(words_number_sd(arena, 31.5, 0), "31.5");
    assert_string_equal(words_number_sd(arena, 31.5, -1), "31.5");
    assert_string_equal(words_odds(arena, 1.9), "6.7");
    assert_string_equal(words_odds(arena, -1.9), "6.7");
    assert_string_equal(words_odds(arena, 0), "1.0");
    assert_string_equal(words_odds(arena, 3), "20");
    assert_string_equal(words_odds(arena, 1e6), ">1000");
}

static void units(void **state)
{
    (void)state;
    assert_string_equal(words_quantity(arena, "46.2", "[hnsf'U]"), "46.2 HU");
    assert_string_equal(words_quantity(arena, "3.4", "1"), "3.4");
    assert_string_equal(words_quantity(arena, "61", "%"), "61 %");
    assert_string_equal(words_quantity(arena, "12", "deg"), "12°");
    assert_string_equal(words_quantity(arena, "12", NULL), "12");
    assert_string_equal(words_unit(arena, "10*-3.mm2/s"), "× 10⁻³ mm²/s");
    assert_string_equal(words_unit(arena, "mmol{iron}/kg"), "mmol/kg");
    assert_string_equal(words_unit(arena, "{vox}"), "");
}

static void measurements_are_no_finer_than_they_are_read(void **state)
{
    (void)state;
    assert_string_equal(words_measured(arena, 34.106, 0.223, "mm"), "34.1 ± 0.2 mm");
    assert_string_equal(words_measured(arena, 35.6, 0.01, "mm"), "35.6 mm");
    assert_string_equal(words_measured(arena, 68.12, 4.4, "[hnsf'U]"), "68 ± 4 HU");
    assert_string_equal(words_measured(arena, -406.7, 0, "[hnsf'U]"), "−407 HU");
    assert_string_equal(words_measured(arena, 0.9081, 0.0094, "1"), "0.91 ± 0.01");
    assert_string_equal(words_measured(arena, 0.0021, 0.0004, "1"), "0.0021 ± 0.0004");
    assert_string_equal(words_measured(arena, 1.62, 0.09, "10*-3.mm2/s"), "1.62 ± 0.09 × 10⁻³ mm²/s");
    assert_string_equal(words_measured(arena, 9, 0, "mo"), "9 months");
    assert_string_equal(words_measured(arena, 0.17, 0, "mo"), "5 days");
    assert_string_equal(words_measured(arena, 0.01, 0, "mo"), "1 day");
    assert_string_equal(words_measured(arena, 1, 0, "mo"), "1 month");
    assert_string_equal(words_measured(arena, 0, 0, "mm"), "0 mm");
    assert_string_equal(words_share(arena, 0.981), "98 %");
    assert_string_equal(words_share(arena, 0.0137), "1.4 %");
    assert_string_equal(words_share(arena, 1), "100 %");
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(words_from_id(arena, "some_new_value"), "some new value");
    assert_string_equal(words_from_id(arena, "bare"), "bare");
    assert_string_equal(words_from_id(arena, "2.5_cm"), "2.5 cm");
    assert_string_equal(words_from_path(arena, "attenuation.fat_share"), "Attenuation, fat share");
    assert_string_equal(words_capital(arena, ""), "");
    assert_string_equal(words_capital(arena, "émail"), "émail");
    assert_string_equal(words_inside(arena, "Median attenuation"), "median attenuation");
    assert_string_equal(words_inside(arena, "T2 signal"), "T2 signal");
    assert_string_equal(words_inside(arena, "MR"), "MR");
    assert_string_equal(words_inside(arena, ""), "");
}

static void times_and_digests(void **state)
{
    (void)state;
    assert_string_equal(words_date(arena, "2026-11-22T15:40:05Z"), "2026-11-22");
    assert_string_equal(words_date(arena, "yesterday"), "yesterday");
    assert_string_equal(words_time(arena, "2026-11-22T15:40:05Z"), "2026-11-22 15:40:05 UTC");
    assert_string_equal(words_time(arena, "2026-11-22T15:40:05+01:00"), "2026-11-22 15:40:05+01:00");
    assert_string_equal(words_time(arena, "noon"), "noon");
    assert_string_equal(words_time(arena, NULL), "");
    assert_string_equal(words_hash(arena, "sha256:3f9a1c2e77665544"), "3f9a1c2e");
    assert_string_equal(words_hash(arena, "3f9a"), "3f9a");
    assert_string_equal(words_hash(arena, "local counts"), "local counts");
    assert_null(words_hash(arena, NULL));
}

static void nothing_that_acts_gets_through(void **state)
{
    (void)state;
    assert_string_equal(words_clean(arena, "a\x1b[31mb\nc\td\x7f"), "a [31mb c d ");
    assert_string_equal(words_clean(arena, "\xC2\x9B"
                                           "31m"),
                        " 31m"); /* the one-byte CSI */
    assert_string_equal(words_clean(arena, "a\xE2\x80\xAE"
                                           "b"),
                        "ab");                                               /* right-to-left override */
    assert_string_equal(words_clean(arena, "a\xFF"), "a\xEF\xBF\xBD");       /* no UTF-8 */
    assert_string_equal(words_clean(arena, "\xEF\xBF\xBF"), "\xEF\xBF\xBD"); /* U+FFFF, which XML refuses */
    assert_string_equal(words_clean(arena, "<颈椎 & ±>"), "<颈椎 & ±>");
    assert_null(words_clean(arena, NULL));
}

static void catalogue_is_whole(void **state)
{
    (void)state;
    const Messages *messages = messages_english();
    for (int id = 0; id < MESSAGE_COUNT; id++) {
        const char *text = messages_text(messages, (MessageId)id);
        if (!text || !*text)
            print_error("message %d has no text\n", id);
        assert_true(text && *text);
    }
    const MessageWord *const lists[] = {messages->groups, messages->urgencies, messages->sexes,
                                        messages->levels, messages->scores,    messages->families};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        assert_true(lists[i] && lists[i]->id && lists[i]->text);
}

static void patterns_are_filled(void **state)
{
    (void)state;
    const Messages *m = messages_english();
    assert_string_equal(messages_fill(arena, m, MESSAGE_LABEL_PATTERN, "T2 signal", "high"),
                        "T2 signal: high");
    assert_string_equal(messages_fill(arena, m, MESSAGE_LABEL_PATTERN, "{2}", "{1}"), "{2}: {1}");
    assert_string_equal(messages_fill(arena, m, MESSAGE_LABEL_PATTERN, "a", NULL), "a: ");
    assert_string_equal(messages_word(m->groups, "mimic"), "mimic");
    assert_null(messages_word(m->groups, "unheard_of"));
    assert_null(messages_word(m->groups, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percents),
        cmocka_unit_test(numbers),
        cmocka_unit_test(units),
        cmocka_unit_test(measurements_are_no_finer_than_they_are_read),
        cmocka_unit_test(names),
        cmocka_unit_test(times_and_digests),
        cmocka_unit_test(nothing_that_acts_gets_through),
        cmocka_unit_test(catalogue_is_whole),
        cmocka_unit_test(patterns_are_filled),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
