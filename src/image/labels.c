/* Label schemes and the chain of vertebrae. A scheme in the file has up to five parts:
 *   levels: { C1: 11 }        vertebrae, by level
 *   discs: { C2: 63 }         discs, by the vertebra above
 *   tissues: { cord: [1] }    structures without a level
 *   elements: { body: [49] }  parts of vertebrae without a level
 *   names: { C1: [atlas] }    instead of numbers: names that segments bear */
#include "image/labels.h"

#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const level_names[LEVEL_COUNT] = {"",   "C1", "C2", "C3", "C4",
                                                     "C5", "C6", "C7", "T1", "T2"};

static const char *const structure_names[STRUCTURE_COUNT] = {
    [STRUCTURE_NONE] = "none",
    [STRUCTURE_VERTEBRA] = "vertebra",
    [STRUCTURE_DISC] = "disc",
    [STRUCTURE_CORD] = "cord",
    [STRUCTURE_CANAL] = "canal",
    [STRUCTURE_CSF] = "csf",
    [STRUCTURE_MUSCLE] = "muscle",
    [STRUCTURE_MARROW] = "marrow",
    [STRUCTURE_ARTERY] = "artery",
    [STRUCTURE_BODY] = "body",
    [STRUCTURE_ARCH] = "arch",
    [STRUCTURE_SPINOUS_PROCESS] = "spinous_process",
    [STRUCTURE_TRANSVERSE_PROCESS] = "transverse_process",
    [STRUCTURE_ARTICULAR_PROCESS] = "articular_process",
    [STRUCTURE_ENDPLATE] = "endplate",
    [STRUCTURE_OCCIPUT] = "occiput",
};

/* Two neighbours further apart than this many times the median step have lost a vertebra between them. A
 * convention: steps of cervical vertebrae differ by less than half, a vertebra that is left out doubles one.
 */
static const double step_ratio_most = 1.7;

const char *level_name(int level)
{
    return level > LEVEL_NONE && level < LEVEL_COUNT ? level_names[level] : "";
}

int level_parse(const char *name)
{
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        if (strcmp(level_names[level], name) == 0) {
            return level;
        }
    }
    return LEVEL_NONE;
}

const char *structure_name(StructureKind kind)
{
    return structure_names[kind];
}

static bool structure_parse(const char *name, StructureKind *out)
{
    for (int kind = STRUCTURE_NONE + 1; kind < STRUCTURE_COUNT; kind++) {
        if (strcmp(structure_names[kind], name) == 0) {
            *out = (StructureKind)kind;
            return true;
        }
    }
    return false;
}

/* ---- reading ---- */

static bool value_fault(const char *path, const Value *at, const char *what, DensError **err)
{
    AUTO_TEXT where = TEXT_INIT;
    text_addf(&where, "%s:%d:%d", path, at->line, at->column);
    return error_input(err, text_string(&where), "%s", what);
}

static bool read_label(const char *path, const Value *at, uint16_t *out, DensError **err)
{
    double number = 0;
    if (!value_number(at, &number) || !(number >= 1 && number <= UINT16_MAX) || number != floor(number)) {
        return value_fault(path, at, "a label is a whole number from 1 to 65535", err);
    }
    *out = (uint16_t)number;
    return true;
}

static bool add_entry(LabelScheme *scheme, const char *path, const Value *at, Structure structure,
                      DensError **err)
{
    uint16_t label = 0;
    if (!read_label(path, at, &label, err)) {
        return false;
    }
    if (label_structure(scheme, label).kind != STRUCTURE_NONE) {
        return value_fault(path, at, "this label stands twice in one scheme", err);
    }
    size_t place = scheme->count++;
    for (; place > 0 && scheme->entries[place - 1].label > label; place--) {
        scheme->entries[place] = scheme->entries[place - 1];
    }
    scheme->entries[place] = (struct LabelEntry){label, structure};
    return true;
}

/* "C2", or the name of a structure without a level. */
static bool parse_key(const char *path, const Value *at, Structure *out, DensError **err)
{
    *out = (Structure){STRUCTURE_VERTEBRA, level_parse(at->key)};
    if (out->level == LEVEL_NONE && !structure_parse(at->key, &out->kind)) {
        return value_fault(path, at, "is neither a level from C1 to T2 nor a structure that is known", err);
    }
    return true;
}

static bool read_levels(LabelScheme *scheme, const char *path, const Value *levels, StructureKind kind,
                        DensError **err)
{
    VALUE_EACH(item, levels)
    {
        Structure structure;
        if (!parse_key(path, item, &structure, err)) {
            return false;
        }
        if (structure.level == LEVEL_NONE) {
            return value_fault(path, item, "is no level from C1 to T2", err);
        }
        structure.kind = kind;
        if (!add_entry(scheme, path, item, structure, err)) {
            return false;
        }
    }
    return true;
}

