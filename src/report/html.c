/* The report as one HTML file. Semantic elements, bars as inline SVG (which print without "background
 * graphics"), each with its meaning in words; no script, nothing fetched, and a Content-Security-Policy that
 * holds the browser to it. Everything that comes from the document goes through text_add_html(); the only
 * addresses are the resolver's for DOIs, which are percent-encoded. Written so that it is well-formed XML,
 * too. */
#include "report/content.h"
#include "report/html_style.h"
#include "report/report.h"
#include "report/sheet.h"

#include <math.h>
#include <string.h>

typedef struct {
    Text *out;
    const Content *c;
    const ReportPictures *pictures; /* or NULL */
    bool failed;                    /* a picture could not be made */
    DensError **err;
} Page;

/* --- writing ------------------------------------------------------------------------------------------- */

static void raw(Page *p, const char *markup)
{
    text_add(p->out, markup);
}

/* Escaped, with a number and its percent sign on one line. */
static void safe(Page *p, const char *text)
{
    AUTO_TEXT part = TEXT_INIT;
    for (const char *at = text ? text : ""; *at; at++)
        text_add_bytes(&part, at[0] == ' ' && at[1] == '%' ? "\xC2\xA0" : at,
                       at[0] == ' ' && at[1] == '%' ? 2 : 1);
    text_add_html(p->out, text_string(&part));
}

static const char *message(const Page *p, MessageId id)
{
    return messages_text(p->c->messages, id);
}

static const char *fill(const Page *p, MessageId id, const char *first)
{
    return messages_fill(p->c->arena, p->c->messages, id, first, NULL);
}

/* <tag class="classes">text</tag>; classes may be NULL. */
static void element(Page *p, const char *tag, const char *classes, const char *text)
{
    text_addf(p->out, "<%s", tag);
    if (classes)
        text_addf(p->out, " class=\"%s\"", classes);
    raw(p, ">");
    safe(p, text);
    text_addf(p->out, "</%s>", tag);
}

/* Sections that may be parted between two pages; a short one stays whole. */
static bool is_long(const char *id)
{
    static const char *const ids[] = {"differential", "findings",   "measurements", "reasons",
                                      "sources",      "management", "alerts"};
    bool any = false;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        any = any || strcmp(id, ids[i]) == 0;
    return any;
}

static void section_open(Page *p, const char *id, MessageId title)
{
    text_addf(p->out, "<section class=\"%s\" aria-labelledby=\"%s\">\n<h2 id=\"%s\">",
              is_long(id) ? "long" : "short", id, id);
    safe(p, message(p, title));
    raw(p, "</h2>\n");
}

static void section_close(Page *p)
{
    raw(p, "</section>\n");
}

static void column_head(Page *p, const char *classes, const char *text)
{
    text_addf(p->out, "<th scope=\"col\"%s%s%s>", classes ? " class=\"" : "", classes ? classes : "",
              classes ? "\"" : "");
    safe(p, text);
    raw(p, "</th>");
}

static void references(Page *p, const size_t *numbers, size_t count)
{
    if (!count)
        return;
    raw(p, " <span class=\"ref\">[");
    for (size_t i = 0; i < count; i++)
        text_addf(p->out, "%s<a href=\"#source-%zu\">%zu</a>", i ? ", " : "", numbers[i], numbers[i]);
    raw(p, "]</span>");
}

static void sentence(Page *p, const Sentence *s)
{
    safe(p, s->text);
    references(p, s->references, s->reference_count);
}

static void joined(Page *p, const Strings *strings)
{
    for (size_t i = 0; i < strings->count; i++) {
        safe(p, i ? message(p, MESSAGE_SEMICOLON) : "");
        safe(p, strings->items[i]);
    }
}

static void bullets(Page *p, const Strings *strings)
{
    raw(p, "<ul>\n");
    for (size_t i = 0; i < strings->count; i++)
        element(p, "li", NULL, strings->items[i]);
    raw(p, "</ul>\n");
}

static void pairs_put(Page *p, const Pairs *pairs)
{
    raw(p, "<dl class=\"pairs\">\n");
    for (size_t i = 0; i < pairs->count; i++) {
        element(p, "dt", NULL, pairs->items[i].label);
        element(p, "dd", NULL, pairs->items[i].value);
    }
    raw(p, "</dl>\n");
}

