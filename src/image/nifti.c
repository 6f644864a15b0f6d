/* NIfTI-1 and -2 in and out.
 *
 * nifti_clib gives the header's layout, byte order and quaternions. The voxels are streamed here, for four
 * reasons: its reader sets values that are not finite to 0, prints to stderr, allocates what the header
 * claims before it knows what the file holds, and does not see a damaged end of a .gz; its writer drops the
 * outcome of the write. A file is therefore gone through once to its end (length, CRC of the .gz), and only
 * then is the header's claim believed. Source: nifti1.h and nifti2.h of the NIfTI Data Format Working Group.
 *
 * RAS in the file is LPS in memory (geometry_from_ras). */
#include "image/nifti.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/memory.h"

#include <math.h>
#include <nifti/nifti2_io.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { CHUNK_VOXELS = 16384, CHUNK_BYTES = CHUNK_VOXELS * 8, NIFTI1_DATA_AT = 352 };
static const double MAX_DIM = 1 << 20; /* voxels on one axis; far beyond any scanner */
static const double MAX_VOLUMES = 4096;
static const double MAX_VOXELS = 1 << 30; /* of all volumes: what volume_new() takes for one */
static const double MAX_BYTES_BEHIND = 64 << 20;

/* What both headers say, as far as we read it. */
typedef struct {
    double dim[8];
    int datatype, bits, qform_code, sform_code, unit, time_unit;
    double pixdim[5]; /* [0] is qfac, [4] the step in time */
    double quaternion[3], offset_mm[3], srow[3][4];
    double data_at, slope, intercept;
    size_t bytes; /* of the header itself: 348 or 540 */
} Header;

/* One stored type, and how a value of it is read. */
typedef struct {
    int datatype;
    size_t bytes;
    double (*value)(const unsigned char *at);
} Stored;

#define STORED_VALUE(name, Type)                                                                             \
    static double name(const unsigned char *at)                                                              \
    {                                                                                                        \
        Type value;                                                                                          \
        memcpy(&value, at, sizeof value);                                                                    \
        return (double)value;                                                                                \
    }
STORED_VALUE(value_u8, uint8_t)
STORED_VALUE(value_i8, int8_t)
STORED_VALUE(value_u16, uint16_t)
STORED_VALUE(value_i16, int16_t)
STORED_VALUE(value_u32, uint32_t)
STORED_VALUE(value_i32, int32_t)
STORED_VALUE(value_u64, uint64_t)
STORED_VALUE(value_i64, int64_t)
STORED_VALUE(value_f32, float)
STORED_VALUE(value_f64, double)

static const Stored stored_types[] = {
    {NIFTI_TYPE_UINT8, 1, value_u8},    {NIFTI_TYPE_INT8, 1, value_i8},    {NIFTI_TYPE_UINT16, 2, value_u16},
    {NIFTI_TYPE_INT16, 2, value_i16},   {NIFTI_TYPE_UINT32, 4, value_u32}, {NIFTI_TYPE_INT32, 4, value_i32},
    {NIFTI_TYPE_UINT64, 8, value_u64},  {NIFTI_TYPE_INT64, 8, value_i64},  {NIFTI_TYPE_FLOAT32, 4, value_f32},
    {NIFTI_TYPE_FLOAT64, 8, value_f64},
};

/* An open file, its header checked, ready to hand out voxels in order. */
typedef struct {
    const char *path;
    gzFile stream; /* reads files that are not compressed as they are */
    uint64_t bytes;
    bool swapped;
    Header header;
    const Stored *stored;
    Geometry geometry;
    bool several;   /* may it hold several volumes? */
    size_t volumes; /* along the fourth axis */
} Source;

static void source_close(Source *source)
{
    if (source->stream) {
        (void)gzclose_r(source->stream);
        source->stream = NULL;
    }
}

