/* What a fuzz target offers: libFuzzer's entries, which standalone.c calls too. */
#ifndef DENS_FUZZ_H
#define DENS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Called once before the first input, if the target has it. */
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

#endif
