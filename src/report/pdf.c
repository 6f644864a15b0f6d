/* The report as PDF: A4, typeset, in the order in which it is read: what must not be missed, the impression,
 * the pictures, the differential, what to do, and then what it rests on. The document is drawn twice, as the
 * foot of a page tells how many there are. */
#include "report/content.h"
#include "report/report.h"
#include "report/sheet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const Colour ink = {0.106, 0.137, 0.188}, quiet = {0.33, 0.373, 0.431}, rule = {0.835, 0.855, 0.882},
                    track = {0.933, 0.945, 0.957}, white = {1, 1, 1};

/* It is for the hand, three pages at most if that can be done: it has fewer reasons than the page in the
 * browser, and methods are only there. What does not fit is tried again with less. */
enum { MOST_PAGES = 3 };
typedef struct {
    size_t explained, reasons; /* diagnoses with reasons, and half of the reasons of each */
    size_t next, branches;     /* examinations, and answers of each */
    size_t notes;              /* considerations of one kind */
    size_t rows;               /* measurements of one family */
    /* scores in one run without sources, no basis of a note, no minor measurements, of what could not be
     * measured only why */
    bool brief;
} Detail;
static const Detail details[] = {
    {3, 4, 4, 4, 12, 99, false}, {2, 3, 3, 3, 8, 99, false}, {2, 3, 3, 2, 6, 3, true},
    {2, 3, 3, 1, 3, 2, true},    {2, 3, 2, 0, 2, 1, true},   {1, 3, 2, 0, 2, 1, true},
    {1, 3, 1, 0, 1, 1, true},    {1, 2, 1, 0, 1, 1, true},   {1, 1, 1, 0, 1, 1, true}};

typedef struct {
    Sheet *sheet;
    const Content *c;
    const ReportPictures *pictures;
    bool *mentioned; /* by number of the source */
    Detail detail;
} Paper;

static const char *message(const Paper *p, MessageId id)
{
    return messages_text(p->c->messages, id);
}

static const char *fill(const Paper *p, MessageId id, const char *first, const char *second)
{
    return messages_fill(p->c->arena, p->c->messages, id, first, second);
}

static Column column(double left, double width, Face face, Colour colour, const char *text)
{
    return (Column){left, width, {.face = face, .colour = colour}, text};
}

/* One paragraph over the whole width, moved in by `indent`. */
static void paragraph(Paper *p, double indent, Face face, Colour colour, const char *text)
{
    if (text && *text) {
        const Column c = column(indent, sheet_width(p->sheet) - indent, face, colour, text);
        sheet_row(p->sheet, "P", &c, 1, NULL);
    }
}

static double height_of(Paper *p, double indent, Face face, const char *text)
{
    const Column c = column(indent, sheet_width(p->sheet) - indent, face, ink, text);
    return text && *text ? sheet_text_height(p->sheet, &c) : 0;
}

/* A heading that does not stand at a page's foot without the first `following` points of what it is for. */
static void section_before(Paper *p, MessageId title, double following)
{
    const double least = 26, gap = 4; /* of the heading; above and below what follows */
    sheet_skip(p->sheet, 8.5);
    sheet_need(p->sheet, 2 * least > least + gap + following ? 2 * least : least + gap + following);
    sheet_bookmark(p->sheet, message(p, title));
    double width = sheet_width(p->sheet);
    const Column c = column(0, width, FACE_HEADING, ink, message(p, title));
    sheet_row(p->sheet, "H2", &c, 1, NULL);
    double y = sheet_take(p->sheet, 5) + 1.5;
    sheet_line(p->sheet, 0, y, width, y, 0.6, rule);
}

static void section(Paper *p, MessageId title)
{
    section_before(p, title, 0);
}

/* "sentence [1, 2]", in the arena. */
static const char *cited(const Paper *p, const char *text, const size_t *references, size_t count)
{
    if (count == 0) {
        return text ? text : "";
    }
    AUTO_TEXT out = TEXT_INIT;
    text_addf(&out, "%s [", text ? text : "");
    for (size_t i = 0; i < count; i++) {
        text_addf(&out, "%s%zu", i ? ", " : "", references[i]);
        if (references[i] <= p->c->source_count) {
            p->mentioned[references[i]] = true;
        }
    }
    text_add(&out, "]");
    return arena_strdup(p->c->arena, text_string(&out));
}

