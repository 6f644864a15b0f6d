/* Tables of parsed trees: writing, mapping, checking. */
#include "base/trees.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/value_node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TREES_FORMAT = 3, BYTE_ORDER_MARK = 0x01020304, DIGITS = 64, ALIGNMENT = 64 };
static const char magic[8] = "denstree";
static const uint32_t no_parent = UINT32_MAX, no_string = UINT32_MAX;

typedef struct {
    char stamp[TREES_STAMP_BYTES]; /* "": there is no such block */
    uint64_t offset, bytes;
} BlockRecord;

typedef struct {
    char magic[sizeof magic];
    uint32_t byte_order, format;
    uint64_t total_bytes;
    uint64_t file_count, node_count, string_bytes;
    uint64_t files, nodes, strings; /* offsets */
    BlockRecord blocks[TREES_BLOCKS_MAX];
    uint64_t tree_checksum; /* of nodes and strings */
    uint64_t checksum;      /* last: of what stands before it, and of the files */
} Header;

typedef struct {
    char digest[DIGITS];
    uint64_t first_node, node_count;
} FileRecord;

typedef struct {
    uint32_t parent; /* counted from the file's first node */
    uint32_t key, string;
    int32_t line, column, key_line, key_column;
    uint8_t kind, boolean, integral, unused;
    double number;
} NodeRecord;

typedef struct {
    TreesWatcher *watcher;
    void *context;
    atomic_flag told;
} Watch;

struct Trees {
    Watch *watch; /* NULL: nobody watches */
    int file;
    const unsigned char *bytes; /* mapped */
    size_t size;
    const Header *header;
    const FileRecord *files;
    const NodeRecord *nodes;
    const char *strings;
    atomic_int *tree_state; /* a TreeState */
};

typedef enum { TREES_NOT_LOOKED_AT, TREES_SOUND, TREES_DAMAGED } TreeState;

static uint64_t make_checksum(const Header *header, const void *files)
{
    uint64_t sum = hash_checksum(header, offsetof(Header, checksum), 0);
    return hash_checksum(files, header->file_count * sizeof(FileRecord), sum);
}

static uint64_t make_tree_checksum(const Header *header, const void *nodes, const void *strings)
{
    uint64_t sum = hash_checksum(nodes, header->node_count * sizeof(NodeRecord), 0);
    return hash_checksum(strings, header->string_bytes, sum);
}

/* ---- writing ---- */

typedef struct {
    Text nodes, strings;
    size_t node_count;
} Writer;

static bool add_string(Writer *w, const char *string, uint32_t *out)
{
    *out = no_string;
    if (string) {
        if (w->strings.length + strlen(string) >= no_string) {
            return false;
        }
        *out = (uint32_t)w->strings.length;
        text_add_bytes(&w->strings, string, strlen(string) + 1);
    }
    return true;
}

static bool add_tree(Writer *w, const Value *node, size_t first, uint32_t parent)
{
    size_t own = w->node_count - first;
    NodeRecord record;
    memset(&record, 0, sizeof record);
    record.parent = parent;
    record.line = node->line;
    record.column = node->column;
    record.key_line = node->key_line;
    record.key_column = node->key_column;
    record.kind = (uint8_t)node->kind;
    record.boolean = node->boolean;
    record.integral = node->integral;
    record.number = node->number;
    if (own >= no_parent || !add_string(w, node->key, &record.key) ||
        !add_string(w, node->string, &record.string)) {
        return false;
    }
    text_add_bytes(&w->nodes, (const char *)&record, sizeof record);
    w->node_count++;
    VALUE_EACH(child, node)
    {
        if (!add_tree(w, child, first, (uint32_t)own)) {
            return false;
        }
    }
    return true;
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const TreesEntry *)a)->digest, ((const TreesEntry *)b)->digest);
}

static void put_section(Text *out, const void *bytes, size_t length, size_t alignment)
{
    text_add_bytes(out, bytes, length);
    while (out->length % alignment) {
        text_add_bytes(out, "", 1);
    }
}

