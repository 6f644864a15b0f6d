/* Measurements → findings: the shipped rules, the error model's properties, and mistakes in the file. */
#include "testing.h"

#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "reading/model.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

static Knowledge *knowledge;
static const Vocabulary *vocabulary;
static Readings *shipped;

static int load_all(void **state)
{
    (void)state;
    DensError *err = NULL;
    char *folder = source_path("knowledge");
    knowledge = knowledge_load(folder, &err);
    assert_no_error(err);
    vocabulary = knowledge_vocabulary(knowledge);
    shipped = readings_load(folder, knowledge, &err);
    assert_no_error(err);
    free(folder);
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    readings_free(shipped);
    knowledge_free(knowledge);
    return 0;
}

/* ---- one measurement or two, and what the case then says ---- */

typedef struct {
    const char *id;
    double value, sd;
} Given;

static Case *read_into(Case *c, const Readings *readings, const Given *given, size_t count)
{
    Quantity quantities[4] = {0};
    AUTO(arena_auto) Arena *arena = arena_new();
    MeasurementList list;
    measurements_init(&list, arena);
    for (size_t i = 0; i < count; i++) {
        quantities[i] = (Quantity){.id = given[i].id, .label = "", .unit = "1", .method = "", .source = ""};
        measurements_add(&list, &quantities[i], given[i].value)->sd = given[i].sd;
    }
    readings_apply(readings, &list, c);
    return c;
}

/* A case with what one measurement says. */
static Case *case_of(const char *id, double value, double sd)
{
    const Given given = {id, value, sd};
    return read_into(case_new(vocabulary), shipped, &given, 1);
}

/* NULL: the values tie, or are none that the rule speaks for. */
static const CaseFinding *read_of(const Case *c, const char *id)
{
    const CaseFinding *known = case_find(c, id);
    return known && known->has_measured ? known : NULL;
}

static const CaseFinding *finding_of(const Case *c, const char *id)
{
    const CaseFinding *known = read_of(c, id);
    if (!known) {
        print_error("%s was not measured\n", id);
        fail();
    }
    return known;
}

static double likelihood_of(const Case *c, const char *finding, const char *value)
{
    const CaseFinding *known = finding_of(c, finding);
    const int v = finding_value(known->finding, value);
    assert_true(v >= 0);
    return known->likelihood[v];
}

static void assert_reads(const char *measurement, double value, const char *finding, const char *expected)
{
    AUTO(case_auto) Case *c = case_of(measurement, value, -1);
    const CaseFinding *known = finding_of(c, finding);
    const char *got = known->finding->values[known->measured_value].id;
    if (strcmp(got, expected) != 0) {
        print_error("%s = %g reads %s %s, not %s\n", measurement, value, finding, got, expected);
        fail();
    }
    assert_string_equal(known->measurement, measurement);
    assert_false(known->has_read);
}

static void single_measurements(void **state)
{
    (void)state;
    assert_reads("signal.t1_muscle", 0.6, "mr.t1", "low");
    assert_reads("signal.t1_muscle", 1.0, "mr.t1", "intermediate");
    assert_reads("signal.t1_muscle", 2.0, "mr.t1", "high");
    assert_reads("signal.t1_muscle", 0.0, "mr.t1", "low");
    assert_reads("signal.t2_csf", 0.15, "mr.t2", "low");
    assert_reads("signal.t2_csf", 0.31, "mr.t2", "intermediate");
    assert_reads("signal.t2_csf", 0.8, "mr.t2", "high");
    assert_reads("signal.t2_muscle", 1.0, "mr.t2", "low");
    assert_reads("signal.t2_muscle", 2.0, "mr.t2", "intermediate");
    assert_reads("signal.t2_muscle", 6.0, "mr.t2", "high");
    assert_reads("signal.t2_disc", 1.6, "mr.t2_brighter_than_disc", "present");
    assert_reads("signal.t2_disc", 0.6, "mr.t2_brighter_than_disc", "absent");
    assert_reads("signal.t2_cv", 0.08, "mr.t2_texture", "homogeneous");
    assert_reads("signal.t2_cv", 0.45, "mr.t2_texture", "heterogeneous");
    assert_reads("signal.stir_muscle", 1.1, "mr.stir", "low");
    assert_reads("signal.stir_muscle", 6.0, "mr.stir", "high");
    assert_reads("enhancement.ratio", -5, "mr.enhancement", "none");
    assert_reads("enhancement.ratio", 30, "mr.enhancement", "mild");
    assert_reads("enhancement.ratio", 70, "mr.enhancement", "moderate");
    assert_reads("enhancement.ratio", 150, "mr.enhancement", "marked");
}

