/* Bone and spinal canal of a CT by thresholds and topology. A pure function: the same volume gives the same
 * labels on any machine. docs/segmentation.md has the method, its sources and how well it does. */
#ifndef DENS_SEGMENT_BONE_H
#define DENS_SEGMENT_BONE_H

#include "image/volume.h"

/* Labels of the scheme "dens" (knowledge/label_schemes.yaml). */
enum { SEGMENT_LABEL_CANAL = 3, SEGMENT_LABEL_BONE = 9 };

typedef struct {
    Mask *labels; /* on the volume's grid, with names; owned */
    double bone_from_hu;
    double metal_percent;   /* of the bone: voxels above 3000 HU */
    double canal_length_mm; /* 0: no canal was found */
    double canal_open_mm;   /* of it: where no ring of bone closes it and it was interpolated */
} BoneLabels;

/* All bones of the CT, with their marrow, and the bony canal. Errors (input): what is no CT (no value below
 * −50 HU, no Hounsfield units), a volume with one slice, one without bone; no memory. */
bool segment_bone(BoneLabels *out, const Volume *ct, DensError **err) DENS_MUST_USE;
void bone_labels_clear(BoneLabels *labels);

#endif
