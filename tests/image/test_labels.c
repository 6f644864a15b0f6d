#include "base/file.h"
#include "image/labels.h"
#include "testing.h"

#include <stdio.h>

/* A column of cubes, 5 voxels high, one a number, from the head down, 15 mm apart. */
static Mask *column(const uint16_t *labels, size_t count)
{
    const Geometry geometry = {
        .size = {7, 7, 15 * count}, .spacing_mm = {1, 1, 1}, .axis_lps = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    Mask *mask = mask_new(&geometry, NULL);
    assert_non_null(mask);
    for (size_t n = 0; n < count; n++) {
        for (size_t k = 0; k < 5; k++) {
            for (size_t v = 0; v < 49; v++) {
                mask->labels[v + 49 * (15 * (count - 1 - n) + 5 + k)] = labels[n];
            }
        }
    }
    return mask;
}

static LabelScheme *scheme_of(Arena *arena, const char *declared, const Mask *mask, DensError **err)
{
    char *path = source_path("knowledge/label_schemes.yaml");
    LabelScheme *scheme = label_scheme_read(arena, path, declared, mask, err);
    free(path);
    return scheme;
}

/* The published tables of the tools. */
static void the_schemes_of_the_tools(void **state)
{
    static const struct {
        const char *scheme;
        uint16_t label;
        StructureKind kind;
        int level;
    } known[] = {
        {"totalsegmentator_v2", 50, STRUCTURE_VERTEBRA, 1},
        {"totalsegmentator_v2", 44, STRUCTURE_VERTEBRA, 7},
        {"totalsegmentator_v2", 43, STRUCTURE_VERTEBRA, 8},
        {"totalsegmentator_v2", 79, STRUCTURE_CORD, 0},
        {"totalsegmentator_v1", 41, STRUCTURE_VERTEBRA, 1},
        {"totalsegmentator_v1", 35, STRUCTURE_VERTEBRA, 7},
        {"totalspineseg", 11, STRUCTURE_VERTEBRA, 1},
        {"totalspineseg", 17, STRUCTURE_VERTEBRA, 7},
        {"totalspineseg", 63, STRUCTURE_DISC, 2},
        {"totalspineseg", 71, STRUCTURE_DISC, 7},
        {"totalspineseg", 2, STRUCTURE_CANAL, 0},
        {"verse", 7, STRUCTURE_VERTEBRA, 7},
        {"spineps_subregions", 49, STRUCTURE_BODY, 0},
        {"spineps_subregions", 61, STRUCTURE_CANAL, 0},
        {"spineps_subregions", 41, STRUCTURE_ARCH, 0},
        {"spineps", 105, STRUCTURE_DISC, 5},
        {"verse", 50, STRUCTURE_NONE, 0},
    };
    (void)state;
    for (size_t n = 0; n < sizeof known / sizeof *known; n++) {
        AUTO(arena_auto) Arena *arena = arena_new();
        DensError *err = NULL;
        const LabelScheme *scheme = scheme_of(arena, known[n].scheme, NULL, &err);
        assert_no_error(err);
        const Structure structure = label_structure(scheme, known[n].label);
        assert_int_equal(structure.kind, known[n].kind);
        assert_int_equal(structure.level, known[n].level);
    }
}

static void segments_are_known_by_their_names(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(mask_auto) Mask *mask = column((const uint16_t[]){1, 2}, 2);
    const char *names[] = {NULL, "vertebrae_C4", "Fifth Cervical Vertebra", "Spinal-Cord", "tumour"};
    mask->name_count = 5;
    mask->names = calloc(5, sizeof *mask->names);
    for (size_t n = 1; n < 5; n++) {
        mask->names[n] = strdup(names[n]);
    }
    DensError *err = NULL;
    const LabelScheme *scheme = scheme_of(arena, NULL, mask, &err);
    assert_no_error(err);
    assert_int_equal(label_structure(scheme, 1).level, 4);
    assert_int_equal(label_structure(scheme, 2).level, 5);
    assert_int_equal(label_structure(scheme, 3).kind, STRUCTURE_CORD);
    assert_int_equal(label_structure(scheme, 4).kind, STRUCTURE_NONE);
}

static void numbers_alone_are_never_guessed(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(mask_auto) Mask *mask = column((const uint16_t[]){41, 40}, 2);
    DensError *err = NULL;
    assert_null(scheme_of(arena, NULL, mask, &err));
    assert_error(&err, DENS_ERROR_USAGE, "--labels", "needs --scheme NAME");
    assert_null(scheme_of(arena, "totalsegmentor", mask, &err));
    assert_error(&err, DENS_ERROR_USAGE, "--scheme", "no label scheme \"totalsegmentor\"; there are dens, ");
    assert_null(scheme_of(arena, "named", mask, &err));
    assert_error(&err, DENS_ERROR_USAGE, "--scheme", "no label scheme \"named\"");
}

static void refused(const char *yaml, const char *where_part, const char *summary_part)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    char path[] = "/tmp/dens-labels-XXXXXX";
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    FILE *file = fdopen(descriptor, "w");
    fputs(yaml, file);
    fclose(file);
    DensError *err = NULL;
    LabelScheme *scheme = label_scheme_read(arena, path, "own", NULL, &err);
    remove(path);
    assert_null(scheme);
    assert_error(&err, DENS_ERROR_INPUT, where_part, summary_part);
}

