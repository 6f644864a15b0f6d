/* Which series is which, from DICOM tags and the words of its description.
 *
 * The description is turned to upper case with single spaces between its words and one at each end, so that
 * " STIR " is a word. Rules are tables in order: the first that fits decides. Limits of TR and TE are those
 * that textbooks give for spin echoes (T1: TR below 1000 ms and TE below 30 ms; T2: TR above 1500 ms and TE
 * above 60 ms); between them nothing is guessed. "T1" and "T2" may also be thoracic vertebrae ("C2-T1"). */
#include "dicom/role.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const role_names[ROLE_COUNT] = {"unknown", "ct",  "xr",  "t1",  "t2",  "stir", "t1c",
                                                   "in",      "opp", "dwi", "adc", "dce", "pet"};
static const double T1_MAX_TR_MS = 1000;
static const double T1_MAX_TE_MS = 30;
static const double T2_MIN_TR_MS = 1500;
static const double T2_MIN_TE_MS = 60;
static const double STIR_MIN_TI_MS = 80;
static const double STIR_MAX_TI_MS = 300;

const char *role_name(SeriesRole role)
{
    return role_names[role < ROLE_COUNT ? role : ROLE_UNKNOWN];
}

bool role_parse(const char *name, SeriesRole *out)
{
    for (int role = 0; role < ROLE_COUNT; role++) {
        if (strcmp(name, role_names[role]) == 0) {
            *out = (SeriesRole)role;
            return true;
        }
    }
    return false;
}

/* Words in upper case, one space around each; + and * are part of words. Begins as one space. */
typedef struct {
    char text[600];
} Words;

static void words_add(Words *words, const char *text)
{
    size_t length = strlen(words->text);
    for (; *text && length + 2 < sizeof words->text; text++) {
        bool part = isalnum((unsigned char)*text) || *text == '+' || *text == '*';
        if (part) {
            words->text[length++] = (char)toupper((unsigned char)*text);
        } else if (words->text[length - 1] != ' ') {
            words->text[length++] = ' ';
        }
    }
    if (words->text[length - 1] != ' ') {
        words->text[length++] = ' ';
    }
    words->text[length] = '\0';
}

/* Is one of the phrases (NULL-ended, up to eight) in the words? */
static bool says(const Words *words, const char *const phrases[8])
{
    for (size_t n = 0; n < 8 && phrases[n]; n++) {
        if (strstr(words->text, phrases[n])) {
            return true;
        }
    }
    return false;
}

/* A word that holds T1 or T2 as such: T1W and ST1 do, T12 and T1* do not. */
static bool weighted(const Words *words, char digit)
{
    for (const char *at = words->text + 1; *at && at[1]; at++) {
        /* one letter may stand before it (Philips' sT1W), not a word (REST1) */
        bool begins = !isalnum((unsigned char)at[-1]) ||
                      (isalpha((unsigned char)at[-1]) && !isalnum((unsigned char)at[-2]));
        if (at[0] == 'T' && at[1] == digit && begins && !isdigit((unsigned char)at[2]) && at[2] != '*') {
            return true;
        }
    }
    return false;
}

/* A sequence that its name or image type gives away. */
typedef struct {
    SeriesRole role;
    const char *what;
    const char *phrases[8];
} NamedRule;

