/* An arena: many small allocations, freed at once. Not thread-safe: one arena, one thread at a time.
 * Memory is zeroed and aligned for any type. When the machine has no memory left the allocator logs
 * and ends the process through one place (memory.c), as no caller could do better in mid-tree. */
#ifndef DENS_BASE_ARENA_H
#define DENS_BASE_ARENA_H

#include "base/auto.h"
#include "base/error.h"

#include <stdarg.h>
#include <stddef.h>

typedef struct Arena Arena;

Arena *arena_new(void);
void arena_free(Arena *arena);
void *arena_alloc(Arena *arena, size_t size_bytes) __attribute__((returns_nonnull, malloc));
/* `count` elements; an overflow of the product counts as no memory. */
void *arena_array(Arena *arena, size_t count, size_t element_bytes) __attribute__((returns_nonnull));
char *arena_strdup(Arena *arena, const char *text);
char *arena_strndup(Arena *arena, const char *text, size_t length);
char *arena_printf(Arena *arena, const char *format, ...) DENS_PRINTF(2, 3);
char *arena_vprintf(Arena *arena, const char *format, va_list arguments) DENS_PRINTF(2, 0);
/* Room for text. */
char *arena_text(Arena *arena, size_t size_bytes) __attribute__((returns_nonnull));
/* Bytes handed out, for tests and for the log. */
size_t arena_used(const Arena *arena);

/* An arena that takes from the region (region.h) that `other` takes from, and one more whose structures an
 * image leaves out; if `other` takes from none: arena_new(). */
Arena *arena_beside(const Arena *other);
Arena *arena_beside_left_out(const Arena *other);

AUTO_DEFINE(Arena, arena, arena_free)

#endif
