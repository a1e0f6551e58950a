// SPDX-License-Identifier: GPL-2.0-or-later
/* Instructions that the processor refuses. */
#include <signal.h>

#include "fact.h"
#include "fault_case.h"
#include "scenario.h"

#if defined(__x86_64__)
/* The processor gives no address. With an old fault, whose address is still with the thread. */
static void not_canonical(void)
{
	fault_leave_old();
	fault_emit(&(struct fault_expected){ SIGSEGV, "SI_KERNEL", "address_unknown", "(trap 13)",
					     NO_ADDRESS, "", "null", NULL });
	fault_load((void *)0xdead000000000000);
}

static void load_misaligned(void)
{
	__asm__ volatile("pushfq\n\t"
			 "orl $0x40000, (%%rsp)\n\t"
			 "popfq\n\t"
			 "leaq -16(%%rsp), %%rax\n\t"
			 "movl 1(%%rax), %%eax"
			 :
			 :
			 : "rax", "memory", "cc");
}

static void misaligned(void)
{
	fault_emit(&(struct fault_expected){ SIGBUS, "BUS_ADRALN", "misaligned",
					     "an address is misaligned", NO_ADDRESS, "" });
	load_misaligned();
}

static void divide(void)
{
	fault_leave_old();
	fault_emit(&(struct fault_expected){ SIGFPE, "FPE_INTDIV", "divide_by_zero",
					     "divided by zero", ANY_ADDRESS, "",
					     "{\"permissions\":\"r-xp\"}", NULL });
	__asm__ volatile("xorl %%ecx, %%ecx\n\t"
			 "xorl %%edx, %%edx\n\t"
			 "idivl %%ecx"
			 :
			 :
			 : "eax", "ecx", "edx");
}

static void divide_float(void)
{
	unsigned int enable_all = 0;
	volatile double zero = 0;

	__asm__ volatile("ldmxcsr %0" : : "m"(enable_all));
	fault_sink = 1 / zero > 1;
}

static void floating_point(void)
{
	fault_emit(&(struct fault_expected){ SIGFPE, "FPE_FLTDIV", "floating_point", "(FPE_FLTDIV)",
					     ANY_ADDRESS, "", "{\"permissions\":\"r-xp\"}" });
	divide_float();
}
#define ILLEGAL "ud2"
#define ILLEGAL_CODE "ILL_ILLOPN"
#define BREAKPOINT "int3"
#define BREAKPOINT_CODE "SI_KERNEL"
#define BREAKPOINT_ADDRESS NO_ADDRESS
#elif defined(__aarch64__)
#define ILLEGAL ".inst 0"
#define ILLEGAL_CODE "ILL_ILLOPC"
#define BREAKPOINT "brk #1"
#define BREAKPOINT_CODE "TRAP_BRKPT"
#define BREAKPOINT_ADDRESS ANY_ADDRESS

/* Exclusive loads must be aligned. */
static char words[32] __attribute__((aligned(16)));

static void load_misaligned(void)
{
	unsigned long value;

	__asm__ volatile("ldxr %0, [%1]" : "=r"(value) : "r"(words + 1) : "memory");
}

static void misaligned(void)
{
	fault_emit(&(struct fault_expected){ SIGBUS, "BUS_ADRALN", "misaligned",
					     "which is misaligned", words + 1, "read" });
	load_misaligned();
}
#else
#define ILLEGAL "unimp"
#define ILLEGAL_CODE "ILL_ILLOPC"
#define BREAKPOINT "ebreak"
#define BREAKPOINT_CODE "TRAP_BRKPT"
#define BREAKPOINT_ADDRESS ANY_ADDRESS
#endif

static void illegal(void)
{
	fault_leave_old();
	fault_emit(&(struct fault_expected){ SIGILL, ILLEGAL_CODE, "illegal_instruction",
					     "an instruction that", ANY_ADDRESS, "",
					     "{\"permissions\":\"r-xp\"}", NULL });
	__asm__ volatile(ILLEGAL);
}

static void breakpoint(void)
{
	fault_leave_old();
	fault_emit(&(struct fault_expected){ SIGTRAP, BREAKPOINT_CODE, "breakpoint",
					     "a breakpoint instruction", BREAKPOINT_ADDRESS, "",
					     NULL, NULL });
	__asm__ volatile(BREAKPOINT);
}

/* --- the scenarios --- */

#define DEATH(name, signal, die)        \
	static void run_##name(void)    \
	{                               \
		fault_die(signal, die); \
	}

DEATH(illegal, SIGILL, illegal)
DEATH(breakpoint, SIGTRAP, breakpoint)
#if defined(__x86_64__)
DEATH(not_canonical, SIGSEGV, not_canonical)
DEATH(divide, SIGFPE, divide)

static void run_floating_point(void)
{
	fault_need_trap(SIGFPE, divide_float);
	fault_die(SIGFPE, floating_point);
}
#else
static void run_not_canonical(void)
{
	scenario_skip("only x86 hides the address of a fault");
}

static void run_divide(void)
{
	scenario_skip("the division of this processor does not trap");
}

static void run_floating_point(void)
{
	scenario_skip("the floating point of this processor does not trap");
}
#endif

static void run_misaligned(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
	fault_need_trap(SIGBUS, load_misaligned);
	fault_die(SIGBUS, misaligned);
#else
	scenario_skip("this processor, or its firmware, takes any address");
#endif
}

static const struct scenario scenarios[] = {
	{ "not-canonical", run_not_canonical },
	{ "misaligned", run_misaligned },
	{ "divide", run_divide },
	{ "float", run_floating_point },
	{ "illegal", run_illegal },
	{ "breakpoint", run_breakpoint },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
