/* Typesetting on A4 pages, behind C: the .c file beside this is the only one that names cairo and Pango.
 * Lengths in points (1/72 inch). Content flows from above to below; what does not fit goes to the next page.
 * A sheet is drawn twice with the same calls: first to count the pages, then with their numbers. */
#ifndef DENS_REPORT_SHEET_H
#define DENS_REPORT_SHEET_H

#include "base/auto.h"
#include "base/error.h"
#include "base/text.h"
#include "report/picture.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Sheet Sheet;

/* All strings are kept by the caller until sheet_finish(). */
typedef struct {
    const char *title, *subject, *keywords, *creator;
    const char *created;  /* ISO 8601, or NULL: without a date */
    const char *language; /* BCP 47 */
    const char *footer;   /* at the left of each page's foot */
    size_t pages;         /* in all, for the foot; 0 while they are counted */
} SheetOptions;

typedef enum {
    FACE_TITLE,
    FACE_HEADING,
    FACE_SUBHEADING,
    FACE_LEAD,
    FACE_BODY,
    FACE_STRONG,
    FACE_SMALL,
    FACE_FINE
} Face;
typedef enum { ALIGN_LEFT, ALIGN_RIGHT } Align;
typedef struct {
    double red, green, blue;
} Colour;

typedef struct {
    Face face;
    Colour colour;
    Align align;
    bool strong; /* whatever the face */
} Style;

/* A stretch of text in a column. */
typedef struct {
    double left, width;
    Style style;
    const char *text; /* UTF-8; may be NULL */
} Column;

/* `page_label` writes "Page 2 of 3" into a buffer; called at the foot of each page. */
Sheet *sheet_new(const SheetOptions *options,
                 void (*page_label)(void *context, size_t page, size_t pages, char *out, size_t size),
                 void *context, DensError **err) DENS_MUST_USE;
void sheet_free(Sheet *sheet);
AUTO_DEFINE(Sheet, sheet, sheet_free)

double sheet_width(const Sheet *sheet); /* between the margins */
size_t sheet_pages(const Sheet *sheet); /* begun so far */

/* Begins a new page unless `height` is left on this one. */
void sheet_need(Sheet *sheet, double height);
/* Goes down. */
void sheet_skip(Sheet *sheet, double height);
/* Room of a height; its top is where the cursor was. */
double sheet_take(Sheet *sheet, double height);

/* Columns side by side, their tops aligned; the row goes to the next page as a whole if it does not fit.
 * Returns its top; *out_height (may be NULL) is the height of the highest column. `tag` is the kind of
 * structure in the tagged PDF: "H1", "P", "TR". */
double sheet_row(Sheet *sheet, const char *tag, const Column *columns, size_t count, double *out_height);
double sheet_text_height(Sheet *sheet, const Column *column);
/* Text at a place, which does not move the cursor. */
void sheet_text_at(Sheet *sheet, const Column *column, double top);

void sheet_box(Sheet *sheet, double left, double top, double width, double height, Colour colour);
void sheet_line(Sheet *sheet, double x1, double y1, double x2, double y2, double width, Colour colour);
/* A picture with its outline, a scale bar and the letters of its sides, as wide as given. Returns its height.
 */
double sheet_picture(Sheet *sheet, const ReportPicture *picture, double left, double top, double width);
double sheet_picture_height(const ReportPicture *picture, double width);
/* An entry of the outline (bookmarks), at the cursor. */
void sheet_bookmark(Sheet *sheet, const char *name);

/* Ends the last page and adds the PDF to `out`. */
bool sheet_finish(Sheet *sheet, Text *out, DensError **err) DENS_MUST_USE;

/* The same picture as a PNG. */
bool picture_png(const ReportPicture *picture, Text *out, DensError **err) DENS_MUST_USE;

#endif
