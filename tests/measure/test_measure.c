/* The list of measurements, its place in a result, and masks that are made. */
#include "solids.h"

#include "base/file.h"

static const double millimetre[3] = {1, 1, 1};
static const Quantity coded = {.id = "test.coded",
                               .label = "Coded",
                               .unit = "mm",
                               .method = "made up",
                               .source = "nobody2000",
                               .code = {"81827009", "SCT", "Diameter"}};
static const Quantity plain = {
    .id = "test.plain", .label = "Plain", .unit = "1", .method = "made up", .source = "", .code = {0}};

static void every_family_names_each_quantity_once(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    MeasurementList list;
    measurements_init(&list, arena);
    const MeasureInput nothing = {0};
    size_t families = 0;
    for (const MeasureFamily *family = measure_families; family->id; family++, families++) {
        const size_t before = list.count;
        family->measure(&nothing, &list);
        assert_true(list.count > before);
        for (size_t i = before; i < list.count; i++) {
            const Quantity *quantity = list.items[i].quantity;
            const size_t length = strlen(family->id);
            assert_true(list.items[i].missing);
            assert_true(strlen(list.items[i].reason) > 0);
            assert_int_equal(strncmp(quantity->id, family->id, length), 0);
            assert_int_equal(quantity->id[length], '.');
            assert_true(strlen(quantity->method) > 10 && strlen(quantity->label) > 3);
            assert_true((quantity->code[0] == NULL) == (quantity->code[2] == NULL));
            for (size_t j = 0; j < i; j++) {
                assert_string_not_equal(quantity->id, list.items[j].quantity->id);
            }
        }
    }
    assert_int_equal((int)families, 24);
}

/* docs/measurements.md names each of them. */
static void every_quantity_is_documented(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    char *path = source_path("docs/measurements.md");
    size_t length;
    char *text = file_read(path, 1 << 20, &length, &err);
    assert_no_error(err);
    MeasurementList list;
    measurements_init(&list, arena);
    const MeasureInput nothing = {0};
    for (const MeasureFamily *family = measure_families; family->id; family++) {
        family->measure(&nothing, &list);
    }
    for (size_t i = 0; i < list.count; i++) {
        const char *id = list.items[i].quantity->id;
        if (!strstr(text, arena_printf(arena, "`%s`", id))) {
            print_error("docs/measurements.md does not name %s\n", id);
            fail();
        }
    }
    free(text);
    free(path);
}

static void tissues_have_names(void **state)
{
    (void)state;
    for (int t = 0; t < TISSUE_COUNT; t++) {
        Tissue back;
        assert_true(tissue_parse(tissue_name((Tissue)t), &back));
        assert_int_equal((int)back, t);
    }
    Tissue untouched = TISSUE_CSF;
    assert_false(tissue_parse("liver", &untouched));
    assert_false(tissue_parse("Muscle", &untouched));
    assert_int_equal((int)untouched, TISSUE_CSF);
}

static void numbers_that_are_none_become_missing(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    MeasurementList list;
    measurements_init(&list, arena);
    measurements_add(&list, &plain, (double)NAN);
    measurements_add(&list, &coded, -(double)INFINITY);
    assert_missing(&list, "test.plain", "no finite number");
    assert_missing(&list, "test.coded", "no finite number");
    for (int i = 0; i < 100; i++) {
        measurements_add_missing(&list, &plain, "reason %d", i);
    }
    assert_int_equal((int)list.count, 102);
    assert_string_equal(list.items[101].reason, "reason 99");
    assert_string_equal(found(&list, "test.coded")->reason, list.items[1].reason);
    assert_null(measurements_find(&list, "test.none"));
}

static void result_holds_value_or_missing(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    MeasurementList list;
    measurements_init(&list, arena);
    Measurement *m = measurements_add(&list, &coded, 12.5);
    m->sd = 0.5;
    m->series_uid = "1.2.3";
    m->inputs[0] = "ct";
    m->inputs[1] = "lesion";
    m->note = "a note";
    measurements_add(&list, &plain, 0);
    measurements_add_missing(&list, &plain, "no %s series", "ct");
    Value *root = value_new_map(arena);
    measurements_to_value(&list, root, "measurements");
    const Value *all = value_get(root, "measurements");
    assert_int_equal((int)all->count, 3);
    const Value *first = value_at(all, 0), *second = value_at(all, 1), *third = value_at(all, 2);
    assert_string_equal(value_text(first, "id"), "test.coded");
    assert_near(value_number_or(first, "value", -1), 12.5, 0);
    assert_near(value_number_or(first, "sd", -1), 0.5, 0);
    assert_string_equal(value_text(first, "unit"), "mm");
    assert_string_equal(value_text(first, "of"), "lesion");
    assert_string_equal(value_text(first, "series"), "1.2.3");
    assert_string_equal(value_text(first, "source"), "nobody2000");
    assert_string_equal(value_text(first, "note"), "a note");
    assert_string_equal(value_string(value_at(value_get(first, "quantity_code"), 1)), "SCT");
    assert_string_equal(value_string(value_at(value_get(first, "inputs"), 1)), "lesion");
    assert_null(value_get(first, "missing"));
    assert_near(value_number_or(second, "value", -1), 0, 0);
    assert_null(value_get(second, "sd"));
    assert_null(value_get(second, "quantity_code"));
    assert_null(value_get(second, "source"));
    assert_string_equal(value_text(third, "missing"), "no ct series");
    assert_null(value_get(third, "value"));
    assert_null(value_get(third, "unit"));
}

