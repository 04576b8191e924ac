/*
 * credentials_fixture.h - a provider whose keys a test names, and the store
 * that fetches them.
 */
#ifndef AIGW_TESTS_CREDENTIALS_FIXTURE_H
#define AIGW_TESTS_CREDENTIALS_FIXTURE_H

#include "app/credentials.h"
#include "base/mem.h"
#include "proto/status.h"
#include "support/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRET "sk-Very-Secret-0123456789"
#define OTHER  "sk-Another-9876543210"

static char folder[] = "/tmp/check_credentials.XXXXXX";
static struct credentials *store;
static struct config_report report;

/* A configuration of one provider, as much as the store looks at. */
static struct config_key keys[3];
static struct config_provider provider = {.keys = keys};
static struct config config = {.providers = &provider, .n_providers = 1};

static inline void
setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    store = credentials_new();
    config.path = mem_strdup("aigwd.conf");
    provider.name = mem_strdup("p");
}

static inline void
teardown(void)
{
    char *path = mem_printf("%s/key", folder);

    credentials_free(store);
    free(config.path);
    free(provider.name);
    for (size_t i = 0; i < array_count(keys); i++)
        free(keys[i].name);
    (void)unlink(path);
    (void)rmdir(path);
    (void)rmdir(folder);
    free(path);
}

static inline void
name_key(size_t i, enum config_key_source source, const char *name)
{
    free(keys[i].name);
    keys[i].source = source;
    keys[i].name = mem_strdup(name);
    provider.n_keys = i + 1;
}

/* Names the file in the test's folder as the only key. */
static inline void
name_file(void)
{
    char *path = mem_printf("%s/key", folder);

    name_key(0, CONFIG_KEY_FILE, path);
    free(path);
}

static inline void
write_key(const char *text, size_t size, mode_t mode)
{
    char *path = mem_printf("%s/key", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
    free(path);
}

static inline int
load(void)
{
    struct credentials_batch *batch;

    report = (struct config_report){0};
    batch = credentials_stage(store, &config, &report);
    if (!batch)
        return AIGW_EINVAL;
    credentials_commit(store, batch);
    return 0;
}

static inline const char *
key(size_t i)
{
    return credentials_get(store, credentials_find(store, &keys[i]));
}

/* F80: whatever went wrong, no finding may hold a key. */
static inline void
expect_no_secret(void)
{
    for (size_t i = 0; i < report.n_issues; i++) {
        ck_assert_ptr_null(strstr(report.issues[i].message, "sk-"));
        ck_assert_ptr_null(strstr(report.issues[i].path, "sk-"));
    }
}

#endif
