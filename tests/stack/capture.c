// SPDX-License-Identifier: GPL-2.0-or-later
/* Takes a snapshot of a program at the moment of a write. */
#include "capture.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "maps.h"
#include "marker.h"
#include "procdir.h"

struct call {
	enum ev_abi abi;
	uint64_t registers[33];
	uint64_t number, buffer;
	uint64_t pc, sp;
};

#if defined(__x86_64__)
static void from_i386(const uint32_t *regs, struct call *ret_call)
{
	/* struct user_regs_struct32: ebx ecx edx esi edi ebp eax ds es fs gs orig_eax eip cs
	 * eflags esp ss */
	static const uint8_t places[] = { 6, 1, 2, 0, 15, 5, 3, 4, 12 };

	ret_call->abi = EV_ABI_I386;
	for (size_t i = 0; i < sizeof(places); i++)
		ret_call->registers[i] = regs[places[i]];
	ret_call->number = regs[11] == 4 ? 1 : 0;
	ret_call->buffer = regs[1];
	ret_call->pc = regs[12];
	ret_call->sp = regs[15];
}

static void from_x86_64(const struct user_regs_struct *regs, struct call *ret_call)
{
	const uint64_t registers[] = {
		regs->rax, regs->rdx, regs->rcx, regs->rbx, regs->rsi, regs->rdi,
		regs->rbp, regs->rsp, regs->r8,	 regs->r9,  regs->r10, regs->r11,
		regs->r12, regs->r13, regs->r14, regs->r15, regs->rip,
	};

	ret_call->abi = EV_ABI_X86_64;
	memcpy(ret_call->registers, registers, sizeof(registers));
	ret_call->number = regs->orig_rax;
	ret_call->buffer = regs->rsi;
	ret_call->pc = regs->rip;
	ret_call->sp = regs->rsp;
}

#define NUMBER_WRITE 1
#else
#define NUMBER_WRITE 64
#endif

static int read_call(pid_t tid, struct call *ret_call)
{
#if defined(__x86_64__)
	union {
		struct user_regs_struct native;
		uint32_t i386[17];
	} regs = {};
#else
	struct user_regs_struct regs = {};
#endif
	struct iovec data = { &regs, sizeof(regs) };

	if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &data))
		return -errno;
#if defined(__x86_64__)
	if (data.iov_len == sizeof(regs.i386))
		from_i386(regs.i386, ret_call);
	else
		from_x86_64(&regs.native, ret_call);
#elif defined(__aarch64__)
	ret_call->abi = EV_ABI_AARCH64;
	memcpy(ret_call->registers, &regs, 33 * sizeof(uint64_t));
	ret_call->number = regs.regs[8];
	ret_call->buffer = regs.regs[1];
	ret_call->pc = regs.pc;
	ret_call->sp = regs.sp;
#elif defined(__riscv)
	/* pc, x1, ... x31; x0 is 0 */
	ret_call->abi = EV_ABI_RISCV64;
	memcpy(&ret_call->registers[1], (const uint64_t *)&regs + 1, 31 * sizeof(uint64_t));
	ret_call->registers[32] = regs.pc;
	ret_call->number = regs.a7;
	ret_call->buffer = regs.a1;
	ret_call->pc = regs.pc;
	ret_call->sp = regs.sp;
#endif
	return 0;
}

static size_t read_memory(pid_t pid, uint64_t address, void *buffer, size_t size)
{
	struct iovec local = { buffer, size };
	struct iovec remote = { (void *)(uintptr_t)address, size };
	ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);

	return got < 0 ? 0 : (size_t)got;
}

static bool is_marked(pid_t tid, struct call *ret_call)
{
	char bytes[sizeof(STACK_MARKER) - 1];

	return !read_call(tid, ret_call) && ret_call->number == NUMBER_WRITE &&
	       read_memory(tid, ret_call->buffer, bytes, sizeof(bytes)) == sizeof(bytes) &&
	       !memcmp(bytes, STACK_MARKER, sizeof(bytes));
}

static _Noreturn void run_program(char *const argv[])
{
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	raise(SIGSTOP);
	execvp(argv[0], argv);
	_exit(127);
}

