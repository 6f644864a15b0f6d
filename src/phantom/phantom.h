/* A synthetic cervical study with known truth: the neck from the clivus to T1, and a lesion with the CT and
 * MR signals of a diagnosis, from published tissue values (docs/phantom.md names them). The same seed gives
 * the same bytes. It takes nothing from knowledge/ and nothing from the thresholds of reading/. */
#ifndef DENS_PHANTOM_PHANTOM_H
#define DENS_PHANTOM_PHANTOM_H

#include "base/error.h"
#include "base/progress.h"

#include <stddef.h>
#include <stdint.h>

/* Diagnoses that the phantom knows; NULL-ended. */
const char *const *phantom_diagnoses(void);

typedef struct {
    const char *diagnosis;
    uint64_t seed;
    const char *folder;
    unsigned with; /* of phantom_parse_with(): further series */
} PhantomOptions;

/* Grey pictures, row by row from above; owned. */
typedef struct {
    size_t width, height;
    uint8_t *grey;
} PhantomSheet;
void phantom_sheet_clear(PhantomSheet *sheet);

/* "dwi,dce,pet" and parts of it. */
bool phantom_parse_with(const char *list, unsigned *out, DensError **err) DENS_MUST_USE;

/* Writes folder/ct, t1, t2, stir, t1c and what `with` adds (DICOM series of one study and one frame of
 * reference), lesion.nii.gz, labels.nii.gz and anatomy.nii.gz on the CT's grid, the same with -mr on that of
 * the MR series (docs/phantom.md has the labels), and truth.json. The folder must be empty or absent; on
 * failure nothing of it is left. out_sheet (zeroed before; may be NULL) gets pictures through the lesion, one
 * column a series. */
bool phantom_write(const PhantomOptions *options, PhantomSheet *out_sheet, Progress *progress,
                   DensError **err) DENS_MUST_USE;

typedef struct {
    const char *diagnosis;
    uint64_t seed;
    const char *volume;     /* NIfTI */
    const char *as;         /* ct, t1, t2, stir, t1c; NULL: CT by its values, else as the file's name says */
    const char *seed_point; /* "x,y,z", LPS in mm, or NULL with labels */
    const char *labels;     /* a map of the scheme dens on the volume's grid, or NULL */
    const char *folder;
} PhantomIntoOptions;
/* Puts a lesion into a real volume: folder/volume.nii.gz, lesion.nii.gz, truth.json. */
bool phantom_implant(const PhantomIntoOptions *options, DensError **err) DENS_MUST_USE;

#endif