static size_t aligned(size_t size, size_t alignment)
{
    return (size + alignment - 1) / alignment * alignment;
}

static bool write_table(const char *path, const Writer *w, const Text *files, Header *header,
                        const TreesBlock *blocks, size_t block_count, DensError **err)
{
    header->files = aligned(sizeof *header, ALIGNMENT);
    header->nodes = aligned(header->files + files->length, ALIGNMENT);
    header->strings = aligned(header->nodes + w->nodes.length, ALIGNMENT);
    header->total_bytes = aligned(header->strings + w->strings.length, TREES_PAGE);
    for (size_t i = 0; i < block_count; i++) {
        BlockRecord *record = &header->blocks[i];
        memcpy(record->stamp, blocks[i].stamp, strlen(blocks[i].stamp));
        record->offset = header->total_bytes;
        record->bytes = blocks[i].size;
        header->total_bytes = aligned(record->offset + record->bytes, TREES_PAGE);
    }
    header->tree_checksum = make_tree_checksum(header, w->nodes.bytes, w->strings.bytes);
    header->checksum = make_checksum(header, files->bytes);
    AUTO_TEXT out = TEXT_INIT;
    put_section(&out, header, sizeof *header, ALIGNMENT);
    put_section(&out, files->bytes, files->length, ALIGNMENT);
    put_section(&out, w->nodes.bytes, w->nodes.length, ALIGNMENT);
    put_section(&out, w->strings.bytes, w->strings.length, TREES_PAGE);
    for (size_t i = 0; i < block_count; i++) {
        put_section(&out, blocks[i].bytes, blocks[i].size, TREES_PAGE);
    }
    return file_write(path, text_string(&out), out.length, err);
}

static bool check_blocks(const char *path, const TreesBlock *blocks, size_t count, DensError **err)
{
    bool good = count <= TREES_BLOCKS_MAX;
    for (size_t i = 0; i < count && good; i++) {
        good = strlen(blocks[i].stamp) > 0 && strlen(blocks[i].stamp) < TREES_STAMP_BYTES;
    }
    return good || error_set(err, DENS_ERROR_INTERNAL, path, "too many blocks, or a stamp is too long");
}

bool trees_write(const char *path, const TreesEntry *entries, size_t count, const TreesBlock *blocks,
                 size_t block_count, DensError **err)
{
    Header header = {.byte_order = BYTE_ORDER_MARK, .format = TREES_FORMAT};
    memcpy(header.magic, magic, sizeof magic);
    if (!check_blocks(path, blocks, block_count, err)) {
        return false;
    }
    TreesEntry *sorted = memory_array(count + 1, sizeof *sorted);
    if (count > 0) {
        memcpy(sorted, entries, count * sizeof *sorted);
    }
    qsort(sorted, count, sizeof *sorted, compare_entries);
    Writer w = {TEXT_INIT, TEXT_INIT, 0};
    AUTO_TEXT files = TEXT_INIT;
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        if (i > 0 && strcmp(sorted[i].digest, sorted[i - 1].digest) == 0) {
            continue; /* two files with the same bytes */
        }
        FileRecord record = {.first_node = w.node_count};
        memcpy(record.digest, sorted[i].digest, DIGITS);
        good = add_tree(&w, sorted[i].root, w.node_count, no_parent);
        record.node_count = w.node_count - record.first_node;
        text_add_bytes(&files, (const char *)&record, sizeof record);
        header.file_count++;
    }
    header.node_count = w.node_count;
    header.string_bytes = w.strings.length;
    good = good ? write_table(path, &w, &files, &header, blocks, block_count, err)
                : error_input(err, path, "the files are too large for a table");
    text_clear(&w.nodes);
    text_clear(&w.strings);
    free(sorted);
    return good;
}

/* ---- reading ---- */

/* A section of `count` elements lies inside the file. */
static bool fits(const Header *h, uint64_t offset, uint64_t count, size_t element_bytes)
{
    return offset % ALIGNMENT == 0 && offset >= sizeof *h && offset <= h->total_bytes &&
           count <= (h->total_bytes - offset) / element_bytes;
}

