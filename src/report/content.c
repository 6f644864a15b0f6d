/* From the result document to words. One function a section, called in reading order, because sources are
 * numbered by their first mention.
 *
 * Invariants: the document passed result_check(), so what is checked there is not checked again; keys that
 * the format leaves open, or that a newer format may add to, are read tolerantly: what has another kind than
 * expected is left out. Format: dens-result/1 (docs/formats.md). */
#include "report/content.h"

#include "base/text.h"
#include "document/result.h"
#include "report/words.h"

#include <math.h>
#include <string.h>

/* Texts that stand in English in a report of another language, each once. */
typedef struct {
    const char **items;
    size_t count, room;
} Untranslated;

typedef struct {
    Arena *arena;
    const Value *result;
    const Vocabulary *vocabulary;
    const Messages *messages;
    const Value *findings; /* the case's */
    const Value *sources;  /* key → source */
    const char **cited;    /* keys by number − 1 */
    size_t cited_count;
    Untranslated *untranslated;
} Builder;

/* --- small helpers ------------------------------------------------------------------------------------- */

static const char *message(const Builder *b, MessageId id)
{
    return messages_text(b->messages, id);
}

static const char *fill(const Builder *b, MessageId id, const char *first, const char *second)
{
    return messages_fill(b->arena, b->messages, id, first, second);
}

static void untranslated_add(Untranslated *list, Arena *arena, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) == 0)
            return;
    }
    if (list->count == list->room) {
        const char **larger = arena_array(arena, 2 * list->room + 16, sizeof *larger);
        if (list->count)
            memcpy(larger, list->items, list->count * sizeof *larger);
        list->items = larger;
        list->room = 2 * list->room + 16;
    }
    list->items[list->count++] = arena_strdup(arena, text);
}

/* A text of the document or the vocabulary, in the report's language and clean. */
static const char *said(const Builder *b, const char *english)
{
    const char *text = messages_say(b->arena, b->messages, english);
    if (!text)
        untranslated_add(b->untranslated, b->arena, english);
    return words_clean(b->arena, text ? text : english);
}

static const char *said_id(const Builder *b, const char *id)
{
    return said(b, words_from_id(b->arena, id));
}

/* "83 %", "<1–20 %" */
static const char *percent(const Builder *b, const char *in_english)
{
    size_t length = strlen(in_english);
    return fill(b, MESSAGE_PERCENT_PATTERN, arena_strndup(b->arena, in_english, length - strlen(" %")), NULL);
}

/* The string at `key`, clean; NULL if there is none or it is empty. */
static const char *string_at(const Builder *b, const Value *map, const char *key)
{
    const char *text = value_text(map, key);
    return text && *text ? words_clean(b->arena, text) : NULL;
}

/* The same, a text that is said in the report's language. */
static const char *said_at(const Builder *b, const Value *map, const char *key)
{
    const char *text = value_text(map, key);
    return text && *text ? said(b, text) : NULL;
}

static const Value *list_at(const Value *map, const char *key)
{
    const Value *list = value_get(map, key);
    return list && list->kind == VALUE_LIST ? list : NULL;
}

static const Value *map_at(const Value *map, const char *key)
{
    const Value *child = value_get(map, key);
    return child && child->kind == VALUE_MAP ? child : NULL;
}

static size_t count_of(const Value *container)
{
    return container ? container->count : 0;
}

/* Texts joined with a separator; NULL of none. */
typedef struct {
    Text text;
    const char *separator;
} Joined;

static void join(Joined *joined, const char *piece)
{
    if (!piece || !*piece)
        return;
    if (joined->text.length)
        text_add(&joined->text, joined->separator);
    text_add(&joined->text, piece);
}

static const char *join_end(const Builder *b, Joined *joined)
{
    const char *text = joined->text.length ? arena_strdup(b->arena, text_string(&joined->text)) : NULL;
    text_clear(&joined->text);
    return text;
}

static Strings strings_of(const Builder *b, const Value *list)
{
    const char **items = arena_array(b->arena, count_of(list), sizeof *items);
    size_t count = 0;
    VALUE_EACH(child, list)
    {
        const char *text = value_string(child);
        if (text && *text)
            items[count++] = said(b, text);
    }
    return (Strings){items, count};
}

/* What a reader wrote stays in his words and language. */
static Strings own_strings(const Builder *b, const Value *list)
{
    const char **items = arena_array(b->arena, count_of(list), sizeof *items);
    size_t count = 0;
    VALUE_EACH(child, list)
    {
        const char *text = value_string(child);
        if (text && *text)
            items[count++] = words_clean(b->arena, text);
    }
    return (Strings){items, count};
}

/* "The impression is the reader's own. Signed by …" */
static const char *signature_of(const Builder *b, const Value *report)
{
    const char *name = value_text(report, "signed_by"), *time = value_text(report, "signed_at"),
               *edited = value_truth(report, "edited") ? messages_text(b->messages, MESSAGE_EDITED) : NULL;
    const char *line = name && time ? fill(b, MESSAGE_SIGNED_PATTERN, words_clean(b->arena, name),
                                           words_clean(b->arena, time))
                                    : messages_text(b->messages, MESSAGE_NOT_SIGNED);
    return edited ? arena_printf(b->arena, "%s %s", edited, line) : line;
}

static void build_impression(const Builder *b, Content *c)
{
    const Value *report = map_at(b->result, "report"), *impression = list_at(b->result, "impression");
    c->impression = value_truth(report, "edited") ? own_strings(b, impression) : strings_of(b, impression);
    c->signature = report ? signature_of(b, report) : NULL;
}

static void add_pair(Pair *pairs, size_t *count, const char *label, const char *value)
{
    if (value && *value)
        pairs[(*count)++] = (Pair){label, value};
}

/* --- sources ------------------------------------------------------------------------------------------- */

/* The number of a source, given out at its first mention; 0 if the document does not describe it. */
static size_t reference(Builder *b, const char *key)
{
    const Value *source = key ? value_get(b->sources, key) : NULL;
    if (!source || source->kind != VALUE_MAP || (!value_text(source, "text") && !value_text(source, "doi")))
        return 0;
    for (size_t i = 0; i < b->cited_count; i++) {
        if (strcmp(b->cited[i], source->key) == 0)
            return i + 1;
    }
    b->cited[b->cited_count++] = source->key; /* room for every source was made */
    return b->cited_count;
}

