/* The end of an association that calls: C-STORE of files. */
#include "network.hh"

#include <dcmtk/dcmnet/diutil.h>

#include <cstring>

using namespace dens;

namespace
{

constexpr size_t MOST_CONTEXTS = 128; /* their identifiers are the odd numbers below 256 (PS3.8 9.3.2.2) */

struct Object {
    std::string path, sop_class, instance;
};

bool fault(const DicomSender &sender, DensError **err, const char *what, const std::string &why)
{
    return error_input(err, sender.peer_ae, "%s: %s", what, why.c_str());
}

bool read_objects(const char *const *paths, size_t count, std::vector<Object> &out, DensError **err)
{
    for (size_t n = 0; n < count; n++) {
        DcmFileFormat file;
        PixelPlace place;
        if (!load(paths[n], file, place, err)) {
            return false;
        }
        out.push_back({paths[n], text_of(*file.getDataset(), DCM_SOPClassUID),
                       text_of(*file.getDataset(), DCM_SOPInstanceUID)});
    }
    return true;
}

OFCondition offer(T_ASC_Parameters *params, const std::vector<Object> &objects)
{
    const char *syntaxes[] = {UID_LittleEndianExplicitTransferSyntax, UID_LittleEndianImplicitTransferSyntax};
    std::vector<std::string> offered;
    OFCondition status = EC_Normal;
    for (const Object &object : objects) {
        bool there = false;
        for (const std::string &one : offered) {
            there = there || one == object.sop_class;
        }
        if (!there && status.good() && offered.size() < MOST_CONTEXTS) {
            offered.push_back(object.sop_class);
            status = ASC_addPresentationContext(
                params, static_cast<T_ASC_PresentationContextID>(2 * offered.size() - 1),
                object.sop_class.c_str(), syntaxes, 2);
        }
    }
    return status;
}

bool connect(const DicomSender &sender, const std::vector<Object> &objects, Association &link,
             DensError **err)
{
    T_ASC_Parameters *params = nullptr;
    const std::string address = std::string(sender.host) + ":" + std::to_string(sender.port);
    OFCondition status =
        ASC_initializeNetwork(NET_REQUESTOR, 0, static_cast<int>(sender.timeout_seconds), &link.network);
    if (status.good()) {
        status = ASC_createAssociationParameters(&params, ASC_MAXIMUMPDUSIZE);
    }
    if (status.bad()) {
        return error_set(err, DENS_ERROR_INTERNAL, "DICOM network", "%s", told(status).c_str());
    }
    if (sender.secure) {
        link.layer = tls_layer(NET_REQUESTOR, sender.tls, err);
        if (!link.layer || ASC_setTransportLayer(link.network, link.layer.get(), 0).bad()) {
            (void)ASC_destroyAssociationParameters(&params);
            return link.layer ? error_set(err, DENS_ERROR_INTERNAL, "TLS", "cannot be used") : false;
        }
    }
    (void)ASC_setTransportLayerType(params, sender.secure ? OFTrue : OFFalse);
    (void)ASC_setAPTitles(params, sender.ae, sender.peer_ae, nullptr);
    (void)ASC_setPresentationAddresses(params, "localhost", address.c_str());
    status = offer(params, objects);
    if (status.good()) {
        status = ASC_requestAssociation(link.network, params, &link.handle);
    }
    if (status == DUL_ASSOCIATIONREJECTED) {
        T_ASC_RejectParameters why;
        OFString text;
        ASC_getRejectParameters(params, &why);
        ASC_printRejectParameters(text, &why);
        std::string line(text.c_str());
        for (char &letter : line) {
            letter = letter == '\n' ? ' ' : letter;
        }
        return fault(sender, err, "refuses the association", line);
    }
    return status.good() || fault(sender, err, "cannot be reached", told(status));
}

bool send(const DicomSender &sender, Association &link, const Object &object, unsigned number,
          DensError **err)
{
    T_DIMSE_C_StoreRQ request;
    T_DIMSE_C_StoreRSP response;
    DcmDataset *detail = nullptr;
    memset(&request, 0, sizeof request);
    memset(&response, 0, sizeof response);
    T_ASC_PresentationContextID context =
        ASC_findAcceptedPresentationContextID(link.handle, object.sop_class.c_str());
    if (context == 0) {
        return fault(sender, err, "takes no objects of this SOP class", object.sop_class);
    }
    request.MessageID = static_cast<DIC_US>(number + 1);
    request.DataSetType = DIMSE_DATASET_PRESENT;
    request.Priority = DIMSE_PRIORITY_MEDIUM;
    OFStandard::strlcpy(request.AffectedSOPClassUID, object.sop_class.c_str(),
                        sizeof request.AffectedSOPClassUID);
    OFStandard::strlcpy(request.AffectedSOPInstanceUID, object.instance.c_str(),
                        sizeof request.AffectedSOPInstanceUID);
    OFCondition status =
        DIMSE_storeUser(link.handle, context, &request, object.path.c_str(), nullptr, nullptr, nullptr,
                        DIMSE_NONBLOCKING, static_cast<int>(sender.timeout_seconds), &response, &detail);
    delete detail;
    if (status.bad()) {
        return fault(sender, err, "the association ended", told(status));
    }
    /* 0000 success; B000 and its kin: stored, with a warning (PS3.4 B.2.3) */
    if (response.DimseStatus != STATUS_Success && (response.DimseStatus & 0xf000) != 0xb000) {
        char code[8];
        (void)snprintf(code, sizeof code, "%04X", response.DimseStatus);
        return fault(sender, err, "does not take an object; status", code);
    }
    return true;
}

bool store_all(const DicomSender &sender, const char *const *paths, size_t count, DensError **err)
{
    Association link;
    std::vector<Object> objects;
    network_ready(sender.timeout_seconds);
    if (!read_objects(paths, count, objects, err) || !connect(sender, objects, link, err)) {
        return false;
    }
    for (size_t n = 0; n < count; n++) {
        if (!send(sender, link, objects[n], static_cast<unsigned>(n), err) ||
            !sender.sent(sender.context, paths[n], err)) {
            (void)ASC_abortAssociation(link.handle);
            return false;
        }
    }
    (void)ASC_releaseAssociation(link.handle); /* all is stored; what comes after does not matter */
    return true;
}

} // namespace

extern "C" bool dicom_store(const DicomSender *sender, const char *const *paths, size_t count,
                            DensError **err)
{
    return guarded<bool>(err, sender->peer_ae, false,
                         [&] { return library_ready(err) && store_all(*sender, paths, count, err); });
}
