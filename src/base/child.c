/* Child processes. posix_spawn() shares no half-copied state with our threads as fork() does.
 *
 * - Standard input is a file in memory with the given bytes (or /dev/null): there is no pipe to fill while
 *   another must be drained, and no SIGPIPE.
 * - Limits are set with prlimit() from outside, right after the start. The child runs without them for the
 *   moment between its exec and that call, some tens of microseconds; what it allocates or computes then
 *   counts against them as soon as they stand.
 * - The child leads a process group of its own. When it ends or its time is up the whole group is killed,
 *   before the child is reaped, so that the number of the group cannot yet belong to anyone else. */
#include "base/child.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum {
    DEFAULT_OUTPUT_BYTES = 1024 * 1024,
    LOOK_EVERY_MS = 20, /* how often we look at the clock, and whether the child has ended */
    PIECE_BYTES = 64 * 1024,
    SINK_PIPE_BYTES = 1024 * 1024,
};

typedef struct {
    const char *name; /* the program, for errors */
    pid_t pid;
    int handle;      /* becomes readable when the child ends; -1 on kernels before 5.3 */
    int input;       /* -1: none */
    int pipes[2][2]; /* of stdout and stderr: the end to read, the end to write; -1 when closed */
    Text *texts[2];
    size_t output_bytes;   /* of each */
    const ChildSink *sink; /* takes stdout; may be NULL */
    bool refused;          /* the sink wants no more */
} Child;

static bool fail(DensError **err, const Child *child, const char *what, int reason)
{
    const char *text = strerrordesc_np(reason);
    return error_set(err, DENS_ERROR_INTERNAL, child->name, "%s: %s", what, text ? text : "unknown reason");
}

/* ---- Starting ---- */

static void close_one(int *file)
{
    if (*file >= 0) {
        (void)close(*file); /* pipes and memory: nothing to lose */
        *file = -1;
    }
}

static void close_all(Child *child)
{
    close_one(&child->handle);
    close_one(&child->input);
    for (int i = 0; i < 2; i++) {
        close_one(&child->pipes[i][0]);
        close_one(&child->pipes[i][1]);
    }
}

/* Moves a descriptor away from 0 to 2, where it could stand if our own are closed: it would be overwritten
 * in the child before it is used. */
static bool move_up(int *file)
{
    if (*file > STDERR_FILENO) {
        return true;
    }
    int moved = fcntl(*file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int reason = errno;
    close_one(file);
    errno = reason;
    *file = moved;
    return moved >= 0;
}

static bool open_input(Child *child, const char *input, size_t length)
{
    child->input =
        input ? memfd_create("dens-child-input", MFD_CLOEXEC) : open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (child->input < 0 || !move_up(&child->input)) {
        return false;
    }
    while (input && length > 0) {
        ssize_t put = write(child->input, input, length);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        input += put > 0 ? put : 0;
        length -= put > 0 ? (size_t)put : 0;
    }
    return !input || lseek(child->input, 0, SEEK_SET) == 0;
}

static bool open_pipes(Child *child)
{
    for (int i = 0; i < 2; i++) {
        if (pipe2(child->pipes[i], O_CLOEXEC) != 0) {
            return false;
        }
        if (!move_up(&child->pipes[i][0]) || !move_up(&child->pipes[i][1]) ||
            fcntl(child->pipes[i][0], F_SETFL, O_NONBLOCK) != 0) {
            return false;
        }
    }
    if (child->sink) {
        (void)fcntl(child->pipes[0][0], F_SETPIPE_SZ, SINK_PIPE_BYTES); /* fewer turns; works without */
    }
    return true;
}

/* Our own signal mask and ignored signals are no business of the child's. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int reason = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                          POSIX_SPAWN_SETSIGDEF);
    reason = reason ? reason : posix_spawnattr_setpgroup(attributes, 0);
    reason = reason ? reason : posix_spawnattr_setsigmask(attributes, &none);
    return reason ? reason : posix_spawnattr_setsigdefault(attributes, &all);
}

static int set_files(posix_spawn_file_actions_t *files, const Child *child)
{
    int reason = posix_spawn_file_actions_adddup2(files, child->input, STDIN_FILENO);
    reason = reason ? reason : posix_spawn_file_actions_adddup2(files, child->pipes[0][1], STDOUT_FILENO);
    return reason ? reason : posix_spawn_file_actions_adddup2(files, child->pipes[1][1], STDERR_FILENO);
}

/* posix_spawnp() with our files and attributes; 0 or the reason. */
static int spawn(Child *child, const char *const *argv)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int reason = posix_spawn_file_actions_init(&files);
    if (reason != 0) {
        return reason;
    }
    reason = posix_spawnattr_init(&attributes);
    if (reason == 0) {
        reason = set_files(&files, child);
        reason = reason ? reason : set_attributes(&attributes);
        /* POSIX has it that the arguments are not changed; the type is older than const. */
        reason = reason
                     ? reason
                     : posix_spawnp(&child->pid, argv[0], &files, &attributes, (char *const *)argv, environ);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    return reason;
}

static bool start(Child *child, const char *const *argv, const char *input, size_t input_length,
                  DensError **err)
{
    if (!open_input(child, input, input_length) || !open_pipes(child)) {
        return fail(err, child, "its input and output cannot be made ready", errno);
    }
    int reason = spawn(child, argv);
    if (reason == ENOENT) {
        return error_set(err, DENS_ERROR_INTERNAL, child->name, "the program is not installed (not in PATH)");
    }
    if (reason != 0) {
        return fail(err, child, "the program cannot be started", reason);
    }
    close_one(&child->input);
    close_one(&child->pipes[0][1]);
    close_one(&child->pipes[1][1]);
    child->handle = pidfd_open(child->pid, 0);
    return true;
}

/* ---- Limits ---- */

/* A limit can be lowered by anyone and raised only by the mighty: never above what already is. */
static bool limit_one(pid_t pid, int resource, rlim_t soft, rlim_t hard)
{
    struct rlimit old;
    if (prlimit(pid, (__rlimit_resource_t)resource, NULL, &old) != 0) {
        return false;
    }
    struct rlimit new = {.rlim_cur = soft < old.rlim_max ? soft : old.rlim_max,
                         .rlim_max = hard < old.rlim_max ? hard : old.rlim_max};
    return prlimit(pid, (__rlimit_resource_t)resource, &new, NULL) == 0;
}

static bool set_limits(const Child *child, const ChildLimits *limits, DensError **err)
{
    /* SIGXCPU at the limit, SIGKILL a second later. No core files: they hold what the child had read. */
    bool ok = limit_one(child->pid, RLIMIT_CORE, 0, 0) &&
              (limits->cpu_seconds == 0 ||
               limit_one(child->pid, RLIMIT_CPU, limits->cpu_seconds, (rlim_t)limits->cpu_seconds + 1)) &&
              (limits->memory_bytes == 0 ||
               limit_one(child->pid, RLIMIT_AS, limits->memory_bytes, limits->memory_bytes));
    return ok || fail(err, child, "its limits cannot be set", errno);
}

/* ---- Watching ---- */

/* Reads what is there; without a sink, what is beyond the cap is read and dropped, so that the child is not
 * held up. At most a few pipes full, as a child that never pauses must not keep us from looking at the clock.
 */
static void drain(Child *child, int which)
{
    char piece[PIECE_BYTES];
    for (int turn = 0; turn < 32; turn++) {
        ssize_t got = read(child->pipes[which][0], piece, sizeof piece);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && errno == EAGAIN) {
            return;
        }
        if (got <= 0) {
            close_one(&child->pipes[which][0]);
            return;
        }
        if (which == 0 && child->sink) {
            child->refused = !child->sink->take(child->sink->context, piece, (size_t)got);
            if (child->refused) {
                return;
            }
            continue;
        }
        size_t room = child->output_bytes - child->texts[which]->length;
        text_add_bytes(child->texts[which], piece, (size_t)got < room ? (size_t)got : room);
    }
}

