/* A comparison as one HTML file, in the style of report.html and with its promises: no script, nothing
 * fetched, well-formed as XML, everything from the document escaped. */
#include "report/comparison.h"
#include "report/html_style.h"
#include "report/report.h"

#include <string.h>

typedef struct {
    Text *out;
    const Compared *c;
} Page;

static void raw(Page *p, const char *markup)
{
    text_add(p->out, markup);
}

static void element(Page *p, const char *tag, const char *classes, const char *text)
{
    text_addf(p->out, "<%s%s%s%s>", tag, *classes ? " class=\"" : "", classes, *classes ? "\"" : "");
    text_add_html(p->out, text);
    text_addf(p->out, "</%s>\n", tag);
}

static void section(Page *p, const char *id, MessageId title)
{
    text_addf(p->out, "<section class=\"long\" aria-labelledby=\"%s\">\n<h2 id=\"%s\">", id, id);
    text_add_html(p->out, compared_message(p->c, title));
    raw(p, "</h2>\n");
}

static void references(Page *p, const Value *map)
{
    bool open = false;
    VALUE_EACH(key, value_get(map, "sources"))
    {
        size_t number = compared_reference(p->c, value_string(key));
        if (number) {
            text_addf(p->out, "%s<a href=\"#source-%zu\">%zu</a>", open ? ", " : " <span class=\"ref\">[",
                      number, number);
            open = true;
        }
    }
    raw(p, open ? "]</span>" : "");
}

static void table_open(Page *p, const char *id, const MessageId *heads, size_t count)
{
    text_addf(p->out, "<table aria-labelledby=\"%s\"><thead><tr>", id);
    for (size_t i = 0; i < count; i++) {
        bool narrow = count > 3 && i + 1 < count;
        raw(p, narrow ? "<th scope=\"col\" class=\"measure\">" : "<th scope=\"col\">");
        text_add_html(p->out, compared_message(p->c, heads[i]));
        raw(p, "</th>");
    }
    raw(p, "</tr></thead><tbody>\n");
}

static void table_close(Page *p)
{
    raw(p, "</tbody></table>\n");
}

static void row_open(Page *p, const char *text)
{
    raw(p, "<tr><th scope=\"row\">");
    text_add_html(p->out, text);
    raw(p, "</th>");
}

static void bullets(Page *p, const char *classes, const Value *list)
{
    text_addf(p->out, "<ul class=\"%s\">\n", classes);
    VALUE_EACH(item, list)
    {
        element(p, "li", "", compared_string(p->c, item));
    }
    raw(p, "</ul>\n");
}

static void put_fact(Page *p, MessageId label, const char *side)
{
    raw(p, "<div class=\"wide\">");
    element(p, "dt", "", compared_message(p->c, label));
    element(p, "dd", "", compared_side(p->c, side));
    raw(p, "</div>\n");
}

static void put_head(Page *p)
{
    const Compared *c = p->c;
    raw(p, "<header class=\"head\">\n<div class=\"title\"><h1><span class=\"mark\">dens</span>");
    text_add_html(p->out, compared_message(c, MESSAGE_COMPARISON));
    raw(p, "</h1></div>\n<dl class=\"facts\">\n");
    put_fact(p, MESSAGE_BEFORE, "before");
    put_fact(p, MESSAGE_AFTER, "after");
    raw(p, "</dl>\n");
    element(p, "p", "device", compared_message(c, MESSAGE_DEVICE));
    raw(p, "</header>\n<main>\n");
    const Value *notes = value_get(c->document, "notes");
    if (notes && notes->count) {
        section(p, "notes", MESSAGE_COMPARISON_NOTES);
        bullets(p, "small", notes);
        raw(p, "</section>\n");
    }
    section(p, "conclusion", MESSAGE_CONCLUSION);
    bullets(p, "impression", value_get(c->document, "conclusion"));
    raw(p, "</section>\n");
}

/* The urgency's class of the style: a name of our own. An unknown urgency counts as the most urgent. */
static const char *urgency_class(const Value *alert)
{
    const char *urgency = value_text(alert, "urgency");
    return urgency && strcmp(urgency, "planned") == 0 ? "planned"
           : urgency && strcmp(urgency, "days") == 0  ? "days"
                                                      : "hours";
}

static size_t put_alert_list(Page *p, MessageId title, const char *key)
{
    const Value *list = value_get(value_get(p->c->document, "alerts"), key);
    if (!list || !list->count) {
        return 0;
    }
    raw(p, "<ul class=\"alerts\">\n");
    VALUE_EACH(alert, list)
    {
        text_addf(p->out, "<li class=\"alert %s\">", urgency_class(alert));
        element(p, "span", "badge", compared_message(p->c, title));
        raw(p, "<div>");
        element(p, "strong", "", compared_said(p->c, alert, "label"));
        element(p, "p", "", compared_said(p->c, alert, "text"));
        raw(p, "</div></li>\n");
    }
    raw(p, "</ul>\n<p></p>\n");
    return list->count;
}

