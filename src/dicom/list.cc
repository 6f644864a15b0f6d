/* From the frames of a series to the rows of the list: what it holds, which role each has, and what keeps it
 * from being a volume. */
#include "scan.hh"

#include <algorithm>
#include <cmath>
#include <cstring>

extern "C" {
#include "dicom/group.h"
}

namespace dens
{

namespace
{

constexpr size_t DYNAMIC_MIN_PARTS = 3; /* volumes in time that make a T1 series a dynamic one */
constexpr double SAME_GRID_MM = 1;
constexpr char CLASS_SECONDARY_CAPTURE[] = "1.2.840.10008.5.1.4.1.1.7";

const char *keep(Arena *arena, const std::string &text)
{
    return arena_strdup(arena, text.c_str());
}

bool by_file(const Frame *a, const Frame *b)
{
    int order = strcmp(a->file->path, b->file->path);
    return order != 0 ? order < 0 : a->number < b->number;
}

std::string with_unit(const char *format, double value)
{
    char text[64];
    (void)snprintf(text, sizeof text, format, value); /* NOLINT(clang-diagnostic-format-nonliteral) */
    return text;
}

/* "M\\ND" as words. */
std::string kind_words(const FramePart &part)
{
    std::string words = part.frames[0]->tags.kind;
    std::replace(words.begin(), words.end(), '\\', ' ');
    return words;
}

/* What tells a set from the others of its series. */
std::string label_of(const FrameSet *sets, size_t count, const FrameSet &set)
{
    bool kinds = false;
    bool echoes = false;
    for (size_t n = 0; n < count; n++) {
        kinds = kinds || kind_words(sets[n].parts[0]) != kind_words(set.parts[0]);
        echoes = echoes || sets[n].parts[0].te_ms != set.parts[0].te_ms;
    }
    std::string label = kinds ? kind_words(set.parts[0]) : "";
    if (echoes && set.parts[0].te_ms >= 0) {
        label += (label.empty() ? "" : ", ") + with_unit("TE %.3g ms", set.parts[0].te_ms);
    }
    return label;
}

std::string part_label(const FrameSet &set, const FramePart &part)
{
    std::string label;
    if (set.count < 2) {
        return label;
    }
    bool weighted = std::any_of(set.parts, set.parts + set.count,
                                [&](const FramePart &other) { return other.b_value != part.b_value; });
    if (weighted && part.b_value >= 0) {
        label = with_unit("b %g", part.b_value);
    }
    if (part.direction[0]) {
        label += std::string(label.empty() ? "" : ", ") + "direction " + part.direction;
        std::replace(label.begin(), label.end(), '\\', ' ');
    }
    bool timed =
        part.time_s >= 0 && std::any_of(set.parts, set.parts + set.count,
                                        [&](const FramePart &other) { return other.time_s != part.time_s; });
    if (label.empty() && timed) {
        label = with_unit("at %.4g s", part.time_s - set.parts[0].time_s);
    }
    const FrameTags &tags = part.frames[0]->tags;
    if (label.empty() && tags.acquisition < 0) {
        return "volume " + std::to_string(tags.temporal >= 0 ? tags.temporal : &part - set.parts + 1);
    }
    return label.empty() ? "acquisition " + std::to_string(tags.acquisition) : label;
}

void add_parts(Arena *arena, const FrameSet &set, SeriesInfo &info)
{
    info.part_count = set.count;
    info.slice_count = set.parts[0].count;
    info.parts = static_cast<SeriesPart *>(arena_array(arena, set.count, sizeof *info.parts));
    for (size_t n = 0; n < set.count; n++) {
        const FramePart &from = set.parts[n];
        double time = from.time_s >= 0 && set.parts[0].time_s >= 0 ? from.time_s - set.parts[0].time_s : -1;
        info.parts[n] = {
            keep(arena, part_label(set, from)), from.te_ms, from.b_value, time, from.count, from.frames};
    }
}

/* All files of the frames, each once. */
void add_files(Arena *arena, const FrameSet &set, SeriesInfo &info)
{
    std::vector<const char *> files;
    for (size_t p = 0; p < set.count; p++) {
        for (size_t n = 0; n < set.parts[p].count; n++) {
            files.push_back(set.parts[p].frames[n]->file->path);
        }
    }
    auto less = [](const char *a, const char *b) { return strcmp(a, b) < 0; };
    std::sort(files.begin(), files.end(), less);
    files.erase(std::unique(files.begin(), files.end()), files.end()); /* one string a file */
    info.file_count = files.size();
    info.files = static_cast<const char **>(arena_array(arena, files.size(), sizeof *info.files));
    std::copy(files.begin(), files.end(), info.files);
}

void set_problem(Arena *arena, const std::string &what, const std::string &file, SeriesInfo &info)
{
    info.fault = keep(arena, what);
    info.fault_file = keep(arena, file);
    info.problem = what.empty() ? "" : keep(arena, file_name(info.fault_file) + (": " + what));
}

/* Does each part make a volume, and do all lie on one grid? */
void find_problem(Arena *arena, const FrameSet &set, Listed &row)
{
    for (size_t p = 0; p < set.count; p++) {
        Stack stack;
        std::vector<size_t> order;
        DensError *fault = nullptr;
        std::vector<Frame *> frames;
        for (size_t n = 0; n < set.parts[p].count; n++) {
            frames.push_back(const_cast<Frame *>(set.parts[p].frames[n]));
        }
        if (!frames_stack(frames, order, stack, &fault)) {
            set_problem(arena, dens_error_summary(fault), dens_error_where(fault), row.info);
            dens_error_free(fault);
            return;
        }
        if (p == 0) {
            row.grid = stack.geometry;
            row.has_grid = !frames[0]->projection;
        }
    }
}

SeriesInfo common_info(Arena *arena, const Series &series)
{
    SeriesInfo info = {};
    info.series_uid = keep(arena, series.uid);
    info.study_uid = keep(arena, series.study.uid);
    info.frame_uid = keep(arena, series.frame_uid);
    info.modality = keep(arena, series.modality);
    info.description = keep(arena, series.description);
    info.sop_class_uid = keep(arena, series.sop_class);
    info.transfer_syntax_uid = keep(arena, series.syntax);
    info.manufacturer = keep(arena, series.manufacturer);
    info.kernel = keep(arena, series.kernel);
    info.number = series.number;
    info.rows = series.rows;
    info.columns = series.columns;
    info.te_ms = series.te_ms;
    info.tr_ms = series.tr_ms;
    info.ti_ms = series.ti_ms;
    info.flip_deg = series.flip_deg;
    info.is_mask = series.is_mask;
    info.partner = -1;
    info.kind = "";
    set_problem(arena, series.problem, series.problem_file, info);
    return info;
}

void guess_role(Arena *arena, const Series &series, const std::string &image_type, SeriesInfo &info)
{
    RoleTags tags = {series.modality.c_str(),
                     image_type.c_str(),
                     series.sequence.c_str(),
                     series.description.c_str(),
                     series.protocol.c_str(),
                     series.contrast_agent.c_str(),
                     series.kernel.c_str(),
                     series.sop_class.rfind(CLASS_SECONDARY_CAPTURE, 0) == 0,
                     info.te_ms,
                     series.tr_ms,
                     series.ti_ms,
                     series.has_b_value ||
                         (info.part_count > 0 && info.parts[info.part_count - 1].b_value > 0)};
    RoleGuess guess = role_guess(&tags);
    std::string reason = guess.reason;
    bool in_time = info.part_count >= DYNAMIC_MIN_PARTS && info.parts[1].time_s > 0;
    if ((guess.role == ROLE_T1 || guess.role == ROLE_T1C) && in_time) {
        guess.role = ROLE_DCE;
        reason += ", " + std::to_string(info.part_count) + " volumes in time";
    }
    if (guess.role == ROLE_PET && series.attenuated) {
        guess.role = ROLE_UNKNOWN;
        reason = "PET that is not corrected for attenuation: not used";
    }
    info.role = guess.role;
    info.contrast = guess.contrast;
    info.role_reason = keep(arena, reason);
    info.derived = image_type.rfind("DERIVED", 0) == 0;
}

/* What has one volume by its role, and several here, cannot be used as such. */
void refuse_several(Arena *arena, SeriesInfo &info)
{
    bool may = info.role == ROLE_UNKNOWN || info.role == ROLE_DWI || info.role == ROLE_DCE ||
               info.role == ROLE_PET || info.role == ROLE_ADC || info.role == ROLE_XR;
    if (info.part_count > 1 && !may && !info.problem[0]) {
        std::string what = "the series holds " + std::to_string(info.part_count) + " volumes (" +
                           info.parts[0].label + ", " + info.parts[1].label +
                           (info.part_count > 2 ? " …" : "") + "); one is read";
        set_problem(arena, what, info.files[0], info);
    }
}

std::string first_two(const std::string &values)
{
    size_t first = values.find('\\');
    size_t second = first == std::string::npos ? first : values.find('\\', first + 1);
    return values.substr(0, second);
}

/* PET images that were corrected to the start of a series whose time is not known: the earliest of all is it.
 */
void align_decay(std::vector<Frame *> &frames)
{
    double first = INFINITY;
    for (const Frame *frame : frames) {
        first = frame->decay_half_life_s > 0 ? std::min(first, frame->tags.time_s) : first;
    }
    for (Frame *frame : frames) {
        if (frame->decay_half_life_s > 0 && frame->tags.time_s > first) {
            double factor = std::exp2((first - frame->tags.time_s) / frame->decay_half_life_s);
            frame->slope *= factor;
            frame->intercept *= factor;
        }
    }
}

Listed row_of(Arena *arena, const Series &series, const FrameSet *sets, size_t count, const FrameSet &set)
{
    Listed row;
    row.info = common_info(arena, series);
    SeriesInfo &info = row.info;
    const Frame &first = *set.parts[0].frames[0];
    if (count > 1) {
        info.kind = keep(arena, label_of(sets, count, set));
    }
    if (first.tags.te_ms > 0) {
        info.te_ms = first.tags.te_ms;
    }
    info.rows = first.slice.rows;
    info.columns = first.slice.columns;
    add_parts(arena, set, info);
    add_files(arena, set, info);
    guess_role(arena, series, first_two(series.image_type) + "\\" + first.tags.kind, info);
    if (series.problem.empty()) {
        info.is_read = true;
        find_problem(arena, set, row);
        refuse_several(arena, info);
    }
    return row;
}

} // namespace

void list_series(Arena *arena, Series &series, std::vector<Listed> &out)
{
    std::stable_sort(series.frames.begin(), series.frames.end(), by_file);
    if (series.frames.empty()) {
        Listed row;
        row.info = common_info(arena, series);
        guess_role(arena, series, series.image_type, row.info);
        row.info.file_count = series.files.size();
        row.info.files =
            static_cast<const char **>(arena_array(arena, series.files.size(), sizeof *row.info.files));
        for (size_t n = 0; n < series.files.size(); n++) {
            row.info.files[n] = keep(arena, series.files[n]);
        }
        out.push_back(row);
        return;
    }
    align_decay(series.frames);
    size_t count = 1;
    FramePart whole = {
        const_cast<const Frame **>(series.frames.data()), series.frames.size(), -1, -1, -1, ""};
    FrameSet all = {&whole, 1, false};
    const FrameSet *sets = &all;
    if (series.problem.empty()) {
        sets = frames_group(arena, series.frames.data(), series.frames.size(), &count);
    } else {
        whole.frames = static_cast<const Frame **>(arena_array(arena, whole.count, sizeof(Frame *)));
        std::copy(series.frames.begin(), series.frames.end(), whole.frames);
    }
    for (size_t n = 0; n < count; n++) {
        out.push_back(row_of(arena, series, sets, count, sets[n]));
    }
}

namespace
{

bool differ_by_role(SeriesRole a, SeriesRole b)
{
    return (a == ROLE_T1 && b == ROLE_T1C) || (a == ROLE_T1C && b == ROLE_T1) ||
           (a == ROLE_IN && b == ROLE_OPP) || (a == ROLE_OPP && b == ROLE_IN);
}

bool lie_on_one_grid(const Listed &a, const Listed &b)
{
    double distance = 0;
    return a.has_grid && b.has_grid && strcmp(a.info.frame_uid, b.info.frame_uid) == 0 &&
           geometry_equal(&a.grid, &b.grid, SAME_GRID_MM, &distance);
}

} // namespace

void pair_series(std::vector<Listed> &all)
{
    for (Listed &row : all) {
        double nearest = INFINITY;
        for (const Listed &other : all) {
            double apart =
                std::fabs(row.info.te_ms - other.info.te_ms) + std::fabs(row.info.tr_ms - other.info.tr_ms);
            if (differ_by_role(row.info.role, other.info.role) && !row.info.problem[0] &&
                !other.info.problem[0] && lie_on_one_grid(row, other) && apart < nearest) {
                nearest = apart;
                row.info.partner = other.info.number;
            }
        }
    }
}

} // namespace dens
