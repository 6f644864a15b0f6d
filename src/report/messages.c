/* The catalogue's English table, and how a table is read. */
#include "report/messages.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>

static const MessageWord english_groups[] = {
    {"benign", "benign"},
    {"intermediate", "intermediate"},
    {"malignant", "malignant"},
    {"secondary", "secondary"},
    {"mimic", "mimic"},
    {"none_of_these", "none of these"},
    {NULL, NULL},
};

static const MessageWord english_urgencies[] = {
    {"hours", "within hours"},
    {"days", "within days"},
    {"planned", "before treatment"},
    {NULL, NULL},
};

/* How surely the finding behind an alert is there; one that was calculated has no word. */
static const MessageWord english_certainties[] = {
    {"reported", "reported"}, {"measured", "measured"}, {"possible", "possible"}, {NULL, NULL}};

static const MessageWord english_sexes[] = {{"male", "male"}, {"female", "female"}, {NULL, NULL}};

static const MessageWord english_levels[] = {
    {"none", "none"},         {"low", "low"},   {"medium", "medium"},
    {"moderate", "moderate"}, {"high", "high"}, {NULL, NULL},
};

static const MessageWord english_scores[] = {
    {"sins", "SINS (Spinal Instability Neoplastic Score)"},
    {"escc", "ESCC (epidural spinal cord compression) grade"},
    {"tomita", "Tomita score"},
    {"tokuhashi", "Revised Tokuhashi score"},
    {"enneking", "Enneking stage"},
    {"wbb", "Weinstein–Boriani–Biagini stage"},
    {NULL, NULL},
};

/* Families of measurements: the part of an id before the dot. */
static const MessageWord english_families[] = {
    {"size", "Size"},
    {"anatomy", "Place in the spine"},
    {"elements", "Elements of the vertebra"},
    {"layers", "Layers of the vertebra"},
    {"collapse", "Height of the body"},
    {"mass", "Beyond the bone"},
    {"expansion", "Expansion of the bone"},
    {"cortex", "Cortex over the lesion"},
    {"foramina", "Neural foramina"},
    {"canal", "Canal and cord"},
    {"artery", "Vertebral artery"},
    {"attenuation", "CT attenuation"},
    {"margin", "Margin and cortex"},
    {"matrix", "Mineral in the lesion"},
    {"nidus", "Enclosed lucency"},
    {"signal", "MR signal, as a ratio to a reference tissue"},
    {"fluid", "Fluid–fluid levels"},
    {"oedema", "Marrow oedema"},
    {"enhancement", "Contrast enhancement"},
    {"pattern", "Pattern of enhancement"},
    {"diffusion", "Diffusion"},
    {"perfusion", "Perfusion"},
    {"uptake", "Uptake on PET"},
    {NULL, NULL},
};

/* Series by their role. */
static const MessageWord english_series[] = {
    {"ct", "CT"},         {"xr", "Radiograph"},        {"t1", "T1"},       {"t2", "T2"},
    {"stir", "STIR"},     {"t1c", "T1 with contrast"}, {"in", "In phase"}, {"opp", "Opposed phase"},
    {"dwi", "Diffusion"}, {"adc", "ADC map"},          {"dce", "Dynamic"}, {"pet", "PET"},
    {NULL, NULL},
};

/* What a change is against its repeatability. */
static const MessageWord english_verdicts[] = {{"changed", "changed"},
                                               {"no_change", "no change beyond repeatability"},
                                               {"cannot_be_told", "cannot be told"},
                                               {NULL, NULL}};

static const MessageWord english_points[] = {
    {"for", "speaks for it"}, {"against", "speaks against it"}, {NULL, NULL}};

