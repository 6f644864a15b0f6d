/* Reading and writing cases: every shipped one, every form of a finding, and what is refused. */
#include "testing.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "document/case.h"

static int load(void **state)
{
    char *folder = source_path("knowledge");
    DensError *err = NULL;
    *state = vocabulary_load(folder, &err);
    free(folder);
    assert_no_error(err);
    return *state ? 0 : -1;
}

static int unload(void **state)
{
    vocabulary_free(*state);
    return 0;
}

static Case *parse(const char *text, const Vocabulary *v, Value *warnings, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *root = json_parse(arena, text, strlen(text), "c.json", err);
    return root ? case_from_value(root, "c.json", v, warnings, err) : NULL;
}

static Case *parse_good(const char *text, const Vocabulary *v)
{
    DensError *err = NULL;
    Case *c = parse(text, v, NULL, &err);
    assert_no_error(err);
    assert_non_null(c);
    return c;
}

/* A case that holds these findings. */
static Case *with_findings(const char *findings, const Vocabulary *v)
{
    AUTO_TEXT text = TEXT_INIT;
    text_addf(&text, "{\"format\": \"dens-case/1\", \"findings\": {%s}}", findings);
    return parse_good(text_string(&text), v);
}

static void assert_round_trip(const Case *c)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO_TEXT text = TEXT_INIT;
    Value *first = case_to_value(c, NULL, NULL, arena);
    json_write(first, JSON_PRETTY, &text);
    AUTO(case_auto) Case *again = parse_good(text_string(&text), c->vocabulary);
    assert_true(value_equal(first, case_to_value(again, NULL, NULL, arena)));
    assert_int_equal(again->finding_count, c->finding_count);
    for (size_t i = 0; i < c->finding_count; i++) {
        const CaseFinding *a = &c->findings[i], *b = &again->findings[i];
        assert_ptr_equal(a->finding, b->finding);
        assert_true(a->has_read == b->has_read && a->has_measured == b->has_measured);
        assert_true(a->read_values == b->read_values && a->read_none == b->read_none);
        assert_int_equal(a->read_number_count, b->read_number_count);
        assert_memory_equal(a->read_numbers, b->read_numbers, sizeof a->read_numbers);
        assert_int_equal(a->measured_value, b->measured_value);
        assert_memory_equal(a->likelihood, b->likelihood, sizeof a->likelihood);
    }
}

/* ---- the shipped cases ---- */

static size_t read_folder(const char *name, const Vocabulary *v)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    char *folder = source_path(name);
    const char **paths;
    size_t count;
    DensError *err = NULL;
    assert_true(file_list_tree(arena, folder, 1000, &paths, &count, &err));
    assert_no_error(err);
    free(folder);
    for (size_t i = 0; i < count; i++) {
        Value *warnings = value_new_list(arena);
        AUTO(case_auto) Case *c = case_read(paths[i], v, warnings, &err);
        assert_no_error(err);
        assert_int_equal(warnings->count, 0);
        assert_true(c->finding_count > 0);
        assert_round_trip(c);
        /* what is written is what was read: the short form and nothing else */
        Value *original = json_read(arena, paths[i], &err);
        assert_no_error(err);
        assert_true(value_get(original, "findings")->count == c->finding_count);
        VALUE_EACH(item, value_get(original, "findings"))
        {
            const Value *written =
                value_get(value_get(case_to_value(c, NULL, NULL, arena), "findings"), item->key);
            assert_non_null(written);
            assert_int_equal(written->kind, item->kind);
        }
    }
    return count;
}

static void reads_all_shipped_cases(void **state)
{
    assert_int_equal(read_folder("cases/dev", *state), 80);
    assert_int_equal(read_folder("cases/review", *state), 7);
}

/* ---- every form ---- */