/* The signal that the thread gets when it continues. */
static int signal_of(int status)
{
	int number = WSTOPSIG(status);

	if (status >> 16 || number == (SIGTRAP | 0x80) || number == SIGTRAP || number == SIGSTOP)
		return 0;
	return number;
}

static int run_to_marker(struct capture *capture, struct call *ret_call, pid_t *ret_tid)
{
	pid_t pid = capture->pid;
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return -ECHILD;
	ptrace(PTRACE_SETOPTIONS, pid, 0,
	       PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	for (;;) {
		pid_t tid = waitpid(-1, &status, __WALL);

		if (tid < 0)
			return -errno;
		if (!WIFSTOPPED(status)) {
			if (tid == pid) {
				capture->pid = 0; /* reaped: no process to kill */
				return -ENOEXEC;
			}
			continue;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80) && is_marked(tid, ret_call)) {
			*ret_tid = tid;
			return 0;
		}
		ptrace(PTRACE_SYSCALL, tid, 0, signal_of(status));
	}
}

static void take_stack(pid_t tid, const struct call *call, size_t stack_bytes,
		       struct capture *capture)
{
	struct snapshot *snapshot = &capture->snapshot;
	size_t size = 0;

	while (size < stack_bytes) {
		size_t chunk = 4096 - (call->sp + size) % 4096;

		if (chunk > stack_bytes - size)
			chunk = stack_bytes - size;
		if (read_memory(tid, call->sp + size, capture->stack + size, chunk) != chunk)
			break;
		size += chunk;
	}
	snapshot->stack_truncated = size == stack_bytes;
	snapshot->stack = capture->stack;
	snapshot->stack_size = size;
}

static int take_process(pid_t pid, struct capture *capture)
{
	struct incident_process *process = &capture->incident.process;
	static struct maps maps;
	struct procdir_stat stat_;
	struct stat ns;
	char path[64];
	int dir, error;

	error = procdir_open("/proc", (uint32_t)pid, &dir);
	if (error)
		return error;
	error = procdir_read_stat(dir, &stat_);
	if (!error)
		error = maps_read(dir, &maps);
	close(dir);
	if (error)
		return error;
	capture->snapshot.have_modules = true;
	capture->snapshot.module_count = maps.count;
	memcpy(capture->snapshot.modules, maps.modules, maps.count * sizeof(maps.modules[0]));
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	process->mnt_ns = stat(path, &ns) ? 0 : (uint32_t)ns.st_ino;
	process->pid = process->ns_pid = (uint32_t)pid;
	process->uid = getuid();
	process->start_boot_ns = stat_.start_boot_ns;
	clock_gettime(CLOCK_REALTIME, &capture->incident.time);
	process->start = capture->incident.time;
	process->start.tv_sec -= 1;
	return 0;
}

void capture_kill(struct capture *capture)
{
	pid_t tid;

	if (!capture->pid)
		return;
	kill(capture->pid, SIGKILL);
	/* Waits for its other threads first. Children that are not traced belong to others. */
	do {
		tid = waitpid(-1, NULL, __WALL);
	} while (tid > 0 && tid != capture->pid);
	capture->pid = 0;
}

int capture_program(char *const argv[], size_t stack_bytes, bool keep_alive,
		    struct capture *ret_capture)
{
	struct capture *capture = ret_capture;
	struct call call = {};
	pid_t tid = 0;
	int error;

	memset(capture, 0, sizeof(*capture));
	capture->pid = fork();
	if (capture->pid < 0)
		return -errno;
	if (!capture->pid)
		run_program(argv);
	error = run_to_marker(capture, &call, &tid);
	if (!error)
		error = take_process(capture->pid, capture);
	if (!error) {
		struct snapshot *snapshot = &capture->snapshot;

		snapshot->have = true;
		snapshot->abi = call.abi;
		snapshot->pc = call.pc;
		snapshot->sp = call.sp;
		memcpy(snapshot->registers, call.registers, sizeof(call.registers));
		take_stack(tid, &call, stack_bytes, capture);
	}
	if (error || !keep_alive)
		capture_kill(capture);
	return error;
}