static bool read_structures(LabelScheme *scheme, const char *path, const Value *structures, DensError **err)
{
    VALUE_EACH(list, structures)
    {
        Structure structure;
        if (!parse_key(path, list, &structure, err)) {
            return false;
        }
        if (list->kind != VALUE_LIST) {
            return value_fault(path, list, "must be a list of labels", err);
        }
        VALUE_EACH(item, list)
        {
            if (!add_entry(scheme, path, item, structure, err)) {
                return false;
            }
        }
    }
    return true;
}

static size_t count_leaves(const Value *value)
{
    size_t count = value && value->kind != VALUE_MAP && value->kind != VALUE_LIST;
    VALUE_EACH(child, value)
    {
        count += count_leaves(child);
    }
    return count;
}

static bool known_schemes(const Value *root, const char *where, const char *lead, DensError **err)
{
    AUTO_TEXT names = TEXT_INIT;
    VALUE_EACH(child, root)
    {
        if (!value_get(child, "names")) {
            text_addf(&names, "%s%s", names.length ? ", " : "", child->key);
        }
    }
    return error_set(err, DENS_ERROR_USAGE, where, "%s; there are %s", lead, text_string(&names));
}

/* ---- segments with names ---- */

/* Letters and digits in lower case; all between them counts as one blank. */
static void plain_name(Text *out, const char *name)
{
    text_clear(out);
    bool gap = false;
    for (; *name; name++) {
        const unsigned char letter = (unsigned char)*name;
        if (letter < 128 && !isalnum(letter)) {
            gap = out->length > 0;
            continue;
        }
        char one[3] = {' ', (char)tolower(letter), '\0'};
        text_add(out, gap ? one : one + 1);
        gap = false;
    }
}

static bool same_name(const char *a, const char *b)
{
    AUTO_TEXT plain_a = TEXT_INIT, plain_b = TEXT_INIT;
    plain_name(&plain_a, a);
    plain_name(&plain_b, b);
    return strcmp(text_string(&plain_a), text_string(&plain_b)) == 0;
}

static bool structure_of_name(const char *path, const Value *names, const char *name, Structure *out,
                              DensError **err)
{
    VALUE_EACH(list, names){VALUE_EACH(item, list){
        if (value_string(item) && same_name(item->string, name)){return parse_key(path, list, out, err);
}
}
}
*out = (Structure){STRUCTURE_NONE, LEVEL_NONE};
return true;
}

static bool read_names(LabelScheme *scheme, const char *path, const Value *names, const Mask *labels,
                       DensError **err)
{
    for (size_t label = 1; label < labels->name_count && label <= UINT16_MAX; label++) {
        Structure structure;
        if (!labels->names[label]) {
            continue;
        }
        if (!structure_of_name(path, names, labels->names[label], &structure, err)) {
            return false;
        }
        if (structure.kind != STRUCTURE_NONE) {
            scheme->entries[scheme->count++] = (struct LabelEntry){(uint16_t)label, structure};
        }
    }
    return true;
}

static const Value *find_names(const Value *root)
{
    VALUE_EACH(child, root)
    {
        if (value_get(child, "names")) {
            return child;
        }
    }
    return NULL;
}

LabelScheme *label_scheme_read(Arena *arena, const char *path, const char *declared, const Mask *labels,
                               DensError **err)
{
    const Value *root = yaml_read(arena, path, err);
    if (!root) {
        return NULL;
    }
    const Value *source = declared ? value_get(root, declared) : find_names(root);
    if (declared && (!source || value_get(source, "names"))) {
        AUTO_TEXT lead = TEXT_INIT;
        text_addf(&lead, "there is no label scheme \"%s\"", declared);
        (void)known_schemes(root, "--scheme", text_string(&lead), err);
        return NULL;
    }
    const bool named = !declared && source && labels && labels->name_count > 0;
    LabelScheme *scheme = arena_alloc(arena, sizeof *scheme);
    scheme->name = source ? source->key : "";
    scheme->title = source && value_text(source, "label") ? value_text(source, "label") : scheme->name;
    const size_t most = (named ? labels->name_count : count_leaves(source)) + 1;
    scheme->entries = arena_array(arena, most, sizeof *scheme->entries);
    if (declared) {
        return read_levels(scheme, path, value_get(source, "levels"), STRUCTURE_VERTEBRA, err) &&
                       read_levels(scheme, path, value_get(source, "discs"), STRUCTURE_DISC, err) &&
                       read_structures(scheme, path, value_get(source, "tissues"), err) &&
                       read_structures(scheme, path, value_get(source, "elements"), err)
                   ? scheme
                   : NULL;
    }
    if (named && !read_names(scheme, path, value_get(source, "names"), labels, err)) {
        return NULL;
    }
    if (scheme->count == 0) {
        (void)known_schemes(
            root, "--labels",
            "a label map needs --scheme NAME: its numbers alone do not say what they mean, and it "
            "has no names that are known",
            err);
        return NULL;
    }
    return scheme;
}

