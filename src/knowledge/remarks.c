/* What `knowledge check` tells beyond the errors of loading. */
#include "knowledge/parts.h"

#include "base/text.h"

#include <string.h>

static void remark_sources(const Knowledge *k, Value *out)
{
    for (size_t i = 0; i < k->source_count; i++) {
        if (!k->source_used[i]) {
            value_add_format(out, "source '%s' is cited nowhere", k->sources[i].id);
        }
    }
    VALUE_EACH(remark, k->unknown_cited)
    {
        value_add_string(out, remark->string);
    }
}

static bool any_row_on(const Finding *f, const RowTable *table)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].finding == f) {
            return true;
        }
    }
    return false;
}

/* Two lists of findings, each one remark. */
static void remark_findings(const Knowledge *k, Value *out)
{
    AUTO_TEXT silent = TEXT_INIT;
    AUTO_TEXT pooled = TEXT_INIT;
    for (size_t i = 0; i < vocabulary_count(k->vocabulary); i++) {
        const Finding *f = vocabulary_finding(k->vocabulary, i);
        bool in_diagnosis = false;
        for (size_t d = 0; d < knowledge_diagnosis_count(k) && !in_diagnosis; d++) {
            in_diagnosis = any_row_on(f, &k->tables[d]);
        }
        if (f->use != FINDING_FOR_DIFFERENTIAL || (in_diagnosis && any_row_on(f, &k->background))) {
            continue;
        }
        Text *list = in_diagnosis ? &pooled : &silent;
        text_addf(list, "%s%s", list->length ? ", " : "", f->id);
    }
    if (silent.length > 0) {
        value_add_format(out, "no diagnosis has evidence on these findings, which so tell nothing apart: %s",
                         text_string(&silent));
    }
    if (pooled.length > 0) {
        value_add_format(out,
                         "no row in background.yaml on these, the mean over the diagnoses stands for it: %s",
                         text_string(&pooled));
    }
}

static void remark_conflicts(const Knowledge *k, Value *out)
{
    for (size_t i = 0; i < k->conflict_count; i++) {
        const Conflict *c = &k->conflicts[i];
        if (c->written && c->row_count + c->statement_count == 0) {
            value_add_format(out, "no row and no statement names the conflict '%s'", c->id);
        }
    }
}

static void remark_rows(const Knowledge *k, Value *out)
{
    for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
        const RowTable *table = &k->tables[d];
        for (size_t i = 0; i < table->count; i++) {
            const Row *row = &table->rows[i];
            bool has_reason = row->conflict[0] || row->note[0] || table->data[i].same_patients_as[0];
            if (row->weight <= 0 && !has_reason) {
                value_add_format(
                    out,
                    "%s has weight 0 without a reason: a conflict, a series with the same patients "
                    "or a note",
                    row->id);
            }
        }
    }
}

void knowledge_remarks(const Knowledge *knowledge, Value *out_remarks)
{
    for (size_t d = 0; d < knowledge_diagnosis_count(knowledge); d++) {
        const Diagnosis *diagnosis = &knowledge->diagnoses[d];
        if (!diagnosis->known) {
            value_add_format(out_remarks, "%s has no file and is left out of every ranking",
                             diagnosis->name->id);
        }
    }
    remark_sources(knowledge, out_remarks);
    remark_conflicts(knowledge, out_remarks);
    remark_rows(knowledge, out_remarks);
    remark_findings(knowledge, out_remarks);
}