static void put_alerts(Page *p)
{
    section(p, "alerts", MESSAGE_ALERTS);
    size_t count = put_alert_list(p, MESSAGE_ALERTS_NEW, "new");
    count += put_alert_list(p, MESSAGE_ALERTS_STILL, "still");
    count += put_alert_list(p, MESSAGE_ALERTS_GONE, "gone");
    if (!count) {
        element(p, "p", "calm", compared_message(p->c, MESSAGE_NO_ALERT_CHANGED));
    }
    raw(p, "</section>\n");
}

static void cited(Page *p, const char *classes, const char *text, const Value *map)
{
    text_addf(p->out, "<p class=\"%s\">", classes);
    text_add_html(p->out, text);
    references(p, map);
    raw(p, "</p>\n");
}

static void put_signs(Page *p, const Value *signs)
{
    if (!signs || !signs->count) {
        return;
    }
    raw(p, "<ul>\n");
    VALUE_EACH(sign, signs)
    {
        const char *points = messages_word(p->c->messages->points, value_text(sign, "points"));
        raw(p, "<li><span class=\"quiet\">");
        text_add_html(p->out, points ? points : "");
        raw(p, ":</span> ");
        text_add_html(p->out, compared_said(p->c, sign, "text"));
        references(p, sign);
        raw(p, "</li>\n");
    }
    raw(p, "</ul>\n");
}

static void put_judgements(Page *p, const char *id, MessageId title, const char *verdict)
{
    section(p, id, title);
    VALUE_EACH(item, value_get(p->c->document, id))
    {
        raw(p, "<div class=\"explained\">\n");
        element(p, "h3", "",
                arena_printf(p->c->arena, "%s: %s", compared_said(p->c, item, "label"),
                             compared_said(p->c, item, verdict)));
        cited(p, "", compared_said(p->c, item, "text"), item);
        put_signs(p, value_get(item, "signs"));
        if (value_text(item, "limits")) {
            element(p, "p", "note", compared_said(p->c, item, "limits"));
        }
        raw(p, "</div>\n");
    }
    raw(p, "</section>\n");
}

static void put_residual(Page *p)
{
    put_judgements(p, "residual", MESSAGE_RESIDUAL, "answer");
}

static void put_response(Page *p)
{
    put_judgements(p, "response", MESSAGE_RESPONSE, "category");
}

static void put_measurement(Page *p, const Value *m)
{
    const Compared *c = p->c;
    row_open(p, compared_said(c, m, "label"));
    element(p, "td", "value", compared_value(c, m, "before"));
    element(p, "td", "value", compared_value(c, m, "after"));
    element(p, "td", "value", compared_change(c, m));
    raw(p, "<td>");
    bool changed = strcmp(compared_text(c, m, "verdict"), "changed") == 0;
    element(p, changed ? "strong" : "span", "", compared_verdict(c, m));
    cited(p, "method", compared_basis(c, m), value_get(m, "repeatability"));
    raw(p, "</td></tr>\n");
}

static void put_not_compared(Page *p)
{
    bool any = false;
    VALUE_EACH(m, value_get(p->c->document, "measurements"))
    {
        if (compared_is_judged(m)) {
            continue;
        }
        if (!any) {
            raw(p, "<div class=\"unmeasured\">\n");
            element(p, "h3", "", compared_message(p->c, MESSAGE_NOT_COMPARED));
            raw(p, "<dl class=\"pairs small\">\n");
        }
        any = true;
        element(p, "dt", "", compared_said(p->c, m, "label"));
        element(p, "dd", "", compared_said(p->c, m, "reason"));
    }
    raw(p, any ? "</dl>\n</div>\n" : "");
}

static void put_measurements(Page *p)
{
    static const MessageId heads[] = {MESSAGE_MEASUREMENT, MESSAGE_BEFORE, MESSAGE_AFTER, MESSAGE_CHANGE,
                                      MESSAGE_VERDICT};
    const Value *measurements = value_get(p->c->document, "measurements");
    bool any = false;
    if (!measurements || !measurements->count) {
        return;
    }
    section(p, "measurements", MESSAGE_MEASUREMENTS);
    VALUE_EACH(m, value_get(p->c->document, "measurements"))
    {
        if (compared_is_judged(m)) {
            if (!any) {
                table_open(p, "measurements", heads, sizeof heads / sizeof *heads);
            }
            any = true;
            put_measurement(p, m);
        }
    }
    if (any) {
        table_close(p);
    }
    put_not_compared(p);
    raw(p, "</section>\n");
}

