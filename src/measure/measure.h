/* Measurements of a lesion: one file a family. A measurement knows no diagnosis and no finding. What cannot
 * be measured is missing with a reason: never 0, never NaN. */
#ifndef DENS_MEASURE_MEASURE_H
#define DENS_MEASURE_MEASURE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/value.h"
#include "image/labels.h"
#include "image/volume.h"

typedef enum { TISSUE_MUSCLE, TISSUE_DISC, TISSUE_CSF, TISSUE_MARROW, TISSUE_CORD, TISSUE_COUNT } Tissue;
const char *tissue_name(Tissue tissue); /* "muscle" */
bool tissue_parse(const char *name, Tissue *out);

/* A quantity with its code, method and source: a row of a const table in the family's file. */
typedef struct {
    const char *id;      /* "attenuation.mean" */
    const char *label;   /* "Mean attenuation" */
    const char *unit;    /* UCUM; "1" for a ratio */
    const char *method;  /* one sentence */
    const char *source;  /* key in knowledge/sources.yaml, or "" */
    const char *code[3]; /* value, scheme, meaning of the quantity; or {0} */
} Quantity;

typedef struct {
    const Quantity *quantity;
    bool missing;
    const char *reason;     /* why it is missing */
    double value, sd;       /* sd < 0: not known */
    const char *role;       /* "ct", "t1", …: the series it was taken from; "" if of the mask alone */
    const char *series_uid; /* or "" */
    const char *of;         /* "lesion" */
    const char *inputs[6];  /* NULL-ended: "ct", "lesion", "muscle" */
    const char *note;       /* what a reader should know of this value, such as voxels left out; or "" */
} Measurement;

typedef struct {
    Arena *arena;
    size_t count, capacity;
    Measurement *items;
} MeasurementList;

void measurements_init(MeasurementList *list, Arena *arena);
/* A value that is not finite is added as missing. */
Measurement *measurements_add(MeasurementList *list, const Quantity *quantity, double value);
Measurement *measurements_add_missing(MeasurementList *list, const Quantity *quantity,
                                      const char *reason_format, ...) DENS_PRINTF(3, 4);
const Measurement *measurements_find(const MeasurementList *list, const char *id);

/* One of several volumes of a series: a point in time, or a diffusion weighting. */
typedef struct {
    const Volume *volume; /* all of a series on one grid */
    double time_s;        /* from any zero; below 0 where not known */
    double b_s_per_mm2;   /* below 0 where not known */
} MeasureFrame;

/* What several families work out of the same labels, so that it is done once a study: made empty, filled by
 * the families, for one array of series. */
typedef struct MeasureShared MeasureShared;
MeasureShared *measure_shared_new(void);
void measure_shared_free(MeasureShared *shared);
AUTO_DEFINE(MeasureShared, measure_shared, measure_shared_free)

/* A lesion's voxels in one series, or a reference region's. Masks must lie on the grid of `volume`. */
typedef struct {
    const Volume *volume; /* the first, where there are several */
    const char *role;     /* "ct", "t1", "t2", "stir", "t1c", "in", "opp", "dwi", "adc", "dce", "pet" */
    const Mask *lesion;   /* on this volume's grid */
    const Mask *reference[TISSUE_COUNT]; /* on this volume's grid; NULL where there is none */
    const Mask *labels;         /* vertebrae and what is beside them, on this volume's grid; NULL: none */
    const LabelScheme *scheme;  /* what the labels stand for; not NULL where there are labels */
    bool canal_of_bone;         /* no tool labelled the canal: it was found by the bone around it */
    size_t frame_count;         /* dwi, dce: all volumes with their weighting; 0 where it is not known */
    const MeasureFrame *frames; /* dce: by time */
    double tr_s, flip_deg,
        native_t1_s; /* dce: of its spoiled gradient echo, and of the lesion; 0: not known */
    const char
        *lacks; /* what keeps the values from having a scale ("no injected dose …"); NULL if nothing does */
    MeasureShared *shared; /* of the study; NULL: every family works it out for itself */
} MeasureSeries;

typedef struct {
    size_t series_count;
    const MeasureSeries *series;
} MeasureInput;

/* A family measures what it can of the input and says what it cannot: it adds each of its quantities exactly
 * once, whatever the input (an input without series lists them all as missing). Where several series have a
 * role, a quantity is taken from the first that can give it. */
typedef struct {
    const char *id; /* "attenuation" */
    const char *label;
    void (*measure)(const MeasureInput *input, MeasurementList *out);
} MeasureFamily;

/* All families, ended by one whose id is NULL. */
extern const MeasureFamily measure_families[];

#define MEASURE_METAL_HU 3000.0 /* denser than bone and enamel */
/* Share of the lesion's finite voxels in a CT series that are denser than any tissue: metal. 0 without a
 * mask. */
double measure_metal_share(const MeasureSeries *ct);

/* Adds the list as parent[key] ("measurements" of a result): per measurement id, label, then value, sd (if
 * known), unit, of, series (if it has a UID), method, source, quantity_code, inputs and note; or missing. */
void measurements_to_value(const MeasurementList *list, Value *parent, const char *key);

/* A reference sphere as a mask on a grid: voxels whose centre lies within radius_mm of the point. False with
 * an error if no voxel does. */
Mask *mask_sphere(const Geometry *geometry, Vec3 centre_lps_mm, double radius_mm,
                  DensError **err) DENS_MUST_USE;
/* A mask resampled to another grid, nearest neighbour at voxel centres. */
Mask *mask_resample(const Mask *mask, const Geometry *to, DensError **err) DENS_MUST_USE;

#endif
