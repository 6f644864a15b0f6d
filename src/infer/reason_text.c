/* A reason as one sentence:
 *
 *   T2 signal: high – seen in most cases of chordoma and in few of metastasis (12 of 13, Author 2017,
 *   against 3 of 20, Author 2012); together with STIR signal: high, six times as likely in chordoma as in
 *   metastasis.
 *
 * Invariants. The frequencies in words are the means of the cells, those of the finding of the sign that
 * speaks most (of a set: of its member that speaks most). The patients are those of one row for each side,
 * the one that counts most; further sources behind the same cell are counted. The factor in words belongs to
 * the factor that a report prints beside the sentence, to one decimal. No ids, no logarithms. */
#include "infer/infer.h"

#include "base/text.h"
#include "infer/evidence.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What stands behind a cell: the row that counts most and how many further sources. `row` is NULL if the
 * diagnosis was not studied; `general` is then a row with counts on other lesions, or NULL. */
typedef struct {
    const Row *row, *general;
    size_t further;
} Basis;

enum { HERE, THERE, SIDES }; /* the hypothesis and its rival */

/* What a sentence looks at: one finding of the sign, and of its cells the components that stand for what was
 * seen. `block` is where the components begin that share a total: 0, or those of a set's member. */
typedef struct {
    const Posterior *posterior;
    size_t sides[SIDES];
    Basis basis[SIDES];
    const CaseFinding *known;
    const Finding *finding;
    size_t member; /* of a set */
    size_t block, block_size;
    bool seen[VOCABULARY_MAX_VALUES]; /* counted from `block` */
} Look;

/* --- words --------------------------------------------------------------------------------------------- */

/* Shares in words: of the cases that are named, and of others that were named before. The first whose limit
 * the share reaches. */
static const struct {
    double at_least;
    const char *words, *of;
} frequencies[] = {{0.95, "almost all cases", "almost all"},
                   {0.75, "most cases", "most"},
                   {0.55, "more than half of the cases", "more than half"},
                   {0.45, "about half of the cases", "about half"},
                   {0.25, "some cases", "some"},
                   {0.08, "few cases", "few"},
                   {0, "hardly any cases", "hardly any"}};

static size_t frequency(double share)
{
    size_t i = 0;
    while (share < frequencies[i].at_least) {
        i++;
    }
    return i;
}

static bool is_none(const Posterior *p, size_t hypothesis)
{
    return hypothesis + 1 == p->hypothesis_count;
}

static const char *term(const Posterior *p, size_t hypothesis)
{
    return is_none(p, hypothesis) ? "a lesion outside this list"
                                  : knowledge_diagnosis(p->knowledge, hypothesis)->name->term;
}

/* "six times as likely in chordoma as in metastasis"; the factor as a report prints it, to one decimal. */
static void add_times(Text *text, double factor, const char *likelier, const char *other)
{
    static const char *const numbers[] = {"",      "",      "two",  "three", "four",   "five",  "six",
                                          "seven", "eight", "nine", "ten",   "eleven", "twelve"};
    double shown = factor < 10 ? round(10 * factor) / 10 : round(factor);
    if (shown < 1.05) {
        text_addf(text, "about as likely in %s as in %s", likelier, other);
        return;
    }
    if (shown < 1.35) {
        text_addf(text, "%s likelier in %s than in %s", shown < 1.25 ? "slightly" : "somewhat", likelier,
                  other);
        return;
    }
    double whole = round(shown);
    if (shown < 1.65) {
        text_add(text, "about one and a half times");
    } else if (shown < 2.35) {
        text_add(text, shown < 1.85 ? "almost twice" : shown < 2.15 ? "twice" : "more than twice");
    } else if (shown < 2.65) {
        text_add(text, "two and a half times");
    } else if (shown < 12.5) {
        const char *how = shown - whole < -0.15 ? "almost " : shown - whole > 0.25 ? "more than " : "";
        text_addf(text, "%s%s times", how, numbers[(size_t)whole]);
    } else if (shown <= 100) {
        text_addf(text, "about %.0f times", shown);
    } else {
        text_add(text, "more than a hundred times");
    }
    text_addf(text, " as likely in %s as in %s", likelier, other);
}

