/* Loading the knowledge folder, and what can be asked of it.
 *
 * The version is a digest over the names and bytes of every YAML file below the folder, sorted by name: also
 * of those that other rooms read (alerts, readings), as a result depends on them, too. */
#include "knowledge/parts.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/yaml.h"

#include <stdlib.h>
#include <string.h>

/* ---- small parts ---- */

size_t cell_components(const Finding *finding)
{
    switch (finding->kind) {
    case FINDING_SET:
        return 2 * finding->value_count;
    case FINDING_NUMBER:
        return finding->bin_count;
    case FINDING_CHOICE:
        break;
    }
    return finding->value_count;
}

size_t row_block(const Finding *finding)
{
    return finding->kind == FINDING_SET ? 2 : cell_components(finding);
}

const char *loader_quote(const Loader *l, const char *text)
{
    return arena_printf(l->check.scratch, "'%.120s'", text);
}

const char *loader_text(const Loader *l, const Value *map, const char *key, const char *fallback)
{
    return check_text(&l->check, l->k->trees, map, key, fallback);
}

bool loader_id(const Loader *l, const Value *at, const char *id)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    if (id[0] != '\0' && id[strspn(id, allowed)] == '\0') {
        return true;
    }
    return check_fail_key(&l->check, at, "%s: an id holds letters, digits and _ only", loader_quote(l, id));
}

bool loader_number(const Loader *l, const Value *map, const char *key, double minimum, double maximum,
                   double *out)
{
    const Value *node;
    if (!check_optional(&l->check, map, key, VALUE_NUMBER, &node)) {
        return false;
    }
    if (!node) {
        return true;
    }
    if (node->number < minimum && maximum >= 1e9) { /* a bound that only keeps nonsense out */
        return check_fail(&l->check, node, "%g is out of range; it must be at least %g", node->number,
                          minimum);
    }
    if (!(node->number >= minimum && node->number <= maximum)) {
        return check_fail(&l->check, node, "%g is out of range; it must be %g to %g", node->number, minimum,
                          maximum);
    }
    *out = node->number;
    return true;
}

static const Source *find_source(const Loader *l, const Value *at)
{
    const Source *found = knowledge_find_source(l->k, at->string);
    if (found) {
        l->k->source_used[found - l->k->sources] = true;
        return found;
    }
    size_t count = l->k->source_count;
    const char **ids = arena_array(l->check.scratch, count + 1, sizeof *ids);
    for (size_t i = 0; i < count; i++) {
        ids[i] = l->k->sources[i].id;
    }
    const char *near = check_suggestion(&l->check, at->string, ids, count);
    check_fail(&l->check, at, "unknown source %s%s", loader_quote(l, at->string),
               near[0] ? near : "; add it to a file in sources/");
    return NULL;
}

const Source *loader_source(const Loader *l, const Value *map, const char *key)
{
    const Value *node = check_required(&l->check, map, key, VALUE_STRING);
    return node ? find_source(l, node) : NULL;
}

bool loader_sources(const Loader *l, const Value *map, const char *key, const Source *const **out,
                    size_t *out_count)
{
    const Value *list = check_required(&l->check, map, key, VALUE_LIST);
    if (!list) {
        return false;
    }
    const Source **sources = arena_array(l->k->arena, list->count + 1, sizeof(const Source *));
    size_t count = 0;
    VALUE_EACH(item, list)
    {
        if (!check_kind(&l->check, item, VALUE_STRING) || !(sources[count] = find_source(l, item))) {
            return false;
        }
        count++;
    }
    *out = sources;
    *out_count = count;
    return true;
}

/* ---- files ---- */

static const Value *read_yaml(Loader *l, const char *path)
{
    const Value *root = yaml_read(l->k->trees, path, l->check.err);
    if (!root) {
        return NULL;
    }
    l->check.where = path;
    return check_kind(&l->check, root, VALUE_MAP) ? root : NULL;
}