/* The style's class of a group: a name of our own, never text of the document. */
static const char *group_class(const char *group)
{
    static const char *const classes[] = {"benign", "intermediate", "malignant", "secondary", "mimic"};
    for (size_t i = 0; group && i < sizeof classes / sizeof classes[0]; i++) {
        if (strcmp(group, classes[i]) == 0)
            return classes[i];
    }
    return "none_of_these";
}

static void chip(Page *p, const char *group)
{
    text_addf(p->out,
              "<svg class=\"chip\" aria-hidden=\"true\" width=\"11\" height=\"11\"><rect class=\"f-%s\" "
              "width=\"11\" height=\"11\" "
              "rx=\"2\"/></svg>",
              group_class(group));
}

static double percent_of(double share)
{
    return share > 0 ? share < 1 ? 100 * share : 100 : 0;
}

/* --- the top ------------------------------------------------------------------------------------------- */

static void put_head(Page *p)
{
    raw(p, "<header class=\"head\">\n<div class=\"title\"><h1><span class=\"mark\">dens</span>");
    safe(p, message(p, MESSAGE_TITLE));
    raw(p, "</h1>");
    if (p->c->date)
        element(p, "span", "date", p->c->date);
    raw(p, "</div>\n<dl class=\"facts\">\n");
    for (size_t i = 0; i < p->c->head.count; i++) {
        const Pair *pair = &p->c->head.items[i];
        enum { LONG_VALUE = 24 };
        raw(p, strlen(pair->value) > LONG_VALUE ? "<div class=\"wide\">" : "<div>");
        element(p, "dt", NULL, pair->label);
        element(p, "dd", NULL, pair->value);
        raw(p, "</div>\n");
    }
    raw(p, "</dl>\n");
    element(p, "p", "device", message(p, MESSAGE_DEVICE));
    raw(p, "\n</header>\n");
}

/* A space, for those who hear the page, and a word in a frame. */
static void tag(Page *p, const char *classes, const char *text)
{
    raw(p, " ");
    element(p, "span", classes, text);
}

static void put_alert(Page *p, const ContentAlert *alert)
{
    static const char *const classes[] = {
        [URGENCY_HOURS] = "hours", [URGENCY_DAYS] = "days", [URGENCY_PLANNED] = "planned"};
    text_addf(p->out, "<li class=\"alert %s\">", classes[alert->urgency]);
    element(p, "span", "badge", alert->urgency_word);
    raw(p, "<div>");
    if (alert->label) {
        raw(p, "<strong>");
        safe(p, alert->label);
        if (alert->certainty)
            tag(p, "tag", alert->certainty);
        raw(p, "</strong>");
    }
    raw(p, "<p>");
    sentence(p, &alert->sentence);
    raw(p, "</p>");
    if (alert->ask)
        element(p, "p", NULL, alert->ask);
    if (alert->because)
        element(p, "p", "because", alert->because);
    raw(p, "</div></li>\n");
}

static void put_alerts(Page *p)
{
    section_open(p, "alerts", MESSAGE_ALERTS);
    if (!p->c->alert_count)
        element(p, "p", "calm", message(p, MESSAGE_NO_ALERT));
    else
        raw(p, "<ul class=\"alerts\">\n");
    for (size_t i = 0; i < p->c->alert_count; i++)
        put_alert(p, &p->c->alerts[i]);
    if (p->c->alert_count)
        raw(p, "</ul>\n");
    section_close(p);
}

/* <p class="classes"><strong>label:</strong> value</p> */
static void labelled(Page *p, const char *classes, const char *label, const char *value)
{
    text_addf(p->out, "<p class=\"%s\"><strong>", classes);
    safe(p, label);
    raw(p, ":</strong> ");
    safe(p, value);
    raw(p, "</p>\n");
}

/* Said once, where it is read: below the impression. */
static void put_not_assessed(Page *p)
{
    if (!p->c->not_assessed.count)
        return;
    raw(p, "<p class=\"missed\"><strong>");
    safe(p, message(p, MESSAGE_NOT_ASSESSED));
    raw(p, ":</strong> ");
    joined(p, &p->c->not_assessed);
    raw(p, "</p>\n");
}