/* A number and its unit (UCUM) as people write them. */
static const char *unit_words(const char *ucum)
{
    static const char *const units[][2] = {{"a", " years"}, {"mo", " months"},
                                           {"mm", " mm"},   {"[hnsf'U]", " HU"},
                                           {"%", " %"},     {"10*-3.mm2/s", " × 10⁻³ mm²/s"}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(units[i][0], ucum) == 0) {
            return units[i][1];
        }
    }
    return ""; /* ratios and standardized uptake values: the label says what they are */
}

/* Two significant digits, whole numbers from ten on: what a measurement can mean. */
static void add_rounded(Text *text, double number)
{
    double magnitude = fabs(number);
    text_addf(text, "%s%.*f", number < 0 && round(10 * magnitude) > 0 ? "−" : "",
              magnitude >= 9.95 || magnitude - floor(magnitude) < 0.05 ? 0 : 1, magnitude);
}

/* --- what is known ------------------------------------------------------------------------------------- */

/* With its first letter small, unless the first word is an abbreviation or has a capital further on ("T2
 * signal", "FDG uptake"), or is a name ("Horner syndrome"). */
static void add_inside_sentence(Text *text, const char *label)
{
    bool name = strncmp(label, "Horner ", 7) == 0;
    bool word = islower((unsigned char)label[0]) || islower((unsigned char)label[1]) || label[1] == '\0';
    char first[2] = {word && !name ? (char)tolower((unsigned char)label[0]) : label[0], '\0'};
    text_add(text, first);
    text_add(text, label + (label[0] != '\0'));
}

static bool is_present_absent(const Finding *f)
{
    return f->kind == FINDING_CHOICE && f->value_count == 2 && finding_value(f, "present") >= 0 &&
           finding_value(f, "absent") >= 0;
}

/* The values that the evidence leaves possible, for a choice; the members that are known present, for a set.
 */
static uint64_t possible(const CaseFinding *known)
{
    if (known->has_read) {
        return known->read_values;
    }
    return known->finding->kind == FINDING_CHOICE ? UINT64_C(1) << known->measured_value : 0;
}

static bool is_only(const CaseFinding *known, const char *value)
{
    int at = finding_value(known->finding, value);
    return at >= 0 && possible(known) == UINT64_C(1) << at;
}

static void add_age(Text *text, double years)
{
    if (years < 2) {
        double months = floor(12 * years + 1e-9);
        text_addf(text, "Age %zu month%s", (size_t)months, months == 1 ? "" : "s");
    } else {
        text_addf(text, "Age %zu years", (size_t)years);
    }
}

/* "5 days" for a part of a month. */
static void add_days(Text *text, double months)
{
    static const double days_of_month = 30.44;
    double days = fmax(round(months * days_of_month), 1);
    text_addf(text, "%.0f day%s", days, days > 1 ? "s" : "");
}

static void add_number(Text *text, const CaseFinding *known)
{
    const Finding *f = known->finding;
    text_addf(text, "%s ", f->label);
    bool single = known->has_read && known->read_number_count == 1;
    if (single && strcmp(f->unit, "mo") == 0 && known->read_numbers[0] < 1) {
        add_days(text, known->read_numbers[0]);
        return;
    }
    if (!known->has_read) {
        add_rounded(text, known->measured_number);
    }
    for (size_t i = 0; known->has_read && i < known->read_number_count; i++) {
        text_addf(text, "%s%g", i ? " or " : "", known->read_numbers[i]);
    }
    bool one = single && known->read_numbers[0] == 1;
    text_add(text, one && strcmp(f->unit, "mo") == 0 ? " month" : unit_words(f->unit));
}