static const char full_case[] =
    "{\"format\": \"dens-case/1\", \"id\": \"pub-0001\", \"patient\": {\"age\": 3.4, \"sex\": \"female\"},"
    " \"study\": {\"uid\": \"1.2.3\", \"accession\": \"A1\"},"
    " \"examinations\": {\"ct\": \"complete\", \"t2\": \"partial\", \"contrast\": \"not_done\"},"
    " \"findings\": {\"clinical.pain\": \"present\", \"site.levels\": [\"C2\", \"C3\"],"
    "  \"mr.t1\": [\"low\", \"intermediate\"], \"path.matrix\": [\"none\"], \"path.grade\": 2,"
    "  \"mr.enhancement\": {\"read\": \"mild\", \"measured\": {\"value\": \"moderate\","
    "    \"likelihood\": {\"none\": 0.02, \"mild\": 0.5, \"moderate\": 1.0, \"marked\": 0.2},"
    "    \"measurement\": \"enhancement.ratio\"}},"
    "  \"site.size_mm\": {\"measured\": {\"value\": 31.5, \"sd\": 1.2, \"measurement\": "
    "\"size.longest_axial\"}},"
    "  \"clinical.symptom_months\": [1, 2.5]},"
    " \"truth\": {\"diagnosis\": \"chordoma\", \"basis\": \"histology\"},"
    " \"source\": {\"url\": \"https://example.org\", \"year\": 2019}, \"note\": \"thoracic\"}";

static void reads_every_form(void **state)
{
    AUTO(case_auto) Case *c = parse_good(full_case, *state);
    assert_string_equal(c->id, "pub-0001");
    assert_true(c->has_age && c->sex == SEX_FEMALE);
    assert_near(c->age_years, 3.4, 0);
    assert_string_equal(c->study_uid, "1.2.3");
    assert_string_equal(c->accession, "A1");
    int contrast = vocabulary_find_examination(*state, "contrast");
    assert_int_equal(c->examinations[contrast], EXAMINATION_NOT_DONE);
    assert_string_equal(examination_state_name(c->examinations[contrast]), "not_done");
    assert_int_equal(c->examinations[vocabulary_find_examination(*state, "dwi")], EXAMINATION_UNKNOWN);
    assert_int_equal(c->finding_count, 8);
    for (size_t i = 1; i < c->finding_count; i++) {
        assert_true(c->findings[i - 1].finding->index < c->findings[i].finding->index);
    }
    const CaseFinding *enhancement = case_find(c, "mr.enhancement");
    assert_true(enhancement->has_read && enhancement->has_measured);
    assert_string_equal(enhancement->measurement, "enhancement.ratio");
    assert_near(enhancement->likelihood[1], 0.5, 0);
    assert_true(case_find(c, "path.matrix")->read_none);
    assert_int_equal(case_find(c, "path.grade")->read_values, 2);
    assert_int_equal(case_find(c, "clinical.symptom_months")->read_number_count, 2);
    assert_near(case_find(c, "site.size_mm")->measured_sd, 1.2, 0);
    assert_null(case_find(c, "mr.t2"));
    assert_string_equal(c->truth_diagnosis, "chordoma");
    assert_round_trip(c);
}

static void writes_the_short_form(void **state)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    AUTO(case_auto)
    Case *c = with_findings(
        "\"mr.t1\": {\"read\": [\"low\"]}, \"site.levels\": \"C2\", \"site.size_mm\": {\"read\": [30]}",
        *state);
    Value *parent = value_new_map(arena);
    AUTO_TEXT text = TEXT_INIT;
    json_write(case_to_value(c, parent, "case", arena), JSON_COMPACT, &text);
    assert_string_equal(text_string(&text),
                        "{\"format\":\"dens-case/1\",\"findings\":{\"site.levels\":[\"C2\"],"
                        "\"site.size_mm\":30,\"mr.t1\":\"low\"}}");
    assert_non_null(value_get(parent, "case"));
}

static void an_empty_case_knows_nothing(void **state)
{
    AUTO(case_auto) Case *c = parse_good("{\"format\": \"dens-case/1\"}", *state);
    assert_int_equal(c->finding_count, 0);
    assert_false(c->has_age);
    assert_int_equal(c->sex, SEX_UNKNOWN);
    assert_null(c->id);
    assert_null(c->truth_diagnosis);
    assert_round_trip(c);
    case_free(NULL);
}

