/* dens knowledge: the evidence behind the answers. */
#include "base/nearest.h"
#include "cli/cli.h"
#include "evaluate/evaluate.h"
#include "knowledge/describe.h"

#include <stdlib.h>
#include <string.h>

static const OptionSpec options[] = {{"format", 0, "text|json", false, "Text (default) or JSON."},
                                     {"output", 'o', "FILE", false, "Of compile: the table that is written."},
                                     {0}};

static const char description[] =
    "check        loads and checks everything: every row has a source and a place, every finding and value "
    "exists, counts add up, nothing is orphaned\n"
    "show         the list of diagnoses; show DIAGNOSIS: all that is known of one, with the patients and "
    "sources behind every distribution\n"
    "conflicts    where sources disagree, and how that was resolved; of one DIAGNOSIS, or of all\n"
    "sources      every source, with what of it was read\n"
    "coverage     diagnosis × finding: patients, words or nothing; the findings that tell most come first, "
    "and "
    "the gaps are named\n"
    "priors       how common the diagnoses are taken to be, and why\n"
    "scales       the constants by which evidence becomes distributions, with their reasons\n"
    "general      what is said of all tumours of the cervical spine\n"
    "compile      writes the knowledge as the table that starts quickly; the build does it";

/* A subcommand: it builds a tree and draws it. `diagnosis` is −1 if none was named. */
typedef struct {
    const char *name;
    bool takes_diagnosis;
    Value *(*build)(const Knowledge *knowledge, int diagnosis, Arena *arena);
    void (*draw)(const Value *tree, Text *out);
} Part;

static Value *build_list(const Knowledge *knowledge, Arena *arena)
{
    Value *root = value_new_map(arena);
    Value *list = value_set_list(root, "diagnoses");
    for (size_t i = 0; i < knowledge_diagnosis_count(knowledge); i++) {
        const Diagnosis *d = knowledge_diagnosis(knowledge, i);
        Value *map = value_add_map(list);
        value_set_string(map, "id", d->name->id);
        value_set_string(map, "name", d->name->name);
        value_set_string(map, "group", d->name->group);
        value_set_integer(map, "rows", (long long)d->row_count);
    }
    return root;
}

static Value *build_show(const Knowledge *knowledge, int diagnosis, Arena *arena)
{
    return diagnosis < 0 ? build_list(knowledge, arena)
                         : describe_diagnosis(knowledge, (size_t)diagnosis, arena);
}

static void draw_show(const Value *tree, Text *out)
{
    const Value *list = value_get(tree, "diagnoses");
    if (!list) {
        describe_text_diagnosis(tree, out);
        return;
    }
    VALUE_EACH(d, list)
    {
        text_addf(out, "%-32s %-14s %4.0f rows  %s\n", value_text(d, "id"), value_text(d, "group"),
                  value_number_or(d, "rows", 0), value_text(d, "name"));
    }
}

static Value *build_check(const Knowledge *knowledge, int diagnosis, Arena *arena)
{
    (void)diagnosis;
    return describe_check(knowledge, arena);
}

static Value *build_sources(const Knowledge *knowledge, int diagnosis, Arena *arena)
{
    (void)diagnosis;
    return describe_sources(knowledge, arena);
}

static Value *build_coverage(const Knowledge *knowledge, int diagnosis, Arena *arena)
{
    (void)diagnosis;
    return describe_coverage(knowledge, arena);
}

static Value *build_priors(const Knowledge *knowledge, int diagnosis, Arena *arena)
{
    (void)diagnosis;
    return describe_priors(knowledge, arena);
}

static Value *build_scales(const Knowledge *knowledge, int diagnosis, Arena *arena)
{
    (void)diagnosis;
    return describe_scales(knowledge, arena);
}

static Value *build_general(const Knowledge *knowledge, int diagnosis, Arena *arena)
{
    (void)diagnosis;
    return describe_general(knowledge, arena);
}

