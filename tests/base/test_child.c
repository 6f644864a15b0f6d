/* Child processes: how they end, each limit, and that nothing is left behind. */
#include "testing.h"

#include "base/child.h"
#include "base/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define SHELL(script)                                                                                        \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        "sh", "-c", script, NULL                                                                             \
    }

static ChildResult run(const char *const *argv, const char *input, ChildLimits limits)
{
    ChildResult result;
    DensError *err = NULL;
    bool ok = child_run(&result, argv, input, input ? strlen(input) : 0, &limits, &err);
    assert_no_error(err);
    assert_true(ok);
    return result;
}

static void output_errors_and_status(void **state)
{
    (void)state;
    ChildResult r = run(SHELL("echo out; echo err >&2; exit 7"), NULL, (ChildLimits){.wall_seconds = 20});
    assert_int_equal(r.exit_status, 7);
    assert_int_equal(r.signal, 0);
    assert_false(r.timed_out);
    assert_string_equal(text_string(&r.output), "out\n");
    assert_string_equal(text_string(&r.errors), "err\n");
    child_result_clear(&r);
    child_result_clear(&r);
}

static void no_limits_may_be_null(void **state)
{
    (void)state;
    ChildResult r;
    assert_true(child_run(&r, (const char *const[]){"true", NULL}, NULL, 0, NULL, NULL));
    assert_int_equal(r.exit_status, 0);
    child_result_clear(&r);
}

static void input_is_standard_input(void **state)
{
    (void)state;
    ChildResult r = run((const char *const[]){"cat", NULL}, "one\ntwo", (ChildLimits){.wall_seconds = 20});
    assert_string_equal(text_string(&r.output), "one\ntwo");
    child_result_clear(&r);
    r = run((const char *const[]){"cat", NULL}, NULL, (ChildLimits){.wall_seconds = 20});
    assert_string_equal(text_string(&r.output), "");
    assert_int_equal(r.exit_status, 0);
    child_result_clear(&r);
}

static void large_input_and_output_do_not_block(void **state)
{
    (void)state;
    enum { SIZE = 5 * 1000 * 1000 };
    char *input = malloc(SIZE + 1);
    assert_non_null(input);
    memset(input, 'x', SIZE);
    input[SIZE] = '\0';
    ChildResult r = run((const char *const[]){"cat", NULL}, input,
                        (ChildLimits){.wall_seconds = 60, .output_bytes = SIZE});
    assert_int_equal(r.output.length, SIZE);
    assert_memory_equal(text_string(&r.output), input, SIZE);
    child_result_clear(&r);
    r = run((const char *const[]){"true", NULL}, input,
            (ChildLimits){.wall_seconds = 60}); /* reads none of it */
    assert_int_equal(r.exit_status, 0);
    child_result_clear(&r);
    free(input);
}

static void signals_are_told(void **state)
{
    (void)state;
    ChildResult r = run(SHELL("kill -TERM $$"), NULL, (ChildLimits){.wall_seconds = 20});
    assert_int_equal(r.exit_status, -1);
    assert_int_equal(r.signal, SIGTERM);
    assert_false(r.timed_out);
    child_result_clear(&r);
}

static void a_busy_loop_meets_the_processor_limit(void **state)
{
    (void)state;
    ChildResult r =
        run(SHELL("while :; do :; done"), NULL, (ChildLimits){.cpu_seconds = 1, .wall_seconds = 60});
    assert_int_equal(r.signal, SIGXCPU);
    assert_false(r.timed_out);
    child_result_clear(&r);
    r = run(SHELL("trap '' XCPU; while :; do :; done"), NULL,
            (ChildLimits){.cpu_seconds = 1, .wall_seconds = 60});
    assert_int_equal(r.signal, SIGKILL); /* who does not listen is killed a second later */
    assert_false(r.timed_out);
    child_result_clear(&r);
}

