/* Scoped cleanup. `AUTO(text_free) Text *t = NULL;` releases t when the scope is left. A variable so
 * marked is initialised where it is declared; ownership is handed over with TAKE(). Release functions
 * take the address of the variable, so each type offers `noun_auto(T **)` beside `noun_free(T *)`. */
#ifndef DENS_BASE_AUTO_H
#define DENS_BASE_AUTO_H

#define AUTO(release) __attribute__((cleanup(release)))

/* Defines `static inline void noun_auto(Type **p)` that calls `release` on what p points at. */
#define AUTO_DEFINE(Type, noun, release)                                                                     \
    static inline void noun##_auto(Type **p)                                                                 \
    {                                                                                                        \
        release(*p);                                                                                         \
        *p = NULL;                                                                                           \
    }

/* Evaluates to the pointer in `p` and leaves NULL behind: the caller now owns it. */
#define TAKE(p)                                                                                              \
    __extension__({                                                                                          \
        __typeof__(p) taken_ = (p);                                                                          \
        (p) = NULL;                                                                                          \
        taken_;                                                                                              \
    })

#endif
