/* The node while it runs: inside node/ only. */
#ifndef DENS_NODE_PARTS_H
#define DENS_NODE_PARTS_H

#include "node/journal.h"
#include "node/node.h"
#include "node/spool.h"

#include <sys/types.h>
#include <time.h>

typedef enum { STEP_NONE, STEP_LIST, STEP_EVALUATE, STEP_SEND } StudyStep;

/* A study of the spool. Times are of clock_seconds(). */
typedef struct {
    char key[SPOOL_KEY];
    Journal journal;
    bool known;               /* the journal was read */
    struct timespec received; /* as the file of this name was last seen */
    struct timespec examined; /* as it was when the images were last looked through */
    double seen_seconds;      /* when it changed */
    double next_try_seconds;  /* nothing is done before */
    StudyStep step;
    pid_t child;             /* of the step, or 0 */
    double deadline_seconds; /* of the child */
    const NodeRule *rule;    /* of the evaluation */
    const NodePeer *peer;    /* that is being sent to */
    size_t turn;             /* which receiver comes next */
} NodeStudy;

typedef struct {
    const NodeOptions *options;
    int listening;
    NodeStudy *studies; /* sorted by key */
    size_t study_count, study_capacity;
    pid_t *associations;
    size_t association_count;
    double looked_seconds;
} Node;

/* Finds new studies and sees what has come for those that are there. */
void node_look(Node *node);
/* Goes on with a study: a child that has ended, a step that is due. */
void study_tend(Node *node, NodeStudy *study);
/* Ends the children; what they were at is done again when a node starts here. */
void study_abandon(NodeStudy *study);

#endif
