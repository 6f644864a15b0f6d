/* The report as text, for report.txt and the terminal. One primitive lays everything out: a row of cells,
 * each wrapped in its own columns. Colour only adds: without it nothing is lost. */
#include "report/columns.h"
#include "report/content.h"
#include "report/report.h"

#include <math.h>
#include <string.h>

enum { DEFAULT_WIDTH = 80, LEAST_WIDTH = 40, GREATEST_WIDTH = 200, NARROW_WIDTH = 60 };
enum { MAX_CELLS = 6 };
static const size_t GAP = 2, INDENT = 2;

typedef enum {
    STYLE_PLAIN,
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_HOURS,
    STYLE_DAYS,
    STYLE_PLANNED,
    STYLE_BENIGN,
    STYLE_INTERMEDIATE,
    STYLE_MALIGNANT,
    STYLE_SECONDARY,
    STYLE_MIMIC,
    STYLE_MEASURED,
    STYLE_COUNT
} Style;

/* ECMA-48, select graphic rendition. */
static const char *const style_codes[STYLE_COUNT] = {
    [STYLE_PLAIN] = "",       [STYLE_BOLD] = "1",       [STYLE_DIM] = "2",     [STYLE_HOURS] = "1;41;97",
    [STYLE_DAYS] = "1;33",    [STYLE_PLANNED] = "1;34", [STYLE_BENIGN] = "34", [STYLE_INTERMEDIATE] = "33",
    [STYLE_MALIGNANT] = "31", [STYLE_SECONDARY] = "35", [STYLE_MIMIC] = "36",  [STYLE_MEASURED] = "36",
};

static const struct {
    const char *group;
    Style style;
} group_styles[] = {{"benign", STYLE_BENIGN},
                    {"intermediate", STYLE_INTERMEDIATE},
                    {"malignant", STYLE_MALIGNANT},
                    {"secondary", STYLE_SECONDARY},
                    {"mimic", STYLE_MIMIC}};

static const Style urgency_styles[] = {
    [URGENCY_HOURS] = STYLE_HOURS, [URGENCY_DAYS] = STYLE_DAYS, [URGENCY_PLANNED] = STYLE_PLANNED};

typedef struct {
    Text *out;
    const Content *c;
    size_t width;
    bool colour, brief;
} Page;

typedef struct {
    const char *text; /* NULL counts as empty */
    size_t width;
    Style style;
    bool right;
} Cell;

/* --- layout -------------------------------------------------------------------------------------------- */

static const char *message(const Page *p, MessageId id)
{
    return messages_text(p->c->messages, id);
}

static void add_spaces(Page *p, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_add(p->out, " ");
}

static void add_styled(Page *p, Style style, const char *bytes, size_t length)
{
    bool styled = p->colour && style != STYLE_PLAIN;
    if (styled)
        text_addf(p->out, "\x1b[%sm", style_codes[style]);
    text_add_bytes(p->out, bytes, length);
    if (styled)
        text_add(p->out, "\x1b[0m");
}

/* The columns of the first `length` bytes. */
static size_t columns_of_bytes(const char *text, size_t length)
{
    size_t columns = 0;
    for (const char *at = text; at < text + length;)
        columns += columns_of_character(columns_next(&at));
    return columns;
}

/* One line of each cell; false when nothing was left. Spaces are written only before text, so no line ends in
 * one. */
static bool row_line(Page *p, size_t indent, Cell *cells, size_t count)
{
    size_t pending = indent;
    bool any = false, printed = false;
    for (size_t i = 0; i < count; i++) {
        Cell *cell = &cells[i];
        size_t used = 0;
        if (cell->text && *cell->text) {
            any = true;
            size_t next = 0, length = columns_break(cell->text, cell->width, &next);
            used = columns_of_bytes(cell->text, length);
            size_t before = cell->right && used < cell->width ? cell->width - used : 0;
            if (length) {
                add_spaces(p, pending + before);
                add_styled(p, cell->style, cell->text, length);
                pending = 0;
                printed = true;
                used += before;
            }
            cell->text += next;
        }
        pending += (used < cell->width ? cell->width - used : 0) + GAP;
    }
    if (printed)
        text_add(p->out, "\n");
    return any;
}