static void add_value_list(Text *text, const Finding *f, uint64_t mask, const char *joint)
{
    size_t left = (size_t)__builtin_popcountll(mask);
    for (size_t v = 0; v < f->value_count; v++) {
        if (mask >> v & 1) {
            text_add(text, f->values[v].label);
            left--;
            text_add(text, left > 1 ? ", " : left == 1 ? joint : "");
        }
    }
}

/* "none" of these is a state, not the lack of something. */
static bool none_is_a_state(const Finding *f)
{
    static const char *const ids[] = {"extent.canal", "ct.destruction", "mr.dce_curve"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (strcmp(ids[i], f->id) == 0) {
            return true;
        }
    }
    return false;
}

static void add_choice(Text *text, const CaseFinding *known)
{
    const Finding *f = known->finding;
    if (is_present_absent(f) ? is_only(known, "absent") : is_only(known, "none") && !none_is_a_state(f)) {
        text_add(text, "No ");
        add_inside_sentence(text, f->label);
    } else if (strcmp(f->id, "patient.sex") == 0) {
        text_add(text, is_only(known, "male") ? "Male sex" : "Female sex");
    } else if (is_present_absent(f)) {
        text_add(text, f->label);
    } else {
        text_addf(text, "%s: ", f->label);
        add_value_list(text, f, possible(known), " or ");
    }
    text_add(text, known->has_read ? "" : " (measured)");
}

/* "Age 57 years", "T2 signal: high", "No nidus", "Levels: C3 and C4". */
static void add_known(Text *text, const CaseFinding *known, bool first)
{
    const Finding *f = known->finding;
    AUTO_TEXT phrase = TEXT_INIT;
    if (strcmp(f->id, "patient.age") == 0) {
        add_age(&phrase, known->read_numbers[0]);
    } else if (f->kind == FINDING_NUMBER) {
        add_number(&phrase, known);
    } else if (f->kind == FINDING_CHOICE) {
        add_choice(&phrase, known);
    } else if (known->read_none) {
        text_addf(&phrase, "%s: none", f->label);
    } else {
        text_addf(&phrase, "%s: ", f->label);
        add_value_list(&phrase, f, possible(known), " and ");
    }
    if (first) {
        text_add(text, text_string(&phrase));
    } else {
        add_inside_sentence(text, text_string(&phrase));
    }
}

static const CaseFinding *known_of(const Case *c, const Finding *f, CaseFinding *room)
{
    for (size_t i = 0; i < c->finding_count; i++) {
        if (c->findings[i].finding == f) {
            return &c->findings[i];
        }
    }
    return case_implied(c, f, room) ? room : NULL;
}

/* --- the look: which components of the cells ----------------------------------------------------------- */

/* What a hypothesis expects of the look's finding, laid out as a cell. */
static const double *expected(const Look *look, size_t hypothesis)
{
    return hypothesis_chances(look->posterior->knowledge, hypothesis, look->finding);
}

/* How often the hypothesis shows what was seen. */
static double share_of(const Look *look, size_t hypothesis)
{
    const double *means = expected(look, hypothesis);
    double share = 0;
    for (size_t i = 0; i < look->block_size; i++) {
        share += look->seen[i] ? means[look->block + i] : 0;
    }
    return share;
}

static void look_at_member(Look *look, const Evidence *evidence, size_t member)
{
    look->member = member;
    look->block = 2 * member;
    look->block_size = 2;
    look->seen[0] = evidence->weight[2 * member] > evidence->weight[2 * member + 1];
    look->seen[1] = !look->seen[0];
}

/* The known member whose presence or absence speaks most for `likelier` and against `other`. */
static void look_at_leading_member(Look *look, const Evidence *evidence, size_t likelier, size_t other)
{
    Look best = *look;
    double most = -INFINITY;
    for (size_t m = 0; m < look->finding->value_count; m++) {
        if (evidence->weight[2 * m] == evidence->weight[2 * m + 1]) {
            continue;
        }
        look_at_member(look, evidence, m);
        double ratio = log(fmax(share_of(look, likelier), 1e-9) / fmax(share_of(look, other), 1e-9));
        if (ratio > most) {
            most = ratio;
            best = *look;
        }
    }
    *look = best;
}

