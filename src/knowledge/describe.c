/* The trees of describe.h. Nothing is computed here beyond sums and means of what the knowledge holds. */
#include "knowledge/describe.h"

#include "knowledge/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const scope_names[] = {"cervical", "spinal", "general"};

/* ---- rows ---- */

static const RowData *row_in(const RowTable *table, const Row *row)
{
    bool inside = table->count > 0 && row >= table->rows && row < table->rows + table->count;
    return inside ? &table->data[row - table->rows] : NULL;
}

static const RowData *data_of(const Knowledge *k, const Row *row)
{
    for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
        const RowData *data = row_in(&k->tables[d], row);
        data = data ? data : row_in(&k->share_tables[d], row);
        if (data) {
            return data;
        }
    }
    return row_in(&k->background, row);
}

/* The diagnosis whose file holds the row; NULL: the background's. */
static const Diagnosis *diagnosis_of(const Knowledge *k, const Row *row)
{
    for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
        if (row_in(&k->tables[d], row)) {
            return &k->diagnoses[d];
        }
    }
    return NULL;
}

/* "high 5, intermediate 2 of 10", "present usual", "mean 41.6, SD 18.3, 7 to 70, of 55". */
static void add_says(Value *map, const RowData *data)
{
    AUTO_TEXT text = TEXT_INIT;
    if (data->kind == DATA_DISTRIBUTION) {
        const Finding *f = data->row->finding;
        text_addf(&text, "mean %g, SD %g", data->mean, data->sd);
        if (data->minimum > f->minimum || data->maximum < f->maximum) {
            text_addf(&text, ", %g to %g", data->minimum, data->maximum);
        }
    }
    for (size_t e = 0; e < data->entry_count; e++) {
        const Entry *entry = &data->entries[e];
        text_addf(&text, "%s%s ", e ? ", " : "", entry->at->key);
        if (data->kind == DATA_SAYS) {
            text_add(&text, entry->at->string);
        } else if (data->kind == DATA_SHARES) {
            text_addf(&text, "%g %%", 100 * entry->amount);
        } else {
            text_addf(&text, "%g", entry->amount);
        }
    }
    if (data->row->has_counts) {
        text_addf(&text, " of %g", data->row->n);
    }
    value_set_string(map, "says", text_string(&text));
}

static double block_size(const Row *row)
{
    size_t components = cell_components(row->finding), block = row_block(row->finding);
    double largest = 0;
    for (size_t start = 0; start < components; start += block) {
        double sum = 0;
        for (size_t i = start; i < start + block; i++) {
            sum += row->mass[i];
        }
        largest = fmax(largest, sum);
    }
    return largest;
}

/* The ids of the components that a row speaks of. */
static void add_row_components(Value *map, const Row *row, const Diagnosis *diagnosis)
{
    if (row->components == 0) {
        return;
    }
    Value *list = value_set_list(map, "components");
    for (size_t c = 0; c < diagnosis->component_count; c++) {
        if (row->components >> c & 1) {
            value_add_string(list, diagnosis->components[c].id);
        }
    }
}

static void add_row(const Knowledge *k, Value *list, const RowData *data)
{
    const Row *row = data->row;
    Value *map = value_add_map(list);
    value_set_string(map, "id", row->id);
    add_row_components(map, row, diagnosis_of(k, row));
    add_says(map, data);
    value_set_string(map, "source", row->source->id);
    value_set_string(map, "source_name", row->source->short_name);
    value_set_string(map, "where", row->where);
    value_set_string(map, "scope", scope_names[row->scope]);
    value_set_number(map, "counts_as", row->discount * block_size(row));
    if (row->has_counts) {
        value_set_number(map, "patients", row->n);
    }
    if (row->selected) {
        value_set_bool(map, "selected", true);
    }
    if (row->conflict[0]) {
        value_set_string(map, "conflict", row->conflict);
    }
    if (data->same_patients_as[0]) {
        value_set_string(map, "same_patients_as", data->same_patients_as);
    }
    if (row->note[0]) {
        value_set_string(map, "note", row->note);
    }
}

