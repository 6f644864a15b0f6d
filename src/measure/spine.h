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
} SpineFrame;

/* The middle line of the canal: x and y as polynomials of the height. */
typedef struct {
    double low_mm, high_mm; /* heights between which it is known */
    double middle_mm;       /* zero of the polynomials */
    double x[3], y[3];
} CanalLine;

/* Lengths of the ring about the canal in the axes of its vertebrae, from untouched ones where there are any.
 */
typedef struct {
    bool known;
    double body_mm;      /* from the canal's centre to the back wall of the body */
    double body_half_mm; /* half the width of the body */
    double lamina_mm;    /* to the inner wall of the laminae in the middle; body_mm where they are not near */
    double side_mm;      /* to the inner wall of the pedicles and pillars */
} SpineRing;

/* What was, as far as can be told, where the lesion is now. */
typedef enum { ORIGIN_UNKNOWN, ORIGIN_BONE, ORIGIN_CANAL, ORIGIN_OUTSIDE } Origin;

typedef struct {
    Box box;          /* the lesion and SPINE_MARGIN_MM around it */
    uint8_t *kind;    /* by voxel of the box: a StructureKind; owned */
    uint8_t *level;   /* likewise: of a vertebra; owned */
    uint8_t *lesion;  /* 1 in the lesion; owned */
    uint8_t *nearest; /* the level of the nearest vertebra; owned. Of the lesion before the canal: that whose
                       * discs it lies between, where they are labelled */
    float *to_bone_mm2; /* squared distance to the nearest vertebra; owned */
    size_t lesion_voxels;
    size_t of_level[LEVEL_COUNT];   /* voxels of the lesion by nearest vertebra */
    size_t of_occiput[LEVEL_COUNT]; /* of these, the ones to which the occipital bone is nearer */
    size_t occiput_contact;         /* as contact[], of the occipital bone */
    size_t contact[LEVEL_COUNT]; /* voxels of the lesion in this vertebra or within 1 mm along the axes of the
                                    grid */
    size_t bone[LEVEL_COUNT];    /* voxels with the level's label, in the box */
    Vec3 centre_lps_mm[LEVEL_COUNT]; /* of these */
    size_t disc[LEVEL_COUNT];        /* voxels of the disc below the level */
    Vec3 disc_lps_mm[LEVEL_COUNT];   /* their centre */
    size_t canal_voxels;             /* cord, CSF and canal together */
    CanalLine canal;                 /* where there are any */
    SpineFrame frames[LEVEL_COUNT];
    SpineRing ring;
    uint8_t *origin; /* by voxel of the lesion: an Origin; ORIGIN_UNKNOWN elsewhere; owned */
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
/* Fits the canal's line and finds the axes of the vertebrae (frame.c): a step of spine_read(). */
bool spine_find_frames(Spine *spine, DensError **err) DENS_MUST_USE;
/* Place of a point in the axes of the level that it is nearest to, from the canal's centre at the same
 * height: how far to the left, to the front and up. The level's frame must be known. */
Vec3 spine_place(const Spine *spine, int level, Vec3 point_lps_mm);

/* The point at a place in the axes of a level: the reverse. */
Vec3 spine_point(const Spine *spine, int level, Vec3 place);
/* Finds the ring and what was where the lesion is (origin.c): the last step of spine_read(). */
bool spine_find_origin(Spine *spine, DensError **err) DENS_MUST_USE;
/* Was a vertebra left (nearly) untouched by the lesion? */
bool spine_untouched(const Spine *spine, int level);
/* As spine_of(), of the series of spine_series(input, role); also NULL where there are no labels, no canal or
 * no bone about it. */
const Spine *spine_with_ring(const MeasureInput *input, const char *role, Spine *own,
                             DensError **err) DENS_MUST_USE;

/* The series with labels and a lesion that has the finest grid, of one role or (NULL) of any; NULL if none.
 */
const MeasureSeries *spine_series(const MeasureInput *input, const char *role);

#endif
