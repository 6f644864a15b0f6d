/* Images: what was made in a region comes back in another place, for this process alone; what is damaged, or
 * would lead elsewhere, is refused. */
#include "testing.h"

#include "base/file.h"
#include "base/image.h"
#include "base/memory.h"

#include <stdio.h>
#include <unistd.h>

typedef struct Link Link;
struct Link {
    const char *name;    /* in the text */
    const char *builtin; /* in the program */
    const Link *next;    /* in the region */
    const Link *scaffold;
    double number;
    void (*function)(void);
};

typedef struct {
    Arena *arena;
    size_t count;
    Link *links;
} Root;

enum { LINKS = 3000 };
static const char builtin[] = "built in";

typedef struct {
    Arena *arena;
    char folder[64];
    const char *path;
    char stamp[TREES_STAMP_BYTES];
} Fixture;

static void in_the_program(void)
{
}

static Root *make_root(Region *region)
{
    Arena *arena = region_arena(region, REGION_STRUCTURES);
    AUTO(arena_auto) Arena *scaffold = arena_beside_left_out(arena);
    Root *root = arena_alloc(arena_beside(arena), sizeof *root);
    *root = (Root){arena, LINKS, arena_array(arena, LINKS, sizeof *root->links)};
    for (size_t i = 0; i < LINKS; i++) {
        Link *scaffolding = arena_alloc(scaffold, sizeof *scaffolding);
        root->links[i] = (Link){.name = arena_printf(arena, "link %zu", i),
                                .builtin = builtin,
                                .next = i > 0 ? &root->links[i - 1] : NULL,
                                .scaffold = scaffolding,
                                .number = (double)i / 7,
                                .function = i % 2 ? NULL : in_the_program};
    }
    return root;
}

static void assert_root(const Root *root)
{
    assert_int_equal(root->count, LINKS);
    for (size_t i = 0; i < LINKS; i++) {
        const Link *link = &root->links[i];
        char name[32];
        (void)snprintf(name, sizeof name, "link %zu", i);
        assert_string_equal(link->name, name);
        assert_ptr_equal(link->builtin, builtin);
        assert_ptr_equal(link->next, i > 0 ? link - 1 : NULL);
        assert_null(link->scaffold);
        assert_near(link->number, (double)i / 7, 0);
        assert_true(i % 2 ? link->function == NULL : link->function == in_the_program);
    }
}

static int set_up(void **state)
{
    Fixture *f = test_calloc(1, sizeof *f);
    f->arena = arena_new();
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/dens-image-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->path = file_join(f->arena, f->folder, "table");
    assert_true(image_stamp("of a test", f->stamp, sizeof f->stamp));
    AUTO(region_auto) Region *region = region_new();
    assert_non_null(region);
    Root *root = make_root(region);
    region_close(region);
    AUTO_TEXT image = TEXT_INIT;
    DensError *err = NULL;
    assert_true(image_make(region, root, &image, &err));
    const TreesBlock blocks[2] = {{"another", "x", 1}, {f->stamp, text_string(&image), image.length}};
    assert_true(trees_write(f->path, NULL, 0, blocks, 2, &err));
    arena_free(root->arena);
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

static void count_damage(void *context, const char *part)
{
    assert_string_equal(part, "the image of what was loaded");
    ++*(size_t *)context;
}

/* *told: how often the watcher was told of damage. */
static Image *map_watched(const char *path, const char *stamp, size_t *told)
{
    DensError *err = NULL;
    AUTO(trees_auto) Trees *table = trees_open(path, &err);
    assert_no_error(err);
    *told = 0;
    trees_watch(table, count_damage, told);
    Image *image = image_map(table, stamp);
    if (!image) {
        assert_null(image_map(table, stamp));
    }
    return image;
}

static Image *map(const char *path, const char *stamp)
{
    size_t told;
    return map_watched(path, stamp, &told);
}

/* The second lies elsewhere, as the first has the place; each is changed for itself. */
static void two_images_of_one_table(void **state)
{
    Fixture *f = *state;
    Image *first = map(f->path, f->stamp), *second = map(f->path, f->stamp);
    assert_non_null(first);
    assert_non_null(second);
    Root *one = image_root(first), *other = image_root(second);
    assert_ptr_not_equal(one, other);
    assert_root(one);
    assert_root(other);
    one->links[5].number = -1;
    assert_near(other->links[5].number, 5.0 / 7, 0);
    char *more = arena_printf(one->arena, "%s", "more text");
    memset(arena_alloc(one->arena, 100000), 1, 100000);
    assert_string_equal(more, "more text");
    arena_free(one->arena);
    arena_free(other->arena);
    image_free(first);
    image_free(second);
    Image *third = map(f->path, f->stamp);
    assert_root(image_root(third));
    image_free(third);
}

static void another_stamp_has_no_image(void **state)
{
    Fixture *f = *state;
    size_t told;
    assert_null(map_watched(f->path, "image", &told));
    assert_int_equal(told, 0);
    assert_null(map_watched(f->path, "another", &told));
    assert_int_equal(told, 1); /* what another room wrote there is no image */
    char stamp[8];
    assert_false(image_stamp("of a test", stamp, sizeof stamp));
}

static void damage_is_noticed(void **state)
{
    Fixture *f = *state;
    DensError *err = NULL;
    size_t length = 0, refused = 0, tried = 0;
    char *bytes = file_read(f->path, 1 << 24, &length, &err);
    assert_no_error(err);
    const char *path = file_join(f->arena, f->folder, "damaged");
    for (size_t i = 2 * TREES_PAGE; i < length; i += length / 40) {
        bytes[i] ^= 0x10;
        assert_true(file_write(path, bytes, length, &err));
        size_t told;
        Image *image = map_watched(path, f->stamp, &told);
        assert_int_equal(told, image ? 0 : 1); /* once, although it was tried twice */
        if (image) {                           /* between two sections */
            assert_root(image_root(image));
        }
        refused += image == NULL;
        tried++;
        image_free(image);
        bytes[i] ^= 0x10;
    }
    assert_true(refused * 10 > tried * 8);
    free(bytes);
    (void)unlink(path);
}

static void addresses_of_elsewhere_are_refused(void **state)
{
    (void)state;
    AUTO(region_auto) Region *region = region_new();
    Root *root = make_root(region);
    region_close(region);
    char *elsewhere = memory_strdup("on the heap");
    root->links[7].name = elsewhere;
    AUTO_TEXT image = TEXT_INIT;
    DensError *err = NULL;
    assert_false(image_make(region, root, &image, &err));
    assert_error(&err, DENS_ERROR_INTERNAL, "image", "an address outside of itself");
    free(elsewhere);
}

static void a_full_region_is_told(void **state)
{
    (void)state;
    AUTO(region_auto) Region *region = region_new();
    Arena *arena = region_arena(region, REGION_STRUCTURES);
    void *first = arena_alloc(arena, region_part_bytes / 2);
    unsigned char *second = arena_alloc(arena, region_part_bytes); /* from the system */
    second[region_part_bytes - 1] = 1;
    AUTO_TEXT image = TEXT_INIT;
    DensError *err = NULL;
    assert_false(image_make(region, first, &image, &err));
    assert_error(&err, DENS_ERROR_INPUT, "image", "too large");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_images_of_one_table), cmocka_unit_test(another_stamp_has_no_image),
        cmocka_unit_test(damage_is_noticed),       cmocka_unit_test(addresses_of_elsewhere_are_refused),
        cmocka_unit_test(a_full_region_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
