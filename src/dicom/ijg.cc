/* One compressed frame through DCMTK's codecs (IJG's JPEG in three depths, CharLS).
 *
 * The frame is laid into a data set made for it alone, so that the codec meets no other byte of the file. The
 * codec is chosen by the codestream's own frame marker, not by the transfer syntax, which some writers get
 * wrong. */
#include "dcmtk.hh"

#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>

#include <mutex>

extern "C" {
#include "dicom/ijg.h"
}

using namespace dens;

namespace
{

constexpr unsigned SOF_BASELINE = 0xc0;
constexpr unsigned SOF_EXTENDED = 0xc1;
constexpr unsigned PREDICTOR_FIRST = 1;

void register_codecs()
{
    DJDecoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
}

/* Said of many scanners' JPEG of 12 bits, whose scan headers name a spectral selection that this process does
 * not have; the decoder does not use it. */
constexpr char HARMLESS[] = "Invalid SOS parameters for sequential JPEG";

/* What the codec said that means damage; "" if nothing. */
std::string damage_of(const Warnings &warnings)
{
    for (const std::string &line : warnings.lines) {
        if (line.find(HARMLESS) == std::string::npos) {
            return line;
        }
    }
    return "";
}

E_TransferSyntax syntax_of(PixelCodec codec, const Codestream &stream)
{
    if (codec == CODEC_JPEG_LS) {
        return EXS_JPEGLSLossy; /* decodes both */
    }
    if (stream.process == SOF_BASELINE && stream.precision == 8) {
        return EXS_JPEGProcess1;
    }
    if (stream.process == SOF_BASELINE || stream.process == SOF_EXTENDED) {
        return EXS_JPEGProcess2_4;
    }
    return stream.predictor == PREDICTOR_FIRST ? EXS_JPEGProcess14SV1 : EXS_JPEGProcess14;
}

/* The data set around the frame. */
void describe(DcmDataset &dataset, const PixelFormat &format, const Codestream &stream)
{
    Uint16 allocated = stream.precision > 8 ? 16 : 8;
    (void)dataset.putAndInsertUint16(DCM_Rows, static_cast<Uint16>(format.rows));
    (void)dataset.putAndInsertUint16(DCM_Columns, static_cast<Uint16>(format.columns));
    (void)dataset.putAndInsertUint16(DCM_SamplesPerPixel, 1);
    (void)dataset.putAndInsertUint16(DCM_BitsAllocated, allocated);
    (void)dataset.putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(stream.precision));
    (void)dataset.putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(stream.precision - 1));
    (void)dataset.putAndInsertUint16(DCM_PixelRepresentation, 0);
    (void)dataset.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME2");
    (void)dataset.putAndInsertString(DCM_NumberOfFrames, "1");
}

/* The frame as pixel data; the data set owns it. */
DcmPixelData *lay_in(DcmDataset &dataset, E_TransferSyntax syntax, const unsigned char *bytes, size_t length)
{
    auto pixels = std::make_unique<DcmPixelData>(DCM_PixelData);
    auto sequence = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelSequenceTag));
    auto table = std::make_unique<DcmPixelItem>(DcmTag(DCM_PixelItemTag));
    auto fragment = std::make_unique<DcmPixelItem>(DcmTag(DCM_PixelItemTag));
    std::vector<Uint8> even(bytes, bytes + length);
    even.resize(length + length % 2);
    if (sequence->insert(table.get()).bad()) {
        return nullptr;
    }
    (void)table.release();
    if (fragment->putUint8Array(even.data(), static_cast<unsigned long>(even.size())).bad() ||
        sequence->insert(fragment.get()).bad()) {
        return nullptr;
    }
    (void)fragment.release();
    pixels->putOriginalRepresentation(syntax, nullptr, sequence.release());
    DcmPixelData *inside = pixels.get();
    return dataset.insert(pixels.release(), OFTrue).good() ? inside : nullptr;
}

bool decode(PixelCodec codec, const PixelFormat &format, const Codestream &stream, const unsigned char *bytes,
            size_t length, unsigned char *out, DensError **err)
{
    static std::once_flag once;
    const size_t pixels = static_cast<size_t>(format.rows) * format.columns;
    const size_t decoded_bytes = pixels * (stream.precision > 8 ? 2 : 1);
    std::vector<Uint8> decoded(decoded_bytes + decoded_bytes % 2);
    DcmDataset dataset;
    Warnings warnings;
    if (!library_ready(err)) {
        return false;
    }
    std::call_once(once, register_codecs);
    describe(dataset, format, stream);
    DcmPixelData *element = lay_in(dataset, syntax_of(codec, stream), bytes, length);
    if (!element) {
        throw std::bad_alloc();
    }
    Uint32 fragment = 0;
    OFString colours;
    OFCondition status = element->getUncompressedFrame(&dataset, 0, fragment, decoded.data(),
                                                       static_cast<Uint32>(decoded.size()), colours);
    std::string damage = damage_of(warnings);
    if (status.bad() || !damage.empty()) {
        return error_input(err, nullptr, "its compressed image is damaged: %s",
                           damage.empty() ? status.text() : damage.c_str());
    }
    if (format.bits_allocated == 8 || stream.precision > 8) {
        std::copy(decoded.begin(), decoded.begin() + static_cast<std::ptrdiff_t>(decoded_bytes), out);
        return true;
    }
    for (size_t n = 0; n < pixels; n++) {
        out[2 * n] = decoded[n];
        out[2 * n + 1] = 0;
    }
    return true;
}

} // namespace

extern "C" bool ijg_decode(PixelCodec codec, const PixelFormat *format, const Codestream *stream,
                           const unsigned char *bytes, size_t length, unsigned char *out, DensError **err)
{
    return guarded<bool>(err, "frame", false,
                         [&] { return decode(codec, *format, *stream, bytes, length, out, err); });
}
