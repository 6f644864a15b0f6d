/* Both ends of the conversation with dens-decode. See decode.h. */
#include "dicom/decode.h"

#include "base/child.h"
#include "base/file.h"
#include "base/memory.h"
#include "dicom/codestream.h"
#include "dicom/encapsulated.h"
#include "dicom/ijg.h"
#include "dicom/j2k.h"
#include "dicom/rle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 400 };
/* A frame may take this long: an older machine needs a tenth of it for JPEG 2000. */
static const double FRAME_SECONDS = 2;
static const double FRAME_SECONDS_PER_PIXEL = 2e-6;
/* Beside the frame itself, its codestream and what the libraries need. */
static const size_t CHILD_BYTES = (size_t)768 << 20;
static const size_t CHILD_BYTES_PER_PIXEL = 64;

/* ---- One frame ---- */

bool decode_frame(PixelCodec codec, const PixelFormat *format, const unsigned char *bytes, size_t length,
                  unsigned char *out, DensError **err)
{
    Codestream stream;
    if (length > INT_MAX) {
        return error_input(err, NULL, "a frame of its compressed pixel data has %zu bytes", length);
    }
    if (codec == CODEC_RLE) {
        return rle_decode(format, bytes, length, out, err);
    }
    if (!codestream_walk(codec, format, bytes, length, &stream, err)) {
        return false;
    }
    if (codec == CODEC_JPEG_2000) {
        return j2k_decode(format, bytes + stream.begin, length - stream.begin, out, err);
    }
    return ijg_decode(codec, format, &stream, bytes, length, out, err);
}

/* ---- What is said ---- */

/* The path and the numbers of the wanted frames, uint32_t each, follow. */
typedef struct {
    PixelCodec codec;
    PixelFormat format;
    uint64_t at, length;
    uint32_t frame_count, wanted_count, path_bytes;
} Request;

/* The words of a frame follow, or, if it is not good, the reason. */
typedef struct {
    uint32_t good;
    uint32_t number;
    uint64_t bytes;
} Answer;

/* ---- dens-decode ---- */

static bool read_all(int file, void *out, size_t length)
{
    char *at = out;
    while (length > 0) {
        ssize_t got = read(file, at, length);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return false;
        }
        at += got > 0 ? got : 0;
        length -= got > 0 ? (size_t)got : 0;
    }
    return true;
}

static bool write_all(int file, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t put = write(file, at, length);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        at += put > 0 ? put : 0;
        length -= put > 0 ? (size_t)put : 0;
    }
    return true;
}

static bool answer_fault(int answers, uint32_t number, const DensError *fault)
{
    const char *text = fault ? dens_error_summary(fault) : "cannot be decoded";
    Answer answer = {.number = number, .bytes = strnlen(text, MESSAGE_BYTES)};
    (void)(write_all(answers, &answer, sizeof answer) && write_all(answers, text, answer.bytes));
    return false;
}

/* The processor time that the next frame may take; after it the system ends the process. */
static void limit_frame(const PixelFormat *format)
{
    double seconds = FRAME_SECONDS + FRAME_SECONDS_PER_PIXEL * (double)format->rows * (double)format->columns;
    struct itimerval limit = {.it_value = {.tv_sec = (time_t)seconds}};
    (void)setitimer(ITIMER_PROF, &limit, NULL);
}

static bool serve_frame(const Request *request, const EncodedFrames *frames, uint32_t number,
                        unsigned char *words, int answers)
{
    AUTO(error_auto) DensError *fault = NULL;
    const EncodedFrame *frame = &frames->frames[number];
    limit_frame(&request->format);
    if (!decode_frame(request->codec, &request->format, frame->bytes, frame->length, words, &fault)) {
        return answer_fault(answers, number, fault);
    }
    Answer answer = {.good = 1, .number = number, .bytes = pixel_bytes(&request->format)};
    return write_all(answers, &answer, sizeof answer) && write_all(answers, words, answer.bytes);
}

static bool serve_frames(const Request *request, const EncodedFrames *frames, const uint32_t *wanted,
                         int answers)
{
    unsigned char *words = memory_try_array(pixel_bytes(&request->format), 1);
    bool good = words != NULL;
    if (!good) {
        AUTO(error_auto) DensError *fault = NULL;
        error_no_memory(&fault);
        (void)answer_fault(answers, 0, fault);
    }
    for (uint32_t n = 0; good && n < request->wanted_count; n++) {
        good = wanted[n] < frames->count && serve_frame(request, frames, wanted[n], words, answers);
    }
    free(words);
    return good;
}

