/* Text in character sets with code extensions (PS3.3 C.12.1.1.2) as UTF-8.
 *
 * DCMTK leaves this to iconv by names that glibc's iconv does not know. The byte streams themselves are ones
 * that it does: Japanese text with its escape sequences is ISO-2022-JP-2; Korean and simplified Chinese
 * designate one set to the upper half, so that without the escape sequences the bytes are EUC-KR and EUC-CN.
 */
#include "objects.hh"

#include <dcmtk/dcmdata/dcspchrs.h>

#include <iconv.h>

#include <cstdint>

using namespace dens;

namespace
{

struct Extension {
    const char *term;    /* in SpecificCharacterSet */
    const char *charset; /* iconv's name */
    const char *escape;  /* to be taken out; "" if iconv wants it */
};

const Extension extensions[] = {{"ISO 2022 IR 87", "ISO-2022-JP-2", ""},
                                {"ISO 2022 IR 159", "ISO-2022-JP-2", ""},
                                {"ISO 2022 IR 149", "EUC-KR", "\x1b$)C"},
                                {"ISO 2022 IR 58", "EUC-CN", "\x1b$)A"}};

class Converter
{
  public:
    explicit Converter(const Extension &extension)
        : escape(extension.escape), handle(iconv_open("UTF-8", extension.charset))
    {
    }
    ~Converter()
    {
        if (good()) {
            (void)iconv_close(handle);
        }
    }
    Converter(const Converter &) = delete;
    Converter &operator=(const Converter &) = delete;
    bool good() const
    {
        return reinterpret_cast<intptr_t>(handle) != -1;
    }
    bool convert(std::string text, std::string &out)
    {
        for (size_t at = 0; !escape.empty() && (at = text.find(escape)) != std::string::npos;) {
            text.erase(at, escape.size());
        }
        std::vector<char> buffer(4 * text.size() + 16);
        char *from = &text[0];
        char *to = buffer.data();
        size_t left = text.size();
        size_t room = buffer.size();
        (void)iconv(handle, nullptr, nullptr, nullptr, nullptr);
        if (iconv(handle, &from, &left, &to, &room) == static_cast<size_t>(-1)) {
            return false;
        }
        out.assign(buffer.data(), to);
        return true;
    }

  private:
    const std::string escape;
    iconv_t handle;
};

bool convert_item(DcmItem &item, Converter &converter);

bool convert_element(DcmObject &object, Converter &converter)
{
    if (object.ident() == EVR_SQ) {
        DcmSequenceOfItems &sequence = static_cast<DcmSequenceOfItems &>(object);
        for (DcmObject *child = nullptr; (child = sequence.nextInContainer(child));) {
            if (!convert_item(*static_cast<DcmItem *>(child), converter)) {
                return false;
            }
        }
        return true;
    }
    DcmElement &element = static_cast<DcmElement &>(object);
    char *raw = nullptr;
    if (!element.isAffectedBySpecificCharacterSet() || element.getString(raw).bad() || !raw) {
        return true;
    }
    std::string text;
    return converter.convert(raw, text) && element.putString(text.c_str()).good();
}

bool convert_item(DcmItem &item, Converter &converter)
{
    for (DcmObject *object = nullptr; (object = item.nextInContainer(object));) {
        if (!convert_element(*object, converter)) {
            return false;
        }
    }
    return true;
}

} // namespace

bool dens::text_to_utf8(const std::string &declared, const std::string &text, std::string &out)
{
    for (const Extension &extension : extensions) {
        if (declared.find(extension.term) != std::string::npos) {
            Converter converter(extension);
            return converter.good() && converter.convert(text, out);
        }
    }
    DcmSpecificCharacterSet from;
    OFString converted;
    if (from.selectCharacterSet(declared.c_str(), "ISO_IR 192").bad() ||
        from.convertString(text.c_str(), converted).bad()) {
        return false;
    }
    out = converted.c_str();
    return true;
}

bool dens::to_utf8(DcmDataset &dataset)
{
    const std::string declared = all_text_of(dataset, DCM_SpecificCharacterSet);
    for (const Extension &extension : extensions) {
        if (declared.find(extension.term) != std::string::npos) {
            Converter converter(extension);
            return converter.good() && convert_item(dataset, converter);
        }
    }
    return dataset.convertToUTF8().good();
}
