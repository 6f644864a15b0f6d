/* Conditions over findings. */
#include "advice/rules.h"

#include "base/text.h"

bool rule_fault(DensError **err, const char *file, const Value *at, Arena *arena, const char *format, ...)
{
    const char *where = file;
    if (at) {
        int line = at->key_line ? at->key_line : at->line,
            column = at->key_line ? at->key_column : at->column;
        where = arena_printf(arena, "%s:%d:%d: %s", file, line, column, value_where(at, arena));
    }
    va_list arguments;
    va_start(arguments, format);
    error_set_v(err, DENS_ERROR_INPUT, where, format, arguments);
    va_end(arguments);
    return false;
}

static bool add_value(Term *term, const Value *node, const char *file, Arena *arena, DensError **err)
{
    const char *name = value_string(node);
    int value = name ? finding_value(term->finding, name) : -1;
    if (value < 0) {
        const char *near = name ? finding_nearest_value(term->finding, name) : NULL;
        return rule_fault(err, file, node, arena, "\"%s\" is no value of %s%s%s%s",
                          name ? name : value_kind_name(node->kind), term->finding->id,
                          near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    term->values |= finding_closure(term->finding, value);
    return true;
}

static bool parse_term(Term *out, const Value *node, const char *file, const Vocabulary *vocabulary,
                       Arena *arena, DensError **err)
{
    out->finding = vocabulary_find(vocabulary, node->key);
    if (!out->finding || out->finding->kind == FINDING_NUMBER) {
        const char *near = out->finding ? NULL : vocabulary_nearest(vocabulary, node->key);
        return rule_fault(err, file, node, arena, "%s is no finding with values%s%s%s", node->key,
                          near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    if (node->kind != VALUE_LIST) {
        return add_value(out, node, file, arena, err);
    }
    VALUE_EACH(item, node)
    {
        if (!add_value(out, item, file, arena, err)) {
            return false;
        }
    }
    return true;
}

static bool parse_alternative(Alternative *out, const Value *node, const char *file,
                              const Vocabulary *vocabulary, Arena *arena, DensError **err)
{
    if (node->kind != VALUE_MAP || node->count == 0) {
        return rule_fault(err, file, node, arena, "an alternative is a map from findings to values");
    }
    out->terms = arena_array(arena, node->count, sizeof *out->terms);
    VALUE_EACH(item, node)
    {
        if (!parse_term(&out->terms[out->term_count++], item, file, vocabulary, arena, err)) {
            return false;
        }
    }
    return true;
}

bool rule_parse(Rule *out, const Value *when, const char *file, const Vocabulary *vocabulary, Arena *arena,
                DensError **err)
{
    *out = (Rule){0};
    if (!when || when->kind != VALUE_LIST || when->count == 0) {
        return rule_fault(err, file, when, arena, "`when` must be a list of alternatives");
    }
    out->alternatives = arena_array(arena, when->count, sizeof *out->alternatives);
    VALUE_EACH(item, when)
    {
        if (!parse_alternative(&out->alternatives[out->alternative_count++], item, file, vocabulary, arena,
                               err)) {
            return false;
        }
    }
    return true;
}

static bool term_may_hold(const Term *term, const Case *c)
{
    for (size_t v = 0; v < term->finding->value_count; v++) {
        if ((term->values >> v & 1) && case_may_be(c, term->finding->id, term->finding->values[v].id)) {
            return true;
        }
    }
    return false;
}

const Alternative *rule_match(const Rule *rule, const Case *c)
{
    for (size_t i = 0; i < rule->alternative_count; i++) {
        const Alternative *alternative = &rule->alternatives[i];
        size_t holding = 0;
        while (holding < alternative->term_count && term_may_hold(&alternative->terms[holding], c)) {
            holding++;
        }
        if (holding == alternative->term_count) {
            return alternative;
        }
    }
    return NULL;
}