static void faulty_schemes_are_refused(void **state)
{
    (void)state;
    refused("own:\n  levels: { C1: 11, C2: 11 }\n", ":2:", "stands twice in one scheme");
    refused("own:\n  levels: { C1: 1.5 }\n", ":2:", "a whole number from 1 to 65535");
    refused("own:\n  levels: { C1: 70000 }\n", ":2:", "a whole number from 1 to 65535");
    refused("own:\n  levels: { C9: 9 }\n", ":2:", "neither a level from C1 to T2 nor a structure");
    refused("own:\n  levels: { cord: 9 }\n", ":2:", "no level from C1 to T2");
    refused("own:\n  tissues: { cord: 9 }\n", ":2:", "must be a list of labels");
    refused("own:\n  tissues: { brain: [9] }\n", ":2:", "nor a structure that is known");
}

static VertebraChain chain_of(Arena *arena, const uint16_t *labels, size_t count)
{
    AUTO(mask_auto) Mask *mask = column(labels, count);
    DensError *err = NULL;
    const LabelScheme *scheme = scheme_of(arena, "verse", mask, &err);
    VertebraChain chain = {0};
    assert_true(vertebra_chain_check(&chain, arena, mask, scheme, &err));
    assert_no_error(err);
    return chain;
}

static void an_ordered_chain_has_no_fault(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    const VertebraChain chain = chain_of(arena, (const uint16_t[]){2, 3, 4, 5, 6, 7, 8}, 7);
    assert_int_equal(chain.fault_count, 0);
    assert_int_equal(chain.first, 2);
    assert_int_equal(chain.last, LEVEL_T1);
    assert_int_equal(chain.places[3].voxels, 245);
    assert_near(chain.places[8].centre_lps_mm.z, 7, 1e-9);
    assert_near(chain.places[2].centre_lps_mm.x, 3, 1e-9);
    assert_int_equal(chain_of(arena, (const uint16_t[]){4}, 1).fault_count, 0);
}

static void faults_of_a_chain_are_told(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    VertebraChain chain = chain_of(arena, (const uint16_t[]){2, 3, 5, 6}, 4);
    assert_int_equal(chain.fault_count, 1);
    assert_string_equal(chain.faults[0], "C4 is missing between C3 and C5");
    chain = chain_of(arena, (const uint16_t[]){2, 4, 3, 5}, 4);
    assert_true(chain.fault_count >= 1);
    assert_string_equal(chain.faults[0], "C4 does not lie below C3");
    chain = chain_of(arena, (const uint16_t[]){2, 3, 0, 4, 5, 6}, 6);
    assert_int_equal(chain.fault_count, 1);
    assert_string_equal(chain.faults[0],
                        "C3 and C4 lie 30 mm apart, others 15 mm: a vertebra between them may have no label");
    chain = chain_of(arena, (const uint16_t[]){7, 6, 5, 4, 3, 2, 1}, 7); /* upside down */
    assert_int_equal(chain.fault_count, 6);
}

static void a_map_without_vertebrae_is_refused(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(mask_auto) Mask *mask = column((const uint16_t[]){41, 40}, 2);
    DensError *err = NULL;
    const LabelScheme *scheme = scheme_of(arena, "verse", mask, &err);
    VertebraChain chain;
    assert_false(vertebra_chain_check(&chain, arena, mask, scheme, &err));
    assert_error(&err, DENS_ERROR_INPUT, "", "no voxel bears the label of a vertebra (scheme verse)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schemes_of_the_tools),
        cmocka_unit_test(segments_are_known_by_their_names),
        cmocka_unit_test(numbers_alone_are_never_guessed),
        cmocka_unit_test(faulty_schemes_are_refused),
        cmocka_unit_test(an_ordered_chain_has_no_fault),
        cmocka_unit_test(faults_of_a_chain_are_told),
        cmocka_unit_test(a_map_without_vertebrae_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
