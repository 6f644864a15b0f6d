/* scales.yaml: the verbal scale and the constants. Every number stands with its reason, and with its source
 * or as a stated design choice; a constant that is missing, unknown or out of range is refused. */
#include "knowledge/parts.h"

#include <math.h>
#include <string.h>

const char *const knowledge_words[WORD_COUNT] = {"always", "usual", "common", "occasional", "rare", "never"};

static const struct {
    const char *id;
    double minimum, maximum;
    bool whole;
} constants[SCALE_COUNT] = {
    [SCALE_SCOPE_CERVICAL] = {"scope_cervical", 0, 1, false},
    [SCALE_SCOPE_SPINAL] = {"scope_spinal", 0, 1, false},
    [SCALE_SCOPE_GENERAL] = {"scope_general", 0, 1, false},
    [SCALE_SELECTED] = {"selected", 0, 1, false},
    [SCALE_SOURCE_CAP] = {"source_cap", 1, 1e6, false},
    [SCALE_TISSUE_CAP] = {"tissue_cap", 1, 1e6, false},
    [SCALE_OVERLAY_CAP] = {"overlay_cap", 1, 1e6, false},
    [SCALE_SHARE_SIZE] = {"share_size", 0.1, 1000, false},
    [SCALE_NAMED_REST] = {"named_rest", 0.001, 0.2, false},
    [SCALE_BACKGROUND_STRENGTH] = {"background_strength", 0.01, 100, false},
    [SCALE_BACKGROUND_FLAT] = {"background_flat", 0.01, 100, false},
    [SCALE_SILENCE] = {"silence", 0.001, 0.5, false},
    [SCALE_PRIOR_NONE_OF_THESE] = {"prior_none_of_these", 0.001, 0.5, false},
    [SCALE_PRIOR_CAP] = {"prior_cap", 1, 1e6, false},
    [SCALE_PRIOR_FLAT] = {"prior_flat", 0.01, 100, false},
    [SCALE_CONFLICT_PATIENTS] = {"conflict_patients", 1, 1000, true},
    [SCALE_SIGN_TEMPERING] = {"sign_tempering", 0, 1, false},
    [SCALE_NONE_TEMPERING] = {"none_tempering", 0, 1, false},
    [SCALE_READER_SLIP] = {"reader_slip", 0, 0.5, false},
    [SCALE_ATYPICAL_SHARE] = {"atypical_share", 0, 0.9, false},
    [SCALE_ATYPICAL_SLIP] = {"atypical_slip", 0, 1, false},
    [SCALE_UNASKED_NEGATIVE] = {"unasked_negative", 0, 1, false},
    [SCALE_BUNDLE_TEMPERING] = {"bundle_tempering", 0, 1, false},
    [SCALE_DRAWS] = {"draws", 16, 65536, true},
    [SCALE_INTERVAL_MASS] = {"interval_mass", 0.5, 0.999, false},
    [SCALE_MEASURED_RATIO_LIMIT] = {"measured_ratio_limit", 1, 1000, false},
};

const char *scale_name(ScaleConstant constant)
{
    return constants[constant].id;
}

/* `basis` is the word design, or the id of a source; `see` names the others that the reason speaks of. */
static bool load_scale(const Loader *l, const Value *map, const char *number_key, double minimum,
                       double maximum, Scale *out)
{
    if (!check_required(&l->check, map, number_key, VALUE_NUMBER) ||
        !loader_number(l, map, number_key, minimum, maximum, &out->value) ||
        !(out->reason = loader_text(l, map, "reason", NULL))) {
        return false;
    }
    const char *basis = check_required_text(&l->check, map, "basis");
    const Source *const *see;
    size_t see_count;
    if (!basis || (value_get(map, "see") && !loader_sources(l, map, "see", &see, &see_count))) {
        return false;
    }
    return strcmp(basis, "design") == 0 || (out->source = loader_source(l, map, "basis")) != NULL;
}

static bool load_words(Loader *l, const Value *root)
{
    static const char *const keys[] = {"probability", "size", "reason", "basis", "see"};
    const Value *words = check_required(&l->check, root, "words", VALUE_MAP);
    if (!words || !check_keys(&l->check, words, knowledge_words, WORD_COUNT)) {
        return false;
    }
    for (size_t i = 0; i < WORD_COUNT; i++) {
        const Value *word = check_required(&l->check, words, knowledge_words[i], VALUE_MAP);
        WordScale *out = &l->k->words[i];
        if (!word || !check_keys(&l->check, word, keys, CHECK_COUNT(keys)) ||
            !load_scale(l, word, "probability", 0.001, 0.999, &out->probability) ||
            !check_required(&l->check, word, "size", VALUE_NUMBER) ||
            !loader_number(l, word, "size", 0.1, 1000, &out->size)) {
            return false;
        }
        if (i > 0 && !(out->probability.value < l->k->words[i - 1].probability.value)) {
            return check_fail(&l->check, value_get(word, "probability"), "'%s' must stand for less than '%s'",
                              knowledge_words[i], knowledge_words[i - 1]);
        }
    }
    return true;
}

static bool load_constants(Loader *l, const Value *root)
{
    static const char *const keys[] = {"value", "reason", "basis", "see"};
    const Value *map = check_required(&l->check, root, "constants", VALUE_MAP);
    const char *ids[SCALE_COUNT];
    for (size_t i = 0; i < SCALE_COUNT; i++) {
        ids[i] = constants[i].id;
    }
    if (!map || !check_keys(&l->check, map, ids, SCALE_COUNT)) {
        return false;
    }
    for (size_t i = 0; i < SCALE_COUNT; i++) {
        const Value *node = check_required(&l->check, map, ids[i], VALUE_MAP);
        if (!node || !check_keys(&l->check, node, keys, CHECK_COUNT(keys)) ||
            !load_scale(l, node, "value", constants[i].minimum, constants[i].maximum, &l->k->scales[i])) {
            return false;
        }
        if (constants[i].whole && floor(l->k->scales[i].value) < l->k->scales[i].value) {
            return check_fail(&l->check, value_get(node, "value"), "must be a whole number");
        }
    }
    return true;
}

bool knowledge_load_scales(Loader *l, const Value *root)
{
    static const char *const keys[] = {"words", "constants"};
    if (!check_keys(&l->check, root, keys, CHECK_COUNT(keys)) || !load_words(l, root) ||
        !load_constants(l, root)) {
        return false;
    }
    const Scale *s = l->k->scales;
    l->k->inference = (InferenceScales){
        .sign_tempering = s[SCALE_SIGN_TEMPERING].value,
        .none_tempering = s[SCALE_NONE_TEMPERING].value,
        .reader_slip = s[SCALE_READER_SLIP].value,
        .atypical_share = s[SCALE_ATYPICAL_SHARE].value,
        .atypical_slip = s[SCALE_ATYPICAL_SLIP].value,
        .unasked_negative = s[SCALE_UNASKED_NEGATIVE].value,
        .bundle_tempering = s[SCALE_BUNDLE_TEMPERING].value,
        .draws = (size_t)s[SCALE_DRAWS].value,
        .interval_mass = s[SCALE_INTERVAL_MASS].value,
        .measured_ratio_limit = s[SCALE_MEASURED_RATIO_LIMIT].value,
    };
    return true;
}
