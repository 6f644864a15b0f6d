/* A mask as a DICOM Segmentation (PS3.3 A.51; C.8.20.2, C.7.6.16, C.7.6.17). */
#include "objects.hh"

#include <algorithm>
#include <cmath>

using namespace dens;

namespace
{

constexpr double SAME_PLANE_MM = 0.01;
constexpr DicomCode SEGMENTATION = {"113076", "DCM", "Segmentation"};
constexpr DicomCode SOURCE_IMAGE = {"121322", "DCM", "Source image for image processing operation"};

/* A frame: a slice that has a voxel of a segment. */
struct Frame {
    const DicomSegment *segment;
    unsigned number; /* of the segment, from 1 */
    size_t slice;
};

bool holds(const DicomSegment &segment, uint16_t label)
{
    return segment.value ? label == segment.value : label != 0;
}

/* Segment by segment; those that have a voxel are numbered without a gap, as the standard asks. */
std::vector<Frame> frames_of(const DicomSegmentation &what, const Mask &mask)
{
    const size_t *size = mask.geometry.size;
    const size_t plane = size[0] * size[1];
    std::vector<Frame> out;
    unsigned number = 0;
    for (size_t n = 0; n < what.count; n++) {
        const DicomSegment &segment = what.segments[n];
        const size_t before = out.size();
        for (size_t k = 0; k < size[2]; k++) {
            const uint16_t *first = mask.labels + k * plane;
            if (std::any_of(first, first + plane, [&](uint16_t label) { return holds(segment, label); })) {
                out.push_back({&segment, number + 1, k});
            }
        }
        number += out.size() > before;
    }
    return out;
}

/* Bits without a gap, the first pixel in the lowest bit (PS3.5 8.1.1). */
std::vector<Uint8> pack(const Mask &mask, const std::vector<Frame> &frames)
{
    const size_t plane = mask.geometry.size[0] * mask.geometry.size[1];
    std::vector<Uint8> bytes((plane * frames.size() + 15) / 16 * 2);
    size_t at = 0;
    for (const Frame &frame : frames) {
        for (size_t p = 0; p < plane; p++, at++) {
            if (holds(*frame.segment, mask.labels[frame.slice * plane + p])) {
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

void put_segment(const DicomSegment &segment, unsigned number, DcmItem &to)
{
    /* CIELab as C.10.7.1.1 scales it: of RGB 255, 0, 0 for the first; yellowish and bluish for others */
    static const Uint16 colours[][3] = {{34885, 53485, 50171}, {58981, 32896, 43690}, {39321, 32896, 19661}};
    Put put(Put(to).add(DCM_SegmentSequence));
    put.word(DCM_SegmentNumber, number)
        .text(DCM_SegmentLabel, segment.label)
        .text(DCM_SegmentDescription, segment.description)
        .text(DCM_SegmentAlgorithmType, segment.algorithm_type)
        .code(DCM_SegmentedPropertyCategoryCodeSequence, segment.category)
        .code(DCM_SegmentedPropertyTypeCodeSequence, segment.type)
        .code(DCM_AnatomicRegionSequence, segment.region);
    if (segment.tracking_uid) {
        put.text(DCM_TrackingID, segment.tracking_id).text(DCM_TrackingUID, segment.tracking_uid);
    }
    if (segment.algorithm_name && segment.algorithm_name[0]) {
        put.text(DCM_SegmentAlgorithmName, segment.algorithm_name);
    }
    const size_t colour = (number - 1) % (sizeof colours / sizeof *colours);
    check(put.item.putAndInsertUint16Array(DCM_RecommendedDisplayCIELabValue, colours[colour], 3));
}

void put_segments(const DicomSegmentation &what, const std::vector<Frame> &frames, DcmItem &to)
{
    Put(to)
        .text(DCM_ContentLabel, what.label)
        .text(DCM_ContentDescription, what.description)
        .text(DCM_ContentCreatorName, "");
    unsigned last = 0;
    for (const Frame &frame : frames) {
        if (frame.number != last) {
            put_segment(*frame.segment, frame.number, to);
            last = frame.number;
        }
    }
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

/* `place`: which of all slices that have a frame this one is, from 1. */
void put_frame_groups(const SourceSeries &source, const Geometry &grid, const Frame &frame, size_t place,
                      DcmItem &to)
{
    DcmItem &groups = Put(to).add(DCM_PerFrameFunctionalGroupsSequence);
    const Vec3 at = geometry_point_lps_mm(&grid, 0, 0, static_cast<double>(frame.slice));
    const Uint32 index[] = {frame.number, static_cast<Uint32>(place)};
    check(Put(groups)
              .add(DCM_FrameContentSequence)
              .putAndInsertUint32Array(DCM_DimensionIndexValues, index, 2));
    Put(Put(groups).add(DCM_PlanePositionSequence)).numbers(DCM_ImagePositionPatient, {at.x, at.y, at.z});
    Put(Put(groups).add(DCM_SegmentIdentificationSequence)).word(DCM_ReferencedSegmentNumber, frame.number);
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

/* Which of the slices that have a frame each one is, from 1. */
std::vector<size_t> places_of(const std::vector<Frame> &frames, size_t slices)
{
    std::vector<size_t> out(slices);
    for (const Frame &frame : frames) {
        out[frame.slice] = 1;
    }
    size_t place = 0;
    for (size_t &slice : out) {
        slice = slice ? ++place : 0;
    }
    return out;
}

bool write_seg(const DicomContext &context, const DicomSegmentation &what, const Mask &mask,
               const DicomObjectIdentity &identity, Text &out, DensError **err)
{
    const std::vector<Frame> frames = frames_of(what, mask);
    const SourceSeries &source = context.sources[what.series];
    if (frames.empty()) {
        return error_input(err, "seg.dcm", "the mask is empty: a segmentation needs a frame");
    }
    if (source.frame_uid.empty()) {
        return error_input(err, "seg.dcm", "the images have no frame of reference");
    }
    DcmFileFormat file;
    DcmDataset &dataset = *file.getDataset();
    put_identity(context, identity, UID_SegmentationStorage, "SEG", dataset);
    put_image(source, mask, frames.size(), dataset);
    put_segments(what, frames, dataset);
    put_dimensions(identity, dataset);
    put_shared_groups(mask.geometry, dataset);
    const std::vector<size_t> places = places_of(frames, mask.geometry.size[2]);
    for (const Frame &frame : frames) {
        put_frame_groups(source, mask.geometry, frame, places[frame.slice], dataset);
    }
    put_references(context, what.series, dataset);
    const std::vector<Uint8> bits = pack(mask, frames);
    check(dataset.putAndInsertUint8Array(DCM_PixelData, bits.data(), bits.size()));
    save(file, out);
    return true;
}

} // namespace

extern "C" bool dicom_seg_write(const DicomContext *context, const DicomSegmentation *segmentation,
                                const Mask *mask, const DicomObjectIdentity *identity, Text *out,
                                DensError **err)
{
    return guarded_object<bool>(err, "seg.dcm", false, [&] {
        return write_seg(*context, *segmentation, *mask, *identity, *out, err);
    });
}
