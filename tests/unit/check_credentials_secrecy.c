/*
 * check_credentials_secrecy.c - where a key must not be seen.
 */
#include "credentials_fixture.h"

/* The program that the next test runs in place of itself: loads the variable
 * and looks whether the kernel still shows it. */
static int
environ_main(void)
{
    char seen[65536];
    ssize_t n;
    int fd;

    store = credentials_new();
    config.path = mem_strdup("aigwd.conf");
    provider.name = mem_strdup("p");
    name_key(0, CONFIG_KEY_ENV, "AIGW_TEST_KEY");
    if (load() != 0 || strcmp(key(0), SECRET) != 0)
        return 2;
    fd = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
    n = fd >= 0 ? read(fd, seen, sizeof(seen)) : -1;
    if (n <= 0)
        return 3;
    teardown();
    return memmem(seen, (size_t)n, SECRET, strlen(SECRET)) ? 1 : 0;
}

/* F80. */
START_TEST(the_kernel_no_longer_shows_the_variable)
{
    char program[] = "/proc/self/exe";
    char option[] = "--environ";
    char variable[] = "AIGW_TEST_KEY=" SECRET;
    char *argv[] = {program, option, NULL};
    char *env[] = {variable, NULL};
    pid_t child = fork();
    int status;

    if (child == 0) {
        execve(program, argv, env);
        _exit(9);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
}

END_TEST

/* The flags of the mapping that holds `address`, from /proc/self/smaps. */
static void
read_flags(const void *address, char *flags, int size)
{
    FILE *file = fopen("/proc/self/smaps", "r");
    char line[512];
    bool inside = false;

    ck_assert_ptr_nonnull(file);
    flags[0] = '\0';
    while (fgets(line, sizeof(line), file)) {
        unsigned long first, end;

        if (sscanf(line, "%lx-%lx ", &first, &end) == 2)
            inside =
                (unsigned long)address >= first && (unsigned long)address < end;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0)
            (void)snprintf(flags, (size_t)size, "%s", line);
    }
    (void)fclose(file);
}

/* AddressSanitizer turns mlock() into nothing, and a container may allow none.
 */
static bool
memory_can_be_locked(void)
{
    void *page = mmap(NULL, 1, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char flags[512];

    ck_assert_ptr_ne(page, MAP_FAILED);
    (void)mlock(page, 1);
    read_flags(page, flags, sizeof(flags));
    (void)munmap(page, 1);
    return strstr(flags, " lo") != NULL;
}

/* F80. */
START_TEST(a_key_is_neither_swapped_nor_dumped_nor_forked)
{
    char flags[512];

    name_key(0, CONFIG_KEY_ENV, "AIGW_TEST_KEY");
    setenv("AIGW_TEST_KEY", SECRET, 1);
    ck_assert_int_eq(load(), 0);
    read_flags(key(0), flags, sizeof(flags));
    ck_assert_msg(strstr(flags, " dd") != NULL, "%s", flags);
    ck_assert_msg(strstr(flags, " dc") != NULL, "%s", flags);
    if (memory_can_be_locked())
        ck_assert_msg(strstr(flags, " lo") != NULL, "%s", flags);
    else
        (void)printf("skipped: memory cannot be locked here\n");
}

END_TEST

/* F80. */
START_TEST(a_hardened_process_leaves_no_core)
{
    struct rlimit limit;

    ck_assert_int_eq(credentials_harden(), 0);
    ck_assert_int_eq(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
    ck_assert_int_eq(getrlimit(RLIMIT_CORE, &limit), 0);
    ck_assert_uint_eq(limit.rlim_max, 0);
}

END_TEST

static Suite *
secrecy_suite(void)
{
    Suite *s = suite_create("credentials_secrecy");
    TCase *tc = tcase_create("secrecy");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_kernel_no_longer_shows_the_variable);
    tcase_add_test(tc, a_key_is_neither_swapped_nor_dumped_nor_forked);
    tcase_add_test(tc, a_hardened_process_leaves_no_core);
    suite_add_tcase(s, tc);
    return s;
}

int
main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--environ") == 0)
        return environ_main();
    return suite_main(secrecy_suite());
}
