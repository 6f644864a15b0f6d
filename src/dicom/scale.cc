/* From stored values to measured ones.
 *
 * Rescale slope and intercept (PS3.3 C.11.1, in enhanced images C.7.6.16.2.9). Padding (C.7.5.1.1.2) was
 * never measured: in a CT it is believed only where it stands for air or less. */
#include "dcmtk.hh"

#include <algorithm>

namespace dens
{

namespace
{

constexpr double PADDING_MAX_HU =
    -1000; /* a "padding" above is a value that tissue has, and is not believed */

bool read_rescale(const Scope &scope, Frame &frame, std::string &problem)
{
    const DcmTagKey group = DCM_PixelValueTransformationSequence;
    bool has_slope = scope.holder(group, DCM_RescaleSlope) != nullptr;
    bool has_intercept = scope.holder(group, DCM_RescaleIntercept) != nullptr;
    frame.slope = 1;
    frame.intercept = 0;
    if (scope.dataset->tagExists(DCM_ModalityLUTSequence)) {
        problem = "has a modality look-up table; a rescale slope and intercept are read";
        return false;
    }
    if (text_of(*scope.dataset, DCM_Modality) == "CT" && !has_intercept) {
        problem = "has no RescaleIntercept: its HU are unknown";
        return false;
    }
    if ((has_slope && !scope.number(group, DCM_RescaleSlope, frame.slope)) ||
        (has_intercept && !scope.number(group, DCM_RescaleIntercept, frame.intercept)) || frame.slope == 0) {
        problem = "its rescale slope and intercept are no numbers, or the slope is 0";
        return false;
    }
    return true;
}

bool is_hu(const Scope &scope)
{
    std::string type = scope.text(DCM_PixelValueTransformationSequence, DCM_RescaleType);
    return text_of(*scope.dataset, DCM_Modality) == "CT" && (type.empty() || type == "HU");
}

bool stored_value_of(DcmDataset &dataset, const DcmTagKey &key, const PixelFormat &format, int &out)
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

void read_padding(DcmDataset &dataset, Frame &frame)
{
    Padding &out = frame.padding;
    out.there = stored_value_of(dataset, DCM_PixelPaddingValue, frame.format, out.low);
    out.high = out.low;
    int limit = 0;
    if (out.there && stored_value_of(dataset, DCM_PixelPaddingRangeLimit, frame.format, limit)) {
        out.low = std::min(out.low, limit);
        out.high = std::max(out.high, limit);
    }
    if (frame.unit == UNIT_HU && out.there) {
        double most = std::max(out.low * frame.slope, out.high * frame.slope) + frame.intercept;
        out.there = most <= PADDING_MAX_HU;
    }
}

} // namespace

bool scale_of(const Scope &scope, Frame &frame, std::string &problem)
{
    if (!read_rescale(scope, frame, problem)) {
        return false;
    }
    frame.unit = is_hu(scope) ? UNIT_HU : UNIT_ARBITRARY;
    read_padding(*scope.dataset, frame);
    return true;
}

} // namespace dens
