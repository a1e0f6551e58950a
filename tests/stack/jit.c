// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Code generated at run time: a function with a frame pointer that calls leaf(). The words of
 * argv[1] say in which memory it is (anonymous, `shared`, `memfd`) and whether perf has a `map`.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "marker.h"

void leaf(void);

static volatile int written;

void leaf(void)
{
	written = (int)write(1, STACK_MARKER, sizeof(STACK_MARKER));
}

#if defined(__x86_64__)
/* push %rbp; mov %rsp,%rbp; call *%rdi; pop %rbp; ret */
static const unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3 };
#elif defined(__aarch64__)
/* stp x29,x30,[sp,#-16]!; mov x29,sp; blr x0; ldp x29,x30,[sp],#16; ret */
static const unsigned int code[] = { 0xa9bf7bfd, 0x910003fd, 0xd63f0000, 0xa8c17bfd, 0xd65f03c0 };
#elif defined(__riscv)
/* addi sp,sp,-16; sd ra,8(sp); sd s0,0(sp); addi s0,sp,16; jalr a0; ld ra,8(sp); ld s0,0(sp);
 * addi sp,sp,16; ret */
static const unsigned int code[] = { 0xff010113, 0x00113423, 0x00813023, 0x01010413, 0x000500e7,
				     0x00813083, 0x00013403, 0x01010113, 0x00008067 };
#endif

/* Some JIT compilers map their code twice, once to write and once to run it. */
static void *make_page(const char *words)
{
	int fd = -1, flags = MAP_PRIVATE | MAP_ANONYMOUS;

	if (strstr(words, "shared"))
		flags = MAP_SHARED | MAP_ANONYMOUS;
	if (strstr(words, "memfd")) {
		flags = MAP_SHARED;
		fd = memfd_create("made-code", MFD_CLOEXEC);
		if (fd < 0 || ftruncate(fd, 4096))
			return MAP_FAILED;
	}
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, flags, fd, 0);
}

int main(int argc, char **argv)
{
	const char *words = argc > 1 ? argv[1] : "";
	void (*made)(void (*)(void));
	char path[64];
	FILE *map;
	void *page = make_page(words);

	if (page == MAP_FAILED)
		return 1;
	memcpy(page, code, sizeof(code));
	__builtin___clear_cache((char *)page, (char *)page + sizeof(code));
	memcpy(&made, &page, sizeof(made));
	if (strstr(words, "map")) {
		snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
		map = fopen(path, "w");
		if (!map)
			return 1;
		fprintf(map, "%lx %zx made::at_run_time\n", (unsigned long)page, sizeof(code));
		fclose(map);
	}
	made(leaf);
	return argv[0] ? 0 : 1;
}