static const NamedRule named_rules[] = {
    {ROLE_UNKNOWN, "a localizer", {" LOCALIZER ", " LOC ", " SCOUT ", " SURVEY ", " TOPOGRAM "}},
    {ROLE_UNKNOWN, "a subtraction", {" SUBTRACT ", " SUBTRACTION ", " SUB "}},
    {ROLE_UNKNOWN, "a projection", {" MIP ", " PROJECTION IMAGE ", " MINIP ", " VRT ", " VOLREN "}},
    {ROLE_UNKNOWN, "a reformation", {" MPR ", " REFORMATTED ", " CPR "}},
    {ROLE_UNKNOWN,
     "a phase map",
     {" PHASE MAP ", " P PHASE ", " FIELD MAP ", " FIELDMAP ", " B0 ", " B0 MAP "}},
    {ROLE_UNKNOWN,
     "a map of relaxation times",
     {" T1 MAP ", " T2 MAP ", " T1MAP ", " T2MAP ", " T1 MAPS ", " T2 MAPS ", " T2 STAR MAP ", " R2 MAP "}},
    {ROLE_ADC, "an ADC map", {" ADC ", " APPARENT DIFFUSION ", " DADC "}},
    {ROLE_DCE,
     "a dynamic contrast series",
     {" DCE ", " PERF ", " PERFUSION ", " DYN ", " DYNAMIC ", " TWIST "}},
    {ROLE_DWI, "diffusion-weighted", {" DWI ", " DIFFUSION ", " DIFF ", " TRACEW ", " TRACE ", " RESOLVE "}},
    {ROLE_OPP,
     "opposed phase",
     {" OPP ", " OPPOSED ", " OUT PHASE ", " OPP PHASE ", " OUT OF PHASE ", " OUTPHASE ", " OOP "}},
    {ROLE_IN, "in phase", {" IN PHASE ", " INPHASE "}},
    {ROLE_UNKNOWN, "a fat-only image", {" FAT ", " FAT ONLY "}},
    {ROLE_STIR, "STIR", {" STIR ", " TIRM ", " SHORT TAU "}},
    {ROLE_UNKNOWN, "FLAIR", {" FLAIR ", "FLAIR"}},
    {ROLE_UNKNOWN, "T2*-weighted", {"T2*", " T2STAR ", " T2S ", " MEDIC ", " MERGE ", " SWI "}},
    {ROLE_UNKNOWN, "an angiography", {" TOF ", " MRA ", " ANGIO "}},
};

static const char *const contrast_words[8] = {" +C ", " C+ ", " GD ",   " GAD ",
                                              "+GD ", " CE ", " POST ", " KM "};
static const char *const more_contrast_words[8] = {" CONTRAST ", " +CM ", "+KM ",
                                                   "+C ",        " T1C ", " ENHANCED "};
static const char *const native_words[8] = {" PRE ",  " NATIV ", " NATIVE ",     " WITHOUT ",
                                            " OHNE ", " WO ",    " UNENHANCED ", " NON "};
static const char *const fat_words[8] = {" FS ",    " FATSAT ", " FAT SAT ", " SPIR ",
                                         " SPAIR ", "FS ",      " WATER "};

static bool find_contrast(const RoleTags *tags, const Words *words)
{
    static const char *const none[] = {"NONE", "NO", "N", "0", "NONE GIVEN"};
    bool agent = tags->contrast_agent[0] != '\0';
    for (size_t n = 0; n < sizeof none / sizeof *none; n++) {
        agent = agent && strcasecmp(tags->contrast_agent, none[n]) != 0;
    }
    bool post = says(words, contrast_words) || says(words, more_contrast_words);
    bool native = says(words, native_words);
    /* scanners keep the agent of the series before, so the site's "pre" counts for more */
    return native != post ? post : agent;
}

static void add_times(char *out, size_t size, const RoleTags *tags)
{
    if (tags->ti_ms > 0) {
        (void)snprintf(out, size, " (TR %g ms, TE %g ms, TI %g ms)", tags->tr_ms, tags->te_ms, tags->ti_ms);
    } else if (tags->tr_ms > 0 || tags->te_ms > 0) {
        (void)snprintf(out, size, " (TR %g ms, TE %g ms)", tags->tr_ms, tags->te_ms);
    } else {
        out[0] = '\0';
    }
}

static RoleGuess guess(SeriesRole role, bool contrast, const RoleTags *tags, const char *what,
                       const char *ending)
{
    RoleGuess out = {.role = role, .contrast = contrast};
    char times[80];
    add_times(times, sizeof times, tags);
    (void)snprintf(out.reason, sizeof out.reason, "%s%s%s%s", what, times,
                   contrast ? " with contrast agent" : "", ending);
    return out;
}

static bool has_value(const char *values, const char *value)
{
    size_t length = strlen(value);
    for (const char *at = values; at; at = strchr(at, '\\')) {
        at += *at == '\\';
        if (strncmp(at, value, length) == 0 && (at[length] == '\0' || at[length] == '\\')) {
            return true;
        }
    }
    return false;
}

typedef enum { BY_TIMES_UNKNOWN, BY_TIMES_T1, BY_TIMES_T2 } ByTimes;

