/* From stored values to measured ones.
 *
 * In this order: rescale slope and intercept (PS3.3 C.11.1, in enhanced images C.7.6.16.2.9); a real world
 * value map (C.7.6.16.2.11) if its unit is one that is measured here; the scale slope of Philips, without
 * which the slices of one MR series may not be compared; the SUV of a PET. Padding (C.7.5.1.1.2) was never
 * measured: in a CT it is believed only where it stands for air or less.
 *
 * Philips: a displayed value is stored · RescaleSlope + RescaleIntercept; what the receiver measured is that
 * divided by RescaleSlope · ScaleSlope, of which (2005,100E) is the latter. Only magnitude images: maps keep
 * their units. */
#include "dcmtk.hh"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace dens
{

namespace
{

constexpr double STORED_MAX = 65536; /* in absolute value, of 16 bits */
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
    frame.scaling = !has_slope && !has_intercept               ? SCALED_UNSAID
                    : frame.slope == 1 && frame.intercept == 0 ? SCALED_BY_ONE
                                                               : SCALED_BY_RESCALE;
    return true;
}

struct MappedUnit {
    const char *code;
    VolumeUnit unit;
    double factor; /* to that unit */
};

/* UCUM codes of what is measured here, in the spellings that are met. */
constexpr MappedUnit mapped_units[] = {
    {"[hnsf'U]", UNIT_HU, 1},     {"mm2/s", UNIT_ADC_UM2_PER_S, 1e6}, {"um2/s", UNIT_ADC_UM2_PER_S, 1},
    {"{SUVbw}g/ml", UNIT_SUV, 1}, {"g/ml{SUVbw}", UNIT_SUV, 1},
};

struct Mapping {
    double slope, intercept;
    VolumeUnit unit;
};

/* The slope, intercept and unit of a map; false if it is a table or of another unit. */
bool read_map(DcmItem &map, Mapping &out)
{
    DcmItem *code = nullptr;
    double slope = 0;
    double intercept = 0;
    if (map.findAndGetSequenceItem(DCM_MeasurementUnitsCodeSequence, code, 0).bad() || !code ||
        !number_of(map, DCM_RealWorldValueSlope, slope) ||
        !number_of(map, DCM_RealWorldValueIntercept, intercept) || slope == 0) {
        return false;
    }
    std::string unit = text_of(*code, DCM_CodeValue);
    for (const MappedUnit &known : mapped_units) {
        if (unit == known.code) {
            out = {slope * known.factor, intercept * known.factor, known.unit};
            return true;
        }
    }
    return false;
}

/* The first map of a unit that is measured here. One that says something else of a part of the stored values
 * would have to be taken there. */
bool apply_map(const Scope &scope, Frame &frame, std::string &problem)
{
    for (DcmItem *holder : {scope.own, scope.shared, static_cast<DcmItem *>(scope.dataset)}) {
        DcmSequenceOfItems *maps = nullptr;
        if (!holder || holder->findAndGetSequence(DCM_RealWorldValueMappingSequence, maps).bad() || !maps) {
            continue;
        }
        Mapping first = {};
        for (DcmObject *object = nullptr; (object = maps->nextInContainer(object));) {
            Mapping map = {};
            if (!read_map(*static_cast<DcmItem *>(object), map)) {
                continue;
            }
            if (frame.scaling == SCALED_BY_MAP && map.unit == first.unit &&
                (map.slope != first.slope || map.intercept != first.intercept)) {
                problem = "has two real world value maps of one unit, each with a slope of its own";
                return false;
            }
            if (frame.scaling != SCALED_BY_MAP) {
                first = map;
                frame.slope = map.slope;
                frame.intercept = map.intercept;
                frame.unit = map.unit;
                frame.scaling = SCALED_BY_MAP;
            }
        }
        if (frame.scaling == SCALED_BY_MAP) {
            return true;
        }
    }
    return true;
}

/* The item with the private attributes of one image: in enhanced images a sequence of its own. */
DcmItem *philips_item(const Scope &scope)
{
    for (DcmItem *holder : {scope.own, static_cast<DcmItem *>(scope.dataset)}) {
        DcmItem *item = nullptr;
        if (holder && holder->findAndGetSequenceItem(DcmTagKey(0x2005, 0x140f), item, 0).good() && item) {
            return item;
        }
    }
    return scope.dataset;
}

bool is_magnitude(const Frame &frame)
{
    const std::string kind = std::string("\\") + frame.tags.kind + "\\";
    return kind.find("\\M_") != std::string::npos || kind.find("\\M\\") != std::string::npos ||
           kind.find("\\MAGNITUDE\\") != std::string::npos;
}

void apply_philips(const Scope &scope, Frame &frame)
{
    const DcmTagKey key(0x2005, 0x100e);
    DcmItem *item = philips_item(scope);
    double scale = 0;
    if (text_of(*scope.dataset, DCM_Modality) == "MR" && is_magnitude(frame) &&
        number_of(*item, private_key(*item, key, "Philips MR Imaging DD 001"), scale) && scale > 0) {
        frame.intercept /= frame.slope * scale;
        frame.slope = 1 / scale;
        frame.scaling = SCALED_BY_PHILIPS;
    }
}

void apply_suv(Arena *arena, const Scope &scope, Frame &frame)
{
    double factor = 1;
    std::string reason;
    if (text_of(*scope.dataset, DCM_Modality) != "PT" || frame.unit == UNIT_SUV) {
        return;
    }
    if (!suv_factor(*scope.dataset, factor, frame.decay_half_life_s, reason)) {
        frame.note = arena_strdup(arena, ("no SUV: " + reason).c_str());
        return;
    }
    frame.slope *= factor;
    frame.intercept *= factor;
    frame.unit = UNIT_SUV;
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
    const int bits = static_cast<int>(frame.format.bits_stored) - (frame.format.is_signed ? 1 : 0);
    out.in_words = frame.format.bits_allocated == 16 && out.there &&
                   (out.low < (frame.format.is_signed ? -(1 << bits) : 0) || out.high >= 1 << bits);
    if (frame.unit == UNIT_HU && out.there && !out.in_words) {
        double most = std::max(out.low * frame.slope, out.high * frame.slope) + frame.intercept;
        out.there = most <= PADDING_MAX_HU;
    }
}

} // namespace

bool scale_of(Arena *arena, const Scope &scope, Frame &frame, std::string &problem)
{
    frame.note = "";
    if (!read_rescale(scope, frame, problem)) {
        return false;
    }
    frame.unit = is_hu(scope) ? UNIT_HU : UNIT_ARBITRARY;
    if (frame.unit != UNIT_HU && !apply_map(scope, frame, problem)) {
        return false;
    }
    if (frame.unit == UNIT_ARBITRARY) {
        apply_philips(scope, frame);
        apply_suv(arena, scope, frame);
    }
    read_padding(*scope.dataset, frame);
    if (!(std::fabs(frame.slope) * STORED_MAX + std::fabs(frame.intercept) <= FLT_MAX)) {
        problem = "its rescale slope and intercept make values that are too large to be held";
        return false;
    }
    return true;
}

} // namespace dens
