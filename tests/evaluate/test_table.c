/* The compiled knowledge: all cells are the same to the bit, and every fifth coded case has the same result
 * to the byte, with the table and with the YAML files; a table whose draws or image are damaged or that is of
 * another version changes nothing. */
#include "fixture.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "base/yaml.h"
#include "knowledge/change.h"

static const char *table_path(Fixture *f)
{
    const char *path = fixture_path(f, "knowledge.table");
    if (file_kind(path) != FILE_REGULAR) {
        DensError *error = NULL;
        char *knowledge = source_path("knowledge");
        assert_true(engine_compile(knowledge, path, &error));
        assert_no_error(error);
        free(knowledge);
    }
    return path;
}

/* What a table's watcher is told of. */
typedef struct {
    const char *part;
    int times;
} Damage;

static void remember_damage(void *context, const char *part)
{
    Damage *damage = context;
    damage->part = part;
    damage->times++;
}

/* An engine that has read a table. */
static Engine *table_engine(const char *path, Damage *damage, Trees **out_table)
{
    DensError *error = NULL;
    *damage = (Damage){NULL, 0};
    *out_table = trees_open(path, &error);
    assert_no_error(error);
    trees_watch(*out_table, remember_damage, damage);
    yaml_use_table(*out_table);
    char *knowledge = source_path("knowledge");
    Engine *engine = engine_load(knowledge, &error);
    assert_no_error(error);
    free(knowledge);
    yaml_use_table(NULL);
    return engine;
}

static char *result_text(const Engine *engine, const Case *c, const char *prior, Arena *arena)
{
    DensError *error = NULL;
    ResultOptions options = {.prior = engine_prior(engine, prior, &error), .rival = -1};
    Value *result = evaluate_case(engine, c, &options, arena);
    value_set_null(result, "provenance"); /* its time */
    AUTO_TEXT text = TEXT_INIT;
    json_write(result, JSON_COMPACT, &text);
    return text_take(&text);
}

static Case *read_case(const Engine *engine, const char *path)
{
    DensError *error = NULL;
    Case *c = case_read(path, knowledge_vocabulary(engine->knowledge), NULL, &error);
    assert_no_error(error);
    return c;
}

static void assert_same(const Engine *a, const Engine *b, const char *path, const char *prior)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(case_auto) Case *first = read_case(a, path);
    AUTO(case_auto) Case *second = read_case(b, path);
    char *one = result_text(a, first, prior, arena), *other = result_text(b, second, prior, arena);
    assert_string_equal(one, other);
    free(one);
    free(other);
}

static size_t compare_cases(Fixture *f, const Engine *engine, size_t step)
{
    char *folder = source_path("cases");
    const char **paths;
    size_t count, compared = 0;
    DensError *error = NULL;
    assert_true(file_list_tree(f->arena, folder, 1000, &paths, &count, &error));
    for (size_t i = 0; i < count; i += step) {
        if (file_has_suffix(paths[i], ".json")) {
            assert_same(f->engine, engine, paths[i], i % 2 ? "clinic" : "uniform");
            compared++;
        }
    }
    free(folder);
    return compared;
}

static void assert_same_cells(const Knowledge *a, const Knowledge *b)
{
    const Vocabulary *vocabulary = knowledge_vocabulary(a);
    for (size_t d = 0; d < knowledge_diagnosis_count(a); d++) {
        size_t components = knowledge_diagnosis(a, d)->component_count;
        for (size_t i = 0; i < vocabulary_count(vocabulary); i++) {
            const Finding *f = vocabulary_finding(vocabulary, i),
                          *g = vocabulary_finding(knowledge_vocabulary(b), i);
            size_t bytes = cell_components(f) * sizeof(double);
            assert_string_equal(f->id, g->id);
            assert_memory_equal(knowledge_none(a, f), knowledge_none(b, g), bytes);
            for (size_t c = 0; c < (components > 0 ? components : 1); c++) {
                const Cell *one = knowledge_component_cell(a, d, c, f),
                           *other = knowledge_component_cell(b, d, c, g);
                assert_memory_equal(one->alpha, other->alpha, bytes);
                assert_memory_equal(one->mean, other->mean, bytes);
                assert_int_equal(one->row_count, other->row_count);
            }
        }
    }
}

