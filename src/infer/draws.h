/* The draws of the Dirichlets behind the intervals: inside infer/ and for the step that compiles the
 * knowledge.
 *
 * A draw is keyed by diagnosis, component, finding and, of a set, member, and by its number; it does not
 * depend on what else a case holds. The commonest ones (one value of a choice, a member of a set, a number)
 * are made when the program is built and lie in the table of the knowledge; others, and all of them where
 * there is no table or an overlay changes the counts, are made when they are asked for: with the same keys
 * and the same rounding, so with the same outcome to the bit. */
#ifndef DENS_INFER_DRAWS_H
#define DENS_INFER_DRAWS_H

#include "infer/evidence.h"

/* One aspect of a known finding, looked at through all diagnoses. */
typedef struct {
    const Knowledge *knowledge;
    const Evidence *evidence;
    size_t start, count;      /* of the cell, what the aspect looks at */
    bool simple;              /* it is one of the commonest */
    size_t slot;              /* then: which value, member or bin */
    const uint16_t *prepared; /* column × draw, or NULL */
} DrawAspect;

void draw_aspect_init(DrawAspect *out, const Knowledge *knowledge, const Evidence *evidence, size_t aspect);
/* P(aspect | diagnosis, component) in each draw. */
void draw_aspect_chances(const DrawAspect *aspect, size_t diagnosis, size_t component, size_t draws,
                         double *out);

/* The bytes of all prepared draws of a knowledge; freed by the caller. */
void *draws_prepare(const Knowledge *knowledge, size_t *out_bytes);

#endif
