/* What tells images at one place apart: the kind of image, echo, diffusion weighting, time.
 *
 * Sources: DICOM PS3.3 C.7.6.1.1.2 (ImageType), C.8.3.1 and C.8.13.5 (MR), C.7.6.16.2.2 (frame content). The
 * b-value of older scanners stands in private elements: Siemens (0019,100C), GE (0043,1039), Philips
 * (2001,1003); each is read only under its creator's name. */
#include "dcmtk.hh"

#include <cmath>
#include <ctime>

namespace dens
{

namespace
{

bool two_digits(const std::string &text, size_t at, double &out)
{
    if (text.size() < at + 2 || text.find_first_not_of("0123456789", at) < at + 2) {
        return false;
    }
    out = (text[at] - '0') * 10 + (text[at + 1] - '0');
    return true;
}

/* "HHMMSS.FFFFFF" of a TM, the colons of old files left out, to seconds. */
bool seconds_of(const std::string &text, double &out)
{
    std::string digits;
    for (char c : text) {
        if (c != ':') {
            digits += c;
        }
    }
    double hours = 0;
    double minutes = 0;
    double seconds = 0;
    if (!two_digits(digits, 0, hours) || !two_digits(digits, 2, minutes)) {
        return false;
    }
    if (two_digits(digits, 4, seconds) && digits.size() > 7 && digits[6] == '.') {
        double scale = 0.1;
        for (size_t n = 7; n < digits.size() && digits[n] >= '0' && digits[n] <= '9'; n++) {
            seconds += scale * (digits[n] - '0');
            scale /= 10;
        }
    }
    out = hours * 3600 + minutes * 60 + seconds;
    return hours < 24 && minutes < 60 && seconds < 61;
}

double read_time(const Scope &scope)
{
    double time = 0;
    std::string moment = scope.text(DCM_FrameContentSequence, DCM_FrameAcquisitionDateTime);
    if (moment_of(moment, time)) {
        return time;
    }
    if (moment_of(text_of(*scope.dataset, DCM_AcquisitionDateTime), time)) {
        return time;
    }
    static const DcmTagKey pairs[][2] = {{DCM_AcquisitionDate, DCM_AcquisitionTime},
                                         {DCM_ContentDate, DCM_ContentTime}};
    for (const auto &pair : pairs) {
        std::string at = text_of(*scope.dataset, pair[1]);
        if (moment_of(text_of(*scope.dataset, pair[0]), at, time) || seconds_of(at, time)) {
            return time;
        }
    }
    return -1;
}

double read_b_value(const Scope &scope)
{
    static const struct {
        DcmTagKey key;
        const char *creator;
    } privates[] = {{DcmTagKey(0x0019, 0x100c), "SIEMENS MR HEADER"},
                    {DcmTagKey(0x0043, 0x1039), "GEMS_PARM_01"},
                    {DcmTagKey(0x2001, 0x1003), "Philips Imaging DD 001"}};
    constexpr double GE_OFFSET = 1e9; /* GE adds it to mark combined images */
    double value = 0;
    if (scope.number(DCM_MRDiffusionSequence, DCM_DiffusionBValue, value)) {
        return value;
    }
    for (const auto &place : privates) {
        if (number_of(*scope.dataset, private_key(*scope.dataset, place.key, place.creator), value) &&
            value >= 0) {
            return std::fmod(value, GE_OFFSET);
        }
    }
    return -1;
}

std::string from_third(const std::string &values)
{
    size_t first = values.find('\\');
    size_t second = first == std::string::npos ? first : values.find('\\', first + 1);
    return second == std::string::npos ? "" : values.substr(second + 1);
}

std::string read_kind(const Scope &scope)
{
    std::string type = scope.text(DCM_MRImageFrameTypeSequence, DCM_FrameType);
    std::string part = scope.text(DCM_MRImageFrameTypeSequence, DCM_ComplexImageComponent);
    return from_third(type.empty() ? all_text_of(*scope.dataset, DCM_ImageType) : type) +
           (part.empty() ? "" : "\\" + part);
}

std::string read_direction(const Scope &scope)
{
    DcmItem *group = scope.holder(DCM_MRDiffusionSequence, DCM_DiffusionGradientDirectionSequence);
    DcmItem *item = nullptr;
    if (group && group->findAndGetSequenceItem(DCM_DiffusionGradientDirectionSequence, item, 0).good() &&
        item) {
        return all_text_of(*item, DCM_DiffusionGradientOrientation);
    }
    return all_text_of(*scope.dataset, DCM_DiffusionGradientOrientation);
}

int whole_of(DcmItem *item, const DcmTagKey &key)
{
    unsigned value = 0;
    return item && integer_of(*item, key, value) && value < 0x7fffffff ? static_cast<int>(value) : -1;
}

} // namespace

bool moment_of(const std::string &date, const std::string &time, double &out)
{
    struct tm day = {};
    double year = 0;
    double century = 0;
    double month = 0;
    double seconds = 0;
    if (date.size() != 8 || !two_digits(date, 0, century) || !two_digits(date, 2, year) ||
        !two_digits(date, 4, month) || !seconds_of(time, seconds)) {
        return false;
    }
    double day_of_month = 0;
    if (!two_digits(date, 6, day_of_month) || month < 1 || month > 12 || day_of_month < 1 ||
        day_of_month > 31) {
        return false;
    }
    day.tm_year = static_cast<int>(century * 100 + year) - 1900;
    day.tm_mon = static_cast<int>(month) - 1;
    day.tm_mday = static_cast<int>(day_of_month);
    out = static_cast<double>(timegm(&day)) + seconds;
    return true;
}

bool moment_of(const std::string &date_and_time, double &out)
{
    return date_and_time.size() >= 12 &&
           moment_of(date_and_time.substr(0, 8),
                     date_and_time.substr(8, date_and_time.find_first_of("+-") - 8), out);
}

DcmTagKey private_key(DcmItem &item, const DcmTagKey &key, const char *creator)
{
    constexpr Uint16 FIRST_BLOCK = 0x10;
    constexpr Uint16 LAST_BLOCK = 0xff;
    /* one way through the sorted elements: a search for each block would be one for each of them */
    for (DcmObject *object = nullptr; (object = item.nextInContainer(object)) != nullptr;) {
        const Uint16 block = object->getETag();
        if (object->getGTag() == key.getGroup() && block >= FIRST_BLOCK && block <= LAST_BLOCK &&
            text_of(item, object->getTag()) == creator) {
            return {key.getGroup(), static_cast<Uint16>(block << 8 | (key.getElement() & 0xff))};
        }
        if (object->getGTag() > key.getGroup()) {
            break;
        }
    }
    return DCM_UndefinedTagKey;
}

void tags_of(Arena *arena, const Scope &scope, FrameTags &out)
{
    const DcmTagKey content = DCM_FrameContentSequence;
    out.kind = arena_strdup(arena, read_kind(scope).c_str());
    out.direction = arena_strdup(arena, read_direction(scope).c_str());
    out.te_ms = -1;
    if (!scope.number(DCM_MREchoSequence, DCM_EffectiveEchoTime, out.te_ms)) {
        (void)number_of(*scope.dataset, DCM_EchoTime, out.te_ms);
    }
    out.b_value = read_b_value(scope);
    out.time_s = read_time(scope);
    out.temporal = whole_of(scope.holder(content, DCM_TemporalPositionIndex), DCM_TemporalPositionIndex);
    if (out.temporal < 0) {
        out.temporal = whole_of(scope.dataset, DCM_TemporalPositionIdentifier);
    }
    out.acquisition = whole_of(scope.holder(content, DCM_FrameAcquisitionNumber), DCM_FrameAcquisitionNumber);
    if (out.acquisition < 0) {
        out.acquisition = whole_of(scope.dataset, DCM_AcquisitionNumber);
    }
    out.instance = whole_of(scope.dataset, DCM_InstanceNumber);
}

} // namespace dens
