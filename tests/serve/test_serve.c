/* What of the server can be asked without a connection: addresses, the store's lock, and zips that are none.
 * The rest is tested over the wire (tests/e2e/test_serve.py). */
#include "testing.h"

#include "base/file.h"
#include "serve/http.h"
#include "serve/serve.h"
#include "serve/shelf.h"
#include "serve/zip.h"

#include <stdio.h>
#include <unistd.h>

static void loopback_is_told_from_the_rest(void **state)
{
    (void)state;
    static const char *const own[] = {"127.0.0.1", "127.8.8.8", "::1"};
    static const char *const others[] = {"0.0.0.0", "::", "192.0.2.1", "128.0.0.1", "localhost", ""};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        assert_true(http_is_loopback(own[i]));
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(http_is_loopback(others[i]));
    }
}

static bool refuse_all(void *context, const HttpRequest *request, HttpIntake *intake, HttpReply *reply)
{
    (void)context;
    (void)request;
    (void)intake;
    reply->status = 404;
    return false;
}

static void an_address_that_is_none_or_taken_is_told(void **state)
{
    (void)state;
    static const char *const headers[] = {NULL};
    const HttpApplication application = {.admit = refuse_all, .headers = headers};
    DensError *error = NULL;
    assert_null(http_start("nowhere", 0, &application, &error));
    assert_error(&error, DENS_ERROR_USAGE, "--bind", "is no numeric address");
    HttpServer *server = http_start("127.0.0.1", 0, &application, &error);
    assert_no_error(error);
    assert_true(http_port(server) > 0);
    assert_null(http_start("127.0.0.1", http_port(server), &application, &error));
    assert_error(&error, DENS_ERROR_USAGE, "--port", "cannot be used");
    http_stop(server, 1);
}

static const char *nowhere(void *context, const char *name, size_t index)
{
    (void)context;
    (void)name;
    (void)index;
    return NULL;
}

static void what_is_no_zip_is_told(void **state)
{
    (void)state;
    char path[] = "/tmp/dens-zip-XXXXXX";
    const ZipLimits limits = {.most_files = 1, .most_bytes = 1000, .most_ratio = 10};
    DensError *error = NULL;
    int handle = mkstemp(path);
    assert_true(handle >= 0);
    (void)close(handle);
    assert_true(file_write(path, "PK no zip at all, only a text that begins like one", 50, NULL));
    assert_false(zip_unpack(path, &limits, nowhere, NULL, &error));
    assert_error(&error, DENS_ERROR_INPUT, "the zip", "Not a zip archive");
    unsigned char end[22] = "PK\5\6"; /* whose directory would have 16 MB */
    end[15] = 1;
    assert_true(file_write(path, (const char *)end, sizeof end, NULL));
    assert_false(zip_unpack(path, &limits, nowhere, NULL, &error));
    assert_error(&error, DENS_ERROR_INPUT, "the zip", "has a directory of 16 MB: more than 1 files");
    unsigned char large[56 + 20 + 22] = "PK\6\6"; /* the same by the record for large zips */
    large[43] = 1;
    memcpy(large + 56, "PK\6\7", 4);
    memcpy(large + 76, "PK\5\6", 4);
    assert_true(file_write(path, (const char *)large, sizeof large, NULL));
    assert_false(zip_unpack(path, &limits, nowhere, NULL, &error));
    assert_error(&error, DENS_ERROR_INPUT, "the zip", "has a directory of 16 MB: more than 1 files");
    (void)unlink(path);
    assert_false(zip_unpack(path, &limits, nowhere, NULL, &error));
    assert_error(&error, DENS_ERROR_INTERNAL, "dens-zip", "cannot be read");
}

static Volume *small_volume(void)
{
    const Geometry grid = {
        .size = {10, 10, 10}, .spacing_mm = {1, 1, 1}, .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    DensError *error = NULL;
    Volume *volume = volume_new(&grid, &error);
    assert_no_error(error);
    return volume;
}

static void the_shelf_keeps_what_was_used_last(void **state)
{
    (void)state;
    Shelf *shelf = shelf_new(2 * 1000 * sizeof(float)); /* two of them */
    const Volume *a = shelf_put(shelf, "a", small_volume()), *b = shelf_put(shelf, "b", small_volume());
    shelf_return(shelf, a);
    shelf_return(shelf, b);
    assert_ptr_equal(shelf_take(shelf, "a"), a); /* b is now the one that was used least recently */
    const Volume *c = shelf_put(shelf, "c", small_volume());
    assert_null(shelf_take(shelf, "b"));
    assert_ptr_equal(shelf_take(shelf, "c"), c);
    assert_ptr_equal(shelf_put(shelf, "a", small_volume()), a); /* two readers at once: one volume */
    const Volume *d = shelf_put(shelf, "d", small_volume());    /* all of them are in use: none goes */
    assert_ptr_equal(shelf_take(shelf, "a"), a);
    for (size_t user = 0; user < 3; user++) {
        shelf_return(shelf, a);
    }
    shelf_return(shelf, c);
    shelf_return(shelf, c);
    shelf_return(shelf, d);
    shelf_return(shelf, NULL);
    assert_null(shelf_take(shelf, "c"));
    assert_ptr_equal(shelf_take(shelf, "d"), d);
    shelf_free(shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loopback_is_told_from_the_rest),
        cmocka_unit_test(an_address_that_is_none_or_taken_is_told),
        cmocka_unit_test(the_shelf_keeps_what_was_used_last),
        cmocka_unit_test(what_is_no_zip_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
