/* Inside measure/: what the labels about a lesion say: where its vertebrae, its canal and its arteries are.
 */
#ifndef DENS_MEASURE_SPINE_H
#define DENS_MEASURE_SPINE_H

#include "image/labels.h"
#include "measure/box.h"

/* A vertebra's own axes about the centre of the canal at its height. */
typedef struct {
    bool known; /* the level has bone, and there is a canal */
    Vec3 centre_lps_mm;
    Vec3 left, front, up; /* unit vectors at right angles; up along the canal */
    bool own;             /* front was found on this level or a neighbour; else it is the patient's */
} SpineFrame;

/* The middle line of the canal: x and y as polynomials of the height. */
typedef struct {
    double low_mm, high_mm; /* heights between which it is known */
    double middle_mm;       /* zero of the polynomials */
    double x[3], y[3];
} CanalLine;

typedef struct {
    Box box;            /* the lesion and SPINE_MARGIN_MM around it */
    uint8_t *kind;      /* by voxel of the box: a StructureKind; owned */
    uint8_t *level;     /* likewise: of a vertebra; owned */
    uint8_t *lesion;    /* 1 in the lesion; owned */
    uint8_t *nearest;   /* the level of the nearest vertebra; owned */
    float *to_bone_mm2; /* squared distance to the nearest vertebra; owned */
    size_t lesion_voxels;
    size_t of_level[LEVEL_COUNT]; /* voxels of the lesion by nearest vertebra */
    size_t contact[LEVEL_COUNT]; /* voxels of the lesion in this vertebra or within 1 mm along the axes of the
                                    grid */
    size_t bone[LEVEL_COUNT];    /* voxels with the level's label, in the box */
    Vec3 centre_lps_mm[LEVEL_COUNT]; /* of these */
    size_t canal_voxels;             /* cord, CSF and canal together */
    CanalLine canal;                 /* where there are any */
    SpineFrame frames[LEVEL_COUNT];
} Spine;

#define SPINE_MARGIN_MM 30.0

/* Reads the labels about the lesion of a series. Errors, in words that follow "missing:": no lesion, no
 * labels on this series, none of a vertebra near the lesion, no memory. */
bool spine_read(Spine *out, const MeasureSeries *series, DensError **err) DENS_MUST_USE;
void spine_clear(Spine *spine);
/* The same from what the families share, where they share anything; else read into *own, which the caller
 * clears. NULL with an error. */
const Spine *spine_of(const MeasureSeries *series, Spine *own, DensError **err) DENS_MUST_USE;
static inline bool spine_is_canal(const Spine *spine, size_t voxel)
{
    const uint8_t kind = spine->kind[voxel];
    return kind == STRUCTURE_CORD || kind == STRUCTURE_CSF || kind == STRUCTURE_CANAL;
}
/* Fits the canal's line and finds the axes of the vertebrae (frame.c): the last step of spine_read(). */
bool spine_find_frames(Spine *spine, DensError **err) DENS_MUST_USE;
/* Place of a point in the axes of the level that it is nearest to, from the canal's centre at the same
 * height: how far to the left, to the front and up. The level's frame must be known. */
Vec3 spine_place(const Spine *spine, int level, Vec3 point_lps_mm);

/* The series with labels and a lesion that has the finest grid, of one role or (NULL) of any; NULL if none.
 */
const MeasureSeries *spine_series(const MeasureInput *input, const char *role);

#endif
