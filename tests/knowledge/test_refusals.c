/* What loading refuses, and the text it says so with: the place, what is wrong, and what would be right. */
#include "fixture.h"

#include "base/text.h"

#define GOOD_TAIL "scope: cervical, source: one, where: here"

/* One row in diagnoses/chordoma.yaml, as it stands between the braces. */
static const struct {
    const char *row, *where, *what;
} rows[] = {
    {"finding: mr.t3, counts: { high: 1 }, " GOOD_TAIL, "evidence[0].finding", "did you mean 'mr.t2'?"},
    {"finding: nonsense.thing, counts: { high: 1 }, " GOOD_TAIL,
     "chordoma.yaml:4:", "unknown finding 'nonsense.thing'"},
    {"counts: { high: 1 }, " GOOD_TAIL, "evidence[0]", "'finding' is missing"},
    {"finding: stage.kps, counts: { 10..20: 1 }, " GOOD_TAIL, "finding", "for the scores only"},
    {"finding: mr.t2, counts: { hihg: 1 }, " GOOD_TAIL, "counts.hihg", "did you mean 'high'?"},
    {"finding: mr.t2, counts: { purple: 1 }, " GOOD_TAIL, "counts.purple",
     "its values are low, intermediate, high"},
    {"finding: mr.t2, counts: { low|hihg: 1 }, " GOOD_TAIL, "counts", "did you mean 'high'?"},
    {"finding: mr.t2, counts: { low|low: 1 }, " GOOD_TAIL, "counts", "named twice in this key"},
    {"finding: mr.t2, counts: {}, " GOOD_TAIL, "counts", "says nothing"},
    {"finding: mr.t2, counts: [1, 2], " GOOD_TAIL, "counts", "must be a map"},
    {"finding: mr.t2, counts: { high: many }, " GOOD_TAIL, "counts.high", "must be a number"},
    {"finding: mr.t2, counts: { high: -1 }, " GOOD_TAIL, "counts.high", "whole number of patients"},
    {"finding: mr.t2, counts: { high: 1.5 }, " GOOD_TAIL, "counts.high", "whole number of patients"},
    {"finding: mr.t2, counts: { high: 0 }, " GOOD_TAIL, "counts", "no patient is counted"},
    {"finding: mr.t2, counts: { high: 7, low: 5 }, n: 11, " GOOD_TAIL, "counts",
     "add up to 12, which is more than n, 11"},
    {"finding: ct.nidus, counts: { present: 3, absent: 4 }, n: 11, " GOOD_TAIL, "counts",
     "no value is left for the rest"},
    {"finding: mr.t2, counts: { high: 1 }, n: 0, " GOOD_TAIL, "].n", "must be at least 1"},
    {"finding: mr.t2, counts: { high: 1 }, n: 2.5, " GOOD_TAIL, "].n", "whole number of patients"},
    {"finding: mr.t2, counts: { high: 1 }, n: ten, " GOOD_TAIL, "].n", "must be a number"},
    {"finding: site.levels, counts: { C2: 3 }, " GOOD_TAIL, "evidence[0]", "counts of a set need n"},
    {"finding: site.levels, counts: { C2: 12 }, n: 11, " GOOD_TAIL, "counts.C2", "12 is more than n, 11"},
    {"finding: site.levels, counts: { C1|C2: 3 }, n: 11, " GOOD_TAIL, "counts", "name them one by one"},
    {"finding: site.levels, counts: { C9: 3 }, n: 11, " GOOD_TAIL, "counts.C9", "is no value of site.levels"},
    {"finding: patient.age, counts: { 12: 3 }, " GOOD_TAIL, "counts",
     "'12' is no range; write 20..40, ..20 or 40.."},
    {"finding: patient.age, counts: { ..: 3 }, " GOOD_TAIL, "counts", "is no range"},
    {"finding: patient.age, counts: { a..b: 3 }, " GOOD_TAIL, "counts", "is no range"},
    {"finding: patient.age, counts: { 40..20: 3 }, " GOOD_TAIL, "counts", "reversed or empty: from 40 to 20"},
    {"finding: patient.age, counts: { 20..20: 3 }, " GOOD_TAIL, "counts", "reversed or empty"},
    {"finding: patient.age, counts: { 40..200: 3 }, " GOOD_TAIL, "counts",
     "plausible range of patient.age, 0 to 100"},
    {"finding: patient.age, counts: { ..20: 3, 10..: 4 }, " GOOD_TAIL, "counts",
     "the ranges ..20 and 10.. overlap"},
    {"finding: mr.t2, shares: { high: 1.2 }, " GOOD_TAIL, "shares.high",
     "1.2 is no share; it must be 0 to 1"},
    {"finding: mr.t2, shares: { high: 70 }, " GOOD_TAIL, "shares.high", "it must be 0 to 1"},
    {"finding: mr.t2, shares: { high: 0.7, low: 0.5 }, " GOOD_TAIL, "shares",
     "add up to 1.2, which is more than 1"},
    {"finding: ct.nidus, shares: { present: 0.7, absent: 0.2 }, " GOOD_TAIL, "shares",
     "no value is left for the rest"},
    {"finding: mr.t2, says: { high: mostly }, " GOOD_TAIL, "says.high", "unknown word 'mostly'"},
    {"finding: mr.t2, says: { high: usuall }, " GOOD_TAIL, "says.high", "did you mean 'usual'?"},
    {"finding: mr.t2, says: { high: 0.7 }, " GOOD_TAIL, "says.high", "must be a string"},
    {"finding: mr.t2, says: { high: usual, intermediate|high: rare }, " GOOD_TAIL, "says",
     "speak of the same value"},
    {"finding: mr.t2, says: { high: usual }, n: 10, " GOOD_TAIL, "].n", "words have no n"},
    {"finding: mr.t2, " GOOD_TAIL, "evidence[0]", "needs one of counts, shares, says or distribution"},
    {"finding: mr.t2, counts: { high: 1 }, says: { high: usual }, " GOOD_TAIL, "says",
     "either 'counts' or 'says'"},
    {"finding: mr.t2, distribution: { mean: 1, sd: 1, n: 1 }, " GOOD_TAIL, "distribution",
     "is for numbers only"},
    {"finding: patient.age, distribution: { mean: 40, n: 5 }, " GOOD_TAIL, "distribution", "'sd' is missing"},
    {"finding: patient.age, distribution: { mean: 40, sd: 5 }, " GOOD_TAIL, "distribution", "'n' is missing"},
    {"finding: patient.age, distribution: { sd: 5, n: 5 }, " GOOD_TAIL, "distribution", "'mean' is missing"},
    {"finding: patient.age, distribution: { mean: 40, sd: 0, n: 5 }, " GOOD_TAIL, "distribution.sd",
     "more than 0"},
    {"finding: patient.age, distribution: { mean: 40, sd: -1, n: 5 }, " GOOD_TAIL, "distribution.sd",
     "out of range"},
    {"finding: patient.age, distribution: { mean: 140, sd: 5, n: 5 }, " GOOD_TAIL, "distribution.mean",
     "it must be 0 to 100"},
    {"finding: patient.age, distribution: { mean: 40, sd: 5, n: 5, min: 60, max: 50 }, " GOOD_TAIL,
     "distribution", "min 60 is not below max 50"},
    {"finding: patient.age, distribution: { mean: 40, sd: 5, n: 5, median: 3 }, " GOOD_TAIL,
     "distribution.median", "unknown key"},
    {"finding: mr.t2, counts: { high: 1 }, scope: cervical, source: onne, where: here", "source",
     "did you mean 'one'?"},
    {"finding: mr.t2, counts: { high: 1 }, scope: cervical, source: somebody1999, where: here", "source",
     "add it to a file in sources/"},
    {"finding: mr.t2, counts: { high: 1 }, scope: cervical, where: here", "evidence[0]",
     "'source' is missing"},
    {"finding: mr.t2, counts: { high: 1 }, scope: neck, source: one, where: here", "scope",
     "valid: 'cervical', 'spinal' or 'general'"},
    {"finding: mr.t2, counts: { high: 1 }, source: one, where: here", "evidence[0]", "'scope' is missing"},
    {"finding: mr.t2, counts: { high: 1 }, scope: cervical, source: one", "evidence[0]",
     "'where' is missing"},
    {"finding: mr.t2, counts: { high: 1 }, scope: cervical, source: one, where: \"\"", "where",
     "must not be empty"},
    {"finding: mr.t2, counts: { high: 1 }, weight: 1.5, " GOOD_TAIL, "weight", "it must be 0 to 1"},
    {"finding: mr.t2, counts: { high: 1 }, weight: -0.1, " GOOD_TAIL, "weight", "out of range"},
    {"finding: mr.t2, counts: { high: 1 }, selected: yes, " GOOD_TAIL, "selected", "must be true or false"},
    {"finding: mr.t2, counts: { high: 1 }, conflict: t2_disput, " GOOD_TAIL, "conflict",
     "did you mean 't2_dispute'?"},
    {"finding: mr.t2, counts: { high: 1 }, conflict: other, " GOOD_TAIL, "conflict",
     "add it to a file in conflicts/"},
    {"finding: mr.t2, counts: { high: 1 }, same_patients_as: one, " GOOD_TAIL, "same_patients_as",
     "the row's own source"},
    {"finding: mr.t2, counts: { high: 1 }, same_patients_as: three, " GOOD_TAIL, "same_patients_as",
     "unknown source"},
    {"finding: mr.t2, component: lytic, counts: { high: 1 }, " GOOD_TAIL, "component",
     "describes no 'components'"},
    {"finding: mr.t2, count: { high: 1 }, " GOOD_TAIL, "].count", "did you mean 'counts'?"},
};

