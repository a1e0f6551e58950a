/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Redirects stdout or stderr and returns as a string all that was printed. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct capture {
	int fd;	   /* the redirected descriptor */
	int saved; /* its original target */
	FILE *file;
};

static inline struct capture capture_start(int fd)
{
	struct capture capture = { .fd = fd, .saved = dup(fd), .file = tmpfile() };

	if (capture.saved < 0 || !capture.file || dup2(fileno(capture.file), fd) < 0)
		abort();
	return capture;
}

/* Ends the redirection. The caller frees the text. */
static inline char *capture_end(struct capture *capture)
{
	long size;
	char *text;

	if (fflush(NULL) || dup2(capture->saved, capture->fd) < 0)
		abort();
	close(capture->saved);
	size = lseek(fileno(capture->file), 0, SEEK_END);
	text = size < 0 ? NULL : calloc(1, (size_t)size + 1);
	if (!text || pread(fileno(capture->file), text, (size_t)size, 0) != size)
		abort();
	fclose(capture->file);
	return text;
}
