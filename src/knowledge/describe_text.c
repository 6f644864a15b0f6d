/* The trees of describe.h as text: lines of at most 100 columns, the number first, its rows indented below
 * it. */
#include "knowledge/describe.h"

#include <math.h>
#include <string.h>

enum { COLUMNS = 100 };

/* ---- lines ---- */

static void add_spaces(Text *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_add_bytes(out, " ", 1);
    }
}

static void add_wrapped(Text *out, const char *text, size_t at, size_t indent)
{
    text_add_wrapped(out, text, at, indent, COLUMNS);
}

static void add_paragraph(Text *out, size_t indent, const char *text)
{
    add_spaces(out, indent);
    add_wrapped(out, text, indent, indent);
}

static void add_heading(Text *out, const char *text)
{
    text_addf(out, "\n%s\n", text);
    for (size_t i = 0; i < text_columns(text, strlen(text)); i++) {
        text_add(out, "-");
    }
    text_add(out, "\n");
}

static const char *text_at(const Value *map, const char *key)
{
    const char *text = value_text(map, key);
    return text ? text : "";
}

/* With a space that does not break. */
static void add_percent(Text *out, double p)
{
    if (p < 0.0095) {
        text_add(out, "<1\u00a0%");
    } else if (p > 0.9905) {
        text_add(out, ">99\u00a0%");
    } else {
        text_addf(out, "%.0f\u00a0%%", 100 * p);
    }
}

/* ---- rows and statements ---- */

static void add_row_line(Text *out, const Value *row)
{
    AUTO_TEXT line = TEXT_INIT;
    text_addf(&line, "%s – %s, %s (%s", text_at(row, "says"), text_at(row, "source_name"),
              text_at(row, "where"), text_at(row, "scope"));
    text_add(&line, value_truth(row, "selected") ? ", selected" : "");
    VALUE_EACH(component, value_get(row, "components"))
    {
        text_addf(&line, ", %s", component->string);
    }
    double counts_as = value_number_or(row, "counts_as", 0);
    if (counts_as > 0) {
        text_addf(&line, ", counts as %.2g)", counts_as < 10 ? counts_as : round(counts_as));
    } else {
        text_add(&line, ", does not count)");
    }
    if (value_get(row, "note")) {
        text_addf(&line, ": %s", text_at(row, "note"));
    }
    text_add(out, "      ");
    add_wrapped(out, text_string(&line), 6, 8);
}

static void add_statement_line(Text *out, const Value *s, bool names_conflict)
{
    AUTO_TEXT line = TEXT_INIT;
    text_addf(&line, "%s [%s, %s", text_at(s, "text"), text_at(s, "source_name"), text_at(s, "where"));
    if (names_conflict && value_get(s, "conflict")) {
        text_addf(&line, "; conflict %s", text_at(s, "conflict"));
    }
    text_add(&line, "]");
    text_add(out, "    - ");
    add_wrapped(out, text_string(&line), 6, 6);
}

static void add_statement_list(const Value *list, Text *out)
{
    const char *topic = "";
    VALUE_EACH(s, list)
    {
        if (strcmp(topic, text_at(s, "topic")) != 0) {
            topic = text_at(s, "topic");
            text_addf(out, "  %s\n", topic);
        }
        add_statement_line(out, s, true);
    }
}

/* ---- a diagnosis ---- */

/* "high 71 %   intermediate 20 %   low 9 %"; of a set only what was studied, of a number the bins that
 * matter. */
static void add_distribution_line(Text *out, const Value *finding)
{
    AUTO_TEXT line = TEXT_INIT;
    bool is_number = strcmp(text_at(finding, "kind"), "number") == 0;
    VALUE_EACH(item, value_get(finding, "distribution"))
    {
        double p = value_number_or(item, "probability", 0);
        if ((is_number && p < 0.02) || (value_get(item, "studied") && !value_truth(item, "studied"))) {
            continue;
        }
        text_add(&line, line.length ? "; " : "");
        if (is_number) {
            text_addf(&line, "%g–%g\u00a0", value_number_or(item, "from", 0), value_number_or(item, "to", 0));
        } else {
            text_addf(&line, "%s ", text_at(item, "label"));
        }
        add_percent(&line, p);
    }
    add_paragraph(out, 4, text_string(&line));
}

