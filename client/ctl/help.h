/*
 * help.h - what --help says, made from the table of commands.
 */
#ifndef AIGW_CTL_HELP_H
#define AIGW_CTL_HELP_H

#include <stdio.h>

#include "ctl/command.h"

/* Writes what the program can do. */
void help_program(FILE *out);

/* Writes all about one command, examples first. */
void help_command(const struct command *command, FILE *out);

/* Writes how the command called `name` is used, for somebody who gave it
 * nothing to work on. */
void help_short(const char *name, FILE *out);

/* Reports that there is no command called `name`; returns the exit code. */
int help_refuse(const struct ctl *ctl, const char *name);

#endif
