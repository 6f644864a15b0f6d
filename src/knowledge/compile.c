/* The knowledge as a table of parsed trees. */
#include "knowledge/compile.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/yaml.h"
#include "knowledge/parts.h"

#include <stdlib.h>

static bool add_file(Arena *arena, const char *path, TreesEntry *out, DensError **err)
{
    size_t length = 0;
    char *text = file_read(path, FILE_BYTES_MAX, &length, err);
    if (!text) {
        return false;
    }
    hash_bytes(text, length, out->digest);
    out->root = yaml_parse(arena, text, length, path, err);
    free(text);
    return out->root != NULL;
}

bool knowledge_compile(const Knowledge *knowledge, const char *path, const TreesBlock *blocks,
                       size_t block_count, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const char **paths;
    size_t count;
    if (!file_list_tree(arena, knowledge->folder, FILES_MAX, &paths, &count, err)) {
        return false;
    }
    TreesEntry *entries = arena_array(arena, count + 1, sizeof *entries);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (file_has_suffix(paths[i], ".yaml") && !add_file(arena, paths[i], &entries[used++], err)) {
            return false;
        }
    }
    return trees_write(path, entries, used, blocks, block_count, err);
}
