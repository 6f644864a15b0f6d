/* The place of one image from its header (DICOM PS3.3 C.7.6.2, C.7.6.3). */
#include "dcmtk.hh"

namespace dens
{

bool vec3_of(DcmItem &item, const DcmTagKey &key, Vec3 &out, unsigned long from)
{
    return number_of(item, key, out.x, from) && number_of(item, key, out.y, from + 1) &&
           number_of(item, key, out.z, from + 2);
}

bool slice_read(DcmDataset &dataset, const char *path, SliceRecord &out, DensError **err)
{
    Slice &slice = out.slice;
    unsigned rows = 0;
    unsigned columns = 0;
    double spacing[2];
    out.file = path;
    out.frame_uid = text_of(dataset, DCM_FrameOfReferenceUID);
    if (!integer_of(dataset, DCM_Rows, rows) || !integer_of(dataset, DCM_Columns, columns) || rows == 0 ||
        columns == 0) {
        return error_input(err, path, "has no Rows and Columns: it is no image");
    }
    slice.rows = rows;
    slice.columns = columns;
    if (!vec3_of(dataset, DCM_ImagePositionPatient, slice.position_lps_mm)) {
        return error_input(err, path, "has no ImagePositionPatient: its place in the patient is unknown");
    }
    if (!vec3_of(dataset, DCM_ImageOrientationPatient, slice.row_lps) ||
        !vec3_of(dataset, DCM_ImageOrientationPatient, slice.column_lps, 3)) {
        return error_input(err, path, "has no ImageOrientationPatient: its place in the patient is unknown");
    }
    if (!numbers_of(dataset, DCM_PixelSpacing, spacing, 2)) {
        return error_input(err, path, "has no PixelSpacing");
    }
    slice.down_mm = spacing[0]; /* the first value is the distance of rows */
    slice.across_mm = spacing[1];
    return true;
}

bool slices_stack(const std::vector<SliceRecord> &records, std::vector<size_t> &out_order, Stack &out,
                  DensError **err)
{
    std::vector<Slice> slices;
    slices.reserve(records.size());
    for (const SliceRecord &record : records) {
        slices.push_back(record.slice);
        slices.back().file = record.file.c_str();
        slices.back().frame_uid = record.frame_uid.c_str();
    }
    out_order.resize(records.size());
    return stack_build(slices.data(), slices.size(), out_order.data(), &out, err);
}

} // namespace dens
