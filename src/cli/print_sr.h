/* What a DICOM structured report holds, as a table or JSON. */
#ifndef DENS_CLI_PRINT_SR_H
#define DENS_CLI_PRINT_SR_H

#include "cli/cli.h"

bool print_sr(const Cli *cli, const char *path, bool json, DensError **err) DENS_MUST_USE;

#endif
