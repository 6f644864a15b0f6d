/* Builds the result document of a case. */
#include "evaluate/evaluate.h"

#include "base/clock.h"
#include "evaluate/impression.h"
#include "infer/infer.h"

#include <string.h>

static const char *hypothesis_id(const Posterior *p, size_t h)
{
    return h + 1 == p->hypothesis_count ? "none_of_these" : knowledge_diagnosis(p->knowledge, h)->name->id;
}

static const char *hypothesis_group(const Posterior *p, size_t h)
{
    return h + 1 == p->hypothesis_count ? "none_of_these" : knowledge_diagnosis(p->knowledge, h)->name->group;
}

static bool list_has(const Value *list, const char *string)
{
    VALUE_EACH(item, list)
    {
        if (strcmp(value_string(item), string) == 0) {
            return true;
        }
    }
    return false;
}

/* The rows that count behind a finding in one hypothesis. */
static void add_rows(const Posterior *p, size_t h, const Finding *f, Value *evidence)
{
    const Cell *cell = h + 1 == p->hypothesis_count ? NULL : knowledge_cell(p->knowledge, h, f);
    for (size_t i = 0; cell && i < cell->row_count; i++) {
        if (cell->rows[i]->discount > 0) {
            value_add_string(evidence, cell->rows[i]->id);
        }
    }
}

/* The source of a row that the sentence names; the row as well, where it is none of the two cells'. */
static void add_named(const Row *row, Value *evidence, Value *sources, Value *cited)
{
    if (row && !list_has(evidence, row->id)) {
        value_add_string(evidence, row->id);
    }
    if (row && !list_has(sources, row->source->id)) {
        value_add_string(sources, row->source->id);
        value_set_bool(cited, row->source->id, true);
    }
}

static void add_reason(const Posterior *p, const Case *c, const Reason *reason, size_t h, size_t rival,
                       Value *list, Value *cited)
{
    Value *map = value_add_map(list);
    const SignEvidence *sign = reason->sign;
    value_set_string(map, "group", sign->sign->id);
    value_set_string(map, "label", sign->sign->label);
    Value *findings = value_set_list(map, "findings");
    value_set_number(map, "weight", reason->weight);
    Value *shares = value_set_list(map, "shares");
    value_set_string(map, "against", hypothesis_id(p, rival));
    value_set_string(map, "text", reason_text(p, c, reason, h, rival));
    Value *evidence = value_set_list(map, "evidence");
    for (size_t i = 0; i < sign->finding_count; i++) {
        value_add_string(findings, sign->findings[i]->id);
        value_add_number(shares, reason->shares[i]);
        add_rows(p, h, sign->findings[i], evidence);
        add_rows(p, rival, sign->findings[i], evidence);
    }
    Value *sources = value_set_list(map, "sources");
    if (cited) {
        add_named(reason_row(p, c, reason, h, rival, false), evidence, sources, cited);
        add_named(reason_row(p, c, reason, h, rival, true), evidence, sources, cited);
    }
}

static bool tells_reasons(const Posterior *p, const ResultOptions *options, size_t h)
{
    bool is_diagnosis = h + 1 < p->hypothesis_count;
    return p->considered[h] && (!options->reasons || (is_diagnosis && options->reasons[h]));
}

static void add_entry(const Posterior *p, const Case *c, size_t h, const ResultOptions *options, Value *list,
                      Value *cited)
{
    int asked_rival = options->rival;
    Value *entry = value_add_map(list);
    value_set_string(entry, "diagnosis", hypothesis_id(p, h));
    if (p->component[h] >= 0) {
        const Diagnosis *d = knowledge_diagnosis(p->knowledge, h);
        value_set_string(entry, "component", d->components[p->component[h]].id);
    }
    value_set_string(entry, "group", hypothesis_group(p, h));
    value_set_number(entry, "probability", p->probability[h]);
    Value *interval = value_set_list(entry, "interval");
    value_add_number(interval, p->low[h]);
    value_add_number(interval, p->high[h]);
    Value *reasons_for = value_set_list(entry, "for");
    Value *reasons_against = value_set_list(entry, "against");
    if (!tells_reasons(p, options, h)) {
        return;
    }
    bool use_asked = asked_rival >= 0 && (size_t)asked_rival != h && p->considered[asked_rival];
    size_t rival = use_asked ? (size_t)asked_rival : posterior_rival(p, h);
    Reason *reasons = NULL;
    size_t count = 0;
    double prior = 0;
    posterior_reasons(p, h, rival, &reasons, &count, &prior);
    value_set_string(entry, "rival", hypothesis_id(p, rival));
    value_set_number(entry, "prior_weight", prior);
    for (size_t i = 0; i < count; i++) {
        add_reason(p, c, &reasons[i], h, rival, reasons[i].weight < 0 ? reasons_against : reasons_for, cited);
    }
}

static void add_groups(const Posterior *p, Value *result)
{
    static const char *const names[] = {"benign",    "intermediate", "malignant",
                                        "secondary", "mimic",        "none_of_these"};
    Value *groups = value_set_map(result, "groups");
    for (size_t g = 0; g < sizeof names / sizeof *names; g++) {
        double sum = 0;
        for (size_t h = 0; h < p->hypothesis_count; h++) {
            sum += strcmp(hypothesis_group(p, h), names[g]) == 0 ? p->probability[h] : 0;
        }
        value_set_number(groups, names[g], sum);
    }
}