static void add_finding_text(Text *out, const Value *finding)
{
    double counts_as = value_number_or(finding, "counts_as", 0);
    AUTO_TEXT title = TEXT_INIT;
    text_addf(&title, "%s", text_at(finding, "label"));
    if (text_at(finding, "unit")[0]) {
        text_addf(&title, " [%s]", text_at(finding, "unit"));
    }
    text_addf(out, "  %s", text_string(&title));
    size_t used = 2 + text_columns(text_string(&title), title.length);
    AUTO_TEXT worth = TEXT_INIT;
    text_addf(&worth, "worth %.0f patient%s", counts_as, round(counts_as) > 1 ? "s" : "");
    size_t width = worth.length;
    add_spaces(out, used + width + 1 < COLUMNS ? COLUMNS - used - width : 1);
    text_addf(out, "%s\n", text_string(&worth));
    add_distribution_line(out, finding);
    VALUE_EACH(row, value_get(finding, "rows"))
    {
        add_row_line(out, row);
    }
}

/* Of each system a code, or that it has none for such a disease, or that none is known: SNOMED CT only from
 * DICOM and the Global Patient Set. */
static void add_codes(Text *out, const Value *codes)
{
    static const char *const systems[][2] = {
        {"icd_o", "ICD-O"}, {"snomed", "SNOMED CT"}, {"radlex", "RadLex"}};
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
        const Value *code = value_get(codes, systems[i][0]);
        if (!code) {
            text_addf(out, "%s: no code known\n", systems[i][1]);
            continue;
        }
        if (text_at(code, "does_not_apply")[0]) {
            text_addf(out, "%s: does not apply (%s) [%s]\n", systems[i][1], text_at(code, "does_not_apply"),
                      text_at(code, "source"));
            continue;
        }
        text_addf(out, "%s: %s%s%s [%s]\n", systems[i][1], text_at(code, "code"),
                  text_at(code, "meaning")[0] ? " " : "", text_at(code, "meaning"), text_at(code, "source"));
    }
}

static void add_about_text(Text *out, const Value *tree)
{
    const Value *who = value_get(tree, "who"), *mimics = value_get(tree, "mimics");
    if (who) {
        AUTO_TEXT line = TEXT_INIT;
        text_addf(&line, "WHO: %s, %s%s%s [%s, %s]", text_at(who, "group"),
                  strcmp(text_at(who, "behaviour"), "not_a_tumour") == 0 ? "not a tumour"
                                                                         : text_at(who, "behaviour"),
                  text_at(who, "grade")[0] ? ", " : "", text_at(who, "grade"), text_at(who, "source_name"),
                  text_at(who, "where"));
        text_add(out, "\n");
        add_paragraph(out, 0, text_string(&line));
    }
    add_codes(out, value_get(tree, "codes"));
    const char *modality = "";
    VALUE_EACH(picture, value_get(tree, "typical"))
    {
        if (modality[0] == '\0') {
            add_heading(out, "Typical pictures");
        }
        if (strcmp(modality, text_at(picture, "modality")) != 0) {
            modality = text_at(picture, "modality");
            text_addf(out, "  %s\n", modality);
        }
        add_statement_line(out, picture, false);
    }
    if (mimics && mimics->count > 0) {
        add_heading(out, "Mimics");
    }
    VALUE_EACH(mimic, mimics)
    {
        text_addf(out, "  %s\n", text_at(mimic, "name"));
        add_statement_line(out, mimic, false);
    }
}

