/* The only file that names elastix: a child process that reads two NIfTI files and a file of parameters in a
 * folder of its own, and writes what it found as text. */
#include "align/align.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/file.h"
#include "base/memory.h"
#include "image/nifti.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rigid, mutual information, three resolutions; the parameters' meaning and defaults:
 * elastix.dev/doxygen/parameter.html (which calls 500 iterations usual and 250 enough in a hurry). One thread
 * and a fixed seed, so that the result does not depend on the machine. */
static const char parameters[] =
    "(FixedInternalImagePixelType \"float\")\n(MovingInternalImagePixelType \"float\")\n"
    "(FixedImageDimension 3)\n(MovingImageDimension 3)\n(UseDirectionCosines \"true\")\n"
    "(Registration \"MultiResolutionRegistration\")\n(Interpolator \"LinearInterpolator\")\n"
    "(ResampleInterpolator \"FinalBSplineInterpolator\")\n(Resampler \"DefaultResampler\")\n"
    "(FixedImagePyramid \"FixedSmoothingImagePyramid\")\n"
    "(MovingImagePyramid \"MovingSmoothingImagePyramid\")\n"
    "(Optimizer \"AdaptiveStochasticGradientDescent\")\n(Transform \"EulerTransform\")\n"
    "(Metric \"AdvancedMattesMutualInformation\")\n(NumberOfHistogramBins 32)\n"
    "(AutomaticScalesEstimation \"true\")\n(AutomaticTransformInitialization \"true\")\n"
    "(HowToCombineTransforms \"Compose\")\n(NumberOfResolutions 3)\n(MaximumNumberOfIterations 250)\n"
    "(ImageSampler \"RandomCoordinate\")\n(NumberOfSpatialSamples 3000)\n"
    "(NewSamplesEveryIteration \"true\")\n(CheckNumberOfSamples \"true\")\n(RandomSeed 1)\n"
    "(DefaultPixelValue 0)\n(WriteResultImage \"false\")\n(WriteTransformParametersEachIteration "
    "\"false\")\n";

/* A convention: two images of one neck do not lie further apart once their middles were put on each other. */
static const double most_angle_deg = 60, most_shift_mm = 150;

static const ChildLimits limits = {.cpu_seconds = 600, .wall_seconds = 900};

static bool write_finite(const Volume *volume, const char *path, DensError **err)
{
    AUTO(volume_auto) Volume *copy = volume_new(&volume->geometry, err);
    if (!copy) {
        return false;
    }
    const size_t voxels = geometry_voxels(&volume->geometry);
    float low = INFINITY;
    for (size_t v = 0; v < voxels; v++) {
        low = isfinite(volume->voxels[v]) && volume->voxels[v] < low ? volume->voxels[v] : low;
    }
    if (!isfinite(low)) {
        return error_input(err, volume->source_name, "no voxel has a finite value");
    }
    for (size_t v = 0; v < voxels; v++) {
        copy->voxels[v] = isfinite(volume->voxels[v]) ? volume->voxels[v] : low;
    }
    return volume_write_nifti(copy, path, err);
}

/* The numbers of a line "(Name 1 2 3)". */
static bool read_numbers(const char *text, const char *name, double *out, size_t count)
{
    AUTO_TEXT lead = TEXT_INIT;
    text_addf(&lead, "(%s ", name);
    const char *at = strstr(text, text_string(&lead));
    if (!at) {
        return false;
    }
    at += lead.length;
    for (size_t n = 0; n < count; n++) {
        char *end = NULL;
        out[n] = strtod(at, &end);
        if (end == at || !isfinite(out[n])) {
            return false;
        }
        at = end;
    }
    return *at == ')';
}

