/* What both ends of an association share. */
#ifndef DENS_DICOM_NETWORK_HH
#define DENS_DICOM_NETWORK_HH

#include "dcmtk.hh"

#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>
#include <dcmtk/dcmtls/tlslayer.h>

extern "C" {
#include "dicom/network.h"
}

namespace dens
{

/* Globals of DCMTK for a process of one association. */
void network_ready(unsigned timeout_seconds);
/* NULL with the reason when a key or a certificate cannot be used. */
std::unique_ptr<DcmTLSTransportLayer> tls_layer(T_ASC_NetworkRole role, const DicomTls &tls, DensError **err);
/* What went wrong, in one line. */
std::string told(const OFCondition &status);

/* A network with its association, closed in order. */
struct Association {
    bool accepts = false;
    T_ASC_Network *network = nullptr;
    T_ASC_Association *handle = nullptr;
    std::unique_ptr<DcmTLSTransportLayer> layer;
    ~Association();
};

} // namespace dens

#endif
