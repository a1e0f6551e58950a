/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sites.h"

#if defined(__x86_64__)
/* mov $SYS_write, %eax; syscall; ret */
static const unsigned char site[] = { 0xb8, 1, 0, 0, 0, 0x0f, 0x05, 0xc3 };
/* push %r8; mov $SYS_write, %eax; syscall; pop %r8; ret */
static const unsigned char site_with_word[] = { 0x41, 0x50, 0xb8, 1,	0,    0,
						0,    0x0f, 0x05, 0x41, 0x58, 0xc3 };
#elif defined(__aarch64__)
/* mov x8, #SYS_write; svc #0; ret */
static const unsigned int site[] = { 0xd2800808, 0xd4000001, 0xd65f03c0 };
/* mov x9, x30; mov x30, x4; mov x8, #SYS_write; svc #0; mov x30, x9; ret */
static const unsigned int site_with_word[] = { 0xaa1e03e9, 0xaa0403fe, 0xd2800808,
					       0xd4000001, 0xaa0903fe, 0xd65f03c0 };
#elif defined(__riscv)
/* li a7, SYS_write; ecall; ret */
static const unsigned int site[] = { 0x04000893, 0x00000073, 0x00008067 };
/* mv t0, ra; mv ra, a4; li a7, SYS_write; ecall; mv ra, t0; ret */
static const unsigned int site_with_word[] = { 0x00008293, 0x00070093, 0x04000893,
					       0x00000073, 0x00028093, 0x00008067 };
#else
#error "no code for this machine"
#endif

typedef long (*site_fn)(long fd, const char *bytes, long count, long unused, long word);

static char *code_make(long count, const void *one, size_t size)
{
	char *code = mmap(NULL, count * size, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (code == MAP_FAILED) {
		perror("attacker: memory for code");
		exit(1);
	}
	for (long i = 0; i < count; i++)
		memcpy(code + i * size, one, size);
	__builtin___clear_cache(code, code + count * size);
	return code;
}

char *sites_make(long count)
{
	return code_make(count, site, sizeof(site));
}

long site_call(const char *code, long number, int fd)
{
	return ((site_fn)(code + number * sizeof(site)))(fd, "x", 1, 0, 0);
}

char *site_with_word_make(void)
{
	return code_make(1, site_with_word, sizeof(site_with_word));
}

long site_call_with_word(const char *code, int fd, long word)
{
	return ((site_fn)code)(fd, "x", 1, 0, word);
}
