/* The end of an association that is called: C-ECHO and C-STORE.
 *
 * An object is written as its bytes come, in the transfer syntax it was sent in, and read once it is whole:
 * an object that cannot be read, or is not what the command said, is refused. The answer "success" is given
 * only after `keep` has put the file where it will stay and, if that was promised, on the disk; the disk is
 * told to begin while more of the object comes. DCMTK's own stream for this writes through a buffer and does
 * not tell when its last part could not be written; so the bytes go through a consumer of our own.
 */
#include "network.hh"

#include <dcmtk/dcmdata/dcostrma.h>
#include <dcmtk/dcmdata/dcostrmf.h>
#include <dcmtk/dcmnet/dul.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

using namespace dens;

namespace
{

constexpr unsigned REQUEST_SECONDS = 30; /* for the peer to ask for the association */
constexpr unsigned PDU_BYTES = ASC_MAXIMUMPDUSIZE;
constexpr offile_off_t EARLY_BYTES = 262144; /* so much at once goes to the disk before the rest is there */

/* All that dens stores, as its reader knows them; what needs no decoding first. */
const char *syntaxes[] = {UID_LittleEndianExplicitTransferSyntax,
                          UID_LittleEndianImplicitTransferSyntax,
                          UID_BigEndianExplicitTransferSyntax,
                          UID_DeflatedExplicitVRLittleEndianTransferSyntax,
                          UID_RLELosslessTransferSyntax,
                          UID_JPEGProcess14SV1TransferSyntax,
                          UID_JPEGProcess14TransferSyntax,
                          UID_JPEGLSLosslessTransferSyntax,
                          UID_JPEG2000LosslessOnlyTransferSyntax,
                          UID_JPEGLSLossyTransferSyntax,
                          UID_JPEG2000TransferSyntax,
                          UID_JPEGProcess2_4TransferSyntax,
                          UID_JPEGProcess1TransferSyntax};
constexpr int SYNTAX_COUNT = sizeof syntaxes / sizeof *syntaxes;

/* Writes to a descriptor and remembers whether it went well. DCMTK never hears that it did not: it would wait
 * for more of the object (DIMSE_ignoreDataSet) even after its last part. */
class Sink : public DcmConsumer
{
  public:
    Sink(int descriptor, bool to_the_disk) : file(descriptor), early(to_the_disk)
    {
    }
    OFBool good() const override
    {
        return OFTrue;
    }
    OFCondition status() const override
    {
        return EC_Normal;
    }
    OFBool isFlushed() const override
    {
        return OFTrue;
    }
    offile_off_t avail() const override
    {
        return PDU_BYTES;
    }
    offile_off_t write(const void *bytes, offile_off_t length) override
    {
        for (offile_off_t done = 0; done < length && reason == 0;) {
            ssize_t put =
                ::write(file, static_cast<const char *>(bytes) + done, static_cast<size_t>(length - done));
            reason = put < 0 && errno != EINTR ? errno : 0;
            done += put > 0 ? put : 0;
        }
        waiting += length;
        if (waiting >= EARLY_BYTES) {
            begin_disk();
        }
        return length;
    }
    void flush() override
    {
    }
    /* The disk begins with what was written. Only a hint: whoever waits for the disk is told of its faults.
     */
    void begin_disk()
    {
        if (early) {
            (void)sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
        }
        waiting = 0;
    }
    int reason = 0;