Value *describe_rows(const Knowledge *knowledge, const char *const *ids, Arena *arena)
{
    Value *list = value_new_list(arena);
    for (size_t i = 0; ids[i]; i++) {
        const Row *row = knowledge_row(knowledge, ids[i]);
        if (!row) {
            continue;
        }
        add_row(knowledge, list, data_of(knowledge, row));
        const Diagnosis *diagnosis = diagnosis_of(knowledge, row);
        if (diagnosis) { /* else it speaks of bone lesions in general */
            value_set_string(list->last, "diagnosis", diagnosis->name->id);
        }
        value_set_string(list->last, "finding", row->finding->id);
        value_set_string(list->last, "citation", row->source->citation);
        if (row->source->doi[0]) {
            value_set_string(list->last, "doi", row->source->doi);
        }
    }
    return list;
}

/* ---- statements ---- */

static void add_statement(Value *list, const Statement *s)
{
    Value *map = value_add_map(list);
    value_set_string(map, "topic", s->topic);
    value_set_string(map, "text", s->text);
    value_set_string(map, "source", s->source->id);
    value_set_string(map, "source_name", s->source->short_name);
    value_set_string(map, "where", s->where);
    if (s->conflict[0]) {
        value_set_string(map, "conflict", s->conflict);
    }
}

/* In the order of the topics, as the files mix them. */
static void add_statements(Value *map, const Statement *statements, size_t count)
{
    Value *list = value_set_list(map, "statements");
    size_t topic_count = 0;
    const char *const *topics = knowledge_topics(&topic_count);
    for (size_t t = 0; t < topic_count; t++) {
        for (size_t i = 0; i < count; i++) {
            if (strcmp(statements[i].topic, topics[t]) == 0) {
                add_statement(list, &statements[i]);
            }
        }
    }
}

/* ---- a diagnosis ---- */

static void add_distribution(Value *map, const Finding *f, const double *alpha, double strength)
{
    size_t components = cell_components(f), block = row_block(f);
    Value *list = value_set_list(map, "distribution");
    for (size_t start = 0; start < components; start += block) {
        double sum = 0;
        for (size_t i = start; i < start + block; i++) {
            sum += alpha[i];
        }
        for (size_t i = start; i < start + (f->kind == FINDING_SET ? 1 : block); i++) {
            Value *item = value_add_map(list);
            if (f->kind == FINDING_NUMBER) {
                value_set_number(item, "from", f->bin_edges[i]);
                value_set_number(item, "to", f->bin_edges[i + 1]);
            } else {
                const FindingValue *value = &f->values[f->kind == FINDING_SET ? i / 2 : i];
                value_set_string(item, "value", value->id);
                value_set_string(item, "label", value->label);
            }
            value_set_number(item, "probability", alpha[i] / sum);
            if (f->kind == FINDING_SET) { /* more than the background, which alone has its strength */
                value_set_bool(item, "studied", sum > 1.001 * strength);
            }
        }
    }
}

static void add_finding(const Knowledge *k, Value *list, const Finding *f, const Cell *cell)
{
    Value *map = value_add_map(list);
    value_set_string(map, "finding", f->id);
    value_set_string(map, "label", f->label);
    value_set_string(map, "section", f->section_label);
    value_set_string(map, "kind",
                     f->kind == FINDING_SET      ? "set"
                     : f->kind == FINDING_NUMBER ? "number"
                                                 : "choice");
    if (f->kind == FINDING_NUMBER) {
        value_set_string(map, "unit", f->unit);
    }
    double counts_as = 0;
    Value *rows = value_set_list(map, "rows");
    for (size_t i = 0; i < cell->row_count; i++) {
        add_row(k, rows, data_of(k, cell->rows[i]));
        counts_as += cell->rows[i]->discount * block_size(cell->rows[i]);
    }
    value_set_number(map, "counts_as", counts_as);
    add_distribution(map, f, cell->alpha, k->scales[SCALE_BACKGROUND_STRENGTH].value);
}

static void add_place(Value *map, const Source *source, const char *where)
{
    value_set_string(map, "source", source->id);
    value_set_string(map, "source_name", source->short_name);
    value_set_string(map, "where", where);
}

