/*
 * loop_uv.h - the libuv loop behind struct loop, for the files of io/ that
 * add handles to it.
 */
#ifndef AIGW_IO_LOOP_UV_H
#define AIGW_IO_LOOP_UV_H

#include "io/loop.h"

#include <uv.h>

uv_loop_t *loop_uv(struct loop *loop);

#endif
