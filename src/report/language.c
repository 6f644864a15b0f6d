/* See language.h. A text is looked up whole; what is not found is taken apart by the patterns of its kind,
 * each place with all that may stand before the pattern's next words, the shortest first. Every place is
 * shorter than its text, so this ends; what was tried once is not tried again. */
#include "report/language.h"

#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"
#include "document/check.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_PLACES = 9, TEXT_BYTES_MAX = 4000, TRIED_SIZE = 4096 };

/* Kinds that every file has; those that it names itself follow. */
enum { KIND_TEXT, KIND_NUMBER, KIND_NAME, KINDS_BUILT_IN };

typedef struct {
    size_t kind;
    const char *english, *say;
} Entry;

/* "Age {1:number} years": words[0], place 0, words[1], … ; the words between two places are never empty. */
typedef struct {
    size_t kind, place_count;
    const char *words[MOST_PLACES + 1];
    int numbers[MOST_PLACES]; /* 1 to 9 */
    size_t kinds[MOST_PLACES];
    const char *say;
} Pattern;

struct Language {
    Arena *arena;
    const char *code;
    size_t kind_count;
    const char **kinds;
    size_t entry_count;
    Entry *entries; /* sorted by English text, then kind */
    size_t pattern_count;
    Pattern *patterns;
};

/* ---- looking up --------------------------------------------------------------------------------------- */

static int compare_entries(const void *a, const void *b)
{
    const Entry *one = a, *other = b;
    int order = strcmp(one->english, other->english);
    return order ? order : (one->kind > other->kind) - (one->kind < other->kind);
}

static const char *entry_of(const Language *language, size_t kind, const char *english)
{
    Entry key = {.kind = kind, .english = english};
    const Entry *found = bsearch(&key, language->entries, language->entry_count, sizeof key, compare_entries);
    return found ? found->say : NULL;
}

/* Whole: by its kind, else by the texts without one; as it stands, else with the first letter's case turned.
 */
static const char *whole(const Language *language, Arena *arena, size_t kind, const char *english)
{
    char *turned = arena_strdup(arena, english);
    bool upper = isupper((unsigned char)turned[0]);
    turned[0] = (char)(upper ? tolower((unsigned char)turned[0]) : toupper((unsigned char)turned[0]));
    const char *texts[] = {english, turned};
    size_t kinds[] = {kind, KIND_TEXT};
    for (size_t i = 0; i < 4; i++) {
        const char *say = entry_of(language, kinds[i / 2], texts[i % 2]);
        if (say) {
            return say;
        }
    }
    return NULL;
}

/* Digits, and what stands among them in a number, a range or a share. */
static bool is_number(const char *text)
{
    static const char *const signs[] = {"−", "–", "±", "×", "·", "⁻", "⁰", "¹", "²", "³", "⁴",
                                        "⁵", "⁶", "⁷", "⁸", "⁹", ".", "+", "-", "<", ">", " "};
    bool any = false;
    while (*text) {
        size_t i = 0, length = 1;
        if (!isdigit((unsigned char)*text)) {
            while (i < CHECK_COUNT(signs) && strncmp(text, signs[i], strlen(signs[i])) != 0) {
                i++;
            }
            if (i == CHECK_COUNT(signs)) {
                return false;
            }
            length = strlen(signs[i]);
        }
        any = any || isdigit((unsigned char)*text);
        text += length;
    }
    return any;
}

/* Grades, levels and markers: "IIIB", "C2", "CD99". */
static bool is_abbreviation(const char *text)
{
    return *text && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+") == strlen(text);
}

/* What is the same in every language. */
static bool stays(const char *text)
{
    return is_number(text) || is_abbreviation(text);
}

/* ---- taking apart ------------------------------------------------------------------------------------- */

typedef struct {
    size_t kind;
    const char *text, *say; /* say NULL: there are no words for it */
} Tried;

typedef struct {
    const Language *language;
    Arena *arena;
    Tried *tried; /* by their hash; a later one takes the place */
} Saying;

static const char *say(Saying *s, size_t kind, const char *english);

