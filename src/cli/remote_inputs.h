/* Studies and masks that lie in an archive: they are fetched into a temporary folder, which goes again. */
#ifndef DENS_CLI_REMOTE_INPUTS_H
#define DENS_CLI_REMOTE_INPUTS_H

#include "cli/cli.h"
#include "remote/dicomweb.h"

typedef struct {
    char folder[64]; /* "" until something was fetched */
    size_t count;    /* of what was fetched */
    HttpAccess access;
    DicomWebPlace first; /* the place of the first study: where results go back to */
} RemoteInputs;

/* Puts the path of what was fetched in place of each "dicomweb+…" in a list; *out is in the arena. A mask may
 * have ROLE= before it and #STRUCTURE behind it, and must be one object. */
bool remote_studies(Cli *cli, RemoteInputs *remote, const char *const *texts, size_t count,
                    const char *const **out, DensError **err) DENS_MUST_USE;
bool remote_masks(Cli *cli, RemoteInputs *remote, const char *const *texts, size_t count,
                  const char *const **out, DensError **err) DENS_MUST_USE;
/* Stores the DICOM objects of a report set where the first study came from. */
bool remote_store_back(Cli *cli, const RemoteInputs *remote, const char *folder,
                       DensError **err) DENS_MUST_USE;
void remote_inputs_clear(RemoteInputs *remote);

#endif
