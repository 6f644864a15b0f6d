/* Reading peers.yaml and rules.yaml. */
#include "node/config.h"

#include "base/yaml.h"
#include "dicom/dicom.h"
#include "document/check.h"

#include <arpa/inet.h>
#include <math.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

typedef struct {
    Check check;
    Arena *arena;
} Loader;

static const double DEFAULT_QUIET_SECONDS = 60;
static const double DEFAULT_EVALUATE_SECONDS = 1800;
static const double MOST_SECONDS = 86400;
static const double MOST_HOURS = 87600;

bool node_is_ae(const char *title)
{
    size_t length = strlen(title);
    for (size_t i = 0; i < length; i++) {
        if (title[i] <= ' ' || title[i] > '~' || title[i] == '\\') {
            return false;
        }
    }
    return length >= 1 && length <= AE_TITLE_MAX;
}

/* A text in the loader's arena; `fallback` where the key is missing. False with an error for another kind. */
static bool text_at(const Loader *l, const Value *map, const char *key, const char **out)
{
    const Value *value = NULL;
    if (!check_optional(&l->check, map, key, VALUE_STRING, &value)) {
        return false;
    }
    *out = value ? arena_strdup(l->arena, value->string) : NULL;
    return true;
}

/* The node of a text that must be there. */
static const Value *text_of(const Loader *l, const Value *map, const char *key)
{
    return check_required_text(&l->check, map, key) ? value_get(map, key) : NULL;
}

static bool number_at(const Loader *l, const Value *map, const char *key, double most, double *out)
{
    const Value *value = NULL;
    if (!check_optional(&l->check, map, key, VALUE_NUMBER, &value)) {
        return false;
    }
    if (value && !(value->number >= 0 && value->number <= most)) {
        return check_fail(&l->check, value, "must be from 0 to %g", most);
    }
    *out = value ? value->number : *out;
    return true;
}

/* ---- Peers ---- */

static bool look_up(const Loader *l, const Value *at, NodePeer *peer)
{
    struct addrinfo *found = NULL;
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    int status = getaddrinfo(peer->host, NULL, &hints, &found);
    if (status != 0) {
        return check_fail(&l->check, at, "this host is not known: %s", gai_strerror(status));
    }
    const size_t room = sizeof peer->addresses / sizeof *peer->addresses;
    for (const struct addrinfo *one = found; one && peer->address_count < room; one = one->ai_next) {
        struct sockaddr_in address;
        memcpy(&address, one->ai_addr, sizeof address);
        peer->addresses[peer->address_count++] = address.sin_addr;
    }
    freeaddrinfo(found);
    return true;
}

/* The name becomes a part of file names and of log lines. */
static bool is_name(const char *name)
{
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == strlen(name) &&
           strlen(name) <= 32;
}

static bool read_peer(const Loader *l, const Value *map, const NodePeers *before, NodePeer *out)
{
    static const char *const keys[] = {"name", "ae", "host", "port", "tls"};
    const Value *tls = NULL;
    double port = 0;
    if (!check_kind(&l->check, map, VALUE_MAP) || !check_keys(&l->check, map, keys, CHECK_COUNT(keys))) {
        return false;
    }
    const Value *name = text_of(l, map, "name");
    const Value *ae = name ? text_of(l, map, "ae") : NULL;
    const Value *host = ae ? text_of(l, map, "host") : NULL;
    if (!host || !check_optional(&l->check, map, "tls", VALUE_BOOL, &tls) ||
        !number_at(l, map, "port", 65535, &port)) {
        return false;
    }
    if (!is_name(name->string)) {
        return check_fail(&l->check, name, "a name has up to 32 letters, digits, '-' and '_'");
    }
    if (!node_is_ae(ae->string)) {
        return check_fail(&l->check, ae, "is no AE title: 1 to 16 printable characters without a backslash");
    }
    for (size_t i = 0; i < before->count; i++) {
        if (strcmp(before->items[i].name, name->string) == 0) {
            return check_fail(&l->check, name, "a second peer of this name");
        }
    }
    *out = (NodePeer){.name = arena_strdup(l->arena, name->string),
                      .ae = arena_strdup(l->arena, ae->string),
                      .host = arena_strdup(l->arena, host->string),
                      .port = (unsigned)port,
                      .tls = tls && tls->boolean};
    return look_up(l, host, out);
}

