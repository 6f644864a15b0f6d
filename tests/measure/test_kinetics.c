/* Tracer kinetics against curves with known parameters: OSIPI's reference data with its own limits, and
 * curves made from closed formulas. */
#include "testing.h"

#include "base/arena.h"
#include "base/file.h"
#include "measure/fit.h"
#include "measure/kinetics.h"

#include <math.h>
#include <stdio.h>

/* A table of OSIPI: a row is text split at commas, an array is a field split at blanks. */
typedef struct {
    Arena *arena;
    size_t columns, rows;
    char **names, ***cells;
} Table;

static char **split(Arena *arena, char *line, char at, size_t *out_count)
{
    char **out = arena_array(arena, 16, sizeof *out);
    size_t count = 0;
    for (char *end = line; end && count < 16; line = end + 1) {
        end = strchr(line, at);
        if (end) {
            *end = '\0';
        }
        out[count++] = line;
        if (!end) {
            break;
        }
    }
    *out_count = count;
    return out;
}

static Table table_read(Arena *arena, const char *name)
{
    char whole[256];
    (void)snprintf(whole, sizeof whole, "data/osipi_dce/%s", name);
    char *path = shared_path(whole);
    DensError *err = NULL;
    size_t length;
    char *text = file_read(path, 1 << 22, &length, &err);
    assert_no_error(err);
    free(path);
    char *kept = arena_strndup(arena, text, length);
    free(text);
    Table out = {.arena = arena, .cells = arena_array(arena, 128, sizeof *out.cells)};
    kept += strncmp(kept, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    for (char *line; (line = strsep(&kept, "\r\n")) && out.rows < 128;) {
        size_t count;
        if (!*line) {
            continue;
        }
        char **cells = split(arena, line, ',', &count);
        if (!out.names) {
            out.names = cells;
            out.columns = count;
        } else {
            out.cells[out.rows++] = cells;
        }
    }
    return out;
}

static const char *cell(const Table *table, size_t row, const char *name)
{
    for (size_t c = 0; c < table->columns; c++) {
        const char *own = table->names[c] + strspn(table->names[c], " ");
        if (strcmp(own, name) == 0) {
            return table->cells[row][c];
        }
    }
    print_error("no column %s\n", name);
    fail();
    return NULL;
}

static double number(const Table *table, size_t row, const char *name)
{
    return strtod(cell(table, row, name), NULL);
}

static size_t numbers(const Table *table, size_t row, const char *name, double **out)
{
    const char *at = cell(table, row, name);
    *out = arena_array(table->arena, strlen(at) / 2 + 1, sizeof **out);
    size_t count = 0;
    for (char *end;; at = end) {
        const double value = strtod(at, &end);
        if (end == at) {
            return count;
        }
        (*out)[count++] = value;
    }
}

/* OSIPI: passes if |x − reference| ≤ absolute + relative · |reference|. */
static void assert_osipi(const char *what, const char *label, double x, double reference, double absolute,
                         double relative)
{
    if (!(fabs(x - reference) <= absolute + relative * fabs(reference))) {
        print_error("%s of %s is %g, should be %g\n", what, label, x, reference);
        fail();
    }
}

static Kinetics fitted(const Table *table, size_t row, KineticModel model, const char *tissue,
                       const char *plasma, double latest_delay_s)
{
    double *t, *c, *ca;
    const size_t count = numbers(table, row, "t", &t);
    assert_int_equal(numbers(table, row, tissue, &c), count);
    assert_int_equal(numbers(table, row, plasma, &ca), count);
    Kinetics out;
    DensError *err = NULL;
    assert_true(kinetics_fit(&out, model, t, c, ca, count, latest_delay_s, &err));
    return out;
}

static void tofts_of_osipi(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const Table table = table_read(arena, "DCEmodels/data/dce_DRO_data_tofts.csv");
    assert_true(table.rows >= 20);
    for (size_t row = 0; row < table.rows; row++) {
        const Kinetics fit = fitted(&table, row, KINETICS_TOFTS, "C", "ca", 0);
        const char *label = cell(&table, row, "label");
        assert_osipi("Ktrans", label, fit.ktrans_per_min, number(&table, row, "Ktrans"), 0.005, 0.1);
        assert_osipi("ve", label, fit.ve, number(&table, row, "ve"), 0.05, 0);
    }
}

static void extended_tofts_of_osipi(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const Table table = table_read(arena, "DCEmodels/data/dce_DRO_data_extended_tofts.csv");
    assert_true(table.rows >= 15);
    for (size_t row = 0; row < table.rows; row++) {
        const Kinetics fit = fitted(&table, row, KINETICS_EXTENDED_TOFTS, "C", "ca", 0);
        const char *label = cell(&table, row, "label");
        assert_osipi("Ktrans", label, fit.ktrans_per_min, number(&table, row, "Ktrans"), 0.005, 0.1);
        assert_osipi("ve", label, fit.ve, number(&table, row, "ve"), 0.05, 0);
        assert_osipi("vp", label, fit.vp, number(&table, row, "vp"), 0.025, 0);
    }
}

static void patlak_of_osipi(void **state)
{
    (void)state;
    const char *const files[] = {"DCEmodels/data/patlak_sd_0.02_delay_0.csv",
                                 "DCEmodels/data/patlak_sd_0.02_delay_5.csv"};
    for (int f = 0; f < 2; f++) {
        AUTO(arena_auto) Arena *arena = arena_new();
        const Table table = table_read(arena, files[f]);
        assert_true(table.rows >= 9);
        for (size_t row = 0; row < table.rows; row++) {
            const Kinetics fit = fitted(&table, row, KINETICS_PATLAK, "C_t", "cp_aif", f ? 10 : 0);
            const char *label = cell(&table, row, "label");
            assert_osipi("PS", label, fit.ktrans_per_min, number(&table, row, "ps"), 0.005, 0.1);
            assert_osipi("vp", label, fit.vp, number(&table, row, "vp"), 0.025, 0);
            assert_osipi("delay", label, fit.delay_s, number(&table, row, "arterial_delay"), 1, 0);
        }
    }
}

static void population_artery_of_osipi(void **state)
{
    (void)state;
    char *path = shared_path("data/osipi_dce/PopulationAIF_DCE/data/ParkerAIF_ref.csv");
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    free(path);
    char line[256];
    size_t checked = 0;
    while (fgets(line, sizeof line, in)) {
        const char *comma = strchr(line, ',');
        if (strncmp(line, "original_AIF,", 13) == 0 && comma) {
            char *end;
            const double minutes = strtod(comma + 1, &end), blood = strtod(end + 1, NULL);
            assert_osipi("the concentration in blood", "Parker", kinetics_population_blood_mm(60 * minutes),
                         blood, 0.0001, 0.01);
            checked++;
        }
    }
    (void)fclose(in);
    assert_true(checked > 10);
    assert_near(kinetics_population_blood_mm(-1), 0, 0);
}

static void concentration_of_osipi(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const Table table = table_read(arena, "SI_to_Conc/data/SI2Conc_data.csv");
    assert_true(table.rows >= 4);
    for (size_t row = 0; row < table.rows; row++) {
        double *signal, *truth, concentration[2048];
        const size_t count = numbers(&table, row, "s", &signal);
        assert_true(count > 10 && count <= 2048);
        assert_int_equal(numbers(&table, row, "conc", &truth), count);
        const SpoiledEcho echo = {number(&table, row, "TR"), number(&table, row, "FA"),
                                  number(&table, row, "T1base"), number(&table, row, "r1")};
        DensError *err = NULL;
        /* the data's baseline leaves out the first point */
        const size_t baseline = (size_t)number(&table, row, "numbaselinepts");
        double native = 0;
        for (size_t n = 1; n < baseline; n++) {
            native += signal[n] / (double)(baseline - 1);
        }
        assert_true(kinetics_concentration(concentration, signal, count, native, &echo, &err));
        for (size_t n = 0; n < count; n++) {
            assert_osipi("the concentration", cell(&table, row, "label"), concentration[n], truth[n], 1e-5,
                         1e-5);
        }
    }
}

/* R1 in the files' unit, times `r1_per_s` in 1/s. */
static void t1_of_file(const char *name, double r1_per_s)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const Table table = table_read(arena, name);
    assert_true(table.rows >= 40);
    for (size_t row = 0; row < table.rows; row++) {
        double *flips, *signal, *tr, t1, m0;
        const size_t count = numbers(&table, row, "FA", &flips);
        assert_int_equal(numbers(&table, row, "s", &signal), count);
        (void)numbers(&table, row, "TR", &tr);
        DensError *err = NULL;
        assert_true(kinetics_t1_variable_flip(&t1, &m0, signal, flips, count, tr[0], &err));
        const char *label = cell(&table, row, "label");
        assert_osipi("R1", label, 1 / t1, number(&table, row, "R1") * r1_per_s, 0.05, 0.05);
        assert_osipi("M0", label, m0, number(&table, row, "s0"), 0.05, 0.05);
    }
}

