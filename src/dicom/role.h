/* Which of a study's series is which. */
#ifndef DENS_DICOM_ROLE_H
#define DENS_DICOM_ROLE_H

#include "dicom/dicom.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the guess is made from; strings are "" and times 0 where not given. Values of several are joined with
 * a backslash, as DICOM does. */
typedef struct {
    const char *modality, *image_type, *sequence, *description, *protocol, *contrast_agent;
    const char *kernel;
    bool secondary_capture;
    double te_ms, tr_ms, ti_ms;
    bool has_b_value;
} RoleTags;

typedef struct {
    SeriesRole role;
    bool contrast;
    char reason[200];
} RoleGuess;

/* Never fails: a series that says too little, or contradicts itself, is ROLE_UNKNOWN, and the reason says so.
 * Words of the description go first, as sites name what they mean; times of spin echoes must agree. */
RoleGuess role_guess(const RoleTags *tags);

#ifdef __cplusplus
}
#endif
#endif