/* `folder`/NAME.yaml, if it is there, and every YAML file in `folder`/NAME/, sorted by name. */
static bool read_documents(Loader *l, const char *name, DocumentList *out)
{
    Arena *scratch = l->check.scratch;
    const char *single = file_join(scratch, l->k->folder, arena_printf(scratch, "%s.yaml", name));
    const char *folder = file_join(scratch, l->k->folder, name);
    const char **names = NULL;
    size_t count = 0;
    if (file_kind(folder) == FILE_FOLDER && !file_list(scratch, folder, &names, &count, l->check.err)) {
        return false;
    }
    *out = (DocumentList){0, arena_array(scratch, count + 1, sizeof *out->items)};
    for (size_t i = 0; i <= count; i++) {
        bool is_single = i == 0;
        if (is_single ? file_kind(single) != FILE_REGULAR : !file_has_suffix(names[i - 1], ".yaml")) {
            continue;
        }
        const char *path = is_single ? single : file_join(scratch, folder, names[i - 1]);
        const Value *root = read_yaml(l, path);
        if (!root) {
            return false;
        }
        out->items[out->count++] = (Document){path, root};
    }
    return true;
}

/* Reads `folder`/NAME and hands its tree to `load`. */
static bool load_file(Loader *l, const char *name, bool (*load)(Loader *, const Value *))
{
    const Value *root = read_yaml(l, file_join(l->check.scratch, l->k->folder, name));
    return root && load(l, root);
}

/* dependence.yaml may be missing: then no signs are bundled. */
static bool load_dependence(Loader *l)
{
    const char *path = file_join(l->check.scratch, l->k->folder, "dependence.yaml");
    return file_kind(path) == FILE_REGULAR ? load_file(l, "dependence.yaml", knowledge_load_dependence)
                                           : knowledge_load_dependence(l, NULL);
}

static bool load_diagnoses(Loader *l)
{
    DocumentList files;
    if (!read_documents(l, "diagnoses", &files)) {
        return false;
    }
    for (size_t i = 0; i < files.count; i++) {
        if (!knowledge_load_diagnosis(l, &files.items[i])) {
            return false;
        }
    }
    return true;
}

/* Marks the sources that a tree names under `source` or `sources`: files of other rooms cite, too, and each
 * room refuses what it cannot use. Their `vocabulary` is the project's own definition. */
static void mark_cited(const Loader *l, const char *file, const Value *node)
{
    bool cites = node->key ? strcmp(node->key, "source") == 0 : false;
    cites = cites || (node->parent && node->parent->key && strcmp(node->parent->key, "sources") == 0);
    if (cites && node->kind == VALUE_STRING && strcmp(node->string, "vocabulary") != 0) {
        const Source *found = knowledge_find_source(l->k, node->string);
        if (found) {
            l->k->source_used[found - l->k->sources] = true;
        } else {
            value_add_format(l->k->unknown_cited,
                             "%s:%d names the source %s, which no file in sources/ describes", file,
                             node->line, loader_quote(l, node->string));
        }
    }
    VALUE_EACH(child, node)
    {
        mark_cited(l, file, child);
    }
}

/* The YAML files directly in the folder that this room does not read. */
static bool mark_other_files(Loader *l)
{
    l->k->unknown_cited = value_new_list(l->k->arena);
    static const char *const own[] = {"vocabulary.yaml", "sources.yaml",    "scales.yaml",
                                      "conflicts.yaml",  "general.yaml",    "background.yaml",
                                      "priors.yaml",     "dependence.yaml", "contradictions.yaml"};
    const char **names;
    size_t count;
    if (!file_list(l->check.scratch, l->k->folder, &names, &count, l->check.err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        bool is_own = !file_has_suffix(names[i], ".yaml");
        for (size_t j = 0; j < CHECK_COUNT(own) && !is_own; j++) {
            is_own = strcmp(names[i], own[j]) == 0;
        }
        if (is_own) {
            continue;
        }
        const char *path = file_join(l->check.scratch, l->k->folder, names[i]);
        const Value *root = yaml_read(l->check.scratch, path, l->check.err);
        if (!root) {
            return false;
        }
        mark_cited(l, names[i], root);
    }
    return true;
}

const char *knowledge_digest(const char *folder, Arena *arena, DensError **err)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    const char **paths;
    size_t count;
    if (!file_list_tree(scratch, folder, FILES_MAX, &paths, &count, err)) {
        return NULL;
    }
    Hash *hash = hash_new();
    bool ok = true;
    size_t skip = strlen(folder);
    for (size_t i = 0; i < count && ok; i++) {
        if (!file_has_suffix(paths[i], ".yaml")) {
            continue;
        }
        size_t length = 0;
        char *bytes = file_read(paths[i], FILE_BYTES_MAX, &length, err);
        ok = bytes != NULL;
        if (ok) {
            const char *name = paths[i] + skip + strspn(paths[i] + skip, "/");
            hash_add(hash, name, strlen(name) + 1);
            hash_add(hash, bytes, length);
            hash_add(hash, "", 1);
        }
        free(bytes);
    }
    char digest[65];
    hash_finish(hash, digest);
    hash_free(hash);
    return ok ? arena_printf(arena, "sha256:%s", digest) : NULL;
}