static const char *said(const Paper *p, const Sentence *s)
{
    return cited(p, s->text, s->references, s->reference_count);
}

static const char *labelled(const Paper *p, const char *label, const char *value)
{
    return fill(p, MESSAGE_LABEL_PATTERN, label, value);
}

static const char *joined(const Paper *p, const Strings *strings)
{
    AUTO_TEXT out = TEXT_INIT;
    for (size_t i = 0; i < strings->count; i++) {
        text_addf(&out, "%s%s", i ? message(p, MESSAGE_SEMICOLON) : "", strings->items[i]);
    }
    return arena_strdup(p->c->arena, text_string(&out));
}

static Colour group_colour(const char *group)
{
    static const struct {
        const char *group;
        Colour colour;
    } colours[] = {{"benign", {0.353, 0.663, 0.867}},
                   {"intermediate", {0.89, 0.627, 0.031}},
                   {"malignant", {0.616, 0.106, 0.204}},
                   {"secondary", {0.416, 0.298, 0.576}},
                   {"mimic", {0.184, 0.561, 0.514}}};
    for (size_t i = 0; group && i < sizeof colours / sizeof *colours; i++) {
        if (strcmp(group, colours[i].group) == 0) {
            return colours[i].colour;
        }
    }
    return (Colour){0.553, 0.592, 0.639};
}

/* A title at the left and running text beside it. */
static void put_run(Paper *p, const char *title, const char *text)
{
    const double left = 92;
    const Column columns[] = {column(0, left - 8, FACE_SMALL, quiet, title),
                              column(left, sheet_width(p->sheet) - left, FACE_BODY, ink, text)};
    sheet_row(p->sheet, "P", columns, 2, NULL);
    sheet_skip(p->sheet, 2);
}

/* ---- the top */

static void put_head(Paper *p)
{
    double width = sheet_width(p->sheet), half = width / 2;
    Column title[] = {column(0, width - 110, FACE_TITLE, ink,
                             arena_printf(p->c->arena, "dens  %s", message(p, MESSAGE_TITLE))),
                      column(width - 108, 108, FACE_BODY, quiet, p->c->date)};
    title[1].style.align = ALIGN_RIGHT;
    sheet_row(p->sheet, "H1", title, 2, NULL);
    sheet_skip(p->sheet, 4);
    for (size_t i = 0; i < p->c->head.count; i += 2) {
        Column pair[4];
        size_t count = 0;
        for (size_t k = i; k < i + 2 && k < p->c->head.count; k++) {
            double left = k == i ? 0 : half + 6;
            pair[count++] = column(left, 66, FACE_BODY, quiet, p->c->head.items[k].label);
            pair[count++] = column(left + 70, half - 76, FACE_BODY, ink, p->c->head.items[k].value);
        }
        sheet_row(p->sheet, "P", pair, count, NULL);
        sheet_skip(p->sheet, 1.5);
    }
    sheet_skip(p->sheet, 2);
    paragraph(p, 0, FACE_SMALL, quiet, message(p, MESSAGE_DEVICE));
    double y = sheet_take(p->sheet, 5) + 4;
    sheet_line(p->sheet, 0, y, width, y, 1.2, ink);
}

static void put_alert(Paper *p, const ContentAlert *alert)
{
    static const Colour edges[] = {[URGENCY_HOURS] = {0.639, 0.071, 0.165},
                                   [URGENCY_DAYS] = {0.541, 0.325, 0},
                                   [URGENCY_PLANNED] = {0.043, 0.325, 0.58}};
    static const Colour grounds[] = {[URGENCY_HOURS] = {0.992, 0.945, 0.949},
                                     [URGENCY_DAYS] = {1, 0.973, 0.918},
                                     [URGENCY_PLANNED] = {0.945, 0.965, 0.988}};
    const double left = 92, pad = 5;
    double width = sheet_width(p->sheet) - left - pad;
    const char *label = alert->label && alert->certainty
                            ? arena_printf(p->c->arena, "%s (%s)", alert->label, alert->certainty)
                            : alert->label;
    enum { LINES = 4 };
    const Column parts[LINES] = {
        column(left, width, FACE_STRONG, ink, label),
        column(left, width, FACE_BODY, ink, said(p, &alert->sentence)),
        column(left, width, FACE_BODY, ink, alert->ask),
        column(left, width, FACE_SMALL, quiet, alert->because),
    };
    double height = 2 * pad;
    for (size_t i = 0; i < LINES; i++) {
        height += sheet_text_height(p->sheet, &parts[i]);
    }
    double top = sheet_take(p->sheet, height), y = top + pad;
    sheet_box(p->sheet, 0, top, sheet_width(p->sheet), height, grounds[alert->urgency]);
    sheet_box(p->sheet, 0, top, 4, height, edges[alert->urgency]);
    Column badge = column(12, 74, FACE_STRONG, edges[alert->urgency], alert->urgency_word);
    sheet_text_at(p->sheet, &badge, y);
    for (size_t i = 0; i < LINES; i++) {
        sheet_text_at(p->sheet, &parts[i], y);
        y += sheet_text_height(p->sheet, &parts[i]);
    }
    sheet_skip(p->sheet, 4);
}

