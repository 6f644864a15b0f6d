/* dens node: a DICOM node that evaluates what it is sent. */
#include "base/file.h"
#include "cli/cli.h"
#include "node/node.h"
#include "store/store.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const OptionSpec options[] = {
    {"output", 'o', "DIR", false,
     "The spool: studies, reports and what was sent. It is made if it is not there; only one node works in "
     "it. It holds patients' data: give it to nobody else."},
    {"ae", 0, "TITLE", false, "Our AE title; DENS if it is not given."},
    {"port", 0, "NUMBER", false, "The port to listen at; 11112 if it is not given. 0: any that is free."},
    {"address", 0, "IPV4", false, "The address to listen at; all of this machine if it is not given."},
    {"peers", 0, "FILE", false, "Who may call, and whom results go to (YAML, above)."},
    {"rules", 0, "FILE", false, "Which studies are evaluated, and how (YAML, above)."},
    {"store", 0, "DIR", false,
     "The store of `dens serve`: every study that was quiet is put there as well, with its result if it was "
     "evaluated, and can be opened in the page. It may be in use."},
    {"associations", 0, "NUMBER", false,
     "So many associations at once, 10 if it is not given; a further one is refused for now."},
    {"jobs", 0, "NUMBER", false, "So many evaluations at once; 1 if it is not given."},
    {"idle", 0, "SECONDS", false, "An association that says nothing for so long is ended; 60 if not given."},
    {"survive", 0, "power|kill", false,
     "What an image that was answered survives: power (a loss of it; the default), as it is on the disk "
     "before the "
     "answer, or kill (of every process, at any moment), several times as fast: after a loss of power the "
     "last "
     "images may be missing or cut off."},
    {"tls-key", 0, "FILE", false,
     "Our private key (PEM, without a password). With it and --tls-certificate every association is "
     "encrypted (BCP 195)."},
    {"tls-certificate", 0, "FILE", false, "Our certificate (PEM)."},
    {"tls-trust", 0, "FILE", false, "Certificates (PEM) of which one must have signed the peer's."},
    {0}};

static const char description[] =
    "Takes studies by C-STORE (all storage classes; uncompressed, deflated, RLE, JPEG, JPEG-LS, JPEG 2000), "
    "and answers C-ECHO. A study of which nothing came for a while is evaluated as by `dens evaluate`, and "
    "its objects (SR, SEG, encapsulated PDF) go to the peers that the rule names. It runs in the foreground "
    "until SIGTERM and tells on standard error what it does, without patients' data.\n\n"
    "Nothing is lost and nothing is sent twice when it is killed: an object is on the disk before its sender "
    "hears \"success\"; a study's state is written down before each step; a step that was begun is done "
    "again with the same outcome and the same UIDs; what a peer has taken is noted. Only an object whose "
    "answer had not come when the node was killed goes out once more, byte for byte the same.\n\n"
    "peers.yaml. A caller is let in if its AE title and its address are those of one peer:\n\n"
    "    peers:\n"
    "      - {name: scanner, ae: CT1, host: 10.1.2.3}\n"
    "      - {name: pacs, ae: ORTHANC, host: pacs.example.org, port: 4242, tls: true}\n\n"
    "rules.yaml. The first rule that fits is used. `needs`: roles that must be there. `evaluate`: roles that "
    "are measured (left out: all). `description`: of one of the series, as a shell pattern. `lesion`, "
    "`labels`: where the mask comes from, a segmentation (seg) or a structure set (rtstruct) of the same "
    "study, told apart by the description of its series; without it the rule does not fit. `send`: to whom, "
    "and which of sr, seg, pdf (left out: all):\n\n"
    "    quiet_seconds: 60\n"
    "    keep_hours: 72          # of images after all was sent; left out: for ever\n"
    "    rules:\n"
    "      - name: marked\n"
    "        needs: [ct]\n"
    "        evaluate: [ct, t1, t2, stir, t1c]\n"
    "        lesion: {from: seg, description: \"*lesion*\", role: ct}\n"
    "        labels: {from: seg, description: \"TotalSegmentator*\"}\n"
    "        scheme: totalsegmentator_v2\n"
    "        prior: clinic\n"
    "        send: {to: [pacs], objects: [sr, seg, pdf]}\n"
    "      - name: contoured\n"
    "        lesion: {from: rtstruct, structure: GTV}\n"
    "        send: {to: [pacs]}\n\n"
    "With --store a study can then be opened in the page of `dens serve --store`, whether a rule was for it "
    "or "
    "not. A store that cannot be written at the moment holds nothing up.\n\n"
    "Objects that dens made itself (manufacturer \"dens\": SEG, SR, PDF) are kept when they come back, yet "
    "start no evaluation. A study that could not be evaluated, or for which no rule was, is tried again when "
    "more of it comes and when the node starts again; its state.json says why.";

static bool whole_number(const CommandLine *line, const char *name, unsigned fallback, unsigned least,
                         unsigned most, unsigned *out, DensError **err)
{
    const char *text = option_value(line, name, NULL);
    char *end = NULL;
    *out = fallback;
    if (!text) {
        return true;
    }
    unsigned long value = strtoul(text, &end, 10);
    if (*end || text[0] == '-' || value < least || value > most) {
        return error_set(err, DENS_ERROR_USAGE, "node", "--%s %s: it must be a number from %u to %u", name,
                         text, least, most);
    }
    *out = (unsigned)value;
    return true;
}