static void sphere_holds_what_lies_within(void **state)
{
    (void)state;
    const double spacing[3] = {0.5, 0.7, 2};
    const Vec3 centre = vec3(3, -2, 101);
    for (int turn = 0; turn < 4; turn++) {
        DensError *err = NULL;
        const Geometry grid = solid_grid(30, spacing, 25.0 * turn, solid_order, vec3(2, -2, 100));
        AUTO(mask_auto) Mask *sphere = mask_sphere(&grid, centre, 6, &err);
        assert_no_error(err);
        AUTO(mask_auto) Mask *truth = solid_mask(&grid, in_ellipsoid, centre, 6, 6, 6);
        assert_memory_equal(sphere->labels, truth->labels, 27000 * sizeof *truth->labels);
        assert_true(mask_count(sphere, 1) > 500);
    }
}

static void sphere_that_cannot_be(void **state)
{
    (void)state;
    DensError *err = NULL;
    Geometry grid = solid_grid(10, millimetre, 0, solid_order, vec3(0, 0, 0));
    assert_null(mask_sphere(&grid, vec3(100, 0, 0), 5, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "no voxel centre lies within 5 mm of (100, 0, 0)");
    assert_null(mask_sphere(&grid, vec3(0, 0, 0), 0.1, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "no voxel centre");
    assert_null(mask_sphere(&grid, vec3(0, 0, 0), -1, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "a radius above 0 mm, not -1 mm");
    assert_null(mask_sphere(&grid, vec3(0, 0, 0), (double)INFINITY, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "a finite centre and a radius");
    assert_null(mask_sphere(&grid, vec3((double)NAN, 0, 0), 3, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "a finite centre");
    grid.axis_lps[0] = grid.axis_lps[1];
    assert_null(mask_sphere(&grid, vec3(0, 0, 0), 3, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "singular");
}

static void resampling_keeps_place_and_labels(void **state)
{
    (void)state;
    DensError *err = NULL;
    const double coarse_mm[3] = {1.5, 1.5, 1.5}, fine_mm[3] = {0.5, 0.5, 0.5};
    const Geometry coarse = solid_grid(30, coarse_mm, 0, solid_order, vec3(0, 0, 0));
    const Geometry fine = solid_grid(80, fine_mm, 30, solid_order, vec3(1, 1, 1));
    AUTO(mask_auto) Mask *mask = solid_mask(&coarse, in_ellipsoid, vec3(1, 1, 1), 10, 10, 10);
    for (size_t v = 0; v < 27000; v++) {
        mask->labels[v] = (uint16_t)(mask->labels[v] * 7);
    }
    AUTO(mask_auto) Mask *there = mask_resample(mask, &fine, &err);
    assert_no_error(err);
    const double volume = (double)mask_count(mask, 7) * 3.375;
    assert_near((double)mask_count(there, 7) * 0.125, volume, 0.01 * volume);
    assert_int_equal((int)mask_count(there, 0), (int)mask_count(there, 7));
    AUTO(mask_auto) Mask *same = mask_resample(mask, &coarse, &err);
    assert_no_error(err);
    assert_memory_equal(same->labels, mask->labels, 27000 * sizeof *mask->labels);
    const Geometry elsewhere = solid_grid(10, fine_mm, 0, solid_order, vec3(500, 0, 0));
    AUTO(mask_auto) Mask *nothing = mask_resample(mask, &elsewhere, &err);
    assert_no_error(err);
    assert_int_equal((int)mask_count(nothing, 0), 0);
}

static void resampling_from_a_singular_grid(void **state)
{
    (void)state;
    DensError *err = NULL;
    const Geometry grid = solid_grid(10, millimetre, 0, solid_order, vec3(0, 0, 0));
    AUTO(mask_auto) Mask *mask = solid_mask(&grid, in_box, vec3(0, 0, 0), 2, 2, 2);
    mask->geometry.axis_lps[1] = mask->geometry.axis_lps[2];
    assert_null(mask_resample(mask, &grid, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "singular");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_family_names_each_quantity_once),
        cmocka_unit_test(every_quantity_is_documented),
        cmocka_unit_test(tissues_have_names),
        cmocka_unit_test(numbers_that_are_none_become_missing),
        cmocka_unit_test(result_holds_value_or_missing),
        cmocka_unit_test(sphere_holds_what_lies_within),
        cmocka_unit_test(sphere_that_cannot_be),
        cmocka_unit_test(resampling_keeps_place_and_labels),
        cmocka_unit_test(resampling_from_a_singular_grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
