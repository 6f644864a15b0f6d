/* Pathology beside imaging.
 *
 * A contradiction: let I(h) be the probabilities without path.*, P(h) those with it. P(h)/I(h), scaled to add
 * up to 1, is what histology alone would say under a flat prior. It contradicts imaging if imaging gives its
 * leader much and the one that histology supports little, while histology does the reverse; the limits are
 * data (pathology.yaml) with their reasons. It is held for diagnoses, and for groups.
 *
 * Notes say what a test can and cannot do; tests part the diagnoses that lead. */
#include "advice/parts.h"

#include "base/text.h"

#include <string.h>

#define FAULT(r, at, ...) rule_fault(err, (r)->source.file, at, (r)->source.arena, __VA_ARGS__)

/* ---- reading ---- */

static bool parse_contradiction(const Reader *r, Contradiction *out, const Value *node, DensError **err)
{
    static const char *const keys[] = {"id",
                                       "label",
                                       "urgency",
                                       "compare",
                                       "imaging_at_least",
                                       "imaging_at_most",
                                       "histology_at_least",
                                       "histology_at_most",
                                       "reason",
                                       "text",
                                       "ask",
                                       "sources",
                                       NULL};
    static const char *const places[] = {"imaging", "imaging_share", "histology", "histology_share", NULL};
    Item *item = &out->item;
    const char *compare, *reason;
    if (!reader_keys(r, node, keys, err) || !reader_text(r, node, "id", &item->id, err) ||
        !reader_text(r, node, "label", &item->label, err) || !reader_urgency(r, node, &item->urgency, err) ||
        !reader_text(r, node, "text", &item->text, err) || !reader_text(r, node, "reason", &reason, err) ||
        !reader_text(r, node, "compare", &compare, err) || !reader_list(r, node, "ask", &item->ask, err) ||
        !reader_sources(r, node, &item->sources, err) || !reader_places(r, node, item->text, places, err)) {
        return false;
    }
    out->of_groups = strcmp(compare, "groups") == 0;
    if (!out->of_groups && strcmp(compare, "diagnoses") != 0) {
        return FAULT(r, value_get(node, "compare"), "must be diagnoses or groups");
    }
    return reader_share(r, node, "imaging_at_least", &out->imaging_at_least, err) &&
           reader_share(r, node, "imaging_at_most", &out->imaging_at_most, err) &&
           reader_share(r, node, "histology_at_least", &out->histology_at_least, err) &&
           reader_share(r, node, "histology_at_most", &out->histology_at_most, err);
}

static bool parse_markers(const Reader *r, const Value *node, uint64_t *out, DensError **err)
{
    const Finding *positive = vocabulary_find(r->source.vocabulary, "path.positive");
    const Value *markers = value_get(node, "markers");
    if (markers && markers->kind != VALUE_LIST) {
        return FAULT(r, markers, "must be a list");
    }
    VALUE_EACH(marker, markers)
    {
        const char *name = value_string(marker);
        int value = positive && name ? finding_value(positive, name) : -1;
        if (value < 0) {
            return FAULT(r, marker, "is no value of path.positive");
        }
        *out |= UINT64_C(1) << value;
    }
    return true;
}

static bool parse_tests(const Reader *r, const Value *node, DensError **err)
{
    static const char *const keys[] = {"ask", "sources", NULL}, *const test_keys[] = {"text", "markers",
                                                                                      NULL};
    int index = vocabulary_find_diagnosis(r->source.vocabulary, node->key);
    const Value *ask;
    if (index < 0) {
        return FAULT(r, node, "is no diagnosis");
    }
    PathologyTests *out = &r->advice->tests[index];
    if (!reader_keys(r, node, keys, err) || !reader_list(r, node, "ask", &ask, err) ||
        !reader_sources(r, node, &out->sources, err)) {
        return false;
    }
    out->tests = arena_array(r->source.arena, ask->count, sizeof *out->tests);
    VALUE_EACH(test, ask)
    {
        PathologyTest *next = &out->tests[out->count++];
        if (!reader_keys(r, test, test_keys, err) || !reader_text(r, test, "text", &next->text, err) ||
            !parse_markers(r, test, &next->markers, err)) {
            return false;
        }
    }
    return true;
}

