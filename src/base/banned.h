/* Functions of the C library that this project does without, as calls that do not compile. The name of
 * the symbol that the compiler then misses says why. The headers that declare them come first, so that
 * no later include meets a macro where it declares a function. After git's banned.h.
 *
 * Instead: text.h and snprintf() for strings, strtol() and strtod() with their end checked for numbers,
 * strspn() and strcspn() for words. C++ code (the adapters) is left alone: <cstring> forbids such macros. */
#ifndef DENS_BASE_BANNED_H
#define DENS_BASE_BANNED_H

#ifndef __cplusplus

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DENS_BANNED(function) sorry_##function##_is_a_banned_function

#undef strcpy
#define strcpy(to, from) DENS_BANNED(strcpy)
#undef strcat
#define strcat(to, from) DENS_BANNED(strcat)
#undef strtok
#define strtok(text, delimiters) DENS_BANNED(strtok)
#undef sprintf
#define sprintf(...) DENS_BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) DENS_BANNED(vsprintf)
#undef gets
#define gets(buffer) DENS_BANNED(gets)
#undef atoi
#define atoi(text) DENS_BANNED(atoi)
#undef atol
#define atol(text) DENS_BANNED(atol)
#undef atof
#define atof(text) DENS_BANNED(atof)

#endif
#endif
