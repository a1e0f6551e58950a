// SPDX-License-Identifier: GPL-2.0-or-later
/* SIGBUS: why was there no page? */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "broken_file.h"
#include "fact.h"
#include "fault_case.h"
#include "scenario.h"

#define POISON 100 /* MADV_HWPOISON */

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef UFFD_FEATURE_SIGBUS
#define UFFD_FEATURE_SIGBUS (1 << 7)
#endif

static void truncated(void)
{
	char path[64], mapping[256], *at = fault_map_file(100, PROT_READ, path);

	snprintf(mapping, sizeof(mapping),
		 "{\"path\":\"%s\",\"file_offset\":%zu,\"file_size\":100}", path, fault_page + 4);
	fault_emit(&(struct fault_expected){ SIGBUS, "BUS_ADRERR", "beyond_file_end",
					     "which ends at byte 100", at + fault_page + 4, "read",
					     mapping, NULL });
	unlink(path);
	fault_load(at + fault_page + 4);
}

static char tmpfs_path[64];

static void fill_tmpfs(void)
{
	char *at;
	int fd = open(tmpfs_path, O_RDWR | O_CREAT, 0600);

	if (fd < 0 || ftruncate(fd, 64 * fault_page) < 0)
		scenario_die("%s", tmpfs_path);
	at = mmap(NULL, 64 * fault_page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		scenario_die("mmap of %s", tmpfs_path);
	fault_emit(&(struct fault_expected){ SIGBUS, "BUS_ADRERR", "filesystem_full",
					     "its tmpfs of 16 pages is full", ANY_ADDRESS, "write",
					     "{\"permissions\":\"rw-s\"}", .is_likely = true });
	for (size_t i = 0; i < 64; i++)
		fault_store(at + i * fault_page);
}

static void make_tmpfs(void)
{
	char directory[] = "/tmp/sigpath-full.XXXXXX", size[64];

	snprintf(size, sizeof(size), "size=%ld", 16 * sysconf(_SC_PAGESIZE));
	if (!mkdtemp(directory))
		scenario_die("mkdtemp");
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", directory, "tmpfs", 0, size)) {
		int error = errno;

		rmdir(directory);
		scenario_skip("mount of a tmpfs: %s", strerror(error));
	}
	snprintf(tmpfs_path, sizeof(tmpfs_path), "%s/file", directory);
}

static char *huge;

static void touch_huge(void)
{
	fault_emit(&(struct fault_expected){ SIGBUS, "BUS_ADRERR", "filesystem_full",
					     "in huge pages", huge, "write",
					     "{\"permissions\":\"rw-p\"}", NULL });
	fault_store(huge);
}

static void map_huge(void)
{
	FILE *file = fopen("/proc/sys/vm/nr_hugepages", "re");
	long count = -1;

	if (!file || fscanf(file, "%ld", &count) != 1 || count)
		scenario_skip("there are huge pages in the pool, or none at all");
	fclose(file);
	huge = mmap(NULL, 1 << 25, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, -1, 0);
	if (huge == MAP_FAILED)
		scenario_skip("huge pages: %s", strerror(errno));
}

static void touch_missing(void)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_SIGBUS };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	char *at = fault_map(1, PROT_READ | PROT_WRITE);

	range.range.start = (uintptr_t)at;
	range.range.len = fault_page;
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		scenario_die("userfaultfd");
	fault_emit(&(struct fault_expected){ SIGBUS, "BUS_ADRERR", "page_missing",
					     "its userfaultfd asks", at, "read",
					     "{\"permissions\":\"rw-p\"}", NULL });
	fault_load(at);
}

static char broken_path[64];
static int broken;

static void read_broken(void)
{
	char mapping[256], *at = mmap(NULL, 4 * fault_page, PROT_READ, MAP_PRIVATE, broken, 0);

	if (at == MAP_FAILED)
		scenario_die("mmap");
	snprintf(mapping, sizeof(mapping), "{\"path\":\"%s\",\"file_offset\":%zu}", broken_path,
		 2 * fault_page);
	fault_emit(&(struct fault_expected){ SIGBUS, "BUS_ADRERR", "io_error",
					     "could not provide the page", at + 2 * fault_page,
					     "read", mapping, NULL });
	fault_load(at + 2 * fault_page);
}

/* The page of memory is lost until the machine starts again. */
static void touch_poisoned(void)
{
	char *at = fault_map(1, PROT_READ | PROT_WRITE);

	fault_store(at);
	if (madvise(at, fault_page, POISON))
		scenario_die("MADV_HWPOISON");
	fault_emit(&(struct fault_expected){ SIGBUS, "BUS_MCEERR_AR", "hardware_error",
					     "has a hardware error", at, NULL, NULL, NULL });
	fault_load(at);
}

/* --- the scenarios --- */

static void run_truncated(void)
{
	fault_die(SIGBUS, truncated);
}

static void run_tmpfs(void)
{
	make_tmpfs();
	fault_die(SIGBUS, fill_tmpfs);
	*strrchr(tmpfs_path, '/') = '\0';
	umount(tmpfs_path);
	rmdir(tmpfs_path);
}

static void run_huge(void)
{
	map_huge();
	fault_die(SIGBUS, touch_huge);
}

static void run_missing(void)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	if (fd < 0)
		scenario_skip("userfaultfd: %s", strerror(errno));
	close(fd);
	fault_die(SIGBUS, touch_missing);
}

static void run_io(void)
{
	broken = broken_file_open(4 * sysconf(_SC_PAGESIZE), broken_path);
	fault_die(SIGBUS, read_broken);
	close(broken);
	umount2(broken_path, MNT_DETACH);
	unlink(broken_path);
}

#define RAMFS 0x858458f6
#define TMPFS 0x01021994

static void run_poisoned(void)
{
	struct statfs root;

	if (statfs("/", &root) || (root.f_type != RAMFS && root.f_type != TMPFS))
		scenario_skip("a page of memory would be lost: only in the virtual machines");
	fault_page = sysconf(_SC_PAGESIZE);
	if (madvise(fault_map(1, PROT_READ), 0, POISON) && errno == EINVAL)
		scenario_skip("MADV_HWPOISON: %s", strerror(errno));
	fault_die(SIGBUS, touch_poisoned);
}

static const struct scenario scenarios[] = {
	{ "truncated", run_truncated }, { "tmpfs", run_tmpfs }, { "huge", run_huge },
	{ "missing", run_missing },	{ "io", run_io },	{ "poisoned", run_poisoned },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
