#!/bin/sh
# Fails when an assertion assigns: ck_assert(a = b) compiles without a word.
# Run from the root of the tree.
! grep -rnE --include='*.c' \
    '\b(ck_assert|ck_assert_msg|assert)\(([^=<>!"]|[<>!=]=)*[^=<>!]=[^=]' \
    tests proto daemon client tui
