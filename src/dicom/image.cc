/* The frames of an image file: format and place of the pixels, place in the patient, and what tells each from
 * others (DICOM PS3.3 C.7.6.2, C.7.6.3, C.7.6.16).
 *
 * Classic images have one frame, and their attributes stand in the data set; in enhanced ones each frame has
 * functional groups, and there are shared ones for all. Pixels are not read here: the scan notes where they
 * are. */
#include "dcmtk.hh"

#include <sys/stat.h>

#include <cmath>

namespace dens
{

namespace
{

constexpr unsigned FRAMES_MAX = 100000;
constexpr size_t CS_MAX = 16; /* characters of a code string (PS3.5 6.2) */

bool image_problem(std::string &out, const std::string &what)
{
    out = what;
    return false;
}

bool check_bits(const PixelFormat &format, std::string &problem)
{
    if ((format.bits_allocated != 8 && format.bits_allocated != 16) || format.bits_stored < 1 ||
        format.bits_stored > format.bits_allocated) {
        return image_problem(problem, "stores pixels with " + std::to_string(format.bits_stored) + " of " +
                                          std::to_string(format.bits_allocated) +
                                          " bits; 8 or 16 bits are read");
    }
    /* Values in the upper bits are of old (PS3.5 8.1.1 has them no more); frame_check() looks whether the
     * pixels are so indeed. */
    return (format.high_bit + 1 >= format.bits_stored && format.high_bit < format.bits_allocated) ||
           image_problem(problem, "stores pixels with " + std::to_string(format.bits_stored) +
                                      " bits, but its high bit is " + std::to_string(format.high_bit));
}

/* What has no default is not guessed: another number of bits or another sign makes other values. */
bool read_format(DcmDataset &dataset, PixelFormat &out, std::string &problem)
{
    const struct {
        const char *name;
        DcmTagKey key;
        unsigned *value;
    } needed[] = {{"Rows", DCM_Rows, &out.rows},
                  {"Columns", DCM_Columns, &out.columns},
                  {"BitsAllocated", DCM_BitsAllocated, &out.bits_allocated},
                  {"BitsStored", DCM_BitsStored, &out.bits_stored}};
    unsigned representation = 0;
    for (const auto &each : needed) {
        if (!integer_of(dataset, each.key, *each.value)) {
            return image_problem(problem, std::string("has no ") + each.name);
        }
    }
    if (!integer_of(dataset, DCM_PixelRepresentation, representation) || representation > 1) {
        return image_problem(problem,
                             "has no valid PixelRepresentation: whether its values have a sign is unknown");
    }
    out.is_signed = representation == 1;
    out.high_bit = out.bits_stored - 1;
    (void)integer_of(dataset, DCM_HighBit, out.high_bit);
    if (out.rows < 1 || out.columns < 1 || out.rows > 65535 || out.columns > 65535) {
        return image_problem(problem, "claims " + std::to_string(out.columns) + " × " +
                                          std::to_string(out.rows) + " pixels");
    }
    return check_bits(out, problem);
}

/* Who decodes a transfer syntax. False: nobody here. */
bool codec_of(const DcmXfer &syntax, PixelCodec &out)
{
    switch (syntax.getXfer()) {
    case EXS_RLELossless:
        out = CODEC_RLE;
        return true;
    case EXS_JPEGProcess1:
    case EXS_JPEGProcess2_4:
    case EXS_JPEGProcess14:
    case EXS_JPEGProcess14SV1:
        out = CODEC_JPEG;
        return true;
    case EXS_JPEGLSLossless:
    case EXS_JPEGLSLossy:
        out = CODEC_JPEG_LS;
        return true;
    case EXS_JPEG2000LosslessOnly:
    case EXS_JPEG2000:
        out = CODEC_JPEG_2000;
        return true;
    default:
        out = CODEC_PARSED;
        return !syntax.isEncapsulated();
    }
}

/* How the pixels are stored, and whether the file can hold as many as its header claims. */
bool find_pixels(DcmFileFormat &file, const PixelFormat &format, const PixelPlace &place, PixelFile &out,
                 std::string &problem)
{
    DcmDataset &dataset = *file.getDataset();
    DcmXfer syntax(dataset.getOriginalXfer());
    DcmElement *element = nullptr;
    std::string stated = text_of(*file.getMetaInfo(), DCM_TransferSyntaxUID);
    E_TransferSyntax named = DcmXfer(stated.c_str()).getXfer();
    /* GE's own has the words of its pixels in the other order than all else */
    if (!stated.empty() && (named == EXS_Unknown || named == EXS_PrivateGE_LEI_WithBigEndianPixelData)) {
        return image_problem(problem, "is written in the transfer syntax " + stated + ", which is not read");
    }
    if (!codec_of(syntax, out.codec)) {
        return image_problem(problem, std::string("is compressed as ") + syntax.getXferName() + " (" +
                                          syntax.getXferID() + "), which is not read");
    }
    if (dataset.findAndGetElement(DCM_PixelData, element).bad() || !element) {
        return image_problem(problem, "has no pixel data");
    }
    out.at = place.at;
    out.length = place.length;
    if (syntax.isEncapsulated()) {
        return (place.known && place.encapsulated) ||
               image_problem(problem,
                             "is compressed, but its pixel data are not stored as compressed ones are");
    }
    if (syntax.getByteOrder() == EBO_BigEndian && format.bits_allocated > 8 && place.as_bytes) {
        return image_problem(problem, "is big endian, and stores its pixels as bytes: the order of those is "
                                      "unknown");
    }
    unsigned long held = element->getLength();
    size_t needed = pixel_bytes(&format) * out.frames;
    if (held < needed || held - needed >= pixel_bytes(&format)) {
        std::string frames = out.frames == 1 ? "" : std::to_string(out.frames) + " frames of ";
        return image_problem(problem, "claims " + frames + std::to_string(format.columns) + " × " +
                                          std::to_string(format.rows) + " pixels of " +
                                          std::to_string(format.bits_allocated) + " bits, which are " +
                                          std::to_string(needed) + " bytes, but holds " +
                                          std::to_string(held));
    }
    if (place.known && place.plain && !place.encapsulated && place.length == held) {
        out.codec = CODEC_PLAIN;
    }
    return true;
}

bool note_file(const char *path, PixelFile &out, std::string &problem)
{
    struct stat info = {};
    if (stat(path, &info) != 0) {
        return image_problem(problem, "cannot be opened");
    }
    out.size = static_cast<uint64_t>(info.st_size);
    out.changed_ns = static_cast<int64_t>(info.st_mtim.tv_sec) * 1000000000 + info.st_mtim.tv_nsec;
    return true;
}

constexpr char NO_PLACE[] = ": its place in the patient is unknown";

bool read_place(const Scope &scope, Slice &out, std::string &problem)
{
    double spacing[2];
    DcmItem *holder = scope.holder(DCM_PlanePositionSequence, DCM_ImagePositionPatient);
    if (!holder || !vec3_of(*holder, DCM_ImagePositionPatient, out.position_lps_mm)) {
        return image_problem(problem, std::string("has no ImagePositionPatient") + NO_PLACE);
    }
    holder = scope.holder(DCM_PlaneOrientationSequence, DCM_ImageOrientationPatient);
    if (!holder || !vec3_of(*holder, DCM_ImageOrientationPatient, out.row_lps) ||
        !vec3_of(*holder, DCM_ImageOrientationPatient, out.column_lps, 3)) {
        return image_problem(problem, std::string("has no ImageOrientationPatient") + NO_PLACE);
    }
    holder = scope.holder(DCM_PixelMeasuresSequence, DCM_PixelSpacing);
    if (!holder || !numbers_of(*holder, DCM_PixelSpacing, spacing, 2)) {
        return image_problem(problem, "has no PixelSpacing");
    }
    out.down_mm = spacing[0]; /* the first value is the distance of rows */
    out.across_mm = spacing[1];
    return true;
}

/* A radiograph has a pixel spacing on its detector at best, and no place in the patient: its grid is nominal.
 */
bool place_projection(const Scope &scope, Slice &out, std::string &problem)
{
    double spacing[2] = {1, 1};
    DcmItem &dataset = *scope.dataset;
    for (const DcmTagKey &key : {DCM_PixelSpacing, DCM_ImagerPixelSpacing}) {
        if (dataset.tagExistsWithValue(key)) {
            if (!numbers_of(dataset, key, spacing, 2) || !stack_is_spacing(spacing[0]) ||
                !stack_is_spacing(spacing[1])) {
                return image_problem(problem, "its pixel spacing is none that a detector has");
            }
            break;
        }
    }
    out.row_lps = vec3(1, 0, 0);
    out.column_lps = vec3(0, 1, 0);
    out.down_mm = spacing[0];
    out.across_mm = spacing[1];
    return true;
}

bool is_projection(DcmDataset &dataset)
{
    std::string modality = text_of(dataset, DCM_Modality);
    return modality == "CR" || modality == "DX" || modality == "RG";
}

/* What all frames of a file have in common. */
struct Image {
    Arena *arena;
    const char *path;
    DcmDataset *dataset;
    PixelFile *file;
    PixelFormat format;
    const char *frame_uid;
    bool inverted_display, projection;
};

bool make_frame(const Image &image, const Scope &scope, unsigned number, std::vector<Frame *> &out,
                std::string &problem)
{
    Frame *frame = static_cast<Frame *>(arena_alloc(image.arena, sizeof *frame));
    frame->file = image.file;
    frame->number = number;
    frame->format = image.format;
    frame->inverted_display = image.inverted_display;
    frame->slice.rows = image.format.rows;
    frame->slice.columns = image.format.columns;
    frame->slice.frame_uid = image.frame_uid;
    frame->slice.file = image.path;
    if (image.file->frames > 1) {
        std::string name = std::string(image.path) + ", frame " + std::to_string(number + 1);
        frame->slice.file = arena_strdup(image.arena, name.c_str());
    }
    out.push_back(frame); /* its pixels can be looked at even if it has no place */
    tags_of(image.arena, scope, frame->tags);
    frame->projection = image.projection;
    return scale_of(image.arena, scope, *frame, problem) &&
           (image.projection ? place_projection(scope, frame->slice, problem)
                             : read_place(scope, frame->slice, problem));
}

bool make_enhanced(const Image &image, std::vector<Frame *> &out, std::string &problem)
{
    DcmSequenceOfItems *frames = nullptr;
    DcmItem *shared = nullptr;
    (void)image.dataset->findAndGetSequenceItem(DCM_SharedFunctionalGroupsSequence, shared, 0);
    if (image.dataset->findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, frames).bad() || !frames ||
        frames->card() != image.file->frames) {
        return image_problem(problem, "claims " + std::to_string(image.file->frames) +
                                          " frames and describes " +
                                          std::to_string(frames ? frames->card() : 0ul));
    }
    unsigned number = 0;
    for (DcmObject *object = nullptr; (object = frames->nextInContainer(object)); number++) {
        Scope scope = {image.dataset, static_cast<DcmItem *>(object), shared};
        if (!make_frame(image, scope, number, out, problem)) {
            problem.insert(0, "frame " + std::to_string(number + 1) + " ");
            return false;
        }
    }
    return true;
}

bool make_classic(const Image &image, std::vector<Frame *> &out, std::string &problem)
{
    if (!make_frame(image, Scope{image.dataset, nullptr, nullptr}, 0, out, problem)) {
        return false;
    }
    const Frame &frame = *out.back();
    if (!is_mosaic(frame)) {
        return true;
    }
    out.pop_back();
    return mosaic_split(image.arena, *image.dataset, frame, out, problem);
}

/* Frames without functional groups, as ultrasound and nuclear medicine have them: all as the first. */
bool make_placeless(const Image &image, std::vector<Frame *> &out, std::string &problem)
{
    (void)make_frame(image, Scope{image.dataset, nullptr, nullptr}, 0, out, problem);
    const Frame *first = out.back();
    for (unsigned number = 1; number < image.file->frames; number++) {
        Frame *frame = static_cast<Frame *>(arena_alloc(image.arena, sizeof *frame));
        *frame = *first;
        frame->number = number;
        out.push_back(frame);
    }
    return image_problem(problem, "is a multi-frame image of " + std::to_string(image.file->frames) +
                                      " frames without a place for each");
}

} // namespace

