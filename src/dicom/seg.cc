/* DICOM Segmentation as a mask (PS3.3 A.51, C.8.20).
 *
 * The functional groups are read here, not through DcmSegmentation: that refuses objects of other writers
 * that are good enough to be read. A plane without a frame is empty (C.8.20.3.1.1 does not demand empty
 * frames). Bits are packed without a gap between rows and frames (PS3.5 8.1.1), so that frames of odd sizes
 * begin inside a byte. */
#include "dcmtk.hh"

#include <algorithm>
#include <cmath>
#include <map>

using namespace dens;

namespace
{

constexpr size_t SLICES_MAX = 16384;
constexpr size_t VOXELS_MAX = size_t{1} << 30; /* sparse frames may claim a grid far larger than the file */
constexpr double POSITION_ERROR_MM = 0.1;
constexpr double POSITION_ERROR_SHARE = 0.1;

enum class Kind { binary, fractional, label_map };

struct Frame {
    Vec3 position, row, column;
    double down_mm, across_mm;
    double along_mm; /* along the normal */
    unsigned segment;
};

struct Segmentation {
    const char *path;
    Kind kind;
    unsigned rows = 0, columns = 0, frame_count = 0, bits = 0, maximum = 0;
    double stated_spacing_mm = 0;
    std::map<unsigned, std::string> segments;
    std::vector<Frame> frames;
    Geometry grid;
};

bool read_kind(DcmDataset &dataset, Segmentation &seg, DensError **err)
{
    std::string type = text_of(dataset, DCM_SegmentationType);
    DcmXfer syntax(dataset.getOriginalXfer());
    if (text_of(dataset, DCM_Modality) != "SEG" || type.empty()) {
        return error_input(err, seg.path, "is no DICOM segmentation");
    }
    if (syntax.isEncapsulated()) {
        return error_input(err, seg.path, "is compressed (%s); uncompressed segmentations are read",
                           syntax.getXferName());
    }
    seg.kind = type == "BINARY" ? Kind::binary : type == "FRACTIONAL" ? Kind::fractional : Kind::label_map;
    if (seg.kind == Kind::label_map && type != "LABELMAP") {
        return error_input(err, seg.path,
                           "is a segmentation of type %s; BINARY, FRACTIONAL and LABELMAP are read",
                           type.c_str());
    }
    if (!integer_of(dataset, DCM_Rows, seg.rows) || !integer_of(dataset, DCM_Columns, seg.columns) ||
        !integer_of(dataset, DCM_NumberOfFrames, seg.frame_count) ||
        !integer_of(dataset, DCM_BitsAllocated, seg.bits) || seg.rows == 0 || seg.columns == 0 ||
        seg.rows > 65535 || seg.columns > 65535 || seg.frame_count == 0) {
        return error_input(err, seg.path,
                           "has no frames: Rows, Columns, NumberOfFrames or BitsAllocated is missing");
    }
    bool good_bits = seg.kind == Kind::binary
                         ? seg.bits == 1
                         : seg.bits == 8 || (seg.kind == Kind::label_map && seg.bits == 16);
    if (!good_bits) {
        return error_input(err, seg.path, "has %u bits a pixel, which a %s segmentation has not", seg.bits,
                           type.c_str());
    }
    if (seg.kind == Kind::fractional &&
        (!integer_of(dataset, DCM_MaximumFractionalValue, seg.maximum) || seg.maximum == 0)) {
        return error_input(err, seg.path, "is fractional without a MaximumFractionalValue");
    }
    return true;
}

bool read_segments(DcmDataset &dataset, Segmentation &seg, DensError **err)
{
    DcmSequenceOfItems *sequence = nullptr;
    if (dataset.findAndGetSequence(DCM_SegmentSequence, sequence).bad() || !sequence) {
        return error_input(err, seg.path, "describes no segment (SegmentSequence)");
    }
    for (DcmObject *object = nullptr; (object = sequence->nextInContainer(object));) {
        DcmItem &item = *static_cast<DcmItem *>(object);
        unsigned number = 0;
        bool background = seg.kind == Kind::label_map; /* a label map may describe 0 */
        if (!integer_of(item, DCM_SegmentNumber, number) || number > 65535 || (number == 0 && !background)) {
            return error_input(err, seg.path, "has a segment without a number from 1 to 65535");
        }
        if (!seg.segments.emplace(number, text_of(item, DCM_SegmentLabel)).second) {
            return error_input(err, seg.path, "has two segments with the number %u", number);
        }
    }
    return true;
}

/* The item of a functional group: the frame's own, else the shared one; NULL if neither has it. */
DcmItem *group_of(DcmItem &frame, DcmItem *shared, const DcmTagKey &key)
{
    DcmItem *item = nullptr;
    if (frame.findAndGetSequenceItem(key, item, 0).good() && item) {
        return item;
    }
    item = nullptr;
    return shared && shared->findAndGetSequenceItem(key, item, 0).good() ? item : nullptr;
}

bool read_frame(DcmItem &item, DcmItem *shared, Segmentation &seg, DensError **err)
{
    Frame frame = {};
    size_t number = seg.frames.size() + 1;
    DcmItem *position = group_of(item, shared, DCM_PlanePositionSequence);
    DcmItem *orientation = group_of(item, shared, DCM_PlaneOrientationSequence);
    DcmItem *measures = group_of(item, shared, DCM_PixelMeasuresSequence);
    DcmItem *segment = group_of(item, shared, DCM_SegmentIdentificationSequence);
    double spacing[2];
    if (!position || !vec3_of(*position, DCM_ImagePositionPatient, frame.position) || !orientation ||
        !vec3_of(*orientation, DCM_ImageOrientationPatient, frame.row) ||
        !vec3_of(*orientation, DCM_ImageOrientationPatient, frame.column, 3) || !measures ||
        !numbers_of(*measures, DCM_PixelSpacing, spacing, 2)) {
        return error_input(err, seg.path, "frame %zu has no position, orientation or pixel spacing", number);
    }
    frame.down_mm = spacing[0];
    frame.across_mm = spacing[1];
    if (seg.stated_spacing_mm <= 0 &&
        !number_of(*measures, DCM_SpacingBetweenSlices, seg.stated_spacing_mm)) {
        (void)number_of(*measures, DCM_SliceThickness, seg.stated_spacing_mm);
    }
    if (seg.kind != Kind::label_map) {
        if (!segment || !integer_of(*segment, DCM_ReferencedSegmentNumber, frame.segment) ||
            seg.segments.count(frame.segment) == 0) {
            return error_input(err, seg.path, "frame %zu belongs to no segment that the file describes",
                               number);
        }
    }
    seg.frames.push_back(frame);
    return true;
}

bool read_frames(DcmDataset &dataset, Segmentation &seg, DensError **err)
{
    DcmSequenceOfItems *frames = nullptr;
    DcmItem *shared = nullptr;
    (void)dataset.findAndGetSequenceItem(DCM_SharedFunctionalGroupsSequence, shared, 0);
    if (dataset.findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, frames).bad() || !frames ||
        frames->card() != seg.frame_count) {
        return error_input(err, seg.path, "claims %u frames and describes %lu", seg.frame_count,
                           frames ? frames->card() : 0ul);
    }
    for (DcmObject *object = nullptr; (object = frames->nextInContainer(object));) {
        if (!read_frame(*static_cast<DcmItem *>(object), shared, seg, err)) {
            return false;
        }
    }
    return true;
}

