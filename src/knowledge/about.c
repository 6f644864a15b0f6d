/* What a diagnosis is beyond its evidence: its codes in other systems, its place in the WHO classification,
 * its typical pictures in words, its mimics, and the components it is a mixture of. */
#include "knowledge/parts.h"

#include <string.h>

enum { COMPONENTS_MAX = 16 };

static const char *const code_systems[] = {"icd_o", "snomed", "radlex"};

/* ---- codes ---- */

static bool is_digits(const char *text, size_t least, size_t most)
{
    size_t length = strspn(text, "0123456789");
    return text[length] == '\0' && length >= least && length <= most;
}

/* ICD-O morphology: four digits, a slash, the behaviour. */
static bool is_icd_o(const char *code)
{
    return strlen(code) == 6 && strspn(code, "0123456789") == 4 && code[4] == '/' &&
           is_digits(code + 5, 1, 1);
}

/* The check digit of a SNOMED CT identifier, after Verhoeff: sums in the dihedral group of order ten, in
 * which 0 to 4 turn and 5 to 9 mirror; the digit at place i from the end is first moved i times by a
 * permutation. */
static unsigned dihedral_sum(unsigned a, unsigned b)
{
    unsigned turned = a < 5 ? a + b % 5 : a + 10 - b % 5;
    return turned % 5 + ((a < 5) == (b < 5) ? 0 : 5);
}

static bool check_digit_holds(const char *digits)
{
    static const unsigned moved[] = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
    unsigned sum = 0;
    size_t length = strlen(digits);
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned)(digits[length - 1 - i] - '0');
        for (size_t k = 0; k < i; k++) {
            digit = moved[digit];
        }
        sum = dihedral_sum(sum, digit);
    }
    return sum == 0;
}

static bool check_code(const Loader *l, const Value *at, const char *system)
{
    const char *code = at->string;
    if (strcmp(system, "icd_o") == 0) {
        return is_icd_o(code) ||
               check_fail(&l->check, at, "%s is no ICD-O morphology code; one looks like 9370/3",
                          loader_quote(l, code));
    }
    if (strcmp(system, "snomed") == 0) {
        if (!is_digits(code, 6, 18)) {
            return check_fail(&l->check, at, "%s is no SNOMED CT identifier; one is 6 to 18 digits",
                              loader_quote(l, code));
        }
        return check_digit_holds(code) ||
               check_fail(&l->check, at, "%s is no SNOMED CT identifier: its check digit is wrong",
                          loader_quote(l, code));
    }
    return (strncmp(code, "RID", 3) == 0 && is_digits(code + 3, 1, 8)) ||
           check_fail(&l->check, at, "%s is no RadLex identifier; one looks like RID4207",
                      loader_quote(l, code));
}

static bool load_code_or_reason(const Loader *l, const Value *node, DiagnosisCode *out)
{
    static const char *const keys[] = {"code", "meaning", "source"};
    static const char *const without[] = {"does_not_apply", "source"};
    bool has_meaning = strcmp(node->key, "icd_o") != 0;
    if (value_get(node, "does_not_apply")) {
        out->code = out->meaning = "";
        return check_keys(&l->check, node, without, CHECK_COUNT(without)) &&
               (out->does_not_apply = loader_text(l, node, "does_not_apply", NULL)) != NULL;
    }
    out->does_not_apply = "";
    return check_keys(&l->check, node, keys, CHECK_COUNT(keys)) &&
           (out->code = loader_text(l, node, "code", NULL)) != NULL &&
           check_code(l, value_get(node, "code"), node->key) &&
           (out->meaning = loader_text(l, node, "meaning", has_meaning ? NULL : "")) != NULL;
}

static bool load_code(const Loader *l, const Value *node, DiagnosisCode *out)
{
    if (!check_kind(&l->check, node, VALUE_MAP) || !load_code_or_reason(l, node, out) ||
        !(out->source = loader_source(l, node, "source"))) {
        return false;
    }
    out->system = arena_strdup(l->k->arena, node->key);
    return true;
}

