/* Levenberg–Marquardt (Levenberg 1944, Marquardt 1963) with bounds.
 *
 * The derivatives are forward differences. A parameter that stands at a bound and would leave it is held for
 * one step; what a step carries over a bound is set on it. A step is taken only if it lowers the sum of
 * squares, so the result is never worse than the start. */
#include "measure/fit.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { MOST_STEPS = 100, MOST_TRIALS = 12 };
static const double first_damping = 1e-3, damping_factor = 10;
static const double difference_share = 1e-6; /* of a parameter */
static const double least_share = 1e-3;      /* of its range: where it is nearer to 0 than that */
static const double enough = 1e-14;          /* relative gain at which it ends */

typedef struct {
    const FitProblem *problem;
    double *value, *trial, *shifted, *jacobian; /* the jacobian by parameter, then point */
    double normal[FIT_MAX_PARAMETERS][FIT_MAX_PARAMETERS], slope[FIT_MAX_PARAMETERS];
    bool held[FIT_MAX_PARAMETERS];
} Fit;

static double squares(const FitProblem *problem, const double *value)
{
    double sum = 0;
    for (size_t n = 0; n < problem->points; n++) {
        const double residual = problem->measured[n] - value[n];
        sum += residual * residual;
    }
    return sum;
}

static void differentiate(Fit *fit, const double *parameters)
{
    const FitProblem *p = fit->problem;
    double moved[FIT_MAX_PARAMETERS];
    memcpy(moved, parameters, p->parameter_count * sizeof *moved);
    for (size_t a = 0; a < p->parameter_count; a++) {
        double step = difference_share * fmax(fabs(parameters[a]), least_share * (p->upper[a] - p->lower[a]));
        if (parameters[a] + step > p->upper[a]) {
            step = -step;
        }
        moved[a] = parameters[a] + step;
        p->model(moved, p->context, fit->shifted);
        for (size_t n = 0; n < p->points; n++) {
            fit->jacobian[a * p->points + n] = (fit->shifted[n] - fit->value[n]) / step;
        }
        moved[a] = parameters[a];
    }
}

static void make_normal(Fit *fit, const double *parameters)
{
    const FitProblem *p = fit->problem;
    for (size_t a = 0; a < p->parameter_count; a++) {
        const double *ja = fit->jacobian + a * p->points;
        fit->slope[a] = 0;
        for (size_t n = 0; n < p->points; n++) {
            fit->slope[a] += ja[n] * (p->measured[n] - fit->value[n]);
        }
        for (size_t b = 0; b <= a; b++) {
            const double *jb = fit->jacobian + b * p->points;
            double sum = 0;
            for (size_t n = 0; n < p->points; n++) {
                sum += ja[n] * jb[n];
            }
            fit->normal[a][b] = fit->normal[b][a] = sum;
        }
        fit->held[a] = (parameters[a] <= p->lower[a] && fit->slope[a] < 0) ||
                       (parameters[a] >= p->upper[a] && fit->slope[a] > 0) || fit->normal[a][a] <= 0;
    }
}

/* Solves the damped normal equations of the parameters that are not held; false if they are singular. */
static bool solve(const Fit *fit, double damping, const double *right, double *out)
{
    const size_t count = fit->problem->parameter_count;
    double m[FIT_MAX_PARAMETERS][FIT_MAX_PARAMETERS + 1] = {{0}};
    for (size_t a = 0; a < count; a++) {
        for (size_t b = 0; b < count; b++) {
            const bool out_of_it = fit->held[a] || fit->held[b];
            m[a][b] = out_of_it ? (a == b) : fit->normal[a][b] * (a == b ? 1 + damping : 1);
        }
        m[a][count] = fit->held[a] ? 0 : right[a];
    }
    /* symmetric and, but for rounding, positive: no pivots are exchanged */
    for (size_t a = 0; a < count; a++) {
        const double first = fit->held[a] ? 1 : fit->normal[a][a];
        if (!(m[a][a] > 1e-14 * first)) {
            return false;
        }
        for (size_t b = a + 1; b < count; b++) {
            const double factor = m[b][a] / m[a][a];
            for (size_t c = a; c <= count; c++) {
                m[b][c] -= factor * m[a][c];
            }
        }
    }
    for (size_t a = count; a-- > 0;) {
        out[a] = m[a][count];
        for (size_t b = a + 1; b < count; b++) {
            out[a] -= m[a][b] * out[b];
        }
        out[a] /= m[a][a];
    }
    return true;
}

/* One step that lowers the sum of squares; false if none was found. */
static bool improve(Fit *fit, double *parameters, double *sum, double *damping)
{
    const FitProblem *p = fit->problem;
    for (int trial = 0; trial < MOST_TRIALS; trial++) {
        const double tried = *damping;
        *damping *= damping_factor; /* unless this step is taken */
        double step[FIT_MAX_PARAMETERS], moved[FIT_MAX_PARAMETERS];
        if (!solve(fit, tried, fit->slope, step)) {
            continue;
        }
        for (size_t a = 0; a < p->parameter_count; a++) {
            moved[a] = fmin(fmax(parameters[a] + step[a], p->lower[a]), p->upper[a]);
        }
        p->model(moved, p->context, fit->trial);
        const double reached = squares(p, fit->trial);
        if (reached < *sum) {
            double *swap = fit->value;
            fit->value = fit->trial;
            fit->trial = swap;
            memcpy(parameters, moved, p->parameter_count * sizeof *moved);
            const bool worth = *sum - reached > enough * *sum;
            *sum = reached;
            *damping = fmax(tried / damping_factor, 1e-12);
            return worth;
        }
    }
    return false;
}

static void find_errors(Fit *fit, const double *parameters, double sum, double *out)
{
    const FitProblem *p = fit->problem;
    const size_t count = p->parameter_count;
    differentiate(fit, parameters);
    make_normal(fit, parameters);
    for (size_t a = 0; a < count; a++) {
        double unit[FIT_MAX_PARAMETERS] = {0}, column[FIT_MAX_PARAMETERS];
        unit[a] = 1;
        out[a] = -1;
        if (p->points > count && !fit->held[a] && parameters[a] > p->lower[a] &&
            parameters[a] < p->upper[a] && solve(fit, 0, unit, column) && column[a] >= 0) {
            out[a] = sqrt(column[a] * sum / (double)(p->points - count));
        }
    }
}

double fit_least_squares(const FitProblem *problem, double *parameters, double *out_error)
{
    const size_t points = problem->points;
    Fit fit = {.problem = problem,
               .value = problem->work,
               .trial = problem->work + points,
               .shifted = problem->work + 2 * points,
               .jacobian = problem->work + 3 * points};
    problem->model(parameters, problem->context, fit.value);
    double sum = squares(problem, fit.value), damping = first_damping;
    for (int step = 0; step < MOST_STEPS && sum > 0; step++) {
        differentiate(&fit, parameters);
        make_normal(&fit, parameters);
        if (!improve(&fit, parameters, &sum, &damping)) {
            break;
        }
    }
    if (out_error) {
        find_errors(&fit, parameters, sum, out_error);
    }
    return sum;
}
