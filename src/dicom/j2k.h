/* JPEG 2000 by OpenJPEG, strictly. */
#ifndef DENS_DICOM_J2K_H
#define DENS_DICOM_J2K_H

#include "base/error.h"
#include "dicom/pixels.h"

/* Decodes a raw codestream that codestream_walk() has accepted into pixel_bytes(format) bytes, little endian
 * words. What OpenJPEG warns of is an error, without a place. */
bool j2k_decode(const PixelFormat *format, const unsigned char *bytes, size_t length, unsigned char *out,
                DensError **err) DENS_MUST_USE;

#endif
