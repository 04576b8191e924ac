/*
 * main.c - aigwd: the command line, then the application until it is told to
 * stop.
 */
#include "app/app.h"
#include "base/log.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

static const char USAGE[] =
    "Usage: aigwd [OPTION]...\n"
    "The gateway between programs on this host and LLM providers.\n"
    "\n"
    "  -c, --config FILE    configuration (default: $XDG_CONFIG_HOME/aigw/\n"
    "                       aigwd.conf if it exists, /etc/aigw/aigwd.conf)\n"
    "      --socket PATH    listen here instead of at listen.socket\n"
    "      --check-config   check the configuration and exit: 0 or 78\n"
    "      --log-level L    error, warn, info or debug\n"
    "      --log-format F   logfmt, json or journal\n"
    "      --version        print the version and exit\n"
    "  -h, --help           print this and exit\n"
    "\n"
    "Signals: HUP reads the configuration again, TERM and INT finish what is\n"
    "running and exit.  See aigwd(8) and aigwd.conf(5).\n";

struct command_line {
    struct app_options options;
    bool check;
};

static int
usage_error(const char *problem, const char *word)
{
    (void)fprintf(stderr, "aigwd: %s%s. See aigwd --help.\n", problem, word);
    return EX_USAGE;
}

/* -1: go on; otherwise the exit code. */
static int
take_option(struct command_line *line, int option)
{
    enum log_level level;
    enum log_format format;

    switch (option) {
    case 'c':
        line->options.config_path = optarg;
        return -1;
    case 's':
        line->options.socket = optarg;
        return -1;
    case 'k':
        line->check = true;
        return -1;
    case 'l':
        line->options.log_level = optarg;
        if (log_parse_level(optarg, &level))
            return -1;
        return usage_error("no log level ", optarg);
    case 'f':
        line->options.log_format = optarg;
        if (log_parse_format(optarg, &format))
            return -1;
        return usage_error("no log format ", optarg);
    case 'v':
        (void)puts("aigwd " AIGW_VERSION " (protocol 1)");
        return EXIT_SUCCESS;
    case 'h':
        (void)fputs(USAGE, stdout);
        return EXIT_SUCCESS;
    default:
        (void)fputs("See aigwd --help.\n", stderr);
        return EX_USAGE;
    }
}

static int
read_command_line(int argc, char **argv, struct command_line *line)
{
    static const struct option OPTIONS[] = {
        {"config", required_argument, NULL, 'c'},
        {"socket", required_argument, NULL, 's'},
        {"check-config", no_argument, NULL, 'k'},
        {"log-level", required_argument, NULL, 'l'},
        {"log-format", required_argument, NULL, 'f'},
        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "c:h", OPTIONS, NULL)) != -1) {
        int code = take_option(line, option);

        if (code >= 0)
            return code;
    }
    if (optind < argc)
        return usage_error("unexpected argument ", argv[optind]);
    return -1;
}

/* Findings go to standard error as plain lines, for people and editors. */
static int
check_config(const char *path)
{
    struct config_report report = {0};
    struct config *config = config_load(path, &report);
    char text[640];

    if (config) {
        struct credentials *store = credentials_new();

        (void)credentials_check(store, config, &report);
        credentials_free(store);
    }
    for (size_t i = 0; i < report.n_issues; i++) {
        config_issue_format(&report.issues[i], text, sizeof(text));
        (void)fprintf(stderr, "%s\n", text);
    }
    config_free(config);
    return config && report.n_errors == 0 ? EXIT_SUCCESS : EX_CONFIG;
}

/* What is opened next would take the place of a standard file that is closed,
 * and get the lines of the log. */
static void
open_standard_files(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        (void)close(fd);
}

static int
serve(const struct app_options *options)
{
    int code = EXIT_FAILURE;
    struct app *app;

    if (credentials_harden())
        log_text(LOG_WARN, "memory is not protected from other processes");
    app = app_new(options, &code);
    if (!app)
        return code;
    app_run(app);
    app_free(app);
    return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
    struct command_line line = {0};
    char *default_path = NULL;
    int code;

    open_standard_files();
    code = read_command_line(argc, argv, &line);
    if (code >= 0)
        return code;
    if (!line.options.config_path) {
        default_path = config_default_path();
        line.options.config_path = default_path;
    }
    code = line.check ? check_config(line.options.config_path)
                      : serve(&line.options);
    free(default_path);
    return code;
}
