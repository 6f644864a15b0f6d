/* The node's loop. */
#include "node/node.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "node/parts.h"
#include "node/process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TURN_MS = 200, BACKLOG = 64, REFUSED_AT_ONCE = 8, STRANGER_SECONDS = 5, MOST_ARGUMENTS = 24 };
static const double LOOK_EVERY_SECONDS = 0.5;
static const double TELL_AGAIN_SECONDS = 60; /* of connections that were closed unheard */
static const double FAREWELL_SECONDS = 10;   /* for associations and sendings to end by themselves */

static bool fail(DensError **err, DensErrorCode code, const char *where, const char *what)
{
    return error_set(err, code, where, "%s: %s", what, strerrordesc_np(errno));
}

/* ---- Studies ---- */

static NodeStudy *find_study(Node *node, const char *key, size_t *out_place)
{
    size_t low = 0, high = node->study_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(node->studies[middle].key, key);
        if (order == 0) {
            return &node->studies[middle];
        }
        *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
    }
    *out_place = low;
    return NULL;
}

static NodeStudy *add_study(Node *node, const char *key, size_t place)
{
    if (node->study_count == node->study_capacity) {
        node->study_capacity = node->study_capacity ? 2 * node->study_capacity : 64;
        node->studies = memory_resize(node->studies, node->study_capacity, sizeof *node->studies);
    }
    memmove(&node->studies[place + 1], &node->studies[place],
            (node->study_count - place) * sizeof *node->studies);
    node->study_count++;
    node->studies[place] = (NodeStudy){0};
    (void)snprintf(node->studies[place].key, SPOOL_KEY, "%s", key);
    return &node->studies[place];
}

/* Has something come? The first time, its age counts; then our own clock. */
static void look_at(Node *node, NodeStudy *study)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *fault = NULL;
    struct stat info;
    const char *folder = spool_study(arena, node->options->folder, study->key);
    bool first = !study->known;
    if (first && !journal_read(&study->journal, folder, &fault)) {
        if (study->next_try_seconds == 0) {
            log_error(node->options->log, fault);
            study->next_try_seconds = 1;
        }
        dens_error_free(fault);
        return;
    }
    study->known = true;
    /* after a loss of power the images can be there without it */
    bool there = stat(file_join(arena, folder, "received"), &info) == 0 ||
                 (first && stat(file_join(arena, folder, "series"), &info) == 0);
    if (!there ||
        (info.st_mtim.tv_sec == study->received.tv_sec && info.st_mtim.tv_nsec == study->received.tv_nsec)) {
        return;
    }
    double age = first ? difftime(time(NULL), info.st_mtim.tv_sec) : 0;
    study->received = info.st_mtim;
    study->seen_seconds = clock_seconds() - (age > 0 ? age : 0);
}

void node_look(Node *node)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const char **keys = NULL;
    size_t count = 0, place = 0;
    DensError *fault = NULL;
    if (!file_list(arena, spool_studies(arena, node->options->folder), &keys, &count, &fault)) {
        log_error(node->options->log, fault);
        dens_error_free(fault);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (strlen(keys[i]) == SPOOL_KEY - 1) {
            NodeStudy *study = find_study(node, keys[i], &place);
            look_at(node, study ? study : add_study(node, keys[i], place));
        }
    }
}

/* ---- Associations ---- */

static bool listen_at(Node *node, DensError **err)
{
    const NodeOptions *options = node->options;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
    socklen_t length = sizeof address;
    const int on = 1;
    if (options->address && inet_pton(AF_INET, options->address, &address.sin_addr) != 1) {
        return error_set(err, DENS_ERROR_USAGE, options->address, "is no IPv4 address");
    }
    node->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (node->listening < 0) {
        return fail(err, DENS_ERROR_INTERNAL, "network", "no socket is to be had");
    }
    (void)setsockopt(node->listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(node->listening, (const struct sockaddr *)&address, length) != 0 ||
        listen(node->listening, BACKLOG) != 0 ||
        getsockname(node->listening, (struct sockaddr *)&address, &length) != 0) {
        char where[32];
        (void)snprintf(where, sizeof where, "port %u", options->port);
        return fail(err, DENS_ERROR_USAGE, where, "cannot be listened at");
    }
    log_line(options->log, LOG_INFO, "%s listens at port %u%s", options->ae, ntohs(address.sin_port),
             options->tls.key ? ", TLS" : "");
    return true;
}