/* Only a spin echo's contrast follows from TR and TE alone. */
static ByTimes by_times(const RoleTags *tags)
{
    if (!has_value(tags->sequence, "SE") || tags->te_ms <= 0 || tags->tr_ms <= 0) {
        return BY_TIMES_UNKNOWN;
    }
    if (tags->tr_ms < T1_MAX_TR_MS && tags->te_ms < T1_MAX_TE_MS) {
        return BY_TIMES_T1;
    }
    return tags->tr_ms > T2_MIN_TR_MS && tags->te_ms > T2_MIN_TE_MS ? BY_TIMES_T2 : BY_TIMES_UNKNOWN;
}

static RoleGuess guess_weighting(const RoleTags *tags, const Words *words, bool contrast)
{
    bool t1 = weighted(words, '1');
    bool t2 = weighted(words, '2');
    ByTimes times = by_times(tags);
    bool fat = says(words, fat_words);
    if (t1 == t2) {
        t1 = times == BY_TIMES_T1;
        t2 = times == BY_TIMES_T2;
    } else if ((t1 && times == BY_TIMES_T2) || (t2 && times == BY_TIMES_T1)) {
        return guess(
            ROLE_UNKNOWN, contrast, tags,
            t1 ? "named T1, but its times are those of T2" : "named T2, but its times are those of T1", "");
    }
    const char *ending = fat ? ", fat suppressed" : "";
    if (t1) {
        return guess(contrast ? ROLE_T1C : ROLE_T1, contrast, tags, "T1-weighted", ending);
    }
    if (t2) {
        return guess(ROLE_T2, contrast, tags, "T2-weighted", ending);
    }
    return guess(ROLE_UNKNOWN, contrast, tags, "MR of unknown weighting", "");
}

/* What the image type says of a Dixon image, in the words of Siemens, Philips and GE. Water is fat
 * suppressed. */
typedef enum { DIXON_NONE, DIXON_IN, DIXON_OPPOSED, DIXON_WATER, DIXON_FAT } Dixon;

static Dixon find_dixon(const RoleTags *tags)
{
    static const struct {
        const char *value;
        Dixon what;
    } values[] = {{"IN_PHASE", DIXON_IN},       {"IP", DIXON_IN},      {"OPP_PHASE", DIXON_OPPOSED},
                  {"OUT_PHASE", DIXON_OPPOSED}, {"OP", DIXON_OPPOSED}, {"WATER", DIXON_WATER},
                  {"W", DIXON_WATER},           {"FAT", DIXON_FAT},    {"F", DIXON_FAT}};
    for (size_t n = 0; n < sizeof values / sizeof *values; n++) {
        if (has_value(tags->image_type, values[n].value)) {
            return values[n].what;
        }
    }
    return DIXON_NONE;
}

/* The part of the complex signal that an image shows, as Siemens, Philips and the enhanced images name it. */
static bool is_phase(const char *image_type)
{
    return has_value(image_type, "P") || has_value(image_type, "PHASE") || has_value(image_type, "I") ||
           has_value(image_type, "IMAGINARY");
}

static RoleGuess guess_mr(const RoleTags *tags)
{
    Words words = {" "};
    words_add(&words, tags->description);
    words_add(&words, tags->protocol);
    Words named = {" "}; /* the protocol is common to several series: an ADC map bears that of its DWI */
    words_add(&named, tags->image_type);
    words_add(&named, tags->description);
    Words shown = {" "};
    words_add(&shown, tags->description);
    bool contrast = find_contrast(tags, &shown);
    Dixon dixon = find_dixon(tags);
    if (dixon == DIXON_WATER) {
        words_add(&words, "WATER");
    } else if (dixon == DIXON_IN || dixon == DIXON_OPPOSED) {
        return guess(dixon == DIXON_IN ? ROLE_IN : ROLE_OPP, contrast, tags,
                     dixon == DIXON_IN ? "in phase" : "opposed phase", "");
    } else if (dixon == DIXON_FAT) {
        return guess(ROLE_UNKNOWN, contrast, tags, "a fat-only image", ": not used");
    }
    if (is_phase(tags->image_type)) {
        return guess(ROLE_UNKNOWN, contrast, tags, "a phase or imaginary image", ": not used");
    }
    for (size_t n = 0; n < sizeof named_rules / sizeof *named_rules; n++) {
        const NamedRule *rule = &named_rules[n];
        /* "fat sat" is no fat image */
        if (says(&named, rule->phrases) && !(rule->phrases[0][1] == 'F' && says(&named, fat_words))) {
            return guess(rule->role, contrast, tags, rule->what,
                         rule->role == ROLE_UNKNOWN ? ": not used" : "");
        }
    }
    if (tags->has_b_value) {
        return guess(ROLE_DWI, contrast, tags, "diffusion-weighted (it has a b-value)", "");
    }
    if (has_value(tags->sequence, "IR") && tags->ti_ms >= STIR_MIN_TI_MS && tags->ti_ms <= STIR_MAX_TI_MS &&
        tags->tr_ms > T2_MIN_TR_MS) {
        return guess(ROLE_STIR, contrast, tags, "STIR by its inversion time", "");
    }
    return guess_weighting(tags, &words, contrast);
}

