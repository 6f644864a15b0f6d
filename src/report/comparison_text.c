/* A comparison as text: for the terminal and comparison.txt. Every block is a heading and wrapped lines,
 * so that it reads the same in any width. */
#include "report/columns.h"
#include "report/comparison.h"
#include "report/report.h"

#include <string.h>

enum { COMPARISON_WIDTH = 80, COMPARISON_LEAST = 40, COMPARISON_MOST = 200 };

typedef struct {
    Text *out;
    const Compared *c;
    size_t width;
} Page;

static void spaces(Page *p, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_add(p->out, " ");
    }
}

/* In as many lines as it takes. */
static void line(Page *p, size_t indent, const char *text)
{
    while (*text) {
        size_t next = 0, length = columns_break(text, p->width - indent, &next);
        spaces(p, indent);
        text_add_bytes(p->out, text, length);
        text_add(p->out, "\n");
        text += next;
    }
}

static void heading(Page *p, MessageId id)
{
    const char *title = compared_message(p->c, id);
    text_add(p->out, "\n");
    line(p, 0, title);
    for (size_t i = 0; i < p->width; i++) {
        text_add(p->out, "─");
    }
    text_add(p->out, "\n");
}

static const char *cited(Page *p, const char *text, const Value *map)
{
    AUTO_TEXT all = TEXT_INIT;
    text_add(&all, text);
    bool open = false;
    VALUE_EACH(key, value_get(map, "sources"))
    {
        size_t number = compared_reference(p->c, value_string(key));
        if (number) {
            text_addf(&all, "%s%zu", open ? ", " : " [", number);
            open = true;
        }
    }
    text_add(&all, open ? "]" : "");
    return arena_strdup(p->c->arena, text_string(&all));
}

static void bullets(Page *p, const Value *list)
{
    VALUE_EACH(item, list)
    {
        line(p, 0, arena_printf(p->c->arena, "• %s", compared_string(p->c, item)));
    }
}

static void put_head(Page *p)
{
    const Compared *c = p->c;
    line(p, 0, compared_message(c, MESSAGE_COMPARISON));
    line(p, 0, compared_message(c, MESSAGE_DEVICE));
    static const struct {
        MessageId label;
        const char *side;
    } sides[] = {{MESSAGE_BEFORE, "before"}, {MESSAGE_AFTER, "after"}};
    for (size_t i = 0; i < 2; i++) {
        line(p, 0,
             arena_printf(c->arena, "%s: %s", compared_message(c, sides[i].label),
                          compared_side(c, sides[i].side)));
    }
    const Value *notes = value_get(c->document, "notes");
    if (notes && notes->count) {
        heading(p, MESSAGE_COMPARISON_NOTES);
        bullets(p, notes);
    }
    heading(p, MESSAGE_CONCLUSION);
    bullets(p, value_get(c->document, "conclusion"));
}

static void put_alert_list(Page *p, MessageId title, const char *key)
{
    VALUE_EACH(alert, value_get(value_get(p->c->document, "alerts"), key))
    {
        line(p, 0,
             arena_printf(p->c->arena, "%s: %s", compared_message(p->c, title),
                          compared_said(p->c, alert, "text")));
    }
}

static void put_alerts(Page *p)
{
    heading(p, MESSAGE_ALERTS);
    size_t titled = p->out->length;
    put_alert_list(p, MESSAGE_ALERTS_NEW, "new");
    put_alert_list(p, MESSAGE_ALERTS_STILL, "still");
    put_alert_list(p, MESSAGE_ALERTS_GONE, "gone");
    if (p->out->length == titled) {
        line(p, 0, compared_message(p->c, MESSAGE_NO_ALERT_CHANGED));
    }
}

static void put_measurement(Page *p, const Value *m)
{
    const Compared *c = p->c;
    line(p, 0, arena_printf(c->arena, "%s: %s", compared_said(c, m, "label"), compared_verdict(c, m)));
    line(p, 2,
         arena_printf(c->arena, "%s → %s, %s", compared_value(c, m, "before"), compared_value(c, m, "after"),
                      compared_change(c, m)));
    line(p, 2, cited(p, compared_basis(c, m), value_get(m, "repeatability")));
}

