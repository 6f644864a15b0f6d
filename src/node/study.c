/* The way of one study: quiet → listed → evaluated → sent. Each step is written down before it is begun. */
#include "node/parts.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "node/process.h"
#include "node/rule.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

static const double LIST_SECONDS = 300;
static const double SEND_SECONDS = 1800;
static const double FIRST_PAUSE_SECONDS = 5, LONGEST_PAUSE_SECONDS = 600;
enum { MOST_ATTEMPTS = 3, MOST_SENDING = 4, REASON_BYTES = 64 * 1024, MOST_SEND_ARGUMENTS = 32 };

void study_tell(const Node *node, const NodeStudy *study, LogLevel level, const char *format, ...)
{
    char what[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    log_line(node->options->log, level, "study %.12s: %s", study->key, what);
}

/* After n failures: 5, 10, 20, … seconds, at most ten minutes. */
double study_pause_after(unsigned attempts)
{
    double pause = FIRST_PAUSE_SECONDS;
    for (unsigned n = 1; n < attempts && pause < LONGEST_PAUSE_SECONDS; n++) {
        pause *= 2;
    }
    return pause < LONGEST_PAUSE_SECONDS ? pause : LONGEST_PAUSE_SECONDS;
}

/* Our own fault or the machine's: told, and tried again later. */
static void stumble(const Node *node, NodeStudy *study, DensError *fault)
{
    study_tell(node, study, LOG_ERROR, "%s: %s; tried again later", dens_error_where(fault),
               dens_error_summary(fault));
    dens_error_free(fault);
    study->next_try_seconds = clock_seconds() + 6 * FIRST_PAUSE_SECONDS;
}

/* Writes the journal down with a new state. False: the step is not to be begun. */
bool study_enter(const Node *node, NodeStudy *study, StudyState state)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *fault = NULL;
    StudyState before = study->journal.state;
    study->journal.state = state;
    if (journal_write(&study->journal, spool_study(arena, node->options->folder, study->key), &fault)) {
        return true;
    }
    study->journal.state = before;
    stumble(node, study, fault);
    return false;
}

static void end_with(const Node *node, NodeStudy *study, StudyState state, const char *reason)
{
    (void)snprintf(study->journal.reason, sizeof study->journal.reason, "%s", reason);
    if (study_enter(node, study, state)) {
        study_tell(node, study, state == STUDY_FAILED ? LOG_ERROR : LOG_INFO, "%s%s%s",
                   journal_state_name(state), *reason ? ": " : "", reason);
    }
}

/* ---- Files of a study ---- */

char *study_path(Arena *arena, const Node *node, const NodeStudy *study, const char *name)
{
    return file_join(arena, spool_study(arena, node->options->folder, study->key), name);
}

static char *report_of(Arena *arena, const Node *node, const NodeStudy *study)
{
    return study_path(arena, node, study, arena_printf(arena, "report-%u", study->journal.evaluation));
}

/* The last line that a child said of its fault, without "dens: " and our folder. */
void study_read_reason(const Node *node, const NodeStudy *study, char *out, size_t size)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    size_t length = 0;
    char *text = file_read(study_path(arena, node, study, "errors"), REASON_BYTES, &length, NULL);
    const char *line = "it ended without a word";
    while (text && length > 0 && text[length - 1] == '\n') {
        text[--length] = '\0';
    }
    if (text && length > 0) {
        const char *last = strrchr(text, '\n');
        line = last ? last + 1 : text;
        line += strncmp(line, "dens: ", 6) == 0 ? 6 : 0;
        const char *folder = spool_study(arena, node->options->folder, study->key);
        line += strncmp(line, folder, strlen(folder)) == 0 ? strlen(folder) + 1 : 0;
    }
    (void)snprintf(out, size, "%s", line);
    free(text);
}

/* ---- Children ---- */

void study_start(const Node *node, NodeStudy *study, StudyStep step, const char *const *argv,
                 const ProcessFiles *files, double seconds)
{
    DensError *fault = NULL;
    pid_t child = process_start(argv, files, &fault);
    if (child < 0) {
        stumble(node, study, fault);
        return;
    }
    study->step = step;
    study->child = child;
    study->deadline_seconds = clock_seconds() + seconds;
}