static bool check_header(const Header *h, size_t size, const char *path, DensError **err)
{
    if (size < sizeof *h || memcmp(h->magic, magic, sizeof magic) != 0) {
        return error_input(err, path, "is no table of dens");
    }
    if (h->byte_order != BYTE_ORDER_MARK || h->format != TREES_FORMAT) {
        return error_input(err, path, "was made by another version of dens or on another kind of machine");
    }
    if (h->total_bytes != size) {
        return error_input(err, path, "is damaged: it has %zu bytes instead of %llu", size,
                           (unsigned long long)h->total_bytes);
    }
    bool good = fits(h, h->files, h->file_count, sizeof(FileRecord)) &&
                fits(h, h->nodes, h->node_count, sizeof(NodeRecord)) &&
                fits(h, h->strings, h->string_bytes, 1);
    for (size_t i = 0; i < TREES_BLOCKS_MAX && good; i++) {
        const BlockRecord *block = &h->blocks[i];
        good = memchr(block->stamp, '\0', sizeof block->stamp) &&
               (!block->stamp[0] || fits(h, block->offset, block->bytes, 1));
    }
    return good || error_input(err, path, "is damaged: a section lies outside the file");
}

static bool check_content(Trees *t, const char *path, DensError **err)
{
    const Header *h = t->header = (const Header *)t->bytes;
    if (!check_header(h, t->size, path, err)) {
        return false;
    }
    t->files = (const FileRecord *)(t->bytes + h->files);
    t->nodes = (const NodeRecord *)(t->bytes + h->nodes);
    t->strings = (const char *)t->bytes + h->strings;
    if (make_checksum(h, t->files) != h->checksum) {
        return error_input(err, path, "is damaged: its checksum does not fit");
    }
    bool good = true;
    for (size_t i = 0; i < h->file_count && good; i++) {
        const FileRecord *f = &t->files[i];
        good = f->node_count > 0 && f->first_node <= h->node_count &&
               f->node_count <= h->node_count - f->first_node;
    }
    return good || error_input(err, path, "is damaged: a tree lies outside its section");
}

static bool map_file(Trees *t, const char *path, DensError **err)
{
    struct stat status;
    if (fstat(t->file, &status) != 0 || !S_ISREG(status.st_mode)) {
        return error_input(err, path, "is no file");
    }
    t->size = (size_t)status.st_size;
    if (t->size < sizeof(Header)) {
        return error_input(err, path, "is no table of dens");
    }
    void *bytes = mmap(NULL, t->size, PROT_READ, MAP_PRIVATE, t->file, 0);
    if (bytes == MAP_FAILED) {
        return error_input(err, path, "cannot be mapped: %s", strerror(errno));
    }
    t->bytes = bytes;
    return true;
}

Trees *trees_open(const char *path, DensError **err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        error_input(err, path, "cannot be read: %s", strerror(errno));
        return NULL;
    }
    AUTO(trees_auto) Trees *t = memory_alloc(sizeof *t);
    t->file = file;
    t->tree_state = memory_alloc(sizeof *t->tree_state);
    atomic_init(t->tree_state, TREES_NOT_LOOKED_AT);
    return map_file(t, path, err) && check_content(t, path, err) ? TAKE(t) : NULL;
}

void trees_free(Trees *trees)
{
    if (trees) {
        if (trees->bytes) {
            (void)munmap((void *)trees->bytes, trees->size);
        }
        (void)close(trees->file);
        free(trees->watch);
        free(trees->tree_state);
        free(trees);
    }
}

/* The string at an offset; *good turns false if it lies outside. */
static const char *string_at(const Trees *t, uint32_t offset, bool *good)
{
    if (offset == no_string) {
        return NULL;
    }
    *good = *good && offset < t->header->string_bytes;
    return *good ? t->strings + offset : NULL;
}

