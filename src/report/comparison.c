/* A dens-comparison/1 in words, for its two renderings. Nothing is computed: numbers are rounded. */
#include "report/comparison.h"

#include "base/text.h"
#include "report/words.h"

#include <math.h>
#include <string.h>

static size_t source_count(const Value *document)
{
    const Value *sources = value_get(document, "sources");
    return sources ? sources->count : 0;
}

Compared *compared_new(const Value *document, const Messages *messages, Arena *arena)
{
    Compared *c = arena_alloc(arena, sizeof *c);
    *c = (Compared){.arena = arena,
                    .messages = messages,
                    .document = document,
                    .untranslated = arena_alloc(arena, sizeof *c->untranslated)};
    *c->untranslated = 0;
    c->keys = arena_array(arena, source_count(document) + 1, sizeof *c->keys);
    VALUE_EACH(source, value_get(document, "sources"))
    {
        c->keys[c->key_count++] = source->key;
    }
    return c;
}

static const char *said(const Compared *c, const char *english)
{
    const char *text = messages_say(c->arena, c->messages, english);
    *c->untranslated += !text;
    return words_clean(c->arena, text ? text : english);
}

const char *compared_string(const Compared *c, const Value *text)
{
    const char *string = value_string(text);
    return string && string[0] ? said(c, string) : "";
}

const char *compared_said(const Compared *c, const Value *map, const char *key)
{
    return compared_string(c, value_get(map, key));
}

const char *compared_text(const Compared *c, const Value *map, const char *key)
{
    const char *string = value_text(map, key);
    return string ? words_clean(c->arena, string) : "";
}

const char *compared_untranslated(const Compared *c)
{
    size_t count = *c->untranslated;
    return count == 0   ? NULL
           : count == 1 ? compared_message(c, MESSAGE_UNTRANSLATED_ONE)
                        : messages_fill(c->arena, c->messages, MESSAGE_UNTRANSLATED_PATTERN,
                                        arena_printf(c->arena, "%zu", count), NULL);
}

const char *compared_message(const Compared *c, MessageId id)
{
    return messages_text(c->messages, id);
}

const char *compared_side(const Compared *c, const char *key)
{
    const Value *side = value_get(c->document, key);
    AUTO_TEXT text = TEXT_INIT;
    bool dated = value_text(side, "date") != NULL;
    text_addf(&text, "%s %s", compared_message(c, dated ? MESSAGE_IMAGES_OF : MESSAGE_EVALUATED),
              dated
                  ? compared_text(c, side, "date")
                  : words_date(c->arena, value_text(side, "evaluated") ? value_text(side, "evaluated") : ""));
    const Value *levels = value_get(side, "levels");
    VALUE_EACH(level, levels)
    {
        text_addf(&text, "%s%s",
                  level == levels->first
                      ? arena_printf(c->arena, "; %s ", compared_message(c, MESSAGE_LEVELS))
                      : ", ",
                  compared_string(c, level));
    }
    return arena_strdup(c->arena, text_string(&text));
}

bool compared_is_judged(const Value *measurement)
{
    return value_get(measurement, "change") != NULL;
}

const char *compared_value(const Compared *c, const Value *measurement, const char *side)
{
    const Value *map = value_get(measurement, side);
    const char *unit = value_text(measurement, "unit");
    return words_measured(c->arena, value_number_or(map, "value", 0), value_number_or(map, "sd", 0),
                          unit ? unit : "1");
}

/* With its sign: "+5.9 mL". */
static const char *signed_value(const Compared *c, const Value *measurement, double number)
{
    const char *unit = value_text(measurement, "unit");
    return arena_printf(c->arena, "%s%s", number < 0 ? "−" : "+",
                        words_quantity(c->arena, words_number(c->arena, fabs(number)), unit ? unit : "1"));
}

const char *compared_change(const Compared *c, const Value *measurement)
{
    double percent;
    const char *change = signed_value(c, measurement, value_number_or(measurement, "change", 0));
    if (!value_number(value_get(measurement, "percent"), &percent)) {
        return change;
    }
    return arena_printf(c->arena, "%s (%s%.0f %%)", change, percent < 0 ? "−" : "+", fabs(percent));
}

const char *compared_verdict(const Compared *c, const Value *measurement)
{
    const char *word = messages_word(c->messages->verdicts, value_text(measurement, "verdict"));
    return word ? word : compared_text(c, measurement, "verdict");
}

const char *compared_basis(const Compared *c, const Value *measurement)
{
    const char *basis = compared_text(c, measurement, "basis");
    const Value *range = value_get(measurement, "range");
    if (!range) {
        return compared_said(c, measurement, "reason");
    }
    double low = 0, high = 0;
    (void)value_number(value_at(range, 0), &low);
    (void)value_number(value_at(range, 1), &high);
    const char *explained =
        messages_fill(c->arena, c->messages, MESSAGE_EXPLAINED_PATTERN, signed_value(c, measurement, low),
                      signed_value(c, measurement, high));
    const char *why = strcmp(basis, "published") == 0
                          ? compared_said(c, value_get(measurement, "repeatability"), "limits")
                          : compared_message(c, MESSAGE_OWN_ERROR);
    return arena_printf(c->arena, "%s; %s", explained, why);
}

const char *compared_probability(const Compared *c, const Value *diagnosis, const char *side)
{
    const Value *map = value_get(diagnosis, side), *interval = value_get(map, "interval");
    double probability;
    if (!value_number(value_get(map, "probability"), &probability)) {
        return compared_message(c, MESSAGE_NOT_RANKED);
    }
    const char *percent = words_percent(c->arena, probability);
    double low, high;
    if (value_number(value_at(interval, 0), &low) && value_number(value_at(interval, 1), &high)) {
        percent = arena_printf(c->arena, "%s (%s)", percent, words_interval(c->arena, low, high));
    }
    return messages_fill(c->arena, c->messages, MESSAGE_RANK_PATTERN, percent,
                         words_number(c->arena, value_number_or(map, "rank", 0)));
}

size_t compared_reference(const Compared *c, const char *key)
{
    for (size_t i = 0; key && i < c->key_count; i++) {
        if (strcmp(c->keys[i], key) == 0) {
            return i + 1;
        }
    }
    return 0;
}
