/* The arena: a chain of blocks, each at least twice as large as the one before up to BLOCK_MAX_BYTES. A
 * request that a fresh block would be mostly filled by gets a block of its own, which goes behind the
 * current one so that what is left of that one is still used. */
#include "base/arena.h"

#include "base/memory.h"
#include "base/region.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK_MIN_BYTES = 4096, BLOCK_MAX_BYTES = 1024 * 1024 };

typedef struct Block Block;
struct Block {
    Block *next;
    size_t used, size; /* of `bytes` */
    alignas(max_align_t) unsigned char bytes[];
};

struct Arena {
    Block *current;
    size_t next_size;
    size_t used;
    Region *region; /* from which it takes, or NULL: from the system, block by block */
    RegionPart part;
    bool placed; /* it lies in a region or an image itself */
};

Arena *arena_new(void)
{
    Arena *arena = memory_alloc(sizeof *arena);
    arena->next_size = BLOCK_MIN_BYTES;
    return arena;
}

Arena *arena_in(Region *region, RegionPart part)
{
    Arena *arena = region_take(region, REGION_STRUCTURES, sizeof *arena, alignof(max_align_t));
    if (!arena) {
        return arena_new();
    }
    *arena = (Arena){.next_size = BLOCK_MIN_BYTES, .region = region, .part = part, .placed = true};
    return arena;
}

void arena_leave(Arena *arena)
{
    arena->region = NULL;
}

Arena *arena_beside(const Arena *other)
{
    return other->region ? region_arena(other->region, REGION_STRUCTURES) : arena_new();
}

Arena *arena_beside_left_out(const Arena *other)
{
    return other->region ? region_arena(other->region, REGION_LEFT_OUT) : arena_new();
}

void arena_free(Arena *arena)
{
    if (!arena) {
        return;
    }
    Block *block = arena->current;
    bool placed = arena->placed;
    arena->current = NULL;
    while (block) {
        Block *next = block->next;
        free(block);
        block = next;
    }
    if (!placed) {
        free(arena);
    }
}

static Block *block_new(size_t size)
{
    if (size > SIZE_MAX - sizeof(Block)) {
        memory_exhausted();
    }
    Block *block = memory_alloc(sizeof(Block) + size);
    block->size = size;
    return block;
}

/* A block with room for `size` bytes. */
static Block *block_for(Arena *arena, size_t size)
{
    Block *current = arena->current;
    if (current && current->size - current->used >= size) {
        return current;
    }
    if (size > arena->next_size / 2) {
        Block *own = block_new(size);
        if (current) {
            own->next = current->next;
            current->next = own;
        } else {
            arena->current = own;
        }
        return own;
    }
    Block *fresh = block_new(arena->next_size);
    if (arena->next_size < BLOCK_MAX_BYTES) {
        arena->next_size *= 2;
    }
    fresh->next = current;
    arena->current = fresh;
    return fresh;
}

/* Zeroed; text is not aligned in a region. */
static void *alloc(Arena *arena, size_t size_bytes, RegionPart part)
{
    const size_t alignment = alignof(max_align_t);
    if (size_bytes > SIZE_MAX - alignment) {
        memory_exhausted();
    }
    size_t size = size_bytes == 0 ? alignment : (size_bytes + alignment - 1) / alignment * alignment;
    if (arena->region) {
        bool text = part == REGION_TEXT;
        void *taken = region_take(arena->region, part, text ? size_bytes : size, text ? 1 : alignment);
        if (taken) {
            return taken;
        }
    }
    Block *block = block_for(arena, size);
    void *result = block->bytes + block->used; /* zeroed: blocks are, and no byte is handed out twice */
    block->used += size;
    arena->used += size;
    return result;
}

void *arena_alloc(Arena *arena, size_t size_bytes)
{
    return alloc(arena, size_bytes, arena->part);
}

char *arena_text(Arena *arena, size_t size_bytes)
{
    return alloc(arena, size_bytes, REGION_TEXT);
}

void *arena_array(Arena *arena, size_t count, size_t element_bytes)
{
    if (element_bytes != 0 && count > SIZE_MAX / element_bytes) {
        memory_exhausted();
    }
    return arena_alloc(arena, count * element_bytes);
}

char *arena_strndup(Arena *arena, const char *text, size_t length)
{
    size_t actual = strnlen(text, length);
    char *copy = arena_text(arena, actual + 1);
    memcpy(copy, text, actual);
    return copy;
}

char *arena_strdup(Arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_vprintf(Arena *arena, const char *format, va_list arguments)
{
    char short_text[200]; /* most are, and then they are written once */
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(short_text, sizeof short_text, format, arguments);
    if (length < 0) {
        memory_exhausted(); /* a result beyond INT_MAX; nothing here has invalid formats */
    }
    size_t size = (size_t)length + 1;
    char *text = arena_text(arena, size);
    if (size <= sizeof short_text) {
        memcpy(text, short_text, size);
    } else {
        (void)vsnprintf(text, size, format, again);
    }
    va_end(again);
    return text;
}

char *arena_printf(Arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

size_t arena_used(const Arena *arena)
{
    return arena->used;
}