static void put_alerts(Paper *p)
{
    section(p, MESSAGE_ALERTS);
    if (!p->c->alert_count) {
        paragraph(p, 0, FACE_BODY, ink, message(p, MESSAGE_NO_ALERT));
    }
    for (size_t i = 0; i < p->c->alert_count; i++) {
        put_alert(p, &p->c->alerts[i]);
    }
}

static void put_impression(Paper *p)
{
    section(p, MESSAGE_IMPRESSION);
    if (!p->c->impression.count) {
        paragraph(p, 0, FACE_BODY, quiet, message(p, MESSAGE_NO_IMPRESSION));
    }
    for (size_t i = 0; i < p->c->impression.count; i++) {
        const Column line[] = {
            column(0, 14, FACE_LEAD, quiet, arena_printf(p->c->arena, "%zu.", i + 1)),
            column(16, sheet_width(p->sheet) - 16, FACE_LEAD, ink, p->c->impression.items[i])};
        sheet_row(p->sheet, "P", line, 2, NULL);
        sheet_skip(p->sheet, 2);
    }
    if (p->c->signature) {
        sheet_skip(p->sheet, 2);
        paragraph(p, 0, FACE_BODY, ink, p->c->signature);
    }
    if (p->c->not_assessed.count) {
        sheet_skip(p->sheet, 2);
        paragraph(p, 0, FACE_BODY, ink,
                  labelled(p, message(p, MESSAGE_NOT_ASSESSED), joined(p, &p->c->not_assessed)));
    }
}

/* ---- pictures: two of a series side by side, two series in a row */

enum { CAPTION = 13 }; /* the height below a picture */

static double row_height(const Paper *p, size_t first, size_t count, double width)
{
    double height = 0;
    for (size_t i = first; i < first + count; i++) {
        height = fmax(height, sheet_picture_height(&p->pictures->items[i], width));
    }
    return height;
}

static void put_picture_row(Paper *p, size_t first, size_t count, double width, double gap)
{
    const double height = row_height(p, first, count, width), caption = CAPTION;
    double top = sheet_take(p->sheet, height + caption);
    for (size_t i = first; i < first + count; i++) {
        const ReportPicture *picture = &p->pictures->items[i];
        double left = (double)(i - first) * (width + gap);
        sheet_picture(p->sheet, picture, left, top, width);
        const char *word = messages_word(p->c->messages->series, picture->role);
        const Column c = column(
            left, width, FACE_SMALL, quiet,
            fill(p, picture->plane == PLANE_SAGITTAL ? MESSAGE_SAGITTAL_PATTERN : MESSAGE_AXIAL_PATTERN,
                 word ? word : picture->role, NULL));
        sheet_text_at(p->sheet, &c, top + height + 1.5);
    }
    sheet_skip(p->sheet, 4);
}

static void put_pictures(Paper *p)
{
    enum { IN_A_ROW = 5 };
    const double gap = 6;
    size_t count = p->pictures ? p->pictures->count : 0;
    if (!count) {
        return;
    }
    double width = (sheet_width(p->sheet) - (IN_A_ROW - 1) * gap) / IN_A_ROW;
    section_before(p, MESSAGE_PICTURES,
                   row_height(p, 0, count < IN_A_ROW ? count : IN_A_ROW, width) + CAPTION);
    for (size_t i = 0; i < count; i += IN_A_ROW) {
        put_picture_row(p, i, count - i < IN_A_ROW ? count - i : IN_A_ROW, width, gap);
    }
    paragraph(p, 0, FACE_SMALL, quiet, message(p, MESSAGE_PICTURES_NOTE));
}

