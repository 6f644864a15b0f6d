/* The chain from an image and a mask to the list of features, with the standard's diagnostic figures of each
 * step (IBSI manual, chapter 5). */
#include "radiomics/roi.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void feature_add(FeatureList *list, const char *prefix, const char *name, const char *suffix, double value,
                 const char *reason)
{
    RadiomicsFeatures *out = list->out;
    if (out->count == list->capacity) {
        list->capacity = 2 * list->capacity + 512;
        RadiomicsFeature *grown = arena_array(list->arena, list->capacity, sizeof *grown);
        if (out->count > 0) {
            memcpy(grown, out->features, out->count * sizeof *grown);
        }
        out->features = grown;
    }
    RadiomicsFeature *feature = &out->features[out->count++];
    const char *first = *prefix ? "_" : "", *second = *suffix ? "_" : "";
    feature->tag = arena_printf(list->arena, "%s%s%s%s%s", prefix, first, name, second, suffix);
    feature->missing = !isfinite(value);
    feature->reason = feature->missing ? (*reason ? reason : "cannot be computed for this region") : "";
    feature->value = feature->missing ? 0 : value;
}

static const char axes[3][2] = {"x", "y", "z"};

static void add_triple(FeatureList *list, const char *name, const char *suffix, const double value[3])
{
    for (int a = 0; a < 3; a++) {
        feature_add(list, name, axes[a], suffix, value[a], "");
    }
}

static void add_range(FeatureList *list, const char *prefix, const char *suffix, const Roi *roi,
                      const uint8_t *mask)
{
    double sum = 0, least = INFINITY, most = -INFINITY, count = 0;
    size_t voxels = roi_voxels(roi);
    for (size_t i = 0; i < voxels; i++) {
        if (!mask || mask[i]) {
            sum += roi->intensity[i];
            least = fmin(least, roi->intensity[i]);
            most = fmax(most, roi->intensity[i]);
            count++;
        }
    }
    feature_add(list, prefix, "mean_int", suffix, count > 0 ? sum / count : NAN, "no voxels in range");
    feature_add(list, prefix, "min_int", suffix, least, "no voxels in range");
    feature_add(list, prefix, "max_int", suffix, most, "no voxels in range");
}

/* The figures of the image at one step: "init" or "interp". */
static void add_image_figures(FeatureList *list, const Roi *roi, const char *step)
{
    char suffix[32];
    (void)snprintf(suffix, sizeof suffix, "%s_img", step);
    const double size[3] = {(double)roi->size[0], (double)roi->size[1], (double)roi->size[2]};
    add_triple(list, "img_dim", suffix, size);
    add_triple(list, "vox_dim", suffix, roi->spacing_mm);
    add_range(list, "", suffix, roi, NULL);
}

/* The figures of the masks at one step: "init", "interp" or "reseg". */
static void add_mask_figures(FeatureList *list, const Roi *roi, const char *step)
{
    char suffix[32];
    (void)snprintf(suffix, sizeof suffix, "%s_roi", step);
    size_t low[3], intensity[3], morphology[3];
    roi_box(roi, roi->intensity_mask, low, intensity);
    roi_box(roi, roi->morphology, low, morphology);
    double size[3], inner[3], outer[3];
    for (int a = 0; a < 3; a++) {
        size[a] = (double)roi->size[a];
        inner[a] = (double)intensity[a];
        outer[a] = (double)morphology[a];
    }
    add_triple(list, "int_mask_dim", suffix, size);
    add_triple(list, "int_mask_bb_dim", suffix, inner);
    add_triple(list, "morph_mask_bb_dim", suffix, outer);
    feature_add(list, "int_mask", "vox_count", suffix, (double)roi_count(roi, roi->intensity_mask), "");
    feature_add(list, "morph_mask", "vox_count", suffix, (double)roi_count(roi, roi->morphology), "");
    add_range(list, "int_mask", suffix, roi, roi->intensity_mask);
}

