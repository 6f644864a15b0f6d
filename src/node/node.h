/* The DICOM node: takes studies by C-STORE, has them evaluated by rule, sends the results back.
 *
 * One thread that never waits: it accepts connections, starts children and watches files. What can hang or
 * crash on what strangers send runs in a child: an association and a sending in dens-dimse, the listing and
 * the evaluation of a study in dens. All that must not be forgotten is on the disk before it is acted on
 * (spool.h, journal.h), so that the node can be killed at any moment. */
#ifndef DENS_NODE_NODE_H
#define DENS_NODE_NODE_H

#include "base/log.h"
#include "dicom/network.h"
#include "node/config.h"

typedef struct {
    const char *ae, *address /* to listen at; NULL: all */, *folder;
    unsigned port; /* 0: any that is free; the log tells it */
    unsigned associations, jobs, idle_seconds;
    bool unsynced; /* images are answered before they are on the disk */
    DicomTls tls;
    const NodePeers *peers;
    const NodeRules *rules;
    const char *program, *dimse; /* paths of dens and dens-dimse */
    const char *knowledge;
    const char *store; /* folder of the store that studies go into as well, or NULL */
    bool log_json;
    Log *log;
} NodeOptions;

/* Works until SIGTERM or SIGINT. */
bool node_run(const NodeOptions *options, DensError **err) DENS_MUST_USE;

#endif
