/* JSON: whatever the bytes are, the parser answers a tree or one clear error; a tree that it answers is
 * written as JSON that reads back as the same tree, and every node knows a place in the text. */
#include "fuzz.h"

#include "base/json.h"

#include <stdlib.h>

static void check(bool ok)
{
    if (!ok) {
        abort(); /* how a fuzz target says that it found something */
    }
}

static void check_places(const Value *node)
{
    check(node->line >= 1 && node->column >= 1);
    check(!node->key || (node->key_line >= 1 && node->key_column >= 1));
    VALUE_EACH(child, node)
    {
        check(child->parent == node);
        check_places(child);
    }
}

static void check_round_trip(Arena *arena, const Value *value, JsonStyle style)
{
    AUTO_TEXT text = TEXT_INIT;
    json_write(value, style, &text);
    DensError *err = NULL;
    const Value *again = json_parse(arena, text_string(&text), text.length, "again", &err);
    check(again && !err && value_equal(value, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(error_auto) DensError *err = NULL;
    const Value *value = json_parse(arena, (const char *)data, size, "fuzz", &err);
    check((value != NULL) == (err == NULL));
    if (!value) {
        check(dens_error_code(err) == DENS_ERROR_INPUT && *dens_error_where(err) && *dens_error_summary(err));
        return 0;
    }
    check_places(value);
    check_round_trip(arena, value, JSON_COMPACT);
    check_round_trip(arena, value, JSON_PRETTY);
    return 0;
}
