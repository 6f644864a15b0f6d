/* Writing a volume as a classic series: CT Image Storage or MR Image Storage, one file a slice, uncompressed,
 * explicit little endian (PS3.3 A.3, A.4). Nothing is taken from the clock: the same call gives the same
 * bytes. */
#include "dcmtk.hh"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

using namespace dens;

namespace
{

constexpr double CT_INTERCEPT_HU = -1024;
constexpr double MR_MAX = 4095;
constexpr double ORTHOGONAL = 1e-3;

/* Puts attributes and remembers the first that failed. */
class Attributes
{
  public:
    explicit Attributes(DcmItem &target) : dataset(target)
    {
    }
    void text(const DcmTagKey &key, const char *value)
    {
        keep(dataset.putAndInsertString(key, value ? value : ""));
    }
    void text(const DcmTagKey &key, const std::string &value)
    {
        text(key, value.c_str());
    }
    void word(const DcmTagKey &key, unsigned value)
    {
        keep(dataset.putAndInsertUint16(key, static_cast<Uint16>(value)));
    }
    /* Decimal strings hold 16 characters: ten digits are a nanometre at one metre. */
    void numbers(const DcmTagKey &key, const std::vector<double> &values)
    {
        std::string all;
        for (double value : values) {
            char one[32];
            (void)snprintf(one, sizeof one, "%.10g", std::fabs(value) < 1e-9 ? 0.0 : value);
            all += (all.empty() ? "" : "\\") + std::string(one);
        }
        text(key, all);
    }
    void number(const DcmTagKey &key, double value)
    {
        keep(dataset.putAndInsertFloat64(key, value));
    }
    /* The only item of a sequence. */
    DcmItem &item(const DcmTagKey &sequence)
    {
        DcmItem *made = nullptr;
        keep(dataset.findOrCreateSequenceItem(sequence, made, 0));
        last = made ? made : &dataset;
        return *last;
    }
    void code(const DcmTagKey &sequence, const char *value, const char *scheme, const char *meaning)
    {
        Attributes of(item(sequence));
        of.text(DCM_CodeValue, value);
        of.text(DCM_CodingSchemeDesignator, scheme);
        of.text(DCM_CodeMeaning, meaning);
        merge(of);
    }
    DcmItem &last_item()
    {
        return *last;
    }
    /* What went wrong in an item. */
    void merge(const Attributes &other)
    {
        keep(other.status);
    }
    void pixels(const std::vector<Uint16> &values)
    {
        keep(dataset.putAndInsertUint16Array(DCM_PixelData, values.data(), values.size()));
    }
    OFCondition status = EC_Normal;

