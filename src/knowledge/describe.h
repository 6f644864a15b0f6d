/* The knowledge as trees of values, for `dens knowledge …`, and these trees as text for a terminal of 100
 * columns. The trees are what JSON output shows; every number comes with the rows and sources that it follows
 * from. */
#ifndef DENS_KNOWLEDGE_DESCRIBE_H
#define DENS_KNOWLEDGE_DESCRIBE_H

#include "base/text.h"
#include "base/value.h"
#include "knowledge/knowledge.h"

/* One diagnosis: summary, statements by topic, and each finding that has evidence with its distribution, what
 * that is worth in patients, and the rows behind it. All trees live in `arena`. */
Value *describe_diagnosis(const Knowledge *knowledge, size_t diagnosis, Arena *arena);
/* The rows of these ids (a NULL-ended list) with what they say, their source and the diagnosis and finding
 * that they speak of; ids that are none are passed over. */
Value *describe_rows(const Knowledge *knowledge, const char *const *ids, Arena *arena);
/* What is said of all tumours of the cervical spine. */
Value *describe_general(const Knowledge *knowledge, Arena *arena);
/* Written and found conflicts; of one diagnosis, or of all if it is negative. */
Value *describe_conflicts(const Knowledge *knowledge, int diagnosis, Arena *arena);
/* Every source, with what was read of it and how often it is cited. */
Value *describe_sources(const Knowledge *knowledge, Arena *arena);
/* The verbal scale and the constants with their reasons. */
Value *describe_scales(const Knowledge *knowledge, Arena *arena);
/* Every prior: the share of each diagnosis, and the nodes with their sources. */
Value *describe_priors(const Knowledge *knowledge, Arena *arena);
/* Sizes, version and remarks (knowledge_remarks). */
Value *describe_check(const Knowledge *knowledge, Arena *arena);
/* Diagnosis × finding: patients, words or nothing. */
Value *describe_coverage(const Knowledge *knowledge, Arena *arena);

/* The same trees as text, lines of at most 100 columns. */
void describe_text_diagnosis(const Value *tree, Text *out);
void describe_text_general(const Value *tree, Text *out);
void describe_text_conflicts(const Value *tree, Text *out);
void describe_text_sources(const Value *tree, Text *out);
void describe_text_scales(const Value *tree, Text *out);
void describe_text_priors(const Value *tree, Text *out);
void describe_text_check(const Value *tree, Text *out);
void describe_text_coverage(const Value *tree, Text *out);

#endif
