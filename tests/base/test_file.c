/* Files: whole or not at all, limits, listings, and errors that name the path. */
#include "testing.h"

#include "base/file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    Arena *arena;
    char *folder;
} Place;

static int set_up(void **state)
{
    Place *place = test_malloc(sizeof *place);
    place->arena = arena_new();
    place->folder = arena_strdup(place->arena, "/tmp/dens-test-XXXXXX");
    *state = place;
    return mkdtemp(place->folder) ? 0 : -1;
}

static void remove_tree(Arena *arena, const char *path)
{
    struct stat info;
    if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        const char **names = NULL;
        size_t count = 0;
        (void)chmod(path, 0700);
        assert_true(file_list(arena, path, &names, &count, NULL));
        for (size_t i = 0; i < count; i++) {
            remove_tree(arena, file_join(arena, path, names[i]));
        }
        (void)rmdir(path);
    } else {
        (void)unlink(path);
    }
}

static int tear_down(void **state)
{
    Place *place = *state;
    remove_tree(place->arena, place->folder);
    arena_free(place->arena);
    test_free(place);
    return 0;
}

static char *below(const Place *place, const char *name)
{
    return file_join(place->arena, place->folder, name);
}

static void write_text(const char *path, const char *text)
{
    DensError *err = NULL;
    assert_true(file_write(path, text, strlen(text), &err));
    assert_no_error(err);
}

static void assert_holds(const char *path, const char *text)
{
    DensError *err = NULL;
    size_t length = 0;
    char *read_back = file_read(path, 1000, &length, &err);
    assert_no_error(err);
    assert_string_equal(read_back, text);
    assert_int_equal(length, strlen(text));
    free(read_back);
}

static size_t entries(const Place *place)
{
    const char **names = NULL;
    size_t count = 0;
    assert_true(file_list(place->arena, place->folder, &names, &count, NULL));
    return count;
}

static void writes_and_reads(void **state)
{
    const char *path = below(*state, "a.txt");
    write_text(path, "hello");
    assert_holds(path, "hello");
    write_text(path, "");
    assert_holds(path, "");
    assert_int_equal(entries(*state), 1); /* nothing temporary is left */
}

static void a_replaced_file_keeps_its_mode(void **state)
{
    const char *path = below(*state, "secret");
    write_text(path, "1");
    assert_int_equal(chmod(path, 0600), 0);
    write_text(path, "2");
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
}

static void large_files_come_back(void **state)
{
    const char *path = below(*state, "large");
    enum { SIZE = 3 * 1000 * 1000 };
    char *bytes = malloc(SIZE);
    assert_non_null(bytes);
    for (size_t i = 0; i < SIZE; i++) {
        bytes[i] = (char)(i * 31 % 251);
    }
    DensError *err = NULL;
    assert_true(file_write(path, bytes, SIZE, &err));
    size_t length = 0;
    char *again = file_read(path, SIZE, &length, &err);
    assert_no_error(err);
    assert_int_equal(length, SIZE);
    assert_memory_equal(again, bytes, SIZE);
    free(again);
    free(bytes);
}

static void reading_is_limited(void **state)
{
    const char *path = below(*state, "a.txt");
    write_text(path, "12345");
    DensError *err = NULL;
    size_t length = 0;
    char *bytes = file_read(path, 5, &length, &err);
    assert_no_error(err);
    free(bytes);
    assert_null(file_read(path, 4, &length, &err));
    assert_error(&err, DENS_ERROR_INPUT, "a.txt", "has 5 bytes; at most 4 are allowed");
    assert_null(file_read("/dev/zero", 100000, &length, &err));
    assert_error(&err, DENS_ERROR_INPUT, "/dev/zero", "is longer than the 100000 bytes");
    bytes = file_read("/dev/null", 0, &length, &err);
    assert_no_error(err);
    assert_string_equal(bytes, "");
    free(bytes);
    bytes = file_read("/proc/self/status", 100000, &length, &err); /* says that its size is 0 */
    assert_no_error(err);
    assert_true(length > 100);
    free(bytes);
}