static void add_components_text(Text *out, const Value *tree)
{
    const Value *components = value_get(tree, "components");
    if (!components) {
        return;
    }
    add_heading(out, "Components");
    VALUE_EACH(component, components)
    {
        AUTO_TEXT line = TEXT_INIT;
        text_addf(&line, "%s (%s) ", text_at(component, "name"), text_at(component, "id"));
        add_percent(&line, value_number_or(component, "share", 0));
        if (text_at(component, "definition")[0]) {
            text_addf(&line, ": %s", text_at(component, "definition"));
        }
        text_add(out, "  ");
        add_wrapped(out, text_string(&line), 2, 4);
    }
    VALUE_EACH(row, value_get(tree, "component_shares"))
    {
        add_row_line(out, row);
    }
}

void describe_text_diagnosis(const Value *tree, Text *out)
{
    text_addf(out, "%s (%s)\n", text_at(tree, "name"), text_at(tree, "group"));
    const Value *synonyms = value_get(tree, "synonyms");
    if (synonyms && synonyms->count > 0) {
        AUTO_TEXT line = TEXT_INIT;
        text_add(&line, "Also called: ");
        VALUE_EACH(item, synonyms)
        {
            text_addf(&line, "%s%s", item == synonyms->first ? "" : ", ", item->string);
        }
        add_paragraph(out, 0, text_string(&line));
    }
    if (!value_truth(tree, "known")) {
        text_add(out, "\nNothing was collected on this diagnosis yet; it is left out of every ranking.\n");
        return;
    }
    text_add(out, "\n");
    add_paragraph(out, 0, text_at(tree, "summary"));
    add_about_text(out, tree);
    add_components_text(out, tree);
    const char *section = "";
    VALUE_EACH(finding, value_get(tree, "findings"))
    {
        if (strcmp(section, text_at(finding, "section")) != 0) {
            section = text_at(finding, "section");
            add_heading(out, section);
        }
        add_finding_text(out, finding);
    }
    add_heading(out, "What else is said");
    add_statement_list(value_get(tree, "statements"), out);
}

void describe_text_general(const Value *tree, Text *out)
{
    text_add(out, "Tumours of the cervical spine\n\n");
    add_statement_list(value_get(tree, "statements"), out);
}

/* ---- conflicts, sources ---- */

static void add_conflict_text(Text *out, const Value *c)
{
    text_addf(out, "\n%s\n", text_at(c, "id"));
    const char *question = text_at(c, "question");
    /* what was found repeats its rows in the question: here they stand below */
    size_t length = value_truth(c, "written") ? strlen(question) : strcspn(question, ":");
    AUTO_TEXT head = TEXT_INIT;
    text_add_bytes(&head, question, length);
    add_paragraph(out, 2, text_string(&head));
    if (text_at(c, "resolution")[0]) {
        text_add(out, "  Resolved: ");
        add_wrapped(out, text_at(c, "resolution"), 12, 4);
    }
    const Value *sources = value_get(c, "sources");
    if (sources && sources->count > 0) {
        AUTO_TEXT line = TEXT_INIT;
        VALUE_EACH(s, sources)
        {
            text_addf(&line, "%s%s", s == sources->first ? "By: " : ", ", s->string);
        }
        add_paragraph(out, 2, text_string(&line));
    }
    VALUE_EACH(row, value_get(c, "rows"))
    {
        add_row_line(out, row);
    }
    VALUE_EACH(s, value_get(c, "statements"))
    {
        add_statement_line(out, s, false);
    }
}

void describe_text_conflicts(const Value *tree, Text *out)
{
    const Value *list = value_get(tree, "conflicts");
    size_t written = 0;
    VALUE_EACH(c, list)
    {
        written += value_truth(c, "written") ? 1 : 0;
    }
    size_t count = list ? list->count : 0;
    text_addf(out, "%zu written conflict%s, %zu cell%s whose counts differ more than chance explains\n",
              written, written == 1 ? "" : "s", count - written, count - written == 1 ? "" : "s");
    VALUE_EACH(c, list)
    {
        if (value_truth(c, "written")) {
            add_conflict_text(out, c);
        }
    }
    if (count > written) {
        add_heading(out, "Found by comparing counts; nobody has judged these, all rows count");
    }
    VALUE_EACH(c, list)
    {
        if (!value_truth(c, "written")) {
            add_conflict_text(out, c);
        }
    }
}