/* Do all distances from the first position fit on a grid of this spacing? */
bool fits(const std::vector<double> &positions, double spacing)
{
    double tolerance = std::min(POSITION_ERROR_MM, POSITION_ERROR_SHARE * spacing);
    return spacing > 0 && std::all_of(positions.begin(), positions.end(), [&](double at) {
               double steps = (at - positions[0]) / spacing;
               return std::fabs(steps - std::round(steps)) * spacing <= tolerance;
           });
}

/* The spacing of the planes: the stated one if the positions agree, else the smallest gap if all do. */
bool find_spacing(Segmentation &seg, const std::vector<double> &positions, DensError **err)
{
    double smallest = 0;
    for (size_t n = 1; n < positions.size(); n++) {
        double gap = positions[n] - positions[n - 1];
        smallest = gap > POSITION_ERROR_MM && (smallest == 0 || gap < smallest) ? gap : smallest;
    }
    double &spacing = seg.grid.spacing_mm[2];
    spacing = fits(positions, seg.stated_spacing_mm) ? seg.stated_spacing_mm : smallest;
    if (!fits(positions, spacing)) {
        return error_input(err, seg.path,
                           positions.size() > 1 ? "its planes are spaced irregularly"
                                                : "has one plane and does not say its thickness");
    }
    double slices = std::round((positions.back() - positions[0]) / spacing) + 1;
    if (slices > static_cast<double>(SLICES_MAX)) {
        return error_input(err, seg.path, "its planes lie %.0f mm apart with a spacing of %g mm",
                           positions.back() - positions[0], spacing);
    }
    seg.grid.size[2] = static_cast<size_t>(slices);
    return true;
}

