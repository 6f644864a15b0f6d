/* Standard output and the progress bar. */
#include "cli/cli.h"

#include "base/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool cli_print(const char *text, size_t length, DensError **err)
{
    if (fwrite(text, 1, length, stdout) != length || fflush(stdout) != 0) {
        return error_set(err, DENS_ERROR_INTERNAL, "standard output", "cannot be written: %s",
                         strerror(errno));
    }
    return true;
}

bool cli_print_json(const Value *value, DensError **err)
{
    AUTO_TEXT text = TEXT_INIT;
    json_write(value, JSON_PRETTY, &text);
    text_add(&text, "\n");
    return cli_print(text_string(&text), text.length, err);
}

enum { BAR_WIDTH = 30 };

static void draw_bar(Progress *self, const char *what, size_t done, size_t total)
{
    (void)self;
    size_t filled = total ? done * BAR_WIDTH / total : 0;
    char bar[BAR_WIDTH + 1];
    memset(bar, ' ', BAR_WIDTH);
    memset(bar, '=', filled < BAR_WIDTH ? filled : BAR_WIDTH);
    bar[BAR_WIDTH] = '\0';
    (void)fprintf(stderr, "\r%-24.24s [%s] %zu/%zu%s", what, bar, done, total,
                  done >= total ? "\r\033[K" : "");
    (void)fflush(stderr);
}

void terminal_progress_init(Progress *out)
{
    *out = (Progress){.step = draw_bar};
}

void terminal_progress_clear(const Progress *progress)
{
    if (progress) {
        (void)fprintf(stderr, "\r\033[K");
    }
}
