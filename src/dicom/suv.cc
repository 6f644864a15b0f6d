/* The standardized uptake value by body weight of a PET.
 *
 * SUV = activity concentration (Bq/ml) · weight (g) / injected activity (Bq), the latter decayed to the
 * moment to which the images were corrected (PS3.3 C.8.9.1): DecayCorrection START means the start of the
 * series, ADMIN the injection, NONE that each image stands for its own time. A series that was made again
 * later has a series time behind its acquisition times; there the earlier of both is the start. Images in
 * g/ml are SUV already, if by weight; Philips gives counts, with the factor to SUV in (7053,1000) and to
 * Bq/ml in (7053,1009). What is missing is said: an SUV that had to be guessed is none. */
#include "dcmtk.hh"

#include <algorithm>
#include <cmath>

namespace dens
{

namespace
{

constexpr double SECONDS_IN_DAY = 86400;
constexpr double DECAY_MAX_SECONDS = 2 * SECONDS_IN_DAY;
constexpr double GRAMS_IN_KG = 1000;
constexpr double DOSE_IN_MBQ_BELOW =
    1e5; /* an injected activity below is in MBq: the unit that many writers take */

constexpr double WEIGHT_MAX_KG = 650; /* the heaviest man that is known had 635; above, it is in grams */
/* A millionth is left after them, and nothing to see: the half-life is in minutes or hours, not in seconds.
 */
constexpr double HALF_LIVES_MAX = 20;

struct Injection {
    double activity_bq = 0, half_life_s = 0, moment = 0;
    bool dated = false;      /* moment has a day, else it is the time of a day */
    bool from_image = false; /* the images are corrected to the earliest of them */
};

bool missing(std::string &out, const char *what)
{
    out = what;
    return false;
}

bool time_of_day(DcmItem &item, const DcmTagKey &key, double &out)
{
    /* any day: only its time counts */
    return moment_of("19700101", text_of(item, key), out);
}

bool read_injection(DcmDataset &dataset, Injection &out, std::string &reason)
{
    DcmItem *item = nullptr;
    if (dataset.findAndGetSequenceItem(DCM_RadiopharmaceuticalInformationSequence, item, 0).bad() || !item) {
        return missing(reason, "nothing is said of the radiopharmaceutical");
    }
    if (!number_of(*item, DCM_RadionuclideTotalDose, out.activity_bq) || out.activity_bq <= 0) {
        return missing(reason, "the injected activity is missing");
    }
    if (out.activity_bq < DOSE_IN_MBQ_BELOW) {
        out.activity_bq *= 1e6;
    }
    if (!number_of(*item, DCM_RadionuclideHalfLife, out.half_life_s) || out.half_life_s <= 0) {
        return missing(reason, "the half-life is missing");
    }
    out.dated = moment_of(text_of(*item, DCM_RadiopharmaceuticalStartDateTime), out.moment);
    return out.dated || time_of_day(*item, DCM_RadiopharmaceuticalStartTime, out.moment) ||
           missing(reason, "the time of injection is missing");
}

/* The moment of a date and time, or only the time of the day if the injection has none either. */
bool moment_like(DcmDataset &dataset, const DcmTagKey &date, const DcmTagKey &time, bool dated, double &out)
{
    return dated ? moment_of(text_of(dataset, date), text_of(dataset, time), out)
                 : time_of_day(dataset, time, out);
}

/* To when the images were corrected for decay. */
bool reference_moment(DcmDataset &dataset, Injection &injection, double &out, std::string &reason)
{
    std::string correction = text_of(dataset, DCM_DecayCorrection);
    const DcmTagKey ge_scan = private_key(dataset, DcmTagKey(0x0009, 0x100d), "GEMS_PETD_01");
    double series = 0;
    double image = 0;
    if (correction == "ADMIN") {
        out = injection.moment;
        return true;
    }
    if (correction != "START" && correction != "NONE") {
        return missing(reason, "it is not said whether the images were corrected for decay");
    }
    bool has_series = moment_like(dataset, DCM_SeriesDate, DCM_SeriesTime, injection.dated, series);
    bool has_image = moment_like(dataset, DCM_AcquisitionDate, DCM_AcquisitionTime, injection.dated, image);
    if (correction == "START" && ge_scan != DCM_UndefinedTagKey) {
        std::string scan = text_of(dataset, ge_scan);
        if (injection.dated ? moment_of(scan, out)
                            : moment_of("19700101", scan.substr(std::min<size_t>(8, scan.size())), out)) {
            return true;
        }
    }
    if (!has_image || (correction == "START" && !has_series)) {
        return missing(reason, "the time of the series or of its images is missing");
    }
    injection.from_image = correction == "START" && image < series;
    out = correction == "START" ? std::min(series, image) : image;
    return true;
}

bool factor_of_activity(DcmDataset &dataset, double &out, double &half_life_s, std::string &reason)
{
    Injection injection;
    double weight_kg = 0;
    double reference = 0;
    if (!number_of(dataset, DCM_PatientWeight, weight_kg) || weight_kg <= 0) {
        return missing(reason, "the patient's weight is missing");
    }
    if (weight_kg > WEIGHT_MAX_KG) {
        return missing(reason, "the patient's weight is none in kg");
    }
    if (!read_injection(dataset, injection, reason) ||
        !reference_moment(dataset, injection, reference, reason)) {
        return false;
    }
    double passed = reference - injection.moment;
    if (!injection.dated && passed < 0) {
        passed += SECONDS_IN_DAY; /* over midnight */
    }
    if (passed < 0 || passed > DECAY_MAX_SECONDS) {
        return missing(reason, "the injection was not within two days before the images");
    }
    if (passed > HALF_LIVES_MAX * injection.half_life_s) {
        return missing(reason, "the half-life is too short for the time from the injection to the images");
    }
    half_life_s = injection.from_image ? injection.half_life_s : 0;
    out = weight_kg * GRAMS_IN_KG / (injection.activity_bq * std::exp2(-passed / injection.half_life_s));
    return true;
}

} // namespace

bool attenuation_corrected(DcmDataset &dataset)
{
    std::string corrections = all_text_of(dataset, DCM_CorrectedImage);
    return corrections.empty() || corrections.find("ATTN") != std::string::npos;
}

bool suv_factor(DcmDataset &dataset, double &out, double &half_life_s, std::string &reason)
{
    const char *philips = "Philips PET Private Group";
    const DcmTagKey philips_suv = private_key(dataset, DcmTagKey(0x7053, 0x1000), philips);
    const DcmTagKey philips_activity = private_key(dataset, DcmTagKey(0x7053, 0x1009), philips);
    std::string units = text_of(dataset, DCM_Units);
    std::string type = text_of(dataset, DCM_SUVType);
    out = 1;
    half_life_s = 0;
    if (!attenuation_corrected(dataset)) {
        return missing(reason, "the images were not corrected for attenuation");
    }
    if (units == "GML") {
        return type.empty() || type == "BW" || missing(reason, "its SUV is not by body weight");
    }
    if (units == "BQML") {
        return factor_of_activity(dataset, out, half_life_s, reason);
    }
    if (units == "CNTS" && philips_suv != DCM_UndefinedTagKey) {
        double activity = 0;
        if (number_of(dataset, philips_suv, out) && out > 0) {
            return true;
        }
        if (number_of(dataset, philips_activity, activity) && activity > 0 &&
            factor_of_activity(dataset, out, half_life_s, reason)) {
            out *= activity;
            return true;
        }
    }
    return reason.empty() ? missing(reason, "its values are no activity concentration") : false;
}

} // namespace dens