bool check_plane(const Segmentation &seg, size_t n, DensError **err)
{
    constexpr double TOLERANCE = 1e-3;
    const Frame &first = seg.frames[0];
    const Frame &frame = seg.frames[n];
    bool square = std::fabs(vec3_length(frame.row) - 1) <= TOLERANCE &&
                  std::fabs(vec3_length(frame.column) - 1) <= TOLERANCE &&
                  std::fabs(vec3_dot(frame.row, frame.column)) <= TOLERANCE;
    if (!square || !(frame.down_mm > 0) || !(frame.across_mm > 0)) {
        return error_input(err, seg.path, "the orientation or pixel spacing of frame %zu is none", n + 1);
    }
    if (vec3_length(vec3_sub(frame.row, first.row)) > TOLERANCE ||
        vec3_length(vec3_sub(frame.column, first.column)) > TOLERANCE ||
        std::fabs(frame.down_mm - first.down_mm) > TOLERANCE * first.down_mm ||
        std::fabs(frame.across_mm - first.across_mm) > TOLERANCE * first.across_mm) {
        return error_input(err, seg.path, "frame %zu has another orientation or pixel spacing than frame 1",
                           n + 1);
    }
    return true;
}

bool place_frames(Segmentation &seg, DensError **err)
{
    const Frame &first = seg.frames[0];
    Vec3 normal = vec3_cross(first.row, first.column);
    std::vector<double> positions;
    for (size_t n = 0; n < seg.frames.size(); n++) {
        if (!check_plane(seg, n, err)) {
            return false;
        }
        seg.frames[n].along_mm = vec3_dot(seg.frames[n].position, normal);
        positions.push_back(seg.frames[n].along_mm);
    }
    std::sort(positions.begin(), positions.end());
    if (!find_spacing(seg, positions, err)) {
        return false;
    }
    Geometry &grid = seg.grid;
    grid.size[0] = seg.columns;
    grid.size[1] = seg.rows;
    grid.spacing_mm[0] = first.across_mm;
    grid.spacing_mm[1] = first.down_mm;
    grid.axis_lps[2] = vec3_scale(normal, 1 / vec3_length(normal));
    grid.axis_lps[0] = vec3_scale(first.row, 1 / vec3_length(first.row));
    grid.axis_lps[1] = vec3_cross(grid.axis_lps[2], grid.axis_lps[0]);
    grid.origin_lps_mm = vec3_add(first.position, vec3_scale(normal, positions[0] - first.along_mm));
    for (size_t n = 0; n < seg.frames.size(); n++) {
        const Frame &frame = seg.frames[n];
        double k = std::round((frame.along_mm - positions[0]) / grid.spacing_mm[2]);
        double off = vec3_length(vec3_sub(geometry_point_lps_mm(&grid, 0, 0, k), frame.position));
        if (!(off <= 2 * POSITION_ERROR_MM)) {
            return error_input(err, seg.path, "frame %zu is shifted by %.3g mm against the others", n + 1,
                               off);
        }
    }
    return true;
}

/* The stored pixels: bytes, or words of a label map with 16 bits. */
struct Stored {
    Uint8 *bytes = nullptr;
    Uint16 *words = nullptr;
};

