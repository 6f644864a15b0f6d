/* The list of measurements, the table of families, and what families share. */
#include "measure/measure.h"

#include "measure/families.h"
#include "measure/noise.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { REASON_BYTES = 512 };
static const double air_hu = -1000, fat_hu = -100; /* fat: docs/phantom.md */

const MeasureFamily measure_families[] = {
    {"size", "Size", measure_size},
    {"anatomy", "Place in the spine", measure_anatomy},
    {"elements", "Elements of the vertebra", measure_elements},
    {"layers", "Layers of the vertebra", measure_layers},
    {"collapse", "Height of the body", measure_collapse},
    {"mass", "Beyond the bone", measure_mass},
    {"expansion", "Expansion of the bone", measure_expansion},
    {"cortex", "Cortex over the lesion", measure_cortex},
    {"foramina", "Neural foramina", measure_foramina},
    {"canal", "Canal and cord", measure_canal},
    {"artery", "Vertebral artery", measure_artery},
    {"attenuation", "CT attenuation", measure_attenuation},
    {"margin", "Margin and cortex", measure_margin},
    {"matrix", "Mineral in the lesion", measure_matrix},
    {"nidus", "Enclosed lucency", measure_nidus},
    {"signal", "MR signal", measure_signal},
    {"fluid", "Fluid–fluid levels", measure_fluid},
    {"oedema", "Marrow oedema", measure_oedema},
    {"enhancement", "MR contrast enhancement", measure_enhancement},
    {"pattern", "Pattern of enhancement", measure_pattern},
    {"perfusion", "Perfusion", measure_perfusion},
    {"diffusion", "Diffusion", measure_diffusion},
    {"uptake", "FDG uptake", measure_uptake},
    {"chemical_shift", "Chemical shift", measure_chemical_shift},
    {NULL, NULL, NULL},
};

static const char *const tissue_names[TISSUE_COUNT] = {
    [TISSUE_MUSCLE] = "muscle", [TISSUE_DISC] = "disc", [TISSUE_CSF] = "csf",
    [TISSUE_MARROW] = "marrow", [TISSUE_CORD] = "cord",
};

const char *tissue_name(Tissue tissue)
{
    return tissue_names[tissue];
}

bool tissue_parse(const char *name, Tissue *out)
{
    for (int t = 0; t < TISSUE_COUNT; t++) {
        if (strcmp(name, tissue_names[t]) == 0) {
            *out = (Tissue)t;
            return true;
        }
    }
    return false;
}

void measurements_init(MeasurementList *list, Arena *arena)
{
    *list = (MeasurementList){.arena = arena};
}

static Measurement *append(MeasurementList *list, const Quantity *quantity)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? 2 * list->capacity : 32;
        Measurement *items = arena_array(list->arena, capacity, sizeof *items);
        if (list->count > 0) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
        list->capacity = capacity;
    }
    Measurement *added = &list->items[list->count++];
    *added = (Measurement){
        .quantity = quantity, .sd = -1, .role = "", .series_uid = "", .of = "lesion", .note = ""};
    return added;
}

Measurement *measurements_add(MeasurementList *list, const Quantity *quantity, double value)
{
    if (!isfinite(value)) {
        return measurements_add_missing(list, quantity, "the computation gave no finite number");
    }
    Measurement *added = append(list, quantity);
    added->value = value;
    return added;
}

Measurement *measurements_add_missing(MeasurementList *list, const Quantity *quantity,
                                      const char *reason_format, ...)
{
    char reason[REASON_BYTES];
    va_list arguments;
    va_start(arguments, reason_format);
    (void)vsnprintf(reason, sizeof reason, reason_format, arguments);
    va_end(arguments);
    Measurement *added = append(list, quantity);
    added->missing = true;
    added->reason = arena_strdup(list->arena, reason);
    return added;
}

const Measurement *measurements_find(const MeasurementList *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].quantity->id, id) == 0) {
            return &list->items[i];
        }
    }
    return NULL;
}

const MeasureSeries *series_next(const MeasureInput *input, const char *role, const MeasureSeries *after)
{
    for (size_t i = after ? (size_t)(after - input->series) + 1 : 0; i < input->series_count; i++) {
        if (strcmp(input->series[i].role, role) == 0) {
            return &input->series[i];
        }
    }
    return NULL;
}

/* A sphere can be placed beside the patient. On CT it is then nearer to air, which is −1000 HU by definition,
 * than to fat; on MR, half or more of the power that it has is noise: the mean square of a magnitude is the
 * signal's and 2σ² (Gudbjartsson 1995, Magn Reson Med 34:910), so that is a value below 2σ. */
static bool reference_is_tissue(const Region *region, const MeasureSeries *series, const char *name,
                                DensError **err)
{
    if (strcmp(series->role, "ct") == 0) {
        return region->mean > (air_hu + fat_hu) / 2 ||
               error_input(err, NULL, "the %s lies in air: it has %.0f HU on the ct series", name,
                           region->mean);
    }
    const double sigma = noise_sigma(series->volume);
    return sigma <= 0 || region->median >= 2 * sigma ||
           error_input(
               err, NULL,
               "the %s has no signal on the %s series: its median of %.3g is below twice the noise of "
               "%.3g",
               name, series->role, region->median, sigma);
}

