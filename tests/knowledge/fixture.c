#include "fixture.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char vocabulary[] =
    "format: dens-vocabulary/1\n"
    "sections:\n"
    "  patient: { label: Patient }\n"
    "  clinical: { label: Clinical }\n"
    "  site: { label: Site }\n"
    "  ct: { label: CT, examinations: [ct] }\n"
    "  mr: { label: MR, examinations: [t2] }\n"
    "  path: { label: Pathology }\n"
    "  stage: { label: Staging }\n"
    "examinations: { ct: CT, t2: T2-weighted MR }\n"
    "signs: { t2_signal: T2 signal }\n"
    "findings:\n"
    "  - { id: patient.age, label: Age, definition: Age, kind: number, unit: a, range: [0, 100], bins: [0, "
    "20, 40, 100] }\n"
    "  - { id: clinical.primary_site, label: Primary, definition: Organ, kind: choice,\n"
    "      values: [lung, { id: lung_small_cell, refines: lung }, breast] }\n"
    "  - { id: site.levels, label: Levels, definition: Levels, kind: set, values: [C1, C2, C3] }\n"
    "  - { id: ct.nidus, label: Nidus, definition: Nidus, kind: presence }\n"
    "  - { id: ct.density, label: Density, definition: Density, kind: choice, values: [lytic, sclerotic] }\n"
    "  - { id: mr.t2, label: T2 signal, definition: T2, kind: choice, sign: t2_signal, values: [low, "
    "intermediate, high] }\n"
    "  - { id: path.cells, label: Cells, definition: Cells, kind: set, exhaustive: true, values: [spindle, "
    "glands, "
    "vessels] }\n"
    "  - { id: stage.kps, label: Karnofsky, definition: Karnofsky, kind: number, unit: \"1\", range: [0, "
    "100], use: scores }\n"
    "diagnoses:\n"
    "  - { id: chordoma, name: Chordoma, term: chordoma, group: malignant, review: true }\n"
    "  - { id: metastasis, name: Metastasis, term: metastasis, group: secondary, review: true }\n"
    "  - { id: osteoid_osteoma, name: Osteoid osteoma, term: osteoid osteoma, group: benign, review: true "
    "}\n";

static const char scales[] = "words:\n"
                             "  always: { probability: 0.95, size: 10, reason: r, basis: one }\n"
                             "  usual: { probability: 0.8, size: 10, reason: r, basis: one }\n"
                             "  common: { probability: 0.6, size: 10, reason: r, basis: one }\n"
                             "  occasional: { probability: 0.2, size: 10, reason: r, basis: one }\n"
                             "  rare: { probability: 0.1, size: 10, reason: r, basis: one }\n"
                             "  never: { probability: 0.05, size: 10, reason: r, basis: one }\n"
                             "constants:\n"
                             "  scope_cervical: { value: 1, reason: r, basis: design }\n"
                             "  scope_spinal: { value: 0.5, reason: r, basis: design }\n"
                             "  scope_general: { value: 0.25, reason: r, basis: design }\n"
                             "  selected: { value: 0.5, reason: r, basis: design }\n"
                             "  source_cap: { value: 20, reason: r, basis: design }\n"
                             "  tissue_cap: { value: 40, reason: r, basis: design }\n"
                             "  overlay_cap: { value: 10, reason: r, basis: design }\n"
                             "  share_size: { value: 10, reason: r, basis: design }\n"
                             "  named_rest: { value: 0.02, reason: r, basis: design }\n"
                             "  background_strength: { value: 2, reason: r, basis: design }\n"
                             "  background_flat: { value: 1, reason: r, basis: design }\n"
                             "  silence: { value: 0.1, reason: r, basis: design }\n"
                             "  prior_none_of_these: { value: 0.05, reason: r, basis: design }\n"
                             "  prior_cap: { value: 100, reason: r, basis: design }\n"
                             "  prior_flat: { value: 3, reason: r, basis: design }\n"
                             "  conflict_patients: { value: 5, reason: r, basis: design }\n"
                             "  reader_slip: { value: 0.05, reason: r, basis: design }\n"
                             "  atypical_share: { value: 0.2, reason: r, basis: design }\n"
                             "  atypical_slip: { value: 0.6, reason: r, basis: design }\n"
                             "  unasked_negative: { value: 0, reason: r, basis: design }\n"
                             "  bundle_tempering: { value: 0.5, reason: r, basis: design }\n"
                             "  sign_tempering: { value: 0.5, reason: r, basis: design }\n"
                             "  none_tempering: { value: 0.5, reason: r, basis: design }\n"
                             "  draws: { value: 256, reason: r, basis: design }\n"
                             "  interval_mass: { value: 0.9, reason: r, basis: design }\n"
                             "  measured_ratio_limit: { value: 10, reason: r, basis: design }\n";

