/* The surface of a mask by marching cubes at one half (IBSI manual, 3.1). The triangles of a cube's 256 cases
 * are not a table: on each face every run of inside corners is cut off by one segment, so that inside corners
 * that meet only over a face's diagonal are kept apart, alike in both cubes that share the face, and the
 * segments close into loops. The surface is therefore closed, and its normals point outward. A loop that is
 * not flat can be filled in several ways. As in the first description of the method (Lorensen and Cline 1987,
 * doi 10.1145/37401.37422) a case and its complement are filled alike: convex about the corners that are
 * fewer. */
#include "radiomics/roi.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Corner c lies at (c & 1, c >> 1 & 1, c >> 2). The corners of each face, counter-clockwise from outside. */
static const int faces[6][4] = {{0, 4, 6, 2}, {1, 3, 7, 5}, {0, 1, 5, 4},
                                {2, 6, 7, 3}, {0, 2, 3, 1}, {4, 5, 7, 6}};

enum { MOST_TRIANGLES = 10 };
/* Each vertex lies on the edge between two corners. */
typedef struct {
    int triangles;
    int edge[MOST_TRIANGLES * 3][2];
} CubeCase;

static int edge_key(int a, int b)
{
    return a < b ? a * 8 + b : b * 8 + a;
}

/* next[edge at which a run of inside corners begins] = edge at which it ends; -1 for edges that are not cut.
 */
static void cube_segments(int inside, int next[64])
{
    for (int e = 0; e < 64; e++) {
        next[e] = -1;
    }
    for (int f = 0; f < 6; f++) {
        for (int i = 0; i < 4; i++) {
            int before = faces[f][(i + 3) % 4], at = faces[f][i];
            if ((inside >> before & 1) || !(inside >> at & 1)) {
                continue;
            }
            int end = i;
            while (inside >> faces[f][(end + 1) % 4] & 1) {
                end++;
            }
            next[edge_key(before, at)] = edge_key(faces[f][end % 4], faces[f][(end + 1) % 4]);
        }
    }
}

/* Six times what a triangle between the middles of three edges adds to the volume inside. */
static double volume_share(const int *loop, int i, int k, int j)
{
    const int corner[3] = {loop[i], loop[k], loop[j]};
    double p[3][3];
    for (int v = 0; v < 3; v++) {
        for (int a = 0; a < 3; a++) {
            p[v][a] = ((corner[v] / 8 >> a & 1) + (corner[v] % 8 >> a & 1)) / 2.0;
        }
    }
    return p[0][0] * (p[1][1] * p[2][2] - p[1][2] * p[2][1]) +
           p[0][1] * (p[1][2] * p[2][0] - p[1][0] * p[2][2]) +
           p[0][2] * (p[1][0] * p[2][1] - p[1][1] * p[2][0]);
}

enum { LONGEST_LOOP = 12 };

/* Adds the triangles of the stretch i … j of a loop, after the plan of loop_triangles(). */
static void add_stretch(CubeCase *out, const int *loop, int middle[LONGEST_LOOP][LONGEST_LOOP], int i, int j)
{
    if (j - i < 2) {
        return;
    }
    int k = middle[i][j];
    const int corner[3] = {loop[i], loop[k], loop[j]};
    for (int v = 0; v < 3; v++) {
        out->edge[3 * out->triangles + v][0] = corner[v] / 8;
        out->edge[3 * out->triangles + v][1] = corner[v] % 8;
    }
    out->triangles++;
    add_stretch(out, loop, middle, i, k);
    add_stretch(out, loop, middle, k, j);
}

/* The triangles of a loop. Of all ways to draw them that which encloses most where at most four corners are
 * inside (`sign` 1), and that which encloses least where more are (−1). */
static void loop_triangles(CubeCase *out, const int *loop, int count, double sign)
{
    double best[LONGEST_LOOP][LONGEST_LOOP] = {{0}};
    int middle[LONGEST_LOOP][LONGEST_LOOP] = {{0}};
    for (int length = 2; length < count; length++) {
        for (int i = 0; i + length < count; i++) {
            int j = i + length;
            best[i][j] = -INFINITY;
            for (int k = i + 1; k < j; k++) {
                double volume = best[i][k] + best[k][j] + sign * volume_share(loop, i, k, j);
                if (volume > best[i][j] + 1e-9) {
                    best[i][j] = volume;
                    middle[i][j] = k;
                }
            }
        }
    }
    add_stretch(out, loop, middle, 0, count - 1);
}

