/* SHA-256: the examples of FIPS 180 (NIST, "Descriptions of SHA-256"). */
#include "testing.h"

#include "base/hash.h"

#include <stdio.h>
#include <unistd.h>

static void assert_hash(const char *text, const char *expected)
{
    char digits[65];
    Hash *hash = hash_new();
    hash_add(hash, text, strlen(text));
    hash_finish(hash, digits);
    hash_free(hash);
    assert_string_equal(digits, expected);
}

static void known_answers(void **state)
{
    (void)state;
    assert_hash("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hash("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void a_million_in_pieces(void **state)
{
    (void)state;
    char digits[65], piece[1000];
    memset(piece, 'a', sizeof piece);
    Hash *hash = hash_new();
    for (int i = 0; i < 1000; i++) {
        hash_add(hash, piece, sizeof piece);
    }
    hash_finish(hash, digits);
    hash_free(hash);
    assert_string_equal(digits, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void files(void **state)
{
    (void)state;
    char path[] = "/tmp/dens-test-XXXXXX", digits[65];
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, "abc", 3), 3);
    (void)close(file);
    DensError *err = NULL;
    assert_true(hash_file(path, digits, &err));
    (void)unlink(path);
    assert_string_equal(digits, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_false(hash_file(path, digits, &err));
    assert_error(&err, DENS_ERROR_INPUT, path, "cannot be opened: No such file");
    assert_false(hash_file("/tmp", digits, &err));
    assert_error(&err, DENS_ERROR_INPUT, "/tmp", "cannot be read: Is a directory");
    hash_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(a_million_in_pieces),
        cmocka_unit_test(files),
    };
    return cmocka_run_group_tests_name("base-hash", tests, NULL, NULL);
}
