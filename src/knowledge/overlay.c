/* The overlay file.
 *
 *     format: dens-overlay/1
 *     knowledge: "sha256:…"
 *     cases: { chordoma: 12 }
 *     counts:
 *       chordoma:
 *         mr.t2: { high: 7, intermediate: 2.5 }
 *         patient.age: { "45..50": 3 }
 *         site.levels: { present: { C2: 4 }, absent: { C2: 8 } }
 *
 * A hedged finding counts in parts. Order is the vocabulary's, so the same counts give the same file. */
#include "knowledge/overlay.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/yaml.h"
#include "knowledge/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char overlay_format[] = "dens-overlay/1";

struct Overlay {
    Arena *arena;
    const Knowledge *knowledge;
    char *made_with, *version;
    size_t *cases;  /* one for each diagnosis */
    double **cells; /* diagnosis × finding, NULL where nothing was counted */
};

static double **cell_at(const Overlay *o, size_t diagnosis, const Finding *finding)
{
    return &o->cells[diagnosis * vocabulary_count(knowledge_vocabulary(o->knowledge)) + finding->index];
}

Overlay *overlay_new(const Knowledge *knowledge)
{
    Arena *arena = arena_new();
    Overlay *o = arena_alloc(arena, sizeof *o);
    size_t diagnoses = knowledge_diagnosis_count(knowledge);
    *o = (Overlay){.arena = arena,
                   .knowledge = knowledge,
                   .made_with = arena_strdup(arena, knowledge_version(knowledge)),
                   .version = arena_strdup(arena, ""),
                   .cases = arena_array(arena, diagnoses, sizeof *o->cases)};
    o->cells =
        arena_array(arena, diagnoses * vocabulary_count(knowledge_vocabulary(knowledge)), sizeof *o->cells);
    return o;
}

void overlay_free(Overlay *overlay)
{
    if (overlay) {
        arena_free(overlay->arena);
    }
}

const char *overlay_version(const Overlay *overlay)
{
    return overlay->version;
}

const char *overlay_made_with(const Overlay *overlay)
{
    return overlay->made_with;
}

size_t overlay_cases_of(const Overlay *overlay, size_t diagnosis)
{
    return overlay->cases[diagnosis];
}

size_t overlay_cases(const Overlay *overlay)
{
    size_t sum = 0;
    for (size_t d = 0; d < knowledge_diagnosis_count(overlay->knowledge); d++) {
        sum += overlay->cases[d];
    }
    return sum;
}

void overlay_count_case(Overlay *overlay, size_t diagnosis)
{
    overlay->cases[diagnosis]++;
}

void overlay_add(Overlay *overlay, size_t diagnosis, const Finding *finding, const double *mass)
{
    double **cell = cell_at(overlay, diagnosis, finding);
    if (!*cell) {
        *cell = arena_array(overlay->arena, cell_components(finding), sizeof **cell);
    }
    for (size_t i = 0; i < cell_components(finding); i++) {
        (*cell)[i] += mass[i];
    }
}

const double *overlay_mass(const Overlay *overlay, size_t diagnosis, const Finding *finding)
{
    return *cell_at(overlay, diagnosis, finding);
}

double overlay_patients(const Overlay *overlay, size_t diagnosis, const Finding *finding)
{
    const double *mass = overlay_mass(overlay, diagnosis, finding);
    size_t block = row_block(finding);
    double largest = 0;
    for (size_t start = 0; mass && start < cell_components(finding); start += block) {
        double sum = 0;
        for (size_t i = start; i < start + block; i++) {
            sum += mass[i];
        }
        largest = fmax(largest, sum);
    }
    return largest;
}

double overlay_discount(const Overlay *overlay, size_t diagnosis, const Finding *finding)
{
    double patients = overlay_patients(overlay, diagnosis, finding);
    double cap = overlay->knowledge->scales[SCALE_OVERLAY_CAP].value;
    return patients > cap ? cap / patients : 1;
}

/* ---- writing ---- */

