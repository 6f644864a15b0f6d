/* Shows DICOM as our reader sees it, for comparison with other implementations:
 * dump-dicom scan PATH…            the study as JSON
 * dump-dicom read RAW PATH…        the first series that is no mask: geometry as JSON, voxels to RAW
 * dump-dicom part RAW N P PATH…    part P of row N of the list (from 0)
 * dump-dicom stored RAW PATH…      the stored words of all frames, by file and number, before any rescale
 * dump-dicom seg RAW FILE          the same for a DICOM SEG
 * dump-dicom write NIFTI ROLE TO   a NIfTI volume as a DICOM series
 * The log goes to RAW.log. */
#include "base/json.h"
#include "dicom/dicom.h"
#include "dicom/frame.h"
#include "image/nifti.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool print_value(const Value *value)
{
    AUTO_TEXT text = TEXT_INIT;
    json_write(value, JSON_COMPACT, &text);
    return puts(text_string(&text)) >= 0;
}

static bool print_geometry(const Geometry *geometry, const char *frame_uid, double unit, const Mask *mask)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    Value *root = value_new_map(arena);
    Value *size = value_set_list(root, "size");
    Value *rows = value_set_list(root, "affine");
    double affine[3][4];
    char codes[4];
    geometry_to_ras(geometry, affine);
    geometry_codes(geometry, codes);
    for (int row = 0; row < 3; row++) {
        Value *list = value_add_list(rows);
        value_add_integer(size, (long long)geometry->size[row]);
        for (int column = 0; column < 4; column++) {
            value_add_number(list, affine[row][column]);
        }
    }
    value_set_string(root, "codes", codes);
    value_set_bool(root, "sheared", geometry->sheared);
    value_set_string(root, "frame", frame_uid ? frame_uid : "");
    value_set_number(root, "unit", unit);
    Value *names = value_set_list(root, "names");
    for (size_t n = 0; mask && n < mask->name_count; n++) {
        value_add_string(names, mask->names[n] ? mask->names[n] : "");
    }
    return print_value(root);
}

static bool write_raw(const char *path, const void *voxels, size_t width, size_t count)
{
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(voxels, width, count, file) == count;
    return file && fclose(file) == 0 && good;
}

static void add_series(Value *list, const SeriesInfo *series)
{
    Value *one = value_add_map(list);
    value_set_string(one, "uid", series->series_uid);
    value_set_string(one, "study", series->study_uid);
    value_set_string(one, "frame", series->frame_uid);
    value_set_string(one, "modality", series->modality);
    value_set_string(one, "description", series->description);
    value_set_string(one, "syntax", series->transfer_syntax_uid);
    value_set_string(one, "manufacturer", series->manufacturer);
    value_set_integer(one, "number", series->number);
    value_set_integer(one, "files", (long long)series->file_count);
    value_set_integer(one, "rows", (long long)series->rows);
    value_set_integer(one, "columns", (long long)series->columns);
    value_set_string(one, "role", role_name(series->role));
    value_set_string(one, "reason", series->role_reason);
    value_set_string(one, "problem", series->problem);
    value_set_number(one, "te", series->te_ms);
    value_set_number(one, "tr", series->tr_ms);
    value_set_number(one, "flip", series->flip_deg);
    value_set_bool(one, "contrast", series->contrast);
    value_set_bool(one, "mask", series->is_mask);
    value_set_bool(one, "derived", series->derived);
    value_set_string(one, "kind", series->kind);
    value_set_integer(one, "slices", (long long)series->slice_count);
    value_set_integer(one, "partner", series->partner);
    Value *parts = value_set_list(one, "parts");
    for (size_t n = 0; n < series->part_count; n++) {
        value_add_string(parts, series->parts[n].label);
    }
}

static bool scan(const char *const *paths, size_t count, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    DicomStudy *study = dicom_study_scan(arena, paths, count, NULL, NULL, err);
    if (!study) {
        return false;
    }
    Value *root = value_new_map(arena);
    value_set_integer(root, "sex", study->sex);
    value_set_integer(root, "ignored", (long long)study->ignored_files);
    value_set_string(root, "study", study->study_uid);
    value_set_string(root, "date", study->study_date);
    value_set_string(root, "accession", study->accession);
    if (study->has_age) {
        value_set_number(root, "age", study->age_years);
    }
    Value *list = value_set_list(root, "series");
    for (size_t n = 0; n < study->series_count; n++) {
        add_series(list, &study->series[n]);
    }
    return print_value(root);
}

static bool read_first(const char *raw, const char *const *paths, size_t count, Log *log, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    DicomStudy *study = dicom_study_scan(arena, paths, count, log, NULL, err);
    if (!study) {
        return false;
    }
    size_t at = 0;
    while (at + 1 < study->series_count && study->series[at].is_mask) {
        at++;
    }
    AUTO(volume_auto) Volume *volume = dicom_series_read(&study->series[at], log, NULL, err);
    return volume && print_geometry(&volume->geometry, volume->frame_uid, volume->unit, NULL) &&
           write_raw(raw, volume->voxels, sizeof *volume->voxels, geometry_voxels(&volume->geometry));
}

static bool read_part(char **argv, size_t count, Log *log, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    const char *const *paths = (const char *const *)argv + 5;
    size_t row = strtoul(argv[3], NULL, 10), part = strtoul(argv[4], NULL, 10);
    DicomStudy *study = dicom_study_scan(arena, paths, count, log, NULL, err);
    if (!study || row >= study->series_count) {
        return study && error_input(err, argv[3], "there is no such row");
    }
    AUTO(volume_auto) Volume *volume = dicom_series_read_part(&study->series[row], part, log, NULL, err);
    return volume && print_geometry(&volume->geometry, volume->frame_uid, volume->unit, NULL) &&
           write_raw(argv[2], volume->voxels, sizeof *volume->voxels, geometry_voxels(&volume->geometry));
}