static void put_measurements(Page *p)
{
    const Value *measurements = value_get(p->c->document, "measurements");
    bool open = false;
    if (!measurements || !measurements->count) {
        return;
    }
    heading(p, MESSAGE_MEASUREMENTS);
    VALUE_EACH(m, measurements)
    {
        open = open || !compared_is_judged(m);
        if (compared_is_judged(m)) {
            put_measurement(p, m);
        }
    }
    if (open) {
        heading(p, MESSAGE_NOT_COMPARED);
    }
    VALUE_EACH(m, measurements)
    {
        if (!compared_is_judged(m)) {
            line(p, 0,
                 arena_printf(p->c->arena, "%s: %s", compared_said(p->c, m, "label"),
                              compared_said(p->c, m, "reason")));
        }
    }
}

static void put_response(Page *p)
{
    heading(p, MESSAGE_RESPONSE);
    VALUE_EACH(r, value_get(p->c->document, "response"))
    {
        line(p, 0,
             arena_printf(p->c->arena, "%s: %s", compared_said(p->c, r, "label"),
                          compared_said(p->c, r, "category")));
        line(p, 2, cited(p, compared_said(p->c, r, "text"), r));
        line(p, 2, compared_said(p->c, r, "limits"));
    }
}

static void put_residual(Page *p)
{
    heading(p, MESSAGE_RESIDUAL);
    VALUE_EACH(r, value_get(p->c->document, "residual"))
    {
        line(p, 0,
             arena_printf(p->c->arena, "%s: %s", compared_said(p->c, r, "label"),
                          compared_said(p->c, r, "answer")));
        line(p, 2, cited(p, compared_said(p->c, r, "text"), r));
        VALUE_EACH(sign, value_get(r, "signs"))
        {
            const char *points = messages_word(p->c->messages->points, value_text(sign, "points"));
            line(p, 4,
                 cited(p,
                       arena_printf(p->c->arena, "• %s: %s", points ? points : "",
                                    compared_said(p->c, sign, "text")),
                       sign));
        }
    }
}

static void put_findings(Page *p)
{
    const Value *findings = value_get(p->c->document, "findings");
    const char *open = compared_message(p->c, MESSAGE_NOT_STATED_HERE);
    heading(p, MESSAGE_FINDINGS_CHANGED);
    if (!findings || !findings->count) {
        line(p, 0, compared_message(p->c, MESSAGE_NO_FINDING_CHANGED));
    }
    VALUE_EACH(f, findings)
    {
        const char *before = compared_said(p->c, f, "before"), *after = compared_said(p->c, f, "after");
        line(p, 0,
             arena_printf(p->c->arena, "%s: %s → %s", compared_said(p->c, f, "label"),
                          *before ? before : open, *after ? after : open));
    }
}

static void put_differential(Page *p)
{
    heading(p, MESSAGE_DIFFERENTIAL);
    VALUE_EACH(d, value_get(p->c->document, "differential"))
    {
        line(p, 0,
             arena_printf(p->c->arena, "%s: %s → %s", compared_said(p->c, d, "name"),
                          compared_probability(p->c, d, "before"), compared_probability(p->c, d, "after")));
    }
}

static void put_end(Page *p)
{
    static const MessageId limits[] = {MESSAGE_COMPARISON_LIMIT_1, MESSAGE_COMPARISON_LIMIT_2,
                                       MESSAGE_COMPARISON_LIMIT_3};
    heading(p, MESSAGE_LIMITS);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        line(p, 0, arena_printf(p->c->arena, "• %s", compared_message(p->c, limits[i])));
    }
    if (compared_untranslated(p->c)) {
        line(p, 0, arena_printf(p->c->arena, "• %s", compared_untranslated(p->c)));
    }
    const Value *sources = value_get(p->c->document, "sources");
    if (sources && sources->count) {
        heading(p, MESSAGE_SOURCES);
    }
    size_t number = 1;
    VALUE_EACH(source, sources)
    {
        const char *doi = compared_text(p->c, source, "doi"), *url = compared_text(p->c, source, "url");
        line(p, 0,
             arena_printf(p->c->arena, "[%zu] %s%s%s", number++, compared_text(p->c, source, "text"),
                          *doi   ? " https://doi.org/"
                          : *url ? " "
                                 : "",
                          *doi ? doi : url));
    }
}

void report_comparison_text(const Value *comparison, const Messages *messages, size_t width, Text *out)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    width = width == 0                 ? COMPARISON_WIDTH
            : width < COMPARISON_LEAST ? COMPARISON_LEAST
            : width > COMPARISON_MOST  ? COMPARISON_MOST
                                       : width;
    Page page = {.out = out, .c = compared_new(comparison, messages, arena), .width = width};
    static void (*const parts[])(Page *) = {put_head,         put_alerts,   put_residual,     put_response,
                                            put_measurements, put_findings, put_differential, put_end};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        parts[i](&page);
    }
}