static void assert_refused(const char *folder, const char *where, const char *what)
{
    DensError *err = NULL;
    Knowledge *k = knowledge_load_whole(folder, &err);
    if (k) {
        print_error("loaded, where \"%s\" was expected\n", what);
        fail();
    }
    assert_error(&err, DENS_ERROR_INPUT, where, what);
}

static void bad_rows(void **state)
{
    (void)state;
    char *folder = fixture_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_TEXT text = TEXT_INIT;
        text_addf(&text, "id: chordoma\nsummary: What it is.\nevidence:\n  - { %s }\n", rows[i].row);
        fixture_write(folder, "diagnoses/chordoma.yaml", text_string(&text));
        assert_refused(folder, "chordoma.yaml:4:", rows[i].what);
        assert_refused(folder, rows[i].where, rows[i].what);
    }
    fixture_free(folder);
}

/* A whole file in place of the fixture's. */
static const struct {
    const char *name, *text, *where, *what;
} files[] = {
    {"diagnoses/chordoma.yaml", "id: chordma\nsummary: s\nevidence: []\n", "chordoma.yaml:1:5",
     "did you mean 'chordoma'?"},
    {"diagnoses/chordoma.yaml", "id: metastasis\nsummary: s\nevidence: []\n", ".id",
     "must be named metastasis.yaml"},
    {"diagnoses/chordoma.yaml", "id: chordoma\nevidence: []\n", "chordoma.yaml", "'summary' is missing"},
    {"diagnoses/chordoma.yaml", "id: chordoma\nsummary: s\n", "chordoma.yaml", "'evidence' is missing"},
    {"diagnoses/chordoma.yaml", "id: chordoma\nsummary: s\nevidence: {}\n", ".evidence", "must be a list"},
    {"diagnoses/chordoma.yaml", "id: chordoma\nsummary: s\nevidence: []\npitfall: []\n", ".pitfall",
     "did you mean 'pitfalls'?"},
    {"diagnoses/chordoma.yaml",
     "id: chordoma\nsummary: s\nevidence: []\nstatements: [{ topic: magic, text: t, source: one, where: w "
     "}]\n",
     ".topic", "unknown topic 'magic'"},
    {"diagnoses/chordoma.yaml",
     "id: chordoma\nsummary: s\nevidence: []\nstatements: [{ text: t, source: one, where: w }]\n",
     "statements[0]", "'topic' is missing"},
    {"diagnoses/chordoma.yaml",
     "id: chordoma\nsummary: s\nevidence: []\nstatements: [{ topic: ct, text: t, source: on, where: w }]\n",
     ".source", "did you mean 'one'?"},
    {"diagnoses/chordoma.yaml",
     "id: chordoma\nsummary: s\nevidence: []\npitfalls: [{ text: t, source: one }]\n", "pitfalls[0]",
     "'where' is missing"},
    {"diagnoses/chordoma.yaml",
     "id: chordoma\nsummary: s\nevidence: []\nstatements: [{ topic: ct, text: t, source: one, where: w, "
     "conflict: "
     "t2_disput }]\n",
     "statements[0].conflict", "did you mean 't2_dispute'?"},
    {"diagnoses/chordoma.yaml",
     "id: chordoma\nsummary: s\nevidence: []\npitfalls: [{ text: t, source: one, where: w, conflict: other "
     "}]\n",
     "pitfalls[0].conflict", "add it to a file in conflicts/"},
    {"diagnoses/chordoma.yaml",
     "id: chordoma\nsummary: s\nevidence: []\npitfalls: [{ text: t, source: one, where: w, conflict: \"\" "
     "}]\n",
     "pitfalls[0].conflict", "must not be empty"},
    {"diagnoses/chordoma.yaml", "id: chordoma\nsummary: s\nevidence: []\nsynonyms: [1]\n", "synonyms[0]",
     "must be a string"},
#define CHORDOMA "id: chordoma\nsummary: s\nevidence: []\n"
    {"diagnoses/chordoma.yaml", CHORDOMA "codes: { icdo: { code: 9370/3, source: one } }\n", ".codes.icdo",
     "did you mean 'icd_o'?"},
    {"diagnoses/chordoma.yaml", CHORDOMA "codes: { icd_o: { code: 93703, source: one } }\n", "icd_o.code",
     "must be a string"},
    {"diagnoses/chordoma.yaml", CHORDOMA "codes: { icd_o: { code: \"937/3\", source: one } }\n", "icd_o.code",
     "one looks like 9370/3"},
    {"diagnoses/chordoma.yaml", CHORDOMA "codes: { icd_o: { code: \"9370/3\" } }\n", ".icd_o",
     "'source' is missing"},
    {"diagnoses/chordoma.yaml",
     CHORDOMA "codes: { snomed: { code: \"M-93703\", meaning: m, source: one } }\n", "snomed.code",
     "one is 6 to 18 digits"},
    {"diagnoses/chordoma.yaml", CHORDOMA "codes: { snomed: { code: \"50007008\", source: one } }\n",
     ".snomed", "'meaning' is missing"},
    {"diagnoses/chordoma.yaml",
     CHORDOMA "codes: { snomed: { code: \"50007009\", meaning: m, source: one } }\n", "snomed.code",
     "its check digit is wrong"},
    {"diagnoses/chordoma.yaml",
     CHORDOMA "codes: { snomed: { code: \"50070008\", meaning: m, source: one } }\n", "snomed.code",
     "its check digit is wrong"},
    {"diagnoses/chordoma.yaml",
     CHORDOMA "codes: { icd_o: { code: \"9370/3\", does_not_apply: why, source: one } }\n", "icd_o.code",
     "unknown key; known here: 'does_not_apply' or 'source'"},
    {"diagnoses/chordoma.yaml", CHORDOMA "codes: { icd_o: { does_not_apply: \"\", source: one } }\n",
     "icd_o.does_not_apply", "must not be empty"},
    {"diagnoses/chordoma.yaml", CHORDOMA "codes: { icd_o: { does_not_apply: why } }\n", ".icd_o",
     "'source' is missing"},
    {"diagnoses/chordoma.yaml", CHORDOMA "codes: { radlex: { code: \"4207\", meaning: m, source: one } }\n",
     "radlex.code", "one looks like RID4207"},
    {"diagnoses/chordoma.yaml", CHORDOMA "who: { group: g, behaviour: bad, source: one, where: w }\n",
     "who.behaviour", "valid: 'benign', 'intermediate', 'malignant' or 'not_a_tumour'"},
    {"diagnoses/chordoma.yaml", CHORDOMA "who: { group: g, behaviour: benign, where: w }\n", ".who",
     "'source' is missing"},
    {"diagnoses/chordoma.yaml", CHORDOMA "typical: [{ modality: mri, text: t, source: one, where: w }]\n",
     "typical[0].modality", "unknown modality 'mri'"},
    {"diagnoses/chordoma.yaml", CHORDOMA "typical: [{ modality: mr, text: t, source: one }]\n", "typical[0]",
     "'where' is missing"},
    {"diagnoses/chordoma.yaml", CHORDOMA "mimics: [{ diagnosis: gout, text: t, source: one, where: w }]\n",
     "mimics[0].diagnosis", "goes into 'name'"},
    {"diagnoses/chordoma.yaml",
     CHORDOMA "mimics: [{ diagnosis: chordoma, text: t, source: one, where: w }]\n", "mimics[0].diagnosis",
     "is the diagnosis itself"},
    {"diagnoses/chordoma.yaml", CHORDOMA "mimics: [{ text: t, source: one, where: w }]\n", "mimics[0]",
     "needs either 'diagnosis'"},
    {"diagnoses/chordoma.yaml", CHORDOMA "components: [{ id: a, name: A }]\n", ".components",
     "a mixture has 2 to 16 components"},
    {"diagnoses/chordoma.yaml", CHORDOMA "components: [{ id: a, name: A }, { id: a, name: B }]\n",
     "components[1].id", "'a' is described twice"},
    {"diagnoses/chordoma.yaml", CHORDOMA "components: [{ id: a, name: A }, { id: b }]\n", "components[1]",
     "'name' is missing"},
    {"diagnoses/chordoma.yaml", CHORDOMA "component_shares: [{ counts: { a: 1 }, " GOOD_TAIL " }]\n",
     ".component_shares", "describes no 'components'"},
    {"diagnoses/chordoma.yaml",
     CHORDOMA "components: [{ id: aa, name: A }, { id: bb, name: B }]\ncomponent_shares: [{ counts: { cc: 1 "
              "}, " GOOD_TAIL " }]\n",
     "component_shares[0].counts.cc", "its values are aa, bb"},
    {"diagnoses/chordoma.yaml",
     CHORDOMA "components: [{ id: aa, name: A }, { id: bb, name: B }]\ncomponent_shares: [{ finding: mr.t2, "
              "counts: { aa: 1 }, " GOOD_TAIL " }]\n",
     "component_shares[0].finding", "unknown key"},
    {"diagnoses/chordoma.yaml",
     CHORDOMA
     "components: [{ id: aa, name: A }, { id: bb, name: B }]\ncomponent_shares: [{ counts: { aa: 3, bb: 4 "
     "}, n: 9, " GOOD_TAIL " }]\n",
     "component_shares[0].counts", "no value is left for the rest"},
    {"diagnoses/chordoma.yaml", "id: chordoma\nid: chordoma\n", "chordoma.yaml:2:1", "second time"},
    {"diagnoses/chordoma.yaml", "- a list\n", "chordoma.yaml:1:1", "must be a map"},
    {"background.yaml", "evidence: [{ finding: mr.t2, counts: { high: 1 } }]\n",
     "background.yaml:1:", "'source' is missing"},
    {"background.yaml", "evidence: [{ finding: mr.t2, component: a, counts: { high: 1 }, " GOOD_TAIL " }]\n",
     "component", "describes no 'components'"},
    {"background.yaml", "rows: []\n", "background.yaml:1:1", "unknown key"},
    {"general.yaml", "statements: [{ topic: ct, text: \"\", source: one, where: w }]\n", ".text",
     "must not be empty"},
    {"sources.yaml", "one: { authors: A, title: T, kind: paper, seen: abstract }\n", ".kind",
     "unknown kind 'paper'"},
    {"sources.yaml", "one: { authors: A, title: T, kind: series, seen: skimmed }\n", ".seen",
     "unknown part that was read"},
    {"sources.yaml", "one: { authors: A, title: T, kind: series }\n", "one", "'seen' is missing"},
    {"sources.yaml", "one: { authors: A, kind: series, seen: abstract }\n", "one", "'title' is missing"},
    {"sources.yaml", "one: { authors: A, title: T, kind: series, seen: abstract, year: 20001 }\n", ".year",
     "it must be 1800 to 2100"},
    {"sources.yaml",
     "one: { authors: A, title: T, kind: series, seen: abstract, doi: \"https://doi.org/10.1/x\" }\n", ".doi",
     "a DOI begins with 10."},
    {"general.yaml", "statements: [{ topic: ct, text: t, source: one, where: w, conflict: [t2_dispute] }]\n",
     ".conflict", "must be a string"},
    {"readings.yaml", "readings: [\n", "readings.yaml:2:1",
     "not YAML: flow sequence without a closing bracket"},
    {"sources.yaml", "one: { authors: A, title: T, kind: series, seen: abstract, cited_by: memory }\n",
     ".cited_by", "unknown citing part 'memory'"},
    {"sources.yaml", "one two: { authors: A, title: T, kind: series, seen: abstract }\n", "sources.yaml:1:1",
     "letters, digits and _ only"},
    {"sources/more.yaml", "two: { authors: A, title: T, kind: series, seen: abstract }\n", "more.yaml:1:1",
     "'two' is defined already in "},
    {"conflicts/more.yaml", "t2_dispute: { question: q, resolution: r, sources: [] }\n", "more.yaml:1:1",
     "is defined already in "},
    {"conflicts.yaml", "t2_dispute: { question: q, sources: [] }\n", "t2_dispute", "'resolution' is missing"},
    {"conflicts.yaml", "t2_dispute: { question: q, resolution: r, sources: [three] }\n", "sources[0]",
     "unknown source 'three'"},
    {"conflicts.yaml", "t2_dispute: { question: q, resolution: r, sources: [one], diagnosis: gout }\n",
     ".diagnosis", "unknown diagnosis 'gout'"},
    {"dependence.yaml", "bundles: [{ id: b, label: B, reason: r, signs: [t2_signal] }]\n", ".signs",
     "at least two signs"},
    {"dependence.yaml", "bundles: [{ id: b, label: B, reason: r, signs: [t2_signal, t1_signal] }]\n",
     "signs[1]", "unknown sign 't1_signal'; did you mean 't2_signal'?"},
    {"dependence.yaml", "bundles: [{ id: b, label: B, reason: r, signs: [ct.nidus, ct.nidus] }]\n",
     "signs[1]", "in a bundle already"},
    {"dependence.yaml", "bundles: [{ id: b, label: B, signs: [ct.nidus, t2_signal] }]\n", "bundles[0]",
     "'reason' is missing"},
    {"priors.yaml", "{}\n", "priors.yaml", "holds no prior"},
    {"priors.yaml", "p: { label: L }\n", ".p", "needs either 'uniform: true' or a 'tree'"},
    {"priors.yaml",
     "p: { label: L, uniform: true, tree: { counts: { chordoma: 1, metastasis: 1 }, source: one, where: w } "
     "}\n",
     ".p", "needs either"},
    {"priors.yaml",
     "p: { label: L, tree: { counts: { chordoma: 1, metastasis: 1 }, source: one, where: w } }\n", ".tree",
     "'osteoid_osteoma' is missing in this tree"},
    {"priors.yaml",
     "p: { label: L, tree: { counts: { chordoma: 1, metastas: 1 }, source: one, where: w } }\n", "metastas",
     "did you mean 'metastasis'?"},
    {"priors.yaml",
     "p: { label: L, tree: { counts: { chordoma: 1, x: 1 }, source: one, where: w, children: { x: { "
     "diagnosis: chordoma } } } }\n",
     ".diagnosis", "in this tree twice"},
    {"priors.yaml",
     "p: { label: L, leaves_out: [chordoma], tree: { counts: { chordoma: 1, metastasis: 1 }, source: one, "
     "where: w } }\n",
     "counts.chordoma", "in this tree twice"},
    {"priors.yaml",
     "p: { label: L, tree: { counts: { chordoma: 0, metastasis: 0 }, source: one, where: w } }\n", ".counts",
     "add up to 0"},
    {"priors.yaml",
     "p: { label: L, tree: { counts: { chordoma: 0.5, metastasis: 1 }, source: one, where: w } }\n",
     "counts.chordoma", "shares go into 'weights'"},
    {"priors.yaml",
     "p: { label: L, tree: { weights: { chordoma: -1, metastasis: 1 }, source: one, where: w } }\n",
     "weights.chordoma", "must be at least 0"},
    {"priors.yaml", "p: { label: L, tree: { counts: { chordoma: 1 }, source: one, where: w } }\n", ".counts",
     "at least two children"},
    {"priors.yaml", "p: { label: L, tree: { counts: { chordoma: 1, metastasis: 1 }, where: w } }\n", ".tree",
     "'source' is missing"},
    {"priors.yaml", "p: { label: L, tree: { source: one, where: w } }\n", ".tree",
     "needs either counts or weights"},
    {"priors.yaml",
     "p: { label: L, tree: { counts: { chordoma: 1, metastasis: 1 }, n: 3, source: one, where: w } }\n", ".n",
     "counts need no n"},
    {"priors.yaml",
     "p: { label: L, tree: { counts: { chordoma: 1, metastasis: 1 }, source: one, where: w, children: { y: { "
     "diagnosis: chordoma } } } }\n",
     "children.y", "described and not counted"},
    {"scales.yaml", "words: {}\nconstants: {}\n", ".words", "'always' is missing"},
    {"scales.yaml",
     "words: { always: { probability: 1, size: 1, reason: r, basis: design } }\nconstants: {}\n",
     ".probability", "it must be 0.001 to 0.999"},
    {"scales.yaml", "words: { always: { probability: 0.9, size: 1, basis: design } }\nconstants: {}\n",
     ".always", "'reason' is missing"},
    {"scales.yaml",
     "words: { always: { probability: 0.9, size: 1, reason: r, basis: taste } }\nconstants: {}\n", ".basis",
     "unknown source 'taste'"},
    {"scales.yaml",
     "words:\n  always: { probability: 0.9, size: 1, reason: r, basis: design }\n  usual: { probability: "
     "0.9, size: 1, reason: r, basis: "
     "design }\nconstants: {}\n",
     ".probability", "'usual' must stand for less than 'always'"},
    {"vocabulary.yaml", "format: dens-vocabulary/1\n", "vocabulary.yaml", "is missing"},
};