/* Numbers, ascending, of the list of keys at map["sources"] or of the single key at map["source"]. */
static size_t references_of(Builder *b, const Value *map, const size_t **out)
{
    const Value *list = list_at(map, "sources");
    size_t *numbers = arena_array(b->arena, count_of(list) + 1, sizeof *numbers);
    size_t count = 0;
    const Value *single = list ? NULL : value_get(map, "source");
    for (const Value *key = list ? list->first : single; key; key = list ? key->next : NULL) {
        size_t number = reference(b, value_string(key)), at = 0;
        while (at < count && numbers[at] < number)
            at++;
        if (!number || (at < count && numbers[at] == number))
            continue;
        memmove(numbers + at + 1, numbers + at, (count - at) * sizeof *numbers);
        numbers[at] = number;
        count++;
    }
    *out = numbers;
    return count;
}

static Sentence sentence_of(Builder *b, const Value *map)
{
    Sentence sentence = {.text = said_at(b, map, "text")};
    if (!sentence.text)
        sentence.text = "";
    sentence.reference_count = references_of(b, map, &sentence.references);
    return sentence;
}

/* --- names --------------------------------------------------------------------------------------------- */

static const char *diagnosis_name(const Builder *b, const char *id)
{
    if (strcmp(id, "none_of_these") == 0)
        return message(b, MESSAGE_NONE_OF_THESE);
    int index = vocabulary_find_diagnosis(b->vocabulary, id);
    if (index >= 0)
        return said(b, vocabulary_diagnosis(b->vocabulary, (size_t)index)->name);
    return words_capital(b->arena, said_id(b, id));
}

static const char *finding_label(const Builder *b, const char *id)
{
    const Finding *finding = vocabulary_find(b->vocabulary, id);
    const char *dot = strchr(id, '.');
    return finding ? said(b, finding->label) : said_id(b, dot && dot[1] ? dot + 1 : id);
}

static const char *word_or_id(const Builder *b, const MessageWord *words, const char *id)
{
    const char *word = messages_word(words, id);
    return word ? word : said_id(b, id);
}

/* One value of a finding: a label, a number with its unit. NULL if it is neither. */
static const char *single_value(const Builder *b, const Finding *finding, const Value *value, double sd)
{
    double number;
    if (value_number(value, &number))
        return finding ? said(b, words_measured(b->arena, number, sd, finding->unit))
                       : words_number_sd(b->arena, number, sd);
    const char *id = value_string(value);
    if (!id)
        return NULL;
    int index = finding && finding->kind != FINDING_NUMBER ? finding_value(finding, id) : -1;
    return index >= 0 ? said(b, finding->values[index].label) : said_id(b, id);
}

/* A value or a list: the members of a set all hold, of another list one does. */
static const char *value_words(const Builder *b, const Finding *finding, const Value *value)
{
    if (!value || value->kind != VALUE_LIST)
        return single_value(b, finding, value, 0);
    bool all = finding && finding->kind == FINDING_SET;
    Joined words = {TEXT_INIT, message(b, all ? MESSAGE_COMMA : MESSAGE_OR)};
    VALUE_EACH(child, value)
    join(&words, single_value(b, finding, child, 0));
    return join_end(b, &words);
}

static const char *read_words(const Builder *b, const Finding *finding, const Value *value)
{
    return value_words(b, finding, value && value->kind == VALUE_MAP ? value_get(value, "read") : value);
}

static const char *measured_words(const Builder *b, const Finding *finding, const Value *value)
{
    const Value *measured = value_get(value, "measured");
    if (measured && measured->kind == VALUE_MAP)
        return single_value(b, finding, value_get(measured, "value"), value_number_or(measured, "sd", 0));
    return value_words(b, finding, measured);
}

/* "Spinal canal: cord compression" of each finding in a list of ids, joined; NULL of none. */
static const char *findings_words(const Builder *b, const Value *ids)
{
    Joined words = {TEXT_INIT, message(b, MESSAGE_SEMICOLON)};
    VALUE_EACH(child, ids)
    {
        const char *id = value_string(child);
        if (!id)
            continue;
        const Finding *finding = vocabulary_find(b->vocabulary, id);
        const Value *stated = value_get(b->findings, id);
        const char *value = read_words(b, finding, stated);
        if (!value)
            value = measured_words(b, finding, stated);
        const char *label = finding_label(b, id);
        join(&words, value ? fill(b, MESSAGE_LABEL_PATTERN, label, value) : label);
    }
    return join_end(b, &words);
}

static const char *because_words(const Builder *b, const Value *ids)
{
    const char *joined = findings_words(b, ids);
    return joined ? fill(b, MESSAGE_BECAUSE_PATTERN, joined, NULL) : NULL;
}

/* --- head, alerts, impression -------------------------------------------------------------------------- */

static const char *age_words(const Builder *b, const Value *patient)
{
    double years;
    if (!value_number(value_get(patient, "age"), &years))
        return message(b, MESSAGE_AGE_UNKNOWN);
    double months = floor(12 * years + 1e-9);
    if (months < 1)
        return message(b, MESSAGE_AGE_NEWBORN);
    if (years >= 2)
        return fill(b, MESSAGE_AGE_YEARS, arena_printf(b->arena, "%.0f", floor(years)), NULL);
    if (months == 12)
        return message(b, MESSAGE_AGE_YEAR);
    return months < 2 ? message(b, MESSAGE_AGE_MONTH)
                      : fill(b, MESSAGE_AGE_MONTHS, arena_printf(b->arena, "%.0f", months), NULL);
}

static const char *software_words(const Builder *b)
{
    const Value *software = map_at(b->result, "software");
    Joined words = {TEXT_INIT, message(b, MESSAGE_COMMA)};
    const char *version = string_at(b, software, "version");
    const char *knowledge = words_hash(b->arena, value_text(software, "knowledge"));
    const char *overlay = words_hash(b->arena, value_text(software, "overlay"));
    if (version)
        join(&words, fill(b, MESSAGE_SOFTWARE_PATTERN, version, NULL));
    if (knowledge)
        join(&words, fill(b, MESSAGE_KNOWLEDGE_PATTERN, knowledge, NULL));
    if (overlay)
        join(&words, fill(b, MESSAGE_OVERLAY_PATTERN, overlay, NULL));
    return join_end(b, &words);
}

static const char *prior_words(const Builder *b)
{
    const Value *software = map_at(b->result, "software");
    const char *id = value_text(software, "prior"), *label = said_at(b, software, "prior_label");
    const char *name = id && *id ? said_id(b, id) : NULL;
    return name && label ? fill(b, MESSAGE_COMPONENT_PATTERN, name, label) : name;
}

