/* dens evaluate: from a study to the report set. */
#include "base/file.h"
#include "cli/cli.h"
#include "cli/remote_inputs.h"
#include "evaluate/evaluate.h"
#include "report/report.h"

#include <limits.h>
#include <string.h>

static const OptionSpec options[] = {
    {"output", 'o', "DIR", false,
     "The folder for the report set: result.json, case.json, report.html, report.pdf, report.txt, fhir.json, "
     "and from a DICOM study sr.dcm and report.dcm (the PDF as a DICOM object), with a lesion mask seg.dcm. "
     "It is made if it is not there."},
    {"case", 0, "CASE.json", false,
     "What the reader saw (format dens-case/1). Measured findings are added; where the reader said something "
     "else, the reader's word is used and the conflict "
     "is shown. Age and sex come from DICOM where the case has none."},
    {"lesion", 0, "[ROLE=]MASK", true,
     "The lesion's mask: NIfTI, DICOM SEG, or an RT structure set, with #NAME after the file if it holds "
     "several structures. It must lie on the grid of a series (of the one named by ROLE); in a DICOM study "
     "it is carried to the other series of the same frame of reference."},
    {"resample", 0, NULL, false,
     "Carry the mask also to grids that it was not drawn on, by its coordinates alone: you vouch that the "
     "files "
     "lie in one space."},
    {"align", 0, NULL, false,
     "Carry the mask also to series of other frames of reference, after a rigid registration of the images "
     "by "
     "elastix, which must be installed."},
    {"labels", 0, "FILE", false, "A label map (NIfTI or DICOM SEG) with reference tissues."},
    {"scheme", 0, "NAME", false,
     "What the numbers of --labels mean: dens, totalspineseg, totalsegmentator_v2, totalsegmentator_v1, "
     "verse, spineps, spineps_subregions. Not needed if the file names its segments."},
    {"canal", 0, "FILE", false,
     "Bone and canal of the same patient as dens segment --bone writes them: its canal is used where "
     "--labels "
     "has neither canal nor CSF."},
    {"reference", 0, "TISSUE=x,y,z,r", true,
     "A reference sphere placed by the reader: muscle, disc, csf, marrow or cord; centre in the patient's "
     "coordinates (LPS, mm) and radius in mm. It wins over --labels."},
    OPTION_PRIOR,
    {"deidentify", 0, NULL, false,
     "Takes what identifies the patient out of every file: Basic Application Level Confidentiality Profile "
     "of "
     "DICOM PS3.15 with the Retain Patient Characteristics Option (age, sex, size and weight stay), new UIDs "
     "each time, of dates the year of the evaluation alone. Pictures are left out where the images say that "
     "text is burned in; what the pixels show otherwise (a face) is not changed."},
    {"keep-pictures", 0, NULL, false,
     "Writes pictures.bin as well: the pictures of the report, from which dens serve draws it again."},
    {"store-back", 0, NULL, false,
     "Stores the report's DICOM objects (SR, SEG, PDF) by STOW-RS in the archive that the study came from."},
    OPTION_OVERLAY,
    OPTION_LANGUAGE,
    {"format", 0, "text|json", false, "What to print: the short report (default) or the whole result."},
    {0}};

static const char description[] =
    "Reads the study, measures the lesion inside its mask, turns the measurements into findings, adds what "
    "the reader saw, and writes the ranked and explained differential "
    "diagnosis with its alerts as a report.\n\n"
    "STUDY is a DICOM file or folder, or a NIfTI file with its role before it: ct=, t1=, t2=, stir=, t1c= "
    "(T1 with contrast agent). Several may be given. All images stay on this "
    "machine.\n\n"
    "STUDY, and a mask, can also lie in an archive with DICOMweb: dicomweb+https://HOST/…/studies/UID "
    "(a mask: …/series/UID/instances/UID), or a search that finds one study: "
    "dicomweb+https://HOST/…/studies?AccessionNumber=…, ?PatientID=…. Who asks is told by the environment, "
    "as a command line can be read by everybody: DENS_DICOMWEB_TOKEN or DENS_DICOMWEB_TOKEN_FILE (bearer "
    "token), "
    "DENS_DICOMWEB_USER (name:password), DENS_DICOMWEB_CERTIFICATE and DENS_DICOMWEB_KEY (our certificate), "
    "DENS_DICOMWEB_TRUST (certificates that may sign the archive's; PEM files).\n\n"
    "Nothing is written unless everything could be computed.";

static bool print_result(const Cli *cli, const Engine *engine, const Messages *messages, const Value *result,
                         bool as_json, DensError **err)
{
    if (as_json) {
        return cli_print_json(result, err);
    }
    AUTO_TEXT text = TEXT_INIT;
    ReportOptions report = {.width = cli->width, .colour = cli->colour, .brief = true};
    return report_text(result, knowledge_vocabulary(engine->knowledge), messages, report, &text, err) &&
           cli_print(text_string(&text), text.length, err);
}

