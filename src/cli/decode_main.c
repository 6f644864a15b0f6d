/* dens-decode: decodes the compressed frames of one series for dens, in a process of its own with limits of
 * time and memory. It takes requests on standard input and answers on standard output; see dicom/decode.h. */
#include "dicom/decode.h"

#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1 || isatty(STDIN_FILENO)) {
        (void)fprintf(stderr,
                      "dens-decode is a part of dens, which starts it to decode compressed images.\n");
        return DENS_ERROR_USAGE;
    }
    return decode_serve(STDIN_FILENO, STDOUT_FILENO) ? 0 : DENS_ERROR_INPUT;
}