static void build_head(Builder *b, Content *c)
{
    enum { PAIRS = 6 };
    const Value *the_case = map_at(b->result, "case");
    const Value *patient = map_at(the_case, "patient"), *study = map_at(the_case, "study");
    const char *sex = value_text(patient, "sex");
    Joined person = {TEXT_INIT, message(b, MESSAGE_COMMA)};
    join(&person, age_words(b, patient));
    join(&person, sex ? word_or_id(b, b->messages->sexes, sex) : message(b, MESSAGE_SEX_UNKNOWN));

    Pair *pairs = arena_array(b->arena, PAIRS, sizeof *pairs);
    size_t count = 0;
    c->prior = prior_words(b);
    const char *time = value_text(map_at(b->result, "provenance"), "time");
    c->date = time ? words_date(b->arena, time) : NULL;
    add_pair(pairs, &count, message(b, MESSAGE_PATIENT), join_end(b, &person));
    add_pair(pairs, &count, message(b, MESSAGE_CASE), string_at(b, the_case, "id"));
    add_pair(pairs, &count, message(b, MESSAGE_ACCESSION), string_at(b, study, "accession"));
    add_pair(pairs, &count, message(b, MESSAGE_STUDY), string_at(b, study, "uid"));
    add_pair(pairs, &count, message(b, MESSAGE_PRIOR), c->prior);
    add_pair(pairs, &count, message(b, MESSAGE_SOFTWARE), software_words(b));
    c->head = (Pairs){pairs, count};
}

static Urgency urgency_of(const char *id)
{
    if (id && strcmp(id, "days") == 0)
        return URGENCY_DAYS;
    return id && strcmp(id, "planned") == 0 ? URGENCY_PLANNED : URGENCY_HOURS;
}

/* Questions in one line; NULL of none. */
static const char *ask_words(const Builder *b, const Value *questions)
{
    Joined words = {TEXT_INIT, message(b, MESSAGE_SEMICOLON)};
    VALUE_EACH(question, questions)
    {
        if (value_string(question))
            join(&words, words_inside(b->arena, said(b, value_string(question))));
    }
    const char *joined = join_end(b, &words);
    return joined ? fill(b, MESSAGE_ASK_PATTERN, joined, NULL) : NULL;
}

/* A score's value: a number, a grade as text, or a range of two of either. */
static const char *score_value(const Builder *b, const Value *value)
{
    double number;
    if (value_number(value, &number))
        return words_number(b->arena, number);
    const Value *low = value_at(value, 0), *high = value_at(value, 1);
    if (low && high) {
        const char *from = score_value(b, low), *to = score_value(b, high);
        return strcmp(from, to) == 0 ? from : arena_printf(b->arena, "%s–%s", from, to);
    }
    const char *text = value_string(value);
    return text && *text ? said(b, text) : "–";
}

/* "Spinal Instability Neoplastic Score (SINS): 8–17" */
static const char *score_because(const Builder *b, const char *id)
{
    VALUE_EACH(score, list_at(b->result, "scores"))
    {
        const char *other = value_text(score, "id"), *label = said_at(b, score, "label");
        if (other && strcmp(other, id) == 0)
            return fill(b, MESSAGE_LABEL_PATTERN, label ? label : word_or_id(b, b->messages->scores, id),
                        score_value(b, value_get(score, "value")));
    }
    return word_or_id(b, b->messages->scores, id);
}

static const char *alert_because(const Builder *b, const Value *alert)
{
    Joined words = {TEXT_INIT, message(b, MESSAGE_SEMICOLON)};
    join(&words, findings_words(b, list_at(alert, "because")));
    VALUE_EACH(score, list_at(alert, "because_scores"))
    {
        if (value_string(score))
            join(&words, score_because(b, value_string(score)));
    }
    const char *joined = join_end(b, &words);
    return joined ? fill(b, MESSAGE_BECAUSE_PATTERN, joined, NULL) : NULL;
}

static void build_alerts(Builder *b, Content *c)
{
    const Value *list = list_at(b->result, "alerts");
    ContentAlert *alerts = arena_array(b->arena, count_of(list), sizeof *alerts);
    VALUE_EACH(alert, list)
    {
        const char *urgency = value_text(alert, "urgency");
        alerts[c->alert_count++] = (ContentAlert){
            .urgency = urgency_of(urgency),
            .urgency_word = urgency ? word_or_id(b, b->messages->urgencies, urgency)
                                    : messages_word(b->messages->urgencies, "hours"),
            .label = said_at(b, alert, "label"),
            .certainty = messages_word(b->messages->certainties, value_text(alert, "certainty")),
            .sentence = sentence_of(b, alert),
            .because = alert_because(b, alert),
            .ask = ask_words(b, list_at(alert, "ask")),
        };
    }
    c->alerts = alerts;
    c->not_assessed = strings_of(b, list_at(b->result, "not_assessed"));
    build_impression(b, c);
}

/* --- technique, findings, measurements ----------------------------------------------------------------- */

static void build_technique(Builder *b, Content *c)
{
    static const char *const states[] = {"complete", "partial", "not_done"};
    static const MessageId labels[] = {MESSAGE_COMPLETE, MESSAGE_PARTIAL, MESSAGE_NOT_DONE,
                                       MESSAGE_NOT_STATED};
    enum { STATES = sizeof states / sizeof states[0] };
    const Value *stated = map_at(map_at(b->result, "case"), "examinations");
    size_t total = vocabulary_examination_count(b->vocabulary), count[STATES + 1] = {0};
    const char **names[STATES + 1];
    for (size_t k = 0; k <= STATES; k++)
        names[k] = arena_array(b->arena, total, sizeof *names[k]);
    for (size_t i = 0; i < total; i++) {
        const Examination *examination = vocabulary_examination(b->vocabulary, i);
        const char *state = value_text(stated, examination->id);
        size_t k = 0;
        while (k < STATES && !(state && strcmp(state, states[k]) == 0))
            k++;
        names[k][count[k]++] = said(b, examination->label);
    }
    ContentTechnique *technique = arena_array(b->arena, STATES + 1, sizeof *technique);
    for (size_t k = 0; k <= STATES; k++) {
        if (count[k])
            technique[c->technique_count++] = (ContentTechnique){labels[k], {names[k], count[k]}};
    }
    c->technique = technique;
}

/* The part of an id before the dot. */
static const char *section_of(const Builder *b, const char *id)
{
    const char *dot = strchr(id, '.');
    return dot ? arena_strndup(b->arena, id, (size_t)(dot - id)) : "";
}

