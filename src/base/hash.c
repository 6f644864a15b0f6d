/* SHA-256 (FIPS 180-4) by OpenSSL's EVP interface. With a digest that every build of the library has, its
 * calls fail only for want of memory. */
#include "base/hash.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIGEST_BYTES = 32, FILE_PIECE_BYTES = 64 * 1024 };

struct Hash {
    EVP_MD_CTX *context;
};

static void check(int outcome)
{
    if (outcome != 1) {
        memory_exhausted();
    }
}

Hash *hash_new(void)
{
    Hash *hash = memory_alloc(sizeof *hash);
    hash->context = EVP_MD_CTX_new();
    check(hash->context != NULL);
    check(EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL));
    return hash;
}

void hash_free(Hash *hash)
{
    if (hash) {
        EVP_MD_CTX_free(hash->context);
        free(hash);
    }
}

void hash_add(Hash *hash, const void *bytes, size_t length)
{
    check(EVP_DigestUpdate(hash->context, bytes, length));
}

void hash_finish(Hash *hash, char out[65])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[DIGEST_BYTES];
    check(EVP_DigestFinal_ex(hash->context, digest, NULL));
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 0x0F];
    }
    out[2 * sizeof digest] = '\0';
}

uint64_t hash_checksum(const void *bytes, size_t length, uint64_t seed)
{
    enum { LANES = 4 }; /* independent of one another, so that the processor works on them at once */
    const uint64_t factor = 0x9E3779B97F4A7C15U;
    uint64_t lane[LANES], word[LANES];
    for (uint64_t i = 0; i < LANES; i++) {
        lane[i] = (seed + i + 1) * factor;
    }
    size_t at = 0;
    for (; at + sizeof word <= length; at += sizeof word) {
        memcpy(word, (const char *)bytes + at, sizeof word);
        for (int i = 0; i < LANES; i++) {
            lane[i] = (lane[i] ^ word[i]) * factor;
            lane[i] ^= lane[i] >> 32U;
        }
    }
    memset(word, 0, sizeof word);
    if (at < length) {
        memcpy(word, (const char *)bytes + at, length - at);
    }
    uint64_t sum = length;
    for (int i = 0; i < LANES; i++) {
        sum = (sum ^ lane[i] ^ (word[i] * factor)) * factor;
        sum ^= sum >> 29U;
    }
    return sum;
}

void hash_bytes(const void *bytes, size_t length, char out[65])
{
    Hash *hash = hash_new();
    hash_add(hash, bytes, length);
    hash_finish(hash, out);
    hash_free(hash);
}

/* Adds all that can be read from `file`; false with errno set if reading fails. */
static bool add_stream(Hash *hash, int file)
{
    char *piece = memory_alloc(FILE_PIECE_BYTES);
    ssize_t got;
    do {
        got = read(file, piece, FILE_PIECE_BYTES);
        if (got > 0) {
            hash_add(hash, piece, (size_t)got);
        }
    } while (got > 0 || (got < 0 && errno == EINTR));
    int reason = errno;
    free(piece);
    errno = reason;
    return got == 0;
}

bool hash_file(const char *path, char out[65], DensError **err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return error_input(err, path, "cannot be opened: %s", strerrordesc_np(errno));
    }
    Hash *hash = hash_new();
    bool ok = add_stream(hash, file);
    if (ok) {
        hash_finish(hash, out);
    } else {
        error_input(err, path, "cannot be read: %s", strerrordesc_np(errno));
    }
    hash_free(hash);
    (void)close(file); /* was only read */
    return ok;
}
