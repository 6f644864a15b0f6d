/* dens measure: the measurements of a lesion alone. */
#include "cli/cli.h"
#include "cli/print_sr.h"
#include "evaluate/evaluate.h"

#include <limits.h>
#include <string.h>

static const OptionSpec options[] = {
    {"mask", 'm', "[ROLE=]MASK", true, "The lesion's mask, NIfTI or DICOM SEG, on the grid of a series."},
    {"resample", 0, NULL, false,
     "Carry the mask also to grids that it was not drawn on, by its coordinates alone: you vouch that the "
     "files "
     "lie in one space."},
    {"labels", 0, "FILE", false, "A label map with reference tissues."},
    {"scheme", 0, "NAME", false,
     "What the numbers of --labels mean: dens, totalspineseg, totalsegmentator_v2, totalsegmentator_v1, "
     "verse."},
    {"reference", 0, "TISSUE=x,y,z,r", true,
     "A reference sphere: muscle, disc, csf, marrow or cord; centre (LPS, mm) and radius in mm."},
    {"family", 0, "NAME", false,
     "Only the measurements whose name begins with NAME: size, anatomy, elements, layers, collapse, mass, "
     "expansion, cortex, foramina, canal, artery, attenuation, margin, matrix, nidus, signal, fluid, oedema, "
     "enhancement, pattern, perfusion, diffusion, uptake, chemical_shift. Or ibsi: the radiomic features of "
     "the IBSI standard, of one VOLUME and one MASK."},
    {"config", 0, "NAME", false,
     "With --family ibsi, how the image is prepared: digital, A, B, C, D or E, as in the standard's "
     "reference "
     "values (docs/ibsi.md). Default: C."},
    {"from-sr", 0, "FILE", false,
     "Measures nothing: tells what a DICOM structured report (TID 1500, of any maker) holds."},
    {"format", 0, "text|json|csv", false,
     "A table (default), JSON, or one line a measurement as id,value,sd,unit,missing; of a feature as "
     "tag,value."},
    {0}};

static const char description[] =
    "Measures a lesion inside its mask and says what could not be measured, and why. VOLUME is a DICOM file "
    "or folder, or a NIfTI file with its role before it: ct=, t1=, t2=, stir=, t1c=, dwi= (with .bval beside "
    "it), adc=, "
    "dce= and pet= (with a BIDS sidecar), in=, opp=.\n\n"
    "docs/measurements.md lists every measurement with its unit, method, source and limits.";

static bool wanted_family(const Measurement *m, const char *family)
{
    size_t length = family ? strlen(family) : 0;
    return length == 0 || (strncmp(m->quantity->id, family, length) == 0 && m->quantity->id[length] == '.');
}

/* Units as people write them. */
static const char *unit_text(const char *ucum)
{
    return strcmp(ucum, "[hnsf'U]") == 0 ? "HU" : strcmp(ucum, "1") == 0 ? "" : ucum;
}

static void add_table(const MeasurementList *list, const char *family, Text *out)
{
    for (size_t i = 0; i < list->count; i++) {
        const Measurement *m = &list->items[i];
        if (!wanted_family(m, family)) {
            continue;
        }
        if (m->missing) {
            text_addf(out, "%-30s missing: %s\n", m->quantity->id, m->reason);
            continue;
        }
        text_addf(out, "%-30s %10.4g", m->quantity->id, m->value);
        if (m->sd >= 0) {
            text_addf(out, " ± %.2g", m->sd);
        }
        text_addf(out, " %s%s%s%s\n", unit_text(m->quantity->unit), m->note[0] ? "  (" : "", m->note,
                  m->note[0] ? ")" : "");
    }
}

