/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The smallest program that dies of SIGPIPE: it writes one byte to its standard output, which its
 * parent has broken. Without libc, so that thousands of copies start in a second. It takes the name
 * in the first argument, because a file in memory has another one.
 */
#include <linux/prctl.h>
#include <sys/syscall.h>

static long call(long number, long one, long two, long three)
{
#if defined(__x86_64__)
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(one), "S"(two), "d"(three)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__riscv)
	register long a7 __asm__("a7") = number;
	register long a0 __asm__("a0") = one;
	register long a1 __asm__("a1") = two;
	register long a2 __asm__("a2") = three;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
	return a0;
#else
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = one;
	register long x1 __asm__("x1") = two;
	register long x2 __asm__("x2") = three;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
#endif
}

__attribute__((used)) _Noreturn void die_main(char **stack)
{
	long uid = call(SYS_geteuid, 0, 0, 0);

	/* Also the real uid, if this is a set-user-ID program. */
	call(SYS_setreuid, uid, uid, 0);
	call(SYS_prctl, PR_SET_NAME, (long)stack[1], 0);
	call(SYS_write, 1, (long)stack[1], 1);
	for (;;)
		call(SYS_exit_group, 1, 0, 0);
}

/* The stack starts with argc, then argv. */
#if defined(__x86_64__)
__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call die_main\n");
#elif defined(__riscv)
__asm__(".globl _start\n_start: mv a0, sp\n call die_main\n");
#else
__asm__(".globl _start\n_start: mov x0, sp\n bl die_main\n");
#endif
