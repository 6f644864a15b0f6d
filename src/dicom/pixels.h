/* How the pixels of an image are stored, and where: what the headers say of them, in plain C. */
#ifndef DENS_DICOM_PIXELS_H
#define DENS_DICOM_PIXELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* DICOM PS3.3 C.7.6.3.1. One sample a pixel; 8 or 16 bits are allocated. */
typedef struct {
    uint32_t rows, columns, bits_allocated, bits_stored, high_bit;
    bool is_signed;
} PixelFormat;

/* Who makes words of the stored bytes. */
typedef enum {
    CODEC_PLAIN,  /* nobody: little endian words stand in the file */
    CODEC_PARSED, /* DCMTK: big endian, deflated, or a file whose layout only DCMTK understands */
    CODEC_RLE,    /* the others: the decoding child */
    CODEC_JPEG,   /* baseline, extended, lossless */
    CODEC_JPEG_LS,
    CODEC_JPEG_2000
} PixelCodec;

/* One file with pixel data. */
typedef struct {
    const char *path;
    uint64_t size; /* of the file, and when it was changed: as found by the scan */
    int64_t changed_ns;
    PixelCodec codec;
    const char *syntax;  /* transfer syntax UID */
    uint64_t at, length; /* the value of PixelData; of the item sequence if it is encapsulated */
    uint32_t frames;
} PixelFile;

static inline size_t pixel_bytes(const PixelFormat *format)
{
    return (size_t)format->rows * format->columns * (format->bits_allocated / 8);
}

#ifdef __cplusplus
}
#endif
#endif