static void keeps_unknown_keys_with_a_warning(void **state)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *warnings = value_new_list(arena);
    DensError *err = NULL;
    AUTO(case_auto)
    Case *c = parse("{\"format\": \"dens-case/1\",\n \"department\": {\"room\": 4}}", *state, warnings, &err);
    assert_no_error(err);
    assert_int_equal(warnings->count, 1);
    assert_string_equal(warnings->first->string, "c.json:2:2: $.department: unknown key, kept as it is");
    Value *written = case_to_value(c, NULL, NULL, arena);
    assert_near(value_number_or(value_get(written, "department"), "room", 0), 4, 0);
    assert_round_trip(c);
}

static void put_keeps_the_order(void **state)
{
    AUTO(case_auto) Case *c = case_new(*state);
    const Finding *t2 = vocabulary_find(*state, "mr.t2"), *t1 = vocabulary_find(*state, "mr.t1");
    case_put(c, t2)->has_read = true;
    case_put(c, t1)->read_values = 1;
    assert_int_equal(c->finding_count, 2);
    assert_ptr_equal(c->findings[0].finding, t1);
    assert_true(case_put(c, t2)->has_read);
    assert_int_equal(c->finding_count, 2);
    assert_int_equal(case_find(c, "mr.t1")->measured_value, -1);
}

/* ---- what is refused ---- */

typedef struct {
    const char *text, *where, *summary;
} Refused;

/* The finding stands at line 1, column 40. */
#define FINDING(text) "{\"format\": \"dens-case/1\", \"findings\": {" text "}}"
#define CASE(text) "{\"format\": \"dens-case/1\", " text "}"

