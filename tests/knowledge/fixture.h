/* A small knowledge folder in a temporary place, for tests that change one thing in it. */
#ifndef DENS_TESTS_KNOWLEDGE_FIXTURE_H
#define DENS_TESTS_KNOWLEDGE_FIXTURE_H

#include "knowledge/knowledge.h"
#include "testing.h"

/* Makes the folder with a vocabulary of three diagnoses (chordoma, metastasis, osteoid_osteoma) and eight
 * findings, scales of round numbers, two sources, and no evidence. */
char *fixture_new(void);
/* Removes the folder and frees its name. */
void fixture_free(char *folder);
void fixture_write(const char *folder, const char *name, const char *text);
/* scales.yaml with another value of one constant. */
void fixture_scale(const char *folder, const char *constant, const char *value);
/* diagnoses/ID.yaml with these evidence rows, each a flow map without its braces, ended by NULL. Scope,
 * source and place are added. */
void fixture_rows(const char *folder, const char *id, ...) __attribute__((sentinel));
/* Loads or fails the test. */
Knowledge *fixture_load(const char *folder);

const Cell *fixture_cell(const Knowledge *knowledge, const char *diagnosis, const char *finding);
double fixture_background(const Knowledge *knowledge, const char *finding, size_t component);

#endif