static void row(Page *p, size_t indent, const Cell *cells, size_t count)
{
    Cell rest[MAX_CELLS];
    memcpy(rest, cells, count * sizeof *cells);
    while (row_line(p, indent, rest, count))
        ;
}

static void paragraph(Page *p, size_t indent, Style style, const char *text)
{
    Cell cell = {.text = text, .width = p->width - indent, .style = style};
    row(p, indent, &cell, 1);
}

/* A short text on the left, and beside it one that wraps. */
static void hanging(Page *p, size_t indent, Cell lead, const char *text)
{
    Cell cells[] = {lead, {.text = text, .width = p->width - indent - lead.width - GAP}};
    row(p, indent, cells, 2);
}

static void blank(Page *p)
{
    text_add(p->out, "\n");
}

static void rule(Page *p)
{
    AUTO_TEXT line = TEXT_INIT;
    for (size_t i = 0; i < p->width; i++)
        text_add(&line, "─");
    add_styled(p, STYLE_DIM, text_string(&line), line.length);
    blank(p);
}

static void heading(Page *p, MessageId id)
{
    blank(p);
    paragraph(p, 0, STYLE_BOLD, message(p, id));
    rule(p);
}

static const char *fill(Page *p, MessageId id, const char *first)
{
    return messages_fill(p->c->arena, p->c->messages, id, first, NULL);
}

/* "text [1, 2]"; a brief report has no list of sources and so no numbers. */
static const char *cited(Page *p, const char *text, const size_t *references, size_t count)
{
    if (p->brief || !count)
        return text;
    AUTO_TEXT all = TEXT_INIT;
    text_add(&all, text);
    for (size_t i = 0; i < count; i++)
        text_addf(&all, "%s%zu", i ? ", " : *text ? " [" : "[", references[i]);
    text_add(&all, "]");
    return arena_strdup(p->c->arena, text_string(&all));
}

static const char *sentence_text(Page *p, const Sentence *sentence)
{
    return cited(p, sentence->text, sentence->references, sentence->reference_count);
}

static const char *joined(Page *p, const Strings *strings)
{
    AUTO_TEXT all = TEXT_INIT;
    for (size_t i = 0; i < strings->count; i++)
        text_addf(&all, "%s%s", i ? message(p, MESSAGE_SEMICOLON) : "", strings->items[i]);
    return arena_strdup(p->c->arena, text_string(&all));
}

static void pairs_put(Page *p, const Pairs *pairs)
{
    size_t widest = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        size_t columns = columns_of(pairs->items[i].label);
        widest = columns > widest ? columns : widest;
    }
    if (widest > p->width / 3)
        widest = p->width / 3;
    for (size_t i = 0; i < pairs->count; i++) {
        Cell label = {.text = pairs->items[i].label, .width = widest, .style = STYLE_DIM};
        hanging(p, 0, label, pairs->items[i].value);
    }
}

static void bullets(Page *p, const Strings *strings)
{
    for (size_t i = 0; i < strings->count; i++)
        hanging(p, INDENT, (Cell){.text = "•", .width = 1}, strings->items[i]);
}

/* --- the top ------------------------------------------------------------------------------------------- */

static void put_head(Page *p)
{
    AUTO_TEXT title = TEXT_INIT;
    text_addf(&title, "dens – %s", message(p, MESSAGE_TITLE));
    size_t date_columns = p->c->date ? columns_of(p->c->date) : 0;
    if (date_columns > p->width / 3)
        date_columns = p->width / 3;
    Cell cells[] = {
        {.text = text_string(&title), .width = p->width - date_columns - GAP, .style = STYLE_BOLD},
        {.text = p->c->date, .width = date_columns, .right = true}};
    row(p, 0, cells, 2);
    rule(p);
    pairs_put(p, &p->c->head);
    blank(p);
    paragraph(p, 0, STYLE_DIM, message(p, MESSAGE_DEVICE));
}

