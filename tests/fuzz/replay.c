/*
 * replay.c - feeds every file of the given folders to a fuzz target, so that
 * what a fuzzer once found stays tested without one.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    unsigned char *data;
    size_t size;
    long length;

    if (!file)
        return -1;
    (void)fseek(file, 0, SEEK_END);
    length = ftell(file);
    rewind(file);
    /* An exact allocation, so that the sanitizer sees an overread. */
    data = malloc(length > 0 ? (size_t)length : 1);
    size = data ? fread(data, 1, (size_t)length, file) : 0;
    (void)fclose(file);
    if (data)
        (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    return data ? 0 : -1;
}

static int
replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int n = 0;

    if (!dir)
        return -1;
    while ((entry = readdir(dir)) != NULL) {
        char path[4096];

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (replay_file(path) == 0)
            n++;
    }
    (void)closedir(dir);
    return n;
}

int
main(int argc, char **argv)
{
    int total = 0;

    for (int i = 1; i < argc; i++) {
        int n = replay_folder(argv[i]);

        if (n < 0) {
            (void)fprintf(stderr, "cannot read %s\n", argv[i]);
            return EXIT_FAILURE;
        }
        total += n;
    }
    (void)printf("%d inputs replayed\n", total);
    return total > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