/* Codes, WHO class, typical pictures and mimics. */
static void add_about(Value *map, const Diagnosis *d)
{
    Value *codes = value_set_map(map, "codes");
    for (size_t i = 0; i < d->code_count; i++) {
        Value *code = value_set_map(codes, d->codes[i].system);
        if (d->codes[i].does_not_apply[0]) {
            value_set_string(code, "does_not_apply", d->codes[i].does_not_apply);
        } else {
            value_set_string(code, "code", d->codes[i].code);
            value_set_string(code, "meaning", d->codes[i].meaning);
        }
        value_set_string(code, "source", d->codes[i].source->id);
    }
    if (d->who.source) {
        Value *who = value_set_map(map, "who");
        value_set_string(who, "group", d->who.group);
        value_set_string(who, "behaviour", d->who.behaviour);
        value_set_string(who, "grade", d->who.grade);
        add_place(who, d->who.source, d->who.where);
    }
    Value *typical = value_set_list(map, "typical");
    for (size_t i = 0; i < d->typical_count; i++) {
        Value *item = value_add_map(typical);
        value_set_string(item, "modality", d->typical[i].modality);
        value_set_string(item, "text", d->typical[i].text);
        add_place(item, d->typical[i].source, d->typical[i].where);
    }
    Value *mimics = value_set_list(map, "mimics");
    for (size_t i = 0; i < d->mimic_count; i++) {
        Value *item = value_add_map(mimics);
        value_set_string(item, "name", d->mimics[i].name);
        value_set_bool(item, "ranked", d->mimics[i].diagnosis >= 0);
        value_set_string(item, "text", d->mimics[i].text);
        add_place(item, d->mimics[i].source, d->mimics[i].where);
    }
}

static void add_components(const Knowledge *k, Value *map, const Diagnosis *d)
{
    double sum = 0;
    if (d->component_count == 0) {
        return;
    }
    for (size_t c = 0; c < d->component_count; c++) {
        sum += d->component_alpha[c];
    }
    Value *list = value_set_list(map, "components");
    for (size_t c = 0; c < d->component_count; c++) {
        Value *item = value_add_map(list);
        value_set_string(item, "id", d->components[c].id);
        value_set_string(item, "name", d->components[c].name);
        value_set_string(item, "definition", d->components[c].definition);
        value_set_number(item, "share", d->component_alpha[c] / sum);
    }
    Value *rows = value_set_list(map, "component_shares");
    for (size_t i = 0; i < d->share_row_count; i++) {
        add_row(k, rows, data_of(k, &d->share_rows[i]));
    }
}

Value *describe_diagnosis(const Knowledge *knowledge, size_t diagnosis, Arena *arena)
{
    const Diagnosis *d = knowledge_diagnosis(knowledge, diagnosis);
    Value *map = value_new_map(arena);
    value_set_string(map, "diagnosis", d->name->id);
    value_set_string(map, "name", d->name->name);
    value_set_string(map, "group", d->name->group);
    value_set_bool(map, "known", d->known);
    value_set_string(map, "summary", d->summary);
    Value *synonyms = value_set_list(map, "synonyms");
    for (size_t i = 0; i < d->synonym_count; i++) {
        value_add_string(synonyms, d->synonyms[i]);
    }
    add_about(map, d);
    add_components(knowledge, map, d);
    Value *findings = value_set_list(map, "findings");
    for (size_t i = 0; i < vocabulary_count(knowledge->vocabulary); i++) {
        const Finding *f = vocabulary_finding(knowledge->vocabulary, i);
        const Cell *cell = knowledge_cell(knowledge, diagnosis, f);
        if (cell->row_count > 0) {
            add_finding(knowledge, findings, f, cell);
        }
    }
    add_statements(map, d->statements, d->statement_count);
    return map;
}

Value *describe_general(const Knowledge *knowledge, Arena *arena)
{
    Value *map = value_new_map(arena);
    add_statements(map, knowledge->general, knowledge->general_count);
    return map;
}

/* ---- conflicts, sources ---- */

Value *describe_conflicts(const Knowledge *knowledge, int diagnosis, Arena *arena)
{
    const char *only = diagnosis >= 0 ? knowledge_diagnosis(knowledge, (size_t)diagnosis)->name->id : NULL;
    Value *map = value_new_map(arena);
    Value *list = value_set_list(map, "conflicts");
    for (size_t i = 0; i < knowledge->conflict_count; i++) {
        const Conflict *c = &knowledge->conflicts[i];
        if (only && strcmp(c->diagnosis, only) != 0) {
            continue;
        }
        Value *item = value_add_map(list);
        value_set_string(item, "id", c->id);
        value_set_string(item, "diagnosis", c->diagnosis);
        value_set_bool(item, "written", c->written);
        value_set_string(item, "question", c->question);
        value_set_string(item, "resolution", c->resolution);
        Value *sources = value_set_list(item, "sources");
        for (size_t s = 0; s < c->source_count; s++) {
            value_add_string(sources, c->sources[s]->short_name);
        }
        Value *rows = value_set_list(item, "rows");
        for (size_t r = 0; r < c->row_count; r++) {
            add_row(knowledge, rows, data_of(knowledge, c->rows[r]));
        }
        Value *statements = value_set_list(item, "statements");
        for (size_t s = 0; s < c->statement_count; s++) {
            add_statement(statements, c->statements[s]);
        }
    }
    return map;
}