/* ---- the differential */

static void put_whisker(Paper *p, double x, double width, double y, const ContentDiagnosis *d)
{
    double low = x + width * d->low, high = x + width * d->high;
    for (int pass = 0; pass < 2; pass++) {
        Colour colour = pass ? ink : white;
        double thick = pass ? 0.9 : 2.4;
        sheet_line(p->sheet, low, y, high, y, thick, colour);
        sheet_line(p->sheet, low, y - 2.2, low, y + 2.2, thick, colour);
        sheet_line(p->sheet, high, y - 2.2, high, y + 2.2, thick, colour);
    }
}

static void put_ranked(Paper *p, size_t rank, const ContentDiagnosis *d)
{
    double width = sheet_width(p->sheet), bar_left = 252, bar_width = width - bar_left - 104;
    Column columns[] = {
        column(0, 14, FACE_BODY, quiet, arena_printf(p->c->arena, "%zu", rank)),
        column(16, 160, rank == 1 ? FACE_STRONG : FACE_BODY, ink, d->name),
        column(192, 58, FACE_SMALL, quiet, d->group_word),
        column(width - 96, 40, FACE_STRONG, ink, d->percent),
        column(width - 54, 54, FACE_SMALL, quiet, d->interval),
    };
    columns[3].style.align = columns[4].style.align = ALIGN_RIGHT;
    double height = 0, top = sheet_row(p->sheet, "TR", columns, 5, &height);
    Colour colour = group_colour(d->group);
    sheet_box(p->sheet, 182, top + 2.2, 6.5, 6.5, colour);
    sheet_box(p->sheet, bar_left, top + 1.5, bar_width, 8, track);
    sheet_box(p->sheet, bar_left, top + 1.5, bar_width * d->probability, 8, colour);
    if (d->interval) {
        put_whisker(p, bar_left, bar_width, top + 5.5, d);
    }
    sheet_skip(p->sheet, 2);
}

static void put_differential(Paper *p)
{
    const double row = 13.5, around = 60;
    sheet_need(p->sheet, around + row * (double)p->c->bar_count);
    section(p, MESSAGE_DIFFERENTIAL);
    for (size_t i = 0; i < p->c->bar_count; i++) {
        put_ranked(p, i + 1, &p->c->ranking[i]);
    }
    for (size_t i = 0; i < p->c->others.count; i++) {
        paragraph(p, 0, FACE_SMALL, quiet,
                  labelled(p, p->c->others.items[i].label, p->c->others.items[i].value));
    }
    sheet_skip(p->sheet, 2);
    if (p->c->prior) {
        paragraph(p, 0, FACE_STRONG, ink, fill(p, MESSAGE_PRIOR_PATTERN, p->c->prior, NULL));
    }
    paragraph(p, 0, FACE_SMALL, quiet, message(p, MESSAGE_BAR_LEGEND_HTML));
    AUTO_TEXT groups = TEXT_INIT;
    for (size_t i = 0; i < p->c->group_count; i++) {
        text_addf(&groups, "%s%s %s", i ? message(p, MESSAGE_SEMICOLON) : "", p->c->groups[i].word,
                  p->c->groups[i].percent);
    }
    if (p->c->group_count) {
        paragraph(p, 0, FACE_BODY, ink, labelled(p, message(p, MESSAGE_GROUPS), text_string(&groups)));
    }
}

/* How many of the reasons for and against are shown: the strongest of both, one of each side at least. */
static void share_room(const Paper *p, const ContentDiagnosis *d, size_t *out_for, size_t *out_against)
{
    size_t room = 2 * p->detail.reasons, in_favour = d->in_favour_count > 0, against = d->against_count > 0;
    while (in_favour + against < room && (in_favour < d->in_favour_count || against < d->against_count)) {
        if (against >= d->against_count ||
            (in_favour < d->in_favour_count &&
             fabs(d->in_favour[in_favour].weight) >= fabs(d->against[against].weight))) {
            in_favour++;
        } else {
            against++;
        }
    }
    *out_for = in_favour;
    *out_against = against;
}

