/* YAML: whatever the bytes are, the parser answers a tree or one clear error; a tree that it answers can be
 * written as JSON that reads back as the same tree. */
#include "fuzz.h"

#include "base/json.h"
#include "base/yaml.h"

#include <stdlib.h>

static void check(bool ok)
{
    if (!ok) {
        abort(); /* how a fuzz target says that it found something */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(error_auto) DensError *err = NULL;
    const Value *value = yaml_parse(arena, (const char *)data, size, "fuzz", &err);
    check((value != NULL) == (err == NULL));
    if (!value) {
        check(*dens_error_where(err) && *dens_error_summary(err));
        return 0;
    }
    AUTO_TEXT text = TEXT_INIT;
    json_write(value, JSON_COMPACT, &text);
    const Value *again = json_parse(arena, text_string(&text), text.length, "again", &err);
    check(again && value_equal(value, again));
    return 0;
}
