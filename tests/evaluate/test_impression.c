/* The three lines of the impression, and what all sentences of a result have in common. Figures come from the
 * shipped knowledge and change with it: only the words around them are checked. */
#include "fixture.h"

#include <ctype.h>
#include <dirent.h>

/* Line `at` of the impression of a case, from 0. */
static const char *line_of(Fixture *f, const char *members, size_t at)
{
    Case *c = fixture_case(f, members);
    const Value *result = fixture_result(f, c, f->clinic);
    case_free(c);
    const Value *lines = value_get(result, "impression");
    assert_int_equal(lines->count, 3);
    return value_string(value_at(lines, at));
}

static void check_lesion(Fixture *f, const char *findings, const char *expected)
{
    const char *members = arena_printf(f->arena, "\"findings\": {%s}", findings);
    assert_string_equal(line_of(f, members, 0), expected);
}

static void the_lesion_in_one_sentence(void **state)
{
    check_lesion(*state, "", "Lesion of the cervical spine (level not stated).");
    check_lesion(*state,
                 "\"site.levels\": [\"C3\"], \"ct.density\": \"lytic\", \"site.element\": \"body\", "
                 "\"site.size_mm\": 35.6, \"extent.soft_tissue_mass\": \"present\", \"extent.canal\": "
                 "\"epidural\"",
                 "Lytic lesion of C3 (vertebral body), 36 mm, with a soft-tissue mass, reaching into the "
                 "epidural space.");
    check_lesion(*state, "\"site.levels\": [\"C3\", \"C4\"], \"extent.canal\": \"cord_compression\"",
                 "Lesion of C3 and C4, compressing the spinal cord.");
    check_lesion(*state, "\"site.levels\": [\"C2\", \"C3\", \"C4\"], \"extent.canal\": \"narrowed\"",
                 "Lesion of C2 to C4, narrowing the spinal canal.");
    check_lesion(*state, "\"site.levels\": [\"C2\", \"C4\", \"C6\"]", "Lesion of C2, C4 and C6.");
}

static void what_is_open_is_not_said(void **state)
{
    check_lesion(*state,
                 "\"site.levels\": [\"C3\"], \"ct.density\": [\"lytic\", \"mixed\"], \"extent.canal\": "
                 "[\"narrowed\", \"epidural\"]",
                 "Lesion of C3.");
    check_lesion(*state,
                 "\"site.levels\": [\"C3\"], \"ct.density\": \"normal\", \"extent.soft_tissue_mass\": "
                 "\"absent\", \"extent.canal\": \"none\"",
                 "Lesion of C3.");
}

static void check_begins(Fixture *f, const char *members, size_t at, const char *expected)
{
    const char *line = line_of(f, members, at);
    if (strncmp(line, expected, strlen(expected)) != 0) {
        print_error("\"%s\" does not begin with \"%s\"\n", line, expected);
        fail();
    }
}

static void without_findings_the_figures_are_the_priors(void **state)
{
    check_begins(*state, "\"findings\": {}", 1,
                 "No finding was reported: the figures are those of the prior alone: metastasis, ");
    check_begins(
        *state, "\"patient\": {\"age\": 57, \"sex\": \"male\"}", 1,
        "No finding was reported: the figures are those of the prior, adjusted for age and sex alone: ");
    check_begins(*state, "\"patient\": {\"age\": 57}", 1,
                 "No finding was reported: the figures are those of the prior, adjusted for age alone: ");
    check_begins(*state, "\"patient\": {\"sex\": \"female\"}", 1,
                 "No finding was reported: the figures are those of the prior, adjusted for sex alone: ");
}

static void the_ranking_says_how_sure_it_is(void **state)
{
    check_begins(*state,
                 "\"findings\": {\"path.positive\": [\"brachyury\"], \"path.cells\": [\"physaliphorous\"], "
                 "\"mr.t2\": \"high\", \"mr.septa\": \"present\", \"mr.t2_brighter_than_disc\": \"present\"}",
                 1, "Most likely chordoma, ");
    check_begins(*state,
                 "\"findings\": {\"ct.nidus\": \"present\", \"ct.ground_glass\": \"present\", "
                 "\"mr.fluid_levels\": \"present\", \"clinical.monoclonal_protein\": \"present\", "
                 "\"ct.cortex_continuity\": \"present\", \"mr.abscess\": \"present\"}",
                 1, "The findings fit no diagnosis of the list well: none of these, ");
    const char *line = line_of(*state, "\"findings\": {\"mr.t2\": \"high\"}", 1);
    assert_non_null(strstr(line, " % (90 % interval "));
    assert_non_null(strstr(line, " Prior: all comers with a cervical bone lesion."));
}