void study_abandon(NodeStudy *study)
{
    int status = 0;
    if (study->child > 0) {
        process_signal(study->child, SIGKILL);
        while (!process_ended(study->child, &status)) {
            (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        }
        study->child = 0;
        study->step = STEP_NONE;
    }
}

size_t study_count_steps(const Node *node, StudyStep step)
{
    size_t count = 0;
    for (size_t i = 0; i < node->study_count; i++) {
        count += node->studies[i].step == step;
    }
    return count;
}

static bool may_evaluate(const Node *node)
{
    return study_count_steps(node, STEP_LIST) + study_count_steps(node, STEP_EVALUATE) < node->options->jobs;
}

/* ---- Evaluating ---- */

static void begin_list(const Node *node, NodeStudy *study)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const char *argv[] = {node->options->program,
                          "study",
                          study_path(arena, node, study, "series"),
                          "--format",
                          "json",
                          "--quiet",
                          NULL};
    const ProcessFiles files = {.socket = -1,
                                .output = study_path(arena, node, study, "listed.json"),
                                .errors = study_path(arena, node, study, "errors")};
    study_start(node, study, STEP_LIST, argv, &files, LIST_SECONDS);
}

static void begin_evaluation(const Node *node, NodeStudy *study, const char *const *arguments)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    size_t count = 0;
    while (arguments[count]) {
        count++;
    }
    const char **argv = arena_array(arena, count + 10, sizeof *argv);
    const char *const fixed[] = {"--quiet",     "--keep-pictures",
                                 "--knowledge", node->options->knowledge,
                                 "-o",          report_of(arena, node, study)};
    argv[0] = node->options->program;
    argv[1] = "evaluate";
    memcpy(argv + 2, arguments, count * sizeof *argv);
    memcpy(argv + 2 + count, fixed, sizeof fixed);
    /* the same time gives the same objects with the same UIDs, however often it is done */
    const ProcessFiles files = {.socket = -1,
                                .errors = study_path(arena, node, study, "errors"),
                                .variable =
                                    arena_printf(arena, "SOURCE_DATE_EPOCH=%lld", study->journal.time)};
    study_tell(node, study, LOG_INFO, "evaluation %u by rule %s, %zu images", study->journal.evaluation,
               study->journal.rule, study->journal.images);
    study_start(node, study, STEP_EVALUATE, argv, &files, node->options->rules->evaluate_seconds);
}

/* The list is there: which rule is it? */
static void choose_rule(const Node *node, NodeStudy *study)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *fault = NULL;
    const char *const *arguments = NULL;
    const Value *listed = json_read(arena, study_path(arena, node, study, "listed.json"), &fault);
    RuleAnswer answer =
        listed ? rule_choose(arena, node->options->rules, listed, study_path(arena, node, study, "series"),
                             &study->rule, &arguments, &fault)
               : RULE_UNCERTAIN;
    if (answer == RULE_NONE) {
        end_with(node, study, STUDY_UNMATCHED, "no rule is for this study");
    } else if (answer == RULE_UNCERTAIN) {
        end_with(node, study, STUDY_FAILED, fault ? dens_error_summary(fault) : "it cannot be listed");
    } else {
        (void)snprintf(study->journal.rule, sizeof study->journal.rule, "%s", study->rule->name);
        if (study_enter(node, study, STUDY_EVALUATING)) {
            begin_evaluation(node, study, arguments);
        }
    }
    dens_error_free(fault);
}

/* A new evaluation, or one that was begun and not ended. */
static void begin(const Node *node, NodeStudy *study, const char digest[65], size_t images)
{
    Journal *journal = &study->journal;
    if (journal->state != STUDY_EVALUATING || strcmp(journal->digest, digest) != 0) {
        journal->evaluation++;
        journal->attempts = 0;
        journal->time = (long long)time(NULL);
        journal->images = images;
        journal->reason[0] = '\0';
        (void)snprintf(journal->digest, sizeof journal->digest, "%s", digest);
    }
    if (study_enter(node, study, STUDY_EVALUATING)) {
        begin_list(node, study);
    }
}

