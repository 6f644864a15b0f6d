/* A study's way into the store of the page. It waits for nothing but the study's evaluation, or for that none
 * is possible, and nothing waits for it but the removal of images: a store that is locked, full or not there
 * keeps no result from its receiver. */
#include "node/parts.h"

#include "base/clock.h"
#include "base/file.h"

#include <stdio.h>
#include <sys/wait.h>

static const double STORE_SECONDS = 1800;
enum { MOST_STORING = 1 };

bool study_wants_store(const Node *node, const NodeStudy *study)
{
    StudyState state = study->journal.state;
    return node->options->store && study->journal.stored != study->journal.evaluation &&
           (state == STUDY_SENDING || state == STUDY_DONE || state == STUDY_FAILED ||
            state == STUDY_UNMATCHED) &&
           clock_seconds() >= study->store_try_seconds && study_count_steps(node, STEP_STORE) < MOST_STORING;
}

void study_begin_store(const Node *node, NodeStudy *study)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const char *argv[] = {node->options->program,
                          "store",
                          "receive",
                          spool_study(arena, node->options->folder, study->key),
                          "--store",
                          node->options->store,
                          "--quiet",
                          NULL};
    const ProcessFiles files = {.socket = -1, .errors = study_path(arena, node, study, "errors")};
    study_start(node, study, STEP_STORE, argv, &files, STORE_SECONDS);
}

/* There, or never: written down, so that it is not begun again. */
static void settle(const Node *node, NodeStudy *study, const char *problem)
{
    Journal *journal = &study->journal;
    unsigned before = journal->stored;
    journal->stored = journal->evaluation;
    (void)snprintf(journal->store_problem, sizeof journal->store_problem, "%s", problem);
    if (!study_enter(node, study, journal->state)) {
        journal->stored = before;
        return;
    }
    study->store_attempts = 0;
    study_tell(node, study, *problem ? LOG_ERROR : LOG_INFO,
               *problem ? "cannot be put into the store: %s" : "stands in the store%s", problem);
}

void study_after_store(const Node *node, NodeStudy *study, int status)
{
    char reason[sizeof study->journal.store_problem];
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        settle(node, study, "");
        return;
    }
    if (WIFSIGNALED(status)) {
        (void)snprintf(reason, sizeof reason, "it was ended by signal %d", WTERMSIG(status));
    } else {
        study_read_reason(node, study, reason, sizeof reason);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 1) {
        settle(node, study, reason);
        return;
    }
    double pause = study_pause_after(++study->store_attempts);
    study->store_try_seconds = clock_seconds() + pause;
    study_tell(node, study, LOG_WARNING, "is not in the store yet: %s; tried again in %.0f s", reason, pause);
}