/* ITK's Euler3DTransform: turns about z, then x, then y are applied right to left, about a centre. */
static bool read_motion(Rigid *out, const char *text, DensError **err)
{
    double p[6], centre[3];
    if (!read_numbers(text, "TransformParameters", p, 6) ||
        !read_numbers(text, "CenterOfRotationPoint", centre, 3) || !strstr(text, "(ComputeZYX \"false\")")) {
        return error_set(err, DENS_ERROR_INTERNAL, "elastix", "wrote no rigid motion that can be read");
    }
    const double cx = cos(p[0]), sx = sin(p[0]), cy = cos(p[1]), sy = sin(p[1]), cz = cos(p[2]),
                 sz = sin(p[2]);
    *out = (Rigid){.turn = {{cz * cy - sz * sx * sy, -cx * sz, cz * sy + cy * sz * sx},
                            {cy * sz + cz * sx * sy, cz * cx, sz * sy - cz * cy * sx},
                            {-cx * sy, sx, cx * cy}}};
    const Vec3 c = vec3(centre[0], centre[1], centre[2]);
    out->shift_mm = vec3_sub(vec3_add(c, vec3(p[3], p[4], p[5])), rigid_apply(out, c));
    return true;
}

static Vec3 middle(const Geometry *g)
{
    return geometry_point_lps_mm(g, ((double)g->size[0] - 1) / 2, ((double)g->size[1] - 1) / 2,
                                 ((double)g->size[2] - 1) / 2);
}

static bool check_motion(const Rigid *found, const Volume *fixed, const Volume *moving, DensError **err)
{
    const double shift =
        vec3_length(vec3_sub(rigid_apply(found, middle(&fixed->geometry)), middle(&moving->geometry)));
    return (shift <= most_shift_mm && rigid_angle_deg(found) <= most_angle_deg) ||
           error_input(err, moving->source_name,
                       "could not be aligned: %.0f mm and %.0f° from the other image is no likely place",
                       shift, rigid_angle_deg(found));
}

static bool run_elastix(const char *folder, Arena *arena, const Volume *moving, DensError **err)
{
    const char *const argv[] = {"elastix",
                                "-f",
                                file_join(arena, folder, "fixed.nii"),
                                "-m",
                                file_join(arena, folder, "moving.nii"),
                                "-p",
                                file_join(arena, folder, "parameters.txt"),
                                "-out",
                                folder,
                                "-threads",
                                "1",
                                NULL};
    ChildResult result;
    DensError *fault = NULL;
    if (!child_run(&result, argv, NULL, 0, &limits, &fault)) {
        dens_error_free(fault);
        return error_set(err, DENS_ERROR_USAGE, "elastix",
                         "cannot be run, so images of different frames of reference cannot be aligned; it is "
                         "Debian's package elastix");
    }
    const bool good = result.exit_status == 0;
    const bool timed_out = result.timed_out;
    child_result_clear(&result);
    return good || error_input(err, moving->source_name, "could not be aligned: elastix %s",
                               timed_out ? "took too long" : "found no overlap of the two images");
}

bool align_rigid(Rigid *out, const Volume *fixed, const Volume *moving, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const char *temporary = getenv("TMPDIR");
    char *folder = file_join(arena, temporary && temporary[0] ? temporary : "/tmp", "dens-align-XXXXXX");
    if (!mkdtemp(folder)) {
        return error_set(err, DENS_ERROR_INTERNAL, folder, "cannot be made: %s", strerror(errno));
    }
    size_t length = 0;
    char *text = NULL;
    bool good =
        write_finite(fixed, file_join(arena, folder, "fixed.nii"), err) &&
        write_finite(moving, file_join(arena, folder, "moving.nii"), err) &&
        file_write(file_join(arena, folder, "parameters.txt"), parameters, sizeof parameters - 1, err) &&
        run_elastix(folder, arena, moving, err);
    if (good) {
        text = file_read(file_join(arena, folder, "TransformParameters.0.txt"), 1 << 16, &length, err);
        good = text && read_motion(out, text, err) && check_motion(out, fixed, moving, err);
    }
    free(text);
    return file_remove_tree(folder, good ? err : NULL) && good;
}
