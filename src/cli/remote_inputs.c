/* Studies and masks in an archive. */
#include "cli/remote_inputs.h"

#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void remote_inputs_clear(RemoteInputs *remote)
{
    DensError *fault = NULL;
    if (remote->folder[0] && !file_remove_tree(remote->folder, &fault)) {
        (void)fprintf(stderr, "dens: warning: %s: %s\n", dens_error_where(fault), dens_error_summary(fault));
    }
    dens_error_free(fault);
    remote->folder[0] = '\0';
}

static bool make_folder(RemoteInputs *remote, Cli *cli, DensError **err)
{
    const char *place = getenv("TMPDIR");
    if (remote->folder[0]) {
        return true;
    }
    int length = snprintf(remote->folder, sizeof remote->folder, "%s/dens-XXXXXX",
                          place && *place && strlen(place) < 40 ? place : "/tmp");
    if (length < 0 || !mkdtemp(remote->folder)) {
        remote->folder[0] = '\0';
        return error_set(err, DENS_ERROR_INTERNAL, "temporary folder", "cannot be made: %s",
                         strerrordesc_np(errno));
    }
    return dicomweb_access(cli->arena, cli->log, &remote->access, err);
}

/* Fetches what a text names; its folder, or NULL with an error. */
static const char *fetch(Cli *cli, RemoteInputs *remote, const char *text, size_t *out_count, DensError **err)
{
    DicomWebPlace place;
    if (!dicomweb_parse(cli->arena, text, &place, err) || !make_folder(remote, cli, err)) {
        return NULL;
    }
    const char *folder =
        file_join(cli->arena, remote->folder, arena_printf(cli->arena, "%zu", remote->count));
    if (!dicomweb_resolve(cli->arena, &remote->access, &place, err) || !file_make_folder(folder, err) ||
        !dicomweb_retrieve(&remote->access, &place, folder, out_count, err)) {
        return NULL;
    }
    if (remote->count++ == 0) {
        remote->first = place;
    }
    return folder;
}

bool remote_studies(Cli *cli, RemoteInputs *remote, const char *const *texts, size_t count,
                    const char *const **out, DensError **err)
{
    const char **paths = arena_array(cli->arena, count + 1, sizeof *paths);
    for (size_t i = 0; i < count; i++) {
        size_t files = 0;
        paths[i] = dicomweb_is(texts[i]) ? fetch(cli, remote, texts[i], &files, err) : texts[i];
        if (!paths[i]) {
            return false;
        }
    }
    *out = paths;
    return true;
}

/* "ct=dicomweb+https://…#GTV": what stands before and behind goes round the path. */
static const char *fetch_mask(Cli *cli, RemoteInputs *remote, const char *text, const char *url,
                              DensError **err)
{
    size_t files = 0, length = strcspn(url, "#");
    const char *bare = arena_strndup(cli->arena, url, length);
    const char *folder = fetch(cli, remote, bare, &files, err);
    if (folder && files != 1) {
        (void)error_input(err, "dicomweb", "a mask is one object; %zu were found: name …/instances/UID",
                          files);
        return NULL;
    }
    return folder ? arena_printf(cli->arena, "%.*s%s/000001.dcm%s", (int)(url - text), text, folder,
                                 url + length)
                  : NULL;
}

bool remote_masks(Cli *cli, RemoteInputs *remote, const char *const *texts, size_t count,
                  const char *const **out, DensError **err)
{
    const char **paths = arena_array(cli->arena, count + 1, sizeof *paths);
    for (size_t i = 0; i < count; i++) {
        const char *equals = strchr(texts[i], '=');
        const char *url = dicomweb_is(texts[i])               ? texts[i]
                          : equals && dicomweb_is(equals + 1) ? equals + 1
                                                              : NULL;
        paths[i] = url ? fetch_mask(cli, remote, texts[i], url, err) : texts[i];
        if (!paths[i]) {
            return false;
        }
    }
    *out = paths;
    return true;
}

bool remote_store_back(Cli *cli, const RemoteInputs *remote, const char *folder, DensError **err)
{
    static const char *const names[] = {"sr.dcm", "seg.dcm", "report.dcm"};
    const char *paths[sizeof names / sizeof *names];
    size_t count = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = file_join(cli->arena, folder, names[i]);
        if (file_kind(path) == FILE_REGULAR) {
            paths[count++] = path;
        }
    }
    return dicomweb_store(&remote->access, &remote->first, paths, count, err);
}