/* The name of a component: a value, a range or a member. */
static const char *component_name(const Finding *f, size_t index, Arena *arena)
{
    if (f->kind == FINDING_NUMBER) {
        return arena_printf(arena, "%.15g..%.15g", f->bin_edges[index], f->bin_edges[index + 1]);
    }
    return f->values[f->kind == FINDING_SET ? index / 2 : index].id;
}

/* "{ high: 7, low: 1 }" of every `step`-th component from `first`. */
static void write_map(const Finding *f, const double *mass, size_t first, size_t step, Text *out,
                      Arena *arena)
{
    const char *separator = "";
    text_add(out, "{ ");
    for (size_t i = first; i < cell_components(f); i += step) {
        if (mass[i] > 0) {
            text_addf(out, "%s\"%s\": %.15g", separator, component_name(f, i, arena), mass[i]);
            separator = ", ";
        }
    }
    text_add(out, " }");
}

static void write_diagnosis(const Overlay *o, size_t diagnosis, Text *out, Arena *arena)
{
    const Vocabulary *vocabulary = knowledge_vocabulary(o->knowledge);
    text_addf(out, "  %s:\n", knowledge_diagnosis(o->knowledge, diagnosis)->name->id);
    for (size_t i = 0; i < vocabulary_count(vocabulary); i++) {
        const Finding *f = vocabulary_finding(vocabulary, i);
        const double *mass = overlay_mass(o, diagnosis, f);
        if (!mass) {
            continue;
        }
        text_addf(out, "    %s: ", f->id);
        if (f->kind == FINDING_SET) {
            text_add(out, "{ present: ");
            write_map(f, mass, 0, 2, out, arena);
            text_add(out, ", absent: ");
            write_map(f, mass, 1, 2, out, arena);
            text_add(out, " }");
        } else {
            write_map(f, mass, 0, 1, out, arena);
        }
        text_add(out, "\n");
    }
}

static bool has_counts(const Overlay *o, size_t diagnosis)
{
    const Vocabulary *vocabulary = knowledge_vocabulary(o->knowledge);
    bool any = false;
    for (size_t i = 0; i < vocabulary_count(vocabulary); i++) {
        any = any || overlay_mass(o, diagnosis, vocabulary_finding(vocabulary, i));
    }
    return any;
}

void overlay_write(const Overlay *overlay, Text *out)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    size_t diagnoses = knowledge_diagnosis_count(overlay->knowledge);
    const char *separator = "";
    text_addf(out,
              "# Counts of a department's own confirmed cases, made by `dens learn`.\nformat: %s\nknowledge: "
              "\"%s\"\ncases: { ",
              overlay_format, overlay->made_with);
    for (size_t d = 0; d < diagnoses; d++) {
        if (overlay->cases[d] > 0) {
            text_addf(out, "%s%s: %zu", separator, knowledge_diagnosis(overlay->knowledge, d)->name->id,
                      overlay->cases[d]);
            separator = ", ";
        }
    }
    text_add(out, " }\ncounts:\n");
    bool any = false;
    for (size_t d = 0; d < diagnoses; d++) {
        if (has_counts(overlay, d)) {
            write_diagnosis(overlay, d, out, arena);
            any = true;
        }
    }
    if (!any) {
        text_add(out, "  {}\n");
    }
}

/* ---- reading ---- */

static int find_diagnosis(const Overlay *o, const Check *check, const Value *node)
{
    int index = vocabulary_find_diagnosis(knowledge_vocabulary(o->knowledge), node->key);
    if (index < 0) {
        check_fail_key(check, node, "%s is no diagnosis", check_quote(check, node->key));
    }
    return index;
}

