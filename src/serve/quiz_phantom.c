/* A phantom as a question: its series are shown, and its findings are those of its truth: what went into it,
 * and what is measured inside its true outline. The truth names the diagnosis and stays here. */
#include "serve/quiz.h"

#include "base/file.h"
#include "base/json.h"
#include "phantom/phantom.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SEEDS = 1000000 };
/* By convention: a part that is touched by less may only share the border's voxels; a lesion with more of
 * itself outside is centred there; half of the body as the vocabulary has it. */
static const double least_part_percent = 5, outside_percent = 90, half_percent = 50;

const char *const quiz_series[] = {"ct", "t1", "t2", "stir", "t1c", NULL};

static const char *new_folder(Serve *serve, Arena *arena, DensError **err)
{
    if (serve->spool) {
        return spool_folder(serve, arena, err);
    }
    const char *place = getenv("TMPDIR");
    char *path = arena_printf(arena, "%s/dens-quiz-XXXXXX", place && place[0] ? place : "/tmp");
    if (!mkdtemp(path)) {
        (void)error_system(err, DENS_ERROR_INTERNAL, path, "cannot be written", errno);
        return NULL;
    }
    return path;
}

static void add_parts(const Value *truth, Value *findings)
{
    Value *parts = value_set_list(findings, "site.parts");
    VALUE_EACH(taken, value_get(truth, "taken_percent"))
    {
        const char *dot = strchr(taken->key, '.');
        size_t length = dot ? (size_t)(dot - taken->key) : strlen(taken->key);
        const char *name = arena_strndup(findings->arena, taken->key, length);
        bool there = taken->number < least_part_percent;
        VALUE_EACH(part, parts)
        {
            there = there || strcmp(value_string(part), name) == 0;
        }
        if (!there) {
            value_add_string(parts, name);
        }
    }
    double body = value_number_or(value_get(truth, "taken_percent"), "body", 0);
    if (body >= least_part_percent) {
        value_set_string(findings, "site.body_share", body > half_percent ? "over_half" : "under_half");
    }
}

/* What of truth.json the vocabulary has words for, as a case. Age and sex come with the images. */
static const Value *case_of_truth(const Value *truth, Arena *arena)
{
    Value *tree = value_new_map(arena);
    value_set_string(tree, "format", "dens-case/1");
    value_set_string(tree, "id", "quiz");
    value_set_map(tree, "patient");
    Value *findings = value_set_map(tree, "findings");
    if (value_at(value_get(truth, "levels"), 0)) {
        value_set_copy(findings, "site.levels", value_get(truth, "levels"));
    }
    add_parts(truth, findings);
    bool outside = value_number_or(truth, "outside_bone_percent", 0) > outside_percent;
    value_set_string(findings, "site.element", outside ? "extraosseous" : value_text(truth, "element"));
    value_set_string(findings, "site.side", value_text(truth, "side"));
    value_set_string(findings, "site.skip",
                     value_at(value_get(truth, "other_lesions"), 0) ? "present" : "absent");
    const Value *direction = value_get(truth, "direction");
    if (value_at(direction, 0)) {
        value_set_string(findings, "extent.soft_tissue_mass", "present");
        value_set_copy(findings, "extent.direction", direction);
    }
    value_set_string(findings, "extent.escc", value_text(truth, "escc"));
    return tree;
}

static bool read_inside(Serve *serve, const char *study, const Value *truth, Question *out, DensError **err)
{
    Arena *arena = out->arena;
    const char *inputs[8] = {NULL}, *lesion = arena_printf(arena, "ct=%s/lesion.nii.gz", study);
    StudyOptions options = {.inputs = inputs,
                            .lesion_count = 1,
                            .lesions = &lesion,
                            .labels = file_join(arena, study, "labels.nii.gz"),
                            .scheme = "dens"};
    for (; quiz_series[options.input_count]; options.input_count++) {
        inputs[options.input_count] = file_join(arena, study, quiz_series[options.input_count]);
    }
    MeasurementList measurements;
    measurements_init(&measurements, arena);
    AUTO(case_auto)
    Case *c = case_from_value(case_of_truth(truth, arena), "the phantom",
                              knowledge_vocabulary(serve->engine->knowledge), value_new_list(arena), err);
    if (!c || !evaluate_study(serve->engine, &options, c, &measurements, value_new_list(arena), serve->log,
                              NULL, err)) {
        return false;
    }
    out->document = case_to_value(c, NULL, NULL, arena);
    return true;
}

bool quiz_make_phantom(Serve *serve, Question *out, DensError **err)
{
    size_t count = 0;
    const char *const *diagnoses = phantom_diagnoses();
    while (diagnoses[count]) {
        count++;
    }
    out->folder = new_folder(serve, out->arena, err);
    if (!out->folder) {
        return false;
    }
    const char *study = file_join(out->arena, out->folder, "study");
    const PhantomOptions options = {
        .diagnosis = diagnoses[quiz_chance(count)], .seed = quiz_chance(MOST_SEEDS), .folder = study};
    const Value *truth = NULL;
    if (!phantom_write(&options, NULL, err) ||
        !(truth = json_read(out->arena, file_join(out->arena, study, "truth.json"), err))) {
        return false;
    }
    Value *told = value_new_map(out->arena);
    value_set_string(told, "diagnosis", options.diagnosis);
    value_set_string(told, "basis", "phantom");
    out->truth = told;
    return read_inside(serve, study, truth, out, err);
}
