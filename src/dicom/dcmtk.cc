/* DCMTK made quiet and safe: its log goes to whom it concerns, a file is looked at before it is parsed, and
 * attributes are read without the library's habit of setting the result to 0 where there is nothing.
 *
 * The log's appender and its thread's listener are the only global state of this room: DCMTK's log is global,
 * and there is no other way to hear of damage that it only warns of. */
#include "dcmtk.hh"

#include <dcmtk/oflog/appender.h>
#include <dcmtk/oflog/oflog.h>
#include <dcmtk/oflog/spi/logevent.h>

#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>

extern "C" {
#include "base/utf8.h"
}

namespace dens
{

namespace
{

constexpr size_t WARNINGS_MAX = 64;
constexpr size_t DEFLATED_MAX_BYTES = 256u << 20; /* of one file, inflated */
constexpr char DEFLATED_SYNTAX[] = "1.2.840.10008.1.2.1.99";

thread_local Warnings *listener = nullptr;

/* Hands DCMTK's warnings to the listener of the thread that they arise in. */
class Listening : public dcmtk::log4cplus::Appender
{
  public:
    ~Listening() override
    {
        destructorImpl();
    }
    void close() override
    {
    }

  protected:
    void append(const dcmtk::log4cplus::spi::InternalLoggingEvent &event) override
    {
        if (listener && listener->lines.size() < WARNINGS_MAX) {
            listener->lines.emplace_back(event.getMessage().c_str());
        }
    }
};

void make_quiet()
{
    OFLog::configure(OFLogger::WARN_LOG_LEVEL);
    /* what is stored as of unknown kind and stands in the dictionary is read as what that says it is */
    dcmEnableUnknownVRConversion.set(OFTrue);
    dcmtk::log4cplus::Logger root = dcmtk::log4cplus::Logger::getRoot();
    root.removeAllAppenders();
    dcmtk::log4cplus::SharedAppenderPtr appender(new Listening);
    root.addAppender(appender);
}

/* A file in memory that DCMTK can open by name, as it checks lengths against files only. */
class MemoryFile
{
  public:
    MemoryFile()
        : descriptor(memfd_create("dicom", MFD_CLOEXEC)), name("/proc/self/fd/" + std::to_string(descriptor))
    {
    }
    ~MemoryFile()
    {
        if (descriptor >= 0) {
            (void)close(descriptor);
        }
    }
    MemoryFile(const MemoryFile &) = delete;
    MemoryFile &operator=(const MemoryFile &) = delete;
    bool write(const unsigned char *bytes, size_t length)
    {
        while (length > 0) {
            ssize_t done = ::write(descriptor, bytes, length);
            if (done <= 0) {
                return false;
            }
            bytes += done;
            length -= static_cast<size_t>(done);
        }
        return true;
    }
    int descriptor;
    std::string name;
};

/* Inflates a data set (DICOM PS3.5 A.5: without zlib's header). */
bool inflate_into(MemoryFile &out, const char *bytes, size_t length, const char *path, DensError **err)
{
    std::vector<unsigned char> block(1 << 16);
    z_stream stream = {};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
        return error_no_memory(err);
    }
    std::unique_ptr<z_stream, int (*)(z_stream *)> closing(&stream, inflateEnd);
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes));
    stream.avail_in = static_cast<uInt>(length);
    int status = Z_OK;
    while (status == Z_OK) {
        stream.next_out = block.data();
        stream.avail_out = static_cast<uInt>(block.size());
        status = inflate(&stream, Z_NO_FLUSH);
        if (stream.total_out > DEFLATED_MAX_BYTES) {
            return error_input(err, path, "is deflated and holds more than %zu MiB",
                               DEFLATED_MAX_BYTES >> 20);
        }
        if (!out.write(block.data(), block.size() - stream.avail_out)) {
            return error_set(err, DENS_ERROR_INTERNAL, path, "no memory to inflate it");
        }
    }
    return status == Z_STREAM_END ||
           error_input(err, path, "is cut off or damaged: its deflated part has no end");
}

bool refuse(const char *path, const OFCondition &status, const Warnings &warnings, DensError **err)
{
    if (has_preamble(path)) {
        error_input(err, path, "is cut off or damaged: %s", status.text());
    } else {
        error_input(err, path, "is no DICOM file");
    }
    for (const std::string &line : warnings.lines) {
        if (err) {
            error_add_detail(*err, "%s", line.c_str());
        }
    }
    return false;
}

