/* The convex hull of points; the only file that names Qhull (Barber, Dobkin, Huhdanpaa 1996, doi
 * 10.1145/235815.235821). */
#include "radiomics/roi.h"

#include "base/memory.h"

#include <libqhull_r/qhull_ra.h>

#include <stdio.h>

/* Copies what the hull is made of out of Qhull's own memory. */
static bool hull_take(Hull *out, qhT *qh)
{
    qh_getarea(qh, qh->facet_list);
    out->area_mm2 = qh->totarea;
    out->volume_mm3 = qh->totvol;
    out->vertices = memory_try_array((size_t)qh->num_vertices, 3 * sizeof *out->vertices);
    if (!out->vertices) {
        return false;
    }
    vertexT *vertex;
    FORALLvertices
    {
        for (int a = 0; a < 3; a++) {
            out->vertices[3 * out->count + (size_t)a] = vertex->point[a];
        }
        out->count++;
    }
    return true;
}

bool hull_of(Hull *out, const double *points, size_t count, DensError **err)
{
    *out = (Hull){0};
    FILE *silence = fopen("/dev/null", "w");
    qhT *qh = memory_alloc(sizeof *qh);
    coordT *copy = memory_try_array(count, 3 * sizeof *copy);
    bool ok = silence && copy;
    if (ok) {
        memcpy(copy, points, count * 3 * sizeof *copy);
        char command[] = "qhull Qt";
        qh_zero(qh, silence);
        ok = qh_new_qhull(qh, 3, (int)count, copy, False, command, silence, silence) == 0;
        ok = ok && hull_take(out, qh);
        int left = 0, total = 0;
        qh_freeqhull(qh, !qh_ALL);
        qh_memfreeshort(qh, &left, &total);
    }
    free(copy);
    free(qh);
    if (silence) {
        (void)fclose(silence);
    }
    if (!ok) {
        hull_clear(out);
        return error_set(err, DENS_ERROR_INTERNAL, "radiomics", "the convex hull of %zu points failed",
                         count);
    }
    return true;
}

void hull_clear(Hull *hull)
{
    free(hull->vertices);
    *hull = (Hull){0};
}