static bool is_conflict(const Builder *b, const char *id)
{
    VALUE_EACH(conflict, list_at(b->result, "conflicts"))
    {
        const char *other = value_text(conflict, "finding");
        if (other && strcmp(other, id) == 0)
            return true;
    }
    return false;
}

/* Room for all findings in every section: a case has some dozens of them, in about ten sections. */
static ContentFinding *finding_row(Builder *b, Content *c, ContentFindings *sections, const char *id)
{
    const char *section = section_of(b, id);
    size_t k = 0;
    while (k < c->finding_section_count && strcmp(sections[k].id, section) != 0)
        k++;
    if (k == c->finding_section_count) {
        const Finding *finding = vocabulary_find(b->vocabulary, id);
        sections[k] = (ContentFindings){
            .id = section,
            .title = finding ? said(b, finding->section_label) : words_capital(b->arena, said_id(b, section)),
            .items = arena_array(b->arena, b->findings->count, sizeof(ContentFinding)),
        };
        c->finding_section_count++;
    }
    return &sections[k].items[sections[k].count++];
}

static void add_finding(Builder *b, Content *c, ContentFindings *sections, const Value *stated)
{
    const Finding *finding = vocabulary_find(b->vocabulary, stated->key);
    const char *read = read_words(b, finding, stated), *measured = measured_words(b, finding, stated);
    if (!read && !measured)
        return;
    ContentFinding *row = finding_row(b, c, sections, stated->key);
    *row = (ContentFinding){
        .label = words_capital(b->arena, finding_label(b, stated->key)),
        .read = read,
        .measured = measured,
        .conflict = is_conflict(b, stated->key),
    };
}

/* In the vocabulary's order, then those that it does not know. */
static void build_findings(Builder *b, Content *c)
{
    ContentFindings *sections = arena_array(b->arena, count_of(b->findings), sizeof *sections);
    for (size_t i = 0; i < vocabulary_count(b->vocabulary); i++) {
        const Value *stated = value_get(b->findings, vocabulary_finding(b->vocabulary, i)->id);
        if (stated)
            add_finding(b, c, sections, stated);
    }
    VALUE_EACH(stated, b->findings)
    {
        if (!vocabulary_find(b->vocabulary, stated->key))
            add_finding(b, c, sections, stated);
    }
    c->findings = sections;
}

/* "series 2": the place in the provenance's list of inputs; NULL if the series is not there. */
static const char *series_words(const Builder *b, const char *uid)
{
    size_t number = 0;
    VALUE_EACH(input, list_at(map_at(b->result, "provenance"), "inputs"))
    {
        const char *series = value_text(input, "series");
        number++;
        if (uid && series && strcmp(series, uid) == 0)
            return fill(b, MESSAGE_SERIES_PATTERN, arena_printf(b->arena, "%zu", number), NULL);
    }
    return NULL;
}

static const char *measurement_name(const Builder *b, const Value *measurement)
{
    const char *name = said_at(b, measurement, "label"), *id = value_text(measurement, "id");
    if (!name)
        name = id ? said(b, words_from_path(b->arena, id)) : message(b, MESSAGE_QUANTITY);
    const char *of = value_text(measurement, "of");
    bool other = of && *of && strcmp(of, "lesion") != 0; /* of the lesion goes without saying */
    return other ? fill(b, MESSAGE_OF_PATTERN, name, said_id(b, of)) : name;
}

/* "Mean over the mask; series 1": a sentence of the document without its full stop, and the series. */
static const char *method_words(Builder *b, const Value *measurement, bool cited)
{
    Joined method = {TEXT_INIT, message(b, MESSAGE_SEMICOLON)};
    const char *text = said_at(b, measurement, "method"), *source = value_text(measurement, "source");
    size_t length = text ? strlen(text) : 0;
    join(&method, length && text[length - 1] == '.' ? arena_strndup(b->arena, text, length - 1) : text);
    if (!cited && !value_get(b->sources, source ? source : ""))
        join(&method, string_at(b, measurement, "source"));
    join(&method, series_words(b, value_text(measurement, "series")));
    return join_end(b, &method);
}

static bool is_share(const char *id, const char *unit)
{
    static const char end[] = "_share";
    size_t length = id ? strlen(id) : 0;
    return length >= sizeof end && strcmp(id + length - (sizeof end - 1), end) == 0 && unit &&
           strcmp(unit, "1") == 0;
}

static const char *measurement_value(const Builder *b, const Value *measurement, double number)
{
    const char *unit = value_text(measurement, "unit");
    if (is_share(value_text(measurement, "id"), unit))
        return percent(b, words_share(b->arena, number));
    return said(b, words_measured(b->arena, number, value_number_or(measurement, "sd", 0), unit));
}

static ContentFamily *family_of(const Builder *b, Content *c, ContentFamily *families, const char *id)
{
    const char *family = section_of(b, id);
    size_t k = 0;
    while (k < c->family_count && strcmp(families[k].id, family) != 0)
        k++;
    if (k == c->family_count) {
        families[k] = (ContentFamily){
            .id = family,
            .title = words_capital(b->arena, word_or_id(b, b->messages->families, family)),
            .items = arena_array(b->arena, count_of(list_at(b->result, "measurements")),
                                 sizeof(ContentMeasurement)),
        };
        c->family_count++;
    }
    return &families[k];
}

/* What a reader of the report can do without seeing in a row of its own. */
static bool is_minor(const char *id)
{
    static const char *const minor[] = {"size.extent_lr_mm",
                                        "size.extent_ap_mm",
                                        "size.extent_cc_mm",
                                        "size.components",
                                        "attenuation.sd",
                                        "attenuation.p5",
                                        "attenuation.p50",
                                        "attenuation.p95",
                                        "signal.t1_marrow",
                                        "attenuation.minimum",
                                        "attenuation.maximum",
                                        "signal.t2_marrow",
                                        "signal.t2_cord",
                                        "signal.t2_cv",
                                        "signal.stir_marrow",
                                        "enhancement.over_muscle",
                                        "anatomy.chain_faults",
                                        "anatomy.anterior_share",
                                        "margin.soft_share",
                                        "margin.edge_width_p90_mm",
                                        "margin.cortex_width_mm",
                                        "matrix.roundness",
                                        "matrix.arc_share",
                                        "matrix.radial_ratio",
                                        "nidus.centre_share",
                                        "oedema.same_share",
                                        "pattern.spread",
                                        "pattern.centre_share",
                                        "pattern.enhancing_share",
                                        "layers.soft_share",
                                        "layers.superficial_share",
                                        "layers.deep_share",
                                        "layers.epidural_share",
                                        "collapse.anterior_ratio",
                                        "collapse.middle_ratio",
                                        "collapse.posterior_ratio",
                                        "mass.share",
                                        "cortex.normal_mm",
                                        "expansion.shell_share"};
    bool any = false;
    for (size_t i = 0; i < sizeof minor / sizeof minor[0]; i++)
        any = any || strcmp(id, minor[i]) == 0;
    return any;
}

