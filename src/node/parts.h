/* The node while it runs: inside node/ only. */
#ifndef DENS_NODE_PARTS_H
#define DENS_NODE_PARTS_H

#include "node/journal.h"
#include "node/node.h"
#include "node/process.h"
#include "node/spool.h"

#include <sys/types.h>
#include <time.h>

typedef enum { STEP_NONE, STEP_LIST, STEP_EVALUATE, STEP_STORE, STEP_SEND } StudyStep;

/* A study of the spool. Times are of clock_seconds(). */
typedef struct {
    char key[SPOOL_KEY];
    Journal journal;
    bool known;               /* the journal was read */
    struct timespec received; /* as the file of this name was last seen */
    struct timespec examined; /* as it was when the images were last looked through */
    double seen_seconds;      /* when it changed */
    double next_try_seconds;  /* nothing is done before */
    double store_try_seconds; /* nothing is put into the store before */
    unsigned store_attempts;  /* that failed in a row */
    StudyStep step;
    pid_t child;             /* of the step, or 0 */
    double deadline_seconds; /* of the child */
    const NodeRule *rule;    /* of the evaluation */
    const NodePeer *peer;    /* that is being sent to */
    size_t turn;             /* which receiver comes next */
} NodeStudy;

typedef struct {
    pid_t child;
    bool stranger; /* called from an address that no peer has: it is refused, and takes no peer's place */
} NodeAssociation;

typedef struct {
    const NodeOptions *options;
    int listening;
    NodeStudy *studies; /* sorted by key */
    size_t study_count, study_capacity;
    NodeAssociation *associations;
    size_t association_count;
    double looked_seconds;
    size_t turned_away; /* connections that were closed unheard since that was last told */
    double told_seconds;
} Node;

/* Finds new studies and sees what has come for those that are there. */
void node_look(Node *node);
/* Goes on with a study: a child that has ended, a step that is due. */
void study_tend(Node *node, NodeStudy *study);
/* What the steps share: a child, the pause after n failures, a line of the log, the last line that a child
 * said of its fault, and the journal's next state. */
void study_start(const Node *node, NodeStudy *study, StudyStep step, const char *const *argv,
                 const ProcessFiles *files, double seconds);
double study_pause_after(unsigned attempts);
void study_tell(const Node *node, const NodeStudy *study, LogLevel level, const char *format, ...)
    DENS_PRINTF(4, 5);
void study_read_reason(const Node *node, const NodeStudy *study, char *out, size_t size);
char *study_path(Arena *arena, const Node *node, const NodeStudy *study, const char *name);
/* Writes the journal down with a new state. False: it is as it was, and the step is not to be begun. */
bool study_enter(const Node *node, NodeStudy *study, StudyState state);
size_t study_count_steps(const Node *node, StudyStep step);

/* Is the study to be put into the store now? And: does it, in a child; and what becomes of that. */
bool study_wants_store(const Node *node, const NodeStudy *study);
void study_begin_store(const Node *node, NodeStudy *study);
void study_after_store(const Node *node, NodeStudy *study, int status);
/* Ends the children; what they were at is done again when a node starts here. */
void study_abandon(NodeStudy *study);

#endif