static int compare_labels(const void *a, const void *b)
{
    const struct LabelEntry *one = a, *two = b;
    return (one->label > two->label) - (one->label < two->label);
}

Structure label_structure(const LabelScheme *scheme, uint16_t label)
{
    const struct LabelEntry key = {.label = label};
    const struct LabelEntry *found =
        scheme->count > 0 ? bsearch(&key, scheme->entries, scheme->count, sizeof key, compare_labels) : NULL;
    return found ? found->structure : (Structure){STRUCTURE_NONE, LEVEL_NONE};
}

/* ---- the chain ---- */

static bool find_places(VertebraChain *out, const Mask *labels, const LabelScheme *scheme)
{
    /* what a number means is looked up once, not for each voxel */
    uint8_t *levels = calloc(UINT16_MAX + 1, sizeof *levels);
    if (!levels) {
        return false;
    }
    for (size_t e = 0; e < scheme->count; e++) {
        const Structure structure = scheme->entries[e].structure;
        if (structure.kind == STRUCTURE_VERTEBRA) {
            levels[scheme->entries[e].label] = (uint8_t)structure.level;
        }
    }
    double sums[LEVEL_COUNT][3] = {{0}};
    const size_t *size = labels->geometry.size;
    size_t voxel = 0;
    for (size_t k = 0; k < size[2]; k++) {
        for (size_t j = 0; j < size[1]; j++) {
            for (size_t i = 0; i < size[0]; i++, voxel++) {
                const uint8_t level = levels[labels->labels[voxel]];
                if (level != LEVEL_NONE) {
                    out->places[level].label = labels->labels[voxel];
                    out->places[level].voxels++;
                    sums[level][0] += (double)i;
                    sums[level][1] += (double)j;
                    sums[level][2] += (double)k;
                }
            }
        }
    }
    free(levels);
    for (int level = LEVEL_C1; level < LEVEL_COUNT; level++) {
        struct LevelPlace *place = &out->places[level];
        const double voxels = (double)place->voxels;
        if (place->voxels > 0) {
            place->centre_lps_mm = geometry_point_lps_mm(&labels->geometry, sums[level][0] / voxels,
                                                         sums[level][1] / voxels, sums[level][2] / voxels);
            out->first = out->first ? out->first : level;
            out->last = level;
        }
    }
    return true;
}

static int compare_numbers(const void *a, const void *b)
{
    const double one = *(const double *)a, two = *(const double *)b;
    return (one > two) - (one < two);
}

static void check_neighbours(VertebraChain *out, Arena *arena)
{
    double steps[LEVEL_COUNT], sorted[LEVEL_COUNT];
    int uppers[LEVEL_COUNT];
    size_t count = 0;
    for (int level = out->first; level < out->last; level++) {
        const struct LevelPlace *upper = &out->places[level], *lower = &out->places[level + 1];
        if (!upper->voxels || !lower->voxels) {
            continue;
        }
        if (lower->centre_lps_mm.z >= upper->centre_lps_mm.z) {
            out->faults[out->fault_count++] =
                arena_printf(arena, "%s does not lie below %s", level_name(level + 1), level_name(level));
        }
        uppers[count] = level;
        steps[count] = vec3_length(vec3_sub(upper->centre_lps_mm, lower->centre_lps_mm));
        sorted[count] = steps[count];
        count++;
    }
    qsort(sorted, count, sizeof *sorted, compare_numbers);
    for (size_t s = 0; count >= 3 && s < count; s++) {
        if (steps[s] > step_ratio_most * sorted[(count - 1) / 2]) {
            out->faults[out->fault_count++] = arena_printf(
                arena,
                "%s and %s lie %.0f mm apart, others %.0f mm: a vertebra between them may have no label",
                level_name(uppers[s]), level_name(uppers[s] + 1), steps[s], sorted[(count - 1) / 2]);
        }
    }
}

bool vertebra_chain_check(VertebraChain *out, Arena *arena, const Mask *labels, const LabelScheme *scheme,
                          DensError **err)
{
    *out = (VertebraChain){.faults = arena_array(arena, (size_t)3 * LEVEL_COUNT, sizeof *out->faults)};
    if (!find_places(out, labels, scheme)) {
        return error_no_memory(err);
    }
    if (out->first == LEVEL_NONE) {
        return error_input(err, labels->source_name, "no voxel bears the label of a vertebra (scheme %s)",
                           scheme->name);
    }
    int above = out->first;
    for (int level = out->first + 1; level < out->last; level++) {
        if (out->places[level].voxels) {
            above = level;
            continue;
        }
        int below = level + 1;
        while (!out->places[below].voxels) {
            below++;
        }
        out->faults[out->fault_count++] =
            arena_printf(arena, "%s is missing between %s and %s", level_name(level), level_name(above),
                         level_name(below));
    }
    check_neighbours(out, arena);
    return true;
}