static bool parse_all_tests(const Reader *r, DensError **err)
{
    static const char *const keys[] = {"show", "when", "of", NULL};
    Advice *a = r->advice;
    const Value *tests = value_get(r->root, "tests"), *of = value_get(tests, "of");
    if (!tests || !of || of->kind != VALUE_MAP) {
        return FAULT(r, tests ? tests : r->root, "`tests` needs a map `of` diagnoses");
    }
    a->tests = arena_array(a->arena, knowledge_diagnosis_count(a->knowledge), sizeof *a->tests);
    if (!reader_keys(r, tests, keys, err) || !reader_shown(r, tests, "show", &a->shown_tests, err) ||
        !rule_parse(&a->tests_when, value_get(tests, "when"), &r->source, err)) {
        return false;
    }
    VALUE_EACH(node, of)
    {
        if (!parse_tests(r, node, err)) {
            return false;
        }
    }
    return true;
}

static bool parse_note(const Reader *r, Item *out, const Value *node, DensError **err)
{
    static const char *const keys[] = {"when", "text", "reason", "sources", NULL};
    return reader_keys(r, node, keys, err) && reader_text(r, node, "text", &out->text, err) &&
           reader_condition(r, node, out, err) && reader_sources(r, node, &out->sources, err);
}

bool pathology_load(Advice *a, DensError **err)
{
    static const char *const keys[] = {"contradictions", "tests", "notes", NULL};
    Reader r;
    const Value *contradictions, *notes;
    if (!reader_open(&r, a, "pathology.yaml", err) || !reader_keys(&r, r.root, keys, err) ||
        !reader_list(&r, r.root, "contradictions", &contradictions, err) ||
        !reader_list(&r, r.root, "notes", &notes, err) || !parse_all_tests(&r, err)) {
        return false;
    }
    a->contradictions = arena_array(a->arena, contradictions->count, sizeof *a->contradictions);
    VALUE_EACH(node, contradictions)
    {
        if (!parse_contradiction(&r, &a->contradictions[a->contradiction_count++], node, err)) {
            return false;
        }
    }
    a->notes.items = arena_array(a->arena, notes->count, sizeof *a->notes.items);
    VALUE_EACH(node, notes)
    {
        if (!parse_note(&r, &a->notes.items[a->notes.count++], node, err)) {
            return false;
        }
    }
    return true;
}

/* ---- the contradiction ---- */

/* What imaging, and histology alone, give to each class: a diagnosis, or a group; and its most probable
 * diagnosis without and with histology. */
typedef struct {
    size_t count;
    const char **names;
    double *imaging, *histology;
    size_t *seen, *found;
} Opinions;

static bool has_pathology(const Posterior *p)
{
    for (size_t s = 0; s < p->sign_count; s++) {
        for (size_t f = 0; f < p->signs[s].finding_count; f++) {
            if (strcmp(p->signs[s].findings[f]->section, "path") == 0) {
                return true;
            }
        }
    }
    return false;
}

static Posterior *imaging_posterior(const Posterior *p, const Case *c)
{
    InferOptions options = {
        .prior = p->prior, .among = p->considered, .without_path = true, .without_intervals = true};
    return infer_posterior(p->knowledge, c, &options);
}

/* The class of a diagnosis, made if it is a new one. A metastasis is malignant. */
static size_t class_of(Opinions *o, const DiagnosisName *name, size_t diagnosis, bool of_groups)
{
    const char *group = strcmp(name->group, "secondary") == 0 ? "malignant" : name->group;
    const char *wanted = of_groups ? group : name->term;
    size_t at = 0;
    while (at < o->count && strcmp(o->names[at], wanted) != 0) {
        at++;
    }
    if (at == o->count) {
        o->names[o->count++] = wanted;
        o->seen[at] = o->found[at] = diagnosis;
    }
    return at;
}