static void put_side(Paper *p, MessageId title, const ContentReason *reasons, size_t count)
{
    double width = sheet_width(p->sheet);
    for (size_t i = 0; i < count; i++) {
        Column columns[] = {column(8, width - 62, FACE_BODY, ink, said(p, &reasons[i].sentence)),
                            column(width - 48, 48, FACE_STRONG, ink, reasons[i].odds)};
        columns[1].style.align = ALIGN_RIGHT;
        if (i == 0) { /* the side is not named at a page's foot without its first reason */
            sheet_need(p->sheet, height_of(p, 8, FACE_SMALL, message(p, title)) +
                                     sheet_text_height(p->sheet, &columns[0]) + 2);
            paragraph(p, 8, FACE_SMALL, quiet, message(p, title));
        }
        sheet_row(p->sheet, "P", columns, 2, NULL);
        sheet_skip(p->sheet, 1.5);
    }
}

static void put_explained(Paper *p)
{
    section_before(p, MESSAGE_REASONS, 40);
    bool any = false;
    for (size_t i = 0; i < p->c->ranking_count && i < p->detail.explained; i++) {
        const ContentDiagnosis *d = &p->c->ranking[i];
        if (!d->in_favour_count && !d->against_count && !d->mirror) {
            continue;
        }
        any = true;
        sheet_need(p->sheet, 40);
        const char *rival = d->rival ? fill(p, MESSAGE_RIVAL_PATTERN, d->rival, NULL) : "";
        paragraph(p, 0, FACE_SUBHEADING, ink,
                  arena_printf(p->c->arena, "%zu  %s  %s  %s", i + 1, d->name, d->percent, rival));
        if (d->mirror) {
            paragraph(p, 8, FACE_BODY, ink, d->mirror);
        } else {
            size_t in_favour = 0, against = 0;
            share_room(p, d, &in_favour, &against);
            put_side(p, MESSAGE_FOR, d->in_favour, in_favour);
            put_side(p, MESSAGE_AGAINST, d->against, against);
        }
        sheet_skip(p->sheet, 4);
    }
    if (!any) {
        paragraph(p, 0, FACE_BODY, quiet, message(p, MESSAGE_NO_REASONS));
    }
}

/* ---- what to do */

static void put_notes(Paper *p, MessageId title, const ContentNotes *notes)
{
    if (!notes->count) {
        return;
    }
    for (size_t i = 0; i < notes->count && i < p->detail.notes; i++) {
        const ContentNote *note = &notes->items[i];
        const char *text = said(p, &note->sentence);
        const char *whole = note->lead && *text ? labelled(p, note->lead, text)
                            : note->lead        ? note->lead
                                                : text;
        if (i == 0) {
            section_before(p, title, height_of(p, 10, FACE_BODY, whole));
        }
        if (i + 1 == p->detail.notes && i + 1 < notes->count) {
            whole = arena_printf(p->c->arena, "%s  … %s", whole, message(p, MESSAGE_MORE_ELSEWHERE));
        }
        const Column line[] = {column(0, 8, FACE_BODY, quiet, "•"),
                               column(10, sheet_width(p->sheet) - 10, FACE_BODY, ink, whole)};
        sheet_row(p->sheet, "P", line, 2, NULL);
        if (note->because && !p->detail.brief) {
            paragraph(p, 10, FACE_SMALL, quiet, note->because);
        }
        sheet_skip(p->sheet, 2);
    }
}

/* "1  MRI   Cost: low   Risk: none", in the arena. */
static const char *examination_head(const Paper *p, size_t place, const ContentExamination *e)
{
    AUTO_TEXT head = TEXT_INIT;
    text_addf(&head, "%zu  %s", place, e->name);
    for (size_t k = 0; k < e->burden.count; k++) {
        text_addf(&head, "   %s", labelled(p, e->burden.items[k].label, e->burden.items[k].value));
    }
    return arena_strdup(p->c->arena, text_string(&head));
}

static void put_next(Paper *p)
{
    if (!p->c->next_asked) {
        return;
    }
    if (!p->c->next_count) {
        section(p, MESSAGE_NEXT);
        paragraph(p, 0, FACE_BODY, ink, message(p, MESSAGE_NO_NEXT));
    }
    for (size_t i = 0; i < p->c->next_count && i < p->detail.next; i++) {
        const ContentExamination *e = &p->c->next[i];
        const char *head = examination_head(p, i + 1, e), *sentence = said(p, &e->sentence);
        const double beginning =
            height_of(p, 0, FACE_STRONG, head) + height_of(p, 10, FACE_BODY, sentence) + 2;
        if (i == 0) {
            section_before(p, MESSAGE_NEXT, beginning);
        }
        sheet_need(p->sheet, beginning);
        paragraph(p, 0, FACE_STRONG, ink, head);
        paragraph(p, 10, FACE_BODY, ink, sentence);
        for (size_t b = 0; b < e->branch_count && b < p->detail.branches; b++) {
            const ContentBranch *branch = &e->branches[b];
            paragraph(p, 10, FACE_SMALL, quiet,
                      arena_printf(p->c->arena, "%s %s %s", branch->condition,
                                   branch->outcome ? branch->outcome : "",
                                   branch->action ? branch->action : ""));
        }
        sheet_skip(p->sheet, 3);
    }
}