static bool roi_from(Roi *out, const Volume *volume, const Mask *mask, DensError **err)
{
    const Geometry *g = &volume->geometry;
    double distance_mm = 0;
    if (!geometry_equal(g, &mask->geometry, 0.01, &distance_mm)) {
        return error_set(
            err, DENS_ERROR_INPUT, mask->source_name ? mask->source_name : "mask",
            "the mask lies on another grid than the image (%zu x %zu x %zu and %zu x %zu x %zu voxels, "
            "corners up to %.3g mm apart)",
            mask->geometry.size[0], mask->geometry.size[1], mask->geometry.size[2], g->size[0], g->size[1],
            g->size[2], distance_mm);
    }
    if (!roi_init(out, g->size, g->spacing_mm, err)) {
        return false;
    }
    size_t voxels = roi_voxels(out), inside = 0, bad = 0;
    for (size_t i = 0; i < voxels; i++) {
        bool in = mask->labels[i] > 0;
        out->morphology[i] = out->intensity_mask[i] = in;
        bool finite = isfinite(volume->voxels[i]);
        out->intensity[i] = finite ? volume->voxels[i] : 0;
        inside += in;
        bad += in && !finite;
    }
    if (inside == 0) {
        return error_set(err, DENS_ERROR_INPUT, mask->source_name ? mask->source_name : "mask",
                         "the mask is empty");
    }
    return bad == 0 || error_set(err, DENS_ERROR_INPUT, volume->source_name ? volume->source_name : "image",
                                 "%zu voxels of the mask are not finite numbers", bad);
}

static bool add_all(const Roi *roi, const RadiomicsConfig *config, FeatureList *list, DensError **err)
{
    AUTO(levels_auto) Levels levels = {0};
    bool by_slice = config->slice_wise, both = strcmp(config->name, "digital") == 0;
    if (roi_count(roi, roi->intensity_mask) == 0) {
        return error_set(err, DENS_ERROR_INPUT, "radiomics",
                         "no intensity of the mask lies in %g to %g, the range of configuration %s",
                         config->low, config->high, config->name);
    }
    if (!add_morphology(roi, list, err)) {
        return false;
    }
    add_local(roi, list);
    if (!add_statistics(roi, list, err) || !levels_init(&levels, roi, config, err) ||
        !add_histogram(&levels, list, err) || !add_volume_histogram(roi, config, list, err)) {
        return false;
    }
    for (int pass = 0; pass < 2; pass++) {
        bool slices = pass == 0;
        if (!both && slices != by_slice) {
            continue;
        }
        if (!add_glcm(&levels, slices, list, err) || !add_glrlm(&levels, slices, list, err) ||
            !add_zones(&levels, roi, slices, list, err) || !add_ngtdm(&levels, slices, list, err) ||
            !add_ngldm(&levels, slices, list, err)) {
            return false;
        }
    }
    return true;
}

bool radiomics_compute(RadiomicsFeatures *out, const Volume *volume, const Mask *mask,
                       const RadiomicsConfig *config, Arena *arena, DensError **err)
{
    *out = (RadiomicsFeatures){0};
    FeatureList list = {arena, out, 0};
    AUTO(roi_auto) Roi initial = {0};
    AUTO(roi_auto) Roi interpolated = {0};
    if (!roi_from(&initial, volume, mask, err)) {
        return false;
    }
    add_image_figures(&list, &initial, "init");
    add_mask_figures(&list, &initial, "init");
    if (!roi_resample(&interpolated, &initial, config, err)) {
        return false;
    }
    roi_clear(&initial);
    if (roi_count(&interpolated, interpolated.morphology) == 0) {
        return error_set(err, DENS_ERROR_INPUT, mask->source_name ? mask->source_name : "mask",
                         "nothing of the mask is left on a grid of %g mm", config->spacing_mm);
    }
    add_image_figures(&list, &interpolated, "interp");
    add_mask_figures(&list, &interpolated, "interp");
    Roi roi = interpolated; /* its image and outline; the intensity mask is its own */
    size_t voxels = roi_voxels(&interpolated);
    roi.intensity_mask = memory_try_array(voxels, 1);
    if (!roi.intensity_mask) {
        return error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for %zu voxels", voxels);
    }
    memcpy(roi.intensity_mask, interpolated.intensity_mask, voxels);
    roi_resegment(&roi, config);
    add_mask_figures(&list, &roi, "reseg");
    bool ok = add_all(&roi, config, &list, err);
    free(roi.intensity_mask);
    return ok;
}