static bool load_codes(const Loader *l, const Value *root, Diagnosis *d)
{
    const Value *map;
    if (!check_optional(&l->check, root, "codes", VALUE_MAP, &map) ||
        (map && !check_keys(&l->check, map, code_systems, CHECK_COUNT(code_systems)))) {
        return false;
    }
    DiagnosisCode *codes = arena_array(l->k->arena, (map ? map->count : 0) + 1, sizeof *codes);
    d->codes = codes;
    VALUE_EACH(node, map)
    {
        if (!load_code(l, node, &codes[d->code_count])) {
            return false;
        }
        d->code_count++;
    }
    return true;
}

/* ---- WHO class, pictures, mimics ---- */

static bool load_who(const Loader *l, const Value *root, WhoClass *out)
{
    static const char *const keys[] = {"group", "behaviour", "grade", "source", "where"};
    static const char *const behaviours[] = {"benign", "intermediate", "malignant", "not_a_tumour"};
    const Value *node;
    size_t behaviour;
    if (!check_optional(&l->check, root, "who", VALUE_MAP, &node)) {
        return false;
    }
    if (!node) {
        return true;
    }
    if (!check_keys(&l->check, node, keys, CHECK_COUNT(keys)) ||
        !(out->group = loader_text(l, node, "group", NULL)) ||
        !check_required(&l->check, node, "behaviour", VALUE_STRING) ||
        !check_one_of(&l->check, value_get(node, "behaviour"), "behaviour", behaviours,
                      CHECK_COUNT(behaviours), &behaviour) ||
        !(out->grade = loader_text(l, node, "grade", "")) ||
        !(out->where = loader_text(l, node, "where", NULL))) {
        return false;
    }
    out->behaviour = behaviours[behaviour];
    return (out->source = loader_source(l, node, "source")) != NULL;
}

static bool load_picture(const Loader *l, const Value *node, TypicalPicture *out)
{
    static const char *const keys[] = {"modality", "text", "source", "where"};
    static const char *const modalities[] = {"radiograph", "ct", "mr", "nuclear", "histology"};
    size_t modality;
    if (!check_kind(&l->check, node, VALUE_MAP) || !check_keys(&l->check, node, keys, CHECK_COUNT(keys)) ||
        !check_required(&l->check, node, "modality", VALUE_STRING) ||
        !check_one_of(&l->check, value_get(node, "modality"), "modality", modalities, CHECK_COUNT(modalities),
                      &modality) ||
        !(out->text = loader_text(l, node, "text", NULL)) ||
        !(out->source = loader_source(l, node, "source")) ||
        !(out->where = loader_text(l, node, "where", NULL))) {
        return false;
    }
    out->modality = modalities[modality];
    return true;
}

static bool load_typical(const Loader *l, const Value *root, Diagnosis *d)
{
    const Value *list;
    if (!check_optional(&l->check, root, "typical", VALUE_LIST, &list)) {
        return false;
    }
    TypicalPicture *pictures = arena_array(l->k->arena, (list ? list->count : 0) + 1, sizeof *pictures);
    d->typical = pictures;
    VALUE_EACH(node, list)
    {
        if (!load_picture(l, node, &pictures[d->typical_count])) {
            return false;
        }
        d->typical_count++;
    }
    return true;
}

/* Who the mimic is: one of the diagnoses, or a name. */
static bool load_mimic_name(const Loader *l, const Value *node, const Diagnosis *d, Mimic *out)
{
    const Value *at;
    out->diagnosis = -1;
    if (!check_optional(&l->check, node, "diagnosis", VALUE_STRING, &at)) {
        return false;
    }
    if (!at == !value_get(node, "name")) {
        return check_fail(&l->check, node, "needs either 'diagnosis', one that is ranked, or a 'name'");
    }
    if (!at) {
        return (out->name = loader_text(l, node, "name", NULL)) != NULL;
    }
    out->diagnosis = vocabulary_find_diagnosis(l->k->vocabulary, at->string);
    if (out->diagnosis < 0) {
        return check_fail(&l->check, at, "unknown diagnosis %s; one that is not ranked goes into 'name'",
                          loader_quote(l, at->string));
    }
    if ((size_t)out->diagnosis == d->index) {
        return check_fail(&l->check, at, "is the diagnosis itself");
    }
    out->name = l->k->diagnoses[out->diagnosis].name->name;
    return true;
}

