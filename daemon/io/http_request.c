#include "base/mem.h"
#include "io/http_internal.h"
#include "proto/status.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* libcurl adds these by itself unless a line without value forbids it. */
static const char *const OWN_HEADERS[] = {"Expect", "Content-Type"};

static bool
is_token_char(unsigned char c)
{
    return c > ' ' && c < 0x7f && !strchr("()<>@,;:\\\"/[]?={}", c);
}

static bool
is_token(const char *text)
{
    if (*text == '\0')
        return false;
    for (; *text; text++)
        if (!is_token_char((unsigned char)*text))
            return false;
    return true;
}

static bool
has_control(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
            return true;
    return false;
}

static bool
is_url(const char *url)
{
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        return false;
    for (; *url; url++)
        if ((unsigned char)*url <= ' ' || *url == 0x7f)
            return false;
    return true;
}

static bool
is_valid(const struct http_request *request)
{
    if (!is_url(request->url))
        return false;
    for (size_t i = 0; i < request->n_headers; i++)
        if (!is_token(request->headers[i].name)
            || has_control(request->headers[i].value))
            return false;
    return true;
}

static bool
has_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->n_headers; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return true;
    return false;
}

/* "Name: value" and its NUL; an empty value is written "Name;". */
static size_t
line_size(const struct http_header *header)
{
    return strlen(header->name) + strlen(header->value) + 3;
}

static char *
put_line(char *at, const struct http_header *header)
{
    at = stpcpy(at, header->name);
    at = stpcpy(at, *header->value ? ": " : ";");
    at = stpcpy(at, header->value);
    *at = '\0';
    return at + 1;
}

static char *
put_absence(char *at, const char *name)
{
    at = stpcpy(at, name);
    at = stpcpy(at, ":");
    *at = '\0';
    return at + 1;
}

struct writer {
    struct curl_slist *node;
    char *at;
};

static void
link_node(struct writer *w, char *line)
{
    w->node->data = line;
    w->node->next = w->node + 1;
    w->node++;
}

static void
put_headers(const struct http_request *request, struct writer *w)
{
    for (size_t i = 0; i < request->n_headers; i++) {
        char *line = w->at;

        w->at = put_line(line, &request->headers[i]);
        link_node(w, line);
    }
    for (size_t i = 0; i < array_count(OWN_HEADERS); i++) {
        char *line = w->at;

        if (has_header(request, OWN_HEADERS[i]))
            continue;
        w->at = put_absence(line, OWN_HEADERS[i]);
        link_node(w, line);
    }
    (w->node - 1)->next = NULL;
}

static size_t
lines_size(const struct http_request *request)
{
    size_t size = 0;

    for (size_t i = 0; i < request->n_headers; i++)
        size += line_size(&request->headers[i]);
    for (size_t i = 0; i < array_count(OWN_HEADERS); i++)
        size += strlen(OWN_HEADERS[i]) + 2;
    return size;
}

/* The block holds the list's nodes, the lines and the body, in this order. */
int
http_block_make(const struct http_request *request,
                struct http_block *ret_block)
{
    size_t nodes_size = (request->n_headers + array_count(OWN_HEADERS))
                        * sizeof(struct curl_slist);
    size_t text_size = lines_size(request);
    struct writer w;
    char *data;

    if (!is_valid(request))
        return AIGW_EINVAL;
    data = malloc(nodes_size + text_size + request->body_size);
    if (!data)
        return AIGW_ENOMEM;
    w = (struct writer){(struct curl_slist *)(void *)data, data + nodes_size};
    put_headers(request, &w);
    if (request->body_size > 0)
        memcpy(data + nodes_size + text_size, request->body,
               request->body_size);
    *ret_block = (struct http_block){
        .data = data,
        .secret_size = nodes_size + text_size,
        .headers = (struct curl_slist *)(void *)data,
        .body = data + nodes_size + text_size,
    };
    return 0;
}

void
http_block_release(struct http_block *block)
{
    mem_wipe(block->data, block->secret_size);
    free(block->data);
    *block = (struct http_block){0};
}
