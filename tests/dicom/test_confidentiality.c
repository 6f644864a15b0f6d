/* The table of PS3.15 E.1-1: every row is found, and the choices that it leaves are made. */
#include "testing.h"

#include "dicom/confidentiality.h"

static void actions(void **state)
{
    (void)state;
    static const struct {
        unsigned group, element;
        ConfidentialityAction action;
    } known[] = {
        {0x0000, 0x1000, CONFIDENTIAL_REMOVE}, /* the first row */
        {0x0008, 0x0018, CONFIDENTIAL_UID},    /* SOP instance UID */
        {0x0008, 0x0020, CONFIDENTIAL_EMPTY},  /* study date */
        {0x0008, 0x0080, CONFIDENTIAL_EMPTY},  /* institution: X/Z/D */
        {0x0008, 0x0106, CONFIDENTIAL_DUMMY},  /* context group version */
        {0x0008, 0x1030, CONFIDENTIAL_REMOVE}, /* study description */
        {0x0010, 0x0010, CONFIDENTIAL_EMPTY},  /* patient's name */
        {0x0010, 0x0040, CONFIDENTIAL_KEEP},   /* sex: a characteristic */
        {0x0010, 0x1010, CONFIDENTIAL_KEEP},   /* age: a characteristic */
        {0x0010, 0x4000, CONFIDENTIAL_REMOVE}, /* patient comments */
        {0x0020, 0x000d, CONFIDENTIAL_UID},    /* study instance UID */
        {0x0028, 0x0010, CONFIDENTIAL_KEEP},   /* rows: not in the table */
        {0x0009, 0x0010, CONFIDENTIAL_REMOVE}, /* private */
        {0x5002, 0x3000, CONFIDENTIAL_REMOVE}, /* a curve */
        {0x6002, 0x3000, CONFIDENTIAL_REMOVE}, /* an overlay */
        {0xfffc, 0xfffc, CONFIDENTIAL_REMOVE}, /* the last row */
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ConfidentialityAction action = confidentiality_action(known[i].group, known[i].element);
        if (action != known[i].action) {
            print_error("(%04x,%04x)\n", known[i].group, known[i].element);
        }
        assert_int_equal(action, known[i].action);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(actions)};
    return cmocka_run_group_tests_name("confidentiality", tests, NULL, NULL);
}
