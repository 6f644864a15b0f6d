/* The values of one uncompressed image plane.
 *
 * Stored bits become values by DICOM PS3.5 8.1.1 (BitsStored up to HighBit, sign by PixelRepresentation) and
 * the rescale of PS3.3 C.11.1. The photometric interpretation is left alone: MONOCHROME1 says how a value is
 * shown, not what it is (C.7.6.3.1.2). Padding (C.7.5.1.1.2) was never measured: it becomes air in a CT, else
 * the smallest value that was measured in its slice. */
#include "dcmtk.hh"

#include <algorithm>
#include <limits>

namespace dens
{

namespace
{

constexpr double PADDING_MAX_HU =
    -1000; /* a "padding" above is a value that tissue has, and is not believed */

struct Format {
    unsigned rows = 0, columns = 0, bits_allocated = 0, bits_stored = 0, high_bit = 0;
    bool is_signed = false;
    size_t pixels() const
    {
        return static_cast<size_t>(rows) * columns;
    }
    /* The value of a stored word. */
    int value(unsigned word) const
    {
        unsigned bits = (word >> (high_bit + 1 - bits_stored)) & ((1u << bits_stored) - 1);
        bool negative = is_signed && (bits >> (bits_stored - 1) & 1);
        return static_cast<int>(bits) - (negative ? 1 << bits_stored : 0);
    }
};

bool read_format(DcmDataset &dataset, Format &out)
{
    unsigned representation = 0;
    (void)integer_of(dataset, DCM_PixelRepresentation, representation);
    out.is_signed = representation == 1;
    if (!integer_of(dataset, DCM_Rows, out.rows) || !integer_of(dataset, DCM_Columns, out.columns) ||
        !integer_of(dataset, DCM_BitsAllocated, out.bits_allocated)) {
        return false;
    }
    out.bits_stored = out.bits_allocated;
    (void)integer_of(dataset, DCM_BitsStored, out.bits_stored);
    out.high_bit = out.bits_stored - 1;
    (void)integer_of(dataset, DCM_HighBit, out.high_bit);
    return (out.bits_allocated == 8 || out.bits_allocated == 16) && out.bits_stored >= 1 &&
           out.bits_stored <= out.bits_allocated && out.high_bit + 1 >= out.bits_stored &&
           out.high_bit < out.bits_allocated && representation <= 1;
}

struct Rescale {
    double slope = 1, intercept = 0;
};

bool read_rescale(DcmDataset &dataset, const char *path, Rescale &out, DensError **err)
{
    bool has_slope = dataset.tagExistsWithValue(DCM_RescaleSlope);
    bool has_intercept = dataset.tagExistsWithValue(DCM_RescaleIntercept);
    if (dataset.tagExists(DCM_ModalityLUTSequence)) {
        return error_input(err, path, "has a modality look-up table; a rescale slope and intercept are read");
    }
    if (text_of(dataset, DCM_Modality) == "CT" && !has_intercept) {
        return error_input(err, path, "has no RescaleIntercept: its HU are unknown");
    }
    if ((has_slope && !number_of(dataset, DCM_RescaleSlope, out.slope)) ||
        (has_intercept && !number_of(dataset, DCM_RescaleIntercept, out.intercept)) || out.slope == 0) {
        return error_input(err, path, "its rescale slope and intercept are no numbers, or the slope is 0");
    }
    return true;
}

/* The range of stored values that stand for "nothing was measured here". */
struct Padding {
    bool there = false;
    int low = 0, high = 0;
};

bool stored_value_of(DcmDataset &dataset, const DcmTagKey &key, const Format &format, int &out)
{
    Uint16 word = 0;
    Sint16 signed_word = 0;
    /* its VR is US or SS, not always the one that fits the pixels */
    if (dataset.findAndGetUint16(key, word).bad()) {
        if (dataset.findAndGetSint16(key, signed_word).bad()) {
            return false;
        }
        word = static_cast<Uint16>(signed_word);
    }
    out = format.is_signed ? static_cast<int>(static_cast<Sint16>(word)) : static_cast<int>(word);
    return true;
}

Padding read_padding(DcmDataset &dataset, const Format &format, const Rescale &rescale)
{
    Padding out;
    out.there = stored_value_of(dataset, DCM_PixelPaddingValue, format, out.low);
    out.high = out.low;
    int limit = 0;
    if (out.there && stored_value_of(dataset, DCM_PixelPaddingRangeLimit, format, limit)) {
        out.low = std::min(out.low, limit);
        out.high = std::max(out.high, limit);
    }
    if (pixels_are_hu(dataset) && out.there) {
        double most = std::max(out.low * rescale.slope, out.high * rescale.slope) + rescale.intercept;
        out.there = most <= PADDING_MAX_HU;
    }
    return out;
}

/* The stored words, from OB or OW. */
bool read_words(DcmDataset &dataset, const Format &format, const char *path, std::vector<unsigned> &out,
                DensError **err)
{
    DcmElement *element = nullptr;
    size_t needed = format.pixels() * format.bits_allocated / 8;
    if (dataset.findAndGetElement(DCM_PixelData, element).bad() || !element) {
        return error_input(err, path, "has no pixel data");
    }
    if (element->getLength() < needed) {
        return error_input(err, path, "claims %u × %u pixels of %u bits, which are %zu bytes, but holds %lu",
                           format.columns, format.rows, format.bits_allocated, needed,
                           static_cast<unsigned long>(element->getLength()));
    }
    Uint8 *bytes = nullptr;
    Uint16 *words = nullptr;
    OFCondition status =
        format.bits_allocated == 8 ? element->getUint8Array(bytes) : element->getUint16Array(words);
    if (status.bad() || !(bytes || words)) {
        return error_input(err, path, "its pixel data cannot be read: %s", status.text());
    }
    out.resize(format.pixels());
    for (size_t n = 0; n < out.size(); n++) {
        out[n] = bytes ? bytes[n] : words[n];
    }
    return true;
}

} // namespace

bool pixels_are_hu(DcmDataset &dataset)
{
    std::string type = text_of(dataset, DCM_RescaleType);
    return text_of(dataset, DCM_Modality) == "CT" && (type.empty() || type == "HU");
}

std::string pixels_problem(DcmDataset &dataset)
{
    DcmXfer syntax(dataset.getOriginalXfer());
    unsigned frames = 1;
    unsigned samples = 1;
    Format format;
    (void)integer_of(dataset, DCM_NumberOfFrames, frames);
    (void)integer_of(dataset, DCM_SamplesPerPixel, samples);
    if (!dataset.tagExists(DCM_PixelData)) {
        std::string modality = text_of(dataset, DCM_Modality);
        return "holds no image" + (modality.empty() ? "" : " (its modality is " + modality + ")");
    }
    if (syntax.isEncapsulated()) {
        return std::string("is compressed (") + syntax.getXferName() + ", " + syntax.getXferID() +
               "); uncompressed images are read";
    }
    if (frames != 1 || dataset.tagExists(DCM_SharedFunctionalGroupsSequence)) {
        return "is an enhanced or multi-frame image of " + std::to_string(frames) +
               " frames; images of one frame are read";
    }
    if (samples != 1) {
        return "is a colour image; images with one value a pixel are read";
    }
    if (!read_format(dataset, format)) {
        return "stores pixels with " + std::to_string(format.bits_stored) + " of " +
               std::to_string(format.bits_allocated) + " bits, high bit " + std::to_string(format.high_bit) +
               "; 8 or 16 bits are read";
    }
    return "";
}

bool pixels_read(DcmDataset &dataset, const char *path, std::vector<float> &out, DensError **err)
{
    Format format;
    Rescale rescale;
    std::vector<unsigned> words;
    std::string problem = pixels_problem(dataset);
    if (!problem.empty()) {
        return error_input(err, path, "%s", problem.c_str());
    }
    if (!read_format(dataset, format) || !read_rescale(dataset, path, rescale, err) ||
        !read_words(dataset, format, path, words, err)) {
        return false;
    }
    const Padding padding = read_padding(dataset, format, rescale);
    const float nothing = std::numeric_limits<float>::infinity();
    float smallest = nothing;
    out.resize(words.size());
    for (size_t n = 0; n < words.size(); n++) {
        int value = format.value(words[n]);
        bool padded = padding.there && value >= padding.low && value <= padding.high;
        out[n] = padded ? nothing : static_cast<float>(rescale.slope * value + rescale.intercept);
        smallest = std::min(smallest, out[n]);
    }
    if (pixels_are_hu(dataset)) {
        smallest = CT_PADDING_HU;
    } else if (smallest == nothing) {
        smallest = 0;
    }
    std::replace(out.begin(), out.end(), nothing, smallest);
    return true;
}

} // namespace dens
