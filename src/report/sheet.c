/* The adapter to cairo and Pango. Fonts come from fontconfig; Noto Sans and its CJK companions are asked for
 * first. */
#include "report/sheet.h"

#include "base/memory.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double page_width = 595.28, page_height = 841.89, margin = 45, top_margin = 42,
                    bottom_margin = 54;
static const char families[] = "Noto Sans,Noto Sans CJK SC,DejaVu Sans,sans-serif";

struct Sheet {
    SheetOptions options;
    void (*page_label)(void *context, size_t page, size_t pages, char *out, size_t size);
    void *context;
    cairo_surface_t *surface;
    cairo_t *cairo;
    PangoLayout *layout;
    Text bytes;
    size_t pages;
    double y;
};

static cairo_status_t collect(void *closure, const unsigned char *data, unsigned int length)
{
    text_add_bytes(closure, (const char *)data, length);
    return CAIRO_STATUS_SUCCESS;
}

Sheet *sheet_new(const SheetOptions *options,
                 void (*page_label)(void *context, size_t page, size_t pages, char *out, size_t size),
                 void *context, DensError **err)
{
    Sheet *s = memory_alloc(sizeof *s);
    *s = (Sheet){
        .options = *options, .page_label = page_label, .context = context, .pages = 1, .y = top_margin};
    s->surface = cairo_pdf_surface_create_for_stream(collect, &s->bytes, page_width, page_height);
    const struct {
        cairo_pdf_metadata_t key;
        const char *value;
    } metadata[] = {
        {CAIRO_PDF_METADATA_TITLE, options->title},         {CAIRO_PDF_METADATA_SUBJECT, options->subject},
        {CAIRO_PDF_METADATA_KEYWORDS, options->keywords},   {CAIRO_PDF_METADATA_CREATOR, options->creator},
        {CAIRO_PDF_METADATA_CREATE_DATE, options->created}, {CAIRO_PDF_METADATA_MOD_DATE, options->created}};
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++) {
        if (metadata[i].value) {
            cairo_pdf_surface_set_metadata(s->surface, metadata[i].key, metadata[i].value);
        }
    }
    s->cairo = cairo_create(s->surface);
    s->layout = pango_cairo_create_layout(s->cairo);
    if (cairo_status(s->cairo) != CAIRO_STATUS_SUCCESS) {
        (void)error_set(err, DENS_ERROR_INTERNAL, "report.pdf", "%s",
                        cairo_status_to_string(cairo_status(s->cairo)));
        sheet_free(s);
        return NULL;
    }
    pango_context_set_language(pango_layout_get_context(s->layout),
                               pango_language_from_string(options->language));
    cairo_tag_begin(s->cairo, "Document", NULL);
    return s;
}

void sheet_free(Sheet *sheet)
{
    if (!sheet) {
        return;
    }
    g_object_unref(sheet->layout);
    cairo_destroy(sheet->cairo);
    cairo_surface_destroy(sheet->surface);
    text_clear(&sheet->bytes);
    free(sheet);
}

double sheet_width(const Sheet *sheet)
{
    (void)sheet;
    return page_width - 2 * margin;
}

size_t sheet_pages(const Sheet *sheet)
{
    return sheet->pages;
}

/* ---- text */