static void density_from_two_shares(void **state)
{
    (void)state;
    static const struct {
        double lytic, sclerotic;
        const char *value;
    } rows[] = {{0.02, 0.03, "normal"},
                {0.95, 0.0, "lytic"},
                {0.0, 0.9, "sclerotic"},
                {0.5, 0.45, "mixed"},
                {0.9, 0.1, "lytic"}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const Given given[] = {{"attenuation.lytic_share", rows[r].lytic, -1},
                               {"attenuation.sclerotic_share", rows[r].sclerotic, -1}};
        AUTO(case_auto) Case *c = read_into(case_new(vocabulary), shipped, given, 2);
        const CaseFinding *known = finding_of(c, "ct.density");
        assert_string_equal(known->finding->values[known->measured_value].id, rows[r].value);
        for (size_t v = 0; v < known->finding->value_count; v++) {
            assert_true(known->likelihood[v] >= 0.2 - 1e-12); /* its ratio limit is 5 */
        }
    }
    const Given half = {"attenuation.lytic_share", 0.9, -1};
    AUTO(case_auto) Case *c = read_into(case_new(vocabulary), shipped, &half, 1);
    assert_null(case_find(c, "ct.density"));
}

/* Muscle draws the lower line, CSF the upper one; a lesion darker than muscle yet as bright as CSF is none.
 */
static void t2_from_muscle_and_csf(void **state)
{
    (void)state;
    static const struct {
        double muscle, csf;
        const char *value;
    } rows[] = {{1.0, 0.15, "low"}, {2.2, 0.3, "intermediate"}, {4.5, 0.75, "high"}, {2.0, 0.8, "high"}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const Given given[] = {{"signal.t2_csf", rows[r].csf, 0.01},
                               {"signal.t2_muscle", rows[r].muscle, 0.02}};
        AUTO(case_auto) Case *c = read_into(case_new(vocabulary), shipped, given, 2);
        const CaseFinding *known = finding_of(c, "mr.t2");
        assert_string_equal(known->finding->values[known->measured_value].id, rows[r].value);
    }
    const Given odd[] = {{"signal.t2_csf", 2.0, 0}, {"signal.t2_muscle", 0.5, 0}};
    AUTO(case_auto) Case *c = read_into(case_new(vocabulary), shipped, odd, 2);
    assert_null(case_find(c, "mr.t2"));
}

/* Labels raise the alert of a compressed cord and never lower it. */
static void compression_is_read_only_where_the_cord_is_touched(void **state)
{
    (void)state;
    static const struct {
        double cord_mm, sac_percent, free_mm2;
        const char *value; /* NULL: nothing is read */
        bool alert;        /* a tenth or more for grade 2 or 3 */
    } rows[] = {{4, 2, 100, NULL, false},   {1.5, 10, 90, NULL, false}, {0, 20, 70, "1c", false},
                {0.2, 32, 60, "1c", false}, {0, 60, 15, "2", true},     {0, 75, 0, "3", true}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const Given given[] = {{"canal.cord_distance_mm", rows[r].cord_mm, -1},
                               {"canal.sac_narrowing", rows[r].sac_percent, -1},
                               {"canal.free_area", rows[r].free_mm2, -1}};
        AUTO(case_auto) Case *c = read_into(case_new(vocabulary), shipped, given, 3);
        const Finding *escc = vocabulary_find(vocabulary, "extent.escc");
        if (!rows[r].value) {
            assert_null(case_find(c, "extent.escc"));
            continue;
        }
        assert_string_equal(escc->values[finding_of(c, "extent.escc")->measured_value].id, rows[r].value);
        const uint64_t pressed = UINT64_C(1) << finding_value(escc, "2") | UINT64_C(1)
                                                                               << finding_value(escc, "3");
        assert_int_equal((case_possible(c, escc, 0.1) & pressed) != 0, rows[r].alert);
    }
}

