/* Reading knowledge/readings.yaml. Its head explains the keys; every mistake is refused with its place and,
 * if a name is near, what was probably meant. Sources are checked against the keys of knowledge/sources.yaml
 * and knowledge/sources/ (`vocabulary` stands for the vocabulary's own definitions), measurements against
 * what the families of measure/ name. */
#include "reading/model.h"

#include "base/file.h"
#include "base/nearest.h"
#include "base/yaml.h"
#include "document/check.h"

#include <math.h>
#include <string.h>

typedef struct {
    const char **items;
    size_t count, capacity;
} Names;

typedef struct {
    Check check;
    Arena *arena; /* of the Readings */
    const Vocabulary *vocabulary;
    Names sources, measurements;
} Loader;

static void names_add(Names *names, Arena *arena, const char *name)
{
    if (names->count == names->capacity) {
        const size_t capacity = names->capacity ? 2 * names->capacity : 64;
        const char **items = arena_array(arena, capacity, sizeof *items);
        if (names->count > 0) {
            memcpy(items, names->items, names->count * sizeof *items);
        }
        names->items = items;
        names->capacity = capacity;
    }
    names->items[names->count++] = name;
}

/* ---- names that a rule may use ---- */

static void gather_sources(Loader *l, const Knowledge *knowledge)
{
    names_add(&l->sources, l->check.scratch, "vocabulary");
    for (size_t i = 0; i < knowledge_source_count(knowledge); i++) {
        names_add(&l->sources, l->check.scratch, knowledge_source(knowledge, i)->id);
    }
}

/* Every family lists all its quantities, as missing, when it is given nothing. */
static void gather_measurements(Loader *l)
{
    const MeasureInput nothing = {0};
    MeasurementList list;
    measurements_init(&list, l->check.scratch);
    for (const MeasureFamily *family = measure_families; family->id; family++) {
        family->measure(&nothing, &list);
    }
    for (size_t i = 0; i < list.count; i++) {
        names_add(&l->measurements, l->check.scratch, list.items[i].quantity->id);
    }
}

/* ---- parts of an axis ---- */

static bool required_number(const Loader *l, const Value *map, const char *key, double *out)
{
    const Value *number = check_required(&l->check, map, key, VALUE_NUMBER);
    return number && value_number(number, out);
}

static bool required_name(const Loader *l, const Value *map, const char *key, const char *what,
                          const char *const *names, size_t count, size_t *out)
{
    const Value *name = check_required(&l->check, map, key, VALUE_STRING);
    return name && check_one_of(&l->check, name, what, names, count, out);
}

/* source, kind, reason, limits: what makes a threshold answerable. Checked for being there; people read
 * them in the file. */
static bool check_grounds(const Loader *l, const Value *map)
{
    static const char *const kinds[] = {"published", "convention", "fitted"};
    size_t source, kind;
    if (!required_name(l, map, "source", "source", l->sources.items, l->sources.count, &source) ||
        !required_name(l, map, "kind", "kind", kinds, CHECK_COUNT(kinds), &kind) ||
        !check_required_text(&l->check, map, "reason") || !check_required_text(&l->check, map, "limits")) {
        return false;
    }
    if (kind == 0 && source == 0) {
        return check_fail(&l->check, value_get(map, "kind"),
                          "a published threshold needs a source outside the vocabulary");
    }
    return true;
}

static bool load_measurement(const Loader *l, const Value *map, Axis *out)
{
    size_t index;
    if (!required_name(l, map, "measurement", "measurement", l->measurements.items, l->measurements.count,
                       &index)) {
        return false;
    }
    out->measurement = arena_strdup(l->arena, l->measurements.items[index]);
    return true;
}

static bool load_blur(const Loader *l, const Value *map, Axis *out)
{
    const double least = out->logarithmic ? 1 : 0;
    if (!required_number(l, map, "blur", &out->blur)) {
        return false;
    }
    return out->blur > least || check_fail(&l->check, value_get(map, "blur"),
                                           out->logarithmic ? "on a log scale the blur is a factor above 1"
                                                            : "the blur must be above 0");
}

/* "low" or "normal|sclerotic", as a mask of values. */
static bool load_class(const Loader *l, const Finding *finding, const Value *item, uint64_t *out)
{
    if (!check_kind(&l->check, item, VALUE_STRING)) {
        return false;
    }
    *out = 0;
    for (const char *rest = item->string;;) {
        const size_t length = strcspn(rest, "|");
        const char *id = arena_strndup(l->check.scratch, rest, length);
        const int value = finding_value(finding, id);
        if (value < 0) {
            const char *nearest = finding_nearest_value(finding, id);
            return check_fail(&l->check, item, "%s has no value %s%s%s%s", finding->id,
                              check_quote(&l->check, id), nearest ? "; did you mean '" : "",
                              nearest ? nearest : "", nearest ? "'?" : "");
        }
        if (*out & UINT64_C(1) << value) {
            return check_fail(&l->check, item, "a class names a value once");
        }
        *out |= UINT64_C(1) << value;
        if (rest[length] == '\0') {
            return true;
        }
        rest += length + 1;
    }
}