static void what_cannot_be_read_is_named(void **state)
{
    DensError *err = NULL;
    size_t length = 0;
    assert_null(file_read(((Place *)*state)->folder, 10, &length, &err));
    assert_error(&err, DENS_ERROR_INPUT, "/tmp/dens-test-", "is a folder; a file is expected");
    assert_null(file_read(below(*state, "none"), 10, &length, &err));
    assert_error(&err, DENS_ERROR_INPUT, "/none", "cannot be opened: No such file");
    assert_null(file_read("", 10, &length, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "cannot be opened");
}

static void what_cannot_be_written_is_named(void **state)
{
    DensError *err = NULL;
    assert_false(file_write(((Place *)*state)->folder, "x", 1, &err));
    assert_error(&err, DENS_ERROR_USAGE, "/tmp/dens-test-", "is a folder");
    assert_false(file_write(below(*state, "none/a"), "x", 1, &err));
    assert_error(&err, DENS_ERROR_USAGE, "/none/a", "cannot be written: No such file");
    write_text(below(*state, "file"), "");
    assert_false(file_write(below(*state, "file/a"), "x", 1, &err));
    assert_error(&err, DENS_ERROR_USAGE, "/file/a", "cannot be written: Not a directory");
    char name[300];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_false(file_write(below(*state, name), "x", 1, &err)); /* fails at the rename */
    assert_error(&err, DENS_ERROR_USAGE, "/nnn", "cannot be written: File name too long");
    assert_int_equal(entries(*state), 1); /* and the temporary file is gone */
    assert_false(file_write("/dev/full", "x", 1, &err));
    assert_error(&err, DENS_ERROR_INTERNAL, "/dev/full", "No space left");
}

/* The child may write 64 KB and is killed by the first byte more: in the middle of a megabyte. */
static void a_killed_writer_leaves_nothing(void **state)
{
    Place *place = *state;
    int probe = open(place->folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (probe < 0) {
        print_message("# this file system has no files without a name\n");
        skip();
    }
    (void)close(probe);
    const char *path = below(place, "table");
    write_text(path, "before");
    char *much = test_calloc(1, (size_t)1 << 20);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit small = {65536, 65536}, no_core = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)signal(SIGXFSZ, SIG_DFL);
        (void)setrlimit(RLIMIT_FSIZE, &small);
        _exit(file_write(path, much, (size_t)1 << 20, NULL) ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
    test_free(much);
    assert_holds(path, "before");
    assert_int_equal(entries(place), 1);
}

static void devices_are_written_not_replaced(void **state)
{
    (void)state;
    DensError *err = NULL;
    assert_true(file_write("/dev/null", "x", 1, &err));
    assert_no_error(err);
    assert_int_equal(file_kind("/dev/null"), FILE_OTHER);
}

static void standard_input_is_dash(void **state)
{
    const char *path = below(*state, "in");
    write_text(path, "from stdin");
    int saved = dup(STDIN_FILENO), file = open(path, O_RDONLY);
    assert_true(file >= 0);
    (void)dup2(file, STDIN_FILENO);
    (void)close(file);
    DensError *err = NULL;
    size_t length = 0;
    char *bytes = file_read("-", 100, &length, &err);
    (void)lseek(STDIN_FILENO, 0, SEEK_SET);
    assert_null(file_read("-", 4, &length, NULL));
    (void)dup2(saved, STDIN_FILENO);
    (void)close(saved);
    assert_no_error(err);
    assert_string_equal(bytes, "from stdin");
    free(bytes);
}

static void kinds(void **state)
{
    write_text(below(*state, "f"), "");
    assert_int_equal(file_kind(below(*state, "f")), FILE_REGULAR);
    assert_int_equal(file_kind(((Place *)*state)->folder), FILE_FOLDER);
    assert_int_equal(file_kind(below(*state, "none")), FILE_ABSENT);
    assert_int_equal(file_kind("/dev/null"), FILE_OTHER);
}

static void folders_are_made(void **state)
{
    DensError *err = NULL;
    const char *deep = below(*state, "a//b/c/");
    assert_true(file_make_folder(deep, &err));
    assert_true(file_make_folder(deep, &err));
    assert_no_error(err);
    assert_int_equal(file_kind(deep), FILE_FOLDER);
    write_text(below(*state, "file"), "");
    assert_false(file_make_folder(below(*state, "file"), &err));
    assert_error(&err, DENS_ERROR_USAGE, "/file", "exists and is not a folder");
    assert_false(file_make_folder(below(*state, "file/x"), &err));
    assert_error(&err, DENS_ERROR_USAGE, "/file", "not a folder");
    assert_false(file_make_folder("", &err));
    assert_error(&err, DENS_ERROR_USAGE, "", "empty");
    assert_false(file_make_folder("/proc/x/y", &err));
    assert_error(&err, DENS_ERROR_USAGE, "/proc/x", "cannot be made");
}

static void lists_are_sorted(void **state)
{
    const Place *place = *state;
    write_text(below(place, "b"), "");
    write_text(below(place, "a"), "");
    write_text(below(place, ".c"), "");
    DensError *err = NULL;
    const char **names = NULL;
    size_t count = 0;
    assert_true(file_list(place->arena, place->folder, &names, &count, &err));
    assert_int_equal(count, 3);
    assert_string_equal(names[0], ".c");
    assert_string_equal(names[1], "a");
    assert_string_equal(names[2], "b");
    assert_false(file_list(place->arena, below(place, "none"), &names, &count, &err));
    assert_error(&err, DENS_ERROR_INPUT, "/none", "the folder cannot be opened");
    assert_false(file_list(place->arena, below(place, "a"), &names, &count, &err));
    assert_error(&err, DENS_ERROR_INPUT, "/a", "Not a directory");
}

static void trees_hold_regular_files(void **state)
{
    const Place *place = *state;
    DensError *err = NULL;
    assert_true(file_make_folder(below(place, "d/e"), &err));
    write_text(below(place, "d/e/1"), "");
    write_text(below(place, "d/2"), "");
    write_text(below(place, "d.x"), "");
    assert_int_equal(symlink("d", below(place, "link-to-folder")), 0);
    assert_int_equal(symlink("d/2", below(place, "link-to-file")), 0);
    assert_int_equal(symlink("none", below(place, "link-to-nothing")), 0);
    assert_int_equal(symlink(".", below(place, "d/circle")), 0);
    assert_int_equal(mkfifo(below(place, "pipe"), 0600), 0);
    const char **paths = NULL;
    size_t count = 0;
    assert_true(file_list_tree(place->arena, place->folder, 4, &paths, &count, &err));
    assert_no_error(err);
    assert_int_equal(count, 4);
    assert_string_equal(paths[0], below(place, "d.x"));
    assert_string_equal(paths[1], below(place, "d/2"));
    assert_string_equal(paths[2], below(place, "d/e/1"));
    assert_string_equal(paths[3], below(place, "link-to-file"));
    assert_false(file_list_tree(place->arena, place->folder, 3, &paths, &count, &err));
    assert_error(&err, DENS_ERROR_INPUT, "/tmp/dens-test-", "holds more than 3 files");
    assert_true(
        file_list_tree(place->arena, paths[1], 1, &paths, &count, &err)); /* a file is a tree of one */
    assert_int_equal(count, 1);
    assert_true(file_list_tree(place->arena, below(place, "link-to-folder"), 9, &paths, &count, &err));
    assert_int_equal(count, 2); /* a link that the user names is followed */
    assert_false(file_list_tree(place->arena, below(place, "none"), 9, &paths, &count, &err));
    assert_error(&err, DENS_ERROR_INPUT, "/none", "cannot be looked at: No such file");
    assert_false(file_list_tree(place->arena, below(place, "link-to-nothing"), 9, &paths, &count, &err));
    assert_error(&err, DENS_ERROR_INPUT, "/link-to-nothing", "No such file");
}

static void one_file_of_many_names(void **state)
{
    const Place *place = *state;
    write_text(below(place, "a"), "same");
    write_text(below(place, "b"), "same");
    assert_int_equal(symlink("a", below(place, "link")), 0);
    const char *around = file_join(place->arena, below(place, "."), "a");
    assert_true(file_same(below(place, "a"), around) && file_same(below(place, "link"), around));
    assert_false(file_same(below(place, "a"), below(place, "b")));
    assert_false(file_same(below(place, "none"), below(place, "none")));
    const char *a = below(place, "a"), *b = below(place, "b"), *none = below(place, "none");
    const char *paths[] = {b, a, around, none, below(place, "link"), b, none};
    assert_int_equal(file_leave_out_repeated(paths, 7), 4); /* what is not there is no one's double */
    assert_ptr_equal(paths[0], b);
    assert_ptr_equal(paths[1], a);
    assert_ptr_equal(paths[2], none);
    assert_ptr_equal(paths[3], none);
    assert_int_equal(file_leave_out_repeated(paths, 0), 0);
}

static void names_of_paths(void **state)
{
    const Place *place = *state;
    assert_string_equal(file_join(place->arena, "a", "b"), "a/b");
    assert_string_equal(file_join(place->arena, "a/", "b"), "a/b");
    assert_string_equal(file_join(place->arena, "", "b"), "b");
    assert_string_equal(file_name("a/b.c"), "b.c");
    assert_string_equal(file_name("b"), "b");
    assert_string_equal(file_name("a/"), "");
    assert_true(file_has_suffix("a.NII.gz", ".nii.gz"));
    assert_false(file_has_suffix("gz", ".nii.gz"));
    assert_true(file_has_suffix("a", ""));
}

#define file_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(writes_and_reads),
        file_test(a_replaced_file_keeps_its_mode),
        file_test(large_files_come_back),
        file_test(reading_is_limited),
        file_test(what_cannot_be_read_is_named),
        file_test(what_cannot_be_written_is_named),
        file_test(a_killed_writer_leaves_nothing),
        file_test(devices_are_written_not_replaced),
        file_test(standard_input_is_dash),
        file_test(kinds),
        file_test(folders_are_made),
        file_test(lists_are_sorted),
        file_test(trees_hold_regular_files),
        file_test(one_file_of_many_names),
        file_test(names_of_paths),
    };
    return cmocka_run_group_tests_name("base-file", tests, NULL, NULL);
}
