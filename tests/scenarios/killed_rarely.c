// SPDX-License-Identifier: GPL-2.0-or-later
/* Why did the kernel kill it? Reasons that are rare: debuggers, BPF programs, and no way back to
 * the program. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "fact.h"
#include "killed_fact.h"
#include "scenario.h"

#if defined(__x86_64__)
#define RSEQ_SIGNATURE 0x53053053
#elif defined(__aarch64__)
#define RSEQ_SIGNATURE 0xd428bc00
#else
#define RSEQ_SIGNATURE 0xf1401073
#endif

static void trace_and_exit(pid_t victim)
{
	if (ptrace(PTRACE_SEIZE, victim, NULL, PTRACE_O_EXITKILL) < 0)
		_exit(77);
	_exit(0);
}

static void debugger_ended(void)
{
	struct gate ready;
	pid_t victim, debugger;
	int status;

	gate_init(&ready);
	scenario_begin();
	victim = scenario_fork();
	if (victim == 0) {
		killed_emit(&(struct expectation){ SIGKILL, "kernel", NULL, "debugger_ended",
						   "ended, and had asked for this", NULL });
		gate_open(&ready, 1);
		killed_wait();
	}
	gate_wait(&ready);
	debugger = scenario_fork();
	if (debugger == 0)
		trace_and_exit(victim);
	status = scenario_reap(debugger);
	if (status) {
		kill(victim, SIGKILL);
		scenario_skip("PTRACE_SEIZE is not allowed");
	}
	scenario_reap_expect(victim, SIGKILL);
}

static void by_debugger(void)
{
	struct gate ready;
	pid_t victim;

	gate_init(&ready);
	scenario_begin();
	victim = scenario_fork();
	if (victim == 0) {
		killed_emit(&(struct expectation){ SIGKILL, "kernel", NULL, "killed_by_debugger",
						   "killed it (PTRACE_KILL)", NULL });
		gate_open(&ready, 1);
		killed_wait();
	}
	gate_wait(&ready);
	if (ptrace(PTRACE_SEIZE, victim, NULL, NULL) < 0) {
		kill(victim, SIGKILL);
		scenario_skip("PTRACE_SEIZE: %s", strerror(errno));
	}
	if (ptrace(PTRACE_KILL, victim, NULL, NULL) < 0)
		scenario_die("PTRACE_KILL");
	scenario_reap_expect(victim, SIGKILL);
}

/* --- a BPF program --- */