/* --- what stands behind it ----------------------------------------------------------------------------- */

/* Patients of a row that show what was seen, and how many were looked at. */
static void row_patients(const Look *look, const Row *row, double *out_seen, double *out_of)
{
    *out_seen = 0;
    *out_of = 0;
    for (size_t i = 0; i < look->block_size; i++) {
        *out_of += row->mass[look->block + i];
        *out_seen += look->seen[i] ? row->mass[look->block + i] : 0;
    }
}

/* Of rows that count, patients stand before words. */
static bool stands_before(const Row *row, const Row *best)
{
    return !best || row->has_counts > best->has_counts ||
           (row->has_counts == best->has_counts && row->n * row->discount > best->n * best->discount);
}

static bool counts_here(const Look *look, const Row *row)
{
    double seen = 0, of = 0;
    row_patients(look, row, &seen, &of);
    return row->discount > 0 && of > 0;
}

/* What other lesions show, where the diagnosis was not studied and something was counted there. */
static Basis find_general(const Look *look)
{
    size_t count = 0;
    const Row *rows = knowledge_background_rows(look->posterior->knowledge, &count);
    Basis out = {0};
    for (size_t i = 0; i < count; i++) {
        if (rows[i].finding != look->finding || !rows[i].has_counts || !counts_here(look, &rows[i])) {
            continue;
        }
        out.further += out.general != NULL;
        out.general = stands_before(&rows[i], out.general) ? &rows[i] : out.general;
    }
    return out;
}

static Basis find_basis(const Look *look, size_t hypothesis)
{
    if (is_none(look->posterior, hypothesis)) {
        return (Basis){0};
    }
    const Cell *cell = knowledge_cell(look->posterior->knowledge, hypothesis, look->finding);
    const Row *best = NULL;
    size_t sources = 0;
    for (size_t i = 0; i < cell->row_count; i++) {
        const Row *row = cell->rows[i];
        if (!counts_here(look, row)) {
            continue;
        }
        bool known = false;
        for (size_t k = 0; k < i && !known; k++) {
            known = (cell->rows[k]->source == row->source && cell->rows[k]->discount > 0);
        }
        sources += !known;
        best = stands_before(row, best) ? row : best;
    }
    return best ? (Basis){.row = best, .further = sources - 1} : find_general(look);
}

/* The look at the finding of a reason that speaks most; false if the case says nothing of it. */
static bool look_of(Look *out, const Posterior *p, const Case *c, const Reason *reason, size_t hypothesis,
                    size_t rival, CaseFinding *room)
{
    const Finding *f = reason->sign->findings[reason_leading(reason)];
    const CaseFinding *known = known_of(c, f, room);
    Evidence evidence;
    *out = (Look){.posterior = p, .sides = {hypothesis, rival}, .known = known, .finding = f};
    if (!known || !evidence_of(&evidence, known, p->arena)) {
        return false;
    }
    bool against = reason->weight < 0;
    if (f->kind == FINDING_SET) {
        look_at_leading_member(out, &evidence, against ? rival : hypothesis, against ? hypothesis : rival);
    } else {
        out->block_size = evidence.component_count;
        for (size_t i = 0; i < out->block_size && f->kind == FINDING_CHOICE; i++) {
            out->seen[i] = known->has_read ? evidence.weight[i] >= 0.5 : i == (size_t)known->measured_value;
        }
    }
    out->basis[HERE] = find_basis(out, hypothesis);
    out->basis[THERE] = find_basis(out, rival);
    return true;
}

static void add_source(Text *text, const Source *source)
{
    bool review = strcmp(source->kind, "review") == 0 && !strstr(source->short_name, "review");
    text_addf(text, "%s%s", source->short_name, review ? " (review)" : "");
}