static void t1_of_osipi(void **state)
{
    (void)state;
    t1_of_file("T1_mapping/data/t1_brain_data.csv", 1);
    t1_of_file("T1_mapping/data/t1_quiba_data.csv", 1000);
}

/* A box of plasma: 2 mM from 10 s to 40 s, with edges of a tenth of a second. The tissue has a closed form.
 */
static void curve_of_a_box(void **state)
{
    (void)state;
    const double time_s[] = {0, 9.9, 10, 25, 40, 40.1, 60, 120};
    const double plasma[] = {0, 0, 2, 2, 2, 0, 0, 0};
    const Kinetics k = {.ktrans_per_min = 0.3, .ve = 0.2, .vp = 0.05};
    double out[8];
    kinetics_curve(out, KINETICS_EXTENDED_TOFTS, &k, time_s, plasma, 8);
    const double kep = 0.3 / 0.2 / 60, ktrans = 0.3 / 60;
    const double at_40 = ktrans * 2 * (1 - exp(-kep * 30.05)) / kep;
    assert_near(out[0], 0, 0);
    assert_near(out[4], at_40 + 0.05 * 2, 1e-4);
    assert_near(out[7], ktrans * 2 * (1 - exp(-kep * 30.1)) / kep * exp(-kep * 79.95), 1e-4);
    kinetics_curve(out, KINETICS_PATLAK, &k, time_s, plasma, 8);
    assert_near(out[7], ktrans * 2 * 30.1, 1e-12);
}

