/* A PDF as a DICOM object: Encapsulated PDF Storage (PS3.3 A.45.1). */
#include "objects.hh"

using namespace dens;

namespace
{

/* The images that the document shows (PS3.3 C.24.2: required where it was derived from instances). */
void put_sources(const DicomContext &context, DcmItem &to)
{
    for (const DicomSeriesList &series : context.lists) {
        for (size_t n = 0; n < series.instance_count; n++) {
            Put(Put(to).add(DCM_SourceInstanceSequence))
                .text(DCM_ReferencedSOPClassUID, series.instances[n].sop_class_uid)
                .text(DCM_ReferencedSOPInstanceUID, series.instances[n].sop_instance_uid);
        }
    }
}

/* A value has an even number of bytes; the length beside it says how many are the document's. */
void put_document(const Text &pdf, DcmItem &to)
{
    std::vector<Uint8> bytes(pdf.bytes, pdf.bytes + pdf.length);
    bytes.resize((bytes.size() + 1) & ~static_cast<size_t>(1), 0);
    check(to.putAndInsertUint8Array(DCM_EncapsulatedDocument, bytes.data(), bytes.size()));
    check(to.putAndInsertUint32(DCM_EncapsulatedDocumentLength, static_cast<Uint32>(pdf.length)));
}

} // namespace

extern "C" bool dicom_pdf_write(const DicomContext *context, const Text *pdf, const char *title,
                                const DicomObjectIdentity *identity, Text *out, DensError **err)
{
    return guarded_object<bool>(err, "report.dcm", false, [&] {
        DcmFileFormat file;
        DcmItem &to = *file.getDataset();
        put_identity(*context, *identity, UID_EncapsulatedPDFStorage, "DOC", to);
        std::string date;
        std::string time;
        date_and_time(identity->time, date, time);
        Put(to)
            .text(DCM_ConversionType, "WSD")
            .text(DCM_AcquisitionDateTime, date + time)
            .text(DCM_BurnedInAnnotation, "YES")
            .text(DCM_DocumentTitle, title)
            .text(DCM_VerificationFlag, "UNVERIFIED")
            .text(DCM_MIMETypeOfEncapsulatedDocument, "application/pdf")
            .code(DCM_ConceptNameCodeSequence, {"18748-4", "LN", "Diagnostic Imaging Report"});
        put_sources(*context, to);
        put_document(*pdf, to);
        save(file, *out);
        return true;
    });
}

extern "C" bool dicom_pdf_replace(const char *path, const Text *pdf, const char *instance_uid,
                                  unsigned number, const char *time, Text *out, DensError **err)
{
    return guarded_object<bool>(err, "report.dcm", false, [&] {
        DcmFileFormat file;
        check(file.loadFile(path));
        DcmItem &to = *file.getDataset();
        std::string date;
        std::string clock;
        date_and_time(time, date, clock);
        Put(to)
            .text(DCM_SOPInstanceUID, instance_uid)
            .text(DCM_InstanceNumber, std::to_string(number))
            .text(DCM_ContentDate, date)
            .text(DCM_ContentTime, clock);
        put_document(*pdf, to);
        check(file.getMetaInfo()->clear()); /* it is made anew, with the other UID */
        save(file, *out);
        return true;
    });
}
