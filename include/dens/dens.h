/** dens as a library: from a case to a result.
 *
 * Opaque types; every function that can fail takes a DensError ** last (see dens/error.h). An engine may be
 * used by several threads at once: it is not changed after it was made. Nothing is printed and no global
 * state is kept. */
#ifndef DENS_DENS_H
#define DENS_DENS_H

#include "dens/error.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct DensEngine DensEngine;

/** The version of the library, such as "0.1.0". Borrowed; never NULL. */
DENS_API const char *dens_version(void);

/** Loads the knowledge from a folder. NULL on failure; the caller frees it with dens_engine_free(). */
DENS_API DensEngine *dens_engine_new(const char *knowledge_folder, DensError **err);
/** Frees the engine; NULL is harmless. */
DENS_API void dens_engine_free(DensEngine *engine);

/** The knowledge's version: "sha256:" and 64 digits. Borrowed from the engine; "" of NULL. */
DENS_API const char *dens_engine_knowledge(const DensEngine *engine);

/** The result document (dens-result/1, JSON) of a case document (dens-case/1, JSON).
 * `length` is in bytes; `prior` is a prior's name, such as "clinic" or "uniform". NULL on failure (a NULL
 * argument is DENS_ERROR_USAGE); the caller frees the text with dens_text_free(). Set SOURCE_DATE_EPOCH for
 * results that are the same to the byte. */
DENS_API char *dens_differential(const DensEngine *engine, const char *case_json, size_t length,
                                 const char *prior, DensError **err);
/** Frees a text that a function above returned; NULL is harmless. */
DENS_API void dens_text_free(char *text);

#ifdef __cplusplus
}
#endif
#endif
