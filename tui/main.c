/*
 * main.c - aigw-top: on a terminal, or in batches of text.
 */
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "text/usage.h"
#include "tui/batch.h"
#include "tui/options.h"
#include "tui/top.h"

static void
show_help(void)
{
    usage_write_examples("aigw-top\n"
                         "aigw-top --demo\n"
                         "aigw-top -b -n1\n"
                         "aigw-top --record incident.jsonl",
                         stdout);
    (void)fputs("\nUsage: aigw-top [OPTION]...\n", stdout);
    usage_write_options("Options", options_table, stdout);
    (void)fputs("\nF1 or ? shows the keys.  More: man aigw-top\n", stdout);
}

/* Whether the locale has more than ASCII to offer. */
static bool
speaks_utf8(void)
{
    return setlocale(LC_CTYPE, "")
           && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int
main(int argc, char **argv)
{
    struct options options;
    char error[240];

    if (options_parse(argc, argv, &options, error) != 0) {
        (void)fprintf(stderr, "aigw-top: %s\nTry aigw-top --help.\n", error);
        return OPTIONS_EXIT_USAGE;
    }
    if (options.help) {
        show_help();
        return OPTIONS_EXIT_OK;
    }
    if (options.version) {
        (void)printf("aigw-top %s\n", AIGW_VERSION);
        return OPTIONS_EXIT_OK;
    }
    if (!speaks_utf8())
        options.ascii = true;
    return options.batch ? batch_run(&options) : top_run(&options);
}
