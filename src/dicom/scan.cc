/* The series of a study from the headers of its files.
 *
 * Every file is parsed, its pixels are not read. What would keep a series from being a volume is found here
 * already, so that a list of series can say it. Identities are compared and never told. */
#include "scan.hh"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

using namespace dens;

namespace
{

constexpr size_t FILES_MAX = 200000;
constexpr double AGE_MAX_YEARS = 130;
constexpr char CLASS_SEG[] = "1.2.840.10008.5.1.4.1.1.66.4";
constexpr char CLASS_LABEL_MAP[] = "1.2.840.10008.5.1.4.1.1.66.7";

struct Patient {
    std::string id, birth_date; /* compared only */
    std::vector<std::string> names;
    std::string file;
};

struct Scan {
    Arena *arena;
    std::map<std::string, Series> series;
    std::vector<Patient> patients;
    std::map<std::string, Instance> instances;
    size_t ignored = 0, copies = 0, directories = 0;
};

/* The name in one spelling: letter case, empty components and spaces do not make another patient. */
std::string spelling(const std::string &name)
{
    std::string out;
    for (char c : name) {
        if (c != ' ' && c != '^') {
            out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        }
    }
    return out;
}

bool differ(const std::string &a, const std::string &b)
{
    return !a.empty() && !b.empty() && a != b;
}

/* The same name in letters, characters or sounds (PS3.5 6.2.1.1), whichever a machine writes: "WANG^XIAO" on
 * one, "Wang^Xiao=王^小" on another. */
std::vector<std::string> spellings(const std::string &name)
{
    std::vector<std::string> out;
    for (size_t at = 0; at <= name.size();) {
        size_t end = std::min(name.find('=', at), name.size());
        std::string group = spelling(name.substr(at, end - at));
        if (!group.empty()) {
            out.push_back(group);
        }
        at = end + 1;
    }
    return out;
}

bool names_differ(const std::vector<std::string> &a, const std::vector<std::string> &b)
{
    return !a.empty() && !b.empty() && std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) == a.end();
}

/* All files are of one patient: what two files both tell must agree. */
bool check_patient(DcmDataset &dataset, const char *path, Scan &scan, DensError **err)
{
    Patient here{text_of(dataset, DCM_PatientID), text_of(dataset, DCM_PatientBirthDate),
                 spellings(text_of(dataset, DCM_PatientName)), path};
    for (const Patient &other : scan.patients) {
        const char *what = differ(here.id, other.id)                   ? "PatientID"
                           : differ(here.birth_date, other.birth_date) ? "PatientBirthDate"
                           : names_differ(here.names, other.names)     ? "PatientName"
                                                                       : nullptr;
        if (what) {
            return error_input(err, path,
                               "two patients: its %s is not that of %s; give the files of one patient", what,
                               other.file.c_str());
        }
        if (here.id == other.id && here.birth_date == other.birth_date && here.names == other.names) {
            return true;
        }
    }
    scan.patients.push_back(here);
    return true;
}

int series_number(DcmDataset &dataset)
{
    unsigned number = 0;
    return integer_of(dataset, DCM_SeriesNumber, number) && number < 0x7fffffff ? static_cast<int>(number)
                                                                                : 0;
}

/* The meta header's, else what the data set was found to be written in. */
std::string syntax_of(DcmFileFormat &file)
{
    std::string stated = text_of(*file.getMetaInfo(), DCM_TransferSyntaxUID);
    return stated.empty() ? DcmXfer(file.getDataset()->getOriginalXfer()).getXferID() : stated;
}

/* What the role of an MR series follows from; in enhanced images the first frame's groups say it. */
void describe_sequence(DcmDataset &dataset, Series &out)
{
    Scope scope = {&dataset, nullptr, nullptr};
    (void)dataset.findAndGetSequenceItem(DCM_PerFrameFunctionalGroupsSequence, scope.own, 0);
    (void)dataset.findAndGetSequenceItem(DCM_SharedFunctionalGroupsSequence, scope.shared, 0);
    const DcmTagKey timing = DCM_MRTimingAndRelatedParametersSequence;
    if (!scope.number(DCM_MREchoSequence, DCM_EffectiveEchoTime, out.te_ms)) {
        (void)number_of(dataset, DCM_EchoTime, out.te_ms);
    }
    (void)scope.number(timing, DCM_RepetitionTime, out.tr_ms);
    (void)scope.number(timing, DCM_FlipAngle, out.flip_deg);
    if (!scope.number(DCM_MRModifierSequence, DCM_InversionTimes, out.ti_ms)) {
        (void)number_of(dataset, DCM_InversionTime, out.ti_ms);
    }
    if (out.sequence.empty()) {
        std::string pulse = text_of(dataset, DCM_EchoPulseSequence); /* SPIN, GRADIENT or BOTH */
        out.sequence = pulse == "SPIN" ? "SE" : pulse == "GRADIENT" ? "GR" : "";
        out.sequence += out.ti_ms > 0 ? "\\IR" : "";
    }
    out.has_b_value = scope.holder(DCM_MRDiffusionSequence, DCM_DiffusionBValue) != nullptr;
}

