/* Files of one SOPInstanceUID: copies of one image, or a contradiction.
 *
 * An archive may change names and private elements on the way, so that the files need not be equal: what
 * decides is where the image lies, what its values mean, and its pixels as they are stored. */
#include "scan.hh"

#include <fstream>

namespace dens
{

namespace
{

constexpr size_t BLOCK_BYTES = 1 << 16;

std::string meaning_of(DcmDataset &dataset)
{
    static const DcmTagKey keys[] = {DCM_Rows,
                                     DCM_Columns,
                                     DCM_BitsStored,
                                     DCM_PixelRepresentation,
                                     DCM_NumberOfFrames,
                                     DCM_ImagePositionPatient,
                                     DCM_ImageOrientationPatient,
                                     DCM_PixelSpacing,
                                     DCM_RescaleSlope,
                                     DCM_RescaleIntercept,
                                     DCM_SeriesInstanceUID};
    std::string meaning;
    for (const DcmTagKey &key : keys) {
        meaning += all_text_of(dataset, key) + "|";
    }
    return meaning;
}

/* Is the rest of both streams, from here on `length` bytes, the same? */
bool same_bytes(std::ifstream &a, std::ifstream &b, uint64_t length)
{
    std::vector<char> one(BLOCK_BYTES);
    std::vector<char> two(BLOCK_BYTES);
    while (length > 0) {
        auto part = static_cast<std::streamsize>(std::min<uint64_t>(length, BLOCK_BYTES));
        if (!a.read(one.data(), part) || !b.read(two.data(), part) ||
            !std::equal(one.begin(), one.begin() + part, two.begin())) {
            return false;
        }
        length -= static_cast<uint64_t>(part);
    }
    return true;
}

bool same_pixels(const Instance &a, const Instance &b)
{
    std::ifstream one(a.path, std::ios::binary);
    std::ifstream two(b.path, std::ios::binary);
    if (!a.pixels.known || !b.pixels.known) { /* none, or not as they stand in the file: the whole files */
        one.seekg(0, std::ios::end);
        two.seekg(0, std::ios::end);
        std::streamoff length = one.tellg();
        return length >= 0 && length == two.tellg() && one.seekg(0) && two.seekg(0) &&
               same_bytes(one, two, static_cast<uint64_t>(length));
    }
    return a.pixels.length == b.pixels.length && one.seekg(static_cast<std::streamoff>(a.pixels.at)) &&
           two.seekg(static_cast<std::streamoff>(b.pixels.at)) && same_bytes(one, two, a.pixels.length);
}

} // namespace

Instance instance_of(DcmDataset &dataset, const char *path, const PixelPlace &pixels)
{
    return {path, meaning_of(dataset), pixels};
}

bool are_copies(const Instance &a, const Instance &b)
{
    return a.meaning == b.meaning && same_pixels(a, b);
}

} // namespace dens