static void put_findings(Page *p)
{
    static const MessageId heads[] = {MESSAGE_FINDING, MESSAGE_BEFORE, MESSAGE_AFTER};
    const Value *findings = value_get(p->c->document, "findings");
    const char *open = compared_message(p->c, MESSAGE_NOT_STATED_HERE);
    section(p, "findings", MESSAGE_FINDINGS_CHANGED);
    if (!findings || !findings->count) {
        element(p, "p", "quiet", compared_message(p->c, MESSAGE_NO_FINDING_CHANGED));
        raw(p, "</section>\n");
        return;
    }
    table_open(p, "findings", heads, sizeof heads / sizeof *heads);
    VALUE_EACH(f, findings)
    {
        const char *before = compared_said(p->c, f, "before"), *after = compared_said(p->c, f, "after");
        row_open(p, compared_said(p->c, f, "label"));
        element(p, "td", *before ? "" : "missing", *before ? before : open);
        element(p, "td", *after ? "" : "missing", *after ? after : open);
        raw(p, "</tr>\n");
    }
    table_close(p);
    raw(p, "</section>\n");
}

static void put_differential(Page *p)
{
    static const MessageId heads[] = {MESSAGE_DIAGNOSIS_COLUMN, MESSAGE_BEFORE, MESSAGE_AFTER};
    section(p, "differential", MESSAGE_DIFFERENTIAL);
    table_open(p, "differential", heads, sizeof heads / sizeof *heads);
    VALUE_EACH(d, value_get(p->c->document, "differential"))
    {
        row_open(p, compared_said(p->c, d, "name"));
        element(p, "td", "value", compared_probability(p->c, d, "before"));
        element(p, "td", "value", compared_probability(p->c, d, "after"));
        raw(p, "</tr>\n");
    }
    table_close(p);
    raw(p, "</section>\n");
}

static void put_limits(Page *p)
{
    static const MessageId limits[] = {MESSAGE_COMPARISON_LIMIT_1, MESSAGE_COMPARISON_LIMIT_2,
                                       MESSAGE_COMPARISON_LIMIT_3};
    section(p, "limits", MESSAGE_LIMITS);
    raw(p, "<ul class=\"small\">\n");
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        element(p, "li", "", compared_message(p->c, limits[i]));
    }
    if (compared_untranslated(p->c)) {
        element(p, "li", "", compared_untranslated(p->c));
    }
    raw(p, "</ul>\n</section>\n");
}

static void put_sources(Page *p)
{
    size_t number = 1;
    const Value *sources = value_get(p->c->document, "sources");
    if (!sources || !sources->count) {
        return;
    }
    section(p, "sources", MESSAGE_SOURCES);
    raw(p, "<ol class=\"sources\">\n");
    VALUE_EACH(source, sources)
    {
        const char *doi = compared_text(p->c, source, "doi"), *url = compared_text(p->c, source, "url");
        text_addf(p->out, "<li id=\"source-%zu\"><span>[%zu]</span><span>", number, number);
        text_add_html(p->out, compared_text(p->c, source, "text"));
        raw(p, *doi ? " doi:" : *url ? " " : "");
        text_add_html(p->out, *doi ? doi : url);
        raw(p, "</span></li>\n");
        number++;
    }
    raw(p, "</ol>\n</section>\n");
}

static void put_document_head(Page *p)
{
    text_addf(p->out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\"/>\n",
              p->c->messages->language);
    raw(p, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
           "'unsafe-inline'\"/>\n<meta name=\"referrer\" content=\"no-referrer\"/>\n<title>dens – ");
    text_add_html(p->out, compared_message(p->c, MESSAGE_COMPARISON));
    raw(p, "</title>\n<style>\n");
    for (size_t i = 0; i < html_style_count; i++) {
        raw(p, html_style[i]);
        raw(p, "\n");
    }
    raw(p, "</style>\n</head>\n<body>\n<div class=\"page\">\n");
}

void report_comparison_html(const Value *comparison, const Messages *messages, Text *out)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    Page page = {.out = out, .c = compared_new(comparison, messages, arena)};
    static void (*const parts[])(Page *) = {
        put_document_head, put_head,     put_alerts,       put_residual, put_response,
        put_measurements,  put_findings, put_differential, put_limits,   put_sources};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        parts[i](&page);
    }
    raw(&page, "</main>\n</div>\n</body>\n</html>\n");
}
