/* Simulated cases of the knowledge that is shipped: they are whole, they repeat, none contradicts itself,
 * and what is written is read back. */
#include "infer/simulate.h"

#include "base/random.h"
#include "testing.h"

typedef struct {
    Knowledge *knowledge;
    Rates *rates;
} Fixture;

static int set_up(void **state)
{
    Fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    char *folder = source_path("knowledge");
    DensError *err = NULL;
    f->knowledge = knowledge_load(folder, &err);
    f->rates = f->knowledge ? rates_load(f->knowledge, &err) : NULL;
    assert_no_error(err);
    free(folder);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    rates_free(f->rates);
    knowledge_free(f->knowledge);
    free(f);
    return 0;
}

static Case *draw(const Fixture *f, SimulateMode mode, uint64_t key)
{
    return simulate_case(f->knowledge, knowledge_find_prior(f->knowledge, "uniform"), f->rates, mode, key);
}

static void none_contradicts_itself(void **state)
{
    const Fixture *f = *state;
    size_t findings = 0;
    for (uint64_t key = 0; key < 3000; key++) {
        AUTO(case_auto) Case *c = draw(f, SIMULATE_REPORTED, random_mix(7, key));
        DensError *err = NULL;
        bool holds = knowledge_check_case(f->knowledge, c, "drawn", &err);
        assert_no_error(err);
        assert_true(holds);
        AUTO(arena_auto) Arena *arena = arena_new();
        Value *written = case_to_value(c, NULL, NULL, arena);
        AUTO(case_auto)
        Case *again = case_from_value(written, "drawn", knowledge_vocabulary(f->knowledge), NULL, &err);
        assert_no_error(err);
        assert_int_equal(again->finding_count, c->finding_count);
        assert_non_null(c->truth_diagnosis);
        findings += c->finding_count;
    }
    assert_in_range(findings, 3000 * 5, 3000 * 40);
}

static void the_same_key_gives_the_same_case(void **state)
{
    const Fixture *f = *state;
    for (uint64_t key = 0; key < 20; key++) {
        AUTO(case_auto) Case *one = draw(f, SIMULATE_ASSUMED, key);
        AUTO(case_auto) Case *other = draw(f, SIMULATE_ASSUMED, key);
        assert_string_equal(one->truth_diagnosis, other->truth_diagnosis);
        assert_int_equal(one->finding_count, other->finding_count);
        for (size_t i = 0; i < one->finding_count; i++) {
            assert_ptr_equal(one->findings[i].finding, other->findings[i].finding);
            assert_true(one->findings[i].read_values == other->findings[i].read_values);
        }
    }
}

static void a_dropped_finding_is_unknown(void **state)
{
    const Fixture *f = *state;
    const Vocabulary *vocabulary = knowledge_vocabulary(f->knowledge);
    AUTO(case_auto) Case *c = case_new(vocabulary);
    static const char *const ids[] = {"mr.t2", "ct.density", "site.side"};
    for (size_t i = 0; i < 3; i++) {
        case_put(c, vocabulary_find(vocabulary, ids[i]))->has_read = true;
    }
    case_drop(c, vocabulary_find(vocabulary, "ct.density"));
    case_drop(c, vocabulary_find(vocabulary, "ct.margin")); /* which is not there */
    assert_int_equal(c->finding_count, 2);
    assert_null(case_find(c, "ct.density"));
    assert_true(case_find(c, "mr.t2")->has_read && case_find(c, "site.side")->has_read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_contradicts_itself),
        cmocka_unit_test(the_same_key_gives_the_same_case),
        cmocka_unit_test(a_dropped_finding_is_unknown),
    };
    return cmocka_run_group_tests_name("infer/simulate", tests, set_up, tear_down);
}