/* How many of the codes, pictures and mimics of a diagnosis name the source. */
static size_t count_about(const Diagnosis *d, const Source *source)
{
    size_t count = d->who.source == source ? 1 : 0;
    for (size_t i = 0; i < d->code_count; i++) {
        count += d->codes[i].source == source ? 1 : 0;
    }
    for (size_t i = 0; i < d->typical_count; i++) {
        count += d->typical[i].source == source ? 1 : 0;
    }
    for (size_t i = 0; i < d->mimic_count; i++) {
        count += d->mimics[i].source == source ? 1 : 0;
    }
    return count;
}

static void count_citations(const Knowledge *k, const Source *source, size_t *out_rows,
                            size_t *out_statements)
{
    *out_rows = 0;
    *out_statements = 0;
    for (size_t i = 0; i < k->background.count; i++) {
        *out_rows += k->background.rows[i].source == source ? 1 : 0;
    }
    for (size_t d = 0; d < knowledge_diagnosis_count(k); d++) {
        const Diagnosis *diagnosis = &k->diagnoses[d];
        for (size_t i = 0; i < diagnosis->row_count; i++) {
            *out_rows += diagnosis->rows[i].source == source ? 1 : 0;
        }
        for (size_t i = 0; i < diagnosis->share_row_count; i++) {
            *out_rows += diagnosis->share_rows[i].source == source ? 1 : 0;
        }
        *out_statements += count_about(diagnosis, source);
        for (size_t i = 0; i < diagnosis->statement_count; i++) {
            *out_statements += diagnosis->statements[i].source == source ? 1 : 0;
        }
    }
    for (size_t i = 0; i < k->general_count; i++) {
        *out_statements += k->general[i].source == source ? 1 : 0;
    }
}

Value *describe_sources(const Knowledge *knowledge, Arena *arena)
{
    Value *map = value_new_map(arena);
    Value *list = value_set_list(map, "sources");
    for (size_t i = 0; i < knowledge->source_count; i++) {
        const Source *s = &knowledge->sources[i];
        size_t rows, statements;
        count_citations(knowledge, s, &rows, &statements);
        Value *item = value_add_map(list);
        value_set_string(item, "id", s->id);
        value_set_string(item, "name", s->short_name);
        value_set_string(item, "citation", s->citation);
        value_set_string(item, "doi", s->doi);
        value_set_string(item, "url", s->url);
        value_set_string(item, "kind", s->kind);
        value_set_string(item, "seen", s->seen);
        if (s->cited_by[0]) {
            value_set_string(item, "cited_by", s->cited_by);
        }
        value_set_integer(item, "rows", (long long)rows);
        value_set_integer(item, "statements", (long long)statements);
    }
    return map;
}

/* ---- scales, priors ---- */

static void add_scale(Value *map, const Scale *scale, const char *key)
{
    value_set_number(map, key, scale->value);
    value_set_string(map, "basis", scale->source ? scale->source->short_name : "design");
    value_set_string(map, "reason", scale->reason);
}

Value *describe_scales(const Knowledge *knowledge, Arena *arena)
{
    Value *map = value_new_map(arena);
    Value *words = value_set_list(map, "words");
    for (size_t i = 0; i < WORD_COUNT; i++) {
        Value *item = value_add_map(words);
        value_set_string(item, "word", knowledge_words[i]);
        add_scale(item, &knowledge->words[i].probability, "probability");
        value_set_number(item, "size", knowledge->words[i].size);
    }
    Value *constants = value_set_list(map, "constants");
    for (size_t i = 0; i < SCALE_COUNT; i++) {
        Value *item = value_add_map(constants);
        value_set_string(item, "constant", scale_name((ScaleConstant)i));
        add_scale(item, &knowledge->scales[i], "value");
    }
    return map;
}

