/* A synthetic cervical study with known truth: C1 to C5 and the top of C6, canal, cord, discs, muscle, fat,
 * and a lesion with the CT and MR signals of a diagnosis, from published tissue values (docs/phantom.md names
 * them). The same seed gives the same bytes. It takes nothing from knowledge/ and nothing from the thresholds
 * of reading/. */
#ifndef DENS_PHANTOM_PHANTOM_H
#define DENS_PHANTOM_PHANTOM_H

#include "base/error.h"
#include "base/progress.h"

#include <stddef.h>
#include <stdint.h>

/* Diagnoses that the phantom knows; NULL-ended. */
const char *const *phantom_diagnoses(void);

/* Writes folder/ct, t1, t2, stir, t1c (DICOM series of one study and one frame of reference), lesion.nii.gz
 * and labels.nii.gz on the CT's grid, lesion-mr.nii.gz and labels-mr.nii.gz on the grid of the MR series
 * (labels: scheme "dens"), and truth.json. The folder must be empty or absent; on failure nothing of it is
 * left. */
bool phantom_write(const char *diagnosis, uint64_t seed, const char *folder, Progress *progress,
                   DensError **err) DENS_MUST_USE;

#endif