static void a_hungry_child_meets_the_memory_limit(void **state)
{
    (void)state;
    /* tail keeps all of a line that never ends */
    ChildResult r = run((const char *const[]){"tail", "-n", "1", "/dev/zero", NULL}, NULL,
                        (ChildLimits){.memory_bytes = 64 * 1024 * 1024, .wall_seconds = 60});
    assert_false(r.timed_out);
    assert_int_not_equal(r.exit_status, 0);
    assert_non_null(strstr(text_string(&r.errors), "memory exhausted"));
    child_result_clear(&r);
}

static void a_sleeper_meets_the_wall(void **state)
{
    (void)state;
    double begin = clock_seconds();
    ChildResult r = run(SHELL("echo begun; sleep 100; echo never"), NULL, (ChildLimits){.wall_seconds = 1});
    assert_true(r.timed_out);
    assert_int_equal(r.exit_status, -1);
    assert_int_equal(r.signal, SIGKILL);
    assert_string_equal(text_string(&r.output), "begun\n");
    assert_true(clock_seconds() - begin < 30.0);
    child_result_clear(&r);
    r = run(SHELL("exec >&- 2>&-; sleep 100"), NULL, (ChildLimits){.wall_seconds = 1}); /* no pipe to watch */
    assert_true(r.timed_out);
    child_result_clear(&r);
}

static void output_is_cut(void **state)
{
    (void)state;
    ChildResult r = run(SHELL("head -c 3000000 /dev/zero | tr '\\0' 'a'; echo done >&2"), NULL,
                        (ChildLimits){.wall_seconds = 60, .output_bytes = 1000});
    assert_int_equal(r.exit_status, 0); /* it could write all of it */
    assert_int_equal(r.output.length, 1000);
    assert_string_equal(text_string(&r.errors), "done\n");
    child_result_clear(&r);
    r = run(SHELL("head -c 3000000 /dev/zero"), NULL, (ChildLimits){.wall_seconds = 60});
    assert_int_equal(r.output.length, 1024 * 1024);
    child_result_clear(&r);
    r = run(SHELL("while :; do echo x; done"), NULL, (ChildLimits){.wall_seconds = 1, .output_bytes = 10});
    assert_true(r.timed_out); /* endless output does not hide the clock */
    child_result_clear(&r);
}

static void the_whole_group_ends(void **state)
{
    (void)state;
    double begin = clock_seconds();
    ChildResult r = run(SHELL("sleep 100 & echo $!"), NULL, (ChildLimits){.wall_seconds = 60});
    assert_int_equal(r.exit_status, 0);
    assert_false(r.timed_out); /* though the sleeper holds the pipes */
    assert_true(clock_seconds() - begin < 30.0);
    pid_t sleeper = (pid_t)strtol(text_string(&r.output), NULL, 10);
    assert_true(sleeper > 1);
    child_result_clear(&r);
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)sleeper);
    bool alive = true;
    for (int i = 0; i < 100 && alive; i++) { /* killed: gone, or a zombie until its new parent looks */
        FILE *file = fopen(path, "r");
        char line[200] = "";
        alive = file && fgets(line, sizeof line, file) && !strstr(line, ") Z");
        if (file) {
            (void)fclose(file);
        }
        (void)usleep(alive ? 20000 : 0);
    }
    assert_false(alive);
}

static void what_cannot_be_started_is_named(void **state)
{
    (void)state;
    ChildResult r;
    DensError *err = NULL;
    assert_false(child_run(&r, (const char *const[]){"no-such-program-xyz", NULL}, NULL, 0, NULL, &err));
    assert_error(&err, DENS_ERROR_INTERNAL, "no-such-program-xyz", "not in PATH");
    assert_false(child_run(&r, (const char *const[]){"/etc/passwd", NULL}, NULL, 0, NULL, &err));
    assert_error(&err, DENS_ERROR_INTERNAL, "/etc/passwd", "cannot be started: Permission denied");
    assert_false(child_run(&r, (const char *const[]){"/nonexistent/x", NULL}, NULL, 0, NULL, &err));
    assert_error(&err, DENS_ERROR_INTERNAL, "/nonexistent/x", "not installed");
}

