#!/bin/sh
# Fails when a file is not formatted as .clang-format says.  Run from the root
# of the tree.
find proto daemon client tui tests -name '*.[ch]' -print0 |
    xargs -0 clang-format --dry-run -Werror
