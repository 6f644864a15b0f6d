/* Report rates. A section is counted over the cases in which its examination was evidently done: those that
 * name any finding of it. */
#include "infer/rates.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/yaml.h"
#include "document/check.h"

#include <math.h>
#include <stdlib.h>

struct Rates {
    double *rate, *cases; /* one for each finding of the vocabulary */
    double all;
};

static bool load_count(const Check *check, const Value *map, const char *key, double *out)
{
    const Value *node = check_required(check, map, key, VALUE_NUMBER);
    if (!node) {
        return false;
    }
    *out = node->number;
    return (node->integral && node->number >= 0) || check_fail(check, node, "must be a count");
}

static bool load_rate(const Check *check, const Vocabulary *vocabulary, const Value *node, Rates *rates)
{
    static const char *const keys[] = {"named", "cases"};
    const Finding *finding = vocabulary_find(vocabulary, node->key);
    double named = 0, cases = 0;
    if (!finding) {
        const char *near = vocabulary_nearest(vocabulary, node->key);
        return check_fail_key(check, node, "%s is no finding%s%s", check_quote(check, node->key),
                              near ? "; did you mean " : "", near ? near : "");
    }
    if (!check_kind(check, node, VALUE_MAP) || !check_keys(check, node, keys, CHECK_COUNT(keys)) ||
        !load_count(check, node, "named", &named) || !load_count(check, node, "cases", &cases)) {
        return false;
    }
    if (named > cases) {
        return check_fail(check, node, "more cases name the finding than there are");
    }
    rates->rate[finding->index] = (named + 1) / (cases + 2);
    rates->cases[finding->index] = cases;
    rates->all = fmax(rates->all, cases);
    return true;
}

static bool load_all(const Knowledge *knowledge, Rates *rates, Arena *arena, DensError **err)
{
    static const char *const keys[] = {"rates"};
    const Vocabulary *vocabulary = knowledge_vocabulary(knowledge);
    const char *path = file_join(arena, knowledge_folder(knowledge), "report_rates.yaml");
    const Value *root = yaml_read(arena, path, err);
    Check check = {arena, path, err};
    const Value *list =
        root && check_kind(&check, root, VALUE_MAP) && check_keys(&check, root, keys, CHECK_COUNT(keys))
            ? check_required(&check, root, "rates", VALUE_MAP)
            : NULL;
    VALUE_EACH(node, list)
    {
        if (!load_rate(&check, vocabulary, node, rates)) {
            return false;
        }
    }
    return list != NULL;
}

Rates *rates_load(const Knowledge *knowledge, DensError **err)
{
    size_t count = vocabulary_count(knowledge_vocabulary(knowledge));
    AUTO(rates_auto) Rates *rates = memory_alloc(sizeof *rates);
    AUTO(arena_auto) Arena *arena = arena_new();
    rates->rate = memory_array(count, sizeof *rates->rate);
    rates->cases = memory_array(count, sizeof *rates->cases);
    for (size_t i = 0; i < count; i++) {
        rates->rate[i] = 0.5; /* (0 + 1) / (0 + 2): nothing is known */
    }
    return load_all(knowledge, rates, arena, err) ? TAKE(rates) : NULL;
}

void rates_free(Rates *rates)
{
    if (rates) {
        free(rates->rate);
        free(rates->cases);
        free(rates);
    }
}

double rates_of(const Rates *rates, const Finding *finding)
{
    return rates->rate[finding->index];
}

double rates_done(const Rates *rates, const Finding *finding)
{
    return rates->all > 0 ? rates->cases[finding->index] / rates->all : 0;
}