static void add_csv(const MeasurementList *list, const char *family, Text *out)
{
    text_add(out, "id,value,sd,unit,missing\n");
    for (size_t i = 0; i < list->count; i++) {
        const Measurement *m = &list->items[i];
        if (!wanted_family(m, family)) {
            continue;
        }
        if (m->missing) {
            text_addf(out, "%s,,,%s,\"%s\"\n", m->quantity->id, m->quantity->unit, m->reason);
        } else {
            text_addf(out, "%s,%.9g,", m->quantity->id, m->value);
            if (m->sd >= 0) {
                text_addf(out, "%.9g", m->sd);
            }
            text_addf(out, ",%s,\n", m->quantity->unit);
        }
    }
}

static bool print_json(const Cli *cli, const MeasurementList *list, const char *family, DensError **err)
{
    MeasurementList chosen;
    measurements_init(&chosen, cli->arena);
    chosen.items = arena_array(cli->arena, list->count + 1, sizeof *chosen.items);
    for (size_t i = 0; i < list->count; i++) {
        if (wanted_family(&list->items[i], family)) {
            chosen.items[chosen.count++] = list->items[i];
        }
    }
    Value *root = value_new_map(cli->arena);
    measurements_to_value(&chosen, root, "measurements");
    return cli_print_json(root, err);
}

/* One feature as a line of the table or of the CSV file. */
static void add_feature(const RadiomicsFeature *f, bool csv, Text *out)
{
    if (csv && f->missing) {
        text_addf(out, "%s,\n", f->tag);
    } else if (csv) {
        text_addf(out, "%s,%.9g\n", f->tag, f->value);
    } else if (f->missing) {
        text_addf(out, "%-32s missing: %s\n", f->tag, f->reason);
    } else {
        text_addf(out, "%-32s %12.6g\n", f->tag, f->value);
    }
}

static bool print_features_json(const Cli *cli, const RadiomicsFeatures *features, const char *config,
                                DensError **err)
{
    Value *root = value_new_map(cli->arena);
    value_set_string(root, "configuration", config);
    Value *list = value_set_list(root, "features");
    for (size_t i = 0; i < features->count; i++) {
        const RadiomicsFeature *f = &features->features[i];
        Value *map = value_add_map(list);
        value_set_string(map, "tag", f->tag);
        if (f->missing) {
            value_set_string(map, "missing", f->reason);
        } else {
            value_set_number(map, "value", f->value);
        }
    }
    return cli_print_json(root, err);
}

/* dens measure --family ibsi */
static bool run_features(Cli *cli, const CommandLine *line, size_t format, DensError **err)
{
    static const char *const alone[] = {"labels", "scheme", "reference", "resample"};
    const RadiomicsConfig *config = radiomics_config(option_value(line, "config", "C"));
    const char *const *masks;
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) {
        if (option_given(line, alone[i])) {
            return error_set(err, DENS_ERROR_USAGE, "--family ibsi", "--%s plays no part in features",
                             alone[i]);
        }
    }
    if (!config) {
        return error_set(err, DENS_ERROR_USAGE, "--config",
                         "there is no configuration \"%s\"; there are digital, A, B, C, D and E",
                         option_value(line, "config", ""));
    }
    if (line->operand_count != 1 || option_values(line, "mask", cli->arena, &masks) != 1) {
        return error_set(err, DENS_ERROR_USAGE, "--family ibsi",
                         "features are taken from one VOLUME in one --mask MASK");
    }
    RadiomicsFeatures features;
    if (!evaluate_features(&features, line->operands[0], masks[0], config, cli->arena, cli->log,
                           cli->progress, err)) {
        return false;
    }
    if (format == 1) {
        return print_features_json(cli, &features, config->name, err);
    }
    AUTO_TEXT text = TEXT_INIT;
    text_add(&text, format == 2 ? "tag,value\n" : "");
    for (size_t i = 0; i < features.count; i++) {
        add_feature(&features.features[i], format == 2, &text);
    }
    return cli_print(text_string(&text), text.length, err);
}

static bool known_family(const char *family, DensError **err)
{
    AUTO_TEXT names = TEXT_INIT;
    for (const MeasureFamily *f = measure_families; f->id; f++) {
        if (strcmp(f->id, family) == 0) {
            return true;
        }
        text_addf(&names, "%s%s", names.length ? ", " : "", f->id);
    }
    return error_set(err, DENS_ERROR_USAGE, "--family", "there is no family \"%s\"; there are %s and ibsi",
                     family, text_string(&names));
}