static bool load_classes(const Loader *l, const Finding *finding, const Value *map, Axis *out)
{
    const Value *list = check_required(&l->check, map, "classes", VALUE_LIST);
    if (!list) {
        return false;
    }
    if (list->count < 2 || list->count > READING_MAX_CLASSES) {
        return check_fail(&l->check, list, "an axis has 2 to %d classes", READING_MAX_CLASSES);
    }
    uint64_t seen = 0;
    VALUE_EACH(item, list)
    {
        uint64_t *members = &out->classes[out->class_count++];
        if (!load_class(l, finding, item, members)) {
            return false;
        }
        if (out->class_count > 1 && *members == members[-1]) {
            return check_fail(&l->check, item,
                              "the line before this class divides nothing: both sides are alike");
        }
        seen |= *members;
    }
    for (size_t v = 0; v < finding->value_count; v++) {
        if (!(seen & UINT64_C(1) << v)) {
            return check_fail(&l->check, list, "the value '%s' is in no class", finding->values[v].id);
        }
    }
    return true;
}

static bool load_edges(const Loader *l, const Value *map, Axis *out)
{
    const Value *list = check_required(&l->check, map, "edges", VALUE_LIST);
    if (!list) {
        return false;
    }
    if (list->count + 1 != out->class_count) {
        return check_fail(&l->check, list, "%zu classes need %zu edges, not %zu", out->class_count,
                          out->class_count - 1, list->count);
    }
    size_t count = 0;
    VALUE_EACH(item, list)
    {
        if (!check_kind(&l->check, item, VALUE_NUMBER)) {
            return false;
        }
        const double edge = item->number;
        if (count > 0 && edge <= out->edges[count - 1]) {
            return check_fail(&l->check, item, "edges must ascend");
        }
        if (out->logarithmic && edge <= 0) {
            return check_fail(&l->check, item, "on a log scale edges are above 0");
        }
        out->edges[count++] = edge;
    }
    return true;
}

static bool load_choice_axis(const Loader *l, const Finding *finding, const Value *map, Axis *out)
{
    static const char *const keys[] = {"measurement", "scale", "classes", "edges", "blur",
                                       "source",      "kind",  "reason",  "limits"};
    static const char *const scales[] = {"linear", "log"};
    size_t scale;
    if (!check_keys(&l->check, map, keys, CHECK_COUNT(keys)) || !load_measurement(l, map, out) ||
        !required_name(l, map, "scale", "scale", scales, CHECK_COUNT(scales), &scale)) {
        return false;
    }
    out->logarithmic = scale == 1;
    return load_classes(l, finding, map, out) && load_edges(l, map, out) && load_blur(l, map, out) &&
           check_grounds(l, map);
}

static bool load_number_axis(const Loader *l, const Value *map, Axis *out)
{
    static const char *const keys[] = {"measurement", "blur", "source", "kind", "reason", "limits"};
    return check_keys(&l->check, map, keys, CHECK_COUNT(keys)) && load_measurement(l, map, out) &&
           load_blur(l, map, out) && check_grounds(l, map);
}

/* ---- ways and rules ---- */

static bool load_way(const Loader *l, const Finding *finding, const Value *map, Way *out)
{
    static const char *const keys[] = {"axes"};
    if (!check_kind(&l->check, map, VALUE_MAP) || !check_keys(&l->check, map, keys, CHECK_COUNT(keys))) {
        return false;
    }
    const Value *list = check_required(&l->check, map, "axes", VALUE_LIST);
    if (!list) {
        return false;
    }
    const size_t most = finding->kind == FINDING_NUMBER ? 1 : READING_MAX_AXES;
    if (list->count < 1 || list->count > most) {
        return check_fail(&l->check, list, "%s takes 1 to %zu axes", finding->id, most);
    }
    Axis *axes = arena_array(l->arena, list->count, sizeof *axes);
    *out = (Way){.axes = axes};
    VALUE_EACH(item, list)
    {
        Axis *axis = &axes[out->axis_count++];
        if (!check_kind(&l->check, item, VALUE_MAP) ||
            !(finding->kind == FINDING_NUMBER ? load_number_axis(l, item, axis)
                                              : load_choice_axis(l, finding, item, axis))) {
            return false;
        }
    }
    return true;
}