static void alerts_by_urgency(void **state)
{
    check_begins(*state,
                 "\"findings\": {\"site.posterolateral\": \"unilateral\", \"extent.canal\": "
                 "\"cord_compression\", \"clinical.calcium\": \"raised\", \"extent.vertebral_artery\": "
                 "[\"abutted\", \"encased\"]}",
                 2,
                 "Within hours: spinal cord compression; hypercalcaemia. Within days: stability in question. "
                 "Before treatment: vertebral artery involved (possible)");
    check_begins(*state, "\"findings\": {}", 2, "Nothing was reported that could raise an alert. ");
    check_begins(*state, "\"findings\": {\"extent.canal\": \"none\"}", 2,
                 "No alert from what was reported. ");
}

static void what_was_not_assessed_is_counted(void **state)
{
    Fixture *f = *state;
    Case *c = fixture_case(f, "\"findings\": {\"extent.canal\": \"none\"}");
    const Value *result = fixture_result(f, c, f->clinic);
    case_free(c);
    const char *line = value_string(value_at(value_get(result, "impression"), 2));
    const char *expected =
        arena_printf(f->arena, " %zu points were not assessed.", value_get(result, "not_assessed")->count);
    assert_non_null(strstr(line, expected));
}

/* No id ("extent.canal", "cord_compression"), no number that is none, one sentence that ends. */
static void assert_sentence(const char *text)
{
    size_t length = text ? strlen(text) : 0;
    bool bad = length == 0 || text[length - 1] != '.' || strstr(text, "nan") || strstr(text, "  ") ||
               strstr(text, " ,") || strstr(text, "()");
    for (const char *at = text; !bad && *at; at++) {
        bad = *at == '_' && isalpha((unsigned char)at[1]);
    }
    if (bad) {
        print_error("\"%s\" is no sentence for a reader\n", text ? text : "(none)");
        fail();
    }
}

static void assert_reasons(const Value *reasons)
{
    VALUE_EACH(reason, reasons)
    {
        assert_sentence(value_text(reason, "text"));
    }
}

static void shipped_cases_read_well(void **state)
{
    Fixture *f = *state;
    char *folder = source_path("cases/review");
    DIR *files = opendir(folder);
    assert_non_null(files);
    size_t count = 0;
    for (struct dirent *entry = readdir(files); entry; entry = readdir(files)) {
        if (!strstr(entry->d_name, ".json")) {
            continue;
        }
        DensError *error = NULL;
        Case *c = case_read(arena_printf(f->arena, "%s/%s", folder, entry->d_name),
                            knowledge_vocabulary(f->engine->knowledge), NULL, &error);
        assert_no_error(error);
        const Value *result = fixture_result(f, c, f->clinic);
        case_free(c);
        count++;
        VALUE_EACH(line, value_get(result, "impression"))
        {
            assert_sentence(value_string(line));
        }
        VALUE_EACH(ranked, value_get(result, "ranking"))
        {
            assert_reasons(value_get(ranked, "for"));
            assert_reasons(value_get(ranked, "against"));
        }
    }
    (void)closedir(files);
    free(folder);
    assert_true(count >= 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lesion_in_one_sentence),
        cmocka_unit_test(what_is_open_is_not_said),
        cmocka_unit_test(without_findings_the_figures_are_the_priors),
        cmocka_unit_test(the_ranking_says_how_sure_it_is),
        cmocka_unit_test(alerts_by_urgency),
        cmocka_unit_test(what_was_not_assessed_is_counted),
        cmocka_unit_test(shipped_cases_read_well),
    };
    return cmocka_run_group_tests_name("impression", tests, fixture_set_up, fixture_tear_down);
}