/* The name as nifti_clib knows it, without the prefix that says nothing. */
static const char *type_name(int datatype)
{
    const char *name = nifti_datatype_to_string(datatype);
    return strncmp(name, "DT_", 3) == 0 ? name + 3 : name + (strncmp(name, "NIFTI_TYPE_", 11) == 0 ? 11 : 0);
}

bool nifti_is(const char *path)
{
    return file_has_suffix(path, ".nii") || file_has_suffix(path, ".nii.gz");
}

/* What zlib found wrong with the stream after a read that answered `got`. */
static bool check_stream(const Source *source, int got, DensError **err)
{
    int fault = Z_OK;
    (void)gzerror(source->stream, &fault);
    if (fault == Z_BUF_ERROR) {
        return error_input(err, source->path, "the compressed file is cut off");
    }
    if (got < 0 || fault != Z_OK) {
        return error_input(err, source->path, "the compressed file is damaged");
    }
    return true;
}

/* Goes through the file to its end, so that a cut or damaged .gz is found and its true length is known. What
 * is far longer than its header claims is not gone through: a .gz of a few bytes may hold terabytes. */
static bool measure(Source *source, double claimed_bytes, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    char *buffer = arena_alloc(arena, CHUNK_BYTES);
    int got;
    if (gzrewind(source->stream) != 0) {
        return error_input(err, source->path, "cannot be read twice");
    }
    while ((got = gzread(source->stream, buffer, CHUNK_BYTES)) > 0) {
        source->bytes += (uint64_t)got;
        if ((double)source->bytes > claimed_bytes + MAX_BYTES_BEHIND) {
            return error_input(err, source->path,
                               "holds more than %.0f MiB behind the voxels that its header claims",
                               MAX_BYTES_BEHIND / (1 << 20));
        }
    }
    return check_stream(source, got, err) &&
           (gzrewind(source->stream) == 0 || error_input(err, source->path, "cannot be read twice"));
}

/* The fields have the same names in both headers, not the same types. */
#define HEADER_FROM(raw)                                                                                     \
    do {                                                                                                     \
        for (int n_ = 0; n_ < 8; n_++) {                                                                     \
            header->dim[n_] = (double)(raw).dim[n_];                                                         \
        }                                                                                                    \
        for (int n_ = 0; n_ < 4; n_++) {                                                                     \
            header->pixdim[n_] = (double)(raw).pixdim[n_];                                                   \
            header->srow[0][n_] = (double)(raw).srow_x[n_];                                                  \
            header->srow[1][n_] = (double)(raw).srow_y[n_];                                                  \
            header->srow[2][n_] = (double)(raw).srow_z[n_];                                                  \
        }                                                                                                    \
        header->datatype = (raw).datatype;                                                                   \
        header->bits = (raw).bitpix;                                                                         \
        header->qform_code = (raw).qform_code;                                                               \
        header->sform_code = (raw).sform_code;                                                               \
        header->unit = XYZT_TO_SPACE((raw).xyzt_units);                                                      \
        header->time_unit = XYZT_TO_TIME((raw).xyzt_units);                                                  \
        header->pixdim[4] = (double)(raw).pixdim[4];                                                         \
        header->quaternion[0] = (double)(raw).quatern_b;                                                     \
        header->quaternion[1] = (double)(raw).quatern_c;                                                     \
        header->quaternion[2] = (double)(raw).quatern_d;                                                     \
        header->offset_mm[0] = (double)(raw).qoffset_x;                                                      \
        header->offset_mm[1] = (double)(raw).qoffset_y;                                                      \
        header->offset_mm[2] = (double)(raw).qoffset_z;                                                      \
        header->data_at = (double)(raw).vox_offset;                                                          \
        header->slope = (double)(raw).scl_slope;                                                             \
        header->intercept = (double)(raw).scl_inter;                                                         \
    } while (0)