static Opinions opinions_of(const Posterior *with, const Posterior *without, bool of_groups, Arena *arena)
{
    size_t diagnoses = with->hypothesis_count - 1;
    Opinions o = {0,
                  arena_array(arena, diagnoses, sizeof *o.names),
                  arena_array(arena, diagnoses, sizeof *o.imaging),
                  arena_array(arena, diagnoses, sizeof *o.histology),
                  arena_array(arena, diagnoses, sizeof *o.seen),
                  arena_array(arena, diagnoses, sizeof *o.found)};
    for (size_t d = 0; d < diagnoses; d++) {
        if (!(without->probability[d] > 0)) {
            continue;
        }
        size_t at = class_of(&o, knowledge_diagnosis(with->knowledge, d)->name, d, of_groups);
        o.imaging[at] += without->probability[d];
        o.histology[at] += with->probability[d];
        o.seen[at] = without->probability[d] > without->probability[o.seen[at]] ? d : o.seen[at];
        o.found[at] = with->probability[d] > with->probability[o.found[at]] ? d : o.found[at];
    }
    double sum = 0;
    for (size_t i = 0; i < o.count; i++) {
        o.histology[i] /= o.imaging[i];
        sum += o.histology[i];
    }
    for (size_t i = 0; i < o.count && sum > 0; i++) {
        o.histology[i] /= sum;
    }
    return o;
}

static size_t largest(const double *values, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        best = values[i] > values[best] ? i : best;
    }
    return best;
}

static bool contradicts(const Contradiction *limits, const Opinions *o, size_t seen, size_t found)
{
    return o->count > 1 && o->imaging[seen] >= limits->imaging_at_least &&
           o->imaging[found] <= limits->imaging_at_most &&
           o->histology[found] >= limits->histology_at_least &&
           o->histology[seen] <= limits->histology_at_most;
}

/* ---- what to ask ---- */

static bool test_is_open(const PathologyTest *test, const View *view)
{
    const CaseFinding *positive = case_find(view->c, "path.positive");
    const CaseFinding *negative = case_find(view->c, "path.negative");
    uint64_t known = (positive ? positive->read_values : 0) | (negative ? negative->read_values : 0);
    return view->without_path || !(test->markers & known);
}

static void cite(Value *list, const Value *sources, Value *cited)
{
    VALUE_EACH(source, sources)
    {
        bool listed = false;
        VALUE_EACH(other, list)
        {
            listed = listed || strcmp(other->string, source->string) == 0;
        }
        if (!listed) {
            value_add_string(list, source->string);
            value_set_bool(cited, source->string, true);
        }
    }
}

/* "brachyury (chordoma)", of the tests that are not known yet. */
static void ask_tests(const Advice *a, const View *view, size_t diagnosis, Value *asked, Value *sources,
                      Value *cited)
{
    const PathologyTests *tests = &a->tests[diagnosis];
    size_t before = asked->count;
    for (size_t i = 0; i < tests->count; i++) {
        if (test_is_open(&tests->tests[i], view)) {
            value_add_format(asked, "%s (%s)", tests->tests[i].text,
                             knowledge_diagnosis(a->knowledge, diagnosis)->name->term);
        }
    }
    cite(sources, asked->count > before ? tests->sources : NULL, cited);
}

