/*
 * dialect_openai.h - Chat Completions, as OpenAI and all who copy it speak.
 */
#ifndef AIGW_CORE_DIALECT_OPENAI_H
#define AIGW_CORE_DIALECT_OPENAI_H

#include "core/dialect.h"

extern const struct dialect dialect_openai;

#endif
