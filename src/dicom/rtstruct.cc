/* Contours as a mask (PS3.3 C.8.8.5, C.8.8.6). A contour is filled in the slice that it lies in; between
 * contours nothing is interpolated, and slices that have none between those that do are told. */
#include "objects.hh"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

using namespace dens;

namespace
{

constexpr double OFF_PLANE = 0.25; /* of the slice spacing: further off, and the slice is not certain */

struct Structure {
    std::string name, frame_uid;
    std::vector<std::vector<Vec3>> contours;
};

bool read_points(DcmItem &item, std::vector<Vec3> &out)
{
    DcmElement *element = nullptr;
    if (item.findAndGetElement(DCM_ContourData, element).bad() || !element || element->ident() != EVR_DS) {
        return false;
    }
    OFVector<Float64> numbers;
    if (static_cast<DcmDecimalString *>(element)->getFloat64Vector(numbers).bad() ||
        numbers.size() % 3 != 0) {
        return false;
    }
    for (size_t n = 0; n < numbers.size(); n += 3) {
        out.push_back(vec3(numbers[n], numbers[n + 1], numbers[n + 2]));
    }
    return std::all_of(numbers.begin(), numbers.end(), [](double number) { return std::isfinite(number); });
}

bool read_contours(DcmItem &roi, const char *path, Structure &out, DensError **err)
{
    DcmSequenceOfItems *sequence = nullptr;
    if (roi.findAndGetSequence(DCM_ContourSequence, sequence).bad() || !sequence) {
        return true;
    }
    for (DcmObject *object = nullptr; (object = sequence->nextInContainer(object));) {
        DcmItem &item = *static_cast<DcmItem *>(object);
        const std::string type = text_of(item, DCM_ContourGeometricType);
        if (type != "CLOSED_PLANAR" && type != "CLOSEDPLANAR_XOR") {
            continue; /* points and open lines enclose nothing */
        }
        std::vector<Vec3> points;
        if (!read_points(item, points)) {
            return error_input(err, path, "contour %zu of \"%s\" has damaged coordinates",
                               out.contours.size() + 1, out.name.c_str());
        }
        if (points.size() >= 3) {
            out.contours.push_back(std::move(points));
        }
    }
    return true;
}

bool read_structures(DcmDataset &dataset, const char *path, std::vector<Structure> &out, DensError **err)
{
    DcmSequenceOfItems *sequence = nullptr;
    std::map<unsigned, Structure> all;
    if (dataset.findAndGetSequence(DCM_StructureSetROISequence, sequence).good() && sequence) {
        for (DcmObject *object = nullptr; (object = sequence->nextInContainer(object));) {
            DcmItem &item = *static_cast<DcmItem *>(object);
            unsigned number = 0;
            if (integer_of(item, DCM_ROINumber, number)) {
                all[number].name = text_of(item, DCM_ROIName);
                all[number].frame_uid = text_of(item, DCM_ReferencedFrameOfReferenceUID);
            }
        }
    }
    sequence = nullptr;
    if (dataset.findAndGetSequence(DCM_ROIContourSequence, sequence).good() && sequence) {
        for (DcmObject *object = nullptr; (object = sequence->nextInContainer(object));) {
            DcmItem &item = *static_cast<DcmItem *>(object);
            unsigned number = 0;
            if (integer_of(item, DCM_ReferencedROINumber, number) &&
                !read_contours(item, path, all[number], err)) {
                return false;
            }
        }
    }
    for (auto &structure : all) {
        if (!structure.second.contours.empty()) {
            out.push_back(std::move(structure.second));
        }
    }
    return true;
}

/* The series that the contours were drawn on: all that the structure set refers to. */
std::set<std::string> referenced_series(DcmItem &from)
{
    std::set<std::string> out;
    const DcmTagKey path[] = {DCM_ReferencedFrameOfReferenceSequence, DCM_RTReferencedStudySequence,
                              DCM_RTReferencedSeriesSequence};
    std::vector<DcmItem *> items = {&from};
    for (const DcmTagKey &key : path) {
        std::vector<DcmItem *> below;
        for (DcmItem *item : items) {
            DcmSequenceOfItems *sequence = nullptr;
            if (item->findAndGetSequence(key, sequence).good() && sequence) {
                for (DcmObject *object = nullptr; (object = sequence->nextInContainer(object));) {
                    below.push_back(static_cast<DcmItem *>(object));
                }
            }
        }
        items = below;
    }
    for (DcmItem *item : items) {
        out.insert(text_of(*item, DCM_SeriesInstanceUID));
    }
    return out;
}

std::string names_of(const std::vector<Structure> &structures)
{
    std::string out;
    for (const Structure &structure : structures) {
        out += (out.empty() ? "\"" : ", \"") + structure.name + "\"";
    }
    return out;
}

const Structure *choose(const std::vector<Structure> &structures, const char *path, const char *roi,
                        DensError **err)
{
    if (structures.empty()) {
        error_input(err, path, "holds no structure with closed contours");
        return nullptr;
    }
    if (!roi && structures.size() == 1) {
        return &structures[0];
    }
    for (const Structure &structure : structures) {
        if (roi && structure.name == roi) {
            return &structure;
        }
    }
    if (roi) {
        error_input(err, path, "holds no structure \"%s\" with closed contours; there are %s", roi,
                    names_of(structures).c_str());
    } else {
        error_input(err, path, "holds several structures; say which by FILE#NAME: %s",
                    names_of(structures).c_str());
    }
    return nullptr;
}

const ContourGrid *choose_grid(const Structure &structure, const std::set<std::string> &series,
                               const ContourGrid *grids, size_t count)
{
    const ContourGrid *same_frame = nullptr;
    for (size_t n = 0; n < count; n++) {
        if (grids[n].series_uid && series.count(grids[n].series_uid) > 0) {
            return &grids[n];
        }
        if (!same_frame && grids[n].frame_uid && structure.frame_uid == grids[n].frame_uid) {
            same_frame = &grids[n];
        }
    }
    return same_frame;
}

/* Turns over the voxels of a slice whose centre the polygon holds. */
void fill(const std::vector<Vec3> &points, size_t columns, size_t rows, uint16_t *slice)
{
    for (size_t j = 0; j < rows; j++) {
        const double y = static_cast<double>(j);
        std::vector<double> crossings;
        for (size_t n = 0; n < points.size(); n++) {
            const Vec3 &a = points[n];
            const Vec3 &b = points[(n + 1) % points.size()];
            if ((a.y <= y) != (b.y <= y)) {
                crossings.push_back(a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x));
            }
        }
        std::sort(crossings.begin(), crossings.end());
        for (size_t n = 0; n + 1 < crossings.size(); n += 2) {
            const double width = static_cast<double>(columns);
            const double from = std::min(width, std::max(0.0, std::ceil(crossings[n])));
            const double to = std::min(width, std::max(0.0, std::ceil(crossings[n + 1])));
            for (size_t i = static_cast<size_t>(from); i < static_cast<size_t>(to); i++) {
                slice[j * columns + i] ^= 1;
            }
        }
    }
}

