/* The node's spool, journal and rules. Its loop, with real peers: tests/e2e/test_node.py. */
#include "testing.h"

#include "base/file.h"
#include "base/json.h"
#include "node/journal.h"
#include "node/rule.h"
#include "node/spool.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static char folder[] = "/tmp/dens-node-XXXXXX";
static int lock = -1;

static int make_folder(void **state)
{
    (void)state;
    DensError *err = NULL;
    assert_non_null(mkdtemp(folder));
    lock = spool_open(folder, &err);
    assert_no_error(err);
    assert_true(lock >= 0);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[64];
    (void)close(lock);
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static const char *incoming(const char *bytes)
{
    static char path[128];
    DensError *err = NULL;
    (void)snprintf(path, sizeof path, "%s/incoming/.in-%ld-1", folder, (long)getpid());
    assert_true(file_write(path, bytes, strlen(bytes), &err));
    return path;
}

static const DicomArrived image = {"1.2.3", "1.2.3.4", "1.2.3.4.5", "1.2.840.10008.5.1.4.1.1.2",
                                   "CT",    "X",       "CT1"};

static void digest_of(const char *study, char out[65], size_t *count)
{
    DensError *err = NULL;
    assert_true(spool_digest(study, out, count, &err));
    assert_no_error(err);
}

static void an_object_is_kept_once(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    char key[SPOOL_KEY], first[65], again[65], other[65];
    size_t count = 0;
    spool_key("1.2.3", key);
    const char *study = spool_study(arena, folder, key);
    assert_int_equal(spool_keep(folder, &image, incoming("one"), &err), DICOM_KEPT);
    digest_of(study, first, &count);
    assert_int_equal(count, 1);
    assert_int_equal(spool_keep(folder, &image, incoming("one"), &err), DICOM_KEPT);
    digest_of(study, again, &count);
    assert_int_equal(count, 1);
    assert_string_equal(first, again);
    assert_int_equal(spool_keep(folder, &image, incoming("other"), &err), DICOM_KEPT);
    digest_of(study, other, &count);
    assert_int_equal(count, 1);
    assert_string_not_equal(first, other);
    assert_int_equal(file_kind(file_join(arena, study, "received")), FILE_REGULAR);
}

static void own_objects_are_set_apart(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    char key[SPOOL_KEY], digest[65];
    size_t count = 1;
    const DicomArrived own = {"9.9", "9.9.1", "9.9.1.1", "1.2.840.10008.5.1.4.1.1.66.4",
                              "SEG", "dens",  "PACS"};
    spool_key("9.9", key);
    const char *study = spool_study(arena, folder, key);
    assert_int_equal(spool_keep(folder, &own, incoming("seg"), &err), DICOM_KEPT);
    digest_of(study, digest, &count);
    assert_int_equal(count, 0);
    assert_int_equal(file_kind(file_join(arena, study, "received")), FILE_ABSENT);
    assert_int_equal(file_kind(file_join(arena, study, "own")), FILE_FOLDER);
}

static void what_cannot_be_placed_is_refused(void **state)
{
    (void)state;
    DensError *err = NULL;
    const DicomArrived other = {"8.8", "8.8.1", "8.8.1.1", "1.2", "CT", "X", "CT1"};
    assert_int_equal(spool_keep(folder, &other, "/nonexistent/.in-1-1", &err), DICOM_NO_ROOM);
    assert_error(&err, DENS_ERROR_INTERNAL, "series", "cannot be put in its place");
}

static void a_second_lock_is_refused(void **state)
{
    (void)state;
    DensError *err = NULL;
    assert_int_equal(spool_open(folder, &err), -1);
    assert_error(&err, DENS_ERROR_USAGE, "dens-node", "another node works in this folder");
}

static void unfinished_objects_of_the_dead_go(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    const char *dead = file_join(arena, folder, "incoming/.in-999999999-1"), *alive = incoming("x");
    assert_true(file_write(dead, "x", 1, &err));
    (void)close(lock);
    lock = spool_open(folder, &err);
    assert_no_error(err);
    assert_int_equal(file_kind(dead), FILE_ABSENT);
    assert_int_equal(file_kind(alive), FILE_REGULAR);
    (void)unlink(alive);
}

static void a_journal_comes_back(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    Journal out, in = {.state = STUDY_SENDING,
                       .evaluation = 3,
                       .time = 1700000000,
                       .attempts = 2,
                       .images = 68,
                       .digest = "ab",
                       .rule = "marked",
                       .reason = "why",
                       .stored = 2,
                       .store_problem = "no room"};
    const char *study = file_join(arena, folder, "studies");
    assert_true(journal_read(&out, file_join(arena, folder, "incoming"), &err));
    assert_int_equal(out.state, STUDY_NEW);
    assert_true(journal_write(&in, study, &err));
    assert_true(journal_read(&out, study, &err));
    assert_int_equal(out.state, STUDY_SENDING);
    assert_int_equal(out.evaluation, 3);
    assert_int_equal(out.time, 1700000000);
    assert_int_equal(out.attempts, 2);
    assert_int_equal(out.stored, 2);
    assert_string_equal(out.store_problem, "no room");
    assert_string_equal(out.rule, "marked");
    assert_string_equal(out.reason, "why");
    const char *path = file_join(arena, study, "state.json");
    assert_true(file_write(path, "{\"format\": \"dens-node-study/1\", \"state\": \"lost\"}", 48, &err));
    assert_false(journal_read(&out, study, &err));
    assert_error(&err, DENS_ERROR_INPUT, "state.json", "no journal of this version");
    (void)unlink(path);
}

/* ---- Rules ---- */

static const char listing[] =
    "{\"series\": ["
    "{\"series\": \"1\", \"modality\": \"CT\", \"role\": \"ct\", \"description\": \"Neck bone\"},"
    "{\"series\": \"2\", \"modality\": \"MR\", \"role\": \"t2\", \"description\": \"T2 sag\"},"
    "{\"series\": \"2\", \"modality\": \"MR\", \"role\": \"t2\", \"description\": \"T2 sag\"},"
    "{\"series\": \"3\", \"modality\": \"SEG\", \"role\": \"unknown\", \"mask\": true, \"description\": "
    "\"Lesion A\"},"
    "{\"series\": \"4\", \"modality\": \"SEG\", \"role\": \"unknown\", \"mask\": true, \"description\": "
    "\"Labels\"},"
    "{\"series\": \"5\", \"modality\": \"RTSTRUCT\", \"role\": \"unknown\", \"description\": \"Plan\"}]}";

static void make_series(Arena *arena, const char *uid)
{
    DensError *err = NULL;
    char key[SPOOL_KEY];
    spool_key(uid, key);
    const char *series = file_join(arena, file_join(arena, folder, "rules"), key);
    assert_true(file_make_folder(series, &err));
    assert_true(file_write(file_join(arena, series, "a.dcm"), "x", 1, &err));
}

static RuleAnswer choose(Arena *arena, NodeRule *rule, const char *const **arguments, DensError **err)
{
    const NodeRules rules = {.count = 1, .items = rule};
    const NodeRule *chosen = NULL;
    for (int n = 1; n <= 5; n++) {
        make_series(arena, arena_printf(arena, "%d", n));
    }
    const Value *listed = json_parse(arena, listing, strlen(listing), "listing", err);
    assert_non_null(listed);
    return rule_choose(arena, &rules, listed, file_join(arena, folder, "rules"), &chosen, arguments, err);
}

static void rules_choose_series_and_masks(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    const char *const *arguments = NULL;
    NodeRule rule = {.name = "r", .needs = {"ct"}, .need_count = 1};
    assert_int_equal(choose(arena, &rule, &arguments, &err), RULE_FOUND);
    assert_non_null(arguments[1]); /* each series once */
    assert_null(arguments[2]);
    rule = (NodeRule){.name = "r",
                      .roles = {"ct"},
                      .role_count = 1,
                      .description = "*BONE",
                      .prior = "uniform",
                      .lesion = {.modality = "SEG", .description = "lesion*", .role = "ct"},
                      .labels = {.modality = "SEG", .description = "labels"},
                      .scheme = "dens"};
    assert_int_equal(choose(arena, &rule, &arguments, &err), RULE_FOUND);
    assert_string_equal(arguments[1], "--lesion");
    assert_memory_equal(arguments[2], "ct=", 3);
    assert_string_equal(arguments[3], "--labels");
    assert_string_equal(arguments[5], "--scheme");
    assert_string_equal(arguments[7], "--prior");
    assert_null(arguments[9]);
    rule = (NodeRule){.name = "r", .lesion = {.modality = "RTSTRUCT", .structure = "GTV"}};
    assert_int_equal(choose(arena, &rule, &arguments, &err), RULE_FOUND);
    assert_string_equal(strrchr(arguments[3], '#'), "#GTV");
}

static void rules_that_do_not_fit(void **state)
{
    (void)state;
    AUTO(arena_auto) Arena *arena = arena_new();
    DensError *err = NULL;
    const char *const *arguments = NULL;
    NodeRule none[] = {{.name = "a", .needs = {"ct", "pet"}, .need_count = 2},
                       {.name = "b", .description = "*knee*"},
                       {.name = "c", .roles = {"pet"}, .role_count = 1},
                       {.name = "d", .lesion = {.modality = "SEG", .description = "tumour"}}};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_int_equal(choose(arena, &none[i], &arguments, &err), RULE_NONE);
        assert_no_error(err);
    }
    NodeRule two = {.name = "two", .lesion = {.modality = "SEG"}};
    assert_int_equal(choose(arena, &two, &arguments, &err), RULE_UNCERTAIN);
    assert_error(&err, DENS_ERROR_INPUT, "two", "2 objects could be what the rule means by lesion");
}

static void titles(void **state)
{
    (void)state;
    assert_true(node_is_ae("DENS"));
    assert_true(node_is_ae("ABCDEFGHIJKLMNOP"));
    assert_false(node_is_ae("ABCDEFGHIJKLMNOPQ"));
    assert_false(node_is_ae(""));
    assert_false(node_is_ae("A B"));
    assert_false(node_is_ae("A\\B"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_object_is_kept_once),
                                       cmocka_unit_test(own_objects_are_set_apart),
                                       cmocka_unit_test(what_cannot_be_placed_is_refused),
                                       cmocka_unit_test(a_second_lock_is_refused),
                                       cmocka_unit_test(unfinished_objects_of_the_dead_go),
                                       cmocka_unit_test(a_journal_comes_back),
                                       cmocka_unit_test(rules_choose_series_and_masks),
                                       cmocka_unit_test(rules_that_do_not_fit),
                                       cmocka_unit_test(titles)};
    return cmocka_run_group_tests_name("node", tests, make_folder, remove_folder);
}