static void put_impression(Page *p)
{
    section_open(p, "impression", MESSAGE_IMPRESSION);
    if (!p->c->impression.count)
        element(p, "p", "quiet", message(p, MESSAGE_NO_IMPRESSION));
    else
        raw(p, "<ol class=\"impression\">\n");
    for (size_t i = 0; i < p->c->impression.count; i++)
        element(p, "li", NULL, p->c->impression.items[i]);
    if (p->c->impression.count)
        raw(p, "</ol>\n");
    if (p->c->signature)
        element(p, "p", "signature", p->c->signature);
    put_not_assessed(p);
    section_close(p);
}

static void put_picture(Page *p, const ReportPicture *picture)
{
    const char *word = messages_word(p->c->messages->series, picture->role);
    const char *caption =
        fill(p, picture->plane == PLANE_SAGITTAL ? MESSAGE_SAGITTAL_PATTERN : MESSAGE_AXIAL_PATTERN,
             word ? word : picture->role);
    AUTO_TEXT png = TEXT_INIT;
    if (!picture_png(picture, &png, p->err)) {
        p->failed = true;
        return;
    }
    raw(p, "<figure><img alt=\"");
    safe(p, caption);
    raw(p, "\" src=\"data:image/png;base64,");
    text_add_base64(p->out, png.bytes, png.length);
    raw(p, "\"/>");
    element(p, "figcaption", NULL, caption);
    raw(p, "</figure>\n");
}

static void put_pictures(Page *p)
{
    if (!p->pictures || !p->pictures->count)
        return;
    section_open(p, "pictures", MESSAGE_PICTURES);
    raw(p, "<div class=\"pictures\">\n");
    for (size_t i = 0; i < p->pictures->count && !p->failed; i++)
        put_picture(p, &p->pictures->items[i]);
    raw(p, "</div>\n");
    element(p, "p", "note", message(p, MESSAGE_PICTURES_NOTE));
    section_close(p);
}

/* --- what was seen ------------------------------------------------------------------------------------- */

static void put_technique(Page *p)
{
    section_open(p, "technique", MESSAGE_TECHNIQUE);
    raw(p, "<dl class=\"pairs\">\n");
    for (size_t i = 0; i < p->c->technique_count; i++) {
        element(p, "dt", NULL, message(p, p->c->technique[i].label));
        raw(p, "<dd>");
        joined(p, &p->c->technique[i].examinations);
        raw(p, "</dd>\n");
    }
    raw(p, "</dl>\n");
    section_close(p);
}

static void put_finding(Page *p, const ContentFinding *finding)
{
    raw(p, "<tr><th scope=\"row\">");
    safe(p, finding->label);
    raw(p, "</th><td>");
    bool both = finding->read && finding->measured, agree = both && !strcmp(finding->read, finding->measured);
    if (finding->read) {
        safe(p, finding->read);
        tag(p, "tag", message(p, MESSAGE_READ));
    }
    if (both && !agree)
        raw(p, "<br/>");
    if (finding->measured) {
        safe(p, agree ? "" : finding->measured);
        tag(p, "tag measured", message(p, MESSAGE_MEASURED));
    }
    if (finding->conflict)
        tag(p, "differ", message(p, MESSAGE_READER_USED));
    raw(p, "</td></tr>\n");
}

static void put_findings(Page *p)
{
    section_open(p, "findings", MESSAGE_FINDINGS);
    if (!p->c->finding_section_count)
        element(p, "p", "quiet", message(p, MESSAGE_NO_FINDINGS));
    else
        text_addf(p->out, "<div class=\"sections%s\">\n", p->c->finding_section_count == 1 ? " single" : "");
    for (size_t i = 0; i < p->c->finding_section_count; i++) {
        const ContentFindings *section = &p->c->findings[i];
        text_addf(p->out, "<div><h3 id=\"findings-%zu\">", i + 1);
        safe(p, section->title);
        text_addf(p->out, "</h3><table aria-labelledby=\"findings-%zu\"><tbody>\n", i + 1);
        for (size_t k = 0; k < section->count; k++)
            put_finding(p, &section->items[k]);
        raw(p, "</tbody></table></div>\n");
    }
    if (p->c->finding_section_count)
        raw(p, "</div>\n");
    section_close(p);
}

static void put_measurement(Page *p, const ContentMeasurement *m)
{
    raw(p, "<tr><th scope=\"row\">");
    safe(p, m->name);
    raw(p, "</th>");
    element(p, "td", "value", m->value);
    raw(p, "<td class=\"method\">");
    safe(p, m->method);
    references(p, m->references, m->reference_count);
    raw(p, "</td></tr>\n");
}