static const Refused refused[] = {
    /* the document */
    {"[]", "c.json:1:1: $", "must be a map, not a list"},
    {"{}", "c.json:1:1: $", "'format' is missing"},
    {"{\"format\": 1}", "c.json:1:12: $.format", "must be a string, not a number"},
    {"{\"format\": \"dens-case/2\"}", "c.json:1:12: $.format", "reads 'dens-case/1' only, not 'dens-case/2'"},
    {"{\"format\": \"dens-result/1\"}", "$.format", "must be 'dens-case/1', not 'dens-result/1'"},
    {"{\"format\": \"Mrs Jane Doe, born 1950\"}", "$.format", "must be 'dens-case/1', not '…'"},
    {"{\"format\": \"dens-case/1\"", "c.json:1:", ""},
    {"{\"format\": \"dens-case/1\"} {}", "c.json:1:", ""},
    {CASE("\"id\": \"a\", \"id\": \"b\""), "c.json:1:", ""},
    {CASE("\"findngs\": {}"), "c.json:1:27: $.findngs", "unknown key; did you mean 'findings'?"},
    {CASE("\"id\": 7"), "c.json:1:33: $.id", "must be a string, not a number"},
    {CASE("\"findings\": []"), "$.findings", "must be a map, not a list"},
    {CASE("\"source\": \"x\""), "$.source", "must be a map, not a string"},
    {CASE("\"note\": [1]"), "$.note", "must be a string, not a list"},
    /* the patient */
    {CASE("\"patient\": {\"age\": 121}"), "$.patient.age", "must be between 0 and 120 years"},
    {CASE("\"patient\": {\"age\": -1}"), "$.patient.age", "must be between 0 and 120 years"},
    {CASE("\"patient\": {\"age\": \"30Y\"}"), "$.patient.age", "must be a number, not a string"},
    {CASE("\"patient\": {\"age\": null}"), "$.patient.age", "leave out what is unknown"},
    {CASE("\"patient\": {\"sex\": \"f\"}"), "$.patient.sex", "unknown sex 'f'"},
    {CASE("\"patient\": {\"sex\": \"femal\"}"), "$.patient.sex",
     "did you mean 'female'?; valid: 'male' or 'female'"},
    {CASE("\"patient\": {\"name\": \"Jane Doe\"}"), "$.patient.name", "unknown key"},
    {CASE("\"patient\": 30"), "$.patient", "must be a map, not a number"},
    /* study, examinations, truth */
    {CASE("\"study\": {\"uuid\": \"1\"}"), "$.study.uuid", "did you mean 'uid'?"},
    {CASE("\"study\": {\"uid\": 1}"), "$.study.uid", "must be a string"},
    {CASE("\"examinations\": {\"ctt\": \"complete\"}"), "$.examinations.ctt", "did you mean 'ct'?"},
    {CASE("\"examinations\": {\"ct\": \"done\"}"), "$.examinations.ct",
     "unknown state 'done'; valid: 'complete', 'partial' or 'not_done'"},
    {CASE("\"examinations\": {\"ct\": true}"), "$.examinations.ct", "must be a string"},
    {CASE("\"truth\": {\"diagnosis\": \"cordoma\"}"), "$.truth.diagnosis", "did you mean 'chordoma'?"},
    {CASE("\"truth\": {\"basis\": \"histology\"}"), "$.truth", "'diagnosis' is missing"},
    {CASE("\"truth\": {\"diagnosis\": \"chordoma\", \"basis\": \"guess\"}"), "$.truth.basis",
     "unknown basis 'guess'"},
    /* findings */
    {FINDING("\"mr.t1x\": \"low\""), "c.json:1:40: $.findings['mr.t1x']",
     "unknown finding; did you mean 'mr.t1'?"},
    {FINDING("\"t1\": \"low\""), "c.json:1:40: $.findings.t1", "did you mean 'mr.t1'?"},
    {FINDING("\"weather\": \"fine\""), "$.findings.weather", "unknown finding"},
    {FINDING("\"patient.age\": 30"), "$.findings['patient.age']", "stands in the case's 'patient'"},
    {FINDING("\"mr.t1\": \"hgh\""), "c.json:1:49: $.findings['mr.t1']",
     "unknown value 'hgh'; did you mean 'high'?; valid: 'low', 'intermediate' or 'high'"},
    {FINDING("\"mr.t1\": \"John Smith (patient)\""), "$.findings['mr.t1']", "unknown value '…'; valid"},
    {FINDING("\"mr.t1\": 3"), "$.findings['mr.t1']",
     "must be the name of a value, not a number; valid: 'low'"},
    {FINDING("\"mr.t1\": true"), "$.findings['mr.t1']", "must be the name of a value"},
    {FINDING("\"path.grade\": 4"), "$.findings['path.grade']", "valid: '1', '2' or '3'"},
    {FINDING("\"path.grade\": 1.5"), "$.findings['path.grade']", "must be the name of a value, not a number"},
    {FINDING("\"mr.fat\": true"), "$.findings['mr.fat']", "must be 'present' or 'absent', not true or false"},
    {FINDING("\"mr.fat\": [false]"), "$.findings['mr.fat'][0]", "must be 'present' or 'absent'"},
    {FINDING("\"mr.fat\": null"), "$.findings['mr.fat']", "null says nothing"},
    {FINDING("\"mr.fat\": [\"present\", \"absent\"]"), "$.findings['mr.fat']", "contradict each other"},
    {FINDING("\"mr.t1\": []"), "$.findings['mr.t1']", "an empty list says nothing"},
    {FINDING("\"site.levels\": []"), "$.findings['site.levels']", "an empty list says nothing"},
    {FINDING("\"mr.t1\": [\"low\", \"low\"]"), "$.findings['mr.t1'][1]", "'low' is listed twice"},
    {FINDING("\"mr.t1\": [[\"low\"]]"), "$.findings['mr.t1'][0]", "not a list"},
    {FINDING("\"mr.t1\": [\"low\", \"hihg\"]"), "$.findings['mr.t1'][1]", "did you mean 'high'?"},
    {FINDING("\"site.levels\": [\"C9\"]"), "$.findings['site.levels'][0]", "unknown value 'C9'"},
    {FINDING("\"site.levels\": \"none\""), "$.findings['site.levels']", "unknown value 'none'"},
    {FINDING("\"path.matrix\": [\"none\", \"osteoid\"]"), "$.findings['path.matrix']", "'none' stands alone"},
    {FINDING("\"clinical.predisposition\": [\"paget\", \"none\"]"), "predisposition", "'none' stands alone"},
    {FINDING("\"clinical.known_primary\": \"absent\", \"clinical.primary_site\": \"lung\""),
     "$.findings['clinical.primary_site']", "contradicts 'clinical.known_primary'"},
    {FINDING("\"site.levels\": [\"C2\", \"C3\"], \"site.vertebrae\": \"one\""),
     "$.findings['site.vertebrae']", "contradicts 'site.levels', which names 2"},
    /* numbers */
    {FINDING("\"site.size_mm\": \"31 mm\""), "$.findings['site.size_mm']", "must be a number, not a string"},
    {FINDING("\"site.size_mm\": 401"), "$.findings['site.size_mm']", "must be between 0 and 400 mm"},
    {FINDING("\"ct.mean_hu\": -2000"), "$.findings['ct.mean_hu']", "must be between -1100 and 4000 HU"},
    {FINDING("\"site.size_mm\": []"), "$.findings['site.size_mm']", "an empty list says nothing"},
    {FINDING("\"site.size_mm\": [1, 2, 3, 4, 5, 6, 7, 8, 9]"), "size_mm", "at most 8 numbers"},
    {FINDING("\"site.size_mm\": [1, \"x\"]"), "$.findings['site.size_mm'][1]", "must be a number"},
    {FINDING("\"site.size_mm\": null"), "$.findings['site.size_mm']", "null says nothing"},
    /* read and measured */
    {FINDING("\"mr.t1\": {}"), "$.findings['mr.t1']", "needs 'read' or 'measured'"},
    {FINDING("\"mr.t1\": {\"reed\": \"low\"}"), "$.findings['mr.t1'].reed", "did you mean 'read'?"},
    {FINDING("\"mr.t1\": {\"read\": {\"read\": \"low\"}}"), "$.findings['mr.t1'].read", "not a map"},
    {FINDING("\"mr.t1\": {\"measured\": \"low\"}"), "$.findings['mr.t1'].measured", "must be a map"},
    {FINDING("\"mr.t1\": {\"measured\": {\"likelihood\": {\"low\": 1}}}"), "$.findings['mr.t1'].measured",
     "'value' is missing"},
    {FINDING("\"mr.t1\": {\"measured\": {\"value\": \"low\"}}"), "$.findings['mr.t1'].measured",
     "'likelihood' is missing"},
    {FINDING("\"mr.t1\": {\"measured\": {\"value\": \"lw\", \"likelihood\": {\"low\": 1}}}"),
     ".measured.value", "did you mean 'low'?"},
    {FINDING("\"mr.t1\": {\"measured\": {\"value\": \"low\", \"likelihood\": {\"lwo\": 1}}}"),
     ".measured.likelihood.lwo", "unknown value 'lwo'; did you mean 'low'?"},
    {FINDING("\"mr.t1\": {\"measured\": {\"value\": \"low\", \"likelihood\": {\"low\": -1}}}"),
     ".measured.likelihood.low", "finite and not negative"},
    {FINDING("\"mr.t1\": {\"measured\": {\"value\": \"low\", \"likelihood\": {\"low\": 0, \"high\": 0}}}"),
     ".measured.likelihood", "must be above zero"},
    {FINDING("\"mr.t1\": {\"measured\": {\"value\": \"low\", \"likelihood\": {}}}"), ".measured.likelihood",
     "must be above zero"},
    {FINDING("\"mr.t1\": {\"measured\": {\"value\": \"low\", \"likelihood\": {\"low\": \"x\"}}}"),
     ".measured.likelihood.low", "must be a number"},
    {FINDING("\"mr.t1\": {\"measured\": {\"value\": \"low\", \"likelihood\": {\"low\": 1, \"high\": 2}}}"),
     ".measured.likelihood", "'low' is not the one with the largest likelihood"},
    {FINDING("\"mr.t1\": {\"measured\": {\"value\": \"low\", \"sd\": 1, \"likelihood\": {\"low\": 1}}}"),
     ".measured.sd", "unknown key"},
    {FINDING("\"site.size_mm\": {\"measured\": {\"sd\": 1}}"), ".measured", "'value' is missing"},
    {FINDING("\"site.size_mm\": {\"measured\": {\"value\": 5, \"sd\": -1}}"), ".measured.sd",
     "finite and not negative"},
    {FINDING("\"site.size_mm\": {\"measured\": {\"value\": 5000}}"), ".measured.value",
     "between 0 and 400 mm"},
    {FINDING("\"site.size_mm\": {\"measured\": {\"value\": 5, \"measurement\": 1}}"), ".measured.measurement",
     "must be a string"},
    {FINDING("\"site.levels\": {\"measured\": {\"value\": \"C2\"}}"), ".measured", "cannot be measured"},
};