/* The part of the text that begins at `rest` fits the pattern from place `place` on; fills what is said
 * there. */
static bool fits(Saying *s, const Pattern *p, size_t place, const char *rest, const char **said)
{
    if (place == p->place_count) {
        return *rest == '\0';
    }
    const char *next = p->words[place + 1];
    size_t length = strlen(next);
    if (!*next) { /* the pattern ends with this place */
        said[place] = *rest ? say(s, p->kinds[place], rest) : NULL;
        return said[place] != NULL;
    }
    for (const char *at = strstr(rest, next); at; at = strstr(at + 1, next)) {
        if (at == rest) {
            continue;
        }
        const char *part = arena_strndup(s->arena, rest, (size_t)(at - rest));
        said[place] = say(s, p->kinds[place], part);
        if (said[place] && fits(s, p, place + 1, at + length, said)) {
            return true;
        }
    }
    return false;
}

static const char *put_together(const Saying *s, const Pattern *p, const char *const *said)
{
    AUTO_TEXT text = TEXT_INIT;
    for (const char *at = p->say; *at; at++) {
        size_t place = 0;
        bool is_place = at[0] == '{' && isdigit((unsigned char)at[1]) && at[2] == '}';
        while (is_place && p->numbers[place] != at[1] - '0') { /* there is one: check_said() */
            place++;
        }
        if (is_place && said[place]) {
            text_add(&text, said[place]);
            at += 2;
        } else {
            text_add_bytes(&text, at, 1);
        }
    }
    return arena_strdup(s->arena, text_string(&text));
}

/* The text begins with the pattern's first words; either may have a capital there. */
static const char *after_first_words(const Pattern *p, const char *english)
{
    const char *first = p->words[0];
    size_t length = strlen(first);
    bool same = length == 0 || (tolower((unsigned char)first[0]) == tolower((unsigned char)english[0]) &&
                                strncmp(first + 1, english + 1, length - 1) == 0);
    return same ? english + length : NULL;
}

static const char *by_pattern(Saying *s, size_t kind, const char *english)
{
    for (size_t i = 0; i < s->language->pattern_count; i++) {
        const Pattern *p = &s->language->patterns[i];
        const char *rest = p->kind == kind ? after_first_words(p, english) : NULL;
        const char *said[MOST_PLACES] = {NULL};
        if (rest && fits(s, p, 0, rest, said)) {
            return put_together(s, p, said);
        }
    }
    return NULL;
}

static size_t tried_place(size_t kind, const char *text)
{
    size_t hash = 5381 + kind;
    for (; *text; text++) {
        hash = hash * 33 + (unsigned char)*text;
    }
    return hash % TRIED_SIZE;
}

static const char *say(Saying *s, size_t kind, const char *english)
{
    if (kind == KIND_NAME || is_number(english)) {
        return english;
    }
    if (kind == KIND_NUMBER) {
        return NULL;
    }
    Tried *tried = &s->tried[tried_place(kind, english)];
    if (tried->text && tried->kind == kind && strcmp(tried->text, english) == 0) {
        return tried->say;
    }
    const char *said = whole(s->language, s->arena, kind, english);
    if (!said) {
        said = is_abbreviation(english) ? english : by_pattern(s, kind, english);
    }
    *tried = (Tried){kind, english, said};
    return said;
}

const char *language_say(const Language *language, Arena *arena, const char *english)
{
    size_t length = strlen(english);
    while (length > 0 && strchr(" \n", english[length - 1])) {
        length--;
    }
    english = arena_strndup(arena, english, length);
    const char *said = whole(language, arena, KIND_TEXT, english);
    if (said || length > TEXT_BYTES_MAX || stays(english)) {
        return said || !stays(english) ? said : english;
    }
    Arena *scratch = arena_new();
    Saying s = {language, scratch, arena_array(scratch, TRIED_SIZE, sizeof(Tried))};
    said = by_pattern(&s, KIND_TEXT, english);
    said = said ? arena_strdup(arena, said) : NULL;
    arena_free(scratch);
    return said;
}

