/* Numbers, units and names for people. Nothing here looks at the result document. */
#include "report/words.h"

#include "base/text.h"
#include "report/columns.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Characters that a terminal or a browser acts upon instead of showing them. */
static bool is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7F && character < 0xA0) || character == 0x2028 ||
           character == 0x2029;
}

static bool is_direction(uint32_t character)
{
    return character == 0x200E || character == 0x200F || (character >= 0x202A && character <= 0x202E) ||
           (character >= 0x2066 && character <= 0x2069) || character == 0xFEFF;
}

/* Unicode's noncharacters: XML refuses U+FFFE and U+FFFF. */
static bool is_nothing(uint32_t character)
{
    return character == 0xFFFD || (character & 0xFFFEU) == 0xFFFE;
}

char *words_clean(Arena *arena, const char *text)
{
    if (!text)
        return NULL;
    AUTO_TEXT clean = TEXT_INIT;
    while (*text) {
        const char *start = text;
        uint32_t character = columns_next(&text);
        if (is_control(character))
            text_add(&clean, " ");
        else if (is_nothing(character))
            text_add(&clean, "\xEF\xBF\xBD");
        else if (!is_direction(character))
            text_add_bytes(&clean, start, (size_t)(text - start));
    }
    return arena_strdup(arena, text_string(&clean));
}

char *words_from_id(Arena *arena, const char *id)
{
    char *words = words_clean(arena, id);
    for (char *at = words; *at; at++) {
        if (*at == '_')
            *at = ' ';
    }
    return words;
}

char *words_from_path(Arena *arena, const char *id)
{
    char *clean = words_clean(arena, id);
    AUTO_TEXT words = TEXT_INIT;
    for (const char *at = clean; *at; at++) {
        if (*at == '.')
            text_add(&words, ", ");
        else
            text_add_bytes(&words, *at == '_' ? " " : at, 1);
    }
    return words_capital(arena, text_string(&words));
}

char *words_capital(Arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);
    copy[0] = (char)toupper((unsigned char)copy[0]);
    return copy;
}

char *words_inside(Arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);
    if (isupper((unsigned char)copy[0]) && islower((unsigned char)copy[1]))
        copy[0] = (char)tolower((unsigned char)copy[0]);
    return copy;
}

static char *share(Arena *arena, double probability)
{
    if (probability < 0.01)
        return arena_strdup(arena, "<1");
    if (probability > 0.99)
        return arena_strdup(arena, ">99");
    return arena_printf(arena, "%.0f", 100 * probability);
}

char *words_percent(Arena *arena, double probability)
{
    return arena_printf(arena, "%s %%", share(arena, probability));
}

char *words_interval(Arena *arena, double low, double high)
{
    const char *from = share(arena, low), *to = share(arena, high);
    return strcmp(from, to) == 0 ? arena_printf(arena, "%s %%", from)
                                 : arena_printf(arena, "%s–%s %%", from, to);
}

enum { MAX_DECIMALS = 6 };

/* Decimals that show `digits` significant digits of a number. */
static int decimals_of(double number, int digits)
{
    double magnitude = fabs(number);
    if (!(magnitude > 0))
        return 0;
    int decimals = digits - 1 - (int)floor(log10(magnitude));
    return decimals < 0 ? 0 : decimals > MAX_DECIMALS ? MAX_DECIMALS : decimals;
}

/* With a minus sign instead of a hyphen, and no "-0". */
static char *fixed(Arena *arena, double number, int decimals)
{
    char *text = arena_printf(arena, "%.*f", decimals, number);
    if (text[0] != '-')
        return text;
    return strpbrk(text, "123456789") ? arena_printf(arena, "−%s", text + 1) : text + 1;
}

static char *without_trailing_zeros(char *text)
{
    if (strchr(text, '.')) {
        size_t length = strlen(text);
        while (text[length - 1] == '0')
            length--;
        if (text[length - 1] == '.')
            length--;
        text[length] = '\0';
    }
    return text;
}

/* "1.62 × 10⁻⁵" */
static char *power_of_ten(Arena *arena, double number)
{
    static const char *const raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    int exponent = (int)floor(log10(fabs(number)));
    const char *mantissa = fixed(arena, number / pow(10, exponent), 2);
    AUTO_TEXT power = TEXT_INIT;
    const char *digits = arena_printf(arena, "%d", abs(exponent));
    for (const char *digit = digits; *digit; digit++)
        text_add(&power, raised[*digit - '0']);
    return arena_printf(arena, "%s × 10%s%s", mantissa, exponent < 0 ? "⁻" : "", text_string(&power));
}

char *words_number(Arena *arena, double number)
{
    if (fabs(number) > 0 && (fabs(number) < 1e-4 || fabs(number) >= 1e9))
        return power_of_ten(arena, number);
    return without_trailing_zeros(fixed(arena, number, decimals_of(number, 3)));
}

static int decimals_of_sd(double sd)
{
    double leading = sd / pow(10, floor(log10(sd)));
    return decimals_of(sd, leading < 3.55 ? 2 : 1);
}

char *words_number_sd(Arena *arena, double number, double sd)
{
    if (!(sd > 0) || sd < 1e-6)
        return words_number(arena, number);
    int decimals = decimals_of_sd(sd);
    return arena_printf(arena, "%s ± %s", fixed(arena, number, decimals), fixed(arena, sd, decimals));
}

char *words_odds(Arena *arena, double weight)
{
    double factor = exp(fabs(weight));
    if (factor > 1000)
        return arena_strdup(arena, ">1000");
    return fixed(arena, factor, factor < 10 ? 1 : 0);
}