/* Reads the raw header into source->header. */
static bool read_header(Source *source, DensError **err)
{
    union {
        int32_t size;
        nifti_1_header one;
        nifti_2_header two;
    } raw;
    memset(&raw, 0, sizeof raw);
    Header *header = &source->header;
    int got = gzread(source->stream, &raw, sizeof raw);
    if (!check_stream(source, got, err)) {
        return false;
    }
    if (got >= 2 && memcmp(&raw, "\x1f\x8b", 2) == 0) {
        return error_input(err, source->path, "is compressed twice; one layer of gzip is read");
    }
    const int size_two = (int)sizeof(nifti_2_header);
    const int size_one = (int)sizeof(nifti_1_header);
    int32_t size = raw.size;
    int32_t turned = (int32_t)__builtin_bswap32((uint32_t)size);
    if (got < size_one ||
        (size != size_one && size != size_two && turned != size_one && turned != size_two)) {
        return error_input(err, source->path, "is no NIfTI file: its header does not begin with 348 or 540");
    }
    source->swapped = size != size_one && size != size_two;
    int version = (source->swapped ? turned : size) == size_two ? 2 : 1;
    if (version == 2 && got < size_two) {
        return error_input(err, source->path, "is cut off inside its NIfTI-2 header");
    }
    const char *magic = version == 2 ? raw.two.magic : raw.one.magic;
    if (memcmp(magic, version == 2 ? "n+2" : "n+1", 4) != 0) {
        return error_input(err, source->path, "is no single-file NIfTI: its magic is not n+%d", version);
    }
    if (source->swapped) {
        swap_nifti_header(&raw, version);
    }
    if (version == 2) {
        HEADER_FROM(raw.two);
    } else {
        HEADER_FROM(raw.one);
    }
    header->bytes = (size_t)(version == 2 ? size_two : size_one);
    return true;
}

static bool check_size(Source *source, DensError **err)
{
    const Header *header = &source->header;
    double dimensions = header->dim[0];
    if (!(dimensions >= 2 && dimensions <= 7)) {
        return error_input(err, source->path, "has %g dimensions; 2 to 7 are possible, and 3 are read",
                           dimensions);
    }
    for (int n = 1; n <= (int)dimensions; n++) {
        if (!(header->dim[n] >= 1 && header->dim[n] <= MAX_DIM)) {
            return error_input(err, source->path, "claims %.0f voxels on axis %d", header->dim[n], n);
        }
        if (n > 3 && header->dim[n] > (n == 4 && source->several ? MAX_VOLUMES : 1)) {
            return error_input(err, source->path, "holds %.0f volumes on axis %d; %s", header->dim[n], n,
                               n == 4 && source->several ? "that is more than is read" : "one is read");
        }
    }
    source->volumes = dimensions > 3 ? (size_t)header->dim[4] : 1;
    for (int axis = 0; axis < 3; axis++) {
        source->geometry.size[axis] = axis < (int)dimensions ? (size_t)header->dim[axis + 1] : 1;
    }
    return true;
}

/* The type is one we read, and the file holds as many values of it as the header claims. */
static bool check_claim(Source *source, DensError **err)
{
    const Header *header = &source->header;
    for (size_t n = 0; n < sizeof stored_types / sizeof *stored_types; n++) {
        if (stored_types[n].datatype == header->datatype) {
            source->stored = &stored_types[n];
        }
    }
    if (!source->stored) {
        return error_input(err, source->path, "stores voxels as %s (type %d); integers and reals are read",
                           type_name(header->datatype), header->datatype);
    }
    if (header->bits != 8 * (int)source->stored->bytes) {
        return error_input(err, source->path,
                           "contradicts itself: it stores %s, which has %zu bits, in %d bits",
                           type_name(header->datatype), 8 * source->stored->bytes, header->bits);
    }
    double voxels = (double)source->volumes;
    for (int axis = 0; axis < 3; axis++) {
        voxels *= (double)source->geometry.size[axis];
    }
    if (voxels > MAX_VOXELS) {
        return error_input(err, source->path, "its header claims %.0f voxels; %.0f are the most that is read",
                           voxels, MAX_VOXELS);
    }
    double needed = header->data_at + voxels * (double)source->stored->bytes;
    if (!measure(source, fmax(needed, 0), err)) {
        return false;
    }
    if (!(header->data_at >= (double)header->bytes && needed <= (double)source->bytes)) {
        return error_input(err, source->path,
                           "its header claims voxels from byte %.0f to byte %.0f, but it holds %llu bytes",
                           header->data_at, needed, (unsigned long long)source->bytes);
    }
    if (!isfinite(header->slope) || !isfinite(header->intercept)) {
        return error_input(err, source->path, "its scale factor (scl_slope, scl_inter) is not finite");
    }
    return true;
}