static void a_value_on_both_sides_of_a_line(void **state)
{
    (void)state;
    assert_reads("nidus.diameter_mm", 7, "ct.nidus", "present");
    AUTO(case_auto) Case *small = case_of("nidus.diameter_mm", 3, -1);
    assert_null(case_find(small, "ct.nidus"));
    AUTO(case_auto) Case *large = case_of("nidus.diameter_mm", 24, -1);
    assert_null(case_find(large, "ct.nidus"));
    assert_reads("matrix.share", 0.06, "ct.mineralization", "chondroid");
    AUTO(case_auto) Case *mineral = case_of("matrix.share", 0.06, -1);
    assert_near(likelihood_of(mineral, "ct.mineralization", "osteoid"), 0.5, 0.05);
    assert_near(likelihood_of(mineral, "ct.mineralization", "none"), 0.2, 1e-9);
    AUTO(case_auto) Case *none = case_of("matrix.share", 0, -1);
    assert_null(case_find(none, "ct.mineralization"));
}

static void the_artery_from_distance_and_angle(void **state)
{
    (void)state;
    static const struct {
        double mm, degrees;
        const char *value;
    } rows[] = {{4, 0, "free"}, {0, 90, "abutted"}, {0, 320, "encased"}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const Given given[] = {{"artery.distance_mm", rows[r].mm, -1},
                               {"artery.encased_degrees", rows[r].degrees, -1}};
        AUTO(case_auto) Case *c = read_into(case_new(vocabulary), shipped, given, 2);
        const CaseFinding *known = finding_of(c, "extent.vertebral_artery");
        assert_string_equal(known->finding->values[known->measured_value].id, rows[r].value);
        assert_int_equal(case_may_be(c, "extent.vertebral_artery", "encased"),
                         r > 0 && rows[r].degrees > 100);
    }
    assert_reads("oedema.same_share", 0.008, "mr.marrow_oedema", "none");
    assert_reads("oedema.same_share", 0.03, "mr.marrow_oedema", "mild");
    assert_reads("oedema.same_share", 0.3, "mr.marrow_oedema", "extensive");
}

static void numbers_carry_both_errors(void **state)
{
    (void)state;
    AUTO(case_auto) Case *c = case_of("size.longest_3d_mm", 31.5, 1.2);
    const CaseFinding *size = finding_of(c, "site.size_mm");
    assert_near(size->measured_number, 31.5, 0);
    assert_near(size->measured_sd, hypot(1.7, 1.2), 1e-12);
    assert_string_equal(size->measurement, "size.longest_3d_mm");
    AUTO(case_auto) Case *unknown_sd = case_of("attenuation.mean", 46, -1);
    assert_near(finding_of(unknown_sd, "ct.mean_hu")->measured_sd, 10, 1e-12);
    AUTO(case_auto) Case *impossible = case_of("attenuation.mean", 30000, 1);
    assert_null(case_find(impossible, "ct.mean_hu"));
}

static void readers_value_stays(void **state)
{
    (void)state;
    AUTO(case_auto) Case *c = case_new(vocabulary);
    const Finding *t1 = vocabulary_find(vocabulary, "mr.t1");
    CaseFinding *read = case_put(c, t1);
    read->has_read = true;
    read->read_values = UINT64_C(1) << finding_value(t1, "high");
    const Given given = {"signal.t1_muscle", 0.5, 0.01};
    read_into(c, shipped, &given, 1);
    const CaseFinding *known = finding_of(c, "mr.t1");
    assert_true(known->has_read);
    assert_int_equal((int)known->read_values, 1 << finding_value(t1, "high"));
    assert_int_equal(known->measured_value, finding_value(t1, "low"));
    assert_true(case_finding_conflicts(known));
}