bool vec3_of(DcmItem &item, const DcmTagKey &key, Vec3 &out, unsigned long from)
{
    return number_of(item, key, out.x, from) && number_of(item, key, out.y, from + 1) &&
           number_of(item, key, out.z, from + 2);
}

DcmItem *Scope::holder(const DcmTagKey &group, const DcmTagKey &attribute) const
{
    for (DcmItem *outer : {own, shared}) {
        DcmItem *item = nullptr;
        if (outer && outer->findAndGetSequenceItem(group, item, 0).good() && item &&
            item->tagExistsWithValue(attribute)) {
            return item;
        }
    }
    return dataset->tagExistsWithValue(attribute) ? dataset : nullptr;
}

std::string Scope::text(const DcmTagKey &group, const DcmTagKey &attribute) const
{
    DcmItem *item = holder(group, attribute);
    return item ? all_text_of(*item, attribute) : "";
}

bool Scope::number(const DcmTagKey &group, const DcmTagKey &attribute, double &out) const
{
    DcmItem *item = holder(group, attribute);
    return item && number_of(*item, attribute, out);
}

bool image_frames(Arena *arena, DcmFileFormat &file, const char *path, const PixelPlace &place,
                  std::vector<Frame *> &out, std::string &problem)
{
    DcmDataset &dataset = *file.getDataset();
    unsigned frames = 1;
    unsigned samples = 1;
    Image image = {};
    bool counted = integer_of(dataset, DCM_NumberOfFrames, frames);
    (void)integer_of(dataset, DCM_SamplesPerPixel, samples);
    bool enhanced = dataset.tagExists(DCM_PerFrameFunctionalGroupsSequence);
    std::string photometric = text_of(dataset, DCM_PhotometricInterpretation);
    if (dataset.tagExists(DCM_FloatPixelData) || dataset.tagExists(DCM_DoubleFloatPixelData)) {
        return image_problem(problem, "stores its pixels as floating point numbers, which are not read");
    }
    if (!dataset.tagExists(DCM_PixelData)) {
        std::string modality = text_of(dataset, DCM_Modality);
        return image_problem(problem, "holds no image" +
                                          (modality.empty() ? "" : " (its modality is " + modality + ")"));
    }
    if (samples != 1 || photometric == "PALETTE COLOR") {
        return image_problem(problem, "is a colour image; images with one value a pixel are read");
    }
    if (!photometric.empty() && photometric != "MONOCHROME1" && photometric != "MONOCHROME2") {
        return image_problem(problem, "has the PhotometricInterpretation " + photometric.substr(0, CS_MAX) +
                                          "; MONOCHROME1 and MONOCHROME2 are read");
    }
    if (!counted && dataset.tagExistsWithValue(DCM_NumberOfFrames)) {
        return image_problem(problem, "its NumberOfFrames is no number of frames");
    }
    if (frames == 0 || frames > FRAMES_MAX) {
        return image_problem(problem, "claims " + std::to_string(frames) + " frames");
    }
    if (!read_format(dataset, image.format, problem)) {
        return false;
    }
    image.arena = arena;
    image.dataset = &dataset;
    image.path = path;
    image.file = static_cast<PixelFile *>(arena_alloc(arena, sizeof *image.file));
    image.file->path = path;
    image.file->frames = frames;
    image.frame_uid = arena_strdup(arena, text_of(dataset, DCM_FrameOfReferenceUID).c_str());
    image.projection = is_projection(dataset);
    image.inverted_display = photometric == "MONOCHROME1";
    if (!note_file(path, *image.file, problem) ||
        !find_pixels(file, image.format, place, *image.file, problem)) {
        return false;
    }
    return enhanced      ? make_enhanced(image, out, problem)
           : frames == 1 ? make_classic(image, out, problem)
                         : make_placeless(image, out, problem);
}

} // namespace dens