static int bpf_call(int command, union bpf_attr *attributes)
{
	return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

#define INSTRUCTION(op, to, from, distance, value)                                   \
	{                                                                            \
		.code = (op), .dst_reg = (to), .src_reg = (from), .off = (distance), \
		.imm = (value)                                                       \
	}

/* Kills the process PID at its next system call. */
static int load_killer(pid_t pid)
{
	const struct bpf_insn instructions[] = {
		INSTRUCTION(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_pid_tgid),
		INSTRUCTION(BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, 32),
		INSTRUCTION(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 2, pid),
		INSTRUCTION(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, SIGKILL),
		INSTRUCTION(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_send_signal),
		INSTRUCTION(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
		INSTRUCTION(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attributes = { .prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT };

	attributes.insns = (uintptr_t)instructions;
	attributes.insn_cnt = sizeof(instructions) / sizeof(instructions[0]);
	attributes.license = (uintptr_t) "GPL";
	return bpf_call(BPF_PROG_LOAD, &attributes);
}

static int attach_to_calls(int program)
{
	union bpf_attr attributes = { .raw_tracepoint = { .prog_fd = program } };

	attributes.raw_tracepoint.name = (uintptr_t) "sys_enter";
	return bpf_call(BPF_RAW_TRACEPOINT_OPEN, &attributes);
}

static void by_bpf(void)
{
	struct gate ready;
	pid_t victim;
	int program, link;

	gate_init(&ready);
	scenario_begin();
	victim = scenario_fork();
	if (victim == 0) {
		killed_emit(&(struct expectation){ SIGKILL, "kernel", NULL, "sent_by_bpf",
						   "a BPF program sent the signal", NULL });
		gate_open(&ready, 1);
		for (;;)
			usleep(1000);
	}
	gate_wait(&ready);
	program = load_killer(victim);
	link = program < 0 ? -1 : attach_to_calls(program);
	if (link < 0) {
		kill(victim, SIGKILL);
		scenario_skip("no BPF program: %s", strerror(errno));
	}
	scenario_reap_expect(victim, SIGKILL);
	close(link);
	close(program);
}

/* --- no way back to the program --- */

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#else
#define MACHINE EM_RISCV
#endif

struct program {
	Elf64_Ehdr header;
	Elf64_Phdr segment;
};

/* A segment at an address of the kernel. */
static void die_of_exec(void)
{
	struct program program = {
		.header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					 ELFDATA2LSB, EV_CURRENT },
			    .e_type = ET_EXEC,
			    .e_machine = MACHINE,
			    .e_version = EV_CURRENT,
			    .e_entry = 0xffff800000000000,
			    .e_phoff = offsetof(struct program, segment),
			    .e_ehsize = sizeof(Elf64_Ehdr),
			    .e_phentsize = sizeof(Elf64_Phdr),
			    .e_phnum = 1 },
		.segment = { .p_type = PT_LOAD,
			     .p_flags = PF_R | PF_X,
			     .p_vaddr = 0xffff800000000000,
			     .p_filesz = sizeof(program),
			     .p_memsz = sizeof(program),
			     .p_align = 65536 },
	};
	char *const arguments[] = { "sp-program", NULL };
	int fd = memfd_create("sp-program", MFD_CLOEXEC);

	if (fd < 0 || write(fd, &program, sizeof(program)) != sizeof(program))
		scenario_die("memfd");
	killed_emit(&(struct expectation){ SIGSEGV, "kernel", "SI_KERNEL", "exec_failed",
					   "execve() failed when the old program was gone", NULL });
	syscall(SYS_execveat, fd, "", arguments, environ, AT_EMPTY_PATH);
}

static void failed_exec(void)
{
	killed_in_child(SIGSEGV, die_of_exec);
}

static void ignore_it(int number)
{
	(void)number;
}

static void die_of_signal_frame(void)
{
	struct sigaction action = { .sa_handler = ignore_it, .sa_flags = SA_ONSTACK };
	stack_t stack = { .ss_size = 256 * 1024 };

	stack.ss_sp = mmap(NULL, stack.ss_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack.ss_sp == MAP_FAILED || sigaltstack(&stack, NULL) < 0 ||
	    sigaction(SIGUSR1, &action, NULL) < 0)
		scenario_die("sigaltstack");
	killed_emit(&(struct expectation){ SIGSEGV, "kernel", "SI_KERNEL", "no_signal_frame",
					   "a handler of another signal could not be called",
					   NULL });
	raise(SIGUSR1);
}

static void signal_frame(void)
{
	killed_in_child(SIGSEGV, die_of_signal_frame);
}

/* glibc registers an area in each thread (2.35), and says where. */
static void unregister_rseq(void)
{
	extern const ptrdiff_t __rseq_offset __attribute__((weak));
	extern const unsigned int __rseq_size __attribute__((weak));
	const unsigned int sizes[] = { 32, 33, 28, 20 };

	if (!&__rseq_offset || !__rseq_size)
		return;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (!syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset, sizes[i],
			     1, RSEQ_SIGNATURE))
			return;
	scenario_skip("the area of rseq(2) cannot be unregistered: %s", strerror(errno));
}

/* The kernel uses the area of a thread that was preempted. It finds none here. */
static void lose_rseq(void)
{
	char *area = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	unregister_rseq();
	if (area == MAP_FAILED || syscall(SYS_rseq, area, 32, 0, RSEQ_SIGNATURE) < 0)
		scenario_skip("rseq: %s", strerror(errno));
	killed_emit(&(struct expectation){ SIGSEGV, "kernel", "SI_KERNEL", "rseq_failed", "rseq()",
					   NULL });
	munmap(area, 4096);
}

static void die_of_rseq(void)
{
	lose_rseq();
	for (;;)
		sched_yield();
}

static void failed_rseq(void)
{
	killed_in_child(SIGSEGV, die_of_rseq);
}

static void spin(void)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
}

/* Another process wants the same CPU, and nobody calls the kernel: an interrupt preempts it. */
static void die_of_rseq_in_interrupt(void)
{
	int cpu = sched_getcpu();
	pid_t parent = getpid();
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)(cpu < 0 ? 0 : cpu), &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		scenario_die("sched_setaffinity");
	if (scenario_fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			spin();
		_exit(EXIT_SUCCESS);
	}
	lose_rseq();
	spin();
}

static void failed_rseq_in_interrupt(void)
{
	killed_in_child(SIGSEGV, die_of_rseq_in_interrupt);
}

static void die_of_sigreturn(void)
{
#if defined(__x86_64__)
	killed_emit(&(struct expectation){ SIGSEGV, "kernel", "SI_KERNEL", "bad_sigreturn",
					   "found no valid frame", NULL });
	__asm__ volatile("xor %%esp, %%esp\n\tmov %0, %%eax\n\tsyscall"
			 :
			 : "i"(SYS_rt_sigreturn)
			 : "rax", "rcx", "r11", "memory");
#endif
}

static void bad_sigreturn(void)
{
#if !defined(__x86_64__)
	scenario_skip("elsewhere it is a fault at the address of the frame");
#endif
	killed_in_child(SIGSEGV, die_of_sigreturn);
}

static const struct scenario scenarios[] = {
	{ "debugger-ended", debugger_ended },
	{ "exec", failed_exec },
	{ "signal-frame", signal_frame },
	{ "by-debugger", by_debugger },
	{ "by-bpf", by_bpf },
	{ "rseq", failed_rseq },
	{ "rseq-in-interrupt", failed_rseq_in_interrupt },
	{ "sigreturn", bad_sigreturn },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