static void put_family(Page *p, const ContentFamily *family)
{
    enum { COLUMNS = 3 };
    text_addf(p->out, "<tbody><tr class=\"family\"><th colspan=\"%d\" scope=\"rowgroup\">", COLUMNS);
    safe(p, family->title);
    raw(p, "</th></tr>\n");
    for (size_t i = 0; i < family->count; i++)
        put_measurement(p, &family->items[i]);
    if (family->further) {
        text_addf(p->out, "<tr><td class=\"method\" colspan=\"%d\">", COLUMNS);
        safe(p, family->further);
        raw(p, "</td></tr>\n");
    }
    raw(p, "</tbody>\n");
}

static void put_measurements(Page *p)
{
    if (!p->c->family_count && !p->c->missing.count)
        return;
    section_open(p, "measurements", MESSAGE_MEASUREMENTS);
    if (p->c->family_count) {
        raw(p, "<table class=\"measurements\" aria-labelledby=\"measurements\"><thead><tr>");
        column_head(p, "third", message(p, MESSAGE_QUANTITY));
        column_head(p, "measure", message(p, MESSAGE_VALUE));
        column_head(p, NULL, message(p, MESSAGE_METHOD));
        raw(p, "</tr></thead>\n");
    }
    for (size_t i = 0; i < p->c->family_count; i++)
        put_family(p, &p->c->families[i]);
    if (p->c->family_count)
        raw(p, "</table>\n");
    if (p->c->missing.count) {
        raw(p, "<div class=\"small unmeasured\"><h3>");
        safe(p, message(p, MESSAGE_MISSING));
        raw(p, "</h3>\n");
        for (size_t i = 0; i < p->c->missing.count; i++)
            labelled(p, "quiet", p->c->missing.items[i].label, p->c->missing.items[i].value);
        raw(p, "</div>\n");
    }
    section_close(p);
}

/* --- the differential ---------------------------------------------------------------------------------- */

static void whisker(Page *p, const char *classes, double low, double high)
{
    text_addf(p->out,
              "<g class=\"%s\"><line x1=\"%.1f%%\" x2=\"%.1f%%\" y1=\"9\" y2=\"9\"/>"
              "<line x1=\"%.1f%%\" x2=\"%.1f%%\" y1=\"5\" y2=\"13\"/><line x1=\"%.1f%%\" x2=\"%.1f%%\" "
              "y1=\"5\" y2=\"13\"/></g>",
              classes, low, high, low, low, high, high);
}

static void put_bar(Page *p, const ContentDiagnosis *d)
{
    raw(p, "<svg role=\"img\" width=\"100%\" height=\"18\" aria-label=\"");
    safe(p, d->spoken);
    text_addf(p->out,
              "\"><rect class=\"track\" y=\"2\" width=\"100%%\" height=\"14\" rx=\"2\"/>"
              "<rect class=\"f-%s\" y=\"2\" width=\"%.1f%%\" height=\"14\" rx=\"2\"/>",
              group_class(d->group), percent_of(d->probability));
    if (d->interval) {
        whisker(p, "halo", percent_of(d->low), percent_of(d->high));
        whisker(p, "whisker", percent_of(d->low), percent_of(d->high));
    }
    raw(p, "</svg>");
}

static void put_ranked(Page *p, size_t rank, const ContentDiagnosis *d)
{
    text_addf(p->out, "<tr%s><td class=\"rank num\">%zu</td><th scope=\"row\">",
              rank == 1 ? " class=\"first\"" : "", rank);
    safe(p, d->name);
    raw(p, "</th><td class=\"group\">");
    chip(p, d->group);
    safe(p, d->group_word);
    raw(p, "</td><td>");
    put_bar(p, d);
    raw(p, "</td>");
    element(p, "td", "num percent", d->percent);
    element(p, "td", "num", d->interval);
    raw(p, "</tr>\n");
}

