/*
 * openai_replay.h - runs the openai dialect over bytes and writes its events
 * down as text, so that tests compare strings.
 *
 *     start; ping; delta 0 "text"; delta 0 {json}; finish 0 stop;
 *     usage 3/4/0/0/0; done; error 429 code/type text; malformed;
 */
#ifndef AIGW_TESTS_OPENAI_REPLAY_H
#define AIGW_TESTS_OPENAI_REPLAY_H

#include "core/assemble.h"
#include "core/dialect_openai.h"
#include "proto/bytes.h"

struct replay {
    struct dialect_params params;
    struct dialect_head head;
    size_t piece; /* Bytes fed at a time; 0: all at once. */
    bool cut;     /* The body does not end properly. */
    bool random;  /* It may make no sense to who puts it together again. */

    /* What came of it. */
    struct dialect_parser *parser;
    const struct dialect_facts *facts;
    struct bytes log;  /* Pings left out: how many depends on chunks. */
    struct bytes text; /* Plain text of choice 0. */
    unsigned pings;
    struct assemble *answer;
    int status;
};

/* Streamed, status 200, an event stream. */
void replay_init(struct replay *r, bool streamed);
void replay_run(struct replay *r, const char *data, size_t size);
void replay_deinit(struct replay *r);

#endif