/* Does the note of this measurement say which places were counted? Then the number is nothing without it. */
static bool names_places(const Value *measurement)
{
    const char *id = value_text(measurement, "id"), *note = value_text(measurement, "note");
    return id && note &&
           (strcmp(id, "anatomy.levels") == 0 || strcmp(id, "anatomy.sectors") == 0 ||
            strcmp(id, "layers.count") == 0);
}

static void add_measurement(Builder *b, ContentFamily *family, const Value *measurement, double number)
{
    const char *value = measurement_value(b, measurement, number);
    const char *id = value_text(measurement, "id") ? value_text(measurement, "id") : "";
    if (is_minor(id)) {
        Joined further = {TEXT_INIT, message(b, MESSAGE_SEMICOLON)};
        join(&further, family->further);
        join(&further, fill(b, MESSAGE_MEASURED_PATTERN,
                            words_inside(b->arena, measurement_name(b, measurement)), value));
        family->further = join_end(b, &further);
        return;
    }
    if (names_places(measurement)) {
        value = arena_printf(b->arena, "%s (%s)", value, value_text(measurement, "note"));
    }
    ContentMeasurement *row = &family->items[family->count++];
    *row = (ContentMeasurement){.name = measurement_name(b, measurement), .value = value};
    row->reference_count = references_of(b, measurement, &row->references);
    row->method = method_words(b, measurement, row->reference_count > 0);
}

/* One pair for each reason, with the names of all that are missing for it. */
static void add_missing(const Builder *b, Pair *pairs, size_t *count, const Value *measurement)
{
    const char *why = said_at(b, measurement, "missing"), *name = measurement_name(b, measurement);
    why = words_capital(b->arena, why ? why : message(b, MESSAGE_MISSING));
    size_t k = 0;
    while (k < *count && strcmp(pairs[k].label, why) != 0)
        k++;
    if (k == *count)
        pairs[(*count)++] = (Pair){why, name};
    else
        pairs[k].value =
            arena_printf(b->arena, "%s%s%s", pairs[k].value, message(b, MESSAGE_SEMICOLON), name);
}

static void build_measurements(Builder *b, Content *c)
{
    const Value *list = list_at(b->result, "measurements");
    ContentFamily *families = arena_array(b->arena, count_of(list), sizeof *families);
    Pair *missing = arena_array(b->arena, count_of(list), sizeof *missing);
    size_t missing_count = 0;
    VALUE_EACH(measurement, list)
    {
        double number;
        const char *id = value_text(measurement, "id");
        if (value_number(value_get(measurement, "value"), &number))
            add_measurement(b, family_of(b, c, families, id ? id : ""), measurement, number);
        else
            add_missing(b, missing, &missing_count, measurement);
    }
    for (size_t i = 0; i < c->family_count; i++) {
        if (families[i].further)
            families[i].further = fill(b, MESSAGE_FURTHER_MEASURED, families[i].further, NULL);
    }
    c->families = families;
    c->missing = (Pairs){missing, missing_count};
}

/* --- differential -------------------------------------------------------------------------------------- */

/* Reasons below the slight weight change the odds by less than a tenth: they are counted, never listed. Those
 * that change them at least twofold are all listed. */
static const double slight_weight = 0.0953, strong_weight = 0.6931;

/* "and 3 weaker ones", or, under a list that is empty, "only 3 slight ones …"; NULL of none. */
static const char *rest_words(const Builder *b, size_t shown, size_t rest)
{
    if (!rest)
        return NULL;
    const char *count = arena_printf(b->arena, "%zu", rest);
    if (rest == 1)
        return message(b, shown ? MESSAGE_WEAKER_ONE : MESSAGE_SLIGHT_ONE);
    return fill(b, shown ? MESSAGE_WEAKER_PATTERN : MESSAGE_SLIGHT_PATTERN, count, NULL);
}

/* The strongest of a list, which is in the order of the weights. */
static const ContentReason *reasons_of(Builder *b, const Value *list, bool in_favour, size_t *out_count,
                                       const char **out_rest)
{
    ContentReason *reasons = arena_array(b->arena, count_of(list), sizeof *reasons);
    size_t rest = 0;
    VALUE_EACH(child, list)
    {
        double weight = 0;
        bool weighed = value_number(value_get(child, "weight"), &weight);
        bool beyond = *out_count >= CONTENT_REASONS && fabs(weight) < strong_weight;
        if (weighed && (fabs(weight) < slight_weight || beyond)) {
            rest++;
            continue;
        }
        ContentReason reason = {.sentence = sentence_of(b, child)};
        if (weighed) {
            reason.weight = in_favour ? fabs(weight) : -fabs(weight);
            reason.odds = fill(b, in_favour ? MESSAGE_ODDS_TIMES : MESSAGE_ODDS_DIVIDED,
                               words_odds(b->arena, weight), NULL);
        }
        if (*reason.sentence.text)
            reasons[(*out_count)++] = reason;
    }
    *out_rest = rest_words(b, *out_count, rest);
    return reasons;
}

/* The rival is the same for all reasons of a diagnosis: the entry's, or the first that a reason names. */
static const char *rival_id(const Value *item)
{
    const char *rival = value_text(item, "rival");
    const Value *lists[] = {list_at(item, "for"), list_at(item, "against")};
    for (size_t i = 0; i < 2; i++) {
        VALUE_EACH(reason, lists[i])
        rival = rival && *rival ? rival : value_text(reason, "against");
    }
    return rival && *rival ? rival : NULL;
}

/* A diagnosis inside a sentence. */
static const char *diagnosis_term(const Builder *b, const char *rival)
{
    if (!rival)
        return NULL;
    if (strcmp(rival, "none_of_these") == 0)
        return messages_word(b->messages->groups, rival);
    int index = vocabulary_find_diagnosis(b->vocabulary, rival);
    if (index >= 0)
        return said(b, vocabulary_diagnosis(b->vocabulary, (size_t)index)->term);
    return said_id(b, rival);
}

static const char *group_of(const Value *item)
{
    const char *group = value_text(item, "group");
    if (group)
        return group;
    const char *id = value_text(item, "diagnosis");
    return id && strcmp(id, "none_of_these") == 0 ? id : NULL;
}

