/* Inside measure/: the families' entry points, which families.c gathers in measure_families[], and what they
 * share to find their series. */
#ifndef DENS_MEASURE_FAMILIES_H
#define DENS_MEASURE_FAMILIES_H

#include "measure/measure.h"
#include "measure/region.h"

void measure_size(const MeasureInput *input, MeasurementList *out);
void measure_attenuation(const MeasureInput *input, MeasurementList *out);
void measure_signal(const MeasureInput *input, MeasurementList *out);
void measure_enhancement(const MeasureInput *input, MeasurementList *out);
void measure_perfusion(const MeasureInput *input, MeasurementList *out);
void measure_diffusion(const MeasureInput *input, MeasurementList *out);
void measure_uptake(const MeasureInput *input, MeasurementList *out);
void measure_chemical_shift(const MeasureInput *input, MeasurementList *out);
void measure_margin(const MeasureInput *input, MeasurementList *out);
void measure_matrix(const MeasureInput *input, MeasurementList *out);
void measure_nidus(const MeasureInput *input, MeasurementList *out);
void measure_anatomy(const MeasureInput *input, MeasurementList *out);
void measure_canal(const MeasureInput *input, MeasurementList *out);
void measure_artery(const MeasureInput *input, MeasurementList *out);
void measure_oedema(const MeasureInput *input, MeasurementList *out);
void measure_elements(const MeasureInput *input, MeasurementList *out);
void measure_layers(const MeasureInput *input, MeasurementList *out);
void measure_collapse(const MeasureInput *input, MeasurementList *out);
void measure_expansion(const MeasureInput *input, MeasurementList *out);
void measure_cortex(const MeasureInput *input, MeasurementList *out);
void measure_foramina(const MeasureInput *input, MeasurementList *out);
void measure_mass(const MeasureInput *input, MeasurementList *out);
void measure_fluid(const MeasureInput *input, MeasurementList *out);
void measure_pattern(const MeasureInput *input, MeasurementList *out);

/* Measures all quantities of a family on one series: adds them all and returns true, or adds none. */
typedef bool MeasureOn(const MeasureSeries *series, MeasurementList *out, DensError **err);
/* Measures on the first series of a role that can give the quantities; else all are missing, for the reason
 * of the first such series, or "no ct series". */
void measure_first(const MeasureInput *input, const char *role, const Quantity *quantities, size_t count,
                   MeasureOn *measure_on, MeasurementList *out);

/* The next series with this role after `after` (NULL: the first), or NULL. */
const MeasureSeries *series_next(const MeasureInput *input, const char *role, const MeasureSeries *after);

/* The voxels of the lesion (tissue < 0) or of a reference tissue in a series. The error's summary is a reason
 * for "missing": "no muscle reference on the t2 series". */
bool series_region(Region *out, const MeasureSeries *series, int tissue, DensError **err) DENS_MUST_USE;

/* The same for the marrow reference, which must have voxels enough for a normal range. */
bool marrow_region(Region *out, const MeasureSeries *series, DensError **err) DENS_MUST_USE;

/* The same for a ct series, which must be in Hounsfield units or have no unit at all (NIfTI has none: whoever
 * calls it ct says that it is in HU). */
bool ct_region(Region *out, const MeasureSeries *ct, int tissue, DensError **err) DENS_MUST_USE;

/* Fills role, series, of and, if some voxels of the region were not finite, the note. */
void measurement_place(Measurement *measurement, const MeasureSeries *series, size_t not_finite,
                       Arena *arena);

/* Says on each value from `first` on how much of the lesion is metal, if any. */
void measurements_note_metal(MeasurementList *out, size_t first, const MeasureSeries *ct);

/* Adds what was measured with the mask of the lesion and the labels of the vertebrae on a series. */
Measurement *measurements_add_labelled(MeasurementList *out, const Quantity *quantity, double value,
                                       const MeasureSeries *series);

#endif
