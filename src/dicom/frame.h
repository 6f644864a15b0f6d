/* One image plane of a series: where its pixels are stored, what their values mean, where it lies, and what
 * tells it from others at the same place. Plain data in the study's arena. */
#ifndef DENS_DICOM_FRAME_H
#define DENS_DICOM_FRAME_H

#include "base/progress.h"
#include "dicom/pixels.h"
#include "dicom/stack.h"
#include "image/volume.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Stored values that stand for "nothing was measured here" (PS3.3 C.7.5.1.1.2). */
typedef struct {
    bool there;
    bool in_words; /* it needs more bits than are stored, so that whole words are compared with it */
    int low, high;
} Padding;

/* What tells images at one place apart. Strings are "" and numbers below 0 where not given. */
typedef struct {
    const char *kind;      /* ImageType or FrameType from the third value on, and the complex component */
    const char *direction; /* of diffusion */
    double te_ms, b_value, time_s;
    int temporal, acquisition, instance;
} FrameTags;

/* What the values of a frame were scaled by: nothing is said, a rescale that changes nothing, one that does …
 */
typedef enum { SCALED_UNSAID, SCALED_BY_ONE, SCALED_BY_RESCALE, SCALED_BY_MAP, SCALED_BY_PHILIPS } Scaling;

typedef struct Frame {
    const PixelFile *file;
    uint32_t number;                /* of the frame in the file, from 0 */
    uint32_t tile_column, tile_row; /* first pixel of the plane in the stored image: above 0 in mosaics */
    PixelFormat format;             /* of the stored image */
    Slice slice;                    /* its size is the plane's */
    double slope, intercept;        /* value = slope · stored + intercept */
    VolumeUnit unit;
    Scaling scaling;
    Padding padding;
    bool inverted_display;    /* MONOCHROME1 */
    bool projection;          /* a radiograph: no place in the patient */
    double decay_half_life_s; /* PET whose correction for decay is to the earliest of its images; else 0 */
    const char *note; /* "" or why its values are not what one would expect of its modality, one line */
    FrameTags tags;
} Frame;

/* Do the pixels stand in the bits that the header names? Where it names upper bits, those below them are
 * unused and 0; else its HighBit is wrong, and the values would be others. */
bool frame_check(const Frame *frame, const void *words, DensError **err) DENS_MUST_USE;

/* The float values of a plane, from the words of the stored image: rescaled, padding replaced by air in a CT,
 * else by the smallest value that was measured in the plane. */
void frame_values(const Frame *frame, const void *words, float *out);

/* Takes the words of one frame; they are valid in the call only. Called from several threads, each with
 * another frame. */
typedef bool (*FrameTake)(void *context, size_t index, const void *words, DensError **err);

/* Hands over the words of all frames, each with its index in `frames`, in no promised order. Frames of one
 * file stand together in growing order. Refused: a file that has changed since it was scanned, and what a
 * decoder finds damaged or warns of. */
bool frames_each(const Frame *const *frames, size_t count, FrameTake take, void *context, Progress *progress,
                 DensError **err) DENS_MUST_USE;

/* The part of frames_each() that DCMTK does: the frames of one file with CODEC_PARSED. `first` is the index
 * of the first. */
bool frames_parse(const Frame *const *frames, size_t count, size_t first, FrameTake take, void *context,
                  DensError **err) DENS_MUST_USE;

/* What padding becomes in a CT: the HU of air, so that no measurement meets a value that no tissue has. */
#define CT_PADDING_HU (-1024.0F)

#ifdef __cplusplus
}
#endif
#endif
