/* A department's own counts: what its confirmed cases add to the cells of the knowledge. A file of counts and
 * nothing else (format dens-overlay/1): no case can be told from it by name. The shipped knowledge never
 * changes; an overlay is put on a loaded one. */
#ifndef DENS_KNOWLEDGE_OVERLAY_H
#define DENS_KNOWLEDGE_OVERLAY_H

#include "base/text.h"
#include "knowledge/knowledge.h"

typedef struct Overlay Overlay;

/* Empty, for this knowledge, which must outlive it. */
Overlay *overlay_new(const Knowledge *knowledge);
void overlay_free(Overlay *overlay);
/* Reads a file. A diagnosis, finding or value that the knowledge does not have is an error with its place. */
Overlay *overlay_read(const char *path, const Knowledge *knowledge, DensError **err) DENS_MUST_USE;
/* The file's text, YAML. */
void overlay_write(const Overlay *overlay, Text *out);

/* "sha256:…" of the text, and the version of the knowledge that it was made with. */
const char *overlay_version(const Overlay *overlay);
const char *overlay_made_with(const Overlay *overlay);
/* How many cases were counted, all or of one diagnosis. */
size_t overlay_cases(const Overlay *overlay);
size_t overlay_cases_of(const Overlay *overlay, size_t diagnosis);
void overlay_count_case(Overlay *overlay, size_t diagnosis);
/* Adds patients to a cell; `mass` is laid out as a cell's alpha. */
void overlay_add(Overlay *overlay, size_t diagnosis, const Finding *finding, const double *mass);
/* What was added, or NULL; its patients are the largest sum over the blocks. */
const double *overlay_mass(const Overlay *overlay, size_t diagnosis, const Finding *finding);
double overlay_patients(const Overlay *overlay, size_t diagnosis, const Finding *finding);
/* By what the mass of a cell is multiplied, so that it counts for no more than the cap (`overlay_cap` in
 * scales.yaml). */
double overlay_discount(const Overlay *overlay, size_t diagnosis, const Finding *finding);

/* Puts the counts on the cells of a knowledge that nobody else uses yet. Backgrounds and "none of these" stay
 * as they were shipped. */
void knowledge_put_overlay(Knowledge *knowledge, const Overlay *overlay);

AUTO_DEFINE(Overlay, overlay, overlay_free)

#endif
