/* A series of single-frame images as one volume. */
#include "dcmtk.hh"

#include <algorithm>

using namespace dens;

namespace
{

/* What the files of a series hold, in the order of the files. */
struct Planes {
    std::vector<SliceRecord> slices;
    std::vector<std::vector<float>> values;
    bool all_hu = true;
    bool inverted_display = false;
};

bool read_planes(const SeriesInfo &series, Planes &out, Progress *progress, DensError **err)
{
    for (size_t n = 0; n < series.file_count; n++) {
        const char *path = series.files[n];
        DcmFileFormat file;
        SliceRecord slice;
        std::vector<float> values;
        progress_step(progress, "slices", n, series.file_count);
        if (!load(path, file, err)) {
            return false;
        }
        DcmDataset &dataset = *file.getDataset();
        if (text_of(dataset, DCM_SeriesInstanceUID) != series.series_uid) {
            return error_input(err, path, "is not of the series that was found here: it has changed since");
        }
        if (!pixels_read(dataset, path, values, err) || !slice_read(dataset, path, slice, err)) {
            return false;
        }
        out.all_hu = out.all_hu && pixels_are_hu(dataset);
        out.inverted_display =
            out.inverted_display || text_of(dataset, DCM_PhotometricInterpretation) == "MONOCHROME1";
        out.slices.push_back(std::move(slice));
        out.values.push_back(std::move(values));
    }
    progress_step(progress, "slices", series.file_count, series.file_count);
    return true;
}

VolumePtr fill_volume(Planes &planes, const Stack &stack, const std::vector<size_t> &order, DensError **err)
{
    VolumePtr volume(volume_new(&stack.geometry, err));
    if (!volume) {
        return nullptr;
    }
    float *at = volume->voxels;
    for (size_t index : order) {
        at = std::copy(planes.values[index].begin(), planes.values[index].end(), at);
        std::vector<float>().swap(planes.values[index]); /* the volume has them now */
    }
    volume->unit = planes.all_hu ? UNIT_HU : UNIT_ARBITRARY;
    return volume;
}

std::string folder_of(const char *path)
{
    std::string text(path);
    size_t slash = text.rfind('/');
    return slash == std::string::npos ? "." : text.substr(0, slash);
}

VolumePtr straighten(VolumePtr volume, const Stack &stack, const SeriesInfo &series, Log *log,
                     DensError **err)
{
    const float *begin = volume->voxels;
    const float *end = begin + geometry_voxels(&volume->geometry);
    float fill = volume->unit == UNIT_HU ? CT_PADDING_HU : *std::min_element(begin, end);
    log_line(log, LOG_WARNING,
             "series %d: the gantry was tilted by %.1f degrees; the slices were moved to an orthogonal grid, "
             "voxels outside them are %g",
             series.number, stack.tilt_degrees, static_cast<double>(fill));
    return VolumePtr(tilt_straighten(volume.get(), stack.drift_lps_mm, fill, err));
}

Volume *read_series(const SeriesInfo &series, Log *log, Progress *progress, DensError **err)
{
    Planes planes;
    Stack stack;
    std::vector<size_t> order;
    if (series.file_count == 0) {
        error_input(err, nullptr, "the series has no files");
        return nullptr;
    }
    if (!read_planes(series, planes, progress, err) || !slices_stack(planes.slices, order, stack, err)) {
        return nullptr;
    }
    VolumePtr volume = fill_volume(planes, stack, order, err);
    if (!volume) {
        return nullptr;
    }
    volume->series_uid = copy_of(series.series_uid);
    volume->frame_uid = copy_of(planes.slices[0].frame_uid);
    volume->source_name = copy_of(folder_of(series.files[0]));
    if (planes.inverted_display) {
        log_line(log, LOG_INFO,
                 "series %d: MONOCHROME1; its values are taken as stored, only its display is inverted",
                 series.number);
    }
    if (stack.tilt_degrees > 0) {
        volume = straighten(std::move(volume), stack, series, log, err);
    }
    return volume.release();
}

} // namespace

extern "C" Volume *dicom_series_read(const SeriesInfo *series, Log *log, Progress *progress, DensError **err)
{
    return guarded<Volume *>(err, "series", nullptr,
                             [&] { return read_series(*series, log, progress, err); });
}