static void add_read(const CaseFinding *known, Value *map)
{
    const Finding *f = known->finding;
    Value *list = value_set_list(map, "read");
    for (size_t v = 0; v < f->value_count; v++) {
        if (known->read_values >> v & 1) {
            value_add_string(list, f->values[v].id);
        }
    }
    for (size_t i = 0; i < known->read_number_count; i++) {
        value_add_number(list, known->read_numbers[i]);
    }
    if (list->count == 1) {
        Value single = *list->first;
        if (single.kind == VALUE_STRING) {
            value_set_string(map, "read", single.string);
        } else {
            value_set_number(map, "read", single.number);
        }
    }
}

static void add_conflicts(const Case *c, Value *result)
{
    Value *list = value_set_list(result, "conflicts");
    for (size_t i = 0; i < c->finding_count; i++) {
        const CaseFinding *known = &c->findings[i];
        if (!case_finding_conflicts(known)) {
            continue;
        }
        Value *map = value_add_map(list);
        value_set_string(map, "finding", known->finding->id);
        add_read(known, map);
        if (known->finding->kind == FINDING_NUMBER) {
            value_set_number(map, "measured", known->measured_number);
        } else {
            value_set_string(map, "measured", known->finding->values[known->measured_value].id);
        }
    }
}

static void cite_measurements(const MeasurementList *measurements, Value *cited)
{
    for (size_t i = 0; measurements && i < measurements->count; i++) {
        if (measurements->items[i].quantity->source[0]) {
            value_set_bool(cited, measurements->items[i].quantity->source, true);
        }
    }
}

void evaluate_add_sources(const Knowledge *knowledge, const Value *cited, Value *result)
{
    Value *sources = value_set_map(result, "sources");
    VALUE_EACH(key, cited)
    {
        const Source *source = knowledge_find_source(knowledge, key->key);
        if (!source) {
            continue; /* a method's own source may be a standard's name, and an older result may name another
                         one */
        }
        Value *map = value_set_map(sources, source->id);
        value_set_string(map, "text", source->citation);
        if (source->doi[0]) {
            value_set_string(map, "doi", source->doi);
        }
        if (source->url[0]) {
            value_set_string(map, "url", source->url);
        }
    }
}

static void add_software(const Engine *engine, const ResultOptions *options, Value *result)
{
    Value *software = value_set_map(result, "software");
    value_set_string(software, "version", DENS_VERSION);
    value_set_string(software, "knowledge", knowledge_version(engine->knowledge));
    value_set_string(software, "prior", options->prior->id);
    value_set_string(software, "prior_label", options->prior->label);
    if (!engine->overlay_version) {
        value_set_null(software, "overlay");
        return;
    }
    value_set_string(software, "overlay", engine->overlay_version);
    if (strcmp(engine->overlay_made_with, knowledge_version(engine->knowledge)) != 0) {
        value_set_string(software, "overlay_made_with", engine->overlay_made_with);
    }
}

static void add_provenance(const ResultOptions *options, Value *result)
{
    Value *provenance = value_set_map(result, "provenance");
    char time[CLOCK_ISO_SIZE];
    clock_iso(time);
    value_set_string(provenance, "time", options->time ? options->time : time);
    if (options->inputs) {
        value_set_copy(provenance, "inputs", options->inputs);
    } else {
        value_set_list(provenance, "inputs");
    }
    value_set_string(provenance, "command", options->command ? options->command : "");
}

ScoreFacts evaluate_facts(const Engine *engine, const Posterior *posterior, Arena *arena)
{
    size_t diagnoses = posterior->hypothesis_count - 1; /* the last is none of these */
    bool *plausible = arena_array(arena, diagnoses, sizeof *plausible);
    for (size_t d = 0; d < diagnoses; d++) {
        plausible[d] = posterior->probability[d] >= scores_plausible_from(engine->scores);
    }
    size_t first = posterior->order[0] < diagnoses ? posterior->order[0] : posterior->order[1];
    return (ScoreFacts){.plausible = plausible, .assumed = (int)first};
}

Value *evaluate_case(const Engine *engine, const Case *c, const ResultOptions *options, Arena *arena)
{
    InferOptions infer = {
        .prior = options->prior, .among = options->among, .without_path = options->without_path};
    AUTO(posterior_auto) Posterior *p = infer_posterior(engine->knowledge, c, &infer);
    Value *result = value_new_map(arena);
    Value *cited = value_new_map(arena);
    value_set_string(result, "format", "dens-result/1");
    case_to_value(c, result, "case", arena);
    add_software(engine, options, result);
    value_set_list(result, "impression");
    ScoreFacts facts = evaluate_facts(engine, p, arena);
    scores_add(engine->scores, c, &facts, NULL, result, cited); /* alerts look at them */
    AdviceInput advice = {.c = c, .posterior = p, .without_path = options->without_path};
    advice_add(engine->advice, &advice, result, cited);
    impression_add(c, p, result);
    Value *ranking = value_set_list(result, "ranking");
    for (size_t i = 0; i < p->hypothesis_count; i++) {
        /* the report tells the reasons of the first five: only their sources are listed; the rows are told
         * for all */
        add_entry(p, c, p->order[i], options, ranking, i < 5 ? cited : NULL);
    }
    add_groups(p, result);
    add_conflicts(c, result);
    if (options->measurements) {
        measurements_to_value(options->measurements, result, "measurements");
        cite_measurements(options->measurements, cited);
    } else {
        value_set_list(result, "measurements");
    }
    if (options->without_next) {
        value_set_list(result, "next");
    } else {
        next_steps_add(engine->next_steps, c, p, result, cited);
    }
    evaluate_add_sources(engine->knowledge, cited, result);
    if (options->not_written) {
        value_set_copy(result, "not_written", options->not_written);
    }
    add_provenance(options, result);
    return result;
}