void describe(DcmFileFormat &file, Series &out)
{
    DcmDataset &dataset = *file.getDataset();
    unsigned rows = 0;
    unsigned columns = 0;
    out.frame_uid = text_of(dataset, DCM_FrameOfReferenceUID);
    out.modality = text_of(dataset, DCM_Modality);
    out.description = text_of(dataset, DCM_SeriesDescription);
    out.protocol = text_of(dataset, DCM_ProtocolName);
    out.sop_class = text_of(dataset, DCM_SOPClassUID);
    out.syntax = syntax_of(file);
    out.manufacturer = text_of(dataset, DCM_Manufacturer);
    out.image_type = all_text_of(dataset, DCM_ImageType);
    out.sequence = all_text_of(dataset, DCM_ScanningSequence);
    out.contrast_agent = text_of(dataset, DCM_ContrastBolusAgent);
    out.kernel = all_text_of(dataset, DCM_ConvolutionKernel);
    describe_sequence(dataset, out);
    out.number = series_number(dataset);
    if (integer_of(dataset, DCM_Rows, rows) && integer_of(dataset, DCM_Columns, columns)) {
        out.rows = rows;
        out.columns = columns;
    }
    out.is_mask = out.sop_class == CLASS_SEG || out.sop_class == CLASS_LABEL_MAP;
    out.units = text_of(dataset, DCM_Units);
    out.weight = text_of(dataset, DCM_PatientWeight);
    out.attenuated = !attenuation_corrected(dataset);
    out.study = {text_of(dataset, DCM_StudyInstanceUID), text_of(dataset, DCM_StudyDate),
                 text_of(dataset, DCM_AccessionNumber),  text_of(dataset, DCM_PatientAge),
                 text_of(dataset, DCM_PatientBirthDate), text_of(dataset, DCM_PatientSex)};
}

/* Takes the frames of a file in, or notes the first thing that keeps the series from being a volume. */
void take_frames(Arena *arena, DcmFileFormat &file, const char *path, const PixelPlace &place, Series &series)
{
    std::string problem;
    if (series.is_mask) {
        DcmXfer syntax(file.getDataset()->getOriginalXfer());
        problem = syntax.isEncapsulated() ? std::string("is compressed (") + syntax.getXferName() + ")" : "";
    } else {
        (void)image_frames(arena, file, path, place, series.frames, problem);
    }
    if (!problem.empty() && series.problem.empty()) {
        series.problem = problem;
        series.problem_file = path;
    }
}

/* A file that cannot be loaded: damaged if it calls itself DICOM, by name or content; else of another kind.
 */
bool refuse_or_ignore(DensError *fault, bool must_be_dicom, Scan &scan, DensError **err)
{
    if (!must_be_dicom && !has_preamble(dens_error_where(fault))) {
        scan.ignored++;
        dens_error_free(fault);
        return true;
    }
    if (err) {
        *err = fault;
    } else {
        dens_error_free(fault);
    }
    return false;
}

/* Is it the first file of its SOPInstanceUID? Copies are counted; what is another image is refused. */
bool take_instance(DcmDataset &dataset, const char *path, const PixelPlace &pixels, Scan &scan,
                   bool &out_first, DensError **err)
{
    std::string uid = text_of(dataset, DCM_SOPInstanceUID);
    Instance here = instance_of(dataset, path, pixels);
    auto known = scan.instances.find(uid);
    out_first = uid.empty() || known == scan.instances.end();
    if (out_first) {
        scan.instances[uid] = here;
        return true;
    }
    scan.copies++;
    return are_copies(known->second, here) ||
           error_input(err, path, "is another image than %s, but has its SOPInstanceUID",
                       known->second.path.c_str());
}