/* Whether the child has ended; it is not reaped yet. */
static bool has_ended(const Child *child, bool *out_ended, DensError **err)
{
    siginfo_t info = {.si_pid = 0};
    while (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
        if (errno != EINTR) {
            return fail(err, child, "cannot be watched", errno);
        }
    }
    *out_ended = info.si_pid != 0;
    return true;
}

/* Returns when the child has ended or its time is up. */
static bool watch(Child *child, double deadline_seconds, bool *out_timed_out, DensError **err)
{
    for (;;) {
        struct pollfd polled[] = {
            {child->pipes[0][0], POLLIN, 0}, {child->pipes[1][0], POLLIN, 0}, {child->handle, POLLIN, 0}};
        if (poll(polled, sizeof polled / sizeof polled[0], LOOK_EVERY_MS) < 0 && errno != EINTR) {
            return fail(err, child, "cannot be watched", errno);
        }
        bool ended = false;
        if (!has_ended(child, &ended, err)) {
            return false;
        }
        for (int i = 0; i < 2; i++) {
            if (child->pipes[i][0] >= 0) {
                drain(child, i);
            }
        }
        if (child->refused) {
            return true;
        }
        if (ended) {
            return true;
        }
        if (deadline_seconds > 0.0 && clock_seconds() >= deadline_seconds) {
            *out_timed_out = true;
            return true;
        }
    }
}

/* Kills what is left of the group and reaps the child. */
static bool finish(const Child *child, ChildResult *out, DensError **err)
{
    (void)kill(-child->pid, SIGKILL); /* fails only if all have ended */
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return fail(err, child, "cannot be watched", errno);
        }
    }
    out->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    out->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return true;
}

bool child_run(ChildResult *out, const char *const *argv, const char *input, size_t input_length,
               const ChildLimits *limits, DensError **err)
{
    return child_run_into(out, argv, input, input_length, limits, NULL, err);
}

bool child_run_into(ChildResult *out, const char *const *argv, const char *input, size_t input_length,
                    const ChildLimits *limits, const ChildSink *sink, DensError **err)
{
    static const ChildLimits none = {0, 0, 0, 0};
    limits = limits ? limits : &none;
    *out = (ChildResult){.exit_status = -1, .output = TEXT_INIT, .errors = TEXT_INIT};
    Child child = {
        .name = argv[0],
        .handle = -1,
        .input = -1,
        .pipes = {{-1, -1}, {-1, -1}},
        .texts = {&out->output, &out->errors},
        .output_bytes = limits->output_bytes ? limits->output_bytes : DEFAULT_OUTPUT_BYTES,
        .sink = sink,
    };
    double deadline = limits->wall_seconds ? clock_seconds() + limits->wall_seconds : 0.0;
    bool ok = start(&child, argv, input, input_length, err);
    if (ok) {
        ok = set_limits(&child, limits, err) && watch(&child, deadline, &out->timed_out, err);
        ok = finish(&child, out, ok ? err : NULL) && ok;
    }
    close_all(&child);
    if (!ok) {
        child_result_clear(out);
    }
    return ok;
}

void child_result_clear(ChildResult *result)
{
    text_clear(&result->output);
    text_clear(&result->errors);
}