/* False if the record contradicts its place: a table that fits its digest was still not written by us. */
static bool make_node(const Trees *t, const NodeRecord *record, Value *nodes, size_t at, Arena *arena)
{
    Value *node = &nodes[at];
    bool good = record->kind <= VALUE_MAP && (at == 0) == (record->parent == no_parent) &&
                (at == 0 || record->parent < at);
    Value *parent = good && at > 0 ? &nodes[record->parent] : NULL;
    *node = (Value){.kind = (ValueKind)record->kind,
                    .line = record->line,
                    .column = record->column,
                    .key_line = record->key_line,
                    .key_column = record->key_column,
                    .boolean = record->boolean != 0,
                    .number = record->number,
                    .integral = record->integral != 0,
                    .string = string_at(t, record->string, &good),
                    .key = string_at(t, record->key, &good),
                    .parent = parent,
                    .arena = arena};
    good = good && (node->kind == VALUE_STRING) == (node->string != NULL);
    if (good && parent) {
        good = (parent->kind == VALUE_MAP && node->key) || (parent->kind == VALUE_LIST && !node->key);
        *(parent->last ? &parent->last->next : &parent->first) = node;
        parent->last = node;
        parent->count++;
    }
    return good;
}

static const FileRecord *find_file(const Trees *trees, const char *digest)
{
    size_t low = 0, high = trees->header->file_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(digest, trees->files[middle].digest, DIGITS);
        if (order == 0) {
            return &trees->files[middle];
        }
        *(order < 0 ? &high : &low) = order < 0 ? middle : middle + 1;
    }
    return NULL;
}

/* Nodes and strings fit their checksum; seen once, when the first tree is asked for: whoever uses a block
 * needs none. Two threads may both look, and see the same. */
static bool trees_sound(const Trees *t)
{
    int state = atomic_load(t->tree_state);
    if (state == TREES_NOT_LOOKED_AT) {
        const Header *h = t->header;
        bool sound = make_tree_checksum(h, t->nodes, t->strings) == h->tree_checksum &&
                     (h->string_bytes == 0 || t->strings[h->string_bytes - 1] == '\0');
        state = sound ? TREES_SOUND : TREES_DAMAGED;
        atomic_store(t->tree_state, state);
        if (!sound) {
            trees_tell_damage(t, "the trees of the files");
        }
    }
    return state == TREES_SOUND;
}

Value *trees_find(const Trees *trees, const char *digest, Arena *arena)
{
    const FileRecord *file = strlen(digest) == DIGITS ? find_file(trees, digest) : NULL;
    if (!file || !trees_sound(trees)) {
        return NULL;
    }
    Value *nodes = arena_array(arena, file->node_count, sizeof *nodes);
    for (size_t i = 0; i < file->node_count; i++) {
        if (!make_node(trees, &trees->nodes[file->first_node + i], nodes, i, arena)) {
            trees_tell_damage(trees, "the tree of a file");
            return NULL;
        }
    }
    return nodes;
}

const void *trees_block(const Trees *trees, const char *stamp, size_t *out_bytes)
{
    *out_bytes = 0;
    for (size_t i = 0; i < TREES_BLOCKS_MAX; i++) {
        const BlockRecord *block = &trees->header->blocks[i];
        if (block->bytes > 0 && strcmp(block->stamp, stamp) == 0) {
            *out_bytes = block->bytes;
            return trees->bytes + block->offset;
        }
    }
    return NULL;
}

void trees_watch(Trees *trees, TreesWatcher *watcher, void *context)
{
    free(trees->watch);
    trees->watch = memory_alloc(sizeof *trees->watch);
    *trees->watch = (Watch){.watcher = watcher, .context = context, .told = ATOMIC_FLAG_INIT};
}

void trees_tell_damage(const Trees *trees, const char *part)
{
    if (trees && trees->watch && !atomic_flag_test_and_set(&trees->watch->told)) {
        trees->watch->watcher(trees->watch->context, part);
    }
}

int trees_file(const Trees *trees)
{
    return trees->file;
}

size_t trees_offset(const Trees *trees, const void *block)
{
    return (size_t)((const unsigned char *)block - trees->bytes);
}
