/*
 * source_file.h - files of the source tree that tests compare with programs.
 */
#ifndef AIGW_TESTS_SOURCE_FILE_H
#define AIGW_TESTS_SOURCE_FILE_H

/* All of the file at `path` below the source tree, of at most 1 MiB; to be
 * freed.  Fails the test if there is none. */
char *source_file_read(const char *path);

#endif