static void bad_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char *folder = fixture_new();
        fixture_write(folder, files[i].name, files[i].text);
        assert_refused(folder, files[i].where, files[i].what);
        fixture_free(folder);
    }
}

/* One constant of the fixture's scales.yaml in place of its value. */
static void assert_constant_refused(const char *constant, const char *value, const char *what)
{
    char *folder = fixture_new();
    fixture_scale(folder, constant, value);
    AUTO_TEXT where = TEXT_INIT;
    text_addf(&where, "$.constants.%s.value", constant);
    assert_refused(folder, text_string(&where), what);
    fixture_free(folder);
}

static void constants_out_of_range(void **state)
{
    (void)state;
    assert_constant_refused("reader_slip", "0.51", "0.51 is out of range; it must be 0 to 0.5");
    assert_constant_refused("reader_slip", "-0.01", "it must be 0 to 0.5");
    assert_constant_refused("reader_slip", "1", "it must be 0 to 0.5");
    assert_constant_refused("reader_slip", "small", "must be a number");
    assert_constant_refused("silence", "0", "it must be 0.001 to 0.5");
    assert_constant_refused("draws", "100.5", "must be a whole number");
    assert_constant_refused("sign_tempering", "1.1", "it must be 0 to 1");
    static const char *const slips[] = {"0", "0.5"}; /* the bounds themselves are allowed */
    for (size_t i = 0; i < 2; i++) {
        char *folder = fixture_new();
        fixture_scale(folder, "reader_slip", slips[i]);
        Knowledge *k = fixture_load(folder);
        assert_near(knowledge_scales(k)->reader_slip, i ? 0.5 : 0, 0);
        knowledge_free(k);
        fixture_free(folder);
    }
}

