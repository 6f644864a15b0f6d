/* cmocka with what our tests share. */
#ifndef DENS_TESTING_H
#define DENS_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

/* The error is set, of this code, and its place and summary hold these parts; frees it. */
static inline void assert_error_at(DensError **err, DensErrorCode code, const char *where_part,
                                   const char *summary_part, const char *file, int line)
{
    if (!*err) {
        print_error("no error where \"%s\" was expected\n", summary_part);
        _fail(file, line);
    }
    if (dens_error_code(*err) != code || !strstr(dens_error_where(*err), where_part) ||
        !strstr(dens_error_summary(*err), summary_part)) {
        print_error("error %d \"%s: %s\" where %d \"…%s…: …%s…\" was expected\n", (int)dens_error_code(*err),
                    dens_error_where(*err), dens_error_summary(*err), (int)code, where_part, summary_part);
        _fail(file, line);
    }
    dens_error_free(*err);
    *err = NULL;
}
#define assert_error(err, code, where_part, summary_part)                                                    \
    assert_error_at((err), (code), (where_part), (summary_part), __FILE__, __LINE__)

/* No error; prints it if there is one. */
static inline void assert_no_error_at(const DensError *err, const char *file, int line)
{
    if (err) {
        print_error("unexpected error \"%s: %s\"\n", dens_error_where(err), dens_error_summary(err));
        _fail(file, line);
    }
}
#define assert_no_error(err) assert_no_error_at((err), __FILE__, __LINE__)

/* |a − b| ≤ tolerance. */
#define assert_near(a, b, tolerance)                                                                         \
    do {                                                                                                     \
        double near_a_ = (a), near_b_ = (b);                                                                 \
        if (!(near_a_ - near_b_ <= (tolerance) && near_b_ - near_a_ <= (tolerance))) {                       \
            print_error("%.10g is not %.10g (tolerance %g)\n", near_a_, near_b_, (double)(tolerance));       \
            _fail(__FILE__, __LINE__);                                                                       \
        }                                                                                                    \
    } while (0)

/* A path below the source tree, the build tree or ../shared; allocated, the caller frees it.
 * shared_path() skips the test (with a message) when the file is not there. */
char *source_path(const char *name);
char *build_path(const char *name);
char *shared_path(const char *name);

#endif
