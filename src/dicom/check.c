/* The pixels of a series, decoded to find out whether they are whole. */
#include "dicom/dicom.h"
#include "dicom/frame.h"

static bool look(void *context, size_t index, const void *words, DensError **err)
{
    const Frame *const *frames = context;
    return frame_check(frames[index], words, err);
}

bool dicom_series_check(const SeriesInfo *series, Progress *progress, DensError **err)
{
    bool whole = true;
    for (size_t n = 0; whole && series->is_read && n < series->part_count; n++) {
        const SeriesPart *part = &series->parts[n];
        whole = frames_each((const Frame *const *)part->frames, part->frame_count, look, part->frames,
                            progress, err);
    }
    return whole;
}