static void put_groups(Page *p)
{
    if (!p->c->group_count)
        return;
    raw(p, "<div class=\"sums\"><h3>");
    safe(p, message(p, MESSAGE_GROUPS));
    raw(p, "</h3><svg aria-hidden=\"true\" width=\"100%\" height=\"16\">");
    double left = 0;
    for (size_t i = 0; i < p->c->group_count; i++) {
        double width = percent_of(p->c->groups[i].probability);
        text_addf(p->out, "<rect class=\"f-%s\" x=\"%.2f%%\" width=\"%.2f%%\" height=\"16\"/>",
                  group_class(p->c->groups[i].group), left, width);
        left += width;
    }
    raw(p, "</svg>\n<ul class=\"legend\">\n");
    for (size_t i = 0; i < p->c->group_count; i++) {
        raw(p, "<li>");
        chip(p, p->c->groups[i].group);
        safe(p, p->c->groups[i].word);
        raw(p, " ");
        element(p, "span", "percent", p->c->groups[i].percent);
        raw(p, "</li>\n");
    }
    raw(p, "</ul></div>\n");
}

static void put_others(Page *p)
{
    for (size_t i = 0; i < p->c->others.count; i++)
        labelled(p, "others small", p->c->others.items[i].label, p->c->others.items[i].value);
}

static void put_differential(Page *p)
{
    section_open(p, "differential", MESSAGE_DIFFERENTIAL);
    raw(p, "<table class=\"ranking\" aria-labelledby=\"differential\"><thead><tr><td class=\"rank\"></td>");
    column_head(p, "diagnosis", message(p, MESSAGE_DIAGNOSIS));
    column_head(p, "group", message(p, MESSAGE_GROUP));
    raw(p, "<td class=\"bars small quiet\" aria-hidden=\"true\"><span "
           "class=\"scale\"><span>0</span><span>50</span>"
           "<span>100&#160;%</span></span></td>");
    column_head(p, "num", message(p, MESSAGE_PROBABILITY));
    column_head(p, "num", message(p, MESSAGE_INTERVAL));
    raw(p, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < p->c->bar_count; i++)
        put_ranked(p, i + 1, &p->c->ranking[i]);
    raw(p, "</tbody></table>\n");
    put_others(p);
    raw(p, "<p class=\"note\">");
    if (p->c->prior) {
        raw(p, "<strong>");
        safe(p, fill(p, MESSAGE_PRIOR_PATTERN, p->c->prior));
        raw(p, "</strong> ");
    }
    safe(p, message(p, MESSAGE_BAR_LEGEND_HTML));
    raw(p, "</p>\n");
    put_groups(p);
    section_close(p);
}

/* A bar from the middle: to the right in favour, to the left against. */
static void put_weight(Page *p, const ContentReason *reason)
{
    double half = p->c->heaviest > 0 ? 50 * fabs(reason->weight) / p->c->heaviest : 0;
    raw(p, "<svg role=\"img\" width=\"100%\" height=\"12\" aria-label=\"");
    safe(p, reason->odds ? fill(p, MESSAGE_REASON_BAR, reason->odds) : "");
    text_addf(p->out,
              "\"><rect class=\"track\" y=\"5\" width=\"100%%\" height=\"2\"/>"
              "<rect class=\"%s\" x=\"%.1f%%\" width=\"%.1f%%\" y=\"1\" height=\"10\"/>"
              "<line class=\"axis\" x1=\"50%%\" x2=\"50%%\" y1=\"0\" y2=\"12\"/></svg>",
              reason->weight < 0 ? "f-against" : "f-for", reason->weight < 0 ? 50 - half : 50.0, half);
}

static void put_reasons(Page *p, MessageId title, const ContentReason *reasons, size_t count,
                        const char *rest)
{
    if (!count && !rest)
        return;
    raw(p, "<tbody><tr><th colspan=\"2\" scope=\"rowgroup\">");
    safe(p, message(p, title));
    raw(p, "</th>");
    column_head(p, "num", count ? message(p, MESSAGE_ODDS) : "");
    raw(p, "</tr>\n");
    for (size_t i = 0; i < count; i++) {
        raw(p, "<tr><td>");
        sentence(p, &reasons[i].sentence);
        raw(p, "</td><td class=\"weight\">");
        put_weight(p, &reasons[i]);
        raw(p, "</td>");
        element(p, "td", "num", reasons[i].odds);
        raw(p, "</tr>\n");
    }
    if (rest) {
        raw(p, "<tr class=\"rest\"><td colspan=\"3\" class=\"small quiet\">");
        safe(p, rest);
        raw(p, "</td></tr>\n");
    }
    raw(p, "</tbody>\n");
}

static bool is_explained(const ContentDiagnosis *d)
{
    return d->in_favour_count || d->against_count || d->in_favour_rest || d->against_rest || d->mirror;
}