static ContentDiagnosis diagnosis_of(Builder *b, const Value *item)
{
    const char *id = value_text(item, "diagnosis"), *component = value_text(item, "component");
    ContentDiagnosis d = {.name = diagnosis_name(b, id ? id : "")};
    if (component && *component)
        d.name = fill(b, MESSAGE_COMPONENT_PATTERN, d.name, said_id(b, component));
    d.group = group_of(item);
    if (d.group) {
        d.group_word = word_or_id(b, b->messages->groups, d.group);
        d.group = words_clean(b->arena, d.group);
    }
    d.low = d.high = d.probability = value_number_or(item, "probability", 0);
    d.percent = percent(b, words_percent(b->arena, d.probability));
    const Value *interval = list_at(item, "interval");
    if (value_number(value_at(interval, 0), &d.low) && value_number(value_at(interval, 1), &d.high))
        d.interval = percent(b, words_interval(b->arena, d.low, d.high));
    else
        d.low = d.high = d.probability;
    d.spoken = d.interval ? fill(b, MESSAGE_BAR_PATTERN, d.percent, d.interval) : d.percent;
    return d;
}

/* Two that are weighed against each other have the same reasons: the earlier one tells them. */
static const char *mirror_of(const Builder *b, const Value *ranking, const Value *item)
{
    const char *id = value_text(item, "diagnosis"), *rival = rival_id(item);
    VALUE_EACH(earlier, ranking)
    {
        if (earlier == item)
            return NULL;
        const char *other = value_text(earlier, "diagnosis"), *its_rival = rival_id(earlier);
        if (id && rival && other && its_rival && strcmp(rival, other) == 0 && strcmp(its_rival, id) == 0)
            return fill(b, MESSAGE_MIRROR_PATTERN, diagnosis_term(b, other), diagnosis_term(b, id));
    }
    return NULL;
}

static void explain(Builder *b, ContentDiagnosis *d, const Value *ranking, const Value *item)
{
    d->rival = diagnosis_term(b, rival_id(item));
    d->mirror = mirror_of(b, ranking, item);
    if (d->mirror)
        return;
    d->in_favour = reasons_of(b, list_at(item, "for"), true, &d->in_favour_count, &d->in_favour_rest);
    d->against = reasons_of(b, list_at(item, "against"), false, &d->against_count, &d->against_rest);
}

static double heaviest_of(const ContentReason *reasons, size_t count, double heaviest)
{
    for (size_t i = 0; i < count; i++)
        heaviest = fmax(heaviest, fabs(reasons[i].weight));
    return heaviest;
}

/* How many have a bar, and the others in a line: those of at least 1 %, and the names of those below. */
static void build_others(const Builder *b, Content *c)
{
    enum { OTHERS = 2 };
    while (c->bar_count < c->ranking_count && c->bar_count < CONTENT_BARS &&
           (c->bar_count < CONTENT_LEAST_BARS || c->ranking[c->bar_count].probability >= 0.01))
        c->bar_count++;
    Joined likelier = {TEXT_INIT, message(b, MESSAGE_SEMICOLON)},
           under_one = {TEXT_INIT, message(b, MESSAGE_SEMICOLON)};
    for (size_t i = c->bar_count; i < c->ranking_count; i++) {
        const ContentDiagnosis *d = &c->ranking[i];
        if (d->probability >= 0.01)
            join(&likelier, arena_printf(b->arena, "%s %s", d->name, d->percent));
        else
            join(&under_one, d->name);
    }
    Pair *pairs = arena_array(b->arena, OTHERS, sizeof *pairs);
    add_pair(pairs, &c->others.count, message(b, MESSAGE_OTHERS), join_end(b, &likelier));
    add_pair(pairs, &c->others.count, message(b, MESSAGE_UNDER_ONE), join_end(b, &under_one));
    c->others.items = pairs;
}

static void build_differential(Builder *b, Content *c)
{
    const Value *list = list_at(b->result, "ranking");
    ContentDiagnosis *ranking = arena_array(b->arena, count_of(list), sizeof *ranking);
    VALUE_EACH(item, list)
    {
        ContentDiagnosis d = diagnosis_of(b, item);
        if (c->ranking_count < CONTENT_EXPLAINED)
            explain(b, &d, list, item);
        c->heaviest = heaviest_of(d.in_favour, d.in_favour_count, c->heaviest);
        c->heaviest = heaviest_of(d.against, d.against_count, c->heaviest);
        ranking[c->ranking_count++] = d;
    }
    c->ranking = ranking;
    build_others(b, c);

    const Value *groups = map_at(b->result, "groups");
    ContentGroup *sums = arena_array(b->arena, count_of(groups), sizeof *sums);
    VALUE_EACH(group, groups)
    {
        double probability;
        if (!value_number(group, &probability))
            continue;
        sums[c->group_count++] = (ContentGroup){
            .group = words_clean(b->arena, group->key),
            .word = word_or_id(b, b->messages->groups, group->key),
            .percent = percent(b, words_percent(b->arena, probability)),
            .probability = probability,
        };
    }
    c->groups = sums;
}

/* --- what to do ---------------------------------------------------------------------------------------- */

static ContentNotes notes_of(Builder *b, const Value *list)
{
    ContentNote *notes = arena_array(b->arena, count_of(list), sizeof *notes);
    size_t count = 0;
    VALUE_EACH(child, list)
    {
        const char *applies = value_text(child, "applies_to");
        ContentNote note = {
            .lead = applies ? diagnosis_name(b, applies) : said_at(b, child, "name"),
            .sentence = sentence_of(b, child),
            .because = because_words(b, list_at(child, "because")),
        };
        if (*note.sentence.text || note.lead)
            notes[count++] = note;
    }
    return (ContentNotes){notes, count};
}

static ContentBranch branch_of(const Builder *b, const Value *branch)
{
    Joined condition = {TEXT_INIT, message(b, MESSAGE_SEMICOLON)},
           outcome = {TEXT_INIT, message(b, MESSAGE_SEMICOLON)};
    VALUE_EACH(stated, map_at(branch, "findings"))
    {
        const Finding *finding = vocabulary_find(b->vocabulary, stated->key);
        const char *value = value_words(b, finding, stated);
        join(&condition, fill(b, MESSAGE_LABEL_PATTERN, finding_label(b, stated->key), value));
    }
    VALUE_EACH(lead, list_at(branch, "leads_to"))
    {
        const char *id = value_string(value_at(lead, 0));
        double probability;
        if (id && value_number(value_at(lead, 1), &probability))
            join(&outcome, arena_printf(b->arena, "%s %s", diagnosis_name(b, id),
                                        percent(b, words_percent(b->arena, probability))));
    }
    double probability = value_number_or(branch, "probability", -1);
    const char *findings = join_end(b, &condition), *leads = join_end(b, &outcome);
    const char *action = said_at(b, branch, "action");
    return (ContentBranch){
        .condition = findings
                         ? fill(b, MESSAGE_IF_PATTERN, findings,
                                probability >= 0 ? percent(b, words_percent(b->arena, probability)) : "–")
                         : NULL,
        .outcome = leads ? fill(b, MESSAGE_THEN_PATTERN, leads, NULL) : NULL,
        .action = action ? fill(b, MESSAGE_ACTION_PATTERN, action, NULL) : NULL,
    };
}

