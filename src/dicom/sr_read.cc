/* A structured report of any maker as a tree of values (PS3.3 C.17.3, PS3.16 TID 1500). The content items are
 * walked as they stand, and not checked against what the IOD allows: a report that breaks a rule of its kind
 * still has its measurements. What is measured, coded or said is kept; every other item is counted by its
 * kind. How deep the walk can go is bounded by nesting_check(), which load() calls. */
#include "objects.hh"

#include <cmath>
#include <map>

using namespace dens;

namespace
{

constexpr char CLASSES_SR[] = "1.2.840.10008.5.1.4.1.1.88.";

/* The concepts of TID 1410, 1411, 1419 and 1501 that have a key of their own, and the older codes of the same
 * concepts that reports still use (DCMTK: dcmsr/codes/srt.h beside sct.h). */
struct Known {
    const char *value, *scheme, *key;
};
constexpr Known KNOWN[] = {
    {"112039", "DCM", "tracking_id"}, {"112040", "DCM", "tracking_uid"}, {"121071", "DCM", "finding"},
    {"363698007", "SCT", "sites"},    {"G-C0E3", "SRT", "sites"},        {"370129005", "SCT", "method"},
    {"G-C036", "SRT", "method"},      {"121401", "DCM", "derivation"},   {"272741003", "SCT", "laterality"},
    {"G-C171", "SRT", "laterality"},  {"121232", "DCM", "series"},       {"121191", "DCM", "segment"},
};

class Reader
{
  public:
    explicit Reader(Value *report_) : report(report_)
    {
    }
    void walk(DcmItem &parent, Value *to, bool context);
    std::map<std::string, unsigned> unused;