/* The titles that may call from this address. */
static size_t callers_from(const Node *node, struct in_addr from, const char **out, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < node->options->peers->count; i++) {
        const NodePeer *peer = &node->options->peers->items[i];
        for (size_t a = 0; a < peer->address_count && count < room; a++) {
            if (peer->addresses[a].s_addr == from.s_addr) {
                out[count++] = peer->ae;
                break;
            }
        }
    }
    return count;
}

static size_t count_associations(const Node *node, bool strangers)
{
    size_t count = 0;
    for (size_t i = 0; i < node->association_count; i++) {
        count += node->associations[i].stranger == strangers;
    }
    return count;
}

static bool is_stranger(const Node *node, struct in_addr from)
{
    const char *one = NULL;
    return callers_from(node, from, &one, 1) == 0;
}

/* A connection becomes an association in a process of its own, which also refuses it if it must: only so does
 * the peer learn why. */
static void serve(Node *node, int socket, struct in_addr from, bool stranger)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const NodeOptions *options = node->options;
    DensError *fault = NULL;
    const char **argv = arena_array(arena, MOST_ARGUMENTS + options->peers->count, sizeof *argv);
    const char *const fixed[] = {
        options->dimse, "accept",
        "--ae",         options->ae,
        "--folder",     options->folder,
        "--idle",       arena_printf(arena, "%u", stranger ? STRANGER_SECONDS : options->idle_seconds),
        "--log",        options->log_json ? "json" : "text"};
    size_t count = sizeof fixed / sizeof *fixed;
    memcpy(argv, fixed, sizeof fixed);
    const char *const tls[][2] = {{"--tls-key", options->tls.key},
                                  {"--tls-certificate", options->tls.certificate},
                                  {"--tls-trust", options->tls.trust}};
    for (size_t i = 0; i < sizeof tls / sizeof *tls; i++) {
        if (tls[i][1]) {
            argv[count++] = tls[i][0];
            argv[count++] = tls[i][1];
        }
    }
    if (!stranger && count_associations(node, false) >= options->associations) {
        argv[count++] = "--busy";
    }
    if (options->unsynced) {
        argv[count++] = "--unsynced";
    }
    argv[count++] = "--";
    count += callers_from(node, from, argv + count, options->peers->count);
    argv[count] = NULL;
    pid_t child = process_start(argv, &(ProcessFiles){.socket = socket}, &fault);
    if (child < 0) {
        log_error(options->log, fault);
        dens_error_free(fault);
        return;
    }
    node->associations[node->association_count++] = (NodeAssociation){child, stranger};
}

static void accept_all(Node *node)
{
    for (;;) {
        struct sockaddr_in from = {0};
        socklen_t length = sizeof from;
        int socket = accept4(node->listening, (struct sockaddr *)&from, &length, SOCK_CLOEXEC);
        if (socket < 0) {
            return;
        }
        bool stranger = is_stranger(node, from.sin_addr);
        size_t most = stranger ? REFUSED_AT_ONCE : node->options->associations + REFUSED_AT_ONCE;
        if (count_associations(node, stranger) < most) {
            serve(node, socket, from.sin_addr, stranger);
        } else {
            node->turned_away++;
        }
        (void)close(socket);
    }
}

