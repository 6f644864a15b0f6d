/* Regions: three parts side by side in one mapping. */
#include "base/region.h"

#include "base/memory.h"

#include <stdlib.h>
#include <sys/mman.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0 /* then the address is a wish */
#endif

struct Region {
    unsigned char *bytes;
    size_t used[REGION_PARTS];
    size_t arena_count;
    Arena **arenas;
};

Region *region_new(void)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    size_t size = REGION_PARTS * region_part_bytes;
    void *bytes = mmap((void *)region_address, size, PROT_READ | PROT_WRITE, // NOLINT: an address by number
                       flags | MAP_FIXED_NOREPLACE, -1, 0);
    if (bytes == MAP_FAILED) {
        bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    }
    if (bytes == MAP_FAILED) {
        return NULL;
    }
    Region *region = memory_alloc(sizeof *region);
    region->bytes = bytes;
    return region;
}

void region_free(Region *region)
{
    if (region) {
        (void)munmap(region->bytes, REGION_PARTS * region_part_bytes);
        free(region->arenas);
        free(region);
    }
}

Arena *region_arena(Region *region, RegionPart part)
{
    region->arenas = memory_resize(region->arenas, region->arena_count + 1, sizeof(Arena *));
    Arena *arena = arena_in(region, part);
    region->arenas[region->arena_count++] = arena;
    return arena;
}

void region_close(Region *region)
{
    for (size_t i = 0; i < region->arena_count; i++) {
        arena_leave(region->arenas[i]);
    }
    region->arena_count = 0;
}

size_t region_used(const Region *region, RegionPart part)
{
    return region->used[part];
}

unsigned char *region_part(const Region *region, RegionPart part)
{
    return region->bytes + (size_t)part * region_part_bytes;
}

void *region_take(Region *region, RegionPart part, size_t size_bytes, size_t alignment)
{
    size_t at = (region->used[part] + alignment - 1) / alignment * alignment;
    if (at > region_part_bytes || size_bytes > region_part_bytes - at) {
        region->used[part] = region_part_bytes + 1;
        return NULL;
    }
    region->used[part] = at + size_bytes;
    return region_part(region, part) + at;
}
