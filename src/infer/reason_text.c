/* A reason as one sentence: what was seen, how often that is so in the one and in the other, the patients
 * behind it, and how much likelier it is. No ids, no logarithms. */
#include "infer/infer.h"

#include "base/text.h"
#include "infer/evidence.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Shares in words, before "of chordoma"; the first whose limit the share reaches. */
static const struct {
    double at_least;
    const char *words;
} frequency_words[] = {{0.95, "almost all"}, {0.75, "most"}, {0.55, "more than half"}, {0.45, "about half"},
                       {0.25, "some"},       {0.08, "few"},  {0, "hardly any"}};

static const char *const number_words[] = {"",      "",      "two",  "three", "four",   "five",  "six",
                                           "seven", "eight", "nine", "ten",   "eleven", "twelve"};

static const char *frequency(double share)
{
    size_t i = 0;
    while (share < frequency_words[i].at_least) {
        i++;
    }
    return frequency_words[i].words;
}

static void add_times(Text *text, double factor)
{
    if (factor < 1.25) {
        text_add(text, "slightly likelier");
    } else if (factor < 1.75) {
        text_add(text, "about one and a half times likelier");
    } else if (factor < 2.5) {
        text_add(text, "twice as likely");
    } else if (factor < 12.5) {
        text_addf(text, "%s times likelier", number_words[(size_t)lround(factor)]);
    } else if (factor < 100) {
        text_addf(text, "about %.0f times likelier", 5 * round(factor / 5));
    } else {
        text_add(text, "more than a hundred times likelier");
    }
}

static const char *term(const Posterior *p, size_t hypothesis)
{
    size_t none = p->hypothesis_count - 1;
    return hypothesis == none ? "none of these" : knowledge_diagnosis(p->knowledge, hypothesis)->name->term;
}

/* The text with its first letter small, unless the first word is an abbreviation or a proper name with a
 * capital further on ("T2 signal", "FDG uptake", "Horner syndrome" stays as the vocabulary writes it). */
static void add_inside_sentence(Text *text, const char *label)
{
    bool lower_next =
        islower((unsigned char)label[0]) || islower((unsigned char)label[1]) || label[1] == '\0';
    char first[2] = {lower_next ? (char)tolower((unsigned char)label[0]) : label[0], '\0'};
    text_add(text, first);
    text_add(text, label + (label[0] != '\0'));
}

static void add_value_list(Text *text, const Finding *f, uint64_t mask, const char *joint)
{
    size_t left = (size_t)__builtin_popcountll(mask);
    for (size_t v = 0; v < f->value_count; v++) {
        if (mask >> v & 1) {
            text_add(text, f->values[v].label);
            left--;
            text_add(text, left > 1 ? ", " : left == 1 ? joint : "");
        }
    }
}

static bool is_present_absent(const Finding *f)
{
    return f->kind == FINDING_CHOICE && f->value_count == 2 && finding_value(f, "present") >= 0 &&
           finding_value(f, "absent") >= 0;
}

static void add_number(Text *text, const CaseFinding *known)
{
    const Finding *f = known->finding;
    text_add(text, f->label);
    if (known->has_read) {
        for (size_t i = 0; i < known->read_number_count; i++) {
            text_addf(text, "%s%g", i ? " or " : " ", known->read_numbers[i]);
        }
    } else {
        text_addf(text, " %.3g", known->measured_number);
    }
}

/* The values that the evidence leaves possible, for a choice; the members that are known present, for a set.
 */
static uint64_t possible(const CaseFinding *known)
{
    if (known->has_read) {
        return known->read_values;
    }
    return known->finding->kind == FINDING_CHOICE ? UINT64_C(1) << known->measured_value : 0;
}

static void add_known(Text *text, const CaseFinding *known, bool first)
{
    const Finding *f = known->finding;
    Text phrase = TEXT_INIT;
    if (f->kind == FINDING_NUMBER) {
        add_number(&phrase, known);
    } else if (is_present_absent(f)) {
        uint64_t mask = possible(known);
        bool absent = mask == UINT64_C(1) << finding_value(f, "absent");
        text_add(&phrase, absent ? "No " : "");
        if (absent) {
            add_inside_sentence(&phrase, f->label);
        } else {
            text_add(&phrase, f->label);
        }
    } else if (f->kind == FINDING_SET && known->read_none) {
        text_addf(&phrase, "%s: none", f->label);
    } else {
        text_addf(&phrase, "%s: ", f->label);
        add_value_list(&phrase, f, possible(known), f->kind == FINDING_SET ? " and " : " or ");
    }
    if (first) {
        text_add(text, text_string(&phrase));
    } else {
        add_inside_sentence(text, text_string(&phrase));
    }
    text_clear(&phrase);
}

/* Patients of a row that show what was seen, and how many were looked at. */
static void row_patients(const Row *row, const Evidence *evidence, double *out_seen, double *out_of)
{
    const Finding *f = evidence->finding;
    *out_seen = 0;
    *out_of = 0;
    for (size_t i = 0; i < evidence->component_count; i++) {
        if (f->kind == FINDING_SET && evidence->weight[i - i % 2] == evidence->weight[i - i % 2 + 1]) {
            continue; /* a member that is not known */
        }
        *out_of += row->mass[i];
        *out_seen += evidence->weight[i] >= 0.5 ? row->mass[i] : 0;
    }
}