/* The encapsulated pixel data of the file, read whole; NULL with an error without a place. */
static unsigned char *read_encapsulated(const Request *request, const char *path, DensError **err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    unsigned char *bytes = file >= 0 ? memory_try_array(request->length, 1) : NULL;
    bool good = bytes && lseek(file, (off_t)request->at, SEEK_SET) == (off_t)request->at &&
                read_all(file, bytes, request->length);
    if (file >= 0) {
        (void)close(file);
    }
    if (!good) {
        error_input(err, NULL, "cannot be read again");
        free(bytes);
        return NULL;
    }
    return bytes;
}

static bool serve_file(const Request *request, const char *path, const uint32_t *wanted, int answers)
{
    AUTO(error_auto) DensError *fault = NULL;
    EncodedFrames frames = {0};
    unsigned char *bytes = read_encapsulated(request, path, &fault);
    bool good = bytes && encapsulated_split(bytes, request->length, request->frame_count, &frames, &fault);
    free(bytes);
    good = good ? serve_frames(request, &frames, wanted, answers) : answer_fault(answers, 0, fault);
    encoded_frames_clear(&frames);
    return good;
}

bool decode_serve(int requests, int answers)
{
    Request request;
    bool good = true;
    while (good && read_all(requests, &request, sizeof request)) {
        char path[PATH_MAX] = {0};
        uint32_t *wanted = memory_array(request.wanted_count, sizeof *wanted);
        good = request.path_bytes < sizeof path && read_all(requests, path, request.path_bytes) &&
               read_all(requests, wanted, request.wanted_count * sizeof *wanted) &&
               serve_file(&request, path, wanted, answers);
        free(wanted);
    }
    return good;
}

/* ---- The other end ---- */

typedef struct {
    const Frame *const *frames;
    size_t count, index; /* index: of the frame whose answer comes next */
    FrameTake take;
    void *context;
    Answer answer;
    size_t answer_bytes, body_bytes; /* as far as they have come */
    unsigned char *body;             /* room for the largest frame and for a message */
    size_t room;
    DensError *fault;
} Conversation;

/* "frame 3: " in a file of several. */
static bool fault_in(const Frame *frame, const char *what, DensError **err)
{
    if (frame->file->frames > 1) {
        return error_input(err, frame->file->path, "frame %u: %s", frame->number + 1, what);
    }
    return error_input(err, frame->file->path, "%s", what);
}

static bool take_answer(Conversation *c)
{
    const Frame *frame = c->frames[c->index];
    if (!c->answer.good) {
        c->body[c->answer.bytes] = '\0';
        return fault_in(frame, (const char *)c->body, &c->fault);
    }
    if (c->answer.bytes != pixel_bytes(&frame->format) || c->answer.number != frame->number) {
        return error_set(&c->fault, DENS_ERROR_INTERNAL, frame->file->path,
                         "dens-decode answers another frame");
    }
    bool good = c->take(c->context, c->index, c->body, &c->fault);
    c->index++;
    c->answer_bytes = c->body_bytes = 0;
    return good;
}

/* Puts what comes together into answers; pieces end anywhere. */
static bool take_bytes(void *context, const char *bytes, size_t length)
{
    Conversation *c = context;
    while (length > 0) {
        size_t part;
        if (c->index == c->count) {
            return error_set(&c->fault, DENS_ERROR_INTERNAL, "dens-decode", "answers more than it was asked");
        }
        if (c->answer_bytes < sizeof c->answer) {
            part = sizeof c->answer - c->answer_bytes;
            part = part < length ? part : length;
            memcpy((char *)&c->answer + c->answer_bytes, bytes, part);
            c->answer_bytes += part;
        } else {
            part = c->answer.bytes - c->body_bytes;
            part = part < length ? part : length;
            memcpy(c->body + c->body_bytes, bytes, part);
            c->body_bytes += part;
        }
        bytes += part;
        length -= part;
        if (c->answer_bytes == sizeof c->answer && c->answer.bytes >= c->room) {
            return error_set(&c->fault, DENS_ERROR_INTERNAL, "dens-decode", "answers too much");
        }
        if (c->answer_bytes == sizeof c->answer && c->body_bytes == c->answer.bytes && !take_answer(c)) {
            return false;
        }
    }
    return true;
}