/* Each score in a row of a table. */
static void put_score(Paper *p, const ContentScore *s, const char *meaning)
{
    double width = sheet_width(p->sheet);
    AUTO_TEXT rest = TEXT_INIT;
    text_addf(&rest, "%s%s%s", s->items ? s->items : "", s->items && s->unknown ? " " : "",
              s->unknown ? s->unknown : "");
    const Column columns[] = {
        column(0, 150, FACE_BODY, ink, cited(p, s->name, s->references, s->reference_count)),
        column(156, 56, FACE_STRONG, ink, s->value), column(216, 118, FACE_BODY, ink, meaning),
        column(340, width - 340, FACE_SMALL, quiet, text_string(&rest))};
    sheet_row(p->sheet, "TR", columns, 4, NULL);
    sheet_skip(p->sheet, 3);
}

static void put_scores(Paper *p)
{
    if (!p->c->score_count && !p->c->scores_left_out) {
        return;
    }
    section(p, MESSAGE_SCORES);
    AUTO_TEXT run = TEXT_INIT;
    for (size_t i = 0; i < p->c->score_count; i++) {
        const ContentScore *s = &p->c->scores[i];
        const char *meaning = s->text && s->band ? labelled(p, s->band, s->text)
                              : s->band          ? s->band
                                                 : s->text;
        if (!p->detail.brief) {
            put_score(p, s, meaning);
            continue;
        }
        text_addf(&run, "%s%s%s%s%s", i ? message(p, MESSAGE_SEMICOLON) : "", labelled(p, s->name, s->value),
                  meaning ? " (" : "", meaning ? meaning : "", meaning ? ")" : "");
    }
    paragraph(p, 0, FACE_BODY, ink, text_string(&run));
    paragraph(p, 0, FACE_FINE, quiet, p->c->scores_left_out);
}

static void put_mimics(Paper *p)
{
    put_notes(p, MESSAGE_MIMICS, &p->c->mimics);
}

static void put_biopsy(Paper *p)
{
    put_notes(p, MESSAGE_BIOPSY, &p->c->biopsy);
}

static void put_pathology(Paper *p)
{
    put_notes(p, MESSAGE_PATHOLOGY, &p->c->pathology);
}

static void put_management(Paper *p)
{
    put_notes(p, MESSAGE_MANAGEMENT, &p->c->management);
}

/* ---- what it rests on */

static void put_technique(Paper *p)
{
    section(p, MESSAGE_TECHNIQUE);
    for (size_t i = 0; i < p->c->technique_count; i++) {
        const ContentTechnique *technique = &p->c->technique[i];
        put_run(p, message(p, technique->label), joined(p, &technique->examinations));
    }
}

/* What was only read stands as it is; what was measured says so. */
static const char *seen_value(const Paper *p, const ContentFinding *f)
{
    if (!f->measured) {
        return f->read;
    }
    bool other = f->read && strcmp(f->read, f->measured) != 0;
    const char *measured = arena_printf(p->c->arena, "%s%s(%s)", f->read && !other ? "" : f->measured,
                                        f->read && !other ? "" : " ", message(p, MESSAGE_MEASURED));
    if (!f->read) {
        return measured;
    }
    return arena_printf(p->c->arena, "%s%s%s%s%s", f->read, other ? " / " : " ", measured,
                        f->conflict ? " – " : "", f->conflict ? message(p, MESSAGE_READER_USED) : "");
}

