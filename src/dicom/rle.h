/* DICOM's run length encoding of one frame. */
#ifndef DENS_DICOM_RLE_H
#define DENS_DICOM_RLE_H

#include "base/error.h"
#include "dicom/pixels.h"

/* Fills `out` with pixel_bytes(format) bytes, little endian words. A segment that ends early, or that holds
 * more than the image, is an error without a place. */
bool rle_decode(const PixelFormat *format, const unsigned char *bytes, size_t length, unsigned char *out,
                DensError **err) DENS_MUST_USE;

#endif
