/* DICOM in and out behind C. The .cc files beside this header are the only ones that name DCMTK.
 * Conventions: opaque structs or plain data, no C++ type, no exception leaves a function; every fault is a
 * DensError that names the file. Patients' names and identifiers never stand in errors or in the log. */
#ifndef DENS_DICOM_DICOM_H
#define DENS_DICOM_DICOM_H

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "image/volume.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    ROLE_UNKNOWN,
    ROLE_CT,
    ROLE_XR,
    ROLE_T1,
    ROLE_T2,
    ROLE_STIR,
    ROLE_T1C,
    ROLE_IN,
    ROLE_OPP,
    ROLE_DWI,
    ROLE_ADC,
    ROLE_DCE,
    ROLE_PET,
    ROLE_COUNT
} SeriesRole;
const char *role_name(SeriesRole role); /* "t1c"; "unknown" */
bool role_parse(const char *name, SeriesRole *out);

/* One volume of a series. */
typedef struct {
    const char *label;             /* "b 800", "at 12.5 s"; "" if it is the only one */
    double te_ms, b_value, time_s; /* below 0 if not known; times count from the first part */
    size_t frame_count;
    const struct Frame **frames;
} SeriesPart;

/* One DICOM series of a folder, from its headers only. Strings live in the study's arena, "" if not there. */
typedef struct {
    const char *series_uid, *study_uid, *frame_uid, *modality, *description, *sop_class_uid,
        *transfer_syntax_uid;
    const char *manufacturer;
    int number;
    size_t file_count;
    const char **files; /* in no order */
    size_t rows, columns;
    SeriesRole role;
    const char *role_reason;        /* in words: "T1-weighted (TR 500 ms, TE 12 ms) with contrast agent" */
    const char *problem;            /* "" or why it cannot be read as a volume, one line */
    const char *fault, *fault_file; /* the same in two parts */
    bool is_read; /* its images are of a kind that is read, though `problem` may keep them from being a volume
                   */
    double te_ms, tr_ms, ti_ms, flip_deg; /* 0 if unknown */
    bool contrast;
    bool is_mask; /* a DICOM SEG */
    /* What a scanner stored as one series stands here as several if it holds several kinds of image or echoes
     * of one place; volumes along time or diffusion weighting are its parts. */
    const char *kind;   /* "" or what tells it from others of its number: "IN_PHASE", "TE 90 ms" */
    size_t slice_count; /* of a part */
    size_t part_count;
    SeriesPart *parts;  /* by b-value, then time */
    const char *kernel; /* CT: the convolution kernel */
    bool derived;       /* reformatted or calculated from other images */
    int partner; /* the number of the series without (with) contrast agent, or of the other phase, on the same
                    grid; -1 */
} SeriesInfo;

typedef struct {
    Arena *arena;
    size_t series_count;
    SeriesInfo *series; /* by series number, then UID */
    bool has_age;
    double age_years; /* from PatientAge, or birth date and study date */
    int sex;          /* 0 unknown, 1 male, 2 female */
    const char *study_uid, *accession, *study_date;
    size_t ignored_files; /* files that are no DICOM */
} DicomStudy;

/* Scans files and folders. Refused: nothing found, a .dcm file that is not DICOM or is cut off, two patients,
 * two studies of different patients. Files of other kinds in a folder are counted and passed over. */
DicomStudy *dicom_study_scan(Arena *arena, const char *const *paths, size_t path_count, Log *log,
                             Progress *progress, DensError **err) DENS_MUST_USE;

/* Reads a series as a volume: sorted by position along the normal, spacing from positions
 * (never from slice thickness), rescale applied (CT: HU). Faults that are detected and said: one slice only,
 * slices missing (a gap of a multiple of the spacing, with its place), irregular spacing (what changes slowly
 * or from stretch to stretch is interpolated to an even grid, and the log says so), two slices at one
 * position, two orientations, sizes or frames in one series, pixel data shorter than the header claims,
 * compressed frames that a decoder finds damaged or warns of. A gantry tilt is resampled to an orthogonal
 * grid; `volume->geometry.sheared` is then false and the log says so. Colour images are refused by name.
 * Padding (PixelPaddingValue) becomes -1024 HU in a CT, else the smallest measured value of its slice.
 * MONOCHROME1 does not change values: it says how they are shown. Every voxel is finite. */
Volume *dicom_series_read(const SeriesInfo *series, Log *log, Progress *progress,
                          DensError **err) DENS_MUST_USE;
/* The same of one part. dicom_series_read() refuses a series of several. */
Volume *dicom_series_read_part(const SeriesInfo *series, size_t part, Log *log, Progress *progress,
                               DensError **err) DENS_MUST_USE;

/* Decodes every image of a series, and keeps none: are its pixels whole? True for a series that is not read
 * at all (`is_read`). */
bool dicom_series_check(const SeriesInfo *series, Progress *progress, DensError **err) DENS_MUST_USE;

/* A DICOM SEG file as a mask on its own grid (binary, or fractional at 0.5); labels are segment numbers,
 * names the segments' labels. Overlapping segments: the higher number wins, and the log says so. */
Mask *dicom_seg_read(const char *path, Log *log, DensError **err) DENS_MUST_USE;
bool dicom_is(const char *path); /* has a preamble with DICM or begins like a data set */

/* Writing (the phantom's series). Uncompressed, explicit little endian, one file a slice, valid by dciodvfy.
 */
typedef struct {
    const char *patient_name, *patient_id, *birth_date /* YYYYMMDD */, *sex /* M, F */, *age /* 018Y */;
    const char *study_uid, *study_date, *study_time, *study_description, *accession, *frame_uid;
    const char *series_uid, *series_description, *protocol_name;
    int series_number;
    SeriesRole
        role; /* CT, T1, T2, STIR, T1C, DWI, DCE, PET: sets modality, contrast and sequence attributes */
    double te_ms, tr_ms, ti_ms, field_t, kvp;
    /* One of several volumes of a series: DWI, DCE. Instances and files are counted on from part to part. */
    size_t part, part_count;             /* 0 of 0: the only one */
    double b_value, flip_deg, time_s;    /* time: of the part, after the study's time */
    double weight_kg, dose_bq, uptake_s; /* PET with F-18 FDG: from the injection to the study's time */
    const char *uid_root;                /* SOP instance UIDs are uid_root.series_number.slice */
} DicomSeriesAttributes;
/* CT: HU as 16-bit signed with intercept; MR: 0 … 4095 unsigned; PET: Bq/ml, 0 … 32767 times a slope of the
 * whole series. Files are folder/0001.dcm …. */
bool dicom_series_write(const Volume *volume, const DicomSeriesAttributes *attributes, const char *folder,
                        DensError **err) DENS_MUST_USE;
/* A deterministic UID under 2.25 from a name (SHA-256 of it, first 128 bits as UUID version 8). `out` of 65.
 */
void dicom_uid(const char *name, char out[65]);

#ifdef __cplusplus
}
#endif
#endif