static void put_findings(Paper *p)
{
    section(p, MESSAGE_FINDINGS);
    if (!p->c->finding_section_count) {
        paragraph(p, 0, FACE_BODY, quiet, message(p, MESSAGE_NO_FINDINGS));
    }
    for (size_t s = 0; s < p->c->finding_section_count; s++) {
        const ContentFindings *group = &p->c->findings[s];
        AUTO_TEXT run = TEXT_INIT;
        for (size_t i = 0; i < group->count; i++) {
            text_addf(&run, "%s%s", i ? message(p, MESSAGE_SEMICOLON) : "",
                      labelled(p, group->items[i].label, seen_value(p, &group->items[i])));
        }
        put_run(p, group->title, text_string(&run));
    }
}

/* Where the methods are, and the measurements that are not here. */
static const char *measurements_elsewhere(const Paper *p)
{
    bool more = false;
    for (size_t f = 0; f < p->c->family_count; f++) {
        const ContentFamily *family = &p->c->families[f];
        more = more || family->count > p->detail.rows || (family->further && p->detail.brief);
    }
    const char *methods = message(p, MESSAGE_METHODS_ELSEWHERE);
    return more ? arena_printf(p->c->arena, "%s %s", message(p, MESSAGE_MORE_ELSEWHERE), methods) : methods;
}

/* The measurements of a family that there is room for, in the arena. */
static const char *family_run(const Paper *p, const ContentFamily *family)
{
    AUTO_TEXT run = TEXT_INIT;
    for (size_t i = 0; i < family->count && i < p->detail.rows; i++) {
        text_addf(&run, "%s%s", i ? message(p, MESSAGE_SEMICOLON) : "",
                  fill(p, MESSAGE_MEASURED_PATTERN, family->items[i].name, family->items[i].value));
    }
    if (family->further && !p->detail.brief) {
        text_addf(&run, "%s%s", run.length ? ". " : "", family->further);
    }
    return arena_strdup(p->c->arena, text_string(&run));
}

/* A family to a row; where room is short, all in one run, as each measurement has a name of its own. */
static void put_families(Paper *p)
{
    AUTO_TEXT all = TEXT_INIT;
    for (size_t f = 0; f < p->c->family_count; f++) {
        const ContentFamily *family = &p->c->families[f];
        const char *run = family_run(p, family);
        if (*run && p->detail.brief) {
            text_addf(&all, "%s%s", all.length ? message(p, MESSAGE_SEMICOLON) : "", run);
        } else if (*run) {
            put_run(p, family->title, run);
        }
    }
    paragraph(p, 0, FACE_BODY, ink, text_string(&all));
}

static void put_measurements(Paper *p)
{
    if (!p->c->family_count && !p->c->missing.count) {
        return;
    }
    section(p, MESSAGE_MEASUREMENTS);
    put_families(p);
    AUTO_TEXT why = TEXT_INIT;
    for (size_t i = 0; i < p->c->missing.count; i++) {
        const Pair *missing = &p->c->missing.items[i];
        if (p->detail.brief) {
            text_addf(&why, "%s%s", i ? message(p, MESSAGE_SEMICOLON) : "", missing->label);
        } else {
            put_run(p, i ? "" : message(p, MESSAGE_MISSING), labelled(p, missing->label, missing->value));
        }
    }
    if (why.length) {
        put_run(p, message(p, MESSAGE_MISSING), text_string(&why));
    }
    paragraph(p, 0, FACE_SMALL, quiet, measurements_elsewhere(p));
}

static void put_conflicts(Paper *p)
{
    if (!p->c->conflict_count) {
        return;
    }
    section(p, MESSAGE_CONFLICTS);
    for (size_t i = 0; i < p->c->conflict_count; i++) {
        const ContentConflict *c = &p->c->conflicts[i];
        put_run(p, c->label,
                arena_printf(p->c->arena, "%s; %s", labelled(p, message(p, MESSAGE_READER), c->read),
                             labelled(p, message(p, MESSAGE_MEASUREMENT), c->measured)));
    }
    paragraph(p, 0, FACE_SMALL, quiet, message(p, MESSAGE_USED));
}

static void put_limits(Paper *p)
{
    AUTO_TEXT run = TEXT_INIT;
    for (size_t i = 0; i < p->c->limits.count; i++) {
        text_addf(&run, "%s%s", i ? " " : "", p->c->limits.items[i]);
    }
    section(p, MESSAGE_LIMITS);
    paragraph(p, 0, FACE_SMALL, ink, text_string(&run));
}

/* What was mentioned on these pages, some sources to a paragraph; the numbers are those of the whole report.
 */