  private:
    const int file;
    const bool early;
    offile_off_t waiting = 0;
};

class Stream : public DcmOutputStream
{
  public:
    explicit Stream(Sink &sink) : DcmOutputStream(&sink)
    {
    }
};

struct Session {
    const DicomAcceptor &acceptor;
    T_ASC_Association *association;
    std::string calling;
    unsigned number = 0;
    std::string path() const
    {
        return std::string(acceptor.folder) + "/.in-" + std::to_string(getpid()) + "-" +
               std::to_string(number);
    }
    void tell(LogLevel level, const std::string &what) const
    {
        log_line(acceptor.log, level, "%s: %s", calling.c_str(), what.c_str());
    }
};

bool is_caller(const DicomAcceptor &acceptor, const char *calling)
{
    for (size_t n = 0; n < acceptor.caller_count; n++) {
        if (strcmp(acceptor.callers[n], calling) == 0) {
            return true;
        }
    }
    return false;
}

/* NULL: the association is to be had; else why not. */
const char *refusal(const DicomAcceptor &acceptor, const T_ASC_Parameters &params,
                    T_ASC_RejectParameters &out)
{
    const DUL_ASSOCIATESERVICEPARAMETERS &asked = params.DULparams;
    out = {ASC_RESULT_REJECTEDPERMANENT, ASC_SOURCE_SERVICEUSER, ASC_REASON_SU_NOREASON};
    if (acceptor.busy) {
        out = {ASC_RESULT_REJECTEDTRANSIENT, ASC_SOURCE_SERVICEPROVIDER_PRESENTATION_RELATED,
               ASC_REASON_SP_PRES_LOCALLIMITEXCEEDED};
        return "refused for now: there are too many associations";
    }
    if (strcmp(asked.applicationContextName, UID_StandardApplicationContext) != 0) {
        out.reason = ASC_REASON_SU_APPCONTEXTNAMENOTSUPPORTED;
        return "refused: its application context is not that of DICOM";
    }
    if (strcmp(asked.calledAPTitle, acceptor.ae) != 0) {
        out.reason = ASC_REASON_SU_CALLEDAETITLENOTRECOGNIZED;
        return "refused: it calls another AE title than ours";
    }
    if (!is_caller(acceptor, asked.callingAPTitle)) {
        out.reason = ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED;
        return "refused: no peer of this AE title has the address it calls from";
    }
    return nullptr;
}

bool negotiate(const Session &session)
{
    T_ASC_Parameters *params = session.association->params;
    const char *verification = UID_VerificationSOPClass;
    T_ASC_RejectParameters reject;
    if (const char *why = refusal(session.acceptor, *params, reject)) {
        session.tell(LOG_WARNING, why);
        (void)ASC_rejectAssociation(session.association, &reject);
        return false;
    }
    OFCondition status =
        ASC_acceptContextsWithPreferredTransferSyntaxes(params, &verification, 1, syntaxes, SYNTAX_COUNT);
    if (status.good()) {
        status = ASC_acceptContextsWithPreferredTransferSyntaxes(
            params, dcmAllStorageSOPClassUIDs, numberOfDcmAllStorageSOPClassUIDs, syntaxes, SYNTAX_COUNT);
    }
    if (status.good()) {
        status = ASC_acknowledgeAssociation(session.association);
    }
    if (status.bad()) {
        session.tell(LOG_WARNING, "the association could not be accepted: " + told(status));
    } else if (ASC_countAcceptedPresentationContexts(params) == 0) {
        session.tell(LOG_WARNING,
                     "none of what it offers is stored here: no common SOP class and transfer syntax");
    }
    return status.good();
}

/* The meta header as a file of its own, to which the data set is added; -1 if it cannot be written. */
int begin_file(const Session &session, const T_DIMSE_C_StoreRQ &request, T_ASC_PresentationContextID context)
{
    DcmOutputFileStream *header = nullptr;
    const std::string path = session.path();
    OFCondition status =
        DIMSE_createFilestream(path.c_str(), &request, session.association, context, 1, &header);
    delete header;
    int file = status.good() ? open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
    if (file >= 0 && lseek(file, 0, SEEK_END) < 132) {
        (void)close(file);
        return -1;
    }
    return file;
}

/* Takes the data set's bytes off the network in any case; false: the association is over. */
bool receive(const Session &session, const T_DIMSE_C_StoreRQ &request, T_ASC_PresentationContextID context,
             bool &out_written)
{
    const int seconds = static_cast<int>(session.acceptor.idle_seconds);
    T_ASC_PresentationContextID used = 0;
    OFCondition status;
    int file = begin_file(session, request, context);
    out_written = false;
    if (file < 0) {
        DIC_UL bytes = 0;
        DIC_UL count = 0;
        status = DIMSE_ignoreDataSet(session.association, DIMSE_NONBLOCKING, seconds, &bytes, &count);
    } else {
        Sink sink(file, !session.acceptor.unsynced);
        Stream stream(sink);
        status = DIMSE_receiveDataSetInFile(session.association, DIMSE_NONBLOCKING, seconds, &used, &stream,
                                            nullptr, nullptr);
        sink.begin_disk();
        out_written = status.good() && sink.reason == 0;
        out_written = close(file) == 0 && out_written;
    }
    if (status.bad()) {
        session.tell(LOG_WARNING,
                     "the association ended within an object, which is not kept: " + told(status));
        return false;
    }
    return true;
}

DicomKeeping keep(const Session &session, const T_DIMSE_C_StoreRQ &request, Uint16 &out_status)
{
    DensError *fault = nullptr;
    DcmFileFormat file;
    PixelPlace place;
    DicomKeeping kept = DICOM_NOT_TAKEN;
    out_status = STATUS_STORE_Error_CannotUnderstand;
    if (load(session.path().c_str(), file, place, &fault)) {
        DcmDataset &dataset = *file.getDataset();
        const std::string study = text_of(dataset, DCM_StudyInstanceUID);
        const std::string series = text_of(dataset, DCM_SeriesInstanceUID);
        const std::string instance = text_of(dataset, DCM_SOPInstanceUID);
        const std::string sop_class = text_of(dataset, DCM_SOPClassUID);
        const std::string modality = text_of(dataset, DCM_Modality);
        const std::string manufacturer = text_of(dataset, DCM_Manufacturer);
        if (instance != request.AffectedSOPInstanceUID || sop_class != request.AffectedSOPClassUID) {
            out_status = STATUS_STORE_Error_DataSetDoesNotMatchSOPClass;
            (void)error_input(&fault, nullptr, "its UIDs are not those that were announced");
        } else if (study.empty() || series.empty()) {
            (void)error_input(&fault, nullptr, "it names no study or no series");
        } else {
            const DicomArrived object = {study.c_str(),          series.c_str(),   instance.c_str(),
                                         sop_class.c_str(),      modality.c_str(), manufacturer.c_str(),
                                         session.calling.c_str()};
            kept = session.acceptor.keep(session.acceptor.context, &object, session.path().c_str(), &fault);
        }
    }
    if (fault) {
        session.tell(LOG_WARNING, std::string("an object is refused: ") + dens_error_summary(fault));
        dens_error_free(fault);
    }
    return kept;
}

bool store(Session &session, T_DIMSE_C_StoreRQ &request, T_ASC_PresentationContextID context)
{
    T_DIMSE_C_StoreRSP response;
    Uint16 why_not = STATUS_STORE_Error_CannotUnderstand;
    bool written = false;
    memset(&response, 0, sizeof response);
    session.number++;
    bool goes_on = receive(session, request, context, written);
    DicomKeeping kept = DICOM_NO_ROOM;
    if (goes_on && written) {
        kept = keep(session, request, why_not);
    } else if (goes_on) {
        session.tell(LOG_ERROR, "an object is refused: it cannot be written to the disk");
    }
    (void)unlink(session.path().c_str()); /* gone already if it was kept */
    if (!goes_on) {
        return false;
    }
    response.DimseStatus = kept == DICOM_KEPT      ? STATUS_STORE_Success
                           : kept == DICOM_NO_ROOM ? STATUS_STORE_Refused_OutOfResources
                                                   : why_not;
    OFCondition status = DIMSE_sendStoreResponse(session.association, context, &request, &response, nullptr);
    if (status.bad()) {
        session.tell(LOG_WARNING, "the answer to an object could not be sent: " + told(status));
    }
    return status.good();
}

bool answer(Session &session, T_DIMSE_Message &message, T_ASC_PresentationContextID context)
{
    if (message.CommandField == DIMSE_C_ECHO_RQ) {
        return DIMSE_sendEchoResponse(session.association, context, &message.msg.CEchoRQ, STATUS_Success,
                                      nullptr)
            .good();
    }
    if (message.CommandField == DIMSE_C_STORE_RQ) {
        return store(session, message.msg.CStoreRQ, context);
    }
    session.tell(LOG_WARNING, "asks for a service that is not offered here");
    (void)ASC_abortAssociation(session.association);
    return false;
}

void serve(Session &session)
{
    const int seconds = static_cast<int>(session.acceptor.idle_seconds);
    for (;;) {
        T_DIMSE_Message message;
        T_ASC_PresentationContextID context = 0;
        DcmDataset *detail = nullptr;
        OFCondition status = DIMSE_receiveCommand(session.association, DIMSE_NONBLOCKING, seconds, &context,
                                                  &message, &detail);
        delete detail;
        if (status == DUL_PEERREQUESTEDRELEASE) {
            (void)ASC_acknowledgeRelease(session.association);
            return;
        }
        if (status == DIMSE_NODATAAVAILABLE) {
            session.tell(LOG_WARNING, "says nothing any more; the association is ended");
            (void)ASC_abortAssociation(session.association);
            return;
        }
        if (status.bad()) {
            session.tell(LOG_WARNING, "the association ended without a release: " + told(status));
            return;
        }
        if (!answer(session, message, context)) {
            return;
        }
    }
}

bool serve_socket(int socket, const DicomAcceptor &acceptor, DensError **err)
{
    Association link;
    link.accepts = true;
    network_ready(acceptor.idle_seconds);
    dcmExternalSocketHandle.set(socket);
    OFCondition status =
        ASC_initializeNetwork(NET_ACCEPTOR, 0, static_cast<int>(REQUEST_SECONDS), &link.network);
    if (status.bad()) {
        return error_set(err, DENS_ERROR_INTERNAL, "DICOM network", "%s", told(status).c_str());
    }
    if (acceptor.tls.key) {
        link.layer = tls_layer(NET_ACCEPTOR, acceptor.tls, err);
        if (!link.layer || ASC_setTransportLayer(link.network, link.layer.get(), 0).bad()) {
            return link.layer ? error_set(err, DENS_ERROR_INTERNAL, "TLS", "cannot be used") : false;
        }
    }
    status = ASC_receiveAssociation(link.network, &link.handle, PDU_BYTES, nullptr, nullptr,
                                    acceptor.tls.key ? OFTrue : OFFalse);
    if (status.bad()) {
        log_line(acceptor.log, LOG_WARNING, "a connection brought no association: %s", told(status).c_str());
        return true;
    }
    std::string calling(link.handle->params->DULparams.callingAPTitle);
    for (char &letter : calling) { /* an AE title is printable ASCII (PS3.5 6.2) */
        letter = letter > 32 && letter < 127 ? letter : '?';
    }
    Session session = {acceptor, link.handle, calling};
    if (negotiate(session)) {
        serve(session);
    }
    return true;
}

} // namespace

extern "C" bool dicom_association_serve(int socket, const DicomAcceptor *acceptor, DensError **err)
{
    return guarded<bool>(err, "DICOM network", false,
                         [&] { return library_ready(err) && serve_socket(socket, *acceptor, err); });
}