/* Reads from a place before the voxels, which the file is known to hold. */
static bool read_before(Source *source, size_t at, void *out, size_t bytes, DensError **err)
{
    return (gzseek(source->stream, (z_off_t)at, SEEK_SET) >= 0 &&
            gzread(source->stream, out, (unsigned)bytes) == (int)bytes) ||
           error_input(err, source->path, "cannot be read up to its voxels");
}

/* The extensions between header and voxels (nifti1.h, "extended header"): each begins with its size and its
 * kind. What they hold is not read, but one that reaches into the voxels, or beyond the file, says that one
 * of the two places is wrong. */
static bool check_extensions(Source *source, DensError **err)
{
    enum { FLAG_BYTES = 4, LEAST = 8 };
    const size_t end = (size_t)source->header.data_at;
    size_t at = source->header.bytes + FLAG_BYTES;
    char flag[FLAG_BYTES] = {0};
    if (end < at || !read_before(source, at - FLAG_BYTES, flag, sizeof flag, err)) {
        return end < at; /* voxels right behind the header, as some old programs write them */
    }
    while (flag[0] && at + LEAST <= end) {
        int32_t size = 0;
        if (!read_before(source, at, &size, sizeof size, err)) {
            return false;
        }
        if (source->swapped) {
            size = (int32_t)__builtin_bswap32((uint32_t)size);
        }
        if (size == 0) { /* padding */
            return true;
        }
        if (size < LEAST || (size_t)size > end - at) {
            return error_input(err, source->path,
                               "has an extension of %ld bytes at byte %zu, but its voxels begin at byte %zu",
                               (long)size, at, end);
        }
        at += (size_t)size;
    }
    return true;
}

/* What rounding to single precision may add to the square of a quaternion's length. */
static const double quaternion_slack = 1e-5;

/* The affine of the qform (nifti1.h, method 2). Voxel sizes alone (method 1) say nothing of left and right:
 * the standard takes the first axis to run to the right, files from Analyze have it run to the left. */
static bool affine_from_qform(Source *source, double out[3][4], DensError **err)
{
    const Header *header = &source->header;
    if (header->qform_code <= 0) {
        return error_input(
            err, source->path,
            "says nowhere how its voxels lie in the patient (qform and sform have the code 0): "
            "left and right are unknown");
    }
    for (int axis = 1; axis <= 3; axis++) {
        if (!(header->pixdim[axis] > 0) || !isfinite(header->pixdim[axis])) {
            return error_input(err, source->path, "its voxel size %g mm on axis %d is not above 0",
                               header->pixdim[axis], axis);
        }
    }
    const double *q = header->quaternion, qfac = header->pixdim[0];
    if (!(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] <= 1 + quaternion_slack)) {
        return error_input(err, source->path, "its qform is no rotation: its quaternion is longer than 1");
    }
    if (qfac != 1 && qfac != -1 && qfac != 0) {
        return error_input(err, source->path,
                           "its qform does not say on which side it lies: pixdim[0] is %g instead of 1 or -1",
                           qfac);
    }
    nifti_dmat44 matrix = nifti_quatern_to_dmat44(
        header->quaternion[0], header->quaternion[1], header->quaternion[2], header->offset_mm[0],
        header->offset_mm[1], header->offset_mm[2], header->pixdim[1], header->pixdim[2], header->pixdim[3],
        header->pixdim[0] < 0 ? -1 : 1);
    for (int row = 0; row < 3; row++) {
        memcpy(out[row], matrix.m[row], sizeof out[row]);
    }
    return true;
}

