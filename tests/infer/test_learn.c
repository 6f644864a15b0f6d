/* Learning: what counts, where it goes, and that the file gives back what was counted. */
#include "testing.h"

#include "base/json.h"
#include "infer/learn.h"

#include <stdio.h>
#include <unistd.h>

typedef struct {
    Knowledge *knowledge;
} Fixture;

static Knowledge *load(void)
{
    char *folder = source_path("knowledge");
    DensError *error = NULL;
    Knowledge *knowledge = knowledge_load(folder, &error);
    assert_no_error(error);
    free(folder);
    return knowledge;
}

static int set_up(void **state)
{
    Fixture *f = test_calloc(1, sizeof *f);
    f->knowledge = load();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    knowledge_free(f->knowledge);
    test_free(f);
    return 0;
}

static void learn_text_case(const Fixture *f, Overlay *overlay, const char *examinations,
                            const char *findings, LearnTally *tally)
{
    char text[2048];
    (void)snprintf(text, sizeof text,
                   "{\"format\": \"dens-case/1\", \"examinations\": {%s}, \"findings\": {%s}, "
                   "\"truth\": {\"diagnosis\": \"chordoma\", \"basis\": \"histology\"}}",
                   examinations, findings);
    DensError *error = NULL;
    Arena *arena = arena_new();
    const Value *root = json_parse(arena, text, strlen(text), "test", &error);
    assert_no_error(error);
    Case *c = case_from_value(root, "test", knowledge_vocabulary(f->knowledge), NULL, &error);
    assert_no_error(error);
    learn_case(overlay, f->knowledge, c, tally);
    case_free(c);
    arena_free(arena);
}

static const Finding *finding(const Fixture *f, const char *id)
{
    return vocabulary_find(knowledge_vocabulary(f->knowledge), id);
}

static size_t chordoma(const Fixture *f)
{
    return (size_t)vocabulary_find_diagnosis(knowledge_vocabulary(f->knowledge), "chordoma");
}

static void test_what_counts(void **state)
{
    const Fixture *f = *state;
    Overlay *overlay = overlay_new(f->knowledge);
    LearnTally tally = {0};
    size_t d = chordoma(f);
    const Finding *t2 = finding(f, "mr.t2"), *levels = finding(f, "site.levels"),
                  *stains = finding(f, "path.positive");
    learn_text_case(f, overlay, "\"t2\": \"complete\", \"biopsy\": \"complete\"",
                    "\"mr.t2\": [\"low\", \"high\"], \"mr.t1\": \"low\", \"site.levels\": [\"C2\"], "
                    "\"path.positive\": [\"brachyury\"]",
                    &tally);
    const double *mass = overlay_mass(overlay, d, t2), *mean = knowledge_cell(f->knowledge, d, t2)->mean;
    int low = finding_value(t2, "low"), high = finding_value(t2, "high"),
        middle = finding_value(t2, "intermediate");
    assert_near(mass[low] + mass[high], 1, 1e-12);
    assert_near(mass[low] / mass[high], mean[low] / mean[high], 1e-9);
    assert_near(mass[middle], 0, 0);
    assert_null(overlay_mass(overlay, d, finding(f, "mr.t1")));
    mass = overlay_mass(overlay, d, levels);
    int c2 = finding_value(levels, "C2"), c3 = finding_value(levels, "C3");
    assert_near(mass[2 * c2], 1, 0);
    assert_near(mass[2 * c2 + 1], 0, 0);
    assert_near(mass[2 * c3 + 1], 1, 0);
    assert_null(overlay_mass(overlay, d, stains)); /* nobody says which were negative */
    learn_text_case(f, overlay, "\"biopsy\": \"complete\"",
                    "\"path.positive\": [\"brachyury\"], \"path.negative\": [\"s100\"]", &tally);
    mass = overlay_mass(overlay, d, stains);
    assert_near(mass[2 * finding_value(stains, "brachyury")], 1, 0);
    assert_near(mass[2 * finding_value(stains, "s100") + 1], 1, 0);
    assert_int_equal(tally.outcomes[LEARN_COUNTED], 2);
    assert_int_equal(overlay_cases(overlay), 2);
    overlay_free(overlay);
}

/* The cell gets what was counted, up to the cap; its rows name the department. */
static void test_put(void **state)
{
    const Fixture *f = *state;
    Overlay *overlay = overlay_new(f->knowledge);
    LearnTally tally = {0};
    size_t d = chordoma(f);
    const Finding *t2 = finding(f, "mr.t2");
    for (size_t i = 0; i < 50; i++) {
        learn_text_case(f, overlay, "\"t2\": \"complete\"", "\"mr.t2\": \"low\"", &tally);
    }
    assert_near(overlay_discount(overlay, d, t2), 0.5, 1e-12);
    Knowledge *own = load();
    knowledge_put_overlay(own, overlay);
    const Cell *before = knowledge_cell(f->knowledge, d, t2), *after = knowledge_cell(own, d, t2);
    int low = finding_value(t2, "low");
    if (knowledge_diagnosis(own, d)->component_count == 0) {
        assert_near(after->alpha[low], before->alpha[low] + 25, 1e-9);
    }
    assert_true(after->mean[low] > before->mean[low]);
    assert_int_equal(after->row_count, before->row_count + 1);
    assert_string_equal(after->rows[before->row_count]->source->id, "own_cases");
    const Finding *t1 = finding(f, "mr.t1");
    assert_near(knowledge_cell(own, d, t1)->mean[0], knowledge_cell(f->knowledge, d, t1)->mean[0], 0);
    knowledge_free(own);
    overlay_free(overlay);
}

/* What is written is read back to the same text. */
static void test_file(void **state)
{
    const Fixture *f = *state;
    Overlay *overlay = overlay_new(f->knowledge);
    LearnTally tally = {0};
    learn_text_case(f, overlay, "\"t2\": \"complete\", \"ct\": \"complete\"",
                    "\"mr.t2\": [\"low\", \"high\"], \"ct.mean_hu\": 120, \"site.levels\": [\"C2\", \"C3\"]",
                    &tally);
    AUTO_TEXT text = TEXT_INIT;
    overlay_write(overlay, &text);
    char path[] = "/tmp/dens-overlay-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text_string(&text), text.length), (long)text.length);
    (void)close(file);
    DensError *error = NULL;
    Overlay *read = overlay_read(path, f->knowledge, &error);
    assert_no_error(error);
    (void)unlink(path);
    AUTO_TEXT again = TEXT_INIT;
    overlay_write(read, &again);
    assert_string_equal(text_string(&again), text_string(&text));
    assert_string_equal(overlay_made_with(read), knowledge_version(f->knowledge));
    assert_non_null(strstr(overlay_version(read), "sha256:"));
    overlay_free(read);
    overlay_free(overlay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_counts), cmocka_unit_test(test_put),
                                       cmocka_unit_test(test_file)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
