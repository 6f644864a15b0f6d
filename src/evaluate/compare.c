/* Putting a comparison together. First whether the two results may be compared at all: a comparison of two
 * patients, or told the wrong way round, would turn growth into healing. No message repeats an age, a sex or
 * an identifier. */
#include "evaluate/compare.h"

#include "base/clock.h"
#include "base/file.h"
#include "document/result.h"
#include "evaluate/compare_parts.h"
#include "evaluate/evaluate.h"

#include <string.h>

Value *compare_read(const char *path, Arena *arena, DensError **err)
{
    if (file_kind(path) == FILE_FOLDER) {
        path = file_join(arena, path, "result.json");
    }
    return result_read(arena, path, err);
}

const Value *compare_find(const Value *list, const char *key, const char *id)
{
    VALUE_EACH(item, list)
    {
        const char *name = value_text(item, key);
        if (name && strcmp(name, id) == 0) {
            return item;
        }
    }
    return NULL;
}

const char *compare_read_value(const Value *result, const char *finding)
{
    const Value *stated = value_get(value_path(result, "case.findings"), finding);
    return stated && stated->kind == VALUE_MAP ? value_text(stated, "read") : value_string(stated);
}

void compare_cite(Comparison *c, Value *map, const Value *sources)
{
    Value *list = value_set_list(map, "sources");
    VALUE_EACH(source, sources)
    {
        value_add_string(list, value_string(source));
        value_set_bool(c->cited, value_string(source), true);
    }
}

/* ---- are they of one lesion? ---- */

static bool same_text(const Value *a, const Value *b, const char *path)
{
    const char *first = value_string(value_path(a, path)), *second = value_string(value_path(b, path));
    return first && second && *first && strcmp(first, second) == 0;
}

static bool check_patient(const Value *before, const Value *after, const CompareOptions *options,
                          DensError **err)
{
    static const double rounding_years = 1; /* ages are often given in whole years */
    const char *sex[] = {value_string(value_path(before, "case.patient.sex")),
                         value_string(value_path(after, "case.patient.sex"))};
    double age[2];
    if (sex[0] && sex[1] && strcmp(sex[0], sex[1]) != 0) {
        return error_input(err, options->after_path, "is of another patient than %s: the sex differs",
                           options->before_path);
    }
    if (value_number(value_path(before, "case.patient.age"), &age[0]) &&
        value_number(value_path(after, "case.patient.age"), &age[1]) && age[1] < age[0] - rounding_years) {
        return error_input(err, options->after_path,
                           "is of another patient than %s, or the earlier result: the patient is younger",
                           options->before_path);
    }
    return true;
}

static const Value *levels_of(const Value *result)
{
    const Value *levels = value_get(value_path(result, "case.findings"), "site.levels");
    return levels && levels->kind == VALUE_LIST ? levels : NULL;
}

static bool share_an_item(const Value *a, const Value *b)
{
    VALUE_EACH(item, a)
    {
        VALUE_EACH(other, b)
        {
            if (value_equal(item, other)) {
                return true;
            }
        }
    }
    return false;
}

static bool check_lesion(const Value *before, const Value *after, const CompareOptions *options,
                         DensError **err)
{
    const Value *first = levels_of(before), *second = levels_of(after);
    return !first || !second || share_an_item(first, second) ||
           error_input(err, options->after_path,
                       "is of another lesion than %s: they have no level of the spine in common",
                       options->before_path);
}

/* The day of the images, "2026-01-31"; NULL if the result does not say. */
static const char *study_date(const Value *result)
{
    VALUE_EACH(input, value_path(result, "provenance.inputs"))
    {
        if (value_text(input, "date")) {
            return value_text(input, "date");
        }
    }
    return NULL;
}

static bool check_order(const Value *before, const Value *after, const CompareOptions *options,
                        DensError **err)
{
    const char *first = study_date(before), *second = study_date(after);
    return !first || !second || strcmp(first, second) <= 0 ||
           error_input(err, options->after_path, "was examined before %s: give the earlier result first",
                       options->before_path);
}

/* ---- what casts doubt ---- */

static void note_identity(const Comparison *c, Value *notes)
{
    if (value_equal(c->before, c->after)) {
        value_add_string(notes, "Both results are the same document: nothing can have changed.");
    } else if (same_text(c->before, c->after, "case.study.uid")) {
        value_add_string(notes, "Both results are of the same imaging study: differences come from the "
                                "evaluation, not from time.");
    }
    if (!levels_of(c->before) || !levels_of(c->after)) {
        value_add_string(notes, "The level of the lesion is not stated in both results: that they are of one "
                                "lesion could not be checked.");
    }
    if (!value_path(c->before, "case.patient.sex") || !value_path(c->after, "case.patient.sex") ||
        !value_path(c->before, "case.patient.age") || !value_path(c->after, "case.patient.age")) {
        value_add_string(notes, "Age and sex are not stated in both results: that they are of one patient "
                                "could not be checked.");
    }
}