/* The contour in voxels, and the slice that it lies in; false if in none. */
bool to_voxels(const Geometry &grid, const std::vector<Vec3> &contour, std::vector<Vec3> &out,
               double &out_slice)
{
    double sum = 0;
    for (const Vec3 &point : contour) {
        double ijk[3];
        if (!geometry_index_ijk(&grid, point, ijk)) {
            return false;
        }
        out.push_back(vec3(ijk[0], ijk[1], ijk[2]));
        sum += ijk[2];
    }
    out_slice = std::round(sum / static_cast<double>(out.size()));
    return std::all_of(out.begin(), out.end(),
                       [&](const Vec3 &point) { return std::fabs(point.z - out_slice) <= OFF_PLANE; });
}

bool fill_mask(const Structure &structure, const char *path, Mask &mask, Log *log, DensError **err)
{
    const size_t *size = mask.geometry.size;
    std::set<size_t> slices;
    size_t outside = 0;
    for (size_t n = 0; n < structure.contours.size(); n++) {
        std::vector<Vec3> points;
        double slice = 0;
        if (!to_voxels(mask.geometry, structure.contours[n], points, slice)) {
            return error_input(err, path, "contour %zu of \"%s\" lies in no slice of the images", n + 1,
                               structure.name.c_str());
        }
        if (slice < 0 || slice >= static_cast<double>(size[2])) {
            outside++;
            continue;
        }
        const size_t k = static_cast<size_t>(slice);
        fill(points, size[0], size[1], mask.labels + k * size[0] * size[1]);
        slices.insert(k);
    }
    if (slices.empty()) {
        return error_input(err, path, "all contours of \"%s\" lie outside the images",
                           structure.name.c_str());
    }
    const size_t gaps = *slices.rbegin() - *slices.begin() + 1 - slices.size();
    if (gaps > 0) {
        log_line(log, LOG_WARNING, "%s: %zu slices between the contours have none and stay empty",
                 file_name(path), gaps);
    }
    if (outside > 0) {
        log_line(log, LOG_WARNING, "%s: %zu of %zu contours lie outside the images", file_name(path), outside,
                 structure.contours.size());
    }
    return true;
}

Mask *read_rtstruct(const char *path, const char *roi, const ContourGrid *grids, size_t count, Log *log,
                    DensError **err)
{
    DcmFileFormat file;
    PixelPlace place;
    std::vector<Structure> structures;
    if (!load(path, file, place, err) || !read_structures(*file.getDataset(), path, structures, err)) {
        return nullptr;
    }
    const Structure *structure = choose(structures, path, roi, err);
    if (!structure) {
        return nullptr;
    }
    const ContourGrid *grid = choose_grid(*structure, referenced_series(*file.getDataset()), grids, count);
    if (!grid) {
        error_input(err, path, "its contours were drawn on none of the series that are evaluated");
        return nullptr;
    }
    MaskPtr mask(mask_new(grid->grid, err));
    if (!mask || !fill_mask(*structure, path, *mask, log, err)) {
        return nullptr;
    }
    mask->source_name = copy_of(path);
    mask->frame_uid = copy_of(grid->frame_uid ? grid->frame_uid : "");
    return mask.release();
}

} // namespace

extern "C" bool dicom_is_rtstruct(const char *path)
{
    return guarded<bool>(nullptr, path, false, [&] {
        DcmFileFormat file;
        PixelPlace place;
        return load(path, file, place, nullptr) &&
               text_of(*file.getDataset(), DCM_SOPClassUID) == UID_RTStructureSetStorage;
    });
}

extern "C" Mask *dicom_rtstruct_read(const char *path, const char *roi, const ContourGrid *grids,
                                     size_t grid_count, Log *log, DensError **err)
{
    return guarded<Mask *>(err, path, nullptr,
                           [&] { return read_rtstruct(path, roi, grids, grid_count, log, err); });
}