static void add_prior_node(const Knowledge *k, const PriorNode *node, double p, Value *nodes, double *shares)
{
    if (node->diagnosis >= 0) {
        shares[node->diagnosis] = p;
        return;
    }
    double sum = 0;
    for (size_t i = 0; i < node->child_count; i++) {
        sum += node->alpha[i];
    }
    Value *item = value_add_map(nodes);
    value_set_string(item, "node", node->id);
    value_set_number(item, "probability", p);
    value_set_string(item, "source", node->source ? node->source->id : "");
    value_set_string(item, "source_name", node->source ? node->source->short_name : "");
    value_set_string(item, "where", node->where);
    value_set_string(item, "note", node->note);
    for (size_t i = 0; i < node->child_count; i++) {
        add_prior_node(k, &node->children[i], p * node->alpha[i] / sum, nodes, shares);
    }
}

static void add_prior(const Knowledge *k, Value *list, const Prior *prior, Arena *arena)
{
    size_t count = knowledge_diagnosis_count(k);
    double *shares = arena_array(arena, count, sizeof *shares);
    Value *item = value_add_map(list);
    value_set_string(item, "id", prior->id);
    value_set_string(item, "label", prior->label);
    value_set_string(item, "note", prior->note);
    value_set_number(item, "none_of_these", prior->none_of_these);
    Value *list_of_shares = value_set_list(item, "shares");
    add_prior_node(k, prior->root, 1 - prior->none_of_these, value_set_list(item, "nodes"), shares);
    for (size_t d = 0; d < count; d++) {
        Value *share = value_add_map(list_of_shares);
        value_set_string(share, "diagnosis", k->diagnoses[d].name->id);
        value_set_string(share, "name", k->diagnoses[d].name->name);
        value_set_number(share, "probability", shares[d]);
    }
}

Value *describe_priors(const Knowledge *knowledge, Arena *arena)
{
    Value *map = value_new_map(arena);
    Value *list = value_set_list(map, "priors");
    for (size_t i = 0; i < knowledge->prior_count; i++) {
        add_prior(knowledge, list, &knowledge->priors[i], arena);
    }
    return map;
}

/* ---- check, coverage ---- */

static void set_count(Value *map, const char *key, size_t count)
{
    value_set_integer(map, key, (long long)count);
}

Value *describe_check(const Knowledge *knowledge, Arena *arena)
{
    size_t known = 0, rows = 0, counted = 0, statements = knowledge->general_count, written = 0;
    for (size_t d = 0; d < knowledge_diagnosis_count(knowledge); d++) {
        const Diagnosis *diagnosis = &knowledge->diagnoses[d];
        known += diagnosis->known ? 1 : 0;
        rows += diagnosis->row_count;
        statements += diagnosis->statement_count;
        for (size_t i = 0; i < diagnosis->row_count; i++) {
            counted += diagnosis->rows[i].has_counts ? 1 : 0;
        }
    }
    for (size_t i = 0; i < knowledge->conflict_count; i++) {
        written += knowledge->conflicts[i].written ? 1 : 0;
    }
    Value *map = value_new_map(arena);
    value_set_string(map, "folder", knowledge->folder);
    value_set_string(map, "version", knowledge->version);
    set_count(map, "diagnoses", knowledge_diagnosis_count(knowledge));
    set_count(map, "diagnoses_with_file", known);
    set_count(map, "findings", vocabulary_count(knowledge->vocabulary));
    set_count(map, "rows", rows);
    set_count(map, "rows_with_patients", counted);
    set_count(map, "background_rows", knowledge->background.count);
    set_count(map, "statements", statements);
    set_count(map, "sources", knowledge->source_count);
    set_count(map, "conflicts_written", written);
    set_count(map, "conflicts_found", knowledge->conflict_count - written);
    set_count(map, "priors", knowledge->prior_count);
    knowledge_remarks(knowledge, value_set_list(map, "remarks"));
    return map;
}

