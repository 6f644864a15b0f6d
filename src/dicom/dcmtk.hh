/* What the DCMTK files of this room share: the C rooms as seen from C++, loading a file, reading attributes,
 * and turning exceptions into errors. */
#ifndef DENS_DICOM_DCMTK_HH
#define DENS_DICOM_DCMTK_HH

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctk.h>

#include <memory>
#include <new>
#include <string>
#include <vector>

/* The standard's headers stand above already: the C rooms' own includes of them are empty by now. */
extern "C" {
#include "base/file.h"
#include "dicom/dicom.h"
#include "dicom/frame.h"
#include "dicom/nesting.h"
#include "dicom/respace.h"
#include "dicom/role.h"
#include "dicom/stack.h"
#include "dicom/tilt.h"
}

namespace dens
{

struct VolumeFree {
    void operator()(Volume *volume) const
    {
        volume_free(volume);
    }
};
struct MaskFree {
    void operator()(Mask *mask) const
    {
        mask_free(mask);
    }
};
using VolumePtr = std::unique_ptr<Volume, VolumeFree>;
using MaskPtr = std::unique_ptr<Mask, MaskFree>;

/* Runs the body of an extern "C" function: no exception leaves it. */
template <class Result, class Body>
Result guarded(DensError **err, const char *where, Result failed, Body body)
{
    try {
        return body();
    } catch (const std::bad_alloc &) {
        error_no_memory(err);
    } catch (...) {
        error_set(err, DENS_ERROR_INTERNAL, where, "the DICOM library failed");
    }
    return failed;
}

/* A string for a C struct that frees it. */
char *copy_of(const std::string &text);

/* Once in a process, from any thread: DCMTK prints nothing any more, and its dictionary is there. */
bool library_ready(DensError **err);

/* While it lives, what DCMTK warns of in this thread is kept here. Not nested. */
class Warnings
{
  public:
    Warnings();
    ~Warnings();
    Warnings(const Warnings &) = delete;
    Warnings &operator=(const Warnings &) = delete;
    std::vector<std::string> lines;
};

/* Does it have the 128 bytes and "DICM" of a DICOM file? */
bool has_preamble(const char *path);
/* Loads a file; pixel data stay in it until asked for. Refused with one line: no DICOM, cut off, damaged. */
bool load(const char *path, DcmFileFormat &out, PixelPlace &out_pixels, DensError **err);
/* Is it a DICOMDIR, the list of the files of a medium? */
bool is_directory(DcmFileFormat &file);

/* Attributes; false or "" where absent, empty or not of the kind. Text is valid UTF-8 without controls. */
std::string text_of(DcmItem &item, const DcmTagKey &key);
std::string all_text_of(DcmItem &item, const DcmTagKey &key); /* values with backslashes between */
/* Text of a declared SpecificCharacterSet, code extensions among them, as UTF-8; false if it is none. */
bool text_to_utf8(const std::string &declared, const std::string &text, std::string &out);
bool number_of(DcmItem &item, const DcmTagKey &key, double &out, unsigned long index = 0);
bool integer_of(DcmItem &item, const DcmTagKey &key, unsigned &out);
/* All of `count` values; false if one is missing. */
bool numbers_of(DcmItem &item, const DcmTagKey &key, double *out, unsigned long count);

/* Where the attributes of one frame stand: in its own functional group, in the shared one, or, in classic
 * images, in the data set itself (PS3.3 C.7.6.16). */
struct Scope {
    DcmDataset *dataset;
    DcmItem *own, *shared; /* NULL in classic images */
    /* The item of a group with this attribute, or the data set if it has it; NULL if nobody has. */
    DcmItem *holder(const DcmTagKey &group, const DcmTagKey &attribute) const;
    std::string text(const DcmTagKey &group, const DcmTagKey &attribute) const;
    bool number(const DcmTagKey &group, const DcmTagKey &attribute, double &out) const;
};

/* The frames of one image file, in `arena`. False: no image that can be read; `out_problem` says why in one
 * line. `place` is where the walk found the pixels. */
bool image_frames(Arena *arena, DcmFileFormat &file, const char *path, const PixelPlace &place,
                  std::vector<Frame *> &out, std::string &out_problem);
/* Kind of image, echo, diffusion weighting and time of a frame. */
void tags_of(Arena *arena, const Scope &scope, FrameTags &out);
/* Is it a Siemens mosaic? If so, its tiles become frames. */
bool is_mosaic(const Frame &frame);
bool mosaic_split(Arena *arena, DcmDataset &dataset, const Frame &whole, std::vector<Frame *> &out,
                  std::string &out_problem);
/* From stored values to measured ones: slope, intercept, unit, padding. */
bool scale_of(Arena *arena, const Scope &scope, Frame &frame, std::string &out_problem);
/* Seconds since 1970 of a date (DA) and a time (TM), and of a DT; false if they are none. */
bool moment_of(const std::string &date, const std::string &time, double &out);
bool moment_of(const std::string &date_and_time, double &out);
/* Where a private element stands that its creator puts at `key` if its block is the first: each data set may
 * reserve another block for it (PS3.5 7.8.1). DCM_UndefinedTagKey, which no data set has, if it reserves
 * none.
 */
DcmTagKey private_key(DcmItem &item, const DcmTagKey &key, const char *creator);
/* The factor from Bq/ml to SUV by body weight; false with the reason. A half-life above 0 says that the
 * factor is that of an image which is the first of its series. */
bool suv_factor(DcmDataset &dataset, double &out, double &out_half_life_s, std::string &out_reason);
/* False if a PET lists its corrections, and that for attenuation is not among them (CorrectedImage). */
bool attenuation_corrected(DcmDataset &dataset);
/* The stack that the frames' planes make; out_order as stack_build says. */
bool frames_stack(const std::vector<Frame *> &frames, std::vector<size_t> &out_order, Stack &out,
                  DensError **err);
bool vec3_of(DcmItem &item, const DcmTagKey &key, Vec3 &out, unsigned long from = 0);

} // namespace dens

#endif