static void add_basis(Text *text, const Look *look, size_t side)
{
    size_t hypothesis = look->sides[side], further = look->basis[side].further;
    const Row *row = look->basis[side].row;
    if (is_none(look->posterior, hypothesis)) {
        text_add(text, "a flat mixture of all diagnoses");
        return;
    }
    if (!row) {
        row = look->basis[side].general;
        text_addf(text, "not studied in %s, taken as in %s", term(look->posterior, hypothesis),
                  row ? "other lesions: " : "bone lesions of any kind");
    }
    if (!row) {
        return;
    }
    double seen = 0, of = 0;
    row_patients(look, row, &seen, &of);
    if (!row->has_counts || of < 0.5) {
        text_add(text, "described by ");
    } else if (look->finding->kind == FINDING_NUMBER) {
        text_addf(text, "%zu patients, ", (size_t)round(row->n));
    } else {
        text_addf(text, "%zu of %zu, ", (size_t)round(seen), (size_t)round(of));
    }
    add_source(text, row->source);
    if (further) {
        text_addf(text, " and %zu more source%s", further, further == 1 ? "" : "s");
    }
}

static void add_bases(Text *text, const Look *look)
{
    const Posterior *p = look->posterior;
    bool any = look->basis[HERE].row || look->basis[THERE].row;
    if (!any && !is_none(p, look->sides[HERE]) && !is_none(p, look->sides[THERE])) {
        text_add(text, " (studied in neither)");
        return;
    }
    text_add(text, " (");
    add_basis(text, look, HERE);
    text_add(text, ", against ");
    add_basis(text, look, THERE);
    text_add(text, ")");
}

/* --- how often ----------------------------------------------------------------------------------------- */

/* The value below which `share` of a number's cases lie, the bins filled evenly. */
static double quantile(const Finding *f, const double *means, double share)
{
    for (size_t i = 0; i < f->bin_count; i++) {
        if (share <= means[i] || i + 1 == f->bin_count) {
            double part = means[i] > 0 ? fmin(share / means[i], 1) : 0;
            return f->bin_edges[i] + part * (f->bin_edges[i + 1] - f->bin_edges[i]);
        }
        share -= means[i];
    }
    return f->maximum;
}

/* The middle half of the cases: "49 and 67". */
static void add_middle(Text *text, const Look *look, size_t hypothesis)
{
    const double *means = expected(look, hypothesis);
    add_rounded(text, quantile(look->finding, means, 0.25));
    text_add(text, " and ");
    add_rounded(text, quantile(look->finding, means, 0.75));
}

/* Only of what was studied: the spread of all bone lesions would say nothing. */
static void add_middles(Text *text, const Look *look)
{
    size_t shown = 0;
    const char *unit = unit_words(look->finding->unit);
    for (size_t side = 0; side < SIDES; side++) {
        if (!look->basis[side].row) {
            continue;
        }
        text_addf(text, "%s between ", shown ? " and" : "half of the cases lie");
        add_middle(text, look, look->sides[side]);
        text_addf(text, "%s in %s", shown ? "" : unit, term(look->posterior, look->sides[side]));
        shown++;
    }
    text_add(text, shown ? "" : "taken as in bone lesions of any kind");
}

/* "seen in" and "in"; absent signs, and what is no picture, are not "seen": "true of" and "of". */
static void find_verb(const Look *look, const char **out_verb, const char **out_joint)
{
    const Finding *f = look->finding;
    bool picture = strcmp(f->section, "clinical") != 0 && strcmp(f->section, "patient") != 0;
    bool lacking = f->kind == FINDING_SET ? look->seen[1]
                                          : is_only(look->known, "absent") || is_only(look->known, "none");
    bool is_true = lacking || (!picture && !is_present_absent(f));
    *out_verb = is_true ? "true of" : picture ? "seen in" : "present in";
    *out_joint = is_true ? "of" : "in";
}

