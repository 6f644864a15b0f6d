/* The registers of sources and of written conflicts. Each is one file or a folder of files that count as one;
 * an id that stands in two of them is refused. */
#include "knowledge/parts.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where an id was defined, to say so when it comes again. */
typedef struct {
    const char *id, *path;
    int line;
    uint64_t key; /* of the id: most differ in it */
} Defined;

static size_t count_entries(const DocumentList *files)
{
    size_t count = 0;
    for (size_t i = 0; i < files->count; i++) {
        count += files->items[i].root->count;
    }
    return count;
}

static bool define(const Loader *l, Defined *defined, size_t count, const Value *at)
{
    if (!loader_id(l, at, at->key) || !check_kind(&l->check, at, VALUE_MAP)) {
        return false;
    }
    uint64_t key = random_key(at->key);
    for (size_t i = 0; i < count; i++) {
        if (defined[i].key == key && strcmp(defined[i].id, at->key) == 0) {
            return check_fail_key(&l->check, at,
                                  "%s is defined already in %s:%d; ids are unique over all files",
                                  loader_quote(l, at->key), defined[i].path, defined[i].line);
        }
    }
    defined[count] = (Defined){at->key, l->check.where, at->key_line, key};
    return true;
}

/* ---- sources ---- */

/* "Si" of "Si MJ, Wang CS, et al.": up to the first comma, without the initials. */
static const char *first_author(Arena *arena, const char *authors)
{
    size_t length = strcspn(authors, ",;");
    char *name = arena_strndup(arena, authors, length);
    char *space = strrchr(name, ' ');
    if (space && strlen(space + 1) <= 4 &&
        space[1 + strspn(space + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-")] == '\0') {
        *space = '\0';
    }
    return name;
}

static void name_source(Arena *arena, Source *s, const Value *node, const char *authors)
{
    bool has_authors = strstr(authors, "not recorded") == NULL;
    const char *title = value_text(node, "title");
    const char *journal = value_text(node, "journal");
    double year = value_number_or(node, "year", 0);
    const char *when = year > 0 ? arena_printf(arena, "%.0f", year) : "";
    s->short_name = value_text(node, "short");
    if (s->short_name) {
        s->short_name = arena_strdup(arena, s->short_name);
    } else {
        const char *who = has_authors ? first_author(arena, authors) : journal ? journal : title;
        s->short_name = arena_printf(arena, "%s%s%s", who, when[0] ? " " : "", when);
    }
    s->citation = arena_printf(arena, "%s%s%s%s%s%s%s.", has_authors ? authors : "", has_authors ? ": " : "",
                               title, journal ? ". " : "", journal ? journal : "", when[0] ? " " : "", when);
}

static bool load_source(Loader *l, const Value *node)
{
    static const char *const keys[] = {"authors", "title", "journal", "year", "doi",   "url",
                                       "kind",    "seen",  "n",       "note", "short", "cited_by"};
    static const char *const kinds[] = {"review",   "series",      "registry", "meta_analysis", "guideline",
                                        "standard", "case_report", "textbook", "study",         "convention"};
    static const char *const seen[] = {"full_text", "table", "abstract", "excerpt", "own"};
    static const char *const rooms[] = {"measurements", "overlay"};
    Source s = {.id = arena_strdup(l->k->arena, node->key)};
    size_t index;
    double ignored;
    if (!check_keys(&l->check, node, keys, CHECK_COUNT(keys)) || !loader_text(l, node, "title", NULL) ||
        !loader_text(l, node, "kind", NULL) ||
        !check_one_of(&l->check, value_get(node, "kind"), "kind", kinds, CHECK_COUNT(kinds), &index)) {
        return false;
    }
    s.kind = kinds[index];
    const char *authors = loader_text(l, node, "authors", NULL);
    if (!authors || !loader_text(l, node, "seen", NULL) ||
        !check_one_of(&l->check, value_get(node, "seen"), "part that was read", seen, CHECK_COUNT(seen),
                      &index) ||
        !loader_number(l, node, "year", 1800, 2100, &ignored) ||
        !loader_number(l, node, "n", 1, 1e9, &ignored)) {
        return false;
    }
    s.seen = seen[index];
    if (!(s.doi = loader_text(l, node, "doi", "")) || !(s.url = loader_text(l, node, "url", "")) ||
        !loader_text(l, node, "journal", "") || !loader_text(l, node, "short", "")) {
        return false;
    }
    if (strncmp(s.doi, "http", 4) == 0) {
        return check_fail(&l->check, value_get(node, "doi"),
                          "a DOI begins with 10.; an address goes into 'url'");
    }
    if (!(s.cited_by = loader_text(l, node, "cited_by", "")) ||
        (s.cited_by[0] != '\0' && !check_one_of(&l->check, value_get(node, "cited_by"), "citing part", rooms,
                                                CHECK_COUNT(rooms), &index))) {
        return false;
    }
    name_source(l->k->arena, &s, node, authors);
    l->k->source_used[l->k->source_count] = s.cited_by[0] != '\0';
    l->k->sources[l->k->source_count++] = s;
    return true;
}

static int by_id(const void *a, const void *b)
{
    return strcmp((*(const Source *const *)a)->id, (*(const Source *const *)b)->id);
}

static void sort_sources(Knowledge *k)
{
    k->sources_by_id = arena_array(k->arena, k->source_count + 1, sizeof(const Source *));
    for (size_t i = 0; i < k->source_count; i++) {
        k->sources_by_id[i] = &k->sources[i];
    }
    qsort(k->sources_by_id, k->source_count, sizeof(const Source *), by_id);
}

const Source *knowledge_find_source(const Knowledge *knowledge, const char *id)
{
    size_t from = 0, to = knowledge->source_count;
    while (from < to) {
        size_t middle = (from + to) / 2;
        int order = strcmp(knowledge->sources_by_id[middle]->id, id);
        if (order == 0) {
            return knowledge->sources_by_id[middle];
        }
        from = order < 0 ? middle + 1 : from;
        to = order < 0 ? to : middle;
    }
    return NULL;
}

bool knowledge_load_sources(Loader *l, const DocumentList *files)
{
    size_t count = count_entries(files);
    l->k->sources = arena_array(l->k->arena, count + 1, sizeof *l->k->sources);
    l->k->source_used = arena_array(l->k->arena, count + 1, sizeof *l->k->source_used);
    Defined *defined = arena_array(l->check.scratch, count + 1, sizeof *defined);
    for (size_t i = 0; i < files->count; i++) {
        l->check.where = files->items[i].path;
        VALUE_EACH(node, files->items[i].root)
        {
            if (!define(l, defined, l->k->source_count, node) || !load_source(l, node)) {
                return false;
            }
        }
    }
    sort_sources(l->k);
    return true;
}

/* ---- written conflicts ---- */

static bool load_conflict(Loader *l, const Value *node)
{
    static const char *const keys[] = {"diagnosis", "question", "resolution", "sources"};
    Conflict c = {.id = arena_strdup(l->k->arena, node->key), .written = true};
    if (!check_keys(&l->check, node, keys, CHECK_COUNT(keys)) ||
        !(c.diagnosis = loader_text(l, node, "diagnosis", "")) ||
        !(c.question = loader_text(l, node, "question", NULL)) ||
        !(c.resolution = loader_text(l, node, "resolution", NULL)) ||
        !loader_sources(l, node, "sources", &c.sources, &c.source_count)) {
        return false;
    }
    if (c.diagnosis[0] != '\0' && vocabulary_find_diagnosis(l->k->vocabulary, c.diagnosis) < 0) {
        return check_fail(&l->check, value_get(node, "diagnosis"), "unknown diagnosis %s",
                          loader_quote(l, c.diagnosis));
    }
    l->k->conflicts[l->k->conflict_count++] = c;
    return true;
}

bool knowledge_load_conflicts(Loader *l, const DocumentList *files)
{
    size_t count = count_entries(files);
    l->k->conflicts = arena_array(l->k->arena, count + 1, sizeof *l->k->conflicts);
    Defined *defined = arena_array(l->check.scratch, count + 1, sizeof *defined);
    for (size_t i = 0; i < files->count; i++) {
        l->check.where = files->items[i].path;
        VALUE_EACH(node, files->items[i].root)
        {
            if (!define(l, defined, l->k->conflict_count, node) || !load_conflict(l, node)) {
                return false;
            }
        }
    }
    return true;
}

const char *loader_conflict(const Loader *l, const Value *map)
{
    const char *id = loader_text(l, map, "conflict", "");
    if (!id || id[0] == '\0') {
        return id;
    }
    const char **ids = arena_array(l->check.scratch, l->k->conflict_count + 1, sizeof *ids);
    for (size_t i = 0; i < l->k->conflict_count; i++) {
        ids[i] = l->k->conflicts[i].id;
        if (strcmp(ids[i], id) == 0) {
            return id;
        }
    }
    const char *near = check_suggestion(&l->check, id, ids, l->k->conflict_count);
    check_fail(&l->check, value_get(map, "conflict"), "unknown conflict %s%s", loader_quote(l, id),
               near[0] ? near : "; add it to a file in conflicts/");
    return NULL;
}
