/* One phantom study while it is made: what its files and its truth share. Inside phantom/ only.
 */
#ifndef DENS_PHANTOM_STUDY_H
#define DENS_PHANTOM_STUDY_H

#include "phantom/phantom.h"
#include "phantom/render.h"

#include "base/arena.h"
#include "base/value.h"

typedef struct {
    Arena *arena;
    Anatomy anatomy;
    uint64_t seed;
    unsigned with; /* bits of the functional acquisitions */
    const char *folder;
    char study_uid[65], frame_uid[65], uid_root[65];
    Volume *clean[ACQUISITION_COUNT]; /* without noise; not of functional series */
    Mask *ct_labels, *mr_labels, *ct_anatomy, *mr_anatomy;
} Phantom;

/* What the lesion's tissues were given, as truth["tissues"]. */
void truth_add_tissues(const LesionKind *lesion, Value *truth);
/* truth.json in the study's folder. */
bool truth_write(const Phantom *phantom, DensError **err) DENS_MUST_USE;

#endif
