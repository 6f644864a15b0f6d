/* Named priors as trees. A node names its children with counts (patients) or weights (shares of a text); a
 * child without an entry under `children` is the diagnosis of its name. Every diagnosis is a leaf exactly
 * once, or is named under `leaves_out` and gets no probability.
 *
 * A node's Dirichlet has the counts, scaled down to the cap, and a flat part: a registry of a thousand
 * patients says how things are there, not how they are here. `uniform: true` gives each diagnosis the same,
 * without spread. */
#include "knowledge/parts.h"

#include <math.h>
#include <string.h>

static const double uniform_alpha = 1e6; /* so large that its draws do not spread */

typedef struct {
    Loader *l;
    bool *seen; /* diagnoses that are leaves already */
} Tree;

static bool load_node(const Tree *t, const Value *node, PriorNode *out);

static bool load_leaf(const Tree *t, const Value *at, const char *id, PriorNode *out)
{
    const Loader *l = t->l;
    out->diagnosis = vocabulary_find_diagnosis(l->k->vocabulary, id);
    if (out->diagnosis < 0) {
        size_t count = knowledge_diagnosis_count(l->k);
        const char **ids = arena_array(l->check.scratch, count + 1, sizeof *ids);
        for (size_t i = 0; i < count; i++) {
            ids[i] = l->k->diagnoses[i].name->id;
        }
        const char *near = check_suggestion(&l->check, id, ids, count);
        return check_fail_key(&l->check, at, "%s is no diagnosis%s", loader_quote(l, id),
                              near[0] ? near : ", and 'children' does not describe it");
    }
    if (t->seen[out->diagnosis]) {
        return check_fail_key(&l->check, at, "the diagnosis '%s' is in this tree twice", id);
    }
    t->seen[out->diagnosis] = true;
    return true;
}

static bool load_child(const Tree *t, const Value *amount, const Value *children, PriorNode *out)
{
    const Value *node = value_get(children, amount->key);
    out->id = arena_strdup(t->l->k->arena, amount->key);
    out->diagnosis = -1;
    if (!node) {
        return load_leaf(t, amount, amount->key, out);
    }
    static const char *const leaf_keys[] = {"diagnosis"};
    if (node->kind == VALUE_MAP && value_get(node, "diagnosis")) {
        const char *id = check_keys(&t->l->check, node, leaf_keys, 1)
                             ? check_required_text(&t->l->check, node, "diagnosis")
                             : NULL;
        return id && load_leaf(t, value_get(node, "diagnosis"), id, out);
    }
    return load_node(t, node, out);
}

/* Published shares are rounded, to whole per cents in most texts: of three, the sum is off by up to 0.015. */
#define SHARES_TOLERANCE 0.015

static bool load_amounts(const Tree *t, const Value *amounts, bool are_counts, double *out, double *sum)
{
    size_t i = 0;
    VALUE_EACH(amount, amounts)
    {
        if (!check_kind(&t->l->check, amount, VALUE_NUMBER)) {
            return false;
        }
        if (amount->number < 0 || amount->number > 1e9 ||
            (are_counts && floor(amount->number) < amount->number)) {
            return check_fail(&t->l->check, amount, "%g is no %s", amount->number,
                              are_counts
                                  ? "count; a whole number of patients is expected; shares go into 'weights'"
                                  : "weight; it must be at least 0");
        }
        out[i++] = amount->number;
        *sum += amount->number;
    }
    if (*sum <= 0) {
        return check_fail(&t->l->check, amounts, "add up to 0");
    }
    return are_counts || fabs(*sum - 1) <= SHARES_TOLERANCE ||
           check_fail(&t->l->check, amounts, "add up to %g; shares add up to 1", *sum);
}

/* Counts or weights as Dirichlet parameters. */
static void scale_alpha(const Knowledge *k, double *alpha, size_t count, double sum, double size)
{
    double used = fmin(size, k->scales[SCALE_PRIOR_CAP].value);
    for (size_t i = 0; i < count; i++) {
        alpha[i] = alpha[i] * used / sum + k->scales[SCALE_PRIOR_FLAT].value / (double)count;
    }
}

/* Every child that is described is also counted. */
static bool check_children(const Tree *t, const Value *amounts, const Value *children)
{
    VALUE_EACH(child, children)
    {
        if (!value_get(amounts, child->key)) {
            return check_fail_key(&t->l->check, child, "%s is described and not counted",
                                  loader_quote(t->l, child->key));
        }
    }
    return true;
}

/* What a node says of itself. */
static bool load_node_head(const Tree *t, const Value *node, PriorNode *out, const Value **out_counts,
                           const Value **out_weights, const Value **out_children)
{
    static const char *const keys[] = {"counts", "weights", "n", "source", "where", "note", "children"};
    const Loader *l = t->l;
    out->diagnosis = -1;
    if (!check_kind(&l->check, node, VALUE_MAP) || !check_keys(&l->check, node, keys, CHECK_COUNT(keys)) ||
        !check_optional(&l->check, node, "counts", VALUE_MAP, out_counts) ||
        !check_optional(&l->check, node, "weights", VALUE_MAP, out_weights) ||
        !check_optional(&l->check, node, "children", VALUE_MAP, out_children) ||
        !(out->source = loader_source(l, node, "source")) ||
        !(out->where = loader_text(l, node, "where", NULL)) ||
        !(out->note = loader_text(l, node, "note", ""))) {
        return false;
    }
    if (!*out_counts == !*out_weights) {
        return check_fail(&l->check, node, "needs either counts or weights");
    }
    if (*out_counts && value_get(node, "n")) {
        return check_fail_key(&l->check, value_get(node, "n"), "counts need no n; it goes with weights");
    }
    return true;
}

