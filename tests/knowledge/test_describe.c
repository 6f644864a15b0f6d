/* The trees and texts of `dens knowledge …`, and the knowledge that is shipped. */
#include "fixture.h"

#include "base/file.h"
#include "base/text.h"
#include "knowledge/describe.h"

#include <math.h>

typedef void (*TextOf)(const Value *, Text *);

/* Renders, and checks that no line is wider than the terminal and none ends in a space. */
static void render(TextOf text_of, const Value *tree, Text *out)
{
    text_clear(out);
    text_of(tree, out);
    assert_true(out->length > 0);
    const char *line = text_string(out);
    while (*line) {
        size_t length = strcspn(line, "\n"), width = 0;
        for (size_t i = 0; i < length; i++) {
            width += ((unsigned char)line[i] & 0xC0) != 0x80 ? 1 : 0;
        }
        bool has_break = memchr(line, ' ', length > 8 ? length - 8 : 0) != NULL;
        if (width > 100 && has_break && !strstr(line, "://")) {
            print_error("too wide: %.*s\n", (int)length, line);
            fail();
        }
        assert_true(length == 0 || line[length - 1] != ' ');
        line += length + (line[length] == '\n');
    }
}

static void a_diagnosis_shows_its_rows(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_rows(folder, "chordoma", "finding: mr.t2, counts: { high: 5, low|intermediate: 3 }, note: a note",
                 "finding: mr.t2, says: { high: usual }, source: two, weight: 0, conflict: t2_dispute",
                 "finding: site.levels, counts: { C2: 7 }, n: 11, selected: true",
                 "finding: patient.age, distribution: { mean: 50, sd: 10, n: 12, min: 30 }", NULL);
    Knowledge *k = fixture_load(folder);
    Arena *arena = arena_new();
    Value *tree = describe_diagnosis(k, 0, arena);
    assert_string_equal(value_text(tree, "diagnosis"), "chordoma");
    const Value *findings = value_get(tree, "findings");
    assert_int_equal(findings->count, 3);
    VALUE_EACH(finding, findings)
    {
        double sum = 0;
        VALUE_EACH(item, value_get(finding, "distribution"))
        {
            sum += value_number_or(item, "probability", -1);
        }
        assert_near(sum, strcmp(value_text(finding, "kind"), "set") == 0 ? sum : 1, 1e-9);
    }
    const Value *t2 = value_at(findings, 2);
    assert_string_equal(value_text(t2, "finding"), "mr.t2");
    assert_string_equal(value_text(value_at(value_get(t2, "rows"), 0), "says"),
                        "high 5, low|intermediate 3 of 8");
    assert_near(value_number_or(t2, "counts_as", 0), 8, 1e-9);
    AUTO_TEXT text = TEXT_INIT;
    render(describe_text_diagnosis, tree, &text);
    assert_non_null(
        strstr(text_string(&text),
               "high 5, low|intermediate 3 of 8 – First 2001, Table 1 (cervical, counts as 8): a note"));
    assert_non_null(
        strstr(text_string(&text), "high usual – The second, Table 1 (cervical, does not count)"));
    assert_non_null(strstr(text_string(&text), "mean 50, SD 10, 30 to 100 of 12"));
    assert_non_null(strstr(text_string(&text), "selected, counts as 5.5"));
    assert_null(strstr(text_string(&text), "C3")); /* nobody looked */
    render(describe_text_diagnosis, describe_diagnosis(k, 1, arena), &text);
    assert_non_null(strstr(text_string(&text), "Nothing was collected"));
    arena_free(arena);
    knowledge_free(k);
    fixture_free(folder);
}

static bool has_remark(const Value *tree, const char *part)
{
    VALUE_EACH(remark, value_get(tree, "remarks"))
    {
        if (strstr(remark->string, part)) {
            return true;
        }
    }
    return false;
}

static void remarks_name_what_is_loose(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_write(folder, "sources/a.yaml",
                  "three: { authors: A, title: T, kind: series, seen: abstract }\n"
                  "four: { authors: A, title: T, kind: series, seen: abstract }\n"
                  "five: { authors: A, title: T, kind: study, seen: abstract, cited_by: measurements }\n");
    fixture_write(folder, "alerts.yaml",
                  "alerts: [{ id: a, sources: [four] }]\n"); /* cites for another room */
    fixture_write(folder, "label_schemes.yaml",
                  "dens: { label: L, source: vocabulary }\nverse: { label: V, source: nobody1900 }\n");
    fixture_rows(folder, "chordoma", "finding: mr.t2, counts: { high: 5 }, weight: 0", NULL);
    Knowledge *k = fixture_load(folder);
    Arena *arena = arena_new();
    Value *tree = describe_check(k, arena);
    assert_true(has_remark(tree, "metastasis has no file"));
    assert_true(has_remark(tree, "source 'three' is cited nowhere"));
    assert_false(has_remark(tree, "'four'"));
    assert_true(
        has_remark(tree, "label_schemes.yaml:2 names the source 'nobody1900', which no file in sources/"));
    assert_false(has_remark(tree, "'vocabulary'"));
    assert_false(has_remark(tree, "'five'"));
    assert_true(has_remark(tree, "no row and no statement names the conflict 't2_dispute'"));
    assert_true(has_remark(tree, "chordoma.mr.t2.1 has weight 0 without a reason"));
    assert_true(has_remark(tree, "tell nothing apart: patient.age, clinical.primary_site"));
    assert_false(has_remark(tree, "stage.kps"));
    assert_true(has_remark(tree, "no row in background.yaml on these"));
    assert_near(value_number_or(tree, "rows", 0), 1, 0);
    arena_free(arena);
    knowledge_free(k);
    fixture_free(folder);
}

