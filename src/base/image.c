/* Images: writing, mapping, moving. An aligned word of a structure is an address if its value is one: of the
 * region, of the part that is left out (then NULL is written), or of the program. The mappings lie so that no
 * number that a structure holds looks like one of theirs; text, which might, lies apart. */
#include "base/image.h"

#include "base/hash.h"
#include "base/memory.h"

#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { IMAGE_FORMAT = 1, BUILD_DIGITS = 2 * 64 };

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0
#endif

/* First in the block; then, each at a multiple of TREES_PAGE, structures, text, and the list of addresses:
 * those into the region, then those into the program, as the number of the word among the structures. */
typedef struct {
    uint64_t format, address, root; /* where the region lay; the root's offset */
    uint64_t structure_bytes, text_bytes;
    uint64_t inner_count, program_count;
    uint64_t structures, text, list; /* offsets in the block */
    uint64_t bytes;                  /* of the block */
    uint64_t checksum;               /* last: of everything else */
} Header;

struct Image {
    unsigned char *bytes; /* a structures part and a text part, as in a region */
    void *root;
};

/* ---- the program ---- */

typedef struct {
    uintptr_t bias, low, high;
    char build[BUILD_DIGITS + 1];
} Program;

static void read_note(const unsigned char *note, size_t size, Program *out)
{
    ElfW(Nhdr) header;
    while (size >= sizeof header) {
        memcpy(&header, note, sizeof header);
        size_t name = ((size_t)header.n_namesz + 3) / 4 * 4, content = ((size_t)header.n_descsz + 3) / 4 * 4;
        if (name > size - sizeof header || content > size - sizeof header - name) {
            return;
        }
        const unsigned char *bytes = note + sizeof header + name;
        if (header.n_type == NT_GNU_BUILD_ID && header.n_descsz <= BUILD_DIGITS / 2) {
            for (size_t i = 0; i < header.n_descsz; i++) {
                (void)snprintf(out->build + 2 * i, 3, "%02x", bytes[i]);
            }
        }
        note = bytes + content;
        size -= sizeof header + name + content;
    }
}

/* Is this the program or library that holds this function? Then *data is filled. */
static int look_at_object(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    Program found = {.bias = info->dlpi_addr, .low = UINTPTR_MAX};
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t start = found.bias + part->p_vaddr;
        if (part->p_type == PT_LOAD) {
            found.low = start < found.low ? start : found.low;
            found.high = start + part->p_memsz > found.high ? start + part->p_memsz : found.high;
        } else if (part->p_type == PT_NOTE) {
            read_note((const unsigned char *)start, part->p_memsz, &found); // NOLINT: the loader's address
        }
    }
    uintptr_t own = (uintptr_t)&look_at_object;
    if (own < found.low || own >= found.high) {
        return 0;
    }
    *(Program *)data = found;
    return 1;
}

static bool find_program(Program *out)
{
    return dl_iterate_phdr(look_at_object, out) == 1 && out->build[0];
}

bool image_stamp(const char *subject, char *out, size_t size)
{
    Program program = {0};
    if (!find_program(&program)) {
        return false;
    }
    int length = snprintf(out, size, "image %s %s", program.build, subject);
    return length > 0 && (size_t)length < size;
}

/* ---- making ---- */

typedef struct {
    uintptr_t low, high;
} Range;

/* What is mapped besides, but for the program: no address may lead there. */
typedef struct {
    size_t count;
    Range *items;
} Ranges;

static bool lies_in(uintptr_t address, uintptr_t low, size_t bytes)
{
    return address >= low && address - low <= bytes;
}

static Ranges read_mappings(void)
{
    Ranges out = {0, NULL};
    FILE *file = fopen("/proc/self/maps", "re");
    char line[8192];
    while (file && fgets(line, sizeof line, file)) {
        char *end = NULL;
        uintptr_t low = strtoull(line, &end, 16);
        uintptr_t high = *end == '-' ? strtoull(end + 1, NULL, 16) : 0;
        out.items = memory_resize(out.items, out.count + 1, sizeof *out.items);
        out.items[out.count++] = (Range){low, high};
    }
    if (file) {
        (void)fclose(file);
    }
    return out;
}

