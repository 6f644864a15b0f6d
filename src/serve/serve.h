/* `dens serve`: the HTTP interface of schema/openapi.yaml over one loaded knowledge and, if asked for, a
 * store.
 *
 * Bound to a loopback address it answers everyone on this machine, and no web page of elsewhere: the Host
 * must be a name of this machine, and an Origin the server's own. Bound to another address every request
 * needs the bearer token. */
#ifndef DENS_SERVE_SERVE_H
#define DENS_SERVE_SERVE_H

#include "base/log.h"
#include "evaluate/evaluate.h"
#include "store/store.h"

enum { SERVE_TOKEN_SIZE = 33 };

/* A DICOM peer that objects are sent to by C-STORE. */
typedef struct {
    const char *name, *ae, *host;
    unsigned port;
} ServeReceiver;

typedef struct {
    const char *knowledge; /* folder */
    const char *address;   /* numeric */
    unsigned port;         /* 0: any */
    const char *store;     /* folder, or NULL: nothing is kept, and studies cannot be handed in */
    const char *examples;  /* folder of coded cases that the quiz asks, or NULL */
    const char *token;     /* or NULL: one is made if the address is not loopback */
    size_t receiver_count;
    const ServeReceiver *receivers;
    const char *ae, *dimse; /* our title; path of dens-dimse. Needed with receivers */
    const char *dicomweb;   /* "https://host/dicom-web", or NULL */
    Log *log;
} ServeOptions;

typedef struct Serve Serve;

/* Loads, binds and answers from its own threads. The store is held alone: a second server on it is refused.
 * Jobs that an earlier server left unfinished are taken up again. */
Serve *serve_start(const ServeOptions *options, DensError **err) DENS_MUST_USE;
/* "http://127.0.0.1:8080/"; with the token if there is one: "http://…/#token=…". Borrowed. */
const char *serve_url(const Serve *serve);
/* No new request; those that run are answered, and the job that runs is ended properly. Those that wait are
 * kept in the store for the next server. */
void serve_stop(Serve *serve);

#endif