static void missing_measurements_leave_the_case_alone(void **state)
{
    (void)state;
    static const Quantity quantity = {.id = "signal.t1_muscle"};
    AUTO(arena_auto) Arena *arena = arena_new();
    MeasurementList list;
    measurements_init(&list, arena);
    measurements_add_missing(&list, &quantity, "no t1 series");
    AUTO(case_auto) Case *c = case_new(vocabulary);
    readings_apply(shipped, &list, c);
    assert_int_equal((int)c->finding_count, 0);
}

/* ---- properties of the error model ---- */

static const struct {
    const char *measurement, *finding;
    double low, high;
} scales[] = {
    {"signal.t1_muscle", "mr.t1", 0.05, 8},           {"signal.t2_csf", "mr.t2", 0.01, 3},
    {"signal.t2_muscle", "mr.t2", 0.1, 20},           {"signal.t2_disc", "mr.t2_brighter_than_disc", 0.1, 5},
    {"signal.t2_cv", "mr.t2_texture", 0, 1},          {"signal.stir_muscle", "mr.stir", 0.1, 20},
    {"enhancement.ratio", "mr.enhancement", -50, 300}};

/* The classes of an axis share out the whole of a measurement, whatever it is. */
static void shares_add_up(void **state)
{
    (void)state;
    Random random;
    random_init(&random, 5);
    for (int trial = 0; trial < 500; trial++) {
        const Axis axis = {.logarithmic = trial % 2 == 0,
                           .blur = 1.01 + random_unit(&random),
                           .class_count = 4,
                           .edges = {0.3, 1, 5 * random_unit(&random) + 1.1}};
        const double x = 10 * random_unit(&random) - (trial % 5 == 0 ? 5 : 0);
        const double sd = trial % 3 == 0 ? -1 : 3 * random_unit(&random);
        double sum = 0;
        for (size_t c = 0; c < axis.class_count; c++) {
            const double share = axis_share(&axis, c, x, sd);
            assert_true(share >= 0 && share <= 1);
            sum += share;
        }
        assert_near(sum, 1, 1e-12);
    }
}

/* At any x and any error: the best value has 1, none less than a tenth, and one at most two thirds. */
static void likelihoods_are_bounded(void **state)
{
    (void)state;
    Random random;
    size_t read = 0;
    random_init(&random, 3);
    for (int trial = 0; trial < 700; trial++) {
        const size_t s = (size_t)trial % (sizeof scales / sizeof scales[0]);
        const double x = scales[s].low + (scales[s].high - scales[s].low) * random_unit(&random);
        const double sd = trial % 3 == 0 ? -1 : 10 * x * random_unit(&random);
        AUTO(case_auto) Case *c = case_of(scales[s].measurement, x, sd);
        const CaseFinding *known = read_of(c, scales[s].finding);
        if (!known) {
            continue;
        }
        double largest = 0, least = 1;
        for (size_t v = 0; v < known->finding->value_count; v++) {
            assert_true(isfinite(known->likelihood[v]) && known->likelihood[v] >= 0.1 - 1e-12);
            largest = fmax(largest, known->likelihood[v]);
            least = fmin(least, known->likelihood[v]);
        }
        assert_near(largest, 1, 1e-12);
        assert_near(known->likelihood[known->measured_value], 1, 1e-12);
        assert_true(least <= 2.0 / 3 + 1e-12);
        read++;
    }
    assert_true(read > 300);
}

