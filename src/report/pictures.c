/* The pictures of a result as one file beside it, so that a report can be drawn again without the images: a
 * line of JSON that tells of each, then the bytes of all, grey values and outlines in turn. */
#include "report/pictures.h"

#include "base/file.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_PICTURE_BYTES = 1 << 28, MOST_SIDE = 1 << 14 };

void report_keep_pictures(const ReportPictures *pictures, Text *out)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *list = value_new_list(arena);
    for (size_t i = 0; i < pictures->count; i++) {
        const ReportPicture *picture = &pictures->items[i];
        Value *map = value_add_map(list);
        value_set_string(map, "role", picture->role);
        value_set_integer(map, "plane", picture->plane);
        value_set_integer(map, "width", (long long)picture->width);
        value_set_integer(map, "height", (long long)picture->height);
        value_set_number(map, "pixel_mm", picture->pixel_mm);
        value_set_integer(map, "outline", (long long)picture->outline_count);
        value_set_bool(map, "bare", picture->bare);
    }
    json_write(list, JSON_COMPACT, out);
    text_add(out, "\n");
    for (size_t i = 0; i < pictures->count; i++) {
        const ReportPicture *picture = &pictures->items[i];
        text_add_bytes(out, (const char *)picture->grey, picture->width * picture->height);
        text_add_bytes(out, (const char *)picture->outline,
                       picture->outline_count * sizeof *picture->outline);
    }
}

static size_t size_of(const Value *map, const char *key, size_t most)
{
    double number = value_number_or(map, key, -1);
    return number >= 0 && number <= (double)most ? (size_t)number : SIZE_MAX;
}

/* Takes a picture's bytes from *at. */
static bool read_picture(const Value *map, const char **at, const char *end, Arena *arena, ReportPicture *out)
{
    size_t width = size_of(map, "width", MOST_SIDE), height = size_of(map, "height", MOST_SIDE),
           stretches = size_of(map, "outline", MOST_PICTURE_BYTES / sizeof *out->outline);
    if (width > MOST_SIDE || height > MOST_SIDE || stretches == SIZE_MAX || !value_text(map, "role")) {
        return false;
    }
    size_t grey = width * height, outline = stretches * sizeof *out->outline;
    if (grey + outline > (size_t)(end - *at)) {
        return false;
    }
    uint8_t *pixels = arena_array(arena, grey + 1, 1);
    float(*lines)[4] = arena_array(arena, stretches + 1, sizeof *lines);
    memcpy(pixels, *at, grey);
    memcpy(lines, *at + grey, outline);
    *at += grey + outline;
    *out = (ReportPicture){.role = value_text(map, "role"),
                           .plane =
                               value_number_or(map, "plane", 0) == PLANE_AXIAL ? PLANE_AXIAL : PLANE_SAGITTAL,
                           .width = width,
                           .height = height,
                           .pixel_mm = value_number_or(map, "pixel_mm", 1),
                           .grey = pixels,
                           .outline_count = stretches,
                           .outline = (const float(*)[4])lines,
                           .bare = value_truth(map, "bare")};
    return true;
}

bool report_read_pictures(const char *path, Arena *arena, ReportPictures *out, DensError **err)
{
    size_t length = 0;
    char *bytes = file_read(path, MOST_PICTURE_BYTES, &length, err);
    if (!bytes) {
        return false;
    }
    size_t head = strcspn(bytes, "\n");
    const char *at = bytes + head + (head < length), *end = bytes + length;
    const Value *list = json_parse(arena, bytes, head, "the pictures", err);
    ReportPicture *items = arena_array(arena, (list ? list->count : 0) + 1, sizeof *items);
    bool good = list != NULL;
    *out = (ReportPictures){.items = items};
    VALUE_EACH(map, list)
    {
        good = good && read_picture(map, &at, end, arena, &items[out->count++]);
    }
    free(bytes);
    return good || !list || error_input(err, "the pictures", "are damaged");
}