/* The sform is used where there are both, as most programs do. Where an axis of voxels runs the other way in
 * the qform, one of the two is wrong of a side, and nobody can tell which. */
static bool check_forms(Source *source, DensError **err)
{
    double rigid[3][4] = {{0}};
    AUTO(error_auto) DensError *unused = NULL;
    if (source->header.qform_code <= 0 || !affine_from_qform(source, rigid, &unused)) {
        return true;
    }
    for (int axis = 0; axis < 3; axis++) {
        double together = 0;
        for (int row = 0; row < 3; row++) {
            together += rigid[row][axis] * source->header.srow[row][axis];
        }
        if (together < 0) {
            return error_input(
                err, source->path,
                "contradicts itself: its sform and its qform have voxel axis %d run in opposite "
                "directions; take the wrong one out (set its code to 0)",
                axis + 1);
        }
    }
    return true;
}

static bool check_geometry(Source *source, DensError **err)
{
    const Header *header = &source->header;
    if (header->unit != NIFTI_UNITS_UNKNOWN && header->unit != NIFTI_UNITS_MM) {
        return error_input(err, source->path, "gives its voxel sizes in %s; they must be in mm",
                           nifti_units_string(header->unit));
    }
    double affine[3][4];
    if (header->sform_code > 0) {
        memcpy(affine, header->srow, sizeof affine);
    } else if (!affine_from_qform(source, affine, err)) {
        return false;
    }
    size_t size[3];
    memcpy(size, source->geometry.size, sizeof size);
    if (!geometry_from_ras(&source->geometry, size, (const double(*)[4])affine)) {
        return error_input(err, source->path, "its %s is singular or not finite, so its voxels have no place",
                           header->sform_code > 0 ? "sform" : "qform");
    }
    return header->sform_code <= 0 || check_forms(source, err);
}

static bool source_open(Source *out, const char *path, bool several, DensError **err)
{
    *out = (Source){.path = path, .several = several};
    FileKind kind = file_kind(path);
    if (kind != FILE_REGULAR) {
        return error_input(err, path, kind == FILE_ABSENT ? "no such file" : "is no file");
    }
    if (!nifti_is(path)) {
        return error_input(err, path, "is no NIfTI file by its name (.nii or .nii.gz)");
    }
    out->stream = gzopen(path, "rb");
    if (!out->stream) {
        return error_input(err, path, "cannot be opened");
    }
    return read_header(out, err) && check_size(out, err) && check_claim(out, err) &&
           check_extensions(out, err) && check_geometry(out, err);
}

bool nifti_look(const char *path, NiftiInfo *out, DensError **err)
{
    AUTO(source_close) Source source = {0};
    if (!source_open(&source, path, true, err)) {
        return false;
    }
    *out = (NiftiInfo){source.geometry, source.volumes, type_name(source.header.datatype)};
    return true;
}