/* "Spinal cord compression (possible)" */
static const char *alert_title(const Page *p, const ContentAlert *alert)
{
    return alert->label && alert->certainty
               ? messages_fill(p->c->arena, p->c->messages, MESSAGE_COMPONENT_PATTERN, alert->label,
                               alert->certainty)
               : alert->label;
}

static void put_alerts(Page *p)
{
    heading(p, MESSAGE_ALERTS);
    if (!p->c->alert_count)
        paragraph(p, 0, STYLE_PLAIN, message(p, MESSAGE_NO_ALERT));
    for (size_t i = 0; i < p->c->alert_count; i++) {
        const ContentAlert *alert = &p->c->alerts[i];
        if (i)
            blank(p);
        AUTO_TEXT title = TEXT_INIT;
        text_addf(&title, "! %s", alert->urgency_word);
        Cell cells[] = {{.text = text_string(&title),
                         .width = columns_of(text_string(&title)),
                         .style = urgency_styles[alert->urgency]},
                        {.text = alert_title(p, alert), .style = STYLE_BOLD}};
        if (cells[0].width > p->width / 2)
            cells[0].width = p->width / 2;
        cells[1].width = p->width - cells[0].width - GAP;
        row(p, 0, cells, 2);
        paragraph(p, INDENT + 1, STYLE_PLAIN, sentence_text(p, &alert->sentence));
        paragraph(p, INDENT + 1, STYLE_PLAIN, alert->ask);
        paragraph(p, INDENT + 1, STYLE_DIM, alert->because);
    }
}

/* Said once, where it is read: below the impression. */
static void put_not_assessed(Page *p)
{
    if (!p->c->not_assessed.count)
        return;
    blank(p);
    const char *list = joined(p, &p->c->not_assessed);
    paragraph(p, 0, STYLE_PLAIN,
              messages_fill(p->c->arena, p->c->messages, MESSAGE_LABEL_PATTERN,
                            message(p, MESSAGE_NOT_ASSESSED), list));
}

static void put_impression(Page *p)
{
    heading(p, MESSAGE_IMPRESSION);
    if (!p->c->impression.count)
        paragraph(p, 0, STYLE_PLAIN, message(p, MESSAGE_NO_IMPRESSION));
    for (size_t i = 0; i < p->c->impression.count; i++) {
        const char *number = arena_printf(p->c->arena, "%zu.", i + 1);
        hanging(p, 0, (Cell){.text = number, .width = 3, .style = STYLE_BOLD}, p->c->impression.items[i]);
    }
    if (p->c->signature) {
        blank(p);
        paragraph(p, 0, STYLE_PLAIN, p->c->signature);
    }
    put_not_assessed(p);
}

/* --- what was seen ------------------------------------------------------------------------------------- */

static void put_technique(Page *p)
{
    heading(p, MESSAGE_TECHNIQUE);
    Pair *pairs = arena_array(p->c->arena, p->c->technique_count + 1, sizeof *pairs);
    for (size_t i = 0; i < p->c->technique_count; i++) {
        const ContentTechnique *technique = &p->c->technique[i];
        pairs[i] = (Pair){message(p, technique->label), joined(p, &technique->examinations)};
    }
    pairs_put(p, &(Pairs){pairs, p->c->technique_count});
}