static void shape(Sheet *s, const Column *c)
{
    static const double sizes[] = {
        [FACE_TITLE] = 15.5, [FACE_HEADING] = 10.5, [FACE_SUBHEADING] = 9.2, [FACE_LEAD] = 9.3,
        [FACE_BODY] = 8.2,   [FACE_STRONG] = 8.2,   [FACE_SMALL] = 7.0,      [FACE_FINE] = 6.1};
    static const bool strong[] = {[FACE_TITLE] = true,
                                  [FACE_HEADING] = true,
                                  [FACE_SUBHEADING] = true,
                                  [FACE_STRONG] = true,
                                  [FACE_FINE] = false};
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, families);
    pango_font_description_set_absolute_size(font, sizes[c->style.face] * PANGO_SCALE);
    bool heavy = c->style.strong || strong[c->style.face];
    pango_font_description_set_weight(font, heavy ? PANGO_WEIGHT_SEMIBOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(s->layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(s->layout, c->width > 0 ? (int)(c->width * PANGO_SCALE) : -1);
    pango_layout_set_wrap(s->layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(s->layout,
                               c->style.align == ALIGN_RIGHT ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    pango_layout_set_text(s->layout, c->text ? c->text : "", -1);
}

static double shaped_height(const Sheet *s)
{
    int height = 0;
    pango_layout_get_size(s->layout, NULL, &height);
    return (double)height / PANGO_SCALE;
}

double sheet_text_height(Sheet *sheet, const Column *column)
{
    if (!column->text || !column->text[0]) {
        return 0;
    }
    shape(sheet, column);
    return shaped_height(sheet);
}

static void paint(Sheet *s, Colour colour)
{
    cairo_set_source_rgb(s->cairo, colour.red, colour.green, colour.blue);
}

void sheet_text_at(Sheet *sheet, const Column *column, double top)
{
    if (!column->text || !column->text[0]) {
        return;
    }
    shape(sheet, column);
    paint(sheet, column->style.colour);
    cairo_move_to(sheet->cairo, margin + column->left, top);
    pango_cairo_show_layout(sheet->cairo, sheet->layout);
}

double sheet_row(Sheet *sheet, const char *tag, const Column *columns, size_t count, double *out_height)
{
    double height = 0;
    for (size_t i = 0; i < count; i++) {
        height = fmax(height, sheet_text_height(sheet, &columns[i]));
    }
    double top = sheet_take(sheet, height);
    cairo_tag_begin(sheet->cairo, tag, NULL);
    for (size_t i = 0; i < count; i++) {
        sheet_text_at(sheet, &columns[i], top);
    }
    cairo_tag_end(sheet->cairo, tag);
    if (out_height) {
        *out_height = height;
    }
    return top;
}

/* ---- pages */

static void draw_foot(Sheet *s)
{
    const Colour grey = {0.33, 0.37, 0.43};
    char label[96] = "";
    s->page_label(s->context, s->pages, s->options.pages, label, sizeof label);
    double top = page_height - bottom_margin + 18, width = sheet_width(s);
    sheet_line(s, 0, top - 5, width, top - 5, 0.5, (Colour){0.83, 0.85, 0.88});
    const Column left = {0, width - 80, {.face = FACE_SMALL, .colour = grey}, s->options.footer};
    const Column right = {width - 78, 78, {.face = FACE_SMALL, .colour = grey, .align = ALIGN_RIGHT}, label};
    sheet_text_at(s, &left, top);
    sheet_text_at(s, &right, top);
}

static void new_page(Sheet *s)
{
    draw_foot(s);
    cairo_show_page(s->cairo);
    s->pages++;
    s->y = top_margin;
}

void sheet_need(Sheet *sheet, double height)
{
    bool fresh = sheet->y <= top_margin + 0.01;
    if (!fresh && sheet->y + height > page_height - bottom_margin) {
        new_page(sheet);
    }
}

void sheet_skip(Sheet *sheet, double height)
{
    if (sheet->y > top_margin + 0.01) {
        sheet->y += height;
    }
}

double sheet_take(Sheet *sheet, double height)
{
    sheet_need(sheet, height);
    double top = sheet->y;
    sheet->y += height;
    return top;
}

void sheet_bookmark(Sheet *sheet, const char *name)
{
    char at[96];
    (void)snprintf(at, sizeof at, "page=%zu pos=[%.0f %.0f]", sheet->pages, margin, sheet->y);
    cairo_pdf_surface_add_outline(sheet->surface, CAIRO_PDF_OUTLINE_ROOT, name, at, 0);
}

bool sheet_finish(Sheet *sheet, Text *out, DensError **err)
{
    draw_foot(sheet);
    cairo_tag_end(sheet->cairo, "Document");
    cairo_show_page(sheet->cairo);
    cairo_status_t status = cairo_status(sheet->cairo);
    cairo_surface_finish(sheet->surface);
    status = status == CAIRO_STATUS_SUCCESS ? cairo_surface_status(sheet->surface) : status;
    if (status != CAIRO_STATUS_SUCCESS) {
        return error_set(err, DENS_ERROR_INTERNAL, "report.pdf", "%s", cairo_status_to_string(status));
    }
    text_add_bytes(out, text_string(&sheet->bytes), sheet->bytes.length);
    return true;
}

/* ---- shapes and pictures */

void sheet_box(Sheet *sheet, double left, double top, double width, double height, Colour colour)
{
    paint(sheet, colour);
    cairo_rectangle(sheet->cairo, margin + left, top, width, height);
    cairo_fill(sheet->cairo);
}

void sheet_line(Sheet *sheet, double x1, double y1, double x2, double y2, double width, Colour colour)
{
    paint(sheet, colour);
    cairo_set_line_width(sheet->cairo, width);
    cairo_move_to(sheet->cairo, margin + x1, y1);
    cairo_line_to(sheet->cairo, margin + x2, y2);
    cairo_stroke(sheet->cairo);
}

double sheet_picture_height(const ReportPicture *picture, double width)
{
    return width * (double)picture->height / (double)picture->width;
}

static void draw_grey(cairo_t *cairo, const ReportPicture *p)
{
    int stride = cairo_format_stride_for_width(CAIRO_FORMAT_RGB24, (int)p->width);
    uint32_t *pixels = memory_array((size_t)stride / 4 * p->height, sizeof *pixels);
    for (size_t y = 0; y < p->height; y++) {
        for (size_t x = 0; x < p->width; x++) {
            pixels[y * ((size_t)stride / 4) + x] = p->grey[y * p->width + x] * 0x010101U;
        }
    }
    cairo_surface_t *image = cairo_image_surface_create_for_data((unsigned char *)pixels, CAIRO_FORMAT_RGB24,
                                                                 (int)p->width, (int)p->height, stride);
    cairo_set_source_surface(cairo, image, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_GOOD);
    cairo_paint(cairo);
    /* the PDF takes its copy before the pixels go */
    cairo_surface_flush(image);
    cairo_set_source_rgb(cairo, 0, 0, 0);
    cairo_surface_finish(image);
    cairo_surface_destroy(image);
    free(pixels);
}

/* A letter with a dark edge, so that it is read on any grey; centred at (x, y). */
static void draw_letter(cairo_t *cairo, const char *letter, double x, double y, double size)
{
    PangoLayout *layout = pango_cairo_create_layout(cairo);
    PangoFontDescription *font = pango_font_description_new();
    int width = 0, height = 0;
    pango_font_description_set_family_static(font, families);
    pango_font_description_set_weight(font, PANGO_WEIGHT_SEMIBOLD);
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_text(layout, letter, -1);
    pango_layout_get_size(layout, &width, &height);
    cairo_move_to(cairo, x - (double)width / PANGO_SCALE / 2, y - (double)height / PANGO_SCALE / 2);
    pango_cairo_layout_path(cairo, layout);
    cairo_set_source_rgb(cairo, 0, 0, 0);
    cairo_set_line_width(cairo, size / 4);
    cairo_stroke_preserve(cairo);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_fill(cairo);
    pango_font_description_free(font);
    g_object_unref(layout);
}

/* In pixels of the picture. */
static void draw_marks(cairo_t *cairo, const ReportPicture *p)
{
    double width = (double)p->width, height = (double)p->height, size = height / 16;
    cairo_set_source_rgb(cairo, 1, 0.75, 0.1);
    cairo_set_line_width(cairo, height / 190);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    for (size_t i = 0; i < p->outline_count; i++) {
        const float *o = p->outline[i];
        cairo_move_to(cairo, (double)o[0] + 0.5, (double)o[1] + 0.5);
        cairo_line_to(cairo, (double)o[2] + 0.5, (double)o[3] + 0.5);
    }
    cairo_stroke(cairo);
    bool sagittal = p->plane == PLANE_SAGITTAL;
    draw_letter(cairo, sagittal ? "A" : "R", size * 0.8, height / 2, size);
    draw_letter(cairo, sagittal ? "P" : "L", width - size * 0.8, height / 2, size);
    draw_letter(cairo, sagittal ? "H" : "A", width / 2, size * 0.8, size);
    double bar = 20 / p->pixel_mm, y = height - size * 0.9, x = width - size * 0.7 - bar;
    for (int pass = 0; pass < 2; pass++) {
        cairo_set_source_rgb(cairo, pass, pass, pass);
        cairo_set_line_width(cairo, pass ? height / 120 : height / 55);
        cairo_move_to(cairo, x, y);
        cairo_line_to(cairo, x + bar, y);
        cairo_stroke(cairo);
    }
    draw_letter(cairo, "20 mm", x + bar / 2, y - size * 0.75, size * 0.72);
}

double sheet_picture(Sheet *sheet, const ReportPicture *picture, double left, double top, double width)
{
    double height = sheet_picture_height(picture, width), scale = width / (double)picture->width;
    cairo_save(sheet->cairo);
    cairo_translate(sheet->cairo, margin + left, top);
    cairo_rectangle(sheet->cairo, 0, 0, width, height);
    cairo_clip(sheet->cairo);
    cairo_scale(sheet->cairo, scale, scale);
    draw_grey(sheet->cairo, picture);
    draw_marks(sheet->cairo, picture);
    cairo_restore(sheet->cairo);
    return height;
}

bool picture_png(const ReportPicture *picture, Text *out, DensError **err)
{
    const double magnify = picture->bare ? 1 : 2;
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)((double)picture->width * magnify),
                                   (int)((double)picture->height * magnify));
    cairo_t *cairo = cairo_create(surface);
    cairo_scale(cairo, magnify, magnify);
    draw_grey(cairo, picture);
    if (!picture->bare) {
        draw_marks(cairo, picture);
    }
    cairo_status_t status = cairo_status(cairo);
    status =
        status == CAIRO_STATUS_SUCCESS ? cairo_surface_write_to_png_stream(surface, collect, out) : status;
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    return status == CAIRO_STATUS_SUCCESS ||
           error_set(err, DENS_ERROR_INTERNAL, "picture", "%s", cairo_status_to_string(status));
}
