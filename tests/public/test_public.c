/* The public interface from C: a program that knows the headers of include/dens and libdens.so alone. */
#include <dens/dens.h>
#include <dens/error.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

static const char lytic[] = "{\"format\": \"dens-case/1\", \"patient\": {\"age\": 60, \"sex\": \"male\"}, "
                            "\"findings\": {\"ct.density\": \"lytic\", \"mr.t2\": \"high\"}}";

static void knowledge_folder(char *out, size_t size)
{
    const char *source = getenv("DENS_SOURCE");
    assert_non_null(source);
    assert_true(snprintf(out, size, "%s/knowledge", source) < (int)size);
}

static int set_up(void **state)
{
    char folder[4096];
    knowledge_folder(folder, sizeof folder);
    DensError *error = NULL;
    *state = dens_engine_new(folder, &error);
    assert_null(error);
    assert_non_null(*state);
    /* the same bytes, whenever the threads below ask */
    return setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
}

static int tear_down(void **state)
{
    dens_engine_free(*state);
    return 0;
}

static void assert_refused(DensError *error, DensErrorCode code, const char *where, const char *summary)
{
    assert_non_null(error);
    assert_int_equal(dens_error_code(error), code);
    if (!strstr(dens_error_where(error), where) || !strstr(dens_error_summary(error), summary)) {
        print_error("\"%s: %s\" where \"%s: %s\" was expected\n", dens_error_where(error),
                    dens_error_summary(error), where, summary);
        fail();
    }
    assert_null(strchr(dens_error_summary(error), '\n'));
    assert_non_null(dens_error_detail(error));
    dens_error_free(error);
}

static void versions_are_told(void **state)
{
    assert_string_equal(dens_version(), "0.1.0");
    const char *knowledge = dens_engine_knowledge(*state);
    assert_int_equal(strncmp(knowledge, "sha256:", 7), 0);
    assert_int_equal(strlen(knowledge), 7 + 64);
}

static void a_case_gives_a_result(void **state)
{
    DensError *error = NULL;
    char *result = dens_differential(*state, lytic, strlen(lytic), "clinic", &error);
    assert_null(error);
    assert_non_null(strstr(result, "\"format\": \"dens-result/1\""));
    assert_non_null(strstr(result, "\"prior\": \"clinic\""));
    assert_non_null(strstr(result, dens_engine_knowledge(*state)));
    dens_text_free(result);
    /* `length` counts, not the terminator */
    char longer[sizeof lytic + 8];
    (void)snprintf(longer, sizeof longer, "%s}}}}", lytic);
    result = dens_differential(*state, longer, strlen(lytic), "uniform", &error);
    assert_null(error);
    dens_text_free(result);
}

static void a_bad_case_is_an_input_error(void **state)
{
    static const struct {
        const char *text, *where, *summary;
    } faults[] = {
        {"", "case", ""},
        {"{", "case:1:", ""},
        {"[]", "case:1:1", ""},
        {"{}", "case:1:1", "format"},
        {"{\"format\": \"dens-case/2\"}", "$.format", "dens-case/1"},
        {"{\"format\": \"dens-case/1\", \"findings\": {\"mr.t3\": \"low\"}}", "case:1:", "did you mean"},
        {"{\"format\": \"dens-case/1\", \"findings\": {\"mr.t1\": \"lo\"}}", "mr.t1", "low"},
        {"{\"format\": \"dens-case/1\", \"format\": \"dens-case/1\"}", "case:1:", "second time"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        DensError *error = NULL;
        assert_null(dens_differential(*state, faults[i].text, strlen(faults[i].text), "clinic", &error));
        assert_refused(error, DENS_ERROR_INPUT, faults[i].where, faults[i].summary);
    }
    assert_null(dens_differential(*state, "{", 1, "clinic", NULL));
}

static void a_bad_prior_is_a_usage_error(void **state)
{
    DensError *error = NULL;
    assert_null(dens_differential(*state, lytic, strlen(lytic), "klinik", &error));
    assert_refused(error, DENS_ERROR_USAGE, "prior", "there are clinic");
}

static void a_bad_folder_is_an_input_error(void **state)
{
    (void)state;
    DensError *error = NULL;
    assert_null(dens_engine_new("nowhere", &error));
    assert_refused(error, DENS_ERROR_INPUT, "nowhere", "No such file");
    error = NULL;
    assert_null(dens_engine_new("/dev/null", &error));
    assert_refused(error, DENS_ERROR_INPUT, "/dev/null", "");
}

static void null_is_refused_or_harmless(void **state)
{
    DensError *error = NULL;
    assert_null(dens_engine_new(NULL, &error));
    assert_refused(error, DENS_ERROR_USAGE, "dens_engine_new", "NULL");
    error = NULL;
    assert_null(dens_differential(NULL, lytic, strlen(lytic), "clinic", &error));
    assert_refused(error, DENS_ERROR_USAGE, "dens_differential", "NULL");
    error = NULL;
    assert_null(dens_differential(*state, NULL, 0, "clinic", &error));
    assert_refused(error, DENS_ERROR_USAGE, "dens_differential", "NULL");
    error = NULL;
    assert_null(dens_differential(*state, lytic, strlen(lytic), NULL, &error));
    assert_refused(error, DENS_ERROR_USAGE, "dens_differential", "NULL");
    assert_null(dens_engine_new(NULL, NULL));
    assert_string_equal(dens_engine_knowledge(NULL), "");
    dens_engine_free(NULL);
    dens_text_free(NULL);
    dens_error_free(NULL);
}

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 5 };

typedef struct {
    const DensEngine *engine;
    const char *expected;
    size_t good, refused;
} Worker;

static void *work(void *argument)
{
    Worker *worker = argument;
    for (size_t i = 0; i < ROUNDS; i++) {
        char *result = dens_differential(worker->engine, lytic, strlen(lytic), "clinic", NULL);
        worker->good += result && strcmp(result, worker->expected) == 0;
        dens_text_free(result);
        DensError *error = NULL;
        result = dens_differential(worker->engine, "{", 1, "clinic", &error);
        worker->refused += !result && error && dens_error_code(error) == DENS_ERROR_INPUT;
        dens_error_free(error);
    }
    return NULL;
}

static void threads_share_one_engine(void **state)
{
    char *expected = dens_differential(*state, lytic, strlen(lytic), "clinic", NULL);
    assert_non_null(expected);
    pthread_t threads[THREADS];
    Worker workers[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (Worker){*state, expected, 0, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(workers[i].good, ROUNDS);
        assert_int_equal(workers[i].refused, ROUNDS);
    }
    dens_text_free(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_told),
        cmocka_unit_test(a_case_gives_a_result),
        cmocka_unit_test(a_bad_case_is_an_input_error),
        cmocka_unit_test(a_bad_prior_is_a_usage_error),
        cmocka_unit_test(a_bad_folder_is_an_input_error),
        cmocka_unit_test(null_is_refused_or_harmless),
        cmocka_unit_test(threads_share_one_engine),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
