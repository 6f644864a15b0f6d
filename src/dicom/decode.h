/* Compressed frames become words: the work itself, and the conversation with the process that does it.
 *
 * A codec may loop, crash or eat the memory on bytes made for that. So frames are decoded by the program
 * dens-decode, one process a series, which has limits of time and memory; it reads the fragments from the
 * files itself and sends words back as they come. The records of both directions are of one build, on one
 * machine, and lie as they do in memory. */
#ifndef DENS_DICOM_DECODE_H
#define DENS_DICOM_DECODE_H

#include "base/error.h"
#include "dicom/frame.h"

/* One frame into pixel_bytes(format) bytes, little endian words; errors have no place. In a process without
 * limits only for tests. */
bool decode_frame(PixelCodec codec, const PixelFormat *format, const unsigned char *bytes, size_t length,
                  unsigned char *out, DensError **err) DENS_MUST_USE;

/* What dens-decode does: takes requests from one descriptor until it ends, answers on the other. False after
 * the first frame that could not be decoded, which the answer says, or when a descriptor fails. */
bool decode_serve(int requests, int answers);

/* Lets dens-decode decode `count` frames, whose files' codecs are not CODEC_PLAIN or CODEC_PARSED; frames of
 * one file stand together in growing order. The words of frame n are valid in the call of `take` only. */
bool decode_by_child(const Frame *const *frames, size_t count, FrameTake take, void *context,
                     DensError **err) DENS_MUST_USE;

#endif
