/* The expected gain: its answers are those of the inference itself, and its averages are those that can be
 * worked out. */
#include "testing.h"

#include "base/json.h"
#include "infer/next.h"

#include <math.h>
#include <stdio.h>

typedef struct {
    Knowledge *knowledge;
    size_t hypotheses;
    double *stated;
    size_t *needed;
    double *loss;
    ActionTable actions; /* one action for each hypothesis: the wrong one costs 1 */
} Fixture;

static int set_up(void **state)
{
    Fixture *f = test_calloc(1, sizeof *f);
    char *folder = source_path("knowledge");
    DensError *error = NULL;
    f->knowledge = knowledge_load(folder, &error);
    assert_no_error(error);
    free(folder);
    f->hypotheses = knowledge_diagnosis_count(f->knowledge) + 1;
    f->stated = test_calloc(vocabulary_count(knowledge_vocabulary(f->knowledge)), sizeof *f->stated);
    f->needed = test_calloc(f->hypotheses, sizeof *f->needed);
    f->loss = test_calloc(f->hypotheses * f->hypotheses, sizeof *f->loss);
    for (size_t h = 0; h < f->hypotheses; h++) {
        f->needed[h] = h;
        for (size_t other = 0; other < f->hypotheses; other++) {
            f->loss[h * f->hypotheses + other] = h == other ? 0 : 1;
        }
    }
    f->actions = (ActionTable){f->hypotheses, f->loss, f->needed};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    knowledge_free(f->knowledge);
    test_free(f->stated);
    test_free(f->needed);
    test_free(f->loss);
    test_free(f);
    return 0;
}

static Case *read_case(const Fixture *f, const char *name)
{
    char *path = source_path(name);
    DensError *error = NULL;
    Case *c = case_read(path, knowledge_vocabulary(f->knowledge), NULL, &error);
    assert_no_error(error);
    free(path);
    return c;
}

static Posterior *posterior_of(const Fixture *f, const Case *c)
{
    InferOptions options = {.prior = knowledge_find_prior(f->knowledge, "clinic"), .without_intervals = true};
    return infer_posterior(f->knowledge, c, &options);
}

/* What an examination is asked for counts in full, also if it is not there: so does the case here. */
static Case *read_examined(const Fixture *f, const char *name)
{
    Case *c = read_case(f, name);
    for (size_t i = 0; i < vocabulary_examination_count(c->vocabulary); i++) {
        c->examinations[i] = EXAMINATION_COMPLETE;
    }
    return c;
}

static void state_all(const Fixture *f, double stated)
{
    for (size_t i = 0; i < vocabulary_count(knowledge_vocabulary(f->knowledge)); i++) {
        f->stated[i] = stated;
    }
}

/* Each single answer leads to the posterior that the inference gives when the case says so. */
static void test_answers(void **state)
{
    static const char *const names[] = {"cases/dev/chordoma-01.json", "cases/review/review-figure-3.json",
                                        "cases/demo/aneurysmal_bone_cyst.json"};
    enum { ROOM = 600 };
    const Fixture *f = *state;
    state_all(f, 1);
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        Case *c = read_examined(f, names[n]);
        Posterior *p = posterior_of(f, c);
        Arena *arena = arena_new();
        const NextBase *base = next_prepare(p, c, f->stated, &f->actions, 64, arena);
        NextAnswer *answers = arena_array(arena, ROOM, sizeof *answers);
        size_t count = next_answers(base, UINT64_MAX, 0, 0, answers, ROOM, arena), compared = 0;
        for (size_t i = 0; i < count; i++) {
            const Finding *finding = answers[i].finding;
            if (strcmp(finding->id, "site.levels") == 0) {
                continue; /* a case cannot name one level and leave the others open */
            }
            Case *told = read_examined(f, names[n]);
            CaseFinding *known = case_put(told, finding);
            known->has_read = true;
            known->read_values = UINT64_C(1) << answers[i].value;
            Posterior *after = posterior_of(f, told);
            for (size_t h = 0; h < f->hypotheses; h++) {
                assert_near(answers[i].after[h], after->probability[h], 1e-9);
            }
            compared++;
            posterior_free(after);
            case_free(told);
        }
        assert_true(compared > 100);
        arena_free(arena);
        posterior_free(p);
        case_free(c);
    }
}