static void put_findings(Page *p)
{
    heading(p, MESSAGE_FINDINGS);
    if (!p->c->finding_section_count) {
        paragraph(p, 0, STYLE_PLAIN, message(p, MESSAGE_NO_FINDINGS));
        return;
    }
    size_t flexible = p->width - INDENT - 2 * GAP, label = flexible * 2 / 5, value = (flexible - label) / 2;
    Cell head[] = {{.width = label},
                   {.text = message(p, MESSAGE_READ), .width = value, .style = STYLE_DIM},
                   {.text = message(p, MESSAGE_MEASURED), .width = value, .style = STYLE_DIM}};
    row(p, INDENT, head, 3);
    for (size_t i = 0; i < p->c->finding_section_count; i++) {
        const ContentFindings *section = &p->c->findings[i];
        paragraph(p, 0, STYLE_BOLD, section->title);
        for (size_t k = 0; k < section->count; k++) {
            const ContentFinding *finding = &section->items[k];
            const char *measured = finding->measured;
            if (finding->conflict)
                measured = arena_printf(p->c->arena, "%s – %s", measured ? measured : "",
                                        message(p, MESSAGE_READER_USED));
            Cell cells[] = {{.text = finding->label, .width = label},
                            {.text = finding->read ? finding->read : "–", .width = value},
                            {.text = measured, .width = value, .style = STYLE_MEASURED}};
            row(p, INDENT, cells, 3);
        }
    }
}

/* Methods are notes below the table, as many measurements share one. */
static size_t note_of(Strings *notes, const char **room, const char *method)
{
    for (size_t i = 0; i < notes->count; i++) {
        if (strcmp(room[i], method) == 0)
            return i + 1;
    }
    room[notes->count++] = method;
    return notes->count;
}

/* One family's rows; `notes` collects the methods, whose place is `room`. */
static void put_family(Page *p, const ContentFamily *family, Strings *notes, const char **room)
{
    enum { MARK = 5 };
    size_t flexible = p->width - INDENT - 2 * GAP - MARK, name = flexible * 3 / 5;
    paragraph(p, 0, STYLE_BOLD, family->title);
    for (size_t i = 0; i < family->count; i++) {
        const ContentMeasurement *m = &family->items[i];
        const char *method = cited(p, m->method ? m->method : "", m->references, m->reference_count);
        const char *mark = *method ? arena_printf(p->c->arena, "(%zu)", note_of(notes, room, method)) : "";
        Cell cells[] = {{.text = m->name, .width = name},
                        {.text = m->value, .width = flexible - name},
                        {.text = mark, .width = MARK, .style = STYLE_DIM}};
        row(p, INDENT, cells, 3);
    }
    paragraph(p, INDENT, STYLE_DIM, family->further);
}

static size_t measurements_shown(const Content *c)
{
    size_t count = 0;
    for (size_t i = 0; i < c->family_count; i++)
        count += c->families[i].count;
    return count;
}

static void put_measurements(Page *p)
{
    if (!p->c->family_count && !p->c->missing.count)
        return;
    heading(p, MESSAGE_MEASUREMENTS);
    const char **room = arena_array(p->c->arena, measurements_shown(p->c), sizeof *room);
    Strings notes = {room, 0};
    for (size_t i = 0; i < p->c->family_count; i++)
        put_family(p, &p->c->families[i], &notes, room);
    if (p->c->missing.count)
        paragraph(p, 0, STYLE_BOLD, message(p, MESSAGE_MISSING));
    for (size_t i = 0; i < p->c->missing.count; i++) {
        const Pair *pair = &p->c->missing.items[i];
        paragraph(
            p, INDENT, STYLE_DIM,
            messages_fill(p->c->arena, p->c->messages, MESSAGE_LABEL_PATTERN, pair->label, pair->value));
    }
    if (notes.count)
        blank(p);
    for (size_t i = 0; i < notes.count; i++) {
        Cell number = {.text = arena_printf(p->c->arena, "(%zu)", i + 1), .width = 5, .style = STYLE_DIM};
        hanging(p, 0, number, room[i]);
    }
}

/* --- the differential ---------------------------------------------------------------------------------- */

static Style style_of_group(const char *group)
{
    for (size_t i = 0; group && i < sizeof group_styles / sizeof group_styles[0]; i++) {
        if (strcmp(group, group_styles[i].group) == 0)
            return group_styles[i].style;
    }
    return STYLE_PLAIN;
}

static size_t cells_of(double share, size_t cells)
{
    double filled = floor(share * (double)cells + 0.5);
    return filled <= 0 ? 0 : filled >= (double)cells ? cells : (size_t)filled;
}