NodePeers *node_peers_read(Arena *arena, const char *path, DensError **err)
{
    static const char *const keys[] = {"peers"};
    AUTO(arena_auto) Arena *scratch = arena_new();
    Loader l = {{scratch, path, err}, arena};
    const Value *root = yaml_read(scratch, path, err);
    const Value *list =
        root && check_kind(&l.check, root, VALUE_MAP) && check_keys(&l.check, root, keys, CHECK_COUNT(keys))
            ? check_required(&l.check, root, "peers", VALUE_LIST)
            : NULL;
    if (!list) {
        return NULL;
    }
    NodePeers *peers = arena_alloc(arena, sizeof *peers);
    peers->items = arena_array(arena, list->count + 1, sizeof *peers->items);
    VALUE_EACH(map, list)
    {
        if (!read_peer(&l, map, peers, &peers->items[peers->count])) {
            return NULL;
        }
        peers->count++;
    }
    return peers->count > 0 || check_fail(&l.check, list, "names no peer") ? peers : NULL;
}

/* ---- Rules ---- */

static bool read_roles(const Loader *l, const Value *map, const char *key, const char **out,
                       size_t *out_count)
{
    const Value *list = NULL;
    if (!check_optional(&l->check, map, key, VALUE_LIST, &list)) {
        return false;
    }
    VALUE_EACH(item, list)
    {
        SeriesRole role;
        if (!check_kind(&l->check, item, VALUE_STRING)) {
            return false;
        }
        if (!role_parse(item->string, &role)) {
            return check_fail(&l->check, item, "%s is no role of a series",
                              check_quote(&l->check, item->string));
        }
        if (*out_count == NODE_MOST_ROLES) {
            return check_fail(&l->check, item, "too many roles");
        }
        out[(*out_count)++] = role_name(role);
    }
    return true;
}

static bool read_mask(const Loader *l, const Value *map, const char *key, NodeMask *out)
{
    static const char *const keys[] = {"from", "description", "structure", "role"};
    static const char *const kinds[] = {"seg", "rtstruct"};
    static const char *const modalities[] = {"SEG", "RTSTRUCT"};
    const Value *mask = NULL;
    size_t kind = 0;
    if (!check_optional(&l->check, map, key, VALUE_MAP, &mask)) {
        return false;
    }
    if (!mask) {
        return true;
    }
    const Value *from =
        check_keys(&l->check, mask, keys, CHECK_COUNT(keys)) ? text_of(l, mask, "from") : NULL;
    if (!from || !check_one_of(&l->check, from, "object", kinds, CHECK_COUNT(kinds), &kind) ||
        !text_at(l, mask, "description", &out->description) ||
        !text_at(l, mask, "structure", &out->structure) || !text_at(l, mask, "role", &out->role)) {
        return false;
    }
    SeriesRole role;
    if (out->role && !role_parse(out->role, &role)) {
        return check_fail(&l->check, value_get(mask, "role"), "is no role of a series");
    }
    if (out->structure && kind == 0) {
        return check_fail_key(&l->check, value_get(mask, "structure"), "a segmentation has no structures");
    }
    out->modality = modalities[kind];
    return true;
}

static bool read_receivers(const Loader *l, const Value *map, const NodePeers *peers, NodeRule *out)
{
    const Value *list = check_required(&l->check, map, "to", VALUE_LIST);
    if (!list) {
        return false;
    }
    out->to = arena_array(l->arena, list->count + 1, sizeof *out->to);
    VALUE_EACH(item, list)
    {
        const NodePeer *found = NULL;
        for (size_t i = 0; i < peers->count && check_kind(&l->check, item, VALUE_STRING); i++) {
            found = strcmp(peers->items[i].name, item->string) == 0 ? &peers->items[i] : found;
        }
        if (!found) {
            return *l->check.err ? false : check_fail(&l->check, item, "no peer has this name");
        }
        if (found->port == 0) {
            return check_fail(&l->check, item, "this peer has no port: nothing can be sent to it");
        }
        out->to[out->to_count++] = found;
    }
    return true;
}