/* A series is of one study and of one kind of machine, and of what an SUV follows from. */
void check_series(DcmDataset &dataset, const char *path, Series &series)
{
    const char *what = differ(text_of(dataset, DCM_Modality), series.modality)            ? "modalities"
                       : differ(text_of(dataset, DCM_StudyInstanceUID), series.study.uid) ? "studies"
                       : differ(text_of(dataset, DCM_Units), series.units)                ? "units"
                       : differ(text_of(dataset, DCM_PatientWeight), series.weight) ? "weights of the patient"
                                                                                    : nullptr;
    if (what && series.problem.empty()) {
        series.problem =
            std::string("two ") + what + " in one series: not that of " + file_name(series.files[0].c_str());
        series.problem_file = path;
    }
}

/* An image that was cut off between two attributes is still well-formed: taken for an object of another kind,
 * a slice would be missing without a word. */
bool check_whole(DcmDataset &dataset, const char *path, DensError **err)
{
    bool image = dcmIsaStorageSOPClassUID(text_of(dataset, DCM_SOPClassUID).c_str(), ESSC_Image);
    bool pixels = dataset.tagExists(DCM_PixelData) || dataset.tagExists(DCM_FloatPixelData) ||
                  dataset.tagExists(DCM_DoubleFloatPixelData) || dataset.tagExists(DCM_PixelDataProviderURL);
    return !image || pixels || error_input(err, path, "is cut off or damaged: it is an image without pixels");
}

/* Takes one file in. False only if the whole scan is to be refused. */
bool take_file(const char *path, bool must_be_dicom, Scan &scan, DensError **err)
{
    DcmFileFormat file;
    if (access(path, R_OK) != 0) { /* not passed over: it may be a slice */
        return error_input(err, path, "cannot be opened");
    }
    if (!dicom_is(path)) {
        scan.ignored++;
        return !must_be_dicom || error_input(err, path, "is no DICOM file");
    }
    DensError *fault = nullptr;
    PixelPlace place;
    if (!load(path, file, place, &fault)) {
        return refuse_or_ignore(fault, must_be_dicom, scan, err);
    }
    DcmDataset &dataset = *file.getDataset();
    if (is_directory(file)) {
        scan.directories++;
        return true;
    }
    bool first = true;
    if (!check_whole(dataset, path, err) || !check_patient(dataset, path, scan, err) ||
        !take_instance(dataset, path, place, scan, first, err)) {
        return false;
    }
    if (!first) {
        return true;
    }
    std::string uid = text_of(dataset, DCM_SeriesInstanceUID);
    Series &series = scan.series[uid];
    if (series.files.empty()) {
        series.uid = uid;
        describe(file, series);
    }
    series.files.emplace_back(path);
    check_series(dataset, path, series);
    take_frames(scan.arena, file, arena_strdup(scan.arena, path), place, series);
    return true;
}

bool collect(Arena *arena, const char *path, Scan &scan, Progress *progress, DensError **err)
{
    const char **files = nullptr;
    size_t count = 0;
    FileKind kind = file_kind(path);
    if (kind == FILE_ABSENT) {
        return error_input(err, path, "no such file or folder");
    }
    if (kind == FILE_REGULAR) {
        return take_file(path, true, scan, err);
    }
    if (!file_list_tree(arena, path, FILES_MAX, &files, &count, err)) {
        return false;
    }
    for (size_t n = 0; n < count; n++) {
        progress_step(progress, "headers", n, count);
        /* macOS writes beside each file of a foreign medium one with the same name after "._" */
        bool named = file_has_suffix(files[n], ".dcm") && strncmp(file_name(files[n]), "._", 2) != 0;
        if (!take_file(files[n], named, scan, err)) {
            return false;
        }
    }
    progress_step(progress, "headers", count, count);
    return true;
}

/* "018Y", "007M", "003W", "010D" (PS3.5 6.2, AS). */
bool age_from_text(const std::string &text, double &out)
{
    static const struct {
        char unit;
        double in_year;
    } units[] = {{'Y', 1}, {'M', 12}, {'W', 52.1775}, {'D', 365.2425}};
    if (text.size() != 4 || text.find_first_not_of("0123456789") != 3) {
        return false;
    }
    for (const auto &unit : units) {
        if (text[3] == unit.unit) {
            out = std::stoi(text.substr(0, 3)) / unit.in_year;
            return out <= AGE_MAX_YEARS;
        }
    }
    return false;
}