static const Part parts[] = {{"check", false, build_check, describe_text_check},
                             {"show", true, build_show, draw_show},
                             {"conflicts", true, describe_conflicts, describe_text_conflicts},
                             {"sources", false, build_sources, describe_text_sources},
                             {"coverage", false, build_coverage, describe_text_coverage},
                             {"priors", false, build_priors, describe_text_priors},
                             {"scales", false, build_scales, describe_text_scales},
                             {"general", false, build_general, describe_text_general}};
enum { PART_COUNT = sizeof parts / sizeof *parts };

static const Part *find_part(const char *name, DensError **err)
{
    const char *names[PART_COUNT + 1] = {[PART_COUNT] = "compile"};
    for (size_t i = 0; i < PART_COUNT; i++) {
        names[i] = parts[i].name;
        if (strcmp(parts[i].name, name) == 0) {
            return &parts[i];
        }
    }
    const char *near = nearest_name(name, names, PART_COUNT + 1);
    error_set(err, DENS_ERROR_USAGE, name,
              "no such part of the knowledge%s%s%s; `dens help knowledge` lists them",
              near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return NULL;
}

/* Everything that is read from the folder, parsed and loaded, and the draws behind the intervals. */
static bool compile(const Cli *cli, const CommandLine *line, DensError **err)
{
    const char *output = option_value(line, "output", NULL);
    if (!output || line->operand_count > 1) {
        return error_set(err, DENS_ERROR_USAGE, output ? line->operands[1] : "compile",
                         output ? "`dens knowledge compile` takes no further word"
                                : "-o FILE is missing: the table that is written");
    }
    return engine_compile(cli->knowledge, output, err);
}

static bool find_diagnosis(const Knowledge *knowledge, const Part *part, const CommandLine *line, int *out,
                           DensError **err)
{
    *out = -1;
    if (line->operand_count < 2) {
        return true;
    }
    const char *name = line->operands[1];
    if (!part->takes_diagnosis) {
        return error_set(err, DENS_ERROR_USAGE, name, "`dens knowledge %s` takes no further word",
                         part->name);
    }
    *out = vocabulary_find_diagnosis(knowledge_vocabulary(knowledge), name);
    return *out >= 0 ||
           error_set(err, DENS_ERROR_USAGE, name, "is no diagnosis; `dens knowledge show` lists them");
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    bool json = false;
    int diagnosis = -1;
    if (strcmp(line->operands[0], "compile") == 0) {
        return compile(cli, line, err);
    }
    const Part *part = find_part(line->operands[0], err);
    if (!part || !cli_wants_json(line, &json, err)) {
        return false;
    }
    if (option_given(line, "output")) {
        return error_set(err, DENS_ERROR_USAGE, "--output", "goes with compile, not with %s", part->name);
    }
    AUTO(knowledge_auto) Knowledge *knowledge = knowledge_load_whole(cli->knowledge, err);
    if (!knowledge || !find_diagnosis(knowledge, part, line, &diagnosis, err)) {
        return false;
    }
    const Value *tree = part->build(knowledge, diagnosis, cli->arena);
    if (json) {
        return cli_print_json(tree, err);
    }
    AUTO_TEXT text = TEXT_INIT;
    part->draw(tree, &text);
    return cli_print(text_string(&text), text.length, err);
}

const Command command_knowledge = {
    .name = "knowledge",
    .summary = "the evidence behind the answers: check it, show it",
    .synopsis = "check|show|conflicts|sources|coverage|priors|scales|general [--format text|json]\n"
                "show [DIAGNOSIS]\nconflicts [DIAGNOSIS]\ncompile -o FILE",
    .description = description,
    .options = options,
    .examples =
        "dens knowledge check\ndens knowledge show chordoma\ndens knowledge conflicts giant_cell_tumor",
    .least_operands = 1,
    .most_operands = 2,
    .run = run};
