/*
 * config_check.h - what a single text of the configuration must look like.
 *
 * Each check returns NULL if `text` is good, else what is wrong with it, for
 * people.  What passes here can go into a URL, a header or a log as it is.
 */
#ifndef AIGW_APP_CONFIG_CHECK_H
#define AIGW_APP_CONFIG_CHECK_H

#include <stdbool.h>

/* A provider, region, route or budget: letters, digits, '.', '_' and '-', at
 * most 64. */
const char *config_check_name(const char *text);

/* A model: printable ASCII without space, quotes and backslash, at most 128.
 * Slashes are fine: a target's name is split at its first. */
const char *config_check_model(const char *text);

const char *config_check_dialect(const char *text);
const char *config_check_log_format(const char *text);

/* http or https, a host, perhaps a port and a path; no user, no query. */
const char *config_check_url(const char *text);

/* A name or value that may be sent in a header; no header that the daemon sets
 * itself or that carries a credential. */
const char *config_check_header_name(const char *text);
const char *config_check_header_value(const char *text);

/* Absolute; the second may be empty; the third must be readable. */
const char *config_check_path(const char *text);
const char *config_check_state_dir(const char *text);
const char *config_check_readable(const char *text);

/* Fits into the address of a Unix socket. */
const char *config_check_socket(const char *text);

/* Permissions in octal, such as "0660". */
const char *config_check_mode(const char *text);

/* The name of an existing group. */
const char *config_check_group(const char *text);

const char *config_check_variable(const char *text);
const char *config_check_credential(const char *text);

/* Does a request to `url` cross a network without encryption? */
bool config_check_is_exposed(const char *url);

#endif
