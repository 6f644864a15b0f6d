/* Children by posix_spawn(). */
#include "node/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { CHILD_SOCKET = 3 };

static int set_files(posix_spawn_file_actions_t *actions, const ProcessFiles *files)
{
    const int write_new = O_WRONLY | O_CREAT | O_TRUNC;
    int reason = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (reason == 0 && files->socket >= 0) {
        reason = posix_spawn_file_actions_adddup2(actions, files->socket, CHILD_SOCKET);
    }
    if (reason == 0) {
        reason = posix_spawn_file_actions_addopen(
            actions, STDOUT_FILENO, files->output ? files->output : "/dev/null", write_new, 0666);
    }
    if (reason == 0 && files->errors) {
        reason = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, files->errors, write_new, 0666);
    }
    return reason;
}

/* A group of its own, and none of our blocked or ignored signals but SIGXFSZ: a file that grows too large is
 * to be an error that can be told, not the end of the process. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    (void)sigdelset(&all, SIGXFSZ);
    int reason = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                          POSIX_SPAWN_SETSIGDEF);
    reason = reason ? reason : posix_spawnattr_setpgroup(attributes, 0);
    reason = reason ? reason : posix_spawnattr_setsigmask(attributes, &none);
    return reason ? reason : posix_spawnattr_setsigdefault(attributes, &all);
}

/* Our environment with one variable more; in `room`. */
static char **environment_with(const char *variable, char **room, size_t size)
{
    size_t count = 0, name = variable ? strcspn(variable, "=") + 1 : 0;
    if (!variable) {
        return environ;
    }
    for (size_t i = 0; environ[i] && count + 2 < size; i++) {
        if (strncmp(environ[i], variable, name) != 0) {
            room[count++] = environ[i];
        }
    }
    room[count++] = (char *)variable; /* POSIX has it that it is not changed */
    room[count] = NULL;
    return room;
}

pid_t process_start(const char *const *argv, const ProcessFiles *files, DensError **err)
{
    enum { MOST_VARIABLES = 1024 };
    char *room[MOST_VARIABLES];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t child = -1;
    int reason = posix_spawn_file_actions_init(&actions);
    if (reason == 0) {
        reason = posix_spawnattr_init(&attributes);
        if (reason == 0) {
            reason = set_files(&actions, files);
            reason = reason ? reason : set_attributes(&attributes);
            reason = reason ? reason
                            : posix_spawnp(&child, argv[0], &actions, &attributes, (char *const *)argv,
                                           environment_with(files->variable, room, MOST_VARIABLES));
            (void)posix_spawnattr_destroy(&attributes);
        }
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    if (reason != 0) {
        error_set(err, DENS_ERROR_INTERNAL, argv[0], "cannot be started: %s", strerrordesc_np(reason));
        return -1;
    }
    return child;
}

bool process_ended(pid_t child, int *out_status)
{
    siginfo_t info = {.si_pid = 0};
    if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0) {
        return false;
    }
    (void)kill(-child,
               SIGKILL); /* the rest of its group; before it is reaped, so that the number is its own */
    *out_status = 0;
    while (waitpid(child, out_status, 0) < 0 && errno == EINTR) {
    }
    return true;
}

void process_signal(pid_t child, int signal)
{
    (void)kill(-child, signal);
}
