/* A series as one volume. The scan has noted where every frame is stored and what its values mean; here each
 * is converted straight into its slice, so that the volume is held once. */
#include "dcmtk.hh"

#include <algorithm>
#include <limits>

using namespace dens;

namespace
{

using Plane = std::unique_ptr<float[]>;
using RespacingPtr = std::unique_ptr<Respacing, decltype(&respacing_free)>;

/* Where the frames go. */
struct Filling {
    const Frame *const *frames;
    std::vector<size_t> slice_of;     /* by the frame's index */
    std::vector<double> distances_mm; /* by slice, from the first */
    Volume *volume;
    const Tilt *tilt;     /* NULL: slices fit as they are */
    Respacing *respacing; /* NULL: each slice is a plane of the volume */
};

/* What stands where a tilted slice was not, until all is read. */
constexpr float OUTSIDE = std::numeric_limits<float>::infinity();

/* A slice as it is stored, moved to the volume's grid where the gantry was tilted. `moved` is a plane of that
 * grid. */
bool move_slice(const Filling &filling, const Frame *frame, size_t k, const void *words, float *moved,
                DensError **err)
{
    if (!filling.tilt) {
        frame_values(frame, words, moved);
        return true;
    }
    Plane plane(new (std::nothrow) float[frame->slice.rows * frame->slice.columns]);
    if (!plane) {
        return error_no_memory(err);
    }
    frame_values(frame, words, plane.get());
    return tilt_slice(filling.tilt, filling.distances_mm[k], plane.get(), OUTSIDE, moved) ||
           error_no_memory(err);
}

bool fill_slice(void *context, size_t index, const void *words, DensError **err)
{
    const Filling &filling = *static_cast<const Filling *>(context);
    const Frame *frame = filling.frames[index];
    const size_t *size = filling.volume->geometry.size;
    const size_t k = filling.slice_of[index];
    if (!frame_check(frame, words, err)) {
        return false;
    }
    if (!filling.respacing) {
        return move_slice(filling, frame, k, words, filling.volume->voxels + size[0] * size[1] * k, err);
    }
    Plane moved(new (std::nothrow) float[size[0] * size[1]]);
    if (!moved) {
        return error_no_memory(err);
    }
    bool good = move_slice(filling, frame, k, words, moved.get(), err);
    if (good) {
        respacing_take(filling.respacing, k, moved.get());
    }
    return good;
}

std::string folder_of(const char *path)
{
    std::string text(path);
    size_t slash = text.rfind('/');
    return slash == std::string::npos ? "." : text.substr(0, slash);
}

/* What was outside the tilted slices becomes air in a CT, else the smallest value that was measured. */
void fill_outside(Volume &volume, const Tilt &tilt, const Stack &stack, const SeriesInfo &series, Log *log)
{
    float *begin = volume.voxels;
    float *end = begin + geometry_voxels(&volume.geometry);
    float outside = volume.unit == UNIT_HU ? CT_PADDING_HU : *std::min_element(begin, end);
    std::replace(begin, end, OUTSIDE, outside);
    log_line(log, LOG_WARNING,
             "series %d: the gantry was tilted by %.1f degrees; the slices were moved to an orthogonal grid "
             "of %zu × "
             "%zu pixels, voxels outside them are %g",
             series.number, stack.tilt_degrees, tilt.to.size[0], tilt.to.size[1],
             static_cast<double>(outside));
}

void say_respaced(const Volume &volume, size_t slices, const Stack &stack, const SeriesInfo &series, Log *log)
{
    log_line(log, LOG_WARNING,
             "series %d: its %zu slices lie from %.3g to %.3g mm apart; they were interpolated to %zu slices "
             "%.3g mm apart",
             series.number, slices, stack.narrowest_mm, stack.widest_mm, volume.geometry.size[2],
             volume.geometry.spacing_mm[2]);
}

/* How far each slice lies from the first along the normal. */
std::vector<double> distances_of(const std::vector<Frame *> &frames, const std::vector<size_t> &order,
                                 const Stack &stack)
{
    std::vector<double> distances_mm;
    for (size_t k = 0; k < order.size(); k++) {
        Vec3 way = vec3_sub(frames[order[k]]->slice.position_lps_mm, stack.geometry.origin_lps_mm);
        distances_mm.push_back(stack.uneven ? vec3_dot(way, stack.geometry.axis_lps[2])
                                            : static_cast<double>(k) * stack.geometry.spacing_mm[2]);
    }
    return distances_mm;
}

VolumePtr read_stack(const SeriesInfo &series, const std::vector<Frame *> &frames, const Stack &stack,
                     const std::vector<size_t> &order, Log *log, Progress *progress, DensError **err)
{
    Tilt tilt;
    Filling filling = {};
    bool tilted = stack.tilt_degrees > 0;
    filling.distances_mm = distances_of(frames, order, stack);
    if (tilted) {
        tilt_plan(&tilt, &stack.geometry, stack.drift, filling.distances_mm.back());
        filling.tilt = &tilt;
    }
    VolumePtr volume(volume_new(tilted ? &tilt.to : &stack.geometry, err));
    if (!volume) {
        error_prefix(err, frames[0]->file->path);
        return nullptr;
    }
    const Geometry &grid = volume->geometry;
    RespacingPtr respacing(stack.uneven
                               ? respacing_new(filling.distances_mm.data(), order.size(), grid.spacing_mm[2],
                                               grid.size[2], grid.size[0] * grid.size[1], volume->voxels)
                               : nullptr,
                           respacing_free);
    filling.respacing = respacing.get();
    filling.frames = frames.data();
    filling.slice_of.resize(order.size());
    for (size_t k = 0; k < order.size(); k++) {
        filling.slice_of[order[k]] = k;
    }
    filling.volume = volume.get();
    volume->unit = frames[0]->unit;
    if (!frames_each(frames.data(), frames.size(), fill_slice, &filling, progress, err)) {
        return nullptr;
    }
    if (tilted) {
        fill_outside(*volume, tilt, stack, series, log);
    }
    if (stack.uneven) {
        say_respaced(*volume, order.size(), stack, series, log);
    }
    return volume;
}

/* Said once for all of its slices. */
void say_notes(const SeriesInfo &series, const std::vector<Frame *> &frames, Log *log)
{
    for (const Frame *frame : frames) {
        if (frame->note[0]) {
            log_line(log, LOG_WARNING, "series %d: %s", series.number, frame->note);
            break;
        }
    }
    if (std::any_of(frames.begin(), frames.end(), [](const Frame *f) { return f->inverted_display; })) {
        log_line(log, LOG_INFO,
                 "series %d: MONOCHROME1; its values are taken as stored, only its display is inverted",
                 series.number);
    }
    if (frames[0]->projection) {
        log_line(log, LOG_INFO,
                 "series %d: a radiograph has no place in the patient; its grid is that of its detector",
                 series.number);
    }
}

Volume *read_part(const SeriesInfo &series, size_t part, Log *log, Progress *progress, DensError **err)
{
    Stack stack;
    std::vector<size_t> order;
    if (series.fault[0]) {
        error_input(err, series.fault_file, "%s", series.fault);
        return nullptr;
    }
    if (part >= series.part_count) {
        error_input(err, series.file_count ? series.files[0] : nullptr, "the series has no image %zu",
                    part + 1);
        return nullptr;
    }
    std::vector<Frame *> frames;
    for (size_t n = 0; n < series.parts[part].frame_count; n++) {
        frames.push_back(const_cast<Frame *>(series.parts[part].frames[n]));
    }
    if (!frames_stack(frames, order, stack, err)) {
        return nullptr;
    }
    VolumePtr volume = read_stack(series, frames, stack, order, log, progress, err);
    if (!volume) {
        return nullptr;
    }
    volume->series_uid = copy_of(series.series_uid);
    volume->frame_uid = copy_of(frames[0]->slice.frame_uid);
    volume->source_name = copy_of(folder_of(series.files[0]));
    say_notes(series, frames, log);
    return volume.release();
}

Volume *read_series(const SeriesInfo &series, Log *log, Progress *progress, DensError **err)
{
    if (series.part_count > 1 && !series.fault[0]) {
        error_input(err, series.files[0], "the series holds %zu volumes (%s, %s …); one is to be chosen",
                    series.part_count, series.parts[0].label, series.parts[1].label);
        return nullptr;
    }
    return read_part(series, 0, log, progress, err);
}

/* The grid of a radiograph: one nominal slice. */
void projection_stack(const Slice &slice, Stack &out)
{
    out = {};
    Geometry &grid = out.geometry;
    grid.size[0] = slice.columns;
    grid.size[1] = slice.rows;
    grid.size[2] = 1;
    grid.spacing_mm[0] = slice.across_mm;
    grid.spacing_mm[1] = slice.down_mm;
    grid.spacing_mm[2] = 1;
    grid.axis_lps[0] = vec3(1, 0, 0);
    grid.axis_lps[1] = vec3(0, 1, 0);
    grid.axis_lps[2] = vec3(0, 0, 1);
}

/* Are the values of both of one scale? Slopes may differ from slice to slice, if each has one. */
bool same_scale(const Frame &a, const Frame &b)
{
    const Scaling less = std::min(a.scaling, b.scaling);
    const Scaling more = std::max(a.scaling, b.scaling);
    const bool as_far = less == more || (more == SCALED_BY_RESCALE && less == SCALED_BY_ONE) ||
                        (more == SCALED_BY_ONE && less == SCALED_UNSAID);
    return a.unit == b.unit && as_far;
}

bool check_scale(const std::vector<Frame *> &frames, DensError **err)
{
    /* against those that say least and most */
    auto by_scaling = [](const Frame *a, const Frame *b) { return a->scaling < b->scaling; };
    const Frame *least = *std::min_element(frames.begin(), frames.end(), by_scaling);
    for (const Frame *frame : frames) {
        if (!same_scale(*least, *frame)) {
            return error_input(err, frame->slice.file,
                               "its values are scaled in another way than those of %s: they do not make one "
                               "volume",
                               file_name(least->slice.file));
        }
    }
    return true;
}

} // namespace

bool dens::frames_stack(const std::vector<Frame *> &frames, std::vector<size_t> &out_order, Stack &out,
                        DensError **err)
{
    std::vector<Slice> slices;
    slices.reserve(frames.size());
    for (const Frame *frame : frames) {
        slices.push_back(frame->slice);
    }
    out_order.assign(frames.size(), 0);
    if (frames.size() == 1 && frames[0]->projection) {
        projection_stack(slices[0], out);
        return true;
    }
    return stack_build(slices.data(), slices.size(), out_order.data(), &out, err) && check_scale(frames, err);
}

extern "C" Volume *dicom_series_read_part(const SeriesInfo *series, size_t part, Log *log, Progress *progress,
                                          DensError **err)
{
    return guarded<Volume *>(err, "series", nullptr,
                             [&] { return read_part(*series, part, log, progress, err); });
}

extern "C" Volume *dicom_series_read(const SeriesInfo *series, Log *log, Progress *progress, DensError **err)
{
    return guarded<Volume *>(err, "series", nullptr,
                             [&] { return read_series(*series, log, progress, err); });
}
