/* The patient and study of what is written, and what all objects have in common.
 *
 * The attributes of the patient and study modules (PS3.3 C.7.1, C.7.2) are copied as elements, not re-made
 * from what we know of them: issuers, other identifiers and procedure codes go along. All text becomes UTF-8,
 * so that a report can say more than the source's character set holds. */
#include "objects.hh"

#include <dcmtk/dcmdata/dcostrmb.h>

#include <cmath>
#include <ctime>

using namespace dens;

namespace
{

/* PS3.3 C.7.1.1, C.7.1.3. */
const std::vector<DcmTagKey> &of_patient()
{
    static const std::vector<DcmTagKey> keys = {
        DCM_PatientName,
        DCM_PatientID,
        DCM_IssuerOfPatientID,
        DCM_IssuerOfPatientIDQualifiersSequence,
        DCM_TypeOfPatientID,
        DCM_RETIRED_OtherPatientIDs,
        DCM_OtherPatientIDsSequence,
        DCM_PatientBirthDate,
        DCM_PatientBirthTime,
        DCM_PatientBirthDateInAlternativeCalendar,
        DCM_PatientDeathDateInAlternativeCalendar,
        DCM_PatientAlternativeCalendar,
        DCM_PatientSex,
        DCM_QualityControlSubject,
        DCM_OtherPatientNames,
        DCM_EthnicGroup,
        DCM_PatientComments,
        DCM_ReferencedPatientSequence,
        DCM_PatientSpeciesDescription,
        DCM_PatientSpeciesCodeSequence,
        DCM_PatientBreedDescription,
        DCM_PatientBreedCodeSequence,
        DCM_BreedRegistrationSequence,
        DCM_ResponsiblePerson,
        DCM_ResponsiblePersonRole,
        DCM_ResponsibleOrganization,
        DCM_PatientIdentityRemoved,
        DCM_DeidentificationMethod,
        DCM_DeidentificationMethodCodeSequence,
        DCM_ClinicalTrialSponsorName,
        DCM_ClinicalTrialProtocolID,
        DCM_ClinicalTrialProtocolName,
        DCM_ClinicalTrialSiteID,
        DCM_ClinicalTrialSiteName,
        DCM_ClinicalTrialSubjectID,
        DCM_ClinicalTrialSubjectReadingID,
        DCM_ClinicalTrialTimePointID,
        DCM_ClinicalTrialTimePointDescription,
    };
    return keys;
}

/* PS3.3 C.7.2.1, C.7.2.2, C.7.2.3. */
const std::vector<DcmTagKey> &of_study()
{
    static const std::vector<DcmTagKey> keys = {
        DCM_StudyInstanceUID,
        DCM_StudyDate,
        DCM_StudyTime,
        DCM_AccessionNumber,
        DCM_IssuerOfAccessionNumberSequence,
        DCM_ReferringPhysicianName,
        DCM_ReferringPhysicianIdentificationSequence,
        DCM_ConsultingPhysicianName,
        DCM_StudyID,
        DCM_StudyDescription,
        DCM_PhysiciansOfRecord,
        DCM_PhysiciansOfRecordIdentificationSequence,
        DCM_NameOfPhysiciansReadingStudy,
        DCM_PhysiciansReadingStudyIdentificationSequence,
        DCM_RequestingServiceCodeSequence,
        DCM_ReferencedStudySequence,
        DCM_ProcedureCodeSequence,
        DCM_ReasonForPerformedProcedureCodeSequence,
        DCM_AdmittingDiagnosesDescription,
        DCM_AdmittingDiagnosesCodeSequence,
        DCM_PatientAge,
        DCM_PatientSize,
        DCM_PatientWeight,
        DCM_PatientSizeCodeSequence,
        DCM_PatientBodyMassIndex,
        DCM_MedicalAlerts,
        DCM_Allergies,
        DCM_SmokingStatus,
        DCM_PregnancyStatus,
        DCM_LastMenstrualDate,
        DCM_PatientState,
        DCM_Occupation,
        DCM_AdditionalPatientHistory,
        DCM_AdmissionID,
        DCM_IssuerOfAdmissionIDSequence,
        DCM_ServiceEpisodeID,
        DCM_IssuerOfServiceEpisodeIDSequence,
        DCM_ServiceEpisodeDescription,
        DCM_PatientSexNeutered,
    };
    return keys;
}
/* Of these, what must be there, even if nothing is known (type 2). */
const std::vector<DcmTagKey> &needed()
{
    static const std::vector<DcmTagKey> keys = {
        DCM_PatientName, DCM_PatientID,       DCM_PatientBirthDate,       DCM_PatientSex, DCM_StudyDate,
        DCM_StudyTime,   DCM_AccessionNumber, DCM_ReferringPhysicianName, DCM_StudyID};
    return keys;
}

void copy_element(DcmItem &from, const DcmTagKey &key, DcmItem &to)
{
    DcmElement *element = nullptr;
    if (from.findAndGetElement(key, element).bad() || !element) {
        return;
    }
    std::unique_ptr<DcmElement> copy(OFstatic_cast(DcmElement *, element->clone()));
    check(to.insert(copy.get(), OFTrue));
    (void)copy.release();
}

void copy_modules(DcmItem &from, DcmItem &to)
{
    for (const DcmTagKey &key : of_patient()) {
        copy_element(from, key, to);
    }
    for (const DcmTagKey &key : of_study()) {
        copy_element(from, key, to);
    }
}

bool read_modules(DcmDataset &from, DcmDataset &to, const char *path, DensError **err)
{
    copy_element(from, DCM_SpecificCharacterSet, to);
    copy_modules(from, to);
    for (const DcmTagKey &key : needed()) {
        if (!to.tagExists(key)) {
            check(to.insertEmptyElement(key));
        }
    }
    if (!to_utf8(to)) {
        return error_input(err, path,
                           "its text is not in a character set that it declares and that is known here");
    }
    Put(to).text(DCM_SpecificCharacterSet, "ISO_IR 192");
    return true;
}

void read_planes(DcmDataset &dataset, size_t instance, unsigned frames, SourceSeries &out)
{
    DcmItem *shared = nullptr;
    (void)dataset.findAndGetSequenceItem(DCM_SharedFunctionalGroupsSequence, shared, 0);
    for (unsigned n = 0; n < std::max(frames, 1u); n++) {
        DcmItem *own = nullptr;
        (void)dataset.findAndGetSequenceItem(DCM_PerFrameFunctionalGroupsSequence, own, n);
        Scope scope = {&dataset, own, shared};
        DcmItem *position = scope.holder(DCM_PlanePositionSequence, DCM_ImagePositionPatient);
        DcmItem *orientation = scope.holder(DCM_PlaneOrientationSequence, DCM_ImageOrientationPatient);
        SourcePlane plane = {instance, frames ? n + 1 : 0, {}, {}, {}};
        if (position && orientation && vec3_of(*position, DCM_ImagePositionPatient, plane.position) &&
            vec3_of(*orientation, DCM_ImageOrientationPatient, plane.row) &&
            vec3_of(*orientation, DCM_ImageOrientationPatient, plane.column, 3)) {
            out.planes.push_back(plane);
        }
    }
}

/* What the worst of the images says: YES, nothing, NO. */
void read_burned_in(DcmDataset &dataset, DicomContext &context)
{
    const std::string said = text_of(dataset, DCM_BurnedInAnnotation);
    if (context.burned_in != "YES" && (said != "NO" || context.sources.empty())) {
        context.burned_in = said;
    }
}

bool read_instance(DicomContext &context, const char *path, bool first, SourceSeries &out, DensError **err)
{
    DcmFileFormat file;
    PixelPlace place;
    if (!load(path, file, place, err)) {
        return false;
    }
    DcmDataset &dataset = *file.getDataset();
    unsigned frames = 0;
    bool multi = dataset.tagExists(DCM_PerFrameFunctionalGroupsSequence) &&
                 integer_of(dataset, DCM_NumberOfFrames, frames);
    if (first && !read_modules(dataset, context.modules, path, err)) {
        return false;
    }
    if (out.instances.empty()) {
        out.frame_uid = text_of(dataset, DCM_FrameOfReferenceUID);
        out.position_reference = text_of(dataset, DCM_PositionReferenceIndicator);
        out.lossy = text_of(dataset, DCM_LossyImageCompression);
        out.lossy_ratio = all_text_of(dataset, DCM_LossyImageCompressionRatio);
        out.lossy_method = all_text_of(dataset, DCM_LossyImageCompressionMethod);
    }
    read_burned_in(dataset, context);
    read_planes(dataset, out.instances.size(), multi ? frames : 0, out);
    out.instances.push_back({context.keep(text_of(dataset, DCM_SOPClassUID)),
                             context.keep(text_of(dataset, DCM_SOPInstanceUID)), multi ? frames : 0});
    return true;
}

DicomContext *read_context(const SeriesInfo *const *series, size_t count, DensError **err)
{
    std::unique_ptr<DicomContext> context(new DicomContext);
    for (size_t n = 0; n < count; n++) {
        SourceSeries source;
        for (size_t f = 0; f < series[n]->file_count; f++) {
            if (!read_instance(*context, series[n]->files[f], n == 0 && f == 0, source, err)) {
                return nullptr;
            }
        }
        context->sources.push_back(std::move(source));
    }
    for (size_t n = 0; n < count; n++) { /* no vector of instances moves any more */
        context->lists.push_back({context->keep(series[n]->study_uid), context->keep(series[n]->series_uid),
                                  context->keep(series[n]->modality), context->keep(series[n]->description),
                                  series[n]->number, series[n]->role, context->sources[n].instances.size(),
                                  context->sources[n].instances.data()});
    }
    read_subject(*context);
    return context.release();
}

} // namespace