/* Whoever knocks in vain cannot fill the log. */
static void tell_turned_away(Node *node, double now)
{
    if (node->turned_away > 0 &&
        (node->told_seconds == 0 || now - node->told_seconds >= TELL_AGAIN_SECONDS)) {
        log_line(node->options->log, LOG_WARNING,
                 "%zu connections were closed unheard, as too many that are to be refused are open",
                 node->turned_away);
        node->turned_away = 0;
        node->told_seconds = now;
    }
}

static void reap_associations(Node *node)
{
    for (size_t i = node->association_count; i-- > 0;) {
        int status = 0;
        if (process_ended(node->associations[i].child, &status)) {
            node->associations[i] = node->associations[--node->association_count];
        }
    }
}

/* ---- The loop ---- */

static void tend(Node *node)
{
    double now = clock_seconds();
    reap_associations(node);
    tell_turned_away(node, now);
    if (now - node->looked_seconds >= LOOK_EVERY_SECONDS) {
        node->looked_seconds = now;
        node_look(node);
    }
    for (size_t i = 0; i < node->study_count; i++) {
        study_tend(node, &node->studies[i]);
    }
}

/* True: one of the signals that end us. */
static bool take_signals(int signals)
{
    struct signalfd_siginfo info;
    bool ends = false;
    while (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
        ends = ends || info.ssi_signo != SIGCHLD;
    }
    return ends;
}

static void work(Node *node, int signals)
{
    for (;;) {
        struct pollfd polled[] = {{node->listening, POLLIN, 0}, {signals, POLLIN, 0}};
        (void)poll(polled, sizeof polled / sizeof *polled, TURN_MS);
        if (take_signals(signals)) {
            return;
        }
        accept_all(node);
        tend(node);
    }
}

static size_t count_sending(const Node *node)
{
    size_t count = 0;
    for (size_t i = 0; i < node->study_count; i++) {
        count += node->studies[i].step == STEP_SEND;
    }
    return count;
}

/* No new connections; associations and sendings may end, evaluations are done again next time. */
static void take_leave(Node *node, int signals)
{
    double end = clock_seconds() + FAREWELL_SECONDS;
    (void)close(node->listening);
    log_line(node->options->log, LOG_INFO, "ends: %zu associations, %zu sendings are waited for",
             node->association_count, count_sending(node));
    for (size_t i = 0; i < node->study_count; i++) {
        if (node->studies[i].step != STEP_SEND) {
            study_abandon(&node->studies[i]);
        }
    }
    while (clock_seconds() < end && node->association_count + count_sending(node) > 0) {
        struct pollfd polled = {signals, POLLIN, 0};
        (void)poll(&polled, 1, TURN_MS);
        (void)take_signals(signals);
        reap_associations(node);
        for (size_t i = 0; i < node->study_count; i++) {
            int status = 0;
            NodeStudy *study = &node->studies[i];
            if (study->child > 0 && process_ended(study->child, &status)) {
                study->child = 0;
                study->step = STEP_NONE;
            }
        }
    }
    for (size_t i = 0; i < node->study_count; i++) {
        study_abandon(&node->studies[i]);
    }
    for (size_t i = 0; i < node->association_count; i++) {
        process_signal(node->associations[i].child, SIGKILL);
    }
}

static int open_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error that is told */
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

bool node_run(const NodeOptions *options, DensError **err)
{
    Node node = {.options = options,
                 .listening = -1,
                 .associations =
                     memory_array(options->associations + 2 * REFUSED_AT_ONCE, sizeof *node.associations)};
    int lock = spool_open(options->folder, err), signals = open_signals();
    bool good = lock >= 0 && listen_at(&node, err);
    if (good && signals < 0) {
        good = fail(err, DENS_ERROR_INTERNAL, "signals", "cannot be taken");
    }
    if (good) {
        work(&node, signals);
        take_leave(&node, signals);
    } else if (node.listening >= 0) {
        (void)close(node.listening);
    }
    if (signals >= 0) {
        (void)close(signals);
    }
    if (lock >= 0) {
        (void)close(lock);
    }
    free(node.studies);
    free(node.associations);
    return good;
}