static void put_reason_table(Page *p, size_t rank, const ContentDiagnosis *d)
{
    if (d->mirror) {
        element(p, "p", NULL, d->mirror);
        return;
    }
    text_addf(p->out,
              "<table class=\"reasons\" aria-labelledby=\"reasons-%zu\"><colgroup><col/>"
              "<col class=\"weight\"/><col class=\"odds\"/></colgroup>\n",
              rank);
    put_reasons(p, MESSAGE_FOR, d->in_favour, d->in_favour_count, d->in_favour_rest);
    put_reasons(p, MESSAGE_AGAINST, d->against, d->against_count, d->against_rest);
    raw(p, "</table>\n");
}

static void put_explained(Page *p)
{
    bool any = false;
    section_open(p, "reasons", MESSAGE_REASONS);
    for (size_t i = 0; i < p->c->ranking_count && i < CONTENT_EXPLAINED; i++) {
        const ContentDiagnosis *d = &p->c->ranking[i];
        if (!is_explained(d))
            continue;
        any = true;
        text_addf(p->out, "<div class=\"explained\"><h3 id=\"reasons-%zu\">", i + 1);
        chip(p, d->group);
        text_addf(p->out, "%zu ", i + 1);
        safe(p, d->name);
        raw(p, " ");
        element(p, "span", "percent", d->percent);
        if (d->rival) {
            raw(p, " ");
            element(p, "span", "quiet", fill(p, MESSAGE_RIVAL_PATTERN, d->rival));
        }
        raw(p, "</h3>\n");
        put_reason_table(p, i + 1, d);
        raw(p, "</div>\n");
    }
    if (!any)
        element(p, "p", "quiet", message(p, MESSAGE_NO_REASONS));
    section_close(p);
}

/* --- what to do ---------------------------------------------------------------------------------------- */

static void put_notes(Page *p, const char *id, MessageId title, const ContentNotes *notes)
{
    if (!notes->count)
        return;
    section_open(p, id, title);
    raw(p, "<ul>\n");
    for (size_t i = 0; i < notes->count; i++) {
        const ContentNote *note = &notes->items[i];
        raw(p, "<li>");
        if (note->lead) {
            raw(p, "<strong>");
            safe(p, note->lead);
            raw(p, *note->sentence.text ? ":</strong> " : "</strong>");
        }
        sentence(p, &note->sentence);
        if (note->because)
            element(p, "p", "because", note->because);
        raw(p, "</li>\n");
    }
    raw(p, "</ul>\n");
    section_close(p);
}

static void put_mimics(Page *p)
{
    put_notes(p, "mimics", MESSAGE_MIMICS, &p->c->mimics);
}

static void put_pathology(Page *p)
{
    put_notes(p, "pathology", MESSAGE_PATHOLOGY, &p->c->pathology);
}

static void put_branches(Page *p, const ContentExamination *examination)
{
    if (!examination->branch_count)
        return;
    raw(p, "<ul class=\"small\">\n");
    for (size_t i = 0; i < examination->branch_count; i++) {
        const ContentBranch *branch = &examination->branches[i];
        raw(p, "<li>");
        safe(p, branch->condition);
        raw(p, " ");
        safe(p, branch->outcome);
        raw(p, " ");
        if (branch->action)
            element(p, "strong", NULL, branch->action);
        raw(p, "</li>\n");
    }
    raw(p, "</ul>");
}

static void put_next(Page *p)
{
    if (!p->c->next_asked)
        return;
    section_open(p, "next", MESSAGE_NEXT);
    if (!p->c->next_count) {
        element(p, "p", NULL, message(p, MESSAGE_NO_NEXT));
        section_close(p);
        return;
    }
    raw(p, "<ol class=\"next\">\n");
    for (size_t i = 0; i < p->c->next_count; i++) {
        const ContentExamination *examination = &p->c->next[i];
        raw(p, "<li>");
        element(p, "strong", NULL, examination->name);
        for (size_t k = 0; k < examination->burden.count; k++) {
            const Pair *pair = &examination->burden.items[k];
            element(
                p, "span", "burden",
                messages_fill(p->c->arena, p->c->messages, MESSAGE_LABEL_PATTERN, pair->label, pair->value));
        }
        if (*examination->sentence.text) {
            raw(p, "<p>");
            sentence(p, &examination->sentence);
            raw(p, "</p>");
        }
        put_branches(p, examination);
        raw(p, "</li>\n");
    }
    raw(p, "</ol>\n");
    section_close(p);
}