static const char *level_at(const Builder *b, const Value *map, const char *key)
{
    const char *level = value_text(map, key);
    return level ? word_or_id(b, b->messages->levels, level) : NULL;
}

static const char *examination_name(const Builder *b, const char *id)
{
    int index = id ? vocabulary_find_examination(b->vocabulary, id) : -1;
    if (index >= 0)
        return said(b, vocabulary_examination(b->vocabulary, (size_t)index)->label);
    return words_capital(b->arena, said_id(b, id ? id : ""));
}

static void build_next(Builder *b, Content *c)
{
    const Value *list = list_at(b->result, "next");
    c->next_asked = list != NULL;
    ContentExamination *next = arena_array(b->arena, count_of(list), sizeof *next);
    VALUE_EACH(child, list)
    {
        Pair *burden = arena_array(b->arena, 2, sizeof *burden);
        size_t burdens = 0;
        add_pair(burden, &burdens, message(b, MESSAGE_COST), level_at(b, child, "cost"));
        add_pair(burden, &burdens, message(b, MESSAGE_RISK), level_at(b, child, "risk"));
        const Value *branches = list_at(child, "if");
        ContentBranch *made = arena_array(b->arena, count_of(branches), sizeof *made);
        ContentExamination *examination = &next[c->next_count++];
        const char *label = said_at(b, child, "label");
        *examination = (ContentExamination){
            .name = label ? label : examination_name(b, value_text(child, "examination")),
            .sentence = sentence_of(b, child),
            .burden = {burden, burdens},
            .branches = made,
        };
        VALUE_EACH(branch, branches)
        {
            ContentBranch words = branch_of(b, branch);
            if (words.condition)
                made[examination->branch_count++] = words;
        }
    }
    c->next = next;
}

/* "location 3 (junctional); pain 0–3": an item is a value, or a map that says more. */
static const char *items_words(const Builder *b, const Value *items)
{
    Joined words = {TEXT_INIT, message(b, MESSAGE_SEMICOLON)};
    VALUE_EACH(item, items)
    {
        const char *value = score_value(b, item->kind == VALUE_MAP ? value_get(item, "value") : item);
        const char *label = said_at(b, item, "label"), *text = said_at(b, item, "text");
        label = label ? label : said_id(b, item->key);
        value = text ? fill(b, MESSAGE_COMPONENT_PATTERN, value, text) : value;
        join(&words, fill(b, MESSAGE_LABEL_PATTERN, label, value));
    }
    return join_end(b, &words);
}

static const char *score_name(const Builder *b, const Value *score)
{
    const char *id = value_text(score, "id"), *name = said_at(b, score, "label");
    const char *assumption = said_at(b, score, "assumption");
    if (!name)
        name =
            words_capital(b->arena, id ? word_or_id(b, b->messages->scores, id) : message(b, MESSAGE_SCORE));
    return assumption ? fill(b, MESSAGE_COMPONENT_PATTERN, name, assumption) : name;
}

static ContentScore score_words(Builder *b, const Value *score)
{
    const char *band = value_text(score, "band");
    Joined unknown = {TEXT_INIT, message(b, MESSAGE_COMMA)};
    VALUE_EACH(item, list_at(score, "unknown"))
    {
        if (value_string(item))
            join(&unknown, said_id(b, value_string(item)));
    }
    const char *missing = join_end(b, &unknown);
    ContentScore words = {
        .name = score_name(b, score),
        .value = score_value(b, value_get(score, "value")),
        .band = band ? said_id(b, band) : NULL,
        .text = said_at(b, score, "text"),
        .items = items_words(b, map_at(score, "items")),
        .unknown = missing ? fill(b, MESSAGE_UNKNOWN_ITEMS_PATTERN, missing, NULL) : NULL,
        .note = said_at(b, score, "note"),
    };
    words.reference_count = references_of(b, score, &words.references);
    return words;
}

/* "Tomita score, NOMS framework (no metastasis)": all scores of one reason, at the first of them. */
static void join_left_out(Builder *b, const Value *list, const Value *first, Joined *others)
{
    const char *reason = value_text(first, "not_applicable");
    Joined names = {TEXT_INIT, message(b, MESSAGE_COMMA)};
    bool told = false, passed = false;
    VALUE_EACH(child, list)
    {
        const char *other = value_text(child, "not_applicable");
        bool same = other && strcmp(other, reason) == 0;
        passed = passed || child == first;
        told = told || (same && !passed);
        if (same)
            join(&names, score_name(b, child));
    }
    const char *joined = join_end(b, &names);
    if (!told && joined)
        join(others, fill(b, MESSAGE_COMPONENT_PATTERN, joined, said(b, reason)));
}

/* Those that were not meant for this lesion follow in one line, by their reasons. */
static void build_scores(Builder *b, Content *c)
{
    const Value *list = list_at(b->result, "scores");
    ContentScore *scores = arena_array(b->arena, count_of(list), sizeof *scores);
    Joined others = {TEXT_INIT, message(b, MESSAGE_SEMICOLON)};
    VALUE_EACH(child, list)
    {
        if (string_at(b, child, "not_applicable"))
            join_left_out(b, list, child, &others);
        else
            scores[c->score_count++] = score_words(b, child);
    }
    const char *left_out = join_end(b, &others);
    c->scores_left_out = left_out ? fill(b, MESSAGE_SCORES_LEFT_OUT_PATTERN, left_out, NULL) : NULL;
    c->scores = scores;
}

/* --- the end of the report ----------------------------------------------------------------------------- */