static bool load_ratio_limit(const Loader *l, const Value *map, double *out)
{
    *out = READING_RATIO_LIMIT;
    const Value *limit;
    if (!check_optional(&l->check, map, "ratio_limit", VALUE_NUMBER, &limit)) {
        return false;
    }
    if (!limit) {
        return true;
    }
    if (!(limit->number > 1 && limit->number <= READING_RATIO_LIMIT)) {
        return check_fail(&l->check, limit, "a ratio limit lies above 1 and at most at %g",
                          READING_RATIO_LIMIT);
    }
    *out = limit->number;
    return check_required_text(&l->check, map, "ratio_reason") != NULL;
}

/* All values unless the rule names those that it speaks for. */
static bool load_speaks_for(const Loader *l, const Value *map, const Finding *finding, uint64_t *out)
{
    *out = UINT64_MAX;
    const Value *text;
    if (!check_optional(&l->check, map, "speaks_for", VALUE_STRING, &text)) {
        return false;
    }
    if (!text) {
        return true;
    }
    if (finding->kind == FINDING_NUMBER) {
        return check_fail(&l->check, text, "a number has no values to speak for");
    }
    return load_class(l, finding, text, out) && check_required_text(&l->check, map, "speaks_reason") != NULL;
}

static const Finding *load_finding(const Loader *l, const Value *map)
{
    const char *id = check_required_text(&l->check, map, "finding");
    const Finding *finding = id ? vocabulary_find(l->vocabulary, id) : NULL;
    if (id && !finding) {
        const char *nearest = vocabulary_nearest(l->vocabulary, id);
        check_fail(&l->check, value_get(map, "finding"), "unknown finding %s%s%s%s",
                   check_quote(&l->check, id), nearest ? "; did you mean '" : "", nearest ? nearest : "",
                   nearest ? "'?" : "");
        return NULL;
    }
    if (finding && finding->kind == FINDING_SET) {
        check_fail(&l->check, value_get(map, "finding"), "%s is a set: only a choice or a number is measured",
                   id);
        return NULL;
    }
    return finding;
}

static bool load_rule(const Loader *l, const Value *map, Rule *out)
{
    static const char *const keys[] = {"finding",    "ratio_limit",   "ratio_reason",
                                       "speaks_for", "speaks_reason", "ways"};
    if (!check_kind(&l->check, map, VALUE_MAP) || !check_keys(&l->check, map, keys, CHECK_COUNT(keys))) {
        return false;
    }
    out->finding = load_finding(l, map);
    if (!out->finding || !load_ratio_limit(l, map, &out->ratio_limit) ||
        !load_speaks_for(l, map, out->finding, &out->speaks_for)) {
        return false;
    }
    const Value *list = check_required(&l->check, map, "ways", VALUE_LIST);
    if (!list) {
        return false;
    }
    if (list->count == 0) {
        return check_fail(&l->check, list, "a rule needs a way to measure its finding");
    }
    Way *ways = arena_array(l->arena, list->count, sizeof *ways);
    out->ways = ways;
    VALUE_EACH(item, list)
    {
        if (!load_way(l, out->finding, item, &ways[out->way_count++])) {
            return false;
        }
    }
    return true;
}

static bool load_rules(const Loader *l, const Value *root, Readings *out)
{
    static const char *const keys[] = {"format", "readings"};
    if (!check_kind(&l->check, root, VALUE_MAP) || !check_keys(&l->check, root, keys, CHECK_COUNT(keys))) {
        return false;
    }
    const char *format = check_required_text(&l->check, root, "format");
    if (!format) {
        return false;
    }
    if (strcmp(format, "dens-readings/1") != 0) {
        return check_fail(&l->check, value_get(root, "format"), "must be 'dens-readings/1'");
    }
    const Value *list = check_required(&l->check, root, "readings", VALUE_LIST);
    if (!list) {
        return false;
    }
    out->rules = arena_array(l->arena, list->count + 1, sizeof *out->rules);
    VALUE_EACH(item, list)
    {
        Rule *rule = &out->rules[out->rule_count];
        if (!load_rule(l, item, rule)) {
            return false;
        }
        for (size_t r = 0; r < out->rule_count; r++) {
            if (out->rules[r].finding == rule->finding) {
                return check_fail(&l->check, value_get(item, "finding"), "%s has two rules",
                                  rule->finding->id);
            }
        }
        out->rule_count++;
    }
    return true;
}

Readings *readings_load(const char *folder, const Knowledge *knowledge, DensError **err)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    Arena *arena = knowledge_arena_beside(knowledge);
    Readings *out = arena_alloc(arena, sizeof *out);
    out->arena = arena;
    const char *path = file_join(scratch, folder, "readings.yaml");
    Loader loader = {.check = {.scratch = scratch, .where = path, .err = err},
                     .arena = arena,
                     .vocabulary = knowledge_vocabulary(knowledge)};
    gather_measurements(&loader);
    gather_sources(&loader, knowledge);
    const Value *root = yaml_read(scratch, path, err);
    if (!root || !load_rules(&loader, root, out)) {
        readings_free(out);
        return NULL;
    }
    return out;
}