bool load_deflated(const char *path, size_t at, DcmFileFormat &out, DensError **err)
{
    size_t length = 0;
    std::unique_ptr<char, void (*)(void *)> bytes(file_read(path, DEFLATED_MAX_BYTES, &length, err), free);
    if (!bytes) {
        return false;
    }
    MemoryFile inflated;
    if (at >= length) {
        return error_input(err, path, "is cut off or damaged: its meta header claims more than it holds");
    }
    if (!inflate_into(inflated, bytes.get() + at, length - at, path, err)) {
        return false;
    }
    PixelPlace unused;
    if (!nesting_check(inflated.name.c_str(), &unused, err)) {
        error_prefix(err, path);
        return false;
    }
    Warnings warnings;
    /* all of it into memory, as the file behind the name goes away */
    OFCondition status = out.loadFile(inflated.name.c_str(), EXS_LittleEndianExplicit, EGL_noChange,
                                      static_cast<Uint32>(DEFLATED_MAX_BYTES), ERM_dataset);
    /* what the file was, for those who list it */
    (void)out.getMetaInfo()->putAndInsertString(DCM_TransferSyntaxUID, DEFLATED_SYNTAX);
    return status.good() || refuse(path, status, warnings, err);
}

} // namespace

Warnings::Warnings()
{
    listener = this;
}

Warnings::~Warnings()
{
    listener = nullptr;
}

bool has_preamble(const char *path)
{
    char head[132];
    std::unique_ptr<FILE, int (*)(FILE *)> file(fopen(path, "rb"), fclose);
    return file && fread(head, 1, sizeof head, file.get()) == sizeof head &&
           memcmp(head + 128, "DICM", 4) == 0;
}

char *copy_of(const std::string &text)
{
    char *copy = strdup(text.c_str());
    if (!copy) {
        throw std::bad_alloc();
    }
    return copy;
}

bool library_ready(DensError **err)
{
    static std::once_flag once;
    std::call_once(once, make_quiet);
    return dcmDataDict.isDictionaryLoaded() ||
           error_set(err, DENS_ERROR_INTERNAL, nullptr,
                     "DCMTK's data dictionary is not there (package dcmtk-data, or DCMDICTPATH)");
}

bool load(const char *path, DcmFileFormat &out, PixelPlace &out_pixels, DensError **err)
{
    if (!library_ready(err)) {
        return false;
    }
    FileKind kind = file_kind(path);
    if (kind != FILE_REGULAR) {
        return error_input(err, path, kind == FILE_ABSENT ? "no such file" : "is no file");
    }
    if (!nesting_check(path, &out_pixels, err)) {
        return false;
    }
    if (out_pixels.deflated_at > 0) {
        size_t at = static_cast<size_t>(out_pixels.deflated_at);
        out_pixels = {};
        if (!load_deflated(path, at, out, err)) {
            return false;
        }
    } else {
        Warnings warnings;
        OFCondition status = out.loadFile(path, EXS_Unknown, EGL_noChange, DCM_MaxReadLength, ERM_autoDetect);
        if (status.bad()) {
            return refuse(path, status, warnings, err);
        }
        for (const std::string &line : warnings.lines) {
            if (line.find("found twice") != std::string::npos) {
                return error_input(err, path, "is damaged: it holds an attribute twice");
            }
        }
    }
    if (!is_directory(out) && text_of(*out.getDataset(), DCM_SOPClassUID).empty()) {
        return error_input(err, path, "is no DICOM object: it has no SOPClassUID");
    }
    return true;
}

bool is_directory(DcmFileFormat &file)
{
    return text_of(*file.getMetaInfo(), DCM_MediaStorageSOPClassUID) == UID_MediaStorageDirectoryStorage;
}

/* The element of an attribute, if its value can be told from its bytes: NULL where it is absent or its kind
 * is not known, as DCMTK would give the bytes' hexadecimal digits for its text. */
static DcmElement *element_of(DcmItem &item, const DcmTagKey &key)
{
    DcmElement *element = nullptr;
    if (item.findAndGetElement(key, element).bad() || !element) {
        return nullptr;
    }
    switch (element->ident()) {
    case EVR_US:
    case EVR_SS:
    case EVR_UL:
    case EVR_SL:
    case EVR_UV:
    case EVR_SV:
    case EVR_FL:
    case EVR_FD:
    case EVR_AT:
        return element;
    default:
        return element->isaString() ? element : nullptr;
    }
}