static void build_conflicts(Builder *b, Content *c)
{
    const Value *list = list_at(b->result, "conflicts");
    ContentConflict *conflicts = arena_array(b->arena, count_of(list), sizeof *conflicts);
    VALUE_EACH(child, list)
    {
        const char *id = value_text(child, "finding");
        if (!id)
            continue;
        const Finding *finding = vocabulary_find(b->vocabulary, id);
        const char *read = value_words(b, finding, value_get(child, "read"));
        const char *measured = value_words(b, finding, value_get(child, "measured"));
        conflicts[c->conflict_count++] = (ContentConflict){
            .label = words_capital(b->arena, finding_label(b, id)),
            .read = read ? read : message(b, MESSAGE_NONE_READ),
            .measured = measured ? measured : message(b, MESSAGE_NONE_READ),
        };
    }
    c->conflicts = conflicts;
}

/* Pairs of two strings of each map in a list. */
static Pairs pairs_of(const Builder *b, const Value *list, const char *label_key, const char *value_key)
{
    Pair *pairs = arena_array(b->arena, count_of(list), sizeof *pairs);
    size_t count = 0;
    VALUE_EACH(child, list)
    {
        const char *label = string_at(b, child, label_key), *value = said_at(b, child, value_key);
        if (label)
            pairs[count++] = (Pair){label, value ? value : ""};
    }
    return (Pairs){pairs, count};
}

/* What was not translated is known when all else was said: this part comes last. */
static void build_limits(Builder *b, Content *c)
{
    static const MessageId limits[] = {MESSAGE_LIMIT_1, MESSAGE_LIMIT_2, MESSAGE_LIMIT_3, MESSAGE_LIMIT_4};
    enum { LIMITS = sizeof limits / sizeof limits[0] };
    const char **texts = arena_array(b->arena, LIMITS + 1, sizeof *texts);
    for (size_t i = 0; i < LIMITS; i++)
        texts[i] = message(b, limits[i]);
    c->untranslated = (Strings){b->untranslated->items, b->untranslated->count};
    size_t count = c->untranslated.count;
    if (count == 1)
        texts[LIMITS] = message(b, MESSAGE_UNTRANSLATED_ONE);
    else if (count)
        texts[LIMITS] = fill(b, MESSAGE_UNTRANSLATED_PATTERN, arena_printf(b->arena, "%zu", count), NULL);
    c->limits = (Strings){texts, LIMITS + (count > 0)};
}

/* A DOI without "doi:" or a resolver's address; NULL if it is none (https://www.doi.org/the-identifier). */
static const char *doi_of(const Builder *b, const Value *source)
{
    static const char *const prefixes[] = {"https://doi.org/", "http://doi.org/", "https://dx.doi.org/",
                                           "http://dx.doi.org/", "doi:"};
    const char *doi = string_at(b, source, "doi");
    for (size_t i = 0; doi && i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strncmp(doi, prefixes[i], strlen(prefixes[i])) == 0)
            doi += strlen(prefixes[i]);
    }
    return doi && strncmp(doi, "10.", 3) == 0 && strchr(doi, '/') && !strchr(doi, ' ') ? doi : NULL;
}

/* Those that the report cites, in the order of their numbers. */
static void build_sources(Builder *b, Content *c)
{
    ContentSource *sources = arena_array(b->arena, b->cited_count, sizeof *sources);
    for (size_t i = 0; i < b->cited_count; i++) {
        const Value *source = value_get(b->sources, b->cited[i]);
        const char *text = string_at(b, source, "text"), *doi = doi_of(b, source);
        const char *url = doi ? NULL : string_at(b, source, "url");
        if (url)
            text = text ? arena_printf(b->arena, "%s %s", text, url) : url;
        sources[i] = (ContentSource){.number = i + 1, .text = text ? text : "", .doi = doi};
    }
    c->sources = sources;
    c->source_count = b->cited_count;
}

static void build_provenance(Builder *b, Content *c)
{
    const Value *provenance = map_at(b->result, "provenance");
    Pair *pairs = arena_array(b->arena, 2, sizeof *pairs);
    size_t count = 0;
    const char *time = value_text(provenance, "time");
    add_pair(pairs, &count, message(b, MESSAGE_TIME), time ? words_time(b->arena, time) : NULL);
    add_pair(pairs, &count, message(b, MESSAGE_COMMAND), string_at(b, provenance, "command"));
    c->provenance = (Pairs){pairs, count};

    const Value *list = list_at(provenance, "inputs");
    Pair *inputs = arena_array(b->arena, count_of(list), sizeof *inputs);
    VALUE_EACH(input, list)
    {
        const char *series = string_at(b, input, "series"),
                   *hash = words_hash(b->arena, value_text(input, "sha256"));
        const char *role = value_text(input, "role");
        if (series && role && vocabulary_find_examination(b->vocabulary, role) >= 0)
            series = fill(b, MESSAGE_COMPONENT_PATTERN, series, examination_name(b, role));
        inputs[c->inputs.count++] = (Pair){series ? series : "–", hash ? hash : "–"};
    }
    c->inputs.items = inputs;
}

/* --- all of it ----------------------------------------------------------------------------------------- */

typedef void (*BuildPart)(Builder *b, Content *c);

static void build_advice(Builder *b, Content *c)
{
    c->mimics = notes_of(b, list_at(b->result, "mimics_to_consider"));
    c->pathology = notes_of(b, list_at(b->result, "pathology_advice"));
    build_next(b, c);
    c->biopsy = notes_of(b, list_at(b->result, "warnings_before_biopsy"));
    build_scores(b, c);
    c->management = notes_of(b, list_at(b->result, "management"));
}

static void build_rest(Builder *b, Content *c)
{
    build_conflicts(b, c);
    c->not_written = pairs_of(b, list_at(b->result, "not_written"), "file", "reason");
}

static const BuildPart parts[] = {build_head,         build_alerts,       build_technique, build_findings,
                                  build_measurements, build_differential, build_advice,    build_rest,
                                  build_sources,      build_provenance,   build_limits};

Content *content_new(const Value *result, const Vocabulary *vocabulary, const Messages *messages,
                     DensError **err)
{
    if (!result_check(result, "result", err))
        return NULL;
    Arena *arena = arena_new();
    Content *content = arena_alloc(arena, sizeof *content);
    content->arena = arena;
    content->messages = messages;
    const Value *sources = map_at(result, "sources");
    Untranslated untranslated = {NULL, 0, 0};
    Builder b = {
        .arena = arena,
        .result = result,
        .vocabulary = vocabulary,
        .messages = messages,
        .findings = map_at(map_at(result, "case"), "findings"),
        .sources = sources,
        .cited = arena_array(arena, count_of(sources), sizeof *b.cited),
        .untranslated = &untranslated,
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        parts[i](&b, content);
    return content;
}

void content_free(Content *content)
{
    if (content)
        arena_free(content->arena);
}
