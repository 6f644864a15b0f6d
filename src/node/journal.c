/* state.json of a study. */
#include "node/journal.h"

#include "base/file.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

static const char *const state_names[STUDY_STATES] = {
    [STUDY_NEW] = "new",        [STUDY_EVALUATING] = "evaluating", [STUDY_SENDING] = "sending",
    [STUDY_DONE] = "done",      [STUDY_FAILED] = "failed",         [STUDY_UNMATCHED] = "unmatched",
    [STUDY_REMOVED] = "removed"};
static const char format[] = "dens-node-study/1";

const char *journal_state_name(StudyState state)
{
    return state_names[state];
}

static void copy(char *out, size_t size, const Value *map, const char *key)
{
    const char *text = value_text(map, key);
    (void)snprintf(out, size, "%s", text ? text : "");
}

bool journal_read(Journal *out, const char *study, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const char *path = file_join(arena, study, "state.json");
    *out = (Journal){0};
    if (file_kind(path) == FILE_ABSENT) {
        return true;
    }
    const Value *map = json_read(arena, path, err);
    if (!map) {
        return false;
    }
    const char *state = value_text(map, "state"), *is = value_text(map, "format");
    size_t n = 0;
    while (n < STUDY_STATES && (!state || strcmp(state, state_names[n]) != 0)) {
        n++;
    }
    if (!is || strcmp(is, format) != 0 || n == STUDY_STATES) {
        return error_input(err, path, "is no journal of this version");
    }
    out->state = (StudyState)n;
    out->evaluation = (unsigned)value_number_or(map, "evaluation", 0);
    out->time = (long long)value_number_or(map, "time", 0);
    out->attempts = (unsigned)value_number_or(map, "attempts", 0);
    out->images = (size_t)value_number_or(map, "images", 0);
    copy(out->digest, sizeof out->digest, map, "digest");
    copy(out->rule, sizeof out->rule, map, "rule");
    copy(out->reason, sizeof out->reason, map, "reason");
    out->stored = (unsigned)value_number_or(map, "stored", 0);
    copy(out->store_problem, sizeof out->store_problem, map, "store_problem");
    return true;
}

bool journal_write(const Journal *journal, const char *study, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO_TEXT text = TEXT_INIT;
    Value *map = value_new_map(arena);
    value_set_string(map, "format", format);
    value_set_string(map, "state", state_names[journal->state]);
    value_set_integer(map, "evaluation", journal->evaluation);
    value_set_integer(map, "time", journal->time);
    value_set_integer(map, "attempts", journal->attempts);
    value_set_integer(map, "images", (long long)journal->images);
    value_set_string(map, "digest", journal->digest);
    value_set_string(map, "rule", journal->rule);
    value_set_string(map, "reason", journal->reason);
    value_set_integer(map, "stored", journal->stored);
    value_set_string(map, "store_problem", journal->store_problem);
    json_write(map, JSON_PRETTY, &text);
    return file_write(file_join(arena, study, "state.json"), text_string(&text), text.length, err);
}