static void cells_and_results_are_the_same(void **state)
{
    Fixture *f = *state;
    Trees *table;
    Damage damage;
    Engine *engine = table_engine(table_path(f), &damage, &table);
    size_t bytes;
    assert_non_null(knowledge_prepared(engine->knowledge, &bytes));
    assert_null(knowledge_prepared(f->engine->knowledge, &bytes));
    assert_string_equal(knowledge_version(engine->knowledge), knowledge_version(f->engine->knowledge));
    assert_non_null(engine->image);
    assert_string_equal(knowledge_folder(engine->knowledge), knowledge_folder(f->engine->knowledge));
    assert_same_cells(engine->knowledge, f->engine->knowledge);
    assert_true(compare_cases(f, engine, 5) > 15);
    assert_int_equal(damage.times, 0);
    engine_free(engine);
    trees_free(table);
}

/* An engine that has read the table with the middle of one of its blocks changed. */
static Engine *engine_of_damaged(Fixture *f, const char *stamp, Damage *damage, Trees **out_table)
{
    DensError *error = NULL;
    size_t length = 0, size = 0;
    AUTO(trees_auto) Trees *good = trees_open(table_path(f), &error);
    size_t at = trees_offset(good, trees_block(good, stamp, &size));
    char *all = file_read(table_path(f), (size_t)1 << 30, &length, &error);
    assert_no_error(error);
    for (size_t i = at + size / 2; i < at + size; i += 97) {
        all[i] ^= 0x55;
    }
    const char *path = fixture_path(f, "damaged.table");
    assert_true(file_write(path, all, length, &error));
    free(all);
    return table_engine(path, damage, out_table);
}

static void damaged_draws_are_drawn_again(void **state)
{
    Fixture *f = *state;
    Trees *table;
    Damage damage;
    Engine *engine = engine_of_damaged(f, knowledge_version(f->engine->knowledge), &damage, &table);
    assert_non_null(engine->image);
    assert_int_equal(damage.times, 0); /* they were not looked at yet */
    assert_true(compare_cases(f, engine, 30) > 1);
    assert_int_equal(damage.times, 1);
    assert_string_equal(damage.part, "what was prepared for the intervals");
    engine_free(engine);
    trees_free(table);
}

static void a_damaged_image_is_not_used(void **state)
{
    Fixture *f = *state;
    Trees *table;
    Damage damage;
    char stamp[TREES_STAMP_BYTES];
    assert_true(image_stamp(knowledge_version(f->engine->knowledge), stamp, sizeof stamp));
    Engine *engine = engine_of_damaged(f, stamp, &damage, &table);
    assert_null(engine->image);
    assert_int_equal(damage.times, 1);
    assert_string_equal(damage.part, "the image of what was loaded");
    assert_true(compare_cases(f, engine, 30) > 1);
    engine_free(engine);
    trees_free(table);
}

/* Where something else lies at its address, the image is moved; and what is put on one engine is not seen by
 * another. */
static void two_engines_of_one_table(void **state)
{
    Fixture *f = *state;
    Trees *table, *again;
    Damage damage, other_damage;
    Engine *engine = table_engine(table_path(f), &damage, &table);
    Engine *other = table_engine(table_path(f), &other_damage, &again);
    assert_non_null(other->image);
    assert_ptr_not_equal(engine, other);
    knowledge_draw(engine->knowledge, f->engine->knowledge, 1);
    engine_free(engine);
    assert_true(compare_cases(f, other, 30) > 1);
    engine_free(other);
    trees_free(table);
    trees_free(again);
}

/* Draws that were prepared for one version are not used for another. */
static void draws_belong_to_a_version(void **state)
{
    Fixture *f = *state;
    DensError *error = NULL;
    const char *path = fixture_path(f, "other.table");
    const TreesBlock other = {"sha256:of another version", "anything", 8};
    assert_true(trees_write(path, NULL, 0, &other, 1, &error));
    Trees *table;
    Damage damage;
    Engine *engine = table_engine(path, &damage, &table);
    size_t bytes;
    assert_null(knowledge_prepared(engine->knowledge, &bytes));
    assert_null(engine->image);
    assert_true(compare_cases(f, engine, 30) > 1);
    assert_int_equal(damage.times, 0); /* another version is no damage */
    engine_free(engine);
    trees_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_and_results_are_the_same), cmocka_unit_test(damaged_draws_are_drawn_again),
        cmocka_unit_test(a_damaged_image_is_not_used),    cmocka_unit_test(two_engines_of_one_table),
        cmocka_unit_test(draws_belong_to_a_version),
    };
    return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
