/* Maximum flow by two search trees, one from each terminal, that are kept from one augmentation to the next
 * (Boykov and Kolmogorov 2004). Voxels on the region's border have no edges and are never reached. */
#include "segment/cut.h"

#include "base/memory.h"

#include <stdlib.h>

enum { NO_PARENT = 0xff, AT_TERMINAL = 0xfe };
enum { FREE = 0, SOURCE = 1, SINK = 2 };
#define NONE UINT32_MAX

typedef struct {
    const Region3 *region;
    int32_t *edge, *terminal;
    uint8_t *tree, *parent; /* parent: the neighbour's number, or AT_TERMINAL, NO_PARENT */
    uint32_t *next;         /* in the list of active voxels; NONE: not in it; itself: the last */
    uint32_t *stamp, *depth;
    uint32_t first, last; /* active */
    uint32_t *orphans;
    size_t orphan_count, orphan_room, orphan_at;
    uint32_t time;
    bool failed;
} Cut;

static uint32_t beside(const Cut *c, uint32_t v, unsigned n)
{
    return (uint32_t)((ptrdiff_t)v + c->region->offset[n]);
}

static int32_t *edge_of(const Cut *c, uint32_t v, unsigned n)
{
    return &c->edge[(size_t)v * REGION_NEIGHBOURS + n];
}

static void activate(Cut *c, uint32_t v)
{
    if (c->next[v] != NONE) {
        return;
    }
    if (c->last == NONE) {
        c->first = v;
    } else {
        c->next[c->last] = v;
    }
    c->last = v;
    c->next[v] = v;
}

static uint32_t take_active(Cut *c)
{
    while (c->first != NONE) {
        const uint32_t v = c->first;
        c->first = c->next[v] == v ? NONE : c->next[v];
        c->last = c->first == NONE ? NONE : c->last;
        c->next[v] = NONE;
        if (c->tree[v] != FREE && c->parent[v] != NO_PARENT) {
            return v;
        }
    }
    return NONE;
}

static void add_orphan(Cut *c, uint32_t v)
{
    c->parent[v] = NO_PARENT;
    if (c->orphan_count == c->orphan_room) {
        const size_t room = c->orphan_room ? 2 * c->orphan_room : 4096;
        uint32_t *grown = realloc(c->orphans, room * sizeof *grown);
        if (!grown) {
            c->failed = true;
            return;
        }
        c->orphans = grown;
        c->orphan_room = room;
    }
    c->orphans[c->orphan_count++] = v;
}

/* Room for flow from a tree's voxel outward (SOURCE), or from its neighbour into it (SINK). */
static int32_t room_outward(const Cut *c, uint32_t v, unsigned n)
{
    return c->tree[v] == SOURCE ? *edge_of(c, v, n) : *edge_of(c, beside(c, v, n), n ^ 1U);
}

/* The edge that joins a voxel to its parent, in the direction of the flow. */
static int32_t *edge_to_parent(const Cut *c, uint32_t v)
{
    const unsigned n = c->parent[v];
    return c->tree[v] == SOURCE ? edge_of(c, beside(c, v, n), n ^ 1U) : edge_of(c, v, n);
}

static int32_t *edge_against(const Cut *c, uint32_t v)
{
    const unsigned n = c->parent[v];
    return c->tree[v] == SOURCE ? edge_of(c, v, n) : edge_of(c, beside(c, v, n), n ^ 1U);
}

static int32_t least_room(const Cut *c, uint32_t v)
{
    int32_t least = INT32_MAX;
    while (c->parent[v] != AT_TERMINAL) {
        const int32_t room = *edge_to_parent(c, v);
        least = room < least ? room : least;
        v = beside(c, v, c->parent[v]);
    }
    const int32_t room = c->tree[v] == SOURCE ? c->terminal[v] : -c->terminal[v];
    return room < least ? room : least;
}

static void push(Cut *c, uint32_t v, int32_t flow)
{
    while (c->parent[v] != AT_TERMINAL) {
        const uint32_t up = beside(c, v, c->parent[v]);
        *edge_against(c, v) += flow;
        int32_t *room = edge_to_parent(c, v);
        *room -= flow;
        if (*room == 0) {
            add_orphan(c, v);
        }
        v = up;
    }
    c->terminal[v] += c->tree[v] == SOURCE ? -flow : flow;
    if (c->terminal[v] == 0) {
        add_orphan(c, v);
    }
}

/* Flow along the path that goes from the source over v and its neighbour n to the sink. */
static void augment(Cut *c, uint32_t v, unsigned n)
{
    if (c->tree[v] == SINK) {
        v = beside(c, v, n);
        n ^= 1U;
    }
    const uint32_t w = beside(c, v, n);
    int32_t flow = *edge_of(c, v, n);
    const int32_t before = least_room(c, v), after = least_room(c, w);
    flow = before < flow ? before : flow;
    flow = after < flow ? after : flow;
    *edge_of(c, v, n) -= flow;
    *edge_of(c, w, n ^ 1U) += flow;
    push(c, v, flow);
    push(c, w, flow);
}

