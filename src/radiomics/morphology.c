/* Shape (IBSI manual, 3.1). The densities in the oriented bounding box and in the smallest ellipsoid are left
 * out: the standard found no consensus on them and fixes no value. */
#include "radiomics/roi.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char one_intensity[] = "needs at least two voxels of different intensity";

/* Points of the mesh that can be corners of its hull: the two ends of each line along x. */
static double *line_ends(const Mesh *mesh, const Roi *roi, size_t *out_count)
{
    size_t low[3], extent[3];
    roi_box(roi, roi->morphology, low, extent);
    size_t rows = 2 * extent[1] + 1, lines = rows * (2 * extent[2] + 1);
    double *end = memory_try_array(lines, 2 * sizeof *end);
    double *points = memory_try_array(lines, 6 * sizeof *points);
    if (!end || !points) {
        free(end);
        free(points);
        return NULL;
    }
    for (size_t i = 0; i < lines; i++) {
        end[2 * i] = INFINITY;
        end[2 * i + 1] = -INFINITY;
    }
    for (size_t v = 0; v < 3 * mesh->triangles; v++) {
        const double *p = mesh->vertices + 3 * v;
        size_t half[3] = {0};
        for (int a = 1; a < 3; a++) {
            half[a] = (size_t)lround(2 * (p[a] / roi->spacing_mm[a] - (double)low[a]) + 1);
        }
        double *line = end + 2 * (half[1] + rows * half[2]);
        line[0] = fmin(line[0], p[0]);
        line[1] = fmax(line[1], p[0]);
    }
    size_t count = 0;
    for (size_t i = 0; i < lines; i++) {
        size_t column = i / rows;
        double half_y = (double)(i - column * rows), half_z = (double)column;
        for (int side = 0; side < 2 && end[2 * i] <= end[2 * i + 1]; side++) {
            points[3 * count] = end[2 * i + (size_t)side];
            points[3 * count + 1] = (half_y / 2 - 0.5 + (double)low[1]) * roi->spacing_mm[1];
            points[3 * count + 2] = (half_z / 2 - 0.5 + (double)low[2]) * roi->spacing_mm[2];
            count++;
        }
    }
    free(end);
    *out_count = count;
    return points;
}

static double longest(const Hull *hull)
{
    double most = 0;
    for (size_t a = 0; a < hull->count; a++) {
        for (size_t b = a + 1; b < hull->count; b++) {
            double x = hull->vertices[3 * a] - hull->vertices[3 * b];
            double y = hull->vertices[3 * a + 1] - hull->vertices[3 * b + 1];
            double z = hull->vertices[3 * a + 2] - hull->vertices[3 * b + 2];
            most = fmax(most, x * x + y * y + z * z);
        }
    }
    return sqrt(most);
}

/* Eigenvalues (descending) and vectors (columns) of a symmetric matrix by Jacobi rotations. */
static void eigen(double m[3][3], double out_value[3], double out_vector[3][3])
{
    memset(out_vector, 0, 9 * sizeof(double));
    for (int a = 0; a < 3; a++) {
        out_vector[a][a] = 1;
    }
    for (int sweep = 0; sweep < 50; sweep++) {
        for (int p = 0; p < 2; p++) {
            for (int q = p + 1; q < 3; q++) {
                if (fabs(m[p][q]) <= 1e-300) {
                    continue;
                }
                double angle = atan2(2 * m[p][q], m[q][q] - m[p][p]) / 2, c = cos(angle), s = sin(angle);
                for (int k = 0; k < 3; k++) {
                    double a = m[k][p], b = m[k][q];
                    m[k][p] = c * a - s * b;
                    m[k][q] = s * a + c * b;
                }
                for (int k = 0; k < 3; k++) {
                    double a = m[p][k], b = m[q][k], v = out_vector[k][p], w = out_vector[k][q];
                    m[p][k] = c * a - s * b;
                    m[q][k] = s * a + c * b;
                    out_vector[k][p] = c * v - s * w;
                    out_vector[k][q] = s * v + c * w;
                }
            }
        }
    }
    int order[3] = {0, 1, 2};
    for (int a = 0; a < 2; a++) {
        for (int b = a + 1; b < 3; b++) {
            if (m[order[b]][order[b]] > m[order[a]][order[a]]) {
                int swap = order[a];
                order[a] = order[b];
                order[b] = swap;
            }
        }
    }
    double vector[3][3];
    memcpy(vector, out_vector, sizeof vector);
    for (int a = 0; a < 3; a++) {
        out_value[a] = fmax(0, m[order[a]][order[a]]);
        for (int k = 0; k < 3; k++) {
            out_vector[k][a] = vector[k][order[a]];
        }
    }
}