static void add_coverage_cell(Value *map, const Finding *f, const Cell *cell, size_t *tally)
{
    double patients = 0;
    size_t words = 0, counted = 0;
    for (size_t i = 0; i < cell->row_count; i++) {
        if (cell->rows[i]->discount <= 0) {
            continue; /* kept for the record */
        }
        patients += cell->rows[i]->has_counts ? cell->rows[i]->n : 0;
        counted += cell->rows[i]->has_counts ? 1 : 0;
        words += cell->rows[i]->has_counts ? 0 : 1;
    }
    tally[counted ? 0 : words ? 1 : 2]++;
    if (counted + words > 0) {
        Value *item = value_set_map(map, f->id);
        value_set_number(item, "patients", patients);
        set_count(item, "words", words);
    }
}

/* How much a finding tells the diagnoses apart, in bits: what it is expected to say of which of them it is,
 * if all are equally frequent. Of a set, of the member that tells most. */
static double finding_bits(const Knowledge *k, const Finding *f)
{
    size_t diagnoses = knowledge_diagnosis_count(k), block = row_block(f);
    double most = 0;
    for (size_t start = 0; start < cell_components(f); start += block) {
        double bits = 0;
        for (size_t i = start; i < start + block; i++) {
            double mean = 0;
            for (size_t d = 0; d < diagnoses; d++) {
                mean += knowledge_cell(k, d, f)->mean[i] / (double)diagnoses;
            }
            for (size_t d = 0; d < diagnoses; d++) {
                double p = knowledge_cell(k, d, f)->mean[i];
                bits += p > 0 ? p * log2(p / mean) / (double)diagnoses : 0;
            }
        }
        most = fmax(most, bits);
    }
    return most;
}

typedef struct {
    const Finding *finding;
    double bits;
} Telling;

static int by_bits(const void *a, const void *b)
{
    const Telling *x = a, *y = b;
    return x->bits != y->bits
               ? (x->bits < y->bits) - (x->bits > y->bits)
               : (x->finding->index > y->finding->index) - (x->finding->index < y->finding->index);
}

/* The findings that nobody studied in a diagnosis, the most telling first. */
static void add_gaps(Value *map, const Value *findings, const Value *cells)
{
    enum { GAPS_MAX = 8 };
    Value *gaps = value_set_list(map, "gaps");
    VALUE_EACH(item, findings)
    {
        const char *id = value_text(item, "finding");
        if (gaps->count < GAPS_MAX && !value_get(cells, id)) {
            value_add_string(gaps, id);
        }
    }
}

Value *describe_coverage(const Knowledge *knowledge, Arena *arena)
{
    Value *map = value_new_map(arena);
    Value *findings = value_set_list(map, "findings"), *diagnoses = value_set_list(map, "diagnoses");
    Telling *telling = arena_array(arena, vocabulary_count(knowledge->vocabulary) + 1, sizeof *telling);
    size_t count = 0;
    for (size_t i = 0; i < vocabulary_count(knowledge->vocabulary); i++) {
        const Finding *f = vocabulary_finding(knowledge->vocabulary, i);
        if (f->use == FINDING_FOR_DIFFERENTIAL) {
            telling[count++] = (Telling){f, finding_bits(knowledge, f)};
        }
    }
    qsort(telling, count, sizeof *telling, by_bits);
    for (size_t i = 0; i < count; i++) {
        Value *item = value_add_map(findings);
        value_set_string(item, "finding", telling[i].finding->id);
        value_set_string(item, "label", telling[i].finding->label);
        value_set_number(item, "bits", telling[i].bits);
    }
    for (size_t d = 0; d < knowledge_diagnosis_count(knowledge); d++) {
        Value *item = value_add_map(diagnoses);
        value_set_string(item, "diagnosis", knowledge->diagnoses[d].name->id);
        value_set_string(item, "name", knowledge->diagnoses[d].name->name);
        value_set_bool(item, "known", knowledge->diagnoses[d].known);
        Value *cells = value_set_map(item, "cells");
        size_t tally[3] = {0};
        for (size_t i = 0; i < vocabulary_count(knowledge->vocabulary); i++) {
            const Finding *f = vocabulary_finding(knowledge->vocabulary, i);
            if (f->use == FINDING_FOR_DIFFERENTIAL) {
                add_coverage_cell(cells, f, knowledge_cell(knowledge, d, f), tally);
            }
        }
        set_count(item, "with_patients", tally[0]);
        set_count(item, "with_words", tally[1]);
        set_count(item, "without", tally[2]);
        add_gaps(item, findings, cells);
    }
    return map;
}
