#include "app/config_source.h"

#include "app/config_scan.h"
#include "base/mem.h"
#include "proto/bytes.h"
#include "proto/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A stretch of the whole text that came from one file. */
struct span {
    int first; /* Line of the whole text. */
    const char *file;
    int line; /* The same line in `file`. */
};

struct config_source {
    struct bytes text;
    int line; /* Of the whole text, where the next byte goes. */
    char *files[CONFIG_SOURCE_MAX_FILES];
    size_t n_files;
    struct span *spans;
    size_t n_spans;
    bool broken;                  /* Something of the text is missing. */
    struct config_report *report; /* Of the caller, while reading. */
};

static void expand(struct config_source *source, const char *file,
                   const struct bytes *content, int depth);

/* Adds an error after which the text is not worth parsing. */
static void
give_up(struct config_source *source, const struct config_place *place,
        const char *message)
{
    source->broken = true;
    config_report_add(source->report, false, place, message);
}

static void
add_span(struct config_source *source, const char *file, int line)
{
    size_t n = source->n_spans++;

    source->spans =
        mem_grow(source->spans, source->n_spans, sizeof(*source->spans));
    source->spans[n] = (struct span){source->line, file, line};
}

static void
append(struct config_source *source, const struct config_place *place,
       const char *text, size_t size)
{
    int status = bytes_append(&source->text, text, size);

    if (status < 0) {
        give_up(source, place, aigw_status_text(status));
        return;
    }
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\n')
            source->line++;
    }
}

/* Fills `ret_content` from a regular file.  Returns 0 or an errno. */
static int
read_fd(int fd, struct bytes *ret_content)
{
    struct stat st;
    ssize_t n = 1;

    if (fstat(fd, &st) < 0)
        return errno;
    if (S_ISDIR(st.st_mode))
        return EISDIR;
    if (!S_ISREG(st.st_mode))
        return EINVAL;
    while (n > 0) {
        char *room = bytes_reserve(ret_content, 4096);

        if (!room)
            return EFBIG;
        n = read(fd, room, 4096);
        if (n > 0)
            bytes_commit(ret_content, (size_t)n);
    }
    return n < 0 ? errno : 0;
}