static bool load_node(const Tree *t, const Value *node, PriorNode *out)
{
    const Loader *l = t->l;
    const Value *counts, *weights, *children;
    if (!load_node_head(t, node, out, &counts, &weights, &children)) {
        return false;
    }
    const Value *amounts = counts ? counts : weights;
    double size = l->k->scales[SCALE_SHARE_SIZE].value, sum = 0;
    if (amounts->count < 2) {
        return check_fail(&l->check, amounts, "a node has at least two children");
    }
    out->alpha = arena_array(l->k->arena, amounts->count, sizeof *out->alpha);
    PriorNode *nodes = arena_array(l->k->arena, amounts->count, sizeof *nodes);
    out->children = nodes;
    if (!load_amounts(t, amounts, counts != NULL, out->alpha, &sum) ||
        !check_children(t, amounts, children) || !loader_number(l, node, "n", 1, 1e9, &size)) {
        return false;
    }
    VALUE_EACH(amount, amounts)
    {
        if (!load_child(t, amount, children, &nodes[out->child_count])) {
            return false;
        }
        out->child_count++;
    }
    scale_alpha(l->k, out->alpha, out->child_count, sum, counts ? sum : size);
    return true;
}

static void make_uniform(const Loader *l, PriorNode *out)
{
    size_t count = knowledge_diagnosis_count(l->k);
    PriorNode *nodes = arena_array(l->k->arena, count, sizeof *nodes);
    *out = (PriorNode){.id = "uniform",
                       .diagnosis = -1,
                       .child_count = count,
                       .children = nodes,
                       .alpha = arena_array(l->k->arena, count, sizeof *out->alpha),
                       .where = "",
                       .note = ""};
    for (size_t i = 0; i < count; i++) {
        nodes[i] =
            (PriorNode){.id = l->k->diagnoses[i].name->id, .diagnosis = (int)i, .where = "", .note = ""};
        out->alpha[i] = uniform_alpha;
    }
}

/* Marks the diagnoses that the prior leaves out on purpose. */
static bool leave_out(const Tree *t, const Value *prior)
{
    const Value *list;
    if (!check_optional(&t->l->check, prior, "leaves_out", VALUE_LIST, &list)) {
        return false;
    }
    PriorNode ignored;
    VALUE_EACH(item, list)
    {
        if (!check_kind(&t->l->check, item, VALUE_STRING) || !load_leaf(t, item, item->string, &ignored)) {
            return false;
        }
    }
    return true;
}

static bool check_complete(const Tree *t, const Value *node)
{
    for (size_t i = 0; i < knowledge_diagnosis_count(t->l->k); i++) {
        if (!t->seen[i]) {
            return check_fail(
                &t->l->check, node,
                "the diagnosis '%s' is missing in this tree; add it, or name it under 'leaves_out'",
                t->l->k->diagnoses[i].name->id);
        }
    }
    return true;
}

bool knowledge_load_prior(Loader *l, const Value *node)
{
    static const char *const keys[] = {"label", "note", "uniform", "tree", "leaves_out"};
    Prior p = {.id = arena_strdup(l->k->arena, node->key),
               .none_of_these = l->k->scales[SCALE_PRIOR_NONE_OF_THESE].value};
    const Value *uniform, *tree;
    if (!loader_id(l, node, node->key) || !check_kind(&l->check, node, VALUE_MAP) ||
        !check_keys(&l->check, node, keys, CHECK_COUNT(keys)) ||
        !(p.label = loader_text(l, node, "label", NULL)) || !(p.note = loader_text(l, node, "note", "")) ||
        !check_optional(&l->check, node, "uniform", VALUE_BOOL, &uniform) ||
        !check_optional(&l->check, node, "tree", VALUE_MAP, &tree)) {
        return false;
    }
    if (!tree == !value_truth(node, "uniform")) {
        return check_fail(&l->check, node, "needs either 'uniform: true' or a 'tree'");
    }
    PriorNode *root = arena_alloc(l->k->arena, sizeof *root);
    p.root = root;
    if (tree) {
        Tree t = {l, arena_array(l->check.scratch, knowledge_diagnosis_count(l->k), sizeof *t.seen)};
        root->id = "tree";
        if (!leave_out(&t, node) || !load_node(&t, tree, root) || !check_complete(&t, tree)) {
            return false;
        }
    } else {
        make_uniform(l, root);
    }
    l->k->priors[l->k->prior_count++] = p;
    return true;
}

bool knowledge_load_priors(Loader *l, const Value *root)
{
    l->k->priors = arena_array(l->k->arena, root->count + 1, sizeof *l->k->priors);
    VALUE_EACH(node, root)
    {
        if (!knowledge_load_prior(l, node)) {
            return false;
        }
    }
    return l->k->prior_count > 0 || check_fail(&l->check, root, "holds no prior");
}