/* What the voxels of the masks say. */
typedef struct {
    double count, volume_mm3, centre_shift_mm, variance_mm2[3], axes[3][3], mean_intensity;
} Cloud;

static void cloud_sums(const Roi *roi, double sum[3], double product[3][3], double weighted[3],
                       double *out_weight, double *out_count, double *out_inside)
{
    size_t at = 0;
    for (size_t k = 0; k < roi->size[2]; k++) {
        for (size_t j = 0; j < roi->size[1]; j++) {
            for (size_t i = 0; i < roi->size[0]; i++, at++) {
                if (!roi->morphology[at]) {
                    continue;
                }
                const double p[3] = {(double)i * roi->spacing_mm[0], (double)j * roi->spacing_mm[1],
                                     (double)k * roi->spacing_mm[2]};
                ++*out_count;
                for (int a = 0; a < 3; a++) {
                    sum[a] += p[a];
                    for (int b = 0; b < 3; b++) {
                        product[a][b] += p[a] * p[b];
                    }
                    weighted[a] += roi->intensity_mask[at] ? p[a] * roi->intensity[at] : 0;
                }
                *out_weight += roi->intensity_mask[at] ? roi->intensity[at] : 0;
                *out_inside += roi->intensity_mask[at];
            }
        }
    }
}

static Cloud cloud_of(const Roi *roi)
{
    Cloud c = {0};
    double sum[3] = {0}, product[3][3] = {{0}}, weighted[3] = {0}, weight = 0, inside = 0;
    cloud_sums(roi, sum, product, weighted, &weight, &c.count, &inside);
    double shift = 0;
    for (int a = 0; a < 3; a++) {
        for (int b = 0; b < 3; b++) {
            product[a][b] = c.count > 1 ? (product[a][b] - sum[a] * sum[b] / c.count) / (c.count - 1) : 0;
        }
        shift += pow(weighted[a] / weight - sum[a] / c.count, 2);
    }
    c.centre_shift_mm = sqrt(shift);
    c.volume_mm3 = c.count * roi_voxel_volume_mm3(roi);
    c.mean_intensity = weight / inside;
    eigen(product, c.variance_mm2, c.axes);
    return c;
}

/* Area of an ellipsoid with half axes a ≥ b ≥ c, by the standard's series of Legendre polynomials. */
static double ellipsoid_area(double a, double b, double c)
{
    double alpha = sqrt(1 - b * b / (a * a)), beta = sqrt(1 - c * c / (a * a));
    if (alpha * beta <=
        0) { /* of revolution with two long axes, or a sphere: only the first term is defined */
        alpha = fmax(alpha, 1e-6);
        beta = fmax(beta, alpha);
    }
    double x = (alpha * alpha + beta * beta) / (2 * alpha * beta), sum = 0, power = 1, before = 1, now = x;
    for (int v = 0; v <= 20; v++) {
        double legendre = v == 0 ? 1 : v == 1 ? x : ((2 * v - 1) * x * now - (v - 1) * before) / v;
        if (v > 1) {
            before = now;
            now = legendre;
        }
        sum += power * legendre / (1 - 4.0 * v * v);
        power *= alpha * beta;
    }
    return 4 * M_PI * a * b * sum;
}

static double box_area(const double side[3])
{
    return 2 * (side[0] * side[1] + side[1] * side[2] + side[2] * side[0]);
}