/* What lies in an archive is fetched. */
static bool fetch_inputs(Cli *cli, const CommandLine *line, RemoteInputs *remote, StudyOptions *study,
                         DensError **err)
{
    const char *const *labels = &study->labels;
    if (option_given(line, "store-back") && option_given(line, "deidentify")) {
        return error_set(err, DENS_ERROR_USAGE, "evaluate",
                         "--store-back and --deidentify: the archive's study has another patient then");
    }
    if (!remote_studies(cli, remote, study->inputs, study->input_count, &study->inputs, err)) {
        return false;
    }
    if (option_given(line, "store-back") && remote->count == 0) {
        return error_set(err, DENS_ERROR_USAGE, "evaluate",
                         "--store-back: where to? No study comes from an archive (dicomweb+https://…)");
    }
    if (!remote_masks(cli, remote, study->lesions, study->lesion_count, &study->lesions, err) ||
        !remote_masks(cli, remote, labels, study->labels ? 1 : 0, &labels, err)) {
        return false;
    }
    study->labels = study->labels ? labels[0] : NULL;
    return true;
}

/* Takes out of what the result is made of what identifies the patient. */
static void take_identity(const Cli *cli, const StudyObjects *objects, Case *c, MeasurementList *measurements,
                          ReportPictures *pictures, Value **inputs)
{
    const char *burned = objects->dicom ? dicom_context_burned_in(objects->dicom) : "";
    if (strcmp(burned, "YES") == 0) {
        log_line(cli->log, LOG_WARNING,
                 "the images say that they have burned-in annotation: the pictures are left out");
        *pictures = (ReportPictures){0};
    } else if (strcmp(burned, "NO") != 0) {
        log_line(cli->log, LOG_WARNING,
                 "the images do not say whether they have burned-in annotation: look at the pictures");
    }
    evaluate_deidentify(c, measurements, inputs, objects, cli->arena);
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    bool json = false;
    if (!cli_wants_json(line, &json, err)) {
        return false;
    }
    const char *folder = cli_output_folder(line, "evaluate", "report", err);
    if (!folder) {
        return false;
    }
    AUTO(messages_auto) MessageSet *messages = cli_messages(cli, line, err);
    AUTO(engine_auto) Engine *engine = messages ? cli_engine(cli, line, err) : NULL;
    const Prior *prior = engine ? cli_prior(engine, line, err) : NULL;
    const char *path = option_value(line, "case", NULL);
    AUTO(case_auto)
    Case *c = !prior ? NULL
              : path ? cli_read_case(cli, engine, path, err)
                     : case_new(knowledge_vocabulary(engine->knowledge));
    if (!c) {
        return false;
    }
    AUTO(remote_inputs_clear) RemoteInputs remote = {0};
    ReportPictures pictures = {0};
    AUTO(study_objects_clear) StudyObjects objects = {0};
    StudyOptions study = {.input_count = line->operand_count,
                          .inputs = line->operands,
                          .labels = option_value(line, "labels", NULL),
                          .scheme = option_value(line, "scheme", NULL),
                          .canal = option_value(line, "canal", NULL),
                          .align = option_given(line, "align"),
                          .resample = option_given(line, "resample"),
                          .pictures = &pictures,
                          .picture_arena = cli->arena,
                          .objects = &objects,
                          .deidentify = option_given(line, "deidentify")};
    study.lesion_count = option_values(line, "lesion", cli->arena, &study.lesions);
    if (!fetch_inputs(cli, line, &remote, &study, err)) {
        return false;
    }
    if (study.canal && !study.labels) {
        return error_set(err, DENS_ERROR_USAGE, "--canal",
                         "goes with --labels: what is measured of the canal needs vertebrae");
    }
    study.reference_count = option_values(line, "reference", cli->arena, &study.references);
    MeasurementList measurements;
    measurements_init(&measurements, cli->arena);
    Value *inputs = value_new_list(cli->arena), *not_written = value_new_list(cli->arena);
    if (!evaluate_study(engine, &study, c, &measurements, inputs, cli->log, cli->progress, err)) {
        return false;
    }
    study_objects_not_written(&objects, not_written);
    if (study.deidentify) {
        take_identity(cli, &objects, c, &measurements, &pictures, &inputs);
    }
    ResultOptions wanted = {.prior = prior,
                            .rival = -1,
                            .command = study.deidentify ? "dens evaluate --deidentify" : cli->command,
                            .time = study.deidentify ? objects.time : NULL,
                            .measurements = &measurements,
                            .inputs = inputs,
                            .not_written = not_written};
    Value *result = evaluate_case(engine, c, &wanted, cli->arena);
    if (study.deidentify) {
        evaluate_tell_deidentified(result, &objects);
    }
    return evaluate_write(engine, c, result, messages_of(messages), &pictures,
                          option_given(line, "keep-pictures"), &objects, folder, err) &&
           (!option_given(line, "store-back") || remote_store_back(cli, &remote, folder, err)) &&
           print_result(cli, engine, messages_of(messages), result, json, err);
}

const Command command_evaluate = {
    .name = "evaluate",
    .summary = "a study and what the reader saw → measurements, differential diagnosis, report",
    .synopsis = "STUDY… [--lesion [ROLE=]MASK]… [--labels FILE --scheme NAME [--canal FILE]]\n"
                "         [--reference TISSUE=x,y,z,r]… [--case CASE.json] -o DIR",
    .description = description,
    .options = options,
    .examples = "dens evaluate study/ --lesion lesion.nii.gz --case case.json -o report/\n"
                "dens evaluate t2=t2.nii --lesion lesion.nii --reference muscle=-40,30,-12,5 -o report/",
    .least_operands = 1,
    .most_operands = INT_MAX,
    .run = run};