/* One finding that is surely stated: the average over the draws is the sum over its answers. */
static void test_one_finding(void **state)
{
    const Fixture *f = *state;
    const Vocabulary *vocabulary = knowledge_vocabulary(f->knowledge);
    const Finding *septa = vocabulary_find(vocabulary, "ct.septa");
    state_all(f, 0);
    f->stated[septa->index] = 1;
    Case *c = read_case(f, "cases/dev/giant_cell_tumor-03.json");
    Posterior *p = posterior_of(f, c);
    Arena *arena = arena_new();
    const NextBase *base = next_prepare(p, c, f->stated, &f->actions, 4000, arena);
    uint64_t ct = UINT64_C(1) << vocabulary_find_examination(vocabulary, "ct");
    NextAnswer answers[4];
    assert_int_equal(next_answers(base, ct, 0, 0, answers, 4, arena), 2);
    assert_near(answers[0].probability + answers[1].probability, 1, 1e-9);
    double loss = 0;
    for (size_t i = 0; i < 2; i++) { /* P(answer) × P(first diagnosis | answer), as the sign is one that
                                        the case says nothing of */
        double most = 0;
        for (size_t h = 0; h < f->hypotheses; h++) {
            most = fmax(most, answers[i].after[h]);
        }
        loss += answers[i].probability * (1 - most);
    }
    NextGain gain;
    assert_true(next_gain(base, ct, &gain));
    assert_near(gain.loss_now, 1 - p->probability[p->order[0]], 1e-9);
    assert_near(gain.loss_after, loss, 0.02);
    assert_true(gain.bits > 0.001);
    NextGain again;
    assert_true(next_gain(base, ct, &again));
    assert_near(again.bits, gain.bits, 0);
    arena_free(arena);
    posterior_free(p);
    case_free(c);
}

/* Nothing that is stated is worth nothing; more findings are worth more bits. */
static void test_order(void **state)
{
    const Fixture *f = *state;
    const Vocabulary *vocabulary = knowledge_vocabulary(f->knowledge);
    uint64_t ct = UINT64_C(1) << vocabulary_find_examination(vocabulary, "ct");
    uint64_t all = ct | UINT64_C(1) << vocabulary_find_examination(vocabulary, "t2");
    Case *c = read_case(f, "cases/dev/chordoma-01.json");
    Posterior *p = posterior_of(f, c);
    Arena *arena = arena_new();
    NextGain none, one, both;
    state_all(f, 0);
    const NextBase *base = next_prepare(p, c, f->stated, &f->actions, 200, arena);
    assert_true(next_gain(base, ct, &none));
    assert_near(none.bits, 0, 1e-12);
    assert_near(none.loss_after, none.loss_now, 1e-9);
    state_all(f, 0.8);
    assert_true(next_gain(base, ct, &one) && next_gain(base, all, &both));
    assert_true(one.bits > 0.2 && both.bits > one.bits && both.loss_after < one.loss_after);
    assert_false(next_gain(base, 0, &none));
    arena_free(arena);
    posterior_free(p);
    case_free(c);
}

/* A question is worth what an examination is that shows this finding alone, stated for certain. */
static void test_questions(void **state)
{
    enum { ROOM = 400, COMPARED = 8 };
    const Fixture *f = *state;
    const Vocabulary *vocabulary = knowledge_vocabulary(f->knowledge);
    const Finding *septa = vocabulary_find(vocabulary, "ct.septa");
    state_all(f, 0);
    Case *c = read_case(f, "cases/dev/giant_cell_tumor-02.json");
    Posterior *p = posterior_of(f, c);
    Arena *arena = arena_new();
    const NextBase *base = next_prepare(p, c, f->stated, &f->actions, 4000, arena);
    bool *ask = arena_array(arena, vocabulary_count(vocabulary), sizeof *ask);
    NextQuestion questions[ROOM];
    NextAnswer replies[2];
    assert_int_equal(next_questions(base, ask, questions, ROOM, arena), 0);
    ask[septa->index] = true;
    assert_int_equal(next_questions(base, ask, questions, ROOM, arena), 1);
    assert_true(questions[0].finding == septa && questions[0].bits > 0.01);
    assert_int_equal(next_replies(base, septa, replies, 2, arena), 2);
    assert_near(replies[0].probability + replies[1].probability, 1, 1e-9);
    assert_int_equal(next_replies(base, vocabulary_find(vocabulary, "mr.adc"), replies, 2, arena), 0);
    for (size_t i = 0; i < vocabulary_count(vocabulary); i++) {
        ask[i] = vocabulary_finding(vocabulary, i)->kind != FINDING_SET;
    }
    size_t count = next_questions(base, ask, questions, ROOM, arena);
    assert_true(count > 50);
    for (size_t i = 0; i < count; i++) {
        assert_null(case_find(c, questions[i].finding->id));
        assert_true(i == 0 || questions[i].bits <= questions[i - 1].bits);
    }
    for (size_t i = 0; i < COMPARED; i++) {
        NextGain gain;
        state_all(f, 0);
        f->stated[questions[i].finding->index] = 1;
        if (questions[i].finding->examinations[0]) { /* no examination shows what is history */
            assert_true(next_gain(base, UINT64_MAX, &gain) && questions[i].bits > 0.05);
            assert_near(questions[i].bits, gain.bits, 0.025);
        }
    }
    assert_int_equal(next_questions(base, ask, questions, 3, arena), 3);
    arena_free(arena);
    posterior_free(p);
    case_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers), cmocka_unit_test(test_one_finding),
                                       cmocka_unit_test(test_order), cmocka_unit_test(test_questions)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