static void add_surface(const Mesh *mesh, FeatureList *list)
{
    double v = mesh->volume_mm3, area = mesh->area_mm2, sphere = cbrt(36 * M_PI * v * v);
    feature_add(list, "morph", "area_mesh", "", area, "");
    feature_add(list, "morph", "av", "", area / v, "");
    feature_add(list, "morph", "comp_1", "", v / (sqrt(M_PI) * pow(area, 1.5)), "");
    feature_add(list, "morph", "comp_2", "", 36 * M_PI * v * v / (area * area * area), "");
    feature_add(list, "morph", "sph_dispr", "", area / sphere, "");
    feature_add(list, "morph", "sphericity", "", sphere / area, "");
    feature_add(list, "morph", "asphericity", "", area / sphere - 1, "");
}

static void add_densities(const Mesh *mesh, const Hull *hull, const Cloud *c, FeatureList *list)
{
    static const char flat[] = "the region has no extent along one of its axes";
    double side[3], low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (size_t v = 0; v < 3 * hull->count; v++) {
        low[v % 3] = fmin(low[v % 3], hull->vertices[v]);
        high[v % 3] = fmax(high[v % 3], hull->vertices[v]);
    }
    double half[3];
    for (int a = 0; a < 3; a++) {
        side[a] = high[a] - low[a];
        half[a] = 2 * sqrt(c->variance_mm2[a]);
    }
    bool is_flat = half[2] <= 1e-9 * half[0] || half[0] <= 0;
    double ellipsoid = 4 * M_PI / 3 * half[0] * half[1] * half[2];
    feature_add(list, "morph", "vol_dens_aabb", "", mesh->volume_mm3 / (side[0] * side[1] * side[2]), "");
    feature_add(list, "morph", "area_dens_aabb", "", mesh->area_mm2 / box_area(side), "");
    feature_add(list, "morph", "vol_dens_aee", "", is_flat ? NAN : mesh->volume_mm3 / ellipsoid, flat);
    feature_add(list, "morph", "area_dens_aee", "",
                is_flat ? NAN : mesh->area_mm2 / ellipsoid_area(half[0], half[1], half[2]), flat);
    feature_add(list, "morph", "vol_dens_conv_hull", "", mesh->volume_mm3 / hull->volume_mm3, "");
    feature_add(list, "morph", "area_dens_conv_hull", "", mesh->area_mm2 / hull->area_mm2, "");
}

static void add_axes(const Cloud *c, FeatureList *list)
{
    static const char point[] = "needs at least two voxels";
    const double *v = c->variance_mm2;
    feature_add(list, "morph", "pca_maj_axis", "", 4 * sqrt(v[0]), "");
    feature_add(list, "morph", "pca_min_axis", "", 4 * sqrt(v[1]), "");
    feature_add(list, "morph", "pca_least_axis", "", 4 * sqrt(v[2]), "");
    feature_add(list, "morph", "pca_elongation", "", v[0] > 0 ? sqrt(v[1] / v[0]) : NAN, point);
    feature_add(list, "morph", "pca_flatness", "", v[0] > 0 ? sqrt(v[2] / v[0]) : NAN, point);
}

bool add_morphology(const Roi *roi, FeatureList *list, DensError **err)
{
    AUTO(mesh_auto) Mesh mesh = {0};
    AUTO(hull_auto) Hull hull = {0};
    if (!mesh_of(&mesh, roi, err)) {
        return false;
    }
    size_t count = 0;
    double *points = line_ends(&mesh, roi, &count);
    bool ok = points || error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for the hull");
    ok = ok && hull_of(&hull, points, count, err);
    free(points);
    double moran = NAN, geary = NAN;
    if (!ok || !autocorrelation(roi, &moran, &geary, err)) {
        return false;
    }
    Cloud c = cloud_of(roi);
    feature_add(list, "morph", "volume", "", mesh.volume_mm3, "");
    feature_add(list, "morph", "vol_approx", "", c.volume_mm3, "");
    add_surface(&mesh, list);
    feature_add(list, "morph", "com", "", c.centre_shift_mm, "the intensities add up to 0");
    feature_add(list, "morph", "diam", "", longest(&hull), "");
    add_axes(&c, list);
    add_densities(&mesh, &hull, &c, list);
    feature_add(list, "morph", "integ_int", "", c.mean_intensity * mesh.volume_mm3, "");
    feature_add(list, "morph", "moran_i", "", moran, one_intensity);
    feature_add(list, "morph", "geary_c", "", geary, one_intensity);
    return true;
}