static bool load_mimics(const Loader *l, const Value *root, Diagnosis *d)
{
    static const char *const keys[] = {"diagnosis", "name", "text", "source", "where"};
    const Value *list;
    if (!check_optional(&l->check, root, "mimics", VALUE_LIST, &list)) {
        return false;
    }
    Mimic *mimics = arena_array(l->k->arena, (list ? list->count : 0) + 1, sizeof *mimics);
    d->mimics = mimics;
    VALUE_EACH(node, list)
    {
        Mimic *out = &mimics[d->mimic_count];
        if (!check_kind(&l->check, node, VALUE_MAP) ||
            !check_keys(&l->check, node, keys, CHECK_COUNT(keys)) || !load_mimic_name(l, node, d, out) ||
            !(out->text = loader_text(l, node, "text", NULL)) ||
            !(out->source = loader_source(l, node, "source")) ||
            !(out->where = loader_text(l, node, "where", NULL))) {
            return false;
        }
        d->mimic_count++;
    }
    return true;
}

bool knowledge_load_about(const Loader *l, const Value *root, Diagnosis *out)
{
    return load_codes(l, root, out) && load_who(l, root, &out->who) && load_typical(l, root, out) &&
           load_mimics(l, root, out);
}

/* ---- components ---- */

static bool load_component(const Loader *l, const Value *node, const Component *before, size_t count,
                           Component *out)
{
    static const char *const keys[] = {"id", "name", "definition"};
    if (!check_kind(&l->check, node, VALUE_MAP) || !check_keys(&l->check, node, keys, CHECK_COUNT(keys)) ||
        !(out->id = loader_text(l, node, "id", NULL)) || !loader_id(l, node, out->id) ||
        !(out->name = loader_text(l, node, "name", NULL)) ||
        !(out->definition = loader_text(l, node, "definition", ""))) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(before[i].id, out->id) == 0) {
            return check_fail(&l->check, value_get(node, "id"), "the component '%s' is described twice",
                              out->id);
        }
    }
    return true;
}

bool knowledge_load_components(const Loader *l, const Value *root, Diagnosis *out,
                               const Finding **out_finding)
{
    const Value *list;
    *out_finding = NULL;
    if (!check_optional(&l->check, root, "components", VALUE_LIST, &list)) {
        return false;
    }
    if (!list) {
        return true;
    }
    if (list->count < 2 || list->count > COMPONENTS_MAX) {
        return check_fail(&l->check, list, "a mixture has 2 to %d components", COMPONENTS_MAX);
    }
    Component *components = arena_array(l->k->arena, list->count, sizeof *components);
    FindingValue *values = arena_array(l->k->arena, list->count, sizeof *values);
    Finding *finding = arena_alloc(l->k->arena, sizeof *finding);
    VALUE_EACH(node, list)
    {
        Component *next = &components[out->component_count];
        if (!load_component(l, node, components, out->component_count, next)) {
            return false;
        }
        values[out->component_count++] = (FindingValue){next->id, next->name, next->definition, -1};
    }
    *finding = (Finding){.index = vocabulary_count(l->k->vocabulary),
                         .id = "component",
                         .section = "",
                         .section_label = "Components",
                         .label = "Component",
                         .definition = "",
                         .kind = FINDING_CHOICE,
                         .value_count = out->component_count,
                         .values = values,
                         .none_value = -1,
                         .unit = ""};
    out->components = components;
    *out_finding = finding;
    return true;
}
