/*
 * settings.h - what an operator has made of the screen, kept for the next
 * time: `key = value` lines in $XDG_CONFIG_HOME/aigw/top.conf, or
 * ~/.config/aigw/top.conf.
 *
 * Written only when he says so (`S`).  What is wrong in it is told and left
 * out; the command line comes after it, and wins.
 */
#ifndef AIGW_TUI_SETTINGS_H
#define AIGW_TUI_SETTINGS_H

#include <limits.h>
#include <stddef.h>
#include <stdio.h>

#include "tui/ui.h"

enum {
    SETTINGS_MAX_BYTES = 65536
};

/* Where the settings are; -1 if there is no home. */
int settings_path(char ret_path[PATH_MAX]);

/* Puts what stands in `text` into `ui`.  Complaints go to `complaints`, a line
 * each, with `name` and the line's number before them. */
void settings_read(const char *text, const char *name, struct ui *ui,
                   FILE *complaints);

/* Writes what is in `ui`. */
void settings_write(const struct ui *ui, FILE *out);

/* Reads the file `path`, if there is one. */
void settings_load(const char *path, struct ui *ui, FILE *complaints);

/* Writes it, folders and all, so that at any moment there is the old file or
 * the new one.  0, or a negative errno. */
int settings_save(const char *path, const struct ui *ui);

#endif