/* Looks through the images of a study that is quiet. `first`: since this node runs. */
static void examine(const Node *node, NodeStudy *study, bool first)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *fault = NULL;
    char digest[65];
    size_t images = 0;
    if (!spool_digest(spool_study(arena, node->options->folder, study->key), digest, &images, &fault)) {
        stumble(node, study, fault);
        return;
    }
    StudyState state = study->journal.state;
    bool same = strcmp(digest, study->journal.digest) == 0;
    bool again = first && (state == STUDY_FAILED || state == STUDY_UNMATCHED); /* the rules may be others */
    study->examined = study->received;
    if (images > 0 && (!same || again || state == STUDY_EVALUATING || state == STUDY_NEW)) {
        begin(node, study, digest, images);
    }
}

/* ---- Sending ---- */

/* The files of the report set that a peer still lacks. */
static size_t lacking(Arena *arena, const Node *node, const NodeStudy *study, const NodePeer *peer,
                      const char **out)
{
    size_t count = 0;
    const char *folder = spool_study(arena, node->options->folder, study->key);
    for (size_t i = 0; i < study->rule->object_count; i++) {
        const char *path = file_join(arena, report_of(arena, node, study), study->rule->objects[i]);
        if (file_kind(path) == FILE_REGULAR &&
            !spool_was_sent(folder, study->journal.evaluation, peer->name, study->rule->objects[i])) {
            out[count++] = path;
        }
    }
    return count;
}

static size_t add_tls(const DicomTls *tls, const char **argv)
{
    size_t count = 0;
    const char *const all[][2] = {
        {"--tls-key", tls->key}, {"--tls-certificate", tls->certificate}, {"--tls-trust", tls->trust}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i][1]) {
            argv[count++] = all[i][0];
            argv[count++] = all[i][1];
        }
    }
    return count;
}

static void begin_sending(const Node *node, NodeStudy *study, const NodePeer *peer, const char *const *files,
                          size_t file_count)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const char *argv[MOST_SEND_ARGUMENTS] = {node->options->dimse,
                                             "send",
                                             "--ae",
                                             node->options->ae,
                                             "--peer",
                                             peer->ae,
                                             "--name",
                                             peer->name,
                                             "--host",
                                             peer->host,
                                             "--port",
                                             arena_printf(arena, "%u", peer->port),
                                             "--folder",
                                             spool_study(arena, node->options->folder, study->key),
                                             "--evaluation",
                                             arena_printf(arena, "%u", study->journal.evaluation),
                                             "--log",
                                             node->options->log_json ? "json" : "text"};
    size_t count = 18;
    if (peer->tls) {
        count += add_tls(&node->options->tls, argv + count);
    }
    memcpy(argv + count, files, file_count * sizeof *argv);
    study->peer = peer;
    study_start(node, study, STEP_SEND, argv, &(ProcessFiles){.socket = -1}, SEND_SECONDS);
}

/* Sends to the next receiver that lacks something; if none does, the study is done. */
static void send_on(const Node *node, NodeStudy *study)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    for (size_t i = 0; !study->rule && i < node->options->rules->count; i++) {
        const NodeRule *rule = &node->options->rules->items[i];
        study->rule = strcmp(rule->name, study->journal.rule) == 0 ? rule : NULL;
    }
    if (!study->rule) {
        end_with(node, study, STUDY_FAILED, "its rule is no more there");
        return;
    }
    for (size_t n = 0; n < study->rule->to_count; n++) {
        const char *files[NODE_MOST_OBJECTS];
        const NodePeer *peer = study->rule->to[study->turn++ % study->rule->to_count];
        size_t count = lacking(arena, node, study, peer, files);
        if (count > 0) {
            if (study_count_steps(node, STEP_SEND) < MOST_SENDING) {
                begin_sending(node, study, peer, files, count);
            }
            return;
        }
    }
    study->journal.attempts = 0;
    end_with(node, study, STUDY_DONE, "");
}