/* UCUM (https://ucum.org) on the left, what a report prints on the right. */
static const struct {
    const char *ucum, *human;
} units[] = {
    {"1", ""},
    {"[hnsf'U]", "HU"},
    {"mL", "ml"},
    {"cm3", "cm³"},
    {"mm3", "mm³"},
    {"mm2", "mm²"},
    {"cm2", "cm²"},
    {"um2/ms", "µm²/ms"},
    {"10*-3.mm2/s", "× 10⁻³ mm²/s"},
    {"10*-6.mm2/s", "× 10⁻⁶ mm²/s"},
    {"mm2/s", "mm²/s"},
    {"/min", "min⁻¹"},
    {"min-1", "min⁻¹"},
    {"/s", "s⁻¹"},
    {"s-1", "s⁻¹"},
    {"deg", "°"},
    {"a", "years"},
    {"mo", "months"},
    {"d", "days"},
    {"g/mL", "g/ml"},
    {"g/ml{SUVbw}", "(SUV)"},
    {"g/mL{SUVbw}", "(SUV)"},
    {"{SUVbw}g/ml", "(SUV)"},
    {"{SUVbw}g/mL", "(SUV)"},
    {"{ratio}", "(ratio)"},
    {"mL/min/mL", "ml/min/ml"},
};

char *words_unit(Arena *arena, const char *ucum)
{
    for (size_t i = 0; ucum && i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(units[i].ucum, ucum) == 0)
            return arena_strdup(arena, units[i].human);
    }
    AUTO_TEXT unit = TEXT_INIT;
    bool inside = false;
    for (const char *at = ucum ? ucum : ""; *at; at++) {
        inside = inside || *at == '{';
        if (!inside)
            text_add_bytes(&unit, at, 1);
        inside = inside && *at != '}';
    }
    return words_clean(arena, text_string(&unit));
}

char *words_quantity(Arena *arena, const char *number, const char *ucum)
{
    const char *unit = words_unit(arena, ucum);
    return arena_printf(arena, "%s%s%s", number, *unit && strcmp(unit, "°") != 0 ? " " : "", unit);
}

/* The most decimals with which a unit is read. */
static int finest_decimals(const char *ucum)
{
    static const struct {
        const char *ucum;
        int decimals;
    } finest[] = {{"[hnsf'U]", 0}, {"mm3", 0}, {"mm2", 0}, {"%", 0}, {"a", 0},
                  {"d", 0},        {"mm", 1},  {"mL", 1},  {"1", 2}};
    for (size_t i = 0; ucum && i < sizeof finest / sizeof finest[0]; i++) {
        if (strcmp(finest[i].ucum, ucum) == 0)
            return finest[i].decimals;
    }
    return MAX_DECIMALS;
}

char *words_measured(Arena *arena, double number, double sd, const char *ucum)
{
    static const double days_of_month = 30.44;
    if (ucum && strcmp(ucum, "mo") == 0 && number > 0 && number < 1)
        return words_measured(arena, fmax(round(number * days_of_month), 1), sd * days_of_month, "d");
    if (ucum && number == 1 && strcmp(ucum, "d") == 0)
        return arena_strdup(arena, "1 day");
    if (ucum && number == 1 && strcmp(ucum, "mo") == 0)
        return arena_strdup(arena, "1 month");
    int finest = finest_decimals(ucum);
    double least = 0.5 * pow(10, -finest);
    bool rounds_to_nothing = fabs(number) > 0 && fabs(number) < least;
    if (finest == MAX_DECIMALS || rounds_to_nothing || fabs(number) >= 1e9)
        return words_quantity(arena, words_number_sd(arena, number, sd), ucum);
    if (!(sd >= least)) {
        int decimals = decimals_of(number, 3);
        char *value = fixed(arena, number, decimals < finest ? decimals : finest);
        return words_quantity(arena, without_trailing_zeros(value), ucum);
    }
    int decimals = decimals_of_sd(sd);
    decimals = decimals < finest ? decimals : finest;
    const char *value =
        arena_printf(arena, "%s ± %s", fixed(arena, number, decimals), fixed(arena, sd, decimals));
    return words_quantity(arena, value, ucum);
}

char *words_share(Arena *arena, double share)
{
    double percent = 100 * share;
    return arena_printf(arena, "%s %%", fixed(arena, percent, percent < 9.95 ? 1 : 0));
}

char *words_hash(Arena *arena, const char *hash)
{
    enum { SHORT_LENGTH = 8 };
    if (!hash)
        return NULL;
    static const char algorithm[] = "sha256:";
    bool named = strncmp(hash, algorithm, sizeof algorithm - 1) == 0;
    char *digest = words_clean(arena, named ? hash + sizeof algorithm - 1 : hash);
    size_t hex = strspn(digest, "0123456789abcdefABCDEF");
    if (hex > SHORT_LENGTH && digest[hex] == '\0')
        digest[SHORT_LENGTH] = '\0';
    return digest;
}

/* Does `text` begin as the pattern, in which 0 stands for any digit? */
static bool begins_as(const char *text, const char *pattern)
{
    for (; *pattern; text++, pattern++) {
        if (*pattern == '0' ? !isdigit((unsigned char)*text) : *text != *pattern)
            return false;
    }
    return true;
}

char *words_date(Arena *arena, const char *time)
{
    char *clean = words_clean(arena, time ? time : "");
    if (begins_as(clean, "0000-00-00"))
        clean[10] = '\0';
    return clean;
}

char *words_time(Arena *arena, const char *time)
{
    char *clean = words_clean(arena, time ? time : "");
    if (!begins_as(clean, "0000-00-00T00:00"))
        return clean;
    clean[10] = ' ';
    size_t length = strlen(clean);
    if (clean[length - 1] != 'Z')
        return clean;
    clean[length - 1] = '\0';
    return arena_printf(arena, "%s UTC", clean);
}