/* Calls `take` with all values in order, scaled, in chunks. */
static bool source_each(Source *source, bool (*take)(void *context, const double *values, size_t count),
                        void *context, DensError **err)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    unsigned char *raw = arena_alloc(arena, CHUNK_BYTES);
    double *values = arena_array(arena, CHUNK_VOXELS, sizeof *values);
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): an open source has a stored type (read_header) */
    const size_t width = source->stored->bytes;
    /* a slope of 0 means that the values stand as they are */
    const double slope = source->header.slope != 0 ? source->header.slope : 1;
    const double intercept = source->header.slope != 0 ? source->header.intercept : 0;
    if (gzseek(source->stream, (z_off_t)source->header.data_at, SEEK_SET) < 0) {
        return error_input(err, source->path, "cannot be read up to its voxels");
    }
    for (size_t left = source->volumes * geometry_voxels(&source->geometry); left > 0;) {
        size_t count = left < CHUNK_VOXELS ? left : CHUNK_VOXELS;
        if (gzread(source->stream, raw, (unsigned)(count * width)) != (int)(count * width)) {
            return error_input(err, source->path, "changed or broke off while it was read");
        }
        if (source->swapped) {
            nifti_swap_Nbytes((int64_t)count, (int)width, raw);
        }
        for (size_t n = 0; n < count; n++) {
            values[n] = slope * source->stored->value(raw + n * width) + intercept;
        }
        if (!take(context, values, count)) {
            return false;
        }
        left -= count;
    }
    return true;
}

static bool take_voxels(void *context, const double *values, size_t count)
{
    float **at = context;
    for (size_t n = 0; n < count; n++) {
        *(*at)++ = (float)values[n];
    }
    return true;
}

Volume *volume_read_nifti(const char *path, DensError **err)
{
    AUTO(source_close) Source source = {0};
    AUTO(volume_auto) Volume *volume = NULL;
    if (!source_open(&source, path, false, err) || !(volume = volume_new(&source.geometry, err))) {
        return NULL;
    }
    float *at = volume->voxels;
    if (!source_each(&source, take_voxels, &at, err)) {
        return NULL;
    }
    volume->source_name = memory_strdup(path);
    return TAKE(volume);
}

/* Where the next voxel goes: `at` counts over all volumes. */
typedef struct {
    Volume **volumes;
    size_t each, at;
} VolumesSink;

static bool take_volumes(void *context, const double *values, size_t count)
{
    VolumesSink *sink = context;
    for (size_t n = 0; n < count; n++, sink->at++) {
        sink->volumes[sink->at / sink->each]->voxels[sink->at % sink->each] = (float)values[n];
    }
    return true;
}

/* A step in time of less than this lies between excitations, not between volumes. */
static const double least_step_s = 0.3;

static double step_in_time_s(const Header *header)
{
    const double unit_s = header->time_unit == NIFTI_UNITS_SEC    ? 1
                          : header->time_unit == NIFTI_UNITS_MSEC ? 1e-3
                                                                  : 0;
    const double step_s = header->pixdim[4] * unit_s;
    return step_s >= least_step_s && isfinite(step_s) ? step_s : 0;
}

void volumes_free(Volume **volumes, size_t count)
{
    for (size_t n = 0; volumes && n < count; n++) {
        volume_free(volumes[n]);
    }
    free(volumes);
}

bool volumes_read_nifti(const char *path, Volume ***out, size_t *out_count, double *out_step_s,
                        DensError **err)
{
    AUTO(source_close) Source source = {0};
    if (!source_open(&source, path, true, err)) {
        return false;
    }
    Volume **volumes = memory_array(source.volumes, sizeof *volumes);
    bool good = true;
    for (size_t n = 0; good && n < source.volumes; n++) {
        volumes[n] = volume_new(&source.geometry, err);
        good = volumes[n] != NULL;
        if (good) {
            volumes[n]->source_name = memory_strdup(path);
        }
    }
    VolumesSink sink = {.volumes = volumes, .each = geometry_voxels(&source.geometry)};
    if (!good || !source_each(&source, take_volumes, &sink, err)) {
        volumes_free(volumes, source.volumes);
        return false;
    }
    *out = volumes;
    *out_count = source.volumes;
    *out_step_s = step_in_time_s(&source.header);
    return true;
}

typedef struct {
    uint16_t *at;
    const char *path;
    DensError **err;
} LabelSink;