/* ---- Ends of children ---- */

static void after_sending(const Node *node, NodeStudy *study, bool good)
{
    if (good) {
        study->journal.attempts = 0;
        study_tell(node, study, LOG_INFO, "%s has the results", study->peer->name);
        return;
    }
    double pause = study_pause_after(++study->journal.attempts);
    study->next_try_seconds = clock_seconds() + pause;
    study_tell(node, study, LOG_WARNING, "%s does not have all results yet; tried again in %.0f s",
               study->peer->name, pause);
}

/* A listing or an evaluation that failed: the study's fault, or for another reason, which may pass. */
static void after_failure(const Node *node, NodeStudy *study, int status)
{
    char reason[sizeof study->journal.reason];
    bool faulty = WIFEXITED(status) && (WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 2);
    if (WIFSIGNALED(status)) {
        (void)snprintf(reason, sizeof reason, "the evaluation was ended by signal %d", WTERMSIG(status));
    } else {
        study_read_reason(node, study, reason, sizeof reason);
    }
    if (faulty || ++study->journal.attempts >= MOST_ATTEMPTS) {
        end_with(node, study, STUDY_FAILED, reason);
        return;
    }
    double pause = study_pause_after(study->journal.attempts);
    study->next_try_seconds = clock_seconds() + pause;
    study->examined = (struct timespec){0}; /* looked at again, and begun again */
    study_tell(node, study, LOG_WARNING, "%s; tried again in %.0f s", reason, pause);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static void after_child(const Node *node, NodeStudy *study, int status)
{
    bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    StudyStep step = study->step;
    study->child = 0;
    study->step = STEP_NONE;
    if (step == STEP_SEND) {
        after_sending(node, study, good);
    } else if (step == STEP_STORE) {
        study_after_store(node, study, status);
    } else if (!same_time(&study->examined, &study->received)) {
        study_tell(node, study, LOG_INFO, "more has come; evaluated again when it is quiet");
    } else if (!good) {
        after_failure(node, study, status);
    } else if (step == STEP_LIST) {
        choose_rule(node, study);
    } else {
        study->journal.attempts = 0;
        (void)study_enter(node, study, STUDY_SENDING);
    }
}

/* ---- What is due ---- */

static void remove_old(const Node *node, NodeStudy *study)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *fault = NULL;
    double hours = node->options->rules->keep_hours;
    double age = difftime(time(NULL), study->received.tv_sec);
    bool stored = !node->options->store || study->journal.stored == study->journal.evaluation;
    if (hours < 0 || age < hours * 3600 || !stored) {
        return;
    }
    if (!spool_remove_images(spool_study(arena, node->options->folder, study->key), &fault)) {
        stumble(node, study, fault);
        return;
    }
    end_with(node, study, STUDY_REMOVED, "");
}

void study_tend(Node *node, NodeStudy *study)
{
    int status = 0;
    double now = clock_seconds();
    if (study->child > 0) {
        if (now >= study->deadline_seconds) {
            process_signal(study->child, SIGKILL);
        }
        if (process_ended(study->child, &status)) {
            after_child(node, study, status);
        }
        return;
    }
    if (!study->known) {
        return;
    }
    bool changed = !same_time(&study->examined, &study->received), due = now >= study->next_try_seconds;
    if (changed && due && now - study->seen_seconds >= node->options->rules->quiet_seconds) {
        if (may_evaluate(node)) {
            examine(node, study, study->examined.tv_sec == 0);
        }
    } else if (changed) {
        return;
    } else if (due && study->journal.state == STUDY_EVALUATING) {
        if (may_evaluate(node)) {
            examine(node, study, false);
        }
    } else if (due && study->journal.state == STUDY_SENDING) {
        send_on(node, study);
    } else if (study_wants_store(node, study)) {
        study_begin_store(node, study);
    } else if (due && study->journal.state == STUDY_DONE) {
        remove_old(node, study);
    }
}
