/* peers.yaml and rules.yaml (docs/interoperability.md shows both). Every mistake is refused with file, line,
 * column and path. */
#ifndef DENS_NODE_CONFIG_H
#define DENS_NODE_CONFIG_H

#include "base/arena.h"
#include "base/error.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

enum { AE_TITLE_MAX = 16 /* PS3.5 6.2, AE */, NODE_MOST_ROLES = 16, NODE_MOST_OBJECTS = 3 };

typedef struct {
    const char *name, *ae, *host;
    unsigned port; /* 0: nothing can be sent to it */
    bool tls;
    struct in_addr addresses[8]; /* of `host`, when the file was read */
    size_t address_count;
} NodePeer;

typedef struct {
    size_t count;
    NodePeer *items;
} NodePeers;

/* Where a mask comes from: a segmentation or a structure set of the same study. */
typedef struct {
    const char *modality;    /* "SEG" or "RTSTRUCT"; NULL: there is none */
    const char *description; /* its series description, as a shell pattern without regard to letter case */
    const char *structure;   /* name of the structure of an RTSTRUCT, or NULL */
    const char *role;        /* on whose grid it lies, or NULL */
} NodeMask;

typedef struct {
    const char *name;
    const char *needs[NODE_MOST_ROLES]; /* roles of series that must be there */
    size_t need_count;
    const char *roles[NODE_MOST_ROLES]; /* that are evaluated; none: all */
    size_t role_count;
    const char *description; /* of one of the series, as a shell pattern; NULL: any */
    NodeMask lesion, labels;
    const char *scheme; /* of the labels */
    const char *prior;  /* or NULL */
    const NodePeer **to;
    size_t to_count;
    const char *objects[NODE_MOST_OBJECTS]; /* files of the report set that are sent */
    size_t object_count;
} NodeRule;

typedef struct {
    double quiet_seconds;    /* since the last image, until a study is evaluated */
    double keep_hours;       /* of images after all was sent; below 0: for ever */
    double evaluate_seconds; /* an evaluation that takes longer is ended */
    size_t count;
    NodeRule *items;
} NodeRules;

/* All in `arena`. Names of hosts are looked up. */
NodePeers *node_peers_read(Arena *arena, const char *path, DensError **err) DENS_MUST_USE;
NodeRules *node_rules_read(Arena *arena, const char *path, const NodePeers *peers,
                           DensError **err) DENS_MUST_USE;

/* One to 16 printable characters without a backslash. */
bool node_is_ae(const char *title);

#endif
