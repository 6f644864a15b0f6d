/* From case files to an overlay, and what it moves. */
#include "evaluate/learn_cases.h"

#include "base/file.h"
#include "evaluate/outcomes.h"

#include <math.h>
#include <string.h>

enum { MOVED_MOST = 12 };

static bool check_truth(const Engine *engine, const Case *c, const char *path, DensError **err)
{
    ValidateOptions options = {0};
    return outcomes_truth(engine, c, path, &options, err) >= -1;
}

Overlay *learn_cases(const Engine *engine, const char *const *paths, size_t path_count, LearnTally *tally,
                     Progress *progress, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(overlay_auto) Overlay *overlay = overlay_new(engine->knowledge);
    const char **files = NULL;
    size_t count = 0;
    *tally = (LearnTally){0};
    if (!outcomes_list_cases(paths, path_count, arena, &files, &count, err)) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        AUTO(case_auto) Case *c = case_read(files[i], knowledge_vocabulary(engine->knowledge), NULL, err);
        if (!c || !check_truth(engine, c, files[i], err)) {
            return NULL;
        }
        learn_case(overlay, engine->knowledge, c, tally);
        progress_step(progress, "learning", i + 1, count);
    }
    return TAKE(overlay);
}

bool learn_spares_cases(const char *const *paths, size_t path_count, const char *output, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const char **files = NULL;
    size_t count = 0;
    if (!outcomes_list_cases(paths, path_count, arena, &files, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (file_same(files[i], output)) {
            return error_set(err, DENS_ERROR_USAGE, output,
                             "is one of the cases; the overlay would take its place");
        }
    }
    return true;
}

/* ---- the report ---- */

typedef struct {
    size_t diagnosis, component;
    const Finding *finding;
    double before, after;
} Moved;

/* The share of a component in its block, with what the overlay adds. */
static double share_of(const Finding *f, const double *alpha, const double *mass, double discount, size_t at)
{
    size_t block = f->kind == FINDING_SET ? 2 : cell_components(f);
    size_t start = at / block * block;
    double sum = 0;
    for (size_t i = start; i < start + block; i++) {
        sum += alpha[i] + (mass ? discount * mass[i] : 0);
    }
    return (alpha[at] + (mass ? discount * mass[at] : 0)) / sum;
}

static void keep_moved(Moved *list, size_t *count, const Moved *item)
{
    size_t at = *count < MOVED_MOST ? (*count)++ : MOVED_MOST;
    double size = fabs(item->after - item->before);
    for (; at > 0 && fabs(list[at - 1].after - list[at - 1].before) < size; at--) {
        if (at < MOVED_MOST) {
            list[at] = list[at - 1];
        }
    }
    if (at < MOVED_MOST) {
        list[at] = *item;
    }
}

/* Of each cell the component that moved most. */
static void find_moved(const Engine *engine, const Overlay *overlay, Moved *list, size_t *count)
{
    const Knowledge *knowledge = engine->knowledge;
    const Vocabulary *vocabulary = knowledge_vocabulary(knowledge);
    for (size_t d = 0; d < knowledge_diagnosis_count(knowledge); d++) {
        for (size_t i = 0; i < vocabulary_count(vocabulary); i++) {
            const Finding *f = vocabulary_finding(vocabulary, i);
            const double *mass = overlay_mass(overlay, d, f);
            Moved most = {d, 0, f, 0, 0};
            for (size_t k = 0; mass && k < cell_components(f); k += f->kind == FINDING_SET ? 2 : 1) {
                const double *alpha = knowledge_cell(knowledge, d, f)->alpha;
                double before = share_of(f, alpha, NULL, 0, k);
                double after = share_of(f, alpha, mass, overlay_discount(overlay, d, f), k);
                if (fabs(after - before) > fabs(most.after - most.before)) {
                    most = (Moved){d, k, f, before, after};
                }
            }
            if (fabs(most.after - most.before) > 0) {
                keep_moved(list, count, &most);
            }
        }
    }
}

static void add_moved(const Engine *engine, const Overlay *overlay, Value *report, Arena *arena)
{
    Moved list[MOVED_MOST];
    size_t count = 0;
    find_moved(engine, overlay, list, &count);
    Value *out = value_set_list(report, "moved");
    for (size_t i = 0; i < count; i++) {
        const Moved *m = &list[i];
        Value *map = value_add_map(out);
        value_set_string(map, "diagnosis", knowledge_diagnosis(engine->knowledge, m->diagnosis)->name->id);
        value_set_string(map, "finding", m->finding->id);
        value_set_string(
            map, "value",
            m->finding->kind == FINDING_NUMBER
                ? arena_printf(arena, "%g..%g", m->finding->bin_edges[m->component],
                               m->finding->bin_edges[m->component + 1])
                : m->finding->values[m->finding->kind == FINDING_SET ? m->component / 2 : m->component].id);
        value_set_number(map, "before", m->before);
        value_set_number(map, "after", m->after);
        value_set_number(map, "patients", overlay_patients(overlay, m->diagnosis, m->finding));
        value_set_number(map, "discount", overlay_discount(overlay, m->diagnosis, m->finding));
    }
}

Value *learn_report(const Engine *engine, const Overlay *overlay, const LearnTally *tally, Arena *arena)
{
    Value *report = value_new_map(arena);
    size_t n = 0;
    for (size_t i = 0; i < LEARN_OUTCOMES; i++) {
        n += tally->outcomes[i];
    }
    value_set_integer(report, "n", (long long)n);
    value_set_integer(report, "counted", (long long)tally->outcomes[LEARN_COUNTED]);
    value_set_integer(report, "no_truth", (long long)tally->outcomes[LEARN_NO_TRUTH]);
    value_set_integer(report, "unconfirmed", (long long)tally->outcomes[LEARN_UNCONFIRMED]);
    value_set_integer(report, "findings", (long long)tally->findings);
    value_set_integer(report, "open", (long long)tally->open);
    Value *list = value_set_list(report, "diagnoses");
    for (size_t d = 0; d < knowledge_diagnosis_count(engine->knowledge); d++) {
        if (overlay_cases_of(overlay, d) > 0) {
            Value *map = value_add_map(list);
            value_set_string(map, "diagnosis", knowledge_diagnosis(engine->knowledge, d)->name->id);
            value_set_integer(map, "n", (long long)overlay_cases_of(overlay, d));
        }
    }
    add_moved(engine, overlay, report, arena);
    return report;
}

static void add_moved_line(const Engine *engine, const Value *moved, Text *out)
{
    const Vocabulary *vocabulary = knowledge_vocabulary(engine->knowledge);
    const Finding *f = vocabulary_find(vocabulary, value_text(moved, "finding"));
    int diagnosis = vocabulary_find_diagnosis(vocabulary, value_text(moved, "diagnosis"));
    const char *value = value_text(moved, "value");
    int index = f->kind == FINDING_NUMBER ? -1 : finding_value(f, value);
    text_addf(out, "  %s: %s, %s: %.0f %% → %.0f %% (%.3g of your patients%s)\n",
              vocabulary_diagnosis(vocabulary, (size_t)diagnosis)->name, f->label,
              index >= 0 ? f->values[index].label : value, 100 * value_number_or(moved, "before", 0),
              100 * value_number_or(moved, "after", 0), value_number_or(moved, "patients", 0),
              value_number_or(moved, "discount", 1) < 1 ? ", at the cap" : "");
}

void learn_text(const Engine *engine, const Value *report, Text *out)
{
    text_addf(out,
              "%.0f cases: %.0f counted, %.0f without a truth that is a diagnosis, %.0f whose truth is "
              "confirmed neither by histology nor by follow-up\n",
              value_number_or(report, "n", 0), value_number_or(report, "counted", 0),
              value_number_or(report, "no_truth", 0), value_number_or(report, "unconfirmed", 0));
    text_addf(
        out,
        "%.0f findings counted; %.0f did not count, as no examination that shows them is marked complete\n",
        value_number_or(report, "findings", 0), value_number_or(report, "open", 0));
    const Value *moved = value_get(report, "moved");
    if (moved->count > 0) {
        text_add(out, "\nWhat moved most\n");
    }
    VALUE_EACH(item, moved)
    {
        add_moved_line(engine, item, out);
    }
}