bool series_region(Region *out, const MeasureSeries *series, int tissue, DensError **err)
{
    const Mask *mask = tissue < 0 ? series->lesion : series->reference[tissue];
    if (!mask && tissue < 0) {
        return error_input(err, NULL, "no lesion mask on the %s series", series->role);
    }
    if (!mask) {
        return error_input(err, NULL, "no %s reference on the %s series", tissue_name((Tissue)tissue),
                           series->role);
    }
    char name[32] = "lesion";
    if (tissue >= 0) {
        (void)snprintf(name, sizeof name, "%s reference", tissue_name((Tissue)tissue));
    }
    if (tissue >= 0 && mask_count(mask, 0) == 0) {
        return error_input(err, NULL, "the %s has no voxel outside the lesion", name);
    }
    return region_describe(out, series->volume, mask, name, err) &&
           (tissue < 0 || reference_is_tissue(out, series, name, err));
}

bool marrow_region(Region *out, const MeasureSeries *series, DensError **err)
{
    if (!series_region(out, series, TISSUE_MARROW, err)) {
        return false;
    }
    if (out->voxels < 2) {
        return error_input(err, NULL,
                           "the marrow reference has one finite voxel: the range of normal marrow needs at "
                           "least 2 voxels");
    }
    return out->sd > 0 ||
           error_input(err, NULL,
                       "all voxels of the marrow reference have one value: normal marrow has no known range");
}

bool ct_region(Region *out, const MeasureSeries *ct, int tissue, DensError **err)
{
    if (ct->volume->unit != UNIT_HU && ct->volume->unit != UNIT_ARBITRARY) {
        return error_input(err, NULL, "the ct series is not in Hounsfield units");
    }
    return series_region(out, ct, tissue, err);
}

void measure_first(const MeasureInput *input, const char *role, const Quantity *quantities, size_t count,
                   MeasureOn *measure_on, MeasurementList *out)
{
    AUTO(error_auto) DensError *first_error = NULL;
    for (const MeasureSeries *s = series_next(input, role, NULL); s; s = series_next(input, role, s)) {
        AUTO(error_auto) DensError *err = NULL;
        const size_t first = out->count;
        if (measure_on(s, out, &err)) {
            if (strcmp(role, "ct") == 0) {
                measurements_note_metal(out, first, s);
            }
            return;
        }
        if (!first_error) {
            first_error = TAKE(err);
        }
    }
    for (size_t q = 0; q < count; q++) {
        if (first_error) {
            measurements_add_missing(out, &quantities[q], "%s", dens_error_summary(first_error));
        } else {
            measurements_add_missing(out, &quantities[q], "no %s series", role);
        }
    }
}

void measurement_place(Measurement *measurement, const MeasureSeries *series, size_t not_finite, Arena *arena)
{
    measurement->role = arena_strdup(arena, series->role);
    if (series->volume && series->volume->series_uid) {
        measurement->series_uid = arena_strdup(arena, series->volume->series_uid);
    }
    if (not_finite > 0) {
        measurement->note = arena_printf(arena, "%zu voxel%s without a finite value %s left out", not_finite,
                                         not_finite == 1 ? "" : "s", not_finite == 1 ? "was" : "were");
    }
}

static void write_text(Value *map, const char *key, const char *text)
{
    if (text && *text) {
        value_set_string(map, key, text);
    }
}

static void write_found(const Measurement *measurement, Value *map)
{
    const Quantity *quantity = measurement->quantity;
    value_set_number(map, "value", measurement->value);
    if (measurement->sd >= 0 && isfinite(measurement->sd)) {
        value_set_number(map, "sd", measurement->sd);
    }
    value_set_string(map, "unit", quantity->unit);
    value_set_string(map, "of", measurement->of);
    write_text(map, "series", measurement->series_uid);
    value_set_string(map, "method", quantity->method);
    write_text(map, "source", quantity->source);
    if (quantity->code[0]) {
        Value *code = value_set_list(map, "quantity_code");
        for (int i = 0; i < 3; i++) {
            value_add_string(code, quantity->code[i]);
        }
    }
    Value *inputs = value_set_list(map, "inputs");
    const size_t most = sizeof measurement->inputs / sizeof measurement->inputs[0];
    for (size_t i = 0; i < most && measurement->inputs[i]; i++) {
        value_add_string(inputs, measurement->inputs[i]);
    }
    write_text(map, "note", measurement->note);
}

void measurements_to_value(const MeasurementList *list, Value *parent, const char *key)
{
    Value *all = value_set_list(parent, key);
    for (size_t i = 0; i < list->count; i++) {
        const Measurement *measurement = &list->items[i];
        Value *map = value_add_map(all);
        value_set_string(map, "id", measurement->quantity->id);
        value_set_string(map, "label", measurement->quantity->label);
        if (measurement->missing) {
            value_set_string(map, "missing", measurement->reason);
        } else {
            write_found(measurement, map);
        }
    }
}

Measurement *measurements_add_labelled(MeasurementList *out, const Quantity *quantity, double value,
                                       const MeasureSeries *series)
{
    Measurement *added = measurements_add(out, quantity, value);
    measurement_place(added, series, 0, out->arena);
    added->inputs[0] = added->role;
    added->inputs[1] = "lesion";
    added->inputs[2] = "labels";
    return added;
}
