/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads the BPF object. The options become constants of the programs, so that the verifier removes
 * everything that is switched off. An error message says what is missing: privileges, BTF, or a
 * kernel feature.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "config.h"
#include "sigpath_bpf.skel.h"

#include "c_library.h"
#include "capabilities.h"
#include "cleanup.h"
#include "cpus.h"
#include "hooks.h"
#include "jit.h"
#include "kernel_types.h"
#include "load.h"
#include "log.h"
#include "places.h"
#include "procdir.h"
#include "refusal.h"
#include "rights.h"
#include "sizes.h"
#include "units.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

static void cleanup_btf(struct btf **btf)
{
	btf__free(*btf);
}

/* libbpf's own messages are details, so their level is one lower than ours. */
__attribute__((format(printf, 2, 0))) static int print_libbpf(enum libbpf_print_level level,
							      const char *format, va_list args)
{
	char *text cleanup(cleanup_free) = NULL;
	char *line, *rest;

	if (log_get_level() < LOG_DEBUG || level == LIBBPF_DEBUG ||
	    vasprintf(&text, format, args) < 0)
		return 0;
	/* libbpf passes the verifier's log as one message of many lines. */
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		log_debug("%s", line);
	return 0;
}

static uint64_t window_jiffies(uint64_t ns, uint32_t hz)
{
	uint64_t tick_ns = NSEC_PER_SEC / hz;

	return ns < tick_ns ? 1 : ns / tick_ns;
}

static void configure(struct sigpath_bpf *skeleton, const struct live_options *options, uint32_t hz)
{
	skeleton->rodata->config = options->config;
	skeleton->rodata->config.hooks = (struct config_hooks){ 0 };
	skeleton->rodata->config.machine = (struct config_machine){
		.window_jiffies = window_jiffies(options->window_ns, hz),
		.second_jiffies = hz,
		.buffer_reserve = options->buffer_bytes / 4 * 3,
		.own_pid = getpid(),
		.page_shift = __builtin_ctzl(sysconf(_SC_PAGESIZE)),
		.cpus = cpus_present(),
		.pid_namespace = !procdir_is_on_the_host(),
	};
}

/* The needed capabilities that this process lacks, as text; false if it has them all. */
static bool missing_capabilities(char *text, size_t size)
{
	uint64_t held = rights_held();
	size_t length = 0;

	text[0] = '\0';
	if (held & RIGHT(CAP_SYS_ADMIN))
		return false;
	for (size_t i = 0; i < capability_count; i++) {
		const struct capability *row = &capability_table[i];

		if (row->is_required && !(held & RIGHT(row->number)))
			length += snprintf(text + length, size - length, "%s%s",
					   length ? " and " : "", row->name);
	}
	return length > 0;
}

/* The first one has this inode number: PROC_USER_INIT_INO in include/linux/proc_ns.h. */
#define USER_NS_INIT 0xEFFFFFFDu

/*
 * All capabilities that a process has in a user namespace are worth nothing for BPF: bpf_capable()
 * asks in that of the host.
 */
static bool is_in_user_namespace(void)
{
	struct stat status;

	return !stat("/proc/self/ns/user", &status) && status.st_ino != USER_NS_INIT;
}

/* What somebody without the rights can do about it. */
static const char *how_to_get_rights(void)
{
	return procdir_is_on_the_host() ? "run it as root (sudo)"
					: "a container gets them only from outside (docker run "
					  "--cap-add BPF --cap-add PERFMON, or --privileged)";
}

void load_explain_failure(int error, const char *what, char *error_text, size_t error_size)
{
	struct utsname name = { .release = "?" };
	const char *reason;
	char missing[64];

	uname(&name);
	if (is_in_user_namespace())
		snprintf(error_text, error_size,
			 "not allowed to load BPF programs: this is a user namespace (a rootless "
			 "container?), and its capabilities do not count for BPF; run sigpath as "
			 "root of the host");
	else if (missing_capabilities(missing, sizeof(missing)))
		snprintf(error_text, error_size, "not allowed to load BPF programs: %s missing; %s",
			 missing, how_to_get_rights());
	else if (access("/sys/kernel", X_OK))
		snprintf(error_text, error_size,
			 "/sys is not mounted here: sigpath needs " KERNEL_BTF);
	else if (access(KERNEL_BTF, R_OK))
		snprintf(error_text, error_size,
			 "this kernel (%s) has no BTF (%s: %s): sigpath needs 5.10 or newer with "
			 "CONFIG_DEBUG_INFO_BTF=y",
			 name.release, KERNEL_BTF, strerror(errno));
	else if ((reason = refusal_reason()))
		snprintf(error_text, error_size, "%s failed on kernel %s: %s (%s)", what,
			 name.release, reason, strerror(-error));
	else
		snprintf(error_text, error_size,
			 "%s failed on kernel %s: %s; -v shows what libbpf and the verifier said",
			 what, name.release, strerror(-error));
}

/* With the reduced types of the kernel, or if REDUCED is false with all of them. */
static int open_and_load(const struct live_options *options, uint32_t hz, bool reduced,
			 struct sigpath_bpf **ret_skeleton)
{
	struct btf *kernel cleanup(cleanup_btf) = btf__load_vmlinux_btf();
	int types cleanup(cleanup_close) = memfd_create("sigpath-types", MFD_CLOEXEC);
	LIBBPF_OPTS(bpf_object_open_opts, open_options);
	struct sigpath_bpf *skeleton;
	char path[64];
	int error;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", types);
	if (reduced)
		open_options.btf_custom_path = path;
	skeleton = sigpath_bpf__open_opts(&open_options);
	if (!skeleton)
		return -errno;
	configure(skeleton, options, hz);
	if (options->config.fatal || places_are_wanted(options->config.signals))
		places_read("/proc/kallsyms", (struct place_table *)&skeleton->rodata->places);
	hooks_choose(skeleton, kernel, &options->config);
	sizes_set(skeleton, options->buffer_bytes);
	error = 0;
	if (reduced)
		error = kernel ? kernel_types_write(kernel, bpf_object__btf(skeleton->obj), types)
			       : -ENOENT;
	if (!error)
		error = sigpath_bpf__load(skeleton);
	if (!error && jit_is_vital(skeleton->obj))
		error = -ENOTSUP;
	if (error) {
		sigpath_bpf__destroy(skeleton);
		return error;
	}
	*ret_skeleton = skeleton;
	return 0;
}

int load_skeleton(const struct live_options *options, uint32_t hz, char *error_text,
		  size_t error_size, struct sigpath_bpf **ret_skeleton)
{
	char missing[64];
	int error;

	libbpf_set_print(print_libbpf);
	if (missing_capabilities(missing, sizeof(missing))) {
		load_explain_failure(-EPERM, "", error_text, error_size);
		return -EPERM;
	}
	error = open_and_load(options, hz, true, ret_skeleton);
	if (error) {
		log_debug("with reduced types: %s", strerror(-error));
		error = open_and_load(options, hz, false, ret_skeleton);
	}
	if (error)
		load_explain_failure(error, "loading the program signal_generate", error_text,
				     error_size);
	else if (options->config.fatal || options->config.signals & 1ULL << (SIGABRT - 1))
		c_libraries_find(bpf_map__fd((*ret_skeleton)->maps.c_libraries));
	return error;
}
