/* Texts and patterns of a language file, and what is refused in one. */
#include "report/language.h"

#include "base/file.h"
#include "base/text.h"
#include "report/messages.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    Arena *arena;
    char *folder;
} Fixture;

static int set_up(void **state)
{
    Fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->arena = arena_new();
    f->folder = arena_strdup(f->arena, "/tmp/dens-language-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    assert_true(file_make_folder(file_join(f->arena, f->folder, "languages"), NULL));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    (void)unlink(file_join(f->arena, f->folder, "languages/xx.yaml"));
    (void)rmdir(file_join(f->arena, f->folder, "languages"));
    (void)rmdir(f->folder);
    arena_free(f->arena);
    free(f);
    return 0;
}

static Language *load(const Fixture *f, const char *body, DensError **err)
{
    const char *file = arena_printf(f->arena, "format: dens-language/1\nlanguage: xx\n%s", body);
    assert_true(file_write(file_join(f->arena, f->folder, "languages/xx.yaml"), file, strlen(file), NULL));
    return language_load(f->folder, "xx", err);
}

static const char small[] = "texts:\n"
                            "- { en: Chordoma, say: CHORDOM }\n"
                            "- { en: high, say: HOCH }\n"
                            "- { kind: frequency, en: most, say: MEIST }\n"
                            "- { en: most, say: AM MEISTEN }\n"
                            "patterns:\n"
                            "- { kind: known, en: \"{1:text}: {2:text}\", say: \"{1}={2}\" }\n"
                            "- { kind: known, en: \"No {1:text}\", say: \"KEIN {1}\" }\n"
                            "- { kind: list, en: \"{1:known}, {2:list}\", say: \"{1} / {2}\" }\n"
                            "- { kind: list, en: \"{1:known} and {2:known}\", say: \"{1} & {2}\" }\n"
                            "- { en: \"{1:list} in {3:frequency} of {2:number} ({4:name})\", "
                            "say: \"{4}: {2} {3} {1}\" }\n"
                            "- { en: \"Age {1:number} years\", say: \"{1}J\" }\n";

static void says(const Fixture *f, const Language *language, const char *english, const char *expected)
{
    const char *said = language_say(language, f->arena, english);
    if (!expected)
        assert_null(said);
    else {
        assert_non_null(said);
        assert_string_equal(said, expected);
    }
}

static void test_texts_and_patterns(void **state)
{
    const Fixture *f = *state;
    DensError *err = NULL;
    AUTO(language_auto) Language *language = load(f, small, &err);
    assert_no_error(err);
    assert_string_equal(language_code(language), "xx");
    says(f, language, "Chordoma", "CHORDOM");
    says(f, language, "chordoma", "CHORDOM"); /* inside a sentence */
    says(f, language, "Age 57 years", "57J");
    says(f, language, "age 57 years", "57J");
    says(f, language, "12.5 ± 1", "12.5 ± 1"); /* a number is one in every language */
    says(f, language, "Chordoma: high, No high and high: chordoma in most of 12–20 (Author 2017, in 3)",
         "Author 2017, in 3: 12–20 MEIST CHORDOM=HOCH / KEIN HOCH & HOCH=CHORDOM");
    says(f, language, "most", "AM MEISTEN"); /* without a kind */
}

static void test_what_has_no_words(void **state)
{
    const Fixture *f = *state;
    DensError *err = NULL;
    AUTO(language_auto) Language *language = load(f, small, &err);
    assert_no_error(err);
    says(f, language, "Metastasis", NULL);
    says(f, language, "Age old years", NULL);                               /* no number */
    says(f, language, "Age  years", NULL);                                  /* an empty place */
    says(f, language, "Chordoma: high in most of 12 (", NULL);              /* the end is missing */
    says(f, language, "Chordoma: low and No high in most of 12 (A)", NULL); /* one word is missing */
    says(f, language, "", NULL);
}

/* Texts that fit almost: many ways to cut them, none that ends; this must end soon. */
static void test_many_ways(void **state)
{
    const Fixture *f = *state;
    DensError *err = NULL;
    AUTO(language_auto) Language *language = load(f, small, &err);
    assert_no_error(err);
    AUTO_TEXT text = TEXT_INIT;
    for (size_t i = 0; i < 100; i++)
        text_add(&text, "No high and high: high, ");
    says(f, language, text_string(&text), NULL);
    while (text.length < 100000)
        text_add(&text, "No high, ");
    says(f, language, text_string(&text), NULL);
}

static void refuses(const Fixture *f, const char *body, const char *where, const char *what)
{
    DensError *err = NULL;
    AUTO(language_auto) Language *language = load(f, body, &err);
    assert_null(language);
    assert_error(&err, DENS_ERROR_INPUT, where, what);
}

static void test_refused(void **state)
{
    const Fixture *f = *state;
    refuses(f, "patterns: []\n", "xx.yaml", "texts");
    refuses(f, "texts: []\n", "xx.yaml", "patterns");
    refuses(f, "texts: [{ en: a, say: b }, { en: a, say: c }]\npatterns: []\n", "$.texts",
            "\"a\" stands here twice");
    refuses(f, "texts: [{ en: a }]\npatterns: []\n", "$.texts[0]", "say");
    refuses(f, "texts: [{ en: a, says: b }]\npatterns: []\n", "$.texts[0]", "say");
    refuses(f, "texts: []\npatterns: [{ en: \"{1:text}\", say: \"{1}\" }]\n", "$.patterns[0]",
            "a pattern has words and a place");
    refuses(f, "texts: []\npatterns: [{ en: \"no place\", say: \"x\" }]\n", "$.patterns[0]",
            "a pattern has words and a place");
    refuses(f, "texts: []\npatterns: [{ en: \"{1:text}{2:text} x\", say: \"{1}\" }]\n", "$.patterns[0].en",
            "two places need words between them");
    refuses(f, "texts: []\npatterns: [{ en: \"{1:text} x {1:text}\", say: \"{1}\" }]\n", "$.patterns[0].en",
            "the place {1} is there twice");
    refuses(f, "texts: []\npatterns: [{ en: \"{0:text} x\", say: \"{1}\" }]\n", "$.patterns[0].en",
            "a place is written {1:kind}");
    refuses(f, "texts: []\npatterns: [{ en: \"x {1:text\", say: \"{1}\" }]\n", "$.patterns[0].en",
            "a place is written {1:kind}");
    refuses(f, "texts: []\npatterns: [{ en: \"{1:text} x\", say: \"{2}\" }]\n", "$.patterns[0].say",
            "has a place that the English has not");
}

static void test_no_such_language(void **state)
{
    const Fixture *f = *state;
    static const char *const names[] = {"qq", "../xx", "", "xx.yaml"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        DensError *err = NULL;
        assert_null(language_load(f->folder, names[i], &err));
        assert_error(&err, DENS_ERROR_USAGE, "--language", "there is no language");
    }
}

/* A language without all the messages is no language for a report. */
static void test_messages_must_be_whole(void **state)
{
    const Fixture *f = *state;
    DensError *err = NULL;
    AUTO(language_auto) Language *language = load(f, small, &err);
    assert_non_null(language);
    assert_null(messages_load(f->folder, "xx", &err));
    assert_error(&err, DENS_ERROR_INPUT, "xx", "has no words for \"");
}

static void test_english_is_itself(void **state)
{
    const Fixture *f = *state;
    DensError *err = NULL;
    AUTO(messages_auto) MessageSet *set = messages_load(f->folder, "en", &err);
    assert_non_null(set);
    assert_string_equal(messages_of(set)->language, "en");
    assert_string_equal(messages_say(f->arena, messages_of(set), "What is this?"), "What is this?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_texts_and_patterns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_has_no_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_such_language, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_messages_must_be_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_english_is_itself, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("report/language", tests, NULL, NULL);
}