/* Reads one map of counts into every `step`-th component from `first`. */
static bool read_map(const Check *check, const Finding *f, const Value *map, size_t first, size_t step,
                     double *mass)
{
    if (!check_kind(check, map, VALUE_MAP)) {
        return false;
    }
    VALUE_EACH(node, map)
    {
        size_t at = first;
        while (at < cell_components(f) && strcmp(component_name(f, at, check->scratch), node->key) != 0) {
            at += step;
        }
        if (at >= cell_components(f)) {
            return check_fail_key(check, node, "this is no %s of %s",
                                  f->kind == FINDING_NUMBER ? "range" : "value", f->id);
        }
        if (!check_kind(check, node, VALUE_NUMBER)) {
            return false;
        }
        if (!(node->number >= 0 && node->number <= 1e6)) {
            return check_fail(check, node, "must be a count of patients");
        }
        mass[at] += node->number;
    }
    return true;
}

static bool read_cell(Overlay *o, const Check *check, size_t diagnosis, const Value *node)
{
    static const char *const set_keys[] = {"present", "absent"};
    const Finding *f = vocabulary_find(knowledge_vocabulary(o->knowledge), node->key);
    if (!f) {
        const char *near = vocabulary_nearest(knowledge_vocabulary(o->knowledge), node->key);
        return check_fail_key(check, node, "%s is no finding%s%s", check_quote(check, node->key),
                              near ? "; did you mean " : "", near ? near : "");
    }
    double mass[CELL_MAX] = {0};
    if (f->kind != FINDING_SET) {
        if (!read_map(check, f, node, 0, 1, mass)) {
            return false;
        }
    } else if (!check_kind(check, node, VALUE_MAP) || !check_keys(check, node, set_keys, 2) ||
               !check_required(check, node, "present", VALUE_MAP) ||
               !check_required(check, node, "absent", VALUE_MAP) ||
               !read_map(check, f, value_get(node, "present"), 0, 2, mass) ||
               !read_map(check, f, value_get(node, "absent"), 1, 2, mass)) {
        return false;
    }
    overlay_add(o, diagnosis, f, mass);
    return true;
}

static bool read_cases(Overlay *o, const Check *check, const Value *root)
{
    const Value *map = check_required(check, root, "cases", VALUE_MAP);
    VALUE_EACH(node, map)
    {
        int diagnosis = find_diagnosis(o, check, node);
        if (diagnosis < 0 || !check_kind(check, node, VALUE_NUMBER)) {
            return false;
        }
        if (!node->integral || node->number < 0) {
            return check_fail(check, node, "must be a count of cases");
        }
        o->cases[diagnosis] = (size_t)node->number;
    }
    return map != NULL;
}

static bool read_all(Overlay *o, const Check *check, const Value *root)
{
    static const char *const keys[] = {"format", "knowledge", "cases", "counts"};
    const char *format =
        check_kind(check, root, VALUE_MAP) ? check_required_text(check, root, "format") : NULL;
    const char *made_with = format ? check_required_text(check, root, "knowledge") : NULL;
    if (!made_with) {
        return false;
    }
    if (strcmp(format, overlay_format) != 0) {
        return check_fail(check, value_get(root, "format"), "must be %s", overlay_format);
    }
    o->made_with = arena_strdup(o->arena, made_with);
    const Value *counts = check_required(check, root, "counts", VALUE_MAP);
    if (!counts || !check_keys(check, root, keys, CHECK_COUNT(keys)) || !read_cases(o, check, root)) {
        return false;
    }
    VALUE_EACH(node, counts)
    {
        int diagnosis = find_diagnosis(o, check, node);
        if (diagnosis < 0 || !check_kind(check, node, VALUE_MAP)) {
            return false;
        }
        VALUE_EACH(cell, node)
        {
            if (!read_cell(o, check, (size_t)diagnosis, cell)) {
                return false;
            }
        }
    }
    return true;
}

Overlay *overlay_read(const char *path, const Knowledge *knowledge, DensError **err)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    AUTO(overlay_auto) Overlay *o = overlay_new(knowledge);
    const Value *root = yaml_read(scratch, path, err);
    Check check = {scratch, path, err};
    char digest[65];
    if (!root || !read_all(o, &check, root) || !hash_file(path, digest, err)) {
        return NULL;
    }
    o->version = arena_printf(o->arena, "sha256:%s", digest);
    return TAKE(o);
}
