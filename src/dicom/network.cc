/* What both ends of an association share: settings, TLS, faults in words. */
#include "network.hh"

#include <dcmtk/dcmnet/dcmtrans.h>
#include <dcmtk/dcmnet/diutil.h>
#include <dcmtk/dcmnet/dul.h>

extern "C" {
#include "base/utf8.h"
}

namespace dens
{

void network_ready(unsigned timeout_seconds)
{
    /* an answer that waits for more to say (Nagle) costs 40 ms an object */
    (void)setenv("TCP_NODELAY", "1", 1);
    const Sint32 seconds = static_cast<Sint32>(timeout_seconds);
    dcmDisableGethostbyaddr.set(OFTrue); /* a name server that does not answer would hold everything up */
    dcmConnectionTimeout.set(seconds);
    dcmSocketSendTimeout.set(seconds);
    dcmSocketReceiveTimeout.set(seconds);
}

static bool load_keys(DcmTLSTransportLayer &layer, const DicomTls &tls, DensError **err)
{
    layer.setPrivateKeyPasswd(""); /* never asks on a terminal */
    if (layer.setPrivateKeyFile(tls.key, DCF_Filetype_PEM).bad()) {
        return error_set(err, DENS_ERROR_USAGE, tls.key, "the private key cannot be read");
    }
    if (layer.setCertificateFile(tls.certificate, DCF_Filetype_PEM).bad()) {
        return error_set(err, DENS_ERROR_USAGE, tls.certificate, "the certificate cannot be read");
    }
    if (!layer.checkPrivateKeyMatchesCertificate()) {
        return error_set(err, DENS_ERROR_USAGE, tls.key, "is not the private key of %s", tls.certificate);
    }
    if (tls.trust && layer.addTrustedCertificateFile(tls.trust, DCF_Filetype_PEM).bad()) {
        return error_set(err, DENS_ERROR_USAGE, tls.trust, "the trusted certificates cannot be read");
    }
    return true;
}

std::unique_ptr<DcmTLSTransportLayer> tls_layer(T_ASC_NetworkRole role, const DicomTls &tls, DensError **err)
{
    DcmTLSTransportLayer::initializeOpenSSL();
    std::unique_ptr<DcmTLSTransportLayer> layer(new DcmTLSTransportLayer(role, nullptr, OFFalse));
    if (!load_keys(*layer, tls, err)) {
        return nullptr;
    }
    if (layer->setTLSProfile(TSP_Profile_BCP195).bad() || layer->activateCipherSuites().bad()) {
        error_set(err, DENS_ERROR_INTERNAL, "TLS", "the security profile cannot be set");
        return nullptr;
    }
    bool must_show = role == NET_REQUESTOR || tls.trust;
    layer->setCertificateVerification(must_show ? DCV_requireCertificate : DCV_ignoreCertificate);
    return layer;
}

std::string told(const OFCondition &status)
{
    OFString text;
    DimseCondition::dump(text, status);
    std::string line(status.text());
    /* the innermost of nested conditions says most: it stands last */
    size_t last = text.find_last_of('\n', text.size() > 1 ? text.size() - 2 : 0);
    std::string all(text.c_str());
    if (last != std::string::npos) {
        line += ": " + all.substr(last + 1);
    }
    utf8_clean_line(&line[0]);
    return line;
}

Association::~Association()
{
    if (handle) {
        if (accepts) { /* waits for the peer to close, or it would lose what was said last */
            (void)ASC_dropSCPAssociation(handle);
        }
        (void)ASC_destroyAssociation(&handle);
    }
    if (network) {
        (void)ASC_dropNetwork(&network);
    }
}

} // namespace dens