/* "C3 " or "C3 not among them, " of the set's member that speaks most, unless it is the only one. */
static void add_member(Text *text, const Look *look)
{
    bool alone = __builtin_popcountll(possible(look->known)) == 1 && look->seen[0];
    if (look->finding->kind == FINDING_SET && !alone) {
        text_addf(text, "%s%s", look->finding->values[look->member].label,
                  look->seen[0] ? " " : " not among them, ");
    }
}

/* "None of these" has no cases of its own to count. */
static void add_frequencies(Text *text, const Look *look)
{
    const Posterior *p = look->posterior;
    size_t hypothesis = look->sides[HERE], rival = look->sides[THERE];
    const char *verb = NULL, *joint = NULL;
    find_verb(look, &verb, &joint);
    add_member(text, look);
    if (is_none(p, hypothesis) || is_none(p, rival)) {
        size_t studied = is_none(p, hypothesis) ? rival : hypothesis;
        text_addf(text, "%s %s of %s", verb, frequencies[frequency(share_of(look, studied))].words,
                  term(p, studied));
        return;
    }
    double here = share_of(look, hypothesis), there = share_of(look, rival);
    size_t word = frequency(here), other = frequency(there);
    if (word == other) {
        text_addf(text, "%s %s of either", verb, frequencies[word].words);
        if (fmax(here, there) >= 1.05 * fmin(here, there)) {
            text_addf(text, ", more often in %s", term(p, here >= there ? hypothesis : rival));
        }
        return;
    }
    text_addf(text, "%s %s of %s and %s %s of %s", verb, frequencies[word].words, term(p, hypothesis), joint,
              frequencies[other].of, term(p, rival));
}

/* --- the sentence -------------------------------------------------------------------------------------- */

/* The finding of the sign that speaks most in the reason's direction. */
size_t reason_leading(const Reason *reason)
{
    size_t best = 0;
    double direction = reason->weight < 0 ? -1 : 1;
    for (size_t i = 1; i < reason->sign->finding_count; i++) {
        if (direction * reason->shares[i] > direction * reason->shares[best]) {
            best = i;
        }
    }
    return best;
}

const Row *reason_row(const Posterior *p, const Case *c, const Reason *reason, size_t hypothesis,
                      size_t rival, bool of_rival)
{
    Look look;
    CaseFinding room;
    if (!look_of(&look, p, c, reason, hypothesis, rival, &room)) {
        return NULL;
    }
    const Basis *basis = &look.basis[of_rival ? THERE : HERE];
    return basis->row ? basis->row : basis->general;
}

/* "; together with no nidus and CT margin: ill defined, " */
static void add_others(Text *text, const Case *c, const Reason *reason)
{
    size_t leading = reason_leading(reason), left = reason->sign->finding_count - 1;
    text_add(text, left ? "; together with " : "; ");
    for (size_t i = 0; i < reason->sign->finding_count; i++) {
        CaseFinding room;
        const CaseFinding *known = known_of(c, reason->sign->findings[i], &room);
        if (i == leading || !known) {
            continue;
        }
        add_known(text, known, false);
        left--;
        text_add(text, left > 1 ? ", " : left == 1 ? " and " : ", ");
    }
}

const char *reason_text(const Posterior *p, const Case *c, const Reason *reason, size_t hypothesis,
                        size_t rival)
{
    AUTO_TEXT text = TEXT_INIT;
    CaseFinding room;
    Look look;
    bool spoken = look_of(&look, p, c, reason, hypothesis, rival, &room);
    if (look.known) {
        add_known(&text, look.known, true);
    }
    if (spoken) {
        text_add(&text, strchr(text_string(&text), ':') ? " – " : ": ");
        if (look.finding->kind == FINDING_NUMBER) {
            add_middles(&text, &look);
        } else {
            add_frequencies(&text, &look);
        }
        add_bases(&text, &look);
    }
    add_others(&text, c, reason);
    bool against = reason->weight < 0;
    add_times(&text, exp(fabs(reason->weight)), term(p, against ? rival : hypothesis),
              term(p, against ? hypothesis : rival));
    text_add(&text, ".");
    return arena_strdup(p->arena, text_string(&text));
}