static bool leads_astray(const Ranges *mapped, uintptr_t word)
{
    const uintptr_t lowest = UINT64_C(1) << 44U; /* a sanitizer's own mappings reach down to small numbers */
    for (size_t i = 0; i < mapped->count && word >= lowest; i++) {
        if (word >= mapped->items[i].low && word < mapped->items[i].high) {
            return true;
        }
    }
    return false;
}

typedef struct {
    const Region *region;
    Program program;
    Ranges mapped;
    Text inner, outer; /* numbers of words */
} Maker;

static void add_place(Text *list, size_t word)
{
    uint32_t place = (uint32_t)word;
    text_add_bytes(list, (const char *)&place, sizeof place);
}

/* Looks at one word: it stays, is noted as an address, or becomes NULL. False: it leads astray. */
static bool look_at_word(Maker *m, uintptr_t *word, size_t at)
{
    uintptr_t low = (uintptr_t)region_part(m->region, REGION_STRUCTURES);
    uintptr_t left_out = (uintptr_t)region_part(m->region, REGION_LEFT_OUT);
    if (lies_in(*word, left_out, region_part_bytes)) {
        *word = 0;
    } else if (lies_in(*word, low, left_out - low)) {
        add_place(&m->inner, at);
    } else if (lies_in(*word, m->program.low, m->program.high - m->program.low)) {
        *word -= m->program.bias;
        add_place(&m->outer, at);
    } else {
        return !leads_astray(&m->mapped, *word);
    }
    return true;
}

static bool collect_addresses(Maker *m, unsigned char *structures, size_t bytes, DensError **err)
{
    for (size_t at = 0; at < bytes / sizeof(uintptr_t); at++) {
        uintptr_t word;
        memcpy(&word, structures + at * sizeof word, sizeof word);
        if (!look_at_word(m, &word, at)) {
            return error_set(err, DENS_ERROR_INTERNAL, "image",
                             "what was loaded holds an address outside of itself, at byte %zu of %zu",
                             at * sizeof word, bytes);
        }
        memcpy(structures + at * sizeof word, &word, sizeof word);
    }
    return true;
}

static size_t add_section(Text *out, const void *bytes, size_t length)
{
    static const char nothing[64];
    while (out->length % TREES_PAGE) {
        size_t gap = TREES_PAGE - out->length % TREES_PAGE;
        text_add_bytes(out, nothing, gap < sizeof nothing ? gap : sizeof nothing);
    }
    size_t at = out->length;
    text_add_bytes(out, bytes, length);
    return at;
}

static uint64_t make_checksum(const Header *h, const void *structures, const void *text, const void *list)
{
    uint64_t sum = hash_checksum(h, offsetof(Header, checksum), 0);
    sum = hash_checksum(structures, h->structure_bytes, sum);
    sum = hash_checksum(text, h->text_bytes, sum);
    return hash_checksum(list, (h->inner_count + h->program_count) * sizeof(uint32_t), sum);
}

static void put_together(Maker *m, const unsigned char *structures, const void *root, Text *out)
{
    const unsigned char *low = region_part(m->region, REGION_STRUCTURES);
    const unsigned char *text = region_part(m->region, REGION_TEXT);
    Header h = {.format = IMAGE_FORMAT,
                .address = (uintptr_t)low,
                .root = (uint64_t)((const unsigned char *)root - low),
                .structure_bytes = region_used(m->region, REGION_STRUCTURES),
                .text_bytes = region_used(m->region, REGION_TEXT),
                .inner_count = m->inner.length / sizeof(uint32_t),
                .program_count = m->outer.length / sizeof(uint32_t)};
    text_add_bytes(&m->inner, m->outer.bytes, m->outer.length);
    text_add_bytes(out, (const char *)&h, sizeof h);
    h.structures = add_section(out, structures, h.structure_bytes);
    h.text = add_section(out, text, h.text_bytes);
    h.list = add_section(out, m->inner.bytes, m->inner.length);
    h.bytes = out->length;
    h.checksum = make_checksum(&h, structures, text, m->inner.bytes);
    memcpy(out->bytes, &h, sizeof h);
}

