// SPDX-License-Identifier: GPL-2.0-or-later
/* Code generated at run time, without a file: a function with a frame pointer that calls leaf(). */
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
#else
static const unsigned char code[] = { 0 };
#endif

int main(int argc, char **argv)
{
	void (*made)(void (*)(void));
	char path[64];
	FILE *map;
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return 1;
	memcpy(page, code, sizeof(code));
	__builtin___clear_cache((char *)page, (char *)page + sizeof(code));
	memcpy(&made, &page, sizeof(made));
	if (argc > 1) {
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