bool find_stored(DcmDataset &dataset, const Segmentation &seg, Stored &out, DensError **err)
{
    DcmElement *element = nullptr;
    const size_t plane = static_cast<size_t>(seg.rows) * seg.columns;
    const size_t needed = (plane * seg.frame_count * seg.bits + 7) / 8;
    if (dataset.findAndGetElement(DCM_PixelData, element).bad() || !element ||
        element->getLength() < needed) {
        return error_input(err, seg.path,
                           "claims %u frames of %u × %u pixels, which are %zu bytes, but holds %lu",
                           seg.frame_count, seg.columns, seg.rows, needed,
                           element ? static_cast<unsigned long>(element->getLength()) : 0ul);
    }
    OFCondition status =
        seg.bits == 16 ? element->getUint16Array(out.words) : element->getUint8Array(out.bytes);
    return (status.good() && (out.bytes || out.words)) ||
           error_input(err, seg.path, "its pixel data cannot be read: %s", status.text());
}

/* The label that pixel `at` (counted over all frames) gives; 0 for none. */
unsigned label_at(const Segmentation &seg, const Stored &stored, size_t at, unsigned segment)
{
    switch (seg.kind) {
    case Kind::binary:
        return stored.bytes[at / 8] >> (at % 8) & 1 ? segment : 0;
    case Kind::fractional:
        return 2u * stored.bytes[at] >= seg.maximum ? segment : 0;
    case Kind::label_map:
        return stored.words ? stored.words[at] : stored.bytes[at];
    }
    return 0;
}

void fill_mask(const Segmentation &seg, const Stored &stored, Mask &mask, Log *log)
{
    const size_t plane = static_cast<size_t>(seg.rows) * seg.columns;
    size_t overlaps = 0;
    for (size_t n = 0; n < seg.frames.size(); n++) {
        const Frame &frame = seg.frames[n];
        double along = vec3_dot(vec3_sub(frame.position, seg.grid.origin_lps_mm), seg.grid.axis_lps[2]);
        size_t k = static_cast<size_t>(std::lround(along / seg.grid.spacing_mm[2]));
        uint16_t *labels = mask.labels + k * plane;
        for (size_t p = 0; p < plane; p++) {
            unsigned label = label_at(seg, stored, n * plane + p, frame.segment);
            if (label != 0) {
                overlaps += labels[p] != 0 && labels[p] != label;
                labels[p] = static_cast<uint16_t>(std::max<unsigned>(labels[p], label));
            }
        }
    }
    if (overlaps > 0) {
        log_line(log, LOG_WARNING, "%s: segments overlap in %zu voxels; the higher number is kept there",
                 file_name(seg.path), overlaps);
    }
}

void name_segments(const Segmentation &seg, Mask &mask)
{
    size_t count = seg.segments.empty() ? 0 : seg.segments.rbegin()->first + size_t{1};
    mask.names = static_cast<char **>(calloc(count + 1, sizeof *mask.names));
    if (!mask.names) {
        throw std::bad_alloc();
    }
    mask.name_count = count;
    for (const auto &segment : seg.segments) {
        mask.names[segment.first] = segment.second.empty() ? nullptr : copy_of(segment.second);
    }
}

bool check_grid(const Segmentation &seg, DensError **err)
{
    size_t voxels = geometry_voxels(&seg.grid);
    return (voxels > 0 && voxels <= VOXELS_MAX) ||
           error_input(err, seg.path, "its frames span %zu × %zu × %zu voxels, which is too much",
                       seg.grid.size[0], seg.grid.size[1], seg.grid.size[2]);
}

Mask *read_seg(const char *path, Log *log, DensError **err)
{
    DcmFileFormat file;
    Segmentation seg = {};
    Stored stored;
    PixelPlace place;
    seg.path = path;
    if (!load(path, file, place, err)) {
        return nullptr;
    }
    DcmDataset &dataset = *file.getDataset();
    if (!read_kind(dataset, seg, err) || !read_segments(dataset, seg, err) ||
        !read_frames(dataset, seg, err) || !find_stored(dataset, seg, stored, err) ||
        !place_frames(seg, err) || !check_grid(seg, err)) {
        return nullptr;
    }
    MaskPtr mask(mask_new(&seg.grid, err));
    if (!mask) {
        return nullptr;
    }
    fill_mask(seg, stored, *mask, log);
    name_segments(seg, *mask);
    mask->source_name = copy_of(path);
    mask->frame_uid = copy_of(text_of(dataset, DCM_FrameOfReferenceUID));
    return mask.release();
}

} // namespace

extern "C" Mask *dicom_seg_read(const char *path, Log *log, DensError **err)
{
    return guarded<Mask *>(err, path, nullptr, [&] { return read_seg(path, log, err); });
}