/* █ up to the interval's lower end, ▓ up to the probability, ░ up to the interval's upper end. */
static const char *bar(Page *p, double low, double probability, double high, size_t cells)
{
    size_t from = cells_of(low, cells), middle = cells_of(probability, cells), to = cells_of(high, cells);
    AUTO_TEXT drawn = TEXT_INIT;
    for (size_t i = 0; i < cells && (i < middle || i < to); i++)
        text_add(&drawn, i < from && i < middle ? "█" : i < middle ? "▓" : "░");
    return drawn.length ? arena_strdup(p->c->arena, text_string(&drawn)) : "▏";
}

static void put_bars(Page *p)
{
    enum { RANK = 2, PERCENT = 5, INTERVAL = 8, GROUP = 13, WIDEST_BAR = 30 };
    bool narrow = p->width < NARROW_WIDTH;
    size_t fixed = RANK + PERCENT + (narrow ? 3 * GAP : INTERVAL + GROUP + 5 * GAP);
    size_t flexible = p->width - fixed, name = 0;
    size_t shown = p->c->bar_count;
    for (size_t i = 0; i < shown; i++) {
        size_t columns = columns_of(p->c->ranking[i].name);
        name = columns > name ? columns : name;
    }
    name = name > flexible * 3 / 5 ? flexible * 3 / 5 : name;
    size_t bars = flexible - name > WIDEST_BAR ? WIDEST_BAR : flexible - name;
    for (size_t i = 0; i < shown; i++) {
        const ContentDiagnosis *d = &p->c->ranking[i];
        Style style = style_of_group(d->group);
        Cell rank = {.text = arena_printf(p->c->arena, "%zu", i + 1),
                     .width = RANK,
                     .style = STYLE_DIM,
                     .right = true};
        Cell label = {.text = d->name, .width = name, .style = i ? STYLE_PLAIN : STYLE_BOLD};
        Cell drawn = {.text = bar(p, d->low, d->probability, d->high, bars), .width = bars, .style = style};
        Cell percent = {.text = d->percent, .width = PERCENT, .style = STYLE_BOLD, .right = true};
        Cell interval = {.text = d->interval, .width = INTERVAL, .style = STYLE_DIM, .right = true};
        Cell group = {.text = d->group_word, .width = GROUP, .style = style};
        if (narrow)
            row(p, 0, (Cell[]){rank, label, drawn, percent}, 4);
        else
            row(p, 0, (Cell[]){rank, label, drawn, percent, interval, group}, 6);
    }
}

static void put_differential(Page *p)
{
    heading(p, MESSAGE_DIFFERENTIAL);
    put_bars(p);
    blank(p);
    AUTO_TEXT groups = TEXT_INIT;
    for (size_t i = 0; i < p->c->group_count; i++)
        text_addf(&groups, "%s%s %s", i ? message(p, MESSAGE_COMMA) : "", p->c->groups[i].word,
                  p->c->groups[i].percent);
    enum { MOST = 3 };
    Pair pairs[MOST];
    size_t count = 0;
    while (count < p->c->others.count && count + 1 < MOST) {
        pairs[count] = p->c->others.items[count];
        count++;
    }
    if (groups.length)
        pairs[count++] = (Pair){message(p, MESSAGE_GROUPS), text_string(&groups)};
    pairs_put(p, &(Pairs){pairs, count});
    if (p->c->prior)
        paragraph(p, 0, STYLE_PLAIN, fill(p, MESSAGE_PRIOR_PATTERN, p->c->prior));
    paragraph(p, 0, STYLE_DIM, message(p, MESSAGE_BAR_LEGEND_TEXT));
}

