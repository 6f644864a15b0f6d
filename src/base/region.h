/* A region: a stretch of memory from which several arenas take what they hand out, so that all that was made
 * in them can be written as an image (image.h). Structures and text lie apart: only structures hold
 * addresses. What an arena of the third kind hands out is scaffolding that an image leaves out. */
#ifndef DENS_BASE_REGION_H
#define DENS_BASE_REGION_H

#include "base/arena.h"

#include <stdint.h>

typedef enum { REGION_STRUCTURES, REGION_TEXT, REGION_LEFT_OUT, REGION_PARTS } RegionPart;
/* Every part has this much room; pages that nobody wrote on take no memory. */
static const size_t region_part_bytes = (size_t)64 << 20;
/* Where a region and an image want to lie: far from what the system hands out by itself, and at a number that
 * two neighbouring small ones cannot look like. */
static const uintptr_t region_address = UINT64_C(0x2B5D90000000);

typedef struct Region Region;

/* NULL if the system has no room for it. */
Region *region_new(void);
void region_free(Region *region); /* with what the arenas hold, and after they were freed */
/* An arena in it; its text goes to the text. */
Arena *region_arena(Region *region, RegionPart part);
/* The arenas take from the system from now on: they are as they will be in an image. */
void region_close(Region *region);
/* Bytes of a part, or what lies there. A part that overflowed says more than it has room for. */
size_t region_used(const Region *region, RegionPart part);
unsigned char *region_part(const Region *region, RegionPart part);

/* For arena.c: zeroed memory, or NULL if the part is full. */
void *region_take(Region *region, RegionPart part, size_t size_bytes, size_t alignment);
/* For region.c: an arena whose own structure lies in the region; and the end of its taking from there. */
Arena *arena_in(Region *region, RegionPart part);
void arena_leave(Arena *arena);

AUTO_DEFINE(Region, region, region_free)

#endif