namespace dens
{

void read_subject(DicomContext &context)
{
    DcmDataset &from = context.modules;
    auto keep = [&](const DcmTagKey &key) { return context.keep(all_text_of(from, key)); };
    context.subject = {
        keep(DCM_PatientName),      keep(DCM_PatientID),        keep(DCM_IssuerOfPatientID),
        keep(DCM_PatientBirthDate), keep(DCM_PatientSex),       keep(DCM_StudyInstanceUID),
        keep(DCM_AccessionNumber),  keep(DCM_StudyDate),        keep(DCM_StudyTime),
        keep(DCM_StudyID),          keep(DCM_StudyDescription), keep(DCM_ReferringPhysicianName),
        context.lists.size(),       context.lists.data()};
}

void check(const OFCondition &status)
{
    if (status.bad()) {
        throw Fault{status};
    }
}

Put &Put::text(const DcmTagKey &key, const std::string &value)
{
    check(item.putAndInsertString(key, value.c_str()));
    return *this;
}

Put &Put::word(const DcmTagKey &key, unsigned value)
{
    check(item.putAndInsertUint16(key, static_cast<Uint16>(value)));
    return *this;
}

Put &Put::numbers(const DcmTagKey &key, const std::vector<double> &values)
{
    std::string all;
    for (double value : values) {
        char one[32];
        (void)snprintf(one, sizeof one, "%.10g", std::fabs(value) < 1e-9 ? 0.0 : value);
        all += (all.empty() ? "" : "\\") + std::string(one);
    }
    return text(key, all);
}

DcmItem &Put::add(const DcmTagKey &sequence)
{
    DcmItem *added = nullptr;
    check(item.findOrCreateSequenceItem(sequence, added, -2));
    return *added;
}

Put &Put::code(const DcmTagKey &sequence, const DicomCode &code)
{
    Put(add(sequence))
        .text(DCM_CodeValue, code.value)
        .text(DCM_CodingSchemeDesignator, code.scheme)
        .text(DCM_CodeMeaning, code.meaning);
    return *this;
}

void date_and_time(const char *iso, std::string &out_date, std::string &out_time)
{
    struct tm utc = {};
    char date[16] = "";
    char time[16] = "";
    if (strptime(iso, "%Y-%m-%dT%H:%M:%SZ", &utc)) {
        time_t moment = timegm(&utc);
        struct tm local = {};
        (void)localtime_r(&moment, &local);
        (void)strftime(date, sizeof date, "%Y%m%d", &local);
        (void)strftime(time, sizeof time, "%H%M%S", &local);
    }
    out_date = date;
    out_time = time;
}

void put_subject(const DicomContext &context, DcmItem &to)
{
    DcmDataset modules(context.modules);
    copy_modules(modules, to);
    copy_element(modules, DCM_SpecificCharacterSet, to);
    copy_element(modules, DCM_LongitudinalTemporalInformationModified, to);
}

void put_identity(const DicomContext &context, const DicomObjectIdentity &identity, const char *sop_class,
                  const char *modality, DcmItem &to)
{
    std::string date;
    std::string time;
    date_and_time(identity.time, date, time);
    put_subject(context, to);
    Put(to)
        .text(DCM_SOPClassUID, sop_class)
        .text(DCM_SOPInstanceUID, identity.instance_uid)
        .text(DCM_Modality, modality)
        .text(DCM_SeriesInstanceUID, identity.series_uid)
        .text(DCM_SeriesNumber, std::to_string(identity.series_number))
        .text(DCM_SeriesDescription, identity.series_description)
        .text(DCM_SeriesDate, date)
        .text(DCM_SeriesTime, time)
        .text(DCM_InstanceNumber, "1")
        .text(DCM_ContentDate, date)
        .text(DCM_ContentTime, time)
        .text(DCM_Manufacturer, "dens")
        .text(DCM_ManufacturerModelName, "dens")
        .text(DCM_DeviceSerialNumber, "dens-" DENS_VERSION)
        .text(DCM_SoftwareVersions, DENS_VERSION);
}

void save(DcmFileFormat &file, Text &out)
{
    std::vector<char> block(1 << 16);
    DcmOutputBufferStream stream(block.data(), static_cast<offile_off_t>(block.size()));
    OFCondition status;
    file.transferInit();
    do {
        void *bytes = nullptr;
        offile_off_t length = 0;
        status = file.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr, EGL_recalcGL,
                            EPD_withoutPadding);
        stream.flushBuffer(bytes, length);
        text_add_bytes(&out, static_cast<const char *>(bytes), static_cast<size_t>(length));
    } while (status == EC_StreamNotifyClient);
    file.transferEnd();
    check(status);
}

} // namespace dens

extern "C" DicomContext *dicom_context_read(const SeriesInfo *const *series, size_t count, DensError **err)
{
    return guarded_object<DicomContext *>(err, "study", nullptr,
                                          [&] { return read_context(series, count, err); });
}

extern "C" void dicom_context_free(DicomContext *context)
{
    delete context;
}

extern "C" const DicomSubject *dicom_context_subject(const DicomContext *context)
{
    return &context->subject;
}