/* "  ███│     " for a reason against, "     │███  " for one in favour. */
static const char *weight_bar(Page *p, double weight, size_t half)
{
    size_t filled = p->c->heaviest > 0 ? cells_of(fabs(weight) / p->c->heaviest, half) : 0;
    AUTO_TEXT drawn = TEXT_INIT;
    for (size_t i = 0; i < half; i++)
        text_add(&drawn, weight < 0 && i >= half - filled ? "█" : " ");
    text_add(&drawn, "│");
    for (size_t i = 0; weight > 0 && i < filled; i++)
        text_add(&drawn, "█");
    return arena_strdup(p->c->arena, text_string(&drawn));
}

static void put_reasons(Page *p, MessageId label, const ContentReason *reasons, size_t count,
                        const char *rest, Style style)
{
    static const size_t HALF = 5, ODDS = 7;
    if (!count && !rest)
        return;
    paragraph(p, INDENT, STYLE_BOLD, message(p, label));
    size_t left = 2 * INDENT + 2 * HALF + 1 + ODDS + 2 * GAP;
    for (size_t i = 0; i < count; i++) {
        Cell cells[] = {
            {.text = weight_bar(p, reasons[i].weight, HALF), .width = 2 * HALF + 1, .style = style},
            {.text = reasons[i].odds, .width = ODDS, .style = STYLE_DIM, .right = true},
            {.text = sentence_text(p, &reasons[i].sentence), .width = p->width - left}};
        if (p->width < NARROW_WIDTH)
            hanging(p, 2 * INDENT, (Cell){.text = reasons[i].odds, .width = ODDS, .right = true},
                    cells[2].text);
        else
            row(p, 2 * INDENT, cells, 3);
    }
    paragraph(p, p->width < NARROW_WIDTH ? 2 * INDENT + ODDS + GAP : left, STYLE_DIM, rest);
}

static bool is_explained(const ContentDiagnosis *d)
{
    return d->in_favour_count || d->against_count || d->in_favour_rest || d->against_rest || d->mirror;
}

static void put_explained(Page *p)
{
    size_t shown = p->c->ranking_count < CONTENT_EXPLAINED ? p->c->ranking_count : CONTENT_EXPLAINED;
    bool any = false;
    heading(p, MESSAGE_REASONS);
    for (size_t i = 0; i < (p->brief && shown ? 1 : shown); i++) {
        const ContentDiagnosis *d = &p->c->ranking[i];
        if (!is_explained(d))
            continue;
        if (any)
            blank(p);
        AUTO_TEXT title = TEXT_INIT;
        text_addf(&title, "%zu %s %s", i + 1, d->name, d->percent);
        if (d->rival)
            text_addf(&title, "%s%s", message(p, MESSAGE_COMMA), fill(p, MESSAGE_RIVAL_PATTERN, d->rival));
        paragraph(p, 0, STYLE_BOLD, text_string(&title));
        put_reasons(p, MESSAGE_FOR, d->in_favour, d->in_favour_count, d->in_favour_rest, STYLE_BENIGN);
        put_reasons(p, MESSAGE_AGAINST, d->against, d->against_count, d->against_rest, STYLE_INTERMEDIATE);
        paragraph(p, INDENT, STYLE_PLAIN, d->mirror);
        any = true;
    }
    if (!any)
        paragraph(p, 0, STYLE_PLAIN, message(p, MESSAGE_NO_REASONS));
}

/* --- what to do ---------------------------------------------------------------------------------------- */

static void put_notes(Page *p, MessageId title, const ContentNotes *notes)
{
    if (!notes->count)
        return;
    heading(p, title);
    for (size_t i = 0; i < notes->count; i++) {
        const ContentNote *note = &notes->items[i];
        const char *text = sentence_text(p, &note->sentence);
        if (note->lead && *text)
            text = messages_fill(p->c->arena, p->c->messages, MESSAGE_APPLIES_PATTERN, note->lead, text);
        else if (note->lead)
            text = note->lead;
        hanging(p, 0, (Cell){.text = "•", .width = 1}, text);
        paragraph(p, 1 + GAP, STYLE_DIM, note->because);
    }
}

static void put_mimics(Page *p)
{
    put_notes(p, MESSAGE_MIMICS, &p->c->mimics);
}

