/* Tables of parsed trees: what goes in comes out, for the same bytes only, and no damage is taken for a
 * tree. */
#include "testing.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/trees.h"
#include "base/yaml.h"

#include <stdio.h>
#include <unistd.h>

static const char first_text[] = "a: 1\nb: [x, 'y', -2.5]\nc:\n  - d: {e: f}\n  - true\n  - ~\n";
static const TreesBlock one_block = {"stamp", "block bytes", 11};
static const char second_text[] = "[one, {two: 3}, \"caf\xC3\xA9\"]\n";

typedef struct {
    Arena *arena;
    char folder[64];
    const char *path;
    TreesEntry entries[2];
} Fixture;

static int set_up(void **state)
{
    Fixture *f = test_calloc(1, sizeof *f);
    f->arena = arena_new();
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/dens-trees-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->path = file_join(f->arena, f->folder, "table");
    const char *const texts[] = {first_text, second_text};
    DensError *err = NULL;
    for (size_t i = 0; i < 2; i++) {
        hash_bytes(texts[i], strlen(texts[i]), f->entries[i].digest);
        f->entries[i].root = yaml_parse(f->arena, texts[i], strlen(texts[i]), "t", &err);
        assert_no_error(err);
    }
    assert_true(trees_write(f->path, f->entries, 2, &one_block, 1, &err));
    assert_no_error(err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    (void)unlink(f->path);
    (void)rmdir(f->folder);
    arena_free(f->arena);
    test_free(f);
    return 0;
}

static void assert_same(const Value *a, const Value *b)
{
    assert_true(value_equal(a, b));
    assert_int_equal(a->line, b->line);
    assert_int_equal(a->column, b->column);
    assert_int_equal(a->key_line, b->key_line);
    assert_int_equal(a->key_column, b->key_column);
    assert_int_equal(a->count, b->count);
    assert_true((a->parent == NULL) == (b->parent == NULL));
    const Value *other = b->first;
    VALUE_EACH(child, a)
    {
        assert_ptr_equal(child->parent, a);
        assert_same(child, other);
        other = other->next;
    }
}

static void trees_come_back(void **state)
{
    Fixture *f = *state;
    DensError *err = NULL;
    AUTO(trees_auto) Trees *trees = trees_open(f->path, &err);
    assert_no_error(err);
    AUTO(arena_auto) Arena *arena = arena_new();
    for (size_t i = 0; i < 2; i++) {
        assert_same(f->entries[i].root, trees_find(trees, f->entries[i].digest, arena));
    }
    char other[65];
    hash_bytes("b", 1, other);
    assert_null(trees_find(trees, other, arena));
    assert_null(trees_find(trees, "", arena));
    size_t bytes = 0;
    assert_null(trees_block(trees, "another stamp", &bytes));
    const char *held = trees_block(trees, "stamp", &bytes);
    assert_int_equal(bytes, 11);
    assert_memory_equal(held, "block bytes", 11);
    assert_int_equal(trees_offset(trees, held) % TREES_PAGE, 0);
}

/* A file is taken from the table as long as its bytes are those that were parsed, and parsed again if not. */
static void files_are_known_by_their_bytes(void **state)
{
    Fixture *f = *state;
    DensError *err = NULL;
    AUTO(trees_auto) Trees *trees = trees_open(f->path, &err);
    assert_no_error(err);
    AUTO(arena_auto) Arena *arena = arena_new();
    const char *file = file_join(f->arena, f->folder, "file.yaml");
    assert_true(file_write(file, first_text, strlen(first_text), &err));
    yaml_use_table(trees);
    const Value *held = yaml_read(arena, file, &err);
    assert_no_error(err);
    assert_same(f->entries[0].root, held);
    assert_string_equal(held->first->key, "a");
    size_t used = arena_used(arena);
    assert_true(file_write(file, "a: 2\n", 5, &err));
    const Value *parsed = yaml_read(arena, file, &err);
    yaml_use_table(NULL);
    assert_no_error(err);
    assert_near(value_number_or(parsed, "a", 0), 2, 0);
    assert_true(arena_used(arena) > used);
    (void)unlink(file);
}

static void refuse(Fixture *f, const char *bytes, size_t length, const char *text)
{
    const char *path = file_join(f->arena, f->folder, "bad");
    DensError *err = NULL;
    assert_true(file_write(path, bytes, length, &err));
    assert_null(trees_open(path, &err));
    assert_error(&err, DENS_ERROR_INPUT, "bad", text);
    (void)unlink(path);
}

/* Not by file_write: that waits for the disk, and these are many. */
static void write_bytes(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void count_damage(void *context, const char *part)
{
    assert_string_equal(part, "the trees of the files");
    ++*(size_t *)context;
}

/* Whether the first tree of a table that was opened comes back; if not, the watcher is told, once. */
static bool first_tree_comes_back(const Fixture *f, Trees *trees)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    size_t told = 0;
    trees_watch(trees, count_damage, &told);
    const Value *found = trees_find(trees, f->entries[0].digest, arena);
    if (found) {
        assert_same(f->entries[0].root, found);
    }
    assert_true(found ? trees_find(trees, f->entries[1].digest, arena) != NULL
                      : trees_find(trees, f->entries[1].digest, arena) == NULL);
    assert_int_equal(told, found ? 0 : 1);
    return found != NULL;
}

static void damage_is_refused(void **state)
{
    Fixture *f = *state;
    DensError *err = NULL;
    size_t length = 0;
    char *good = file_read(f->path, 1 << 20, &length, &err);
    assert_no_error(err);
    char *bytes = malloc(length);
    assert_non_null(bytes);
    size_t block = 0;
    for (size_t i = 0; i + 11 <= length; i++) {
        block = memcmp(good + i, "block bytes", 11) == 0 ? i : block;
    }
    assert_true(block > 0);
    size_t accepted = 0;
    for (size_t i = 0; i < block; i++) { /* any byte before the block; what only fills up may be any */
        memcpy(bytes, good, length);
        bytes[i] ^= 0x20;
        const char *path = file_join(f->arena, f->folder, "flipped");
        write_bytes(path, bytes, length);
        Trees *trees = trees_open(path, &err);
        if (trees && first_tree_comes_back(f, trees)) {
            assert_int_equal(good[i], 0);
            accepted++;
        }
        trees_free(trees);
        dens_error_free(err);
        err = NULL;
        (void)unlink(path);
    }
    assert_true(accepted < 4 * 64 + TREES_PAGE);
    refuse(f, good, length - 64, "is damaged: it has");
    refuse(f, good, 20, "is no table");
    refuse(f, "", 0, "is no table");
    refuse(f, first_text, strlen(first_text), "is no table");
    memcpy(bytes, good, length);
    bytes[12] ^= 1;
    refuse(f, bytes, length, "another version of dens");
    free(bytes);
    free(good);
    const char *nowhere = file_join(f->arena, f->folder, "absent/table"); /* in a folder that is not there */
    assert_null(trees_open(nowhere, &err));
    assert_error(&err, DENS_ERROR_INPUT, nowhere, "cannot be read");
    assert_null(trees_open(f->folder, &err));
    assert_error(&err, DENS_ERROR_INPUT, f->folder, "is no file");
    assert_false(trees_write(nowhere, f->entries, 2, NULL, 0, &err));
    assert_error(&err, DENS_ERROR_USAGE, nowhere, "cannot be written");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_come_back),
        cmocka_unit_test(files_are_known_by_their_bytes),
        cmocka_unit_test(damage_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
