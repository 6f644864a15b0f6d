/* Terminal columns of UTF-8 text. The two tables hold ascending, separate ranges; they cover the scripts of
 * the reports (Latin with combining marks, Greek, Cyrillic, Chinese, Japanese, Korean, symbols), not all of
 * Unicode. Source: Unicode Standard Annex 11 (East Asian Width), general categories Mn, Me and Cf. */
#include "report/columns.h"

#include "base/utf8.h"

#include <stdbool.h>

typedef struct {
    uint32_t first, last;
} Range;

static const Range zero_width[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD},   {0x064B, 0x065F}, {0x0E31, 0x0E31},
    {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF},   {0x1DC0, 0x1DFF}, {0x200B, 0x200F},
    {0x2060, 0x2064}, {0x20D0, 0x20F0}, {0x302A, 0x302D},   {0x3099, 0x309A}, {0xFE00, 0xFE0F},
    {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}, {0xE0100, 0xE01EF},
};

static const Range wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x25FD, 0x25FE},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x26A1, 0x26A1},   {0x2705, 0x2705},   {0x274C, 0x274C},   {0x2753, 0x2755},
    {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},
    {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE10, 0xFE19},   {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x16FE0, 0x18DFF}, {0x1B000, 0x1B2FF}, {0x1F300, 0x1F64F},
    {0x1F680, 0x1F6FF}, {0x1F7E0, 0x1F7EB}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD},
};

static bool in_ranges(const Range *ranges, size_t count, uint32_t character)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (character > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && character >= ranges[low].first;
}

uint32_t columns_next(const char **text)
{
    static const unsigned char lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    enum { REPLACEMENT = 0xFFFD, LONGEST = 4 };
    const char *bytes = *text;
    if (!*bytes)
        return 0;
    size_t length = utf8_length(bytes, LONGEST); /* stops at the terminator, which is no continuation */
    *text += length ? length : 1;
    if (!length)
        return REPLACEMENT;
    uint32_t character = (unsigned char)bytes[0] & lead_bits[length];
    for (size_t i = 1; i < length; i++)
        character = character << 6 | ((unsigned char)bytes[i] & 0x3FU);
    return character;
}

size_t columns_of_character(uint32_t character)
{
    if (character < 0x300)
        return 1;
    if (in_ranges(zero_width, sizeof zero_width / sizeof zero_width[0], character))
        return 0;
    return in_ranges(wide, sizeof wide / sizeof wide[0], character) ? 2 : 1;
}

size_t columns_of(const char *text)
{
    size_t columns = 0;
    for (uint32_t character; (character = columns_next(&text)) != 0;)
        columns += columns_of_character(character);
    return columns;
}

static bool is_one_of(uint32_t character, const char *list)
{
    for (uint32_t other; (other = columns_next(&list)) != 0;) {
        if (other == character)
            return true;
    }
    return false;
}

/* May a line end between two characters of East Asian text? No line begins with a closing mark, none ends
 * with an opening one. */
static bool may_part(uint32_t before, uint32_t after)
{
    return !is_one_of(after, "、，。；：！？）」』】》”’") && !is_one_of(before, "（「『【《“‘");
}

size_t columns_break(const char *text, size_t columns, size_t *out_next)
{
    const char *at = text;
    size_t used = 0, best = 0;
    bool before_wide = false;
    uint32_t before = 0;
    for (;;) {
        const char *here = at;
        uint32_t character = columns_next(&at);
        size_t width = columns_of_character(character);
        if (!character || (character == ' ' && *at != '%') ||
            ((width == 2 || before_wide) && here > text && width > 0 && may_part(before, character)))
            best = (size_t)(here - text);
        if (!character)
            break;
        if (character != ' ' && used + width > columns) {
            if (best == 0)
                best = here > text ? (size_t)(here - text) : (size_t)(at - text);
            break;
        }
        used += width;
        before_wide = width == 2 || (before_wide && width == 0);
        before = width > 0 ? character : before;
    }
    size_t next = best;
    while (text[next] == ' ')
        next++;
    while (best > 0 && text[best - 1] == ' ')
        best--;
    *out_next = next;
    return best;
}
