/* A guard before DCMTK parses a file. */
#ifndef DENS_DICOM_NESTING_H
#define DENS_DICOM_NESTING_H

#include "base/error.h"

#include <stdbool.h>

enum { NESTING_MAX = 64 };

/* Are the sequences of a DICOM file nested no deeper than NESTING_MAX? DCMTK 3.6.7 calls itself once a level
 * and overflows the stack at some ten thousand (a file of 2 MB). Files that are no DICOM pass: saying so is
 * the parser's part. */
bool nesting_check(const char *path, DensError **err) DENS_MUST_USE;

#endif