static void add_contradiction(const Advice *a, const Contradiction *limits, const Opinions *o, size_t seen,
                              size_t found, const View *view, Value *list, Value *cited)
{
    static const char *const names[] = {"imaging", "imaging_share", "histology", "histology_share", NULL};
    const Item *item = &limits->item;
    const char *values[] = {o->names[seen], share_words(list->arena, o->imaging[seen]), o->names[found],
                            share_words(list->arena, o->imaging[found])};
    Value *alert = value_add_map(list);
    value_set_string(alert, "id", item->id);
    value_set_string(alert, "label", item->label);
    value_set_string(alert, "urgency", item->urgency);
    Value *because = value_set_list(alert, "because");
    for (size_t i = 0; i < view->c->finding_count; i++) {
        if (strcmp(view->c->findings[i].finding->section, "path") == 0) {
            value_add_string(because, view->c->findings[i].finding->id);
        }
    }
    value_set_string(alert, "certainty", holding_name(HOLDS_CALCULATED));
    value_set_string(alert, "text", places_fill(list->arena, item->text, names, values));
    Value *asked = value_set_list(alert, "ask"), *sources = value_set_list(alert, "sources");
    VALUE_EACH(question, item->ask)
    {
        value_add_string(asked, value_string(question));
    }
    cite(sources, item->sources, cited);
    ask_tests(a, view, o->found[found], asked, sources, cited);
    ask_tests(a, view, o->seen[seen], asked, sources, cited);
}

/* The first that holds: they are written from the strongest on. */
void contradiction_add(const Advice *a, const View *view, const char *urgency, Value *list, Value *cited)
{
    const Posterior *with = view->posterior;
    if (!has_pathology(with)) {
        return;
    }
    AUTO(posterior_auto) Posterior *without = imaging_posterior(with, view->c);
    AUTO(arena_auto) Arena *scratch = arena_new();
    for (size_t i = 0; i < a->contradiction_count; i++) {
        const Contradiction *limits = &a->contradictions[i];
        Opinions o = opinions_of(with, without, limits->of_groups, scratch);
        size_t seen = largest(o.imaging, o.count), found = largest(o.histology, o.count);
        if (contradicts(limits, &o, seen, found)) {
            if (strcmp(limits->item.urgency, urgency) == 0) {
                add_contradiction(a, limits, &o, seen, found, view, list, cited);
            }
            return;
        }
    }
}

/* ---- notes and tests ---- */

static void add_tests(const Advice *a, const View *view, Value *list, Value *cited)
{
    const Posterior *p = view->posterior;
    AUTO(arena_auto) Arena *scratch = arena_new();
    size_t *shown = arena_array(scratch, p->hypothesis_count, sizeof *shown);
    size_t count = shown_diagnoses(p, &a->shown_tests, shown);
    Value *asked = value_new_list(scratch), *sources = value_new_list(scratch);
    for (size_t i = 0; i < count; i++) {
        ask_tests(a, view, shown[i], asked, sources, cited);
    }
    if (!asked->count) {
        return;
    }
    AUTO_TEXT text = TEXT_INIT;
    text_add(&text, "Give the pathologist the imaging and these diagnoses, and ask for ");
    VALUE_EACH(test, asked)
    {
        text_addf(&text, "%s%s", test == asked->first ? "" : "; ", test->string);
    }
    text_add(&text, ".");
    Value *note = value_add_map(list);
    value_set_string(note, "text", text_string(&text));
    value_set_list(note, "because");
    value_set_copy(note, "sources", sources);
}

void pathology_add(const Advice *a, const View *view, Value *result, Value *cited)
{
    Value *list = value_set_list(result, "pathology_advice");
    if (rule_match(&a->tests_when, view, list->arena).holding) {
        add_tests(a, view, list, cited);
    }
    for (size_t i = 0; i < a->notes.count; i++) {
        const Item *item = &a->notes.items[i];
        Match match = rule_match(&item->rule, view, list->arena);
        if (match.holding) {
            Value *note = value_add_map(list);
            value_set_string(note, "text", item_text(item, &match, view, list->arena));
            value_set_copy(note, "because", match.because);
            add_sources(note, item->sources, cited);
        }
    }
}