static void put_sources(Paper *p)
{
    enum { TOGETHER = 4 };
    AUTO_TEXT run = TEXT_INIT;
    size_t mentioned = 0;
    for (size_t i = 0; i < p->c->source_count; i++) {
        const ContentSource *s = &p->c->sources[i];
        if (p->mentioned[s->number]) {
            if (mentioned++ == 0) {
                section(p, MESSAGE_SOURCES);
            }
            text_addf(&run, "%s[%zu] %s%s%s%s", run.length ? "  " : "", s->number, s->text,
                      *s->text ? " " : "", s->doi ? "doi:" : "", s->doi ? s->doi : "");
        }
        if (run.length && (mentioned % TOGETHER == 0 || i + 1 == p->c->source_count)) {
            paragraph(p, 0, FACE_FINE, ink, text_string(&run));
            text_clear(&run);
        }
    }
}

static void put_provenance(Paper *p)
{
    if (!p->c->provenance.count && !p->c->inputs.count && !p->c->not_written.count) {
        return;
    }
    section(p, MESSAGE_PROVENANCE);
    const Pairs *lists[] = {&p->c->provenance, &p->c->inputs, &p->c->not_written};
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        AUTO_TEXT run = TEXT_INIT;
        for (size_t i = 0; i < lists[l]->count; i++) {
            text_addf(&run, "%s%s", i ? message(p, MESSAGE_SEMICOLON) : "",
                      labelled(p, lists[l]->items[i].label, lists[l]->items[i].value));
        }
        paragraph(p, 0, FACE_FINE, quiet, text_string(&run));
    }
}

typedef void (*Part)(Paper *paper);
static const Part parts[] = {put_head,      put_alerts,    put_impression, put_pictures,     put_differential,
                             put_next,      put_biopsy,    put_pathology,  put_scores,       put_management,
                             put_explained, put_technique, put_findings,   put_measurements, put_mimics,
                             put_conflicts, put_limits,    put_sources,    put_provenance};

static void label_page(void *context, size_t page, size_t pages, char *out, size_t size)
{
    const Content *c = context;
    char first[24], second[24];
    (void)snprintf(first, sizeof first, "%zu", page);
    (void)snprintf(second, sizeof second, "%zu", pages);
    (void)snprintf(out, size, "%s",
                   messages_fill(c->arena, c->messages, MESSAGE_PAGE_PATTERN, first, second));
}

/* Draws the whole document; *out_pages is how many pages it took. */
static bool draw(Content *c, const ReportPictures *pictures, Detail detail, SheetOptions options,
                 size_t *out_pages, Text *out, DensError **err)
{
    AUTO(sheet_auto) Sheet *sheet = sheet_new(&options, label_page, c, err);
    if (!sheet) {
        return false;
    }
    Paper paper = {.sheet = sheet,
                   .c = c,
                   .pictures = pictures,
                   .mentioned = arena_array(c->arena, c->source_count + 1, sizeof(bool)),
                   .detail = detail};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        parts[i](&paper);
    }
    *out_pages = sheet_pages(sheet);
    return sheet_finish(sheet, out, err);
}

bool report_pdf(const Value *result, const Vocabulary *vocabulary, const Messages *messages,
                const ReportPictures *pictures, Text *out, DensError **err)
{
    AUTO(content_auto) Content *c = content_new(result, vocabulary, messages, err);
    if (!c) {
        return false;
    }
    const char *title = messages_text(c->messages, MESSAGE_TITLE);
    SheetOptions options = {.title = arena_printf(c->arena, "dens – %s", title),
                            .subject = messages_text(c->messages, MESSAGE_DEVICE),
                            .keywords = "cervical spine; bone tumour; differential diagnosis",
                            .creator = "dens " DENS_VERSION,
                            .created = value_string(value_get(value_get(result, "provenance"), "time")),
                            .language = c->messages->language,
                            .footer =
                                arena_printf(c->arena, "dens %s   %s", DENS_VERSION, c->date ? c->date : "")};
    size_t pages = 0, level = 0;
    for (;; level++) {
        AUTO_TEXT counted = TEXT_INIT;
        if (!draw(c, pictures, details[level], options, &pages, &counted, err)) {
            return false;
        }
        if (pages <= MOST_PAGES || level + 1 == sizeof details / sizeof *details) {
            break;
        }
    }
    options.pages = pages;
    return draw(c, pictures, details[level], options, &pages, out, err);
}