/* What was made with known parameters is found again, without noise to seven digits. */
static void fit_finds_what_made_the_curve(void **state)
{
    (void)state;
    enum { POINTS = 100 };
    double time_s[POINTS], plasma[POINTS], tissue[POINTS];
    for (size_t n = 0; n < POINTS; n++) {
        time_s[n] = 3 * (double)n;
        plasma[n] = kinetics_population_blood_mm(time_s[n] - 15) / 0.58;
    }
    const Kinetics truths[] = {{.ktrans_per_min = 0.25, .ve = 0.3, .vp = 0.04},
                               {.ktrans_per_min = 0.03, .ve = 0.15, .vp = 0.01},
                               {.ktrans_per_min = 1.2, .ve = 0.5, .vp = 0.1}};
    for (int k = 0; k < 3; k++) {
        Kinetics fit;
        DensError *err = NULL;
        kinetics_curve(tissue, KINETICS_EXTENDED_TOFTS, &truths[k], time_s, plasma, POINTS);
        assert_true(kinetics_fit(&fit, KINETICS_EXTENDED_TOFTS, time_s, tissue, plasma, POINTS, 0, &err));
        assert_near(fit.ktrans_per_min, truths[k].ktrans_per_min, 1e-6);
        assert_near(fit.ve, truths[k].ve, 1e-6);
        assert_near(fit.vp, truths[k].vp, 1e-6);
        assert_near(fit.residual_mm, 0, 1e-7);
    }
    Kinetics fit;
    DensError *err = NULL;
    assert_false(kinetics_fit(&fit, KINETICS_TOFTS, time_s, tissue, plasma, 4, 0, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "4 time points are too few");
    time_s[7] = time_s[6];
    assert_false(kinetics_fit(&fit, KINETICS_TOFTS, time_s, tissue, plasma, POINTS, 0, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "do not ascend");
}

static void refused_signals(void **state)
{
    (void)state;
    double out[4];
    const double signal[] = {100, 100, 1e6, 100};
    SpoiledEcho echo = {0.005, 15, 1.0, 4.5};
    DensError *err = NULL;
    assert_false(kinetics_concentration(out, signal, 4, 100, &echo, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "beyond what the sequence can give");
    assert_false(kinetics_concentration(out, signal, 4, 0, &echo, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "before contrast medium is not above 0");
    echo.native_t1_s = 0;
    assert_false(kinetics_concentration(out, signal, 2, 100, &echo, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "native T1");
    double t1, m0;
    const double one_angle[] = {10, 10};
    assert_false(kinetics_t1_variable_flip(&t1, &m0, signal, one_angle, 2, 0.005, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "two flip angles");
}

static void line(const double *parameters, const void *context, double *out)
{
    const double *x = context;
    for (int n = 0; n < 5; n++) {
        out[n] = parameters[0] + parameters[1] * x[n];
    }
}

/* A straight line has textbook errors; a bound holds what would leave it. */
static void fit_of_a_line(void **state)
{
    (void)state;
    const double x[] = {0, 1, 2, 3, 4}, y[] = {1.1, 2.9, 5.2, 6.8, 9.0};
    double lower[] = {-100, -100}, work[25], parameters[] = {0, 0}, error[2];
    const double upper[] = {100, 100};
    const FitProblem problem = {line, x, 5, 2, y, lower, upper, work};
    const double sum = fit_least_squares(&problem, parameters, error);
    assert_near(parameters[1], 1.97, 1e-6);
    assert_near(parameters[0], 1.06, 1e-6);
    assert_near(sum, 0.091, 1e-9);
    assert_near(error[1], sqrt(0.091 / 3 / 10), 1e-6);
    lower[1] = 3;
    double held[] = {0, 4};
    (void)fit_least_squares(&problem, held, error);
    assert_near(held[1], 3, 0);
    assert_near(held[0], -1, 1e-6);
    assert_near(error[1], -1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tofts_of_osipi),         cmocka_unit_test(extended_tofts_of_osipi),
        cmocka_unit_test(patlak_of_osipi),        cmocka_unit_test(population_artery_of_osipi),
        cmocka_unit_test(concentration_of_osipi), cmocka_unit_test(t1_of_osipi),
        cmocka_unit_test(curve_of_a_box),         cmocka_unit_test(fit_finds_what_made_the_curve),
        cmocka_unit_test(refused_signals),        cmocka_unit_test(fit_of_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
