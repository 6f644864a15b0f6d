/* dens serve: the page and the HTTP interface. */
#include "base/file.h"
#include "cli/cli.h"
#include "node/config.h"
#include "serve/serve.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_TOKEN_BYTES = 512, LEAST_TOKEN_BYTES = 16 };

static const OptionSpec options[] = {
    {"port", 0, "PORT", false, "The port; 8080 without it, 0 for any free one."},
    {"bind", 0, "ADDRESS", false,
     "The numeric address to listen at; 127.0.0.1 without it, which only this machine reaches. At an address "
     "that others reach "
     "every request needs a bearer token; there is no TLS, so put a proxy with TLS before it."},
    {"store", 0, "DIR", false,
     "Where studies, masks, cases in all versions, results and the audit trail are kept; it is made if it is "
     "not there. "
     "Without it nothing is kept, and studies cannot be handed in."},
    {"examples", 0, "DIR", false,
     "The folder of coded cases that the quiz asks; else those that came with the program."},
    {"dicomweb", 0, "URL", false,
     "The archive that studies are fetched from and results sent to, such as https://host/dicom-web; who "
     "asks is "
     "told by the environment, as for `dens evaluate`."},
    {"peers", 0, "FILE", false,
     "The DICOM peers that results are sent to by C-STORE: a file as for `dens node`. Peers with TLS are "
     "left to "
     "the node."},
    {"ae", 0, "TITLE", false, "What the server calls itself there; DENS without it."},
    {"token-file", 0, "FILE", false,
     "The bearer token, as the first line of FILE. Else one is made and printed if one is needed."},
    {0}};

static const char description[] =
    "A page for the reader, in any browser of this machine, and the same for programs by HTTP: differential, "
    "next examination, scores, reports, knowledge, "
    "and with a "
    "store studies, masks, evaluations as jobs, cases in all versions, results. schema/openapi.yaml "
    "describes it. "
    "Prints its address and runs until it gets SIGTERM or SIGINT; it then answers what it was asked, ends "
    "the evaluation that "
    "runs, and keeps those that wait for the next start. A second signal ends it at once, without loss.";

static bool read_port(const CommandLine *line, unsigned *out, DensError **err)
{
    const char *text = option_value(line, "port", "8080");
    char *end = NULL;
    errno = 0;
    long port = strtol(text, &end, 10);
    if (errno || end == text || *end || port < 0 || port > 65535) {
        return error_set(err, DENS_ERROR_USAGE, "--port", "must be a number from 0 to 65535");
    }
    *out = (unsigned)port;
    return true;
}

/* The peers that something can be sent to. */
static bool read_receivers(const CommandLine *line, Arena *arena, ServeOptions *out, DensError **err)
{
    const char *path = option_value(line, "peers", NULL);
    char program[PATH_MAX];
    out->ae = option_value(line, "ae", "DENS");
    if (!node_is_ae(out->ae)) {
        return error_set(err, DENS_ERROR_USAGE, "--ae", "must be 1 to 16 printable characters");
    }
    if (!path) {
        return true;
    }
    const NodePeers *peers = node_peers_read(arena, path, err);
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (!peers || length <= 0) {
        return !peers ? false : error_set(err, DENS_ERROR_INTERNAL, "/proc/self/exe", "cannot be read");
    }
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    out->dimse = file_join(arena, program, "dens-dimse");
    ServeReceiver *receivers = arena_array(arena, peers->count + 1, sizeof *receivers);
    for (size_t i = 0; i < peers->count; i++) {
        const NodePeer *peer = &peers->items[i];
        if (peer->port != 0 && !peer->tls) {
            receivers[out->receiver_count++] =
                (ServeReceiver){.name = peer->name, .ae = peer->ae, .host = peer->host, .port = peer->port};
        }
    }
    out->receivers = receivers;
    return true;
}

/* The cases lie beside the knowledge. */
static const char *shipped_cases(const Cli *cli)
{
    const char *folder = file_join(cli->arena, cli->knowledge, "../cases");
    return file_kind(folder) == FILE_FOLDER ? folder : NULL;
}

static bool read_token(const CommandLine *line, Arena *arena, const char **out, DensError **err)
{
    const char *path = option_value(line, "token-file", NULL);
    size_t length = 0;
    if (!path) {
        return true;
    }
    char *text = file_read(path, MOST_TOKEN_BYTES, &length, err);
    if (!text) {
        return false;
    }
    *out = arena_strndup(arena, text, strcspn(text, "\r\n"));
    free(text);
    return strlen(*out) >= LEAST_TOKEN_BYTES ||
           error_input(err, path, "the token must have at least %d bytes", LEAST_TOKEN_BYTES);
}

/* Waits for SIGTERM or SIGINT, which all threads of the server leave to this one. */
static void wait_for_signal(const sigset_t *signals)
{
    int got = 0;
    (void)sigwait(signals, &got);
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    (void)pthread_sigmask(SIG_UNBLOCK, signals, NULL);
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    ServeOptions wanted = {.knowledge = cli->knowledge,
                           .address = option_value(line, "bind", "127.0.0.1"),
                           .store = option_value(line, "store", NULL),
                           .examples = option_value(line, "examples", shipped_cases(cli)),
                           .log = cli->log};
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    wanted.dicomweb = option_value(line, "dicomweb", NULL);
    if (!read_port(line, &wanted.port, err) || !read_receivers(line, cli->arena, &wanted, err) ||
        !read_token(line, cli->arena, &wanted.token, err)) {
        return false;
    }
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before there are threads: they take it over */
    Serve *serve = serve_start(&wanted, err);
    if (!serve) {
        return false;
    }
    AUTO_TEXT text = TEXT_INIT;
    text_addf(&text, "%s\n", serve_url(serve));
    bool good = cli_print(text_string(&text), text.length, err);
    if (good) {
        wait_for_signal(&signals);
    }
    serve_stop(serve);
    return good;
}

const Command command_serve = {.name = "serve",
                               .summary = "the page, and the HTTP interface for programs",
                               .synopsis = "[--port PORT] [--bind ADDRESS] [--store DIR]",
                               .description = description,
                               .options = options,
                               .examples =
                                   "dens serve\n"
                                   "dens serve --port 0 --store ~/dens-store\n"
                                   "dens serve --bind 0.0.0.0 --token-file token --store /var/lib/dens",
                               .least_operands = 0,
                               .most_operands = 0,
                               .run = run};
