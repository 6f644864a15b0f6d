/* Rigid motions. */
#include "align/align.h"

#include <math.h>

static const double degrees = 180 / 3.14159265358979323846;

static Vec3 turned(const Rigid *r, Vec3 p)
{
    return vec3(r->turn[0][0] * p.x + r->turn[0][1] * p.y + r->turn[0][2] * p.z,
                r->turn[1][0] * p.x + r->turn[1][1] * p.y + r->turn[1][2] * p.z,
                r->turn[2][0] * p.x + r->turn[2][1] * p.y + r->turn[2][2] * p.z);
}

Vec3 rigid_apply(const Rigid *rigid, Vec3 point_lps_mm)
{
    return vec3_add(turned(rigid, point_lps_mm), rigid->shift_mm);
}

double rigid_angle_deg(const Rigid *rigid)
{
    const double trace = rigid->turn[0][0] + rigid->turn[1][1] + rigid->turn[2][2];
    return acos(fmax(-1, fmin(1, (trace - 1) / 2))) * degrees;
}

Geometry rigid_move_grid(const Rigid *rigid, const Geometry *grid)
{
    Geometry out = *grid;
    out.origin_lps_mm = rigid_apply(rigid, grid->origin_lps_mm);
    for (int a = 0; a < 3; a++) {
        out.axis_lps[a] = turned(rigid, grid->axis_lps[a]);
    }
    return out;
}
