/* Looking at a compressed frame before a decoder does. */
#ifndef DENS_DICOM_CODESTREAM_H
#define DENS_DICOM_CODESTREAM_H

#include "base/error.h"
#include "dicom/pixels.h"

/* What the codestream says of itself. */
typedef struct {
    unsigned precision; /* bits a sample */
    bool is_signed;     /* JPEG 2000 only */
    unsigned process;   /* JPEG: the frame marker's second byte, 0xc0 … ; JPEG 2000: 0 */
    unsigned predictor; /* JPEG lossless: of its first scan */
    size_t begin;       /* where it begins: behind 0 only for JPEG 2000 inside JP2 boxes */
} Codestream;

/* Walks the markers of a JPEG, JPEG-LS or JPEG 2000 frame from its beginning to its end. Refused, without a
 * place in the error: a marker that may not stand there (FF01 sends DCMTK's decoder into an endless loop), a
 * segment that reaches beyond the frame, another size than the header's, more than one component, more bits
 * than are allocated, a missing end, more than padding behind it. */
bool codestream_walk(PixelCodec codec, const PixelFormat *format, const unsigned char *bytes, size_t length,
                     Codestream *out, DensError **err) DENS_MUST_USE;

#endif
