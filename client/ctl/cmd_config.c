/*
 * cmd_config.c - checking, reloading and showing the configuration.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "text/sanitize.h"

/* "aigwd.conf:14: providers[0].models[0].price.output: expected a number", as
 * aigwd --check-config says it; a file that cannot be read has no line. */
static void
write_error(const struct aigw_value *error, FILE *out)
{
    int64_t line = aigw_get_int(error, "line", 0);
    const char *path = aigw_get_str(error, "path", "");

    sanitize_line(aigw_get_str(error, "file", "?"), out);
    if (line > 0)
        (void)fprintf(out, ":%d", (int)line);
    (void)fputs(": ", out);
    sanitize_line(path, out);
    (void)fputs(path[0] ? ": " : "", out);
    sanitize_line(aigw_get_str(error, "message", "wrong"), out);
    (void)fputc('\n', out);
}

/* Reports the errors of check and reload; EXIT_REFUSED if it is not good. */
static int
report_errors(const struct ctl *ctl, const struct aigw_value *result)
{
    const struct aigw_value *errors = aigw_value_get(result, "errors");

    if (!ctl_is_machine(ctl)) {
        for (size_t i = 0; i < aigw_value_size(errors); i++)
            write_error(aigw_value_at(errors, i), stderr);
    }
    return aigw_get_bool(result, "ok", false) ? EXIT_OK : EXIT_REFUSED;
}

static int
check(struct ctl *ctl, const char *file)
{
    struct aigw_value *params = aigw_value_map();
    struct aigw_value *result = NULL;
    char *path = NULL;
    int exit_code;

    /* The daemon does not know our working directory. */
    if (file) {
        path = realpath(file, NULL);
        aigw_value_set_str(params, "path", path ? path : file);
    }
    exit_code = ctl_call(ctl, "config.check", params, &result);
    if (exit_code == EXIT_OK) {
        (void)ctl_print_result(ctl, result);
        exit_code = report_errors(ctl, result);
        if (exit_code == EXIT_OK && ctl_speaks(ctl))
            (void)printf("%s: good\n", file ? file : "configuration");
    }
    free(path);
    aigw_value_free(result);
    return exit_code;
}

static int
reload(struct ctl *ctl)
{
    struct aigw_value *result = NULL;
    int exit_code = ctl_call(ctl, "config.reload", NULL, &result);

    if (exit_code == EXIT_OK) {
        (void)ctl_print_result(ctl, result);
        exit_code = report_errors(ctl, result);
        if (ctl_speaks(ctl))
            (void)printf(exit_code == EXIT_OK
                             ? "configuration reloaded, generation %d\n"
                             : "nothing changed, still generation %d\n",
                         (int)aigw_get_int(result, "generation", 0));
    }
    aigw_value_free(result);
    return exit_code;
}

static int
show(struct ctl *ctl)
{
    struct aigw_value *result = NULL;
    int exit_code = ctl_call(ctl, "config.show", NULL, &result);
    struct sanitize sanitize;

    if (exit_code == EXIT_OK && ctl_is_machine(ctl)) {
        (void)ctl_print_result(ctl, result);
    } else if (exit_code == EXIT_OK) {
        const char *text = aigw_get_str(result, "text", "");

        sanitize_init(&sanitize);
        sanitize_write(&sanitize, text, strlen(text), stdout);
        sanitize_end(&sanitize, stdout);
    }
    aigw_value_free(result);
    return exit_code;
}

int
cmd_config(struct ctl *ctl, struct args *args)
{
    const char *word = args_operand(args, 0);
    const char *file = args_operand(args, 1);

    if (strcmp(word, "check") == 0)
        return check(ctl, file);
    if (file)
        return ctl_usage(ctl, "\"config %s\" takes no file.", word);
    return strcmp(word, "reload") == 0 ? reload(ctl) : show(ctl);
}