using namespace dens;

namespace
{

/* The words of one frame, from OB or OW. */
bool hand_over(DcmElement &element, const Frame &frame, size_t index, FrameTake take, void *context,
               DensError **err)
{
    const PixelFormat &format = frame.format;
    const size_t pixels = static_cast<size_t>(format.rows) * format.columns;
    Uint8 *bytes = nullptr;
    Uint16 *words = nullptr;
    OFCondition status =
        format.bits_allocated == 8 ? element.getUint8Array(bytes) : element.getUint16Array(words);
    if (status.bad() || !(bytes || words) ||
        element.getLength() < pixel_bytes(&format) * (frame.number + 1)) {
        return error_input(err, frame.file->path, "its pixel data cannot be read: %s", status.text());
    }
    return bytes ? take(context, index, bytes + pixels * frame.number, err)
                 : take(context, index, words + pixels * frame.number, err);
}

bool parse_frames(const Frame *const *frames, size_t count, size_t first, FrameTake take, void *context,
                  DensError **err)
{
    DcmFileFormat file;
    PixelPlace place;
    DcmElement *element = nullptr;
    const char *path = frames[0]->file->path;
    if (!load(path, file, place, err)) {
        return false;
    }
    if (file.getDataset()->findAndGetElement(DCM_PixelData, element).bad() || !element) {
        return error_input(err, path, "has no pixel data");
    }
    for (size_t n = 0; n < count; n++) {
        if (!hand_over(*element, *frames[n], first + n, take, context, err)) {
            return false;
        }
    }
    return true;
}

} // namespace

extern "C" bool frames_parse(const Frame *const *frames, size_t count, size_t first, FrameTake take,
                             void *context, DensError **err)
{
    return guarded<bool>(err, frames[0]->file->path, false,
                         [&] { return parse_frames(frames, count, first, take, context, err); });
}