bool image_make(const Region *region, const void *root, Text *out, DensError **err)
{
    size_t bytes = region_used(region, REGION_STRUCTURES);
    Maker m = {.region = region, .inner = TEXT_INIT, .outer = TEXT_INIT};
    for (RegionPart part = 0; part < REGION_PARTS; part++) {
        if (region_used(region, part) > region_part_bytes) {
            return error_input(err, "image", "the files are too large for a table");
        }
    }
    if (!find_program(&m.program)) {
        return error_set(err, DENS_ERROR_INTERNAL, "image", "the program was linked without a build id");
    }
    m.mapped = read_mappings();
    unsigned char *structures = memory_array(bytes + 1, 1);
    memcpy(structures, region_part(region, REGION_STRUCTURES), bytes);
    bool good = collect_addresses(&m, structures, bytes, err);
    if (good) {
        put_together(&m, structures, root, out);
    }
    free(structures);
    free(m.mapped.items);
    text_clear(&m.inner);
    text_clear(&m.outer);
    return good;
}

/* ---- mapping ---- */

static bool check(const Header *h, size_t bytes)
{
    const unsigned char *block = (const unsigned char *)h;
    uint64_t places = h->inner_count + h->program_count;
    return bytes >= sizeof *h && h->format == IMAGE_FORMAT && h->bytes == bytes && h->structures <= bytes &&
           h->structure_bytes <= bytes - h->structures && h->structure_bytes <= region_part_bytes &&
           h->text <= bytes && h->text_bytes <= bytes - h->text && h->text_bytes <= region_part_bytes &&
           h->list <= bytes && h->inner_count <= bytes && h->program_count <= bytes &&
           places <= (bytes - h->list) / sizeof(uint32_t) && h->root < h->structure_bytes &&
           make_checksum(h, block + h->structures, block + h->text, block + h->list) == h->checksum;
}

/* Room for both parts: where the region lay, or elsewhere. */
static unsigned char *reserve(uintptr_t address)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    size_t size = 2 * region_part_bytes;
    void *at = mmap((void *)address, size, PROT_NONE, flags | MAP_FIXED_NOREPLACE, -1, 0); // NOLINT
    if (at == MAP_FAILED) {
        at = mmap(NULL, size, PROT_NONE, flags, -1, 0);
    }
    return at == MAP_FAILED ? NULL : at;
}

static bool map_part(const Trees *table, const void *from, unsigned char *to, size_t bytes, int protection)
{
    return bytes == 0 || mmap(to, bytes, protection, MAP_PRIVATE | MAP_FIXED, trees_file(table),
                              (off_t)trees_offset(table, from)) != MAP_FAILED;
}

static bool move(unsigned char *structures, const uint32_t *places, size_t count, size_t bytes, uintptr_t by)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = (size_t)places[i] * sizeof(uintptr_t);
        uintptr_t word;
        if (at + sizeof word > bytes) {
            return false;
        }
        memcpy(&word, structures + at, sizeof word);
        word += by;
        memcpy(structures + at, &word, sizeof word);
    }
    return true;
}

Image *image_map(const Trees *table, const char *stamp)
{
    size_t bytes = 0;
    const Header *h = trees_block(table, stamp, &bytes);
    Program program = {0};
    if (h && !check(h, bytes)) {
        trees_tell_damage(table, "the image of what was loaded");
        return NULL;
    }
    if (!h || !find_program(&program)) {
        return NULL;
    }
    Image *image = memory_alloc(sizeof *image);
    image->bytes = reserve(h->address);
    const unsigned char *block = (const unsigned char *)h;
    const uint32_t *places = (const uint32_t *)(block + h->list);
    bool good =
        image->bytes &&
        map_part(table, block + h->structures, image->bytes, h->structure_bytes, PROT_READ | PROT_WRITE) &&
        map_part(table, block + h->text, image->bytes + region_part_bytes, h->text_bytes, PROT_READ);
    uintptr_t by = (uintptr_t)image->bytes - h->address;
    good = good && (by == 0 || move(image->bytes, places, h->inner_count, h->structure_bytes, by)) &&
           move(image->bytes, places + h->inner_count, h->program_count, h->structure_bytes, program.bias);
    if (!good) {
        image_free(image);
        return NULL;
    }
    image->root = image->bytes + h->root;
    return image;
}

void *image_root(const Image *image)
{
    return image->root;
}

void image_free(Image *image)
{
    if (image) {
        if (image->bytes) {
            (void)munmap(image->bytes, 2 * region_part_bytes);
        }
        free(image);
    }
}
