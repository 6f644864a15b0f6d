/* Writing dens-case/1: what reading makes of the result equals the case. The short form stands wherever it
 * says everything: a plain value when a finding was only read, one name when only one value is possible. */
#include "document/case.h"
#include "document/case_parts.h"

#include <math.h>

/* Whole numbers are written as such: 30, not 30.0. */
static const double largest_whole = 1e15;

static bool is_whole(double number)
{
    return fabs(number) < largest_whole && !(floor(number) < number);
}

static void set_number(Value *map, const char *key, double number)
{
    if (is_whole(number)) {
        value_set_integer(map, key, (long long)number);
    } else {
        value_set_number(map, key, number);
    }
}

static void set_text(Value *map, const char *key, const char *text)
{
    if (text) {
        value_set_string(map, key, text);
    }
}

/* ---- findings ---- */

static bool is_single(uint64_t values)
{
    return (values & (values - 1)) == 0;
}

static void write_values(const CaseFinding *known, Value *map, const char *key)
{
    const Finding *finding = known->finding;
    bool plain = finding->kind == FINDING_CHOICE && is_single(known->read_values);
    Value *list = plain ? NULL : value_set_list(map, key);
    if (known->read_none) {
        value_add_string(list, "none");
        return;
    }
    for (size_t i = 0; i < finding->value_count; i++) {
        if (!(known->read_values & case_bit((int)i))) {
            continue;
        }
        if (plain) {
            value_set_string(map, key, finding->values[i].id);
        } else {
            value_add_string(list, finding->values[i].id);
        }
    }
}

static void write_numbers(const CaseFinding *known, Value *map, const char *key)
{
    if (known->read_number_count == 1) {
        set_number(map, key, known->read_numbers[0]);
        return;
    }
    Value *list = value_set_list(map, key);
    for (size_t i = 0; i < known->read_number_count; i++) {
        if (is_whole(known->read_numbers[i])) {
            value_add_integer(list, (long long)known->read_numbers[i]);
        } else {
            value_add_number(list, known->read_numbers[i]);
        }
    }
}

static void write_read(const CaseFinding *known, Value *map, const char *key)
{
    if (known->finding->kind == FINDING_NUMBER) {
        write_numbers(known, map, key);
    } else {
        write_values(known, map, key);
    }
}

static void write_measured(const CaseFinding *known, Value *map)
{
    const Finding *finding = known->finding;
    Value *measured = value_set_map(map, "measured");
    if (finding->kind == FINDING_NUMBER) {
        set_number(measured, "value", known->measured_number);
        if (known->measured_sd > 0) {
            set_number(measured, "sd", known->measured_sd);
        }
    } else {
        value_set_string(measured, "value", finding->values[known->measured_value].id);
        Value *likelihood = value_set_map(measured, "likelihood");
        for (size_t i = 0; i < finding->value_count; i++) {
            set_number(likelihood, finding->values[i].id, known->likelihood[i]);
        }
    }
    set_text(measured, "measurement", known->measurement);
}

static void write_finding(const CaseFinding *known, Value *findings)
{
    if (known->has_read && !known->has_measured) {
        write_read(known, findings, known->finding->id);
    } else if (known->has_measured) {
        Value *map = value_set_map(findings, known->finding->id);
        if (known->has_read) {
            write_read(known, map, "read");
        }
        write_measured(known, map);
    }
}

/* ---- what stands around them ---- */

static void write_patient(const Case *c, Value *root)
{
    if (!c->has_age && c->sex == SEX_UNKNOWN) {
        return;
    }
    Value *patient = value_set_map(root, "patient");
    if (c->has_age) {
        set_number(patient, "age", c->age_years);
    }
    if (c->sex != SEX_UNKNOWN) {
        value_set_string(patient, "sex", c->sex == SEX_MALE ? "male" : "female");
    }
}

static void write_study(const Case *c, Value *root)
{
    if (c->study_uid || c->accession) {
        Value *study = value_set_map(root, "study");
        set_text(study, "uid", c->study_uid);
        set_text(study, "accession", c->accession);
    }
}

static void write_examinations(const Case *c, Value *root)
{
    Value *map = NULL;
    for (size_t i = 0; i < vocabulary_examination_count(c->vocabulary); i++) {
        if (c->examinations[i] != EXAMINATION_UNKNOWN) {
            map = map ? map : value_set_map(root, "examinations");
            value_set_string(map, vocabulary_examination(c->vocabulary, i)->id,
                             examination_state_name(c->examinations[i]));
        }
    }
}

static void write_truth(const Case *c, Value *root)
{
    if (c->truth_diagnosis) {
        Value *truth = value_set_map(root, "truth");
        value_set_string(truth, "diagnosis", c->truth_diagnosis);
        set_text(truth, "basis", c->truth_basis);
    }
}

Value *case_to_value(const Case *c, Value *parent, const char *key, Arena *arena)
{
    Value *root = parent ? value_set_map(parent, key) : value_new_map(arena);
    value_set_string(root, "format", CASE_FORMAT);
    set_text(root, "id", c->id);
    write_patient(c, root);
    write_study(c, root);
    write_examinations(c, root);
    Value *findings = value_set_map(root, "findings");
    for (size_t i = 0; i < c->finding_count; i++) {
        write_finding(&c->findings[i], findings);
    }
    write_truth(c, root);
    if (c->source) {
        value_set_copy(root, "source", c->source);
    }
    if (c->note) {
        value_set_copy(root, "note", c->note);
    }
    VALUE_EACH(item, c->extra)
    {
        value_set_copy(root, item->key, item);
    }
    return root;
}