  private:
    void keep(const OFCondition &result)
    {
        if (status.good()) {
            status = result;
        }
    }
    DcmItem &dataset;
    DcmItem *last = nullptr;
};

bool is_ct(const DicomSeriesAttributes &a)
{
    return a.role == ROLE_CT;
}

bool is_pet(const DicomSeriesAttributes &a)
{
    return a.role == ROLE_PET;
}

/* HHMMSS of a moment after another; both on one day. */
std::string later(const char *hhmmss, double seconds)
{
    int at = static_cast<int>(std::strtol(hhmmss, nullptr, 10));
    int whole = at / 10000 * 3600 + at / 100 % 100 * 60 + at % 100 + static_cast<int>(std::floor(seconds));
    char out[32];
    (void)snprintf(out, sizeof out, "%02d%02d%02d.%03d", whole / 3600, whole / 60 % 60, whole % 60,
                   static_cast<int>((seconds - std::floor(seconds)) * 1000));
    return out;
}

void put_patient_and_study(Attributes &to, const DicomSeriesAttributes &a)
{
    to.text(DCM_SpecificCharacterSet, "ISO_IR 192");
    to.text(DCM_PatientName, a.patient_name);
    to.text(DCM_PatientID, a.patient_id);
    to.text(DCM_PatientBirthDate, a.birth_date);
    to.text(DCM_PatientSex, a.sex);
    if (a.age && a.age[0]) {
        to.text(DCM_PatientAge, a.age);
    }
    if (a.weight_kg > 0) {
        to.numbers(DCM_PatientWeight, {a.weight_kg});
    }
    to.text(DCM_StudyInstanceUID, a.study_uid);
    to.text(DCM_StudyDate, a.study_date);
    to.text(DCM_StudyTime, a.study_time);
    to.text(DCM_StudyID, "1");
    to.text(DCM_StudyDescription, a.study_description);
    to.text(DCM_AccessionNumber, a.accession);
    to.text(DCM_ReferringPhysicianName, "");
}

void put_series(Attributes &to, const DicomSeriesAttributes &a)
{
    to.text(DCM_Modality, is_ct(a) ? "CT" : is_pet(a) ? "PT" : "MR");
    to.text(DCM_SeriesInstanceUID, a.series_uid);
    to.text(DCM_SeriesNumber, std::to_string(a.series_number));
    to.text(DCM_SeriesDate, a.study_date);
    to.text(DCM_SeriesTime, a.study_time);
    to.text(DCM_SeriesDescription, a.series_description);
    to.text(DCM_ProtocolName, a.protocol_name);
    to.text(DCM_BodyPartExamined, "CSPINE");
    if (!is_pet(a)) { /* which says it in codes */
        to.text(DCM_PatientPosition, "HFS");
    }
    to.text(DCM_FrameOfReferenceUID, a.frame_uid);
    to.text(DCM_PositionReferenceIndicator, "");
    to.text(DCM_Manufacturer, "dens");
    to.text(DCM_ManufacturerModelName, "dens phantom");
    to.text(DCM_DeviceSerialNumber, "0");
    to.text(DCM_SoftwareVersions, DENS_VERSION);
}

/* F-18 FDG, with the half-life and the positron fraction that scanners write; codes from PS3.16 CID 4020 and
 * 4021. */
void put_pet(Attributes &to, const DicomSeriesAttributes &a)
{
    constexpr double HALF_LIFE_S = 6586.2;
    constexpr double POSITRON_FRACTION = 0.967;
    to.text(DCM_ImageType, "ORIGINAL\\PRIMARY");
    to.text(DCM_AcquisitionDate, a.study_date);
    to.text(DCM_AcquisitionTime, a.study_time);
    to.text(DCM_Units, "BQML");
    to.text(DCM_CountsSource, "EMISSION");
    to.text(DCM_SeriesType, "STATIC\\IMAGE");
    to.text(DCM_CorrectedImage, "DECY\\ATTN\\SCAT\\DTIM\\RAN\\NORM");
    to.text(DCM_DecayCorrection, "START");
    to.text(DCM_CollimatorType, "NONE");
    to.text(DCM_FrameReferenceTime, "0");
    to.text(DCM_ActualFrameDuration, "180000");
    to.text(DCM_DecayFactor, "1");
    DcmItem &isotope = to.item(DCM_RadiopharmaceuticalInformationSequence);
    Attributes of(isotope);
    of.text(DCM_Radiopharmaceutical, "Fluorodeoxyglucose F^18^");
    of.text(DCM_RadiopharmaceuticalStartTime, later(a.study_time, -a.uptake_s));
    of.numbers(DCM_RadionuclideTotalDose, {a.dose_bq});
    of.numbers(DCM_RadionuclideHalfLife, {HALF_LIFE_S});
    of.numbers(DCM_RadionuclidePositronFraction, {POSITRON_FRACTION});
    of.code(DCM_RadionuclideCodeSequence, "C-111A1", "SRT", "^18^Fluorine");
    of.code(DCM_RadiopharmaceuticalCodeSequence, "C-B1031", "SRT", "Fluorodeoxyglucose F^18^");
    to.code(DCM_PatientOrientationCodeSequence, "F-10450", "SRT", "recumbent");
    Attributes supine(to.last_item());
    supine.code(DCM_PatientOrientationModifierCodeSequence, "F-10340", "SRT", "supine");
    to.code(DCM_PatientGantryRelationshipCodeSequence, "F-10470", "SRT", "headfirst");
    to.merge(of);
    to.merge(supine);
}

void put_acquisition(Attributes &to, const DicomSeriesAttributes &a)
{
    to.text(DCM_AcquisitionNumber, "1");
    if (is_ct(a)) {
        to.text(DCM_ImageType, "ORIGINAL\\PRIMARY\\AXIAL");
        to.numbers(DCM_KVP, {a.kvp});
        to.numbers(DCM_RescaleIntercept, {CT_INTERCEPT_HU});
        to.numbers(DCM_RescaleSlope, {1});
        to.text(DCM_RescaleType, "HU");
        return;
    }
    if (is_pet(a)) {
        put_pet(to, a);
        return;
    }
    bool inversion = a.ti_ms > 0;
    bool dynamic = a.role == ROLE_DCE;
    to.text(DCM_ImageType, "ORIGINAL\\PRIMARY\\OTHER");
    to.text(DCM_ScanningSequence, dynamic              ? "GR"
                                  : a.role == ROLE_DWI ? (inversion ? "EP\\SE\\IR" : "EP\\SE")
                                  : inversion          ? "SE\\IR"
                                                       : "SE");
    to.text(DCM_SequenceVariant, "NONE");
    to.text(DCM_ScanOptions, "");
    to.text(DCM_MRAcquisitionType, "2D");
    to.numbers(DCM_RepetitionTime, {a.tr_ms});
    to.numbers(DCM_EchoTime, {a.te_ms});
    to.text(DCM_EchoTrainLength, "1");
    if (inversion) {
        to.numbers(DCM_InversionTime, {a.ti_ms});
    }
    to.numbers(DCM_MagneticFieldStrength, {a.field_t});
    if (a.flip_deg > 0) {
        to.numbers(DCM_FlipAngle, {a.flip_deg});
    }
    if (a.role == ROLE_DWI) {
        to.number(DCM_DiffusionBValue, a.b_value);
    }
    if (a.part_count > 1) {
        to.text(DCM_AcquisitionDate, a.study_date);
        to.text(DCM_AcquisitionTime, later(a.study_time, a.time_s));
        to.text(DCM_TemporalPositionIdentifier, std::to_string(a.part + 1));
        to.text(DCM_NumberOfTemporalPositions, std::to_string(a.part_count));
    }
    if (a.role == ROLE_T1C || dynamic) {
        to.text(DCM_ContrastBolusAgent, "gadolinium-based contrast agent");
    }
}

void put_plane(Attributes &to, const Geometry &grid, size_t k, const DicomSeriesAttributes &a)
{
    Vec3 at = geometry_point_lps_mm(&grid, 0, 0, static_cast<double>(k));
    const Vec3 &row = grid.axis_lps[0];
    const Vec3 &column = grid.axis_lps[1];
    to.text(DCM_ContentDate, a.study_date);
    to.text(DCM_ContentTime, a.study_time);
    to.numbers(DCM_ImagePositionPatient, {at.x, at.y, at.z});
    to.numbers(DCM_ImageOrientationPatient, {row.x, row.y, row.z, column.x, column.y, column.z});
    to.numbers(DCM_PixelSpacing, {grid.spacing_mm[1], grid.spacing_mm[0]});
    to.numbers(DCM_SliceThickness, {grid.spacing_mm[2]});
    to.numbers(DCM_SpacingBetweenSlices, {grid.spacing_mm[2]});
}

/* What a slice is stored with. */
struct Storage {
    double intercept, low, high; /* low and high: values that fit */
    unsigned bits_stored, is_signed;
    double slope;
};
constexpr Storage CT_STORAGE = {CT_INTERCEPT_HU, CT_INTERCEPT_HU - 32768, CT_INTERCEPT_HU + 32767, 16, 1, 1};
constexpr Storage MR_STORAGE = {0, 0, MR_MAX, 12, 0, 1};
constexpr double PET_MOST = 32767;

Storage storage_of(const Volume &volume, const DicomSeriesAttributes &a)
{
    if (!is_pet(a)) {
        return is_ct(a) ? CT_STORAGE : MR_STORAGE;
    }
    const float *begin = volume.voxels;
    double most = static_cast<double>(*std::max_element(begin, begin + geometry_voxels(&volume.geometry)));
    double slope = std::max(1.0, std::ceil(most / PET_MOST * 1e3) / 1e3);
    return {0, 0, PET_MOST * slope, 16, 1, slope};
}

bool put_pixels(Attributes &to, const Volume &volume, size_t k, const Storage &storage, const char *path,
                DensError **err)
{
    const Geometry &grid = volume.geometry;
    const size_t plane = grid.size[0] * grid.size[1];
    const float *from = volume.voxels + k * plane;
    std::vector<Uint16> stored(plane);
    for (size_t n = 0; n < plane; n++) {
        double value = std::round(static_cast<double>(from[n]) / storage.slope) * storage.slope;
        if (!(value >= storage.low && value <= storage.high)) {
            return error_input(err, path, "slice %zu holds the value %g; %g to %g can be stored", k + 1,
                               static_cast<double>(from[n]), storage.low, storage.high);
        }
        stored[n] = static_cast<Uint16>(
            static_cast<int>(std::lround((value - storage.intercept) / storage.slope)) & 0xffff);
    }
    to.word(DCM_SamplesPerPixel, 1);
    to.text(DCM_PhotometricInterpretation, "MONOCHROME2");
    to.word(DCM_Rows, static_cast<unsigned>(grid.size[1]));
    to.word(DCM_Columns, static_cast<unsigned>(grid.size[0]));
    to.word(DCM_BitsAllocated, 16);
    to.word(DCM_BitsStored, storage.bits_stored);
    to.word(DCM_HighBit, storage.bits_stored - 1);
    to.word(DCM_PixelRepresentation, storage.is_signed);
    to.pixels(stored);
    return true;
}

/* CT: the usual bone window; MR: all of its values. One window for all slices. */
struct Window {
    double center, width;
};

Window window_of(const Volume &volume, bool ct)
{
    const float *begin = volume.voxels;
    const float *end = begin + geometry_voxels(&volume.geometry);
    double most = ct ? 0 : std::max(1.0, static_cast<double>(*std::max_element(begin, end)));
    return ct ? Window{400, 1800} : Window{std::round(most / 2), std::ceil(most)};
}

bool write_slice(const Volume &volume, const DicomSeriesAttributes &a, const Window &window, size_t k,
                 const std::string &path, DensError **err)
{
    DcmFileFormat file;
    Attributes to(*file.getDataset());
    const Storage storage = storage_of(volume, a);
    const size_t number = a.part * volume.geometry.size[2] + k + 1;
    std::string instance =
        std::string(a.uid_root) + "." + std::to_string(a.series_number) + "." + std::to_string(number);
    if (instance.size() > 64) {
        return error_set(err, DENS_ERROR_USAGE, path.c_str(), "the UID %s is longer than 64 characters",
                         instance.c_str());
    }
    to.text(DCM_SOPClassUID, is_ct(a)    ? UID_CTImageStorage
                             : is_pet(a) ? UID_PositronEmissionTomographyImageStorage
                                         : UID_MRImageStorage);
    to.text(DCM_SOPInstanceUID, instance);
    put_patient_and_study(to, a);
    put_series(to, a);
    put_acquisition(to, a);
    put_plane(to, volume.geometry, k, a);
    to.text(DCM_InstanceNumber, std::to_string(number));
    if (is_pet(a)) {
        to.word(DCM_NumberOfSlices, static_cast<unsigned>(volume.geometry.size[2]));
        to.word(DCM_ImageIndex, static_cast<unsigned>(number));
        to.numbers(DCM_RescaleIntercept, {0});
        to.numbers(DCM_RescaleSlope, {storage.slope});
    }
    to.numbers(DCM_WindowCenter, {window.center});
    to.numbers(DCM_WindowWidth, {window.width});
    if (!put_pixels(to, volume, k, storage, path.c_str(), err)) {
        return false;
    }
    OFCondition status = to.status;
    if (status.good()) {
        status = file.saveFile(path.c_str(), EXS_LittleEndianExplicit, EET_ExplicitLength, EGL_recalcGL,
                               EPD_withoutPadding);
    }
    return status.good() ||
           error_set(err, DENS_ERROR_INTERNAL, path.c_str(), "cannot be written: %s", status.text());
}

/* Planes are described by rows and columns at a right angle, and slices must follow their normal. */
bool check_grid(const Geometry &grid, const char *folder, DensError **err)
{
    Vec3 normal = vec3_cross(grid.axis_lps[0], grid.axis_lps[1]);
    for (int axis = 0; axis < 3; axis++) {
        if (grid.size[axis] == 0 || grid.size[axis] > (axis < 2 ? 65535u : 9999u)) {
            return error_set(err, DENS_ERROR_USAGE, folder, "%zu × %zu × %zu voxels do not fit in a series",
                             grid.size[0], grid.size[1], grid.size[2]);
        }
    }
    return (std::fabs(vec3_dot(grid.axis_lps[0], grid.axis_lps[1])) <= ORTHOGONAL &&
            std::fabs(std::fabs(vec3_dot(normal, grid.axis_lps[2])) - 1) <= ORTHOGONAL) ||
           error_set(err, DENS_ERROR_USAGE, folder, "a sheared grid cannot be written as a series");
}

bool write_series(const Volume &volume, const DicomSeriesAttributes &a, const char *folder, DensError **err)
{
    static const SeriesRole roles[] = {ROLE_CT,  ROLE_T1,  ROLE_T2,  ROLE_STIR,
                                       ROLE_T1C, ROLE_DWI, ROLE_DCE, ROLE_PET};
    if (std::find(std::begin(roles), std::end(roles), a.role) == std::end(roles)) {
        return error_set(err, DENS_ERROR_USAGE, folder,
                         "a series of role %s cannot be written; ct, t1, t2, stir, t1c, dwi, dce and pet can",
                         role_name(a.role));
    }
    if (!library_ready(err) || !check_grid(volume.geometry, folder, err) || !file_make_folder(folder, err)) {
        return false;
    }
    const Window window = window_of(volume, is_ct(a));
    for (size_t k = 0; k < volume.geometry.size[2]; k++) {
        char name[32];
        (void)snprintf(name, sizeof name, "/%04zu.dcm", a.part * volume.geometry.size[2] + k + 1);
        if (!write_slice(volume, a, window, k, std::string(folder) + name, err)) {
            return false;
        }
    }
    return true;
}

} // namespace

extern "C" bool dicom_series_write(const Volume *volume, const DicomSeriesAttributes *attributes,
                                   const char *folder, DensError **err)
{
    return guarded<bool>(err, folder, false, [&] { return write_series(*volume, *attributes, folder, err); });
}
