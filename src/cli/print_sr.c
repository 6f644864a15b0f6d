/* What a DICOM structured report holds, as a table or JSON. */
#include "cli/print_sr.h"

#include "dicom/objects.h"

#include <string.h>

/* A code as people read it. */
static const char *meaning(const Value *code)
{
    const char *text = value_text(code, "meaning"), *value = value_text(code, "value");
    return text && text[0] ? text : value ? value : "?";
}

/* Of our own measurements the id: it leads to docs/measurements.md, and their meaning is cut off. */
static const char *method_text(const Value *method)
{
    const char *scheme = value_text(method, "scheme"), *id = value_text(method, "value");
    return scheme && id && strcmp(scheme, "99DENS") == 0 ? id : meaning(method);
}

static const char *unit_text(const Value *unit)
{
    const char *value = value_text(unit, "value");
    return !value || strcmp(value, "1") == 0 ? "" : strcmp(value, "[hnsf'U]") == 0 ? "HU" : value;
}

static void add_pad(Text *out, const char *text, size_t columns)
{
    text_add(out, text);
    for (size_t at = text_columns(text, strlen(text)); at < columns; at++) {
        text_add(out, " ");
    }
}

static void add_measurement(const Value *m, const char *indent, Text *out)
{
    enum { NAME_COLUMNS = 56 };
    AUTO_TEXT name = TEXT_INIT;
    const Value *derivation = value_get(m, "derivation"), *method = value_get(m, "method");
    const char *missing = value_text(m, "missing");
    double value = 0;
    text_addf(&name, "%s%s%s%s", indent, meaning(value_get(m, "quantity")), derivation ? ", " : "",
              derivation ? meaning(derivation) : "");
    add_pad(out, text_string(&name), NAME_COLUMNS);
    if (value_number(value_get(m, "value"), &value)) {
        text_addf(out, "%12.6g %s", value, unit_text(value_get(m, "unit")));
    } else {
        text_addf(out, "     missing: %s", missing ? missing : "the report gives no value");
    }
    text_addf(out, "%s%s%s\n", method ? "  [" : "", method ? method_text(method) : "", method ? "]" : "");
}

/* The measurements and evaluations of a group, of an evaluation, or of the report. */
static void add_content(const Value *of, const char *indent, Text *out)
{
    VALUE_EACH(m, value_get(of, "measurements"))
    {
        add_measurement(m, indent, out);
    }
    VALUE_EACH(evaluation, value_get(of, "evaluations"))
    {
        const char *text = value_text(evaluation, "text");
        text_addf(out, "%s%s: %s\n", indent, meaning(value_get(evaluation, "concept")),
                  text ? text : meaning(value_get(evaluation, "code")));
        VALUE_EACH(m, value_get(evaluation, "measurements"))
        {
            add_measurement(m, "    ", out);
        }
    }
}

static void add_line(Text *out, const char *name, const char *value)
{
    if (value) {
        text_addf(out, "  %s: %s\n", name, value);
    }
}

static void add_group(const Value *group, size_t number, Text *out)
{
    text_addf(out, "\ngroup %zu\n", number);
    add_line(out, "tracking identifier", value_text(group, "tracking_id"));
    add_line(out, "tracking UID", value_text(group, "tracking_uid"));
    if (value_get(group, "finding")) {
        add_line(out, "finding", meaning(value_get(group, "finding")));
    }
    VALUE_EACH(site, value_get(group, "sites"))
    {
        const Value *side = value_get(site, "laterality");
        text_addf(out, "  finding site: %s%s%s\n", meaning(site), side ? ", " : "",
                  side ? meaning(side) : "");
    }
    VALUE_EACH(segment, value_get(group, "segments"))
    {
        double at = 0;
        text_addf(out, "  segment: ");
        if (value_number(value_get(segment, "number"), &at)) {
            text_addf(out, "%g of ", at);
        }
        text_addf(out, "%s\n", value_text(segment, "instance"));
    }
    add_line(out, "source series", value_text(group, "series"));
    if (value_get(group, "method")) {
        add_line(out, "method", meaning(value_get(group, "method")));
    }
    add_content(group, "  ", out);
}

static void add_report(const Value *report, Text *out)
{
    const char *made = value_text(report, "manufacturer"), *verified = value_text(report, "verification");
    size_t number = 0;
    text_addf(out, "%s, %s%s%s\n", meaning(value_get(report, "title")), made ? "made by " : "maker not told",
              made ? made : "",
              verified && strcmp(verified, "VERIFIED") == 0 ? ", verified" : ", not verified");
    VALUE_EACH(group, value_get(report, "groups"))
    {
        add_group(group, ++number, out);
    }
    if (value_get(report, "measurements") || value_get(report, "evaluations")) {
        text_add(out, "\noutside groups\n");
        add_content(report, "  ", out);
    }
    VALUE_EACH(kind, value_get(report, "unused"))
    {
        text_addf(out, "not used: %g × %s\n", value_number_or(kind, "count", 0), value_text(kind, "kind"));
    }
}

bool print_sr(const Cli *cli, const char *path, bool json, DensError **err)
{
    const Value *report = dicom_sr_read(cli->arena, path, err);
    if (!report || json) {
        return report && cli_print_json(report, err);
    }
    AUTO_TEXT text = TEXT_INIT;
    add_report(report, &text);
    return cli_print(text_string(&text), text.length, err);
}