/* With growing x each value's likelihood rises to 1 and then falls, and the best value never steps back. */
static void likelihoods_rise_and_fall_once(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof scales / sizeof scales[0]; s++) {
        double before[VOCABULARY_MAX_VALUES] = {0};
        bool falling[VOCABULARY_MAX_VALUES] = {false};
        int best = -1;
        for (int step = 0; step <= 200; step++) {
            const double x = scales[s].low + (scales[s].high - scales[s].low) * step / 200;
            AUTO(case_auto) Case *c = case_of(scales[s].measurement, x, -1);
            const CaseFinding *known = read_of(c, scales[s].finding);
            if (!known) {
                continue; /* on a line */
            }
            const int last = (int)known->finding->value_count - 1;
            for (int v = 0; v <= last; v++) {
                const double now = known->likelihood[v];
                falling[v] = falling[v] || now < before[v] - 1e-9;
                assert_false(falling[v] && now > before[v] + 1e-9);
                before[v] = now;
            }
            /* presence lists present first; all others run from low to high */
            const bool reversed = strcmp(known->finding->values[0].id, "present") == 0;
            const int rank = reversed ? last - known->measured_value : known->measured_value;
            assert_true(rank >= best);
            best = rank;
        }
    }
}

/* A measurement without precision says nothing, and so does one on the line between two values. */
static void limits_of_the_error(void **state)
{
    (void)state;
    AUTO(case_auto) Case *line = case_of("signal.t2_disc", 1.1, 0);
    assert_null(read_of(line, "mr.t2_brighter_than_disc"));
    AUTO(case_auto) Case *vague = case_of("signal.t2_disc", 2, 2000);
    assert_null(read_of(vague, "mr.t2_brighter_than_disc"));
    AUTO(case_auto) Case *sharp = case_of("signal.t2_disc", 2, 0.01);
    assert_near(likelihood_of(sharp, "mr.t2_brighter_than_disc", "absent"), 0.1, 1e-9);
    double last = 0;
    for (double sd = 0; sd < 3; sd += 0.1) { /* the larger the error, the less is excluded */
        AUTO(case_auto) Case *c = case_of("signal.t2_disc", 1.6, sd);
        if (!read_of(c, "mr.t2_brighter_than_disc")) {
            assert_true(last > 0.6); /* and at last it is a tie */
            break;
        }
        const double absent = likelihood_of(c, "mr.t2_brighter_than_disc", "absent");
        assert_true(absent >= last - 1e-12);
        last = absent;
    }
}

/* ---- mistakes in the file ---- */

/* The start and end of a good rule, with what stands in between as the test wants it. */
#define HEAD "format: dens-readings/1\nreadings:\n"
#define GROUNDS "source: vocabulary, kind: convention, reason: r, limits: l"
#define RULE(finding, rest, axis)                                                                            \
    HEAD "  - finding: " finding "\n" rest "    ways:\n      - axes:\n          - { " axis " }\n"
#define T1 "measurement: signal.t1_muscle, scale: log, blur: 1.2, "
#define GOOD_CLASSES "classes: [low, intermediate, high], edges: [0.8, 1.2], "

static char *temporary_folder(const char *yaml)
{
    char *path = build_path("readings-XXXXXX");
    assert_non_null(mkdtemp(path));
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    assert_true(file_write(file_join(arena, path, "readings.yaml"), yaml, strlen(yaml), &err));
    assert_no_error(err);
    return path;
}

static Readings *load_text(const char *yaml, DensError **err)
{
    char *folder = temporary_folder(yaml);
    Readings *readings = readings_load(folder, knowledge, err);
    AUTO(arena_auto) Arena *arena = arena_new();
    (void)unlink(file_join(arena, folder, "readings.yaml"));
    (void)rmdir(folder);
    free(folder);
    return readings;
}

static void refuse(const char *yaml, const char *place, const char *text)
{
    DensError *err = NULL;
    Readings *readings = load_text(yaml, &err);
    assert_null(readings);
    assert_error(&err, DENS_ERROR_INPUT, place, text);
}

static void a_good_rule_loads(void **state)
{
    (void)state;
    DensError *err = NULL;
    AUTO(readings_auto) Readings *readings = load_text(RULE("mr.t1", "", T1 GOOD_CLASSES GROUNDS), &err);
    assert_no_error(err);
    const Given given = {"signal.t1_muscle", 0.5, 0};
    AUTO(case_auto) Case *c = read_into(case_new(vocabulary), readings, &given, 1);
    assert_near(likelihood_of(c, "mr.t1", "low"), 1, 0);
}

