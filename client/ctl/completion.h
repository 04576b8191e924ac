/*
 * completion.h - completion scripts, made from the table of commands.
 *
 * The files under etc/completions are what these functions write; a test
 * keeps them the same.
 */
#ifndef AIGW_CTL_COMPLETION_H
#define AIGW_CTL_COMPLETION_H

#include <stdbool.h>
#include <stdio.h>

/* Writes the script for `shell`: bash, zsh or fish.  False for another. */
bool completion_write(const char *shell, FILE *out);

#endif