/* ---- the whole ---- */

static void make_diagnoses(Knowledge *k)
{
    size_t count = vocabulary_diagnosis_count(k->vocabulary);
    k->diagnoses = arena_array(k->arena, count, sizeof *k->diagnoses);
    k->tables = arena_array(k->arena, count, sizeof *k->tables);
    k->share_tables = arena_array(k->arena, count, sizeof *k->share_tables);
    for (size_t i = 0; i < count; i++) {
        k->diagnoses[i] =
            (Diagnosis){.index = i, .name = vocabulary_diagnosis(k->vocabulary, i), .summary = ""};
    }
}

/* What only `dens knowledge` tells. */
static bool look_through(Loader *l)
{
    if (!mark_other_files(l)) {
        return false;
    }
    knowledge_find_conflicts(l->k, l->check.scratch);
    return true;
}

static bool load_all(Loader *l)
{
    Knowledge *k = l->k;
    k->vocabulary = vocabulary_load_beside(k->arena, k->folder, l->check.err);
    if (!k->vocabulary) {
        return false;
    }
    make_diagnoses(k);
    DocumentList sources, conflicts;
    if (!read_documents(l, "sources", &sources) || !knowledge_load_sources(l, &sources) ||
        !load_file(l, "scales.yaml", knowledge_load_scales) || !read_documents(l, "conflicts", &conflicts) ||
        !knowledge_load_conflicts(l, &conflicts) ||
        !load_file(l, "background.yaml", knowledge_load_background)) {
        return false;
    }
    const char *general = file_join(l->check.scratch, k->folder, "general.yaml");
    if (file_kind(general) == FILE_REGULAR && !load_file(l, "general.yaml", knowledge_load_general)) {
        return false;
    }
    const char *contradictions = file_join(l->check.scratch, k->folder, "contradictions.yaml");
    if (file_kind(contradictions) == FILE_REGULAR &&
        !load_file(l, "contradictions.yaml", knowledge_load_contradictions)) {
        return false;
    }
    if (!load_dependence(l) || !load_diagnoses(l) || !load_file(l, "priors.yaml", knowledge_load_priors)) {
        return false;
    }
    knowledge_build_cells(k, l->check.scratch);
    return true;
}

void knowledge_settle(Knowledge *knowledge, const char *folder)
{
    knowledge->folder = arena_strdup(knowledge->arena, folder);
    knowledge->prepared = NULL;
    knowledge->table = yaml_table();
    if (knowledge->table) {
        knowledge->prepared = trees_block(knowledge->table, knowledge->version, &knowledge->prepared_bytes);
    }
}

/* In `arena`, and as part of it. */
static Knowledge *load(Arena *arena, const char *folder, const char *version, bool whole, DensError **err)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    Knowledge *k = arena_alloc(arena, sizeof *k);
    *k = (Knowledge){
        .arena = arena, .trees = arena_beside_left_out(arena), .folder = arena_strdup(arena, folder)};
    Loader l = {k, {scratch, folder, err}};
    bool ok = load_all(&l) && (!whole || look_through(&l));
    if (ok && !version) {
        version = knowledge_digest(folder, scratch, err);
    }
    if (!ok || !version) {
        knowledge_free(k);
        return NULL;
    }
    k->version = arena_strdup(arena, version);
    knowledge_settle(k, folder);
    return k;
}

Knowledge *knowledge_load(const char *folder, DensError **err)
{
    return load(arena_new(), folder, NULL, false, err);
}

Knowledge *knowledge_load_into(Region *region, const char *folder, const char *version, DensError **err)
{
    return load(region ? region_arena(region, REGION_STRUCTURES) : arena_new(), folder, version, false, err);
}

Knowledge *knowledge_load_whole(const char *folder, DensError **err)
{
    return load(arena_new(), folder, NULL, true, err);
}

void knowledge_free(Knowledge *knowledge)
{
    if (knowledge) {
        Arena *trees = knowledge->trees;
        vocabulary_free(knowledge->vocabulary);
        arena_free(knowledge->arena);
        arena_free(trees);
    }
}