/* What a convolution kernel is for, as far as its name says it: Siemens counts sharpness up from 10, GE and
 * Toshiba have names and numbers of their own. */
static const char *kernel_use(const RoleTags *tags, const Words *description)
{
    static const char *const bone_names[8] = {" BONE ", " BONEPLUS ", " EDGE ", " FC30 ", " FC35 ", " FC81 "};
    static const char *const soft_names[8] = {" STANDARD ", " SOFT ", " FC08 ", " FC18 ", " FC03 ", " FC04 "};
    static const char *const bone_words[8] = {" BONE ", " KNOCHEN ", " OSSEUX ", " HUESO "};
    Words kernel = {" "};
    words_add(&kernel, tags->kernel);
    size_t letters = strcspn(kernel.text, "0123456789");
    long sharpness = strtol(kernel.text + letters, NULL, 10);
    bool siemens = letters >= 2 && letters <= 3 && sharpness >= 10;
    if (says(&kernel, bone_names) || (siemens && sharpness >= 60) || says(description, bone_words)) {
        return "bone kernel";
    }
    return says(&kernel, soft_names) || (siemens && sharpness < 50) ? "soft kernel" : "kernel";
}

static RoleGuess guess_ct(const RoleTags *tags)
{
    static const char *const no_slices[8] = {" MIP ", " MINIP ",  " VRT ",    " VOLREN ",
                                             " 3D ",  " SCREEN ", " POSDISP "};
    Words words = {" "}, type = {" "};
    char what[80];
    words_add(&words, tags->description);
    words_add(&type, tags->image_type);
    if (has_value(tags->image_type, "LOCALIZER")) {
        return guess(ROLE_UNKNOWN, false, tags, "a localizer", ": not used");
    }
    if (says(&type, no_slices)) {
        return guess(ROLE_UNKNOWN, false, tags, "a projection or a picture of the screen", ": not used");
    }
    bool derived = has_value(tags->image_type, "DERIVED");
    (void)snprintf(what, sizeof what, "CT%s%s%s%.24s%s", tags->kernel[0] ? ", " : "",
                   tags->kernel[0] ? kernel_use(tags, &words) : "", tags->kernel[0] ? " " : "", tags->kernel,
                   derived ? ", reformatted" : "");
    return guess(ROLE_CT, find_contrast(tags, &words), tags, what, "");
}

RoleGuess role_guess(const RoleTags *tags)
{
    static const struct {
        const char *modality;
        SeriesRole role;
        const char *what;
    } others[] = {
        {"PT", ROLE_PET, "PET"},
        {"CR", ROLE_XR, "radiograph"},
        {"DX", ROLE_XR, "radiograph"},
        {"RG", ROLE_XR, "radiograph"},
    };
    RoleTags timeless = *tags;
    timeless.te_ms = timeless.tr_ms = timeless.ti_ms = 0;
    if (tags->secondary_capture) {
        return guess(ROLE_UNKNOWN, false, &timeless, "a secondary capture", ": not used");
    }
    if (strcmp(tags->modality, "MR") == 0) {
        return guess_mr(tags);
    }
    if (strcmp(tags->modality, "CT") == 0) {
        return guess_ct(&timeless);
    }
    for (size_t n = 0; n < sizeof others / sizeof *others; n++) {
        if (strcmp(tags->modality, others[n].modality) == 0) {
            Words words = {" "};
            words_add(&words, tags->description);
            return guess(others[n].role, find_contrast(tags, &words), &timeless, others[n].what, "");
        }
    }
    RoleGuess out = {.role = ROLE_UNKNOWN};
    (void)snprintf(out.reason, sizeof out.reason, "modality %.16s is not used",
                   tags->modality[0] ? tags->modality : "unknown");
    return out;
}