  private:
    void visit(DcmItem &item, Value *to, bool context);
    void add_container(DcmItem &item, Value *to);
    void add_number(DcmItem &item, Value *to);
    void add_segment(DcmItem &item, Value *to);
    void add_said(DcmItem &item, const std::string &type, Value *to, bool context);
    Value *report;
};

/* The first item of a sequence, or NULL. */
DcmItem *first_of(DcmItem &item, const DcmTagKey &sequence)
{
    DcmItem *found = nullptr;
    return item.findAndGetSequenceItem(sequence, found, 0).good() ? found : nullptr;
}

/* One of a code's three attributes (PS3.3 8.8). */
std::string code_value(DcmItem &code)
{
    for (const DcmTagKey &key : {DCM_CodeValue, DCM_LongCodeValue, DCM_URNCodeValue}) {
        std::string value = text_of(code, key);
        if (!value.empty()) {
            return value;
        }
    }
    return "";
}

/* Its value, scheme and meaning into a map; false if there is no code. */
bool set_code(DcmItem &item, const DcmTagKey &sequence, Value *to)
{
    DcmItem *code = first_of(item, sequence);
    if (!code || code_value(*code).empty()) {
        return false;
    }
    value_set_string(to, "value", code_value(*code).c_str());
    value_set_string(to, "scheme", text_of(*code, DCM_CodingSchemeDesignator).c_str());
    value_set_string(to, "meaning", text_of(*code, DCM_CodeMeaning).c_str());
    return true;
}

bool has_code(DcmItem &item, const DcmTagKey &sequence)
{
    DcmItem *code = first_of(item, sequence);
    return code && !code_value(*code).empty();
}

const char *key_of(DcmItem &item)
{
    DcmItem *concept = first_of(item, DCM_ConceptNameCodeSequence);
    const std::string value = concept ? code_value(*concept) : "";
    const std::string scheme = concept ? text_of(*concept, DCM_CodingSchemeDesignator) : "";
    for (const Known &known : KNOWN) {
        if (value == known.value && scheme == known.scheme) {
            return known.key;
        }
    }
    return nullptr;
}

bool is_named(DcmItem &item, const char *value)
{
    DcmItem *concept = first_of(item, DCM_ConceptNameCodeSequence);
    return concept && code_value(*concept) == value && text_of(*concept, DCM_CodingSchemeDesignator) == "DCM";
}

Value *list_of(Value *map, const char *key)
{
    const Value *there = value_get(map, key);
    return there ? const_cast<Value *>(there) : value_set_list(map, key);
}

/* The double that a report may give beside its decimal string (PS3.3 C.18.1). */
bool value_of(DcmItem &measured, double &out)
{
    Float64 number = 0;
    if (measured.findAndGetFloat64(DCM_FloatingPointValue, number).good() && std::isfinite(number)) {
        out = number;
        return true;
    }
    return number_of(measured, DCM_NumericValue, out) && std::isfinite(out);
}

void Reader::add_container(DcmItem &item, Value *to)
{
    if (is_named(item, "111028")) { /* image library */
        return;
    }
    if (is_named(item, "125007")) { /* measurement group */
        Value *group = value_add_map(list_of(report, "groups"));
        return walk(item, group, true);
    }
    walk(item, to, to != report);
}

void Reader::add_number(DcmItem &item, Value *to)
{
    DcmItem *measured = first_of(item, DCM_MeasuredValueSequence);
    double number = 0;
    Value *map = value_add_map(list_of(to, "measurements"));
    if (!set_code(item, DCM_ConceptNameCodeSequence, value_set_map(map, "quantity"))) {
        value_set_null(map, "quantity");
    }
    if (measured && value_of(*measured, number)) {
        value_set_number(map, "value", number);
    } else {
        DcmItem *qualifier = first_of(item, DCM_NumericValueQualifierCodeSequence);
        const std::string meaning = qualifier ? text_of(*qualifier, DCM_CodeMeaning) : "";
        value_set_string(map, "missing",
                         !meaning.empty() ? meaning.c_str()
                         : measured       ? "its value is no number"
                                          : "the report gives no value");
    }
    if (measured && has_code(*measured, DCM_MeasurementUnitsCodeSequence)) {
        (void)set_code(*measured, DCM_MeasurementUnitsCodeSequence, value_set_map(map, "unit"));
    }
    walk(item, map, true);
}

void Reader::add_segment(DcmItem &item, Value *to)
{
    DcmItem *image = first_of(item, DCM_ReferencedSOPSequence);
    const std::string instance = image ? text_of(*image, DCM_ReferencedSOPInstanceUID) : "";
    unsigned number = 0;
    if (instance.empty()) {
        unused["references without an instance"]++;
        return;
    }
    Value *segment = value_add_map(list_of(to, "segments"));
    value_set_string(segment, "instance", instance.c_str());
    if (integer_of(*image, DCM_ReferencedSegmentNumber, number)) {
        value_set_integer(segment, "number", static_cast<long long>(number));
    }
}

/* A code, a text or a UID: under its key, else what was found or in which context. */
void Reader::add_said(DcmItem &item, const std::string &type, Value *to, bool context)
{
    const bool coded = type == "CODE";
    const bool contained = text_of(item, DCM_RelationshipType) == "CONTAINS";
    const std::string text = coded ? "" : text_of(item, type == "TEXT" ? DCM_TextValue : DCM_UID);
    const char *key = context ? key_of(item) : nullptr;
    if (coded ? !has_code(item, DCM_ConceptCodeSequence) : text.empty()) {
        unused["items without a value"]++;
        return;
    }
    if (!contained && !context) {
        return; /* of the whole report: observer, language, procedure */
    }
    const bool listed = key && strcmp(key, "sites") == 0;
    if (key && coded && (listed || !value_get(to, key))) {
        Value *map = listed ? value_add_map(list_of(to, key)) : value_set_map(to, key);
        (void)set_code(item, DCM_ConceptCodeSequence, map);
        return walk(item, map, true);
    }
    if (key && !coded && !value_get(to, key)) {
        value_set_string(to, key, text.c_str());
        return;
    }
    Value *map = value_add_map(list_of(to, contained ? "evaluations" : "context"));
    (void)set_code(item, DCM_ConceptNameCodeSequence, value_set_map(map, "concept"));
    if (coded) {
        (void)set_code(item, DCM_ConceptCodeSequence, value_set_map(map, "code"));
    } else {
        value_set_string(map, "text", text.c_str());
    }
    walk(item, map, true);
}

void Reader::visit(DcmItem &item, Value *to, bool context)
{
    const std::string type = text_of(item, DCM_ValueType);
    if (type == "CONTAINER") {
        add_container(item, to);
    } else if (type == "NUM") {
        add_number(item, to);
    } else if (type == "CODE" || type == "TEXT" || type == "UIDREF") {
        add_said(item, type, to, context);
    } else if (type == "IMAGE" && is_named(item, "121191")) {
        add_segment(item, to);
    } else if (type.empty()) {
        DcmElement *reference = nullptr;
        const bool other = item.findAndGetElement(DCM_ReferencedContentItemIdentifier, reference).good();
        unused[other ? "references to another item" : "items without a kind"]++;
    } else if (context || text_of(item, DCM_RelationshipType) == "CONTAINS") {
        unused[type.substr(0, 16)]++; /* code strings have 16 characters */
    }
}

/* `context`: what modifies the parent belongs to it; false: it is said of the whole report. */
void Reader::walk(DcmItem &parent, Value *to, bool context)
{
    DcmSequenceOfItems *sequence = nullptr;
    if (parent.findAndGetSequence(DCM_ContentSequence, sequence).bad() || !sequence) {
        return;
    }
    for (DcmObject *object = nullptr; (object = sequence->nextInContainer(object));) {
        visit(*static_cast<DcmItem *>(object), to, context);
    }
}

void set_text(DcmItem &item, const DcmTagKey &key, const char *name, Value *to)
{
    const std::string text = text_of(item, key);
    if (!text.empty()) {
        value_set_string(to, name, text.c_str());
    }
}

Value *read_sr(Arena *arena, const char *path, DensError **err)
{
    DcmFileFormat file;
    PixelPlace place;
    if (!load(path, file, place, err)) {
        return nullptr;
    }
    DcmDataset &dataset = *file.getDataset();
    if (text_of(dataset, DCM_SOPClassUID).rfind(CLASSES_SR, 0) != 0) {
        error_input(err, path, "is a DICOM object, but no structured report");
        return nullptr;
    }
    if (!to_utf8(dataset)) {
        error_input(err, path, "its text is not in the character set that it declares");
        return nullptr;
    }
    if (text_of(dataset, DCM_ValueType) != "CONTAINER") {
        error_input(err, path, "is a damaged structured report: its content begins with no container");
        return nullptr;
    }
    Value *report = value_new_map(arena);
    if (!set_code(dataset, DCM_ConceptNameCodeSequence, value_set_map(report, "title"))) {
        value_set_null(report, "title");
    }
    if (DcmItem *of = first_of(dataset, DCM_ContentTemplateSequence)) {
        set_text(*of, DCM_TemplateIdentifier, "template", report);
    }
    set_text(dataset, DCM_Manufacturer, "manufacturer", report);
    set_text(dataset, DCM_CompletionFlag, "completion", report);
    set_text(dataset, DCM_VerificationFlag, "verification", report);
    set_text(dataset, DCM_PreliminaryFlag, "preliminary", report);
    set_text(dataset, DCM_StudyInstanceUID, "study", report);
    set_text(dataset, DCM_SOPInstanceUID, "instance", report);
    Reader reader(report);
    reader.walk(dataset, report, false);
    if (!value_get(report, "groups") && !value_get(report, "measurements") &&
        !value_get(report, "evaluations")) {
        error_input(err, path, "is a structured report that holds neither a measurement nor a finding");
        return nullptr;
    }
    Value *unused = value_set_list(report, "unused");
    for (const auto &kind : reader.unused) {
        Value *map = value_add_map(unused);
        value_set_string(map, "kind", kind.first.c_str());
        value_set_integer(map, "count", static_cast<long long>(kind.second));
    }
    return report;
}

} // namespace

extern "C" Value *dicom_sr_read(Arena *arena, const char *path, DensError **err)
{
    return guarded<Value *>(err, path, nullptr, [&] { return read_sr(arena, path, err); });
}
