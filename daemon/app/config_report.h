/*
 * config_report.h - collecting what is wrong with a configuration.
 *
 * Every part of the loader, and app/credentials, adds its findings to the one
 * struct config_report of app/config.h.  The first CONFIG_MAX_ISSUES are kept;
 * errors beyond them are still counted.
 */
#ifndef AIGW_APP_CONFIG_REPORT_H
#define AIGW_APP_CONFIG_REPORT_H

#include "app/config.h"

/* Where something was found.  `line` is 0 and `path` NULL where there is
 * none. */
struct config_place {
    const char *file;
    int line;
    const char *path;
};

/* Adds an error or a warning.  Text is cut to what an issue holds; bytes that
 * a terminal would act upon become '?'. */
void config_report_error(struct config_report *report,
                         const struct config_place *place, const char *format,
                         ...) __attribute__((format(printf, 3, 4)));
void config_report_add(struct config_report *report, bool warning,
                       const struct config_place *place, const char *message);

#endif
