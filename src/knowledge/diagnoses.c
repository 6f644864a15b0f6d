/* The files that hold evidence and statements: diagnoses/ID.yaml, background.yaml, general.yaml. */
#include "knowledge/parts.h"

#include "base/file.h"

#include <string.h>

static const char *const topics[] = {"epidemiology", "sites",      "clinical",    "radiograph",
                                     "ct",           "mr",         "enhancement", "nuclear",
                                     "functional",   "histology",  "molecular",   "treatment",
                                     "follow_up",    "recurrence", "prognosis",   "pitfall"};

const char *const *knowledge_topics(size_t *out_count)
{
    *out_count = CHECK_COUNT(topics);
    return topics;
}

static bool load_statement(const Loader *l, const Value *node, const char *fixed_topic, Statement *out)
{
    static const char *const keys[] = {"text", "source", "where", "conflict", "topic"};
    size_t topic = CHECK_COUNT(topics) - 1;
    size_t key_count = CHECK_COUNT(keys) - (fixed_topic ? 1 : 0);
    if (!check_kind(&l->check, node, VALUE_MAP) || !check_keys(&l->check, node, keys, key_count) ||
        !(out->text = loader_text(l, node, "text", NULL)) ||
        !(out->source = loader_source(l, node, "source")) ||
        !(out->where = loader_text(l, node, "where", NULL)) || !(out->conflict = loader_conflict(l, node))) {
        return false;
    }
    if (!fixed_topic &&
        (!check_required(&l->check, node, "topic", VALUE_STRING) ||
         !check_one_of(&l->check, value_get(node, "topic"), "topic", topics, CHECK_COUNT(topics), &topic))) {
        return false;
    }
    out->topic = fixed_topic ? fixed_topic : topics[topic];
    return true;
}

bool knowledge_load_statements(const Loader *l, const Value *list, const char *fixed_topic, Statement *out,
                               size_t *count)
{
    VALUE_EACH(node, list)
    {
        if (!load_statement(l, node, fixed_topic, &out[*count])) {
            return false;
        }
        ++*count;
    }
    return true;
}

bool knowledge_load_background(Loader *l, const Value *root)
{
    static const char *const keys[] = {"evidence"};
    const Value *list = check_keys(&l->check, root, keys, CHECK_COUNT(keys))
                            ? check_required(&l->check, root, "evidence", VALUE_LIST)
                            : NULL;
    return list && knowledge_load_rows(l, list, "background", NULL, false, &l->k->background);
}

bool knowledge_load_general(Loader *l, const Value *root)
{
    static const char *const keys[] = {"statements"};
    const Value *list = check_keys(&l->check, root, keys, CHECK_COUNT(keys))
                            ? check_required(&l->check, root, "statements", VALUE_LIST)
                            : NULL;
    if (!list) {
        return false;
    }
    l->k->general = arena_array(l->k->arena, list->count + 1, sizeof *l->k->general);
    return knowledge_load_statements(l, list, NULL, l->k->general, &l->k->general_count);
}

/* ---- one diagnosis ---- */

static Diagnosis *find_diagnosis(const Loader *l, const Value *root, const char *path)
{
    const Value *at = check_required(&l->check, root, "id", VALUE_STRING);
    if (!at) {
        return NULL;
    }
    size_t count = knowledge_diagnosis_count(l->k);
    const char **ids = arena_array(l->check.scratch, count + 1, sizeof *ids);
    for (size_t i = 0; i < count; i++) {
        ids[i] = l->k->diagnoses[i].name->id;
    }
    int index = vocabulary_find_diagnosis(l->k->vocabulary, at->string);
    if (index < 0) {
        check_fail(&l->check, at, "unknown diagnosis %s%s", loader_quote(l, at->string),
                   check_suggestion(&l->check, at->string, ids, count));
        return NULL;
    }
    const char *expected = arena_printf(l->check.scratch, "%s.yaml", at->string);
    if (strcmp(file_name(path), expected) != 0) {
        check_fail(&l->check, at, "the file of %s must be named %s", at->string, expected);
        return NULL;
    }
    return &l->k->diagnoses[index];
}

static bool load_synonyms(const Loader *l, const Value *root, Diagnosis *d)
{
    const Value *list;
    if (!check_optional(&l->check, root, "synonyms", VALUE_LIST, &list)) {
        return false;
    }
    const char **synonyms = arena_array(l->k->arena, (list ? list->count : 0) + 1, sizeof *synonyms);
    VALUE_EACH(item, list)
    {
        if (!check_kind(&l->check, item, VALUE_STRING)) {
            return false;
        }
        synonyms[d->synonym_count++] = arena_strdup(l->k->arena, item->string);
    }
    d->synonyms = synonyms;
    return true;
}

static bool load_texts(const Loader *l, const Value *root, Diagnosis *d)
{
    const Value *pitfalls, *statements;
    if (!check_optional(&l->check, root, "pitfalls", VALUE_LIST, &pitfalls) ||
        !check_optional(&l->check, root, "statements", VALUE_LIST, &statements)) {
        return false;
    }
    size_t most = (pitfalls ? pitfalls->count : 0) + (statements ? statements->count : 0);
    Statement *out = arena_array(l->k->arena, most + 1, sizeof *out);
    d->statements = out;
    return knowledge_load_statements(l, statements, NULL, out, &d->statement_count) &&
           knowledge_load_statements(l, pitfalls, "pitfall", out, &d->statement_count);
}

/* The evidence, and the rows that say how the diagnosis splits into its components. */
static bool load_evidence(const Loader *l, const Value *root, const Value *evidence, Diagnosis *d)
{
    const Finding *components;
    const Value *shares;
    RowTable *rows = &l->k->tables[d->index], *share_rows = &l->k->share_tables[d->index];
    if (!knowledge_load_components(l, root, d, &components) ||
        !check_optional(&l->check, root, "component_shares", VALUE_LIST, &shares)) {
        return false;
    }
    if (shares && !components) {
        return check_fail_key(&l->check, shares, "the file describes no 'components'");
    }
    if (!knowledge_load_rows(l, evidence, d->name->id, components, false, rows) ||
        (shares && !knowledge_load_rows(l, shares, d->name->id, components, true, share_rows))) {
        return false;
    }
    d->row_count = rows->count;
    d->rows = rows->rows;
    d->share_row_count = share_rows->count;
    d->share_rows = share_rows->rows;
    return true;
}

bool knowledge_load_diagnosis(Loader *l, const Document *file)
{
    static const char *const keys[] = {"id",       "summary",    "synonyms",   "pitfalls",
                                       "evidence", "statements", "codes",      "who",
                                       "typical",  "mimics",     "components", "component_shares"};
    l->check.where = file->path;
    if (!check_keys(&l->check, file->root, keys, CHECK_COUNT(keys))) {
        return false;
    }
    Diagnosis *d = find_diagnosis(l, file->root, file->path);
    const Value *evidence = d ? check_required(&l->check, file->root, "evidence", VALUE_LIST) : NULL;
    if (!evidence || !(d->summary = loader_text(l, file->root, "summary", NULL)) ||
        !load_synonyms(l, file->root, d) || !load_texts(l, file->root, d) ||
        !knowledge_load_about(l, file->root, d) || !load_evidence(l, file->root, evidence, d)) {
        return false;
    }
    d->known = true;
    return true;
}