static void our_signals_are_not_the_childs(void **state)
{
    (void)state;
    (void)signal(SIGTERM, SIG_IGN);
    ChildResult r = run(SHELL("kill -TERM $$; echo survived"), NULL, (ChildLimits){.wall_seconds = 20});
    (void)signal(SIGTERM, SIG_DFL);
    assert_int_equal(r.signal, SIGTERM);
    child_result_clear(&r);
}

typedef struct {
    size_t bytes, most;
    bool only_x;
} Taken;

static bool take(void *context, const char *bytes, size_t length)
{
    Taken *taken = context;
    for (size_t n = 0; n < length; n++) {
        taken->only_x = taken->only_x && bytes[n] == 'x';
    }
    taken->bytes += length;
    return taken->bytes < taken->most;
}

static void output_goes_into_a_sink(void **state)
{
    (void)state;
    Taken taken = {.most = SIZE_MAX, .only_x = true};
    ChildSink sink = {take, &taken};
    ChildResult r;
    assert_true(child_run_into(&r, SHELL("head -c 5000000 /dev/zero | tr '\\0' x; echo err >&2; exit 3"),
                               NULL, 0, &(ChildLimits){.wall_seconds = 60}, &sink, NULL));
    assert_int_equal(taken.bytes, 5000000);
    assert_true(taken.only_x);
    assert_int_equal(r.output.length, 0);
    assert_string_equal(text_string(&r.errors), "err\n");
    assert_int_equal(r.exit_status, 3);
    child_result_clear(&r);
}

static void a_sink_can_end_the_child(void **state)
{
    (void)state;
    Taken taken = {.most = 100000};
    ChildSink sink = {take, &taken};
    ChildResult r;
    double begun = clock_seconds();
    assert_true(
        child_run_into(&r, SHELL("cat /dev/zero"), NULL, 0, &(ChildLimits){.wall_seconds = 60}, &sink, NULL));
    assert_true(taken.bytes >= 100000 && taken.bytes < 10000000);
    assert_int_equal(r.signal, SIGKILL);
    assert_false(r.timed_out);
    assert_true(clock_seconds() - begun < 30);
    child_result_clear(&r);
}

static size_t open_files(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder)) {
        count++;
    }
    (void)closedir(folder);
    return count;
}

static void no_descriptor_leaks(void **state)
{
    (void)state;
    size_t before = open_files();
    for (int i = 0; i < 20; i++) {
        ChildResult r = run(SHELL("echo x"), "y", (ChildLimits){.wall_seconds = 20});
        child_result_clear(&r);
        assert_false(child_run(&r, (const char *const[]){"no-such-program-xyz", NULL}, NULL, 0, NULL, NULL));
    }
    assert_int_equal(open_files(), before);
}

static void works_when_standard_input_is_closed(void **state)
{
    (void)state;
    int saved = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
    (void)close(STDIN_FILENO);
    ChildResult r;
    bool ok = child_run(&r, (const char *const[]){"cat", NULL}, "text", 4, NULL, NULL);
    if (saved >= 0) {
        (void)dup2(saved, STDIN_FILENO);
        (void)close(saved);
    }
    assert_true(ok);
    assert_string_equal(text_string(&r.output), "text");
    child_result_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_errors_and_status),
        cmocka_unit_test(no_limits_may_be_null),
        cmocka_unit_test(input_is_standard_input),
        cmocka_unit_test(large_input_and_output_do_not_block),
        cmocka_unit_test(signals_are_told),
        cmocka_unit_test(a_busy_loop_meets_the_processor_limit),
        cmocka_unit_test(a_hungry_child_meets_the_memory_limit),
        cmocka_unit_test(a_sleeper_meets_the_wall),
        cmocka_unit_test(output_is_cut),
        cmocka_unit_test(output_goes_into_a_sink),
        cmocka_unit_test(a_sink_can_end_the_child),
        cmocka_unit_test(the_whole_group_ends),
        cmocka_unit_test(what_cannot_be_started_is_named),
        cmocka_unit_test(our_signals_are_not_the_childs),
        cmocka_unit_test(no_descriptor_leaks),
        cmocka_unit_test(works_when_standard_input_is_closed),
    };
    return cmocka_run_group_tests_name("base-child", tests, NULL, NULL);
}