static void put_pathology(Page *p)
{
    put_notes(p, MESSAGE_PATHOLOGY, &p->c->pathology);
}

static void put_next(Page *p)
{
    if (!p->c->next_asked)
        return;
    heading(p, MESSAGE_NEXT);
    if (!p->c->next_count)
        paragraph(p, 0, STYLE_PLAIN, message(p, MESSAGE_NO_NEXT));
    for (size_t i = 0; i < p->c->next_count; i++) {
        const ContentExamination *e = &p->c->next[i];
        AUTO_TEXT title = TEXT_INIT;
        text_add(&title, e->name);
        for (size_t k = 0; k < e->burden.count; k++)
            text_addf(&title, "  %s: %s", e->burden.items[k].label, e->burden.items[k].value);
        const char *number = arena_printf(p->c->arena, "%zu.", i + 1);
        hanging(p, 0, (Cell){.text = number, .width = 3, .style = STYLE_BOLD}, text_string(&title));
        paragraph(p, 3 + GAP, STYLE_PLAIN, sentence_text(p, &e->sentence));
        for (size_t k = 0; k < e->branch_count; k++) {
            const ContentBranch *branch = &e->branches[k];
            AUTO_TEXT line = TEXT_INIT;
            text_add(&line, branch->condition);
            if (branch->outcome)
                text_addf(&line, " %s", branch->outcome);
            if (branch->action)
                text_addf(&line, " %s", branch->action);
            hanging(p, 3 + GAP, (Cell){.text = "•", .width = 1}, text_string(&line));
        }
    }
}

static void put_biopsy(Page *p)
{
    put_notes(p, MESSAGE_BIOPSY, &p->c->biopsy);
}

static void put_scores(Page *p)
{
    if (!p->c->score_count && !p->c->scores_left_out)
        return;
    heading(p, MESSAGE_SCORES);
    for (size_t i = 0; i < p->c->score_count; i++) {
        const ContentScore *score = &p->c->scores[i];
        AUTO_TEXT line = TEXT_INIT;
        text_addf(&line, "%s: %s", score->name, score->value);
        if (score->band)
            text_addf(&line, "%s%s", message(p, MESSAGE_COMMA), score->band);
        paragraph(p, 0, STYLE_BOLD, cited(p, text_string(&line), score->references, score->reference_count));
        paragraph(p, INDENT, STYLE_PLAIN, score->text);
        paragraph(p, INDENT, STYLE_PLAIN, score->items);
        paragraph(p, INDENT, STYLE_PLAIN, score->unknown);
        paragraph(p, INDENT, STYLE_PLAIN, score->note);
    }
    paragraph(p, 0, STYLE_PLAIN, p->c->scores_left_out);
}

/* Under the name of the diagnosis, which stands once. */
static void put_management(Page *p)
{
    const ContentNotes *notes = &p->c->management;
    const char *lead = NULL;
    if (notes->count)
        heading(p, MESSAGE_MANAGEMENT);
    for (size_t i = 0; i < notes->count; i++) {
        const ContentNote *note = &notes->items[i];
        bool begins = note->lead && (!lead || strcmp(lead, note->lead) != 0);
        if (begins && i)
            blank(p);
        if (begins)
            paragraph(p, 0, STYLE_BOLD, note->lead);
        lead = note->lead;
        size_t indent = lead ? INDENT : 0;
        hanging(p, indent, (Cell){.text = "•", .width = 1}, sentence_text(p, &note->sentence));
        paragraph(p, indent + 1 + GAP, STYLE_DIM, note->because);
    }
}

/* --- the end ------------------------------------------------------------------------------------------- */