bool years_of(const std::string &date, double &out)
{
    if (date.size() != 8 || date.find_first_not_of("0123456789") != std::string::npos) {
        return false;
    }
    int month = std::stoi(date.substr(4, 2));
    int day = std::stoi(date.substr(6, 2));
    out = std::stoi(date.substr(0, 4)) + (month - 1) / 12.0 + (day - 1) / 372.0;
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

bool age_from_dates(const StudyFacts &facts, double &out)
{
    double born = 0;
    double examined = 0;
    if (!years_of(facts.birth_date, born) || !years_of(facts.date, examined)) {
        return false;
    }
    out = examined - born;
    return out >= 0 && out <= AGE_MAX_YEARS;
}

/* Patient and study from the first series that tells. */
void tell_patient(Arena *arena, const std::vector<const Series *> &all, DicomStudy &out)
{
    out.study_uid = out.accession = out.study_date = "";
    for (const Series *series : all) {
        const StudyFacts &facts = series->study;
        if (!out.study_uid[0] && !facts.uid.empty()) {
            out.study_uid = arena_strdup(arena, facts.uid.c_str());
            out.accession = arena_strdup(arena, facts.accession.c_str());
            out.study_date = arena_strdup(arena, facts.date.c_str());
        }
        if (!out.has_age) {
            out.has_age = age_from_text(facts.age, out.age_years) || age_from_dates(facts, out.age_years);
        }
        if (out.sex == 0) {
            out.sex = facts.sex == "M" ? 1 : facts.sex == "F" ? 2 : 0;
        }
    }
    out.age_years = out.has_age ? out.age_years : 0;
}

DicomStudy *to_study(Arena *arena, Scan &scan)
{
    std::vector<const Series *> all;
    std::vector<Listed> listed;
    for (auto &entry : scan.series) {
        std::sort(entry.second.files.begin(), entry.second.files.end());
        list_series(arena, entry.second, listed);
        all.push_back(&entry.second);
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Series *a, const Series *b) { return a->number < b->number; });
    std::stable_sort(listed.begin(), listed.end(),
                     [](const Listed &a, const Listed &b) { return a.info.number < b.info.number; });
    pair_series(listed);
    DicomStudy *study = static_cast<DicomStudy *>(arena_alloc(arena, sizeof *study));
    study->arena = arena;
    study->ignored_files = scan.ignored;
    study->series_count = listed.size();
    study->series = static_cast<SeriesInfo *>(arena_array(arena, listed.size(), sizeof *study->series));
    for (size_t n = 0; n < listed.size(); n++) {
        study->series[n] = listed[n].info;
    }
    tell_patient(arena, all, *study);
    return study;
}

DicomStudy *scan_paths(Arena *arena, const char *const *paths, size_t path_count, Log *log,
                       Progress *progress, DensError **err)
{
    Scan scan = {};
    scan.arena = arena;
    for (size_t n = 0; n < path_count; n++) {
        if (!collect(arena, paths[n], scan, progress, err)) {
            return nullptr;
        }
    }
    if (scan.series.empty() && scan.directories > 0) {
        error_input(err, paths[0], "is a DICOMDIR, a list of files; give the folder of the files themselves");
        return nullptr;
    }
    if (scan.series.empty()) {
        error_input(err, path_count ? paths[0] : nullptr, "no DICOM file found (%zu files of other kinds)",
                    scan.ignored);
        return nullptr;
    }
    if (scan.copies > 0) {
        log_line(log, LOG_INFO, "%zu files are copies of others (same SOPInstanceUID) and are passed over",
                 scan.copies);
    }
    if (scan.ignored > 0) {
        log_line(log, LOG_INFO, "%zu files are no DICOM and are passed over", scan.ignored);
    }
    return to_study(arena, scan);
}

} // namespace

extern "C" DicomStudy *dicom_study_scan(Arena *arena, const char *const *paths, size_t path_count, Log *log,
                                        Progress *progress, DensError **err)
{
    return guarded<DicomStudy *>(err, "study", nullptr,
                                 [&] { return scan_paths(arena, paths, path_count, log, progress, err); });
}
