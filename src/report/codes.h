/* Coded entries for what the result document says: DICOM, SNOMED CT (concepts of DICOM's own subset only),
 * and for all else the ids of dens themselves, scheme 99DENS. */
#ifndef DENS_REPORT_CODES_H
#define DENS_REPORT_CODES_H

#include "base/value.h"
#include "dicom/objects.h"

#define CODES_PRIVATE "99DENS"
#define CODES_PRIVATE_UID "2.25.281183739921154146526314124001686927130"
#define CODES_PRIVATE_URI "urn:oid:" CODES_PRIVATE_UID

/* The code of a vertebral level ("C4"), of a side, of a diagnosis, of "present" and "absent"; NULL if none.
 */
const DicomCode *codes_level(const char *id);
const DicomCode *codes_side(const char *id);
const DicomCode *codes_diagnosis(const char *id);
const DicomCode *codes_presence(const char *id);

/* The concept of a measurement: what was measured, and how the value was derived from it ("mean", value NULL
 * if not at all). Strings are the measurement's. */
typedef struct {
    DicomCode concept, derivation;
} MeasurementCode;
MeasurementCode codes_measurement(const Value *measurement);

/* The URI by which FHIR knows a scheme; NULL if there is none. */
const char *codes_uri(const char *scheme);

extern const DicomCode codes_lesion, codes_cervical_spine;

#endif
