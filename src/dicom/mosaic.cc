/* Siemens mosaics: all slices of a volume as tiles of one image.
 *
 * The number of tiles and the direction in which they follow stand in private elements: (0019,100A), and the
 * CSA image header (0029,1010), a table of named texts. ImagePositionPatient is that of a single image of the
 * mosaic's size around the first slice's centre, so the first tile's corner lies half the difference inwards.
 * Tiles run along rows, in a square that is just large enough. The layout of the CSA header is known from the
 * open readers of it (nibabel, dcm2niix); what it says is believed only if the slices then lie where a
 * direction at a right angle puts them. */
#include "dcmtk.hh"

#include <cmath>
#include <cstring>

namespace dens
{

namespace
{

constexpr size_t CSA_NAME_BYTES = 64;
constexpr size_t CSA_TAG_BYTES = 84;
constexpr size_t CSA_ITEM_BYTES = 16;
constexpr unsigned CSA_TAGS_MAX = 1000;
constexpr unsigned CSA_ITEMS_MAX = 1000;
constexpr unsigned TILES_MAX = 4096;
constexpr double RIGHT_ANGLE = 1e-2; /* difference of two unit vectors' directions */

uint32_t word_at(const Uint8 *bytes, size_t at)
{
    return bytes[at] | static_cast<uint32_t>(bytes[at + 1]) << 8 |
           static_cast<uint32_t>(bytes[at + 2]) << 16 | static_cast<uint32_t>(bytes[at + 3]) << 24;
}

/* The texts of one tag of a CSA header ("SV10"); empty if it is not there or damaged. */
std::vector<std::string> csa_texts(const Uint8 *bytes, size_t length, const char *name)
{
    std::vector<std::string> texts;
    if (length < 16 || memcmp(bytes, "SV10", 4) != 0 || word_at(bytes, 8) > CSA_TAGS_MAX) {
        return texts;
    }
    size_t at = 16;
    for (uint32_t tag = word_at(bytes, 8); tag > 0 && length - at >= CSA_TAG_BYTES; tag--) {
        bool wanted = strncmp(reinterpret_cast<const char *>(bytes + at), name, CSA_NAME_BYTES) == 0;
        uint32_t items = word_at(bytes, at + 76);
        at += CSA_TAG_BYTES;
        for (; items > 0 && items <= CSA_ITEMS_MAX && length - at >= CSA_ITEM_BYTES; items--) {
            size_t size = word_at(bytes, at + 4);
            size_t padded = (size + 3) / 4 * 4;
            at += CSA_ITEM_BYTES;
            if (padded > length - at) {
                return texts;
            }
            if (wanted && size > 0) {
                const char *text = reinterpret_cast<const char *>(bytes + at);
                texts.emplace_back(text, strnlen(text, size));
            }
            at += padded;
        }
        if (wanted) {
            break;
        }
    }
    return texts;
}

std::vector<std::string> csa_texts(DcmDataset &dataset, const char *name)
{
    const DcmTagKey key = private_key(dataset, DcmTagKey(0x0029, 0x1010), "SIEMENS CSA HEADER");
    DcmElement *element = nullptr;
    Uint8 *bytes = nullptr;
    if (dataset.findAndGetElement(key, element).bad() || !element || element->getUint8Array(bytes).bad() ||
        !bytes) {
        return {};
    }
    return csa_texts(bytes, element->getLength(), name);
}

bool number_in(const std::string &text, double &out)
{
    OFBool good = OFFalse;
    out = OFStandard::atof(text.c_str(), &good);
    return good && std::isfinite(out);
}

unsigned count_tiles(DcmDataset &dataset)
{
    const DcmTagKey key = private_key(dataset, DcmTagKey(0x0019, 0x100a), "SIEMENS MR HEADER");
    unsigned count = 0;
    double number = 0;
    if (integer_of(dataset, key, count)) {
        return count;
    }
    std::vector<std::string> texts = csa_texts(dataset, "NumberOfImagesInMosaic");
    return !texts.empty() && number_in(texts[0], number) && number >= 1 && number <= TILES_MAX
               ? static_cast<unsigned>(number)
               : 0;
}

/* From slice to slice: the CSA header's normal, else row × column. False if the former is not along the
 * latter. */
bool find_normal(DcmDataset &dataset, const Slice &plane, Vec3 &out)
{
    Vec3 stated = {};
    std::vector<std::string> texts = csa_texts(dataset, "SliceNormalVector");
    out = vec3_cross(plane.row_lps, plane.column_lps);
    if (texts.size() < 3) {
        return true;
    }
    if (!number_in(texts[0], stated.x) || !number_in(texts[1], stated.y) || !number_in(texts[2], stated.z)) {
        return false;
    }
    double sign = vec3_dot(stated, out) < 0 ? -1 : 1;
    out = vec3_scale(out, sign);
    return vec3_length(vec3_sub(stated, out)) <= RIGHT_ANGLE;
}

} // namespace

bool is_mosaic(const Frame &frame)
{
    return strstr(frame.tags.kind, "MOSAIC") != nullptr;
}

bool mosaic_split(Arena *arena, DcmDataset &dataset, const Frame &whole, std::vector<Frame *> &out,
                  std::string &problem)
{
    const Slice &plane = whole.slice;
    unsigned tiles = count_tiles(dataset);
    unsigned side = static_cast<unsigned>(std::ceil(std::sqrt(static_cast<double>(tiles))));
    double spacing = 0;
    Vec3 normal;
    if (tiles == 0 || tiles > TILES_MAX || plane.columns % side != 0 || plane.rows % side != 0) {
        problem = "is a mosaic, and does not say of how many images";
        return false;
    }
    if (!number_of(dataset, DCM_SpacingBetweenSlices, spacing) || !(spacing > 0)) {
        problem = "is a mosaic without SpacingBetweenSlices";
        return false;
    }
    if (!find_normal(dataset, plane, normal)) {
        problem = "is a mosaic whose slices do not follow at a right angle";
        return false;
    }
    size_t columns = plane.columns / side;
    size_t rows = plane.rows / side;
    Vec3 inwards = vec3_add(
        vec3_scale(plane.row_lps, plane.across_mm * static_cast<double>(plane.columns - columns) / 2),
        vec3_scale(plane.column_lps, plane.down_mm * static_cast<double>(plane.rows - rows) / 2));
    for (unsigned n = 0; n < tiles; n++) {
        Frame *tile = static_cast<Frame *>(arena_alloc(arena, sizeof *tile));
        *tile = whole;
        tile->tile_column = static_cast<uint32_t>(n % side * columns);
        tile->tile_row = static_cast<uint32_t>(n / side * rows);
        tile->slice.columns = columns;
        tile->slice.rows = rows;
        tile->slice.position_lps_mm =
            vec3_add(vec3_add(plane.position_lps_mm, inwards), vec3_scale(normal, spacing * n));
        out.push_back(tile);
    }
    return true;
}

} // namespace dens
