/* The log: styles, levels, lines that stay lines. */
#include "testing.h"

#include "base/log.h"

typedef struct {
    char *bytes;
    size_t length;
    FILE *stream;
} Paper;

static Paper paper_new(void)
{
    return (Paper){NULL, 0, NULL};
}

static Log *open_log(Paper *paper, LogStyle style, LogLevel lowest)
{
    paper->stream = open_memstream(&paper->bytes, &paper->length);
    assert_non_null(paper->stream);
    return log_new(paper->stream, style, lowest);
}

static void close_log(Paper *paper, Log *log, const char *expected)
{
    log_free(log);
    (void)fclose(paper->stream);
    assert_string_equal(paper->bytes, expected);
    free(paper->bytes);
}

static void text_lines(void **state)
{
    (void)state;
    Paper paper = paper_new();
    Log *log = open_log(&paper, LOG_TEXT, LOG_INFO);
    log_line(log, LOG_DEBUG, "not this");
    log_line(log, LOG_INFO, "read %d files", 3);
    log_line(log, LOG_WARNING, "two\nlines\x1b[1m");
    close_log(&paper, log, "dens: info: read 3 files\ndens: warning: two lines [1m\n");
}

static void json_lines(void **state)
{
    (void)state;
    Paper paper = paper_new();
    Log *log = open_log(&paper, LOG_JSON, LOG_WARNING);
    log_line(log, LOG_INFO, "not this");
    log_line(log, LOG_ERROR, "a \"quoted\" %s\n", "word");
    close_log(&paper, log, "{\"level\":\"error\",\"what\":\"a \\\"quoted\\\" word \"}\n");
}

static void errors(void **state)
{
    (void)state;
    DensError *err = NULL;
    error_input(&err, "case.json:3:4", "is wrong");
    error_add_detail(err, "one\ntwo\x1b");
    Paper paper = paper_new();
    Log *log = open_log(&paper, LOG_TEXT, LOG_INFO);
    log_error(log, err);
    close_log(&paper, log, "dens: case.json:3:4: is wrong\n");
    paper = paper_new();
    log = open_log(&paper, LOG_TEXT, LOG_DEBUG);
    log_error(log, err);
    close_log(&paper, log, "dens: case.json:3:4: is wrong\n  one\n  two \n");
    paper = paper_new();
    log = open_log(&paper, LOG_JSON, LOG_INFO);
    log_error(log, err);
    close_log(&paper, log, "{\"level\":\"error\",\"where\":\"case.json:3:4\",\"what\":\"is wrong\"}\n");
    dens_error_free(err);
    err = NULL;
    error_no_memory(&err);
    paper = paper_new();
    log = open_log(&paper, LOG_TEXT, LOG_ERROR);
    log_error(log, err);
    log_error(log, NULL);
    close_log(&paper, log, "dens: out of memory\n");
}

static void no_log_swallows(void **state)
{
    (void)state;
    log_line(NULL, LOG_ERROR, "x");
    log_error(NULL, NULL);
    log_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_lines),
        cmocka_unit_test(json_lines),
        cmocka_unit_test(errors),
        cmocka_unit_test(no_log_swallows),
    };
    return cmocka_run_group_tests_name("base-log", tests, NULL, NULL);
}