static std::string clean(DcmItem &item, const OFString &value)
{
    OFString charset;
    std::string out(value.c_str());
    /* ASCII needs no conversion; what cannot be converted keeps its ASCII part */
    bool ascii = std::all_of(out.begin(), out.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (!ascii && item.findAndGetOFStringArray(DCM_SpecificCharacterSet, charset).good() &&
        !charset.empty() && charset != "ISO_IR 192") {
        std::string converted;
        if (text_to_utf8(charset.c_str(), out, converted)) {
            out = converted;
        }
    }
    utf8_clean_line(&out[0]);
    size_t first = out.find_first_not_of(' ');
    size_t last = out.find_last_not_of(' ');
    return first == std::string::npos ? "" : out.substr(first, last - first + 1);
}

std::string text_of(DcmItem &item, const DcmTagKey &key)
{
    OFString value;
    DcmElement *element = element_of(item, key);
    return element && element->getOFString(value, 0).good() ? clean(item, value) : "";
}

std::string all_text_of(DcmItem &item, const DcmTagKey &key)
{
    OFString value;
    DcmElement *element = element_of(item, key);
    return element && element->getOFStringArray(value).good() ? clean(item, value) : "";
}

static bool skip_digits(const std::string &text, size_t &at)
{
    size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
        at++;
    }
    return at > begin;
}

/* Is all of it a decimal number (PS3.5 6.2, DS)? DCMTK takes what stands before the first other character:
 * "1,5" would be 1. */
static bool is_decimal(const std::string &text)
{
    size_t at = text[0] == '+' || text[0] == '-' ? 1 : 0;
    bool digits = skip_digits(text, at);
    if (at < text.size() && text[at] == '.') {
        at++;
        digits = skip_digits(text, at) || digits;
    }
    if (digits && at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        at += at < text.size() && (text[at] == '+' || text[at] == '-');
        digits = skip_digits(text, at);
    }
    return digits && at == text.size();
}

/* A NUL ends what DCMTK takes of a text; behind one that pads it nothing else can follow. */
static bool has_nul_inside(DcmElement &element)
{
    char *text = nullptr;
    Uint32 length = 0;
    if (!element.isaString() || element.getString(text, length).bad() || !text) {
        return false;
    }
    std::string all(text, length);
    size_t end = all.find('\0');
    return end != std::string::npos && all.find_first_not_of(std::string("\0 ", 2), end) != std::string::npos;
}

bool number_of(DcmItem &item, const DcmTagKey &key, double &out, unsigned long index)
{
    OFString value;
    DcmElement *element = element_of(item, key);
    if (!element || element->getOFString(value, index).bad() || value.empty() || has_nul_inside(*element)) {
        return false;
    }
    static const char around[] = " \t\r\n"; /* only spaces are allowed, but no other number is meant */
    std::string text(value.c_str());        /* up to a NUL, which pads some */
    text.erase(text.find_last_not_of(around) + 1);
    text.erase(0, text.find_first_not_of(around));
    OFBool good = OFFalse;
    double number = OFStandard::atof(text.c_str(), &good);
    if (!is_decimal(text) || !good || !std::isfinite(number)) {
        return false;
    }
    out = number;
    return true;
}

bool numbers_of(DcmItem &item, const DcmTagKey &key, double *out, unsigned long count)
{
    for (unsigned long n = 0; n < count; n++) {
        if (!number_of(item, key, out[n], n)) {
            return false;
        }
    }
    return true;
}

bool integer_of(DcmItem &item, const DcmTagKey &key, unsigned &out)
{
    double number = 0;
    if (!number_of(item, key, number) || number < 0 || number > 4294967295.0 ||
        number != std::floor(number)) {
        return false;
    }
    out = static_cast<unsigned>(number);
    return true;
}

} // namespace dens

using namespace dens;

extern "C" bool dicom_is(const char *path)
{
    unsigned char head[132] = {0};
    std::unique_ptr<FILE, int (*)(FILE *)> file(fopen(path, "rb"), fclose);
    size_t got = file ? fread(head, 1, sizeof head, file.get()) : 0;
    if (got == sizeof head && memcmp(head + 128, "DICM", 4) == 0) {
        return true;
    }
    /* without a meta header a data set begins with group 2 or 8 and a short element number and length */
    bool little = (head[0] == 2 || head[0] == 8) && head[1] == 0 && head[3] == 0;
    bool big = head[0] == 0 && (head[1] == 2 || head[1] == 8) && head[2] == 0;
    bool named = head[4] >= 'A' && head[4] <= 'Z' && head[5] >= 'A' && head[5] <= 'Z';
    bool counted = head[6] == 0 && head[7] == 0;
    return got > 8 && ((little && (named || counted)) || (big && named));
}
