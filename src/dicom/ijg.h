/* JPEG and JPEG-LS by DCMTK's codecs. */
#ifndef DENS_DICOM_IJG_H
#define DENS_DICOM_IJG_H

#include "base/error.h"
#include "dicom/codestream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Decodes a frame that codestream_walk() has accepted into pixel_bytes(format) bytes, little endian words.
 * What the codec warns of is an error, without a place. Takes time and memory that no bound is known for: to
 * be called in a process with limits. */
bool ijg_decode(PixelCodec codec, const PixelFormat *format, const Codestream *stream,
                const unsigned char *bytes, size_t length, unsigned char *out, DensError **err) DENS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