static const char sources[] =
    "one: { authors: \"First AB, Second C\", title: The first, journal: J One, year: 2001, doi: 10.1/x, "
    "kind: series, seen: abstract, n: 10 }\n"
    "two: { authors: not recorded, title: The second, kind: textbook, seen: excerpt }\n";

void fixture_write(const char *folder, const char *name, const char *text)
{
    Arena *arena = arena_new();
    DensError *err = NULL;
    const char *path = file_join(arena, folder, name);
    char *parent = arena_strdup(arena, path);
    *strrchr(parent, '/') = '\0';
    assert_true(file_make_folder(parent, &err));
    assert_true(file_write(path, text, strlen(text), &err));
    arena_free(arena);
}

char *fixture_new(void)
{
    char *folder = strdup("/tmp/dens-knowledge-XXXXXX");
    assert_non_null(folder);
    assert_non_null(mkdtemp(folder));
    fixture_write(folder, "vocabulary.yaml", vocabulary);
    fixture_write(folder, "scales.yaml", scales);
    fixture_write(folder, "sources.yaml", sources);
    fixture_write(folder, "background.yaml", "evidence: []\n");
    fixture_write(
        folder, "conflicts.yaml",
        "t2_dispute: { diagnosis: chordoma, question: High or not?, resolution: High., sources: [two] }\n");
    fixture_write(folder, "priors.yaml", "uniform: { label: Each the same, uniform: true }\n");
    return folder;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

void fixture_free(char *folder)
{
    assert_int_equal(nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
    free(folder);
}

void fixture_scale(const char *folder, const char *constant, const char *value)
{
    AUTO_TEXT key = TEXT_INIT;
    text_addf(&key, "  %s: { value: ", constant);
    const char *at = strstr(scales, text_string(&key));
    assert_non_null(at);
    at += key.length;
    AUTO_TEXT text = TEXT_INIT;
    text_add_bytes(&text, scales, (size_t)(at - scales));
    text_addf(&text, "%s%s", value, at + strcspn(at, ","));
    fixture_write(folder, "scales.yaml", text_string(&text));
}

void fixture_rows(const char *folder, const char *id, ...)
{
    AUTO_TEXT text = TEXT_INIT;
    AUTO_TEXT name = TEXT_INIT;
    text_addf(&text, "id: %s\nsummary: What it is.\nevidence:\n", id);
    va_list rows;
    va_start(rows, id);
    for (const char *row = va_arg(rows, const char *); row; row = va_arg(rows, const char *)) {
        text_addf(&text, "  - { %s, where: Table 1%s%s }\n", row,
                  strstr(row, "source:") ? "" : ", source: one",
                  strstr(row, "scope:") ? "" : ", scope: cervical");
    }
    va_end(rows);
    text_addf(&name, "diagnoses/%s.yaml", id);
    fixture_write(folder, text_string(&name), text_string(&text));
}

Knowledge *fixture_load(const char *folder)
{
    DensError *err = NULL;
    Knowledge *knowledge = knowledge_load_whole(folder, &err);
    assert_no_error(err);
    assert_non_null(knowledge);
    return knowledge;
}

const Cell *fixture_cell(const Knowledge *knowledge, const char *diagnosis, const char *finding)
{
    const Vocabulary *v = knowledge_vocabulary(knowledge);
    return knowledge_cell(knowledge, (size_t)vocabulary_find_diagnosis(v, diagnosis),
                          vocabulary_find(v, finding));
}

double fixture_background(const Knowledge *knowledge, const char *finding, size_t component)
{
    return knowledge_background(knowledge,
                                vocabulary_find(knowledge_vocabulary(knowledge), finding))[component];
}
