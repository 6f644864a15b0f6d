/* dens-dimse: one DICOM association, for `dens node`, in a process of its own (dicom/network.h).
 *
 *   dens-dimse accept … -- CALLER…   serves the connection at descriptor 3
 *   dens-dimse send … FILE…          stores results with a peer and notes in the spool what it has taken
 *
 * It ends with the node that started it: nobody else would know what it does. */
#include "cli/cli.h"
#include "node/spool.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { SOCKET = 3, SEND_SECONDS = 60 };

static const OptionSpec options[] = {{"ae", 0, "TITLE", false, ""},
                                     {"folder", 0, "DIR", false, ""},
                                     {"idle", 0, "SECONDS", false, ""},
                                     {"busy", 0, NULL, false, ""},
                                     {"unsynced", 0, NULL, false, ""},
                                     {"peer", 0, "TITLE", false, ""},
                                     {"name", 0, "NAME", false, ""},
                                     {"host", 0, "HOST", false, ""},
                                     {"port", 0, "PORT", false, ""},
                                     {"evaluation", 0, "NUMBER", false, ""},
                                     {"tls-key", 0, "FILE", false, ""},
                                     {"tls-certificate", 0, "FILE", false, ""},
                                     {"tls-trust", 0, "FILE", false, ""},
                                     {"log", 0, "text|json", false, ""},
                                     {0}};

static unsigned number(const CommandLine *line, const char *name)
{
    return (unsigned)strtoul(option_value(line, name, "0"), NULL, 10);
}

static DicomTls tls_of(const CommandLine *line)
{
    return (DicomTls){option_value(line, "tls-key", NULL), option_value(line, "tls-certificate", NULL),
                      option_value(line, "tls-trust", NULL)};
}

static bool accept_one(const CommandLine *line, Arena *arena, Log *log, DensError **err)
{
    const char *folder = option_value(line, "folder", ".");
    const bool unsynced = option_given(line, "unsynced");
    const DicomAcceptor acceptor = {.ae = option_value(line, "ae", ""),
                                    .callers = line->operands,
                                    .caller_count = line->operand_count,
                                    .busy = option_given(line, "busy"),
                                    .folder = spool_incoming(arena, folder),
                                    .idle_seconds = number(line, "idle"),
                                    .tls = tls_of(line),
                                    .log = log,
                                    .unsynced = unsynced,
                                    .keep = unsynced ? spool_keep_unsynced : spool_keep,
                                    .context = arena_strdup(arena, folder)};
    return dicom_association_serve(SOCKET, &acceptor, err);
}

typedef struct {
    const char *study, *name;
    unsigned evaluation;
} Receiver;

static bool note_sent(void *context, const char *path, DensError **err)
{
    const Receiver *receiver = context;
    const char *slash = strrchr(path, '/');
    return spool_set_sent(receiver->study, receiver->evaluation, receiver->name, slash ? slash + 1 : path,
                          err);
}

static bool send_all(const CommandLine *line, DensError **err)
{
    Receiver receiver = {option_value(line, "folder", "."), option_value(line, "name", ""),
                         number(line, "evaluation")};
    const DicomTls tls = tls_of(line);
    const DicomSender sender = {.ae = option_value(line, "ae", ""),
                                .peer_ae = option_value(line, "peer", ""),
                                .host = option_value(line, "host", ""),
                                .port = number(line, "port"),
                                .timeout_seconds = SEND_SECONDS,
                                .secure = tls.key != NULL,
                                .tls = tls,
                                .sent = note_sent,
                                .context = &receiver};
    return dicom_store(&sender, line->operands, line->operand_count, err);
}

int main(int argc, char **argv)
{
    AUTO(arena_auto) Arena *arena = arena_new();
    CommandLine line;
    DensError *error = NULL;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error that the peer hears of */
    bool accepts = argc > 1 && strcmp(argv[1], "accept") == 0;
    if (argc < 2 || (!accepts && strcmp(argv[1], "send") != 0)) {
        (void)fprintf(stderr, "dens-dimse is a part of dens; `dens node` starts it for each association.\n");
        return DENS_ERROR_USAGE;
    }
    bool good = command_line_parse(options, argc - 2, argv + 2, arena, &line, &error);
    bool json = good && strcmp(option_value(&line, "log", "text"), "json") == 0;
    AUTO(log_auto) Log *log = log_new(stderr, json ? LOG_JSON : LOG_TEXT, LOG_INFO);
    good = good && (accepts ? accept_one(&line, arena, log, &error) : send_all(&line, &error));
    int status = good ? EXIT_SUCCESS : error ? (int)dens_error_code(error) : DENS_ERROR_INTERNAL;
    log_error(log, error);
    dens_error_free(error);
    return status;
}
