/* What the tests of evaluate/ share: the shipped knowledge, a temporary folder, cases from a few lines of
 * JSON. */
#ifndef DENS_TESTS_EVALUATE_FIXTURE_H
#define DENS_TESTS_EVALUATE_FIXTURE_H

#include "testing.h"

#include "evaluate/evaluate.h"

typedef struct {
    Engine *engine;
    const Prior *clinic, *uniform;
    Arena *arena;
    char folder[64];
} Fixture;

/* For cmocka_run_group_tests: one engine and one folder for all tests of a program. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* A path in the temporary folder; a file with this text there. In the fixture's arena. */
const char *fixture_path(Fixture *f, const char *name);
const char *fixture_file(Fixture *f, const char *name, const char *text);
void fixture_make_folder(Fixture *f, const char *name);

/* The case {"format": …, MEMBERS}: `members` are further members of the top level, such as
 * "\"findings\": {\"mr.t1\": \"low\"}". The caller frees it. */
Case *fixture_case(Fixture *f, const char *members);
/* The result of a case under a prior. */
Value *fixture_result(Fixture *f, const Case *c, const Prior *prior);

#endif
