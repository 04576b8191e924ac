/*
 * call_digest.h - whether two calls ask for the same.
 *
 * Everything that bears on the answer counts; how the caller wants to receive
 * it (streamed, detached, by when, what if it breaks) does not.
 */
#ifndef AIGW_APP_CALL_DIGEST_H
#define AIGW_APP_CALL_DIGEST_H

#include "app/call_pack.h"
#include "core/digest.h"

void call_digest(const struct call_params *params, enum call_form form,
                 unsigned char ret[DIGEST_SIZE]);

#endif