static bool take_labels(void *context, const double *values, size_t count)
{
    LabelSink *sink = context;
    for (size_t n = 0; n < count; n++) {
        if (!(values[n] >= 0 && values[n] <= UINT16_MAX) || values[n] != floor(values[n])) {
            return error_input(sink->err, sink->path,
                               "holds the value %g, which is no label: labels are integers from 0 to 65535",
                               values[n]);
        }
        *sink->at++ = (uint16_t)values[n];
    }
    return true;
}

Mask *mask_read_nifti(const char *path, DensError **err)
{
    AUTO(source_close) Source source = {0};
    AUTO(mask_auto) Mask *mask = NULL;
    if (!source_open(&source, path, false, err) || !(mask = mask_new(&source.geometry, err))) {
        return NULL;
    }
    LabelSink sink = {mask->labels, path, err};
    if (!source_each(&source, take_labels, &sink, err)) {
        return NULL;
    }
    mask->source_name = memory_strdup(path);
    return TAKE(mask);
}

/* The header of a grid: sform always, qform where a rotation says it all. */
static bool make_header(const Geometry *geometry, int datatype, int bits, const char *path,
                        nifti_1_header *out, DensError **err)
{
    nifti_1_header header = {.sizeof_hdr = (int)sizeof header,
                             .regular = 'r',
                             .datatype = (short)datatype,
                             .bitpix = (short)bits,
                             .vox_offset = NIFTI1_DATA_AT,
                             .scl_slope = 1,
                             .xyzt_units = NIFTI_UNITS_MM,
                             .sform_code = NIFTI_XFORM_SCANNER_ANAT,
                             .magic = "n+1"};
    nifti_dmat44 matrix = {{{0}}};
    geometry_to_ras(geometry, matrix.m);
    matrix.m[3][3] = 1;
    header.dim[0] = 3;
    for (int axis = 0; axis < 3; axis++) {
        if (geometry->size[axis] == 0 || geometry->size[axis] > INT16_MAX) {
            return error_input(err, path, "%zu voxels on one axis do not fit in NIfTI-1 (1 to 32767)",
                               geometry->size[axis]);
        }
        header.dim[axis + 1] = (short)geometry->size[axis];
        header.pixdim[axis + 1] = (float)geometry->spacing_mm[axis];
    }
    for (int n = 4; n < 8; n++) {
        header.dim[n] = 1;
    }
    for (int n = 0; n < 4; n++) {
        header.srow_x[n] = (float)matrix.m[0][n];
        header.srow_y[n] = (float)matrix.m[1][n];
        header.srow_z[n] = (float)matrix.m[2][n];
    }
    double b, c, d, x, y, z, dx, dy, dz, qfac;
    nifti_dmat44_to_quatern(matrix, &b, &c, &d, &x, &y, &z, &dx, &dy, &dz, &qfac);
    header.qform_code = geometry->sheared ? NIFTI_XFORM_UNKNOWN : NIFTI_XFORM_SCANNER_ANAT;
    header.pixdim[0] = (float)qfac;
    header.quatern_b = (float)b;
    header.quatern_c = (float)c;
    header.quatern_d = (float)d;
    header.qoffset_x = (float)x;
    header.qoffset_y = (float)y;
    header.qoffset_z = (float)z;
    *out = header;
    return true;
}

static bool deflate_part(z_stream *stream, const void *bytes, size_t length, bool last)
{
    const Bytef *at = bytes;
    int status = Z_OK;
    do { /* avail_in is 32 bits wide */
        size_t part = length < (1u << 30) ? length : 1u << 30;
        stream->next_in = (z_const Bytef *)at;
        stream->avail_in = (uInt)part;
        at += part;
        length -= part;
        stream->avail_out = UINT32_MAX; /* the buffer holds deflateBound() bytes */
        status = deflate(stream, last && length == 0 ? Z_FINISH : Z_NO_FLUSH);
    } while (length > 0 && status == Z_OK);
    return status == (last ? Z_STREAM_END : Z_OK) && stream->avail_in == 0;
}