static void put_biopsy(Page *p)
{
    put_notes(p, "biopsy", MESSAGE_BIOPSY, &p->c->biopsy);
}

static void put_score_table(Page *p)
{
    raw(p, "<table aria-labelledby=\"scores\"><thead><tr>");
    column_head(p, "third", message(p, MESSAGE_SCORE));
    column_head(p, "score", message(p, MESSAGE_VALUE));
    column_head(p, "score", message(p, MESSAGE_BAND));
    column_head(p, NULL, message(p, MESSAGE_ITEMS));
    raw(p, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < p->c->score_count; i++) {
        const ContentScore *score = &p->c->scores[i];
        raw(p, "<tr><th scope=\"row\">");
        safe(p, score->name);
        references(p, score->references, score->reference_count);
        raw(p, "</th><td class=\"value\"><strong>");
        safe(p, score->value);
        raw(p, "</strong></td><td>");
        safe(p, score->band);
        if (score->band && score->text)
            raw(p, "<br/>");
        if (score->text)
            element(p, "span", "method", score->text);
        raw(p, "</td><td class=\"method\">");
        safe(p, score->items);
        if (score->items && score->unknown)
            raw(p, "<br/>");
        safe(p, score->unknown);
        if (score->note)
            raw(p, "<br/>");
        safe(p, score->note);
        raw(p, "</td></tr>\n");
    }
    raw(p, "</tbody></table>\n");
}

static void put_scores(Page *p)
{
    if (!p->c->score_count && !p->c->scores_left_out)
        return;
    section_open(p, "scores", MESSAGE_SCORES);
    if (p->c->score_count)
        put_score_table(p);
    if (p->c->scores_left_out)
        element(p, "p", "method", p->c->scores_left_out);
    section_close(p);
}

/* Under the name of the diagnosis, which stands once. */
static void put_management(Page *p)
{
    const ContentNotes *notes = &p->c->management;
    const char *lead = NULL;
    if (!notes->count)
        return;
    section_open(p, "management", MESSAGE_MANAGEMENT);
    for (size_t i = 0; i < notes->count; i++) {
        const ContentNote *note = &notes->items[i];
        bool begins = note->lead && (!lead || strcmp(lead, note->lead) != 0);
        if (begins && i)
            raw(p, "</ul>\n");
        if (begins)
            element(p, "h3", NULL, note->lead);
        if (begins || !i)
            raw(p, "<ul>\n");
        lead = note->lead;
        raw(p, "<li>");
        sentence(p, &note->sentence);
        if (note->because)
            element(p, "p", "because", note->because);
        raw(p, "</li>\n");
    }
    raw(p, "</ul>\n");
    section_close(p);
}

/* --- the end ------------------------------------------------------------------------------------------- */

static void put_conflicts(Page *p)
{
    if (!p->c->conflict_count)
        return;
    section_open(p, "conflicts", MESSAGE_CONFLICTS);
    raw(p, "<table aria-labelledby=\"conflicts\"><thead><tr>");
    column_head(p, NULL, message(p, MESSAGE_FINDING));
    column_head(p, NULL, message(p, MESSAGE_READER));
    column_head(p, NULL, message(p, MESSAGE_MEASUREMENT));
    raw(p, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < p->c->conflict_count; i++) {
        raw(p, "<tr><th scope=\"row\">");
        safe(p, p->c->conflicts[i].label);
        raw(p, "</th>");
        element(p, "td", NULL, p->c->conflicts[i].read);
        element(p, "td", NULL, p->c->conflicts[i].measured);
        raw(p, "</tr>\n");
    }
    raw(p, "</tbody></table>\n");
    element(p, "p", "note", message(p, MESSAGE_USED));
    section_close(p);
}

static void put_not_written(Page *p)
{
    if (!p->c->not_written.count)
        return;
    section_open(p, "not-written", MESSAGE_NOT_WRITTEN);
    pairs_put(p, &p->c->not_written);
    section_close(p);
}

static void put_limits(Page *p)
{
    section_open(p, "limits", MESSAGE_LIMITS);
    raw(p, "<div class=\"small\">");
    bullets(p, &p->c->limits);
    raw(p, "</div>\n");
    section_close(p);
}

