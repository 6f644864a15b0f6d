/* A content tree as a DICOM structured report. DCMTK's document tree checks every relationship against what
 * the IOD allows (PS3.3 A.35.13.3.1.2), and so refuses what no reader would take. */
#include "objects.hh"

#include <dcmtk/dcmsr/dsrdoc.h>

#include <cmath>
#include <cstdlib>

using namespace dens;

namespace
{

DSRTypes::E_RelationshipType relation_of(DicomRelation relation)
{
    switch (relation) {
    case CONTENT_CONTAINS:
        return DSRTypes::RT_contains;
    case CONTENT_CONCEPT_MODIFIER:
        return DSRTypes::RT_hasConceptMod;
    case CONTENT_OBSERVATION_CONTEXT:
        return DSRTypes::RT_hasObsContext;
    case CONTENT_ACQUISITION_CONTEXT:
        return DSRTypes::RT_hasAcqContext;
    case CONTENT_PROPERTIES:
        return DSRTypes::RT_hasProperties;
    }
    return DSRTypes::RT_unknown;
}

DSRTypes::E_ValueType kind_of(DicomContentKind kind)
{
    switch (kind) {
    case CONTENT_CONTAINER:
        return DSRTypes::VT_Container;
    case CONTENT_CODE:
        return DSRTypes::VT_Code;
    case CONTENT_TEXT:
        return DSRTypes::VT_Text;
    case CONTENT_NUMBER:
        return DSRTypes::VT_Num;
    case CONTENT_UID:
        return DSRTypes::VT_UIDRef;
    case CONTENT_IMAGE:
        return DSRTypes::VT_Image;
    }
    return DSRTypes::VT_invalid;
}

DSRCodedEntryValue coded(const DicomCode &code)
{
    return DSRCodedEntryValue(code.value, code.scheme, code.meaning, DSRTypes::CVT_auto, OFFalse);
}

/* The most digits that a decimal string holds; the double itself goes along. */
std::string decimal(double value)
{
    char out[32];
    for (int digits = 17; digits > 0; digits--) {
        (void)snprintf(out, sizeof out, "%.*g", digits, value);
        if (std::string(out).size() <= 16) {
            break;
        }
    }
    return out;
}

void set_value(const DicomContent &content, DSRContentItem &item)
{
    if (content.concept.value) {
        check(item.setConceptName(coded(content.concept), OFFalse));
    }
    switch (content.kind) {
    case CONTENT_CONTAINER:
        if (content.template_id) {
            check(item.setTemplateIdentification(content.template_id, "DCMR"));
        }
        return;
    case CONTENT_CODE:
        return check(item.setCodeValue(coded(content.code), OFFalse));
    case CONTENT_TEXT:
    case CONTENT_UID:
        return check(item.setStringValue(content.text, OFFalse));
    case CONTENT_NUMBER: {
        DSRNumericMeasurementValue number(decimal(content.number), coded(content.code), OFFalse);
        check(number.setFloatingPointRepresentation(content.number));
        return check(item.setNumericValue(number, OFFalse));
    }
    case CONTENT_IMAGE: {
        DSRImageReferenceValue image(content.class_uid, content.instance_uid, OFFalse);
        if (content.segment > 0) {
            image.getSegmentList().addItem(static_cast<Uint16>(content.segment));
        }
        return check(item.setImageReference(image, OFFalse));
    }
    }
}

void add_children(const DicomContent &parent, DSRDocumentTree &tree);

void add_content(const DicomContent &content, DSRTypes::E_RelationshipType relation, DSRTypes::E_AddMode mode,
                 DSRDocumentTree &tree)
{
    if (tree.addContentItem(relation, kind_of(content.kind), mode) == 0) {
        throw Fault{SR_EC_CannotAddContentItem};
    }
    set_value(content, tree.getCurrentContentItem());
    add_children(content, tree);
}

void add_children(const DicomContent &parent, DSRDocumentTree &tree)
{
    for (const DicomContent *child = parent.first; child; child = child->next) {
        add_content(*child, relation_of(child->relation), DSRTypes::AM_belowCurrent, tree);
        (void)tree.goUp();
    }
}

void add_evidence(const DicomContext &context, const DicomReference *others, size_t other_count,
                  DSRDocument &document)
{
    DSRSOPInstanceReferenceList &evidence = document.getCurrentRequestedProcedureEvidence();
    for (const DicomSeriesList &series : context.lists) {
        for (size_t n = 0; n < series.instance_count; n++) {
            check(evidence.addItem(series.study_uid, series.series_uid, series.instances[n].sop_class_uid,
                                   series.instances[n].sop_instance_uid, OFFalse));
        }
    }
    for (size_t n = 0; n < other_count; n++) {
        check(evidence.addItem(context.subject.study_uid, others[n].series_uid, others[n].class_uid,
                               others[n].instance_uid, OFFalse));
    }
}

} // namespace

extern "C" DicomContent *dicom_content_add(Arena *arena, DicomContent *parent, DicomContent content)
{
    DicomContent *added = static_cast<DicomContent *>(arena_alloc(arena, sizeof *added));
    *added = content;
    if (parent) {
        (parent->last ? parent->last->next : parent->first) = added;
        parent->last = added;
    }
    return added;
}

extern "C" bool dicom_sr_write(const DicomContext *context, const DicomContent *root,
                               const DicomReference *others, size_t other_count, const char *scheme,
                               const char *scheme_uid, const DicomObjectIdentity *identity, Text *out,
                               DensError **err)
{
    return guarded_object<bool>(err, "sr.dcm", false, [&] {
        DSRDocument document(DSRTypes::DT_Comprehensive3DSR);
        DcmFileFormat file;
        check(document.setSpecificCharacterSet("ISO_IR 192"));
        add_content(*root, DSRTypes::RT_isRoot, DSRTypes::AM_afterCurrent, document.getTree());
        add_evidence(*context, others, other_count, document);
        check(document.getCodingSchemeIdentification().addItem(scheme, scheme_uid, "dens"));
        check(document.setPreliminaryFlag(DSRTypes::PF_Preliminary));
        check(document.write(*file.getDataset()));
        put_identity(*context, *identity, UID_Comprehensive3DSRStorage, "SR", *file.getDataset());
        save(file, *out);
        return true;
    });
}
