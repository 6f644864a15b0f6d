/* What the files of the case share: names of the format. Inside document/ only. */
#ifndef DENS_DOCUMENT_CASE_PARTS_H
#define DENS_DOCUMENT_CASE_PARTS_H

#include "document/case.h"

#define CASE_FORMAT "dens-case/1"

/* In the order of ExaminationState, without unknown. */
enum { EXAMINATION_STATE_COUNT = 3 };
extern const char *const examination_state_names[EXAMINATION_STATE_COUNT];

/* The finding's member or value as a bit. */
static inline uint64_t case_bit(int value)
{
    return UINT64_C(1) << value;
}

/* The set whose unlisted members are absent: what the reader does not name is free of the lesion. */
bool case_is_closed_set(const Finding *finding);

#endif
