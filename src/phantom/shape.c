/* Simple bodies as depths: inside above 0, outside below. */
#include "phantom/parts.h"

#include <math.h>

double shape_ellipse(double x, double v, double half_width, double half_depth)
{
    return sqrt(square(x / half_width) + square(v / half_depth));
}

/* (1 − r) over the slope of r: the distance to first order. */
double shape_ellipsoid_depth(double x, double v, double s, double rx, double rv, double rs)
{
    double a = x / rx, b = v / rv, c = s / rs;
    double r2 = a * a + b * b + c * c;
    double least = fmin(rx, fmin(rv, rs));
    if (r2 > 4) {
        return far_outside;
    }
    if (r2 < 0.09) {
        return 0.7 * least; /* deeper than any wall */
    }
    double r = sqrt(r2), slope = sqrt(square(a / rx) + square(b / rv) + square(c / rs)) / r;
    return (1 - r) / slope;
}

double shape_bar_depth(SpinePoint p, SpinePoint from, SpinePoint to, double from_radius, double to_radius,
                       double flat)
{
    double dx = to.x - from.x, dv = to.v - from.v, ds = to.s - from.s;
    double x = p.x - from.x, v = p.v - from.v, s = p.s - from.s;
    double t = (x * dx + v * dv + s * ds) / (dx * dx + dv * dv + ds * ds);
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    double radius = from_radius + t * (to_radius - from_radius);
    return radius - sqrt(square(x - t * dx) + square(v - t * dv) + square((s - t * ds) / flat));
}

double shape_step(double x, double from, double to)
{
    double t = (x - from) / (to - from);
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return t * t * (3 - 2 * t);
}

double shape_rounded_min(double a, double b, double radius)
{
    if (a < radius && b < radius) {
        return radius - sqrt(square(radius - a) + square(radius - b));
    }
    return a < b ? a : b;
}