static void refuses_with_place_and_reason(void **state)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        DensError *err = NULL;
        Case *c = parse(refused[i].text, *state, NULL, &err);
        if (c) {
            print_error("accepted: %s\n", refused[i].text);
        }
        assert_null(c);
        assert_error(&err, DENS_ERROR_INPUT, refused[i].where, refused[i].summary);
    }
}

static void errors_do_not_repeat_what_patients_own(void **state)
{
    static const char *const texts[] = {
        CASE("\"patient\": {\"age\": 131.25}"),
        CASE("\"patient\": {\"sex\": \"Jane Doe 1950\"}"),
        FINDING("\"mr.t1\": \"Jane Doe 1950\""),
        FINDING("\"site.size_mm\": 131250"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        DensError *err = NULL;
        assert_null(parse(texts[i], *state, NULL, &err));
        assert_null(strstr(dens_error_summary(err), "Jane"));
        assert_null(strstr(dens_error_summary(err), "1312"));
        dens_error_free(err);
    }
}

/* What the case says without listing it: age, sex, and how many vertebrae. */
static void implies_what_follows(void **state)
{
    static const struct {
        const char *levels, *vertebrae;
    } cases[] = {{"[\"C4\"]", "one"},
                 {"[\"C0\", \"C1\"]", "two"},
                 {"[\"C2\", \"C3\", \"C4\", \"C5\"]", "three_or_more"}};
    const Finding *f = vocabulary_find(*state, "site.vertebrae");
    DensError *err = NULL;
    CaseFinding implied;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_TEXT text = TEXT_INIT;
        text_addf(
            &text,
            "{\"format\": \"dens-case/1\", \"patient\": {\"age\": 7}, \"findings\": {\"site.levels\": %s}}",
            cases[i].levels);
        Case *c = parse(text_string(&text), *state, NULL, &err);
        assert_no_error(err);
        assert_true(case_implied(c, f, &implied));
        assert_true(implied.read_values == UINT64_C(1) << finding_value(f, cases[i].vertebrae));
        assert_true(case_implied(c, vocabulary_find(*state, "patient.age"), &implied));
        assert_near(implied.read_numbers[0], 7, 0);
        assert_false(case_implied(c, vocabulary_find(*state, "patient.sex"), &implied));
        assert_false(case_implied(c, vocabulary_find(*state, "site.levels"), &implied));
        assert_null(case_find(c, "site.vertebrae"));
        case_free(c);
    }
    Case *stated = parse("{\"format\": \"dens-case/1\", \"findings\": {\"site.vertebrae\": \"two\"}}", *state,
                         NULL, &err);
    assert_no_error(err);
    assert_false(case_implied(stated, f, &implied)); /* it is stated */
    case_free(stated);
}