/* The row that counts most in a cell, patients before words. */
const Row *cell_leading_row(const Cell *cell)
{
    const Row *best = NULL;
    for (size_t i = 0; i < cell->row_count; i++) {
        const Row *row = cell->rows[i];
        if (row->discount <= 0) {
            continue;
        }
        if (!best || row->has_counts > best->has_counts ||
            (row->has_counts == best->has_counts && row->n * row->discount > best->n * best->discount)) {
            best = row;
        }
    }
    return best;
}

static void add_basis(Text *text, const Posterior *p, const Evidence *evidence, size_t hypothesis)
{
    if (hypothesis == p->hypothesis_count - 1) {
        text_add(text, "a mixture of all diagnoses");
        return;
    }
    const Row *row = cell_leading_row(knowledge_cell(p->knowledge, hypothesis, evidence->finding));
    if (!row) {
        text_addf(text, "not studied in %s, taken as in bone lesions of any kind", term(p, hypothesis));
        return;
    }
    double seen = 0, of = 0;
    row_patients(row, evidence, &seen, &of);
    if (!row->has_counts || of < 0.5) {
        text_addf(text, "by description, %s", row->source->short_name);
    } else if (evidence->finding->kind == FINDING_NUMBER) {
        text_addf(text, "%.0f patients, %s", row->n, row->source->short_name);
    } else {
        text_addf(text, "%.0f of %.0f, %s", round(seen), round(of), row->source->short_name);
    }
}

/* How many members of a set are known; 1 for everything else. */
static size_t known_members(const Evidence *evidence)
{
    if (evidence->finding->kind != FINDING_SET) {
        return 1;
    }
    size_t count = 0;
    for (size_t m = 0; m < evidence->finding->value_count; m++) {
        count += evidence->weight[2 * m] != evidence->weight[2 * m + 1];
    }
    return count;
}

/* The finding of the sign that speaks most in the reason's direction. */
size_t reason_leading(const Reason *reason)
{
    size_t best = 0;
    double direction = reason->weight < 0 ? -1 : 1;
    for (size_t i = 1; i < reason->sign->finding_count; i++) {
        if (direction * reason->shares[i] > direction * reason->shares[best]) {
            best = i;
        }
    }
    return best;
}

static bool patient_finding(const Case *c, const Finding *f, CaseFinding *out)
{
    *out = (CaseFinding){.finding = f, .has_read = true};
    if (strcmp(f->id, "patient.age") == 0) {
        out->read_number_count = 1;
        out->read_numbers[0] = c->age_years;
        return true;
    }
    if (strcmp(f->id, "patient.sex") == 0) {
        out->read_values = UINT64_C(1) << finding_value(f, c->sex == SEX_MALE ? "male" : "female");
        return true;
    }
    return false;
}

static const CaseFinding *known_of(const Case *c, const Finding *f, CaseFinding *room)
{
    return patient_finding(c, f, room) ? room : case_find(c, f->id);
}

static void add_frequencies(Text *text, const Posterior *p, const double *row, size_t hypothesis,
                            size_t rival)
{
    text_addf(text, "seen in %s of the cases of %s", frequency(exp(row[hypothesis])), term(p, hypothesis));
    if (rival == p->hypothesis_count - 1) {
        return;
    }
    text_addf(text, " and in %s of those of %s", frequency(exp(row[rival])), term(p, rival));
}

const char *reason_text(const Posterior *p, const Case *c, const Reason *reason, size_t hypothesis,
                        size_t rival)
{
    AUTO_TEXT text = TEXT_INIT;
    size_t leading = reason_leading(reason);
    const Finding *f = reason->sign->findings[leading];
    CaseFinding room;
    add_known(&text, known_of(c, f, &room), true);
    for (size_t i = 0; i < reason->sign->finding_count; i++) {
        if (i != leading) {
            text_add(&text, ", ");
            add_known(&text, known_of(c, reason->sign->findings[i], &room), false);
        }
    }
    text_add(&text, ": ");
    Evidence evidence;
    if (!evidence_of(&evidence, known_of(c, f, &room), p->arena)) {
        return arena_strdup(p->arena, text_string(&text));
    }
    if (f->kind != FINDING_NUMBER && known_members(&evidence) == 1) {
        add_frequencies(&text, p, reason->sign->log_likelihood + leading * p->hypothesis_count, hypothesis,
                        rival);
        text_add(&text, " (");
    } else {
        text_add(&text, "(");
    }
    add_basis(&text, p, &evidence, hypothesis);
    text_add(&text, " against ");
    add_basis(&text, p, &evidence, rival);
    text_add(&text, "); ");
    add_times(&text, exp(fabs(reason->weight)));
    bool against = reason->weight < 0;
    text_addf(&text, " in %s %s in %s.", term(p, against ? rival : hypothesis),
              exp(fabs(reason->weight)) >= 1.75 && exp(fabs(reason->weight)) < 2.5 ? "as" : "than",
              term(p, against ? hypothesis : rival));
    return arena_strdup(p->arena, text_string(&text));
}