static void cube_case(int inside, CubeCase *out)
{
    int next[64], corners = 0;
    for (int c = 0; c < 8; c++) {
        corners += inside >> c & 1;
    }
    cube_segments(inside, next);
    out->triangles = 0;
    for (int start = 0; start < 64; start++) {
        int loop[LONGEST_LOOP], count = 0;
        for (int at = start; next[at] >= 0;) {
            int following = next[at];
            loop[count++] = at;
            next[at] = -1;
            at = following;
        }
        loop_triangles(out, loop, count, corners <= 4 ? 1 : -1);
    }
}

static void add_triangle(Mesh *mesh, const CubeCase *c, int t, const size_t at[3], const double spacing_mm[3])
{
    double *v = mesh->vertices + 9 * mesh->triangles++;
    for (int n = 0; n < 3; n++) {
        const int *edge = c->edge[3 * t + n];
        for (int a = 0; a < 3; a++) {
            double middle = ((edge[0] >> a & 1) + (edge[1] >> a & 1)) / 2.0;
            v[3 * n + a] = ((double)at[a] - 1 + middle) * spacing_mm[a];
        }
    }
    double e[3], f[3], normal[3];
    for (int a = 0; a < 3; a++) {
        e[a] = v[3 + a] - v[a];
        f[a] = v[6 + a] - v[a];
    }
    for (int a = 0; a < 3; a++) {
        int b = (a + 1) % 3, d = (a + 2) % 3;
        normal[a] = e[b] * f[d] - e[d] * f[b];
    }
    mesh->area_mm2 += sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]) / 2;
    mesh->volume_mm3 += (v[0] * normal[0] + v[1] * normal[1] + v[2] * normal[2]) / 6;
}

/* Which of the eight voxels at index − 1 and index are in the mask. */
static int corners_inside(const Roi *roi, const size_t at[3])
{
    int inside = 0;
    for (int c = 0; c < 8; c++) {
        size_t index = 0, stride = 1;
        bool within = true;
        for (int a = 0; a < 3; a++) {
            size_t p = at[a] + (size_t)(c >> a & 1);
            within = within && p >= 1 && p <= roi->size[a];
            index += (p - 1) * stride;
            stride *= roi->size[a];
        }
        inside |= within && roi->morphology[index] ? 1 << c : 0;
    }
    return inside;
}

static bool mesh_reserve(Mesh *mesh, size_t *capacity, DensError **err)
{
    if (mesh->triangles + MOST_TRIANGLES <= *capacity) {
        return true;
    }
    size_t wanted = *capacity * 2 + 1024;
    double *vertices = realloc(mesh->vertices, wanted * 9 * sizeof *vertices);
    if (!vertices) {
        return error_set(err, DENS_ERROR_INTERNAL, "radiomics", "no memory for the surface");
    }
    mesh->vertices = vertices;
    *capacity = wanted;
    return true;
}

bool mesh_of(Mesh *out, const Roi *roi, DensError **err)
{
    *out = (Mesh){0};
    CubeCase *cases = memory_array(256, sizeof *cases);
    for (int inside = 0; inside < 256; inside++) {
        cube_case(inside, &cases[inside]);
    }
    size_t low[3], extent[3], at[3], capacity = 0;
    roi_box(roi, roi->morphology, low, extent);
    bool ok = true;
    for (at[2] = low[2]; ok && at[2] <= low[2] + extent[2]; at[2]++) {
        for (at[1] = low[1]; ok && at[1] <= low[1] + extent[1]; at[1]++) {
            for (at[0] = low[0]; ok && at[0] <= low[0] + extent[0]; at[0]++) {
                const CubeCase *c = &cases[corners_inside(roi, at)];
                ok = mesh_reserve(out, &capacity, err);
                for (int t = 0; ok && t < c->triangles; t++) {
                    add_triangle(out, c, t, at, roi->spacing_mm);
                }
            }
        }
    }
    free(cases);
    if (!ok) {
        mesh_clear(out);
    }
    return ok;
}

void mesh_clear(Mesh *mesh)
{
    free(mesh->vertices);
    *mesh = (Mesh){0};
}
