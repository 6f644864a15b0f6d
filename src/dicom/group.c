/* Telling apart what a scanner stored as one series.
 *
 * Every frame has a place (position and orientation, rounded). A tag may split frames only if each part has
 * all the places, each equally often: then no slice of a volume gets into another. Times may differ from
 * slice to slice within a volume; there the n-th image at each place in order of time makes the n-th volume.
 */
#include "dicom/group.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double PLACE_MM = 1e-3;
static const double DIRECTION = 1e-4;

/* A frame while it is grouped. */
typedef struct {
    const Frame *frame;
    size_t order; /* as it came */
    size_t place; /* number of its place among those of all frames */
    size_t rank;  /* n-th in time at its place, while that is asked */
} Entry;

typedef struct {
    Entry *entries;
    size_t count;
} Entries;

typedef int (*Compare)(const Entry *a, const Entry *b);

typedef struct {
    Arena *arena;
    FrameSet *sets;
    size_t count;
} Grouping;

static int by_number(double a, double b)
{
    return a < b ? -1 : a > b;
}

/* Of vectors rounded to a grid. */
static int by_vector(Vec3 a, Vec3 b, double step)
{
    const double one[] = {a.x, a.y, a.z}, two[] = {b.x, b.y, b.z};
    for (int n = 0; n < 3; n++) {
        int order = by_number(round(one[n] / step), round(two[n] / step));
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

static int by_place(const Entry *a, const Entry *b)
{
    const Slice *one = &a->frame->slice, *two = &b->frame->slice;
    int order = by_vector(one->row_lps, two->row_lps, DIRECTION);
    order = order ? order : by_vector(one->column_lps, two->column_lps, DIRECTION);
    return order ? order : by_vector(one->position_lps_mm, two->position_lps_mm, PLACE_MM);
}

static int by_kind(const Entry *a, const Entry *b)
{
    return strcmp(a->frame->tags.kind, b->frame->tags.kind);
}

static int by_echo(const Entry *a, const Entry *b)
{
    return by_number(a->frame->tags.te_ms, b->frame->tags.te_ms);
}

static int by_b_value(const Entry *a, const Entry *b)
{
    return by_number(a->frame->tags.b_value, b->frame->tags.b_value);
}

static int by_direction(const Entry *a, const Entry *b)
{
    return strcmp(a->frame->tags.direction, b->frame->tags.direction);
}

static int by_temporal(const Entry *a, const Entry *b)
{
    return by_number(a->frame->tags.temporal, b->frame->tags.temporal);
}

static int by_acquisition(const Entry *a, const Entry *b)
{
    return by_number(a->frame->tags.acquisition, b->frame->tags.acquisition);
}

static int by_time(const Entry *a, const Entry *b)
{
    return by_number(a->frame->tags.time_s, b->frame->tags.time_s);
}

static int by_rank(const Entry *a, const Entry *b)
{
    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

static int by_order(const Entry *a, const Entry *b)
{
    return a->order < b->order ? -1 : a->order > b->order;
}

static int by_localizer(const Entry *a, const Entry *b)
{
    return (strstr(a->frame->tags.kind, "LOCALIZER") != NULL) -
           (strstr(b->frame->tags.kind, "LOCALIZER") != NULL);
}

/* Two keys, and the order in which the frames came as the last. */
typedef struct {
    Compare first, second;
} Keys;

static int by_keys(const void *a, const void *b, void *context)
{
    const Keys *keys = context;
    int order = keys->first(a, b);
    order = order ? order : keys->second(a, b);
    return order ? order : by_order(a, b);
}

static void sort(Entries e, Compare first, Compare second)
{
    Keys keys = {first, second};
    qsort_r(e.entries, e.count, sizeof *e.entries, by_keys, &keys);
}

/* Where the run of equal entries that begins at `first` ends; the entries are sorted by `compare`. */
static size_t run_end(Entries e, size_t first, Compare compare)
{
    size_t end = first + 1;
    while (end < e.count && compare(&e.entries[first], &e.entries[end]) == 0) {
        end++;
    }
    return end;
}

static size_t count_values(Entries e, Compare compare)
{
    size_t values = 0;
    sort(e, compare, by_order);
    for (size_t n = 0; n < e.count; n = run_end(e, n, compare)) {
        values++;
    }
    return values;
}

static int by_place_number(const Entry *a, const Entry *b)
{
    return a->place < b->place ? -1 : a->place > b->place;
}

/* How many places there are, and whether each has as many images as the others. */
static size_t count_places(Entries e, bool *out_even)
{
    size_t places = 0;
    sort(e, by_place_number, by_order);
    size_t first = run_end(e, 0, by_place_number);
    *out_even = true;
    for (size_t n = 0; n < e.count;) {
        size_t end = run_end(e, n, by_place_number);
        *out_even = *out_even && end - n == first;
        places++;
        n = end;
    }
    return places;
}

static void number_places(Entries e)
{
    sort(e, by_place, by_order);
    size_t place = 0;
    for (size_t n = 0; n < e.count; place++) {
        size_t end = run_end(e, n, by_place);
        for (; n < end; n++) {
            e.entries[n].place = place;
        }
    }
}

/* Does every part that `compare` makes have all the places, each equally often? Leaves the entries sorted. */
static bool splits_evenly(Entries e, Compare compare)
{
    bool even;
    size_t places = count_places(e, &even);
    if (count_values(e, compare) < 2) {
        return false;
    }
    bool good = true;
    for (size_t n = 0; good && n < e.count;) {
        size_t end = run_end(e, n, compare);
        Entries part = {e.entries + n, end - n};
        good = count_places(part, &even) == places && even;
        n = end;
    }
    sort(e, compare, by_order);
    return good;
}

/* Numbers the images at each place by their times. False if a time is missing or stands twice at a place. */
static bool rank_by_time(Entries e)
{
    bool even;
    (void)count_places(e, &even);
    sort(e, by_place_number, by_time);
    for (size_t n = 0; even && n < e.count;) {
        size_t end = run_end(e, n, by_place_number);
        for (size_t first = n; n < end; n++) {
            double time = e.entries[n].frame->tags.time_s;
            if (time < 0 || (n > first && !(time > e.entries[n - 1].frame->tags.time_s))) {
                return false;
            }
            e.entries[n].rank = n - first;
        }
    }
    return even;
}

/* Room for one more in a list of the arena, which doubles when it is full. */
static void *with_room(Arena *arena, void *list, size_t count, size_t bytes)
{
    if ((count & (count - 1)) != 0) {
        return list; /* it has room up to the next power of two */
    }
    void *larger = arena_array(arena, count ? 2 * count : 1, bytes);
    if (count > 0) {
        memcpy(larger, list, count * bytes);
    }
    return larger;
}

static void add_part(Grouping *g, FrameSet *set, Entries e)
{
    set->parts = with_room(g->arena, set->parts, set->count, sizeof *set->parts);
    FramePart *part = &set->parts[set->count++];
    sort(e, by_order, by_order);
    part->frames = arena_array(g->arena, e.count, sizeof *part->frames);
    part->count = e.count;
    part->te_ms = part->b_value = part->time_s = -1;
    for (size_t n = 0; n < e.count; n++) {
        const FrameTags *tags = &e.entries[n].frame->tags;
        part->frames[n] = e.entries[n].frame;
        part->time_s = n == 0 || tags->time_s < part->time_s ? tags->time_s : part->time_s;
    }
    part->te_ms = e.entries[0].frame->tags.te_ms;
    part->b_value = e.entries[0].frame->tags.b_value;
    part->direction = e.entries[0].frame->tags.direction;
}

static bool is_volume(Entries e)
{
    bool even;
    return count_places(e, &even) == e.count;
}

static void make_parts(Grouping *g, FrameSet *set, Entries e)
{
    static const Compare tags[] = {by_b_value, by_direction, by_temporal, by_acquisition, by_time, by_rank};
    for (size_t t = 0; !is_volume(e) && t < sizeof tags / sizeof *tags; t++) {
        if ((tags[t] == by_rank && !rank_by_time(e)) || !splits_evenly(e, tags[t])) {
            continue;
        }
        for (size_t n = 0; n < e.count;) {
            size_t end = run_end(e, n, tags[t]);
            make_parts(g, set, (Entries){e.entries + n, end - n});
            n = end;
        }
        return;
    }
    add_part(g, set, e);
}

static int by_b_and_time(const void *a, const void *b)
{
    const FramePart *one = a, *two = b;
    const FrameTags *first = &one->frames[0]->tags, *second = &two->frames[0]->tags;
    int order = by_number(one->b_value, two->b_value);
    order = order ? order : by_number(one->time_s, two->time_s);
    order = order ? order : by_number(first->temporal, second->temporal);
    return order ? order : by_number(first->acquisition, second->acquisition);
}

static void add_set(Grouping *g, Entries e, bool split)
{
    g->sets = with_room(g->arena, g->sets, g->count, sizeof *g->sets);
    FrameSet *set = &g->sets[g->count++];
    make_parts(g, set, e);
    set->split = split;
    qsort(set->parts, set->count, sizeof *set->parts, by_b_and_time);
}

/* Echoes only where they stand at the same places; kinds of image wherever places have several images. */
static void make_sets(Grouping *g, Entries e, bool split)
{
    Compare by = NULL;
    if (count_values(e, by_localizer) > 1) {
        by = by_localizer;
    } else if (is_volume(e)) {
        by = NULL;
    } else if (count_values(e, by_kind) > 1) {
        by = by_kind;
    } else if (splits_evenly(e, by_echo)) {
        by = by_echo;
    }
    if (!by) {
        add_set(g, e, split);
        return;
    }
    sort(e, by, by_order);
    for (size_t n = 0; n < e.count;) {
        size_t end = run_end(e, n, by);
        make_sets(g, (Entries){e.entries + n, end - n}, true);
        n = end;
    }
}

FrameSet *frames_group(Arena *arena, const Frame *const *frames, size_t count, size_t *out_count)
{
    Grouping g = {.arena = arena};
    Entries e = {memory_array(count, sizeof *e.entries), count};
    for (size_t n = 0; n < count; n++) {
        e.entries[n] = (Entry){.frame = frames[n], .order = n};
    }
    if (count > 0 && frames[0]->projection) {
        for (size_t n = 0; n < count; n++) {
            add_set(&g, (Entries){e.entries + n, 1}, count > 1);
        }
    } else if (count > 0) {
        number_places(e);
        make_sets(&g, e, false);
    }
    free(e.entries);
    *out_count = g.count;
    return g.sets;
}
