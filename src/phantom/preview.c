/* Pictures through the lesion, one column a series: sagittal above, axial below.
 *
 * Each picture is acquired for itself, on a grid that holds no more than its plane needs (and what blur and
 * slice thickness reach beside it), so that one takes a fraction of what the whole series would. MR planes
 * are both native: an axial acquisition beside the sagittal one. */
#include "phantom/phantom.h"
#include "phantom/render.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double adult_pixel_mm = 0.6;
enum {
    SIDE = 232,
    SAGITTAL_ROWS = 292,
    COLUMN = PHANTOM_COLUMN,
    GAP = COLUMN - SIDE,
    ROWS = SAGITTAL_ROWS + GAP + SIDE
};
static const double left_mm = -69.3, front_mm = -47, top_mm = 91;

enum { HALO = 4, SUBSLICES = 5, POINTS_ACROSS = 5 /* of a thick sagittal slice */ };

typedef struct {
    Anatomy anatomy;
    Vec3 middle;     /* of the lesion, LPS */
    double pixel_mm; /* a child fills the picture as an adult does */
    uint64_t seed;
    Pool *pool;
    PhantomSheet *sheet;
} Preview;

void phantom_sheet_clear(PhantomSheet *sheet)
{
    free(sheet->grey);
    *sheet = (PhantomSheet){0};
}

/* ---- planes ---- */