static bool read_numbers(const CommandLine *line, NodeOptions *out, DensError **err)
{
    return whole_number(line, "port", 11112, 0, 65535, &out->port, err) &&
           whole_number(line, "associations", 10, 1, 256, &out->associations, err) &&
           whole_number(line, "jobs", 1, 1, 64, &out->jobs, err) &&
           whole_number(line, "idle", 60, 1, 3600, &out->idle_seconds, err);
}

/* Files that only a child reads are looked for now, not at the first association. */
static bool read_tls(const CommandLine *line, NodeOptions *out, DensError **err)
{
    out->tls = (DicomTls){option_value(line, "tls-key", NULL), option_value(line, "tls-certificate", NULL),
                          option_value(line, "tls-trust", NULL)};
    const char *const files[] = {out->tls.key, out->tls.certificate, out->tls.trust};
    if (!out->tls.key != !out->tls.certificate || (out->tls.trust && !out->tls.key)) {
        return error_set(err, DENS_ERROR_USAGE, "node",
                         "--tls-key and --tls-certificate stand together, --tls-trust with them");
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (files[i] && access(files[i], R_OK) != 0) {
            return error_set(err, DENS_ERROR_USAGE, files[i], "cannot be read");
        }
    }
    for (size_t i = 0; i < out->peers->count; i++) {
        if (out->peers->items[i].tls && !out->tls.key) {
            return error_set(err, DENS_ERROR_USAGE, out->peers->items[i].name,
                             "the peer wants TLS; --tls-key and --tls-certificate are missing");
        }
    }
    return true;
}

/* This program and the one for associations beside it. */
static bool find_programs(Arena *arena, NodeOptions *out, DensError **err)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) {
        return error_set(err, DENS_ERROR_INTERNAL, "/proc/self/exe", "cannot be read");
    }
    path[length] = '\0';
    out->program = arena_strdup(arena, path);
    *strrchr(path, '/') = '\0';
    out->dimse = file_join(arena, path, "dens-dimse");
    return file_kind(out->dimse) == FILE_REGULAR ||
           error_set(err, DENS_ERROR_INTERNAL, out->dimse, "is not there; it is a part of dens");
}

static bool run(Cli *cli, const CommandLine *line, DensError **err)
{
    NodeOptions node = {.ae = option_value(line, "ae", "DENS"),
                        .address = option_value(line, "address", NULL),
                        .folder = option_value(line, "output", NULL),
                        .knowledge = cli->knowledge,
                        .store = option_value(line, "store", NULL),
                        .log_json = strcmp(option_value(line, "log", "text"), "json") == 0};
    const char *peers = option_value(line, "peers", NULL), *rules = option_value(line, "rules", NULL);
    if (!node.folder || !peers || !rules) {
        return error_set(err, DENS_ERROR_USAGE, "node", "%s is missing",
                         !node.folder ? "-o DIR"
                         : !peers     ? "--peers FILE"
                                      : "--rules FILE");
    }
    if (!node_is_ae(node.ae)) {
        return error_set(err, DENS_ERROR_USAGE, "node",
                         "--ae: an AE title has 1 to 16 printable characters without a backslash");
    }
    const char *survive = option_value(line, "survive", "power");
    node.unsynced = strcmp(survive, "kill") == 0;
    if (!node.unsynced && strcmp(survive, "power") != 0) {
        return error_set(err, DENS_ERROR_USAGE, "node", "--survive %s: it is power or kill", survive);
    }
    node.peers = node_peers_read(cli->arena, peers, err);
    node.rules = node.peers ? node_rules_read(cli->arena, rules, node.peers, err) : NULL;
    if (!node.rules || !read_numbers(line, &node, err) || !read_tls(line, &node, err) ||
        !find_programs(cli->arena, &node, err)) {
        return false;
    }
    AUTO(log_auto)
    Log *log = log_new(stderr, node.log_json ? LOG_JSON : LOG_TEXT,
                       option_given(line, "quiet") ? LOG_WARNING : LOG_INFO);
    node.log = log;
    (void)umask(077); /* patients' data: for nobody but who runs the node */
    if (node.store) { /* a store that cannot be used is told now, not with the first study */
        Store *store = store_open(node.store, err);
        if (!store) {
            return false;
        }
        store_close(store);
    }
    return node_run(&node, err);
}

const Command command_node = {
    .name = "node",
    .summary = "a DICOM node: studies in by C-STORE, evaluated by rule, results out",
    .synopsis = "--peers FILE --rules FILE -o DIR [--ae TITLE] [--port NUMBER]\n"
                "         [--store DIR] [--tls-key FILE --tls-certificate FILE [--tls-trust FILE]]",
    .description = description,
    .options = options,
    .examples = "dens node --ae DENS --port 11112 --peers peers.yaml --rules rules.yaml -o /var/spool/dens\n"
                "dens node --peers peers.yaml --rules rules.yaml -o spool --tls-key node.key \\\n"
                "    --tls-certificate node.crt --tls-trust hospital-ca.crt",
    .least_operands = 0,
    .most_operands = 0,
    .run = run};
