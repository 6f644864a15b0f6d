#include "dicom/role.h"
#include "testing.h"

#include <stdio.h>

typedef struct {
    const char *role;
    const char *reason; /* a part of it */
    RoleTags tags;
} RoleCase;

#define TAGS(modality, description, sequence, tr, te, ti)                                                    \
    {                                                                                                        \
        modality, "ORIGINAL\\PRIMARY", sequence, description, "", "", "", false, te, tr, ti, false           \
    }

static const RoleCase cases[] = {
    {"ct", "CT", TAGS("CT", "HWS Knochen 1mm", "", 0, 0, 0)},
    {"xr", "radiograph", TAGS("DX", "C-spine lateral", "", 0, 0, 0)},
    {"xr", "radiograph", TAGS("CR", "", "", 0, 0, 0)},
    {"pet", "PET", TAGS("PT", "PET AC", "", 0, 0, 0)},
    {"unknown", "modality US", TAGS("US", "", "", 0, 0, 0)},
    {"unknown", "modality unknown", TAGS("", "", "", 0, 0, 0)},
    {"t1", "T1-weighted (TR 500 ms, TE 12 ms)", TAGS("MR", "t1_tse_sag", "SE", 500, 12, 0)},
    {"t1", "T1-weighted", TAGS("MR", "sT1W_TSE", "SE", 600, 8, 0)},
    {"t1", "T1-weighted", TAGS("MR", "SAG", "SE", 450, 10, 0)},
    {"t2", "T2-weighted (TR 3500 ms, TE 100 ms)", TAGS("MR", "T2_TSE SAG", "SE", 3500, 100, 0)},
    {"t2", "fat suppressed", TAGS("MR", "T2 FS sag", "SE", 3500, 90, 0)},
    {"t2", "fat suppressed", TAGS("MR", "SAG T2 FAT SAT", "SE", 3500, 90, 0)},
    {"t2", "T2-weighted", TAGS("MR", "cor", "SE", 3000, 95, 0)},
    {"t2", "T2-weighted", TAGS("MR", "C2-T1 T2", "SE", 3500, 100, 0)}, /* T1 is a vertebra here */
    {"t1", "T1-weighted", TAGS("MR", "T1 C5-T2", "SE", 500, 10, 0)},   /* and T2 there */
    {"t2", "T2-weighted", TAGS("MR", "t2 C1-T12", "SE", 3500, 100, 0)},
    {"stir", "STIR", TAGS("MR", "STIR sag", "IR", 4000, 60, 160)},
    {"stir", "STIR", TAGS("MR", "t2_tirm_sag", "IR", 4000, 60, 0)},
    {"stir", "inversion time", TAGS("MR", "sag", "SE\\IR", 4000, 30, 160)},
    {"t1c", "with contrast agent, fat suppressed", TAGS("MR", "t1_tse_tra_fs_KM", "SE", 600, 11, 0)},
    {"t1c", "with contrast agent", TAGS("MR", "SAG T1 +C", "SE", 600, 11, 0)},
    {"t1c", "with contrast agent", TAGS("MR", "T1 post Gd", "SE", 600, 11, 0)},
    {"t1", "T1-weighted", TAGS("MR", "T1 pre", "SE", 600, 11, 0)},
    {"adc", "ADC", TAGS("MR", "ep2d_diff_ADC", "EP", 4000, 80, 0)},
    {"dwi", "diffusion", TAGS("MR", "ep2d_diff_b50_800", "EP", 4000, 80, 0)},
    {"dce", "dynamic", TAGS("MR", "DCE twist", "GR", 4, 1.5, 0)},
    {"in", "in phase", TAGS("MR", "t1 dixon in-phase", "GR", 150, 4.6, 0)},
    {"opp", "opposed", TAGS("MR", "t1_vibe_dixon_opp", "GR", 150, 2.3, 0)},
    {"unknown", "a localizer", TAGS("MR", "3-plane loc", "GR", 10, 3, 0)},
    {"unknown", "T2*", TAGS("MR", "T2* MERGE ax", "GR", 600, 15, 0)},
    {"unknown", "FLAIR", TAGS("MR", "t2_flair", "SE\\IR", 9000, 100, 2500)},
    {"unknown", "fat-only", TAGS("MR", "t2 dixon fat", "SE", 3500, 90, 0)},
    {"unknown", "relaxation times", TAGS("MR", "T2_map_sag", "SE", 3000, 80, 0)},
    {"t2", "T2-weighted", TAGS("MR", "T2 sag mapped", "SE", 3000, 100, 0)},
    {"unknown", "subtraction", TAGS("MR", "t1 sub", "SE", 500, 12, 0)},
    {"unknown", "named T1, but its times", TAGS("MR", "T1 sag", "SE", 3500, 100, 0)},
    {"unknown", "named T2, but its times", TAGS("MR", "T2 sag", "SE", 500, 10, 0)},
    {"unknown", "unknown weighting", TAGS("MR", "PD sag", "SE", 2500, 30, 0)},
    {"unknown", "unknown weighting", TAGS("MR", "T1 T2", "GR", 500, 10, 0)},
    {"unknown", "unknown weighting", TAGS("MR", "", "", 0, 0, 0)},
};