typedef struct {
    FILE *file;
    const Frame *const *frames;
} Words;

static int by_file(const void *a, const void *b)
{
    const Frame *const *one = a, *const *two = b;
    int order = strcmp((*one)->file->path, (*two)->file->path);
    return order ? order : (*one)->number < (*two)->number ? -1 : (*one)->number > (*two)->number;
}

static bool write_words(void *context, size_t index, const void *words, DensError **err)
{
    const Words *to = context;
    size_t bytes = pixel_bytes(&to->frames[index]->format);
    off_t at = 0;
    for (size_t n = 0; n < index; n++) {
        at += (off_t)pixel_bytes(&to->frames[n]->format);
    }
    return pwrite(fileno(to->file), words, bytes, at) == (ssize_t)bytes ||
           error_input(err, "raw", "cannot be written");
}

static bool read_stored(const char *raw, const char *const *paths, size_t count, Log *log, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    DicomStudy *study = dicom_study_scan(arena, paths, count, log, NULL, err);
    if (!study) {
        return false;
    }
    size_t frame_count = 0;
    const Frame **frames = NULL;
    for (size_t n = 0; n < study->series_count; n++) {
        const SeriesInfo *series = &study->series[n];
        for (size_t p = 0; p < series->part_count; p++) {
            frames = realloc(frames, (frame_count + series->parts[p].frame_count) * sizeof(Frame *));
            memcpy(frames + frame_count, series->parts[p].frames,
                   series->parts[p].frame_count * sizeof(Frame *));
            frame_count += series->parts[p].frame_count;
        }
    }
    if (frame_count == 0) {
        return error_input(err, study->series[0].fault_file, "%s", study->series[0].fault);
    }
    qsort(frames, frame_count, sizeof(Frame *), by_file);
    Words to = {fopen(raw, "wb"), frames};
    bool good = to.file && frames_each(frames, frame_count, write_words, &to, NULL, err);
    free(frames);
    return to.file && fclose(to.file) == 0 && good;
}

static bool read_seg(const char *raw, const char *path, Log *log, DensError **err)
{
    AUTO(mask_auto) Mask *mask = dicom_seg_read(path, log, err);
    return mask && print_geometry(&mask->geometry, mask->frame_uid, 0, mask) &&
           write_raw(raw, mask->labels, sizeof *mask->labels, geometry_voxels(&mask->geometry));
}

static bool write_nifti(const char *nifti, const char *role, const char *folder, DensError **err)
{
    char study[65], series[65], frame[65];
    DicomSeriesAttributes a = {.patient_name = "Phantôm^Änne",
                               .patient_id = "P-1",
                               .birth_date = "19800215",
                               .sex = "F",
                               .age = "044Y",
                               .study_date = "20240220",
                               .study_time = "120000",
                               .study_description = "cervical spine",
                               .accession = "A1",
                               .series_description = role,
                               .protocol_name = "phantom",
                               .series_number = 3,
                               .te_ms = 12,
                               .tr_ms = 550,
                               .ti_ms = 160,
                               .field_t = 1.5,
                               .kvp = 120};
    dicom_uid("study", study);
    dicom_uid(role, series);
    dicom_uid("frame", frame);
    a.study_uid = study;
    a.series_uid = a.uid_root = series;
    a.frame_uid = frame;
    if (!role_parse(role, &a.role)) {
        return error_input(err, role, "is no role");
    }
    AUTO(volume_auto) Volume *volume = volume_read_nifti(nifti, err);
    return volume && dicom_series_write(volume, &a, folder, err);
}

static bool dump(int argc, char **argv, DensError **err)
{
    char log_name[4096];
    const char *const *paths = (const char *const *)argv;
    if (strcmp(argv[1], "scan") == 0) {
        return scan(paths + 2, (size_t)argc - 2, err);
    }
    if (strcmp(argv[1], "write") == 0 && argc == 5) {
        return write_nifti(argv[2], argv[3], argv[4], err);
    }
    (void)snprintf(log_name, sizeof log_name, "%s.log", argv[2]);
    FILE *stream = fopen(log_name, "w");
    if (!stream) {
        return error_input(err, log_name, "cannot be written");
    }
    AUTO(log_auto) Log *log = log_new(stream, LOG_TEXT, LOG_DEBUG);
    size_t count = (size_t)argc - 3;
    if (strcmp(argv[1], "part") == 0 && argc > 5) {
        bool done = read_part(argv, count - 2, log, err);
        return fclose(stream) == 0 && done;
    }
    bool good = strcmp(argv[1], "seg") == 0      ? read_seg(argv[2], argv[3], log, err)
                : strcmp(argv[1], "stored") == 0 ? read_stored(argv[2], paths + 3, count, log, err)
                                                 : read_first(argv[2], paths + 3, count, log, err);
    return fclose(stream) == 0 && good;
}

int main(int argc, char **argv)
{
    AUTO(error_auto) DensError *error = NULL;
    if (argc < 3) {
        fprintf(stderr, "usage: dump-dicom scan|read|stored|seg|write …\n");
        return 2;
    }
    if (!dump(argc, argv, &error)) {
        fprintf(stderr, "%s: %s\n", error ? dens_error_where(error) : "dump-dicom",
                error ? dens_error_summary(error) : "cannot write");
        return error ? (int)dens_error_code(error) : 3;
    }
    return 0;
}