static const Messages english = {
    .language = "en",
    .texts =
        {
            [MESSAGE_TITLE] = "Report of imaging evaluation",
            [MESSAGE_DEVICE] =
                "Decision support for professionals and research; not a certified medical device.",
            [MESSAGE_PATIENT] = "Patient",
            [MESSAGE_STUDY] = "Study",
            [MESSAGE_ACCESSION] = "Accession",
            [MESSAGE_CASE] = "Case",
            [MESSAGE_SOFTWARE] = "Software",
            [MESSAGE_SOFTWARE_PATTERN] = "dens {1}",
            [MESSAGE_KNOWLEDGE_PATTERN] = "knowledge {1}",
            [MESSAGE_OVERLAY_PATTERN] = "with the department's own counts {1}",
            [MESSAGE_PRIOR] = "Prior",
            [MESSAGE_AGE_YEARS] = "{1} years",
            [MESSAGE_AGE_YEAR] = "1 year",
            [MESSAGE_AGE_MONTHS] = "{1} months",
            [MESSAGE_AGE_MONTH] = "1 month",
            [MESSAGE_AGE_NEWBORN] = "under 1 month",
            [MESSAGE_AGE_UNKNOWN] = "age not stated",
            [MESSAGE_SEX_UNKNOWN] = "sex not stated",
            [MESSAGE_ALERTS] = "Alerts",
            [MESSAGE_IMPRESSION] = "Impression",
            [MESSAGE_PICTURES] = "Key images",
            [MESSAGE_SAGITTAL_PATTERN] = "{1}, sagittal",
            [MESSAGE_AXIAL_PATTERN] = "{1}, axial",
            [MESSAGE_PICTURES_NOTE] =
                "Through the middle of the lesion, whose outline is drawn. Reformatted; not for diagnosis.",
            [MESSAGE_PAGE_PATTERN] = "Page {1} of {2}",
            [MESSAGE_TECHNIQUE] = "Technique",
            [MESSAGE_FINDINGS] = "Findings",
            [MESSAGE_MEASUREMENTS] = "Measurements",
            [MESSAGE_DIFFERENTIAL] = "Differential diagnosis",
            [MESSAGE_REASONS] = "Reasons",
            [MESSAGE_MIMICS] = "Mimics to consider",
            [MESSAGE_PATHOLOGY] = "Pathology",
            [MESSAGE_NEXT] = "Next examination",
            [MESSAGE_BIOPSY] = "Before a biopsy",
            [MESSAGE_SCORES] = "Scores",
            [MESSAGE_MANAGEMENT] = "Considerations for the tumour board",
            [MESSAGE_NOT_ASSESSED] = "Not assessed",
            [MESSAGE_CONFLICTS] = "Reader and measurement disagree",
            [MESSAGE_NOT_WRITTEN] = "Not written",
            [MESSAGE_LIMITS] = "Limits of use",
            [MESSAGE_SOURCES] = "Sources",
            [MESSAGE_PROVENANCE] = "Provenance",
            [MESSAGE_NO_ALERT] = "No alert from what was reported.",
            [MESSAGE_BECAUSE_PATTERN] = "Based on: {1}",
            [MESSAGE_ASK_PATTERN] = "To ask: {1}",
            [MESSAGE_NO_IMPRESSION] = "No impression was given.",
            [MESSAGE_EDITED] = "The impression is the reader's own.",
            [MESSAGE_SIGNED_PATTERN] = "Signed by {1}, {2}.",
            [MESSAGE_NOT_SIGNED] = "Not signed.",
            [MESSAGE_COMPLETE] = "Done, complete",
            [MESSAGE_PARTIAL] = "Done, partial",
            [MESSAGE_NOT_DONE] = "Not done",
            [MESSAGE_NOT_STATED] = "Not stated",
            [MESSAGE_FINDING] = "Finding",
            [MESSAGE_VALUE] = "Value",
            [MESSAGE_READ] = "read",
            [MESSAGE_MEASURED] = "measured",
            [MESSAGE_READER_USED] = "differ: the reader's is used",
            [MESSAGE_NO_FINDINGS] = "No finding was stated.",
            [MESSAGE_NONE_READ] = "–",
            [MESSAGE_QUANTITY] = "Quantity",
            [MESSAGE_METHOD] = "Method",
            [MESSAGE_OF_PATTERN] = "{1} ({2})",
            [MESSAGE_MEASURED_PATTERN] = "{1} {2}",
            [MESSAGE_METHODS_ELSEWHERE] = "Methods and their sources: report.html, result.json.",
            [MESSAGE_MORE_ELSEWHERE] = "More in report.html.",
            [MESSAGE_MISSING] = "Not measured",
            [MESSAGE_FURTHER_MEASURED] = "Also: {1}.",
            [MESSAGE_SERIES_PATTERN] = "series {1}",
            [MESSAGE_DIAGNOSIS] = "Diagnosis",
            [MESSAGE_PROBABILITY] = "Probability",
            [MESSAGE_INTERVAL] = "90 % interval",
            [MESSAGE_GROUP] = "Group",
            [MESSAGE_BAR_PATTERN] = "Probability {1}, 90 % interval {2}",
            [MESSAGE_BAR_LEGEND_TEXT] =
                ("Bars from 0 to 100 %: █ to the lower end of the 90 % interval, ▓ to "
                 "the probability, ░ to the upper end."),
            [MESSAGE_BAR_LEGEND_HTML] =
                "Bars run from 0 to 100 %; the line across a bar's end is the 90 % interval.",
            [MESSAGE_PRIOR_PATTERN] = "Prior: {1}.",
            [MESSAGE_OTHERS] = "Others",
            [MESSAGE_UNDER_ONE] = "Below 1 %",
            [MESSAGE_GROUPS] = "Groups, summed",
            [MESSAGE_NONE_OF_THESE] = "None of these",
            [MESSAGE_COMPONENT_PATTERN] = "{1} ({2})",
            [MESSAGE_RIVAL_PATTERN] = "weighed against {1}",
            [MESSAGE_FOR] = "For",
            [MESSAGE_AGAINST] = "Against",
            [MESSAGE_ODDS] = "Odds",
            [MESSAGE_ODDS_TIMES] = "× {1}",
            [MESSAGE_ODDS_DIVIDED] = "÷ {1}",
            [MESSAGE_REASON_BAR] = "changes the odds {1}",
            [MESSAGE_WEAKER_ONE] = "and 1 weaker one",
            [MESSAGE_WEAKER_PATTERN] = "and {1} weaker ones",
            [MESSAGE_SLIGHT_ONE] = "only 1 slight one, which changes the odds by less than a tenth",
            [MESSAGE_SLIGHT_PATTERN] =
                "only {1} slight ones, which change the odds by less than a tenth each",
            [MESSAGE_MIRROR_PATTERN] =
                ("The reasons are those of {1}, the other way round: what speaks for {1} "
                 "speaks against {2}."),
            [MESSAGE_NO_REASONS] = "No reasons were given.",
            [MESSAGE_NO_NEXT] =
                ("None: what was not done would not change the first step by more than its cost and risk "
                 "weigh. What an alert asks for holds all the same."),
            [MESSAGE_COST] = "Cost",
            [MESSAGE_RISK] = "Risk",
            [MESSAGE_IF_PATTERN] = "If {1} ({2}):",
            [MESSAGE_THEN_PATTERN] = "then {1}.",
            [MESSAGE_ACTION_PATTERN] = "Action: {1}",
            [MESSAGE_SCORE] = "Score",
            [MESSAGE_BAND] = "Meaning",
            [MESSAGE_ITEMS] = "Items",
            [MESSAGE_UNKNOWN_ITEMS_PATTERN] = "not known: {1}",
            [MESSAGE_SCORES_LEFT_OUT_PATTERN] = "Not given: {1}.",
            [MESSAGE_APPLIES_PATTERN] = "{1}: {2}",
            [MESSAGE_READER] = "Reader",
            [MESSAGE_MEASUREMENT] = "Measurement",
            [MESSAGE_USED] = "The reader's value is used.",
            [MESSAGE_REASON] = "Reason",
            [MESSAGE_LIMIT_1] = ("The probabilities hold for a bone lesion of the cervical spine and for the "
                                 "prior named above. They come from published "
                                 "series, many of them small, and shift with what was reported."),
            [MESSAGE_LIMIT_2] = ("A finding that nobody stated counts as unknown, not as absent. What stands "
                                 "under “not assessed” was not looked at."),
            [MESSAGE_LIMIT_3] = ("The interval shows how well the published series fix the numbers; it does "
                                 "not cover a finding that was misread."),
            [MESSAGE_LIMIT_4] = ("This report supports the physicians who know the patient; it replaces "
                                 "neither their judgement nor histology."),
            [MESSAGE_UNTRANSLATED_ONE] = "One text is in English, for want of a translation.",
            [MESSAGE_UNTRANSLATED_PATTERN] = "{1} texts are in English, for want of a translation.",
            [MESSAGE_TIME] = "Time",
            [MESSAGE_COMMAND] = "Command",
            [MESSAGE_SERIES] = "Series",
            [MESSAGE_CHECKSUM] = "SHA-256, beginning",
            [MESSAGE_COMPARISON] = "Comparison of two evaluations of one lesion",
            [MESSAGE_BEFORE] = "Before",
            [MESSAGE_AFTER] = "After",
            [MESSAGE_CONCLUSION] = "Conclusion",
            [MESSAGE_COMPARISON_NOTES] = "Before you read on",
            [MESSAGE_CHANGE] = "Change",
            [MESSAGE_VERDICT] = "Against repeatability",
            [MESSAGE_EXPLAINED_PATTERN] = "repeated measurement explains {1} to {2}",
            [MESSAGE_OWN_ERROR] =
                "no published repeatability: standard errors only; outline and positioning are not in them",
            [MESSAGE_RESPONSE] = "Response criteria",
            [MESSAGE_RESIDUAL] = "Residual disease, if the lesion was treated",
            [MESSAGE_FINDINGS_CHANGED] = "Findings that changed",
            [MESSAGE_NO_FINDING_CHANGED] = "No finding changed.",
            [MESSAGE_NOT_STATED_HERE] = "not stated",
            [MESSAGE_DIAGNOSIS_COLUMN] = "Diagnosis",
            [MESSAGE_ALERTS_NEW] = "New",
            [MESSAGE_ALERTS_STILL] = "Still there",
            [MESSAGE_ALERTS_GONE] = "No longer there",
            [MESSAGE_NO_ALERT_CHANGED] = "No alert, before or after.",
            [MESSAGE_NOT_COMPARED] = "Not compared",
            [MESSAGE_LEVELS] = "levels",
            [MESSAGE_IMAGES_OF] = "images of",
            [MESSAGE_EVALUATED] = "evaluated",
            [MESSAGE_RANK_PATTERN] = "{1}, rank {2}",
            [MESSAGE_NOT_RANKED] = "not ranked",
            [MESSAGE_COMPARISON_LIMIT_1] =
                "Masks were drawn twice: how they were drawn is part of every change of size.",
            [MESSAGE_COMPARISON_LIMIT_2] =
                "Published repeatability comes from other organs where it says so.",
            [MESSAGE_COMPARISON_LIMIT_3] = "No change beyond repeatability is no proof of stability.",
            [MESSAGE_COMMA] = ", ",
            [MESSAGE_SEMICOLON] = "; ",
            [MESSAGE_OR] = " or ",
            [MESSAGE_LABEL_PATTERN] = "{1}: {2}",
            [MESSAGE_PERCENT_PATTERN] = "{1} %",
        },
    .groups = english_groups,
    .urgencies = english_urgencies,
    .certainties = english_certainties,
    .sexes = english_sexes,
    .levels = english_levels,
    .scores = english_scores,
    .families = english_families,
    .series = english_series,
    .verdicts = english_verdicts,
    .points = english_points,
};