/* A gzip member without a date, so that the same volume gives the same file. `out` is empty. */
static bool pack_compressed(const char *head, const void *voxels, size_t voxel_bytes, Text *out,
                            DensError **err)
{
    enum { FAST = 3, GZIP = 15 + 16, MEMORY = 8 };
    z_stream stream = {0};
    if (deflateInit2(&stream, FAST, Z_DEFLATED, GZIP, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
        return error_no_memory(err);
    }
    size_t bound = deflateBound(&stream, NIFTI1_DATA_AT + voxel_bytes) + 64;
    char *packed = memory_try_array(bound + 1, 1);
    bool good = packed != NULL;
    if (!good) {
        error_no_memory(err);
    } else {
        stream.next_out = (Bytef *)packed;
        good = deflate_part(&stream, head, NIFTI1_DATA_AT, false) &&
               deflate_part(&stream, voxels, voxel_bytes, true);
        if (!good) {
            error_set(err, DENS_ERROR_INTERNAL, "NIfTI", "zlib could not compress the voxels");
        }
    }
    if (good) {
        size_t length = (size_t)((char *)stream.next_out - packed);
        packed[length] = '\0';
        *out = (Text){TAKE(packed), length, bound + 1};
    }
    free(packed);
    (void)deflateEnd(&stream);
    return good;
}

/* Voxels of a type and its width in bytes, with their header, into `out`, which is empty. */
static bool pack_grid(const Geometry *geometry, int datatype, const void *voxels, size_t width,
                      const char *path, bool compressed, Text *out, DensError **err)
{
    char head[NIFTI1_DATA_AT] = {0}; /* the header and four zeros: no extensions */
    nifti_1_header header;
    if (!make_header(geometry, datatype, (int)(8 * width), path, &header, err)) {
        return false;
    }
    memcpy(head, &header, sizeof header);
    size_t bytes = geometry_voxels(geometry) * width;
    if (compressed) {
        return pack_compressed(head, voxels, bytes, out, err);
    }
    char *whole = memory_try_array(sizeof head + bytes + 1, 1);
    if (!whole) {
        return error_no_memory(err);
    }
    memcpy(whole, head, sizeof head);
    memcpy(whole + sizeof head, voxels, bytes);
    whole[sizeof head + bytes] = '\0';
    *out = (Text){whole, sizeof head + bytes, sizeof head + bytes + 1};
    return true;
}

static bool write_grid(const Geometry *geometry, int datatype, const void *voxels, size_t width,
                       const char *path, DensError **err)
{
    AUTO_TEXT packed = TEXT_INIT;
    if (!nifti_is(path)) {
        return error_set(err, DENS_ERROR_USAGE, path, "a NIfTI file must end in .nii or .nii.gz");
    }
    return pack_grid(geometry, datatype, voxels, width, path, file_has_suffix(path, ".gz"), &packed, err) &&
           file_write(path, text_string(&packed), packed.length, err);
}

bool volume_write_nifti(const Volume *volume, const char *path, DensError **err)
{
    return write_grid(&volume->geometry, NIFTI_TYPE_FLOAT32, volume->voxels, sizeof *volume->voxels, path,
                      err);
}

bool mask_write_nifti(const Mask *mask, const char *path, DensError **err)
{
    return write_grid(&mask->geometry, NIFTI_TYPE_UINT16, mask->labels, sizeof *mask->labels, path, err);
}

bool volume_pack_nifti(const Volume *volume, Text *out, DensError **err)
{
    return pack_grid(&volume->geometry, NIFTI_TYPE_FLOAT32, volume->voxels, sizeof *volume->voxels,
                     "the volume", false, out, err);
}

bool mask_pack_nifti(const Mask *mask, Text *out, DensError **err)
{
    return pack_grid(&mask->geometry, NIFTI_TYPE_UINT16, mask->labels, sizeof *mask->labels, "the mask", true,
                     out, err);
}
