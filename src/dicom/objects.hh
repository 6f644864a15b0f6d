/* What the files that write DICOM objects share: the context, putting attributes, saving into memory. */
#ifndef DENS_DICOM_OBJECTS_HH
#define DENS_DICOM_OBJECTS_HH

#include "dcmtk.hh"

extern "C" {
#include "dicom/objects.h"
}

#include <deque>

namespace dens
{

/* One plane of a source image, to find what lies at a frame's place. */
struct SourcePlane {
    size_t instance;
    unsigned frame; /* from 1; 0 in an image of one frame */
    Vec3 position, row, column;
};

struct SourceSeries {
    std::vector<DicomInstance> instances;
    std::vector<SourcePlane> planes;
    std::string frame_uid, position_reference;
    std::string lossy, lossy_ratio, lossy_method;
};

/* Puts attributes into an item and remembers the first fault. */
class Put
{
  public:
    explicit Put(DcmItem &target) : item(target)
    {
    }
    Put &text(const DcmTagKey &key, const std::string &value);
    Put &word(const DcmTagKey &key, unsigned value);
    /* Decimal strings: 16 characters hold ten digits, a nanometre at one metre. */
    Put &numbers(const DcmTagKey &key, const std::vector<double> &values);
    Put &code(const DcmTagKey &sequence, const DicomCode &code);
    /* The next item of a sequence. */
    DcmItem &add(const DcmTagKey &sequence);
    DcmItem &item;
};

/* Fills the context's subject from its modules. */
void read_subject(DicomContext &context);

/* Everything here throws Fault when DCMTK refuses; `guarded_object` makes an error of it. */
struct Fault {
    OFCondition status;
};
void check(const OFCondition &status);

/* All text of a data set, from the character sets that it declares. False if it is not in them. */
bool to_utf8(DcmDataset &dataset);

/* "20260131" and "120000" in this machine's time. */
void date_and_time(const char *iso, std::string &out_date, std::string &out_time);

/* Patient, study, SOP common, series and equipment of an object. */
void put_identity(const DicomContext &context, const DicomObjectIdentity &identity, const char *sop_class,
                  const char *modality, DcmItem &to);
/* The patient's and study's elements in place of those that stand in `to`. */
void put_subject(const DicomContext &context, DcmItem &to);
void save(DcmFileFormat &file, Text &out);

template <class Result, class Body>
Result guarded_object(DensError **err, const char *what, Result failed, Body body)
{
    return guarded<Result>(err, what, failed, [&]() -> Result {
        try {
            return body();
        } catch (const Fault &fault) {
            error_set(err, DENS_ERROR_INTERNAL, what, "the DICOM library refuses it: %s",
                      fault.status.text());
            return failed;
        }
    });
}

} // namespace dens

struct DicomContext {
    DcmDataset modules; /* patient and study, UTF-8 */
    std::vector<dens::SourceSeries> sources;
    std::vector<DicomSeriesList> lists;
    std::deque<std::string> strings; /* what the plain structs point at; a deque never moves them */
    DicomSubject subject;
    std::string burned_in = ""; /* BurnedInAnnotation of the images */
    std::string salt;           /* of the new UIDs, once it was de-identified */
    const char *keep(const std::string &text)
    {
        strings.push_back(text);
        return strings.back().c_str();
    }
};

#endif
