/* The style sheet of report.html, as pieces that are written one after the other. */
#ifndef DENS_REPORT_HTML_STYLE_H
#define DENS_REPORT_HTML_STYLE_H

#include <stddef.h>

extern const char *const html_style[];
extern const size_t html_style_count;

#endif
