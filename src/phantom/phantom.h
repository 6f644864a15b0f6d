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
    unsigned with;     /* of phantom_parse_series(): further series */
    const char *level; /* "C0" … "C7", "T1"; NULL: one of the diagnosis' own, by the seed */
} PhantomOptions;

/* "dwi,dce,pet" and parts of it, or a list of any series; bits by the numbers of phantom_series_name(). */
bool phantom_parse_series(const char *list, bool functional_only, const char *option, unsigned *out,
                          DensError **err) DENS_MUST_USE;
/* "ct", "t1" … "pet"; NULL behind the last. */
const char *phantom_series_name(size_t number);
enum { PHANTOM_STANDARD_SERIES = 0x1F /* ct, t1, t2, stir, t1c: what every study has */ };

/* Writes folder/ct, t1, t2, stir, t1c and what `with` adds (DICOM series of one study and one frame of
 * reference), lesion.nii.gz, labels.nii.gz and anatomy.nii.gz on the CT's grid, the same with -mr on that of
 * the MR series (docs/phantom.md has the labels), and truth.json. The folder must be empty or absent; on
 * failure nothing of it is left. */
bool phantom_write(const PhantomOptions *options, Progress *progress, DensError **err) DENS_MUST_USE;

/* Grey pictures, row by row from above; owned. */
typedef struct {
    size_t width, height;
    double pixel_mm; /* 0.6; less in a child, who fills the picture as an adult does */
    uint8_t *grey;
} PhantomSheet;
void phantom_sheet_clear(PhantomSheet *sheet);
enum { PHANTOM_COLUMN = 236 /* pixels of a series, with the gap behind it */ };
/* Pictures through the lesion without the study around them: one column a series of these bits, sagittal
 * above axial; the level as in PhantomOptions. `out` is zeroed before, and after a failure. */
bool phantom_preview(const char *diagnosis, uint64_t seed, const char *level, unsigned series,
                     PhantomSheet *out, DensError **err) DENS_MUST_USE;

typedef struct {
    const char *diagnosis;
    uint64_t seed;
    const char *volume;     /* NIfTI */
    const char *as;         /* ct, t1, t2, stir, t1c; NULL: CT by its values, else as the file's name says */
    const char *seed_point; /* "x,y,z", LPS in mm, or NULL with labels */
    const char *labels;     /* a map of the scheme dens on the volume's grid, or NULL */
    const char *folder;
} PhantomIntoOptions;
/* Puts a lesion into a real volume: folder/volume.nii.gz, lesion.nii.gz, truth.json; with labels also
 * labels.nii.gz, the map as it is then. */
bool phantom_implant(const PhantomIntoOptions *options, DensError **err) DENS_MUST_USE;

#endif