static void missing_files(void **state)
{
    (void)state;
    assert_refused("/nowhere/at/all", "/nowhere/at/all", "cannot be opened");
    char *folder = fixture_new();
    AUTO_TEXT path = TEXT_INIT;
    text_addf(&path, "%s/scales.yaml", folder);
    assert_int_equal(remove(text_string(&path)), 0);
    assert_refused(folder, "scales.yaml", "cannot be opened");
    fixture_free(folder);
}

static void a_folder_counts_as_one_file(void **state)
{
    (void)state;
    char *folder = fixture_new();
    fixture_write(folder, "sources/b.yaml", "four: { authors: A, title: T, kind: series, seen: abstract }\n");
    fixture_write(folder, "sources/a.yaml",
                  "three: { authors: A, title: T, kind: series, seen: abstract }\n");
    fixture_write(folder, "sources/README", "not YAML: {\n");
    fixture_write(folder, "conflicts/a.yaml", "second: { question: q, resolution: r, sources: [four] }\n");
    Knowledge *k = fixture_load(folder);
    assert_int_equal(knowledge_source_count(k), 4);
    assert_string_equal(knowledge_source(k, 2)->id, "three"); /* by file name */
    assert_non_null(knowledge_find_source(k, "four"));
    assert_null(knowledge_find_source(k, "five"));
    assert_int_equal(knowledge_conflict_count(k), 2);
    knowledge_free(k);
    fixture_free(folder);
}

static void sources_have_names_and_citations(void **state)
{
    (void)state;
    char *folder = fixture_new();
    Knowledge *k = fixture_load(folder);
    const Source *one = knowledge_find_source(k, "one"), *two = knowledge_find_source(k, "two");
    assert_string_equal(one->short_name, "First 2001");
    assert_string_equal(one->citation, "First AB, Second C: The first. J One 2001.");
    assert_string_equal(one->doi, "10.1/x");
    assert_string_equal(two->short_name, "The second");
    assert_string_equal(two->citation, "The second.");
    knowledge_free(k);
    fixture_free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_rows),
        cmocka_unit_test(bad_files),
        cmocka_unit_test(constants_out_of_range),
        cmocka_unit_test(missing_files),
        cmocka_unit_test(a_folder_counts_as_one_file),
        cmocka_unit_test(sources_have_names_and_citations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
