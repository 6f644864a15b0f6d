/* What tells images at one place apart: the kind of image, echo, diffusion weighting, time.
 *
 * Sources: DICOM PS3.3 C.7.6.1.1.2 (ImageType), C.8.3.1 and C.8.13.5 (MR), C.7.6.16.2.2 (frame content). The
 * b-value of older scanners stands in private elements: Siemens (0019,100C), GE (0043,1039), Philips
 * (2001,1003); each is read only under its creator's name. */
#include "dcmtk.hh"

#include <cmath>

namespace dens
{

namespace
{

constexpr double SECONDS_IN_DAY = 86400;

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

/* A DT's day and time; the day counts from an arbitrary one, months as 31 days. */
bool moment_of(const std::string &text, double &out)
{
    double month = 0;
    double day = 0;
    if (text.size() < 14 || !two_digits(text, 4, month) || !two_digits(text, 6, day) ||
        !seconds_of(text.substr(8, text.find_first_of("+-") - 8), out)) {
        return false;
    }
    out += (month * 31 + day) * SECONDS_IN_DAY;
    return true;
}

double read_time(const Scope &scope)
{
    double time = 0;
    std::string moment = scope.text(DCM_FrameContentSequence, DCM_FrameAcquisitionDateTime);
    if (moment_of(moment, time)) {
        return time;
    }
    for (const DcmTagKey &key : {DCM_AcquisitionTime, DCM_ContentTime}) {
        if (seconds_of(text_of(*scope.dataset, key), time)) {
            return time;
        }
    }
    return -1;
}

/* Is the private block of this element its creator's? */
bool is_of(DcmItem &item, const DcmTagKey &key, const char *creator)
{
    DcmTagKey owner(key.getGroup(), static_cast<Uint16>(key.getElement() >> 8));
    return text_of(item, owner) == creator;
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
        if (is_of(*scope.dataset, place.key, place.creator) && number_of(*scope.dataset, place.key, value) &&
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