/* Thin slices that add up to one of `thickness_mm`, through the lesion. */
static void axial_grid(const Preview *p, double spacing_mm, double thickness_mm, Geometry *out)
{
    size_t side = (size_t)(SIDE * p->pixel_mm / spacing_mm);
    double thin = thickness_mm / SUBSLICES, first = 0.5 * (spacing_mm - p->pixel_mm);
    *out = (Geometry){.size = {side, side, SUBSLICES},
                      .spacing_mm = {spacing_mm, spacing_mm, thin},
                      .origin_lps_mm = {left_mm * p->anatomy.growth + first,
                                        front_mm * p->anatomy.growth + first, p->middle.z - 2 * thin},
                      .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

/* The one plane of a grid, with what blur reaches beside it. */
static void cut(Geometry *grid, int axis, Vec3 middle, size_t halo)
{
    Vec3 along = grid->axis_lps[axis];
    double way = vec3_dot(vec3_sub(middle, grid->origin_lps_mm), along);
    double first = way - (double)halo * grid->spacing_mm[axis];
    grid->origin_lps_mm = vec3_add(grid->origin_lps_mm, vec3_scale(along, first));
    grid->size[axis] = 2 * halo + 1;
}

static void plane_grid(const Preview *p, size_t acquisition, bool sagittal, Geometry *out)
{
    bool functional = acquisition >= ACQUISITION_DWI;
    if (acquisition == ACQUISITION_CT) {
        render_ct_grid(&p->anatomy, out);
        cut(out, sagittal ? 0 : 2, p->middle, sagittal ? HALO : 0); /* its kernel blurs across alone */
        return;
    }
    if (functional) {
        render_functional_grid(&p->anatomy, acquisition, out);
    } else {
        render_mr_grid(&p->anatomy, out);
    }
    if (acquisition == ACQUISITION_PET) {
        cut(out, sagittal ? 0 : 2, p->middle, HALO);
    } else if (sagittal) {
        cut(out, 2, p->middle, 0);
    } else {
        axial_grid(p, functional ? out->spacing_mm[0] : p->pixel_mm, out->spacing_mm[2], out);
    }
}

/* Thin slices become one. */
static void join_slices(Volume *volume)
{
    Geometry *grid = &volume->geometry;
    size_t plane = grid->size[0] * grid->size[1], slices = grid->size[2];
    for (size_t i = 0; i < plane; i++) {
        double sum = 0;
        for (size_t k = 0; k < slices; k++) {
            sum += volume->voxels[i + k * plane];
        }
        volume->voxels[i] = (float)(sum / (double)slices);
    }
    grid->origin_lps_mm = geometry_point_lps_mm(grid, 0, 0, 0.5 * (double)(slices - 1));
    grid->spacing_mm[2] *= (double)slices;
    grid->size[2] = 1;
}

/* ---- grey ---- */

typedef struct {
    double black, white;
} GreyWindow;

/* The value that all but a share of the voxels stay below. */
static double high_value(const Volume *volume, double share)
{
    enum { BINS = 2048 };
    size_t voxels = geometry_voxels(&volume->geometry), counts[BINS] = {0}, above = 0;
    double most = 1;
    for (size_t i = 0; i < voxels; i++) {
        most = fmax(most, volume->voxels[i]);
    }
    for (size_t i = 0; i < voxels; i++) {
        counts[(size_t)(fmax(volume->voxels[i], 0) / most * (BINS - 1))]++;
    }
    size_t bin = BINS - 1;
    while (bin > 0 && (double)(above += counts[bin]) < share * (double)voxels) {
        bin--;
    }
    return most * (double)(bin + 1) / BINS;
}

static GreyWindow window_of(const Volume *volume, const Acquisition *series)
{
    switch (series->role) {
    case ROLE_CT:
        return (GreyWindow){-450, 1350};
    case ROLE_PET: /* dark is hot */
        return (GreyWindow){6 * PET_BQ_PER_SUV, 0};
    case ROLE_STIR: /* CSF and what is as bright may be white, so that muscle is seen */
        return (GreyWindow){0, 0.6 * high_value(volume, 0.01)};
    default:
        return (GreyWindow){0, high_value(volume, 0.01)};
    }
}

static uint8_t grey_at(const Volume *volume, const GreyWindow *window, Vec3 point)
{
    double ijk[3];
    float value = 0;
    if (!geometry_index_ijk(&volume->geometry, point, ijk) || !volume_sample(volume, ijk, &value)) {
        return window->black > window->white ? 255 : 0;
    }
    double grey = 255 * ((double)value - window->black) / (window->white - window->black);
    return (uint8_t)fmin(fmax(grey, 0), 255);
}

static void draw(const Preview *p, const Volume *volume, const GreyWindow *window, bool sagittal)
{
    const size_t width = p->sheet->width, rows = sagittal ? SAGITTAL_ROWS : SIDE;
    const double front = front_mm * p->anatomy.growth;
    uint8_t *grey = p->sheet->grey + width - COLUMN + (sagittal ? 0 : (SAGITTAL_ROWS + GAP) * width);
    for (size_t j = 0; j < rows; j++) {
        for (size_t i = 0; i < SIDE; i++) {
            double across = (double)i * p->pixel_mm, down = (double)j * p->pixel_mm;
            Vec3 point = sagittal ? vec3(p->middle.x, front + across, top_mm * p->anatomy.growth - down)
                                  : vec3(left_mm * p->anatomy.growth + across, front + down, p->middle.z);
            grey[i + j * width] = grey_at(volume, window, point);
        }
    }
}

/* ---- columns ---- */

static void add_column(PhantomSheet *sheet, double pixel_mm)
{
    size_t width = sheet->width + COLUMN;
    uint8_t *grey = memory_array(width * ROWS, 1);
    for (size_t j = 0; sheet->grey && j < ROWS; j++) {
        memcpy(grey + j * width, sheet->grey + j * sheet->width, sheet->width);
    }
    free(sheet->grey);
    *sheet = (PhantomSheet){.width = width, .height = ROWS, .pixel_mm = pixel_mm, .grey = grey};
}

/* The volumes of `count` acquisitions from `first` on that share their grids, in one plane. */
static bool render_plane(Preview *p, size_t first, size_t count, const Acquisition *series, bool sagittal,
                         Volume **out, DensError **err)
{
    Geometry grid;
    plane_grid(p, first, sagittal, &grid);
    Rendered rendered = {.volumes = out};
    bool thick = sagittal && first != ACQUISITION_CT && first != ACQUISITION_PET;
    bool good =
        render_series(&p->anatomy, series, count, &grid, thick ? POINTS_ACROSS : 1, p->pool, &rendered, err);
    mask_free(rendered.labels);
    mask_free(rendered.anatomy);
    for (size_t n = 0; good && n < count; n++) {
        if (!sagittal && first != ACQUISITION_CT && first != ACQUISITION_PET) {
            join_slices(out[n]);
        }
        render_degrade(out[n], &series[n], p->seed, p->pool);
    }
    return good;
}

/* The part of a series that is shown: the strongest diffusion weighting, the middle of a dynamic series. */
static Acquisition shown_part(const Acquisition *series)
{
    size_t part = series->role == ROLE_DWI ? series->part_count - 1 : series->part_count / 2;
    return acquisition_part(series, part);
}

static bool add_series(Preview *p, size_t first, size_t count, DensError **err)
{
    Acquisition series[ACQUISITION_COUNT];
    Volume *planes[2][ACQUISITION_COUNT] = {{NULL}};
    bool good = true;
    for (size_t n = 0; n < count; n++) {
        series[n] = shown_part(&acquisitions[first + n]);
    }
    for (int plane = 0; good && plane < 2; plane++) {
        good = render_plane(p, first, count, series, plane == 0, planes[plane], err);
    }
    for (size_t n = 0; n < count; n++) {
        if (good) {
            add_column(p->sheet, p->pixel_mm);
            for (int plane = 0; plane < 2; plane++) {
                GreyWindow window = window_of(planes[0][n], &series[n]); /* of both planes */
                draw(p, planes[plane][n], &window, plane == 0);
            }
        }
        volume_free(planes[0][n]);
        volume_free(planes[1][n]);
    }
    return good;
}

bool phantom_preview(const char *diagnosis, uint64_t seed, const char *level, unsigned series,
                     PhantomSheet *out, DensError **err)
{
    const LesionKind *lesion = lesion_kind(diagnosis);
    int number = LEVEL_DRAWN;
    *out = (PhantomSheet){0};
    if (!lesion) {
        return error_set(err, DENS_ERROR_USAGE, diagnosis, "there is no phantom of this diagnosis");
    }
    if (level && !lesion_parse_level(level, lesion, &number, err)) {
        return false;
    }
    AUTO(pool_auto) Pool *pool = pool_new(0);
    Preview *p = memory_array(1, sizeof *p);
    *p = (Preview){.seed = seed, .pool = pool, .sheet = out};
    anatomy_init(&p->anatomy, lesion, seed, number);
    p->middle = anatomy_patient_point(&p->anatomy, p->anatomy.lesion_centre);
    p->pixel_mm = adult_pixel_mm * p->anatomy.growth;
    bool good = true;
    for (size_t n = 0; good && n < ACQUISITION_COUNT;) {
        size_t count = 1; /* the MR series share their grids */
        while (n >= ACQUISITION_T1 && n + count <= ACQUISITION_T1C && series & (1U << (n + count))) {
            count++;
        }
        good = !(series & (1U << n)) || add_series(p, n, count, err);
        n += series & (1U << n) ? count : 1;
    }
    free(p);
    if (!good) {
        phantom_sheet_clear(out);
    }
    return good;
}