static void put_conflicts(Page *p)
{
    if (!p->c->conflict_count)
        return;
    heading(p, MESSAGE_CONFLICTS);
    size_t third = (p->width - INDENT - 2 * GAP) / 3;
    Cell head[] = {{.text = message(p, MESSAGE_FINDING), .width = third, .style = STYLE_DIM},
                   {.text = message(p, MESSAGE_READER), .width = third, .style = STYLE_DIM},
                   {.text = message(p, MESSAGE_MEASUREMENT), .width = third, .style = STYLE_DIM}};
    row(p, INDENT, head, 3);
    for (size_t i = 0; i < p->c->conflict_count; i++) {
        const ContentConflict *conflict = &p->c->conflicts[i];
        Cell cells[] = {{.text = conflict->label, .width = third},
                        {.text = conflict->read, .width = third},
                        {.text = conflict->measured, .width = third, .style = STYLE_MEASURED}};
        row(p, INDENT, cells, 3);
    }
    paragraph(p, INDENT, STYLE_PLAIN, message(p, MESSAGE_USED));
}

static void put_not_written(Page *p)
{
    if (!p->c->not_written.count)
        return;
    heading(p, MESSAGE_NOT_WRITTEN);
    pairs_put(p, &p->c->not_written);
}

static void put_limits(Page *p)
{
    heading(p, MESSAGE_LIMITS);
    bullets(p, &p->c->limits);
}

static void put_sources(Page *p)
{
    if (!p->c->source_count)
        return;
    heading(p, MESSAGE_SOURCES);
    for (size_t i = 0; i < p->c->source_count; i++) {
        const ContentSource *source = &p->c->sources[i];
        const char *number = arena_printf(p->c->arena, "[%zu]", source->number), *text = source->text;
        if (source->doi)
            text = arena_printf(p->c->arena, "%s%shttps://doi.org/%s", text, *text ? " " : "", source->doi);
        hanging(p, 0, (Cell){.text = number, .width = 5}, text);
    }
}

static void put_provenance(Page *p)
{
    if (!p->c->provenance.count && !p->c->inputs.count)
        return;
    heading(p, MESSAGE_PROVENANCE);
    pairs_put(p, &p->c->provenance);
    for (size_t i = 0; i < p->c->inputs.count; i++) {
        const Pair *input = &p->c->inputs.items[i];
        const char *number = arena_printf(p->c->arena, "%zu", i + 1);
        const char *label = fill(p, MESSAGE_SERIES_PATTERN, number);
        Cell lead = {.text = label, .width = columns_of(label), .style = STYLE_DIM};
        hanging(p, 0, lead, arena_printf(p->c->arena, "%s  %s", input->value, input->label));
    }
}

typedef void (*Part)(Page *page);

static const Part full_report[] = {put_head,      put_alerts,     put_impression,   put_differential,
                                   put_technique, put_findings,   put_measurements, put_explained,
                                   put_mimics,    put_next,       put_biopsy,       put_pathology,
                                   put_scores,    put_management, put_conflicts,    put_not_written,
                                   put_limits,    put_sources,    put_provenance};

static const Part brief_report[] = {put_alerts, put_impression, put_differential, put_explained};
static const Part next_report[] = {put_differential, put_next, put_biopsy};

typedef struct {
    const Part *parts;
    size_t count;
} Parts;
#define PARTS(array) ((Parts){array, sizeof(array) / sizeof(array)[0]})

static size_t width_of(size_t asked)
{
    if (asked == 0)
        return DEFAULT_WIDTH;
    return asked < LEAST_WIDTH ? LEAST_WIDTH : asked > GREATEST_WIDTH ? GREATEST_WIDTH : asked;
}

bool report_text(const Value *result, const Vocabulary *vocabulary, const Messages *messages,
                 ReportOptions options, Text *out, DensError **err)
{
    AUTO(content_auto) Content *content = content_new(result, vocabulary, messages, err);
    if (!content)
        return false;
    Page page = {.out = out,
                 .c = content,
                 .width = width_of(options.width),
                 .colour = options.colour,
                 .brief = options.brief || options.next};
    Parts report = options.next    ? PARTS(next_report)
                   : options.brief ? PARTS(brief_report)
                                   : PARTS(full_report);
    for (size_t i = 0; i < report.count; i++)
        report.parts[i](&page);
    return true;
}
