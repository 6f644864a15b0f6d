/* A lesion mask as a DICOM Segmentation (PS3.3 A.51; C.8.20.2, C.7.6.16, C.7.6.17). */
#include "objects.hh"

#include <cmath>

using namespace dens;

namespace
{

constexpr double SAME_PLANE_MM = 0.01;
constexpr DicomCode SEGMENTATION = {"113076", "DCM", "Segmentation"};
constexpr DicomCode SOURCE_IMAGE = {"121322", "DCM", "Source image for image processing operation"};

/* The slices that hold a voxel of the mask. */
std::vector<size_t> marked_slices(const Mask &mask)
{
    const size_t *size = mask.geometry.size;
    const size_t plane = size[0] * size[1];
    std::vector<size_t> out;
    for (size_t k = 0; k < size[2]; k++) {
        for (size_t p = 0; p < plane; p++) {
            if (mask.labels[k * plane + p]) {
                out.push_back(k);
                break;
            }
        }
    }
    return out;
}

/* Bits without a gap, the first pixel in the lowest bit (PS3.5 8.1.1). */
std::vector<Uint8> pack(const Mask &mask, const std::vector<size_t> &slices)
{
    const size_t plane = mask.geometry.size[0] * mask.geometry.size[1];
    std::vector<Uint8> bytes((plane * slices.size() + 15) / 16 * 2);
    size_t at = 0;
    for (size_t k : slices) {
        for (size_t p = 0; p < plane; p++, at++) {
            if (mask.labels[k * plane + p]) {
                bytes[at / 8] = static_cast<Uint8>(bytes[at / 8] | 1u << (at % 8));
            }
        }
    }
    return bytes;
}

void put_image(const SourceSeries &source, const Mask &mask, size_t frames, DcmItem &to)
{
    Put put(to);
    put.text(DCM_FrameOfReferenceUID, source.frame_uid)
        .text(DCM_PositionReferenceIndicator, source.position_reference)
        .text(DCM_ImageType, "DERIVED\\PRIMARY")
        .word(DCM_SamplesPerPixel, 1)
        .text(DCM_PhotometricInterpretation, "MONOCHROME2")
        .text(DCM_NumberOfFrames, std::to_string(frames))
        .word(DCM_Rows, static_cast<unsigned>(mask.geometry.size[1]))
        .word(DCM_Columns, static_cast<unsigned>(mask.geometry.size[0]))
        .word(DCM_BitsAllocated, 1)
        .word(DCM_BitsStored, 1)
        .word(DCM_HighBit, 0)
        .word(DCM_PixelRepresentation, 0)
        .text(DCM_SegmentationType, "BINARY")
        .text(DCM_LossyImageCompression, source.lossy == "01" ? "01" : "00");
    if (source.lossy == "01") { /* what was made from lossy images stays so */
        put.text(DCM_LossyImageCompressionRatio, source.lossy_ratio)
            .text(DCM_LossyImageCompressionMethod, source.lossy_method);
    }
}

void put_segment(const DicomSegment &segment, DcmItem &to)
{
    static const Uint16 red[] = {34885, 53485, 50171}; /* CIELab of RGB 255, 0, 0 as C.10.7.1.1 scales it */
    Put put(Put(to)
                .text(DCM_ContentLabel, "LESION")
                .text(DCM_ContentDescription, segment.description)
                .text(DCM_ContentCreatorName, "")
                .add(DCM_SegmentSequence));
    put.word(DCM_SegmentNumber, 1)
        .text(DCM_SegmentLabel, segment.label)
        .text(DCM_SegmentDescription, segment.description)
        .text(DCM_SegmentAlgorithmType, segment.algorithm_type)
        .code(DCM_SegmentedPropertyCategoryCodeSequence, segment.category)
        .code(DCM_SegmentedPropertyTypeCodeSequence, segment.type)
        .code(DCM_AnatomicRegionSequence, segment.region)
        .text(DCM_TrackingID, segment.tracking_id)
        .text(DCM_TrackingUID, segment.tracking_uid);
    if (segment.algorithm_name && segment.algorithm_name[0]) {
        put.text(DCM_SegmentAlgorithmName, segment.algorithm_name);
    }
    check(put.item.putAndInsertUint16Array(DCM_RecommendedDisplayCIELabValue, red, 3));
}

void put_dimensions(const DicomObjectIdentity &identity, DcmItem &to)
{
    char uid[65];
    dicom_uid((std::string("dimensions of ") + identity.instance_uid).c_str(), uid);
    Put(Put(to).add(DCM_DimensionOrganizationSequence)).text(DCM_DimensionOrganizationUID, uid);
    const DcmTagKey pointers[][2] = {
        {DCM_ReferencedSegmentNumber, DCM_SegmentIdentificationSequence},
        {DCM_ImagePositionPatient, DCM_PlanePositionSequence},
    };
    for (const auto &pointer : pointers) {
        DcmItem &item = Put(to).add(DCM_DimensionIndexSequence);
        Put(item).text(DCM_DimensionOrganizationUID, uid);
        check(item.putAndInsertTagKey(DCM_DimensionIndexPointer, pointer[0]));
        check(item.putAndInsertTagKey(DCM_FunctionalGroupPointer, pointer[1]));
    }
}

void put_shared_groups(const Geometry &grid, DcmItem &to)
{
    DcmItem &shared = Put(to).add(DCM_SharedFunctionalGroupsSequence);
    const Vec3 &row = grid.axis_lps[0];
    const Vec3 &column = grid.axis_lps[1];
    Put(Put(shared).add(DCM_PixelMeasuresSequence))
        .numbers(DCM_PixelSpacing, {grid.spacing_mm[1], grid.spacing_mm[0]})
        .numbers(DCM_SliceThickness, {grid.spacing_mm[2]})
        .numbers(DCM_SpacingBetweenSlices, {grid.spacing_mm[2]});
    Put(Put(shared).add(DCM_PlaneOrientationSequence))
        .numbers(DCM_ImageOrientationPatient, {row.x, row.y, row.z, column.x, column.y, column.z});
    Put(Put(shared).add(DCM_SegmentIdentificationSequence)).word(DCM_ReferencedSegmentNumber, 1);
}

/* The source plane at a frame's place, else the nearest along the normal. */
const SourcePlane *source_of(const SourceSeries &source, const Vec3 &at, const Vec3 &normal, bool *out_same)
{
    const SourcePlane *best = nullptr;
    double best_mm = 0;
    for (const SourcePlane &plane : source.planes) {
        const Vec3 off = vec3_sub(plane.position, at);
        const double mm = std::fabs(vec3_dot(off, normal));
        if (!best || mm < best_mm) {
            best = &plane;
            best_mm = mm;
            *out_same = vec3_length(off) <= SAME_PLANE_MM;
        }
    }
    return best;
}

void put_frame_groups(const SourceSeries &source, const Geometry &grid, size_t k, size_t number, DcmItem &to)
{
    DcmItem &groups = Put(to).add(DCM_PerFrameFunctionalGroupsSequence);
    const Vec3 at = geometry_point_lps_mm(&grid, 0, 0, static_cast<double>(k));
    const Uint32 index[] = {1, static_cast<Uint32>(number)};
    check(Put(groups)
              .add(DCM_FrameContentSequence)
              .putAndInsertUint32Array(DCM_DimensionIndexValues, index, 2));
    Put(Put(groups).add(DCM_PlanePositionSequence)).numbers(DCM_ImagePositionPatient, {at.x, at.y, at.z});
    bool same = false;
    const SourcePlane *plane = source_of(source, at, grid.axis_lps[2], &same);
    if (!plane) {
        return;
    }
    const DicomInstance &instance = source.instances[plane->instance];
    DcmItem &derivation = Put(groups).add(DCM_DerivationImageSequence);
    Put(derivation).code(DCM_DerivationCodeSequence, SEGMENTATION);
    Put image(Put(derivation).add(DCM_SourceImageSequence));
    image.text(DCM_ReferencedSOPClassUID, instance.sop_class_uid)
        .text(DCM_ReferencedSOPInstanceUID, instance.sop_instance_uid)
        .text(DCM_SpatialLocationsPreserved, same ? "YES" : "NO")
        .code(DCM_PurposeOfReferenceCodeSequence, SOURCE_IMAGE);
    if (plane->frame > 0) {
        image.text(DCM_ReferencedFrameNumber, std::to_string(plane->frame));
    }
}

void put_references(const DicomContext &context, size_t series, DcmItem &to)
{
    Put put(Put(to).add(DCM_ReferencedSeriesSequence));
    put.text(DCM_SeriesInstanceUID, context.lists[series].series_uid);
    for (const DicomInstance &instance : context.sources[series].instances) {
        Put(put.add(DCM_ReferencedInstanceSequence))
            .text(DCM_ReferencedSOPClassUID, instance.sop_class_uid)
            .text(DCM_ReferencedSOPInstanceUID, instance.sop_instance_uid);
    }
}

bool write_seg(const DicomContext &context, const DicomSegment &segment, const Mask &mask,
               const DicomObjectIdentity &identity, Text &out, DensError **err)
{
    const std::vector<size_t> slices = marked_slices(mask);
    const SourceSeries &source = context.sources[segment.series];
    if (slices.empty()) {
        return error_input(err, "seg.dcm", "the mask is empty: a segmentation needs a frame");
    }
    if (source.frame_uid.empty()) {
        return error_input(err, "seg.dcm", "the images have no frame of reference");
    }
    DcmFileFormat file;
    DcmDataset &dataset = *file.getDataset();
    put_identity(context, identity, UID_SegmentationStorage, "SEG", dataset);
    put_image(source, mask, slices.size(), dataset);
    put_segment(segment, dataset);
    put_dimensions(identity, dataset);
    put_shared_groups(mask.geometry, dataset);
    for (size_t n = 0; n < slices.size(); n++) {
        put_frame_groups(source, mask.geometry, slices[n], n + 1, dataset);
    }
    put_references(context, segment.series, dataset);
    const std::vector<Uint8> bits = pack(mask, slices);
    check(dataset.putAndInsertUint8Array(DCM_PixelData, bits.data(), bits.size()));
    save(file, out);
    return true;
}

} // namespace

extern "C" bool dicom_seg_write(const DicomContext *context, const DicomSegment *segment, const Mask *mask,
                                const DicomObjectIdentity *identity, Text *out, DensError **err)
{
    return guarded_object<bool>(err, "seg.dcm", false,
                                [&] { return write_seg(*context, *segment, *mask, *identity, *out, err); });
}
