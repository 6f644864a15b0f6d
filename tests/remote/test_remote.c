/* DICOMweb places and multipart bodies. Exchanges with servers: tests/e2e/test_dicomweb.py. */
#include "testing.h"

#include "remote/dicomweb.h"

#include <stdio.h>

static DicomWebPlace place;

static bool parse(Arena *arena, const char *text, DensError **err)
{
    return dicomweb_parse(arena, text, &place, err);
}

static void places(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    assert_true(parse(arena, "dicomweb+https://pacs:8443/dicom-web/studies/1.2.3", &err));
    assert_string_equal(place.base, "https://pacs:8443/dicom-web");
    assert_string_equal(place.resource, "studies/1.2.3");
    assert_string_equal(place.query, "");
    assert_true(parse(arena, "dicomweb+http://pacs/a/studies/b/studies/1.2/series/3/instances/4/", &err));
    assert_string_equal(place.base, "http://pacs/a/studies/b");
    assert_string_equal(place.resource, "studies/1.2/series/3/instances/4");
    assert_true(parse(arena, "dicomweb+http://pacs/rs?AccessionNumber=A/studies/1", &err));
    assert_string_equal(place.base, "http://pacs/rs");
    assert_string_equal(place.query, "AccessionNumber=A/studies/1");
    assert_true(parse(arena, "dicomweb+http://pacs/rs/studies?PatientID=1", &err));
    assert_string_equal(place.base, "http://pacs/rs");
    assert_string_equal(place.resource, "");
    assert_true(dicomweb_is("dicomweb+http://x"));
    assert_false(dicomweb_is("http://x"));
}

static void bad_places(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    static const struct {
        const char *text, *where, *said;
    } bad[] = {
        {"dicomweb+ftp://pacs/studies/1", "dicomweb", "dicomweb+https://HOST"},
        {"dicomweb+https://me:secret@pacs/studies/1", "dicomweb", "DENS_DICOMWEB_USER"},
        {"dicomweb+https://pacs/dicom-web", "https://pacs", "which study?"},
        {"dicomweb+https://pacs/studies", "https://pacs", "which study?"},
        {"dicomweb+https://pacs/studies/Smith", "https://pacs", "which study?"},
        {"dicomweb+https://pacs/studies/1.2/images/3", "https://pacs", "which study?"},
        {"dicomweb+https://pacs/studies/1.2?x=1", "https://pacs", "which study?"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        DensError *err = NULL;
        assert_false(parse(arena, bad[i].text, &err));
        assert_null(strstr(dens_error_summary(err), "secret"));
        assert_error(&err, DENS_ERROR_USAGE, bad[i].where, bad[i].said);
    }
}

typedef struct {
    char text[64];
    size_t count;
} Parts;

static bool take(void *context, const char *bytes, size_t length, DensError **err)
{
    (void)err;
    Parts *parts = context;
    (void)snprintf(parts->text + strlen(parts->text), sizeof parts->text - strlen(parts->text), "[%.*s]",
                   (int)length, bytes);
    parts->count++;
    return true;
}

static bool split(const char *body, const char *type, Parts *parts, DensError **err)
{
    *parts = (Parts){0};
    return multipart_split(body, strlen(body), type, "server", take, parts, err);
}

static void parts_are_split(void **state)
{
    (void)state;
    static const char *const types[] = {"multipart/related; type=\"application/dicom\"; boundary=b",
                                        "Multipart/Related;boundary=\"b\"; type=x",
                                        "multipart/related; boundary=b; type=application/dicom"};
    static const char *const bodies[] = {
        "--b\r\nA: 1\r\n\r\none\r\n--b\r\nA: 1\r\nB: 2\r\n\r\n\r\n--bx--\r\n--b--\r\n",
        "preamble\r\n--b\r\nA: 1\r\n\r\none\r\n--b\r\nA:\r\n\r\n\r\n--bx--\r\n--b--",
    };
    Parts parts;
    DensError *err = NULL;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        assert_true(split("--b\r\nA: 1\r\n\r\none\r\n--b\r\nA: 1\r\n\r\n\r\n--b--", types[i], &parts, &err));
        assert_string_equal(parts.text, "[one][]");
    }
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        assert_true(split(bodies[i], types[0], &parts, &err));
        assert_int_equal(parts.count, 2);
    }
}

static void bodies_that_break_off(void **state)
{
    (void)state;
    static const char type[] = "multipart/related; boundary=b";
    static const struct {
        const char *body, *type, *said;
    } bad[] = {{"--b\r\nA: 1\r\n\r\none", type, "breaks off within its part 1"},
               {"--b\r\nA: 1\r\n\r\none\r\n--b\r\nA: 1", type, "breaks off within its part 2"},
               {"--b\r\nA: 1\r\n\r\none\r\n--b", type, "breaks off within its part 2"},
               {"", type, "holds no part"},
               {"{}", type, "holds no part"},
               {"--b--", "application/json", "no multipart"},
               {"--b--", "multipart/related", "no multipart"},
               {"--b--", "multipart/related; boundary=", "no multipart"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Parts parts;
        DensError *err = NULL;
        assert_false(split(bad[i].body, bad[i].type, &parts, &err));
        assert_error(&err, DENS_ERROR_INPUT, "server", bad[i].said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(places), cmocka_unit_test(bad_places),
                                       cmocka_unit_test(parts_are_split),
                                       cmocka_unit_test(bodies_that_break_off)};
    return cmocka_run_group_tests_name("remote", tests, NULL, NULL);
}
