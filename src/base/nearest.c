/* The nearest name. Distance: restricted Damerau-Levenshtein (insert, delete, replace, swap two neighbours),
 * counted in halves, as slips of letter case and of separators count half. */
#include "base/nearest.h"

#include <stdbool.h>
#include <string.h>

enum { LONGEST_NAME = 96, WHOLE = 2, HALF = 1 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_separator(char c)
{
    return c == '-' || c == '.' || c == '_';
}

static size_t cost_of_one(char c)
{
    return is_separator(c) ? HALF : WHOLE;
}

static size_t cost_of_replacing(char a, char b)
{
    if (a == b) {
        return 0;
    }
    return lower(a) == lower(b) || (is_separator(a) && is_separator(b)) ? HALF : WHOLE;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The distance in halves; neither name is longer than LONGEST_NAME. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST_NAME + 1]; /* the current row and the two above it, by turns */
    rows[0][0] = 0;
    for (size_t k = 1; k <= b_length; k++) {
        rows[0][k] = rows[0][k - 1] + cost_of_one(b[k - 1]);
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = above[0] + cost_of_one(a[i - 1]);
        for (size_t k = 1; k <= b_length; k++) {
            size_t best = above[k - 1] + cost_of_replacing(a[i - 1], b[k - 1]);
            best = least(best, above[k] + cost_of_one(a[i - 1]));
            best = least(best, row[k - 1] + cost_of_one(b[k - 1]));
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
                best = least(best, two_above[k - 2] + WHOLE);
            }
            row[k] = best;
        }
    }
    return rows[a_length % 3][b_length];
}

static bool is_last_part(const char *given, const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && strcmp(dot + 1, given) == 0;
}

const char *nearest_name(const char *given, const char *const *names, size_t count)
{
    size_t given_length = strnlen(given, LONGEST_NAME + 1);
    if (given_length == 0 || given_length > LONGEST_NAME) {
        return NULL;
    }
    const char *nearest = NULL, *by_last_part = NULL;
    size_t nearest_distance = (size_t)-1;
    for (size_t i = 0; i < count; i++) {
        size_t length = strnlen(names[i], LONGEST_NAME + 1);
        if (length > LONGEST_NAME) {
            continue;
        }
        size_t longer = length > given_length ? length : given_length;
        size_t allowed = longer < 3 ? WHOLE : WHOLE * longer / 3;
        size_t d = distance(given, given_length, names[i], length);
        if (d <= allowed && d < nearest_distance) {
            nearest = names[i];
            nearest_distance = d;
        }
        if (!by_last_part && is_last_part(given, names[i])) {
            by_last_part = names[i];
        }
    }
    /* The same word below another name is meant more likely than another word, but for a slip of case or
     * separators. */
    return by_last_part && nearest_distance > HALF ? by_last_part : nearest;
}