/* All but unreserved characters and what DOIs are made of is percent-encoded (RFC 3986, section 2). */
static void add_doi(Page *p, const char *doi)
{
    for (const unsigned char *at = (const unsigned char *)doi; *at; at++) {
        bool plain = (*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z') ||
                     strchr("-._/():;", *at);
        text_addf(p->out, plain ? "%c" : "%%%02X", *at);
    }
}

static void put_sources(Page *p)
{
    if (!p->c->source_count)
        return;
    section_open(p, "sources", MESSAGE_SOURCES);
    raw(p, "<ol class=\"sources\">\n");
    for (size_t i = 0; i < p->c->source_count; i++) {
        const ContentSource *source = &p->c->sources[i];
        text_addf(p->out, "<li id=\"source-%zu\"><span>[%zu]</span><span>", source->number, source->number);
        safe(p, source->text);
        if (source->doi) {
            raw(p, *source->text ? " <a rel=\"noreferrer\" href=\"https://doi.org/"
                                 : "<a rel=\"noreferrer\" href=\"https://doi.org/");
            add_doi(p, source->doi);
            raw(p, "\">doi:");
            safe(p, source->doi);
            raw(p, "</a>");
        }
        raw(p, "</span></li>\n");
    }
    raw(p, "</ol>\n");
    section_close(p);
}

static void put_provenance(Page *p)
{
    if (!p->c->provenance.count && !p->c->inputs.count)
        return;
    section_open(p, "provenance", MESSAGE_PROVENANCE);
    raw(p, "<div class=\"provenance\">\n");
    pairs_put(p, &p->c->provenance);
    if (p->c->inputs.count) {
        raw(p, "<table aria-labelledby=\"provenance\"><thead><tr><td class=\"rank\"></td>");
        column_head(p, NULL, message(p, MESSAGE_SERIES));
        column_head(p, NULL, message(p, MESSAGE_CHECKSUM));
        raw(p, "</tr></thead><tbody>\n");
        for (size_t i = 0; i < p->c->inputs.count; i++) {
            text_addf(p->out, "<tr><td class=\"rank num\">%zu</td><th scope=\"row\" class=\"mono\">", i + 1);
            safe(p, p->c->inputs.items[i].label);
            raw(p, "</th>");
            element(p, "td", "mono", p->c->inputs.items[i].value);
            raw(p, "</tr>\n");
        }
        raw(p, "</tbody></table>\n");
    }
    raw(p, "</div>\n");
    section_close(p);
}

typedef void (*Part)(Page *page);

static const Part parts[] = {put_alerts,    put_impression, put_pictures,     put_differential,
                             put_technique, put_findings,   put_measurements, put_explained,
                             put_mimics,    put_next,       put_biopsy,       put_pathology,
                             put_scores,    put_management, put_conflicts,    put_not_written,
                             put_limits,    put_sources,    put_provenance};

static void put_document_head(Page *p)
{
    raw(p, "<!DOCTYPE html>\n<html lang=\"");
    safe(p, p->c->messages->language);
    raw(p, "\">\n<head>\n<meta charset=\"utf-8\"/>\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
           "'unsafe-inline'; img-src data:\"/>\n"
           "<meta name=\"referrer\" content=\"no-referrer\"/>\n<title>dens – ");
    safe(p, message(p, MESSAGE_TITLE));
    raw(p, "</title>\n<style>\n");
    for (size_t i = 0; i < html_style_count; i++) {
        raw(p, html_style[i]);
        raw(p, "\n");
    }
    raw(p, "</style>\n</head>\n");
}

bool report_html(const Value *result, const Vocabulary *vocabulary, const Messages *messages,
                 const ReportPictures *pictures, Text *out, DensError **err)
{
    AUTO(content_auto) Content *content = content_new(result, vocabulary, messages, err);
    if (!content)
        return false;
    AUTO_TEXT text = TEXT_INIT;
    Page page = {.out = &text, .c = content, .pictures = pictures, .err = err};
    put_document_head(&page);
    raw(&page, "<body>\n<div class=\"page\">\n");
    put_head(&page);
    raw(&page, "<main>\n");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        parts[i](&page);
    raw(&page, "</main>\n</div>\n</body>\n</html>\n");
    if (page.failed)
        return false;
    text_add_bytes(out, text_string(&text), text.length);
    return true;
}
