/* The result document: a good one passes, every way of breaking it is named. */
#include "testing.h"

#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "document/result.h"

static const char good[] =
    "{\"format\": \"dens-result/1\", \"case\": {\"format\": \"dens-case/1\", \"findings\": {}},"
    " \"software\": {\"version\": \"0.1.0\", \"knowledge\": \"sha256:00\", \"prior\": \"clinic\", "
    "\"overlay\": null},"
    " \"impression\": [\"One.\"],"
    " \"alerts\": [{\"id\": \"cord\", \"urgency\": \"hours\", \"because\": [\"extent.canal\"], \"text\": "
    "\"T\", \"sources\": [\"a\"]}],"
    " \"not_assessed\": [\"alignment\"],"
    " \"ranking\": [{\"diagnosis\": \"chordoma\", \"group\": \"malignant\", \"probability\": 0.75, "
    "\"interval\": [0.5, 0.9],"
    "   \"for\": [{\"group\": \"t2_signal\", \"findings\": [\"mr.t2\"], \"weight\": 1.9, \"against\": "
    "\"metastasis\", \"text\": \"T\","
    "     \"evidence\": [\"chordoma.mr.t2.1\"]}], \"against\": []},"
    "  {\"diagnosis\": \"none_of_these\", \"group\": \"none_of_these\", \"probability\": 0.25, \"interval\": "
    "[0.1, 0.5]}],"
    " \"groups\": {\"malignant\": 0.75, \"none_of_these\": 0.25},"
    " \"mimics_to_consider\": [{\"name\": \"loop\", \"because\": [], \"text\": \"T\"}],"
    " \"conflicts\": [{\"finding\": \"mr.t1\", \"read\": \"low\", \"measured\": \"high\"}],"
    " \"measurements\": [{\"id\": \"a\", \"value\": 46.2, \"sd\": 1.1, \"unit\": \"[hnsf'U]\", "
    "\"quantity_code\": [\"1\", \"SCT\", \"m\"]},"
    "  {\"id\": \"b\", \"missing\": \"no series\"}],"
    " \"next\": [{\"examination\": \"ct\", \"gain_bits\": 0.4, \"text\": \"T\","
    "   \"if\": [{\"findings\": {\"ct.nidus\": \"present\"}, \"probability\": 0.3, \"leads_to\": "
    "[[\"osteoid_osteoma\", 0.9]]}]}],"
    " \"warnings_before_biopsy\": [{\"text\": \"T\", \"sources\": []}],"
    " \"scores\": [{\"id\": \"sins\", \"value\": [9, 12], \"band\": \"indeterminate\", \"unknown\": "
    "[\"alignment\"]},"
    "  {\"id\": \"escc\", \"value\": \"1b\"}],"
    " \"management\": [{\"text\": \"T\", \"applies_to\": \"chordoma\", \"sources\": []}],"
    " \"sources\": {\"a\": {\"text\": \"T\", \"doi\": \"10.1\"}},"
    " \"provenance\": {\"time\": \"2026-01-01T00:00:00Z\", \"inputs\": [], \"command\": \"dens\"}, "
    "\"later\": 1}";

static bool check(const char *text, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *root = json_parse(arena, text, strlen(text), "r.json", err);
    return root && result_check(root, "r.json", err);
}

static void a_good_result_passes(void **state)
{
    (void)state;
    DensError *err = NULL;
    assert_true(check(good, &err));
    assert_no_error(err);
}

/* What is replaced by what, and the error that follows. */
typedef struct {
    const char *from, *to, *where, *summary;
} Broken;