static bool read_send(const Loader *l, const Value *rule, const NodePeers *peers, NodeRule *out)
{
    static const char *const keys[] = {"to", "objects"};
    static const char *const names[] = {"sr", "seg", "pdf"};
    static const char *const files[] = {"sr.dcm", "seg.dcm", "report.dcm"};
    const Value *map = NULL, *objects = NULL;
    if (!check_optional(&l->check, rule, "send", VALUE_MAP, &map)) {
        return false;
    }
    if (!map) {
        return true;
    }
    if (!check_keys(&l->check, map, keys, CHECK_COUNT(keys)) || !read_receivers(l, map, peers, out) ||
        !check_optional(&l->check, map, "objects", VALUE_LIST, &objects)) {
        return false;
    }
    for (size_t i = 0; !objects && i < CHECK_COUNT(files); i++) {
        out->objects[out->object_count++] = files[i];
    }
    VALUE_EACH(item, objects)
    {
        size_t which = 0;
        if (!check_one_of(&l->check, item, "object", names, CHECK_COUNT(names), &which)) {
            return false;
        }
        for (size_t i = 0; i < out->object_count; i++) {
            if (out->objects[i] == files[which]) {
                return check_fail(&l->check, item, "stands here twice");
            }
        }
        out->objects[out->object_count++] = files[which];
    }
    return true;
}

static bool read_rule(const Loader *l, const Value *map, const NodePeers *peers, NodeRule *out)
{
    static const char *const keys[] = {"name",   "needs",  "evaluate", "description", "lesion",
                                       "labels", "scheme", "prior",    "send"};
    if (!check_kind(&l->check, map, VALUE_MAP) || !check_keys(&l->check, map, keys, CHECK_COUNT(keys))) {
        return false;
    }
    const Value *name = text_of(l, map, "name");
    if (!name) {
        return false;
    }
    if (!is_name(name->string)) {
        return check_fail(&l->check, name, "a name has up to 32 letters, digits, '-' and '_'");
    }
    out->name = arena_strdup(l->arena, name->string);
    if (!read_roles(l, map, "needs", out->needs, &out->need_count) ||
        !read_roles(l, map, "evaluate", out->roles, &out->role_count) ||
        !text_at(l, map, "description", &out->description) || !read_mask(l, map, "lesion", &out->lesion) ||
        !read_mask(l, map, "labels", &out->labels) || !text_at(l, map, "scheme", &out->scheme) ||
        !text_at(l, map, "prior", &out->prior) || !read_send(l, map, peers, out)) {
        return false;
    }
    if ((out->labels.modality != NULL) != (out->scheme != NULL)) {
        return check_fail(&l->check, map, "labels and scheme stand together or not at all");
    }
    return true;
}

NodeRules *node_rules_read(Arena *arena, const char *path, const NodePeers *peers, DensError **err)
{
    static const char *const keys[] = {"quiet_seconds", "keep_hours", "evaluate_seconds", "rules"};
    AUTO(arena_auto) Arena *scratch = arena_new();
    Loader l = {{scratch, path, err}, arena};
    const Value *root = yaml_read(scratch, path, err);
    NodeRules *rules = arena_alloc(arena, sizeof *rules);
    *rules = (NodeRules){.quiet_seconds = DEFAULT_QUIET_SECONDS,
                         .keep_hours = -1,
                         .evaluate_seconds = DEFAULT_EVALUATE_SECONDS};
    const Value *list =
        root && check_kind(&l.check, root, VALUE_MAP) && check_keys(&l.check, root, keys, CHECK_COUNT(keys))
            ? check_required(&l.check, root, "rules", VALUE_LIST)
            : NULL;
    if (!list || !number_at(&l, root, "quiet_seconds", MOST_SECONDS, &rules->quiet_seconds) ||
        !number_at(&l, root, "evaluate_seconds", MOST_SECONDS, &rules->evaluate_seconds) ||
        !number_at(&l, root, "keep_hours", MOST_HOURS, &rules->keep_hours)) {
        return NULL;
    }
    rules->items = arena_array(arena, list->count + 1, sizeof *rules->items);
    VALUE_EACH(map, list)
    {
        if (!read_rule(&l, map, peers, &rules->items[rules->count])) {
            return NULL;
        }
        rules->count++;
    }
    return rules->count > 0 || check_fail(&l.check, list, "names no rule") ? rules : NULL;
}