static void note_order(const Comparison *c, Value *notes)
{
    const char *first = study_date(c->before), *second = study_date(c->after);
    if (first && second) {
        if (strcmp(first, second) == 0) {
            value_add_string(notes, "Both results are of images of the same day.");
        }
        return;
    }
    const char *done[] = {value_string(value_path(c->before, "provenance.time")),
                          value_string(value_path(c->after, "provenance.time"))};
    bool later = done[0] && done[1] && strcmp(done[0], done[1]) > 0;
    value_add_string(notes, later ? "The day of the images is not known in both results, and the first was "
                                    "evaluated after the second: check that the earlier one is given first."
                                  : "The day of the images is not known in both results: the order is the "
                                    "one that was given.");
}

static void note_software(const Comparison *c, Value *notes)
{
    if (!same_text(c->before, c->after, "software.knowledge") ||
        !same_text(c->before, c->after, "software.version")) {
        value_add_string(notes, "The results come from different versions of the program or its knowledge: "
                                "the differential may have changed for that.");
    }
    if (!same_text(c->before, c->after, "software.prior")) {
        value_add_string(notes, "The results were ranked with different priors: probabilities cannot be "
                                "compared.");
    }
}

/* ---- the document ---- */

static void add_side(Comparison *c, const char *key, const Value *result)
{
    Value *side = value_set_map(c->out, key);
    static const char *const texts[][2] = {{"study", "case.study.uid"},
                                           {"accession", "case.study.accession"},
                                           {"evaluated", "provenance.time"},
                                           {"prior", "software.prior"},
                                           {"knowledge", "software.knowledge"}};
    if (study_date(result)) {
        value_set_string(side, "date", study_date(result));
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = value_string(value_path(result, texts[i][1]));
        if (text) {
            value_set_string(side, texts[i][0], text);
        }
    }
    if (levels_of(result)) {
        value_set_copy(side, "levels", levels_of(result));
    }
}

static void conclude_changes(const Comparison *c, Value *list)
{
    size_t changed = 0, same = 0, open = 0;
    VALUE_EACH(m, value_get(c->out, "measurements"))
    {
        const char *verdict = value_text(m, "verdict");
        changed += strcmp(verdict, "changed") == 0;
        same += strcmp(verdict, "no_change") == 0;
        open += strcmp(verdict, "cannot_be_told") == 0;
    }
    if (changed + same + open == 0) {
        value_add_string(list, "No measurement could be compared.");
    } else {
        value_add_format(list,
                         "Of %zu measurements that could be compared, %zu changed beyond repeatability, %zu "
                         "did not, and of %zu it cannot be told.",
                         changed + same + open, changed, same, open);
    }
}

static void conclude(const Comparison *c, Value *list)
{
    VALUE_EACH(alert, value_path(c->out, "alerts.new"))
    {
        value_add_format(list, "New alert: %s", value_text(alert, "text"));
    }
    conclude_changes(c, list);
    VALUE_EACH(response, value_get(c->out, "response"))
    {
        value_add_format(list, "%s: %s.", value_text(response, "label"), value_text(response, "category"));
    }
    VALUE_EACH(residual, value_get(c->out, "residual"))
    {
        value_add_format(list, "%s: %s.", value_text(residual, "label"), value_text(residual, "answer"));
    }
}

Value *compare_results(const Repeatability *repeatability, const Knowledge *knowledge, const Value *before,
                       const Value *after, const CompareOptions *options, Arena *arena, DensError **err)
{
    if (!check_patient(before, after, options, err) || !check_lesion(before, after, options, err) ||
        !check_order(before, after, options, err)) {
        return NULL;
    }
    Comparison c = {.data = repeatability,
                    .knowledge = knowledge,
                    .vocabulary = knowledge_vocabulary(knowledge),
                    .before = before,
                    .after = after,
                    .arena = arena,
                    .out = value_new_map(arena),
                    .cited = value_new_map(arena)};
    value_set_string(c.out, "format", "dens-comparison/1");
    Value *software = value_set_map(c.out, "software");
    value_set_string(software, "version", DENS_VERSION);
    value_set_string(software, "knowledge", knowledge_version(knowledge));
    add_side(&c, "before", before);
    add_side(&c, "after", after);
    Value *notes = value_set_list(c.out, "notes"), *conclusion = value_set_list(c.out, "conclusion");
    note_identity(&c, notes);
    note_order(&c, notes);
    note_software(&c, notes);
    compare_measurements(&c);
    compare_response(&c);
    compare_residual(&c);
    compare_findings(&c);
    compare_differential(&c);
    compare_alerts(&c);
    conclude(&c, conclusion);
    evaluate_add_sources(c.knowledge, c.cited, c.out);
    char time[CLOCK_ISO_SIZE];
    clock_iso(time);
    Value *provenance = value_set_map(c.out, "provenance");
    value_set_string(provenance, "time", time);
    value_set_string(provenance, "command", options->command ? options->command : "");
    return c.out;
}
