/* An error: what went wrong, where, and whose fault it is.
 *
 * Functions that can fail take `DensError **err` last and return false or NULL on failure. `err` may be
 * NULL when the caller does not want to know; `*err` must be NULL on entry. On success `*err` is not
 * touched. The caller owns the error and frees it with dens_error_free(). */
#ifndef DENS_ERROR_H
#define DENS_ERROR_H

#if defined(__GNUC__)
#define DENS_API __attribute__((visibility("default")))
#else
#define DENS_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** The exit status of the program is this code's value. */
typedef enum {
    DENS_ERROR_INPUT = 1,   /**< the input is at fault */
    DENS_ERROR_USAGE = 2,   /**< the call or the command line is at fault */
    DENS_ERROR_INTERNAL = 3 /**< our fault, or the machine's: no memory, disk full */
} DensErrorCode;

typedef struct DensError DensError;

DENS_API DensErrorCode dens_error_code(const DensError *error);
/** Where: a file, with line and column or a JSON path if known. Never NULL, may be empty. Borrowed. */
DENS_API const char *dens_error_where(const DensError *error);
/** One line: what is wrong and, if known, what would be right. Borrowed. */
DENS_API const char *dens_error_summary(const DensError *error);
/** Further lines for a log; may be empty, never NULL. Borrowed. */
DENS_API const char *dens_error_detail(const DensError *error);
/** Frees the error; NULL is harmless. */
DENS_API void dens_error_free(DensError *error);

#ifdef __cplusplus
}
#endif
#endif