static void reasons_and_statements_leave_nothing_loose(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_write(folder, "general.yaml",
                  "statements: [{ topic: mr, text: Bright or not, source: two, where: page 3, conflict: "
                  "t2_dispute }]\n");
    fixture_rows(folder, "chordoma", "finding: mr.t2, counts: { high: 5 }, weight: 0, note: a misprint",
                 NULL);
    Knowledge *k = fixture_load(folder);
    Arena *arena = arena_new();
    Value *tree = describe_check(k, arena);
    assert_false(has_remark(tree, "t2_dispute"));
    assert_false(has_remark(tree, "weight 0"));
    const Value *conflict = value_at(value_get(describe_conflicts(k, -1, arena), "conflicts"), 0);
    assert_int_equal(value_get(conflict, "rows")->count, 0);
    assert_string_equal(value_text(value_at(value_get(conflict, "statements"), 0), "source_name"),
                        "The second");
    AUTO_TEXT text = TEXT_INIT;
    render(describe_text_conflicts, describe_conflicts(k, 0, arena), &text);
    assert_non_null(strstr(text_string(&text), "    - Bright or not [The second, page 3]\n"));
    render(describe_text_general, describe_general(k, arena), &text);
    assert_non_null(strstr(text_string(&text), "[The second, page 3; conflict t2_dispute]"));
    arena_free(arena);
    knowledge_free(k);
    fixture_free(folder);
}

static void the_check_begins_with_the_sizes(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_rows(folder, "chordoma", "finding: mr.t2, counts: { high: 5 }",
                 "finding: ct.nidus, says: { present: rare }", NULL);
    Knowledge *k = fixture_load(folder);
    Arena *arena = arena_new();
    AUTO_TEXT text = TEXT_INIT;
    render(describe_text_check, describe_check(k, arena), &text);
    static const char *const lines[] = {
        "sha256:",
        "     3 diagnoses, 1 of them with evidence\n",
        "     8 findings\n",
        "     2 rows of evidence, 1 of them with patients behind them; 0 of the",
        "     0 statements\n",
        "     2 sources\n",
        "     1 written conflict",
        "     1 prior",
        "\nNo errors; "};
    const char *at = text_string(&text);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *found = strstr(at, lines[i]);
        if (!found) {
            print_error("not in its place: %s\n", lines[i]);
            fail();
        }
        at = found;
    }
    arena_free(arena);
    knowledge_free(k);
    fixture_free(folder);
}

/* ---- what is shipped ---- */

static Knowledge *shipped(void)
{
    char *folder = source_path("knowledge");
    Knowledge *k = fixture_load(folder);
    free(folder);
    return k;
}

static void the_shipped_knowledge_is_sound(void **state)
{
    (void)state;
    Knowledge *k = shipped();
    const Vocabulary *v = knowledge_vocabulary(k);
    for (size_t i = 0; i < vocabulary_count(v); i++) {
        const Finding *f = vocabulary_finding(v, i);
        size_t count = f->kind == FINDING_SET      ? 2 * f->value_count
                       : f->kind == FINDING_NUMBER ? f->bin_count
                                                   : f->value_count;
        size_t block = f->kind == FINDING_SET ? 2 : count;
        for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
            const double *alpha = knowledge_cell(k, d, f)->alpha;
            for (size_t start = 0; start < count; start += block) {
                double sum = 0;
                for (size_t c = start; c < start + block; c++) {
                    assert_true(isfinite(alpha[c]) && alpha[c] > 0);
                    sum += alpha[c];
                }
                for (size_t c = start; c < start + block && f->kind != FINDING_NUMBER && block > 1; c++) {
                    assert_true(alpha[c] / sum > 1e-4 && alpha[c] / sum < 1 - 1e-4); /* no certainty */
                }
            }
        }
    }
    for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) { /* the ten of the review are there */
        assert_true(knowledge_diagnosis(k, d)->known || !knowledge_diagnosis(k, d)->name->in_review);
    }
    assert_non_null(knowledge_find_prior(k, "clinic"));
    assert_non_null(knowledge_find_prior(k, "uniform"));
    knowledge_free(k);
}

static double prior_share(const Value *tree, const char *prior, const char *diagnosis)
{
    VALUE_EACH(p, value_get(tree, "priors"))
    {
        VALUE_EACH(share, value_get(p, "shares"))
        {
            if (strcmp(value_text(p, "id"), prior) == 0 &&
                strcmp(value_text(share, "diagnosis"), diagnosis) == 0) {
                return value_number_or(share, "probability", -1);
            }
        }
    }
    return -1;
}