const char *language_word(const Language *language, Arena *arena, const char *kind, const char *english)
{
    size_t i = 0;
    while (i < language->kind_count && strcmp(language->kinds[i], kind) != 0) {
        i++;
    }
    return whole(language, arena, i < language->kind_count ? i : KIND_TEXT, english);
}

const char *language_code(const Language *language)
{
    return language->code;
}

/* ---- loading ------------------------------------------------------------------------------------------ */

typedef struct {
    Check check;
    Language *language;
} Loader;

/* The kind's number; one that was not met before gets the next. */
static size_t kind_of(Loader *l, const char *name)
{
    Language *language = l->language;
    size_t i = 0;
    while (i < language->kind_count && strcmp(language->kinds[i], name) != 0) {
        i++;
    }
    if (i == language->kind_count) {
        language->kinds[language->kind_count++] = arena_strdup(language->arena, name);
    }
    return i;
}

static const char *trimmed(const Loader *l, const Value *map, const char *key)
{
    const char *text = check_required_text(&l->check, map, key);
    size_t length = text ? strlen(text) : 0;
    while (length > 0 && text[length - 1] == '\n') {
        length--;
    }
    return text ? arena_strndup(l->language->arena, text, length) : NULL;
}

static bool read_pair(Loader *l, const Value *item, size_t *kind, const char **english, const char **said)
{
    static const char *const keys[] = {"kind", "en", "say"};
    const Value *name;
    if (!check_kind(&l->check, item, VALUE_MAP) || !check_keys(&l->check, item, keys, CHECK_COUNT(keys)) ||
        !check_optional(&l->check, item, "kind", VALUE_STRING, &name) ||
        !(*english = trimmed(l, item, "en")) || !(*said = trimmed(l, item, "say"))) {
        return false;
    }
    *kind = name ? kind_of(l, name->string) : KIND_TEXT;
    return true;
}

static bool load_texts(Loader *l, const Value *root)
{
    const Value *list = check_required(&l->check, root, "texts", VALUE_LIST);
    if (!list) {
        return false;
    }
    Language *language = l->language;
    language->entries = arena_array(language->arena, list->count, sizeof(Entry));
    VALUE_EACH(item, list)
    {
        Entry *entry = &language->entries[language->entry_count];
        if (!read_pair(l, item, &entry->kind, &entry->english, &entry->say)) {
            return false;
        }
        language->entry_count++;
    }
    qsort(language->entries, language->entry_count, sizeof(Entry), compare_entries);
    for (size_t i = 1; i < language->entry_count; i++) {
        if (compare_entries(&language->entries[i - 1], &language->entries[i]) == 0) {
            return check_fail(&l->check, list, "\"%.60s\" stands here twice", language->entries[i].english);
        }
    }
    return true;
}

/* Reads "{1:kind}" at `at`; its length, or 0 after an error. */
static size_t read_place(Loader *l, const Value *item, const char *at, Pattern *out)
{
    size_t length = strcspn(at, "}");
    if (!isdigit((unsigned char)at[1]) || at[1] == '0' || at[2] != ':' || at[length] != '}' || length < 4) {
        check_fail(&l->check, value_get(item, "en"), "a place is written {1:kind}");
        return 0;
    }
    for (size_t i = 0; i < out->place_count; i++) {
        if (out->numbers[i] == at[1] - '0') {
            check_fail(&l->check, value_get(item, "en"), "the place {%d} is there twice", out->numbers[i]);
            return 0;
        }
    }
    out->numbers[out->place_count] = at[1] - '0';
    out->kinds[out->place_count] = kind_of(l, arena_strndup(l->check.scratch, at + 3, length - 3));
    out->place_count++;
    return length + 1;
}

/* Every place of the translation is one of the pattern's. */
static bool check_said(const Loader *l, const Value *item, const Pattern *p)
{
    for (const char *at = strchr(p->say, '{'); at; at = strchr(at + 1, '{')) {
        bool known = false;
        for (size_t i = 0; i < p->place_count; i++) {
            known = known || (p->numbers[i] == at[1] - '0' && at[2] == '}');
        }
        if (!known) {
            return check_fail(&l->check, value_get(item, "say"), "has a place that the English has not");
        }
    }
    return true;
}