void describe_text_sources(const Value *tree, Text *out)
{
    VALUE_EACH(s, value_get(tree, "sources"))
    {
        text_addf(out, "%s\n", text_at(s, "id"));
        add_paragraph(out, 2, text_at(s, "citation"));
        const char *address = text_at(s, "doi")[0] ? text_at(s, "doi") : text_at(s, "url");
        text_addf(out, "  %s%s%s; read: %s; %.0f row(s), %.0f statement(s)%s%s\n", address,
                  address[0] ? "; " : "", text_at(s, "kind"), text_at(s, "seen"),
                  value_number_or(s, "rows", 0), value_number_or(s, "statements", 0),
                  text_at(s, "cited_by")[0] ? "; cited by the " : "", text_at(s, "cited_by"));
    }
}

/* ---- scales, priors ---- */

void describe_text_scales(const Value *tree, Text *out)
{
    text_add(out, "What the words of a text stand for\n");
    VALUE_EACH(w, value_get(tree, "words"))
    {
        text_addf(out, "  %-12s%3.0f %%, worth %g patients (%s)\n", text_at(w, "word"),
                  100 * value_number_or(w, "probability", 0), value_number_or(w, "size", 0),
                  text_at(w, "basis"));
        add_paragraph(out, 4, text_at(w, "reason"));
    }
    add_heading(out, "Constants");
    VALUE_EACH(c, value_get(tree, "constants"))
    {
        text_addf(out, "  %s = %g (%s)\n", text_at(c, "constant"), value_number_or(c, "value", 0),
                  text_at(c, "basis"));
        add_paragraph(out, 4, text_at(c, "reason"));
    }
}

static void add_prior_text(Text *out, const Value *prior)
{
    text_addf(out, "%s: ", text_at(prior, "id"));
    add_wrapped(out, text_at(prior, "label"), strlen(text_at(prior, "id")) + 2, 2);
    add_paragraph(out, 2, text_at(prior, "note"));
    VALUE_EACH(share, value_get(prior, "shares"))
    {
        text_addf(out, "  %8.2f %%  %s\n", 100 * value_number_or(share, "probability", 0),
                  text_at(share, "name"));
    }
    text_addf(out, "  %8.2f %%  none of these\n", 100 * value_number_or(prior, "none_of_these", 0));
    VALUE_EACH(node, value_get(prior, "nodes"))
    {
        if (!text_at(node, "source")[0]) {
            continue;
        }
        AUTO_TEXT line = TEXT_INIT;
        text_addf(&line, "%s: %s, %s%s%s", text_at(node, "node"), text_at(node, "source_name"),
                  text_at(node, "where"), text_at(node, "note")[0] ? ". " : "", text_at(node, "note"));
        text_add(out, "  - ");
        add_wrapped(out, text_string(&line), 4, 4);
    }
}

void describe_text_priors(const Value *tree, Text *out)
{
    const Value *list = value_get(tree, "priors");
    VALUE_EACH(prior, list)
    {
        text_add(out, prior == list->first ? "" : "\n");
        add_prior_text(out, prior);
    }
}

/* ---- check, coverage ---- */

