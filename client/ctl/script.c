#include "ctl/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/fault.h"
#include "text/mem.h"

const char script_usual[] = "cut=5\n"
                            "status=503\n"
                            "status=429,retry_after_s=1\n"
                            "connect\n"
                            "malformed=5\n"
                            "empty\n";

static const char BLANKS[] = " \t\r";

static int
add_step(struct script *script, const char *fault, const char *target,
         char ret_error[FAULT_ERROR_SIZE])
{
    struct script_step step = {.fault = fault_parse(fault, ret_error)};

    if (!step.fault)
        return -1;
    step.target = target ? mem_copy(target) : NULL;
    script->steps =
        mem_resize(script->steps, script->n_steps + 1, sizeof(*script->steps));
    script->steps[script->n_steps++] = step;
    return 0;
}

/* Takes one line apart, which it changes. */
static int
parse_line(struct script *script, char *line, char ret_error[FAULT_ERROR_SIZE])
{
    char *rest = NULL;
    const char *fault, *target;

    line[strcspn(line, "#")] = '\0';
    fault = strtok_r(line, BLANKS, &rest);
    target = strtok_r(NULL, BLANKS, &rest);
    if (!fault)
        return 0;
    if (strtok_r(NULL, BLANKS, &rest)) {
        (void)snprintf(ret_error, FAULT_ERROR_SIZE,
                       "expected a fault and at most a target.");
        return -1;
    }
    return add_step(script, fault, target, ret_error);
}

int
script_parse(struct script *script, const char *text,
             char ret_error[SCRIPT_ERROR_SIZE])
{
    char error[FAULT_ERROR_SIZE] = "nothing to rehearse.";
    char *copy = mem_copy(text);
    int number = 0, status = 0;

    *script = (struct script){0};
    for (char *line = copy, *next; line && status == 0; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        number++;
        status = parse_line(script, line, error);
    }
    free(copy);
    if (status == 0 && script->n_steps > 0)
        return 0;
    (void)snprintf(ret_error, SCRIPT_ERROR_SIZE, "line %d: %s", number, error);
    return -1;
}

void
script_deinit(struct script *script)
{
    for (size_t i = 0; i < script->n_steps; i++) {
        aigw_value_free(script->steps[i].fault);
        free(script->steps[i].target);
    }
    free(script->steps);
    *script = (struct script){0};
}
