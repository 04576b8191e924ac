/*
 * config_file.h - turns the text of a configuration into a tree of nodes.
 *
 * The one user of libconfig.
 */
#ifndef AIGW_APP_CONFIG_FILE_H
#define AIGW_APP_CONFIG_FILE_H

#include "app/config_node.h"
#include "app/config_source.h"

/* Parses `source`, which must outlive the tree.  NULL after adding an error:
 * the first that the syntax has. */
struct config_node *config_file_parse(const struct config_source *source,
                                      struct config_report *report);

#endif
