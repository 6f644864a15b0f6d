/* De-identification by the Basic Application Level Confidentiality Profile of DICOM PS3.15 annex E, with the
 * Retain Patient Characteristics Option (age, sex, size, weight, …: the evaluation needs the first two). */
#ifndef DENS_DICOM_CONFIDENTIALITY_H
#define DENS_DICOM_CONFIDENTIALITY_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    CONFIDENTIAL_KEEP,   /* not in the table, or a patient's characteristic */
    CONFIDENTIAL_REMOVE, /* X */
    CONFIDENTIAL_EMPTY,  /* Z, and X/Z, X/Z/D, Z/D */
    CONFIDENTIAL_DUMMY,  /* D */
    CONFIDENTIAL_UID     /* U: another UID, the same for the same */
} ConfidentialityAction;

/* Private attributes are removed. */
ConfidentialityAction confidentiality_action(unsigned group, unsigned element);

#ifdef __cplusplus
}
#endif
#endif
