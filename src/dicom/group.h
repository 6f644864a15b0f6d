/* Series of several images at one place: echoes, kinds of image, diffusion weightings, times. */
#ifndef DENS_DICOM_GROUP_H
#define DENS_DICOM_GROUP_H

#include "base/arena.h"
#include "dicom/frame.h"

/* Frames that make one volume, if they make one at all. */
typedef struct {
    const Frame **frames; /* in the study's arena, by file and number */
    size_t count;
    double te_ms, b_value, time_s; /* of the first frame; below 0 if not known */
    const char *direction;
} FramePart;

/* Volumes of one kind and echo: one, or several along time or diffusion weighting. */
typedef struct {
    FramePart *parts; /* by b-value, then time */
    size_t count;
    bool split; /* the series held others as well */
} FrameSet;

/* Splits the frames of a series, ordered by file and number. Where no place has two images there is one set
 * of one part. Else images are told apart by what differs in their tags, only in ways that leave a whole
 * volume in every part: kind of image, echo time (these make sets); b-value, direction, temporal position,
 * acquisition, time (these make parts). What cannot be told apart stays together, for stack_build() to
 * refuse. Localizers are a set of their own, and so is each radiograph. */
FrameSet *frames_group(Arena *arena, const Frame *const *frames, size_t count, size_t *out_count);

#endif