/* The requests: one for each file, with all its wanted frames. */
static void write_requests(const Frame *const *frames, size_t count, Text *out)
{
    for (size_t n = 0; n < count;) {
        const PixelFile *file = frames[n]->file;
        size_t end = n;
        while (end < count && frames[end]->file == file) {
            end++;
        }
        Request request = {.codec = file->codec,
                           .format = frames[n]->format,
                           .at = file->at,
                           .length = file->length,
                           .frame_count = file->frames,
                           .wanted_count = (uint32_t)(end - n),
                           .path_bytes = (uint32_t)strlen(file->path)};
        text_add_bytes(out, (const char *)&request, sizeof request);
        text_add_bytes(out, file->path, request.path_bytes);
        for (; n < end; n++) {
            text_add_bytes(out, (const char *)&frames[n]->number, sizeof frames[n]->number);
        }
    }
}

/* AddressSanitizer reserves terabytes, which no limit would let it. */
#if defined(__SANITIZE_ADDRESS__)
enum { LIMIT_MEMORY = 0 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { LIMIT_MEMORY = 0 };
#else
enum { LIMIT_MEMORY = 1 };
#endif
#else
enum { LIMIT_MEMORY = 1 };
#endif

static ChildLimits limits_for(const Frame *const *frames, size_t count)
{
    double pixels = 0;
    size_t largest = 0;
    uint64_t most_encoded = 0;
    for (size_t n = 0; n < count; n++) {
        size_t size = (size_t)frames[n]->format.rows * frames[n]->format.columns;
        pixels += (double)size;
        largest = size > largest ? size : largest;
        most_encoded = frames[n]->file->length > most_encoded ? frames[n]->file->length : most_encoded;
    }
    double seconds = 10 + (double)count * 0.05 + pixels * FRAME_SECONDS_PER_PIXEL;
    size_t bytes = CHILD_BYTES + CHILD_BYTES_PER_PIXEL * largest + 3 * (size_t)most_encoded;
    return (ChildLimits){.cpu_seconds = (unsigned)seconds,
                         .memory_bytes = LIMIT_MEMORY ? bytes : 0,
                         .wall_seconds = (unsigned)(60 + 10 * seconds)};
}

/* dens-decode: where DENS_DECODE says, else beside this program, else where it was installed. */
static const char *decoder_path(char *room, size_t size)
{
    const char *stated = getenv("DENS_DECODE");
    if (stated && *stated) {
        return stated;
    }
    ssize_t length = readlink("/proc/self/exe", room, size - 1);
    if (length > 0) {
        room[length] = '\0';
        char *slash = strrchr(room, '/');
        size_t left = slash ? size - (size_t)(slash + 1 - room) : 0;
        if (left > sizeof "dens-decode") {
            memcpy(slash + 1, "dens-decode", sizeof "dens-decode");
            if (file_kind(room) == FILE_REGULAR) {
                return room;
            }
        }
    }
    return DENS_DECODE_INSTALLED;
}

/* Why the child ended before it had answered all. */
static bool explain_end(const Conversation *c, const ChildResult *result, DensError **err)
{
    const Frame *frame = c->frames[c->index];
    if (result->timed_out || result->signal == SIGXCPU || result->signal == SIGPROF ||
        result->signal == SIGKILL) {
        return fault_in(frame,
                        "its compressed image cannot be decoded in the time and memory that one of its size "
                        "may take",
                        err);
    }
    if (result->signal || result->exit_status == 1 || result->exit_status == DENS_ERROR_INTERNAL) {
        return fault_in(frame, "its compressed image makes the decoder fail", err);
    }
    return error_set(err, DENS_ERROR_INTERNAL, "dens-decode", "ended with status %d", result->exit_status);
}

bool decode_by_child(const Frame *const *frames, size_t count, FrameTake take, void *context, DensError **err)
{
    char room[PATH_MAX];
    AUTO_TEXT requests = TEXT_INIT;
    Conversation c = {.frames = frames, .count = count, .take = take, .context = context};
    for (size_t n = 0; n < count; n++) {
        size_t bytes = pixel_bytes(&frames[n]->format);
        c.room = bytes > c.room ? bytes : c.room;
    }
    c.room += MESSAGE_BYTES + 1;
    c.body = malloc(c.room);
    if (!c.body) {
        return error_no_memory(err);
    }
    write_requests(frames, count, &requests);
    const char *argv[] = {decoder_path(room, sizeof room), NULL};
    ChildLimits limits = limits_for(frames, count);
    ChildSink sink = {take_bytes, &c};
    ChildResult result;
    bool good = child_run_into(&result, argv, text_string(&requests), requests.length, &limits, &sink, err);
    if (good && c.fault) {
        good = false;
        if (err) {
            *err = TAKE(c.fault);
        }
    } else if (good && c.index < count) {
        good = explain_end(&c, &result, err);
    }
    child_result_clear(&result);
    dens_error_free(c.fault);
    free(c.body);
    return good;
}
