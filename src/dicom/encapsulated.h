/* Finding the frames of encapsulated pixel data (DICOM PS3.5 A.4). */
#ifndef DENS_DICOM_ENCAPSULATED_H
#define DENS_DICOM_ENCAPSULATED_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The fragments of one frame, put together. */
typedef struct {
    unsigned char *bytes; /* owned */
    size_t length;
} EncodedFrame;

typedef struct {
    size_t count;
    EncodedFrame *frames; /* owned */
} EncodedFrames;

/* Splits an item sequence (from its first item, the offset table, to the delimiter) into `frame_count`
 * frames: by the offset table, else one fragment a frame, else by the markers with which a codestream begins.
 * Refused, without a place in the error: items that are none or reach beyond the end, a missing delimiter,
 * an offset table that does not fit, a number of frames that is not the one claimed. */
bool encapsulated_split(const unsigned char *bytes, size_t length, size_t frame_count, EncodedFrames *out,
                        DensError **err) DENS_MUST_USE;
void encoded_frames_clear(EncodedFrames *frames);

#endif