static bool load_pattern(Loader *l, const Value *item, Pattern *out)
{
    const char *at;
    if (!read_pair(l, item, &out->kind, &at, &out->say)) {
        return false;
    }
    Arena *arena = l->language->arena;
    size_t words_length = strcspn(at, "{");
    size_t total = words_length;
    out->words[0] = arena_strndup(arena, at, words_length);
    at += words_length;
    while (*at) {
        if (out->place_count == MOST_PLACES) {
            return check_fail(&l->check, value_get(item, "en"), "has more than %d places", MOST_PLACES);
        }
        size_t length = read_place(l, item, at, out);
        if (!length) {
            return false;
        }
        at += length;
        words_length = strcspn(at, "{");
        if (!words_length && *at) {
            return check_fail(&l->check, value_get(item, "en"), "two places need words between them");
        }
        out->words[out->place_count] = arena_strndup(arena, at, words_length);
        total += words_length;
        at += words_length;
    }
    if (!out->place_count || !total) {
        return check_fail(&l->check, value_get(item, "en"), "a pattern has words and a place");
    }
    return check_said(l, item, out);
}

static bool load_patterns(Loader *l, const Value *root)
{
    const Value *list = check_required(&l->check, root, "patterns", VALUE_LIST);
    if (!list) {
        return false;
    }
    Language *language = l->language;
    language->patterns = arena_array(language->arena, list->count, sizeof(Pattern));
    VALUE_EACH(item, list)
    {
        if (!load_pattern(l, item, &language->patterns[language->pattern_count++])) {
            return false;
        }
    }
    return true;
}

static size_t names_in(const Value *list)
{
    return list && list->kind == VALUE_LIST ? list->count : 0;
}

static bool load(Loader *l, const Value *root)
{
    static const char *const keys[] = {"format", "language", "texts", "patterns"};
    static const char *const formats[] = {"dens-language/1"};
    static const char *const built_in[] = {"text", "number", "name"};
    Language *language = l->language;
    size_t format, room = KINDS_BUILT_IN + names_in(value_get(root, "texts")) +
                          (MOST_PLACES + 1) * names_in(value_get(root, "patterns"));
    if (!check_kind(&l->check, root, VALUE_MAP) || !check_keys(&l->check, root, keys, CHECK_COUNT(keys)) ||
        !check_required_text(&l->check, root, "format") ||
        !check_one_of(&l->check, value_get(root, "format"), "format", formats, 1, &format) ||
        !(language->code = trimmed(l, root, "language"))) {
        return false;
    }
    language->kinds = arena_array(language->arena, room, sizeof *language->kinds);
    for (size_t i = 0; i < KINDS_BUILT_IN; i++) {
        (void)kind_of(l, built_in[i]);
    }
    return load_texts(l, root) && load_patterns(l, root);
}

static bool is_name(const char *id)
{
    size_t length = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
    return length > 0 && id[length] == '\0';
}

Language *language_load(const char *folder, const char *id, DensError **err)
{
    AUTO(arena_auto) Arena *scratch = arena_new();
    const char *languages = file_join(scratch, folder, "languages");
    const char *file = file_join(scratch, languages, arena_printf(scratch, "%s.yaml", id));
    if (!is_name(id) || access(file, R_OK) != 0) {
        error_set(err, DENS_ERROR_USAGE, "--language",
                  "there is no language \"%.40s\"; English is en, others are the files of %s", id, languages);
        return NULL;
    }
    const Value *root = yaml_read(scratch, file, err);
    if (!root) {
        return NULL;
    }
    Arena *arena = arena_new();
    AUTO(language_auto) Language *language = arena_alloc(arena, sizeof *language);
    language->arena = arena;
    Loader l = {{scratch, file, err}, language};
    return load(&l, root) ? TAKE(language) : NULL;
}

void language_free(Language *language)
{
    if (language) {
        arena_free(language->arena);
    }
}