static void refuses_absurd_nesting(void **state)
{
    AUTO_TEXT text = TEXT_INIT;
    text_add(&text, "{\"format\": \"dens-case/1\", \"note\": ");
    for (int i = 0; i < 100000; i++) {
        text_add(&text, "[");
    }
    DensError *err = NULL;
    assert_null(parse(text_string(&text), *state, NULL, &err));
    assert_error(&err, DENS_ERROR_INPUT, "c.json:1:", "");
}

static void a_missing_file_is_an_error(void **state)
{
    DensError *err = NULL;
    assert_null(case_read("/nowhere/case.json", *state, NULL, &err));
    assert_error(&err, DENS_ERROR_INPUT, "/nowhere/case.json", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_shipped_cases),
        cmocka_unit_test(reads_every_form),
        cmocka_unit_test(writes_the_short_form),
        cmocka_unit_test(an_empty_case_knows_nothing),
        cmocka_unit_test(keeps_unknown_keys_with_a_warning),
        cmocka_unit_test(put_keeps_the_order),
        cmocka_unit_test(refuses_with_place_and_reason),
        cmocka_unit_test(errors_do_not_repeat_what_patients_own),
        cmocka_unit_test(implies_what_follows),
        cmocka_unit_test(refuses_absurd_nesting),
        cmocka_unit_test(a_missing_file_is_an_error),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