static int
read_file(const char *path, struct bytes *ret_content)
{
    /* Without O_NONBLOCK, opening a pipe nobody writes to would hang. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int error;

    if (fd < 0)
        return errno;
    error = read_fd(fd, ret_content);
    (void)close(fd);
    return error;
}

/* Reads the file called `path`, which belongs to `source` afterwards, into the
 * text.  `place` is where it was asked for. */
static void
take_file(struct config_source *source, char *path,
          const struct config_place *place, int depth)
{
    struct bytes content;
    int error;

    source->files[source->n_files++] = path;
    bytes_init(&content, CONFIG_SOURCE_MAX_BYTES);
    error = read_file(path, &content);
    if (error == 0) {
        expand(source, path, &content, depth);
    } else {
        config_report_error(source->report, place, "cannot read \"%s\": %s",
                            path, strerror(error));
        source->broken = true;
    }
    bytes_deinit(&content);
}

/* The path between the quotes of an @include, made relative to the folder of
 * the main file.  The caller frees it. */
static char *
include_path(const struct config_source *source,
             const struct config_piece *piece)
{
    const char *at = memchr(piece->text, '"', piece->size);
    const char *end = piece->text + piece->size - 1;
    const char *slash = strrchr(source->files[0], '/');
    char *path = mem_new((size_t)(end - at) + 1);
    char *joined;
    size_t n = 0;

    for (at++; at < end; at++) {
        if (*at == '\\' && at + 1 < end)
            at++;
        path[n++] = *at;
    }
    if (path[0] == '/' || !slash)
        return path;
    joined = mem_printf("%.*s/%s", (int)(slash - source->files[0]),
                        source->files[0], path);
    free(path);
    return joined;
}

static void
include(struct config_source *source, const struct config_piece *piece,
        const struct config_place *place, int depth)
{
    if (depth == CONFIG_SOURCE_MAX_DEPTH) {
        give_up(source, place, "included files include each other too deeply");
    } else if (source->n_files == CONFIG_SOURCE_MAX_FILES) {
        give_up(source, place, "too many included files");
    } else {
        take_file(source, include_path(source, piece), place, depth + 1);
        append(source, place, "\n", 1);
        add_span(source, place->file, place->line);
    }
}

static void
take_piece(struct config_source *source, const struct config_piece *piece,
           const char *file, int depth)
{
    struct config_place place = {file, piece->line, NULL};

    switch (piece->kind) {
    case CONFIG_PIECE_INCLUDE:
        include(source, piece, &place, depth);
        return;
    case CONFIG_PIECE_OPEN:
        give_up(source, &place,
                piece->text[0] == '/' ? "comment without an end"
                                      : "string without an end");
        return;
    case CONFIG_PIECE_NUMBER:
        if (config_scan_wraps(piece))
            config_report_error(
                source->report, &place,
                "%.*s does not fit in 32 bits; write an L after it",
                (int)(piece->size < 40 ? piece->size : 40), piece->text);
        append(source, &place, piece->text, piece->size);
        return;
    case CONFIG_PIECE_OTHER:
        append(source, &place, piece->text, piece->size);
        return;
    case CONFIG_PIECE_END:
        return;
    }
}

/* Adds the content of one file, and of those it includes, to the text. */
static void
expand(struct config_source *source, const char *file,
       const struct bytes *content, int depth)
{
    struct config_place place = {file, 0, NULL};
    struct config_scan scan;
    struct config_piece piece;

    if (content->size == 0)
        return;
    if (memchr(content->data, '\0', content->size)) {
        give_up(source, &place, "contains a NUL byte: not a text file");
        return;
    }
    add_span(source, file, 1);
    config_scan_start(&scan, content->data, content->size);
    do {
        piece = config_scan_next(&scan);
        take_piece(source, &piece, file, depth);
    } while (piece.kind != CONFIG_PIECE_END && !source->broken);
    /* libconfig ignores a comment only if a newline follows it. */
    append(source, &place, "\n", 1);
}

static struct config_source *
start(struct config_report *report)
{
    struct config_source *source = mem_new(sizeof(*source));

    bytes_init(&source->text, CONFIG_SOURCE_MAX_BYTES);
    source->line = 1;
    source->report = report;
    return source;
}

/* Gives out a complete text, or nothing. */
static struct config_source *
finish(struct config_source *source)
{
    source->report = NULL;
    if (!source->broken && bytes_cstr(&source->text))
        return source;
    config_source_free(source);
    return NULL;
}

struct config_source *
config_source_open(const char *path, struct config_report *report)
{
    struct config_source *source = start(report);
    struct config_place place = {path, 0, NULL};

    take_file(source, mem_strdup(path), &place, 0);
    return finish(source);
}

struct config_source *
config_source_from_text(const char *path, const char *text, size_t size,
                        struct config_report *report)
{
    struct config_source *source = start(report);
    struct config_place place = {path, 0, NULL};
    struct bytes content;

    source->files[source->n_files++] = mem_strdup(path);
    bytes_init(&content, CONFIG_SOURCE_MAX_BYTES);
    if (bytes_append(&content, text, size) < 0)
        give_up(source, &place, aigw_status_text(AIGW_ETOOBIG));
    else
        expand(source, source->files[0], &content, 0);
    bytes_deinit(&content);
    return finish(source);
}

const char *
config_source_text(const struct config_source *source)
{
    return source->text.size > 0 ? source->text.data : "";
}

struct config_place
config_source_place(const struct config_source *source, int line)
{
    struct config_place place = {source->files[0], line, NULL};

    for (size_t i = 0; i < source->n_spans; i++) {
        const struct span *span = &source->spans[i];

        if (span->first > line)
            break;
        place.file = span->file;
        place.line = span->line + (line - span->first);
    }
    return place;
}

void
config_source_free(struct config_source *source)
{
    if (!source)
        return;
    for (size_t i = 0; i < source->n_files; i++)
        free(source->files[i]);
    free(source->spans);
    bytes_deinit(&source->text);
    free(source);
}