static const Broken broken[] = {
    {"dens-result/1", "dens-result/2", "r.json:1:12: $.format",
     "must be 'dens-result/1', not 'dens-result/2'"},
    {"\"dens-case/1\"", "\"dens-case/3\"", "$.case.format", "must be 'dens-case/1'"},
    {"\"case\": {", "\"cas\": {", "r.json:1:1: $", "'case' is missing"},
    {"\"prior\": \"clinic\", ", "", "$.software", "'prior' is missing"},
    {"\"overlay\": null", "\"overlay\": 4", "$.software.overlay", "must be a string, not a number"},
    {"[\"One.\"]", "\"One.\"", "$.impression", "must be a list, not a string"},
    {"[\"One.\"]", "[1]", "$.impression[0]", "must be a string, not a number"},
    {"\"urgency\": \"hours\", ", "", "$.alerts[0]", "'urgency' is missing"},
    {"\"probability\": 0.75", "\"probability\": 0.7", "$.ranking", "add up to 0.95, not to 1"},
    {"\"probability\": 0.75", "\"probability\": 1.75", "$.ranking[0].probability", "must be between 0 and 1"},
    {"\"probability\": 0.75", "\"probability\": \"high\"", "$.ranking[0].probability", "must be a number"},
    {"\"probability\": 0.75", "\"probability\": 0.2", "$.ranking[1]", "not in order"},
    {"\"diagnosis\": \"none_of_these\"", "\"diagnosis\": \"metastasis\"", "$.ranking",
     "'none_of_these' is missing"},
    {"\"diagnosis\": \"none_of_these\"", "\"diagnosis\": \"chordoma\"", "$.ranking[1]",
     "'chordoma' is ranked twice"},
    {"[0.5, 0.9]", "[0.9, 0.5]", "$.ranking[0].interval", "low not above high"},
    {"[0.5, 0.9]", "[0.5]", "$.ranking[0].interval", "[low, high]"},
    {"[0.5, 0.9]", "[0.5, 1.9]", "$.ranking[0].interval[1]", "between 0 and 1"},
    {"\"weight\": 1.9", "\"weight\": null", "$.ranking[0].for[0].weight", "must be a number"},
    {"{\"malignant\": 0.75, ", "{\"malignant\": 0.5, ", "$.groups", "add up to 0.75, not to 1"},
    {"{\"malignant\": 0.75, \"none_of_these\": 0.25}", "{\"malignant\": 1}", "$.groups",
     "'none_of_these' is missing"},
    {"\"missing\": \"no series\"", "\"missing\": \"no\", \"value\": 1", "$.measurements[1]",
     "either 'value' or"},
    {", \"missing\": \"no series\"", "", "$.measurements[1]", "either 'value' or 'missing'"},
    {"\"value\": 46.2", "\"value\": null", "$.measurements[0].value", "must be a number, not"},
    {"\"sd\": 1.1", "\"sd\": -1", "$.measurements[0].sd", "must not be below 0"},
    {"\"unit\": \"[hnsf'U]\", ", "", "$.measurements[0]", "needs its 'unit'"},
    {"[\"1\", \"SCT\", \"m\"]", "[\"1\", \"SCT\"]", "$.measurements[0].quantity_code",
     "[value, scheme, meaning]"},
    {"[\"osteoid_osteoma\", 0.9]", "[\"osteoid_osteoma\"]", "leads_to[0]", "[diagnosis, probability]"},
    {"[\"osteoid_osteoma\", 0.9]", "[\"osteoid_osteoma\", 9]", "leads_to[0]", "[diagnosis, probability]"},
    {"[9, 12]", "[12, 9]", "$.scores[0].value", "low not above high"},
    {"[9, 12]", "[9, \"x\"]", "$.scores[0].value", "must be [low, high]"},
    {"\"read\": \"low\", ", "", "$.conflicts[0]", "'read' is missing"},
    {"{\"text\": \"T\", \"doi\": \"10.1\"}", "{\"doi\": \"10.1\"}", "$.sources.a", "'text' is missing"},
    {"\"time\": \"2026-01-01T00:00:00Z\", ", "", "$.provenance", "'time' is missing"},
};

static void every_break_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        const char *at = strstr(good, broken[i].from);
        assert_non_null(at);
        AUTO_TEXT text = TEXT_INIT;
        text_add_bytes(&text, good, (size_t)(at - good));
        text_add(&text, broken[i].to);
        text_add(&text, at + strlen(broken[i].from));
        DensError *err = NULL;
        if (check(text_string(&text), &err)) {
            print_error("accepted: %s → %s\n", broken[i].from, broken[i].to);
            fail();
        }
        assert_error(&err, DENS_ERROR_INPUT, broken[i].where, broken[i].summary);
    }
}

static void reading_checks(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    assert_null(result_read(arena, "/nowhere/result.json", &err));
    assert_error(&err, DENS_ERROR_INPUT, "/nowhere/result.json", "");
    char *path = source_path("cases/dev/chordoma-01.json");
    assert_null(result_read(arena, path, &err));
    free(path);
    assert_error(&err, DENS_ERROR_INPUT, "chordoma-01.json:", "must be 'dens-result/1', not 'dens-case/1'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_result_passes),
        cmocka_unit_test(every_break_is_named),
        cmocka_unit_test(reading_checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