static void roles_are_guessed(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        RoleGuess guess = role_guess(&cases[n].tags);
        if (strcmp(role_name(guess.role), cases[n].role) != 0 || !strstr(guess.reason, cases[n].reason)) {
            fail_msg("\"%s\" is %s (%s), not %s (%s)", cases[n].tags.description, role_name(guess.role),
                     guess.reason, cases[n].role, cases[n].reason);
        }
    }
}

static void the_contrast_agent_counts(void **state)
{
    (void)state;
    RoleTags tags = TAGS("MR", "t1_tse_sag", "SE", 500, 12, 0);
    tags.contrast_agent = "Gadobutrol";
    assert_int_equal(role_guess(&tags).role, ROLE_T1C);
    tags.description = "t1_tse_sag pre"; /* the agent stayed in the scanner's form */
    assert_int_equal(role_guess(&tags).role, ROLE_T1);
    tags.description = "t1_tse_sag";
    tags.contrast_agent = "NONE";
    assert_int_equal(role_guess(&tags).role, ROLE_T1);
    tags.contrast_agent = "Gadobutrol";
    tags.description = "t2_tse_sag";
    tags.tr_ms = 3500;
    tags.te_ms = 90;
    RoleGuess guess = role_guess(&tags);
    assert_int_equal(guess.role, ROLE_T2);
    assert_true(guess.contrast);
}

static void image_type_and_b_value_count(void **state)
{
    (void)state;
    RoleTags tags = TAGS("MR", "x", "EP", 4000, 80, 0);
    tags.has_b_value = true;
    assert_int_equal(role_guess(&tags).role, ROLE_DWI);
    tags.image_type = "DERIVED\\PRIMARY\\DIFFUSION\\ADC\\ND";
    assert_int_equal(role_guess(&tags).role, ROLE_ADC);
    tags.image_type = "ORIGINAL\\PRIMARY\\M\\IN_PHASE";
    assert_int_equal(role_guess(&tags).role, ROLE_IN);
    static const char *const phases[] = {"ORIGINAL\\PRIMARY\\P\\ND", "ORIGINAL\\PRIMARY\\VOLUME\\NONE\\PHASE",
                                         "ORIGINAL\\PRIMARY\\I\\ND"};
    for (size_t n = 0; n < sizeof phases / sizeof *phases; n++) {
        tags = (RoleTags)TAGS("MR", "t1_fl2d_sag", "GR", 400, 5, 0);
        tags.image_type = phases[n];
        assert_int_equal(role_guess(&tags).role, ROLE_UNKNOWN);
        tags.image_type = "ORIGINAL\\PRIMARY\\M\\ND";
        assert_int_equal(role_guess(&tags).role, ROLE_T1);
    }
    tags = (RoleTags)TAGS("CT", "scout", "", 0, 0, 0);
    tags.image_type = "ORIGINAL\\PRIMARY\\LOCALIZER";
    assert_int_equal(role_guess(&tags).role, ROLE_UNKNOWN);
}

static void long_descriptions_are_cut(void **state)
{
    (void)state;
    char description[5000];
    memset(description, 'a', sizeof description - 1);
    description[sizeof description - 1] = '\0';
    RoleTags tags = TAGS("MR", description, "SE", 500, 12, 0);
    assert_int_equal(role_guess(&tags).role, ROLE_T1);
}

static void names_and_roles_are_inverse(void **state)
{
    (void)state;
    SeriesRole role = ROLE_UNKNOWN;
    for (int n = 0; n < ROLE_COUNT; n++) {
        assert_true(role_parse(role_name((SeriesRole)n), &role));
        assert_int_equal(role, n);
    }
    assert_true(role_parse("t1c", &role));
    assert_int_equal(role, ROLE_T1C);
    assert_false(role_parse("T1", &role));
    assert_false(role_parse("", &role));
    assert_string_equal(role_name((SeriesRole)77), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles_are_guessed),
        cmocka_unit_test(the_contrast_agent_counts),
        cmocka_unit_test(image_type_and_b_value_count),
        cmocka_unit_test(long_descriptions_are_cut),
        cmocka_unit_test(names_and_roles_are_inverse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