/* Depth of a voxel's root chain, or UINT32_MAX if it does not end at a terminal. Marks the chain. */
static uint32_t depth_of(Cut *c, uint32_t v)
{
    uint32_t depth = 0, at = v;
    for (;;) {
        if (c->stamp[at] == c->time) {
            depth += c->depth[at];
            break;
        }
        depth++;
        if (c->parent[at] == AT_TERMINAL) {
            c->stamp[at] = c->time;
            c->depth[at] = 1;
            break;
        }
        if (c->parent[at] == NO_PARENT) {
            return UINT32_MAX;
        }
        at = beside(c, at, c->parent[at]);
    }
    uint32_t left = depth;
    for (at = v; c->stamp[at] != c->time; at = beside(c, at, c->parent[at])) {
        c->stamp[at] = c->time;
        c->depth[at] = left--;
    }
    return depth;
}

static bool has_room_to(const Cut *c, uint32_t v, unsigned n)
{
    return (c->tree[v] == SOURCE ? *edge_of(c, beside(c, v, n), n ^ 1U) : *edge_of(c, v, n)) > 0;
}

static void adopt(Cut *c, uint32_t v)
{
    uint32_t least = UINT32_MAX;
    uint8_t chosen = NO_PARENT;
    for (unsigned n = 0; n < REGION_NEIGHBOURS; n++) {
        const uint32_t w = beside(c, v, n);
        if (c->tree[w] != c->tree[v] || c->parent[w] == NO_PARENT || !has_room_to(c, v, n)) {
            continue;
        }
        const uint32_t depth = depth_of(c, w);
        if (depth < least) {
            least = depth;
            chosen = (uint8_t)n;
        }
    }
    c->parent[v] = chosen;
    if (chosen != NO_PARENT) {
        c->stamp[v] = c->time;
        c->depth[v] = least + 1;
        return;
    }
    for (unsigned n = 0; n < REGION_NEIGHBOURS; n++) {
        const uint32_t w = beside(c, v, n);
        if (c->tree[w] != c->tree[v] || c->parent[w] == NO_PARENT) {
            continue;
        }
        if (has_room_to(c, v, n)) {
            activate(c, w);
        }
        if (c->parent[w] == (n ^ 1U)) {
            add_orphan(c, w);
        }
    }
    c->tree[v] = FREE;
}

/* Grows the tree of v; the neighbour through which it met the other tree, or REGION_NEIGHBOURS. */
static unsigned grow(Cut *c, uint32_t v)
{
    for (unsigned n = 0; n < REGION_NEIGHBOURS; n++) {
        if (room_outward(c, v, n) <= 0) {
            continue;
        }
        const uint32_t w = beside(c, v, n);
        if (c->tree[w] == FREE) {
            c->tree[w] = c->tree[v];
            c->parent[w] = (uint8_t)(n ^ 1U);
            c->stamp[w] = c->stamp[v];
            c->depth[w] = c->depth[v] + 1;
            activate(c, w);
        } else if (c->tree[w] != c->tree[v]) {
            return n;
        } else if (c->stamp[w] <= c->stamp[v] && c->depth[w] > c->depth[v] + 1 && c->parent[w] != NO_PARENT) {
            c->parent[w] = (uint8_t)(n ^ 1U);
            c->stamp[w] = c->stamp[v];
            c->depth[w] = c->depth[v] + 1;
        }
    }
    return REGION_NEIGHBOURS;
}

static void start(Cut *c)
{
    for (uint32_t v = 0; v < c->region->voxels; v++) {
        c->next[v] = NONE;
        c->parent[v] = NO_PARENT;
    }
    for (uint32_t v = 0; v < c->region->voxels; v++) {
        if (c->terminal[v] != 0) {
            c->tree[v] = c->terminal[v] > 0 ? SOURCE : SINK;
            c->parent[v] = AT_TERMINAL;
            c->depth[v] = 1;
            activate(c, v);
        }
    }
}

static void run(Cut *c)
{
    start(c);
    uint32_t v = NONE;
    while (!c->failed) {
        if (v == NONE || c->tree[v] == FREE || c->parent[v] == NO_PARENT) {
            v = take_active(c);
            if (v == NONE) {
                return;
            }
        }
        const unsigned n = grow(c, v);
        c->time++;
        if (n == REGION_NEIGHBOURS) {
            v = NONE;
            continue;
        }
        augment(c, v, n);
        for (c->orphan_at = 0; c->orphan_at < c->orphan_count; c->orphan_at++) {
            adopt(c, c->orphans[c->orphan_at]);
        }
        c->orphan_count = 0;
    }
}

bool cut_solve(const Region3 *region, CutGraph *graph, bool *inside, DensError **err)
{
    const size_t voxels = region->voxels;
    Cut c = {.region = region,
             .edge = graph->to_neighbour,
             .terminal = graph->terminal,
             .tree = memory_try_array(voxels, 1),
             .parent = memory_try_array(voxels, 1),
             .next = memory_try_array(voxels, sizeof(uint32_t)),
             .stamp = memory_try_array(voxels, sizeof(uint32_t)),
             .depth = memory_try_array(voxels, sizeof(uint32_t)),
             .first = NONE,
             .last = NONE};
    c.failed = !c.tree || !c.parent || !c.next || !c.stamp || !c.depth;
    if (!c.failed) {
        run(&c);
    }
    for (size_t v = 0; !c.failed && v < voxels; v++) {
        inside[v] = c.tree[v] == SOURCE;
    }
    free(c.tree);
    free(c.parent);
    free(c.next);
    free(c.stamp);
    free(c.depth);
    free(c.orphans);
    return !c.failed || error_no_memory(err);
}
