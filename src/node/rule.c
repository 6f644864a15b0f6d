/* Rules: which series, which masks. */
#include "node/rule.h"

#include "base/file.h"
#include "node/spool.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ARGUMENTS = 512 };

typedef struct {
    Arena *arena;
    const Value *listed; /* the list of series */
    const char *series;  /* their folder */
    const char **arguments;
    size_t count;
} Choice;

static bool add(Choice *choice, const char *argument)
{
    if (choice->count + 1 < MOST_ARGUMENTS) {
        choice->arguments[choice->count++] = argument;
    }
    return choice->count + 1 < MOST_ARGUMENTS;
}

static const char *folder_of(const Choice *choice, const Value *series)
{
    char key[SPOOL_KEY];
    const char *uid = value_text(series, "series");
    spool_key(uid ? uid : "", key);
    return file_join(choice->arena, choice->series, key);
}

static bool fits(const char *pattern, const Value *series)
{
    const char *description = value_text(series, "description");
    return !pattern || fnmatch(pattern, description ? description : "", FNM_CASEFOLD) == 0;
}

static bool is_among(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (word && strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_image(const Value *series)
{
    const char *role = value_text(series, "role");
    return role && strcmp(role, "unknown") != 0 && !value_truth(series, "mask");
}

/* Are the roles there, and a series of this description? */
static bool applies(const NodeRule *rule, const Value *listed)
{
    bool described = !rule->description;
    VALUE_EACH(series, listed)
    {
        described = described || (is_image(series) && fits(rule->description, series));
    }
    for (size_t i = 0; i < rule->need_count; i++) {
        bool there = false;
        VALUE_EACH(series, listed)
        {
            there = there || (is_image(series) &&
                              is_among(rule->needs[i], (const char *[]){value_text(series, "role")}, 1));
        }
        described = described && there;
    }
    return described;
}

/* The files that could be the mask; the last of them in *out. */
static bool find_mask(const Choice *choice, const NodeMask *mask, const char **out, size_t *out_count,
                      DensError **err)
{
    *out_count = 0;
    VALUE_EACH(series, choice->listed)
    {
        const char *modality = value_text(series, "modality");
        const char **paths = NULL;
        size_t count = 0;
        if (!modality || strcmp(modality, mask->modality) != 0 || !fits(mask->description, series)) {
            continue;
        }
        if (!file_list_tree(choice->arena, folder_of(choice, series), MOST_ARGUMENTS, &paths, &count, err)) {
            return false;
        }
        *out = count > 0 ? paths[count - 1] : *out;
        *out_count += count;
    }
    return true;
}

static const char *mask_argument(Arena *arena, const NodeMask *mask, const char *path)
{
    return arena_printf(arena, "%s%s%s%s%s", mask->role ? mask->role : "", mask->role ? "=" : "", path,
                        mask->structure ? "#" : "", mask->structure ? mask->structure : "");
}

/* Adds the mask under its option. Without one the rule does not apply. */
static RuleAnswer add_mask(Choice *choice, const NodeRule *rule, const NodeMask *mask, const char *option,
                           DensError **err)
{
    const char *path = NULL;
    size_t count = 0;
    if (!mask->modality) {
        return RULE_FOUND;
    }
    if (!find_mask(choice, mask, &path, &count, err)) {
        return RULE_UNCERTAIN;
    }
    if (count > 1) {
        (void)error_input(err, rule->name, "%zu objects could be what the rule means by %s; tell them apart",
                          count, option + 2);
        return RULE_UNCERTAIN;
    }
    if (count == 0) {
        return RULE_NONE;
    }
    (void)add(choice, option);
    (void)add(choice, mask_argument(choice->arena, mask, path));
    return RULE_FOUND;
}

static bool add_series(Choice *choice, const NodeRule *rule)
{
    bool room = true;
    VALUE_EACH(series, choice->listed)
    {
        const char *folder = folder_of(choice, series);
        bool wanted = is_image(series) && (rule->role_count == 0 || is_among(value_text(series, "role"),
                                                                             rule->roles, rule->role_count));
        if (wanted && !is_among(folder, choice->arguments, choice->count)) {
            room = add(choice, folder) && room;
        }
    }
    return room;
}

static RuleAnswer apply(Choice *choice, const NodeRule *rule, DensError **err)
{
    choice->count = 0;
    if (!applies(rule, choice->listed)) {
        return RULE_NONE;
    }
    if (!add_series(choice, rule)) {
        (void)error_input(err, rule->name, "the study has too many series");
        return RULE_UNCERTAIN;
    }
    if (choice->count == 0) {
        return RULE_NONE;
    }
    RuleAnswer answer = add_mask(choice, rule, &rule->lesion, "--lesion", err);
    answer = answer == RULE_FOUND ? add_mask(choice, rule, &rule->labels, "--labels", err) : answer;
    if (answer == RULE_FOUND && rule->scheme) {
        (void)add(choice, "--scheme");
        (void)add(choice, rule->scheme);
    }
    if (answer == RULE_FOUND && rule->prior) {
        (void)add(choice, "--prior");
        (void)add(choice, rule->prior);
    }
    choice->arguments[choice->count] = NULL;
    return answer;
}

RuleAnswer rule_choose(Arena *arena, const NodeRules *rules, const Value *listed, const char *series,
                       const NodeRule **out_rule, const char *const **out_arguments, DensError **err)
{
    Choice choice = {.arena = arena,
                     .listed = value_get(listed, "series"),
                     .series = series,
                     .arguments = arena_array(arena, MOST_ARGUMENTS + 1, sizeof(const char *))};
    for (size_t i = 0; i < rules->count; i++) {
        RuleAnswer answer = apply(&choice, &rules->items[i], err);
        if (answer != RULE_NONE) {
            *out_rule = &rules->items[i];
            *out_arguments = choice.arguments;
            return answer;
        }
    }
    return RULE_NONE;
}