/* dens measure --from-sr */
static bool run_report(Cli *cli, const CommandLine *line, size_t format, DensError **err)
{
    static const char *const alone[] = {"mask",     "labels", "scheme", "reference",
                                        "resample", "family", "config"};
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) {
        if (option_given(line, alone[i])) {
            return error_set(err, DENS_ERROR_USAGE, "--from-sr", "--%s plays no part in what a report holds",
                             alone[i]);
        }
    }
    if (line->operand_count > 0) {
        return error_set(err, DENS_ERROR_USAGE, "--from-sr", "a report is read alone, without images");
    }
    if (format == 2) {
        return error_set(err, DENS_ERROR_USAGE, "--from-sr", "a report is printed as text or json");
    }
    return print_sr(cli, option_value(line, "from-sr", ""), format == 1, err);
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    static const char *const formats[] = {"text", "json", "csv", NULL};
    size_t format = 0;
    const char *family = option_value(line, "family", NULL);
    bool features = family && strcmp(family, "ibsi") == 0;
    if (!option_choice(line, "format", formats, 0, &format, err) ||
        (family && !features && !known_family(family, err))) {
        return false;
    }
    if (option_given(line, "from-sr")) {
        return run_report(cli, line, format, err);
    }
    if (line->operand_count == 0) {
        return error_set(err, DENS_ERROR_USAGE, "measure",
                         "VOLUME… is missing; `dens help measure` shows the usage");
    }
    if (!option_given(line, "mask")) {
        return error_set(err, DENS_ERROR_USAGE, "measure", "what shall be measured? --mask MASK is missing");
    }
    if (features) {
        return run_features(cli, line, format, err);
    }
    if (option_given(line, "config")) {
        return error_set(err, DENS_ERROR_USAGE, "--config", "only --family ibsi has configurations");
    }
    AUTO(engine_auto) Engine *engine = engine_load(cli->knowledge, err);
    if (!engine) {
        return false;
    }
    AUTO(case_auto) Case *c = case_new(knowledge_vocabulary(engine->knowledge));
    StudyOptions study = {.input_count = line->operand_count,
                          .inputs = line->operands,
                          .labels = option_value(line, "labels", NULL),
                          .scheme = option_value(line, "scheme", NULL),
                          .resample = option_given(line, "resample")};
    study.lesion_count = option_values(line, "mask", cli->arena, &study.lesions);
    study.reference_count = option_values(line, "reference", cli->arena, &study.references);
    MeasurementList measurements;
    measurements_init(&measurements, cli->arena);
    Value *inputs = value_new_list(cli->arena);
    if (!evaluate_study(engine, &study, c, &measurements, inputs, cli->log, cli->progress, err)) {
        return false;
    }
    if (format == 1) {
        return print_json(cli, &measurements, family, err);
    }
    AUTO_TEXT text = TEXT_INIT;
    (format == 2 ? add_csv : add_table)(&measurements, family, &text);
    return cli_print(text_string(&text), text.length, err);
}

const Command command_measure = {
    .name = "measure",
    .summary = "measure a lesion inside its mask",
    .synopsis = "VOLUME… --mask [ROLE=]MASK [--family NAME] [--format text|json|csv]\n"
                "--from-sr FILE [--format text|json]",
    .description = description,
    .options = options,
    .examples = "dens measure ct=ct.nii.gz --mask lesion.nii.gz\n"
                "dens measure study/ --mask seg.dcm --reference muscle=-40,30,-12,5 --format csv\n"
                "dens measure ct.nii.gz --mask lesion.nii.gz --family ibsi --config C --format csv\n"
                "dens measure --from-sr report/sr.dcm",
    .least_operands = 0,
    .most_operands = INT_MAX,
    .run = run};