Arena *knowledge_arena_beside(const Knowledge *knowledge)
{
    return arena_beside(knowledge->arena);
}

/* ---- asking ---- */

const Vocabulary *knowledge_vocabulary(const Knowledge *knowledge)
{
    return knowledge->vocabulary;
}

const char *knowledge_folder(const Knowledge *knowledge)
{
    return knowledge->folder;
}

const char *knowledge_version(const Knowledge *knowledge)
{
    return knowledge->version;
}

const void *knowledge_prepared(const Knowledge *knowledge, size_t *out_bytes)
{
    *out_bytes = knowledge->prepared_bytes;
    return knowledge->prepared;
}

void knowledge_tell_damage(const Knowledge *knowledge)
{
    trees_tell_damage(knowledge->table, "what was prepared for the intervals");
}

const InferenceScales *knowledge_scales(const Knowledge *knowledge)
{
    return &knowledge->inference;
}

size_t knowledge_diagnosis_count(const Knowledge *knowledge)
{
    return vocabulary_diagnosis_count(knowledge->vocabulary);
}

const Diagnosis *knowledge_diagnosis(const Knowledge *knowledge, size_t index)
{
    return &knowledge->diagnoses[index];
}

const Cell *knowledge_cell(const Knowledge *knowledge, size_t diagnosis, const Finding *finding)
{
    return &knowledge->cells[diagnosis * vocabulary_count(knowledge->vocabulary) + finding->index];
}

const Cell *knowledge_component_cell(const Knowledge *knowledge, size_t diagnosis, size_t component,
                                     const Finding *finding)
{
    const Cell *cells = knowledge->component_cells[diagnosis];
    return cells ? &cells[component * vocabulary_count(knowledge->vocabulary) + finding->index]
                 : knowledge_cell(knowledge, diagnosis, finding);
}

const double *knowledge_background(const Knowledge *knowledge, const Finding *finding)
{
    return knowledge->background_p[finding->index];
}

const Row *knowledge_background_rows(const Knowledge *knowledge, size_t *out_count)
{
    *out_count = knowledge->background.count;
    return knowledge->background.rows;
}

const double *knowledge_none(const Knowledge *knowledge, const Finding *finding)
{
    return knowledge->none_p[finding->index];
}

size_t knowledge_bundle_count(const Knowledge *knowledge)
{
    return knowledge->bundle_count;
}

const Bundle *knowledge_bundle(const Knowledge *knowledge, size_t index)
{
    return &knowledge->bundles[index];
}

int knowledge_bundle_of(const Knowledge *knowledge, size_t sign)
{
    return knowledge->bundle_of[sign];
}

static const Row *row_of(const RowTable *table, const char *id)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].id, id) == 0) {
            return &table->rows[i];
        }
    }
    return NULL;
}

const Row *knowledge_row(const Knowledge *knowledge, const char *id)
{
    const Row *row = row_of(&knowledge->background, id);
    for (size_t d = 0; d < knowledge_diagnosis_count(knowledge) && !row; d++) {
        row = row_of(&knowledge->tables[d], id);
    }
    return row;
}

size_t knowledge_source_count(const Knowledge *knowledge)
{
    return knowledge->source_count;
}

const Source *knowledge_source(const Knowledge *knowledge, size_t index)
{
    return &knowledge->sources[index];
}

size_t knowledge_conflict_count(const Knowledge *knowledge)
{
    return knowledge->conflict_count;
}

const Conflict *knowledge_conflict(const Knowledge *knowledge, size_t index)
{
    return &knowledge->conflicts[index];
}

size_t knowledge_prior_count(const Knowledge *knowledge)
{
    return knowledge->prior_count;
}

const Prior *knowledge_prior(const Knowledge *knowledge, size_t index)
{
    return &knowledge->priors[index];
}

const Prior *knowledge_find_prior(const Knowledge *knowledge, const char *id)
{
    for (size_t i = 0; i < knowledge->prior_count; i++) {
        if (strcmp(knowledge->priors[i].id, id) == 0) {
            return &knowledge->priors[i];
        }
    }
    return NULL;
}

const Statement *knowledge_general(const Knowledge *knowledge, size_t *out_count)
{
    *out_count = knowledge->general_count;
    return knowledge->general;
}