const Messages *messages_english(void)
{
    return &english;
}

/* --- other languages ----------------------------------------------------------------------------------- */

struct MessageSet {
    Arena *arena;
    Language *language; /* NULL: English */
    Messages messages;
};

/* The text in the set's language. One without a letter ("–") may stand as it is. */
static const char *in_language(MessageSet *set, const char *text, DensError **err)
{
    const char *said = language_word(set->language, set->arena, "message", text);
    if (said || !text[strcspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")])
        return said ? said : text;
    error_input(err, language_code(set->language), "the language has no words for \"%s\"", text);
    return NULL;
}

static const MessageWord *words_in_language(MessageSet *set, const MessageWord *words, DensError **err)
{
    size_t count = 0;
    while (words[count].id)
        count++;
    MessageWord *out = arena_array(set->arena, count + 1, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        out[i] = (MessageWord){words[i].id, in_language(set, words[i].text, err)};
        if (!out[i].text)
            return NULL;
    }
    return out;
}

static bool translate(MessageSet *set, DensError **err)
{
    Messages *m = &set->messages;
    const MessageWord **lists[] = {&m->groups, &m->urgencies, &m->certainties, &m->sexes,    &m->levels,
                                   &m->scores, &m->families,  &m->series,      &m->verdicts, &m->points};
    m->language = language_code(set->language);
    m->said = set->language;
    for (size_t i = 0; i < MESSAGE_COUNT; i++) {
        m->texts[i] = in_language(set, m->texts[i], err);
        if (!m->texts[i])
            return false;
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        *lists[i] = words_in_language(set, *lists[i], err);
        if (!*lists[i])
            return false;
    }
    return true;
}

MessageSet *messages_load(const char *folder, const char *language, DensError **err)
{
    Arena *arena = arena_new();
    AUTO(messages_auto) MessageSet *set = arena_alloc(arena, sizeof *set);
    *set = (MessageSet){.arena = arena, .messages = english};
    if (strcmp(language, "en") == 0)
        return TAKE(set);
    set->language = language_load(folder, language, err);
    return set->language && translate(set, err) ? TAKE(set) : NULL;
}

void messages_free(MessageSet *set)
{
    if (set) {
        language_free(set->language);
        arena_free(set->arena);
    }
}

const Messages *messages_of(const MessageSet *set)
{
    return &set->messages;
}

const char *messages_say(Arena *arena, const Messages *messages, const char *text)
{
    return messages->said ? language_say(messages->said, arena, text) : text;
}

/* --- reading a table ----------------------------------------------------------------------------------- */

const char *messages_text(const Messages *messages, MessageId id)
{
    return messages->texts[id];
}

const char *messages_word(const MessageWord *words, const char *id)
{
    for (; id && words->id; words++) {
        if (strcmp(words->id, id) == 0)
            return words->text;
    }
    return NULL;
}

const char *messages_fill(Arena *arena, const Messages *messages, MessageId id, const char *first,
                          const char *second)
{
    AUTO_TEXT filled = TEXT_INIT;
    for (const char *at = messages_text(messages, id); *at;) {
        bool place = at[0] == '{' && (at[1] == '1' || at[1] == '2') && at[2] == '}';
        if (!place) {
            text_add_bytes(&filled, at++, 1);
            continue;
        }
        const char *put = at[1] == '1' ? first : second;
        text_add(&filled, put ? put : "");
        at += 3;
    }
    return arena_strdup(arena, text_string(&filled));
}