static void the_shipped_priors_add_up(void **state)
{
    (void)state;
    Knowledge *k = shipped();
    Arena *arena = arena_new();
    Value *tree = describe_priors(k, arena);
    VALUE_EACH(prior, value_get(tree, "priors"))
    {
        double sum = value_number_or(prior, "none_of_these", 0);
        VALUE_EACH(share, value_get(prior, "shares"))
        {
            sum += value_number_or(share, "probability", 0);
        }
        assert_near(sum, 1, 1e-9);
    }
    double metastasis = prior_share(tree, "clinic", "metastasis");
    for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
        const DiagnosisName *name = knowledge_diagnosis(k, d)->name;
        double share = prior_share(tree, "clinic", name->id);
        assert_true(share > 0);
        assert_true(strcmp(name->id, "metastasis") == 0 || metastasis > 2 * share);
    }
    arena_free(arena);
    knowledge_free(k);
}

static void the_shipped_texts_fit_a_terminal(void **state)
{
    (void)state;
    Knowledge *k = shipped();
    Arena *arena = arena_new();
    AUTO_TEXT text = TEXT_INIT;
    for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
        render(describe_text_diagnosis, describe_diagnosis(k, d, arena), &text);
    }
    render(describe_text_general, describe_general(k, arena), &text);
    render(describe_text_conflicts, describe_conflicts(k, -1, arena), &text);
    render(describe_text_conflicts, describe_conflicts(k, 0, arena), &text);
    render(describe_text_scales, describe_scales(k, arena), &text);
    render(describe_text_priors, describe_priors(k, arena), &text);
    render(describe_text_check, describe_check(k, arena), &text);
    render(describe_text_coverage, describe_coverage(k, arena), &text);
    render(describe_text_sources, describe_sources(k, arena), &text);
    arena_free(arena);
    knowledge_free(k);
}

/* Readings stand between the measurements and the findings, and name sources of their thresholds. */
static bool readings_name(const char *id)
{
    DensError *err = NULL;
    size_t length = 0;
    char *path = source_path("knowledge/readings.yaml");
    char *text = file_read(path, 1 << 20, &length, &err);
    AUTO_TEXT line = TEXT_INIT;
    assert_no_error(err);
    text_addf(&line, "source: %s\n", id);
    bool found = strstr(text, text_string(&line)) != NULL;
    free(text);
    free(path);
    return found;
}

static bool any_measure_file_names(const char *id)
{
    Arena *arena = arena_new();
    char *folder = source_path("src/measure");
    DensError *err = NULL;
    const char **names;
    size_t count = 0;
    bool found = false;
    AUTO_TEXT quoted = TEXT_INIT;
    text_addf(&quoted, "\"%s\"", id);
    assert_true(file_list(arena, folder, &names, &count, &err));
    for (size_t i = 0; i < count && !found; i++) {
        size_t length = 0;
        char *code = file_read(file_join(arena, folder, names[i]), 1 << 20, &length, &err);
        assert_no_error(err);
        found = strstr(code, text_string(&quoted)) != NULL;
        free(code);
    }
    free(folder);
    arena_free(arena);
    return found;
}

/* What says that the measurements cite it is cited by them. */
static void the_measurements_cite_what_is_said_to_be_cited(void **state)
{
    (void)state;
    Knowledge *k = shipped();
    size_t cited = 0;
    for (size_t i = 0; i < knowledge_source_count(k); i++) {
        const Source *s = knowledge_source(k, i);
        if (strcmp(s->cited_by, "overlay") == 0) {
            assert_string_equal(s->id, "own_cases"); /* the rows of an overlay name it */
        } else if (s->cited_by[0]) {
            assert_string_equal(s->cited_by, "measurements");
            assert_true(any_measure_file_names(s->id) || readings_name(s->id));
            cited++;
        }
    }
    assert_true(cited > 0);
    knowledge_free(k);
}

/* What is left may only be findings without evidence of their own. */
static void nothing_shipped_is_loose(void **state)
{
    (void)state;
    Knowledge *k = shipped();
    Arena *arena = arena_new();
    VALUE_EACH(remark, value_get(describe_check(k, arena), "remarks"))
    {
        if (!strstr(remark->string, "tell nothing apart") && !strstr(remark->string, "background.yaml")) {
            print_error("%s\n", remark->string);
            fail();
        }
    }
    arena_free(arena);
    knowledge_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_diagnosis_shows_its_rows),
        cmocka_unit_test(remarks_name_what_is_loose),
        cmocka_unit_test(the_shipped_knowledge_is_sound),
        cmocka_unit_test(the_shipped_priors_add_up),
        cmocka_unit_test(the_shipped_texts_fit_a_terminal),
        cmocka_unit_test(reasons_and_statements_leave_nothing_loose),
        cmocka_unit_test(the_check_begins_with_the_sizes),
        cmocka_unit_test(the_measurements_cite_what_is_said_to_be_cited),
        cmocka_unit_test(nothing_shipped_is_loose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
