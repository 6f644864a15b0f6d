/* UIDs from names: the same name gives the same UID everywhere. DICOM PS3.5 B.2 (UIDs from UUIDs), RFC 9562
 * (UUID version 8: the bits are our own, here those of a SHA-256). */
#include "dicom/dicom.h"

#include "base/hash.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

__extension__ typedef unsigned __int128 Wide;

static unsigned digit(char hexadecimal)
{
    return (unsigned)(hexadecimal <= '9' ? hexadecimal - '0' : hexadecimal - 'a' + 10);
}

void dicom_uid(const char *name, char out[65])
{
    char hash[65];
    Hash *sha = hash_new();
    hash_add(sha, name, strlen(name));
    hash_finish(sha, hash);
    hash_free(sha);
    hash[12] = '8';                         /* version */
    hash[16] = "89ab"[digit(hash[16]) & 3]; /* variant */
    Wide number = 0;
    for (int n = 0; n < 32; n++) {
        number = number << 4 | digit(hash[n]);
    }
    char decimal[40]; /* 2^128 has 39 digits */
    char *at = decimal + sizeof decimal - 1;
    *at = '\0';
    do {
        *--at = (char)('0' + (int)(number % 10));
        number /= 10;
    } while (number > 0);
    (void)snprintf(out, 65, "2.25.%s", at);
}
