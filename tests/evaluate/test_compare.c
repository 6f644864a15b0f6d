/* The comparison of two results: limits, directions and what is not compared. */
#include "fixture.h"

#include "base/json.h"
#include "evaluate/compare.h"

#include <string.h>

static const Value *measured(Fixture *f, double value, const char *more)
{
    char *text = arena_printf(f->arena,
                              "{\"case\": {\"format\": \"dens-case/1\", \"findings\": {}}, \"ranking\": [], "
                              "\"measurements\": [{\"id\": \"size.volume_ml\", \"label\": \"Volume\", "
                              "\"value\": %g, \"unit\": \"mL\", \"inputs\": [\"ct\", \"lesion\"]%s}]}",
                              value, more);
    DensError *err = NULL;
    const Value *result = json_parse(f->arena, text, strlen(text), "result", &err);
    assert_no_error(err);
    return result;
}

static const Value *compared(Fixture *f, const Value *before, const Value *after)
{
    DensError *err = NULL;
    AUTO(repeatability_auto) Repeatability *r = repeatability_load(f->engine->knowledge, &err);
    assert_no_error(err);
    const CompareOptions options = {.before_path = "A", .after_path = "B", .command = ""};
    const Value *out = compare_results(r, f->engine->knowledge, before, after, &options, f->arena, &err);
    assert_no_error(err);
    return out;
}

static const Value *volume(Fixture *f, double before, const char *more_before, double after,
                           const char *more_after)
{
    const Value *out = compared(f, measured(f, before, more_before), measured(f, after, more_after));
    return value_at(value_get(out, "measurements"), 0);
}

static void assert_verdict(const Value *m, const char *verdict, const char *basis)
{
    assert_string_equal(value_text(m, "verdict"), verdict);
    if (basis) {
        assert_string_equal(value_text(m, "basis"), basis);
    } else {
        assert_null(value_get(m, "basis"));
    }
}

static void published_limits_differ_up_and_down(void **state)
{
    assert_verdict(volume(*state, 100, "", 155, ""), "no_change", "published");
    assert_verdict(volume(*state, 100, "", 155.1, ""), "changed", "published");
    assert_verdict(volume(*state, 100, "", 65, ""), "no_change", "published");
    assert_verdict(volume(*state, 100, "", 64.9, ""), "changed", "published");
}

static void standard_errors_widen_published_limits(void **state)
{
    assert_verdict(volume(*state, 100, ", \"sd\": 30", 170, ", \"sd\": 30"), "no_change", "published");
    assert_verdict(volume(*state, 100, ", \"sd\": 1", 170, ", \"sd\": 1"), "changed", "published");
}

static void standard_errors_alone(void **state)
{
    /* nothing published holds for a lesion without volume: 1.96 · √2 · sd = 2.77 sd */
    assert_verdict(volume(*state, 0, ", \"sd\": 1", 2.77, ", \"sd\": 1"), "no_change", "own_error");
    assert_verdict(volume(*state, 0, ", \"sd\": 1", 2.78, ", \"sd\": 1"), "changed", "own_error");
    assert_verdict(volume(*state, 0, "", 5, ""), "cannot_be_told", "none");
    assert_null(value_get(volume(*state, 0, "", 5, ""), "percent"));
}

static void what_differs_is_not_compared(void **state)
{
    assert_verdict(volume(*state, 100, ", \"method\": \"a\"", 100, ", \"method\": \"b\""), "not_compared",
                   NULL);
    assert_verdict(volume(*state, 100, ", \"of\": \"lesion\"", 100, ", \"of\": \"nidus\""), "not_compared",
                   NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_limits_differ_up_and_down),
        cmocka_unit_test(standard_errors_widen_published_limits),
        cmocka_unit_test(standard_errors_alone),
        cmocka_unit_test(what_differs_is_not_compared),
    };
    return cmocka_run_group_tests_name("compare", tests, fixture_set_up, fixture_tear_down);
}