void describe_text_check(const Value *tree, Text *out)
{
    text_addf(out, "%s\n%s\n\n", text_at(tree, "folder"), text_at(tree, "version"));
    text_addf(out, "  %4.0f diagnoses, %.0f of them with evidence\n", value_number_or(tree, "diagnoses", 0),
              value_number_or(tree, "diagnoses_with_file", 0));
    text_addf(out, "  %4.0f findings\n", value_number_or(tree, "findings", 0));
    text_addf(out,
              "  %4.0f rows of evidence, %.0f of them with patients behind them; %.0f of the background\n",
              value_number_or(tree, "rows", 0), value_number_or(tree, "rows_with_patients", 0),
              value_number_or(tree, "background_rows", 0));
    text_addf(out, "  %4.0f statements\n", value_number_or(tree, "statements", 0));
    text_addf(out, "  %4.0f sources\n", value_number_or(tree, "sources", 0));
    text_addf(out, "  %4.0f written conflicts, %.0f found by comparing counts\n",
              value_number_or(tree, "conflicts_written", 0), value_number_or(tree, "conflicts_found", 0));
    text_addf(out, "  %4.0f priors\n", value_number_or(tree, "priors", 0));
    const Value *remarks = value_get(tree, "remarks");
    text_addf(out, "\nNo errors; %zu remark%s\n", remarks ? remarks->count : 0,
              remarks && remarks->count == 1 ? "" : "s");
    VALUE_EACH(remark, remarks)
    {
        text_add(out, "  - ");
        add_wrapped(out, remark->string, 4, 4);
    }
}

/* A letter for each diagnosis: A to Z, then a to z; more are not drawn. */
static char column_letter(size_t index)
{
    return (char)(index < 26 ? 'A' + (char)index : 'a' + (char)(index - 26));
}

void describe_text_coverage(const Value *tree, Text *out)
{
    enum { LABEL_WIDTH = 44, COLUMNS_MAX = 52 };
    const Value *diagnoses = value_get(tree, "diagnoses");
    text_add(out,
             "What was studied: # patients were counted, w words only, . nothing (the background holds).\n"
             "The findings that tell the diagnoses apart best come first, with their bits.\n\n");
    size_t index = 0;
    VALUE_EACH(d, diagnoses)
    {
        if (index < COLUMNS_MAX) {
            text_addf(out, "  %c  %s: %.0f #, %.0f w, %.0f .%s\n", column_letter(index), text_at(d, "name"),
                      value_number_or(d, "with_patients", 0), value_number_or(d, "with_words", 0),
                      value_number_or(d, "without", 0), value_truth(d, "known") ? "" : " (no file)");
        }
        index++;
    }
    text_add(out, "\n");
    add_spaces(out, LABEL_WIDTH);
    for (size_t i = 0; i < index && i < COLUMNS_MAX; i++) {
        text_addf(out, " %c", column_letter(i));
    }
    text_add(out, "\n");
    VALUE_EACH(f, value_get(tree, "findings"))
    {
        AUTO_TEXT line = TEXT_INIT;
        text_addf(&line, "%.2f %s", value_number_or(f, "bits", 0), text_at(f, "label"));
        const char *label = text_string(&line);
        size_t width = text_columns(label, strlen(label));
        text_add(out, label);
        add_spaces(out, width < LABEL_WIDTH ? LABEL_WIDTH - width : 1);
        size_t column = 0;
        VALUE_EACH(d, diagnoses)
        {
            const Value *cell = value_get(value_get(d, "cells"), text_at(f, "finding"));
            bool counted = value_number_or(cell, "patients", 0) > 0;
            text_add(out, column++ >= COLUMNS_MAX ? "" : counted ? " #" : cell ? " w" : " .");
        }
        text_add(out, "\n");
    }
    text_add(out, "\nThe most telling findings that nobody studied\n");
    VALUE_EACH(d, diagnoses)
    {
        AUTO_TEXT line = TEXT_INIT;
        text_addf(&line, "%s:", text_at(d, "name"));
        VALUE_EACH(gap, value_get(d, "gaps"))
        {
            text_addf(&line, "%s %s", gap == value_get(d, "gaps")->first ? "" : ",", gap->string);
        }
        text_add(out, "  ");
        add_wrapped(out, text_string(&line), 2, 4);
    }
}