static void mistakes_in_names(void **state)
{
    (void)state;
    refuse(RULE("mr.t11", "", T1 GOOD_CLASSES GROUNDS), "readings.yaml:3:14", "did you mean 'mr.t1'?");
    refuse(RULE("site.levels", "", T1 GOOD_CLASSES GROUNDS), "readings.yaml:3:14", "is a set");
    refuse(RULE("mr.t1", "    limit: 3\n", T1 GOOD_CLASSES GROUNDS), "readings.yaml:4:5", "unknown key");
    refuse(RULE("mr.t1", "", "measurement: signal.t1_muscel, scale: log"), "readings.yaml:6:28",
           "did you mean 'signal.t1_muscle'?");
    refuse(RULE("mr.t1", "", "measurement: signal.t1_muscle, scale: lin"), "readings.yaml:6:53",
           "unknown scale 'lin'");
    refuse(RULE("mr.t1", "", T1 "classes: [low, hihg], edges: [1], " GROUNDS), "readings.yaml:6",
           "mr.t1 has no value 'hihg'; did you mean 'high'?");
    refuse(RULE("mr.t1", "", T1 GOOD_CLASSES "source: nobody1999, kind: convention, reason: r, limits: l"),
           "readings.yaml:6", "unknown source 'nobody1999'");
    refuse(RULE("mr.t1", "", T1 GOOD_CLASSES "source: vocabulary, kind: guess, reason: r, limits: l"),
           "readings.yaml:6", "unknown kind 'guess'");
    refuse(RULE("mr.t1", "", T1 GOOD_CLASSES "source: vocabulary, kind: published, reason: r, limits: l"),
           "readings.yaml:6", "needs a source outside the vocabulary");
}

static void mistakes_in_classes_and_numbers(void **state)
{
    (void)state;
    refuse(RULE("mr.t1", "", T1 "classes: [low, high], edges: [1], " GROUNDS), "readings.yaml:6",
           "the value 'intermediate' is in no class");
    refuse(RULE("mr.t1", "", T1 "classes: [low|high, high|low, intermediate], edges: [1, 2], " GROUNDS),
           "readings.yaml:6", "divides nothing");
    refuse(RULE("mr.t1", "", T1 "classes: [low|low, intermediate, high], edges: [1, 2], " GROUNDS),
           "readings.yaml:6", "names a value once");
    refuse(RULE("mr.t1", "    speaks_for: lwo\n", T1 GOOD_CLASSES GROUNDS), "readings.yaml:4:17",
           "mr.t1 has no value 'lwo'; did you mean 'low'?");
    refuse(RULE("mr.t1", "    speaks_for: low\n", T1 GOOD_CLASSES GROUNDS), "readings.yaml:3",
           "'speaks_reason' is missing");
    refuse(RULE("mr.t1", "", T1 "classes: [low|intermediate|high], edges: [], " GROUNDS), "readings.yaml:6",
           "2 to 8 classes");
    refuse(RULE("mr.t1", "", T1 "classes: [low, intermediate, high], edges: [1], " GROUNDS),
           "readings.yaml:6", "3 classes need 2 edges, not 1");
    refuse(RULE("mr.t1", "", T1 "classes: [low, intermediate, high], edges: [1.2, 0.8], " GROUNDS),
           "readings.yaml:6", "edges must ascend");
    refuse(RULE("mr.t1", "", T1 "classes: [low, intermediate, high], edges: [0, 1], " GROUNDS),
           "readings.yaml:6", "edges are above 0");
    refuse(RULE("mr.t1", "", T1 "classes: [low, intermediate, high], edges: [a, 1], " GROUNDS),
           "readings.yaml:6", "must be a number");
    refuse(RULE("mr.t1", "", "measurement: signal.t1_muscle, scale: log, blur: 0.9, " GOOD_CLASSES GROUNDS),
           "readings.yaml:6", "a factor above 1");
    refuse(RULE("mr.t1", "", "measurement: signal.t1_muscle, scale: linear, blur: 0, " GOOD_CLASSES GROUNDS),
           "readings.yaml:6", "the blur must be above 0");
    refuse(RULE("mr.t1", "    ratio_limit: 20\n", T1 GOOD_CLASSES GROUNDS), "readings.yaml:4:18",
           "at most at 10");
    refuse(RULE("mr.t1", "    ratio_limit: 1\n", T1 GOOD_CLASSES GROUNDS), "readings.yaml:4:18", "above 1");
    refuse(RULE("mr.t1", "    ratio_limit: 3\n", T1 GOOD_CLASSES GROUNDS), "readings.yaml:3",
           "'ratio_reason' is missing");
}

