/*
 * fuzz_config.c - any bytes as a configuration file.
 *
 * Exercises the scanner, libconfig, the tree, the tables and every resolving
 * step.  What loads must show, load again and show the same.  Included files
 * are looked for in a folder that does not exist.
 */
#include "app/config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig loses strings and settings on some malformed input. */
const char *
__lsan_default_suppressions(void)
{
    return "leak:libconfig_yyparse\nleak:libconfig_yylex\n"
           "leak:libconfig_scanctx\nleak:libconfig.so\n";
}

static void
check_shown(const struct config *config)
{
    static struct config_report report;
    char *first = config_show(config);
    struct config *again =
        config_parse(first, strlen(first), "/nonexistent/shown", &report);
    char *second = again ? config_show(again) : NULL;

    if (!second || strcmp(first, second) != 0)
        abort();
    free(first);
    free(second);
    config_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config_report report;
    struct config *config =
        config_parse((const char *)data, size, "/nonexistent/fuzz", &report);
    char line[800];

    if ((config == NULL) != (report.n_errors > 0))
        abort();
    for (size_t i = 0; i < report.n_issues; i++)
        config_issue_format(&report.issues[i], line, sizeof(line));
    if (config)
        check_shown(config);
    config_free(config);
    return 0;
}
