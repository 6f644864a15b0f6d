/* A guard before DCMTK parses a file. */
#ifndef DENS_DICOM_NESTING_H
#define DENS_DICOM_NESTING_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    NESTING_MAX = 64,
    ELEMENTS_MAX = 2000000 /* DCMTK takes some 200 bytes for each; enhanced images have up to a million */
};

/* Where the value of PixelData lies, as far as the walk came; or where a deflated data set begins. */
typedef struct {
    bool known;
    bool encapsulated; /* the value is a sequence of items; its length is that of the rest of the file */
    bool plain;        /* little endian */
    bool as_bytes;     /* of kind OB or UN */
    uint64_t at, length;
    uint64_t deflated_at; /* 0: it is not deflated */
} PixelPlace;

/* Are the sequences of a DICOM file nested no deeper than NESTING_MAX, and its attributes no more than
 * ELEMENTS_MAX? DCMTK 3.6.7 calls itself once a level
 * and overflows the stack at some ten thousand (a file of 2 MB). Files that are no DICOM pass: saying so is
 * the parser's part. */
bool nesting_check(const char *path, PixelPlace *out, DensError **err) DENS_MUST_USE;

#endif
