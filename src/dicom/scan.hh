/* A series while a study is scanned, and what of it is listed. */
#ifndef DENS_DICOM_SCAN_HH
#define DENS_DICOM_SCAN_HH

#include "dcmtk.hh"

namespace dens
{

struct StudyFacts {
    std::string uid, date, accession, age, birth_date, sex;
};

struct Series {
    std::string uid, frame_uid, modality, description, protocol, sop_class, syntax, manufacturer;
    std::string image_type, sequence, contrast_agent, kernel;
    std::string units, weight; /* of a PET, of its patient */
    std::string problem, problem_file;
    StudyFacts study;
    double te_ms = 0, tr_ms = 0, ti_ms = 0, flip_deg = 0;
    bool has_b_value = false, is_mask = false, attenuated = false;
    int number = 0;
    size_t rows = 0, columns = 0;
    std::vector<std::string> files;
    std::vector<Frame *> frames;
};

/* What a file holds, to tell a copy of it from another image under its UID. */
struct Instance {
    std::string path, meaning;
    PixelPlace pixels;
};
Instance instance_of(DcmDataset &dataset, const char *path, const PixelPlace &pixels);
bool are_copies(const Instance &a, const Instance &b);

/* A row of the list, with the grid of its first part if it makes a volume. */
struct Listed {
    SeriesInfo info;
    bool has_grid = false;
    Geometry grid = {};
};

/* Adds what a series holds: one row, or one for each kind of image and echo. */
void list_series(Arena *arena, Series &series, std::vector<Listed> &out);
/* Finds the T1 series before and after contrast agent, and the two phases, that lie on one grid. */
void pair_series(std::vector<Listed> &all);

} // namespace dens

#endif
