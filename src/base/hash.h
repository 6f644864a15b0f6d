/* SHA-256 as 64 hexadecimal digits (OpenSSL's libcrypto; the only file that names it). */
#ifndef DENS_BASE_HASH_H
#define DENS_BASE_HASH_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct Hash Hash;
Hash *hash_new(void);
void hash_free(Hash *hash);
void hash_add(Hash *hash, const void *bytes, size_t length);
/* Writes 64 digits and a NUL; the hash may not be added to afterwards. */
void hash_finish(Hash *hash, char out[65]);
/* Finds damage and nothing else, but at the speed of memory. */
uint64_t hash_checksum(const void *bytes, size_t length, uint64_t seed);
/* Of bytes in memory. */
void hash_bytes(const void *bytes, size_t length, char out[65]);
bool hash_file(const char *path, char out[65], DensError **err) DENS_MUST_USE;

#endif
