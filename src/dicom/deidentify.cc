/* The patient and study of what is written, without what identifies a person (confidentiality.h). Done on the
 * context, before anything is made of it: what was never there cannot be forgotten in an export. */
#include "objects.hh"

extern "C" {
#include "dicom/confidentiality.h"
}

#include <sys/random.h>

using namespace dens;

namespace
{

/* Made anew for every evaluation and kept nowhere: no UID leads back. */
bool make_salt(std::string &out)
{
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes)) {
        return false;
    }
    for (unsigned char byte : bytes) {
        char digits[3];
        (void)snprintf(digits, sizeof digits, "%02x", byte);
        out += digits;
    }
    return true;
}

std::string other_uid(const DicomContext &context, const std::string &uid)
{
    char out[65] = "";
    if (!uid.empty()) {
        dicom_uid(("dens deidentified|" + context.salt + "|" + uid).c_str(), out);
    }
    return out;
}

const char *dummy_of(DcmEVR vr)
{
    switch (vr) {
    case EVR_DA:
        return "19000101";
    case EVR_TM:
        return "000000";
    case EVR_DT:
        return "19000101000000";
    case EVR_AS:
        return "000Y";
    case EVR_IS:
    case EVR_DS:
        return "0";
    default:
        return "ANONYMIZED";
    }
}

void clean(const DicomContext &context, DcmItem &item);

void clean_element(const DicomContext &context, DcmItem &item, DcmElement &element)
{
    const DcmTag tag = element.getTag();
    const ConfidentialityAction action = confidentiality_action(tag.getGroup(), tag.getElement());
    if (element.ident() == EVR_SQ) {
        if (action != CONFIDENTIAL_KEEP) {
            check(item.findAndDeleteElement(tag));
            return;
        }
        DcmSequenceOfItems &sequence = static_cast<DcmSequenceOfItems &>(element);
        for (unsigned long n = 0; n < sequence.card(); n++) {
            clean(context, *sequence.getItem(n));
        }
        return;
    }
    switch (action) {
    case CONFIDENTIAL_KEEP:
        return;
    case CONFIDENTIAL_REMOVE:
        return check(item.findAndDeleteElement(tag));
    case CONFIDENTIAL_EMPTY:
        return check(item.putAndInsertString(tag, ""));
    case CONFIDENTIAL_DUMMY:
        return check(item.putAndInsertString(tag, dummy_of(element.ident())));
    case CONFIDENTIAL_UID:
        return check(item.putAndInsertString(tag, other_uid(context, text_of(item, tag)).c_str()));
    }
}

void clean(const DicomContext &context, DcmItem &item)
{
    std::vector<DcmElement *> elements;
    for (unsigned long n = 0; n < item.card(); n++) {
        elements.push_back(item.getElement(n));
    }
    for (DcmElement *element : elements) {
        clean_element(context, item, *element);
    }
}

/* PS3.16 CID 7050. */
void tell(DcmItem &modules)
{
    Put(modules)
        .text(DCM_PatientIdentityRemoved, "YES")
        .text(DCM_DeidentificationMethod, "dens " DENS_VERSION)
        .text(DCM_LongitudinalTemporalInformationModified, "REMOVED")
        .code(DCM_DeidentificationMethodCodeSequence,
              {"113100", "DCM", "Basic Application Confidentiality Profile"})
        .code(DCM_DeidentificationMethodCodeSequence,
              {"113108", "DCM", "Retain Patient Characteristics Option"});
}

void clean_series(DicomContext &context)
{
    for (SourceSeries &source : context.sources) {
        source.frame_uid = other_uid(context, source.frame_uid);
        for (DicomInstance &instance : source.instances) {
            instance.sop_instance_uid = context.keep(other_uid(context, instance.sop_instance_uid));
        }
    }
    for (DicomSeriesList &list : context.lists) {
        list.study_uid = context.keep(other_uid(context, list.study_uid));
        list.series_uid = context.keep(other_uid(context, list.series_uid));
        list.description = "";
    }
}

} // namespace

extern "C" bool dicom_context_deidentify(DicomContext *context, DensError **err)
{
    return guarded_object<bool>(err, "study", false, [&] {
        if (!make_salt(context->salt)) {
            return error_set(err, DENS_ERROR_INTERNAL, "study", "no random numbers are to be had");
        }
        (void)context->modules.findAndDeleteElement(DCM_DeidentificationMethodCodeSequence);
        clean(*context, context->modules);
        tell(context->modules);
        clean_series(*context);
        read_subject(*context);
        return true;
    });
}

extern "C" void dicom_context_other_uid(const DicomContext *context, const char *uid, char out[65])
{
    (void)snprintf(out, 65, "%s", other_uid(*context, uid).c_str());
}

extern "C" const char *dicom_context_burned_in(const DicomContext *context)
{
    return context->burned_in.c_str();
}