static void mistakes_in_structure(void **state)
{
    (void)state;
    refuse(RULE("mr.t1", "", T1 GOOD_CLASSES "source: vocabulary, kind: convention, reason: r"),
           "readings.yaml:6", "'limits' is missing");
    refuse(RULE("mr.t1", "", T1 GOOD_CLASSES "source: vocabulary, kind: convention, reason: '', limits: l"),
           "readings.yaml:6", "must not be empty");
    refuse(RULE("site.size_mm", "", "measurement: size.longest_3d_mm, blur: 1, classes: [a], " GROUNDS),
           "readings.yaml:6", "unknown key");
    refuse("format: dens-readings/2\nreadings: []\n", "readings.yaml:1:9", "must be 'dens-readings/1'");
    refuse("format: dens-readings/1\n", "readings.yaml", "'readings' is missing");
    refuse(HEAD "  - mr.t1\n", "readings.yaml:3:5", "must be a map");
    refuse(HEAD "  - finding: mr.t1\n    ways: []\n", "readings.yaml:4:11", "needs a way");
    refuse(HEAD "  - finding: mr.t1\n    ways: [ { axes: [] } ]\n", "readings.yaml:4", "1 to 4 axes");
    refuse(HEAD "  - finding: mr.t1\n    ways: 7\n", "readings.yaml:4:11", "must be a list");
    refuse("format: [\n", "readings.yaml", "");
    DensError *err = NULL;
    assert_null(readings_load("/nonexistent", knowledge, &err));
    assert_error(&err, DENS_ERROR_INPUT, "readings.yaml", "");
}

static void a_finding_has_one_rule(void **state)
{
    (void)state;
    AUTO_TEXT yaml = TEXT_INIT;
    text_add(&yaml, RULE("mr.t1", "", T1 GOOD_CLASSES GROUNDS));
    text_add(&yaml, &RULE("mr.t1", "", T1 GOOD_CLASSES GROUNDS)[strlen(HEAD)]);
    refuse(text_string(&yaml), "readings.yaml:7:14", "mr.t1 has two rules");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_measurements),
        cmocka_unit_test(density_from_two_shares),
        cmocka_unit_test(t2_from_muscle_and_csf),
        cmocka_unit_test(compression_is_read_only_where_the_cord_is_touched),
        cmocka_unit_test(a_value_on_both_sides_of_a_line),
        cmocka_unit_test(the_artery_from_distance_and_angle),
        cmocka_unit_test(numbers_carry_both_errors),
        cmocka_unit_test(readers_value_stays),
        cmocka_unit_test(missing_measurements_leave_the_case_alone),
        cmocka_unit_test(shares_add_up),
        cmocka_unit_test(likelihoods_are_bounded),
        cmocka_unit_test(likelihoods_rise_and_fall_once),
        cmocka_unit_test(limits_of_the_error),
        cmocka_unit_test(a_good_rule_loads),
        cmocka_unit_test(mistakes_in_names),
        cmocka_unit_test(mistakes_in_classes_and_numbers),
        cmocka_unit_test(mistakes_in_structure),
        cmocka_unit_test(a_finding_has_one_rule),
    };
    return cmocka_run_group_tests(tests, load_all, free_all);
}
